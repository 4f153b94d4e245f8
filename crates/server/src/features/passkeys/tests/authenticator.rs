//! A device with one passkey, in software, that can also be made to lie.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use ring::{
    digest::{SHA256, digest},
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _},
};
use serde_json::{Value, json};

pub struct Authenticator {
    pair: EcdsaKeyPair,
    credential: Vec<u8>,
    pub handle: String,
    /// What it will sign as its counter.
    pub count: u32,
    pub origin: String,
    pub rp_id: String,
    /// Present and verified.
    pub flags: u8,
    pub is_forger: bool,
}

pub fn encoded(bytes: &[u8]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

impl Authenticator {
    pub fn new(origin: &str) -> Self {
        let random = SystemRandom::new();
        let algorithm = &ECDSA_P256_SHA256_ASN1_SIGNING;
        let key = EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(algorithm, key.as_ref(), &random).unwrap();
        let credential = digest(&SHA256, pair.public_key().as_ref())
            .as_ref()
            .to_vec();
        Self {
            pair,
            credential,
            handle: String::new(),
            count: 1,
            origin: origin.to_owned(),
            rp_id: "localhost".to_owned(),
            flags: 0b101,
            is_forger: false,
        }
    }

    fn client_data(&self, act: &str, options: &Value) -> Vec<u8> {
        let data = json!({
            "type": act, "challenge": options["challenge"], "origin": self.origin,
            "crossOrigin": false,
        });
        data.to_string().into_bytes()
    }

    fn statement(&self, flags: u8) -> Vec<u8> {
        let mut data = digest(&SHA256, self.rp_id.as_bytes()).as_ref().to_vec();
        data.push(flags);
        data.extend(self.count.to_be_bytes());
        data
    }

    fn cose(&self) -> Vec<u8> {
        let point = self.pair.public_key().as_ref();
        let mut key = hex::decode("a5010203262001215820").unwrap();
        key.extend(&point[1..33]);
        key.extend(hex::decode("225820").unwrap());
        key.extend(&point[33..]);
        key
    }

    fn credential(&self, response: &Value) -> Value {
        json!({
            "id": encoded(&self.credential), "rawId": encoded(&self.credential),
            "type": "public-key", "clientExtensionResults": {}, "response": response,
        })
    }

    /// As `navigator.credentials.create` answers.
    pub fn create(&mut self, options: &Value) -> Value {
        options["user"]["id"]
            .as_str()
            .unwrap()
            .clone_into(&mut self.handle);
        let mut data = self.statement(self.flags | 0b100_0000);
        data.extend([0; 16]);
        data.extend(u16::try_from(self.credential.len()).unwrap().to_be_bytes());
        data.extend(&self.credential);
        data.extend(self.cose());
        // {"fmt": "none", "attStmt": {}, "authData": …}
        let mut object =
            hex::decode("a363666d74646e6f6e656761747453746d74a0686175746844617461").unwrap();
        object.extend([0x58, u8::try_from(data.len()).unwrap()]);
        object.extend(data);
        let client_data = self.client_data("webauthn.create", options);
        self.credential(&json!({
            "clientDataJSON": encoded(&client_data),
            "attestationObject": encoded(&object),
        }))
    }

    /// As `navigator.credentials.get` answers.
    pub fn get(&self, options: &Value) -> Value {
        let data = self.statement(self.flags);
        let client_data = self.client_data("webauthn.get", options);
        let mut signed = data.clone();
        signed.extend(digest(&SHA256, &client_data).as_ref());
        if self.is_forger {
            signed.push(0);
        }
        let signature = self.pair.sign(&SystemRandom::new(), &signed).unwrap();
        self.credential(&json!({
            "clientDataJSON": encoded(&client_data),
            "authenticatorData": encoded(&data),
            "signature": encoded(signature.as_ref()),
            "userHandle": self.handle,
        }))
    }
}
