//! The sandbox's Xero behind a validating proxy with the vendor's own contract: a reply that breaks
//! it comes back as 500 with the violations.
//!
//! Needs Prism (`BILLINGONE_PRISM`, or `target/tools/node_modules/.bin/prism` as `cargo xtask test`
//! makes it) and the contracts (`BILLINGONE_SPECS`, or `../shared/specs` beside the repository).
//! Without them the test says so; with `CI=true` it fails.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use crate::support::{Caller, books, json as parts, serve};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

struct Tools {
    prism: PathBuf,
    specs: PathBuf,
}

fn tools() -> Option<Tools> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let path = |name: &str, otherwise: &str| {
        let named = std::env::var_os(name).map(PathBuf::from);
        let path = named.unwrap_or_else(|| workspace.join(otherwise));
        path.exists().then_some(path)
    };
    let prism = path("BILLINGONE_PRISM", "target/tools/node_modules/.bin/prism");
    let specs = path("BILLINGONE_SPECS", "../shared/specs");
    if let (Some(prism), Some(specs)) = (prism, specs) {
        return Some(Tools { prism, specs });
    }
    assert_ne!(
        std::env::var("CI").as_deref(),
        Ok("true"),
        "Prism or the contracts are missing"
    );
    eprintln!("not run: no Prism (BILLINGONE_PRISM) or no contracts (BILLINGONE_SPECS)");
    None
}

/// A running proxy; it ends when dropped.
struct Proxy {
    base: String,
    _process: Child,
}

async fn proxy(tools: &Tools, spec: &str, upstream: &str, is_strict: bool) -> Proxy {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    let mut process = Command::new(&tools.prism)
        .arg("proxy")
        .args(is_strict.then_some("--errors"))
        .args(["-h", "127.0.0.1", "-p", &port.to_string()])
        .arg(tools.specs.join(spec))
        .arg(upstream)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
    let listening = async {
        while let Some(line) = lines.next_line().await.unwrap() {
            if line.contains("is listening") {
                return true;
            }
        }
        false
    };
    let started = tokio::time::timeout(Duration::from_mins(2), listening).await;
    assert_eq!(started, Ok(true), "Prism did not start");
    // Whatever it says later must not fill the pipe.
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    Proxy {
        base: format!("http://127.0.0.1:{port}"),
        _process: process,
    }
}

/// Calls through the proxy; every reply must keep the contract.
struct Checked {
    caller: Caller,
    calls: usize,
}

impl Checked {
    async fn call(
        &mut self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> (StatusCode, Value) {
        self.calls += 1;
        let what = format!("{method} {path}");
        let reply = self.caller.send(method, path, &[], body).await;
        let violations = reply.headers().get("sl-violations").cloned();
        let (status, body) = parts(reply).await;
        let is_kept = violations.is_none() && status.as_u16() < 500 && status != 422;
        assert!(is_kept, "{what}: {status} {violations:?} {body}");
        (status, body)
    }

    async fn get(&mut self, path: &str) -> Value {
        let (status, body) = self.call(Method::GET, path, None).await;
        assert_eq!(status, StatusCode::OK, "{path}: {body}");
        body
    }

    async fn write(&mut self, method: Method, path: &str, body: Value) -> Value {
        let (status, body) = self.call(method, path, Some(body)).await;
        assert_eq!(status, StatusCode::OK, "{path}: {body}");
        body
    }
}

fn line(price: &str) -> Value {
    let price: Value = serde_json::from_str(price).unwrap();
    json!({ "Description": "Seats", "Quantity": 5, "UnitAmount": price, "AccountCode": "205",
            "TaxType": "OUTPUT2" })
}

#[tokio::test]
async fn every_reply_keeps_the_vendors_contract() {
    let Some(tools) = tools() else { return };
    let served = serve(books(25), None).await;
    let mut caller = served.connect().await;
    let proxy = proxy(
        &tools,
        "xero/xero_accounting.acyclic.json",
        &caller.api,
        true,
    )
    .await;
    caller.api.clone_from(&proxy.base);
    let mut checked = Checked { caller, calls: 0 };
    settings(&mut checked).await;
    let contact = contacts(&mut checked).await;
    let invoice = invoices(&mut checked, &contact).await;
    money(&mut checked, &contact, &invoice).await;
    extras(&mut checked, &invoice).await;
    items(&mut checked).await;
    assert!(checked.calls > 40);
}

async fn settings(checked: &mut Checked) {
    for path in [
        "/Organisation",
        "/Organisation/Actions",
        "/Accounts",
        "/TaxRates",
        "/BrandingThemes",
        "/TrackingCategories",
        "/RepeatingInvoices",
        "/TaxRates/OUTPUT2",
        "/Items?unitdp=4",
    ] {
        checked.get(path).await;
    }
    let accounts = checked.get("/Accounts").await;
    let id = accounts["Accounts"][0]["AccountID"]
        .as_str()
        .unwrap()
        .to_owned();
    checked.get(&format!("/Accounts/{id}")).await;
}

async fn contacts(checked: &mut Checked) -> Value {
    checked.get("/Contacts?page=1&pageSize=1").await;
    checked
        .get("/Contacts?summaryOnly=true&includeArchived=true&searchTerm=a")
        .await;
    let sent = json!({ "Contacts": [{ "Name": "Prism", "EmailAddress": "p@prism.example",
        "Addresses": [{ "AddressType": "STREET", "City": "Leeds" }],
        "Phones": [{ "PhoneType": "DEFAULT", "PhoneNumber": "1" }],
        "PaymentTerms": { "Sales": { "Day": 14, "Type": "DAYSAFTERBILLDATE" } } }] });
    let made = checked
        .write(Method::PUT, "/Contacts?summarizeErrors=true", sent)
        .await;
    let id = made["Contacts"][0]["ContactID"].clone();
    let path = format!("/Contacts/{}", id.as_str().unwrap());
    checked
        .write(
            Method::POST,
            &path,
            json!({ "Contacts": [{ "FirstName": "P" }] }),
        )
        .await;
    checked.get(&path).await;
    let again = json!({ "Contacts": [{ "Name": "Prism" }] });
    let (status, _) = checked
        .call(Method::PUT, "/Contacts", Some(again.clone()))
        .await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    checked
        .write(
            Method::PUT,
            "/Contacts?summarizeErrors=false",
            again.clone(),
        )
        .await;
    checked.write(Method::POST, "/Contacts", again).await;
    id
}

async fn invoices(checked: &mut Checked, contact: &Value) -> String {
    for path in [
        "/Invoices",
        "/Invoices?page=1&pageSize=10&unitdp=4",
        "/Invoices?summaryOnly=true&page=1",
        "/Invoices?Statuses=AUTHORISED&InvoiceNumbers=S-000001,S-000002",
        "/Invoices?where=Type%3D%3D%22ACCREC%22&order=Date%20DESC&page=2&pageSize=5",
    ] {
        checked.get(path).await;
    }
    let sent = |number: &str| {
        json!({ "Invoices": [{ "Type": "ACCREC", "Contact": { "ContactID": contact },
        "InvoiceNumber": number, "Date": "2026-11-01", "DueDate": "2026-11-15", "Status": "DRAFT",
        "LineAmountTypes": "Exclusive", "Reference": "PO", "LineItems": [line("33.1234")] }] })
    };
    let path = "/Invoices?summarizeErrors=false&unitdp=4";
    let made = checked.write(Method::PUT, path, sent("PR-1")).await;
    checked.write(Method::PUT, path, sent("PR-1")).await;
    let (status, _) = checked
        .call(Method::PUT, "/Invoices", Some(sent("PR-1")))
        .await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    checked.write(Method::POST, "/Invoices", sent("PR-2")).await;
    let id = made["Invoices"][0]["InvoiceID"]
        .as_str()
        .unwrap()
        .to_owned();
    let approve = json!({ "Invoices": [{ "Status": "AUTHORISED" }] });
    checked
        .write(Method::POST, &format!("/Invoices/{id}?unitdp=4"), approve)
        .await;
    checked.get(&format!("/Invoices/{id}?unitdp=4")).await;
    id
}

async fn money(checked: &mut Checked, contact: &Value, invoice: &str) {
    let pay = |amount: f64| {
        json!({ "Payments": [{ "Invoice": { "InvoiceID": invoice },
        "Account": { "Code": "090" }, "Date": "2026-11-10", "Amount": amount }] })
    };
    let made = checked.write(Method::PUT, "/Payments", pay(10.5)).await;
    let (status, _) = checked.call(Method::PUT, "/Payments", Some(pay(1e6))).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    checked.get("/Payments?page=1&pageSize=5").await;
    let id = made["Payments"][0]["PaymentID"]
        .as_str()
        .unwrap()
        .to_owned();
    checked.get(&format!("/Payments/{id}")).await;

    let note = json!({ "CreditNotes": [{ "Type": "ACCRECCREDIT", "Contact": { "ContactID": contact },
        "CreditNoteNumber": "PRCN-1", "Date": "2026-11-02", "Status": "AUTHORISED",
        "LineItems": [line("4")] }] });
    let made = checked
        .write(Method::PUT, "/CreditNotes?unitdp=4", note.clone())
        .await;
    let id = made["CreditNotes"][0]["CreditNoteID"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = format!("/CreditNotes/{id}/Allocations");
    let sent = json!({ "Allocations": [{ "Invoice": { "InvoiceID": invoice }, "Amount": 7.25,
                                         "Date": "2026-11-03" }] });
    let done = checked.write(Method::PUT, &path, sent).await;
    checked.get(&format!("/CreditNotes/{id}")).await;
    checked.get("/CreditNotes?page=1&pageSize=5&unitdp=4").await;
    checked.get("/CreditNotes").await;
    checked.get(&format!("/Invoices/{invoice}")).await;
    let allocation = done["Allocations"][0]["AllocationID"].as_str().unwrap();
    let (status, _) = checked
        .call(Method::DELETE, &format!("{path}/{allocation}"), None)
        .await;
    assert_eq!(status, StatusCode::OK);
    let void = json!({ "CreditNotes": [{ "Status": "VOIDED" }] });
    checked
        .write(Method::POST, &format!("/CreditNotes/{id}"), void)
        .await;
    let all = checked.get("/Payments").await;
    let id = all["Payments"][1]["PaymentID"].as_str().unwrap().to_owned();
    let gone = json!({ "Status": "DELETED" });
    checked
        .write(Method::POST, &format!("/Payments/{id}"), gone)
        .await;
}

async fn extras(checked: &mut Checked, invoice: &str) {
    let email = format!("/Invoices/{invoice}/Email");
    let (status, _) = checked.call(Method::POST, &email, Some(json!({}))).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    checked
        .get(&format!("/Invoices/{invoice}/OnlineInvoice"))
        .await;
    let pdf = format!("/Invoices/{invoice}/pdf");
    let accept = [("accept", "application/pdf")];
    let reply = checked.caller.send(Method::GET, &pdf, &accept, None).await;
    assert_eq!(reply.status(), StatusCode::OK);
    assert!(!reply.headers().contains_key("sl-violations"));
    let note = json!({ "HistoryRecords": [{ "Details": "Read by Prism" }] });
    checked
        .write(Method::PUT, &format!("/Invoices/{invoice}/History"), note)
        .await;
    checked.get(&format!("/Invoices/{invoice}/History")).await;
}

async fn items(checked: &mut Checked) {
    let sent = json!({ "Items": [{ "Code": "PRISM", "Name": "Prism",
        "SalesDetails": { "UnitPrice": 1.2345, "AccountCode": "205", "TaxType": "OUTPUT2" } }] });
    let made = checked
        .write(Method::PUT, "/Items?unitdp=4", sent.clone())
        .await;
    let (status, _) = checked
        .call(Method::PUT, "/Items", Some(sent.clone()))
        .await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    checked
        .write(Method::POST, "/Items?summarizeErrors=false", sent.clone())
        .await;
    let id = made["Items"][0]["ItemID"].as_str().unwrap().to_owned();
    checked.get(&format!("/Items/{id}?unitdp=4")).await;
    let (status, _) = checked
        .call(Method::DELETE, &format!("/Items/{id}"), None)
        .await;
    assert_eq!(status, StatusCode::NO_CONTENT);
}

/// Xero's own example of a connection has dates without a zone, which its contract forbids; the
/// sandbox follows the vendor, and nothing else may differ.
#[tokio::test]
async fn connections_keep_the_identity_contract_but_for_the_dates() {
    let Some(tools) = tools() else { return };
    let served = serve(books(1), None).await;
    let mut caller = served.connect().await;
    let upstream = format!("{}/api", served.base);
    let proxy = proxy(&tools, "xero/xero-identity.yaml", &upstream, false).await;
    caller.api.clone_from(&proxy.base);
    let reply = caller.send(Method::GET, "/Connections", &[], None).await;
    let violations = reply.headers()["sl-violations"]
        .to_str()
        .unwrap()
        .to_owned();
    let violations: Vec<Value> = serde_json::from_str(&violations).unwrap();
    let places: Vec<_> = violations
        .iter()
        .map(|found| found["location"][3].clone())
        .collect();
    assert_eq!(
        places,
        ["createdDateUtc", "updatedDateUtc"],
        "{violations:?}"
    );
    let (_, found) = parts(reply).await;
    let path = format!("/Connections/{}", found[0]["id"].as_str().unwrap());
    for expected in [StatusCode::NO_CONTENT, StatusCode::NOT_FOUND] {
        let reply = caller.send(Method::DELETE, &path, &[], None).await;
        assert_eq!(reply.status(), expected);
        assert!(!reply.headers().contains_key("sl-violations"));
    }
}
