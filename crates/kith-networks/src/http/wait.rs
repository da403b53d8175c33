//! How long a server asks us to wait, in the dialects in use.
//!
//! `Retry-After` is seconds or a date (RFC 9110, 10.2.3). Without it, a reset header tells when the counter starts
//! anew: Mastodon writes an instant (`X-RateLimit-Reset: 2026-11-22T10:05:00Z`), Bluesky seconds since 1970
//! (`RateLimit-Reset`), the IETF draft seconds from now. A reset counts only where the counter is used up.

use jiff::fmt::rfc2822;
use jiff::{SignedDuration, Timestamp};

use super::HeaderMap;

/// Longest wait that is believed, in hours: Bluesky's daily limit is the longest in use (2026-11).
pub const WAIT_MAX_H: i64 = 24;

/// Numbers above this are seconds since 1970, below it seconds from now.
const SINCE_EPOCH_S_MIN: i64 = 1_000_000_000;

/// The wait that the headers ask for, from 0 to `WAIT_MAX_H`, or `None` if they ask for none.
pub fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<SignedDuration> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let asked = text("retry-after").and_then(|value| span(value, now));
    asked.or_else(|| {
        ["x-ratelimit", "ratelimit"].into_iter().find_map(|family| {
            let is_used_up = text(&format!("{family}-remaining")).is_none_or(|left| left == "0");
            let reset = text(&format!("{family}-reset")).filter(|_| is_used_up)?;
            span(reset, now)
        })
    })
}

fn span(value: &str, now: Timestamp) -> Option<SignedDuration> {
    let span = if let Ok(seconds) = value.parse::<i64>() {
        let from_now = if seconds >= SINCE_EPOCH_S_MIN { seconds - now.as_second() } else { seconds };
        SignedDuration::from_secs(from_now)
    } else {
        let at = value.parse::<Timestamp>().ok().or_else(|| rfc2822::DateTimeParser::new().parse_timestamp(value).ok())?;
        at.duration_since(now)
    };
    Some(span.clamp(SignedDuration::ZERO, SignedDuration::from_hours(WAIT_MAX_H)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::{HeaderName, HeaderValue};

    type Case = (&'static [(&'static str, &'static str)], Option<i64>);

    #[test]
    fn every_dialect_is_understood() {
        let now: Timestamp = "2026-11-22T10:00:00Z".parse().unwrap();
        let table: [Case; 12] = [
            (&[("retry-after", "300")], Some(300)),
            (&[("retry-after", "0")], Some(0)),
            (&[("retry-after", "-5")], Some(0)),
            (&[("retry-after", "Sun, 22 Nov 2026 10:02:00 GMT")], Some(120)),
            (&[("retry-after", "Sun, 22 Nov 2026 09:00:00 GMT")], Some(0)),
            (&[("retry-after", "soon")], None),
            (&[("retry-after", "99999999")], Some(24 * 3_600)),
            (&[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "2026-11-22T10:05:00.123Z")], Some(300)),
            (&[("x-ratelimit-remaining", "12"), ("x-ratelimit-reset", "2026-11-22T10:05:00Z")], None),
            (&[("ratelimit-remaining", "0"), ("ratelimit-reset", "1795341660")], Some(60)),
            (&[("ratelimit-reset", "45")], Some(45)),
            (&[], None),
        ];
        for (pairs, expected) in table {
            let mut headers = HeaderMap::new();
            for (name, value) in pairs {
                headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
            }
            assert_eq!(retry_after(&headers, now).map(|wait| wait.as_secs()), expected, "{pairs:?}");
        }
    }
}
