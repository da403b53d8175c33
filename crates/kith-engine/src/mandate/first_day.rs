//! The first day: what an owner has done of it, seen from what is there, until all is done or she puts it away.

use serde::Serialize;
use serde_json::json;

use super::sign_in::Visitor;
use crate::kith::Kith;
use crate::problem::{Problem, from_store};
use kith_domain::ids::WorkspaceId;
use kith_domain::mandate::Role;
use kith_store::SaveError;

/// The setting that says it is over.
const SETTING: &str = "first_day";

/// The steps of a first day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct FirstDay {
    /// There is a password or a passkey.
    pub way_in: bool,
    /// A channel is connected.
    pub connected: bool,
    /// A post is planned, or out.
    pub planned: bool,
    /// Somebody wrote.
    pub heard: bool,
    /// Somebody was answered.
    pub answered: bool,
}

impl FirstDay {
    /// Steps that are done, of five.
    pub fn done(&self) -> usize {
        [self.way_in, self.connected, self.planned, self.heard, self.answered].into_iter().filter(|done| *done).count()
    }
}

impl Kith {
    /// The steps, for an owner who has not done or put them away; `None` for everybody else.
    pub async fn first_day(&self, visitor: &Visitor) -> Result<Option<FirstDay>, Problem> {
        if visitor.role() != Role::Owner {
            return Ok(None);
        }
        let store = self.store().in_workspace(visitor.workspace);
        if store.setting(SETTING).await.map_err(from_store)?.version > 0 {
            return Ok(None);
        }
        let counts = store.counts_by_standing().await.map_err(from_store)?;
        let day = FirstDay {
            way_in: self.has_password(visitor).await? || !self.passkeys(visitor).await?.is_empty(),
            connected: !store.channels().await.map_err(from_store)?.is_empty(),
            planned: store.counts().await.map_err(from_store)?.total() > 0,
            heard: counts.owed + counts.answered + counts.closed > 0,
            answered: counts.answered > 0,
        };
        if day.done() == 5 {
            self.end_first_day(visitor.workspace).await?;
            return Ok(None);
        }
        Ok(Some(day))
    }

    /// Puts the steps away for good.
    pub async fn end_first_day(&self, workspace: WorkspaceId) -> Result<(), Problem> {
        match self.store().in_workspace(workspace).set_setting(SETTING, &json!("over"), 0).await {
            // Somebody was quicker, which is as good.
            Ok(()) | Err(SaveError::Fenced) => Ok(()),
            Err(SaveError::Store(error)) => Err(from_store(error)),
        }
    }
}
