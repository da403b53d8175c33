//! The checker: what is promised, held against the networks' own lists.
//!
//! While a run goes on it watches every send (intent first, right bytes, right key, neither early nor late) and how
//! long an unknown outcome stays unknown. At the end it compares each network's list with the store: nothing twice,
//! nothing lost, nothing called failed that is live or published that is not, and nothing left open.

use jiff::{SignedDuration, Timestamp};
use kith_domain::publish::{GRACE_DEFAULT_S, Hold, State};

use crate::fault::SendFault;
use crate::network::{Guard, Network};
use crate::report::Report;
use crate::setting::{HOUR, MINUTE, Policy};
use crate::store::{Kind, Row, Unsaved, remote_id};
use crate::wire::Request;
use crate::world::World;

/// A claim taken within its grace may send this long after it, in seconds: the age at which a claim starts no send.
const LATE_SLACK_S: i64 = 61;
/// A sender that stood still longer than this between the check and the send is the hole that no program can close,
/// in milliseconds (reliability.md, "Honest claim").
const STALE_MS: i64 = 1_000;
/// An unknown outcome is to be settled within this, in milliseconds.
const SETTLED_MS: i64 = 15 * MINUTE;

/// What is watched during a run.
#[derive(Debug)]
pub(crate) struct Watch {
    dispatches: Vec<Watched>,
    /// What was wrong at the time it happened.
    faults: Vec<String>,
    late_by_freeze: u64,
    fenced: u64,
    conflicts: u64,
    settled: Vec<(char, bool, bool)>,
    letters: Vec<char>,
}

#[derive(Debug, Clone, Default)]
struct Watched {
    /// When a person last said "send", by the wall and truly.
    said: Option<(Timestamp, i64)>,
    /// A person called it off while nobody knew whether it was out.
    gave_up: bool,
    /// Since when its outcome is unknown.
    unknown_since: Option<i64>,
    asked: bool,
    key: Option<String>,
}

impl Watch {
    pub(crate) fn new(dispatches: usize) -> Self {
        Self {
            dispatches: vec![Watched::default(); dispatches],
            faults: Vec::new(),
            late_by_freeze: 0,
            fenced: 0,
            conflicts: 0,
            settled: Vec::new(),
            letters: Vec::new(),
        }
    }

    /// Whether a person has asked for it to be sent.
    pub(crate) fn asked(&self, row: usize) -> bool {
        self.dispatches[row].said.is_some()
    }

    pub(crate) fn said(&mut self, row: usize, wall: Timestamp, now: i64) {
        self.dispatches[row].said = Some((wall, now));
    }

    pub(crate) fn gave_up(&mut self, row: usize) {
        self.dispatches[row].gave_up = true;
    }

    pub(crate) fn unsaved(&mut self, why: Unsaved) {
        match why {
            Unsaved::Fenced => self.fenced += 1,
            Unsaved::Conflict => self.conflicts += 1,
            Unsaved::Down => {}
        }
    }

    /// A row's state has another name than before.
    pub(crate) fn moved(&mut self, row: usize, before: &str, after: &str, now: i64) {
        let letter = self.letters.get(row).copied().unwrap_or('?');
        let here = &mut self.dispatches[row];
        match (before, after) {
            // What a person had to do with counts as theirs.
            _ if here.said.is_some() => {}
            ("needs_person", _) => here.unknown_since = None,
            (_, "uncertain") => here.unknown_since = here.unknown_since.or(Some(now)),
            (_, "sending") => {}
            _ => {
                if let Some(since) = here.unknown_since.take() {
                    let alone = after != "needs_person";
                    self.settled.push((letter, alone, alone && now - since <= SETTLED_MS));
                }
            }
        }
        here.asked |= after == "needs_person";
    }
}

impl World {
    /// A send is about to leave.
    pub(crate) fn watch_send(&mut self, request: &Request, fence: i64, (woke, claimed): (Timestamp, i64)) {
        let row = &self.store.rows[request.row];
        let now = self.wall();
        let mut wrong = Vec::new();
        let intent = row
            .attempts
            .iter()
            .any(|attempt| attempt.kind == Kind::Send && attempt.fence == fence && !attempt.ended && attempt.request == request.bytes);
        if !intent {
            wrong.push("sent without an intent on disk");
        }
        if request.by_person || self.setting.policy == Policy::Naive {
            // The control changes keys; that is its point.
        } else if self.watch.dispatches[request.row].key.as_ref().is_some_and(|key| *key != request.key) {
            wrong.push("sent under a second key");
        }
        // What went out once in its time is never early again, even if the clock went back.
        if now.max(woke) < row.d.due_at && row.d.attempts <= 1 {
            wrong.push("sent before it was due");
        }
        // What stood still before the claim holds what has not begun and what no person let out.
        let still = self.still_since(request.channel).is_some_and(|since| since < claimed);
        if still && row.d.attempts <= 1 && !self.watch.asked(request.row) && self.setting.policy == Policy::Kith {
            wrong.push("sent while it stood still");
        }
        let word = |(wall, _): (Timestamp, i64)| wall + SignedDuration::from_secs(row.d.grace_s.max(GRACE_DEFAULT_S));
        let until = self.watch.dispatches[request.row].said.map_or(row.d.grace_until(), |said| row.d.grace_until().max(word(said)));
        if now > until + SignedDuration::from_secs(LATE_SLACK_S) && self.setting.policy == Policy::Kith {
            if request.stale_ms > STALE_MS {
                self.watch.late_by_freeze += 1;
            } else {
                wrong.push("sent later than its grace, unasked");
            }
        }
        self.watch.dispatches[request.row].key = Some(request.key.clone());
        for what in wrong {
            self.watch.faults.push(format!("post {}: {what}", request.row));
            self.say(|| format!("!! post {}: {what}", request.row));
        }
    }

    /// Which class each dispatch has, for the figures.
    pub(crate) fn name_letters(&mut self) {
        self.watch.letters = self.store.rows.iter().map(|row| self.networks[row.channel].letter()).collect();
    }

    /// Compares the networks with the store.
    pub(crate) fn judge(&self) -> Report {
        let mut report = Report {
            posts: self.store.rows.len() as u64,
            requests: self.requests.len() as u64,
            fenced: self.watch.fenced,
            conflicts: self.watch.conflicts,
            late_by_freeze: self.watch.late_by_freeze,
            breaches: self.watch.faults.clone(),
            ..Report::default()
        };
        for &(letter, alone, soon) in &self.watch.settled {
            let settled = report.settled.entry(letter).or_default();
            settled.unknown += 1;
            settled.alone += u64::from(alone);
            settled.soon += u64::from(soon);
        }
        for (at, row) in self.store.rows.iter().enumerate() {
            self.judge_state(at, row, &mut report);
        }
        for (channel, network) in self.networks.iter().enumerate() {
            self.judge_network(channel, network, &mut report);
        }
        report
    }

    fn judge_state(&self, at: usize, row: &Row, report: &mut Report) {
        let network = &self.networks[row.channel];
        *report.states.entry(row.d.state.name()).or_default() += 1;
        match &row.d.state {
            State::Published { receipt } => {
                if !network.posts.iter().any(|post| post.id == receipt.remote_id && post.text == row.text) {
                    report.wrongly_published += 1;
                    report.breaches.push(format!("post {at}: called published, {} is not there", receipt.remote_id));
                }
                let twins = self
                    .store
                    .rows
                    .iter()
                    .filter(|other| other.channel == row.channel && remote_id(&other.d.state) == Some(&receipt.remote_id));
                if twins.count() > 1 {
                    report.breaches.push(format!("post {at}: {} is bound twice", receipt.remote_id));
                }
            }
            state if state.is_final() || state.waits_for_person() => {}
            state => {
                report.lost += 1;
                report.breaches.push(format!("post {at}: left open as {state:?}, wakes at {:?}", row.wake_at));
            }
        }
        if self.watch.dispatches[at].asked {
            report.to_person += 1;
            *report.to_person_by.entry(network.letter()).or_default() += 1;
        }
        if matches!(row.d.state, State::Held { why, .. } if why.is_for_people()) {
            report.breaches.push(format!("post {at}: held for people, and nothing lets it go"));
        }
        if matches!(row.d.state, State::Held { why: Hold::Token | Hold::Paused, .. })
            && !self.channels[row.channel].token_dead
            && !self.channels[row.channel].paused
        {
            report.left_held += 1;
        }
    }

    /// Posts with the same words on one channel can't be told apart by anybody, so they are judged together.
    fn judge_network(&self, channel: usize, network: &Network, report: &mut Report) {
        let mut texts: Vec<u32> = self.store.rows.iter().filter(|row| row.channel == channel).map(|row| row.text).collect();
        texts.sort_unstable();
        texts.dedup();
        for text in texts {
            let rows: Vec<usize> = (0..self.store.rows.len())
                .filter(|&at| self.store.rows[at].channel == channel && self.store.rows[at].text == text)
                .collect();
            let bound: Vec<&str> = rows.iter().filter_map(|&at| remote_id(&self.store.rows[at].d.state)).collect();
            let unbound: Vec<usize> = (0..network.posts.len())
                .filter(|&at| network.posts[at].text == text && !bound.contains(&network.posts[at].id.as_str()))
                .collect();
            // Each of these is known to be perhaps out: one live post of it surprises nobody.
            let open = rows.iter().filter(|&&at| self.may_be_out(at)).count();
            for &post in unbound.iter().skip(open) {
                self.blame(channel, network, &rows, post, report);
            }
        }
    }

    fn may_be_out(&self, at: usize) -> bool {
        let state = &self.store.rows[at].d.state;
        state.name() == "needs_person"
            || (*state == State::Cancelled && self.watch.dispatches[at].gave_up)
            || matches!(state.name(), "uncertain" | "sending")
    }

    /// A post that no dispatch accounts for: whose fault is it?
    fn blame(&self, channel: usize, network: &Network, rows: &[usize], post: usize, report: &mut Report) {
        let live = &network.posts[post];
        // Where words are alike, anybody's second post may be the one too many.
        let siblings: Vec<&Request> =
            network.posts.iter().filter(|other| rows.contains(&other.by)).map(|other| &self.requests[other.request]).collect();
        let by_person = siblings.iter().any(|request| request.by_person);
        let stale = siblings.iter().any(|request| request.stale_ms > STALE_MS);
        let expired =
            siblings.iter().any(|one| siblings.iter().any(|other| one.row == other.row && one.left - other.left > HOUR - 10 * MINUTE));
        let raced = siblings.iter().any(|request| matches!(request.fault, SendFault::HandledSlowly(_)));
        // The honest claim excludes these by class.
        let (excused, races) = match network.guard {
            Guard::Record | Guard::Staged { .. } => (false, false),
            Guard::Keyed { racing, .. } => (expired, racing && raced),
            Guard::ReadBack | Guard::Duplicate { .. } | Guard::Blind => (true, false),
        };
        let called: Vec<&str> = rows.iter().map(|&at| self.store.rows[at].d.state.name()).collect();
        let line = format!(
            "channel {channel} ({}) shows {} of post {} and nobody accounts for it; its words are {called:?}",
            network.letter(),
            live.id,
            live.by
        );
        if races {
            report.by_race += 1;
        } else if excused && by_person {
            report.by_person += 1;
        } else if excused && stale {
            report.by_freeze += 1;
        } else if excused && self.setting.clock_jumps() {
            report.by_clock += 1;
        } else if called.contains(&"published") {
            report.doubled += 1;
            report.breaches.push(format!("doubled: {line}"));
        } else {
            report.wrongly_failed += 1;
            report.breaches.push(format!("wrongly ended: {line}"));
        }
    }
}
