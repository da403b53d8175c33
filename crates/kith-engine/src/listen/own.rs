//! Answers of ours that were sent from another app: whoever got one waits no longer, and the brake counts it.
//!
//! Networks tell nobody of their own deeds, so our latest answers are read now and then. What is stored already is known
//! by its id; what answers nobody we heard is none of this inbox's concern.

use kith_domain::listen::RemotePost;
use kith_networks::{Call, ReadError, Reader};
use kith_store::{ChannelRow, Ingest, StoreError};

use crate::kith::Kith;

impl Kith {
    /// What to store for our latest answers on this channel.
    pub(super) async fn file_own(&self, channel: &ChannelRow, posts: Vec<RemotePost>) -> Result<Vec<Ingest>, StoreError> {
        let store = self.store().in_workspace(channel.workspace);
        let mut batch = Vec::new();
        for post in posts {
            let Some(parent) = post.in_reply_to.as_deref() else { continue };
            let Some(answered) = store.message_by_remote(channel.id, parent).await? else { continue };
            if let (Some(_), Some(author)) = (answered.conversation, answered.author) {
                batch.push(Ingest::OursInThread { root_remote_id: answered.root_remote_id, person: author.profile, post });
            }
        }
        Ok(batch)
    }
}

/// Our latest answers; none where the network does not list them.
pub(super) async fn own_answers(reader: &dyn Reader, call: &Call<'_>) -> Result<Vec<RemotePost>, ReadError> {
    match reader.own_answers(call).await {
        Err(ReadError::NotOffered | ReadError::NotThere) => Ok(Vec::new()),
        read => read,
    }
}
