//! A virtual network: one account of one network, with the guard of its class and its own list of posts.
//!
//! The list is the truth that the checker believes. Kith sees only what answers and looks show of it.

use jiff::Timestamp;
use kith_domain::publish::{Class, Looked, Receipt};

/// How far before the first send a post may have been made to be taken for it, in milliseconds (reliability.md A2).
const BEFORE_MS: i64 = 120_000;
/// How long a staged handle lives, in milliseconds (reliability.md A2, Threads).
const HANDLE_MS: i64 = 24 * 3_600_000;

/// How a network guards against doubles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guard {
    /// C: the same key with the same bytes is a no-op, with other bytes a refusal.
    Record,
    /// S: a handle is published once; a second time is answered with the post or (`true`) with a refusal.
    Staged {
        /// Whether a published handle refuses.
        refuses: bool,
    },
    /// K: a key is known for a time.
    Keyed {
        /// Its life in milliseconds.
        ttl_ms: i64,
        /// Whether a replay is answered 500 (Mastodon between 2026-02-16 and 2026-09-09).
        replay_500: bool,
        /// Whether the key is read when a handler begins and written when it ends (Mastodon before 2026-02-16).
        racing: bool,
    },
    /// N: nothing, but the own timeline can be read.
    ReadBack,
    /// D: the same text within this time, in milliseconds, is refused; the own timeline can be read.
    Duplicate {
        /// How long a text is remembered.
        window_ms: i64,
    },
    /// B: nothing, and nothing can be read.
    Blind,
}

/// A post on the network.
#[derive(Debug, Clone)]
pub struct Live {
    /// The network's id.
    pub id: String,
    /// Who sent it: index of the dispatch.
    pub by: usize,
    /// The words.
    pub text: u32,
    /// The key it came under.
    pub key: String,
    /// The bytes.
    pub bytes: String,
    /// When it was made, by the network's own clock, which is right.
    pub created_ms: i64,
    /// From when its author's timeline shows it.
    pub visible_ms: i64,
    /// Index of the request that made it.
    pub request: usize,
}

/// What the network makes of a request that it handles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Handled {
    /// Published now or before.
    Accepted(usize),
    /// Published before, but answered 500.
    Replayed500,
    /// Refused.
    Refused(&'static str),
}

/// One account.
#[derive(Debug)]
pub struct Network {
    /// Its guard.
    pub guard: Guard,
    /// What it shows, oldest first.
    pub posts: Vec<Live>,
    name: usize,
}

/// A request as the network sees it.
#[derive(Debug, Clone, Copy)]
pub struct Arriving<'a> {
    /// The sender's dispatch, for the checker.
    pub by: usize,
    /// The key.
    pub key: &'a str,
    /// The bytes; for a staged network the handle.
    pub bytes: &'a str,
    /// The words.
    pub text: u32,
    /// When its handle was made, for a staged network.
    pub staged_ms: i64,
    /// How long the author's timeline hides it.
    pub lag_ms: i64,
    /// Index of the request.
    pub request: usize,
}

/// What a look looks for.
#[derive(Debug, Clone, Copy)]
pub struct Search<'a> {
    /// The key it was sent under.
    pub key: &'a str,
    /// The bytes that were sent.
    pub bytes: &'a str,
    /// The words.
    pub text: u32,
    /// When it was first sent, by Kith's clock.
    pub first_send: Timestamp,
    /// Remote ids that belong to other dispatches.
    pub taken: &'a [String],
}

impl Network {
    /// An account without posts.
    pub fn new(name: usize, guard: Guard) -> Self {
        Self { guard, posts: Vec::new(), name }
    }

    /// What Kith takes its class for.
    pub fn class(&self) -> Class {
        match self.guard {
            Guard::Record => Class::NamedRecord,
            Guard::Staged { .. } => Class::Staged,
            Guard::Keyed { ttl_ms, .. } => Class::Keyed { ttl_s: ttl_ms / 1_000 },
            Guard::ReadBack | Guard::Duplicate { .. } => Class::ReadBack,
            Guard::Blind => Class::Blind,
        }
    }

    /// The letter used in the docs; D is told from N.
    pub fn letter(&self) -> char {
        if matches!(self.guard, Guard::Duplicate { .. }) { 'D' } else { self.class().letter() }
    }

    /// The post that already answers this key at `now_ms`, for the guards that look at keys.
    pub fn known(&self, key: &str, bytes: &str, now_ms: i64) -> Option<usize> {
        let find = |is: &dyn Fn(&Live) -> bool| self.posts.iter().position(is);
        match self.guard {
            Guard::Record => find(&|post| post.key == key),
            Guard::Staged { .. } => find(&|post| post.bytes == bytes),
            Guard::Keyed { ttl_ms, .. } => find(&|post| post.key == key && now_ms - post.created_ms < ttl_ms),
            Guard::ReadBack | Guard::Duplicate { .. } | Guard::Blind => None,
        }
    }

    /// Handles a request. With `blind_since`, the key was read at that time and not again (a racing handler).
    pub fn handle(&mut self, arriving: &Arriving<'_>, now_ms: i64, blind_since: Option<i64>) -> Handled {
        let known = match (self.guard, blind_since) {
            (Guard::Keyed { racing: true, .. }, Some(since)) => {
                self.known(arriving.key, arriving.bytes, since).filter(|&at| self.posts[at].created_ms <= since)
            }
            _ => self.known(arriving.key, arriving.bytes, now_ms),
        };
        if let Some(at) = known {
            return match self.guard {
                Guard::Record if self.posts[at].bytes != arriving.bytes => Handled::Refused("another record has that key"),
                Guard::Staged { refuses: true } => Handled::Refused("this was published before"),
                Guard::Keyed { replay_500: true, .. } => Handled::Replayed500,
                _ => Handled::Accepted(at),
            };
        }
        match self.guard {
            Guard::Staged { .. } if now_ms - arriving.staged_ms > HANDLE_MS => return Handled::Refused("the handle has expired"),
            Guard::Duplicate { window_ms }
                if self.posts.iter().any(|post| post.text == arriving.text && now_ms - post.created_ms < window_ms) =>
            {
                return Handled::Refused("the text is a duplicate");
            }
            _ => {}
        }
        self.posts.push(Live {
            id: format!("{}.{}", self.name, self.posts.len() + 1),
            by: arriving.by,
            text: arriving.text,
            key: arriving.key.to_owned(),
            bytes: arriving.bytes.to_owned(),
            created_ms: now_ms,
            visible_ms: now_ms + arriving.lag_ms,
            request: arriving.request,
        });
        Handled::Accepted(self.posts.len() - 1)
    }

    /// Proof of one of its posts.
    pub fn receipt(&self, at: usize, base: Timestamp) -> Receipt {
        let post = &self.posts[at];
        Receipt { remote_id: post.id.clone(), url: None, at: ms_after(base, post.created_ms) }
    }

    /// What a look shows: by key or handle where there is one, else by words, time and what is not bound elsewhere.
    pub fn look(&self, search: &Search<'_>, now_ms: i64, base: Timestamp) -> Looked {
        let Search { key, bytes, text, first_send, taken } = *search;
        let found = match self.guard {
            Guard::Record | Guard::Staged { .. } => self.known(key, bytes, now_ms),
            Guard::Keyed { .. } | Guard::ReadBack | Guard::Duplicate { .. } => {
                let since = first_send.as_millisecond() - base.as_millisecond() - BEFORE_MS;
                self.posts.iter().position(|post| {
                    post.text == text && post.visible_ms <= now_ms && post.created_ms >= since && !taken.contains(&post.id)
                })
            }
            Guard::Blind => return Looked::Failed { after: None, why: "this network does not show what one posted".into() },
        };
        found.map_or(Looked::Absent, |at| Looked::Found(self.receipt(at, base)))
    }
}

/// The instant so many milliseconds after another.
pub fn ms_after(base: Timestamp, ms: i64) -> Timestamp {
    Timestamp::from_millisecond(base.as_millisecond().saturating_add(ms)).unwrap_or(Timestamp::MAX)
}
