//! The catalog from a file, through the door.

use reqwest::{Method, header};
use serde_json::{Value, json};

use crate::testing::{TestApp, on_both_engines};

on_both_engines!(TestApp::start =>
    a_file_is_looked_at_first_and_then_written_whole,
    five_thousand_rows_are_written_once,
);

const IMPORT: &str = "/api/v1/catalog-items/import";

/// The import form with a file, as a browser sends it.
async fn send(app: &TestApp, file: &[u8], parts: &[(&str, &str)]) -> (u16, String) {
    let mut body = b"--mark\r\ncontent-disposition: form-data; name=\"file\"; \
        filename=\"c.csv\"\r\n\r\n"
        .to_vec();
    body.extend_from_slice(file);
    body.extend_from_slice(b"\r\n");
    for (name, value) in parts {
        let part =
            format!("--mark\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        body.extend_from_slice(part.as_bytes());
    }
    body.extend_from_slice(b"--mark--\r\n");
    let request = app
        .request(Method::POST, "/catalog/import")
        .header("sec-fetch-site", "same-origin")
        .header(header::CONTENT_TYPE, "multipart/form-data; boundary=mark")
        .body(body);
    let answer = request.send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

async fn items(app: &TestApp) -> usize {
    let (_, page) = app.get("/api/v1/catalog-items?limit=200").await;
    page["items"].as_array().unwrap().len()
}

async fn audited(app: &TestApp) -> i64 {
    let mut tx = app.app.db.read(app.org).await.unwrap();
    crate::db::sql("select count(*) from audit where org_id = $1 and action like 'catalog%'")
        .bind(app.org)
        .value(&mut tx)
        .await
        .unwrap()
}

fn cells(refused: &Value) -> Vec<&str> {
    let fields = refused["error"]["fields"].as_object().unwrap();
    fields.keys().map(String::as_str).collect()
}

async fn a_file_is_looked_at_first_and_then_written_whole(app: TestApp) {
    let (status, page) = app.page("/catalog/import").await;
    assert!(status == 200 && page.contains("Look at the rows"), "{page}");

    // Windows-1252, semicolons, a name over two lines, prices of other countries.
    let file = b"SKU;Item;Desc;Price;Cost;Tax;Colour\r\n\
        CAF;Caf\xe9;\"two\r\nlines\";1.234,50;0,000125;OUTPUT2;red\r\n\
        WS;Workstation;;22.00;;OUTPUT2;\r\n";
    let defaults = [("account_code", "200"), ("text", "")];
    let (status, page) = send(&app, file, &defaults).await;
    assert_eq!(status, 200, "{page}");
    for told in [
        "Café",
        "Write 2 items",
        "mean nothing here: Colour",
        "names of columns",
    ] {
        assert!(page.contains(told), "{told}: {page}");
    }
    assert_eq!(
        (items(&app).await, audited(&app).await),
        (0, 0),
        "only shown"
    );

    let text = "code,name,description,price,cost,tax\n\
        CAF,Café,\"two\nlines\",\"1,234.50\",0.000125,OUTPUT2\nWS,Workstation,,22.00,,OUTPUT2";
    let ask = json!({ "text": text, "preview": true, "account_code": "200" });
    let (status, seen) = app.post(IMPORT, &ask).await;
    assert_eq!(status, 200, "{seen}");
    assert_eq!(
        (&seen["created"], &seen["is_written"]),
        (&json!(2), &json!(false))
    );
    let write = json!({ "text": text, "account_code": "200", "seen": seen["seen"] });
    let (status, done) = app.post(IMPORT, &write).await;
    assert_eq!((status, &done["is_written"]), (200, &json!(true)), "{done}");
    let (_, item) = app.get("/api/v1/catalog-items/CAF").await;
    assert_eq!(
        (
            &item["unit_price"],
            &item["unit_cost"],
            &item["description"]
        ),
        (&json!("1234.5"), &json!("0.000125"), &json!("two\nlines"))
    );
    assert_eq!(audited(&app).await, 3, "each item, and the file");
    let (status, refused) = app.post(IMPORT, &write).await;
    assert_eq!((status, &refused["error"]["code"]), (409, &json!("stale")));
    let again = json!({ "text": text });
    let (_, done) = app.post(IMPORT, &again).await;
    assert_eq!(done["skipped"], 2, "the same twice: {done}");
    let (_, ours) = app.page("/catalog.csv?status=all").await;
    let (_, done) = app.post(IMPORT, &json!({ "text": ours })).await;
    assert_eq!(
        (&done["skipped"], &done["updated"]),
        (&json!(2), &json!(0)),
        "{done}"
    );
    assert_eq!(audited(&app).await, 3, "nothing was written");

    let wrong = "code,name,price,cost,status\n\
        ws,,1234,free,\nWS,Twice,5,,\n,No code,\"1,234\",,\nNEW,,-1,99999999999999999999,gone\n\
        GOOD,Good,5,,";
    let (status, refused) = app.post(IMPORT, &json!({ "text": wrong })).await;
    assert_eq!(
        (status, &refused["error"]["code"]),
        (422, &json!("wrong_rows")),
        "{refused}"
    );
    let cells = cells(&refused);
    for cell in [
        "line 2, cost",
        "line 3, code",
        "line 4, code",
        "line 4, unit_price",
        "line 5, name",
        "line 5, unit_cost",
        "line 6, tax_type",
    ] {
        let cell = cell.replace("line 2, cost", "line 2, unit_cost");
        assert!(cells.contains(&cell.as_str()), "{cell}: {cells:?}");
    }
    assert_eq!(items(&app).await, 2, "nothing of it was written");

    let raised = "code,price\nws,24.50\n";
    let (_, page) = send(&app, raised.as_bytes(), &[]).await;
    assert!(page.contains("unit_price: 22 → 24.5"), "{page}");
    let seen = page.split("name=\"seen\" value=\"").nth(1).unwrap();
    let seen = seen.split('"').next().unwrap();
    let confirm = [("confirm", "yes"), ("seen", seen)];
    let (status, _) = send(&app, raised.as_bytes(), &confirm).await;
    assert_eq!(status, 303);
    let (status, page) = send(&app, raised.as_bytes(), &confirm).await;
    assert_eq!(status, 409);
    assert!(page.contains("look at them again"), "{page}");
    what_is_no_catalog_is_refused(&app).await;
}

async fn what_is_no_catalog_is_refused(app: &TestApp) {
    for (bad, told) in [
        (&b"PK\x03\x04\0\0"[..], "not text"),
        (b"", "there are no rows"),
        (b"name,price\nA,5", "no column for the code"),
        (b"code,sku,price\nA,B,5", "two columns are the code"),
    ] {
        let (status, page) = send(app, bad, &[]).await;
        assert_eq!(status, 422, "{page}");
        assert!(page.contains(told), "{told}: {page}");
    }
}

async fn five_thousand_rows_are_written_once(app: TestApp) {
    let row = |n: u32| format!("C{n},Item {n},,{n}.50,,OUTPUT2\n");
    let text: String = (1..=5_000).map(row).collect();
    let body = json!({ "text": text, "account_code": "200" });
    let (status, done) = app.post(IMPORT, &body).await;
    assert_eq!(
        (status, &done["created"]),
        (200, &json!(5_000)),
        "{}",
        done["error"]
    );
    let (_, done) = app.post(IMPORT, &body).await;
    assert_eq!(
        (&done["skipped"], &done["created"]),
        (&json!(5_000), &json!(0))
    );
    let (_, page) = send(&app, text.as_bytes(), &[]).await;
    assert!(page.contains("4,500 more rows"), "only so many are shown");
    let one_more = json!({ "text": text + "X,Y,,1,,OUTPUT2" });
    assert_eq!(app.post(IMPORT, &one_more).await.0, 422);
}
