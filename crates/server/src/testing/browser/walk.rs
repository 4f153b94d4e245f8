//! Every page is opened, with and without data: it is there, has a heading, fits a phone and a
//! desk, complains of nothing, can be used by everybody, and leads nowhere that does not exist.
//! The long form looks at both themes at either size and takes a picture of each at every size.

use std::{collections::BTreeMap, path::PathBuf};

use serde_json::json;

use super::{Browser, DESK, PHONE, TABLET, accessibility, pages, world};
use crate::{db::Engine, testing::TestApp};

/// What there is to see, as pictures are called.
const FULL: &str = "demo";
const EMPTY: &str = "none";

const THEMES: [&str; 2] = ["light", "dark"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_page_holds_together() {
    let full = world::in_use().await;
    let mut walk = Walk::default();
    walk.through(&full, FULL).await;
    let empty = TestApp::start(Engine::Sqlite).await;
    walk.through(&empty, EMPTY).await;
    walk.end();
}

#[derive(Default)]
struct Walk {
    /// What is wrong, by page.
    wrong: Vec<String>,
    /// One link of each shape, and the page it stands on.
    links: BTreeMap<String, (String, String)>,
    pictures: u32,
}

impl Walk {
    async fn through(&mut self, app: &TestApp, state: &str) {
        let browser = Browser::at_a_desk(app).await;
        accessibility::prepare(&browser).await;
        self.look_at(&browser, "sign-in", "/sign-in", state).await;
        browser.sign_in_to("/more").await;
        for page in pages::all(app).await {
            match page.address {
                Some(address) => self.look_at(&browser, &page.name, &address, state).await,
                None if state == FULL => {
                    self.wrong.push(format!("no link leads to {}", page.name));
                }
                None => {}
            }
        }
        for (link, page) in std::mem::take(&mut self.links).into_values() {
            let (status, _) = app.page(&link).await;
            if status >= 400 {
                self.wrong.push(format!(
                    "{page} ({state}) leads to {link}, which answers {status}"
                ));
            }
        }
    }

    async fn look_at(&mut self, browser: &Browser, name: &str, address: &str, state: &str) {
        browser.open(address).await;
        let at = format!("{name} ({state})");
        let facts = browser.run(FACTS).await;
        if facts["status"] != 200 || facts["headings"] != 1 {
            self.wrong.push(format!("{at} at {address}: {facts}"));
        }
        for link in facts["links"].as_array().unwrap() {
            let link = link.as_str().unwrap().to_owned();
            self.links
                .entry(shape(&link))
                .or_insert((link, name.to_owned()));
        }
        for action in facts["actions"].as_array().unwrap() {
            if !pages::is_answered(action.as_str().unwrap()) {
                self.wrong.push(format!(
                    "{at} has a form for {action}, which nothing answers"
                ));
            }
        }
        let everything = std::env::var_os("BILLINGONE_PROVE").is_some();
        for (size, usual) in [(PHONE, "light"), (DESK, "dark")] {
            for theme in THEMES
                .into_iter()
                .filter(|theme| everything || *theme == usual)
            {
                show(browser, size, theme).await;
                let how = format!("{at} {theme}, {} wide", size.0);
                let found = accessibility::violations(browser).await;
                self.wrong
                    .extend(found.iter().map(|one| format!("{how}: {one}")));
            }
            let too_wide = browser.run(TOO_WIDE).await;
            if too_wide != json!([]) {
                self.wrong.push(format!(
                    "{at}, {} wide: wider than the screen: {too_wide}",
                    size.0
                ));
            }
        }
        self.take_pictures(browser, name, state).await;
        let complaints = browser.complaints().await;
        self.wrong
            .extend(complaints.iter().map(|line| format!("{at}: {line}")));
    }

    async fn take_pictures(&mut self, browser: &Browser, name: &str, state: &str) {
        let Some(folder) = std::env::var_os("BILLINGONE_TEST_SCREENSHOTS").map(PathBuf::from)
        else {
            return;
        };
        for size in [PHONE, TABLET, DESK] {
            for theme in THEMES {
                show(browser, size, theme).await;
                let picture = browser.client.screenshot().await.unwrap();
                let file = format!("{name}-{}x{}-{theme}-{state}.png", size.0, size.1);
                std::fs::write(folder.join(file), picture).unwrap();
                self.pictures += 1;
            }
        }
    }

    fn end(self) {
        if let Some(folder) = std::env::var_os("BILLINGONE_TEST_REPORTS").map(PathBuf::from) {
            let text = format!("{} pictures of pages\n", self.pictures);
            std::fs::write(folder.join("screenshots.txt"), text).unwrap();
        }
        assert!(self.wrong.is_empty(), "{}", self.wrong.join("\n"));
    }
}

const FACTS: &str = "
const shown = (element) => element.checkVisibility();
return {
    status: performance.getEntriesByType('navigation')[0].responseStatus,
    headings: [...document.querySelectorAll('h1')].filter(shown).length,
    actions: [...document.querySelectorAll('form, [formaction]')]
        .map((form) => new URL(form.formAction || form.action).pathname),
    links: [...document.querySelectorAll('a[href^=\"/\"]')].map((link) => link.getAttribute('href')),
};";

/// What sticks out, if the page can be scrolled sideways.
pub const TOO_WIDE: &str = "
if (document.documentElement.scrollWidth <= innerWidth) return [];
return [...document.querySelectorAll('body *')]
    .filter((element) => element.getBoundingClientRect().right > innerWidth + 1)
    .map((element) => element.outerHTML.slice(0, 120)).slice(0, 5);";

pub async fn show(browser: &Browser, size: (u32, u32), theme: &str) {
    browser.resize(size).await;
    let features = json!({ "features": [
        { "name": "prefers-color-scheme", "value": theme },
        { "name": "prefers-reduced-motion", "value": "reduce" },
    ] });
    browser
        .devtools("Emulation.setEmulatedMedia", features)
        .await;
}

/// Links that differ only in what they are about have one shape.
fn shape(link: &str) -> String {
    let (path, query) = link.split_once('?').unwrap_or((link, ""));
    let parts = path
        .split('/')
        .map(|part| if part.contains('_') { "*" } else { part });
    let names = query
        .split('&')
        .map(|pair| pair.split('=').next().unwrap_or_default());
    format!(
        "{}?{}",
        parts.collect::<Vec<_>>().join("/"),
        names.collect::<Vec<_>>().join("&")
    )
}
