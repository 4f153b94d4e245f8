//! The lines of *Needs attention*, each with a count, what it comes to, and where it leads. What
//! counts nothing is left out.

use super::{
    Attention, Pile,
    pages::{figures_of, unsigned},
};
use crate::{
    http::Who,
    ui::{Figure, format},
};

pub struct Item {
    pub href: &'static str,
    pub what: &'static str,
    pub about: String,
    pub sums: Vec<Figure>,
    /// What the sums are.
    pub per: &'static str,
}

/// A line before it is known whether there is anything of it.
struct Line<'a> {
    href: &'static str,
    what: &'static str,
    count: i64,
    /// What is counted: one, and many.
    things: [&'static str; 2],
    /// Goes on after the count.
    about: String,
    /// None where there is no money in it.
    sums: Option<(&'a Pile, &'static str)>,
}

fn shown(who: &Who, lines: Vec<Line<'_>>) -> Vec<Item> {
    let there = lines.into_iter().filter(|line| line.count > 0);
    there
        .map(|line| {
            let [one, many] = line.things;
            let counted = format::counted(unsigned(line.count), one, many);
            Item {
                href: line.href,
                what: line.what,
                about: format!("{counted}{}", line.about),
                sums: line
                    .sums
                    .map(|(pile, _)| figures_of(who, &pile.sums))
                    .unwrap_or_default(),
                per: line.sums.map_or("", |(_, per)| per),
            }
        })
        .collect()
}

pub fn attention(who: &Who, found: &Attention) -> Vec<Item> {
    let mut lines = findings(found);
    lines.extend(drafts(found));
    lines.extend(clients(found));
    shown(who, lines)
}

fn findings(found: &Attention) -> Vec<Line<'_>> {
    let line = |what, href, pile: &'_ Pile| Line {
        href,
        what,
        count: pile.count,
        things: ["finding", "findings"],
        about: String::new(),
        sums: None,
    };
    let high = match found.high_findings {
        0 => String::new(),
        high => format!(
            "; {} of high severity in all",
            format::count(unsigned(high))
        ),
    };
    let mut lines = vec![
        Line {
            about: format!(" to bill{high}"),
            sums: Some((&found.to_bill, "a month")),
            ..line("Missed billing", "/missed-billing", &found.to_bill)
        },
        Line {
            about: " of too much invoiced".to_owned(),
            sums: Some((&found.to_give_back, "a month")),
            ..line(
                "To give back",
                "/missed-billing?kind=over_billed",
                &found.to_give_back,
            )
        },
    ];
    lines.extend(found.costing.as_ref().map(|costing| Line {
        about: " of cost above price, risen, or billed wrongly to you".to_owned(),
        sums: Some((costing, "a month")),
        ..line("Costing you", "/missed-billing", costing)
    }));
    lines
}

fn drafts(found: &Attention) -> [Line<'_>; 3] {
    let (approve, post) = (&found.to_approve, &found.to_post);
    [
        Line {
            href: "/generated-invoices?status=second",
            what: "Needs a second person",
            count: found.awaiting_you,
            things: ["draft", "drafts"],
            about: " approved by one of two".to_owned(),
            sums: None,
        },
        Line {
            href: "/generated-invoices",
            what: "Drafts to approve",
            count: approve.count,
            things: ["draft", "drafts"],
            about: String::new(),
            sums: Some((approve, "to invoice")),
        },
        Line {
            href: "/generated-invoices?status=ready",
            what: "Ready to post",
            count: post.count,
            things: ["approved draft", "approved drafts"],
            about: String::new(),
            sums: Some((post, "to invoice")),
        },
    ]
}

fn clients(found: &Attention) -> Vec<Line<'_>> {
    let mut lines = vec![Line {
        href: "/clients?licensing=under_licensed",
        what: "Under-licensed clients",
        count: found.under_licensed.count,
        things: ["client", "clients"],
        about: " with more in use than licensed".to_owned(),
        sums: Some((&found.under_licensed, "not billed a month")),
    }];
    lines.extend(found.overdue.as_ref().map(|overdue| Line {
        href: "/invoices?status=overdue",
        what: "Overdue invoices",
        count: overdue.count,
        things: ["invoice", "invoices"],
        about: String::new(),
        sums: Some((overdue, "owed")),
    }));
    lines.push(Line {
        href: "/contracts?renewal=due",
        what: "Renewals due",
        count: found.renewals_due.count,
        things: ["contract", "contracts"],
        about: " that end within 60 days or have ended".to_owned(),
        sums: Some((&found.renewals_due, "a month")),
    });
    lines.push(Line {
        href: "/subscriptions?commitment=closing",
        what: "Commitments closing",
        count: found.commitments_closing,
        things: ["subscription", "subscriptions"],
        about: " whose committed term ends within 30 days".to_owned(),
        sums: None,
    });
    lines
}

/// Money that nobody can bill before it is known whose it is.
pub fn hidden(who: &Who, found: &Attention) -> Vec<Item> {
    let (companies, products) = (&found.unmapped_companies, &found.unmapped_products);
    let lines = vec![
        Line {
            href: "/client-mappings?state=unmapped",
            what: "Unmapped companies",
            count: companies.count,
            things: ["company", "companies"],
            about: " that buy and are no client yet".to_owned(),
            sums: Some((companies, "a month")),
        },
        Line {
            href: "/product-mappings?state=unmapped",
            what: "Unmapped products",
            count: products.count,
            things: ["product", "products"],
            about: " bought and not in the catalog yet".to_owned(),
            sums: Some((products, "a month")),
        },
        Line {
            href: "/sync-runs",
            what: "Failed syncs",
            count: found.failed_syncs,
            things: ["source", "sources"],
            about: " not read to the end".to_owned(),
            sums: None,
        },
    ];
    shown(who, lines)
}
