//! Wrong passwords one after another, for an address that somebody has or that nobody has: the time
//! must not tell which.

use std::time::Instant;

use anyhow::{Result, ensure};
use billingone::{
    fault::Fault,
    features::sign_in::{self, Origin, Password},
};
use serde_json::{Value, json};

use crate::{place, said};

const GUESSES: usize = 100;

pub async fn guess(url: &str, unknown: bool) -> Result<Value> {
    let place = place::open_to_guesses(url).await?;
    let email = if unknown {
        "nobody@example.com"
    } else {
        "owner@example.com"
    };
    let origin = Origin {
        user_agent: "a guesser".to_owned(),
        address: "192.0.2.1".to_owned(),
        kind: "web",
    };
    let mut started = Instant::now();
    for n in 0..place::WARM_UP + GUESSES {
        if n == place::WARM_UP {
            started = Instant::now();
        }
        let password = Password::typed("wrong wrong wrong".to_owned());
        let answer = sign_in::sign_in(&place.app, email, password, &origin).await;
        ensure!(
            matches!(answer, Err(Fault::Invalid { .. })),
            "it was looked at"
        );
    }
    let took = started.elapsed();
    place.app.db.close().await;
    Ok(said(took, json!({ "guesses": GUESSES })))
}
