//! A write through the JSON API: one transaction, which also remembers the answer under the
//! caller's `Idempotency-Key`.

use axum::{
    Json,
    body::Bytes,
    extract::FromRequestParts,
    http::{StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use chrono::TimeDelta;
use serde::Serialize;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq as _;

use super::Who;
use crate::{
    app::App,
    db::{Tx, sql},
    failpoint,
    fault::Fault,
};

/// Answers are kept this long.
const KEPT: TimeDelta = TimeDelta::days(30);
const LONGEST_KEY: usize = 128;

/// The caller's key, if one was sent, and the hash of what it was sent with.
#[derive(Debug, Clone)]
pub struct IdempotencyKey(Option<String>);

impl FromRequestParts<App> for IdempotencyKey {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Fault> {
        let Some(value) = parts.headers.get("idempotency-key") else {
            return Ok(Self(None));
        };
        let key = value
            .to_str()
            .ok()
            .filter(|key| !key.is_empty() && key.len() <= LONGEST_KEY);
        let key = key.ok_or_else(|| {
            Fault::invalid(
                "bad_idempotency_key",
                "Idempotency-Key takes 1 to 128 ASCII characters",
            )
        })?;
        // The method and path belong to what was asked, beside the body.
        Ok(Self(Some(format!(
            "{} {} {key}",
            parts.method,
            parts.uri.path()
        ))))
    }
}

/// A begun write. `finish` commits it together with the remembered answer.
pub struct Write {
    pub tx: Tx,
    kept: Option<(String, Vec<u8>)>,
    who: Who,
}

/// Either go on, or send the answer that was given before.
pub enum Begun {
    New(Box<Write>),
    Replayed(Response),
}

impl Write {
    /// Begins a write by `who`; `body` is what the key must always come with.
    ///
    /// # Errors
    /// 422 when the key was used with another body.
    pub async fn begin(
        app: &App,
        who: &Who,
        key: &IdempotencyKey,
        body: &[u8],
    ) -> Result<Begun, Fault> {
        let mut tx = app.db.write(who.org).await?;
        let Some(key) = key.0.clone() else {
            return Ok(Begun::New(Box::new(Self {
                tx,
                kept: None,
                who: who.clone(),
            })));
        };
        let hash = Sha256::digest(body).to_vec();
        let earlier: Option<(Vec<u8>, i64, Vec<u8>)> =
            sql("select request_hash, status, body from idempotency \
             where org_id = $1 and person_id = $2 and key = $3 and created_at > $4")
            .bind(who.org)
            .bind(who.person)
            .bind(&key)
            .bind(app.now() - KEPT)
            .optional(&mut tx)
            .await?;
        match earlier {
            None => Ok(Begun::New(Box::new(Self {
                tx,
                kept: Some((key, hash)),
                who: who.clone(),
            }))),
            Some((then, status, body)) if bool::from(then.ct_eq(&hash)) => {
                Ok(Begun::Replayed(replayed(status, body)))
            }
            Some(_) => Err(Fault::invalid(
                "idempotency_key_reused",
                "this Idempotency-Key was used with another body; take a new key",
            )),
        }
    }

    /// Commits, remembering the answer, and sends it.
    pub async fn finish<T: Serialize>(
        mut self,
        app: &App,
        status: StatusCode,
        answer: &T,
    ) -> Result<Response, Fault> {
        if let Some((key, hash)) = self.kept.take() {
            sql("insert into idempotency \
                 (org_id, person_id, key, request_hash, status, body, created_at) \
                 values ($1, $2, $3, $4, $5, $6, $7) \
                 on conflict (org_id, person_id, key) do update set \
                 request_hash = excluded.request_hash, status = excluded.status, \
                 body = excluded.body, created_at = excluded.created_at")
            .bind(self.who.org)
            .bind(self.who.person)
            .bind(key)
            .bind(hash)
            .bind(i64::from(status.as_u16()))
            .bind(serde_json::to_vec(answer)?)
            .bind(app.now())
            .run(&mut self.tx)
            .await?;
        }
        failpoint::reach("write.before_commit");
        self.tx.commit().await?;
        failpoint::reach("write.before_answer");
        Ok((status, Json(answer)).into_response())
    }
}

fn replayed(status: i64, body: Vec<u8>) -> Response {
    let status = u16::try_from(status)
        .ok()
        .and_then(|code| StatusCode::from_u16(code).ok());
    let headers = [
        (header::CONTENT_TYPE.as_str(), "application/json"),
        ("idempotent-replayed", "true"),
    ];
    (status.unwrap_or(StatusCode::OK), headers, Bytes::from(body)).into_response()
}
