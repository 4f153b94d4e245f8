//! Every component in every state, on one page, with names that try to break it.
//!
//! `cargo run -p billingone --example gallery -- FOLDER` writes the pages as files to look at.

mod detail;
mod figures;
mod list;

use askama::Template;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::{Counts, Field, Figure, Flash, Nav, Notice, Shell, Theme, Tone, UnitPrice, Viewer};

/// The page. Its parts are made by the methods the template calls.
#[derive(Debug, Template)]
#[template(path = "ui/templates/gallery.html")]
pub struct Gallery {
    pub shell: Shell,
}

impl Gallery {
    pub fn new(theme: Theme) -> Gallery {
        let now = DateTime::<Utc>::from_timestamp(1_795_356_300, 0).unwrap_or_default();
        let viewer = Viewer {
            name: "Amélie Brontë-Nakamura".to_owned(),
            email: "amelie@northwind-msp.example".to_owned(),
            role: "Finance".to_owned(),
            organization: "Northwind Managed Services".to_owned(),
            has_several: false,
            zone: Tz::Europe__London,
            avatar: None,
            administers: true,
            sees_cost: true,
        };
        let mut shell = Shell::new(viewer, theme, now)
            .titled("Gallery", Nav::Home)
            .with_freshness(now - chrono::TimeDelta::minutes(25), false)
            .with_notice(
                Notice::new(
                    Tone::Late,
                    "Xero is disconnected.",
                    "Its consent was withdrawn at 13:40, so invoices and payments stand still.",
                )
                .action("Reconnect", "/settings/integrations"),
            );
        shell.counts = Counts {
            missed_billing: 47,
            drafts: 6,
            client_mappings: 1_204,
        };
        shell.flash = Some(Flash::done("Snoozed until 1 Dec 2026.").undo("/missed-billing/1/undo"));
        Gallery { shell }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The security policy forbids both, so markup that relies on them would silently fail.
    #[test]
    fn no_component_uses_inline_style_or_script() {
        let page = Gallery::new(Theme::System).to_string();
        for forbidden in [
            " style=",
            " onclick=",
            " hx-on",
            "<style",
            "javascript:",
            "<script>",
        ] {
            assert!(!page.contains(forbidden), "{forbidden}");
        }
        assert_eq!(page.matches("<script").count(), 1);
    }

    #[test]
    fn text_is_escaped_once() {
        let page = Gallery::new(Theme::System).to_string();
        assert!(page.contains("&#60;script&#62;alert("));
        assert!(!page.contains("&#38;#"));
        assert!(!page.contains("&lt;span"));
    }

    #[test]
    fn every_id_is_used_once() {
        let page = Gallery::new(Theme::System).to_string();
        let mut ids: Vec<&str> = page
            .split(" id=\"")
            .skip(1)
            .filter_map(|rest| rest.split('"').next())
            .collect();
        ids.sort_unstable();
        let all = ids.len();
        ids.dedup();
        assert_eq!(ids.len(), all);
    }
}
