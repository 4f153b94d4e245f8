//! What the demo found, as a few lines a person can read.

#![expect(
    clippy::indexing_slicing,
    reason = "the index of JSON answers null for what is not there and never panics"
)]

use serde_json::Value;

use super::{EMAIL, desk::Desk};
use crate::{app::App, ui::format};

pub async fn print(
    desk: &Desk,
    app: &App,
    password: &str,
    kept: bool,
    once: bool,
) -> anyhow::Result<()> {
    println!();
    for (what, path) in [
        ("Clients", "/api/v1/clients"),
        ("Subscriptions", "/api/v1/subscriptions"),
        ("Invoices", "/api/v1/invoices"),
    ] {
        println!("{what:<16}{:>8}", count(desk, path).await?);
    }
    println!("\nFindings, worth a month");
    let summary = desk.get("/api/v1/findings/summary").await?;
    for sum in rows(&summary["sums"]) {
        let worth = money(&sum["impact_minor"], &sum["currency"]);
        let side = sum["side"].as_str().unwrap_or_default().replace('_', " ");
        println!(
            "  {:<20}{:>4} {worth:>16}  {side}",
            text(&sum["kind"]),
            sum["findings"]
        );
    }
    println!("\nDrafts");
    for sum in rows(&desk.get("/api/v1/generated-invoices/sums").await?) {
        let worth = money(&sum["total_minor"], &sum["currency"]);
        println!(
            "  {:<20}{:>4} {worth:>16}",
            text(&sum["status"]),
            sum["count"]
        );
    }
    if once {
        if kept {
            let folder = app.config.data.dir.display();
            println!("\nKept in {folder}; without --once it can be looked at in a browser.");
        }
        return Ok(());
    }
    println!("\nOpen     {}", app.config.server.public_url);
    println!("Sign in  {EMAIL}");
    if kept {
        let file = app.config.data.dir.join(super::PASSWORD_FILE);
        println!("Password in {}", file.display());
    } else {
        println!("Password {password}");
    }
    println!("\nCtrl-C ends it.");
    Ok(())
}

fn rows(list: &Value) -> &[Value] {
    list.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn money(minor: &Value, currency: &Value) -> String {
    format::money(minor.as_i64().unwrap_or(0), text(currency))
}

/// How many rows a list has, page by page.
async fn count(desk: &Desk, path: &str) -> anyhow::Result<usize> {
    let (mut counted, mut cursor) = (0, String::new());
    loop {
        let page = desk
            .get(&format!("{path}?limit=200&cursor={cursor}"))
            .await?;
        counted += rows(&page["items"]).len();
        match page["next_cursor"].as_str() {
            Some(next) => next.clone_into(&mut cursor),
            None => return Ok(counted),
        }
    }
}
