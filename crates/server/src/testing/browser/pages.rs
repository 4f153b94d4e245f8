//! Every page of the product, found in the source: whoever adds a route has it walked.

use std::{fs, path::Path};

use reqwest::{Method, header::CONTENT_TYPE};

use crate::{features::team, testing::TestApp};

/// GET routes that answer with no page of their own: Xero sends the browser to the one with an
/// answer, the others are pictures, papers and a part.
const NOT_PAGES: [&str; 9] = [
    "/connections/xero/callback",
    "/evidence-packs/{id}",
    "/generated-invoices/{id}/explanation.pdf",
    "/generated-invoices/{id}/ledger.pdf",
    "/generated-invoices/{id}/online-invoice",
    "/settings/organization/logo",
    "/people/{id}/avatar",
    "/meters/{id}/export.csv",
    "/sync-runs/{id}/summary",
];

/// Where the link to a page stands, unless that is on the page above it.
const LINKED_FROM: [(&str, &str); 14] = [
    ("/account/security/factors/{id}", "/account/security"),
    ("/client-mappings/record", "/client-mappings"),
    ("/contracts/{id}", "/contracts?status=active"),
    ("/contracts/{id}/basics", "/contracts/{id}/lines"),
    ("/contracts/{id}/lines", "/contracts?status=draft"),
    ("/contracts/{id}/lines/{line}", "/contracts/{id}"),
    ("/contracts/{id}/review", "/contracts/{id}/lines"),
    (
        "/generated-invoices/{id}/lines/add",
        "/generated-invoices/{id}",
    ),
    (
        "/generated-invoices/{id}/lines/{line}",
        "/generated-invoices/{id}",
    ),
    (
        "/generated-invoices/{id}/send",
        "/generated-invoices?status=sent",
    ),
    ("/product-mappings/record", "/product-mappings"),
    (
        "/reconciliation/{client}/{item}",
        "/reconciliation?view=items",
    ),
    (
        "/settings/integrations/{id}/posting",
        "/settings/integrations",
    ),
    ("/settings/team/people/{id}", "/settings/team"),
];

/// What can be done with a thing only once it has come so far, and the list of such things.
const ACTS: [(&str, &str); 3] = [
    ("/credit-notes/{id}/edit", "/credit-notes?status=draft"),
    ("/credit-notes/{id}/post", "/credit-notes?status=ready"),
    (
        "/generated-invoices/{id}/pay",
        "/generated-invoices?status=sent",
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
    let routes = source().into_iter().filter(|(_, answers_get)| *answers_get);
    for (route, _) in routes.filter(|(route, _)| !NOT_PAGES.contains(&route.as_str())) {
        let address = address(app, &route).await;
        let is_page = match &address {
            Some(address) => is_document(app, address).await,
            None => true,
        };
        if is_page {
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
    // Links to these are in letters alone.
    match route {
        "/invitation" => return Some(team::tests::link_to_join(app).await),
        "/reset-password" => return Some(team::tests::link_to_recover(app).await),
        _ => {}
    }
    if let Some((_, list)) = ACTS.iter().find(|(act, _)| *act == route) {
        let (thing, act) = route.rsplit_once('/')?;
        let link = first_link(app, list, thing).await?;
        return Some(format!("{link}/{act}"));
    }
    let linked_from = LINKED_FROM.iter().find(|(linked, _)| *linked == route);
    let above = match (linked_from, route.rsplit_once('/')) {
        (Some((_, above)), _) => above,
        (None, Some((above, _))) if route.contains('{') => above,
        _ => return Some(route.to_owned()),
    };
    let above = if above.contains('{') {
        Box::pin(address(app, above)).await?
    } else {
        above.to_owned()
    };
    first_link(app, &above, route).await
}

async fn first_link(app: &TestApp, page: &str, route: &str) -> Option<String> {
    let (_, html) = app.page(page).await;
    let mut links = html
        .split("href=\"")
        .skip(1)
        .filter_map(|part| part.split('"').next());
    let link = links.find(|link| fits(link, route))?;
    Some(link.replace("&amp;", "&").replace("&#38;", "&"))
}

/// Whether a link leads to the route; ids, unlike words, have an underscore, and months a year. A
/// name is any word.
fn fits(link: &str, route: &str) -> bool {
    let path = link.split(['?', '#']).next().unwrap_or_default();
    let (parts, wanted) = (path.split('/'), route.split('/'));
    parts.clone().count() == wanted.clone().count()
        && parts.zip(wanted).all(|(part, wanted)| {
            part == wanted
                || wanted == "{name}"
                || wanted.starts_with('{') && (part.contains('_') || part.starts_with("20"))
        })
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
