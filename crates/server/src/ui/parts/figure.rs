use askama::Template;

use crate::ui::format;

/// An amount of money: sign unmistakable, zero quiet, currency always shown.
#[derive(Debug, Clone, PartialEq, Eq, Template)]
#[template(
    source = r#"<span class="money {{ class() }}"><span class="currency">{{ currency }}</span>{% if let Some(sign) = sign() %}<span class="sign">{{ sign }}</span>{% endif %}{{ digits() }}</span>{% if let Some(per) = per %}<span class="per"> {{ per }}</span>{% endif %}"#,
    ext = "html"
)]
pub struct Figure {
    pub minor: i64,
    pub currency: String,
    is_change: bool,
    per: Option<&'static str>,
}

impl Figure {
    pub fn new(minor: i64, currency: impl Into<String>) -> Figure {
        Figure {
            minor,
            currency: currency.into(),
            is_change: false,
            per: None,
        }
    }

    /// A difference: a rise carries its plus.
    #[must_use]
    pub fn change(mut self) -> Figure {
        self.is_change = true;
        self
    }

    /// Says what the sum is: `a month`, `to invoice`, `owed`.
    #[must_use]
    pub fn per(mut self, what: &'static str) -> Figure {
        self.per = Some(what);
        self
    }

    fn class(&self) -> &'static str {
        match self.minor {
            0 => "zero",
            ..0 => "negative",
            _ if self.is_change => "gain",
            _ => "",
        }
    }

    fn sign(&self) -> Option<char> {
        if self.minor < 0 {
            Some(format::MINUS)
        } else {
            (self.is_change && self.minor > 0).then_some('+')
        }
    }

    fn digits(&self) -> String {
        format::amount(self.minor, &self.currency)
    }
}

/// A quantity in millionths. Absent is *none*, never 0.
#[derive(Debug, Clone, PartialEq, Eq, Template)]
#[template(
    source = r#"{% match text() %}{% when Some(text) %}<span class="quantity {{ class() }}">{{ text }}</span>{% when None %}<span class="none">none</span>{% endmatch %}"#,
    ext = "html"
)]
pub struct Quantity {
    micros: Option<i64>,
    is_variance: bool,
}

impl Quantity {
    pub fn micros(micros: impl Into<Option<i64>>) -> Quantity {
        Quantity {
            micros: micros.into(),
            is_variance: false,
        }
    }

    /// Counted minus licensed: more than licensed carries a plus, fewer a minus.
    pub fn variance(micros: impl Into<Option<i64>>) -> Quantity {
        Quantity {
            micros: micros.into(),
            is_variance: true,
        }
    }

    fn class(&self) -> &'static str {
        match self.micros {
            Some(0) => "zero",
            Some(1..) if self.is_variance => "more",
            Some(..0) if self.is_variance => "less",
            _ => "",
        }
    }

    fn text(&self) -> Option<String> {
        let micros = self.micros?;
        let plus = if self.is_variance && micros > 0 {
            "+"
        } else {
            ""
        };
        Some(format!("{plus}{}", format::quantity(micros)))
    }
}

/// A price per unit in millionths.
#[derive(Debug, Clone, PartialEq, Eq, Template)]
#[template(
    source = r#"<span class="money{% if micros == 0 %} zero{% endif %}"><span class="currency">{{ currency }}</span>{{ self.digits() }}</span>"#,
    ext = "html"
)]
pub struct UnitPrice {
    micros: i64,
    currency: String,
}

impl UnitPrice {
    pub fn micros(micros: i64, currency: impl Into<String>) -> UnitPrice {
        UnitPrice {
            micros,
            currency: currency.into(),
        }
    }

    fn digits(&self) -> String {
        format::price_digits(self.micros, &self.currency)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_zero_and_currency_are_unmistakable() {
        assert_eq!(
            Figure::new(-123_450, "USD").to_string(),
            r#"<span class="money negative"><span class="currency">USD</span><span class="sign">−</span>1,234.50</span>"#
        );
        assert!(Figure::new(0, "USD").to_string().contains("zero"));
        assert!(Figure::new(5, "USD").change().to_string().contains('+'));
        assert_eq!(
            Quantity::micros(None).to_string(),
            r#"<span class="none">none</span>"#
        );
        assert!(Quantity::variance(2_000_000).to_string().contains("+2"));
    }
}
