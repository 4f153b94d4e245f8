//! Costs, severity, and what applying a finding comes to.

use billing::finding::{
    ApplyWhen, Kind, Severity, SeverityRules, Shortfall, apply_amounts, apply_charges, severity,
};
use billing::period::{Cycle, Schedule};
use billing::reconcile::{Assigned, ClientIx, ItemIx};
use billing::{Currency, Id, Money, Policy};

use crate::{TODAY, day, found, gbp, in_order, micro, the_only};

#[test]
fn below_cost_is_the_difference_times_the_quantity() {
    let mut facts = in_order();
    facts.subscriptions[0].cost = micro("23.50");
    facts.subscriptions[0].previous_cost = Some(micro("18.00"));
    facts.subscriptions[0].cost_changed_on = Some(day("2026-11-01"));
    let finding = the_only(&facts);
    assert_eq!(
        (finding.kind(), finding.impact),
        (Kind::BelowCost, gbp("27.00"))
    );
    assert_eq!(finding.severity, Severity::High);
}

#[test]
fn a_cost_rise_is_news_until_the_price_follows_or_sixty_days_pass() {
    let mut facts = in_order();
    facts.subscriptions[0].cost = micro("19.50");
    facts.subscriptions[0].previous_cost = Some(micro("18.00"));
    facts.subscriptions[0].cost_changed_on = Some(day("2026-09-13"));
    assert_eq!(found(&facts), [(Kind::CostRise, gbp("27.00"))]);
    facts.lines[0].price_raised_on = Some(day("2026-10-01"));
    assert_eq!(found(&facts), []);
    facts.lines[0].price_raised_on = None;
    facts.subscriptions[0].cost_changed_on = Some(day("2026-09-12"));
    assert_eq!(found(&facts), []);
}

#[test]
fn a_seat_nobody_has_is_unused_at_its_cost() {
    let mut facts = in_order();
    facts.assigned.push(Assigned {
        id: Id(901),
        client: ClientIx(0),
        item: ItemIx(0),
        quantity: micro("15"),
        taken_on: day(TODAY),
    });
    assert_eq!(found(&facts), [(Kind::UnusedLicence, gbp("54.00"))]);
}

#[test]
fn severity_goes_by_kind_money_and_age() {
    let rules = SeverityRules::default();
    let of = |kind, impact, runs| severity(kind, gbp(impact), runs, &rules);
    assert_eq!(of(Kind::QuantityGap, "200.00", 0), Severity::High);
    assert_eq!(of(Kind::QuantityGap, "199.99", 0), Severity::Medium);
    assert_eq!(of(Kind::QuantityGap, "49.99", 0), Severity::Low);
    assert_eq!(of(Kind::QuantityGap, "49.99", 3), Severity::Medium);
    assert_eq!(of(Kind::SkippedPeriod, "1.00", 0), Severity::High);
    assert_eq!(of(Kind::OverBilled, "20.00", 0), Severity::High);
    assert_eq!(of(Kind::BelowCost, "19.99", 0), Severity::Low);
    assert_eq!(of(Kind::BelowCost, "19.99", 1), Severity::High);
    let yen = Money::new(200, Currency::JPY);
    assert_eq!(severity(Kind::QuantityGap, yen, 0, &rules), Severity::High);
}

#[test]
fn seven_seats_since_18_march_applied_on_2_april() {
    let start = day("2026-01-01");
    let shortfall = Shortfall {
        quantity: micro("7"),
        unit_price: micro("22.00"),
        price_per: billing::charge::PricePer::Month,
        currency: Currency::GBP,
        schedule: Schedule::new(Cycle::Monthly, start, start, None).unwrap(),
        since: day("2026-03-18"),
        bill_from: start,
        invoiced_until: day("2026-05-01"),
        today: day("2026-04-02"),
    };
    let options = apply_amounts(&shortfall, &Policy::default()).unwrap();
    let now: Vec<_> = options
        .iter()
        .map(|option| (option.when, option.now))
        .collect();
    let expected = [
        (ApplyWhen::NextPeriod, gbp("0.00")),
        (ApplyWhen::FromNow, gbp("148.87")),
        (ApplyWhen::BillBack, gbp("223.55")),
        (ApplyWhen::WaivePast, gbp("0.00")),
    ];
    assert_eq!(now, expected);
    let parts: Vec<_> = options[2].parts.iter().map(|part| part.amount).collect();
    assert_eq!(parts, [gbp("69.55"), gbp("154.00")]);
    assert_eq!(options[3].waived.len(), 2);

    let back = ApplyWhen::BillBack;
    let lines = apply_charges(Id(501), &shortfall, back, &Policy::default(), &[]).unwrap();
    for (line, amount) in lines.iter().zip(parts) {
        assert_eq!(
            (line.net, line.explanation.recompute()),
            (amount, Ok(amount))
        );
    }
}
