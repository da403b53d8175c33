//! While somebody is away: what goes on, what stands still, what people are told, and what waits on return.
//!
//! An absence is civil time in the owner's zone. It becomes a pause of everything but the categories that go on, and an
//! end of presence; the posts before and after it are posts like any other.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};

use super::pause::{Pause, PauseScope};
use super::{CivilTime, Resolved, TimeOutOfRange, ZoneName, civil, occurrence_key};
use crate::ids::MemberId;

/// The longest absence, in days.
pub const ABSENCE_DAYS_MAX: i64 = 366;
/// How the place in the plan of a post about an absence begins, after its channel.
const NOTICE: &str = "absence:";

/// A time away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Absence {
    /// A stable name.
    pub key: String,
    /// When it begins, on the wall clock.
    pub from: DateTime,
    /// When it ends.
    pub to: DateTime,
    /// Where the wall is.
    pub zone: ZoneName,
    /// The categories that go on; all else stands still.
    pub goes_on: BTreeSet<String>,
    /// A post before she goes.
    pub before: Option<AbsencePost>,
    /// A post when she is back.
    pub after: Option<AbsencePost>,
    /// The member to whom messages go meanwhile: to sort, never to answer. Their name when it was stored.
    pub sorter: Option<String>,
    /// The same member, whatever they are called now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sorter_id: Option<MemberId>,
}

/// What people are told about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AbsencePost {
    /// When, on the wall clock of the absence's zone.
    pub at: DateTime,
    /// The words.
    pub text: String,
    /// The channels.
    pub channels: Vec<String>,
}

/// A post about an absence, with its time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AbsenceNotice {
    /// Unique for this absence, post and time.
    pub occurrence_key: String,
    /// The words.
    pub text: String,
    /// The channels.
    pub channels: Vec<String>,
    /// The wall clock.
    pub civil: CivilTime,
    /// The instant.
    pub resolved: Resolved,
}

/// Why an absence cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AbsenceError {
    #[error("the absence ends {to}, before it begins {from}; exchange the two")]
    EndsBefore { from: DateTime, to: DateTime },
    #[error("the absence is longer than {ABSENCE_DAYS_MAX} days; divide it")]
    TooLong,
    #[error("the post before it goes out {at}, after the absence has begun; give an earlier time")]
    BeforeTooLate { at: DateTime },
    #[error("the post after it goes out {at}, before you are back; give a later time")]
    AfterTooEarly { at: DateTime },
    #[error(transparent)]
    OutOfRange(#[from] TimeOutOfRange),
}

/// Something that stood still or came in meanwhile, as the engine found it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// What it is.
    pub kind: WaitingKind,
    /// Its name for the engine: a conversation, a dispatch.
    pub key: String,
    /// What is shown: a name, the first words.
    pub shown: String,
    /// Since when it waits.
    pub since: Timestamp,
}

/// What waits; people come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WaitingKind {
    /// A person who wrote.
    Person,
    /// Something promised that has come due.
    FollowUp,
    /// A post that is held until somebody says.
    HeldPost,
    /// A draft that asks for approval.
    Approval,
}

impl Absence {
    /// Its real begin and end, or why it cannot be.
    pub fn check(&self) -> Result<(Timestamp, Timestamp), AbsenceError> {
        let instant = |at: DateTime| civil::resolve(at, &self.zone).map(|found| found.due_at);
        let (from, to) = (instant(self.from)?, instant(self.to)?);
        if to <= from {
            return Err(AbsenceError::EndsBefore { from: self.from, to: self.to });
        }
        if to.duration_since(from).as_hours() / 24 > ABSENCE_DAYS_MAX {
            return Err(AbsenceError::TooLong);
        }
        match (&self.before, &self.after) {
            (Some(post), _) if instant(post.at)? >= from => Err(AbsenceError::BeforeTooLate { at: post.at }),
            (_, Some(post)) if instant(post.at)? < to => Err(AbsenceError::AfterTooEarly { at: post.at }),
            _ => Ok((from, to)),
        }
    }

    /// What stands still: everything but the categories that go on.
    pub fn pause(&self) -> Result<Pause, AbsenceError> {
        let (from, until) = self.check()?;
        let scope = if self.goes_on.is_empty() { PauseScope::Everything } else { PauseScope::AllBut { categories: self.goes_on.clone() } };
        Ok(Pause { scope, from, until: Some(until), why: format!("you are away until {}", self.to.strftime("%Y-%m-%d %H:%M")) })
    }

    /// The posts before and after it that are still to come.
    pub fn notices(&self, now: Timestamp) -> Result<Vec<AbsenceNotice>, AbsenceError> {
        self.check()?;
        let mut notices = Vec::new();
        for (slot, post) in [("before", &self.before), ("after", &self.after)] {
            let Some(post) = post else { continue };
            let civil = CivilTime { at: post.at, zone: self.zone.clone() };
            let resolved = civil.resolve()?;
            if resolved.due_at > now {
                let occurrence_key = occurrence_key(&format!("{NOTICE}{}/{slot}", self.key), &civil);
                notices.push(AbsenceNotice { occurrence_key, text: post.text.clone(), channels: post.channels.clone(), civil, resolved });
            }
        }
        Ok(notices)
    }
}

/// Whether a delivery is what an absence says of itself, such as "Away until January", by its place in the plan. It goes
/// out whatever stands still.
pub fn is_absence_notice(occurrence_key: &str, channel: &str) -> bool {
    let place = occurrence_key.strip_prefix(channel).and_then(|rest| rest.strip_prefix('/'));
    place.is_some_and(|place| place.starts_with(NOTICE))
}

/// What waits on return: people first, then promises, posts and drafts; in each, who waits longest comes first.
pub fn on_return(mut waiting: Vec<Waiting>) -> Vec<Waiting> {
    waiting.sort_by(|a, b| (a.kind, a.since, &a.key).cmp(&(b.kind, b.since, &b.key)));
    waiting
}

#[cfg(test)]
mod tests {
    use super::*;

    fn absence() -> Absence {
        let post = |at: &str, text: &str| AbsencePost { at: at.parse().unwrap(), text: text.into(), channels: vec!["lark".into()] };
        Absence {
            key: "winter".into(),
            from: "2026-12-20T18:00:00".parse().unwrap(),
            to: "2027-01-04T09:00:00".parse().unwrap(),
            zone: ZoneName::parse("Europe/Lisbon").unwrap(),
            goes_on: ["tips".to_owned()].into(),
            before: Some(post("2026-12-20T12:00:00", "Away until January.")),
            after: Some(post("2027-01-04T10:00:00", "Back.")),
            sorter: Some("Bo".into()),
            sorter_id: None,
        }
    }

    #[test]
    fn an_absence_holds_all_but_what_goes_on() {
        let pause = absence().pause().unwrap();
        let during = "2026-12-25T10:00:00Z".parse().unwrap();
        assert!(pause.lasts(during) && pause.covers(Some("offers"), "lark") && pause.covers(None, "lark"));
        assert!(!pause.covers(Some("Tips"), "lark"));
        assert_eq!(pause.why, "you are away until 2027-01-04 09:00");
        assert!(!pause.lasts("2027-01-04T09:00:00Z".parse().unwrap()));
    }

    #[test]
    fn people_are_told_before_and_after_and_not_twice() {
        let notices = |now: &str| absence().notices(now.parse().unwrap()).unwrap();
        assert_eq!(notices("2026-12-01T00:00:00Z").len(), 2);
        let left = notices("2026-12-21T00:00:00Z");
        assert_eq!(left[0].occurrence_key, "absence:winter/after@2027-01-04T10:00:00[Europe/Lisbon]");
        assert!(is_absence_notice(&format!("lark/{}", left[0].occurrence_key), "lark"));
        assert!(!is_absence_notice("lark/queue:absence:1", "lark") && !is_absence_notice("lark/absence:winter/after", "gull"));
        assert_eq!(left.len(), 1);
    }

    #[test]
    fn what_cannot_be_is_said() {
        let mut wrong = absence();
        wrong.before = wrong.after.clone();
        assert!(wrong.check().unwrap_err().to_string().starts_with("the post before it goes out 2027-01-04T10:00:00, after"));
        let mut wrong = absence();
        wrong.after = wrong.before.clone();
        assert!(matches!(wrong.check(), Err(AbsenceError::AfterTooEarly { .. })));
        let mut wrong = absence();
        std::mem::swap(&mut wrong.from, &mut wrong.to);
        assert!(matches!(wrong.check(), Err(AbsenceError::EndsBefore { .. })));
    }

    #[test]
    fn on_return_people_come_first_and_the_longest_wait_before_others() {
        let one =
            |kind, key: &str, since| Waiting { kind, key: key.into(), shown: key.into(), since: Timestamp::from_second(since).unwrap() };
        let sorted = on_return(vec![
            one(WaitingKind::HeldPost, "post", 1),
            one(WaitingKind::Person, "cy", 9),
            one(WaitingKind::FollowUp, "promise", 2),
            one(WaitingKind::Person, "dee", 3),
        ]);
        let keys: Vec<&str> = sorted.iter().map(|one| one.key.as_str()).collect();
        assert_eq!(keys, ["dee", "cy", "promise", "post"]);
    }
}
