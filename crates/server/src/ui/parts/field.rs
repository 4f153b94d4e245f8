use askama::Template;

/// One question of a form, with its hint and what was wrong with the answer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Template)]
#[template(path = "ui/templates/parts/field.html")]
pub struct Field {
    id: String,
    name: String,
    label: String,
    kind: Kind,
    value: String,
    hint: Option<String>,
    error: Option<String>,
    is_required: bool,
    is_disabled: bool,
    is_checked: bool,
    takes_focus: bool,
    hides_label: bool,
    placeholder: Option<String>,
    autocomplete: Option<&'static str>,
    list: Option<&'static str>,
    prefix: Option<String>,
    suffix: Option<String>,
    options: Vec<(String, String)>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Kind {
    #[default]
    Text,
    Email,
    Password,
    /// Decimals typed by people: text with a numeric keyboard, so that nothing is rounded.
    Decimal,
    Date,
    Search,
    Url,
    Select,
    Textarea,
    Check,
}

impl Kind {
    fn input_type(self) -> &'static str {
        match self {
            Kind::Email => "email",
            Kind::Password => "password",
            Kind::Date => "date",
            Kind::Search => "search",
            Kind::Url => "url",
            Kind::Check => "checkbox",
            Kind::Text | Kind::Decimal | Kind::Select | Kind::Textarea => "text",
        }
    }
}

impl Field {
    fn new(kind: Kind, name: &str, label: &str) -> Field {
        let id = format!("field-{name}");
        Field {
            id,
            name: name.to_owned(),
            label: label.to_owned(),
            kind,
            ..Field::default()
        }
    }

    pub fn text(name: &str, label: &str) -> Field {
        Field::new(Kind::Text, name, label)
    }

    pub fn email(name: &str, label: &str) -> Field {
        Field::new(Kind::Email, name, label)
    }

    pub fn password(name: &str, label: &str) -> Field {
        Field::new(Kind::Password, name, label)
    }

    pub fn decimal(name: &str, label: &str) -> Field {
        Field::new(Kind::Decimal, name, label)
    }

    pub fn date(name: &str, label: &str) -> Field {
        Field::new(Kind::Date, name, label)
    }

    pub fn url(name: &str, label: &str) -> Field {
        Field::new(Kind::Url, name, label)
    }

    /// A search box. The label is spoken, the placeholder seen.
    pub fn search(name: &str, what: &str) -> Field {
        let mut field = Field::new(Kind::Search, name, what);
        field.placeholder = Some(what.to_owned());
        field.hides_label = true;
        field
    }

    pub fn select(name: &str, label: &str) -> Field {
        Field::new(Kind::Select, name, label)
    }

    pub fn textarea(name: &str, label: &str) -> Field {
        Field::new(Kind::Textarea, name, label)
    }

    /// A check box that sends `value`, `on` unless told otherwise.
    pub fn check(name: &str, label: &str) -> Field {
        Field::new(Kind::Check, name, label).value("on")
    }

    /// For a page that asks the same thing twice.
    #[must_use]
    pub fn id(mut self, id: impl Into<String>) -> Field {
        self.id = id.into();
        self
    }

    #[must_use]
    pub fn value(mut self, value: impl Into<String>) -> Field {
        self.value = value.into();
        self
    }

    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Field {
        self.hint = Some(hint.into());
        self
    }

    /// What is wrong with the answer, and what would be right.
    #[must_use]
    pub fn error(mut self, error: impl Into<Option<String>>) -> Field {
        self.error = error.into();
        self
    }

    #[must_use]
    pub fn required(mut self) -> Field {
        self.is_required = true;
        self
    }

    #[must_use]
    pub fn disabled(mut self, is_disabled: bool) -> Field {
        self.is_disabled = is_disabled;
        self
    }

    #[must_use]
    pub fn checked(mut self, is_checked: bool) -> Field {
        self.is_checked = is_checked;
        self
    }

    #[must_use]
    pub fn autofocus(mut self) -> Field {
        self.takes_focus = true;
        self
    }

    #[must_use]
    pub fn placeholder(mut self, placeholder: impl Into<String>) -> Field {
        self.placeholder = Some(placeholder.into());
        self
    }

    #[must_use]
    pub fn autocomplete(mut self, autocomplete: &'static str) -> Field {
        self.autocomplete = Some(autocomplete);
        self
    }

    /// The id of a `<datalist>` of this page with likely answers.
    #[must_use]
    pub fn list(mut self, id: &'static str) -> Field {
        self.list = Some(id);
        self
    }

    /// A unit before the answer: the currency.
    #[must_use]
    pub fn prefix(mut self, prefix: impl Into<String>) -> Field {
        self.prefix = Some(prefix.into());
        self
    }

    /// A unit after the answer: days, %.
    #[must_use]
    pub fn suffix(mut self, suffix: impl Into<String>) -> Field {
        self.suffix = Some(suffix.into());
        self
    }

    /// One more choice of a select.
    #[must_use]
    pub fn option(mut self, value: impl Into<String>, label: impl Into<String>) -> Field {
        self.options.push((value.into(), label.into()));
        self
    }

    fn described_by(&self) -> Option<String> {
        match (&self.error, &self.hint) {
            (Some(_), Some(_)) => Some(format!("{0}-error {0}-hint", self.id)),
            (Some(_), None) => Some(format!("{}-error", self.id)),
            (None, Some(_)) => Some(format!("{}-hint", self.id)),
            (None, None) => None,
        }
    }
}

/// One of several, each saying what it means and what it is worth.
#[derive(Debug, Clone, Default, PartialEq, Eq, Template)]
#[template(path = "ui/templates/parts/choices.html")]
pub struct Choices {
    name: String,
    legend: String,
    chosen: String,
    error: Option<String>,
    options: Vec<Choice>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Choice {
    value: String,
    label: String,
    hint: String,
    worth: Option<super::Figure>,
}

impl Choices {
    pub fn new(name: &str, legend: &str, chosen: &str) -> Choices {
        let (name, legend, chosen) = (name.to_owned(), legend.to_owned(), chosen.to_owned());
        Choices {
            name,
            legend,
            chosen,
            ..Choices::default()
        }
    }

    #[must_use]
    pub fn choice(
        mut self,
        value: impl Into<String>,
        label: impl Into<String>,
        hint: impl Into<String>,
        worth: Option<super::Figure>,
    ) -> Choices {
        let (value, label, hint) = (value.into(), label.into(), hint.into());
        self.options.push(Choice {
            value,
            label,
            hint,
            worth,
        });
        self
    }

    #[must_use]
    pub fn error(mut self, error: impl Into<Option<String>>) -> Choices {
        self.error = error.into();
        self
    }
}
