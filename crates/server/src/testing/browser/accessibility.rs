//! What axe, the usual checker of accessibility, finds wrong with the page that is open.

use serde_json::json;

use super::Browser;

const VARIABLE: &str = "BILLINGONE_AXE";

/// Serious and critical ones count; the rest are matters of taste. Colours must have settled, and
/// of a long table the first rows stand for all.
const LOOK: &str = r"
const done = arguments[arguments.length - 1];
const settled = () => new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(go)));
const counts = ({ impact }) => impact === 'serious' || impact === 'critical';
const told = ({ id, help, nodes }) => nodes.map(({ html, any }) =>
    `${id}: ${help}: ${html.slice(0, 200)} ${any.map(({ message }) => message)}`);
const part = { include: [['html']], exclude: [['tbody tr:nth-child(n+9)']] };
settled()
    .then(() => axe.run(part, { resultTypes: ['violations'], preload: false }))
    .then(({ violations }) => done(violations.filter(counts).flatMap(told)))
    .catch((error) => done([String(error)]));
";

/// Every page from now on brings the checker along. It is put there by the browser itself, which
/// the pages' own policy does not concern.
pub async fn prepare(browser: &Browser) {
    let file = std::env::var_os(VARIABLE)
        .unwrap_or_else(|| panic!("{VARIABLE} is not set (cargo xtask test sets it)"));
    let source = std::fs::read_to_string(file).unwrap();
    let script = json!({ "source": source });
    browser
        .devtools("Page.addScriptToEvaluateOnNewDocument", script)
        .await;
}

pub async fn violations(browser: &Browser) -> Vec<String> {
    let found = browser
        .client
        .execute_async(LOOK, Vec::new())
        .await
        .unwrap();
    let found = found.as_array().unwrap().iter();
    found
        .map(|one| one.as_str().unwrap_or_default().to_owned())
        .collect()
}
