use askama::Template;

/// "Why is it this amount": arithmetic anyone can follow, one step a line.
#[derive(Debug, Clone, Default, PartialEq, Eq, Template)]
#[template(path = "ui/templates/parts/steps.html")]
pub struct Steps {
    steps: Vec<Step>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Step {
    sign: &'static str,
    what: String,
    because: String,
    value: String,
    is_result: bool,
}

impl Steps {
    pub fn new() -> Steps {
        Steps::default()
    }

    /// Any step: `sign` is what it does to the line above (`+`, `−`, `×`, or nothing to begin).
    #[must_use]
    pub fn step(
        mut self,
        sign: &'static str,
        what: impl Into<String>,
        because: impl Into<String>,
        value: impl Into<String>,
    ) -> Steps {
        let (what, because, value) = (what.into(), because.into(), value.into());
        self.steps.push(Step {
            sign,
            what,
            because,
            value,
            is_result: false,
        });
        self
    }

    /// The line under the rule.
    #[must_use]
    pub fn result(mut self, what: impl Into<String>, value: impl Into<String>) -> Steps {
        let (what, value) = (what.into(), value.into());
        self.steps.push(Step {
            sign: "=",
            what,
            because: String::new(),
            value,
            is_result: true,
        });
        self
    }
}
