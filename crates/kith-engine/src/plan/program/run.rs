//! A change of the program: shown, or stored whole, by the same walk; and what the passing of time adds.

use kith_domain::mandate::{Actor, Door};
use kith_domain::plan::policy::Entry;
use kith_store::{SaveError, StoreError, Unique};

use super::judged::Outside;
use super::outcome::{Asked, Outcome};
use super::{ProgramDiff, ProgramEdit, SourceKind};
use crate::kith::{Kith, Operator};
use crate::plan::rulebook;
use crate::problem::{Problem, from_store};

/// How often a change is tried again when somebody else changed the same meanwhile.
const TRIES: u32 = 4;

impl Kith {
    /// What a change would do, judged as when it is stored. Stores nothing.
    pub async fn preview_program(&self, operator: &Operator, edit: &ProgramEdit) -> Result<ProgramDiff, Problem> {
        self.look_at_program(operator, edit, Outside::Looked).await
    }

    /// The same for a page that is drawn or typed into: nobody outside is asked, links and cards are as last seen.
    pub async fn glance_program(&self, operator: &Operator, edit: &ProgramEdit) -> Result<ProgramDiff, Problem> {
        self.look_at_program(operator, edit, Outside::Remembered).await
    }

    async fn look_at_program(&self, operator: &Operator, edit: &ProgramEdit, outside: Outside) -> Result<ProgramDiff, Problem> {
        let state = self.program_state(operator.workspace).await?;
        let after = state.edited(self, operator, edit, &Door::Cli)?;
        Ok(self.outcome(operator, &after, Asked { entry: Entry::Cli, outside, asks_yes: None }).await?.diff)
    }

    /// Does it: sources and all that follows from them, in one transaction.
    pub async fn change_program(&self, operator: &Operator, edit: &ProgramEdit, door: Door) -> Result<ProgramDiff, Problem> {
        self.change_program_asking(operator, edit, door, None).await
    }

    /// The same for somebody who may plan and not approve: what is new waits for the owner's yes, under this name.
    pub(in crate::plan) async fn change_program_asking(
        &self,
        operator: &Operator,
        edit: &ProgramEdit,
        door: Door,
        asks_yes: Option<&str>,
    ) -> Result<ProgramDiff, Problem> {
        let (now, store) = (self.now(), self.store().in_workspace(operator.workspace));
        for _ in 0..TRIES {
            let state = self.program_state(operator.workspace).await?;
            let after = state.edited(self, operator, edit, &door)?;
            let asked = Asked { entry: rulebook::entry(&door), outside: Outside::Looked, asks_yes };
            let Outcome { diff, change, pictures } = self.outcome(operator, &after, asked).await?;
            for picture in &pictures {
                let row = self.keep_picture(picture).await?;
                store.add_media(&row, now).await.map_err(from_store)?;
            }
            match store.change_plan(&change, now).await {
                Ok(()) => {
                    self.rests_changed(operator.workspace).await;
                    self.tell(operator.workspace, "plan", None).await;
                    return Ok(diff);
                }
                Err(SaveError::Fenced) => {}
                Err(SaveError::Store(StoreError::Conflict { what: Unique::SourceName, which })) => {
                    return Err(Problem::Conflict(format!("{:?} exists already; choose another name", which.unwrap_or_default())));
                }
                Err(SaveError::Store(error)) => return Err(from_store(error)),
            }
        }
        Err(Problem::Conflict("posts are going out or being changed just now; try again in a moment".into()))
    }

    /// Plans on what reaches further ahead as time passes, in all workspaces. For the worker; returns new deliveries.
    pub async fn carry_programs_on(&self) -> Result<usize, Problem> {
        let mut added = 0;
        for space in self.store().workspaces().await.map_err(from_store)? {
            let has_any = {
                let store = self.store().in_workspace(space.id);
                let mut any = false;
                for kind in SourceKind::ALL {
                    any |= !store.sources(kind.as_str()).await.map_err(from_store)?.is_empty();
                }
                any
            };
            if !has_any {
                continue;
            }
            let operator = Operator { workspace: space.id, zone: space.zone, actor: Actor::Worker };
            // One workspace's trouble is its own.
            match self.change_program(&operator, &ProgramEdit::TimePassed, Door::Cli).await {
                Ok(diff) => added += diff.added,
                Err(problem) => tracing::warn!(workspace = %space.id, %problem, "the program could not be carried on"),
            }
        }
        Ok(added)
    }
}
