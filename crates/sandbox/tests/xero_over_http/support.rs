//! A small Xero, served on a free port, and a client that has the user's consent.

use chrono::{DateTime, NaiveDate, Utc};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Method, Response, StatusCode};
use rust_decimal::Decimal;
use sandbox::clock::SimClock;
use sandbox::faults::{self, Faults, Play, Vendor};
use sandbox::xero::{
    Amount, Contact, Document, Item, Ledger, Limits, Line, Organisation, Settings, Text, Trade,
    Xero, router,
};
use serde_json::{Value, json};
use uuid::Uuid;

pub const SCOPES: &str = "openid profile email offline_access accounting.invoices \
                          accounting.payments accounting.contacts accounting.settings.read";
pub const REDIRECT: &str = "http://localhost:9/callback";

/// A served vendor. It ends with the test's runtime.
pub struct Served {
    pub base: String,
    pub xero: Xero,
    pub clock: SimClock,
    pub faults: Faults,
    pub client: Client,
}

pub fn now() -> DateTime<Utc> {
    "2026-11-12T09:00:00Z".parse().unwrap()
}

pub fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn seeded_line(description: &str, quantity: &str, price: &str) -> Line {
    let number = |text: &str| text.parse::<Decimal>().unwrap();
    Line::new(description, number(quantity), number(price)).posted_to("205", "OUTPUT2")
}

fn item(code: &str, name: &str, price: &str) -> Item {
    Item {
        code: Text::from(code),
        name: Text::from(name),
        description: Text::from(name),
        purchase_description: Text::from(""),
        sales: Some(Trade {
            unit_price: price.parse().ok(),
            account_code: Some(Text::from("205")),
            tax_type: Some(Text::from("OUTPUT2")),
        }),
        purchase: None,
        deleted: false,
        updated: now() - chrono::TimeDelta::days(300),
    }
}

/// Two clients, two items and `invoices` invoices a day apart, of which the first is part paid.
pub fn books(invoices: u32) -> Ledger {
    let created = now() - chrono::TimeDelta::days(900);
    let mut ledger = Ledger::new(11, Organisation::british("Northwind IT Ltd", created));
    let mut first = Contact::named("Alpha & Sons <Ltd>");
    first.email = Text::from("accounts@alpha.example");
    first.contact_number = Some(Text::from("C001"));
    first.updated = now() - chrono::TimeDelta::days(200);
    let alpha = ledger.add_contact(first);
    let mut second = Contact::named("Βήτα ΑΕ");
    second.updated = now() - chrono::TimeDelta::days(100);
    let beta = ledger.add_contact(second);
    ledger.add_item(item("M365-BP", "Microsoft 365 Business Premium", "22.00"));
    ledger.add_item(item("BACKUP", "Backup", "3.1234"));
    for number in 0..invoices {
        let date = day("2025-01-01") + chrono::Days::new(u64::from(number % 600));
        let contact = if number % 2 == 0 { alpha } else { beta };
        let due = date + chrono::Days::new(14);
        let document = Document {
            lines: vec![
                seeded_line("Microsoft 365 Business Premium, a month", "18", "22.00")
                    .item("M365-BP"),
                seeded_line("Backup, a month", "7", "3.1234").item("BACKUP"),
                seeded_line("Support", "1.5", "80").posted_to("210", "OUTPUT2"),
            ],
            ..Document::sale(contact, &format!("S-{:06}", number + 1), date, due)
        };
        let at = date.and_hms_opt(8, 0, 0).unwrap().and_utc();
        let key = ledger.add_invoice(document, at).unwrap();
        if number == 0 {
            let amount = Amount::from_minor(10_000);
            ledger.pay_invoice(key, "090", date, amount, at).unwrap();
        }
    }
    ledger
}

pub async fn serve(ledger: Ledger, limits: Option<Limits>) -> Served {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let clock = SimClock::new(now());
    let settings = Settings {
        client_id: "client".to_owned(),
        client_secret: "secret".to_owned(),
        webhook_key: "webhook-key".to_owned(),
        seed: 5,
        limits,
    };
    let created = now() - chrono::TimeDelta::days(900);
    let other = Ledger::new(12, Organisation::british("Second Company", created));
    let xero = Xero::new(settings, clock.clone(), vec![ledger, other]);
    let faults = Faults::default();
    let play = Play {
        vendor: Vendor::Xero,
        largest_page: None,
        faults: faults.clone(),
    };
    let app = axum::Router::new().nest("/xero", router(xero.clone()));
    let app = app.layer(axum::middleware::from_fn_with_state(play, faults::play));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}/xero", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await });
    let client = Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    Served {
        base,
        xero,
        clock,
        faults,
        client,
    }
}

/// A client with a token and an organisation.
#[derive(Clone)]
pub struct Caller {
    pub api: String,
    pub client: Client,
    pub token: String,
    pub refresh: String,
    pub tenant: Uuid,
}

impl Served {
    /// The code that the user's consent puts into the redirect.
    pub async fn code(&self, scopes: &str, choice: &str) -> String {
        let mut url =
            url::Url::parse(&format!("{}/identity/connect/authorize", self.base)).unwrap();
        url.query_pairs_mut().extend_pairs([
            ("response_type", "code"),
            ("client_id", "client"),
            ("redirect_uri", REDIRECT),
            ("scope", scopes),
            ("state", "st&te"),
            ("sandbox_allow", choice),
        ]);
        let reply = self.client.get(url).send().await.unwrap();
        assert_eq!(reply.status(), StatusCode::FOUND);
        let location = reply.headers()["location"].to_str().unwrap();
        let location = url::Url::parse(location).unwrap();
        let pairs: std::collections::HashMap<_, _> = location.query_pairs().into_owned().collect();
        assert_eq!(pairs["state"], "st&te");
        pairs["code"].clone()
    }

    pub async fn token(&self, form: &[(&str, &str)]) -> Response {
        let url = format!("{}/identity/connect/token", self.base);
        let request = self.client.post(url).basic_auth("client", Some("secret"));
        request.form(form).send().await.unwrap()
    }

    pub async fn connect(&self) -> Caller {
        self.connect_with(SCOPES).await
    }

    pub async fn connect_with(&self, scopes: &str) -> Caller {
        let code = self.code(scopes, "first").await;
        let grant = [
            ("grant_type", "authorization_code"),
            ("code", code.as_str()),
            ("redirect_uri", REDIRECT),
        ];
        let tokens: Value = self.token(&grant).await.json().await.unwrap();
        Caller {
            api: format!("{}/api.xro/2.0", self.base),
            client: self.client.clone(),
            token: tokens["access_token"].as_str().unwrap().to_owned(),
            refresh: tokens["refresh_token"]
                .as_str()
                .unwrap_or_default()
                .to_owned(),
            tenant: self.xero.tenants()[0],
        }
    }
}

impl Caller {
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<Value>,
    ) -> Response {
        let mut all = HeaderMap::new();
        all.insert("accept", HeaderValue::from_static("application/json"));
        all.insert("xero-tenant-id", self.tenant.to_string().parse().unwrap());
        for (name, value) in headers {
            all.insert(name.parse::<HeaderName>().unwrap(), value.parse().unwrap());
        }
        let url = format!("{}{path}", self.api);
        let mut request = self
            .client
            .request(method, url)
            .bearer_auth(&self.token)
            .headers(all);
        if let Some(body) = body {
            request = request.json(&body);
        }
        request.send().await.unwrap()
    }

    pub async fn get(&self, path: &str) -> Value {
        let reply = self.send(Method::GET, path, &[], None).await;
        assert_eq!(reply.status(), StatusCode::OK, "{path}");
        reply.json().await.unwrap()
    }

    pub async fn put(&self, path: &str, body: Value) -> (StatusCode, Value) {
        json(self.send(Method::PUT, path, &[], Some(body)).await).await
    }

    pub async fn post(&self, path: &str, body: Value) -> (StatusCode, Value) {
        json(self.send(Method::POST, path, &[], Some(body)).await).await
    }
}

pub async fn json(reply: Response) -> (StatusCode, Value) {
    let status = reply.status();
    (status, reply.json().await.unwrap_or_default())
}

/// What a refusal says first.
pub fn complaint(body: &Value) -> &str {
    body["Elements"][0]["ValidationErrors"][0]["Message"]
        .as_str()
        .unwrap_or_default()
}

pub async fn small() -> (Served, Caller) {
    let served = serve(books(3), None).await;
    let caller = served.connect().await;
    (served, caller)
}

pub async fn alpha(caller: &Caller) -> Value {
    caller.get("/Contacts/C001").await["Contacts"][0]["ContactID"].clone()
}

pub fn line(quantity: &str, price: &str) -> Value {
    let number = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    json!({ "Description": "Seats", "Quantity": number(quantity), "UnitAmount": number(price),
            "AccountCode": "205", "TaxType": "OUTPUT2" })
}

pub fn invoice(contact: &Value, number: &str, status: &str, lines: &[Value]) -> Value {
    json!({ "Type": "ACCREC", "Contact": { "ContactID": contact }, "InvoiceNumber": number,
            "Date": "2026-11-01", "DueDate": "2026-11-15", "Status": status, "LineItems": lines })
}

/// Changes fields of an object.
pub fn with(mut value: Value, changes: &Value) -> Value {
    for (name, change) in changes.as_object().unwrap() {
        value[name] = change.clone();
    }
    value
}
