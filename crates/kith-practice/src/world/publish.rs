//! Statuses: made, changed, taken back.
//!
//! The rules and the wording of refusals are Mastodon's. A status sent with an idempotency key is made once: the
//! same key within the hour gives the same status, whatever the body says.

use jiff::{SignedDuration, Timestamp};

use super::{Id, NotificationKind, Poll, Refusal, Revision, Status, Visibility, World};
use crate::limits::{
    IDEMPOTENCY_SECONDS, KEYS_KEPT_MAX, POLL_OPTION_CHARS_MAX, POLL_OPTIONS_MAX, POLL_OPTIONS_MIN, POLL_SECONDS_MAX, POLL_SECONDS_MIN,
    STATUS_CHARS_MAX, STATUS_MEDIA_MAX,
};
use crate::markup::{self, Piece};
use crate::people;

/// A status as its author hands it in.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    pub text: String,
    pub spoiler: String,
    pub sensitive: bool,
    pub visibility: Visibility,
    pub language: Option<String>,
    pub in_reply_to: Option<Id>,
    pub media: Vec<Id>,
    pub poll: Option<PollDraft>,
    pub application: Option<(String, Option<String>)>,
}

impl Draft {
    /// A plain public text in English.
    pub(crate) fn text(text: String) -> Self {
        Self {
            text,
            spoiler: String::new(),
            sensitive: false,
            visibility: Visibility::Public,
            language: Some("en".to_owned()),
            in_reply_to: None,
            media: Vec::new(),
            poll: None,
            application: None,
        }
    }
}

#[derive(Debug, Clone)]
pub(crate) struct PollDraft {
    pub options: Vec<String>,
    pub multiple: bool,
    pub seconds: i64,
}

/// What a changed status says; `None` leaves a part as it is.
#[derive(Debug, Clone, Default)]
pub(crate) struct Edit {
    pub text: Option<String>,
    pub spoiler: Option<String>,
    pub sensitive: Option<bool>,
    pub language: Option<String>,
    pub media: Option<Vec<Id>>,
    pub descriptions: Vec<(Id, String)>,
}

impl World {
    /// Makes a status, or finds the one the same key has made within the hour.
    pub(crate) fn publish_once(&mut self, author: Id, key: Option<String>, draft: Draft) -> Result<Id, Refusal> {
        let Some(key) = key else { return self.publish(author, draft) };
        let oldest = self.now.saturating_sub(SignedDuration::from_secs(IDEMPOTENCY_SECONDS)).unwrap_or(Timestamp::MIN);
        self.keys.retain(|_, (_, made_at)| *made_at > oldest);
        if let Some((status, _)) = self.keys.get(&(author, key.clone()))
            && self.statuses.contains_key(status)
        {
            return Ok(*status);
        }
        let id = self.publish(author, draft)?;
        if self.keys.len() >= KEYS_KEPT_MAX
            && let Some(first) = self.keys.iter().min_by_key(|(_, (_, at))| *at).map(|(k, _)| k.clone())
        {
            self.keys.remove(&first);
        }
        self.keys.insert((author, key), (id, self.now));
        Ok(id)
    }

    /// Makes a status now and tells those it concerns.
    pub(crate) fn publish(&mut self, author: Id, draft: Draft) -> Result<Id, Refusal> {
        self.check_text(&draft.text, &draft.spoiler, !draft.media.is_empty())?;
        self.check_media(author, &draft.media, None)?;
        if draft.poll.is_some() && !draft.media.is_empty() {
            return Err(Refusal::Invalid("Cannot attach media and a poll to the same status".to_owned()));
        }
        let parent = match draft.in_reply_to {
            Some(id) => Some(self.visible_status(Some(author), id).ok_or(Refusal::NotFound)?.clone()),
            None => None,
        };
        let poll = draft.poll.map(|poll| self.checked_poll(poll)).transpose()?;
        let id = self.next_id();
        let status = Status {
            id,
            account: author,
            created_at: self.now,
            edited_at: None,
            mentions: self.mentioned(&draft.text),
            tags: markup::tag_names(&draft.text),
            text: draft.text,
            sensitive: draft.sensitive || !draft.spoiler.is_empty(),
            spoiler: draft.spoiler,
            visibility: draft.visibility,
            language: draft.language,
            in_reply_to: parent.as_ref().map(|p| p.id),
            in_reply_to_account: parent.as_ref().map(|p| p.account),
            root: parent.as_ref().map_or(id, |p| p.root),
            reblog_of: None,
            media: draft.media,
            poll,
            favourited_by: std::collections::BTreeSet::new(),
            reblogged_by: std::collections::BTreeMap::new(),
            application: draft.application,
            history: Vec::new(),
        };
        for media in &status.media {
            if let Some(media) = self.media.get_mut(media) {
                media.attached_to = Some(id);
            }
        }
        self.statuses.insert(id, status.clone());
        self.emit_status("update", &status);
        for mentioned in &status.mentions {
            if *mentioned != author {
                self.notify(*mentioned, author, NotificationKind::Mention, Some(id));
            }
        }
        people::heard(self, &status);
        Ok(id)
    }

    /// Changes a status of one's own and keeps its earlier wording.
    pub(crate) fn edit(&mut self, author: Id, id: Id, edit: Edit) -> Result<(), Refusal> {
        let mut status = self.own_status(author, id)?.clone();
        let text = edit.text.unwrap_or_else(|| status.text.clone());
        let spoiler = edit.spoiler.unwrap_or_else(|| status.spoiler.clone());
        let media = edit.media.unwrap_or_else(|| status.media.clone());
        self.check_text(&text, &spoiler, !media.is_empty())?;
        self.check_media(author, &media, Some(id))?;
        for (media, description) in edit.descriptions {
            if let Some(media) = self.media.get_mut(&media).filter(|m| m.account == author) {
                media.description = Some(description);
            }
        }
        status.history.push(Revision {
            at: status.edited_at.unwrap_or(status.created_at),
            text: std::mem::replace(&mut status.text, text),
            spoiler: std::mem::replace(&mut status.spoiler, spoiler),
            sensitive: status.sensitive,
            media: std::mem::replace(&mut status.media, media),
        });
        status.sensitive = edit.sensitive.unwrap_or(status.sensitive);
        status.language = edit.language.or(status.language);
        status.edited_at = Some(self.now);
        status.tags = markup::tag_names(&status.text);
        let before = std::mem::replace(&mut status.mentions, self.mentioned(&status.text));
        self.statuses.insert(id, status.clone());
        self.emit_status("status.update", &status);
        for mentioned in status.mentions.iter().filter(|m| !before.contains(m) && **m != author) {
            self.notify(*mentioned, author, NotificationKind::Mention, Some(id));
        }
        let boosters: Vec<Id> = status.reblogged_by.keys().copied().collect();
        for booster in boosters {
            self.notify(booster, author, NotificationKind::Update, Some(id));
        }
        Ok(())
    }

    /// Takes a status of one's own back, with its boosts and the notifications about it.
    pub(crate) fn delete(&mut self, author: Id, id: Id) -> Result<Status, Refusal> {
        let status = self.own_status(author, id)?.clone();
        for boost in status.reblogged_by.values() {
            self.statuses.remove(boost);
        }
        self.statuses.remove(&id);
        self.notifications.retain(|_, n| n.status != Some(id));
        for reply in self.statuses.values_mut().filter(|s| s.in_reply_to == Some(id)) {
            reply.in_reply_to = None;
        }
        let readers: Vec<Id> = self.attended.iter().copied().filter(|r| self.is_in_home(*r, &status)).collect();
        for reader in readers {
            self.emit(Some(reader), "delete", id.to_string());
        }
        self.emit(None, "delete", id.to_string());
        Ok(status)
    }

    /// The accounts a text names, each once, in order.
    fn mentioned(&self, text: &str) -> Vec<Id> {
        let mut out = Vec::new();
        for piece in markup::pieces(text) {
            if let Piece::Mention { user, domain, .. } = piece
                && let Some(account) = self.account_named(user, domain)
                && !out.contains(&account.id)
            {
                out.push(account.id);
            }
        }
        out
    }

    pub(crate) fn own_status(&self, author: Id, id: Id) -> Result<&Status, Refusal> {
        self.statuses.get(&id).filter(|s| s.account == author).ok_or(Refusal::NotFound)
    }

    #[expect(clippy::unused_self, reason = "reads as a rule of the world beside the others")]
    fn check_text(&self, text: &str, spoiler: &str, has_media: bool) -> Result<(), Refusal> {
        if text.trim().is_empty() && spoiler.trim().is_empty() && !has_media {
            return Err(Refusal::Invalid("Text can't be blank".to_owned()));
        }
        if markup::counted_chars(text) + markup::counted_chars(spoiler) > STATUS_CHARS_MAX {
            return Err(Refusal::Invalid(format!("Text character limit of {STATUS_CHARS_MAX} exceeded")));
        }
        Ok(())
    }

    fn check_media(&self, author: Id, media: &[Id], of: Option<Id>) -> Result<(), Refusal> {
        if media.len() > STATUS_MEDIA_MAX {
            return Err(Refusal::Invalid("Cannot attach more than 4 files".to_owned()));
        }
        let usable = |id: &Id| self.media.get(id).is_some_and(|m| m.account == author && (m.attached_to.is_none() || m.attached_to == of));
        if media.iter().all(usable) { Ok(()) } else { Err(Refusal::NotFound) }
    }

    fn checked_poll(&mut self, draft: PollDraft) -> Result<Poll, Refusal> {
        let invalid = |text: &str| Err(Refusal::Invalid(text.to_owned()));
        if draft.options.len() < POLL_OPTIONS_MIN {
            return invalid("Choices must be more than one item");
        }
        if draft.options.len() > POLL_OPTIONS_MAX {
            return invalid("Choices can't contain more than 4 items");
        }
        if draft.options.iter().any(|o| o.trim().is_empty() || o.chars().count() > POLL_OPTION_CHARS_MAX) {
            return invalid("Choices can't be longer than 50 characters each");
        }
        if !(POLL_SECONDS_MIN..=POLL_SECONDS_MAX).contains(&draft.seconds) {
            return invalid("Duration is too short or too far into the future");
        }
        let expires_at = self.now.saturating_add(SignedDuration::from_secs(draft.seconds)).unwrap_or(self.now);
        let id = self.next_id();
        Ok(Poll { id, options: draft.options, multiple: draft.multiple, expires_at, votes: std::collections::BTreeMap::new() })
    }
}
