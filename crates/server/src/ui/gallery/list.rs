//! A list page: cards, tabs, filters, rows, pages.

#![expect(
    clippy::unused_self,
    reason = "the template calls every part as a method of the page"
)]

use super::Gallery;
use crate::ui::{
    Badge, Direction, Field, Figure, Moment, Pager, Quantity, SortHead, Stat, Tabs, Tone, UnitPrice,
};

pub(super) struct Row {
    pub id: u32,
    pub client: String,
    pub product: &'static str,
    pub quantity: Quantity,
    pub price: UnitPrice,
    pub total: Figure,
    pub state: Badge,
    pub renews: Moment,
}

impl Gallery {
    pub(super) fn today(&self) -> Moment {
        Moment::date(self.shell.now.date_naive())
    }

    pub(super) fn rows(&self) -> Vec<Row> {
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

    pub(super) fn heads(&self) -> Vec<SortHead> {
        vec![
            SortHead::new("Client", "?sort=client", Some(Direction::Ascending)),
            SortHead::new("Total", "?sort=-total", None).numeric(),
        ]
    }

    pub(super) fn tabs(&self) -> Tabs {
        Tabs::new("Findings by state")
            .tab("All", "?", 53, false)
            .tab("Ready to apply", "?state=ready", 47, true)
            .tab("Snoozed", "?state=snoozed", 4, false)
            .tab("Ignored", "?state=ignored", 2, false)
            .tab("Reviewed", "?state=reviewed", 0, false)
    }

    pub(super) fn stats(&self) -> Vec<Stat> {
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

    pub(super) fn search(&self) -> Field {
        Field::search("q", "Client, product or subscription ID")
    }

    pub(super) fn status_filter(&self) -> Field {
        Field::select("status", "Status")
            .option("", "Any")
            .option("active", "Active")
            .id("filter-status")
    }

    pub(super) fn pager(&self) -> Pager {
        Pager {
            shown: "51–100 of 1,204 subscriptions".to_owned(),
            first: Some("?".to_owned()),
            next: Some("?after=abc".to_owned()),
            csv: Some("?format=csv".to_owned()),
        }
    }
}
