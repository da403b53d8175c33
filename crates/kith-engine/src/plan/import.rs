//! A plan from a file: the same function previews and imports, so that what was shown is what is stored (B2).

use std::path::PathBuf;

use jiff::Timestamp;
use kith_domain::ids::WorkspaceId;
use kith_domain::mandate::Door;
use kith_domain::plan::policy::Entry;
use kith_domain::plan::{PlanFormat, Problem as PlanProblem, file, problem::Reason};
use kith_store::NewEvent;
use serde::Serialize;

use super::arrange::{PreviewItem, Ready};
use super::brought::name_brought;
use super::media::hex;
use super::wish::PlanWish;
use crate::kith::{Kith, Operator};
use crate::problem::{Problem, from_store};

/// The event that notes an import.
const IMPORTED: &str = "plan.imported";

/// A plan as it came in.
#[derive(Debug, Clone)]
pub struct PlanFile {
    /// Its name, for provenance; without its folder.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// How it is written; by its name if `None`.
    pub format: Option<PlanFormat>,
    /// Where its pictures are.
    pub folder: Option<PathBuf>,
}

/// A preview: what would go out, or everything that is wrong.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Previewed {
    /// In order of time; empty if something refuses the plan.
    pub items: Vec<PreviewItem>,
    /// Problems that refuse it, and warnings on the file as a whole.
    pub problems: Vec<PlanProblem>,
}

/// What was stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Imported {
    /// Posts.
    pub posts: usize,
    /// Deliveries.
    pub dispatches: usize,
    /// The first time.
    pub first_due_at: Option<Timestamp>,
    /// The last time.
    pub last_due_at: Option<Timestamp>,
    /// Deliveries that are stored held until the owner's yes.
    pub held: usize,
}

impl Previewed {
    /// Whether it may be imported.
    pub fn is_fine(&self) -> bool {
        !self.problems.iter().any(PlanProblem::refuses)
    }
}

impl Kith {
    /// What would go out and when. Stores nothing.
    pub async fn preview_plan(&self, workspace: WorkspaceId, plan: &PlanFile, wish: &PlanWish) -> Result<Previewed, Problem> {
        Ok(match self.ready(workspace, plan, wish).await? {
            Ok(ready) => Previewed { items: ready.items.into_iter().map(|(_, _, shown)| shown).collect(), problems: ready.warnings },
            Err(problems) => Previewed { items: Vec::new(), problems },
        })
    }

    /// Everything that is found in a plan, by line; nothing is stored. That it has no windows for rows without a time, or
    /// was imported before, is not about its words and is left out.
    pub async fn lint_plan(&self, workspace: WorkspaceId, plan: &PlanFile, wish: &PlanWish) -> Result<Vec<PlanProblem>, Problem> {
        let wish = PlanWish { again: true, ..wish.clone() };
        let mut problems = match self.ready(workspace, plan, &wish).await? {
            Ok(ready) => {
                let shown = ready.items.into_iter().map(|(item, _, shown)| (item, shown));
                let rows = shown.flat_map(|(item, shown)| item.warnings.into_iter().chain(shown.findings));
                ready.warnings.into_iter().chain(rows).collect()
            }
            Err(problems) => problems,
        };
        problems.retain(|problem: &PlanProblem| !matches!(problem.reason, Reason::NoWindows));
        problems.sort_by_key(|problem| problem.line);
        let mut seen: Vec<PlanProblem> = Vec::new();
        // What holds for every channel of a row is said once.
        problems.retain(|problem| {
            let from = seen.iter().rposition(|other| other.line != problem.line).map_or(0, |at| at + 1);
            let is_new = !seen.get(from..).is_some_and(|same_line| same_line.contains(problem));
            if is_new {
                seen.push(problem.clone());
            }
            is_new
        });
        Ok(problems)
    }

    /// The same, then stores it: all or nothing. The inner `Err` has everything that is wrong.
    pub async fn import_plan(
        &self,
        operator: &Operator,
        plan: &PlanFile,
        wish: &PlanWish,
    ) -> Result<Result<Imported, Vec<PlanProblem>>, Problem> {
        let ready = match self.ready(operator.workspace, plan, wish).await? {
            Ok(ready) => ready,
            Err(problems) => return Ok(Err(problems)),
        };
        self.store_file(operator, plan, ready).await.map(Ok)
    }

    /// Stores a plan file that is ready, and notes that it was imported.
    pub(super) async fn store_file(&self, operator: &Operator, plan: &PlanFile, ready: Ready) -> Result<Imported, Problem> {
        let imported =
            self.store_plan(operator, ready, |item| Door::ImportFile { file: plan.name.clone(), line: item.source.line }).await?;
        let event = NewEvent {
            kind: IMPORTED.into(),
            subject: series(plan),
            actor: operator.actor.clone(),
            detail: serde_json::json!({ "file": plan.name, "dispatches": imported.dispatches }),
        };
        self.store().in_workspace(operator.workspace).add_event(&event, self.now()).await.map_err(from_store)?;
        Ok(imported)
    }

    /// The same bytes imported before are a slip of the hand more often than a wish.
    async fn imported_before(&self, workspace: WorkspaceId, plan: &PlanFile) -> Result<Option<PlanProblem>, Problem> {
        let events = self.store().in_workspace(workspace).events(Some(&series(plan)), None, 1).await.map_err(from_store)?;
        Ok(events.first().filter(|event| event.kind == IMPORTED).map(|event| {
            PlanProblem::refuse(
                None,
                None,
                Reason::ImportedBefore { at: event.at.to_string() },
                "change it, or add --again if you mean it twice",
            )
        }))
    }

    pub(super) async fn ready(
        &self,
        workspace: WorkspaceId,
        plan: &PlanFile,
        wish: &PlanWish,
    ) -> Result<Result<Ready, Vec<PlanProblem>>, Problem> {
        let Some(format) = plan.format.or_else(|| PlanFormat::of_file_name(&plan.name)) else {
            return Err(Problem::Invalid {
                field: "file".into(),
                why: format!("{} does not end on .csv, .md or .jsonl; name the form with --form", plan.name),
            });
        };
        let mut parsed = file::parse(format, &plan.bytes);
        if let Some(brought) = &wish.brought {
            name_brought(&mut parsed, brought);
        }
        let arranged = self.arrange_rows(workspace, parsed, series(plan), plan.folder.clone(), wish, Entry::Import).await?;
        let before = if wish.again { None } else { self.imported_before(workspace, plan).await? };
        Ok(match (arranged, before) {
            (arranged, None) => arranged,
            (Ok(_), Some(problem)) => Err(vec![problem]),
            (Err(mut problems), Some(problem)) => {
                problems.push(problem);
                Err(problems)
            }
        })
    }
}

/// A name by bytes, the same for the same bytes: occurrence keys begin with it.
pub(super) fn series_of(what: &str, bytes: &[u8]) -> String {
    format!("{what}-{}", hex(bytes).get(..16).unwrap_or_default())
}

fn series(plan: &PlanFile) -> String {
    series_of("file", &plan.bytes)
}
