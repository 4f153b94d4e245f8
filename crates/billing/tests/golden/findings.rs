//! Findings, their subjects and their evidence.

use billing::finding::{Evidence, Finding, Identity, Kind, Subject, Told};
use billing::{Currency, Id, Micro, Money, Period};

use crate::day;

#[test]
fn the_subjects_of_findings() {
    let (start, client) = (day("2026-11-01"), Id(1));
    let subjects = [
        Subject::ClientItem {
            client,
            item: Id(2),
        },
        Subject::ClientProduct {
            client,
            product: Id(3),
        },
        Subject::Company { company: Id(4) },
        Subject::Product { product: Id(3) },
        Subject::LinePeriod {
            line: Id(5),
            period_start: start,
        },
        Subject::Charge {
            subscription: None,
            product: Some(Id(3)),
            company: Some(Id(4)),
            charge: billing::finding::BillLineKind::OneTime,
            period_start: start,
        },
        Subject::SubscriptionPeriod {
            subscription: Id(6),
            period_start: start,
        },
    ];
    insta::assert_json_snapshot!(subjects, @r#"
    [
      {
        "subject": "client_item",
        "client": "00000000-0000-0000-0000-000000000001",
        "item": "00000000-0000-0000-0000-000000000002"
      },
      {
        "subject": "client_product",
        "client": "00000000-0000-0000-0000-000000000001",
        "product": "00000000-0000-0000-0000-000000000003"
      },
      {
        "subject": "company",
        "company": "00000000-0000-0000-0000-000000000004"
      },
      {
        "subject": "product",
        "product": "00000000-0000-0000-0000-000000000003"
      },
      {
        "subject": "line_period",
        "line": "00000000-0000-0000-0000-000000000005",
        "period_start": "2026-11-01"
      },
      {
        "subject": "charge",
        "subscription": null,
        "product": "00000000-0000-0000-0000-000000000003",
        "company": "00000000-0000-0000-0000-000000000004",
        "charge": "one_time",
        "period_start": "2026-11-01"
      },
      {
        "subject": "subscription_period",
        "subscription": "00000000-0000-0000-0000-000000000006",
        "period_start": "2026-11-01"
      }
    ]
    "#);
}

#[test]
fn the_evidence_of_findings() {
    let (gbp, one) = (Currency::GBP, Micro::ONE);
    let net = Money::new(2200, gbp);
    let evidence = [
        Evidence::Subscription {
            id: Id(1),
            quantity: one,
            price: one,
            cost: one,
            currency: gbp,
        },
        Evidence::Count {
            id: Id(2),
            quantity: one,
            taken_on: day("2026-11-12"),
            is_last_good: false,
        },
        Evidence::Assigned {
            id: Id(3),
            quantity: one,
            taken_on: day("2026-11-12"),
        },
        Evidence::ContractLine {
            id: Id(4),
            quantity: one,
            accounts_for: one,
            unit_price: one,
            currency: gbp,
        },
        Evidence::LedgerLine {
            id: Id(5),
            quantity: one,
            net,
            date: day("2026-11-01"),
        },
        Evidence::BillLine {
            id: Id(6),
            quantity: one,
            cost: net,
            charge: net,
            period: Period::month_of(day("2026-11-01")),
        },
    ];
    insta::assert_json_snapshot!(evidence, @r#"
    [
      {
        "row": "subscription",
        "id": "00000000-0000-0000-0000-000000000001",
        "quantity": "1",
        "price": "1",
        "cost": "1",
        "currency": "GBP"
      },
      {
        "row": "count",
        "id": "00000000-0000-0000-0000-000000000002",
        "quantity": "1",
        "taken_on": "2026-11-12",
        "is_last_good": false
      },
      {
        "row": "assigned",
        "id": "00000000-0000-0000-0000-000000000003",
        "quantity": "1",
        "taken_on": "2026-11-12"
      },
      {
        "row": "contract_line",
        "id": "00000000-0000-0000-0000-000000000004",
        "quantity": "1",
        "accounts_for": "1",
        "unit_price": "1",
        "currency": "GBP"
      },
      {
        "row": "ledger_line",
        "id": "00000000-0000-0000-0000-000000000005",
        "quantity": "1",
        "net": {
          "minor": 2200,
          "currency": "GBP"
        },
        "date": "2026-11-01"
      },
      {
        "row": "bill_line",
        "id": "00000000-0000-0000-0000-000000000006",
        "quantity": "1",
        "cost": {
          "minor": 2200,
          "currency": "GBP"
        },
        "charge": {
          "minor": 2200,
          "currency": "GBP"
        },
        "period": {
          "start": "2026-11-01",
          "end": "2026-12-01"
        }
      }
    ]
    "#);
}

#[test]
fn a_finding() {
    let subject = Subject::ClientItem {
        client: Id(1),
        item: Id(2),
    };
    let impact = Money::new(15_400, Currency::GBP);
    let finding = Finding {
        identity: Identity {
            kind: Kind::QuantityGap,
            subject,
        },
        client: Some(Id(1)),
        item: Some(Id(2)),
        impact,
        also: Vec::new(),
        one_off: None,
        severity: billing::finding::Severity::Medium,
        quantity: Micro::whole(7),
        price: None,
        line: Some(Id(5)),
        since: Some(day("2026-03-18")),
        numbers: None,
        told: Told::QuantityGap {
            bought: Micro::whole(25),
            contracted: Micro::whole(18),
        },
        evidence: Vec::new(),
    };
    insta::assert_json_snapshot!(finding, @r#"
    {
      "identity": {
        "kind": "quantity_gap",
        "subject": {
          "subject": "client_item",
          "client": "00000000-0000-0000-0000-000000000001",
          "item": "00000000-0000-0000-0000-000000000002"
        }
      },
      "client": "00000000-0000-0000-0000-000000000001",
      "item": "00000000-0000-0000-0000-000000000002",
      "impact": {
        "minor": 15400,
        "currency": "GBP"
      },
      "also": [],
      "one_off": null,
      "severity": "medium",
      "quantity": "7",
      "price": null,
      "line": "00000000-0000-0000-0000-000000000005",
      "since": "2026-03-18",
      "numbers": null,
      "told": {
        "what": "quantity_gap",
        "bought": "25",
        "contracted": "18"
      },
      "evidence": []
    }
    "#);
    let json = serde_json::to_string(&finding).unwrap();
    assert_eq!(serde_json::from_str::<Finding>(&json).unwrap(), finding);
}
