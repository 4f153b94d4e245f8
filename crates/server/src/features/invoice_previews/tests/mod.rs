//! The figures of the rules of money, asked for as others ask.

mod recompute;

use serde_json::{Value, json};

use super::{Asked, preview};
use crate::{db::Engine, http::json_body, testing::TestApp};

/// A line of 2026 with what its test says of it.
#[expect(clippy::needless_pass_by_value, reason = "it reads better so")]
fn line(said: Value) -> Value {
    let mut line = json!({
        "key": "seats", "quantity": "1", "unit_price": "22.00", "price_per": "month",
        "cycle": "monthly", "timing": "advance", "start": "2026-01-01", "tax_rate": "0",
    });
    line.as_object_mut()
        .unwrap()
        .extend(said.as_object().unwrap().clone());
    line
}

fn add(on: &str, change: &str) -> Value {
    json!({ "on": on, "line": "seats", "change": change })
}

#[expect(clippy::needless_pass_by_value, reason = "it reads better so")]
fn question(lines: Value, start: &str, end: &str) -> Value {
    json!({ "currency": "GBP", "lines": lines, "period": { "start": start, "end": end } })
}

fn ask(question: &Value) -> Result<Value, String> {
    let asked: Asked = json_body(question.to_string().as_bytes()).map_err(|f| f.to_string())?;
    let told = preview(asked).map_err(|fault| fault.to_string())?;
    Ok(serde_json::to_value(told).unwrap())
}

fn told(question: &Value) -> Value {
    let told = ask(question).unwrap();
    assert_eq!(told["stops"], json!([]), "{told}");
    told
}

/// Net of the lines of a kind, in minor units.
fn nets(told: &Value, kind: &str) -> Vec<i64> {
    let lines = told["lines"].as_array().unwrap();
    let lines = lines.iter().filter(|line| line["kind"] == kind);
    lines
        .map(|line| line["net_minor"].as_i64().unwrap())
        .collect()
}

fn net(told: &Value) -> i64 {
    told["totals"]["net_minor"].as_i64().unwrap()
}

/// A question about one line, with events and a policy.
fn one(said: Value, events: &[Value], policy: Value, period: (&str, &str)) -> Value {
    let mut question = question(json!([line(said)]), period.0, period.1);
    question["events"] = json!(events);
    question["policy"] = policy;
    told(&question)
}

const MARCH: (&str, &str) = ("2026-03-01", "2026-04-01");
const APRIL: (&str, &str) = ("2026-04-01", "2026-05-01");
const DECEMBER: (&str, &str) = ("2026-12-01", "2027-01-01");

#[test]
fn two_seats_on_15_march_come_to_68_13_in_april() {
    let none = || json!({ "quantity": "0" });
    let events = [add("2026-03-15", "2")];
    let both = one(none(), &events, json!({}), APRIL);
    assert_eq!(nets(&both, "catch_up"), [2413]);
    assert_eq!(nets(&both, "recurring"), [4400]);
    assert_eq!(net(&both), 6813);
    assert_eq!(both["lines"][0]["share"], json!([17, 31]));
    assert_eq!(both["lines"][0]["start"], "2026-03-15");
    assert_eq!(both["lines"][0]["end"], "2026-04-01");
    let single = one(none(), &[add("2026-03-15", "1")], json!({}), APRIL);
    assert_eq!(net(&single), 3406);
    let excluded = one(none(), &events, json!({ "change_day": "excluded" }), APRIL);
    assert_eq!(excluded["lines"][0]["share"], json!([16, 31]));
    let same_day = [add("2026-03-15", "2"), add("2026-03-15", "-2")];
    assert_eq!(net(&one(none(), &same_day, json!({}), APRIL)), 0);
}

#[test]
fn a_period_that_begins_on_the_25th_owes_690_of_930() {
    let said = json!({ "unit_price": "930.00", "start": "2026-08-02" });
    let told = one(said, &[], json!({}), ("2026-07-25", "2026-08-25"));
    assert_eq!(told["lines"][0]["share"], json!([23, 31]));
    assert_eq!(net(&told), 69_000);
}

#[test]
fn three_seats_less_on_11_november_give_back_16_80() {
    let ten = || json!({ "quantity": "10", "unit_price": "8.40" });
    let events = [add("2026-11-11", "-3")];
    let credit = one(ten(), &events, json!({}), DECEMBER);
    assert_eq!(nets(&credit, "catch_up"), [-1680]);
    assert_eq!(nets(&credit, "recurring"), [5880]);
    let later = one(
        ten(),
        &events,
        json!({ "decreases": "next_period" }),
        DECEMBER,
    );
    assert_eq!(net(&later), 5880);
    let never = one(
        ten(),
        &events,
        json!({ "decreases": "not_allowed" }),
        DECEMBER,
    );
    assert_eq!(net(&never), 8400);
}

#[test]
fn five_licences_co_termed_to_the_year_are_940_27() {
    let year = json!({
        "quantity": "10", "unit_price": "264.00", "price_per": "term", "cycle": "annual",
    });
    let events = [add("2026-04-16", "5")];
    let told = one(year, &events, json!({}), ("2026-05-01", "2026-06-01"));
    assert_eq!(nets(&told, "catch_up"), [94_027]);
    assert_eq!(
        told["lines"][0]["share"],
        json!([52, 73]),
        "260 of 365 days"
    );
    assert_eq!(told["lines"][0]["end"], "2027-01-01");
}

#[test]
fn parts_are_rounded_once() {
    let half_a_penny = json!({ "unit_price": "23.85", "start": "2026-06-30" });
    let june = ("2026-06-01", "2026-07-01");
    assert_eq!(net(&one(half_a_penny.clone(), &[], json!({}), june)), 80);
    let down = one(half_a_penny, &[], json!({ "rounding": "half_down" }), june);
    assert_eq!(net(&down), 79);
    let five = json!({ "quantity": "5", "start": "2026-03-04" });
    assert_eq!(net(&one(five, &[], json!({}), MARCH)), 9935);
    // Thirty days to the month, and months that are touched.
    let part = || json!({ "unit_price": "31.00", "start": "2026-03-15" });
    assert_eq!(net(&one(part(), &[], json!({}), MARCH)), 1700);
    assert_eq!(
        net(&one(part(), &[], json!({ "basis": "thirty_days" }), MARCH)),
        1757
    );
    assert_eq!(
        net(&one(part(), &[], json!({ "basis": "whole_months" }), MARCH)),
        3100
    );
    assert_eq!(
        ask(&{
            let mut none = question(json!([line(part())]), MARCH.0, MARCH.1);
            none["policy"] = json!({ "basis": "none" });
            none
        })
        .unwrap()["lines"],
        json!([])
    );
}

#[test]
fn tax_is_rounded_by_line_or_by_document() {
    let of = |key: &str, price: &str| {
        line(json!({ "key": key, "unit_price": price, "tax_rate": "0.15" }))
    };
    let lines = json!([of("a", "25.06"), of("b", "25.61"), of("c", "25.63")]);
    for (policy, tax) in [
        (json!({}), 1144),
        (json!({ "tax_rounding": "document" }), 1145),
        (
            json!({ "tax_rounding": "document", "rounding": "half_down" }),
            1144,
        ),
    ] {
        let mut question = question(lines.clone(), APRIL.0, APRIL.1);
        question["policy"] = policy.clone();
        let told = told(&question);
        assert_eq!(told["totals"]["tax_minor"], tax, "{policy}");
        assert_eq!(told["totals"]["gross_minor"], 7630 + tax, "{policy}");
        let parts = told["lines"].as_array().unwrap();
        let parts: i64 = parts
            .iter()
            .map(|line| line["tax_minor"].as_i64().unwrap())
            .sum();
        assert_eq!(parts, tax, "the parts are the whole: {policy}");
    }
}

#[test]
fn quantities_have_an_included_part_and_a_minimum() {
    let said = |quantity: &str| json!({ "quantity": quantity, "included": "5", "minimum": "3" });
    assert_eq!(net(&one(said("12"), &[], json!({}), APRIL)), 7 * 2200);
    assert_eq!(net(&one(said("6"), &[], json!({}), APRIL)), 3 * 2200);
    let spend = |start: &str| json!({ "minimum_spend": "100.00", "start": start });
    let whole = one(spend("2026-01-01"), &[], json!({}), APRIL);
    assert_eq!(nets(&whole, "minimum_spend"), [7800]);
    let half = one(spend("2026-04-16"), &[], json!({}), APRIL);
    assert_eq!(nets(&half, "recurring"), [1100]);
    assert_eq!(nets(&half, "minimum_spend"), [3900]);
}

#[test]
fn usage_is_taken_when_it_has_settled() {
    let usage = line(json!({ "quantity": "0", "unit_price": "0.50", "timing": "arrears" }));
    let mut question = question(json!([usage]), APRIL.0, APRIL.1);
    question["readings"] = json!([
        { "line": "seats", "on": "2026-02-28", "value": "80" },
        { "line": "seats", "on": "2026-03-31", "value": "100" },
    ]);
    let february = told(&question);
    assert_eq!(nets(&february, "usage"), [4000], "settled on 15 March");
    question["policy"] = json!({ "settle_day": 0 });
    assert_eq!(nets(&told(&question), "usage"), [5000], "at once");
    // A meter that has gone silent stops the invoice, and one that never spoke as well.
    question["period"] = json!({ "start": "2026-06-01", "end": "2026-07-01" });
    let silent = ask(&question).unwrap();
    assert_eq!(silent["stops"][0]["code"], "count_too_old");
    question["period"] = json!({ "start": "2026-02-01", "end": "2026-03-01" });
    let none = ask(&question).unwrap();
    assert_eq!(none["stops"][0]["code"], "count_missing");
    assert_eq!(none["stops"][0]["key"], "seats");
}

#[test]
fn anchors_keep_their_day() {
    let said = json!({ "unit_price": "31.00", "start": "2026-01-31" });
    for (start, end) in [
        ("2026-01-31", "2026-02-28"),
        ("2026-02-28", "2026-03-31"),
        ("2026-03-31", "2026-04-30"),
    ] {
        let told = one(said.clone(), &[], json!({}), (start, end));
        assert_eq!(net(&told), 3100, "{start}");
        assert_eq!(told["lines"][0]["end"], end);
    }
}

#[test]
fn what_cannot_be_meant_is_refused_by_name() {
    let good = || question(json!([line(json!({}))]), APRIL.0, APRIL.1);
    let refusals: [(&str, Value, &str); 12] = [
        ("currency", json!("pounds"), "currency code"),
        ("colour", json!("red"), "unknown field `colour`"),
        (
            "period",
            json!({ "start": "2026-05-01", "end": "2026-05-01" }),
            "end after it starts",
        ),
        (
            "period",
            json!({ "start": "0001-01-01", "end": "2026-05-01" }),
            "1970",
        ),
        (
            "policy",
            json!({ "basis": "lunar" }),
            "unknown variant `lunar`",
        ),
        ("policy", json!({ "mood": "good" }), "unknown field `mood`"),
        (
            "events",
            json!([{ "on": "2026-04-02", "line": "x", "change": "1" }]),
            "key x",
        ),
        (
            "readings",
            json!([{ "on": "2026-04-02", "line": "x", "value": "1" }]),
            "key x",
        ),
        (
            "lines",
            json!([line(json!({})), line(json!({}))]),
            "two lines have the key seats",
        ),
        (
            "lines",
            json!([line(json!({ "tax_rate": "20" }))]),
            "0.2 for 20 per cent",
        ),
        (
            "lines",
            json!([line(json!({ "end": "2025-12-31" }))]),
            "not after its start",
        ),
        (
            "lines",
            json!([line(json!({ "unit_price": 22.0 }))]),
            "expected a string",
        ),
    ];
    assert!(ask(&good()).is_ok());
    for (field, wrong, why) in refusals {
        let mut question = good();
        question[field] = wrong;
        let refused = ask(&question).unwrap_err();
        assert!(refused.contains(why), "{field}: {refused}");
    }
    let huge = line(json!({ "quantity": "9000000000000", "unit_price": "9000000000000" }));
    let refused = ask(&question(json!([huge]), APRIL.0, APRIL.1)).unwrap_err();
    assert!(refused.contains("too large"), "{refused}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_asks_at_the_door() {
    let app = TestApp::start(Engine::Sqlite).await;
    let question = question(
        json!([line(json!({ "tax_rate": "0.2" }))]),
        APRIL.0,
        APRIL.1,
    );
    let (status, told) = app.post("/api/v1/invoice-previews", &question).await;
    assert_eq!(status, 200, "{told}");
    assert_eq!(
        told["totals"],
        json!({ "net_minor": 2200, "tax_minor": 440, "gross_minor": 2640 })
    );
    let steps = told["lines"][0]["explanation"]["steps"].as_array().unwrap();
    assert_eq!(steps.last().unwrap()["result"], "22");
    let (status, refused) = app.post("/api/v1/invoice-previews", &json!({})).await;
    assert_eq!(status, 422);
    assert!(
        refused["error"]["message"]
            .to_string()
            .contains("missing field"),
        "{refused}"
    );
}
