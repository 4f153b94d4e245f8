//! A stolen refresh token against its owner's: whoever comes first, afterwards neither has a session.

use std::path::PathBuf;

use serde_json::Value;

use super::{refresh, session, text, user};
use crate::{
    db::sql,
    testing::{TestApp, on_both_engines},
};

on_both_engines!(TestApp::start => no_descendant_outlives_a_reuse);

/// `cargo xtask prove` runs a thousand.
fn races() -> usize {
    if std::env::var_os("BILLINGONE_PROVE").is_some() {
        1_000
    } else {
        12
    }
}

async fn no_descendant_outlives_a_reuse(app: TestApp) {
    let races = races();
    let mut outlived = 0;
    for race in 0..races {
        outlived += usize::from(!ends_for_all(&app, race).await);
    }
    let engine = app.app.db.engine();
    let line = format!("{engine:?}: {outlived} of {races} families outlived a reuse\n");
    report(&format!("refresh_{engine:?}.txt").to_lowercase(), &line);
    assert_eq!(outlived, 0, "of {races}");
}

/// One race: the second token is exchanged while the first is used again. True when nothing that
/// anybody then holds works.
async fn ends_for_all(app: &TestApp, race: usize) -> bool {
    let first = session(app).await;
    let (status, second) = refresh(app, text(&first, "refresh_token")).await;
    assert_eq!(status, 200, "{second}");
    let stolen = text(&first, "refresh_token").to_owned();
    make_old(app).await;
    let owner = refresh(app, text(&second, "refresh_token"));
    let thief = refresh(app, &stolen);
    let ((_, of_owner), (status, of_thief)) = if race.is_multiple_of(2) {
        tokio::join!(owner, thief)
    } else {
        let (thief, owner) = tokio::join!(thief, owner);
        (owner, thief)
    };
    assert_ne!(status, 200, "{of_thief}");
    // Who lost against the other on the database is told to ask again, and does.
    if status == 409 {
        let (again, _) = refresh(app, &stolen).await;
        assert_eq!(again, 400);
    }
    for held in [&first, &second, &of_owner] {
        if works(app, held).await {
            return false;
        }
    }
    true
}

/// Whether either token of an answer still opens anything.
async fn works(app: &TestApp, held: &Value) -> bool {
    let access = text(held, "access_token");
    let renewal = text(held, "refresh_token");
    let opens = !access.is_empty() && user(app, access).await.0 == 200;
    let renews = !renewal.is_empty() && refresh(app, renewal).await.0 == 200;
    opens || renews
}

async fn make_old(app: &TestApp) {
    let mut tx = app.app.db.write_global().await.unwrap();
    sql("update refresh_token set used_at = used_at - 60000000 where used_at is not null")
        .run(&mut tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

fn report(file: &str, line: &str) {
    if let Some(folder) = std::env::var_os("BILLINGONE_TEST_REPORTS").map(PathBuf::from) {
        std::fs::write(folder.join(file), line).unwrap();
    }
}
