//! A feed's hub (WebSub): asked to tell of changes, and how it proves that it is the one who tells.
//!
//! <https://www.w3.org/TR/websub/> (read 2026-11). What a hub sends is never read as the feed: it only says that it is
//! time to ask the feed itself.

use std::time::Duration;

use ring::hmac;
use url::Url;

use super::FeedError;
use crate::http::NetClient;

/// How long a hub is asked to tell, in seconds: ten days, as most hubs give (2026-11).
pub const LEASE_S: u32 = 10 * 24 * 60 * 60;
/// Deadline of asking a hub, in seconds.
const DEADLINE_S: u64 = 10;
/// Largest answer of a hub that is read, in bytes.
const ANSWER_BYTES_MAX: usize = 16 * 1024;

/// What a hub is asked.
#[derive(Debug, Clone, Copy)]
pub struct Wish<'a> {
    /// The feed as the hub knows it.
    pub topic: &'a str,
    /// Where it is to tell.
    pub callback: &'a str,
    /// What it signs with.
    pub secret: &'a str,
}

/// Asks a hub to tell of changes. That it took the question says nothing yet: it asks back at the callback.
pub async fn subscribe(http: &NetClient, hub: &Url, wish: Wish<'_>) -> Result<(), FeedError> {
    let lease = LEASE_S.to_string();
    let form = [
        ("hub.mode", "subscribe"),
        ("hub.topic", wish.topic),
        ("hub.callback", wish.callback),
        ("hub.secret", wish.secret),
        ("hub.lease_seconds", lease.as_str()),
    ];
    let request = http.post(hub.clone()).form(&form).deadline(Duration::from_secs(DEADLINE_S)).limit(ANSWER_BYTES_MAX);
    let answer = request.send().await.map_err(|error| FeedError::Later { why: error.to_string(), after_s: None })?;
    if answer.is_success() {
        return Ok(());
    }
    let host = hub.host_str().unwrap_or("the hub");
    Err(FeedError::NotThere(format!("{host} answered {}", answer.status.as_u16())))
}

/// Whether `header` (`X-Hub-Signature`) is the secret's for this body. The methods are those that WebSub names.
pub fn is_signed(secret: &str, header: &str, body: &[u8]) -> bool {
    let Some((method, hex)) = header.trim().split_once('=') else { return false };
    let method = match method.to_ascii_lowercase().as_str() {
        "sha1" => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
        "sha256" => hmac::HMAC_SHA256,
        "sha384" => hmac::HMAC_SHA384,
        "sha512" => hmac::HMAC_SHA512,
        _ => return false,
    };
    let Some(signature) = bytes(hex) else { return false };
    hmac::verify(&hmac::Key::new(method, secret.as_bytes()), body, &signature).is_ok()
}

/// The bytes of a hexadecimal text.
fn bytes(hex: &str) -> Option<Vec<u8>> {
    if !hex.is_ascii() || !hex.len().is_multiple_of(2) {
        return None;
    }
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(hex.get(at..at + 2)?, 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4231, test case 2, and RFC 2202, test case 2.
    #[test]
    fn a_signature_holds_for_its_secret_and_body_alone() {
        let (secret, body) = ("Jefe", b"what do ya want for nothing?".as_slice());
        let sha256 = "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert!(is_signed(secret, sha256, body));
        assert!(is_signed(secret, "sha1=effcdf6ae5eb2fa2d27416d5f184df9c259a7c79", body));
        assert!(!is_signed("jefe", sha256, body));
        assert!(!is_signed(secret, sha256, b"what do ya want"));
        for wrong in ["", "sha256", "sha256=", "sha256=zz", "sha256=5b", "md5=750c783e6ab0b503eaa86e310a5db738", "sha256=ä"] {
            assert!(!is_signed(secret, wrong, body), "{wrong}");
        }
    }
}
