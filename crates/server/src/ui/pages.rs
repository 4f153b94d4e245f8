//! Pages that belong to no feature.

use askama::Template;
use axum::http::StatusCode;

use super::parts::Field;
use super::shell::Shell;
use super::theme::Theme;

/// Email and password, for the sign_in feature.
#[derive(Debug, Template)]
#[template(path = "ui/templates/sign_in.html")]
pub struct SignInPage {
    pub theme: Theme,
    /// Why the last attempt failed, as a sentence.
    pub error: Option<String>,
    /// What was done just now, as a sentence: a new password is set.
    pub done: Option<String>,
    pub email: String,
    /// The host of the Supabase project that keeps the accounts, where there is one.
    pub project: Option<String>,
    /// The path to return to, already checked to be one of ours.
    pub next: String,
}

impl SignInPage {
    fn email_field(&self) -> Field {
        let field = Field::email("email", "Email")
            .value(&self.email)
            .autocomplete("username webauthn");
        let field = field.required();
        if self.email.is_empty() {
            field.autofocus()
        } else {
            field
        }
    }

    fn password_field(&self) -> Field {
        let field = Field::password("password", "Password").autocomplete("current-password");
        let field = field.required();
        if self.email.is_empty() {
            field
        } else {
            field.autofocus()
        }
    }
}

/// The code of an authenticator app, for the sign_in feature.
#[derive(Debug, Template)]
#[template(path = "ui/templates/second_factor.html")]
pub struct SecondFactorPage {
    pub theme: Theme,
    /// Why the last code was refused, as a sentence.
    pub error: Option<String>,
    /// The path to return to, already checked to be one of ours.
    pub next: String,
}

impl SecondFactorPage {
    fn code_field(&self) -> Field {
        Field::text("code", "Code")
            .autocomplete("one-time-code")
            .hint("Six digits from your authenticator app.")
            .error(self.error.clone())
            .required()
            .autofocus()
    }
}

/// A fault, told to a person.
#[derive(Debug, Template)]
#[template(path = "ui/templates/error.html")]
pub struct ErrorPage {
    status: u16,
    title: &'static str,
    message: String,
    advice: &'static str,
    request_id: String,
    theme: Theme,
}

impl ErrorPage {
    /// `message` says what happened; the advice follows from the status.
    pub fn new(status: StatusCode, message: &str, request_id: &str) -> ErrorPage {
        let (title, advice) = words_for(status);
        ErrorPage {
            status: status.as_u16(),
            title,
            message: message.to_owned(),
            advice,
            request_id: request_id.to_owned(),
            theme: Theme::System,
        }
    }

    #[must_use]
    pub fn theme(mut self, theme: Theme) -> ErrorPage {
        self.theme = theme;
        self
    }
}

fn words_for(status: StatusCode) -> (&'static str, &'static str) {
    match status {
        StatusCode::UNAUTHORIZED => ("Sign in to go on", "Sign in, and you come back here."),
        StatusCode::FORBIDDEN => (
            "You may not see this",
            "Your role does not include it. An Owner or Admin of your organization can change that.",
        ),
        StatusCode::NOT_FOUND => (
            "Nothing here",
            "The address may be mistyped, or what it named has been removed. Start again from Home.",
        ),
        StatusCode::METHOD_NOT_ALLOWED => (
            "This address takes no such request",
            "Go back to the page you came from and use its buttons.",
        ),
        StatusCode::CONFLICT => (
            "Someone was faster",
            "It changed while you were looking at it. Go back, reload, and decide on what it says now.",
        ),
        StatusCode::PAYLOAD_TOO_LARGE => (
            "That is too large",
            "Send a smaller file or split it, then try again.",
        ),
        StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY => (
            "That cannot be saved as it is",
            "Go back, correct what is named above, and send it again. Nothing was changed.",
        ),
        StatusCode::TOO_MANY_REQUESTS => {
            ("Too many attempts", "Wait a few minutes, then try again.")
        }
        StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT => (
            "Not available at the moment",
            "Wait a minute and reload. Nothing was changed.",
        ),
        _ => (
            "Something went wrong on our side",
            "Nothing you did is lost: it was saved or it was not begun. Reload the page; if it \
             happens again, send the number below to whoever runs BillingOne for you.",
        ),
    }
}

/// Shown by the browser's own copy when the server cannot be reached.
#[derive(Debug, Template)]
#[template(path = "ui/templates/offline.html")]
pub struct OfflinePage {
    pub theme: Theme,
}

/// The phone's fifth tab: everywhere the tab bar has no room for.
#[derive(Debug, Template)]
#[template(path = "ui/templates/more.html")]
pub struct MorePage {
    pub shell: Shell,
}
