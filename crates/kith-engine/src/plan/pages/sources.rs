//! Series and events: the lists, and each one whole with every time.

use kith_domain::plan::EntryState;
use kith_domain::schedule::{LineSource, PreviewLine, Wanted};

use super::super::program::{Meaning, ProgramEdit, SourceKind, SourceLine};
use super::write::capital;
use super::{may, reader};
use crate::kith::Kith;
use crate::mandate::sign_in::Visitor;
use crate::problem::{Problem, from_store};
use crate::views::{EntryView, ProgramLine, SourcePage, SourceRow, SourcesView};

impl Kith {
    /// All series, or all events.
    pub async fn sources_page(&self, visitor: &Visitor, kind: SourceKind) -> Result<SourcesView, Problem> {
        let diff = self.glance_program(&reader(visitor), &ProgramEdit::TimePassed).await?;
        let mut rows = Vec::new();
        for line in self.sources_of(visitor.workspace, kind).await? {
            let line = self.program_source(visitor.workspace, kind, &line.id).await?;
            let lines = self.shown(visitor, &diff, |one| belongs(one, &line.meaning)).lines;
            rows.push(row(&line, &lines));
        }
        let channels = self.store().in_workspace(visitor.workspace).channels().await.map_err(from_store)?;
        let living = channels.iter().filter(|row| row.state != kith_store::ChannelState::Removed);
        Ok(SourcesView {
            rows,
            channels: living.map(|row| self.channel_view(row)).collect(),
            place: self.calendar(&visitor.zone).place(),
            may: may(visitor),
        })
    }

    /// One of them, by its id.
    pub async fn source_page(&self, visitor: &Visitor, kind: SourceKind, id: &str) -> Result<SourcePage, Problem> {
        let line = self.program_source(visitor.workspace, kind, id).await?;
        let diff = self.glance_program(&reader(visitor), &ProgramEdit::TimePassed).await?;
        let lines = self.shown(visitor, &diff, |one| belongs(one, &line.meaning)).lines;
        let keys = keys(&line.meaning);
        let without = diff.without_time.iter().filter(|one| keys.contains(&one.post)).map(|one| capital(&one.why));
        let begins = match &line.meaning {
            Meaning::Plan { wanted: Wanted::Event { event, .. }, .. } => event.begins.strftime("%Y-%m-%dT%H:%M").to_string(),
            _ => String::new(),
        };
        Ok(SourcePage {
            row: row(&line, &lines),
            facts: facts(&line.meaning),
            entries: entries(&line.meaning, &lines),
            without_time: without.collect(),
            begins,
            may: may(visitor),
            lines,
        })
    }
}

/// Whether a line comes from this source.
pub(super) fn belongs(line: &PreviewLine, meaning: &Meaning) -> bool {
    let Meaning::Plan { wanted, .. } = meaning else { return false };
    match (&line.source, wanted) {
        (LineSource::Series { series: name, .. }, Wanted::Series { series, .. }) => *name == series.key,
        (LineSource::Event { event: name, .. }, Wanted::Event { event, .. }) => *name == event.key,
        _ => false,
    }
}

fn keys(meaning: &Meaning) -> Vec<String> {
    match meaning {
        Meaning::Plan { wanted: Wanted::Series { series, .. }, .. } => series.entries.iter().map(|entry| entry.key.clone()).collect(),
        Meaning::Plan { wanted: Wanted::Event { event, drafts, .. }, .. } => {
            drafts.iter().map(|draft| draft.key.clone()).chain([event.key.clone()]).collect()
        }
        _ => Vec::new(),
    }
}

fn row(line: &SourceLine, lines: &[ProgramLine]) -> SourceRow {
    let (detail, over) = match &line.meaning {
        Meaning::Plan { wanted: Wanted::Series { series, .. }, .. } => {
            let numbered = series.numbered();
            let out = numbered.iter().filter(|entry| entry.fixed).count();
            (format!("{out} of {} out", numbered.len()), out == numbered.len())
        }
        Meaning::Plan { wanted: Wanted::Event { event, .. }, .. } => {
            let place = event.place.as_ref().map(|place| format!(", {place}")).unwrap_or_default();
            let off = if event.cancelled_at.is_some() { "Called off. Was to be " } else { "" };
            (format!("{off}{}{place}", event.begins.strftime("%a %-d %b, %H:%M")), event.cancelled_at.is_some())
        }
        _ => (String::new(), false),
    };
    SourceRow {
        id: line.id.clone(),
        name: line.name.clone(),
        detail,
        next: lines.iter().find(|line| line.kept_back.is_none()).cloned(),
        rests: line.paused_at.is_some(),
        over,
    }
}

fn facts(meaning: &Meaning) -> Vec<String> {
    let listed = |channels: &[String]| format!("On {}", channels.join(", "));
    match meaning {
        Meaning::Plan { wanted: Wanted::Series { series, rhythm, channels, .. }, .. } => {
            let mut facts = vec![capital(&rhythm.to_string()), listed(channels)];
            facts.extend(series.tag());
            facts
        }
        Meaning::Plan { wanted: Wanted::Event { event, reminders, drafts }, .. } => {
            let mut facts = vec![format!("Until {}", event.ends.strftime("%a %-d %b, %H:%M"))];
            facts.extend(event.link.clone());
            facts.extend(drafts.first().map(|draft| listed(&draft.channels)));
            facts.push(reminders.iter().map(|one| one.offset.to_string()).collect::<Vec<_>>().join("; "));
            facts
        }
        _ => Vec::new(),
    }
}

fn entries(meaning: &Meaning, lines: &[ProgramLine]) -> Vec<EntryView> {
    let Meaning::Plan { wanted: Wanted::Series { series, .. }, .. } = meaning else { return Vec::new() };
    let numbered = series.numbered();
    let view = |entry: &kith_domain::plan::SeriesEntry| {
        let known = numbered.iter().find(|one| one.key == entry.key);
        EntryView {
            key: entry.key.clone(),
            number: known.map(|one| (one.n, one.total)),
            text: entry.text.clone(),
            is_out: known.is_some_and(|one| one.fixed),
            left_out: matches!(entry.state, EntryState::Paused),
            lines: lines.iter().filter(|line| line.post == entry.key).cloned().collect(),
        }
    };
    series.entries.iter().map(view).collect()
}
