//! Reading one person's profile, when somebody looks at it: through a channel of ours and the one client.
//!
//! Nothing of it is stored. A network that does not answer, or not in time, leaves the card without it.

use std::time::Duration;

use kith_networks::{LookedAt, ReadError};
use kith_store::ChannelRow;

use crate::kith::Kith;
use crate::publish::Line;

/// Posts that are read.
const POSTS: usize = 3;
/// How long a card waits for its profile, in seconds.
const WAIT_S: u64 = 6;

impl Kith {
    /// A person's profile with their last three posts, or why it can't be read now.
    pub(crate) async fn look_at(&self, channel: &ChannelRow, remote_id: &str) -> Result<LookedAt, String> {
        let line = Line::open(self, channel).map_err(|problem| problem.to_string())?;
        let not_offered = || "This network does not show Kith what they post.".to_owned();
        let reader = line.network.reader().ok_or_else(not_offered)?;
        let call = line.at(self.now());
        match tokio::time::timeout(Duration::from_secs(WAIT_S), reader.look_at(&call, remote_id, POSTS)).await {
            Ok(Ok(looked)) => Ok(looked),
            Ok(Err(ReadError::NotOffered)) => Err(not_offered()),
            Ok(Err(ReadError::NotThere)) => Err("Their profile is not there any more.".into()),
            Ok(Err(error)) => Err(format!("Their profile can't be read now: {error}.")),
            Err(_) => Err("Their profile takes too long to read now. Open it on the network.".into()),
        }
    }
}
