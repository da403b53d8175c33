//! What trends where a channel lives, asked of its own server.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;
use kith_store::ChannelRow;

use super::call::Line;
use crate::kith::Kith;

/// Longest wait for one server, in seconds of the world.
const ASKED_S: u64 = 10;

impl Kith {
    /// Hashtags in lower case without the sign; `None` if the server did not say.
    pub(crate) async fn ask_for_trends(&self, channel: &ChannelRow, now: Timestamp) -> Option<BTreeSet<String>> {
        let line = Line::open(self, channel).ok()?;
        let call = line.at(now);
        match tokio::time::timeout(Duration::from_secs(ASKED_S), line.network.trending(&call)).await {
            Ok(Ok(tags)) => Some(tags.into_iter().map(|tag| tag.trim_start_matches(['#', '＃']).to_lowercase()).collect()),
            Ok(Err(error)) => {
                tracing::debug!(channel = channel.name, %error, "what trends is not known");
                None
            }
            Err(_) => None,
        }
    }
}
