//! What a listener heard, stored in one transaction together with the place from which it listens on.
//!
//! Storing the same batch again changes nothing. What is new moves its conversation's counters and, by the domain's
//! `waiting`, its standing. To hear a new kind of thing, add an `Ingest` and an arm in `ingest_one`.

use std::collections::BTreeMap;

use jiff::Timestamp;
use kith_domain::ids::{ChannelId, ConversationId, MessageId};
use kith_domain::listen::{INCOMING_TEXT_BYTES_MAX, IncomingKind, RemotePost};
use kith_domain::people::Profile;
use uuid::Uuid;

use crate::born::chance;
use crate::db::{Tx, args, statements};
use crate::messages::NewMessage;
use crate::store::InWorkspace;
use crate::{ChannelState, Ingest, Ingested, MessageKind, StoreError};

/// Longest remote id that is kept, in bytes; longer ones do not fit PostgreSQL's indexes (2,704 bytes a row, PostgreSQL
/// 15) and no network has them.
const REMOTE_ID_BYTES_MAX: usize = 1_024;

statements! {
    CURSOR = "SELECT value FROM cursor_place WHERE workspace_id = $1 AND channel_id = $2 AND name = $3";
    SET_CURSOR = concat!(
        "INSERT INTO cursor_place (channel_id, name, workspace_id, value) VALUES ($1, $2, $3, $4) ",
        "ON CONFLICT (channel_id, name) DO UPDATE SET value = excluded.value WHERE cursor_place.workspace_id = $3"
    );
    ADD_REACTION = concat!(
        "INSERT INTO reaction (id, workspace_id, channel_id, remote_id, kind, handle_id, post_remote_id, at) ",
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (channel_id, remote_id) DO NOTHING"
    );
}

/// What one batch has added so far.
#[derive(Default)]
struct Heard {
    messages: Vec<MessageId>,
    /// New messages of each conversation: all, and theirs.
    conversations: BTreeMap<ConversationId, (u32, u32)>,
    reactions: u64,
    left_out: u64,
}

impl InWorkspace<'_> {
    /// From where a channel is listened on.
    pub async fn cursor(&self, channel: ChannelId, name: &str) -> Result<Option<String>, StoreError> {
        self.store.row(&CURSOR, args![self.id, channel, name]).await?.map(|row| row.text("value")).transpose()
    }

    /// Keeps a place that belongs to no batch.
    pub async fn set_cursor(&self, channel: ChannelId, name: &str, value: &str) -> Result<(), StoreError> {
        self.store.write(&SET_CURSOR, args![channel, name, self.id, value]).await.map(drop)
    }

    /// Stores what was heard on a channel, and the place (name and value) from which to listen on. `NotThere` if the
    /// channel was removed.
    pub async fn ingest(
        &self,
        channel: ChannelId,
        cursor: Option<(&str, &str)>,
        batch: &[Ingest],
        now: Timestamp,
    ) -> Result<Ingested, StoreError> {
        let mut tx = self.store.begin().await?;
        let done = self.ingest_in(&mut tx, channel, cursor, batch, now).await;
        self.store.end_quietly(tx, done).await
    }

    pub(crate) async fn ingest_in(
        &self,
        tx: &mut Tx,
        channel: ChannelId,
        cursor: Option<(&str, &str)>,
        batch: &[Ingest],
        now: Timestamp,
    ) -> Result<Ingested, StoreError> {
        if self.lock_channel(tx, channel).await? == ChannelState::Removed {
            return Err(StoreError::NotThere);
        }
        let mut heard = Heard::default();
        for one in batch {
            if ids_fit(one) {
                self.ingest_one(tx, channel, one, &mut heard, now).await?;
            } else {
                heard.left_out += 1;
            }
        }
        for (conversation, (messages, unread)) in &heard.conversations {
            self.refresh(tx, *conversation, *messages, *unread).await?;
        }
        if let Some((name, value)) = cursor {
            tx.run(&SET_CURSOR, args![channel, name, self.id, value]).await?;
        }
        Ok(Ingested {
            new_messages: heard.messages,
            changed_conversations: heard.conversations.into_keys().collect(),
            new_reactions: heard.reactions,
            left_out: heard.left_out,
        })
    }

    async fn ingest_one(&self, tx: &mut Tx, channel: ChannelId, one: &Ingest, heard: &mut Heard, now: Timestamp) -> Result<(), StoreError> {
        match one {
            Ingest::Message { post, kind, event_remote_id, root_remote_id, person, automated } => {
                let new = NewMessage {
                    channel,
                    conversation: None,
                    handle: None,
                    root_remote_id,
                    event_remote_id: Some(event_remote_id),
                    kind: MessageKind::Theirs(*kind),
                    post,
                    automated: automated.as_ref(),
                    act: None,
                };
                self.place_in_conversation(tx, new, person, heard, now).await
            }
            Ingest::OursInThread { post, root_remote_id, person } => {
                let new = NewMessage {
                    channel,
                    conversation: None,
                    handle: None,
                    root_remote_id,
                    event_remote_id: None,
                    kind: MessageKind::Ours,
                    post,
                    automated: None,
                    act: None,
                };
                self.place_in_conversation(tx, new, person, heard, now).await
            }
            Ingest::Context { post, root_remote_id } => {
                if self.place(tx, channel, &post.remote_id).await?.is_some() {
                    return Ok(());
                }
                let handle = if post.is_ours { None } else { Some(self.seen(tx, &post.author, false, now).await?) };
                let post = &bounded(post);
                let new = NewMessage {
                    channel,
                    conversation: None,
                    handle,
                    root_remote_id,
                    event_remote_id: None,
                    kind: MessageKind::Context,
                    post,
                    automated: None,
                    act: None,
                };
                self.add_message(tx, &new, now).await.map(drop)
            }
            Ingest::Reaction { remote_id, kind, by, post_remote_id, at } => {
                let handle = self.seen(tx, by, true, now).await?;
                let (workspace, place) = (self.id.to_string(), channel.to_string());
                let id = reaction_id(now, &[&workspace, &place, remote_id]);
                let args = args![id, self.id, channel, remote_id, kind.as_str(), handle, post_remote_id, *at];
                heard.reactions += tx.run(&ADD_REACTION, args).await?;
                Ok(())
            }
        }
    }

    /// Adds a message to the conversation of its thread with `person`, unless it stands in one.
    async fn place_in_conversation(
        &self,
        tx: &mut Tx,
        new: NewMessage<'_>,
        person: &Profile,
        heard: &mut Heard,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        if matches!(self.place(tx, new.channel, &new.post.remote_id).await?, Some(Some(_))) {
            return Ok(());
        }
        let ours = new.kind == MessageKind::Ours;
        let with = self.seen(tx, person, true, now).await?;
        let author = match () {
            () if ours => None,
            () if new.post.author.remote_id == person.remote_id => Some(with),
            () => Some(self.seen(tx, &new.post.author, true, now).await?),
        };
        let conversation = self.conversation_with(tx, new.channel, new.root_remote_id, with, new.post.at, now).await?;
        let post = RemotePost { is_ours: ours, ..bounded(new.post) };
        let new = NewMessage { conversation: Some(conversation), handle: author, post: &post, ..new };
        if let Some(id) = self.add_message(tx, &new, now).await? {
            heard.messages.push(id);
            let (messages, unread) = heard.conversations.entry(conversation).or_default();
            *messages += 1;
            *unread += u32::from(!ours);
        }
        Ok(())
    }
}

fn ids_fit(one: &Ingest) -> bool {
    let fit = |id: &str| !id.is_empty() && id.len() <= REMOTE_ID_BYTES_MAX;
    match one {
        Ingest::Message { post, event_remote_id, root_remote_id, person, .. } => {
            fit(&post.remote_id)
                && event_remote_id.len() <= REMOTE_ID_BYTES_MAX
                && fit(root_remote_id)
                && fit(&person.remote_id)
                && fit(&post.author.remote_id)
        }
        Ingest::Context { post, root_remote_id } => fit(&post.remote_id) && fit(root_remote_id) && fit(&post.author.remote_id),
        Ingest::OursInThread { post, root_remote_id, person } => fit(&post.remote_id) && fit(root_remote_id) && fit(&person.remote_id),
        Ingest::Reaction { remote_id, by, post_remote_id, kind, .. } => {
            fit(remote_id)
                && fit(&by.remote_id)
                && post_remote_id.as_deref().is_none_or(fit)
                && matches!(kind, IncomingKind::Like | IncomingKind::Repost | IncomingKind::Follow)
        }
    }
}

/// The same post with its text cut at the domain's limit, at a character's border. HTML that is too long gives way to
/// the text: a tag cut in half would not be clean any more.
fn bounded(post: &RemotePost) -> RemotePost {
    let mut post = post.clone();
    if post.text.len() > INCOMING_TEXT_BYTES_MAX {
        let end = (0..=INCOMING_TEXT_BYTES_MAX).rev().find(|end| post.text.is_char_boundary(*end)).unwrap_or(0);
        post.text.truncate(end);
    }
    if post.html.len() > 2 * INCOMING_TEXT_BYTES_MAX {
        post.html = String::new();
    }
    post
}

/// A reaction's id has no type of its own: nobody but the store names one.
fn reaction_id(now: Timestamp, parts: &[&str; 3]) -> String {
    let millis = u64::try_from(now.as_millisecond()).unwrap_or(0);
    let chance = chance(&["reaction", parts[0], parts[1], parts[2]]);
    let id: Uuid = uuid::Builder::from_unix_timestamp_millis(millis, &chance).into_uuid();
    id.as_simple().to_string()
}
