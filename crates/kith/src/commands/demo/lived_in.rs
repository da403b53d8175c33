//! What makes a demonstration look lived in: somebody from long ago, hours, somebody who helps, a promise.
//!
//! All of it goes through the functions that the command line has for it; nothing is written past them, and nobody signs
//! in. It needs a crowd: a test that asks for a few people gets those and nothing else.

use jiff::{SignedDuration, Timestamp, ToSpan as _};
use kith_domain::mandate::Door;
use kith_engine::{Clock as _, Kith, PlanFile, PlanWish};
use kith_practice::{Cue, Running};

use super::WORKSPACE;
use super::time::DemoTime;
use crate::commands::Refused;

/// From so many people on.
const CROWD_MIN: u16 = 80;
/// So long before the played days somebody wrote a few times, in days; longer than it takes to drift away.
pub(super) const LONG_AGO_DAYS: i64 = 66;
/// How often, and after how many hours again.
const LONG_AGO_TIMES: u64 = 3;
const LONG_AGO_EVERY_H: i64 = 26;
/// When Mara is there to answer.
const HOURS: &str = "Mon-Fri 8:30-10:30, Mon-Fri 16:00-19:00, Sat 9:00-12:00";
/// Who helps.
const HELP: &str = "Priya Nair";
const HELP_EMAIL: &str = "priya@hollinclay.example";
/// What she drafted; the owner's yes is open.
const DRAFT: &str = "The slow letter for December is nearly done: one long story about ash, and a map of where it came from.";
/// When it is to go out: in so many days, at a time at which the plan has nothing.
const DRAFT_IN_DAYS: i64 = 2;
const DRAFT_AT: &str = "12:17";
/// What was promised to somebody for today.
const PROMISE: &str = "send the recipe for the ash glaze";

/// Whether so many people are a crowd.
pub(super) fn is_crowd(people: u16) -> bool {
    people >= CROWD_MIN
}

/// Long before the first played day: somebody writes a few times, and then nothing happens for weeks.
pub(super) async fn long_ago(practice: &Running, time: &DemoTime, days_begin: Timestamp) -> Result<(), Refused> {
    let failed = |error: kith_practice::PracticeError| Refused::one(format!("the practice network could not keep what happened: {error}"));
    for nth in 0..LONG_AGO_TIMES {
        practice.cue(Cue::Regular, nth).await.map_err(failed)?;
        practice.pass_over(time.now() + SignedDuration::from_hours(LONG_AGO_EVERY_H)).await.map_err(failed)?;
        time.advance(SignedDuration::from_hours(LONG_AGO_EVERY_H));
    }
    practice.pass_over(days_begin).await.map_err(failed)?;
    time.advance(days_begin.duration_since(time.now()));
    Ok(())
}

/// Her hours, a promise that is due, and the draft that wants her yes.
pub(super) async fn settle_in(kith: &Kith) -> Result<(), Refused> {
    let mara = kith.operator(Some(WORKSPACE)).await?;
    let hours = kith.presence_hours_edit(&mara, HOURS).await?;
    kith.change_program(&mara, &hours, Door::Cli).await?;
    if let Some(answered) = kith.inbox_lines(mara.workspace, "answered").await?.first()
        && let Ok(conversation) = answered.id.parse()
    {
        kith.promise_by(&mara, conversation, PROMISE, "today").await?;
    }
    let priya = kith.take_in(&mara, HELP, HELP_EMAIL).await?;
    let day = kith.now().in_tz(&mara.zone).map_err(|error| Refused::one(error.to_string()))?.date() + DRAFT_IN_DAYS.days();
    let bytes = format!("text,at,channels\n\"{DRAFT}\",{day} {DRAFT_AT},practice\n").into_bytes();
    let plan = PlanFile { name: "december.csv".into(), bytes, format: None, folder: None };
    let asked = kith.ask_for_plan(&priya, HELP, &plan, &PlanWish::default()).await?;
    asked.map_err(|problems| Refused::of(problems.iter().map(ToString::to_string).collect()))
}
