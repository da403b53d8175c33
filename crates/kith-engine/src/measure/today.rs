//! Today: the sentence, who waits, what goes out, what needs a decision.

use std::collections::BTreeMap;

use jiff::Timestamp;
use kith_domain::converse::Standing;
use kith_domain::ids::DispatchId;
use kith_domain::publish::{Hold, State};
use kith_domain::schedule::is_absence_notice;
use kith_store::{ChannelState, DispatchFilter, DispatchView, InboxFilter};

use crate::kith::Kith;
use crate::mandate::sign_in::Visitor;
use crate::plan::AtHome;
use crate::problem::{Problem, from_store};
use crate::views::{BrakeView, ChannelRow, ConversationRow, TodayView};
use crate::words::{Calendar, first_name, number};

/// Most people on the waiting line, and posts in a list.
const ROWS_MAX: u32 = 50;
/// Posts that need a person on Today; the page "Needs you" has all of them.
const NEEDS_MAX: usize = 5;

impl Kith {
    /// The first page of the morning.
    pub async fn today(&self, visitor: &Visitor) -> Result<TodayView, Problem> {
        let (store, calendar) = (self.store().in_workspace(visitor.workspace), self.calendar(&visitor.zone));
        let (start, end) = calendar.today();
        let owed = InboxFilter { standing: Standing::Owed, limit: ROWS_MAX, after: None };
        let waiting = store.inbox(&owed).await.map_err(from_store)?;
        let waiting: Vec<_> = waiting.iter().map(|row| self.conversation_row(row, &calendar)).collect();
        let today = DispatchFilter { from: Some(start), to: Some(end), limit: ROWS_MAX, ..DispatchFilter::default() };
        let needs =
            DispatchFilter { states: crate::publish::NEEDING.to_vec(), latest_first: true, limit: ROWS_MAX, ..DispatchFilter::default() };
        let counts = store.counts_by_standing().await.map_err(from_store)?;
        let channels = store.channels().await.map_err(from_store)?;
        let goes_out = store.dispatches(&today).await.map_err(from_store)?;
        let needs_you = store.dispatches(&needs).await.map_err(from_store)?;
        let brake = self.brake(visitor.workspace, &visitor.zone).await?;
        let mut risks = risks(&goes_out, &brake, calendar.now());
        let deadline = deadline(&brake, !risks.is_empty(), &calendar);
        let home = self.at_home(visitor.workspace).await.map_err(from_store)?;
        risks.extend(still(&goes_out, &home, calendar.now()));
        let (sentence, detail) = sentence(&waiting, counts.owed, &brake, &calendar);
        let held = brake.held_count();
        Ok(TodayView {
            deadline,
            risks,
            now: calendar.moment(calendar.now()),
            place: calendar.place(),
            sentence,
            detail,
            waiting,
            goes_out: goes_out
                .iter()
                .filter(|view| view.dispatch.state.name() != "cancelled")
                .map(|view| self.row(view, &calendar))
                .collect(),
            // What the brake holds stands in a list of its own.
            needs_you: needs_you
                .iter()
                .filter(|view| !matches!(view.dispatch.state, State::Held { why: Hold::Brake, .. }))
                .take(NEEDS_MAX)
                .map(|view| self.row(view, &calendar))
                .collect(),
            needs_you_total: crate::publish::needing(&store.counts().await.map_err(from_store)?).saturating_sub(held),
            brake,
            troubled_channels: channels
                .iter()
                .filter(|row| row.state == ChannelState::SignInAgain)
                .map(|row| self.channel_view(row))
                .collect(),
            apart: counts.apart,
        })
    }

    /// How many people wait, for the frame of every page.
    pub async fn owed(&self, visitor: &Visitor) -> Result<u64, Problem> {
        self.store().in_workspace(visitor.workspace).waiting_total().await.map_err(from_store)
    }

    /// The channels, for the page.
    pub async fn channels(&self, visitor: &Visitor) -> Result<Vec<ChannelRow>, Problem> {
        let rows = self.store().in_workspace(visitor.workspace).channels().await.map_err(from_store)?;
        Ok(rows.iter().map(|row| self.channel_view(row)).collect())
    }
}

/// The page's own words: who waits and since when, or that posts are on hold; when nobody waits, that it is done.
fn sentence(waiting: &[ConversationRow], owed: u64, brake: &BrakeView, calendar: &Calendar) -> (String, String) {
    let Some(first) = waiting.first() else {
        return ("Nobody is waiting for you.".into(), "Everyone who wrote has heard from you.".into());
    };
    let name = first_name(&first.face.name);
    if brake.holds() {
        let posts = match brake.held_count() {
            0 => "what is due goes out again".to_owned(),
            1 => "the held post goes out; if it is too late by then, it asks you first".to_owned(),
            n => format!("the {n} held posts go out, spaced; what is too late by then asks you first"),
        };
        return (format!("{} {}", brake.headline, brake.why), format!("Answer {name}, and {posts}."));
    }
    let people = if owed == 1 { "person wrote to you and waits" } else { "people wrote to you and wait" };
    let since = first.waiting_since.as_ref().map(|moment| calendar.since(moment.at)).unwrap_or_default();
    (format!("{} {people}.", number(owed)), format!("{name} has waited {since}."))
}

/// "Answer Jo before 11:42" and what follows, where it matters today.
fn deadline(brake: &BrakeView, posts_at_risk: bool, calendar: &Calendar) -> Option<(String, String)> {
    let (first, at) = (brake.first.as_ref()?, brake.holds_at.as_ref()?);
    if brake.holds() || !(brake.closes() || posts_at_risk) {
        return None;
    }
    let until = if at.at <= calendar.today().1 { at.time.clone() } else { format!("{} {}", at.day_short, at.time) };
    let then = if posts_at_risk { "and today’s posts go out on time." } else { "and the brake stays open." };
    Some((format!("Answer {} before {until}", first.short), then.to_owned()))
}

/// What the brake may do to the posts of today that have not begun.
fn risks(views: &[DispatchView], brake: &BrakeView, now: Timestamp) -> BTreeMap<DispatchId, String> {
    let (Some(first), Some(at)) = (&brake.first, &brake.holds_at) else { return BTreeMap::new() };
    let words = if brake.holds() {
        format!("Is held at its time unless {} hears from you", first.short)
    } else {
        format!("Holds at {} unless {} hears from you", at.time, first.short)
    };
    let may_be_held = |view: &&DispatchView| {
        let (due, state) = (view.dispatch.due_at, &view.dispatch.state);
        due >= at.at && due >= now && matches!(state, State::Planned { late_until: None, .. })
    };
    views.iter().filter(may_be_held).map(|view| (view.dispatch.id, words.clone())).collect()
}

/// Posts of today that stand still at their time.
fn still(views: &[DispatchView], home: &AtHome, now: Timestamp) -> BTreeMap<DispatchId, String> {
    let comes =
        views.iter().filter(|view| view.dispatch.due_at >= now && matches!(view.dispatch.state, State::Planned { late_until: None, .. }));
    let comes = comes.filter(|view| !is_absence_notice(&view.dispatch.occurrence_key, &view.channel_name));
    let why = |view: &DispatchView| home.still_at(view.category.as_deref(), &view.channel_name, view.dispatch.due_at);
    comes.filter_map(|view| Some((view.dispatch.id, format!("Stands still at its time: {}", why(view)?)))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn when_nobody_waits_the_page_says_so_and_stops() {
        let open = BrakeView {
            state: "open".into(),
            headline: String::new(),
            why: String::new(),
            rule: kith_domain::converse::BrakeRule::default(),
            version: 0,
            first: None,
            holds_at: None,
            mark_hours: 24.0,
            paused_until: None,
            owed: 0,
            held: Vec::new(),
            held_more: 0,
        };
        let calendar = Calendar::new("UTC", jiff::Timestamp::UNIX_EPOCH);
        assert_eq!(sentence(&[], 0, &open, &calendar).0, "Nobody is waiting for you.");
    }
}
