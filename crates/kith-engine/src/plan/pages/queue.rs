//! The queue's page: every post with its time, and the windows that give the times.

use kith_domain::schedule::LineSource;

use super::super::program::{ProgramEdit, SourceKind, windows_text};
use super::write::{capital, categories};
use super::{may, reader};
use crate::kith::Kith;
use crate::mandate::sign_in::Visitor;
use crate::problem::{Problem, from_store};
use crate::views::{QueueView, QueuedPost, WindowsView};

impl Kith {
    /// The queue as it stands.
    pub async fn queue_page(&self, visitor: &Visitor) -> Result<QueueView, Problem> {
        let drafts = self.queue_drafts(visitor.workspace).await?;
        let diff = self.glance_program(&reader(visitor), &ProgramEdit::TimePassed).await?;
        let shown = self.shown(visitor, &diff, |line| matches!(line.source, LineSource::Queue));
        let rules = self.plan_rules(visitor.workspace).await?;
        let rests = self.sources_of(visitor.workspace, SourceKind::Queue).await?.iter().any(|line| line.paused_at.is_some());
        let posts = drafts
            .into_iter()
            .map(|draft| {
                let why = diff.without_time.iter().find(|one| one.post == draft.key).map(|one| capital(&one.why));
                QueuedPost {
                    lines: shown.lines.iter().filter(|line| line.post == draft.key).cloned().collect(),
                    why,
                    text: draft.text,
                    category: draft.category.unwrap_or_default(),
                    key: draft.key,
                }
            })
            .collect();
        let channels = self.store().in_workspace(visitor.workspace).channels().await.map_err(from_store)?;
        let windows = channels
            .iter()
            .filter(|row| row.state != kith_store::ChannelState::Removed)
            .map(|row| WindowsView { channel: self.channel_view(row), text: windows_text(&rules, &row.name) });
        Ok(QueueView {
            posts,
            windows: windows.collect(),
            categories: categories(&rules),
            rests,
            place: self.calendar(&visitor.zone).place(),
            may: may(visitor),
        })
    }
}
