//! The way to the networks and back: each request with its fault, its handling and its answer.

use jiff::SignedDuration;
use kith_domain::publish::{Looked, Outcome, PublishError};

use crate::fault::{LookFault, SendFault};
use crate::flight::Answer;
use crate::network::{Arriving, Handled, Search};
use crate::world::{Event, Go, World};

/// Time on the way, one way, in milliseconds: shortest and longest.
const WAY_MS: (i64, i64) = (20, 1_500);

/// One publish request, kept for the checker.
#[derive(Debug)]
pub(crate) struct Request {
    /// The dispatch.
    pub(crate) row: usize,
    pub(crate) channel: usize,
    pub(crate) key: String,
    pub(crate) bytes: String,
    /// Who waits for the answer, and where it will lie.
    pub(crate) from: Go,
    pub(crate) ticket: usize,
    pub(crate) fault: SendFault,
    /// When it reached a handler, once it has.
    pub(crate) reached: Option<i64>,
    /// How long its sender stood still between the check of the deadline and the send, in milliseconds.
    pub(crate) stale_ms: i64,
    /// Whether a person had asked for it by then.
    pub(crate) by_person: bool,
    /// When it left.
    pub(crate) left: i64,
}

impl World {
    fn way(&mut self) -> i64 {
        self.dice.skewed(WAY_MS.0, WAY_MS.1)
    }

    /// A publish request leaves a worker.
    pub(crate) fn depart(&mut self, request: Request) {
        let (from, fault, channel) = ((request.from, request.ticket), request.fault, request.channel);
        let at = self.now + self.way();
        self.say(|| format!("worker {} sends post {} to channel {channel}: {fault:?}", request.from.worker, request.row));
        self.requests.push(request);
        let number = self.requests.len() - 1;
        let later =
            |after: Option<i64>, why: &str| Err(PublishError::Later { after: after.map(SignedDuration::from_secs), why: why.to_owned() });
        // A dead token is seen before anything else is done.
        if self.channels[channel].token_dead && fault != SendFault::Unsent {
            return self.answer(from, at, Answer::Sent(Err(PublishError::SignInAgain { why: "401".into() })));
        }
        match fault {
            SendFault::Unsent => self.answer(from, at, Answer::Sent(later(None, "connection refused"))),
            SendFault::ErrorBeforeAccept => self.answer(from, at, Answer::Sent(unknown("503"))),
            SendFault::SlowDown(after) => self.answer(from, at, Answer::Sent(later(after, "429"))),
            SendFault::Refused => self.answer(from, at, Answer::Sent(Err(PublishError::Refused { why: "422".into() }))),
            SendFault::Hang => {}
            SendFault::AcceptedLate(wait) => self.at(at + wait, Event::Handle { request: number }),
            _ => self.at(at, Event::Handle { request: number }),
        }
    }

    /// A request reaches a handler.
    pub(crate) fn reach(&mut self, number: usize) {
        self.requests[number].reached = Some(self.now);
        match self.requests[number].fault {
            SendFault::HandledSlowly(work) => self.at(self.now + work, Event::Handled { request: number }),
            _ => self.handled(number),
        }
    }

    /// A handler is done: the post is there or refused, and the answer goes back.
    pub(crate) fn handled(&mut self, number: usize) {
        let lag_ms = if self.setting.lag_ms_max > 0 { self.dice.skewed(10, self.setting.lag_ms_max) } else { 0 };
        let request = &self.requests[number];
        let (from, fault, row, channel) = ((request.from, request.ticket), request.fault, request.row, request.channel);
        let staged_ms =
            request.bytes.strip_prefix("handle ").and_then(|n| n.parse::<usize>().ok()).and_then(|n| self.staged.get(n)).copied();
        let arriving = Arriving {
            by: row,
            key: &request.key,
            bytes: &request.bytes,
            text: self.store.rows[row].text,
            staged_ms: staged_ms.unwrap_or(self.now),
            lag_ms,
            request: number,
        };
        let handled = self.networks[channel].handle(&arriving, self.now, request.reached.filter(|at| *at < self.now));
        let outcome: Outcome = match &handled {
            Handled::Accepted(at) => Ok(self.networks[channel].receipt(*at, self.base)),
            Handled::Replayed500 => unknown("500"),
            Handled::Refused(why) => Err(PublishError::Refused { why: (*why).to_owned() }),
        };
        self.say(|| format!("channel {channel} handles post {row}: {handled:?}"));
        let at = self.now + self.way();
        match fault {
            SendFault::AnswerLost(true) => self.answer(from, at, Answer::Sent(unknown("the connection broke"))),
            SendFault::AnswerLost(false) => {}
            SendFault::ErrorAfterAccept => self.answer(from, at, Answer::Sent(unknown("500"))),
            _ => self.answer(from, at, Answer::Sent(outcome)),
        }
    }

    /// A look leaves a worker; what it shows is what is there when it arrives.
    pub(crate) fn depart_look(&mut self, from: Go, ticket: usize, row: usize, channel: usize, taken: &[String]) {
        let at = self.now + self.way();
        let failed = |why: &str| Looked::Failed { after: None, why: why.to_owned() };
        let looked = match self.look_fault() {
            LookFault::Hang => return,
            LookFault::Failed => failed("502"),
            LookFault::None if self.channels[channel].token_dead => Looked::SignInAgain { why: "401".into() },
            LookFault::None => {
                let d = &self.store.rows[row].d;
                match (d.prepared.as_deref(), d.first_send) {
                    (Some(bytes), Some(first)) => {
                        let text = self.store.rows[row].text;
                        let search = Search { key: &d.remote_key, bytes, text, first_send: first, taken };
                        self.networks[channel].look(&search, self.now, self.base)
                    }
                    _ => failed("nothing is known of what was sent"),
                }
            }
        };
        self.say(|| format!("a look for post {row} shows {looked:?}"));
        self.answer((from, ticket), at, Answer::Looked(looked));
    }

    /// An answer is on its way to a worker, which may be gone when it comes.
    fn answer(&mut self, (from, ticket): (Go, usize), at: i64, answer: Answer) {
        self.tickets[ticket] = Some((at, answer));
        self.at(at, Event::Go(from));
    }
}

fn unknown(why: &str) -> Outcome {
    Err(PublishError::Unknown { why: why.to_owned() })
}
