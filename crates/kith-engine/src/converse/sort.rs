//! Sorting a conversation by hand: done, later, no answer needed, a machine's or a person's, and taking it back.
//!
//! Owners and delegates sort; who did it is an event and stands on the conversation. "Later" moves a conversation out
//! of the owed list and nothing else: the wait goes on and the brake counts it, so it is no way around the brake.

use kith_domain::converse::{LaterWish, SortError, SortVerb, Standing, later_until};
use kith_domain::ids::ConversationId;
use kith_domain::mandate::Deed;
use kith_domain::schedule::ZoneName;
use kith_store::Sorted;

use super::inbox::not_there;
use crate::kith::Kith;
use crate::mandate::sign_in::Visitor;
use crate::problem::{Problem, from_store};
use crate::views::Moment;

/// What a person says of a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SortWish {
    /// Dealt with.
    Done,
    /// No answer needed.
    NoAnswer,
    /// Not now: `tonight`, `tomorrow`, `monday`, or a local time such as `2026-11-27T09:30`.
    Later(String),
    /// What was heard so far came from a machine.
    Machine,
    /// A person writes here.
    Person,
    /// Open again.
    Reopen,
}

/// A conversation was sorted; what the page says and offers next.
#[derive(Debug, Clone, PartialEq)]
pub struct SortDone {
    /// The change, for [`Kith::undo_sort`]; `None` if nothing was ever changed.
    pub change: Option<i64>,
    /// Where the conversation stands now; owed while it is put off.
    pub standing: Standing,
    /// When it comes back, if it was put off.
    pub until: Option<Moment>,
    /// One sentence for the page, such as `Done.` or `Back on Monday 30 November at 08:00. The wait goes on.`
    pub said: String,
}

impl SortWish {
    /// From a form's fields: `verb` is `done`, `no_answer`, `later`, `machine`, `person` or `reopen`; `when` is for later.
    pub fn from_form(verb: &str, when: &str) -> Option<Self> {
        Some(match verb {
            "done" => Self::Done,
            "no_answer" => Self::NoAnswer,
            "later" => Self::Later(when.to_owned()),
            "machine" => Self::Machine,
            "person" => Self::Person,
            "reopen" => Self::Reopen,
            _ => return None,
        })
    }
}

impl Kith {
    /// Sorts a conversation. The same again changes nothing.
    pub async fn sort(&self, visitor: &Visitor, id: ConversationId, wish: &SortWish) -> Result<SortDone, Problem> {
        visitor.role().may(Deed::Sort).map_err(|refusal| Problem::Refused(refusal.to_string()))?;
        let now = self.now();
        let verb = match wish {
            SortWish::Done => SortVerb::Done,
            SortWish::NoAnswer => SortVerb::NoAnswer,
            SortWish::Later(when) => SortVerb::Later { until: self.when(visitor, when)? },
            SortWish::Machine => SortVerb::Machine,
            SortWish::Person => SortVerb::Person,
            SortWish::Reopen => SortVerb::Reopen,
        };
        let store = self.store().in_workspace(visitor.workspace);
        let sorted = store.sort_conversation(id, verb, visitor.role(), &visitor.actor(), now).await;
        let sorted = sorted.map_err(missing)?.map_err(|no| said_no(&no))?;
        self.heard(visitor.workspace, id).await;
        let until = match verb {
            SortVerb::Later { until } => Some(self.calendar(&visitor.zone).moment(until)),
            _ => None,
        };
        let said = match (verb, &until) {
            (SortVerb::Later { .. }, Some(at)) => format!("Back on {} at {}. The wait goes on.", at.day, at.time),
            (SortVerb::Done, _) => "Done.".into(),
            (SortVerb::NoAnswer, _) => "No answer needed.".into(),
            (SortVerb::Machine, _) => "Set apart as a machine's. What comes next is judged by itself.".into(),
            (SortVerb::Person, _) => "A person's.".into(),
            _ => "Open again.".into(),
        };
        Ok(SortDone { change: sorted.change, standing: sorted.standing, until, said })
    }

    /// Takes a change back. The same again changes nothing; refused if the conversation was sorted since or after a day.
    pub async fn undo_sort(&self, visitor: &Visitor, id: ConversationId, change: i64) -> Result<SortDone, Problem> {
        visitor.role().may(Deed::Sort).map_err(|refusal| Problem::Refused(refusal.to_string()))?;
        let store = self.store().in_workspace(visitor.workspace);
        let undone = store.undo_sorting(id, change, &visitor.actor(), self.now()).await;
        let Sorted { change, standing } = undone.map_err(missing)?.map_err(|no| said_no(&no))?;
        self.heard(visitor.workspace, id).await;
        Ok(SortDone { change, standing, until: None, said: "Taken back.".into() })
    }

    fn when(&self, visitor: &Visitor, when: &str) -> Result<jiff::Timestamp, Problem> {
        let invalid = |why: String| Problem::Invalid { field: "when".into(), why };
        let wish = match when.trim() {
            "tonight" => LaterWish::Tonight,
            "tomorrow" => LaterWish::Tomorrow,
            "monday" => LaterWish::Monday,
            time => LaterWish::At(time.parse().map_err(|_| invalid(format!("{time:?} is no time; write it as 2026-11-27T09:30")))?),
        };
        let zone = ZoneName::parse(&visitor.zone).or_else(|_| ZoneName::parse("UTC")).map_err(|error| invalid(error.to_string()))?;
        later_until(wish, self.now(), &zone).map_err(|no| invalid(no.to_string()))
    }
}

fn missing(error: kith_store::StoreError) -> Problem {
    if matches!(error, kith_store::StoreError::NotThere) { not_there() } else { from_store(error) }
}

fn said_no(no: &SortError) -> Problem {
    match no {
        SortError::TooLate => Problem::Conflict(no.to_string()),
        SortError::Past | SortError::TooFar | SortError::EveningOver => Problem::Invalid { field: "when".into(), why: no.to_string() },
        SortError::Refused(_) | SortError::NothingOwed => Problem::Refused(no.to_string()),
    }
}
