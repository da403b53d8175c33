//! Today: the sentence, who waits, what goes out, what needs a decision.

use kith_domain::converse::Standing;
use kith_store::{ChannelState, DispatchFilter, InboxFilter};

use crate::kith::Kith;
use crate::mandate::sign_in::Visitor;
use crate::problem::{Problem, from_store};
use crate::views::{ChannelRow, ConversationRow, TodayView};
use crate::words::{Calendar, number};

/// Most people on the waiting line, and posts in a list.
const ROWS_MAX: u32 = 50;
/// Posts that need a person on Today; the page "Needs you" has all of them.
const NEEDS_MAX: u32 = 5;

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
            DispatchFilter { states: crate::publish::NEEDING.to_vec(), latest_first: true, limit: NEEDS_MAX, ..DispatchFilter::default() };
        let counts = store.counts_by_standing().await.map_err(from_store)?;
        let channels = store.channels().await.map_err(from_store)?;
        let goes_out = store.dispatches(&today).await.map_err(from_store)?;
        let needs_you = store.dispatches(&needs).await.map_err(from_store)?;
        let (sentence, detail) = sentence(&waiting, counts.owed, &calendar);
        Ok(TodayView {
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
            needs_you: needs_you.iter().map(|view| self.row(view, &calendar)).collect(),
            needs_you_total: crate::publish::needing(&store.counts().await.map_err(from_store)?),
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

/// The page's own words: who waits and since when; when nobody does, that it is done.
fn sentence(waiting: &[ConversationRow], owed: u64, calendar: &Calendar) -> (String, String) {
    let Some(first) = waiting.first() else {
        return ("Nobody is waiting for you.".into(), "Everyone who wrote has heard from you.".into());
    };
    let people = if owed == 1 { "person wrote to you and waits" } else { "people wrote to you and wait" };
    let since = first.waiting_since.as_ref().map(|moment| calendar.since(moment.at)).unwrap_or_default();
    let name = first.face.name.split_whitespace().next().unwrap_or(&first.face.name);
    (format!("{} {people}.", number(owed)), format!("{name} has waited {since}."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn when_nobody_waits_the_page_says_so_and_stops() {
        let calendar = Calendar::new("UTC", jiff::Timestamp::UNIX_EPOCH);
        assert_eq!(sentence(&[], 0, &calendar).0, "Nobody is waiting for you.");
    }
}
