//! What an account can read: threads, timelines, lists, and pages of them.
//!
//! Pages are cut by id, as Mastodon does: `max_id` and `since_id` give the newest between them, `min_id` gives the
//! oldest above it; every page is handed out newest first. Walking with either kind of cursor neither skips nor repeats.

use super::{Id, Status, Visibility, World};
use crate::limits::THREAD_STATUSES_MAX;

/// Which part of a list is wanted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Paging {
    pub max_id: Option<Id>,
    pub since_id: Option<Id>,
    pub min_id: Option<Id>,
    pub limit: usize,
}

impl Paging {
    /// Cuts a list with ascending ids to the wanted page, newest first.
    pub(crate) fn cut<T>(&self, ascending: impl DoubleEndedIterator<Item = T>, id: impl Fn(&T) -> Id) -> Vec<T> {
        let below = |item: &T| self.max_id.is_none_or(|max| id(item) < max);
        let above = |item: &T| self.since_id.is_none_or(|since| id(item) > since) && self.min_id.is_none_or(|min| id(item) > min);
        let inside = ascending.filter(|item| below(item) && above(item));
        if self.min_id.is_some() {
            let mut page: Vec<T> = inside.take(self.limit).collect();
            page.reverse();
            page
        } else {
            inside.rev().take(self.limit).collect()
        }
    }
}

impl World {
    /// A status, if the viewer may read it (`None` is somebody not signed in).
    pub(crate) fn visible_status(&self, viewer: Option<Id>, id: Id) -> Option<&Status> {
        self.statuses.get(&id).filter(|status| self.is_visible(viewer, status))
    }

    /// Whether the viewer may read a status.
    pub(crate) fn is_visible(&self, viewer: Option<Id>, status: &Status) -> bool {
        if status.visibility.is_open() {
            return true;
        }
        let Some(viewer) = viewer else { return false };
        viewer == status.account
            || status.mentions(viewer)
            || (status.visibility == Visibility::Private && self.follows(viewer, status.account))
    }

    /// Whether a status belongs in the reader's home timeline.
    pub(crate) fn is_in_home(&self, reader: Id, status: &Status) -> bool {
        let of_interest = status.account == reader || self.follows(reader, status.account);
        let reply_elsewhere =
            status.in_reply_to_account.is_some_and(|to| to != reader && to != status.account && !self.follows(reader, to));
        of_interest
            && status.visibility != Visibility::Direct
            && self.is_visible(Some(reader), status)
            && (status.account == reader || !reply_elsewhere)
    }

    /// The statuses above one, oldest first, and those below it in thread order, as far as the viewer may read.
    pub(crate) fn thread(&self, viewer: Option<Id>, of: &Status) -> (Vec<&Status>, Vec<&Status>) {
        let mut above = Vec::new();
        let mut next = of.in_reply_to;
        while let Some(status) = next.and_then(|id| self.visible_status(viewer, id)) {
            above.push(status);
            next = status.in_reply_to;
            if above.len() >= THREAD_STATUSES_MAX {
                break;
            }
        }
        above.reverse();

        let in_thread: Vec<&Status> =
            self.statuses.range(of.id..).map(|(_, s)| s).filter(|s| s.root == of.root && s.reblog_of.is_none()).collect();
        let mut below = Vec::new();
        let mut open = vec![of.id];
        while let Some(parent) = open.pop() {
            if parent != of.id
                && let Some(status) = self.visible_status(viewer, parent)
            {
                below.push(status);
            }
            if below.len() >= THREAD_STATUSES_MAX {
                break;
            }
            open.extend(in_thread.iter().rev().filter(|s| s.in_reply_to == Some(parent)).map(|s| s.id));
        }
        (above, below)
    }

    /// How many replies a status has that anybody may read.
    pub(crate) fn replies_to(&self, status: &Status) -> usize {
        self.statuses.range(status.id..).filter(|(_, s)| s.in_reply_to == Some(status.id) && s.visibility != Visibility::Direct).count()
    }

    /// The reader's threads of direct messages with the newest status of each, oldest thread activity first.
    pub(crate) fn direct_threads(&self, reader: Id) -> Vec<(Id, &Status)> {
        let mut newest = std::collections::BTreeMap::new();
        for status in self.statuses.values() {
            let concerns = status.account == reader || status.mentions(reader);
            if status.visibility == Visibility::Direct && concerns {
                newest.insert(status.root, status);
            }
        }
        let mut threads: Vec<(Id, &Status)> = newest.into_iter().collect();
        threads.sort_by_key(|(_, status)| status.id);
        threads
    }
}
