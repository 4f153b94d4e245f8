//! What is wrong, gathered: one run over all doors names everything.

#[derive(Default)]
pub struct Complaints(Vec<String>);

impl Complaints {
    pub fn unless(&mut self, holds: bool, what: impl FnOnce() -> String) {
        if !holds {
            self.0.push(what());
        }
    }

    pub fn assert_none(self) {
        assert!(self.0.is_empty(), "not as it must be, see above");
    }
}

/// Also when the story could not be told to its end because of them.
impl Drop for Complaints {
    fn drop(&mut self) {
        for complaint in &self.0 {
            println!("{complaint}");
        }
    }
}

/// The beginning of a long answer.
pub fn short(text: &str) -> &str {
    let end = text
        .char_indices()
        .nth(300)
        .map_or(text.len(), |(at, _)| at);
    text.get(..end).unwrap_or_default()
}
