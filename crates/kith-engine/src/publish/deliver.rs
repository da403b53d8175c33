//! One dispatch in a worker's hands: ask the machine what to do, do it, feed back what happened, save.
//!
//! The order is the promise. The intent (the attempt and the exact bytes) is committed before a byte leaves; a
//! result is stored only under the fence of this claim; what came back unknown is looked for, never simply sent
//! again. Every decision is made in `kith_domain::publish`; this file only carries it out.

use std::time::Instant;

use jiff::{SignedDuration, Timestamp};
use kith_domain::publish::{
    self as machine, ChannelFacts, Decision, Hold, LEASE_S, Looked, MediaItem, Notice, Outcome, PublishError, SEND_TIMEOUT_S, State, Task,
    Use,
};
use kith_networks::Search;
use kith_store::{AttemptEnd, AttemptKind, AttemptStart, ChannelState, Claimed, NewEvent, SaveError, StoreError, Unique};

use super::call::Line;
use super::host::insist;
use super::pace;
use super::part::{self, Before};
use super::points::Point;
use crate::kith::Kith;
use crate::plan::hex;
use crate::words::{self, Calendar};

/// A claim that is older than this (in the world's seconds) starts no send: its lease might end meanwhile (I10).
const SEND_UNTIL_S: i64 = LEASE_S - 2 * SEND_TIMEOUT_S;
/// Longest time for a preparation, in seconds: what is left of the claim must be enough to send.
const PREPARE_TIMEOUT_S: i64 = SEND_UNTIL_S - 5;
/// Longest preparation of a post with a film, and how often its lease is renewed meanwhile, in seconds of the world: 99 MB
/// at 2 Mbit/s are seven minutes, and the server works on it for up to ten.
const FILM_TIMEOUT_S: i64 = 30 * 60;
const FILM_RENEW_S: i64 = 30;
/// Bytes fixed longer ago than this, and certainly not sent, are made anew (uploaded pictures do not live for ever).
const PREPARED_AGE_MAX_S: i64 = 3_600;

/// How a claim ended, for the log and the tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    Saved,
    /// Somebody else has the row; nothing was stored.
    Fenced,
}

/// Whether an attempt's end could be stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stored {
    Here,
    /// The remote id belongs to another dispatch of this channel (I1); nothing was stored.
    OthersId,
}

/// A claim under way.
pub(super) struct Delivery<'a> {
    kith: &'a Kith,
    claimed: Claimed,
    /// When this claim began on the monotonic clock.
    began: Instant,
}

impl<'a> Delivery<'a> {
    pub(super) fn new(kith: &'a Kith, claimed: Claimed) -> Self {
        Self { kith, claimed, began: kith.clock().steady() }
    }

    /// Carries the dispatch as far as it goes now.
    pub(super) async fn run(mut self) -> Result<Ended, SaveError> {
        self.at(Point::AfterClaim).await;
        let facts = self.waiting_for_people(self.facts()).await?;
        let decision = machine::wake(&self.claimed.dispatch, &facts, self.now());
        let result = match decision.task {
            Task::Rest => self.save(decision).await,
            Task::Prepare => match part::before(self.kith, &self.claimed, self.now()).await? {
                Before::Rest(wait) => self.save(wait).await,
                Before::Out(_) => match pace::wait(self.kith, &self.claimed, self.now()).await? {
                    Some(wait) => self.save(wait).await,
                    None => self.prepare_and_send(decision).await,
                },
            },
            Task::Look | Task::Send if !self.bytes_are_those_sent().await? => self.save(machine::bytes_altered(self.now())).await,
            Task::Look => self.look(facts).await,
            // A person said that it is not there, on a network that only they can read.
            Task::Send => self.send(decision, None).await,
        };
        match result {
            Ok(()) => {
                let d = &self.claimed.dispatch;
                self.kith.tell(d.workspace, "plan", Some(d.id.to_string())).await;
                Ok(Ended::Saved)
            }
            Err(SaveError::Fenced) => {
                tracing::warn!(dispatch = %self.claimed.dispatch.id, fence = self.claimed.dispatch.fence, "a late result was refused");
                Ok(Ended::Fenced)
            }
            Err(error) => Err(error),
        }
    }

    fn now(&self) -> Timestamp {
        self.kith.now()
    }

    async fn at(&self, point: Point) {
        self.kith.0.points.reached(point, Some(self.claimed.dispatch.id)).await;
    }

    fn facts(&self) -> ChannelFacts {
        let channel = &self.claimed.channel;
        let class = crate::plan::capabilities(channel).map_or(machine::Class::Blind, |capabilities| capabilities.class);
        let hold = match channel.state {
            ChannelState::Ok => self.changed().then(|| (Hold::Changed, String::new())),
            ChannelState::SignInAgain => Some((Hold::Token, channel.state_detail.clone())),
            ChannelState::Paused | ChannelState::Removed => Some((Hold::Paused, channel.state_detail.clone())),
        };
        ChannelFacts { hold, class }
    }

    /// With what stands still and the brake, for what has not begun: hardly a read, and none for what a person let out or
    /// something else holds.
    async fn waiting_for_people(&self, facts: ChannelFacts) -> Result<ChannelFacts, StoreError> {
        let d = &self.claimed.dispatch;
        let begins = matches!(d.state, State::Planned { late_until: None, .. } | State::Claimed { late_until: None });
        if facts.hold.is_some() || !begins {
            return Ok(facts);
        }
        let hold = match self.kith.rests(d, &self.claimed.channel.name).await? {
            Some(why) => Some((Hold::Resting, why)),
            None => self.kith.braking(d.workspace).await?.map(|why| (Hold::Brake, why)),
        };
        Ok(ChannelFacts { hold, ..facts })
    }

    /// What is sent must hash to what was approved (I6).
    fn changed(&self) -> bool {
        let hash = self.claimed.content.hash();
        self.claimed.approved_hash.as_ref() != Some(&hash) || self.claimed.dispatch.payload_hash != hash
    }

    async fn prepare_and_send(&mut self, decision: Decision) -> Result<(), SaveError> {
        self.claimed.dispatch.state = decision.state;
        if !self.bytes_are_fresh() || !self.bytes_are_those_sent().await? {
            if let Some(what) = pace::uploads(&self.claimed) {
                self.kith.store().charge(&pace::charges(self.kith, &self.claimed, what), self.now()).await?;
            }
            let prepared = self.prepare().await;
            if self.has_film() {
                self.begin_lease_anew().await?;
            }
            match prepared {
                Ok(bytes) => self.claimed.dispatch.prepared = Some(bytes),
                Err(decision) => return self.save(decision).await,
            }
            self.at(Point::AfterPrepare).await;
        }
        match machine::begin_send(&self.claimed.dispatch) {
            Some(decision) => self.send(decision, None).await,
            None => Ok(()),
        }
    }

    /// Whether the prepared bytes are still those of the last send: between two tries they lie in the database (I6).
    async fn bytes_are_those_sent(&self) -> Result<bool, StoreError> {
        let d = &self.claimed.dispatch;
        let Some(bytes) = d.prepared.as_deref() else { return Ok(true) };
        let attempts = self.kith.store().in_workspace(d.workspace).attempts(d.id).await?;
        let last = attempts.iter().rev().find(|attempt| attempt.kind == AttemptKind::Send);
        Ok(last.is_none_or(|send| send.request_hash == hex(bytes.as_bytes())))
    }

    /// Bytes from an earlier try are used again if that try was lately and certainly not accepted.
    fn bytes_are_fresh(&self) -> bool {
        let d = &self.claimed.dispatch;
        let lately = |sent: Timestamp| self.now().duration_since(sent) < SignedDuration::from_secs(PREPARED_AGE_MAX_S);
        d.prepared.is_some() && d.last_send.is_some_and(lately)
    }

    /// Everything that may be repeated. `Err` is the decision that follows.
    async fn prepare(&self) -> Result<String, Decision> {
        let (d, now, jitter) = (&self.claimed.dispatch, self.now(), self.kith.chance().jitter());
        let line = self.line().map_err(|error| machine::after_prepare_failed(d, error, now, jitter))?;
        let files = self.kith.load_pictures(&self.claimed.content.files()).await.map_err(|detail| Decision {
            state: State::Held { why: Hold::Media, detail, since: now },
            task: Task::Rest,
            notice: None,
        })?;
        let call = line.at(now);
        let after = match part::before(self.kith, &self.claimed, now).await {
            Ok(Before::Out(after)) => after,
            Ok(Before::Rest(wait)) => return Err(wait),
            Err(error) => {
                let error = PublishError::Later { after: None, why: error.to_string() };
                return Err(machine::after_prepare_failed(d, error, now, jitter));
            }
        };
        let content = &self.claimed.content;
        let prepare = async {
            match &after {
                None => line.network.prepare(&call, content, &files, &d.remote_key).await,
                Some(after) => line.network.prepare_part(&call, content, &files, &d.remote_key, after).await,
            }
        };
        let most = if self.has_film() { FILM_TIMEOUT_S } else { PREPARE_TIMEOUT_S };
        let slow = || PublishError::Unknown { why: format!("the network took more than {most} seconds to take the pictures") };
        let prepared = tokio::time::timeout(seconds(most), self.under_lease(prepare)).await.unwrap_or_else(|_| Err(slow()));
        if let Err(PublishError::Later { after: Some(after), why }) = &prepared {
            pace::rest(self.kith, &self.claimed, Some(*after), why).await;
        }
        prepared.map_err(|error| machine::after_prepare_failed(d, error, self.now(), jitter))
    }

    fn has_film(&self) -> bool {
        self.claimed.content.media.iter().any(MediaItem::is_film)
    }

    /// A film takes longer than a lease lives, so the lease is renewed while it goes up. Once it is somebody else's, the
    /// upload is given up: nothing was published, and what no post names the server throws away.
    async fn under_lease(&self, prepare: impl Future<Output = Result<String, PublishError>>) -> Result<String, PublishError> {
        tokio::pin!(prepare);
        loop {
            tokio::select! {
                prepared = &mut prepare => return prepared,
                () = tokio::time::sleep(seconds(FILM_RENEW_S)), if self.has_film() => {
                    self.extend_lease().await.map_err(|error| PublishError::Later { after: None, why: error.to_string() })?;
                }
            }
        }
    }

    async fn extend_lease(&self) -> Result<Timestamp, SaveError> {
        let until = self.now() + self.kith.clock().stretch(SignedDuration::from_secs(LEASE_S));
        self.kith.store().extend_lease(&self.claimed.dispatch, until).await?;
        Ok(until)
    }

    /// After a film went up: a whole lease for the rest, which no one else may have taken meanwhile.
    async fn begin_lease_anew(&mut self) -> Result<(), SaveError> {
        let began = self.kith.clock().steady();
        self.claimed.lease_until = self.extend_lease().await?;
        self.began = began;
        Ok(())
    }

    fn line(&self) -> Result<Line, PublishError> {
        Line::open_claimed(self.kith, &self.claimed.channel).map_err(|problem| PublishError::Refused { why: problem.to_string() })
    }

    /// Stores the intent, sends exactly the stored bytes, stores what came back.
    /// `looked` is the end of the look that led here.
    async fn send(&mut self, decision: Decision, looked: Option<AttemptEnd>) -> Result<(), SaveError> {
        if !self.in_time() {
            // The claim is old: nothing was begun, so the lease simply ends and somebody claims anew.
            return Ok(());
        }
        let Some(bytes) = self.claimed.dispatch.prepared.clone() else { return Ok(()) };
        let line = match self.line() {
            Ok(line) => line,
            Err(error) => {
                let decision = machine::after_prepare_failed(&self.claimed.dispatch, error, self.now(), self.kith.chance().jitter());
                return self.save(decision).await;
            }
        };
        let start = AttemptStart { kind: AttemptKind::Send, request_hash: hex(bytes.as_bytes()), request: bytes.clone() };
        let now = self.now();
        let charges = pace::charges(self.kith, &self.claimed, Use::Send);
        let n = self.kith.store().begin_charged(&self.claimed.dispatch, &decision.state, Some(&bytes), &start, &charges, now).await?;
        let d = &mut self.claimed.dispatch;
        d.state = decision.state;
        d.attempts += 1;
        d.first_send = d.first_send.or(Some(now));
        d.last_send = Some(now);
        if let Some(end) = looked {
            // Only now: under its old state the end of the look would end the claim, and somebody else would take it.
            self.kith.store().finish_attempt(&self.claimed.dispatch, &self.claimed.dispatch.state, &end, None, self.now()).await?;
        }
        self.at(Point::AfterIntent).await;
        // The twin is looked for after the intent, so of two that begin at once at least one sees the other. The deadline
        // is checked last, right before the send: what came before may have waited for the disk (I10).
        let outcome = if let Some(why) = self.twin().await {
            Err(PublishError::Later { after: Some(SignedDuration::from_secs(machine::TWIN_PAUSE_S)), why })
        } else if self.in_time() {
            self.at(Point::BeforeSend).await;
            let call = line.at(now);
            let send = line.network.publish(&call, &self.claimed.dispatch.remote_key, &bytes);
            let outcome = tokio::time::timeout(seconds(SEND_TIMEOUT_S), send)
                .await
                .unwrap_or_else(|_| Err(PublishError::Unknown { why: format!("no answer within {SEND_TIMEOUT_S} seconds") }));
            pace::rest_after(self.kith, &self.claimed, &outcome).await;
            outcome
        } else {
            Err(PublishError::Later {
                after: None,
                why: "Kith was held up before it could send; nothing has left, and it tries again".into(),
            })
        };
        self.at(Point::AfterSend).await;
        let decision = machine::after_send(&self.claimed.dispatch, outcome.clone(), self.now(), self.kith.chance().jitter());
        self.finish(n, said(&outcome), decision).await
    }

    /// Why it must wait, if an identical post on this channel may be out unseen: a look by words could take the one for
    /// the other, and then one of them would go out twice.
    async fn twin(&self) -> Option<String> {
        let (d, class) = (&self.claimed.dispatch, self.facts().class);
        if !class.looks_by_words() {
            return None;
        }
        match self.kith.store().in_workspace(d.workspace).has_twin(d).await {
            Ok(twin) => twin.then(|| "a post with the same words is still being looked for on this channel".to_owned()),
            Err(error) => Some(format!("nobody can tell whether a post with the same words is still being looked for: {error}")),
        }
    }

    /// Looks whether it is out; if the machine says so, sends the same bytes again.
    async fn look(&mut self, facts: ChannelFacts) -> Result<(), SaveError> {
        if self.claimed.dispatch.prepared.is_none() {
            // A lost part of the history may have sent it: what it would have sent is made anew, to be looked for.
            match self.prepare().await {
                Ok(bytes) => self.claimed.dispatch.prepared = Some(bytes),
                Err(decision) => return self.save(decision).await,
            }
        }
        let d = &self.claimed.dispatch;
        let start = AttemptStart { kind: AttemptKind::Look, request_hash: String::new(), request: d.remote_key.clone() };
        let charges = pace::charges(self.kith, &self.claimed, Use::Look);
        let n = self.kith.store().begin_charged(d, &d.state, d.prepared.as_deref(), &start, &charges, self.now()).await?;
        let looked = self.find().await;
        if let Looked::Failed { after: Some(after), why } = &looked {
            pace::rest(self.kith, &self.claimed, Some(*after), why).await;
        }
        self.at(Point::AfterLook).await;
        let decision = machine::after_look(d, facts.class, looked.clone(), self.now(), self.kith.chance().jitter());
        // A channel that must be signed in again sends nothing, not even what is absent.
        if decision.task == Task::Send && facts.holds(&d.state).is_none() {
            let again = AttemptEnd { conclusion: "it is not there, so the same bytes are sent again".into(), ..seen(n, &looked) };
            return self.send(decision, Some(again)).await;
        }
        let decision = if decision.task == Task::Send { machine::look_later(d, self.now()) } else { decision };
        self.finish(n, seen(n, &looked), decision).await
    }

    async fn find(&self) -> Looked {
        let d = &self.claimed.dispatch;
        let (Ok(line), Some(prepared), Some(first_send)) = (self.line(), d.prepared.as_deref(), d.first_send) else {
            return Looked::Failed { after: None, why: "nothing is known of what was sent".into() };
        };
        let since = first_send - SignedDuration::from_secs(120);
        let taken = match self.kith.store().in_workspace(d.workspace).taken_remote_ids(d.channel, since, d.id).await {
            Ok(taken) => taken,
            Err(error) => return Looked::Failed { after: None, why: error.to_string() },
        };
        let search = Search { key: &d.remote_key, prepared, first_send, taken: &taken };
        tokio::time::timeout(seconds(SEND_TIMEOUT_S), line.network.find(&line.at(self.now()), &search))
            .await
            .unwrap_or_else(|_| Looked::Failed { after: None, why: format!("no answer within {SEND_TIMEOUT_S} seconds") })
    }

    async fn finish(&self, n: u32, end: AttemptEnd, decision: Decision) -> Result<(), SaveError> {
        let mut decision = decision;
        self.heed(decision.notice.as_ref()).await;
        if self.store_end(n, &end, &decision).await? == Stored::OthersId
            && let State::Published { receipt } = &decision.state
        {
            tracing::warn!(dispatch = %self.claimed.dispatch.id, id = receipt.remote_id, "the network named another post's id");
            decision = machine::after_conflict(&self.claimed.dispatch, receipt, self.now());
            self.store_end(n, &end, &decision).await?;
        }
        self.at(Point::AfterCommit).await;
        self.release_if_mended(&decision.state).await
    }

    async fn store_end(&self, n: u32, end: &AttemptEnd, decision: &Decision) -> Result<Stored, SaveError> {
        let end = AttemptEnd { n, conclusion: self.conclusion(&decision.state), ..end.clone() };
        let event = self.event(decision);
        let store = self.kith.store();
        let save = || store.finish_attempt(&self.claimed.dispatch, &decision.state, &end, event.as_ref(), self.now());
        match insist(self.kith, self.began, save).await {
            Ok(()) => Ok(Stored::Here),
            Err(SaveError::Store(StoreError::Conflict { what: Unique::RemoteId, .. })) => Ok(Stored::OthersId),
            Err(error) => Err(error),
        }
    }

    async fn save(&self, decision: Decision) -> Result<(), SaveError> {
        let event = self.event(&decision);
        let d = &self.claimed.dispatch;
        let store = self.kith.store();
        self.heed(decision.notice.as_ref()).await;
        insist(self.kith, self.began, || store.save_step(d, &decision.state, d.prepared.as_deref(), event.as_ref(), self.now())).await?;
        self.at(Point::AfterCommit).await;
        self.release_if_mended(&decision.state).await?;
        match decision.state {
            // Somebody may have been answered between the look and the hold; then nobody else would let this one go.
            State::Held { why: Hold::Brake, .. } => drop(self.kith.let_go(d.workspace).await?),
            State::Held { why: Hold::Resting, .. } => self.kith.rests_still(d.workspace, d.id).await?,
            _ => {}
        }
        Ok(())
    }

    /// The channel may have been signed in again, or have gone on, after this claim read it; then nobody else would let
    /// this post go.
    async fn release_if_mended(&self, state: &State) -> Result<(), SaveError> {
        let State::Held { why: why @ (Hold::Token | Hold::Paused), .. } = state else { return Ok(()) };
        let d = &self.claimed.dispatch;
        let store = self.kith.store().in_workspace(d.workspace);
        if store.channel(d.channel).await?.is_some_and(|channel| channel.state == ChannelState::Ok) {
            store.release_held(d.channel, *why, self.now()).await?;
        }
        Ok(())
    }

    /// What the person must hear beyond the dispatch's own row. Before that row is stored: a channel that is marked and a
    /// post that is not yet held are put right by the next claim; the other way round nobody would mark the channel.
    async fn heed(&self, notice: Option<&Notice>) {
        if let Some(Notice::ChannelNeedsSignIn(why)) = notice
            && let Err(problem) = self.kith.needs_sign_in(&self.claimed.channel, why).await
        {
            tracing::warn!(%problem, "the channel's state could not be stored");
        }
    }

    fn event(&self, decision: &Decision) -> Option<NewEvent> {
        let state = &decision.state;
        let worth = state.is_final() || state.waits_for_person() || matches!(state, State::Uncertain { .. });
        worth.then(|| NewEvent {
            kind: format!("dispatch.{}", state.name()),
            subject: self.claimed.dispatch.id.to_string(),
            actor: kith_domain::mandate::Actor::Worker,
            detail: serde_json::to_value(state).unwrap_or_default(),
        })
    }

    fn conclusion(&self, state: &State) -> String {
        let (word, sentence) = words::state(state, &Calendar::new(&self.claimed.dispatch.zone, self.now()));
        sentence.map_or(word.clone(), |sentence| format!("{word}. {sentence}"))
    }

    /// By the monotonic clock, and by the wall clock too: the monotonic one stands still while a machine sleeps.
    fn in_time(&self) -> bool {
        let margin = self.kith.clock().stretch(SignedDuration::from_secs(LEASE_S - SEND_UNTIL_S));
        self.kith.clock().steady().duration_since(self.began) < seconds(SEND_UNTIL_S) && self.now() < self.claimed.lease_until - margin
    }
}

fn seconds(s: i64) -> std::time::Duration {
    std::time::Duration::from_secs(s.unsigned_abs())
}

/// What came back from a send; `n` and `conclusion` are filled in by `finish`.
fn said(outcome: &Outcome) -> AttemptEnd {
    let (word, answer) = match outcome {
        Ok(receipt) => ("accepted", receipt.url.clone().unwrap_or_else(|| receipt.remote_id.clone())),
        Err(PublishError::Later { after: Some(after), why }) => ("later", format!("{why}; asked to wait {} s", after.as_secs())),
        Err(PublishError::Later { after: None, why }) => ("later", why.clone()),
        Err(PublishError::Refused { why }) => ("refused", why.clone()),
        Err(PublishError::SignInAgain { why }) => ("sign in again", why.clone()),
        Err(PublishError::Unknown { why }) => ("unknown", why.clone()),
    };
    AttemptEnd { n: 0, outcome: word.into(), answer, conclusion: String::new() }
}

fn seen(n: u32, looked: &Looked) -> AttemptEnd {
    let (word, answer) = match looked {
        Looked::Found(receipt) => ("found", receipt.url.clone().unwrap_or_else(|| receipt.remote_id.clone())),
        Looked::Absent => ("absent", "it is not there".to_owned()),
        Looked::Failed { why, .. } => ("could not look", why.clone()),
        Looked::SignInAgain { why } => ("sign in again", why.clone()),
    };
    AttemptEnd { n, outcome: word.into(), answer, conclusion: String::new() }
}
