//! Hashtags that trend where a channel lives, asked for when a rule would set a tag there (X4).
//!
//! Whoever writes a tag by hand means it; a series or a feed that sets one by rule must not ride on what is talked about.
//! What a server does not say is not known, and holds nothing.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use kith_domain::ids::ChannelId;
use kith_store::ChannelRow;

use crate::kith::Kith;

/// How long an answer holds, in seconds; what could not be read is asked for again sooner.
const GOOD_FOR_S: i64 = 3_600;
const BAD_FOR_S: i64 = 300;
/// Channels whose tags are remembered; beyond, all are forgotten.
const REMEMBERED_MAX: usize = 1_000;

/// Tags in lower case without the sign, by the channel's name.
pub(super) type Trending = BTreeMap<String, BTreeSet<String>>;

/// What trended lately.
#[derive(Debug, Default)]
pub(crate) struct TrendsSeen(Mutex<HashMap<ChannelId, Trended>>);

/// What was answered when, and for how many seconds that holds.
#[derive(Debug)]
struct Trended {
    at: Timestamp,
    for_s: i64,
    tags: BTreeSet<String>,
}

impl TrendsSeen {
    fn fresh(&self, channel: ChannelId, now: Timestamp) -> Option<BTreeSet<String>> {
        let seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = seen.get(&channel)?;
        (0..known.for_s).contains(&now.duration_since(known.at).as_secs()).then(|| known.tags.clone())
    }

    fn note(&self, channel: ChannelId, now: Timestamp, for_s: i64, tags: BTreeSet<String>) {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.len() >= REMEMBERED_MAX {
            seen.clear();
        }
        seen.insert(channel, Trended { at: now, for_s, tags });
    }
}

impl Kith {
    /// What trends on these channels; asked for where it is not known, if `ask`.
    pub(super) async fn trending_on<'c>(&self, channels: impl Iterator<Item = &'c ChannelRow>, ask: bool) -> Trending {
        let now = self.now();
        let mut all = Trending::new();
        for channel in channels {
            if let Some(tags) = self.0.trends.fresh(channel.id, now) {
                all.insert(channel.name.clone(), tags);
            } else if ask {
                let tags = self.ask_for_trends(channel, now).await;
                let for_s = if tags.is_some() { GOOD_FOR_S } else { BAD_FOR_S };
                let tags = tags.unwrap_or_default();
                self.0.trends.note(channel.id, now, for_s, tags.clone());
                all.insert(channel.name.clone(), tags);
            }
        }
        all
    }
}
