//! Filing what was heard: which thread, whose conversation, what stands above, what is automated.
//!
//! A message in a thread that is not known yet brings its thread with it: the posts above as context, and answers of
//! ours that were sent elsewhere, so that nobody seems to wait who was answered from another app.

use kith_domain::converse::judge;
use kith_domain::listen::{Audience, Incoming, IncomingKind, RemotePost};
use kith_domain::people::Profile;
use kith_networks::{Call, ReadError, Reader, Thread};
use kith_store::{ChannelRow, Ingest};

use crate::kith::Kith;

/// Posts above that are kept as context.
const ABOVE_MAX: usize = 40;

impl Kith {
    /// What to store for these items, in order.
    pub(crate) async fn file(
        &self,
        channel: &ChannelRow,
        reader: &dyn Reader,
        call: &Call<'_>,
        items: Vec<Incoming>,
    ) -> Result<Vec<Ingest>, ReadError> {
        let mut batch = Vec::with_capacity(items.len());
        for item in items {
            match item.post {
                Some(post) if item.kind.has_words() => {
                    self.file_words(channel, reader, call, item.kind, item.remote_id, post, &mut batch).await?;
                }
                post => batch.push(Ingest::Reaction {
                    remote_id: item.remote_id,
                    kind: item.kind,
                    by: item.by,
                    post_remote_id: post.map(|post| post.remote_id),
                    at: item.at,
                }),
            }
        }
        Ok(batch)
    }

    #[expect(clippy::too_many_arguments, reason = "one item with all that is known of it; a struct would be used once")]
    async fn file_words(
        &self,
        channel: &ChannelRow,
        reader: &dyn Reader,
        call: &Call<'_>,
        kind: IncomingKind,
        event_remote_id: String,
        post: RemotePost,
        batch: &mut Vec<Ingest>,
    ) -> Result<(), ReadError> {
        let person = post.author.clone();
        let root = match self.known_root(channel, &post, batch).await {
            Some(root) => root,
            None => match reader.thread(call, &post.remote_id).await {
                Ok(thread) => file_thread(&thread, &person, batch),
                // Gone already, or not ours to see: the message itself is kept as the beginning of its thread.
                Err(ReadError::NotThere | ReadError::NotOffered) => post.root.clone().unwrap_or_else(|| post.remote_id.clone()),
                Err(error) => return Err(error),
            },
        };
        let automated = judge(&post.text, kind == IncomingKind::Direct || post.audience == Audience::Direct, person.is_bot);
        batch.push(Ingest::Message { kind, event_remote_id, root_remote_id: root, person, automated, post });
        Ok(())
    }

    /// The thread's first post, if the post that is answered is stored already or stands in this batch.
    async fn known_root(&self, channel: &ChannelRow, post: &RemotePost, batch: &[Ingest]) -> Option<String> {
        let parent = post.in_reply_to.as_deref()?;
        let in_batch = batch.iter().find_map(|filed| match filed {
            Ingest::Message { post, root_remote_id, .. }
            | Ingest::Context { post, root_remote_id }
            | Ingest::OursInThread { post, root_remote_id, .. }
                if post.remote_id == parent =>
            {
                Some(root_remote_id.clone())
            }
            _ => None,
        });
        if in_batch.is_some() {
            return in_batch;
        }
        // A store that can't be read here is read again when the batch is stored; the thread is simply fetched anew.
        let row = self.store().in_workspace(channel.workspace).message_by_remote(channel.id, parent).await.ok()?;
        row.map(|row| row.root_remote_id)
    }
}

/// Files the posts above and our own answers below; returns the thread's first post.
fn file_thread(thread: &Thread, person: &Profile, batch: &mut Vec<Ingest>) -> String {
    let first = thread.above.first().unwrap_or(&thread.post);
    let root = first.root.clone().unwrap_or_else(|| first.remote_id.clone());
    // Our answers first: what is stored as an answer is not stored as context again.
    batch.extend(ours_to(thread, person, &root));
    for post in thread.above.iter().rev().take(ABOVE_MAX).rev() {
        batch.push(Ingest::Context { post: post.clone(), root_remote_id: root.clone() });
    }
    root
}

/// Our own answers to this person in a thread.
pub(crate) fn ours_to(thread: &Thread, person: &Profile, root: &str) -> Vec<Ingest> {
    let all = || thread.above.iter().chain(std::iter::once(&thread.post)).chain(&thread.below);
    let theirs: Vec<&str> = all().filter(|post| post.author.remote_id == person.remote_id).map(|post| post.remote_id.as_str()).collect();
    all()
        .filter(|post| post.is_ours && post.in_reply_to.as_deref().is_some_and(|parent| theirs.contains(&parent)))
        .map(|post| Ingest::OursInThread { post: post.clone(), root_remote_id: root.to_owned(), person: person.clone() })
        .collect()
}
