//! Instants as the protocol writes them: RFC 3339 and ISO 8601 at once, always with a zone.

use jiff::Timestamp;

/// An instant as we write it: milliseconds and `Z`, the form that the specification prefers.
pub(crate) fn datetime(at: Timestamp) -> String {
    format!("{at:.3}")
}

/// Reads an instant; `None` for what the protocol does not allow, or what is no instant on the clock.
pub(crate) fn instant(text: &str) -> Option<Timestamp> {
    let (date, rest) = text.split_once('T')?;
    let zone_at = rest.find(['Z', '+', '-'])?;
    let (time, zone) = rest.split_at(zone_at);
    let (clock, fraction) = time.split_once('.').map_or((time, None), |(clock, fraction)| (clock, Some(fraction)));
    let digits = |part: &str, like: &str| {
        part.len() == like.len() && part.bytes().zip(like.bytes()).all(|(b, l)| if l == b'0' { b.is_ascii_digit() } else { b == l })
    };
    let is_zone = zone == "Z" || (zone != "-00:00" && (digits(zone, "+00:00") || digits(zone, "-00:00")));
    let is_fraction = fraction.is_none_or(|f| (1..=20).contains(&f.len()) && f.bytes().all(|b| b.is_ascii_digit()));
    if !(digits(date, "0000-00-00") && digits(clock, "00:00:00") && is_zone && is_fraction) {
        return None;
    }
    let nanos: String = fraction.unwrap_or("0").chars().take(9).collect();
    let at: Timestamp = format!("{date}T{clock}.{nanos}{zone}").parse().ok()?;
    (at.as_second() >= YEAR_ZERO_S).then_some(at)
}

/// 0000-01-01T00:00:00Z; what is before has no four-digit year.
const YEAR_ZERO_S: i64 = -62_167_219_200;
