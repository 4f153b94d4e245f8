//! Values of `billing` as they are stored: an enum as its word, a quantity rule as JSON.

use billing::quantity::QuantityRule;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;

/// An enum stored and shown as its own word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Word<T>(pub T);

/// Text in the database that is no such word.
#[derive(Debug, thiserror::Error)]
#[error("\"{0}\" is not a word that can be stored here")]
pub struct NotAWord(String);

impl<T: DeserializeOwned> TryFrom<String> for Word<T> {
    type Error = NotAWord;

    fn try_from(text: String) -> Result<Self, NotAWord> {
        let read = serde_json::from_value(Value::String(text.clone()));
        read.map(Self).map_err(|_| NotAWord(text))
    }
}

impl<T: Serialize> Word<T> {
    /// The word.
    pub fn text(&self) -> String {
        match serde_json::to_value(&self.0) {
            Ok(Value::String(word)) => word,
            _ => String::new(),
        }
    }
}

/// `contract_line.quantity_rule`: the rule, and which meter it reads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredRule {
    #[serde(flatten)]
    pub rule: QuantityRule,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meter: Option<String>,
}

impl TryFrom<String> for StoredRule {
    type Error = serde_json::Error;

    fn try_from(text: String) -> Result<Self, serde_json::Error> {
        serde_json::from_str(&text)
    }
}

#[cfg(test)]
mod tests {
    use billing::{
        Micro,
        period::Cycle,
        quantity::{Counting, Exclusion, QuantitySource},
    };

    use super::*;

    #[test]
    fn words_are_read_as_they_are_written() {
        let word = Word(Cycle::HalfYearly);
        assert_eq!(word.text(), "half_yearly");
        assert_eq!(Word::try_from("half_yearly".to_owned()).unwrap(), word);
        assert!(Word::<Cycle>::try_from("fortnightly".to_owned()).is_err());
    }

    /// What is stored must stay readable.
    #[test]
    fn a_stored_rule_keeps_its_form() {
        let mut rule = QuantityRule::of(QuantitySource::Meter {
            counting: Counting::Peak,
        });
        rule.minimum = Some(Micro::whole(5));
        rule.exclusions.push(Exclusion {
            quantity: Micro::whole(2),
            reason: "spare laptops".to_owned(),
            expires_on: None,
        });
        let stored = StoredRule {
            rule,
            meter: Some("workstations".to_owned()),
        };
        let text = serde_json::to_string(&stored).unwrap();
        let golden = r#"{"source":{"source":"meter","counting":"peak"},"exclusions":[{"quantity":"2","reason":"spare laptops","expires_on":null}],"included":"0","minimum":"5","rounding":"exact","meter":"workstations"}"#;
        assert_eq!(text, golden);
        assert_eq!(StoredRule::try_from(text).unwrap(), stored);
        let fixed = r#"{"source":{"source":"fixed","quantity":"18"}}"#.to_owned();
        let fixed = StoredRule::try_from(fixed).unwrap();
        assert_eq!(fixed.rule, QuantityRule::fixed(Micro::whole(18)));
    }
}
