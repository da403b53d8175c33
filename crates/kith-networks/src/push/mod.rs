//! Web Push: one short message to one browser, sealed so that the push service in between can't read it.
//!
//! The browser names a push service (RFC 8030) and gives a key; the message is encrypted to that key (RFC 8291) and we
//! say who we are with a key of our own (VAPID, RFC 8292). The endpoint is an address that a browser gave us, so it is
//! reached by the one client like any other address of a stranger.

mod vapid;

use std::fmt;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use url::Url;
use web_push_native::p256::PublicKey;

pub use vapid::{BadKey, Vapid};

use crate::http::{NetClient, NetError, StatusCode};

/// Longest message in bytes: a push service must take a body of 4,096 (RFC 8030 §7.2), of which RFC 8291 takes 103.
pub const MESSAGE_BYTES_MAX: usize = 3_993;
/// Longest address of a push service, in bytes; those of the large browsers are below 600.
const ENDPOINT_BYTES_MAX: usize = 2_048;
/// Deadline of one push in seconds.
const PUSH_S_MAX: u64 = 10;
/// Most that is read of the answer, in bytes: a reason.
const ANSWER_BYTES_MAX: usize = 2_048;

/// A browser that wants to hear, as its `PushSubscription` says.
#[derive(Clone)]
pub struct Subscriber {
    endpoint: Url,
    key: PublicKey,
    auth: [u8; 16],
}

/// What became of a push.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pushed {
    /// The push service has it.
    Accepted,
    /// The browser does not listen any more: forget it (RFC 8030 §7.3).
    Gone,
    /// Not now; not before this span, where the service said one.
    Later(Option<SignedDuration>),
    /// The service refused for a reason that waiting does not change.
    Refused(String),
}

/// A subscription that can't be used: which part, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the browser's {part} can't be used: {why}")]
pub struct BadSubscriber {
    /// `endpoint`, `key` or `auth`.
    pub part: &'static str,
    /// Why.
    pub why: String,
}

impl Subscriber {
    /// Reads what `PushSubscription.toJSON()` gave: an address and two keys in base64url.
    pub fn parse(endpoint: &str, key: &str, auth: &str) -> Result<Self, BadSubscriber> {
        let bad = |part, why: &str| BadSubscriber { part, why: why.to_owned() };
        if endpoint.len() > ENDPOINT_BYTES_MAX {
            return Err(bad("endpoint", "it is too long"));
        }
        let endpoint = Url::parse(endpoint).map_err(|error| bad("endpoint", &error.to_string()))?;
        let decode = |text: &str| URL_SAFE_NO_PAD.decode(text.trim_end_matches('='));
        let key = decode(key).map_err(|error| bad("key", &error.to_string()))?;
        let key = PublicKey::from_sec1_bytes(&key).map_err(|_| bad("key", "it is no point on P-256"))?;
        let auth = decode(auth).map_err(|error| bad("auth", &error.to_string()))?;
        let auth = <[u8; 16]>::try_from(auth).map_err(|_| bad("auth", "it is not 16 bytes"))?;
        Ok(Self { endpoint, key, auth })
    }

    /// Where the push service takes messages for it.
    pub fn endpoint(&self) -> &Url {
        &self.endpoint
    }
}

impl fmt::Debug for Subscriber {
    /// The address is a capability: only its host is shown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Subscriber({})", self.endpoint.host_str().unwrap_or("?"))
    }
}

/// Pushes one message. `keeps` is how long the service may hold it for a browser that sleeps.
pub async fn push(
    http: &NetClient,
    vapid: &Vapid,
    to: &Subscriber,
    message: &[u8],
    keeps: SignedDuration,
    now: Timestamp,
) -> Result<Pushed, NetError> {
    if message.len() > MESSAGE_BYTES_MAX {
        return Ok(Pushed::Refused(format!("{} bytes; a push takes {MESSAGE_BYTES_MAX}", message.len())));
    }
    let Ok(sealed) = web_push_native::encrypt(message.to_vec(), &to.key, &to.auth.into()) else {
        return Ok(Pushed::Refused("the message could not be sealed to the browser's key".to_owned()));
    };
    let answer = http
        .post(to.endpoint.clone())
        .header("ttl", &keeps.as_secs().max(0).to_string())
        .header("urgency", "high")
        .header("content-encoding", "aes128gcm")
        .header("authorization", &vapid.authorization(&to.endpoint, now))
        .bytes("application/octet-stream", Bytes::from(sealed))
        .deadline(Duration::from_secs(PUSH_S_MAX))
        .limit(ANSWER_BYTES_MAX)
        .glance()
        .await?;
    Ok(match answer.status {
        status if status.is_success() => Pushed::Accepted,
        StatusCode::NOT_FOUND | StatusCode::GONE => Pushed::Gone,
        StatusCode::TOO_MANY_REQUESTS => Pushed::Later(answer.wait(now)),
        status if status.is_server_error() => Pushed::Later(answer.wait(now)),
        status => Pushed::Refused(format!("{status}: {}", answer.text().trim())),
    })
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use axum::Router;
    use axum::body::Bytes;
    use axum::http::HeaderMap;
    use axum::routing::post;
    use web_push_native::p256::SecretKey;
    use web_push_native::p256::elliptic_curve::sec1::ToEncodedPoint as _;

    use super::*;
    use crate::http::Policy;

    type Heard = Arc<Mutex<Vec<(HeaderMap, Bytes)>>>;

    /// A push service on this machine, and a browser that subscribed to it.
    async fn service(status: u16) -> (String, Heard, SecretKey, Subscriber) {
        let heard = Heard::default();
        let keep = heard.clone();
        let app = Router::new().route(
            "/push/{id}",
            post(move |headers: HeaderMap, body: Bytes| async move {
                keep.lock().unwrap().push((headers, body));
                (axum::http::StatusCode::from_u16(status).unwrap(), [("retry-after", "30")], "because")
            }),
        );
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await });
        // Any number below the curve's order is a key.
        let secret = SecretKey::from_slice(&[7; 32]).unwrap();
        let key = URL_SAFE_NO_PAD.encode(secret.public_key().to_encoded_point(false).as_bytes());
        let subscriber = Subscriber::parse(&format!("{origin}/push/x"), &key, &URL_SAFE_NO_PAD.encode([9; 16])).unwrap();
        (origin, heard, secret, subscriber)
    }

    fn client() -> NetClient {
        NetClient::new(Policy { allow_private: true }).unwrap()
    }

    #[tokio::test]
    async fn only_the_browser_can_read_what_was_pushed_and_the_service_knows_who_sent_it() {
        let (origin, heard, secret, to) = service(201).await;
        let vapid = Vapid::from_pkcs8(&Vapid::new_pkcs8().unwrap(), "mailto:mara@hollinclay.example").unwrap();
        let now: Timestamp = "2026-11-22T21:00:00Z".parse().unwrap();
        let pushed = push(&client(), &vapid, &to, b"{\"title\":\"Jo waits\"}", SignedDuration::from_hours(4), now).await.unwrap();
        assert_eq!(pushed, Pushed::Accepted);
        let (headers, body) = heard.lock().unwrap().pop().unwrap();
        assert_eq!((headers["ttl"].to_str().unwrap(), headers["content-encoding"].to_str().unwrap()), ("14400", "aes128gcm"));
        assert!(!body.windows(2).any(|two| two == b"Jo"), "the service can't read it");
        let read = web_push_native::decrypt(body.to_vec(), &secret, &[9; 16].into()).unwrap();
        assert_eq!(read, b"{\"title\":\"Jo waits\"}");
        let authorization = headers["authorization"].to_str().unwrap();
        vapid::tests::assert_proves(authorization, &vapid, &origin, now);
    }

    #[tokio::test]
    async fn a_browser_that_left_is_told_from_a_service_that_is_busy() {
        let vapid = Vapid::from_pkcs8(&Vapid::new_pkcs8().unwrap(), "mailto:a@b.example").unwrap();
        for (status, expected) in [
            (410, Pushed::Gone),
            (404, Pushed::Gone),
            (429, Pushed::Later(Some(SignedDuration::from_secs(30)))),
            (503, Pushed::Later(Some(SignedDuration::from_secs(30)))),
            (403, Pushed::Refused("403 Forbidden: because".into())),
        ] {
            let (_, _, _, to) = service(status).await;
            let pushed = push(&client(), &vapid, &to, b"x", SignedDuration::from_hours(1), Timestamp::UNIX_EPOCH).await.unwrap();
            assert_eq!(pushed, expected, "{status}");
        }
    }

    #[tokio::test]
    async fn a_push_service_on_our_own_network_is_refused() {
        let (_, heard, _, to) = service(201).await;
        let vapid = Vapid::from_pkcs8(&Vapid::new_pkcs8().unwrap(), "mailto:a@b.example").unwrap();
        let closed = NetClient::new(Policy::default()).unwrap();
        assert!(push(&closed, &vapid, &to, b"x", SignedDuration::from_hours(1), Timestamp::UNIX_EPOCH).await.is_err());
        assert!(heard.lock().unwrap().is_empty());
    }

    #[test]
    fn what_no_browser_gives_is_refused_by_its_part() {
        let auth = URL_SAFE_NO_PAD.encode([9; 16]);
        assert_eq!(Subscriber::parse("not an address", "", &auth).unwrap_err().part, "endpoint");
        assert_eq!(Subscriber::parse("https://push.example/x", "AAAA", &auth).unwrap_err().part, "key");
        let key = URL_SAFE_NO_PAD.encode(SecretKey::from_slice(&[7; 32]).unwrap().public_key().to_encoded_point(false).as_bytes());
        assert_eq!(Subscriber::parse("https://push.example/x", &key, "AAAA").unwrap_err().part, "auth");
    }
}
