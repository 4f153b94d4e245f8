//! What every operation of the API has in common, said once for the whole OpenAPI document: how
//! to sign in, which key makes a write safe to repeat, how an error looks, and the answers that
//! the door gives before a handler runs. What only one operation answers stands beside its handler.

use utoipa::{
    PartialSchema as _, ToSchema as _,
    openapi::{
        Content, OpenApi, Ref, RefOr, Required, Response,
        path::{Operation, Parameter, ParameterBuilder, ParameterIn, PathItem},
        schema::{ObjectBuilder, Type},
        security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme},
    },
};

use super::faults::ErrorBody;

const BEARER: &str = "bearer";

/// The only operation for those who are not signed in.
const SIGN_IN: (&str, &str) = ("post", "/api/v1/session");

/// Writes without a key: a new token is shown to nobody twice, a session ends once, and a preview
/// stores nothing.
const KEYLESS: [(&str, &str); 6] = [
    SIGN_IN,
    ("delete", "/api/v1/session"),
    ("post", "/api/v1/session/organization"),
    ("post", "/api/v1/contract-lines/{id}/changes/preview"),
    ("post", "/api/v1/generated-invoices/preview"),
    ("post", "/api/v1/invoice-previews"),
];

pub fn complete(document: &mut OpenApi) {
    let components = document.components.get_or_insert_default();
    let mut schemas = vec![(ErrorBody::name().into_owned(), ErrorBody::schema())];
    ErrorBody::schemas(&mut schemas);
    components.schemas.extend(schemas);
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some("The token of `POST /api/v1/session`."));
    components.add_security_scheme(BEARER, SecurityScheme::Http(bearer.build()));
    document.security = Some(vec![SecurityRequirement::new(BEARER, [""; 0])]);
    for (path, item) in &mut document.paths.paths {
        for (method, operation) in operations(item) {
            Door { method, path }.complete(operation);
        }
    }
}

/// The operations at a path, by their method in small letters.
fn operations(item: &mut PathItem) -> impl Iterator<Item = (&'static str, &mut Operation)> {
    [
        ("get", &mut item.get),
        ("post", &mut item.post),
        ("put", &mut item.put),
        ("patch", &mut item.patch),
        ("delete", &mut item.delete),
    ]
    .into_iter()
    .filter_map(|(method, operation)| Some((method, operation.as_mut()?)))
}

struct Door<'a> {
    method: &'static str,
    path: &'a str,
}

impl Door<'_> {
    fn complete(&self, operation: &mut Operation) {
        operation.operation_id = Some(self.name());
        let is_open = (self.method, self.path) == SIGN_IN;
        if is_open {
            operation.security = Some(Vec::new());
        }
        if self.honours_key() {
            let parameters = operation.parameters.get_or_insert_default();
            parameters.push(RefOr::T(idempotency_key()));
        }
        for (status, description) in self.answers(operation, is_open) {
            let responses = &mut operation.responses.responses;
            responses
                .entry(status.to_owned())
                .or_insert_with(|| RefOr::T(Response::new(description)));
        }
        for (status, response) in &mut operation.responses.responses {
            if let RefOr::T(response) = response {
                finish(status, response);
            }
        }
    }

    /// Handlers are called `one` and `list` in every feature; programs want names of their own.
    fn name(&self) -> String {
        let words = self.path.trim_start_matches("/api/v1/");
        let words = words.replace(['{', '}'], "").replace(['/', '-'], "_");
        format!("{}_{words}", self.method)
    }

    fn writes(&self) -> bool {
        self.method != "get"
    }

    fn honours_key(&self) -> bool {
        self.writes() && !KEYLESS.contains(&(self.method, self.path))
    }

    /// What the door answers, whoever stands behind it.
    fn answers(&self, operation: &Operation, is_open: bool) -> Vec<(&'static str, &'static str)> {
        let is_asked = operation.parameters.iter().flatten().any(|parameter| {
            matches!(parameter, RefOr::T(parameter) if parameter.parameter_in == ParameterIn::Query)
        });
        let has_body = operation.request_body.is_some();
        let names = self.path.contains('{') || is_asked || has_body;
        [
            (
                is_asked || self.path.contains('{'),
                "400",
                "the address or its query cannot be read",
            ),
            (!is_open, "401", "signed out"),
            (
                true,
                "403",
                "not for this role, or the request came from another site",
            ),
            (
                names && !is_open,
                "404",
                "unknown, or another organization's",
            ),
            (self.writes(), "409", "the state does not allow it"),
            (self.writes(), "413", "the body is too large"),
            (self.writes() || is_asked, "422", "wrong fields"),
            (true, "500", "something went wrong on our side"),
            (
                true,
                "503",
                "busy, or something outside does not answer; try again",
            ),
        ]
        .into_iter()
        .filter_map(|(applies, status, description)| applies.then_some((status, description)))
        .collect()
    }
}

/// OpenAPI wants a word about every answer, and programs the shape of every error.
fn finish(status: &str, response: &mut Response) {
    if response.description.is_empty() {
        let words = match status {
            "201" => "made",
            "202" => "accepted; a job does it",
            _ => "done",
        };
        words.clone_into(&mut response.description);
    }
    if status.starts_with(['4', '5']) {
        let body = Content::new(Some(Ref::from_schema_name(ErrorBody::name())));
        let content = &mut response.content;
        content.insert("application/json".to_owned(), RefOr::T(body));
    }
}

fn idempotency_key() -> Parameter {
    let text = ObjectBuilder::new()
        .schema_type(Type::String)
        .min_length(Some(1))
        .max_length(Some(128));
    ParameterBuilder::new()
        .name("Idempotency-Key")
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(
            "The same key with the same body is answered as it was the first time, for 30 days.",
        ))
        .schema(Some(text))
        .build()
}
