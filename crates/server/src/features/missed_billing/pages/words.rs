//! What kinds, states and moments are called on screen.

use billing::finding::{ApplyWhen, Kind, PriceSource};

use super::super::{FindingView, State, Tab};
use crate::{
    http::{Permission, Who},
    ui::{Badge, Figure},
};

pub fn kind_title(kind: Kind) -> &'static str {
    match kind {
        Kind::UnmappedCompany => "Unmapped company",
        Kind::UnmappedProduct => "Unmapped product",
        Kind::UnbilledProduct => "Unbilled product",
        Kind::QuantityGap => "Quantity gap",
        Kind::UnbilledDevice => "Unbilled device",
        Kind::InvoiceShort => "Invoice short",
        Kind::SkippedPeriod => "Skipped period",
        Kind::UnbilledCharge => "Unbilled charge",
        Kind::BelowCost => "Below cost",
        Kind::CostRise => "Cost rise",
        Kind::OverBilled => "Over-billed",
        Kind::VendorOvercharge => "Vendor overcharge",
        Kind::UnusedLicence => "Unused licence",
    }
}

pub fn kind_word(kind: &str) -> &'static str {
    Kind::parse(kind).map_or("Finding", kind_title)
}

pub fn severity(word: &str) -> Badge {
    match word {
        "high" => Badge::late("High"),
        "medium" => Badge::risk("Medium"),
        _ => Badge::neutral("Low"),
    }
}

/// The state, where it is worth a word: open needs none in a list of open findings.
pub fn state(view: &FindingView) -> Option<Badge> {
    Some(match view.state.parse().ok()? {
        State::Open => return None,
        State::Snoozed => Badge::neutral(match view.snoozed_until {
            Some(until) => format!("Snoozed until {}", crate::ui::format::date(until.0)),
            None => "Snoozed".to_owned(),
        }),
        State::Ignored => Badge::neutral("Ignored"),
        State::Reviewed => Badge::neutral("Reviewed"),
        State::Applied => Badge::good("Applied"),
        State::Closed => Badge::good("Closed"),
    })
}

pub fn tab_title(tab: Tab) -> &'static str {
    match tab {
        Tab::All => "All",
        Tab::Ready => "Ready to apply",
        Tab::Snoozed => "Snoozed",
        Tab::Ignored => "Ignored",
        Tab::Reviewed => "Reviewed",
        Tab::Applied => "Applied",
        Tab::Closed => "Closed",
    }
}

/// Who it is about; where it is nobody's yet, what the vendor calls it.
pub fn about(view: &FindingView) -> String {
    view.client_name
        .clone()
        .unwrap_or_else(|| view.title.clone())
}

/// The sentence, without cost for those who may not see it.
pub fn told(view: &FindingView, who: &Who) -> String {
    let item = view.item_name.as_deref().unwrap_or(&view.title);
    let tells_cost = matches!(view.kind.as_str(), "below_cost" | "cost_rise");
    if !tells_cost || who.may(Permission::ReadCost) {
        return view.sentence.clone();
    }
    match view.kind.as_str() {
        "below_cost" => format!("{} pays less for {item} than it costs.", about(view)),
        _ => format!(
            "{item} for {} costs more than before; the price is the same.",
            about(view)
        ),
    }
}

/// What it is worth, saying which of the two sums it belongs to.
pub fn worth(view: &FindingView) -> Figure {
    Figure::new(view.impact_minor, view.currency.clone()).per("a month")
}

pub fn when_title(when: &str) -> &'static str {
    match ApplyWhen::parse(when) {
        Some(ApplyWhen::NextPeriod) => "Next period",
        Some(ApplyWhen::FromNow) => "From now",
        Some(ApplyWhen::BillBack) => "Bill back",
        Some(ApplyWhen::WaivePast) => "Waive the past",
        None => "",
    }
}

/// What choosing it means. `gives_back` where the client was invoiced too much.
pub fn when_hint(when: &str, gives_back: bool) -> &'static str {
    match (ApplyWhen::parse(when), gives_back) {
        (Some(ApplyWhen::NextPeriod), _) => {
            "Right from the next period on; nothing for the past now."
        }
        (Some(ApplyWhen::FromNow), false) => "Also the rest of what is invoiced already.",
        (Some(ApplyWhen::FromNow), true) => "Also gives back the rest of what is invoiced already.",
        (Some(ApplyWhen::BillBack), false) => {
            "Everything the evidence supports, on the next draft."
        }
        (Some(ApplyWhen::BillBack), true) => {
            "Gives back everything the evidence supports, on the next draft."
        }
        (Some(ApplyWhen::WaivePast), _) => {
            "Right from the next period; the past is recorded as given up."
        }
        (None, _) => "",
    }
}

pub fn price_source(source: PriceSource) -> &'static str {
    match source {
        PriceSource::Contract => "from the contract",
        PriceSource::ClientPrice => "the client's own price",
        PriceSource::Catalog => "from the catalog",
        PriceSource::VendorPrice => "the distributor's suggested price",
        PriceSource::EstimatedFromCost => "estimated: cost plus 20 %",
    }
}

/// What happened, for the history.
pub fn event(kind: &str) -> &'static str {
    match kind {
        "found" => "Found",
        "changed" => "Changed",
        "snoozed" => "Snoozed",
        "woke" => "Woke up",
        "ignored" => "Ignored",
        "reviewed" => "Marked reviewed",
        "applied" => "Applied",
        "undone" => "Undone",
        "closed" => "Closed",
        "reopened" => "Found again",
        _ => "Noted",
    }
}
