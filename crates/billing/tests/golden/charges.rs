//! Policies, quantity rules, charges and their explanations.

use billing::charge::{Change, Charge, Event, History, PricePer, Run, Terms, charges};
use billing::coverage::ChargeKind;
use billing::explanation::{Explanation, SourceKind, SourceRow, Unexplained};
use billing::period::{Cycle, Timing};
use billing::quantity::{Counting, QuantityRule, QuantitySource};
use billing::{Currency, Id, Micro, Money, Period, Policy};

use crate::day;

fn catch_up() -> Charge {
    let terms = Terms {
        line: Id(1),
        item: None,
        currency: Currency::GBP,
        unit_price: Micro::whole(22),
        price_steps: Vec::new(),
        price_per: PricePer::Month,
        cycle: Cycle::Monthly,
        cycle_steps: Vec::new(),
        timing: Timing::Advance,
        anchor: day("2026-01-01"),
        start: day("2026-01-01"),
        end: None,
        bill_from: day("2026-01-01"),
        rule: QuantityRule::of(QuantitySource::Subscription),
        minimum_spend: None,
        discount: None,
        trial_until: None,
        is_committed: false,
    };
    let history = History {
        opening: Micro::whole(18),
        events: vec![Event {
            row: Some(Id(9)),
            on: day("2026-03-15"),
            change: Change::Add(Micro::whole(2)),
            seen_at: "2026-03-15T10:00:00Z".parse().ok(),
            is_billed: false,
        }],
        readings: Vec::new(),
        rows: vec![SourceRow {
            kind: SourceKind::Subscription,
            id: Id(4),
            value: Micro::whole(20),
            on: Some(day("2026-03-15")),
            seen_at: None,
        }],
    };
    let april = Period::month_of(day("2026-04-01"));
    let lines = charges(&terms, &history, &Policy::default(), &Run::alone(april)).unwrap();
    lines
        .into_iter()
        .find(|line| line.kind() == ChargeKind::CatchUp)
        .unwrap()
}

#[test]
fn the_policy() {
    insta::assert_json_snapshot!(Policy::default(), @r#"
    {
      "name": "standard",
      "version": 1,
      "basis": "actual_days",
      "change_day": "included",
      "increases": "next_invoice",
      "decreases": "credit",
      "price_change": "next_period",
      "rounding": "half_up",
      "tax_rounding": "line",
      "invoice_date": "period_start",
      "settle_day": 15,
      "skipped_after_days": 3,
      "count_stale_after_days": 3,
      "device_unseen_days": 30
    }
    "#);
    let read: Policy = serde_json::from_str("{\"name\": \"ours\", \"settle_day\": 10}").unwrap();
    assert_eq!(
        (read.name.as_str(), read.settle_day, read.version),
        ("ours", 10, 1)
    );
    let misspelt = serde_json::from_str::<Policy>("{\"settleday\": 10}");
    assert!(misspelt.unwrap_err().to_string().contains("settleday"));
}

#[test]
fn a_charge_with_its_explanation() {
    let charge = catch_up();
    insta::assert_json_snapshot!(charge, @r#"
    {
      "line": "00000000-0000-0000-0000-000000000001",
      "coverage": {
        "period_start": "2026-03-15",
        "kind": "catch_up"
      },
      "period": {
        "start": "2026-03-15",
        "end": "2026-04-01"
      },
      "quantity": "2",
      "unit_price": "22",
      "share": "17/31",
      "net": {
        "minor": 2413,
        "currency": "GBP"
      },
      "form": {
        "form": "quantity_times_price",
        "quantity": "2",
        "unit_amount": "12.0645"
      },
      "on_its_own": false,
      "count": null,
      "explanation": {
        "rule": "catch_up",
        "policy": {
          "name": "standard",
          "version": 1,
          "basis": "actual_days",
          "change_day": "included",
          "increases": "next_invoice",
          "decreases": "credit",
          "price_change": "next_period",
          "rounding": "half_up",
          "tax_rounding": "line",
          "invoice_date": "period_start",
          "settle_day": 15,
          "skipped_after_days": 3,
          "count_stale_after_days": 3,
          "device_unseen_days": 30
        },
        "currency": "GBP",
        "rows": [
          {
            "kind": "subscription",
            "id": "00000000-0000-0000-0000-000000000004",
            "value": "20",
            "on": "2026-03-15",
            "seen_at": null
          }
        ],
        "events": [
          {
            "row": "00000000-0000-0000-0000-000000000009",
            "on": "2026-03-15",
            "change": {
              "add": "2"
            },
            "seen_at": "2026-03-15T10:00:00Z",
            "is_billed": false
          }
        ],
        "steps": [
          {
            "meaning": "change",
            "op": "add",
            "operands": [
              {
                "number": "2"
              }
            ],
            "result": "2"
          },
          {
            "meaning": "change_total",
            "op": "multiply",
            "operands": [
              {
                "step": 0
              },
              {
                "number": "22"
              },
              {
                "number": "17/31"
              }
            ],
            "result": "748/31"
          },
          {
            "meaning": "total",
            "op": {
              "round_money": {
                "currency": "GBP",
                "rounding": "half_up"
              }
            },
            "operands": [
              {
                "step": 1
              }
            ],
            "result": "2413/100"
          }
        ]
      }
    }
    "#);
    let json = serde_json::to_string(&charge).unwrap();
    assert_eq!(serde_json::from_str::<Charge>(&json).unwrap(), charge);
}

#[test]
fn an_explanation_that_was_tampered_with_is_refused() {
    let explanation = catch_up().explanation;
    assert_eq!(explanation.recompute(), Ok(Money::new(2413, Currency::GBP)));
    let json = serde_json::to_string(&explanation).unwrap();
    let forged: Explanation = serde_json::from_str(&json.replace("17/31", "18/31")).unwrap();
    assert!(matches!(
        forged.recompute(),
        Err(Unexplained::WrongResult { .. })
    ));
    let mut shortened = explanation.clone();
    shortened.steps.pop();
    assert_eq!(
        shortened.recompute(),
        Err(Unexplained::NotAnAmount(Currency::GBP))
    );
    shortened.steps.remove(0);
    assert!(matches!(
        shortened.recompute(),
        Err(Unexplained::ForwardReference(_) | Unexplained::WrongResult { .. })
    ));
}

#[test]
fn the_quantity_rule() {
    let rule = QuantityRule::of(QuantitySource::Meter {
        counting: Counting::Peak,
    });
    insta::assert_json_snapshot!(rule, @r#"
    {
      "source": {
        "source": "meter",
        "counting": "peak"
      },
      "exclusions": [],
      "included": "0",
      "minimum": null,
      "rounding": "exact"
    }
    "#);
    let short: QuantityRule =
        serde_json::from_str("{\"source\": {\"source\": \"fixed\", \"quantity\": \"18\"}}")
            .unwrap();
    assert_eq!(short, QuantityRule::fixed(Micro::whole(18)));
}
