use rust_decimal::Decimal;
use uuid::Uuid;

use super::*;

const FIELDS: &[(&str, Type)] = &[
    ("Status", Type::Text),
    ("Total", Type::Number),
    ("Date", Type::Moment),
    ("Contact.ContactID", Type::Id),
    ("DueDate", Type::Moment),
];

struct Row;

impl Fields for Row {
    fn field(&self, name: &str) -> Value<'_> {
        match name {
            "Status" => Value::Text("AUTHORISED"),
            "Total" => Value::Number(Decimal::new(1250, 2)),
            "Date" => Value::Moment("2026-01-15T00:00:00Z".parse().unwrap()),
            "Contact.ContactID" => Value::Id(Uuid::from_u128(7)),
            _ => Value::Null,
        }
    }
}

#[test]
fn what_is_true_of_a_row_and_what_is_not() {
    let table = [
        (r#"Status=="AUTHORISED""#, true),
        (r#"Status=="AUTHORISED" AND Date>=DateTime(2026,1,1)"#, true),
        (
            r#"Status=="AUTHORISED" AND Date>=DateTime(2026, 2, 1)"#,
            false,
        ),
        (r#"Status=="DRAFT" OR Total > 12.49"#, true),
        (r#"Status=="DRAFT" || (Total<12.5 && Total>=0)"#, false),
        (
            r#"Status != "DRAFT" and Date < DateTime(2026,01,15,0,0,1)"#,
            true,
        ),
        (
            r#"Contact.ContactID==Guid("00000000-0000-0000-0000-000000000007")"#,
            true,
        ),
        (
            r#"Contact.ContactID == guid("00000000-0000-0000-0000-000000000008")"#,
            false,
        ),
        ("DueDate==null", true),
        ("DueDate<=DateTime(2026,1,1)", false),
        (
            r#"Status.StartsWith("AUTH") AND Status.Contains("ORIS")"#,
            true,
        ),
        (r#"Status.EndsWith("X")"#, false),
    ];
    for (text, expected) in table {
        assert_eq!(
            Filter::parse(text, FIELDS).map(|f| f.matches(&Row)),
            Ok(expected),
            "{text}"
        );
    }
}

#[test]
fn what_is_not_the_language_is_refused() {
    let deep = format!("{}Total==1{}", "(".repeat(40), ")".repeat(40));
    let table = [
        "",
        "Status",
        "Status==",
        "Nothing==1",
        r#"Status=="open"#,
        "Status==1",
        "Total==\"1\"",
        "Total==1 Total==2",
        "(Total==1",
        "Date>=DateTime(2026,13,1)",
        "Date>=DateTime()",
        "Contact.ContactID==Guid(\"x\")",
        "Total==1 AND",
        "Total ~ 1",
        "Total.Contains(\"1\")",
        "DELETE FROM x",
        &deep,
    ];
    for text in table {
        assert!(Filter::parse(text, FIELDS).is_err(), "{text}");
    }
}
