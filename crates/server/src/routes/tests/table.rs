//! Every route with its methods, and `doors.txt`, which says of each who may pass.

use std::collections::{BTreeMap, BTreeSet};

use reqwest::Method;

use super::document;
use crate::{
    features,
    http::{Permission, Routes},
    routes,
    testing::TestApp,
};

const LIST: &str = include_str!("doors.txt");

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Route {
    pub method: String,
    /// As the router has it: `/clients/{id}`.
    pub template: String,
}

impl Route {
    pub fn method(&self) -> Method {
        self.method.parse().unwrap()
    }

    pub fn is_unsafe(&self) -> bool {
        self.method != "GET"
    }

    pub fn is_api(&self) -> bool {
        self.template.starts_with("/api/")
    }

    pub fn names_something(&self) -> bool {
        self.template.contains('{')
    }

    /// Whether the address itself names a thing of an organization.
    pub fn is_about_something(&self) -> bool {
        // A vendor, or a series of numbers: words that every organization knows.
        let is_word = self.template == "/settings/integrations/{id}"
            || self.template.ends_with("/{name}")
            || self.template.contains("/{month}");
        (self.names_something() && !is_word) || self.template.ends_with("/record")
    }
}

impl std::fmt::Display for Route {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.method, self.template)
    }
}

/// The operations of the API, as its document has them.
pub fn operations() -> BTreeSet<Route> {
    document::operations()
        .into_iter()
        .map(|(method, template, _)| Route { method, template })
        .collect()
}

/// Every route of the product. A 405 tells in `Allow` which methods a path takes.
pub async fn all(app: &TestApp) -> BTreeSet<Route> {
    let mut found = operations();
    let tables = [
        routes::pages(),
        routes::operations(),
        routes::hooks(),
        routes::documents(),
        features::sign_in::wire::routes(),
        features::passkeys::pages::well_known::routes(),
    ];
    for template in tables.iter().flat_map(Routes::paths) {
        let path = template.replace(['{', '}', '*'], "");
        let answer = app.anonymous(Method::TRACE, &path).send().await.unwrap();
        assert_eq!(answer.status(), 405, "{template}");
        let allowed = answer.headers()["allow"].to_str().unwrap().to_owned();
        for method in allowed.split(',').filter(|method| *method != "HEAD") {
            found.insert(Route {
                method: method.to_owned(),
                template: (*template).to_owned(),
            });
        }
    }
    found
}

/// What `doors.txt` says of a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    Needs(Permission),
    Open,
}

pub fn doors() -> BTreeMap<Route, Door> {
    let lines = LIST.lines().filter(|line| !line.starts_with('#'));
    lines.map(read).collect()
}

fn read(line: &'static str) -> (Route, Door) {
    let (route, door) = line.split_once(": ").unwrap();
    let (method, template) = route.split_once(' ').unwrap();
    let door = match door {
        "Read" => Door::Needs(Permission::Read),
        "ReadCost" => Door::Needs(Permission::ReadCost),
        "Work" => Door::Needs(Permission::Work),
        "Connect" => Door::Needs(Permission::Connect),
        "Administer" => Door::Needs(Permission::Administer),
        "Own" => Door::Needs(Permission::Own),
        open => {
            let reason = open.strip_prefix("open, ").expect(line);
            assert!(!reason.is_empty(), "why is this open: {line}");
            Door::Open
        }
    };
    let (method, template) = (method.to_owned(), template.to_owned());
    (Route { method, template }, door)
}
