//! The days that are played before a demonstration's page opens.
//!
//! Posts go out and people do what they do. So that the page opens at any hour with somebody to talk to, a few are asked
//! to write at set times before it; so that there is something behind them, Mara answered those of the days before, from
//! her phone, as people do who have several clients.

use jiff::{SignedDuration, Timestamp};
use kith_engine::{Clock as _, Courier, Kith, Listeners};
use kith_practice::{Cue, Running};

use super::WORKSPACE;
use super::time::DemoTime;
use crate::commands::Refused;

/// Days that are played.
pub(super) const PLAYED_DAYS: i64 = 4;
/// Step of the play in minutes, and in its last hour.
const STEP_MIN: i64 = 30;
const LAST_STEP_MIN: i64 = 5;
const LAST_MIN: i64 = 60;
/// What people wrote is read so often, in steps.
const HEARD_EVERY: u32 = 4;
/// In the play nobody waits longer, in hours: a little less than the brake allows.
const SETTLED_AFTER_H: f64 = 20.0;

/// From so many people on there is a crowd, and somebody is sure to write; fewer are left to chance.
const CROWD_MIN: u16 = 20;
/// Who writes how many minutes before the page opens.
const CUES: [(i64, Cue); 11] = [
    (88 * 60, Cue::Reply),
    (77 * 60, Cue::Message),
    (63 * 60, Cue::Reply),
    (52 * 60, Cue::Reply),
    (40 * 60, Cue::Reply),
    (19 * 60 + 10, Cue::Question),
    (9 * 60 + 25, Cue::Message),
    (4 * 60 + 40, Cue::Question),
    (3 * 60, Cue::Follow),
    (80, Cue::Question),
    (15, Cue::Question),
];
/// When Mara sits down to answer, in minutes before the page opens.
const ANSWERS_AT: [i64; 4] = [84 * 60, 60 * 60, 37 * 60, 22 * 60];
/// What she says; each fits any question that asks for no number.
const ANSWERS: [&str; 8] = [
    "Thank you for asking. I'll show it properly in a short film this week.",
    "Come by on Saturday and I'll show you. The kettle is always on.",
    "The honest answer is that I don't know yet. It goes into the next firing and I'll tell you.",
    "It is easier than it looks. Start small, keep notes, and forgive the first ten.",
    "I wondered the same for years. There is a tip on that coming up.",
    "That made my morning, thank you.",
    "Write to me in the week and I'll put one aside for you.",
    "It took four tries, and I kept the fourth. I'll post the other three one day.",
];

/// Lets the first days pass, step by step: what is due goes out, people do what they do, what they write comes in.
pub(super) async fn play(kith: &Kith, practice: &Running, time: &DemoTime, opens: Timestamp, people: u16) -> Result<(), Refused> {
    let (courier, listeners) = (Courier::new(kith.clone()), Listeners::new(kith.clone()));
    let mut step = 0u32;
    while time.now() < opens {
        let left = minutes(opens, time.now());
        time.advance(
            SignedDuration::from_mins(if left > LAST_MIN { STEP_MIN } else { LAST_STEP_MIN }).min(opens.duration_since(time.now())),
        );
        practice.advance_to(time.now());
        courier.run_due().await.map_err(|error| Refused::one(error.to_string()))?;
        if people >= CROWD_MIN {
            people_act(practice, minutes(opens, time.now())..left).await?;
        }
        step += 1;
        if step.is_multiple_of(HEARD_EVERY) {
            listeners.run_once().await?;
            settle_old(kith).await?;
        }
    }
    listeners.run_once().await?;
    Ok(())
}

/// Whole minutes before the opening.
fn minutes(opens: Timestamp, now: Timestamp) -> i64 {
    opens.duration_since(now).as_mins()
}

/// What happens in a step that covers these minutes before the opening.
async fn people_act(practice: &Running, step: std::ops::Range<i64>) -> Result<(), Refused> {
    let failed = |error: kith_practice::PracticeError| Refused::one(format!("the practice network could not keep what happened: {error}"));
    for (nth, (_, cue)) in (0u64..).zip(CUES).filter(|(_, (at, _))| step.contains(at)) {
        // Nobody may be free to take it: all wait already.
        practice.cue(cue, nth).await.map_err(failed)?;
    }
    if ANSWERS_AT.iter().any(|at| step.contains(at)) {
        practice.catch_up(&ANSWERS).await.map_err(failed)?;
    }
    Ok(())
}

/// Who only said thank you is not answered again: it needs none, and the brake stays open when the page opens.
async fn settle_old(kith: &Kith) -> Result<(), Refused> {
    let operator = kith.operator(Some(WORKSPACE)).await?;
    for waiting in kith.inbox_lines(operator.workspace, "owed").await? {
        if waiting.hours > SETTLED_AFTER_H
            && let Ok(id) = waiting.id.parse()
        {
            kith.close_by(&operator, id).await?;
        }
    }
    Ok(())
}
