//! What accounts do to each other: like, boost, follow; and the notifications of it.
//!
//! Every act may be repeated and undone without harm; only the first time notifies anybody. Notifications are kept
//! for attended accounts alone (those somebody holds a token for), since nobody would ever read the others.

use super::{Id, Notification, NotificationKind, Refusal, Status, World};
use crate::{people, render};

impl World {
    /// Likes or unlikes a status.
    pub(crate) fn favourite(&mut self, who: Id, id: Id, on: bool) -> Result<(), Refusal> {
        self.visible_status(Some(who), id).ok_or(Refusal::NotFound)?;
        let Some(status) = self.statuses.get_mut(&id) else { return Err(Refusal::NotFound) };
        let author = status.account;
        let changed = if on { status.favourited_by.insert(who) } else { status.favourited_by.remove(&who) };
        if changed && on && author != who {
            self.notify(author, who, NotificationKind::Favourite, Some(id));
            people::liked(self, who, id);
        }
        if changed && !on {
            self.forget_notification(author, who, NotificationKind::Favourite, id);
        }
        Ok(())
    }

    /// Boosts a status and gives the boost's id; a second time gives the same.
    pub(crate) fn reblog(&mut self, who: Id, id: Id) -> Result<Id, Refusal> {
        let status = self.visible_status(Some(who), id).ok_or(Refusal::NotFound)?.clone();
        if !(status.visibility.is_open() || status.account == who) {
            return Err(Refusal::Forbidden);
        }
        if let Some(boost) = status.reblogged_by.get(&who) {
            return Ok(*boost);
        }
        let boost_id = self.next_id();
        let boost = Status {
            id: boost_id,
            account: who,
            created_at: self.now,
            edited_at: None,
            text: String::new(),
            spoiler: String::new(),
            in_reply_to: None,
            in_reply_to_account: None,
            root: boost_id,
            reblog_of: Some(id),
            media: Vec::new(),
            poll: None,
            mentions: Vec::new(),
            tags: Vec::new(),
            favourited_by: std::collections::BTreeSet::new(),
            reblogged_by: std::collections::BTreeMap::new(),
            application: None,
            history: Vec::new(),
            ..status.clone()
        };
        if let Some(original) = self.statuses.get_mut(&id) {
            original.reblogged_by.insert(who, boost_id);
        }
        self.statuses.insert(boost_id, boost.clone());
        self.emit_status("update", &boost);
        if status.account != who {
            self.notify(status.account, who, NotificationKind::Reblog, Some(id));
        }
        Ok(boost_id)
    }

    /// Takes a boost back; nothing happens when there is none.
    pub(crate) fn unreblog(&mut self, who: Id, id: Id) -> Result<(), Refusal> {
        let author = self.visible_status(Some(who), id).ok_or(Refusal::NotFound)?.account;
        let boost = self.statuses.get_mut(&id).and_then(|s| s.reblogged_by.remove(&who));
        if let Some(boost) = boost {
            self.statuses.remove(&boost);
            self.emit(Some(who), "delete", boost.to_string());
            self.forget_notification(author, who, NotificationKind::Reblog, id);
        }
        Ok(())
    }

    /// Begins to follow an account.
    pub(crate) fn follow(&mut self, who: Id, whom: Id) -> Result<(), Refusal> {
        if who == whom {
            return Err(Refusal::Forbidden);
        }
        if !self.accounts.contains_key(&whom) {
            return Err(Refusal::NotFound);
        }
        if self.follows.contains_key(&(who, whom)) {
            return Ok(());
        }
        let id = self.next_id();
        self.follows.insert((who, whom), id);
        self.notify(whom, who, NotificationKind::Follow, None);
        people::followed(self, who, whom);
        Ok(())
    }

    /// Stops following an account.
    pub(crate) fn unfollow(&mut self, who: Id, whom: Id) -> Result<(), Refusal> {
        if !self.accounts.contains_key(&whom) {
            return Err(Refusal::NotFound);
        }
        self.follows.remove(&(who, whom));
        Ok(())
    }

    /// Whether one account follows another.
    pub(crate) fn follows(&self, who: Id, whom: Id) -> bool {
        self.follows.contains_key(&(who, whom))
    }

    /// Puts a vote on a poll, once.
    pub(crate) fn vote(&mut self, who: Id, poll_id: Id, choices: Vec<usize>) -> Result<Id, Refusal> {
        let now = self.now;
        let status = self.statuses.values_mut().find(|s| s.poll.as_ref().is_some_and(|p| p.id == poll_id)).ok_or(Refusal::NotFound)?;
        let id = status.id;
        let Some(poll) = status.poll.as_mut() else { return Err(Refusal::NotFound) };
        if poll.expires_at <= now {
            return Err(Refusal::Invalid("The poll has already ended".to_owned()));
        }
        if poll.votes.contains_key(&who) {
            return Err(Refusal::Invalid("You have already voted on this poll".to_owned()));
        }
        let fits = choices.iter().all(|c| *c < poll.options.len()) && (poll.multiple || choices.len() == 1);
        if !fits || choices.is_empty() {
            return Err(Refusal::Invalid("The chosen vote option does not exist".to_owned()));
        }
        poll.votes.insert(who, choices);
        Ok(id)
    }

    /// Tells an attended account that something happened.
    pub(crate) fn notify(&mut self, to: Id, from: Id, kind: NotificationKind, status: Option<Id>) {
        if !self.attended.contains(&to) {
            return;
        }
        let id = self.next_id();
        let notification = Notification { id, to, from, kind, status, created_at: self.now };
        self.notifications.insert(id, notification.clone());
        if self.heard {
            let payload = render::notification(self, &notification).to_string();
            self.emit(Some(to), "notification", payload);
        }
    }

    fn forget_notification(&mut self, to: Id, from: Id, kind: NotificationKind, status: Id) {
        self.notifications.retain(|_, n| !(n.to == to && n.from == from && n.kind == kind && n.status == Some(status)));
    }
}
