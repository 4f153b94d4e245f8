//! From a posted invoice to the client's mailbox, through the door.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    db::{DeliveryId, Engine, sql},
    features::{
        generated_invoices::tests::{approve_and_post, clean, detail, generate},
        mail::tests::MailServer,
    },
    testing::{TestApp, on_both_engines, pdf::words},
};

on_both_engines!(Desk::start => an_invoice_reaches_its_client_once);

/// The product with vendors and a mail server.
struct Desk {
    app: TestApp,
    mail: MailServer,
}

impl Desk {
    async fn start(engine: Engine) -> Self {
        let mail = MailServer::start().await;
        let url = mail.url.clone();
        let options = sandbox::Options::new("");
        let app = TestApp::with_sandbox_and(engine, options, move |config| {
            config.mail.smtp_url = url;
            config.mail.from = "BillingOne <billing@example.com>".to_owned();
        });
        let app = app.await;
        app.sync_vendors().await;
        app.load_setup().await;
        app.run_jobs().await;
        Self { app, mail }
    }

    async fn file(&self, path: &str) -> Vec<u8> {
        let answer = self.app.request(Method::GET, path).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        assert_eq!(
            answer.headers()["content-type"],
            "application/pdf",
            "{path}"
        );
        answer.bytes().await.unwrap().to_vec()
    }

    async fn send(&self, draft: &Value, body: &Value) -> (u16, Value) {
        let id = draft["id"].as_str().unwrap();
        let path = format!("/api/v1/generated-invoices/{id}/deliveries");
        self.app.post(&path, body).await
    }

    async fn letterhead_and_profile(&self, client: &str) {
        let letterhead = json!({ "legal_name": "Northwind IT Ltd", "tax_number": "GB 123 4567 89",
            "address": "1 Quay Street\nBristol", "email": "desk@northwind.example",
            "payment": "IBAN GB33 BUKB 2020 1555 5555 55" });
        let profile = json!({ "legal_name": "Заря Łódź Ltd", "contact_name": "Zoë",
            "email": "accounts@client.example", "more_emails": ["cfo@client.example"],
            "address": "2 Rue de l’Œuvre\nBruxelles", "tax_number": "BE 0123" });
        for (path, body) in [
            ("/api/v1/organization/letterhead".to_owned(), letterhead),
            (format!("/api/v1/clients/{client}/entity-profile"), profile),
        ] {
            let answer = self
                .app
                .request(Method::PUT, &path)
                .json(&body)
                .send()
                .await
                .unwrap();
            assert_eq!(answer.status(), 200, "{path}");
        }
        self.logo().await;
    }

    async fn logo(&self) {
        let picture = image::RgbaImage::from_pixel(400, 100, image::Rgba([20, 90, 160, 255]));
        let mut file = std::io::Cursor::new(Vec::new());
        picture
            .write_to(&mut file, image::ImageFormat::Png)
            .unwrap();
        let part = [
            b"--x\r\nContent-Disposition: form-data; name=\"picture\"; filename=\"l\"\r\n\r\n"
                .as_slice(),
            file.get_ref(),
            b"\r\n--x--\r\n",
        ];
        let request = self
            .app
            .request(Method::POST, "/settings/organization/logo")
            .header("content-type", "multipart/form-data; boundary=x")
            .header("sec-fetch-site", "same-origin");
        let answer = request.body(part.concat()).send().await.unwrap();
        assert_eq!(answer.status(), 303, "{}", answer.text().await.unwrap());
    }
}

async fn an_invoice_reaches_its_client_once(desk: Desk) {
    let app = &desk.app;
    let draft = clean(app, &generate(app).await).await;
    let id = draft["id"].as_str().unwrap().to_owned();
    let place = format!("/generated-invoices/{id}");
    let (status, said) = desk.send(&draft, &json!({})).await;
    assert_eq!(
        (status, &said["error"]["code"]),
        (409, &json!("not_posted")),
        "{said}"
    );
    let file = desk.file(&format!("{place}/invoice.pdf")).await;
    if let Some(text) = words(&file) {
        assert!(text.contains("Draft"), "{text}");
    }
    desk.letterhead_and_profile(draft["client_id"].as_str().unwrap())
        .await;
    let posted = approve_and_post(app, &draft).await;
    own_pdf_is_right(&desk, &posted).await;
    ledgers_papers(&desk, &place).await;
    explanation_tells_no_secrets(&desk, &place).await;
    the_letter_leaves_once(&desk, &posted).await;
    a_refused_letter_says_why(&desk, &posted).await;
    without_the_ledger_ours_goes_along(&desk, &posted).await;
    what_is_not_approved_stays(&desk, &posted).await;
}

async fn own_pdf_is_right(desk: &Desk, posted: &Value) {
    let place = format!(
        "/api/v1/generated-invoices/{}/invoice.pdf",
        posted["id"].as_str().unwrap()
    );
    let file = desk.file(&place).await;
    assert_eq!(file, desk.file(&place).await, "the same bytes");
    let Some(text) = words(&file) else {
        return;
    };
    let total = posted["total_minor"].as_i64().unwrap();
    let total = crate::ui::format::money(total, posted["currency"].as_str().unwrap());
    let number = posted["number"].as_str().unwrap();
    for part in [
        total.as_str(),
        number,
        "Northwind IT Ltd",
        "GB 123 4567 89",
        "Заря Łódź Ltd",
        "2 Rue de l’Œuvre",
        "IBAN GB33 BUKB 2020 1555 5555 55",
        "Total before tax",
        "Page 1 of ",
    ] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    assert!(!text.contains("Draft"), "{text}");
    for line in posted["lines"].as_array().unwrap() {
        let first = line["description"]
            .as_str()
            .unwrap()
            .split(' ')
            .next()
            .unwrap();
        assert!(text.contains(first), "{first} is not in {text}");
    }
    kept("invoice.pdf", &file);
}

/// For people who want to look at it.
fn kept(name: &str, file: &[u8]) {
    if let Some(folder) = std::env::var_os("BILLINGONE_TEST_SCREENSHOTS") {
        std::fs::write(std::path::Path::new(&folder).join(name), file).unwrap();
    }
}

async fn ledgers_papers(desk: &Desk, place: &str) {
    let file = desk.file(&format!("{place}/ledger.pdf")).await;
    assert!(file.starts_with(b"%PDF-1.4"));
    let online = format!("{place}/online-invoice");
    let answer = desk.app.request(Method::GET, &online).send().await.unwrap();
    let location = answer.headers()["location"].to_str().unwrap();
    assert!(location.starts_with("https://in.xero.com/"), "{location}");
    let (_, page) = desk.app.page(place).await;
    for link in ["PDF from Xero", "Online invoice", "Not sent", "Explanation"] {
        assert!(page.contains(link), "{link}");
    }
}

async fn explanation_tells_no_secrets(desk: &Desk, place: &str) {
    let (status, page) = desk.app.page(&format!("{place}/explanation")).await;
    assert_eq!(status, 200);
    assert!(
        page.contains("Quantity") && page.contains("before tax"),
        "{page}"
    );
    assert!(
        !page.contains("policy") && !page.contains("distributor"),
        "{page}"
    );
    let (status, told) = desk.app.get(&format!("/api/v1{place}/explanation")).await;
    let lines = told["lines"].as_array().unwrap();
    assert!(status == 200 && !lines.is_empty(), "{told}");
    assert!(lines.iter().any(|line| line["rule"].is_string()), "{told}");
    let file = desk.file(&format!("{place}/explanation.pdf")).await;
    kept("explanation.pdf", &file);
    if let Some(text) = words(&file) {
        assert!(
            text.contains("How invoice") && text.contains("before tax"),
            "{text}"
        );
        assert!(!text.contains("policy"), "{text}");
    }
}

async fn the_letter_leaves_once(desk: &Desk, posted: &Value) {
    let app = &desk.app;
    let wrong = json!({ "recipients": ["nobody"], "subject": "", "text": " " });
    let (status, said) = desk.send(posted, &wrong).await;
    assert_eq!(status, 422, "{said}");
    let (status, made) = desk
        .send(posted, &json!({ "with_explanation": true }))
        .await;
    assert_eq!((status, &made["state"]), (202, &json!("queued")), "{made}");
    let (status, said) = desk.send(posted, &json!({})).await;
    assert_eq!(
        (status, &said["error"]["code"]),
        (409, &json!("already_queued"))
    );
    app.run_jobs().await;
    let letter = desk
        .mail
        .take("accounts@client.example, cfo@client.example");
    let delivery: DeliveryId = made["id"].as_str().unwrap().parse().unwrap();
    assert!(
        letter.contains(&format!("<{}@example.com>", delivery.0.simple())),
        "{letter}"
    );
    assert!(
        letter.contains("Reply-To: desk@northwind.example"),
        "{letter}"
    );
    assert!(
        letter.contains("Northwind IT Ltd") && letter.contains("in.xero.com"),
        "{letter}"
    );
    assert_eq!(enclosed(&letter), 2, "{letter}");
    let now = detail(app, posted["id"].as_str().unwrap()).await;
    assert_eq!(
        (&now["delivery"], &now["deliveries"][0]["state"]),
        (&json!("sent"), &json!("sent"))
    );

    // The process died before it noted that the letter had left.
    let mut tx = app.app.db.write(app.org).await.unwrap();
    sql("update delivery set state = 'queued' where org_id = $1 and id = $2")
        .bind(app.org)
        .bind(delivery)
        .run_one(&mut tx)
        .await
        .unwrap();
    sql("update job set state = 'queued', finished_at = null where org_id = $1 and kind = 'deliver_invoice'")
        .bind(app.org)
        .run(&mut tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    app.run_jobs().await;
    let again = desk
        .mail
        .take("accounts@client.example, cfo@client.example");
    assert!(
        again.contains(&delivery.0.simple().to_string()),
        "the same letter"
    );
}

/// How many PDFs a letter has. One in plain letters goes as it is.
fn enclosed(letter: &str) -> usize {
    let parts = letter.split("application/pdf").skip(1);
    let files = parts.filter(|part| {
        let (_, body) = part.split_once("\r\n\r\n").unwrap();
        let body = body.split("\r\n--").next().unwrap();
        let packed: String = body.split_whitespace().collect();
        let is_packed = STANDARD
            .decode(packed)
            .is_ok_and(|file| file.starts_with(b"%PDF-"));
        is_packed || body.starts_with("%PDF-")
    });
    files.count()
}

async fn a_refused_letter_says_why(desk: &Desk, posted: &Value) {
    let place = format!("/generated-invoices/{}", posted["id"].as_str().unwrap());
    let (status, page) = desk.app.page(&format!("{place}/send")).await;
    assert_eq!(status, 200);
    assert!(
        page.contains("accounts@client.example") && page.contains("Dear Zoë"),
        "{page}"
    );
    desk.mail.refuse("550 no such mailbox");
    let typed = [
        ("recipients", "gone@client.example"),
        ("subject", "Your invoice"),
        ("text", "Here it is."),
    ];
    let (status, page) = desk.app.submit(&format!("{place}/send"), &typed).await;
    assert_eq!(status, 303, "{page}");
    desk.app.run_jobs().await;
    let (_, page) = desk.app.page(&place).await;
    assert!(
        page.contains("no such mailbox") && page.contains("Send again"),
        "{page}"
    );
    let (_, list) = desk
        .app
        .page("/generated-invoices?status=sent&delivery=failed")
        .await;
    assert!(list.contains(&format!("{place}/send")), "{list}");
}

async fn without_the_ledger_ours_goes_along(desk: &Desk, posted: &Value) {
    let (_, connections) = desk.app.get("/api/v1/connections").await;
    let connections = connections["items"].as_array().unwrap().iter();
    let ledger = connections
        .clone()
        .find(|one| one["vendor"] == "xero")
        .unwrap();
    let path = format!("/api/v1/connections/{}", ledger["id"].as_str().unwrap());
    assert!(desk.app.delete(&path).await.0 < 300);
    let (status, made) = desk
        .send(posted, &json!({ "recipients": ["a@client.example"] }))
        .await;
    assert_eq!((status, &made["document"]), (202, &json!("own")), "{made}");
    desk.app.run_jobs().await;
    let letter = desk.mail.letters().pop().unwrap();
    assert!(letter.contains("To: a@client.example"), "{letter}");
    assert_eq!(enclosed(&letter), 1);
}

/// In the ledger as a draft.
async fn what_is_not_approved_stays(desk: &Desk, posted: &Value) {
    let app = &desk.app;
    let mut tx = app.app.db.write(app.org).await.unwrap();
    sql("update generated_invoice set ledger_status = 'DRAFT' where org_id = $1")
        .bind(app.org)
        .run(&mut tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let (status, said) = desk.send(posted, &json!({})).await;
    assert_eq!(
        (status, &said["error"]["code"]),
        (409, &json!("not_authorised")),
        "{said}"
    );
}
