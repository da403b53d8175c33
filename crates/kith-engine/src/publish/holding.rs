//! What is done to a planned post by its id: held back and let go again, on all its channels at its time, all or none; and
//! worded anew from the command line or by a program.

use kith_domain::ids::{DispatchId, WorkspaceId};
use kith_domain::mandate::{Actor, Door};
use kith_domain::plan::Problem as PlanProblem;
use kith_domain::publish::{Answer, by_person};
use kith_store::NewEvent;

use super::decide::{BY_PERSON, saved};
use super::desk::not_there;
use super::lines::DispatchLine;
use crate::kith::{Kith, Operator};
use crate::plan::EditedWords;
use crate::problem::{Problem, from_store};

impl Kith {
    /// Holds a post back at the command line or for a program: it does not go out until somebody lets it. `id` may be the
    /// first digits.
    pub async fn hold(&self, operator: &Operator, id: &str) -> Result<DispatchLine, Problem> {
        let named = self.dispatch_named(operator.workspace, id).await?;
        self.hold_back(operator.workspace, named, &operator.actor).await?;
        self.dispatch_line(operator.workspace, named).await
    }

    /// Lets it go again, at its time.
    pub async fn let_go_at_its_time(&self, operator: &Operator, id: &str) -> Result<DispatchLine, Problem> {
        let named = self.dispatch_named(operator.workspace, id).await?;
        self.let_go_out(operator.workspace, named, &operator.actor).await?;
        self.dispatch_line(operator.workspace, named).await
    }

    /// Other words at the command line or for a program: judged like a new post, `Err` says everything that is wrong.
    pub async fn edit_words(
        &self,
        operator: &Operator,
        id: &str,
        words: &EditedWords,
        door: Door,
    ) -> Result<Result<DispatchLine, Vec<PlanProblem>>, Problem> {
        let named = self.dispatch_named(operator.workspace, id).await?;
        match self.reword(operator, named, words, door).await? {
            Ok(()) => self.dispatch_line(operator.workspace, named).await.map(Ok),
            Err(problems) => Ok(Err(problems)),
        }
    }

    pub(super) async fn hold_back(&self, workspace: WorkspaceId, id: DispatchId, actor: &Actor) -> Result<(), Problem> {
        self.answer_all(workspace, id, &Answer::Hold { by: actor.to_string() }, ("held", actor)).await
    }

    pub(super) async fn let_go_out(&self, workspace: WorkspaceId, id: DispatchId, actor: &Actor) -> Result<(), Problem> {
        self.answer_all(workspace, id, &Answer::LetGo, ("let_go", actor)).await
    }

    /// The same answer to every delivery of its post at its time that can have it; the one that was asked about must.
    async fn answer_all(
        &self,
        workspace: WorkspaceId,
        id: DispatchId,
        answer: &Answer,
        (what, actor): (&str, &Actor),
    ) -> Result<(), Problem> {
        let (store, now) = (self.store().in_workspace(workspace), self.now());
        let asked = store.dispatch(id).await.map_err(from_store)?.ok_or_else(not_there)?;
        by_person(&asked.dispatch, answer.clone(), now).map_err(|why| Problem::Refused(why.into()))?;
        let mut steps = Vec::new();
        for view in self.at_its_time(workspace, &asked).await? {
            let Ok(decision) = by_person(&view.dispatch, answer.clone(), now) else { continue };
            let event = NewEvent {
                kind: format!("{BY_PERSON}{what}"),
                subject: view.dispatch.id.to_string(),
                actor: actor.clone(),
                detail: serde_json::json!({ "before": view.dispatch.state }),
            };
            steps.push((view.dispatch, decision.state, event));
        }
        saved(store.apply_all(&steps, now).await)?;
        self.tell(workspace, "plan", Some(id.to_string())).await;
        Ok(())
    }
}
