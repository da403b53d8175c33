//! The planning pages' views: what the program means, put into words for a person.
//!
//! Each page asks the one function that also stores (`preview_program`), so that what is shown is what goes out.

mod alike;
mod composed;
mod edit;
mod home;
mod month;
mod queue;
mod sources;
mod times;
mod week;
mod write;

use kith_domain::ids::NetworkId;
use kith_domain::mandate::{Deed, Door};
use kith_domain::plan::Problem as PlanProblem;
use kith_domain::schedule::{PresenceAnswer, PreviewLine, VerdictLevel};

pub(crate) use composed::COMPOSED_BYTES_MAX;
pub(super) use composed::rows;
pub use composed::{ComposeWhen, Composed, ComposedPicture};
pub use edit::{EditSaved, EditView};
pub use write::{Planned, PlannedPost};

use super::program::{ProgramDiff, ProgramEdit};
use crate::kith::{Kith, Operator};
use crate::mandate::sign_in::Visitor;
use crate::problem::Problem;
use crate::views::{ProgramLine, ProgramShown};
use crate::words::Calendar;

/// Lines of a preview that a page shows.
const LINES_MAX: usize = 60;

impl Kith {
    /// What a change would do, for a page: lines that `wanted` picks, in words. Stores nothing.
    pub async fn show_change(
        &self,
        visitor: &Visitor,
        edit: &ProgramEdit,
        wanted: impl Fn(&PreviewLine) -> bool + Send,
    ) -> Result<ProgramShown, Problem> {
        let diff = self.preview_program(&reader(visitor), edit).await?;
        Ok(self.shown(visitor, &diff, wanted))
    }

    /// Stores a change that was made on a page.
    pub async fn make_change(&self, visitor: &Visitor, edit: &ProgramEdit) -> Result<ProgramDiff, Problem> {
        let operator = self.planner(visitor)?;
        let asks_yes = (visitor.role().may(Deed::Approve).is_err()).then_some(visitor.name.as_str());
        self.change_program_asking(&operator, edit, Door::Web { session: visitor.session.id }, asks_yes).await
    }

    fn shown(&self, visitor: &Visitor, diff: &ProgramDiff, wanted: impl Fn(&PreviewLine) -> bool) -> ProgramShown {
        let calendar = self.calendar(&visitor.zone);
        let mut lines: Vec<&PreviewLine> = diff.lines.iter().chain(&diff.kept_back).filter(|line| wanted(line)).collect();
        lines.sort_by_key(|line| line.due_at);
        let sums =
            [(diff.added, "new"), (diff.moved, "at another time"), (diff.reworded, "with other words"), (diff.cancelled, "called off")];
        let sums: Vec<String> = sums.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect();
        ProgramShown {
            lines: lines.into_iter().take(LINES_MAX).map(|line| self.program_line(line, &calendar)).collect(),
            without_time: diff.without_time.iter().take(LINES_MAX).map(|one| one.why.clone()).collect(),
            sums: sums.join(", "),
            offer: diff.offer.clone(),
        }
    }

    fn program_line(&self, line: &PreviewLine, calendar: &Calendar) -> ProgramLine {
        let there = line.markets.iter().filter(|hour| hour.there.zone != line.home.zone);
        ProgramLine {
            post: line.post.clone(),
            text: line.text.clone(),
            category: line.category.clone(),
            stamp: self.stamp(&NetworkId::from_text(&line.network), &line.channel),
            due: calendar.moment(line.due_at),
            there: there.map(|hour| format!("{} in {}", hour.there.at.strftime("%H:%M"), hour.market)).collect(),
            here: here(&line.presence),
            presence: line.presence.to_string(),
            kept_back: kept_back(line),
        }
    }
}

/// Who looks at what would be; everybody in the workspace may.
fn reader(visitor: &Visitor) -> Operator {
    Operator { workspace: visitor.workspace, zone: visitor.zone.clone(), actor: visitor.actor() }
}

fn may(visitor: &Visitor) -> bool {
    visitor.role().may(Deed::Plan).is_ok()
}

fn here(presence: &PresenceAnswer) -> Option<bool> {
    match presence {
        PresenceAnswer::Here { .. } => Some(true),
        PresenceAnswer::NobodyHome { .. } => Some(false),
        PresenceAnswer::NotSaid => None,
    }
}

fn kept_back(line: &PreviewLine) -> Option<String> {
    let held = line.held.clone();
    let verdict = || line.verdicts.iter().find(|verdict| verdict.level == VerdictLevel::Hold).map(ToString::to_string);
    let problem = || line.problems.iter().find(|problem| problem.refuses() || problem.holds()).map(said);
    held.or_else(verdict).or_else(problem)
}

/// What was found and the way out, as sentences.
fn said(problem: &PlanProblem) -> String {
    format!("{}; {}", problem.reason, problem.way_out)
}
