//! Writes the gallery and the pages without a shell into a folder, with the embedded assets, to
//! look at in a browser: `cargo run -p billingone --example gallery -- FOLDER`, then serve the
//! folder (`python3 -m http.server`), because sprites do not load from `file:`.

use std::path::PathBuf;

use anyhow::Context as _;
use axum::http::StatusCode;
use billingone::ui::gallery::Gallery;
use billingone::ui::{ErrorPage, MorePage, Nav, OfflinePage, SignInPage, Theme, assets};

fn main() -> anyhow::Result<()> {
    let folder = std::env::args_os()
        .nth(1)
        .map(PathBuf::from)
        .context("name a folder")?;
    std::fs::create_dir_all(folder.join("assets"))?;
    for (file, bytes) in assets::files() {
        std::fs::write(folder.join("assets").join(file), bytes)?;
    }
    for theme in [Theme::Light, Theme::Dark] {
        let more = Gallery::new(theme).shell.titled("More", Nav::More);
        let sign_in = |error: Option<&str>, email: &str| SignInPage {
            theme,
            error: error.map(str::to_owned),
            done: None,
            email: email.to_owned(),
            project: None,
            next: "/".to_owned(),
        };
        let refused = sign_in(
            Some("That email and password do not belong together. Check both and try again."),
            "amelie@northwind-msp.example",
        );
        let missing = ErrorPage::new(StatusCode::NOT_FOUND, "", "7f3a9c21");
        let broken = ErrorPage::new(StatusCode::INTERNAL_SERVER_ERROR, "", "7f3a9c21");
        let pages = [
            ("gallery", Gallery::new(theme).to_string()),
            ("more", MorePage { shell: more }.to_string()),
            ("sign-in", sign_in(None, "").to_string()),
            ("sign-in-refused", refused.to_string()),
            ("not-found", missing.theme(theme).to_string()),
            ("broken", broken.theme(theme).to_string()),
            ("offline", OfflinePage { theme }.to_string()),
        ];
        for (name, html) in pages {
            std::fs::write(folder.join(format!("{name}-{}.html", theme.value())), html)?;
        }
    }
    Ok(())
}
