//! A month is closed over what is known to be open, and its pack tells when anything was changed.

use std::io::{Cursor, Read as _, Write as _};

use serde_json::{Value, json};
use zip::{ZipArchive, ZipWriter, write::SimpleFileOptions};

use super::{
    BuildPack,
    pack::verify::{Verdict, verify},
};
use crate::{
    db::sql,
    features::{
        credit_notes::tests::approve_and_post_note,
        generated_invoices::tests::{agreed_world, approve_and_post, clean, generate},
    },
    queue::{Attempt, Job as _},
    testing::{TestApp, on_both_engines},
};

on_both_engines!(agreed_world =>
    a_month_is_closed_over_what_is_known,
    a_pack_says_whether_it_was_changed,
    a_month_counts_what_was_given_back,
    a_pack_that_cannot_be_made_says_so,
);

async fn a_month_is_closed_over_what_is_known(app: TestApp) {
    let (status, running) = app.get("/api/v1/month-ends/2026-11").await;
    assert_eq!(
        (status, &running["state"]),
        (200, &json!("running")),
        "{running}"
    );
    let early = json!({ "version": 0 });
    let (status, refused) = app.post("/api/v1/month-ends/2026-11/close", &early).await;
    let code = &refused["error"]["code"];
    assert_eq!((status, code), (409, &json!("month_runs")), "{refused}");
    assert_eq!(app.get("/api/v1/month-ends/2026-13").await.0, 404);

    let path = "/api/v1/month-ends/2026-10";
    let (_, open) = app.get(path).await;
    assert_eq!(open["state"], "open", "{open}");
    let (status, page) = app.page("/month-end/2026-10").await;
    assert!(status == 200 && page.contains("Still open"), "{page}");
    let keys: Vec<&str> = keys(&open);
    let (status, refused) = app
        .post(&format!("{path}/close"), &json!({ "version": 0 }))
        .await;
    let expected = if keys.is_empty() { 200 } else { 422 };
    assert_eq!(status, expected, "{refused}");
    if status == 422 {
        let fields = refused["error"]["fields"].as_object().unwrap();
        assert_eq!(fields.len(), keys.len(), "{refused}");
        let (status, page) = app
            .submit("/month-end/2026-10/close", &[("version", "0")])
            .await;
        assert!(
            status == 422 && page.contains("say that you know"),
            "{page}"
        );
        let known = json!({ "version": 0, "note": "Looked at it all", "acknowledged": keys });
        let (status, closed) = app.post(&format!("{path}/close"), &known).await;
        assert_eq!(
            (status, &closed["state"]),
            (200, &json!("closed")),
            "{closed}"
        );
        let told = closed["closed"]["acknowledged"].as_array().unwrap();
        assert_eq!(told.len(), keys.len());
    }
    let (status, _) = app
        .post(&format!("{path}/close"), &json!({ "version": 1 }))
        .await;
    assert_eq!(status, 409, "closed once");
    let (status, page) = app
        .submit("/month-end/2026-10/reopen", &[("version", "1")])
        .await;
    assert!(
        status == 422 && page.contains("Why it is opened again"),
        "{page}"
    );
    let reason = [("version", "1"), ("reason", "A bill came late")];
    assert_eq!(
        app.submit("/month-end/2026-10/reopen", &reason).await.0,
        303
    );
    let (_, again) = app.get(path).await;
    assert_eq!(
        (&again["state"], &again["closed"]["reason"]),
        (&json!("reopened"), &json!("A bill came late"))
    );
    let (_, list) = app.page("/month-end").await;
    assert!(list.contains("Opened again"), "{list}");
}

fn keys(month: &Value) -> Vec<&str> {
    let open = month["open"].as_array().unwrap().iter();
    open.map(|item| item["key"].as_str().unwrap()).collect()
}

async fn pack(app: &TestApp, month: &str) -> (Value, Vec<u8>) {
    let (status, asked) = app
        .post(&format!("/api/v1/month-ends/{month}/packs"), &json!({}))
        .await;
    assert_eq!(
        (status, &asked["state"]),
        (202, &json!("queued")),
        "{asked}"
    );
    let place = format!("/api/v1/evidence-packs/{}", asked["id"].as_str().unwrap());
    assert_eq!(app.get(&format!("{place}/file")).await.0, 409, "not ready");
    app.run_jobs().await;
    let (_, ready) = app.get(&place).await;
    assert_eq!(ready["state"], "ready", "{ready}");
    let file = app.request(reqwest::Method::GET, &format!("{place}/file"));
    let file = file.send().await.unwrap().bytes().await.unwrap();
    (ready, file.to_vec())
}

/// The files of an archive, with one changed, left out or added.
fn rewritten(archive: &[u8], change: impl Fn(&str, Vec<u8>) -> Option<Vec<u8>>) -> Vec<u8> {
    let mut zip = ZipArchive::new(Cursor::new(archive)).unwrap();
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for place in 0..zip.len() {
        let mut file = zip.by_index(place).unwrap();
        let name = file.name().unwrap().into_owned();
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).unwrap();
        if let Some(bytes) = change(&name, bytes) {
            writer
                .start_file(name, SimpleFileOptions::default())
                .unwrap();
            writer.write_all(&bytes).unwrap();
        }
    }
    if change("extra.txt", Vec::new()).is_some_and(|bytes| !bytes.is_empty()) {
        writer
            .start_file("extra.txt", SimpleFileOptions::default())
            .unwrap();
        writer.write_all(b"more").unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn said(verdict: &Verdict) -> String {
    verdict.wrong.join("; ")
}

async fn a_pack_says_whether_it_was_changed(app: TestApp) {
    let ids = generate(&app).await;
    let draft = clean(&app, &ids).await;
    let posted = approve_and_post(&app, &draft).await;
    let number = posted["number"].as_str().unwrap();
    let (_, archive) = pack(&app, "2026-12").await;
    let (_, same) = pack(&app, "2026-12").await;
    let whole = verify(&archive, None);
    assert_eq!(whole.wrong, Vec::<String>::new());
    assert!(
        whole.invoices == 1 && whole.lines > 0 && whole.files > 8,
        "{whole:?}"
    );
    let (_, page) = app.page("/month-end/2026-12").await;
    assert!(page.contains(&whole.fingerprint), "{page}");
    assert_eq!(
        verify(&archive, Some(&whole.fingerprint)).wrong,
        Vec::<String>::new()
    );
    let content = |bytes: &[u8]| {
        let mut zip = ZipArchive::new(Cursor::new(bytes.to_vec())).unwrap();
        let mut text = String::new();
        let mut file = zip.by_name("lines.csv").unwrap();
        file.read_to_string(&mut text).unwrap();
        text
    };
    assert_eq!(
        content(&archive),
        content(&same),
        "the same month, the same files"
    );

    let pdf = format!("invoices/{number}.pdf");
    let left_out = rewritten(&archive, |name, bytes| (name != pdf).then_some(bytes));
    assert_eq!(said(&verify(&left_out, None)), format!("{pdf} is missing"));
    let changed = rewritten(&archive, |name, mut bytes| {
        if name == "invoices.csv" {
            bytes[0] ^= 1;
        }
        Some(bytes)
    });
    assert_eq!(said(&verify(&changed, None)), "invoices.csv was changed");
    let added = rewritten(&archive, |name, bytes| {
        Some(if name == "extra.txt" {
            b"more".to_vec()
        } else {
            bytes
        })
    });
    assert_eq!(
        said(&verify(&added, None)),
        "extra.txt is not in the manifest"
    );
    let resigned = rewritten(&archive, |name, bytes| {
        let text = String::from_utf8_lossy(&bytes).replace("2026-12", "2026-11");
        Some(if name == "manifest.json" {
            text.into_bytes()
        } else {
            bytes
        })
    });
    assert_eq!(
        said(&verify(&resigned, None)),
        "the manifest was changed after it was signed"
    );
    let dearer = rewritten(&archive, |name, bytes| {
        let is_invoice = name == format!("invoices/{number}.json");
        Some(if is_invoice { dearer(&bytes) } else { bytes })
    });
    let verdict = verify(&dearer, Some("0000"));
    assert!(
        said(&verdict).contains("signed by another key"),
        "{verdict:?}"
    );
    assert!(
        said(&verdict).contains("its explanation comes to"),
        "{verdict:?}"
    );
    assert!(said(&verify(b"nothing", None)).contains("no evidence pack"));
}

/// An invoice whose first line says a cent more.
fn dearer(bytes: &[u8]) -> Vec<u8> {
    let mut invoice: Value = serde_json::from_slice(bytes).unwrap();
    let net = invoice["lines"][0]["net_minor"].as_i64().unwrap();
    invoice["lines"][0]["net_minor"] = json!(net + 1);
    serde_json::to_vec(&invoice).unwrap()
}

async fn a_month_counts_what_was_given_back(app: TestApp) {
    let ids = generate(&app).await;
    let client = clean(&app, &ids).await["client_id"].clone();
    let note = json!({
        "client": client, "reason": "Goodwill",
        "lines": [{
            "description": "An hour too many", "unit_price": "95.00", "tax_type": "OUTPUT2",
            "account_code": "200",
        }],
    });
    let (status, note) = app.post("/api/v1/credit-notes", &note).await;
    assert_eq!(status, 201, "{note}");
    app.post("/api/v1/reconcile", &json!({})).await;
    app.run_jobs().await;
    let (_, findings) = app.get("/api/v1/findings?tab=ready&limit=200").await;
    // Whatever can be billed back waits as a one-off for the next draft.
    for finding in findings["items"].as_array().unwrap() {
        let path = format!("/api/v1/findings/{}/apply", finding["id"].as_str().unwrap());
        let back = json!({ "version": finding["version"], "when": "bill_back" });
        let (status, answer) = app.post(&path, &back).await;
        assert!([200, 409, 422].contains(&status), "{answer}");
    }
    let path = "/api/v1/month-ends/2026-11";
    let (_, open) = app.get(path).await;
    let keys = keys(&open);
    assert!(
        keys.contains(&"credits") && keys.contains(&"one_offs"),
        "{open}"
    );

    let posted = approve_and_post_note(&app, &note).await;
    assert_eq!(posted["status"], "posted", "{posted}");
    let (_, now) = app.get(path).await;
    assert_eq!(
        now["credited"],
        json!([{ "currency": "GBP", "minor": 9_500 }]),
        "{now}"
    );
    let (_, archive) = pack(&app, "2026-11").await;
    assert_eq!(verify(&archive, None).wrong, Vec::<String>::new());
    let zip = ZipArchive::new(Cursor::new(archive)).unwrap();
    let number = posted["number"].as_str().unwrap();
    let name = format!("credit-notes/{number}.json");
    assert!(zip.file_names().any(|file| file.unwrap() == name), "{name}");
}

async fn a_pack_that_cannot_be_made_says_so(app: TestApp) {
    let (_, asked) = app
        .post("/api/v1/month-ends/2026-10/packs", &json!({}))
        .await;
    let mut tx = app.app.db.write_global().await.unwrap();
    crate::http::tokens::keys::signing(&app.app, &mut tx)
        .await
        .unwrap();
    sql("update signing_key set sealed_private = $1")
        .bind(vec![0_u8; 40])
        .run(&mut tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let payload = json!({ "org": app.org, "pack": asked["id"] });
    let job: BuildPack = serde_json::from_value(payload).unwrap();
    let last = Attempt {
        job: app.app.new_id(),
        number: 1,
        is_last: true,
    };
    job.run(&app.app, &last).await.unwrap();
    let place = format!("/api/v1/evidence-packs/{}", asked["id"].as_str().unwrap());
    let (_, failed) = app.get(&place).await;
    assert_eq!(failed["state"], "failed", "{failed}");
    assert!(failed["problem"].is_string(), "{failed}");
}
