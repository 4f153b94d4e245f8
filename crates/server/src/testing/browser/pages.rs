//! Every page of the product, found in the source: whoever adds a route has it walked.

use std::{fs, path::Path};

use crate::testing::TestApp;

/// GET routes that are no page of their own, and what they are.
const NOT_PAGES: [(&str, &str); 9] = [
    ("/api/openapi.json", "for programs"),
    (
        "/connections/xero/callback",
        "Xero sends the browser here, which goes on at once",
    ),
    ("/events", "a stream"),
    ("/healthz", "for those who operate the server"),
    ("/metrics", "for those who operate the server"),
    ("/readyz", "for those who operate the server"),
    ("/sign-in", "walked first, before there is a session"),
    ("/sync-runs/{id}/summary", "a part of a page"),
    ("/sync/progress", "a part of a page"),
];

/// Where the link to a page stands, unless that is the list it lies under.
const LINKED_FROM: [(&str, &str); 8] = [
    ("/contracts/{id}", "/contracts?status=active"),
    ("/contracts/{id}/edit", "/contracts?status=active"),
    ("/client-mappings/record", "/client-mappings"),
    ("/product-mappings/record", "/product-mappings"),
    ("/contracts/{id}/basics", "/contracts?status=draft"),
    ("/contracts/{id}/lines", "/contracts?status=draft"),
    ("/contracts/{id}/review", "/contracts?status=draft"),
    ("/contracts/{id}/lines/{line}", "/contracts/{id}"),
];

pub struct Page {
    /// As pictures of it are called: `contracts-id-edit`.
    pub name: String,
    /// Where it is in this product; none while there is nothing it could show.
    pub address: Option<String>,
}

pub async fn all(app: &TestApp) -> Vec<Page> {
    let mut pages = Vec::new();
    for route in routes() {
        pages.push(Page {
            name: name(&route),
            address: address(app, &route).await,
        });
    }
    pages
}

fn name(route: &str) -> String {
    match route.trim_matches('/') {
        "" => "home".to_owned(),
        words => words.replace('/', "-").replace(['{', '}'], ""),
    }
}

/// The page itself, or what the first link to such a page says.
async fn address(app: &TestApp, route: &str) -> Option<String> {
    let linked_from = LINKED_FROM.iter().find(|(linked, _)| *linked == route);
    let list = match (linked_from, route.split_once("/{")) {
        (Some((_, list)), _) => (*list).to_owned(),
        (None, Some((list, _))) => list.to_owned(),
        (None, None) => return Some(route.to_owned()),
    };
    let list = if list.contains('{') {
        Box::pin(address(app, &list)).await?
    } else {
        list
    };
    let (_, html) = app.page(&list).await;
    // What follows the last placeholder is known; links lead to what is before it.
    let known = route.rfind('}').map_or(route.len(), |at| at + 1);
    let (linked, rest) = route.split_at(known);
    let links = html
        .split("href=\"")
        .skip(1)
        .filter_map(|part| part.split('"').next());
    let mut fitting = links.filter(|link| fits(link, linked));
    let link = fitting.next()?.replace("&amp;", "&").replace("&#38;", "&");
    if rest.is_empty() {
        return Some(link);
    }
    let parts = linked.split('/').count();
    let parts: Vec<&str> = link.split(['/', '?']).take(parts).collect();
    Some(format!("{}{rest}", parts.join("/")))
}

/// Whether a link leads to the route or below it; ids, unlike words, have an underscore.
fn fits(link: &str, route: &str) -> bool {
    let path = link.split(['?', '#']).next().unwrap_or_default();
    let mut parts = path.split('/');
    route.split('/').all(|wanted| {
        parts
            .next()
            .is_some_and(|part| part == wanted || wanted.starts_with('{') && part.contains('_'))
    })
}

/// What the source answers GET at with a page.
fn routes() -> Vec<String> {
    let mut found = Vec::new();
    read(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
        &mut found,
    );
    found.sort();
    assert!(
        found.len() > 30,
        "the routes are not where they were: {found:?}"
    );
    for (route, _) in NOT_PAGES {
        assert!(
            found.iter().any(|known| known == route),
            "{route} is gone: forget it here"
        );
    }
    found.retain(|route| {
        route.rsplit_once('.').is_none_or(|(_, end)| end != "csv")
            && NOT_PAGES.iter().all(|(other, _)| other != route)
    });
    found
}

fn read(folder: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            found.extend(text.split(".route(").skip(1).filter_map(got));
        }
    }
}

/// The path of a route, if it answers GET: `"/clients", get(…)`.
fn got(after: &str) -> Option<String> {
    let (path, handlers) = after.trim_start().strip_prefix('"')?.split_once('"')?;
    let handlers = handlers.trim_start_matches(',').trim_start();
    (path.starts_with('/') && handlers.starts_with("get(")).then(|| path.to_owned())
}
