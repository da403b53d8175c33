//! Hubs of feeds (WebSub): they tell Kith of news at once, where it has an address that they can reach.
//!
//! A feed that names a hub is still asked every half hour; a hub only makes it sooner. Its address at Kith holds a secret,
//! what it tells is signed, and none of it is believed: it only brings the next asking of the feed forward.

use jiff::{SignedDuration, Timestamp};
use kith_domain::ids::{SourceId, WorkspaceId};
use kith_networks::Secret;
use kith_networks::feed::hub::{self, LEASE_S, Wish};
use kith_store::{PlanChange, SaveError, SourceChange, SourceRow};
use serde::{Deserialize, Serialize};
use url::{Host, Url};

use super::{Definition, KIND, definition, json, save};
use crate::kith::Kith;
use crate::plan::hex;
use crate::problem::{Problem, from_store, internal};

/// The path under which hubs reach this Kith; a feed's own name follows.
pub const HUB_PATH: &str = "/feeds/hub/";
/// A hub that did not confirm is asked again after so many hours.
const AGAIN_H: i64 = 6;
/// A lease is renewed so many hours before its end.
const RENEW_BEFORE_H: i64 = 24;
/// How long a hub may take to ask back, in hours.
const CONFIRM_WITHIN_H: i64 = 24;
/// Longest lease that is believed, in days; it is asked for anew after that.
const LEASE_DAYS_MAX: i64 = 30;
/// Longest challenge that is given back, in bytes.
const CHALLENGE_BYTES_MAX: usize = 1_024;
/// Shortest time between two askings of a feed that its hub brings about, in seconds.
const WAKE_PAUSE_S: i64 = 60;
/// Calls of hubs in a minute, of all feeds together; more are turned away before anything is read.
const CALLS_A_MINUTE_MAX: u32 = 120;

/// What is agreed with a hub, as it is stored with the feed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Agreed {
    hub: String,
    topic: String,
    /// Sealed: the secret part of the callback, and what the hub signs with.
    sealed: String,
    #[serde(default)]
    asked_at: Option<Timestamp>,
    /// The hub tells until then.
    #[serde(default)]
    until: Option<Timestamp>,
}

#[derive(Serialize, Deserialize)]
struct Secrets {
    token: String,
    key: String,
}

/// What a hub asks at a feed's callback.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct HubAsks {
    #[serde(rename = "hub.mode", default)]
    mode: String,
    #[serde(rename = "hub.topic", default)]
    topic: String,
    #[serde(rename = "hub.challenge", default)]
    challenge: String,
    #[serde(rename = "hub.lease_seconds", default)]
    lease_seconds: Option<String>,
}

/// The calls of this minute.
#[derive(Debug, Default)]
pub(crate) struct HubCalls(std::sync::Mutex<Option<(Timestamp, u32)>>);

impl HubCalls {
    fn may(&self, now: Timestamp) -> bool {
        let mut calls = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let (since, count) = calls.filter(|(since, _)| (0..60).contains(&now.duration_since(*since).as_secs())).unwrap_or((now, 0));
        *calls = Some((since, count.saturating_add(1)));
        count < CALLS_A_MINUTE_MAX
    }
}

impl Definition {
    /// Takes note of the hub that the feed names now, or of none.
    pub(super) fn note_hub(&mut self, named: Option<&(Url, Url)>) {
        let same = |agreed: &Agreed| named.is_some_and(|(hub, topic)| agreed.hub == hub.as_str() && agreed.topic == topic.as_str());
        if self.hub.as_ref().is_some_and(same) {
            return;
        }
        self.hub = named.map(|(hub, topic)| Agreed {
            hub: hub.to_string(),
            topic: topic.to_string(),
            sealed: String::new(),
            asked_at: None,
            until: None,
        });
    }
}

impl Agreed {
    fn is_due(&self, now: Timestamp) -> bool {
        let rested = self.asked_at.is_none_or(|at| now.duration_since(at) >= SignedDuration::from_hours(AGAIN_H) || at > now);
        let ends = self.until.is_none_or(|until| until.duration_since(now) < SignedDuration::from_hours(RENEW_BEFORE_H));
        rested && ends
    }
}

impl Kith {
    /// Asks a feed's hub to tell of news, if it is time. Trouble is no reason to stop: the feed is asked as ever.
    pub(super) async fn tend_hub(&self, row: &SourceRow) -> Result<(), Problem> {
        let (mut definition, now) = (definition(row)?, self.now());
        let Some(mut agreed) = definition.hub.clone().filter(|agreed| agreed.is_due(now)) else { return Ok(()) };
        let (Some(base), Ok(hub)) = (public(self.public_url()), Url::parse(&agreed.hub)) else { return Ok(()) };
        if agreed.sealed.is_empty() {
            let secrets = Secrets { token: hex(&self.chance().bytes::<32>()), key: hex(&self.chance().bytes::<32>()) };
            let clear = serde_json::to_string(&secrets).map_err(|error| internal(&error.to_string()))?;
            let sealed = self.0.keys.seal(&row_name(row), &Secret::new(clear), self.chance());
            agreed.sealed = sealed.map_err(|error| internal(&error.to_string()))?;
        }
        agreed.asked_at = Some(now);
        let secrets = self.hub_secrets(row, &agreed)?;
        // First it is stored: the hub may ask back before it answers.
        definition.hub = Some(agreed.clone());
        self.set_source(row.workspace, SourceRow { definition: json(&definition)?, ..row.clone() }, now).await?;
        let callback = format!("{base}{HUB_PATH}{}.{}.{}", row.workspace, row.id, secrets.token);
        let wish = Wish { topic: &agreed.topic, callback: &callback, secret: &secrets.key };
        if let Err(error) = hub::subscribe(&self.0.http, &hub, wish).await {
            tracing::info!(feed = row.name, %error, "a feed's hub did not take the question; the feed is asked every half hour as before");
        }
        Ok(())
    }

    /// A hub asks whether it is to tell of this feed. The answer is its challenge.
    ///
    /// # Errors
    /// `NotThere` for what Kith did not ask for, `NotNow` for too many calls.
    pub async fn hub_asks(&self, name: &str, asks: &HubAsks) -> Result<String, Problem> {
        let now = self.now();
        let (row, mut definition, mut agreed, _) = self.agreed_callback(name, now).await?;
        let lately = agreed.asked_at.is_some_and(|at| now.duration_since(at).abs() < SignedDuration::from_hours(CONFIRM_WITHIN_H));
        match asks.mode.as_str() {
            "subscribe" if asks.topic == agreed.topic && lately && (1..=CHALLENGE_BYTES_MAX).contains(&asks.challenge.len()) => {
                let lease = asks.lease_seconds.as_deref().and_then(|text| text.trim().parse().ok()).unwrap_or(i64::from(LEASE_S));
                agreed.until = Some(now + SignedDuration::from_secs(lease.clamp(0, LEASE_DAYS_MAX * 24 * 60 * 60)));
            }
            "denied" => agreed.until = None,
            _ => return Err(nothing()),
        }
        definition.hub = Some(agreed);
        self.set_source(row.workspace, SourceRow { definition: json(&definition)?, ..row }, now).await?;
        Ok(asks.challenge.clone())
    }

    /// A hub tells of news. Signed as agreed, it brings the next asking of the feed forward; else nothing happens. Returns
    /// whether it did.
    ///
    /// # Errors
    /// `NotThere` for an address that no hub was given, `NotNow` for too many calls.
    pub async fn hub_tells(&self, name: &str, signature: &str, body: &[u8]) -> Result<bool, Problem> {
        let now = self.now();
        let (row, mut definition, agreed, secrets) = self.agreed_callback(name, now).await?;
        if agreed.until.is_none() || !hub::is_signed(&secrets.key, signature, body) {
            return Ok(false);
        }
        if definition.next_at <= now || !self.0.hub_woken.due(row.id, now, SignedDuration::from_secs(WAKE_PAUSE_S)) {
            return Ok(false);
        }
        definition.next_at = now;
        let change = PlanChange {
            sources: vec![SourceChange::Set(SourceRow { definition: json(&definition)?, ..row.clone() })],
            ..PlanChange::default()
        };
        match self.store().in_workspace(row.workspace).change_plan(&change, now).await {
            Ok(()) => Ok(true),
            // It is being read this moment.
            Err(SaveError::Fenced) => Ok(false),
            Err(error) => Err(save(error)),
        }
    }

    /// The feed whose callback this is.
    async fn agreed_callback(&self, name: &str, now: Timestamp) -> Result<(SourceRow, Definition, Agreed, Secrets), Problem> {
        if !self.0.hub_calls.may(now) {
            return Err(Problem::NotNow("too many calls; try again in a minute".into()));
        }
        let mut pieces = name.splitn(3, '.');
        let (Some(workspace), Some(source), Some(token)) = (pieces.next(), pieces.next(), pieces.next()) else { return Err(nothing()) };
        let (Ok(workspace), Ok(source)) = (workspace.parse::<WorkspaceId>(), source.parse::<SourceId>()) else { return Err(nothing()) };
        let row = self.store().in_workspace(workspace).source(source).await.map_err(from_store)?;
        let row = row.filter(|row| row.kind == KIND && row.ended_at.is_none()).ok_or_else(nothing)?;
        let definition = definition(&row)?;
        let agreed = definition.hub.clone().filter(|agreed| !agreed.sealed.is_empty()).ok_or_else(nothing)?;
        let secrets = self.hub_secrets(&row, &agreed)?;
        // Hashes are compared, so that how long it takes says nothing of the token.
        if hex(secrets.token.as_bytes()) != hex(token.as_bytes()) {
            return Err(nothing());
        }
        Ok((row, definition, agreed, secrets))
    }

    fn hub_secrets(&self, row: &SourceRow, agreed: &Agreed) -> Result<Secrets, Problem> {
        let clear = self.0.keys.open_sealed(&row_name(row), &agreed.sealed).map_err(|error| internal(&error.to_string()))?;
        serde_json::from_str(clear.expose()).map_err(|_| internal("a feed's secrets can't be read"))
    }
}

fn row_name(row: &SourceRow) -> String {
    format!("feed/{}/{}", row.workspace, row.id)
}

fn nothing() -> Problem {
    Problem::NotThere("no hub was given this address".into())
}

/// The address of this Kith if hubs can reach it: https, and a name or address that is out in the world.
fn public(address: &str) -> Option<&str> {
    let url = Url::parse(address).ok().filter(|url| url.scheme() == "https")?;
    let is_public = match url.host()? {
        Host::Domain(name) => name.contains('.') && !["localhost", "local", "internal", "lan"].iter().any(|end| name.ends_with(end)),
        Host::Ipv4(v4) => kith_networks::http::is_public(v4.into()),
        Host::Ipv6(v6) => kith_networks::http::is_public(v6.into()),
    };
    is_public.then_some(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hub_is_given_an_address_only_where_it_can_reach_it() {
        for (address, expected) in [
            ("https://kith.lark.example", true),
            ("http://kith.lark.example", false),
            ("https://localhost:8443", false),
            ("https://printer.local", false),
            ("https://192.168.1.4", false),
            ("https://kith", false),
        ] {
            assert_eq!(public(address).is_some(), expected, "{address}");
        }
    }

    #[test]
    fn more_calls_than_a_minute_allows_are_turned_away_until_the_next() {
        let (calls, at) = (HubCalls::default(), |s| Timestamp::from_second(s).unwrap());
        assert!((0..CALLS_A_MINUTE_MAX).all(|_| calls.may(at(0))));
        assert!(!calls.may(at(59)));
        assert!(calls.may(at(60)));
        assert!(calls.may(at(30)), "a clock that went back locks nobody out");
    }

    #[test]
    fn a_lease_is_renewed_a_day_before_its_end_and_a_silent_hub_asked_again_after_hours() {
        let at = |hours: i64| Timestamp::from_second(1_000_000 + hours * 3_600).unwrap();
        let agreed = |asked_at, until| Agreed { hub: String::new(), topic: String::new(), sealed: String::new(), asked_at, until };
        assert!(agreed(None, None).is_due(at(0)));
        assert!(!agreed(Some(at(0)), None).is_due(at(5)));
        assert!(agreed(Some(at(0)), None).is_due(at(6)));
        assert!(!agreed(Some(at(0)), Some(at(240))).is_due(at(215)));
        assert!(agreed(Some(at(0)), Some(at(240))).is_due(at(217)));
    }
}
