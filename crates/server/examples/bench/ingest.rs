//! Pages of invoices as Xero sends them, through the client, the comparison and the upsert.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use axum::{
    Router,
    extract::{Query, State},
    http::header::CONTENT_TYPE,
    response::IntoResponse,
    routing::get,
};
use billing::Currency;
use billingone::{
    db::{ConnectionId, Kind, Upsert, upsert},
    features::sync::{
        Mode, Wish,
        drive::Run,
        ingest::Source,
        plan::{self, Stream},
        store,
        streams::xero::Invoices,
    },
};
use chrono::{DateTime, Utc};
use futures::future::BoxFuture;
use serde_json::{Value, json};
use vendors::{
    BoxError, LeapingTime, Outside, Secret,
    http::{BaseUrl, Budget, Grant, MemoryTokens, Patience, Permit, Quota, Seen, TokenSet},
    xero::{self, Xero, XeroApp},
};

use crate::{
    place::{self, Place, peak_bytes},
    said,
};

const PAGES: u32 = 10;
const INVOICES_OF_A_PAGE: u32 = 1000;
const LINES: u32 = 3;

pub fn write_pages(folder: &Path, size: u32) -> Result<Value> {
    let pages = PAGES * size;
    for page in 1..=pages {
        let first = (page - 1) * INVOICES_OF_A_PAGE;
        let invoices: Vec<Value> = (first..first + INVOICES_OF_A_PAGE).map(invoice).collect();
        let body = json!({
            "Id": "00000000-0000-0000-0000-000000000000",
            "Status": "OK",
            "pagination": {
                "page": page, "pageSize": INVOICES_OF_A_PAGE, "pageCount": pages,
                "itemCount": pages * INVOICES_OF_A_PAGE,
            },
            "Invoices": invoices,
        });
        let file = folder.join(format!("page-{page:05}.json"));
        std::fs::write(file, serde_json::to_vec(&body)?)?;
    }
    Ok(json!({ "pages": pages }))
}

fn invoice(n: u32) -> Value {
    let id = |what: u32| format!("{what:08x}-0000-4000-8000-{n:012x}");
    let line = |nth: u32| {
        json!({
            "LineItemID": id(nth + 10),
            "Description": "Managed workstation, monthly",
            "ItemCode": format!("ITEM-{}", (n + nth) % 25),
            "Quantity": f64::from(1 + nth), "UnitAmount": 22.0, "LineAmount": f64::from(22 + 22 * nth),
            "TaxType": "OUTPUT2", "TaxAmount": 4.4, "AccountCode": "200", "Tracking": [],
        })
    };
    let date = "/Date(1793491200000+0000)/";
    json!({
        "Type": "ACCREC",
        "InvoiceID": id(1),
        "InvoiceNumber": format!("INV-{n:07}"),
        "Reference": format!("Month {}", n % 18),
        "Payments": [], "CreditNotes": [], "Prepayments": [], "Overpayments": [],
        "AmountDue": 0.0, "AmountPaid": 145.2, "AmountCredited": 0.0,
        "CurrencyRate": 1.0, "IsDiscounted": false, "HasAttachments": false, "HasErrors": false,
        "Contact": { "ContactID": id(2), "Name": format!("Client {}", n % 5000) },
        "DateString": "2026-11-01T00:00:00", "Date": date,
        "DueDateString": "2026-12-01T00:00:00", "DueDate": "/Date(1796083200000+0000)/",
        "FullyPaidOnDate": date,
        "Status": "PAID", "LineAmountTypes": "Exclusive",
        "LineItems": (0..LINES).map(line).collect::<Vec<_>>(),
        "SubTotal": 132.0, "TotalTax": 13.2, "Total": 145.2,
        "UpdatedDateUTC": "/Date(1793491234567+0000)/", "CurrencyCode": "GBP",
    })
}

pub async fn ingest(url: &str, folder: PathBuf) -> Result<Value> {
    let place = place::make(url).await?;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let base = format!("http://{}", listener.local_addr()?);
    let router = Router::new()
        .route("/Invoices", get(page))
        .with_state(Arc::new(folder));
    tokio::spawn(async move { axum::serve(listener, router).await });
    let client = client(&place, &base)?;
    let connection = connect(&place).await?;
    let first = read(&place, connection, &client).await?;
    let again = read(&place, connection, &client).await?;
    let invoices = place
        .number("select count(*) from invoice where org_id = $1")
        .await?;
    let answer = json!({
        "invoices": invoices,
        "lines": place.number("select count(*) from invoice_line where org_id = $1").await?,
        "net_minor": place
            .number("select cast(sum(net_minor) as bigint) from invoice_line where org_id = $1")
            .await?,
    });
    ensure!(invoices > 0, "nothing was read");
    place.app.db.close().await;
    let more = json!({
        "answer": answer,
        "per_second": u128::try_from(invoices)? * 1000 / first.as_millis().max(1),
        "unchanged_per_second": u128::try_from(invoices)? * 1000 / again.as_millis().max(1),
        "peak_bytes": peak_bytes()?,
    });
    Ok(said(first, more))
}

#[derive(serde::Deserialize)]
struct Asked {
    page: u32,
}

async fn page(State(folder): State<Arc<PathBuf>>, Query(asked): Query<Asked>) -> impl IntoResponse {
    let file = folder.join(format!("page-{:05}.json", asked.page));
    let text = tokio::fs::read(file).await.unwrap_or_default();
    ([(CONTENT_TYPE, "application/json")], text)
}

/// One run of the stream of invoices, as a sync runs it.
async fn read(place: &Place, connection: ConnectionId, client: &Xero) -> Result<Duration> {
    let run = begin(place, connection).await?;
    let started = Instant::now();
    plan::stream(&run, 0, &Invoices(client))
        .await
        .map_err(|trouble| anyhow::anyhow!("{} stopped: {trouble:?}", Invoices::NAME))?;
    Ok(started.elapsed())
}

pub async fn begin(place: &Place, connection: ConnectionId) -> Result<Run<'_>> {
    let (app, org) = (&place.app, place.org);
    let run = app.new_id();
    let mut tx = app.db.write(org).await?;
    let wish = Wish::scheduled(Mode::Full);
    store::insert_run(&mut tx, org, run, connection, &wish, app.now()).await?;
    tx.commit().await?;
    Ok(Run {
        app,
        source: Source {
            org,
            connection,
            run,
        },
        mode: Mode::Full,
        now: app.now(),
        today: app.now().0.date_naive(),
        currency: Currency::GBP,
    })
}

const CONNECTION: Upsert = Upsert {
    table: "connection",
    columns: &[
        ("org_id", Kind::Uuid),
        ("id", Kind::Uuid),
        ("vendor", Kind::Text),
        ("name", Kind::Text),
        ("state", Kind::Text),
        ("settings", Kind::Text),
        ("connected_at", Kind::Int),
    ],
    key: &["org_id", "id"],
    update: &[],
    unless_equal: None,
};

pub async fn connect(place: &Place) -> Result<ConnectionId> {
    let id: ConnectionId = place.app.new_id();
    let row = vec![
        place.org.into(),
        id.into(),
        "xero".into(),
        "Xero".into(),
        "connected".into(),
        "{}".into(),
        place.app.now().into(),
    ];
    let mut tx = place.app.db.write(place.org).await?;
    upsert(&mut tx, &CONNECTION, vec![row]).await?;
    tx.commit().await?;
    Ok(id)
}

/// A client that has its token and may call as often as it likes.
fn client(place: &Place, base: &str) -> Result<Xero> {
    let address = BaseUrl::parse(base)?;
    let settings = xero::Settings {
        authorize_url: address.clone(),
        token_url: address.clone(),
        revoke_url: address.clone(),
        connections_url: address.clone(),
        api_url: address,
        client_id: "bench".to_owned(),
        client_secret: Secret::new("bench"),
        redirect_uri: base.to_owned(),
        scopes: "offline_access".to_owned(),
    };
    let now = DateTime::UNIX_EPOCH;
    let outside = Outside {
        http: place.app.http.clone(),
        time: Arc::new(LeapingTime::starting(now)),
        chance: Arc::new(|_| 0),
        budget: Arc::new(Free),
        patience: Patience::default(),
    };
    let held = TokenSet {
        access: Secret::new("bench"),
        refresh: None,
        expires_at: now
            .checked_add_days(chrono::Days::new(1))
            .context("a day")?,
    };
    let app = XeroApp::new(settings, outside);
    let tokens = app.tokens(Arc::new(MemoryTokens::new(Some(held))));
    Ok(Xero::new(&app, "tenant", &tokens))
}

struct Free;

impl Budget for Free {
    fn acquire<'a>(
        &'a self,
        _: &'a Quota,
        _: DateTime<Utc>,
    ) -> BoxFuture<'a, Result<Grant, BoxError>> {
        Box::pin(async { Ok(Grant::Go(Permit::new(0, None))) })
    }

    fn settle<'a>(
        &'a self,
        _: &'a Quota,
        _: Permit,
        _: Seen,
        _: DateTime<Utc>,
    ) -> BoxFuture<'a, Result<(), BoxError>> {
        Box::pin(async { Ok(()) })
    }
}
