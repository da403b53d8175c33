//! The store in memory, under the real one's contract: a claim moves the fence on and takes a lease, a write under an
//! older fence is refused, a state other than claimed or sending ends the claim, and a remote id belongs to one
//! dispatch of a channel.

use jiff::{SignedDuration, Timestamp};
use kith_domain::publish::{Dispatch, Hold, LEASE_S, State, clock_went_back, released};

/// Why a write was not stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unsaved {
    /// Somebody else has the row.
    Fenced,
    /// Another dispatch has that remote id.
    Conflict,
    /// The database does not answer; the write may or may not be stored.
    Down,
}

/// What an attempt was for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A send; its row is the intent.
    Send,
    /// A look.
    Look,
}

/// One attempt, as stored.
#[derive(Debug, Clone)]
pub(crate) struct Attempt {
    /// The fence it began under.
    pub(crate) fence: i64,
    /// What for.
    pub(crate) kind: Kind,
    /// The bytes of a send.
    pub(crate) request: String,
    /// Whether its end is stored.
    pub(crate) ended: bool,
}

/// One dispatch, as stored, with what only the checker knows.
#[derive(Debug)]
pub(crate) struct Row {
    /// The dispatch.
    pub(crate) d: Dispatch,
    /// When a worker has something to do with it.
    pub(crate) wake_at: Option<Timestamp>,
    /// The present claim's end.
    pub(crate) lease_until: Option<Timestamp>,
    /// The worker that claimed it last, and in which of its lives.
    pub(crate) lease_by: (usize, u64),
    /// Its attempts; `n` is the index plus 1.
    pub(crate) attempts: Vec<Attempt>,
    /// Index of its channel.
    pub(crate) channel: usize,
    /// Its words.
    pub(crate) text: u32,
}

/// What a worker holds after a claim.
#[derive(Debug, Clone)]
pub(crate) struct Claimed {
    /// Index of the row.
    pub(crate) row: usize,
    /// The dispatch as it was then.
    pub(crate) d: Dispatch,
}

/// All rows.
#[derive(Debug, Default)]
pub(crate) struct Store {
    /// The dispatches, in the order of their making.
    pub(crate) rows: Vec<Row>,
}

impl Store {
    /// Claims up to `limit` dispatches that wake at or before `now`, at most one a channel, none of a channel in `skip`.
    pub(crate) fn claim(
        &mut self,
        worker: (usize, u64),
        now: Timestamp,
        lease_until: Timestamp,
        limit: usize,
        skip: &[usize],
    ) -> Vec<Claimed> {
        let mut due: Vec<(Timestamp, usize)> = Vec::new();
        for (at, row) in self.rows.iter().enumerate() {
            if let Some(wake) = row.wake_at
                && wake <= now
                && !skip.contains(&row.channel)
            {
                due.push((wake, at));
            }
        }
        due.sort_unstable();
        let mut channels: Vec<usize> = Vec::new();
        let mut claimed = Vec::new();
        for (_, at) in due {
            let row = &mut self.rows[at];
            if channels.contains(&row.channel) || claimed.len() == limit {
                continue;
            }
            channels.push(row.channel);
            row.d.fence += 1;
            row.lease_until = Some(lease_until);
            row.lease_by = worker;
            row.wake_at = Some(lease_until);
            claimed.push(Claimed { row: at, d: row.d.clone() });
        }
        claimed
    }

    /// When the next dispatch wakes, of the channels not in `skip`.
    pub(crate) fn next_wake(&self, skip: &[usize]) -> Option<Timestamp> {
        self.rows.iter().filter(|row| !skip.contains(&row.channel)).filter_map(|row| row.wake_at).min()
    }

    /// The start of the only worker: what an earlier one had claimed wakes now.
    pub(crate) fn release_leases(&mut self, now: Timestamp) {
        for row in &mut self.rows {
            if row.lease_until.take().is_some() {
                row.wake_at = Some(now);
                row.d.fence += 1;
            }
        }
    }

    /// A worker is taken for dead: what it had claimed wakes now, under the next fence. Returns how many.
    pub(crate) fn take_over(&mut self, worker: (usize, u64), now: Timestamp) -> usize {
        let mut count = 0;
        for row in self.rows.iter_mut().filter(|row| row.lease_by == worker) {
            if row.lease_until.take().is_some() {
                row.wake_at = Some(now);
                row.d.fence += 1;
                count += 1;
            }
        }
        count
    }

    /// The intent of a send, or the begin of a look. The claim goes on.
    pub(crate) fn begin_attempt(
        &mut self,
        row: usize,
        d: &Dispatch,
        state: &State,
        prepared: Option<&str>,
        kind: Kind,
        now: Timestamp,
    ) -> Result<usize, Unsaved> {
        self.write(row, d, state, prepared, true)?;
        let row = &mut self.rows[row];
        if kind == Kind::Send {
            row.d.attempts += 1;
            row.d.first_send = row.d.first_send.or(Some(now));
            row.d.last_send = Some(now);
        }
        row.attempts.push(Attempt { fence: d.fence, kind, request: prepared.unwrap_or_default().to_owned(), ended: false });
        Ok(row.attempts.len())
    }

    /// The end of an attempt and where the dispatch stands.
    pub(crate) fn finish_attempt(&mut self, row: usize, d: &Dispatch, state: &State, n: usize) -> Result<(), Unsaved> {
        self.save_step(row, d, state, None)?;
        self.rows[row].attempts[n - 1].ended = true;
        Ok(())
    }

    /// Where a claimed dispatch stands.
    pub(crate) fn save_step(&mut self, row: usize, d: &Dispatch, state: &State, prepared: Option<&str>) -> Result<(), Unsaved> {
        let keep = matches!(state.name(), "claimed" | "sending");
        self.write(row, d, state, prepared, keep)
    }

    /// What a person decided about a dispatch as they read it.
    pub(crate) fn apply(&mut self, row: usize, was: &Dispatch, state: &State) -> Result<(), Unsaved> {
        let here = &self.rows[row].d;
        if here.fence != was.fence || here.state.name() != was.state.name() {
            return Err(Unsaved::Fenced);
        }
        self.check_free(row, state)?;
        let row = &mut self.rows[row];
        row.d.state = state.clone();
        row.d.fence += 1;
        row.lease_until = None;
        row.wake_at = row.d.wake_at(None);
        Ok(())
    }

    /// What held the dispatches of a channel is mended.
    pub(crate) fn release_held(&mut self, channel: usize, why: Hold) -> usize {
        let mut count = 0;
        for at in 0..self.rows.len() {
            let row = &self.rows[at];
            if row.channel == channel && matches!(row.d.state, State::Held { why: reason, .. } if reason == why) {
                let (was, decision) = (row.d.clone(), released(&row.d));
                if self.apply(at, &was, &decision.state).is_ok() {
                    count += 1;
                }
            }
        }
        count
    }

    /// The clock went back by more than a hold: what only the wrong clock put off, and what was claimed under it, wakes.
    pub(crate) fn clock_went_back(&mut self, now: Timestamp) -> usize {
        let mut count = 0;
        let lease = SignedDuration::from_secs(LEASE_S);
        for row in &mut self.rows {
            if let Some(until) = row.lease_until {
                if until > now + lease {
                    row.lease_until = None;
                    row.wake_at = Some(now);
                    row.d.fence += 1;
                    count += 1;
                }
                continue;
            }
            if let Some(decision) = clock_went_back(&row.d, now) {
                row.d.state = decision.state;
                row.d.fence += 1;
                count += 1;
            }
            // What a start under the wrong clock woke "now" is asked anew when it wakes.
            row.wake_at = row.d.wake_at(None);
        }
        count
    }

    /// Remote ids of the channel that belong to other dispatches.
    pub(crate) fn taken(&self, channel: usize, except: usize) -> Vec<String> {
        let others = self.rows.iter().enumerate().filter(|(at, row)| *at != except && row.channel == channel);
        others.filter_map(|(_, row)| remote_id(&row.d.state).map(str::to_owned)).collect()
    }

    fn write(&mut self, row: usize, d: &Dispatch, state: &State, prepared: Option<&str>, keep: bool) -> Result<(), Unsaved> {
        if self.rows[row].d.fence != d.fence {
            return Err(Unsaved::Fenced);
        }
        self.check_free(row, state)?;
        let row = &mut self.rows[row];
        row.d.state = state.clone();
        if let Some(bytes) = prepared {
            row.d.prepared = Some(bytes.to_owned());
        }
        let wake = row.d.wake_at(None);
        if keep {
            row.wake_at = row.lease_until.or(wake);
        } else {
            row.lease_until = None;
            row.wake_at = wake;
        }
        Ok(())
    }

    fn check_free(&self, row: usize, state: &State) -> Result<(), Unsaved> {
        let Some(id) = remote_id(state) else { return Ok(()) };
        let channel = self.rows[row].channel;
        let taken =
            self.rows.iter().enumerate().any(|(at, other)| at != row && other.channel == channel && remote_id(&other.d.state) == Some(id));
        if taken { Err(Unsaved::Conflict) } else { Ok(()) }
    }
}

/// The network's id of a published dispatch.
pub(crate) fn remote_id(state: &State) -> Option<&str> {
    match state {
        State::Published { receipt } => Some(&receipt.remote_id),
        _ => None,
    }
}
