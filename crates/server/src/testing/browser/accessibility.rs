//! What axe, the usual checker of accessibility, finds wrong with the page that is open.

use serde_json::json;

use super::Browser;

const VARIABLE: &str = "BILLINGONE_AXE";

/// Serious and critical ones count; the rest are matters of taste.
const LOOK: &str = r"
const done = arguments[arguments.length - 1];
const told = (violation) => violation.nodes.map((node) =>
    `${violation.id}: ${violation.help}: ${node.html.slice(0, 200)} ${node.any.map((one) => one.message)}`);
axe.run(document, { resultTypes: ['violations'] }).then(
    ({ violations }) => done(violations
        .filter(({ impact }) => impact === 'serious' || impact === 'critical').flatMap(told)),
    (error) => done([String(error)]));
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
