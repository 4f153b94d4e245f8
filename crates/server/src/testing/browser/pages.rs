//! Every page of the product, found in the source: whoever adds a route has it walked.

use std::{fs, path::Path};

use reqwest::{Method, header::CONTENT_TYPE};

use crate::testing::TestApp;

/// Xero sends the browser here with an answer; without one there is nothing to see.
const NOT_A_PAGE: &str = "/connections/xero/callback";

/// Where the link to a page stands, unless that is the list it lies under.
const LINKED_FROM: [(&str, &str); 9] = [
    ("/contracts/{id}", "/contracts?status=active"),
    ("/contracts/{id}/edit", "/contracts?status=active"),
    ("/client-mappings/record", "/client-mappings"),
    ("/product-mappings/record", "/product-mappings"),
    ("/contracts/{id}/basics", "/contracts?status=draft"),
    ("/contracts/{id}/lines", "/contracts?status=draft"),
    ("/contracts/{id}/review", "/contracts?status=draft"),
    ("/contracts/{id}/lines/{line}", "/contracts/{id}"),
    (
        "/reconciliation/{client}/{item}",
        "/reconciliation?view=items",
    ),
];

pub struct Page {
    /// As pictures of it are called: `contracts-id-edit`.
    pub name: String,
    /// Where it is in this product; none while there is nothing it could show.
    pub address: Option<String>,
}

/// Every GET route that answers with a whole document; files, streams and parts do not.
pub async fn all(app: &TestApp) -> Vec<Page> {
    let mut pages = Vec::new();
    for (route, _) in source().into_iter().filter(|(_, answers_get)| *answers_get) {
        let address = address(app, &route).await;
        let is_page = match &address {
            Some(address) => is_document(app, address).await,
            None => true,
        };
        if is_page && route != NOT_A_PAGE {
            let name = name(&route);
            pages.push(Page { name, address });
        }
    }
    pages.sort_by(|one, other| one.name.cmp(&other.name));
    assert!(
        pages.len() > 20,
        "the routes are no longer where they are looked for"
    );
    pages
}

async fn is_document(app: &TestApp, address: &str) -> bool {
    let answer = app.request(Method::GET, address).send().await.unwrap();
    let kind = answer
        .headers()
        .get(CONTENT_TYPE)
        .map(|kind| kind.as_bytes().to_vec());
    // A stream has no end to wait for.
    kind.is_some_and(|kind| kind.starts_with(b"text/html"))
        && answer.text().await.unwrap().contains("<!doctype html>")
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
    Some(format!("{link}{rest}"))
}

/// Whether a link leads to the route; ids, unlike words, have an underscore.
fn fits(link: &str, route: &str) -> bool {
    let path = link.split(['?', '#']).next().unwrap_or_default();
    let (parts, wanted) = (path.split('/'), route.split('/'));
    parts.clone().count() == wanted.clone().count()
        && parts
            .zip(wanted)
            .all(|(part, wanted)| part == wanted || wanted.starts_with('{') && part.contains('_'))
}

/// Whether a form is sent to an address that the product has.
pub fn is_answered(action: &str) -> bool {
    // Vendors are connected by their name and disconnected by the connection's id.
    let vendor = action.strip_prefix("/settings/integrations/");
    let is_vendor =
        vendor.is_some_and(|name| crate::features::connections::vendor_named(name).is_some());
    is_vendor
        || action == crate::ui::THEME_ROUTE
        || source().iter().any(|(route, _)| fits(action, route))
}

/// Every route in the source, and whether it answers GET.
fn source() -> Vec<(String, bool)> {
    let mut found = Vec::new();
    read(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
        &mut found,
    );
    found
}

fn read(folder: &Path, found: &mut Vec<(String, bool)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            found.extend(text.split(".route(").skip(1).filter_map(route));
        }
    }
}

/// Of what follows `.route(`: `"/clients", get(…)`.
fn route(after: &str) -> Option<(String, bool)> {
    let (path, handlers) = after.trim_start().strip_prefix('"')?.split_once('"')?;
    let answers_get = handlers
        .trim_start_matches(',')
        .trim_start()
        .starts_with("get(");
    path.starts_with('/')
        .then(|| (path.to_owned(), answers_get))
}
