//! What follows from the program: the lines that would go out, judged, and compared with what is planned.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use kith_domain::plan::PlanChannel;
use kith_domain::plan::policy::Entry;
use kith_domain::publish::State;
use kith_domain::schedule::{
    DAYS_AHEAD_MAX, Presence, Preview, PreviewChannel, PreviewLine, PreviewRequest, TakenPost, Wanted, ZoneName, preview,
};
use kith_store::{ChannelRow, ChannelState, DispatchFilter, DispatchView, PlanChange};

use super::context::Edited;
use super::judged::{Bench, Outside};
use super::owners::{Owners, names};
use super::stored::{Stored, is_open, meanings};
use super::{Living, Meaning, ProgramDiff};
use crate::kith::{Kith, Operator};
use crate::plan::arrange::is_placed;
use crate::plan::media::ReadPicture;
use crate::problem::{Problem, from_store, internal};

/// Days back that a channel's cadence looks at.
const CADENCE_DAYS: i64 = 31;
/// Rows fetched from the store at a time.
const FETCH_ROWS: u32 = 500;
/// Most deliveries of one channel that are looked at around the program.
const AROUND_MAX: usize = 20_000;

/// How a change of the program is looked at.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked<'a> {
    /// The way in, as the networks' rules name it.
    pub(super) entry: Entry,
    /// Whether pages behind links are looked at.
    pub(super) outside: Outside,
    /// Who asks for it and needs the owner's yes, by name.
    pub(super) asks_yes: Option<&'a str>,
}

/// What a change of the program comes to.
pub(super) struct Outcome {
    pub(super) diff: ProgramDiff,
    pub(super) change: PlanChange,
    /// Pictures of cards, to be kept before the change is stored.
    pub(super) pictures: Vec<ReadPicture>,
}

impl Kith {
    /// The meaning of a source without what has gone out of it.
    pub(super) async fn settled(&self, living: Living) -> Result<Meaning, Problem> {
        let store = self.store().in_workspace(living.provenance.on_behalf_of);
        let stored = Stored::of(store.dispatches_of_living().await.map_err(from_store)?);
        Ok(stored.settle(&living).meaning)
    }

    /// What the program means, and the change that makes it so.
    pub(super) async fn outcome(&self, operator: &Operator, edited: &Edited, asked: Asked<'_>) -> Result<Outcome, Problem> {
        let (store, now) = (self.store().in_workspace(operator.workspace), self.now());
        let channels: Vec<ChannelRow> =
            store.channels().await.map_err(from_store)?.into_iter().filter(|channel| channel.state != ChannelState::Removed).collect();
        let stored = Stored::of(store.dispatches_of_living().await.map_err(from_store)?);
        let zone = ZoneName::parse(&operator.zone).map_err(|error| internal(&error.to_string()))?;
        let living: Vec<Living> = edited.living.iter().map(|one| stored.settle(one)).collect();
        let (wanted, absences) = meanings(&living, &stored, &edited.rules.markets);
        let answers = self.answers_lately(operator.workspace, &channels, &edited.rules, now).await?;
        let mut around = Vec::with_capacity(channels.len());
        let mut views: BTreeMap<&str, Vec<DispatchView>> = BTreeMap::new();
        for channel in &channels {
            let beside = self.beside_the_program(channel, &stored).await?;
            let known =
                PreviewChannel { answers: answers.get(&channel.name).copied(), ..channel_around(channel, &zone, edited, &stored, &beside) };
            around.push(known);
            views.insert(&channel.name, beside);
        }
        let presence = edited.rules.presence.clone().unwrap_or_else(|| Presence::unsaid(zone.clone()));
        let request = PreviewRequest {
            wanted: &wanted,
            channels: &around,
            pauses: &edited.rules.pauses,
            absences: &absences,
            presence: &presence,
            markets: &edited.rules.markets,
            kinds: &edited.rules.kinds,
            now,
            days_max: DAYS_AHEAD_MAX,
            seed: seed(operator),
        };
        let Preview { mut lines, without_time } = preview(&request);
        let owners = Owners::of(&living);
        let bench = Bench {
            rules: &edited.rules,
            owners: &owners,
            stored: &stored,
            channels: &channels,
            views: &views,
            entry: asked.entry,
            outside: asked.outside,
        };
        let judged = self.judge_lines(&mut lines, &bench).await?;
        let (lines, kept_back): (Vec<_>, Vec<_>) = lines.into_iter().partition(PreviewLine::goes_out);
        let mut diff = ProgramDiff {
            lines,
            kept_back,
            without_time,
            offer: offer(edited, &stored),
            names: names(&living),
            cards: judged.cards.clone(),
            notes: judged.notes.clone(),
            ..ProgramDiff::default()
        };
        let change = self.change(operator, (edited, &living), &bench, &judged, (&mut diff, asked.asks_yes))?;
        Ok(Outcome { diff, change, pictures: judged.pictures })
    }

    /// What goes out on a channel beside the program, since a month ago; the program's own open deliveries are not in its
    /// way.
    async fn beside_the_program(&self, channel: &ChannelRow, stored: &Stored) -> Result<Vec<DispatchView>, Problem> {
        let (store, now) = (self.store().in_workspace(channel.workspace), self.now());
        let mut beside = Vec::new();
        let mut filter = DispatchFilter {
            channel: Some(channel.id),
            from: Some(now - SignedDuration::from_hours(24 * CADENCE_DAYS)),
            limit: FETCH_ROWS,
            ..DispatchFilter::default()
        };
        loop {
            let rows = store.dispatches(&filter).await.map_err(from_store)?;
            filter.after = rows.last().map(DispatchView::cursor);
            let full = rows.len() == FETCH_ROWS as usize;
            beside.extend(rows.into_iter().filter(|row| {
                let sourced = stored.by_key.get(&row.dispatch.occurrence_key);
                row.dispatch.state != State::Cancelled && !sourced.is_some_and(|(_, known)| is_open(known))
            }));
            if !full || beside.len() >= AROUND_MAX {
                return Ok(beside);
            }
        }
    }
}

fn channel_around(channel: &ChannelRow, zone: &ZoneName, edited: &Edited, stored: &Stored, beside: &[DispatchView]) -> PreviewChannel {
    // A later part of a thread goes out with the first, in its place.
    let first = beside.iter().filter(|view| view.content.extras.after.is_none());
    let taken = first.map(|view| {
        let key = &view.dispatch.occurrence_key;
        // What a person gave another time has left its place.
        let in_place = stored.by_key.get(key).is_some_and(|(_, known)| known.in_place);
        TakenPost { at: view.dispatch.due_at, category: view.category.clone(), queued: in_place || is_placed(key) }
    });
    PreviewChannel {
        channel: PlanChannel { name: channel.name.clone(), network: channel.network.to_string() },
        shown: channel.name.clone(),
        zone: zone.clone(),
        rules: edited.rules.windows.get(&channel.name).cloned().unwrap_or_default(),
        caps: edited.rules.caps.get(&channel.name).cloned().unwrap_or_default(),
        taken: taken.collect(),
        answers: None,
    }
}

/// A post that says that an event is called off, if people have been told of it.
fn offer(edited: &Edited, stored: &Stored) -> Option<String> {
    edited.living.iter().filter(|one| one.change.is_some()).find_map(|one| {
        let Meaning::Plan { wanted: Wanted::Event { event, .. }, .. } = &one.meaning else { return None };
        let told =
            stored.by_key.values().any(|(source, known)| *source == one.id && matches!(known.view.dispatch.state, State::Published { .. }));
        (event.cancelled_at.is_some() && told).then(|| {
            format!("{} on {} is called off. Sorry to everybody who had planned to come.", event.name, event.begins.strftime("%A %-d %B"))
        })
    })
}

/// The same workspace has the same chance.
fn seed(operator: &Operator) -> u64 {
    operator.workspace.uuid().as_u64_pair().1
}
