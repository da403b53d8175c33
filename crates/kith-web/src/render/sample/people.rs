//! People made by hand: those who follow anew, those who are known, what was promised, and who drifts away.

use kith_domain::ids::{ContactId, HandleId, MemoryId};
use kith_domain::people::{PromiseEnd, SortedAs};
use kith_engine::views::BeginView;
use kith_engine::{
    DriftCard, FollowerCard, FollowerLine, FollowersView, HandleLine, MemoryBeside, MemoryLine, Month, PassedLine, PersonLine, PromiseLine,
    Reach,
};

use super::super::TodayPeople;
use super::{ChannelId, Moment, at, conversation_id, face, moment, network, stamp, waiting};

const YESTERDAY: &str = "Wednesday 18 November";

fn contact(n: u8) -> ContactId {
    ContactId::new(at(0.0), [n; 10])
}

fn then() -> Moment {
    moment(26.0, YESTERDAY, "07:42", "26 h")
}

/// The line of those who wait, with two of eight answered.
pub(in super::super) fn begin() -> BeginView {
    let waiting = waiting();
    BeginView { turn: waiting.get(1).map(|row| row.id), owed: 6, waiting }
}

fn follower(n: u8, name: &str, address: &str, sorted: Option<SortedAs>, note: &str) -> FollowerLine {
    FollowerLine {
        handle: HandleId::new(at(0.0), [n; 10]),
        face: face(name, address, n),
        stamp: stamp("Ma", network("Ma")),
        at: then(),
        sorted,
        note: note.into(),
        sorted_by: sorted.map(|_| "Bea".into()),
        wrote: u32::from(n == 1),
    }
}

/// A new follower as the owner sees them, and those after.
pub(in super::super) fn followers() -> FollowersView {
    FollowersView {
        shown: String::new(),
        card: Some(FollowerCard {
            line: follower(1, "Mira Solberg", "mira@wheel.example", Some(SortedAs::Meet), "asks good questions"),
            channel: ChannelId::new(at(0.0), [1; 10]),
            channel_name: "studio".into(),
            url: Some("https://wheel.example/@mira".into()),
            bio: "Wood-fired pots, two goats, one very patient kiln.".into(),
            posts: vec![("Is anybody else’s clay frozen this morning?".into(), then())],
            since: Some(then()),
            why: vec!["follows 4,000 people".into()],
            unread: None,
        }),
        next: vec![
            follower(2, "Pots and Pans Ltd", "sales@pans.example", Some(SortedAs::Shop), "sells lids"),
            follower(3, "Ike Adeyemi", "ike@clay.example", None, ""),
        ],
        counts: vec![("meet".into(), 1), ("shop".into(), 1)],
        total: 3,
        may_converse: true,
        may_sort: true,
    }
}

/// Nobody follows anew.
pub(in super::super) fn no_followers() -> FollowersView {
    FollowersView { card: None, next: Vec::new(), counts: Vec::new(), total: 0, ..followers() }
}

/// People as lines: a promise, a wait, a drift, and somebody new without a word.
pub(in super::super) fn lines() -> Vec<PersonLine> {
    [
        ("promise", "you promised the recipe card, due today", Some("Guilty, twice over. Thank you for this one.")),
        ("waiting", "waits 26 h", Some("Did the tenmoku break where it ran thick?")),
        ("drift", "wrote 4 times since you last did", Some("I read this one twice, then went and found my old wheel.")),
        ("new", "new this week", None),
    ]
    .into_iter()
    .zip(waiting())
    .zip(1..)
    .map(|(((owed, owed_words, words), row), n)| PersonLine {
        contact: contact(n),
        face: row.face,
        stamp: row.stamp,
        owed,
        owed_words: owed_words.into(),
        words: words.map(str::to_owned),
        since: then(),
        tags: if n == 1 { vec!["teacher".into(), "kiln".into()] } else { Vec::new() },
    })
    .collect()
}

fn promise(n: u8, text: &str, is_due: bool, ended: Option<PromiseEnd>) -> PromiseLine {
    PromiseLine {
        id: MemoryId::new(at(0.0), [n; 10]),
        contact: contact(1),
        face: face("Jo Ferrant", "jo@clay.example", 0),
        text: text.into(),
        given: then(),
        due: moment(0.0, "Thursday 19 November", "09:00", "just now"),
        due_day: "2026-11-19".into(),
        is_due,
        ended,
        heard_in: Some(conversation_id(1)),
    }
}

/// Promises that are over.
pub(in super::super) fn ended() -> [PromiseLine; 2] {
    [promise(8, "lend the cone pack", false, Some(PromiseEnd::Kept)), promise(9, "look at the wheel", false, Some(PromiseEnd::LetGo))]
}

/// What is remembered of somebody: promises, facts, a note, a year of messages.
pub(in super::super) fn memory() -> MemoryBeside {
    let memory = |n: u8, key: &str, text: &str| MemoryLine {
        id: MemoryId::new(at(0.0), [n; 10]),
        key: key.into(),
        text: text.into(),
        at: then(),
        by: "Ana".into(),
        heard_in: (n == 1).then(|| conversation_id(1)),
    };
    let year = [
        ("Dec", "December 2025"),
        ("Jan", "January 2026"),
        ("Feb", "February 2026"),
        ("Mar", "March 2026"),
        ("Apr", "April 2026"),
        ("May", "May 2026"),
        ("Jun", "June 2026"),
        ("Jul", "July 2026"),
        ("Aug", "August 2026"),
        ("Sep", "September 2026"),
        ("Oct", "October 2026"),
        ("Nov", "November 2026"),
    ];
    let months = year.into_iter().zip([(0, 0), (0, 0), (1, 0), (2, 1), (0, 1), (1, 1), (3, 2), (4, 3), (2, 0), (1, 0), (1, 1), (1, 0)]);
    MemoryBeside {
        contact: contact(1),
        face: face("Jo Ferrant", "jo@clay.example", 0),
        known_since: then(),
        promises: vec![promise(6, "send the recipe card", true, None), promise(7, "ask about the kiln", false, None)],
        facts: vec![memory(1, "kiln", "Rohde 100"), memory(2, "", "teaches year nine")],
        notes: vec![memory(3, "", "Prefers to be written to in the morning.")],
        tags: vec!["teacher".into()],
        handles: vec![
            HandleLine {
                id: HandleId::new(at(0.0), [1; 10]),
                stamp: stamp("Ma", network("Ma")),
                address: "jo@clay.example".into(),
                url: Some("https://clay.example/@jo".into()),
                is_bot: false,
            },
            HandleLine {
                id: HandleId::new(at(0.0), [2; 10]),
                stamp: stamp("Bs", network("Bs")),
                address: "joferrant.example".into(),
                url: None,
                is_bot: true,
            },
        ],
        months: months.map(|((name, full), (theirs, ours))| Month { name: name.into(), full: full.into(), theirs, ours }).collect(),
        may_write: true,
    }
}

/// What passed with somebody: theirs, ours with whose words they were, and a deed without words.
pub(in super::super) fn passed() -> Vec<PassedLine> {
    let line = |ours, what: &str, words: Option<&str>, by: Option<&str>| PassedLine {
        at: then(),
        stamp: stamp("Ma", network("Ma")),
        ours,
        what: what.into(),
        words: words.map(str::to_owned),
        conversation: words.map(|_| conversation_id(1)),
        provenance: by.map(str::to_owned),
    };
    vec![
        line(false, "wrote", Some("Guilty, twice over. Thank you for this one."), None),
        line(true, "You answered", Some("We’ve all blamed the clay."), Some("Written by Ana, by hand.")),
        line(false, "began to follow you", None, None),
    ]
}

/// Today's people: a promise that is due, two who drift away, new followers.
pub(in super::super) fn today_people() -> TodayPeople {
    let drift = |n: u8, name: &str, words: Option<&str>, button| DriftCard {
        contact: contact(n),
        face: face(name, "tomas@wheel.example", n),
        why: "Wrote 4 times since you last did, 41 days ago.".into(),
        words: words.map(str::to_owned),
        conversation: words.map(|_| conversation_id(4)),
        button,
    };
    let view = followers();
    TodayPeople {
        promises: vec![promise(6, "send the recipe card", true, None)],
        drifting: vec![
            drift(4, "Tomas Meer", Some("I read this one twice, then went and found my old wheel."), "Answer"),
            drift(5, "Lena Novak", None, "Answer"),
        ],
        followers: (3, view.next),
    }
}

/// A channel through which they can be followed and written to, and one through which neither goes.
pub(in super::super) fn reach() -> [Reach; 2] {
    let reach = |name: &str, message: Result<(), String>, followed_here| Reach {
        channel: ChannelId::new(at(0.0), [1; 10]),
        name: name.into(),
        follow: Ok(()),
        message,
        text_max: 500,
        followed_here,
    };
    [reach("studio", Ok(()), Some(false)), reach("studio-bs", Err("They take messages only from people they follow".into()), Some(true))]
}
