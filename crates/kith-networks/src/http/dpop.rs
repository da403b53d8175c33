//! Proof of possession (DPoP, RFC 9449): a token that is worth nothing without the key that signs each request.
//!
//! `Request::dpop` signs method and address of one request; the answer's nonce is kept per server and key for the next
//! one, in memory alone, because servers change theirs every few minutes. Where our clock and the server's are far
//! apart, the proof is dated by the server's, as its last answer told it: it would refuse any other.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::fmt::rfc2822;
use jiff::{SignedDuration, Timestamp};
use ring::rand::{SecureRandom as _, SystemRandom};
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use url::Url;

use super::{Answer, Method};
use crate::secret::Secret;

/// Servers and keys whose nonce is kept; with more, all are asked for anew.
const NONCES_MAX: usize = 1_000;
/// Longest nonce that is sent back, in bytes.
const NONCE_BYTES_MAX: usize = 1_000;
/// Clocks that differ by less are the same, in seconds.
const SKEW_S_MIN: i64 = 30;
/// Bytes of chance in a proof's own name, which no other proof may have.
const NAME_BYTES: usize = 16;

/// A key that signs proofs: ES256, one for each sign-in.
#[derive(Debug)]
pub struct DpopKey {
    pair: EcdsaKeyPair,
    chance: SystemRandom,
}

/// A key that can't be made or read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the key of this sign-in can't be used")]
pub struct BadDpopKey;

impl DpopKey {
    /// A new key, as base64 of PKCS #8: to be sealed beside the tokens that are bound to it.
    pub fn new_pkcs8() -> Result<Secret, BadDpopKey> {
        let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new()).map_err(|_| BadDpopKey)?;
        Ok(Secret::new(URL_SAFE_NO_PAD.encode(document.as_ref())))
    }

    /// Reads a key.
    pub fn from_pkcs8(text: &str) -> Result<Self, BadDpopKey> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| BadDpopKey)?;
        let chance = SystemRandom::new();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &bytes, &chance).map_err(|_| BadDpopKey)?;
        Ok(Self { pair, chance })
    }

    /// The public half as a JSON Web Key (RFC 7518, 6.2): the point's two halves of 32 bytes, after one that says "uncompressed".
    pub fn public_jwk(&self) -> Value {
        let point = self.pair.public_key().as_ref();
        let half = |range| URL_SAFE_NO_PAD.encode(point.get(range).unwrap_or_default());
        json!({ "kty": "EC", "crv": "P-256", "x": half(1..33), "y": half(33..65) })
    }

    /// Signs a head and claims as a JSON Web Token.
    pub fn sign(&self, head: &Value, claims: &Value) -> Result<String, BadDpopKey> {
        let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(head.to_string()), URL_SAFE_NO_PAD.encode(claims.to_string()));
        let signature = self.pair.sign(&self.chance, signed.as_bytes()).map_err(|_| BadDpopKey)?;
        Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature.as_ref())))
    }

    /// A name that nothing else has (`jti`).
    pub fn name(&self) -> Result<String, BadDpopKey> {
        let mut bytes = [0; NAME_BYTES];
        self.chance.fill(&mut bytes).map_err(|_| BadDpopKey)?;
        Ok(URL_SAFE_NO_PAD.encode(bytes))
    }

    /// A proof for one request. `token`: the access token that goes with it.
    fn proof(&self, method: &Method, url: &Url, token: Option<&str>, known: &Known, now: Timestamp) -> Result<String, BadDpopKey> {
        let head = json!({ "typ": "dpop+jwt", "alg": "ES256", "jwk": self.public_jwk() });
        let mut claims = json!({
            "jti": self.name()?,
            "htm": method.as_str(),
            "htu": format!("{}{}", url.origin().ascii_serialization(), url.path()),
            "iat": now.saturating_add(known.ahead).unwrap_or(now).as_second(),
        });
        if let Some(nonce) = &known.nonce {
            claims["nonce"] = json!(nonce);
        }
        if let Some(token) = token {
            claims["ath"] = json!(URL_SAFE_NO_PAD.encode(Sha256::digest(token.as_bytes())));
        }
        self.sign(&head, &claims)
    }
}

/// What a server last told a key.
#[derive(Debug, Clone, Default)]
struct Known {
    nonce: Option<String>,
    /// By how much its clock is ahead of ours.
    ahead: SignedDuration,
}

/// A server's origin and the public half of a key.
type Place = (String, Vec<u8>);

/// Whose answer teaches what: a server's origin, a key, and when it was asked.
#[derive(Debug, Clone)]
pub(super) struct Lesson {
    of: Place,
    asked_at: Timestamp,
}

/// What servers told, in memory.
#[derive(Debug, Clone, Default)]
pub(super) struct Nonces(Arc<Mutex<HashMap<Place, Known>>>);

impl Nonces {
    /// The proof of a request, and where what its answer teaches belongs.
    pub(super) fn prove(
        &self,
        key: &DpopKey,
        method: &Method,
        url: &Url,
        token: Option<&str>,
        now: Timestamp,
    ) -> Result<(String, Lesson), BadDpopKey> {
        let of = (url.origin().ascii_serialization(), key.pair.public_key().as_ref().to_vec());
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&of).cloned().unwrap_or_default();
        Ok((key.proof(method, url, token, &known, now)?, Lesson { of, asked_at: now }))
    }

    /// Keeps what an answer tells. An answer from elsewhere, after a redirect, teaches nothing.
    pub(super) fn learn(&self, lesson: Lesson, answer: &Answer) {
        if answer.url.origin().ascii_serialization() != lesson.of.0 {
            return;
        }
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= NONCES_MAX && !all.contains_key(&lesson.of) {
            all.clear();
        }
        let known = all.entry(lesson.of).or_default();
        if let Some(nonce) = answer.header("dpop-nonce").filter(|nonce| nonce.len() <= NONCE_BYTES_MAX) {
            known.nonce = Some(nonce.to_owned());
        }
        if let Some(date) = answer.header("date").and_then(|text| rfc2822::DateTimeParser::new().parse_timestamp(text).ok()) {
            let ahead = date.duration_since(lesson.asked_at);
            known.ahead = if ahead.abs() < SignedDuration::from_secs(SKEW_S_MIN) { SignedDuration::ZERO } else { ahead };
        }
    }
}

/// Whether a server did nothing but ask for another proof: with its new nonce, or by its clock.
pub fn wants_another_proof(answer: &Answer) -> bool {
    #[derive(Deserialize)]
    struct Named {
        error: String,
    }
    const NAMES: [&str; 2] = ["use_dpop_nonce", "invalid_dpop_proof"];
    let by_header = || answer.header("www-authenticate").is_some_and(|text| NAMES.iter().any(|name| text.contains(name)));
    let by_body = || answer.json::<Named>().is_ok_and(|named| NAMES.contains(&named.error.as_str()));
    matches!(answer.status.as_u16(), 400 | 401) && (by_body() || by_header())
}

#[cfg(test)]
#[path = "dpop_tests.rs"]
mod tests;
