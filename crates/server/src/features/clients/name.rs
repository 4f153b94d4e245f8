//! Names as keys. The name itself is never changed; a key is what it is sorted, found and
//! matched by.

use unicode_normalization::{UnicodeNormalization as _, char::is_combining_mark};

/// The key a name is sorted and searched by: compatibility forms unified (NFKC), lower case,
/// everything that is no letter or digit folded to single spaces.
pub fn name_key(name: &str) -> String {
    let folded = folded(name);
    if folded.is_empty() {
        // A name of punctuation only is still a name.
        return name.nfkc().collect::<String>().trim().to_lowercase();
    }
    folded
}

/// The pattern for `like` that finds `typed` anywhere in a key; none when nothing can be found
/// by it. A folded key holds no wildcard.
pub fn search_pattern(typed: &str) -> Option<String> {
    let folded = folded(typed);
    (!folded.is_empty()).then(|| format!("%{folded}%"))
}

/// The key by which two spellings of one company are compared: without its legal form. Only for
/// proposals; it never decides anything.
pub fn match_key(name: &str) -> String {
    let key = name_key(name);
    let mut words: Vec<&str> = key.split(' ').collect();
    if words.len() > 1 && words.first() == Some(&"the") {
        words.remove(0);
    }
    while words.len() > 1 {
        let Some(shorter) = without_legal_form(&words) else {
            break;
        };
        words.truncate(shorter);
    }
    words.join(" ")
}

/// Legal forms as their words stand at the end of a folded name.
const LEGAL_FORMS: &[&[&str]] = &[
    &["ltd"],
    &["limited"],
    &["plc"],
    &["llp"],
    &["llc"],
    &["l", "l", "c"],
    &["inc"],
    &["incorporated"],
    &["corp"],
    &["corporation"],
    &["co"],
    &["company"],
    &["gmbh"],
    &["gmbh", "co", "kg"],
    &["ag"],
    &["kg"],
    &["ug"],
    &["se"],
    &["sa"],
    &["s", "a"],
    &["sas"],
    &["sarl"],
    &["s", "à", "r", "l"],
    &["srl"],
    &["s", "r", "l"],
    &["spa"],
    &["s", "p", "a"],
    &["bv"],
    &["b", "v"],
    &["nv"],
    &["n", "v"],
    &["oy"],
    &["ab"],
    &["as"],
    &["aps"],
    &["a", "s"],
    &["pty"],
    &["pte"],
    &["kk"],
    &["株式会社"],
    &["有限公司"],
];

fn without_legal_form(words: &[&str]) -> Option<usize> {
    LEGAL_FORMS
        .iter()
        .filter(|form| form.len() < words.len() && words.ends_with(form))
        .map(|form| words.len() - form.len())
        .min()
}

fn folded(name: &str) -> String {
    let mut key = String::with_capacity(name.len());
    for c in name.nfkc().flat_map(char::to_lowercase) {
        if c.is_alphanumeric() || is_combining_mark(c) {
            key.push(c);
        } else if is_apostrophe(c) {
            // O'Brien is one word, however it is typed.
        } else if !key.is_empty() && !key.ends_with(' ') {
            key.push(' ');
        }
    }
    key.truncate(key.trim_end().len());
    key
}

fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '’' | '‘' | 'ʼ' | '`')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_fold_case_width_and_punctuation() {
        for (name, key) in [
            ("O’Brien & Sons, Ltd.", "obrien sons ltd"),
            ("O'Brien  &  Sons Ltd", "obrien sons ltd"),
            ("ＡＣＭＥ Ｌｔｄ", "acme ltd"),
            ("Straße 7", "straße 7"),
            ("<b>Bold</b> 100%_", "b bold b 100"),
            ("株式会社さくら", "株式会社さくら"),
            ("हिन्दी", "हिन्दी"),
            (" !!! ", "!!!"),
        ] {
            assert_eq!(name_key(name), key, "{name}");
        }
    }

    #[test]
    fn legal_forms_do_not_count_when_matching() {
        for (one, other) in [
            ("Harbour Dental Ltd", "HARBOUR DENTAL LIMITED"),
            ("Müller GmbH & Co. KG", "Müller"),
            ("The Copper Kettle Company", "copper kettle"),
            ("Nordlys A/S", "Nordlys"),
        ] {
            assert_eq!(match_key(one), match_key(other), "{one}");
        }
        assert_eq!(match_key("Limited"), "limited", "something must be left");
        assert_ne!(match_key("Harbour Dental"), match_key("Harbour Dentistry"));
    }

    #[test]
    fn nothing_typed_becomes_a_wildcard() {
        assert_eq!(search_pattern("%_"), None);
        assert_eq!(search_pattern("50% off"), Some("%50 off%".to_owned()));
    }
}
