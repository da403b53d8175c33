//! "Needs you": every post that waits for a person, gathered by what is wrong, with what can be done about it.

use std::collections::BTreeMap;

use kith_domain::ids::ChannelId;
use kith_domain::mandate::{Deed, Role};
use kith_domain::measure::Conservation;
use kith_store::{ChannelRow, DispatchFilter, DispatchView};

use super::decide::CATCH_UP_GAP_MIN;
use crate::kith::Kith;
use crate::mandate::sign_in::Visitor;
use crate::problem::{Problem, from_store};
use crate::views::{Mend, MissedTogether, NeedsGroup, NeedsRow, NeedsYouView};
use crate::words::{self, Calendar, Need};

/// The states in which a post needs a person. One that Kith is finding out about by itself is not among them.
pub(crate) const STATES: [&str; 4] = ["needs_person", "missed", "held", "failed"];
/// Most posts on the page; what is decided makes room.
const ROWS_MAX: u32 = 200;
/// Fewest missed posts that can be decided together.
const TOGETHER_MIN: usize = 2;

/// How many posts need a person.
pub(crate) fn count(counts: &Conservation) -> u64 {
    STATES.iter().map(|state| counts.of(state)).sum()
}

impl Kith {
    /// Everything that needs this visitor, for the page.
    pub async fn needs_you(&self, visitor: &Visitor) -> Result<NeedsYouView, Problem> {
        let (calendar, store) = (self.calendar(&visitor.zone), self.store().in_workspace(visitor.workspace));
        let needing = DispatchFilter { states: STATES.to_vec(), limit: ROWS_MAX, ..DispatchFilter::default() };
        let needing = store.dispatches(&needing).await.map_err(from_store)?;
        let open = DispatchFilter { states: vec!["uncertain"], limit: ROWS_MAX, ..DispatchFilter::default() };
        let open = store.dispatches(&open).await.map_err(from_store)?;
        let channels = store.channels().await.map_err(from_store)?;
        let channels: BTreeMap<ChannelId, ChannelRow> = channels.into_iter().map(|row| (row.id, row)).collect();
        let may = visitor.role().may(Deed::Plan).is_ok();
        let row = |view: &DispatchView| self.needs_row(view, channels.get(&view.dispatch.channel), visitor.role(), &calendar);
        let counts = store.counts().await.map_err(from_store)?;
        let total = count(&counts);
        Ok(NeedsYouView {
            now: calendar.moment(calendar.now()),
            place: calendar.place(),
            counts,
            groups: gather(&needing, row),
            total,
            more: total > needing.len() as u64,
            missed: if may { self.missed_together(visitor, &needing, &calendar).await? } else { None },
            looking: open.iter().map(row).collect(),
        })
    }

    fn needs_row(&self, view: &DispatchView, channel: Option<&ChannelRow>, role: Role, calendar: &Calendar) -> NeedsRow {
        let state = &view.dispatch.state;
        NeedsRow {
            row: self.row(view, calendar),
            choices: words::choices_of(role, &view.dispatch, self.now()),
            look: channel.filter(|_| words::is_unsure(state)).and_then(|row| self.profile_url(row)),
            suggested: calendar.suggested(),
        }
    }

    async fn missed_together(
        &self,
        visitor: &Visitor,
        needing: &[DispatchView],
        calendar: &Calendar,
    ) -> Result<Option<MissedTogether>, Problem> {
        let missed: Vec<_> = needing.iter().filter(|view| view.dispatch.state.name() == "missed").cloned().collect();
        if missed.len() < TOGETHER_MIN {
            return Ok(None);
        }
        let times = self.spaced(visitor.workspace, &missed).await?;
        let spaced = missed.iter().zip(times).map(|(view, at)| (view.dispatch.id, calendar.moment(at))).collect();
        Ok(Some(MissedTogether { spaced, gap_min: CATCH_UP_GAP_MIN }))
    }
}

/// Groups in the order of `Need::rank`; what a channel must mend is a group for each channel.
fn gather(views: &[DispatchView], row: impl Fn(&DispatchView) -> NeedsRow) -> Vec<NeedsGroup> {
    let mut groups: BTreeMap<(u8, &str, Option<ChannelId>), NeedsGroup> = BTreeMap::new();
    for view in views {
        let Some(Need { rank, kind, title, lead }) = words::need(&view.dispatch.state) else { continue };
        let mend = words::mend(&view.dispatch, &view.channel_name);
        // What the brake holds is one group, and so is what stands still: it is not the channel that must be mended.
        let of_channel = mend.is_some() && !matches!(mend, Some(Mend::Answer | Mend::Resting));
        let channel = of_channel.then_some(view.dispatch.channel);
        let title = match &mend {
            Some(_) if of_channel => format!("{title}: {}", view.channel_name),
            _ => title.to_owned(),
        };
        let empty = || NeedsGroup { kind: kind.to_owned(), title, lead: lead.to_owned(), mend, rows: Vec::new() };
        groups.entry((rank, kind, channel)).or_insert_with(empty).rows.push(row(view));
    }
    groups.into_values().collect()
}
