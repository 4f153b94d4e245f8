//! Every component in every state, on one page, with names that try to break it.
//!
//! `cargo run -p billingone --example gallery -- FOLDER` writes the pages as files to look at.

use askama::Template;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::{
    AgingBar, Badge, Choices, Column, Compare, Counts, Direction, Event, Evidence, Field, Figure,
    Flash, Moment, Nav, Notice, Number, Pager, Progress, Quantity, Shell, SixNumbers, SortHead,
    SourceRun, SourceState, Stat, Steps, Tabs, Theme, Timeline, Tone, Trend, UnitPrice, Viewer,
};

/// The page. Its parts are made by the methods the template calls.
#[derive(Debug, Template)]
#[template(path = "ui/templates/gallery.html")]
pub struct Gallery {
    pub shell: Shell,
}

struct Row {
    id: u32,
    client: String,
    product: &'static str,
    quantity: Quantity,
    price: UnitPrice,
    total: Figure,
    state: Badge,
    renews: Moment,
}

impl Gallery {
    pub fn new(theme: Theme) -> Gallery {
        let now = DateTime::<Utc>::from_timestamp(1_795_356_300, 0).unwrap_or_default();
        let viewer = Viewer {
            name: "Amélie Brontë-Nakamura".to_owned(),
            email: "amelie@northwind-msp.example".to_owned(),
            role: "Finance".to_owned(),
            organization: "Northwind Managed Services".to_owned(),
            zone: Tz::Europe__London,
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

    fn today(&self) -> Moment {
        Moment::date(self.shell.now.date_naive())
    }

    fn rows(&self) -> Vec<Row> {
        let long = "Gesellschaft für außerordentlich langfristige Namensführung ".repeat(5);
        let row = |id, client: &str, quantity: i64, minor: i64, currency: &str, state| Row {
            id,
            client: client.to_owned(),
            product: "Microsoft 365 Business Premium",
            quantity: Quantity::micros(quantity),
            price: UnitPrice::micros(22_000_000, currency),
            total: Figure::new(minor, currency),
            state,
            renews: self.today(),
        };
        vec![
            row(
                1,
                "Harbour Dental Group",
                42_000_000,
                92_400,
                "USD",
                Badge::good("Active"),
            ),
            row(
                2,
                &long,
                3_500_000,
                1_234_567_890,
                "USD",
                Badge::info("Trial"),
            ),
            row(
                3,
                "شركة البحر الأحمر للتجارة",
                7_000_000,
                -15_400,
                "USD",
                Badge::risk("Suspended"),
            ),
            row(
                4,
                "株式会社さくらデンタルクリニック横浜",
                12_000_000,
                4_180_000,
                "JPY",
                Badge::late("Cancelled"),
            ),
            row(
                5,
                "<script>alert('x')</script> & Sons",
                0,
                0,
                "USD",
                Badge::neutral("Draft"),
            ),
        ]
    }

    fn heads(&self) -> Vec<SortHead> {
        vec![
            SortHead::new("Client", "?sort=client", Some(Direction::Ascending)),
            SortHead::new("Total", "?sort=-total", None).numeric(),
        ]
    }

    fn tabs(&self) -> Tabs {
        Tabs::new("Findings by state")
            .tab("All", "?", 53, false)
            .tab("Ready to apply", "?state=ready", 47, true)
            .tab("Snoozed", "?state=snoozed", 4, false)
            .tab("Ignored", "?state=ignored", 2, false)
            .tab("Reviewed", "?state=reviewed", 0, false)
    }

    fn stats(&self) -> Vec<Stat> {
        vec![
            Stat::money("Outstanding", Figure::new(12_845_000, "USD"))
                .note("owed, 84 invoices")
                .filter("?status=outstanding", true),
            Stat::money("Overdue", Figure::new(3_120_050, "USD"))
                .note("owed, 19 invoices")
                .tone(Tone::Late)
                .filter("?status=overdue", false),
            Stat::money("To bill", Figure::new(418_230, "USD"))
                .note("a month")
                .tone(Tone::Risk),
            Stat::money("Paid this month", Figure::new(9_210_000, "USD"))
                .note("payments dated November")
                .tone(Tone::Good),
            Stat::money("To give back", Figure::new(-12_000, "USD")).note("once"),
            Stat::count("Clients", 1_204).note("3 under-licensed"),
            Stat::text("Next run", "1 Dec").note("five days ahead"),
        ]
    }

    fn figures(&self) -> Vec<Figure> {
        vec![
            Figure::new(123_456, "USD"),
            Figure::new(-123_456, "USD"),
            Figure::new(0, "USD"),
            Figure::new(5_000, "EUR").change(),
            Figure::new(-5_000, "EUR").change(),
            Figure::new(1_234_567, "JPY"),
            Figure::new(45_000, "USD").per("a month"),
        ]
    }

    fn quantities(&self) -> Vec<Quantity> {
        vec![
            Quantity::micros(42_000_000),
            Quantity::micros(None),
            Quantity::micros(0),
            Quantity::variance(3_000_000),
            Quantity::variance(-2_000_000),
            Quantity::variance(0),
        ]
    }

    fn badges(&self) -> Vec<Badge> {
        vec![
            Badge::neutral("Draft"),
            Badge::good("Paid"),
            Badge::risk("Under-licensed"),
            Badge::late("Overdue"),
            Badge::info("Posting"),
        ]
    }

    fn six(&self) -> SixNumbers {
        let number = |units: i64| Number::new(Some(units * 1_000_000), Some("#rows".to_owned()));
        SixNumbers {
            bought: number(42),
            assigned: Number::default(),
            deployed: number(41),
            contracted: number(38).differing(),
            invoiced: number(38),
            paid: number(36),
        }
    }

    fn steps(&self) -> Steps {
        Steps::new()
            .step("", "Seats bought", "Pax8, 22 Nov 2026", "42")
            .step("−", "Own use", "excluded by the contract line", "2")
            .step("×", "Price", "Contract C-1042, line 3", "USD 22.00")
            .result("To invoice for November", "USD 880.00")
    }

    fn compare(&self) -> Compare {
        let some = |text: &str| Some(text.to_owned());
        Compare::new("Now", "After applying")
            .row("Quantity", some("38"), some("42"))
            .row("Price", some("USD 22.00"), some("USD 22.00"))
            .row("A month", some("USD 836.00"), some("USD 924.00"))
            .row("Catch-up on the next draft", None, some("USD 176.00"))
    }

    fn timeline(&self) -> Timeline {
        let (now, zone) = (self.shell.now, self.shell.viewer.zone);
        let event = |tone, hours, by: &str, title: &str, detail: &str| Event {
            tone,
            when: Moment::ago(now - chrono::TimeDelta::hours(hours), now, zone),
            by: by.to_owned(),
            title: title.to_owned(),
            detail: detail.to_owned(),
        };
        Timeline {
            events: vec![
                event(
                    Tone::Good,
                    1,
                    "Amélie Brontë-Nakamura",
                    "Approved",
                    "USD 924.00, 3 lines",
                ),
                event(
                    Tone::Info,
                    5,
                    "Reconcile",
                    "Quantity now 42",
                    "Pax8 added 4 seats",
                ),
                event(
                    Tone::Late,
                    30,
                    "Xero",
                    "Refused",
                    "The tax rate OUTPUT9 does not exist. Pick another and post again.",
                ),
                event(Tone::Neutral, 800, "", "Draft made", ""),
            ],
        }
    }

    fn evidence(&self) -> Evidence {
        let cells = |row: [&str; 4]| row.map(str::to_owned).to_vec();
        let columns = vec![
            Column::text("Subscription"),
            Column::text("From"),
            Column::number("Seats"),
            Column::number("Cost"),
        ];
        Evidence::new("Bought", "Pax8, synced 14:05", columns)
            .row(cells([
                "Microsoft 365 Business Premium",
                "1 Feb 2026",
                "38",
                "USD 17.60",
            ]))
            .row(cells([
                "Microsoft 365 Business Premium (added)",
                "3 Nov 2026",
                "4",
                "USD 17.60",
            ]))
            .more("All 7 subscriptions of this client", "/subscriptions")
    }

    fn progress(&self) -> Progress {
        let run = |name: &str, state, done, total, said: &str| SourceRun {
            name: name.to_owned(),
            state,
            done,
            total,
            said: said.to_owned(),
        };
        Progress {
            sources: vec![
                run(
                    "Pax8",
                    SourceState::Done,
                    1_204,
                    Some(1_204),
                    "12 subscriptions changed",
                ),
                run(
                    "Xero",
                    SourceState::Running,
                    3_000,
                    Some(18_250),
                    "Invoices",
                ),
                run(
                    "NinjaOne",
                    SourceState::Running,
                    0,
                    None,
                    "Asking for devices",
                ),
                run("Microsoft 365", SourceState::Waiting, 0, None, ""),
                run(
                    "QuickBooks",
                    SourceState::Failed,
                    40,
                    None,
                    "The password was refused. Enter a new one under Integrations, then sync again.",
                ),
            ],
        }
    }

    fn aging(&self) -> AgingBar {
        AgingBar::new("USD")
            .bucket("Current", 6_240_000, Some("?age=current".to_owned()))
            .bucket("1–30 days", 2_120_000, Some("?age=30".to_owned()))
            .bucket("31–60 days", 640_000, Some("?age=60".to_owned()))
            .bucket("61–90 days", 210_050, Some("?age=90".to_owned()))
            .bucket("over 90 days", 150_000, Some("?age=over".to_owned()))
    }

    fn trend(&self) -> Trend {
        let amounts = [812, 820, 818, 840, 861, 859, 884, 902, 899, 921, 940, 968];
        let months = [
            "Dec 2025", "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct",
            "Nov 2026",
        ];
        let points = months
            .iter()
            .zip(amounts)
            .map(|(month, k)| ((*month).to_owned(), k * 10_000));
        Trend::new("MRR", "USD", points.collect())
    }

    fn fields(&self) -> Vec<Field> {
        vec![
            Field::text("name", "Contract name")
                .value("Managed workplace")
                .required(),
            Field::decimal("price", "Price a month")
                .prefix("USD")
                .value("22.00"),
            Field::decimal("days", "Due after")
                .suffix("days")
                .value("thirty")
                .error(Some("Write a whole number of days, such as 30.".to_owned())),
            Field::select("cycle", "Billed")
                .option("monthly", "Monthly")
                .option("quarterly", "Quarterly")
                .option("annual", "Annually")
                .value("quarterly"),
            Field::date("from", "First period billed here")
                .value("2026-11-01")
                .hint("Nothing earlier is ever reported as missing."),
            Field::text("locked", "Own number")
                .value("INV-0042")
                .disabled(true),
            Field::textarea("reason", "Reason")
                .placeholder("Seen by everyone who opens this finding"),
            Field::check("mfa", "Ask for a second factor")
                .checked(true)
                .hint("For everyone in the organization."),
        ]
    }

    fn choices(&self) -> Choices {
        let worth = |minor| Some(Figure::new(minor, "USD"));
        Choices::new("when", "From when", "next")
            .choice(
                "next",
                "Next period",
                "From 1 Dec 2026; November stays as it was billed.",
                worth(8_800),
            )
            .choice(
                "now",
                "From now",
                "Prorated from 22 Nov 2026.",
                worth(11_440),
            )
            .choice(
                "back",
                "Bill back",
                "Since the seats were added on 3 Nov 2026.",
                worth(17_013),
            )
            .choice(
                "waive",
                "Waive the past",
                "Right from December on, nothing before.",
                worth(0),
            )
    }

    fn search(&self) -> Field {
        Field::search("q", "Client, product or subscription ID")
    }

    fn status_filter(&self) -> Field {
        Field::select("status", "Status")
            .option("", "Any")
            .option("active", "Active")
            .id("filter-status")
    }

    fn notices(&self) -> Vec<Notice> {
        vec![
            Notice::new(
                Tone::Risk,
                "NinjaOne is 26 hours old.",
                "Device counts may be wrong until it syncs.",
            )
            .action("Sync now", "#"),
            Notice::new(
                Tone::Info,
                "Pushed as a draft.",
                "In Xero it is not approved yet, so it is not owed.",
            ),
            Notice::new(Tone::Good, "All sources agree.", "Checked at 14:05."),
        ]
    }

    fn pager(&self) -> Pager {
        Pager {
            shown: "51–100 of 1,204 subscriptions".to_owned(),
            first: Some("?".to_owned()),
            next: Some("?after=abc".to_owned()),
            csv: Some("?format=csv".to_owned()),
        }
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
