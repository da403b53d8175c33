//! Messages: each is stored once per channel, whatever the number of times or ways it arrives.

use jiff::Timestamp;
use kith_domain::converse::Automated;
use kith_domain::ids::{ActId, ChannelId, ConversationId, HandleId, MessageId};
use kith_domain::listen::{Audience, RemotePost};

use crate::born::chance;
use crate::db::{Row, Tx, args, json, statements};
use crate::handles::{handle_columns, handle_row};
use crate::store::InWorkspace;
use crate::{MessageKind, MessageRow, StoreError};

/// Messages of one conversation that are read at once, the latest.
const THREAD_MAX: u32 = 200;
/// Posts above a conversation that are shown with it, the latest.
const CONTEXT_MAX: u32 = 20;

macro_rules! message {
    ($($rest:tt)*) => {
        concat!(
            "SELECT m.id, m.conversation_id, m.channel_id, m.remote_id, m.root_remote_id, m.kind, m.ours, m.html, m.text, ",
            "m.warning, m.audience, m.url, m.at, m.received_at, m.in_reply_to, m.automated, m.act_id, a.member_id, ",
            "b.name AS member_name, d.id AS dispatch_id, ", handle_columns!(),
            " FROM message m LEFT JOIN handle h ON h.id = m.handle_id LEFT JOIN act a ON a.id = m.act_id ",
            "LEFT JOIN member b ON b.id = a.member_id LEFT JOIN dispatch d ON d.channel_id = m.channel_id ",
            "AND d.remote_id = m.remote_id AND d.remote_id IS NOT NULL WHERE m.workspace_id = $1 ",
            $($rest)*
        )
    };
}

statements! {
    PLACE = "SELECT id, conversation_id FROM message WHERE workspace_id = $1 AND channel_id = $2 AND remote_id = $3";
    /// What stood as context becomes part of a conversation when it turns out to be; nothing else is ever changed.
    ADD_MESSAGE = concat!(
        "INSERT INTO message (id, workspace_id, channel_id, conversation_id, handle_id, remote_id, root_remote_id, ",
        "event_remote_id, kind, ours, html, text, warning, audience, url, at, received_at, in_reply_to, automated, act_id) ",
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, COALESCE($20, ",
        "(SELECT act.id FROM act WHERE act.workspace_id = $2 AND act.channel_id = $3 AND act.remote_id = $6 ",
        "ORDER BY act.at DESC LIMIT 1))) ",
        "ON CONFLICT (channel_id, remote_id) DO UPDATE SET conversation_id = excluded.conversation_id, ",
        "handle_id = excluded.handle_id, root_remote_id = excluded.root_remote_id, ",
        "event_remote_id = excluded.event_remote_id, kind = excluded.kind, automated = excluded.automated, ",
        "act_id = COALESCE(message.act_id, excluded.act_id) ",
        "WHERE message.conversation_id IS NULL AND excluded.conversation_id IS NOT NULL RETURNING id"
    );
    SET_ACT = concat!(
        "UPDATE message SET act_id = $4 WHERE workspace_id = $1 AND channel_id = $2 AND remote_id = $3 AND ours ",
        "AND act_id IS NULL"
    );
    BY_REMOTE = message!("AND m.channel_id = $2 AND m.remote_id = $3");
    ANSWERS_SINCE = concat!(
        "SELECT COUNT(*) AS n FROM message WHERE workspace_id = $1 AND channel_id = $2 AND ours ",
        "AND conversation_id IS NOT NULL AND at > $3"
    );
    BY_ID = message!("AND m.id = $2");
    THREAD = message!("AND m.conversation_id = $2 ORDER BY m.at DESC, m.id DESC LIMIT $3");
    CONTEXT = message!(
        "AND m.channel_id = $2 AND m.root_remote_id = $3 AND m.conversation_id IS NULL ORDER BY m.at DESC, m.id DESC LIMIT $4"
    );
}

/// A message on its way in.
pub(crate) struct NewMessage<'a> {
    pub(crate) channel: ChannelId,
    pub(crate) conversation: Option<ConversationId>,
    pub(crate) handle: Option<HandleId>,
    pub(crate) root_remote_id: &'a str,
    pub(crate) event_remote_id: Option<&'a str>,
    pub(crate) kind: MessageKind,
    pub(crate) post: &'a RemotePost,
    pub(crate) automated: Option<&'a Automated>,
    pub(crate) act: Option<ActId>,
}

impl InWorkspace<'_> {
    /// The message with this id on the network.
    pub async fn message_by_remote(&self, channel: ChannelId, remote_id: &str) -> Result<Option<MessageRow>, StoreError> {
        self.store.row(&BY_REMOTE, args![self.id, channel, remote_id]).await?.as_ref().map(message_row).transpose()
    }

    /// How many answers of ours are younger than that, from whatever app.
    pub async fn answers_since(&self, channel: ChannelId, since: Timestamp) -> Result<u32, StoreError> {
        let row = self.store.row(&ANSWERS_SINCE, args![self.id, channel, since]).await?;
        let count = row.map_or(Ok(0), |row| row.int("n"))?;
        Ok(u32::try_from(count).unwrap_or(u32::MAX))
    }

    /// One message.
    pub async fn message(&self, id: MessageId) -> Result<Option<MessageRow>, StoreError> {
        self.store.row(&BY_ID, args![self.id, id]).await?.as_ref().map(message_row).transpose()
    }

    /// The latest messages of a conversation with what stands above them in the thread, the oldest first.
    pub(crate) async fn thread(&self, id: ConversationId, channel: ChannelId, root: &str) -> Result<Vec<MessageRow>, StoreError> {
        let mut rows = self.store.rows(&THREAD, args![self.id, id, THREAD_MAX]).await?;
        rows.extend(self.store.rows(&CONTEXT, args![self.id, channel, root, THREAD_MAX]).await?);
        let mut messages = rows.iter().map(message_row).collect::<Result<Vec<_>, _>>()?;
        messages.sort_by_key(|message| (message.at, message.id));
        Ok(messages.split_off(messages.len().saturating_sub(THREAD_MAX as usize)))
    }

    /// The latest messages of a conversation, at most `last`, after what stands above them in the thread.
    pub(crate) async fn thread_last(
        &self,
        id: ConversationId,
        channel: ChannelId,
        root: &str,
        last: u32,
    ) -> Result<Vec<MessageRow>, StoreError> {
        let mut rows = self.store.rows(&CONTEXT, args![self.id, channel, root, CONTEXT_MAX]).await?;
        rows.reverse();
        let latest = self.store.rows(&THREAD, args![self.id, id, last]).await?;
        rows.extend(latest.into_iter().rev());
        rows.iter().map(message_row).collect()
    }

    /// Where a message stands: `None` if it was never heard, else its conversation, which context has none of.
    pub(crate) async fn place(
        &self,
        tx: &mut Tx,
        channel: ChannelId,
        remote_id: &str,
    ) -> Result<Option<Option<ConversationId>>, StoreError> {
        tx.row(&PLACE, args![self.id, channel, remote_id]).await?.map(|row| row.id_opt("conversation_id")).transpose()
    }

    /// Adds a message; `None` if it was there already.
    pub(crate) async fn add_message(&self, tx: &mut Tx, new: &NewMessage<'_>, now: Timestamp) -> Result<Option<MessageId>, StoreError> {
        let post = new.post;
        let (workspace, channel) = (self.id.to_string(), new.channel.to_string());
        let args = args![
            MessageId::new(now, chance(&["message", &workspace, &channel, &post.remote_id])),
            self.id,
            new.channel,
            new.conversation,
            new.handle,
            post.remote_id,
            new.root_remote_id,
            new.event_remote_id,
            new.kind.as_str(),
            post.is_ours,
            post.html,
            post.text,
            post.warning,
            post.audience.as_str(),
            post.url,
            post.at,
            now,
            post.in_reply_to,
            new.automated.map(json).transpose()?,
            new.act,
        ];
        tx.row(&ADD_MESSAGE, args).await?.map(|row| row.id("id")).transpose()
    }

    /// Notes by which act a message of ours was sent, where the listener heard it first.
    pub(crate) async fn set_act(&self, tx: &mut Tx, channel: ChannelId, remote_id: &str, act: ActId) -> Result<(), StoreError> {
        tx.run(&SET_ACT, args![self.id, channel, remote_id, act]).await.map(drop)
    }
}

fn message_row(row: &Row) -> Result<MessageRow, StoreError> {
    let author = if row.text_opt("h_id")?.is_some() { Some(handle_row(row)?) } else { None };
    Ok(MessageRow {
        id: row.id("id")?,
        conversation: row.id_opt("conversation_id")?,
        channel: row.id("channel_id")?,
        remote_id: row.text("remote_id")?,
        root_remote_id: row.text("root_remote_id")?,
        kind: row.named("kind", MessageKind::from_stored)?,
        ours: row.bool("ours")?,
        author,
        html: row.text("html")?,
        text: row.text("text")?,
        warning: row.text_opt("warning")?,
        audience: row.named("audience", Audience::from_stored)?,
        url: row.text_opt("url")?,
        at: row.at("at")?,
        received_at: row.at("received_at")?,
        in_reply_to: row.text_opt("in_reply_to")?,
        automated: row.json_opt("automated")?,
        act: row.id_opt("act_id")?,
        member: row.id_opt("member_id")?,
        member_name: row.text_opt("member_name")?,
        dispatch: row.id_opt("dispatch_id")?,
    })
}
