//! The keys that sign access tokens: the newest signs, older ones are believed until every token
//! by them has expired, so that a rotation signs nobody out.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use jsonwebtoken::{DecodingKey, EncodingKey};
use ring::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _},
};
use serde::Serialize;

use crate::{
    app::App,
    db::{At, SigningKeyId, Tx, sql},
    fault::Fault,
};

/// A key with its private half.
pub struct SigningKey {
    pub id: SigningKeyId,
    pub private: EncodingKey,
}

#[derive(sqlx::FromRow)]
struct PrivateRow {
    id: SigningKeyId,
    sealed_private: Vec<u8>,
}

#[derive(sqlx::FromRow)]
struct PublicRow {
    id: SigningKeyId,
    public_key: Vec<u8>,
}

/// A public key as clients look it up.
#[derive(Debug, Serialize)]
pub struct Jwk {
    kty: &'static str,
    crv: &'static str,
    alg: &'static str,
    #[serde(rename = "use")]
    used_for: &'static str,
    key_ops: [&'static str; 1],
    ext: bool,
    kid: String,
    x: String,
    y: String,
}

fn place(id: SigningKeyId) -> String {
    format!("signing_key/{id}")
}

/// The key that signs; the first is made where there is none.
pub async fn signing(app: &App, tx: &mut Tx) -> Result<SigningKey, Fault> {
    let newest: Option<PrivateRow> = sql("select id, sealed_private from signing_key \
         where retired_at is null order by created_at desc, id desc limit 1")
    .optional(tx)
    .await?;
    let Some(row) = newest else {
        return make(app, tx).await;
    };
    let private = app.sealer.open(&place(row.id), &row.sealed_private);
    let private = private.map_err(Fault::internal)?;
    Ok(SigningKey {
        id: row.id,
        private: EncodingKey::from_ec_der(&private),
    })
}

/// Makes a key that signs from now on and retires those before it.
pub async fn rotate(app: &App, tx: &mut Tx) -> Result<SigningKeyId, Fault> {
    sql("update signing_key set retired_at = $1 where retired_at is null")
        .bind(At(app.clock.wall_now()))
        .run(tx)
        .await?;
    Ok(make(app, tx).await?.id)
}

async fn make(app: &App, tx: &mut Tx) -> Result<SigningKey, Fault> {
    let random = SystemRandom::new();
    let broken = || Fault::internal(anyhow::anyhow!("a signing key could not be made"));
    let curve = &ECDSA_P256_SHA256_FIXED_SIGNING;
    let pkcs8 = EcdsaKeyPair::generate_pkcs8(curve, &random).map_err(|_| broken())?;
    let pair = EcdsaKeyPair::from_pkcs8(curve, pkcs8.as_ref(), &random).map_err(|_| broken())?;
    let id = app.new_id();
    let sealed = app
        .sealer
        .seal(&place(id), app.random_bytes(), pkcs8.as_ref());
    sql(
        "insert into signing_key (id, sealed_private, public_key, created_at) \
         values ($1, $2, $3, $4)",
    )
    .bind(id)
    .bind(sealed)
    .bind(pair.public_key().as_ref().to_vec())
    .bind(At(app.clock.wall_now()))
    .run(tx)
    .await?;
    Ok(SigningKey {
        id,
        private: EncodingKey::from_ec_der(pkcs8.as_ref()),
    })
}

/// The public half of a key: a point on P-256, uncompressed.
pub async fn public_half(tx: &mut Tx, id: SigningKeyId) -> Result<Vec<u8>, Fault> {
    Ok(sql("select public_key from signing_key where id = $1")
        .bind(id)
        .value(tx)
        .await?)
}

/// The public halves of every key there was, newest first; none before something was signed.
pub async fn public_halves(tx: &mut Tx) -> Result<Vec<Vec<u8>>, Fault> {
    Ok(
        sql("select public_key from signing_key order by created_at desc, id desc")
            .values(tx)
            .await?,
    )
}

/// Keys whose tokens may still be valid.
async fn believed(app: &App, tx: &mut Tx) -> Result<Vec<PublicRow>, Fault> {
    let life = TimeDelta::seconds(i64::from(app.config.sign_in.access_token_seconds));
    let rows = sql("select id, public_key from signing_key \
         where retired_at is null or retired_at > $1 order by created_at, id")
    .bind(At(app.clock.wall_now() - life))
    .all(tx)
    .await?;
    Ok(rows)
}

/// The public half of the key that a token names, if tokens by it are still believed.
pub async fn public(app: &App, tx: &mut Tx, kid: &str) -> Result<Option<DecodingKey>, Fault> {
    let keys = believed(app, tx).await?.into_iter();
    let mut named = keys.filter(|key| key.id.0.to_string() == kid);
    let named = named.next();
    Ok(named.map(|key| DecodingKey::from_ec_der(&key.public_key)))
}

/// All of them, for clients that check tokens themselves.
pub async fn published(app: &App, tx: &mut Tx) -> Result<Vec<Jwk>, Fault> {
    Ok(believed(app, tx).await?.iter().filter_map(jwk).collect())
}

fn jwk(row: &PublicRow) -> Option<Jwk> {
    let (_, point) = row.public_key.split_first()?;
    let (x, y) = point.split_at_checked(32)?;
    Some(Jwk {
        kty: "EC",
        crv: "P-256",
        alg: "ES256",
        used_for: "sig",
        key_ops: ["verify"],
        ext: true,
        kid: row.id.0.to_string(),
        x: BASE64_URL_SAFE_NO_PAD.encode(x),
        y: BASE64_URL_SAFE_NO_PAD.encode(y),
    })
}
