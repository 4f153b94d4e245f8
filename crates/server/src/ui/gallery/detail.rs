//! A detail page: what happened, the numbers, the proposal, the history.

#![expect(
    clippy::unused_self,
    reason = "the template calls every part as a method of the page"
)]

use super::Gallery;
use crate::ui::{
    Badge, Column, Compare, Event, Evidence, Moment, Notice, Number, Progress, SixNumbers,
    SourceRun, SourceState, Steps, Timeline, Tone,
};

impl Gallery {
    pub(super) fn badges(&self) -> Vec<Badge> {
        vec![
            Badge::neutral("Draft"),
            Badge::good("Paid"),
            Badge::risk("Under-licensed"),
            Badge::late("Overdue"),
            Badge::info("Posting"),
        ]
    }

    pub(super) fn six(&self) -> SixNumbers {
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

    pub(super) fn steps(&self) -> Steps {
        Steps::new()
            .step("", "Seats bought", "Pax8, 22 Nov 2026", "42")
            .step("−", "Own use", "excluded by the contract line", "2")
            .step("×", "Price", "Contract C-1042, line 3", "USD 22.00")
            .result("To invoice for November", "USD 880.00")
    }

    pub(super) fn compare(&self) -> Compare {
        let some = |text: &str| Some(text.to_owned());
        Compare::new("Now", "After applying")
            .row("Quantity", some("38"), some("42"))
            .row("Price", some("USD 22.00"), some("USD 22.00"))
            .row("A month", some("USD 836.00"), some("USD 924.00"))
            .row("Catch-up on the next draft", None, some("USD 176.00"))
    }

    pub(super) fn timeline(&self) -> Timeline {
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

    pub(super) fn evidence(&self) -> Evidence {
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

    pub(super) fn progress(&self) -> Progress {
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

    pub(super) fn notices(&self) -> Vec<Notice> {
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
}
