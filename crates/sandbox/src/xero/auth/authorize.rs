//! The page on which the user allows access. Plain HTML: it works in any browser, without scripts.

use std::fmt::Write as _;

use axum::extract::{Form, RawQuery, State};
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use serde::Deserialize;
use url::Url;
use uuid::Uuid;

use crate::xero::query::Params;
use crate::xero::state::Xero;

/// What the application asks for, checked.
struct Ask {
    redirect_uri: String,
    scopes: Vec<String>,
    state: Option<String>,
}

impl Ask {
    fn parse(xero: &Xero, params: &Params) -> Result<Self, &'static str> {
        if params.text("client_id") != Some(xero.settings().client_id.as_str()) {
            return Err("unauthorized_client: there is no application with this client_id");
        }
        if params.text("response_type") != Some("code") {
            return Err("unsupported_response_type: only response_type=code is known");
        }
        let redirect_uri = params.text("redirect_uri").unwrap_or_default();
        if !is_allowed_redirect(redirect_uri) {
            return Err(
                "invalid redirect_uri: it must be https, or http://localhost for tests \
                 (http://127.0.0.1 is not accepted)",
            );
        }
        let scopes = params.text("scope").unwrap_or_default();
        if scopes.trim().is_empty() {
            return Err("invalid_scope: no scope was asked for");
        }
        Ok(Self {
            redirect_uri: redirect_uri.to_owned(),
            scopes: scopes.split_whitespace().map(str::to_owned).collect(),
            state: params.text("state").map(str::to_owned),
        })
    }

    fn redirect(&self, pairs: &[(&str, &str)]) -> Response {
        let Ok(mut url) = Url::parse(&self.redirect_uri) else {
            return refuse("invalid redirect_uri");
        };
        url.query_pairs_mut().extend_pairs(pairs);
        if let Some(state) = &self.state {
            url.query_pairs_mut().append_pair("state", state);
        }
        (StatusCode::FOUND, [(header::LOCATION, url.to_string())]).into_response()
    }
}

fn is_allowed_redirect(uri: &str) -> bool {
    let Ok(url) = Url::parse(uri) else {
        return false;
    };
    match url.scheme() {
        "https" => url.fragment().is_none(),
        "http" => url.host_str() == Some("localhost") && url.fragment().is_none(),
        _ => false,
    }
}

/// `GET /identity/connect/authorize`. `sandbox_allow=first`, `=all` or `=<tenant id>` agrees at
/// once, for tests without a browser; it is the sandbox's own.
pub async fn page(State(xero): State<Xero>, RawQuery(query): RawQuery) -> Response {
    let params = Params::parse(query.as_deref().unwrap_or_default());
    let ask = match Ask::parse(&xero, &params) {
        Ok(ask) => ask,
        Err(reason) => return refuse(reason),
    };
    match params.text("sandbox_allow") {
        Some(choice) => allow(&xero, &ask, choice),
        None => consent_page(&xero, &ask),
    }
}

#[derive(Deserialize)]
pub struct Decision {
    #[serde(default)]
    tenant: String,
    #[serde(default)]
    decision: String,
}

/// The form of the page, posted to the same address with the same query.
pub async fn decide(
    State(xero): State<Xero>,
    RawQuery(query): RawQuery,
    Form(decision): Form<Decision>,
) -> Response {
    let params = Params::parse(query.as_deref().unwrap_or_default());
    let ask = match Ask::parse(&xero, &params) {
        Ok(ask) => ask,
        Err(reason) => return refuse(reason),
    };
    if decision.decision == "allow" {
        allow(&xero, &ask, &decision.tenant)
    } else {
        let description = "The resource owner denied the request";
        ask.redirect(&[
            ("error", "access_denied"),
            ("error_description", description),
        ])
    }
}

fn allow(xero: &Xero, ask: &Ask, choice: &str) -> Response {
    let known = xero.tenants();
    let tenants: Vec<Uuid> = match choice {
        "all" => known,
        "first" => known.into_iter().take(1).collect(),
        id => known
            .into_iter()
            .filter(|tenant| Uuid::try_parse(id) == Ok(*tenant))
            .collect(),
    };
    if tenants.is_empty() {
        return refuse("choose an organisation to connect");
    }
    let now = xero.clock().now();
    let code = xero
        .auth()
        .agree(tenants, ask.scopes.clone(), ask.redirect_uri.clone(), now);
    ask.redirect(&[("code", &code)])
}

fn consent_page(xero: &Xero, ask: &Ask) -> Response {
    let mut choices = String::new();
    for (place, tenant) in xero.tenants().into_iter().enumerate() {
        let Some(ledger) = xero.ledger(tenant) else {
            continue;
        };
        let name = escape(&ledger.organisation.name);
        let checked = if place == 0 { " checked" } else { "" };
        // Writing to a string cannot fail.
        let _ = write!(
            choices,
            "<p><label><input type=\"radio\" name=\"tenant\" value=\"{tenant}\"{checked}> \
             {name}</label></p>"
        );
    }
    let mut scopes = String::new();
    for scope in &ask.scopes {
        let _ = write!(scopes, "<li>{}</li>", escape(scope));
    }
    let body = format!(
        "<h1>Allow access to your organisation data</h1>\
         <p>The application wants to connect to Xero (sandbox) with these scopes:</p>\
         <ul>{scopes}</ul>\
         <form method=\"post\"><fieldset><legend>Choose an organisation</legend>{choices}\
         </fieldset><p><button name=\"decision\" value=\"allow\">Allow access</button> \
         <button name=\"decision\" value=\"cancel\">Cancel</button></p></form>"
    );
    layout(StatusCode::OK, &body)
}

fn refuse(reason: &str) -> Response {
    let body = format!(
        "<h1>Sorry, something went wrong</h1><p>Error: {}</p>",
        escape(reason)
    );
    layout(StatusCode::BAD_REQUEST, &body)
}

fn layout(status: StatusCode, body: &str) -> Response {
    let page = format!(
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>Xero (sandbox) | Allow access</title><style>\
         body{{font:16px/1.5 system-ui,sans-serif;max-width:36rem;margin:3rem auto;padding:0 1rem}}\
         button{{font:inherit;padding:.5rem 1rem}}\
         @media (prefers-color-scheme:dark){{body{{background:#111;color:#eee}}}}\
         </style></head><body>{body}</body></html>"
    );
    (status, [(header::CACHE_CONTROL, "no-store")], Html(page)).into_response()
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
