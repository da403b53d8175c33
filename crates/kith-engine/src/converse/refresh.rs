//! Looking whether somebody was answered elsewhere: opening a conversation reads its thread anew, at most once a minute.

use jiff::SignedDuration;
use kith_domain::ids::WorkspaceId;
use kith_store::{ConversationView, Ingest, MessageKind, MessageRow};

use crate::kith::Kith;
use crate::listen::ours_to;
use crate::problem::{Problem, from_store};
use crate::publish::Line;

/// Least pause between two reads of one thread, in the world's seconds.
const PAUSE_S: i64 = 60;

impl Kith {
    /// Begins to read the thread in the background; the page hears by its live events if something changed.
    pub(crate) fn refresh_soon(&self, workspace: WorkspaceId, view: &ConversationView, messages: &[MessageRow]) {
        let Some(last) = messages.iter().rev().find(|message| matches!(message.kind, MessageKind::Theirs(_))) else { return };
        let pause = self.clock().stretch(SignedDuration::from_secs(PAUSE_S));
        if !self.0.refreshed.due(view.id, self.now(), pause) {
            return;
        }
        let (kith, view, last) = (self.clone(), view.clone(), last.clone());
        tokio::spawn(async move {
            if let Err(problem) = kith.refresh(workspace, &view, &last).await {
                tracing::debug!(%problem, "a thread could not be read anew");
            }
        });
    }

    async fn refresh(&self, workspace: WorkspaceId, view: &ConversationView, last: &MessageRow) -> Result<(), Problem> {
        let store = self.store().in_workspace(workspace);
        let Some(channel) = store.channel(view.channel).await.map_err(from_store)? else { return Ok(()) };
        let line = Line::open(self, &channel)?;
        let Some(reader) = line.network.reader() else { return Ok(()) };
        let thread = reader.thread(&line.at(self.now()), &last.remote_id).await.map_err(|error| Problem::NotNow(error.to_string()))?;
        let ours: Vec<Ingest> = ours_to(&thread, &view.handle.profile, &view.root_remote_id);
        let changed = store.ingest(channel.id, None, &ours, self.now()).await.map_err(from_store)?;
        for id in changed.changed_conversations {
            self.heard(workspace, id).await;
        }
        Ok(())
    }
}
