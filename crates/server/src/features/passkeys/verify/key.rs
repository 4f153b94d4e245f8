//! A passkey's public key (COSE, RFC 9052) and whether it signed something. ES256, EdDSA and RS256:
//! what the devices of this decade make.

use ring::signature::{
    ECDSA_P256_SHA256_ASN1, ED25519, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents,
    UnparsedPublicKey,
};

use super::{Flaw, cbor, cbor::Value};

/// As offered to devices, the best first.
pub const ALGORITHMS: [i64; 3] = [ES256, EDDSA, RS256];
const ES256: i64 = -7;
const EDDSA: i64 = -8;
const RS256: i64 = -257;

// Labels of COSE: what a number in the map means.
const KIND: i64 = 1;
const ALGORITHM: i64 = 3;
const CURVE: i64 = -1;
const X: i64 = -2;
const Y: i64 = -3;
const MODULUS: i64 = -1;
const EXPONENT: i64 = -2;

const OKP: i64 = 1;
const EC2: i64 = 2;
const RSA: i64 = 3;
const P256: i64 = 1;
const ED25519_CURVE: i64 = 6;

/// A key of a kind we can check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PublicKey {
    /// The point, uncompressed.
    P256([u8; 65]),
    Ed25519([u8; 32]),
    Rsa {
        modulus: Vec<u8>,
        exponent: Vec<u8>,
    },
}

impl PublicKey {
    /// Reads a stored or attested key.
    pub fn read(bytes: &[u8]) -> Result<Self, Flaw> {
        let (map, rest) = cbor::read(bytes).map_err(|_| Flaw::Key)?;
        if rest.is_empty() {
            Self::of(&map)
        } else {
            Err(Flaw::Key)
        }
    }

    pub fn of(map: &Value) -> Result<Self, Flaw> {
        let whole = |label| map.numbered(label).and_then(Value::whole).ok_or(Flaw::Key);
        let bytes = |label| map.numbered(label).and_then(Value::bytes).ok_or(Flaw::Key);
        let sized = |label| <[u8; 32]>::try_from(bytes(label)?).map_err(|_| Flaw::Key);
        match (whole(KIND)?, whole(ALGORITHM)?) {
            (EC2, ES256) if whole(CURVE)? == P256 => {
                let mut point = [4; 65];
                let (_, numbers) = point.split_at_mut(1);
                let (x, y) = numbers.split_at_mut(32);
                x.copy_from_slice(&sized(X)?);
                y.copy_from_slice(&sized(Y)?);
                Ok(Self::P256(point))
            }
            (OKP, EDDSA) if whole(CURVE)? == ED25519_CURVE => Ok(Self::Ed25519(sized(X)?)),
            (RSA, RS256) => Ok(Self::Rsa {
                modulus: bytes(MODULUS)?.to_vec(),
                exponent: bytes(EXPONENT)?.to_vec(),
            }),
            _ => Err(Flaw::Key),
        }
    }

    pub fn check(&self, message: &[u8], signature: &[u8]) -> Result<(), Flaw> {
        let checked = match self {
            Self::P256(point) => {
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point).verify(message, signature)
            }
            Self::Ed25519(point) => {
                UnparsedPublicKey::new(&ED25519, point).verify(message, signature)
            }
            Self::Rsa { modulus, exponent } => RsaPublicKeyComponents {
                n: modulus,
                e: exponent,
            }
            .verify(&RSA_PKCS1_2048_8192_SHA256, message, signature),
        };
        checked.map_err(|_| Flaw::Signature)
    }
}

#[cfg(test)]
mod tests {
    use ring::{
        rand::SystemRandom,
        signature::{Ed25519KeyPair, KeyPair as _},
    };

    use super::*;

    #[test]
    fn a_signature_by_ed25519_is_checked() {
        let pair = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
        let pair = Ed25519KeyPair::from_pkcs8(pair.as_ref()).unwrap();
        let mut cose = hex::decode("a401010327200621").unwrap();
        cose.extend([0x58, 32]);
        cose.extend(pair.public_key().as_ref());
        let key = PublicKey::read(&cose).unwrap();
        let signature = pair.sign(b"a message");
        assert_eq!(key.check(b"a message", signature.as_ref()), Ok(()));
        let wrong = key.check(b"another", signature.as_ref());
        assert_eq!(wrong, Err(Flaw::Signature));
    }

    #[test]
    fn keys_that_cannot_be_checked_are_refused() {
        for (what, cose) in [
            ("nothing", ""),
            ("no map", "01"),
            ("an algorithm we do not know", "a2010203382e"),
            ("a curve we do not know", "a30102032620022158"),
            ("half a point", "a4010203262001214101"),
            ("a key of one algorithm that says another", "a3010303262001"),
        ] {
            let cose = hex::decode(cose).unwrap();
            assert_eq!(PublicKey::read(&cose), Err(Flaw::Key), "{what}");
        }
    }
}
