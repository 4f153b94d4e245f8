//! A form with a file in it.

use std::collections::BTreeMap;

use axum::extract::{FromRequest, Multipart, Request, multipart::MultipartError};

use crate::{app::App, fault::Fault, sheet};

/// What a form for importing sends: a file or pasted text, and its other fields.
#[derive(Debug, Default)]
pub struct Upload {
    pub text: String,
    fields: BTreeMap<String, String>,
}

impl Upload {
    /// A field, empty where it was not sent.
    pub fn field(&self, name: &str) -> &str {
        self.fields.get(name).map_or("", String::as_str)
    }

    pub async fn read(mut form: Multipart) -> Result<Self, Fault> {
        let mut sent = Self::default();
        while let Some(field) = form.next_field().await.map_err(|error| unread(&error))? {
            let name = field.name().unwrap_or_default().to_owned();
            let bytes = field.bytes().await.map_err(|error| unread(&error))?;
            let text = sheet::decode(&bytes)?;
            match name.as_str() {
                // A browser sends an empty file where none was chosen.
                "file" | "text" if !text.trim().is_empty() => sent.text = text,
                "file" | "text" => {}
                _ => {
                    sent.fields.insert(name, text);
                }
            }
        }
        Ok(sent)
    }
}

/// The form, or why it cannot be read, which is for its own page to say.
pub struct Sent(pub Result<Upload, Fault>);

impl FromRequest<App> for Sent {
    type Rejection = Fault;

    async fn from_request(request: Request, app: &App) -> Result<Self, Fault> {
        let form = Multipart::from_request(request, app).await;
        let form = form.map_err(|error| {
            Fault::field(
                "text",
                format!("the form cannot be read: {}", error.body_text()),
            )
        });
        Ok(Self(match form {
            Ok(form) => Upload::read(form).await,
            Err(fault) => Err(fault),
        }))
    }
}

fn unread(error: &MultipartError) -> Fault {
    Fault::field(
        "text",
        format!("the form cannot be read: {}", error.body_text()),
    )
}
