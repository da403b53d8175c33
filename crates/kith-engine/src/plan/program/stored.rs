//! What is stored of the program, and what is left to plan of its sources.
//!
//! Deliveries are told apart by their place in the plan (the occurrence key). One that has begun, was missed, or was
//! called off by a person, or has a time that a person gave it, stays as it is, and its place is not given away.

use std::collections::{BTreeMap, BTreeSet};

use kith_domain::ids::SourceId;
use kith_domain::plan::{EntryState, Series};
use kith_domain::publish::{Dispatch, State};
use kith_domain::schedule::{Absence, Addressed, Draft, Market, Wanted};
use kith_store::SourcedDispatch;

use super::{Living, Meaning};

/// What is stored, by its place in the plan.
pub(super) struct Stored {
    pub(super) by_key: BTreeMap<String, (SourceId, SourcedDispatch)>,
    /// Items of which at least one delivery has begun.
    pub(super) begun: BTreeSet<String>,
    /// The same without those that only have a time that a person gave them.
    pub(super) sent: BTreeSet<String>,
}

impl Stored {
    pub(super) fn of(rows: Vec<(SourceId, SourcedDispatch)>) -> Self {
        let (mut begun, mut sent) = (BTreeSet::new(), BTreeSet::new());
        for (_, row) in &rows {
            if !is_open(row)
                && row.view.dispatch.state != State::Cancelled
                && let Some(item) = row.item
            {
                begun.insert(item.to_string());
                if !is_unsent(&row.view.dispatch) {
                    sent.insert(item.to_string());
                }
            }
        }
        Self { by_key: rows.into_iter().map(|row| (row.1.view.dispatch.occurrence_key.clone(), row)).collect(), begun, sent }
    }

    /// A source without what has gone out of it: an item of a queue leaves it, an entry of a series keeps its number.
    pub(super) fn settle(&self, one: &Living) -> Living {
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
                stored.is_some_and(|(_, known)| !is_open(known))
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
pub(super) fn meanings(living: &[Living], stored: &Stored, known: &[Market]) -> (Vec<Wanted>, Vec<Absence>) {
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

/// Nothing of it has left, and nobody has decided about it: neither its time nor that it goes out late.
pub(super) fn is_open(known: &SourcedDispatch) -> bool {
    !known.own_time && is_unsent(&known.view.dispatch)
}

/// Nothing of it has left, and nobody has said that it shall go out now.
pub(super) fn is_unsent(d: &Dispatch) -> bool {
    d.first_send.is_none() && matches!(d.state, State::Planned { late_until: None, .. } | State::Held { .. })
}
