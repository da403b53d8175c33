//! What follows from the program: the lines that would go out, compared with what is planned.
//!
//! Deliveries are told apart by their place in the plan (the occurrence key). One that has begun, was missed, or was
//! called off by a person stays as it is, and its place is not given away; everything else follows the sources.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use kith_domain::ids::{DispatchId, ItemId, PostId, SourceId, VariantId};
use kith_domain::plan::{EntryState, PlanChannel, PlanRow, Problem as PlanProblem, Series, SourceLine, lint, problem::Reason};
use kith_domain::publish::{Content, Dispatch, State};
use kith_domain::schedule::{
    Absence, Addressed, DAYS_AHEAD_MAX, Draft, LineSource, Market, Presence, Preview, PreviewChannel, PreviewLine, PreviewRequest,
    TakenPost, Wanted, ZoneName, preview,
};
use kith_store::{ChannelRow, ChannelState, DispatchFilter, Move, NewPost, NewVariant, PlanChange, Reword, SourcedDispatch, SourcedPost};

use super::context::Edited;
use super::{Extra, Living, Meaning, ProgramDiff, SourceKind};
use crate::kith::{Kith, Operator};
use crate::problem::{Problem, from_store, internal};

/// Days back that a channel's cadence looks at.
const CADENCE_DAYS: i64 = 31;
/// Rows fetched from the store at a time.
const FETCH_ROWS: u32 = 500;
/// Most deliveries of one channel that are looked at around the program.
const AROUND_MAX: usize = 20_000;
/// Seconds by which a delivery keeps clear of the instant after which it must not go out.
const CLEAR_S: i64 = 1;

/// What is stored, by its place in the plan.
struct Stored {
    by_key: BTreeMap<String, (SourceId, SourcedDispatch)>,
    /// Items of which at least one delivery has begun.
    begun: BTreeSet<String>,
}

impl Kith {
    /// The meaning of a source without what has gone out of it.
    pub(super) async fn settled(&self, living: Living) -> Result<Meaning, Problem> {
        let store = self.store().in_workspace(living.provenance.on_behalf_of);
        let stored = Stored::of(store.dispatches_of_living().await.map_err(from_store)?);
        Ok(stored.settle(&living).meaning)
    }

    /// What the program means, and the change that makes it so.
    pub(super) async fn outcome(&self, operator: &Operator, edited: &Edited) -> Result<(ProgramDiff, PlanChange), Problem> {
        let (store, now) = (self.store().in_workspace(operator.workspace), self.now());
        let channels: Vec<ChannelRow> =
            store.channels().await.map_err(from_store)?.into_iter().filter(|channel| channel.state != ChannelState::Removed).collect();
        let stored = Stored::of(store.dispatches_of_living().await.map_err(from_store)?);
        let zone = ZoneName::parse(&operator.zone).map_err(|error| internal(&error.to_string()))?;
        let living: Vec<Living> = edited.living.iter().map(|one| stored.settle(one)).collect();
        let (wanted, absences) = meanings(&living, &stored, &edited.rules.markets);
        let mut around = Vec::with_capacity(channels.len());
        for channel in &channels {
            around.push(self.channel_around(channel, &zone, edited, &stored).await?);
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
        self.judge_lines(&mut lines, &channels)?;
        let (lines, kept_back): (Vec<_>, Vec<_>) = lines.into_iter().partition(PreviewLine::goes_out);
        let mut diff =
            ProgramDiff { lines, kept_back, without_time, offer: offer(edited, &stored), names: names(&living), ..ProgramDiff::default() };
        let change = self.change(operator, edited, &living, &stored, &channels, &mut diff, now)?;
        Ok((diff, change))
    }

    /// A channel with what goes out on it beside the program.
    async fn channel_around(
        &self,
        channel: &ChannelRow,
        zone: &ZoneName,
        edited: &Edited,
        stored: &Stored,
    ) -> Result<PreviewChannel, Problem> {
        let (store, now) = (self.store().in_workspace(channel.workspace), self.now());
        let mut taken = Vec::new();
        let mut filter = DispatchFilter {
            channel: Some(channel.id),
            from: Some(now - SignedDuration::from_hours(24 * CADENCE_DAYS)),
            limit: FETCH_ROWS,
            ..DispatchFilter::default()
        };
        loop {
            let rows = store.dispatches(&filter).await.map_err(from_store)?;
            filter.after = rows.last().map(kith_store::DispatchView::cursor);
            let full = rows.len() == FETCH_ROWS as usize;
            for row in rows {
                let sourced = stored.by_key.get(&row.dispatch.occurrence_key);
                // What the program will place anew is not in its own way.
                if row.dispatch.state == State::Cancelled || sourced.is_some_and(|(_, known)| is_open(&known.view.dispatch)) {
                    continue;
                }
                taken.push(TakenPost { at: row.dispatch.due_at, category: row.category, queued: sourced.is_some() });
            }
            if !full || taken.len() >= AROUND_MAX {
                break;
            }
        }
        Ok(PreviewChannel {
            channel: PlanChannel { name: channel.name.clone(), network: channel.network.to_string() },
            shown: channel.name.clone(),
            zone: zone.clone(),
            rules: edited.rules.windows.get(&channel.name).cloned().unwrap_or_default(),
            caps: edited.rules.caps.get(&channel.name).cloned().unwrap_or_default(),
            taken,
            answers: None,
        })
    }

    /// What the checks of words and each network say to a line; the same words are judged once.
    fn judge_lines(&self, lines: &mut [PreviewLine], channels: &[ChannelRow]) -> Result<(), Problem> {
        let known: Vec<PlanChannel> =
            channels.iter().map(|channel| PlanChannel { name: channel.name.clone(), network: channel.network.to_string() }).collect();
        let mut judged: BTreeMap<(String, String), Vec<PlanProblem>> = BTreeMap::new();
        for line in lines {
            let key = (line.channel.clone(), line.text.clone());
            if !judged.contains_key(&key) {
                let row = PlanRow {
                    source: SourceLine::default(),
                    text: line.text.clone(),
                    channels: Some(vec![line.channel.clone()]),
                    ..PlanRow::default()
                };
                let mut problems: Vec<PlanProblem> = lint(std::slice::from_ref(&row), &[], &known)
                    .into_iter()
                    .map(|problem| PlanProblem { line: None, ..problem })
                    .collect();
                if let Some(channel) = channels.iter().find(|channel| channel.name == line.channel) {
                    let preview = self.preview_on(channel, &Content { text: line.text.clone(), ..Content::default() })?;
                    for warning in preview.warnings.iter().filter(|warning| warning.refuses) {
                        let reason = Reason::OnNetwork { network: line.network.clone(), detail: warning.text.clone() };
                        problems
                            .push(PlanProblem::refuse(None, None, reason, "make it shorter or change it").in_column(warning.field.clone()));
                    }
                }
                judged.insert(key.clone(), problems);
            }
            line.problems.extend(judged.get(&key).into_iter().flatten().cloned());
        }
        Ok(())
    }

    #[expect(clippy::too_many_arguments, reason = "all of it is the one walk from lines to a change")]
    fn change(
        &self,
        operator: &Operator,
        edited: &Edited,
        living: &[Living],
        stored: &Stored,
        channels: &[ChannelRow],
        diff: &mut ProgramDiff,
        now: Timestamp,
    ) -> Result<PlanChange, Problem> {
        let mut change = PlanChange { events: edited.events.clone(), ..PlanChange::default() };
        change.sources.extend(living.iter().filter_map(|one| one.change.clone()));
        change.sources.extend(edited.ended.clone());
        let owners = Owners::of(living);
        let mut kept: BTreeSet<&str> = BTreeSet::new();
        for line in &diff.lines {
            kept.insert(&line.occurrence_key);
            let Some(source) = owners.of_line(line) else { continue };
            let Some(channel) = channels.iter().find(|channel| channel.name == line.channel) else { continue };
            let content = content(line, source.extra(&line.post));
            match stored.by_key.get(&line.occurrence_key) {
                None => {
                    change.posts.push(self.new_post(operator, source, line, channel, content, now)?);
                    diff.added += 1;
                }
                Some((_, known)) if is_open(&known.view.dispatch) => {
                    let was = &known.view.dispatch;
                    if was.due_at != line.due_at || was.civil != line.civil.at.to_string() || was.zone != line.civil.zone.to_string() {
                        diff.moved += 1;
                        let step = Move {
                            was: was.clone(),
                            civil: line.civil.at.to_string(),
                            zone: line.civil.zone.to_string(),
                            due_at: line.due_at,
                        };
                        change.moves.push(step);
                    }
                    if known.view.content != content {
                        diff.reworded += 1;
                        // A move has taken the fence on already.
                        let moved = change.moves.last().is_some_and(|step| step.was.id == was.id);
                        let was = Dispatch { fence: was.fence + i64::from(moved), ..was.clone() };
                        change.rewords.push(Reword { was, content, approved_by: Some(operator.actor.clone()) });
                    }
                }
                Some(_) => {}
            }
        }
        let numbered: BTreeSet<SourceId> =
            living.iter().filter(|one| matches!(one.kind, SourceKind::Queue | SourceKind::Series)).map(|one| one.id).collect();
        for (key, (source, known)) in &stored.by_key {
            // Of a queue or series, a part of what has begun on another channel goes on. Reminders and recurrences share
            // their words, not their fate.
            let goes_on = numbered.contains(source) && known.item.is_some_and(|item| stored.begun.contains(&item.to_string()));
            if is_open(&known.view.dispatch) && !kept.contains(key.as_str()) && !goes_on {
                diff.cancelled += 1;
                change.cancels.push(known.view.dispatch.clone());
            }
        }
        Ok(change)
    }

    fn new_post(
        &self,
        operator: &Operator,
        source: &Living,
        line: &PreviewLine,
        channel: &ChannelRow,
        content: Content,
        now: Timestamp,
    ) -> Result<SourcedPost, Problem> {
        let (post, variant, id) =
            (self.chance().id(now, PostId::new), self.chance().id(now, VariantId::new), self.chance().id(now, DispatchId::new));
        let hash = content.hash();
        let grace_s =
            line.not_after.map_or(self.0.grace_s, |end| self.0.grace_s.min(end.duration_since(line.due_at).as_secs() - CLEAR_S).max(0));
        // The words are the source's; whoever made it said yes to what follows from it.
        let provenance = source.provenance.clone();
        let approved_by = provenance.approved_by.clone().unwrap_or_else(|| operator.actor.clone());
        let dispatch = Dispatch {
            id,
            workspace: operator.workspace,
            post,
            variant,
            channel: channel.id,
            occurrence_key: line.occurrence_key.clone(),
            civil: line.civil.at.to_string(),
            zone: line.civil.zone.to_string(),
            due_at: line.due_at,
            grace_s,
            payload_hash: hash.clone(),
            remote_key: self.network(&channel.network)?.remote_key(id, line.due_at),
            prepared: None,
            state: State::planned(),
            fence: 0,
            attempts: 0,
            first_send: None,
            last_send: None,
        };
        let variant = NewVariant {
            id: variant,
            channel: channel.id,
            content,
            approved_hash: Some(hash),
            approved_by: Some(approved_by),
            approved_at: Some(now),
            dispatches: vec![dispatch],
        };
        let post = NewPost { id: post, text: line.text.clone(), category: line.category.clone(), provenance, variants: vec![variant] };
        Ok(SourcedPost { post, source: source.id, item: line.post.parse::<ItemId>().ok() })
    }
}

impl Stored {
    fn of(rows: Vec<(SourceId, SourcedDispatch)>) -> Self {
        let mut begun = BTreeSet::new();
        for (_, row) in &rows {
            let d = &row.view.dispatch;
            if !is_open(d)
                && d.state != State::Cancelled
                && let Some(item) = row.item
            {
                begun.insert(item.to_string());
            }
        }
        Self { by_key: rows.into_iter().map(|row| (row.1.view.dispatch.occurrence_key.clone(), row)).collect(), begun }
    }

    /// A source without what has gone out of it: an item of a queue leaves it, an entry of a series keeps its number.
    fn settle(&self, one: &Living) -> Living {
        let mut one = one.clone();
        let Meaning::Plan { wanted, extras } = &mut one.meaning else { return one };
        match wanted {
            Wanted::Queue { drafts } => {
                drafts.retain(|draft| !self.is_over(&draft.channels, &format!("queue:{}", draft.key)));
                let left: BTreeSet<&str> = drafts.iter().map(|draft| draft.key.as_str()).collect();
                extras.retain(|key, _| left.contains(key.as_str()));
            }
            Wanted::Series { series, .. } => fix_begun(series, &self.begun),
            Wanted::Markets { drafts, markets, how, .. } => {
                let over = |draft: &Draft| {
                    groups(markets, *how).into_iter().all(|group| self.is_over(&draft.channels, &market_place(group, &draft.key)))
                };
                drafts.retain(|draft| !over(draft));
            }
            _ => {}
        }
        one
    }

    /// Whether every delivery of an item has begun or was called off by a person.
    fn is_over(&self, channels: &[String], place: &str) -> bool {
        !channels.is_empty()
            && channels.iter().all(|channel| {
                let stored = self.by_key.get(&format!("{channel}/{place}"));
                stored.is_some_and(|(_, known)| !is_open(&known.view.dispatch))
            })
    }
}

/// Entries that went out keep the number that they had.
fn fix_begun(series: &mut Series, begun: &BTreeSet<String>) {
    let numbered = series.numbered();
    for entry in numbered.iter().filter(|entry| !entry.fixed && begun.contains(&entry.key)) {
        // A number that is taken means that the entry was fixed meanwhile; it stays as it is then.
        if let Err(error) = series.fix(&entry.key, entry.n, entry.total) {
            tracing::warn!(entry = entry.key, %error, "an entry of a series keeps its state");
        }
    }
}

/// What is to be planned, without the parts that have begun.
fn meanings(living: &[Living], stored: &Stored, known: &[Market]) -> (Vec<Wanted>, Vec<Absence>) {
    let (mut wanted, mut absences) = (Vec::new(), Vec::new());
    for one in living.iter().filter(|one| !one.paused) {
        match &one.meaning {
            Meaning::Away { absence } => absences.push(absence.clone()),
            Meaning::Plan { wanted: Wanted::Queue { drafts }, .. } => {
                let mut drafts = drafts.clone();
                for draft in &mut drafts {
                    let place = format!("queue:{}", draft.key);
                    draft.channels.retain(|channel| !stored.is_over(std::slice::from_ref(channel), &place));
                }
                drafts.retain(|draft| !draft.channels.is_empty());
                wanted.push(Wanted::Queue { drafts });
            }
            Meaning::Plan { wanted: Wanted::Series { series, rhythm, zone, channels, category }, .. } => {
                let mut series = series.clone();
                let key = series.key.clone();
                // What a person called off is left out; the others close ranks.
                for entry in &mut series.entries {
                    let called_off = stored.is_over(channels, &format!("series:{key}/{}", entry.key));
                    if called_off && entry.state == EntryState::Waiting {
                        entry.state = EntryState::Paused;
                    }
                }
                wanted.push(Wanted::Series {
                    series,
                    rhythm: rhythm.clone(),
                    zone: zone.clone(),
                    channels: channels.clone(),
                    category: category.clone(),
                });
            }
            Meaning::Plan { wanted: Wanted::Markets { drafts, markets, how, rhythm, zone }, .. } => {
                // A market that was defined anew has its new hours.
                let current = |market: &Market| known.iter().find(|known| known.name == market.name).unwrap_or(market).clone();
                let markets: Vec<Market> = markets.iter().map(current).collect();
                for group in groups(&markets, *how) {
                    let mut drafts = drafts.clone();
                    for draft in &mut drafts {
                        let place = market_place(group, &draft.key);
                        draft.channels.retain(|channel| !stored.is_over(std::slice::from_ref(channel), &place));
                    }
                    drafts.retain(|draft| !draft.channels.is_empty());
                    let (markets, how) = (group.to_vec(), *how);
                    wanted.push(Wanted::Markets { drafts, markets, how, rhythm: rhythm.clone(), zone: zone.clone() });
                }
            }
            Meaning::Plan { wanted: other, .. } => wanted.push(other.clone()),
        }
    }
    (wanted, absences)
}

/// The markets that one post is for.
fn groups(markets: &[Market], how: Addressed) -> Vec<&[Market]> {
    match how {
        Addressed::Each => markets.chunks(1).collect(),
        Addressed::BestOverlap => vec![markets],
    }
}

/// The place in the plan of a post for these markets, as the preview names it.
fn market_place(group: &[Market], draft: &str) -> String {
    let names: Vec<&str> = group.iter().map(|market| market.name.as_str()).collect();
    format!("market:{}/{draft}", names.join("+"))
}

/// What the sources are called, by the keys that lines name.
fn names(living: &[Living]) -> BTreeMap<String, String> {
    let mut names = BTreeMap::new();
    for one in living {
        match &one.meaning {
            Meaning::Away { absence } => drop(names.insert(absence.key.clone(), one.name.clone())),
            Meaning::Plan { wanted, .. } => match wanted {
                Wanted::Series { series, .. } => drop(names.insert(series.key.clone(), one.name.clone())),
                Wanted::Event { event, .. } => drop(names.insert(event.key.clone(), one.name.clone())),
                Wanted::Recurring { recurrence, .. } => drop(names.insert(recurrence.key.clone(), one.name.clone())),
                Wanted::Markets { drafts, .. } => names.extend(drafts.iter().map(|draft| (draft.key.clone(), one.name.clone()))),
                Wanted::Queue { .. } | Wanted::At { .. } => {}
            },
        }
    }
    names
}

/// Which source a line came from.
struct Owners<'l> {
    by_post: BTreeMap<&'l str, &'l Living>,
    by_name: BTreeMap<(&'static str, &'l str), &'l Living>,
}

impl<'l> Owners<'l> {
    fn of(living: &'l [Living]) -> Self {
        let mut owners = Self { by_post: BTreeMap::new(), by_name: BTreeMap::new() };
        for one in living {
            match &one.meaning {
                Meaning::Away { absence } => {
                    owners.by_name.insert(("absence", &absence.key), one);
                }
                Meaning::Plan { wanted, .. } => match wanted {
                    Wanted::Series { series, .. } => {
                        owners.by_name.insert(("series", &series.key), one);
                    }
                    Wanted::Event { event, .. } => {
                        owners.by_name.insert(("event", &event.key), one);
                    }
                    Wanted::Recurring { recurrence, .. } => {
                        owners.by_name.insert(("recurring", &recurrence.key), one);
                    }
                    Wanted::Queue { drafts } | Wanted::Markets { drafts, .. } => {
                        owners.by_post.extend(drafts.iter().map(|draft| (draft.key.as_str(), one)));
                    }
                    Wanted::At { draft, .. } => {
                        owners.by_post.insert(&draft.key, one);
                    }
                },
            }
        }
        owners
    }

    fn of_line(&self, line: &PreviewLine) -> Option<&'l Living> {
        match &line.source {
            LineSource::Series { series, .. } => self.by_name.get(&("series", series.as_str())),
            LineSource::Event { event, .. } => self.by_name.get(&("event", event.as_str())),
            LineSource::Recurring { recurrence } => self.by_name.get(&("recurring", recurrence.as_str())),
            LineSource::Absence { absence } => self.by_name.get(&("absence", absence.as_str())),
            LineSource::At | LineSource::Queue | LineSource::Markets { .. } => self.by_post.get(line.post.as_str()),
        }
        .copied()
    }
}

impl Living {
    fn extra(&self, post: &str) -> Option<&Extra> {
        match &self.meaning {
            Meaning::Plan { extras, .. } => extras.get(post),
            Meaning::Away { .. } => None,
        }
    }
}

fn content(line: &PreviewLine, extra: Option<&Extra>) -> Content {
    let extra = extra.cloned().unwrap_or_default();
    Content { text: line.text.clone(), warning: extra.warning, language: extra.language, media: extra.media, ..Content::default() }
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

/// Nothing of it has left, and nobody has decided about it.
fn is_open(d: &Dispatch) -> bool {
    d.first_send.is_none() && matches!(d.state, State::Planned { .. } | State::Held { .. })
}

/// The same workspace has the same chance.
fn seed(operator: &Operator) -> u64 {
    operator.workspace.uuid().as_u64_pair().1
}
