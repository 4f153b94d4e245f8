//! Figures, plots and forms.

#![expect(
    clippy::unused_self,
    reason = "the template calls every part as a method of the page"
)]

use super::Gallery;
use crate::ui::{AgingBar, Choices, Field, Figure, Quantity, Trend};

impl Gallery {
    pub(super) fn figures(&self) -> Vec<Figure> {
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

    pub(super) fn quantities(&self) -> Vec<Quantity> {
        vec![
            Quantity::micros(42_000_000),
            Quantity::micros(None),
            Quantity::micros(0),
            Quantity::variance(3_000_000),
            Quantity::variance(-2_000_000),
            Quantity::variance(0),
        ]
    }

    pub(super) fn aging(&self) -> AgingBar {
        AgingBar::new("USD")
            .bucket("Current", 6_240_000, Some("?age=current".to_owned()))
            .bucket("1–30 days", 2_120_000, Some("?age=30".to_owned()))
            .bucket("31–60 days", 640_000, Some("?age=60".to_owned()))
            .bucket("61–90 days", 210_050, Some("?age=90".to_owned()))
            .bucket("over 90 days", 150_000, Some("?age=over".to_owned()))
    }

    pub(super) fn trend(&self) -> Trend {
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

    pub(super) fn fields(&self) -> Vec<Field> {
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

    pub(super) fn choices(&self) -> Choices {
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
}
