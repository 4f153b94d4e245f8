//! The project's tokens: by whom they are signed, and what they say.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{Algorithm, AlgorithmFamily, DecodingKey, decode_header, jwk::Jwk};
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::Mutex;
use uuid::Uuid;

use super::{Project, Refusal};
use crate::{
    app::App,
    fault::Fault,
    http::tokens::{self, Disbelief, Method},
};

/// As Supabase lets its keys be kept.
const KEPT: TimeDelta = TimeDelta::minutes(10);
/// Whoever makes up names of keys has us ask the project no oftener.
const PAUSE: TimeDelta = TimeDelta::seconds(30);

/// What a token of the project says.
#[derive(Debug, Clone, Deserialize)]
pub struct Theirs {
    pub sub: Uuid,
    /// Unix seconds.
    pub exp: i64,
    pub session_id: Uuid,
    #[serde(default)]
    pub aal: String,
    /// How the person was recognised, newest first.
    #[serde(default)]
    pub amr: Vec<Method>,
}

/// The project's public keys as they were last read.
#[derive(Default)]
pub struct Keys(Mutex<Option<Read>>);

struct Read {
    at: DateTime<Utc>,
    keys: HashMap<String, DecodingKey>,
}

/// What a token says, if the project signed it for whoever is signed in, and it has not expired.
/// Whether its session still stands is for the caller to ask.
pub async fn believed(app: &App, token: &str) -> Result<Result<Theirs, Disbelief>, Fault> {
    let Ok(header) = decode_header(token) else {
        return Ok(Err(Disbelief::Forged));
    };
    let is_allowed = matches!(header.alg, Algorithm::ES256 | Algorithm::RS256);
    let Some(kid) = header.kid.filter(|_| is_allowed) else {
        return Ok(Err(Disbelief::Forged));
    };
    let Some(key) = key(app, &kid).await? else {
        return Ok(Err(Disbelief::Forged));
    };
    let issuer = app.config.auth.supabase.issuer();
    let Some(claims) = tokens::claims_of::<Theirs>(token, &key, header.alg, &issuer) else {
        return Ok(Err(Disbelief::Forged));
    };
    if claims.exp <= app.clock.wall_now().timestamp() {
        return Ok(Err(Disbelief::Expired));
    }
    Ok(Ok(claims))
}

async fn key(app: &App, kid: &str) -> Result<Option<DecodingKey>, Fault> {
    let mut kept = app.project_keys.0.lock().await;
    let now = app.clock.wall_now();
    if let Some(read) = &*kept {
        let age = now - read.at;
        let known = read.keys.get(kid).cloned();
        let is_enough = if known.is_some() {
            age < KEPT
        } else {
            age < PAUSE
        };
        if is_enough && age >= TimeDelta::zero() {
            return Ok(known);
        }
    }
    let Some(project) = Project::of(app) else {
        return Ok(None);
    };
    let keys = read(project).await?.map_err(Refusal::into_fault)?;
    let found = keys.get(kid).cloned();
    *kept = Some(Read { at: now, keys });
    Ok(found)
}

/// The keys that tokens may be signed by; none where the project still signs with a shared secret.
async fn read(
    project: Project<'_>,
) -> Result<Result<HashMap<String, DecodingKey>, Refusal>, Fault> {
    let published = project.keys().await?;
    Ok(published.map(|published| {
        let all = published.get("keys").and_then(Value::as_array);
        let all = all.into_iter().flatten();
        all.filter_map(usable).collect()
    }))
}

/// What is no key of a kind we believe is passed over: a project may publish others beside it.
fn usable(key: &Value) -> Option<(String, DecodingKey)> {
    let jwk: Jwk = serde_json::from_value(key.clone()).ok()?;
    let kid = jwk.common.key_id.clone()?;
    let key = DecodingKey::from_jwk(&jwk).ok()?;
    let is_public = matches!(key.family(), AlgorithmFamily::Ec | AlgorithmFamily::Rsa);
    is_public.then_some((kid, key))
}

/// How many keys of the project tokens may be signed by.
pub async fn count(project: Project<'_>) -> Result<Result<usize, Refusal>, Fault> {
    Ok(read(project).await?.map(|keys| keys.len()))
}

#[cfg(test)]
mod tests {
    use jsonwebtoken::{Algorithm, DecodingKey};
    use serde_json::json;

    use super::{Theirs, usable};
    use crate::http::tokens;

    /// Made by OpenSSL.
    const MODULUS: &str = "4NrMOSCu6Nyz203JFeEqs2FW8BoiHxAiuwRWxpbfBIwelxDypcJVmxDdPY2iSA-vWT2O49Bm\
        0BLOgkvf3K0pRoZmiu8O4ItGUWhY0nwq4eySCVj96PvrWeZyPyQtuPRJqzmzxg-XVVIIFOmuuuqyTnAUHibOMJe2yxF7\
        g9aeKxejDaPwiDxoGxh6YXOg9LVH5-AhJZXsYI9BuCU82vpQ0aXCrT3lfyA3NO4jurk3T4K9-rgeQhK361qUp8HeElfK\
        GsKg-MtRSpyR9J5HzV2uAiu0G9v6fUf9S95pwx7fZ9pZ4PM4b9zYbYhLf9FnlR0y3YFXUMrDZOyUwvofuLoypQ";
    const TOKEN: &str = "eyJhbGciOiAiUlMyNTYiLCAidHlwIjogIkpXVCIsICJraWQiOiAicnNhLTEifQ.eyJpc3MiOiAi\
        aHR0cHM6Ly9hYmMuc3VwYWJhc2UuY28vYXV0aC92MSIsICJhdWQiOiAiYXV0aGVudGljYXRlZCIsICJzdWIiOiAiMDAw\
        MDAwMDAtMDAwMC0wMDAwLTAwMDAtMDAwMDAwMDAwMDAxIiwgImV4cCI6IDEsICJzZXNzaW9uX2lkIjogIjAwMDAwMDAw\
        LTAwMDAtMDAwMC0wMDAwLTAwMDAwMDAwMDAwMiIsICJhYWwiOiAiYWFsMSIsICJhbXIiOiBbeyJtZXRob2QiOiAicGFz\
        c3dvcmQiLCAidGltZXN0YW1wIjogMX1dfQ.RyC_taEjfRy0qm1gXXpvTWVYzGyKjkp4HSTXe8PrHVkpZO6bBf_nxg3Ek\
        lLeFf_DlYgngY6sBxHeqsTqEKw1hMrmiatU37qSkExYuQag_q7hchKdPffYG3xwtUbHQvLYA3fSXP9FL5-g-ZnnOBKil\
        r5KlZXKyJkJ_pDHKBXQ0seTmiIIRFiDjqFkpWOACjD0t_nrSGrh6NYfeNIz5nXwUs51vSVjyS9NIn2SbSXU9oO2OUhlX\
        jGCT07A5ZomBsoj7nIctDprf4MNSpF58BJg_YHfeYWfthrXLZKh6vClUJw9vesXGoxxFlOOQ05ihTL0_JynuZHdEgsHg\
        7QHzHfA_A";
    const ISSUER: &str = "https://abc.supabase.co/auth/v1";

    fn rsa() -> DecodingKey {
        let key = json!({ "kty": "RSA", "alg": "RS256", "use": "sig", "kid": "rsa-1",
            "n": MODULUS, "e": "AQAB" });
        let (name, key) = usable(&key).unwrap();
        assert_eq!(name, "rsa-1");
        key
    }

    fn claims(token: &str, key: &DecodingKey, algorithm: Algorithm) -> Option<Theirs> {
        tokens::install();
        tokens::claims_of(token, key, algorithm, ISSUER)
    }

    #[test]
    fn a_project_may_sign_with_rsa() {
        let claims = claims(TOKEN, &rsa(), Algorithm::RS256).unwrap();
        assert_eq!(claims.sub.as_u128(), 1);
        assert_eq!(claims.session_id.as_u128(), 2);
        assert_eq!(claims.aal, "aal1");
    }

    #[test]
    fn one_letter_more_or_less_is_another_signature() {
        let (message, signature) = TOKEN.rsplit_once('.').unwrap();
        let changed = format!("{message}.{}", signature.replacen("RyC", "RyD", 1));
        assert!(claims(&changed, &rsa(), Algorithm::RS256).is_none());
        assert!(claims(TOKEN, &rsa(), Algorithm::ES256).is_none());
        let secret = DecodingKey::from_secret(MODULUS.as_bytes());
        assert!(claims(TOKEN, &secret, Algorithm::HS256).is_none());
        let other = "https://abd.supabase.co/auth/v1";
        let elsewhere = tokens::claims_of::<Theirs>(TOKEN, &rsa(), Algorithm::RS256, other);
        assert!(elsewhere.is_none());
    }

    #[test]
    fn what_is_no_public_key_is_passed_over() {
        for other in [
            json!({ "kty": "oct", "k": "c2VjcmV0", "kid": "shared" }),
            json!({ "kty": "RSA", "n": MODULUS, "e": "AQAB" }),
            json!({ "kty": "new", "kid": "x" }),
            json!("none"),
        ] {
            assert!(usable(&other).is_none(), "{other}");
        }
    }
}
