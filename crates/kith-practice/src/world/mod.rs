//! The world of the practice network: one value that holds everything and moves forward in time.
//!
//! `World::advance(to)` carries out every planned act up to `to`, each at its own instant, in order; the functions
//! in the neighbouring files are what accounts can do at the present instant. Nothing here waits, reads a clock or
//! touches a file, so the same seed and the same calls give the same world.

mod publish;
mod records;
mod sign_in;
mod timelines;
mod touch;

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

pub(crate) use publish::{Draft, Edit, PollDraft};
pub use records::Stats;
pub(crate) use records::{
    Account, App, ChallengeMethod, Code, Grant, Id, Media, Notification, NotificationKind, Poll, Revision, Status, Visibility,
};
pub(crate) use sign_in::{AppDraft, CodeProof, SignInRefused};
pub(crate) use timelines::Paging;

use crate::chance::{self, Dice};
use crate::limits::{NOTIFICATIONS_KEPT_MAX, STATUSES_KEPT_AFTER_TRIM, STATUSES_KEPT_MAX};
use crate::people::{self, Act, Person};
use crate::render;

/// How long before the start people already wrote, so that nobody's profile is empty.
const PREHISTORY_DAYS: i64 = 10;

/// Why the world does not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    /// The thing is not there, or not visible to the asker.
    #[error("Record not found")]
    NotFound,
    /// The request breaks a rule; the text says which, as Mastodon words it.
    #[error("Validation failed: {0}")]
    Invalid(String),
    /// The asker may not do this.
    #[error("This action is not allowed")]
    Forbidden,
}

/// Something a streaming client may want to hear.
#[derive(Debug, Clone)]
pub(crate) struct Emitted {
    /// Whose stream it belongs to; `None` is the public stream.
    pub to: Option<Id>,
    pub event: &'static str,
    pub payload: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct World {
    pub seed: u64,
    pub owner: Id,
    pub now: Timestamp,
    /// Grows with every change; the snapshot keeper compares it.
    pub version: u64,
    last_id: Id,
    pub accounts: BTreeMap<Id, Account>,
    pub people: BTreeMap<Id, Person>,
    pub statuses: BTreeMap<Id, Status>,
    pub notifications: BTreeMap<Id, Notification>,
    /// (who follows, who is followed) → the id of the following, for paging.
    #[serde(with = "as_list")]
    pub follows: BTreeMap<(Id, Id), Id>,
    pub media: BTreeMap<Id, Media>,
    pub apps: Vec<App>,
    pub codes: BTreeMap<String, Code>,
    pub tokens: BTreeMap<String, Grant>,
    /// (account, key) → the status it made and when.
    #[serde(with = "as_list")]
    keys: BTreeMap<(Id, String), (Id, Timestamp)>,
    /// Accounts somebody holds a token for: only they get notifications and events.
    pub attended: BTreeSet<Id>,
    /// Thread of direct messages → newest status the owner has read there.
    pub read_up_to: BTreeMap<Id, Id>,
    #[serde(with = "as_list")]
    acts: BTreeMap<(Timestamp, u64), Act>,
    act_count: u64,
    pub secrets_made: u64,
    pub stats: Stats,
    #[serde(skip)]
    pub base: String,
    /// Whether anybody listens to streams; without an ear nothing is rendered for them.
    #[serde(skip)]
    pub heard: bool,
    #[serde(skip)]
    pub emitted: Vec<Emitted>,
}

impl World {
    /// A new world at `start` with an owner and `people` simulated people.
    pub(crate) fn new(seed: u64, start: Timestamp, base: String, owner: (&str, &str), people: usize) -> Self {
        let begin = start.saturating_sub(SignedDuration::from_hours(24 * PREHISTORY_DAYS)).unwrap_or(start);
        let mut world = Self {
            seed,
            owner: Id(0),
            now: begin,
            version: 0,
            last_id: Id(0),
            accounts: BTreeMap::new(),
            people: BTreeMap::new(),
            statuses: BTreeMap::new(),
            notifications: BTreeMap::new(),
            follows: BTreeMap::new(),
            media: BTreeMap::new(),
            apps: Vec::new(),
            codes: BTreeMap::new(),
            tokens: BTreeMap::new(),
            keys: BTreeMap::new(),
            attended: BTreeSet::new(),
            read_up_to: BTreeMap::new(),
            acts: BTreeMap::new(),
            act_count: 0,
            secrets_made: 0,
            stats: Stats::default(),
            base,
            heard: false,
            emitted: Vec::new(),
        };
        let id = world.next_id();
        world.owner = id;
        world.attended.insert(id);
        world.accounts.insert(
            id,
            Account {
                id,
                username: owner.0.to_owned(),
                domain: None,
                display_name: owner.1.to_owned(),
                note: "Wheel-thrown stoneware from a small studio. Classes on Thursdays.".to_owned(),
                bot: false,
                created_at: begin,
            },
        );
        let token = chance::word(seed, "owner token", &[]);
        let app = Some(("Practice".to_owned(), None));
        let scopes = "read write follow push".to_owned();
        world.tokens.insert(token, Grant { account: Some(id), scopes, app, client_id: None, made_at: begin });
        people::settle(&mut world, people, start);
        world.advance(start, usize::MAX);
        world.now = world.now.max(start);
        world
    }

    /// The owner's own access token, as it was at the start.
    pub(crate) fn owner_token(&self) -> String {
        chance::word(self.seed, "owner token", &[])
    }

    /// Carries out what is planned up to `to`, at most `acts_max` acts; true when nothing is left before `to`.
    /// An instant before the world's present changes nothing.
    pub(crate) fn advance(&mut self, to: Timestamp, acts_max: usize) -> bool {
        for _ in 0..acts_max {
            let Some(entry) = self.acts.first_entry().filter(|e| e.key().0 <= to) else {
                self.now = self.now.max(to);
                return true;
            };
            let ((at, number), act) = entry.remove_entry();
            self.now = self.now.max(at);
            self.version += 1;
            people::act(self, &act, number);
            self.trim();
        }
        false
    }

    /// Puts off everything that is planned.
    pub(crate) fn put_off(&mut self, span: jiff::SignedDuration) {
        let acts = std::mem::take(&mut self.acts);
        self.acts = acts.into_iter().map(|((at, number), act)| ((at.saturating_add(span).unwrap_or(at), number), act)).collect();
    }

    /// Plans an act for `at`, or for now if that has passed.
    pub(crate) fn plan(&mut self, at: Timestamp, act: Act) {
        self.act_count += 1;
        self.acts.insert((at.max(self.now), self.act_count), act);
    }

    /// A new id, higher than every one before, that carries the present instant.
    pub(crate) fn next_id(&mut self) -> Id {
        let ms = u64::try_from(self.now.as_millisecond()).unwrap_or(0);
        self.last_id = Id((ms << 16).max(self.last_id.0 + 1));
        self.last_id
    }

    /// Dice for a decision in this world.
    pub(crate) fn dice(&self, label: &str, parts: &[u64]) -> Dice {
        Dice::new(self.seed, label, parts)
    }

    /// The account with this name, as written in a mention; the domain of this server counts as none.
    pub(crate) fn account_named(&self, user: &str, domain: Option<&str>) -> Option<&Account> {
        let own_host = self.base.split("://").nth(1).unwrap_or_default();
        let domain = domain.filter(|d| !d.eq_ignore_ascii_case(own_host));
        self.accounts.values().find(|a| {
            a.username.eq_ignore_ascii_case(user)
                && match (&a.domain, domain) {
                    (None, None) => true,
                    (Some(have), Some(want)) => have.eq_ignore_ascii_case(want),
                    _ => false,
                }
        })
    }

    /// The account behind `user` or `user@domain`, with or without a leading `@`.
    pub(crate) fn account_by_acct(&self, acct: &str) -> Option<&Account> {
        let acct = acct.trim().trim_start_matches('@');
        match acct.split_once('@') {
            Some((user, domain)) => self.account_named(user, Some(domain)),
            None => self.account_named(acct, None),
        }
    }

    /// Lets the streams of an attended account know.
    pub(crate) fn emit(&mut self, to: Option<Id>, event: &'static str, payload: String) {
        if self.heard && to.is_none_or(|id| self.attended.contains(&id)) {
            self.emitted.push(Emitted { to, event, payload });
        }
    }

    /// Tells everybody whose home timeline holds the status, and the public stream.
    fn emit_status(&mut self, event: &'static str, status: &Status) {
        if !self.heard {
            return;
        }
        let readers: Vec<Id> = self.attended.iter().copied().filter(|reader| self.is_in_home(*reader, status)).collect();
        for reader in readers {
            let payload = render::status(self, status, Some(reader)).to_string();
            self.emit(Some(reader), event, payload);
        }
        if status.visibility == Visibility::Public && status.in_reply_to.is_none() && status.reblog_of.is_none() {
            let payload = render::status(self, status, None).to_string();
            self.emit(None, event, payload);
        }
    }

    /// Forgets the oldest of what would grow without end.
    fn trim(&mut self) {
        while self.notifications.len() > NOTIFICATIONS_KEPT_MAX {
            self.notifications.pop_first();
        }
        if self.statuses.len() <= STATUSES_KEPT_MAX {
            return;
        }
        let owner = self.owner;
        let kept_threads: BTreeSet<Id> =
            self.statuses.values().filter(|s| s.account == owner || s.mentions(owner)).map(|s| s.root).collect();
        let excess = self.statuses.len() - STATUSES_KEPT_AFTER_TRIM;
        let gone: Vec<Id> = self
            .statuses
            .values()
            .filter(|s| !kept_threads.contains(&s.root) && s.reblogged_by.is_empty() && s.reblog_of.is_none())
            .map(|s| s.id)
            .take(excess)
            .collect();
        for id in gone {
            self.statuses.remove(&id);
        }
    }
}

/// Maps whose keys are not strings, as a list of pairs.
mod as_list {
    use std::collections::BTreeMap;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<K: Serialize, V: Serialize, S: Serializer>(map: &BTreeMap<K, V>, out: S) -> Result<S::Ok, S::Error> {
        out.collect_seq(map.iter())
    }

    pub(super) fn deserialize<'de, K, V, D>(input: D) -> Result<BTreeMap<K, V>, D::Error>
    where
        K: Deserialize<'de> + Ord,
        V: Deserialize<'de>,
        D: Deserializer<'de>,
    {
        Ok(Vec::<(K, V)>::deserialize(input)?.into_iter().collect())
    }
}
