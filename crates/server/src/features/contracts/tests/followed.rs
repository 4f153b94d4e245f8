//! The subscriptions that lines follow.

use serde_json::json;

use super::{connect, contract, groundwork, subscription};
use crate::{
    db::sql,
    features::contracts::store::{Followed, followed_changes, followed_subscriptions},
    testing::{TestApp, on_both_engines},
};

on_both_engines!(TestApp::start => few_and_many_are_the_same);

/// Many are read by the lines that follow them, few by their ids.
async fn few_and_many_are_the_same(app: TestApp) {
    groundwork(&app).await;
    let pax8 = connect(&app, "pax8").await;
    let ids = ["sub-1", "sub-2"];
    for id in ids.into_iter().chain(["sub-3"]) {
        subscription(&app, pax8, id, 10, "2026-02-01").await;
    }
    let mut tx = app.app.db.write(app.org).await.unwrap();
    sql("insert into subscription_event \
           (org_id, subscription_id, happened_at, quantity, unit_price, unit_cost, status) \
         select org_id, id, 1, quantity, unit_price, unit_cost, status from subscription \
         where org_id = $1")
    .bind(app.org)
    .run(&mut tx)
    .await
    .unwrap();
    tx.commit().await.unwrap();
    let mut followed = contract();
    followed["lines"][0]["quantity"] = json!({ "source": "subscription", "subscriptions": ids });
    assert_eq!(app.post("/api/v1/contracts", &followed).await.0, 201);

    let mut tx = app.app.db.read(app.org).await.unwrap();
    let mut seen = Vec::new();
    for which in [Followed::These(&ids), Followed::ByAnyLine] {
        let rows = followed_subscriptions(&mut tx, app.org, which)
            .await
            .unwrap();
        let mut names: Vec<String> = rows.into_iter().map(|row| row.external_id).collect();
        names.sort();
        assert_eq!(names, ids);
        let changes = followed_changes(&mut tx, app.org, which).await.unwrap();
        let mut of: Vec<_> = changes
            .iter()
            .map(|change| change.subscription_id.0)
            .collect();
        of.sort();
        seen.push(of);
    }
    assert_eq!(seen[0].len(), 2);
    assert_eq!(seen[0], seen[1]);
}
