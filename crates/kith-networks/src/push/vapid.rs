//! Who we are to a push service (VAPID, RFC 8292): a key of this Kith's own and a signed token for each service.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use url::Url;

use crate::secret::Secret;

/// How long a token holds, in hours; a service refuses more than 24 (RFC 8292 §2).
const TOKEN_H: i64 = 12;

/// The key that signs, and whom a push service may write to about it.
#[derive(Debug)]
pub struct Vapid {
    pair: EcdsaKeyPair,
    contact: String,
    chance: SystemRandom,
}

/// A key that can't be made or read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the key for pushes can't be used")]
pub struct BadKey;

impl Vapid {
    /// A new key, as base64 of PKCS #8: to be sealed and kept for as long as browsers subscribe with it.
    pub fn new_pkcs8() -> Result<Secret, BadKey> {
        let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new()).map_err(|_| BadKey)?;
        Ok(Secret::new(URL_SAFE_NO_PAD.encode(document.as_ref())))
    }

    /// Reads a key. `contact` is a `mailto:` or `https:` address (RFC 8292 §2.1).
    pub fn from_pkcs8(key: &Secret, contact: &str) -> Result<Self, BadKey> {
        let bytes = URL_SAFE_NO_PAD.decode(key.expose()).map_err(|_| BadKey)?;
        let chance = SystemRandom::new();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &bytes, &chance).map_err(|_| BadKey)?;
        Ok(Self { pair, contact: contact.to_owned(), chance })
    }

    /// What a browser needs to subscribe: the public key in base64url.
    pub fn public_key(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.pair.public_key().as_ref())
    }

    /// The `Authorization` header for a push to this endpoint.
    pub(super) fn authorization(&self, endpoint: &Url, now: Timestamp) -> String {
        let head = URL_SAFE_NO_PAD.encode(br#"{"typ":"JWT","alg":"ES256"}"#);
        let ends = now.saturating_add(SignedDuration::from_hours(TOKEN_H)).unwrap_or(now).as_second();
        let claims = serde_json::json!({ "aud": endpoint.origin().ascii_serialization(), "exp": ends, "sub": self.contact });
        let signed = format!("{head}.{}", URL_SAFE_NO_PAD.encode(claims.to_string()));
        // Signing fails only where the system gives no random numbers; the service then refuses, and says so.
        let signature = self.pair.sign(&self.chance, signed.as_bytes()).map(|one| URL_SAFE_NO_PAD.encode(one.as_ref())).unwrap_or_default();
        format!("vapid t={signed}.{signature}, k={}", self.public_key())
    }
}

#[cfg(test)]
pub(super) mod tests {
    use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};

    use super::*;

    /// Fails unless the header is a token for this service, signed by this key, that holds no longer than a day.
    pub(in crate::push) fn assert_proves(authorization: &str, vapid: &Vapid, origin: &str, now: Timestamp) {
        let (token, key) = authorization.strip_prefix("vapid t=").and_then(|rest| rest.split_once(", k=")).unwrap();
        assert_eq!(key, vapid.public_key());
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let key = URL_SAFE_NO_PAD.decode(key).unwrap();
        let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, key).verify(signed.as_bytes(), &signature).unwrap();
        let claims = URL_SAFE_NO_PAD.decode(signed.split_once('.').unwrap().1).unwrap();
        let claims: serde_json::Value = serde_json::from_slice(&claims).unwrap();
        assert_eq!(claims["aud"], origin);
        let left = claims["exp"].as_i64().unwrap() - now.as_second();
        assert!((1..=86_400).contains(&left), "{left}");
    }

    #[test]
    fn a_key_is_the_same_after_it_was_kept() {
        let kept = Vapid::new_pkcs8().unwrap();
        let keys: Vec<_> = (0..2).map(|_| Vapid::from_pkcs8(&kept, "mailto:a@b.example").unwrap().public_key()).collect();
        assert_eq!(keys[0], keys[1]);
        assert!(Vapid::from_pkcs8(&Secret::new("AAAA"), "mailto:a@b.example").is_err());
    }
}
