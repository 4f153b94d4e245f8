//! From what is agreed with a client to what the client has paid: on a phone, with a second person
//! at a desk.

use reqwest::Method;
use serde_json::{Value, json};

use super::{Browser, PATIENCE, within, world};
use crate::{features::mail::tests::MailServer, http::Role, testing::TestApp};

const SECOND: &str = "ann@example.com";
const CONTACT: &str = "accounts@client.example";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_a_template_to_a_paid_invoice() {
    let mail = MailServer::start().await;
    let app = world::agreed_with_mail(&mail.url).await;
    app.add_person(SECOND, Role::Finance).await;
    let client = prepare(&app).await;
    let worker = world::work(&app);
    let phone = Browser::on_a_phone(&app).await;

    make_contract(&phone, &client).await;
    amend(&phone).await;
    let draft = make_draft(&phone, &client).await;
    approve_by_two(&app, &phone, &draft).await;
    post(&phone, &draft).await;
    send(&phone, &mail, &draft).await;
    pay(&app, &phone, &draft).await;
    worker.finish().await;
}

/// A template to begin from, a billing contact, and a rule that asks for two people; the client.
async fn prepare(app: &TestApp) -> Value {
    let (_, drafts) = app.get("/api/v1/contracts?limit=1&status=active").await;
    let contract = &drafts["items"][0]["id"];
    let (_, contract) = app
        .get(&format!("/api/v1/contracts/{}", contract.as_str().unwrap()))
        .await;
    let line = &contract["lines"][0];
    let template = json!({
        "name": "Support", "cycle": "monthly", "timing": "advance",
        "lines": [{
            "item": line["item_code"], "description": "Support of workplaces",
            "unit_price": "18.50", "cycle": "monthly", "timing": "advance", "price_per": "month",
            "quantity": { "source": "fixed", "quantity": "12" },
        }],
    });
    let (status, made) = app.post("/api/v1/contract-templates", &template).await;
    assert_eq!(status, 201, "{made}");
    let (_, client) = app
        .get(&format!(
            "/api/v1/clients/{}",
            contract["client_id"].as_str().unwrap()
        ))
        .await;
    let path = format!(
        "/api/v1/clients/{}/entity-profile",
        client["id"].as_str().unwrap()
    );
    let profile = json!({ "version": 0, "email": CONTACT, "contact_name": "Accounts" });
    put(app, &path, &profile).await;
    let limit = json!({ "currency": client["currency"], "limit_minor": 100 });
    put(
        app,
        "/api/v1/approval-rules",
        &json!({ "version": 0, "limits": [limit] }),
    )
    .await;
    client
}

async fn put(app: &TestApp, path: &str, body: &Value) {
    let request = app.request(Method::PUT, path).json(body);
    let answer = request.send().await.unwrap();
    let status = answer.status().as_u16();
    assert!(
        status < 300,
        "{path}: {status} {}",
        answer.text().await.unwrap()
    );
}

/// In three steps, the first of which takes the template's terms.
async fn make_contract(phone: &Browser, client: &Value) {
    phone.sign_in_to("/contract-templates").await;
    phone.open_first_row().await;
    phone.follow("Use for a contract").await;
    let reference = client["reference"].as_str().unwrap();
    phone.fill("Client", reference).await;
    phone.fill("Name", "Workplaces").await;
    phone.pick_date("Starts on", "2026-11-01").await;
    phone.press("Next: lines").await;
    phone.see("Support of workplaces").await;
    phone.follow("Next: review").await;
    phone.press("Activate").await;
    phone.see("Next invoices").await;
}

/// Three workplaces more from the middle of the month.
async fn amend(phone: &Browser) {
    phone.follow("Support of workplaces").await;
    phone.fill("New quantity", "15").await;
    phone.pick_date("From", "2026-11-16").await;
    phone.press("Show before and after").await;
    phone.see("A change from").await;
    phone.press("Make the change").await;
    phone.see("Undo").await;
}

/// The draft's address.
async fn make_draft(phone: &Browser, client: &Value) -> String {
    phone.open("/generated-invoices/generate").await;
    phone
        .select("Client", client["name"].as_str().unwrap())
        .await;
    phone
        .pick_date("Everything that can be charged by", world::NEXT_MONTH)
        .await;
    phone.press("Preview").await;
    phone.see("Support of workplaces").await;
    phone.press_beginning("Make ").await;
    phone.see("Made").await;
    phone.open("/generated-invoices").await;
    phone.open_first_row().await;
    phone.see("Why this amount?").await;
    phone.path().await
}

async fn approve_by_two(app: &TestApp, phone: &Browser, draft: &str) {
    phone.press("Approve").await;
    phone.see("A second person has to approve it too.").await;
    let desk = Browser::at_a_desk(app).await;
    desk.sign_in_as(SECOND, "/generated-invoices?status=second")
        .await;
    desk.open(draft).await;
    desk.see("Two people approve this.").await;
    desk.press("Approve").await;
    desk.see("Approved. It waits under Ready to post.").await;
}

async fn post(phone: &Browser, draft: &str) {
    phone.open(draft).await;
    phone.press("Post").await;
    phone.press("Post 1 invoice").await;
    phone.see("Posted").await;
}

async fn send(phone: &Browser, mail: &MailServer, draft: &str) {
    phone.open(&format!("{draft}/send")).await;
    phone.see(CONTACT).await;
    phone.press("Send").await;
    phone.see("Sent").await;
    let letter = mail.take(CONTACT);
    assert!(letter.contains("application/pdf"), "{letter}");
}

/// The payment is written into the ledger; that the invoice is paid comes from there.
async fn pay(app: &TestApp, phone: &Browser, draft: &str) {
    let (_, payments) = app.get(&format!("/api/v1{draft}/payments")).await;
    let account = &payments["accounts"][0];
    let named = match account["code"].as_str().unwrap() {
        "" => account["name"].as_str().unwrap().to_owned(),
        code => format!("{} ({code})", account["name"].as_str().unwrap()),
    };
    phone.open(&format!("{draft}/pay")).await;
    phone.select("Account", &named).await;
    phone.press("Mark paid").await;
    phone.see("Payments").await;
    let (status, _) = app.post("/api/v1/sync", &json!({})).await;
    assert_eq!(status, 202);
    within(PATIENCE, "the payment read back", async || {
        let (_, now) = app.get(&format!("/api/v1{draft}")).await;
        (now["status"] == "paid")
            .then_some(())
            .ok_or(now["status"].to_string())
    })
    .await;
    phone.open(draft).await;
    phone.see("Paid").await;
}
