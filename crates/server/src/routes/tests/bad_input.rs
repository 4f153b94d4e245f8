//! Nonsense at every operation of the API: refused in words, with a status that the document
//! names, and never as a fault of ours.

use reqwest::{Method, RequestBuilder, header};
use serde_json::Value;

use super::{
    complaints::{Complaints, short},
    document,
    table::{Route, operations},
    world::World,
};
/// Adds what is not as the document says.
pub async fn is_refused(world: &World, complaints: &mut Complaints) {
    at_no_operation(world, complaints).await;
    let declared = document::operations();
    for route in operations() {
        let (_, _, operation) = declared
            .iter()
            .find(|(method, path, _)| (method, path) == (&route.method, &route.template))
            .unwrap();
        for (what, request) in nonsense(world, &route, operation) {
            let response = request.send().await.unwrap();
            let status = response.status();
            let id = response.headers()["x-request-id"]
                .to_str()
                .unwrap()
                .to_owned();
            let text = response.text().await.unwrap();
            let body: Value = serde_json::from_str(&text).unwrap_or_default();
            let error = &body["error"];
            let says = |part: &str| error[part].as_str().is_some_and(|said| !said.is_empty());
            let is_declared = operation["responses"].get(status.as_str()).is_some();
            let is_refused = status.is_client_error() && is_declared && error["request_id"] == id;
            complaints.unless(is_refused && says("code") && says("message"), || {
                format!("{what}, {route}: {status} {}", short(&text))
            });
        }
    }
}

/// Addresses that nobody documented, and a text that PostgreSQL cannot keep.
async fn at_no_operation(world: &World, complaints: &mut Complaints) {
    let app = &world.app;
    let nul = serde_json::json!({ "reference": "NUL", "name": "a\u{0}b" });
    for (what, request, status, code) in [
        (
            "GET",
            app.request(Method::GET, "/api/v1/nothing"),
            404,
            "not_found",
        ),
        (
            "POST",
            app.request(Method::POST, "/api/nothing/at/all"),
            404,
            "not_found",
        ),
        (
            "a search for NUL",
            app.request(Method::GET, "/api/v1/clients?q=a%00b"),
            422,
            "not_text",
        ),
        (
            "a name with NUL",
            app.request(Method::POST, "/api/v1/clients").json(&nul),
            422,
            "",
        ),
    ] {
        let response = request.send().await.unwrap();
        let found = response.status().as_u16();
        let text = response.text().await.unwrap();
        let body: Value = serde_json::from_str(&text).unwrap_or_default();
        let said = body["error"]["code"].as_str().unwrap_or_default();
        let is_right = found == status && !said.is_empty() && (code.is_empty() || said == code);
        complaints.unless(is_right, || format!("{what}: {found} {}", short(&text)));
    }
}

fn nonsense(
    world: &World,
    route: &Route,
    operation: &Value,
) -> Vec<(&'static str, RequestBuilder)> {
    let path = world.path(route);
    let ask = |path: &str| world.app.request(route.method(), path);
    let json = |body: String| {
        ask(&path)
            .header(header::CONTENT_TYPE, "application/json")
            .body(body)
    };
    let mut found = Vec::new();
    let is_about_something = route.is_about_something();
    if is_about_something {
        let start = route.template.split('{').next().unwrap();
        let end = route.template.split('}').next_back().unwrap();
        let bad = |id: &str| format!("{start}{id}{end}");
        for (what, id) in [
            (
                "an id of another kind",
                "org_00000000000000000000000000000000",
            ),
            ("an id that is none", "%00"),
            ("an id in no script", "%ff%fe"),
            ("an id with markup", "%3Cb%3E%27%22"),
        ] {
            let request = ask(&bad(id));
            let request = match world.body(route) {
                Some(body) => request.json(&body),
                None => request,
            };
            found.push((what, request));
        }
    }
    let parameters = operation["parameters"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    for parameter in parameters
        .iter()
        .filter(|parameter| parameter["in"] == "query")
    {
        let name = parameter["name"].as_str().unwrap();
        found.push((
            "a query that is no text",
            ask(&format!("{path}?{name}=1&{name}=2")),
        ));
        if name == "cursor" {
            found.push(("a cursor that is none", ask(&format!("{path}?cursor=%ff"))));
            let of_another = "WyJub3NvcnQiLHsia2V5IjoxfV0";
            found.push((
                "a cursor of another list",
                ask(&format!("{path}?cursor={of_another}")),
            ));
            found.push(("a limit that is none", ask(&format!("{path}?limit=0"))));
            found.push((
                "an endless limit",
                ask(&format!("{path}?limit=99999999999999999999")),
            ));
        }
    }
    let Some(body) = (operation.get("requestBody").is_some())
        .then(|| world.body(route))
        .flatten()
    else {
        return found;
    };
    let mut surplus = body.clone();
    surplus["surprise"] = Value::Bool(true);
    let large = format!(
        "{{\"x\":\"{}\"}}",
        "x".repeat(world.app.app.config.server.max_body_bytes)
    );
    found.extend([
        ("no JSON", json("{\"version\":".to_owned())),
        ("another shape", json("[1, 2, 3]".to_owned())),
        ("a number for a body", json("1e999".to_owned())),
        ("an unknown field", json(surplus.to_string())),
        ("no text at all", json("\u{0}".to_owned())),
        ("deep nesting", json("[".repeat(100_000))),
        ("too much", json(large)),
    ]);
    found
}
