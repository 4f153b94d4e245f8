//! Secrets at rest: sealed with the installation's key, bound to the row they belong to.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

#[derive(Debug, thiserror::Error)]
pub enum SealError {
    #[error("the secret key must be 32 bytes in base64; `billingone init` makes one")]
    BadKey,
    #[error("a stored secret does not open with this key: was the key or the row exchanged?")]
    Tampered,
}

/// Seals and opens secrets. Holds the key; never prints it.
pub struct Sealer {
    cipher: XChaCha20Poly1305,
    /// The start of every code made with the key; another key than the cipher's own.
    code: Hmac<Sha256>,
}

const NONCE_BYTES: usize = 24;

impl Sealer {
    pub fn from_base64(key: &str) -> Result<Self, SealError> {
        let bytes = Zeroizing::new(
            BASE64_STANDARD
                .decode(key.trim())
                .map_err(|_| SealError::BadKey)?,
        );
        let cipher = XChaCha20Poly1305::new_from_slice(&bytes).map_err(|_| SealError::BadKey)?;
        let mut derived = Hmac::<Sha256>::new_from_slice(&bytes).map_err(|_| SealError::BadKey)?;
        derived.update(b"billingone codes");
        let derived: Zeroizing<[u8; 32]> = Zeroizing::new(derived.finalize().into_bytes().into());
        let code =
            Hmac::<Sha256>::new_from_slice(derived.as_slice()).map_err(|_| SealError::BadKey)?;
        Ok(Self { cipher, code })
    }

    /// What follows from a message for whoever holds the key, and for nobody else.
    pub fn code(&self, message: &[u8]) -> [u8; 32] {
        let mut code = self.code.clone();
        code.update(message);
        code.finalize().into_bytes().into()
    }

    /// `place` names the row and column; the secret opens nowhere else.
    pub fn seal(&self, place: &str, nonce: [u8; NONCE_BYTES], secret: &[u8]) -> Vec<u8> {
        let payload = Payload {
            msg: secret,
            aad: place.as_bytes(),
        };
        let mut sealed = nonce.to_vec();
        // Encryption fails only for messages of 256 GiB.
        sealed.extend(
            self.cipher
                .encrypt(&XNonce::from(nonce), payload)
                .unwrap_or_default(),
        );
        sealed
    }

    pub fn open(&self, place: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let (nonce, message) = sealed
            .split_first_chunk::<NONCE_BYTES>()
            .ok_or(SealError::Tampered)?;
        let payload = Payload {
            msg: message,
            aad: place.as_bytes(),
        };
        let opened = self.cipher.decrypt(&XNonce::from(*nonce), payload);
        opened.map(Zeroizing::new).map_err(|_| SealError::Tampered)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_opens_only_where_it_was_sealed() {
        let sealer = Sealer::from_base64(&BASE64_STANDARD.encode([7; 32])).unwrap();
        let sealed = sealer.seal("connection/1", [1; 24], b"token");
        assert_eq!(
            sealer.open("connection/1", &sealed).unwrap().as_slice(),
            b"token"
        );
        assert!(sealer.open("connection/2", &sealed).is_err());
        assert!(sealer.open("connection/1", &sealed[..10]).is_err());
    }
}
