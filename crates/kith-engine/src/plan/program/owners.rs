//! Which source a line came from, and what the sources are called.

use std::collections::BTreeMap;

use kith_domain::schedule::{LineSource, PreviewLine, Wanted};

use super::{Extra, Living, Meaning};

/// What the sources are called, by the keys that lines name.
pub(super) fn names(living: &[Living]) -> BTreeMap<String, String> {
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
pub(super) struct Owners<'l> {
    by_post: BTreeMap<&'l str, &'l Living>,
    by_name: BTreeMap<(&'static str, &'l str), &'l Living>,
}

impl<'l> Owners<'l> {
    pub(super) fn of(living: &'l [Living]) -> Self {
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

    pub(super) fn of_line(&self, line: &PreviewLine) -> Option<&'l Living> {
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
    pub(super) fn extra(&self, post: &str) -> Option<&Extra> {
        match &self.meaning {
            Meaning::Plan { extras, .. } => extras.get(post),
            Meaning::Away { .. } => None,
        }
    }
}
