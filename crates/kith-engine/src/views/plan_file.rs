//! What the page of a plan file shows: every time and every word before anything is stored, or all that is wrong.

use serde::Serialize;

use super::{Moment, Stamp};

/// A plan file as it was looked at.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct PlanFileView {
    /// Deliveries by time, the first [`FILE_LINES_MAX`](crate::FILE_LINES_MAX); empty if something refuses the plan.
    pub lines: Vec<FileLine>,
    /// Deliveries that are not shown here.
    pub more: usize,
    /// Posts, which may go out on several channels each.
    pub posts: usize,
    /// Deliveries.
    pub deliveries: usize,
    /// Deliveries that will wait for the owner's yes.
    pub held: usize,
    /// What refuses the plan, and what is worth a look in all of it, by line.
    pub problems: Vec<FileProblem>,
    /// Problems that are not shown here.
    pub more_problems: usize,
    /// Names what is shown: it is stored only if it still is the same.
    pub seen: String,
    /// When it was looked at, as RFC 3339.
    pub looked: String,
    /// It is not what was looked at before the button was pressed.
    pub changed: bool,
    /// The same file was planned before.
    pub before: bool,
}

/// One delivery of a plan file.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FileLine {
    /// Line in the file, from 1.
    pub line: u32,
    /// When it goes out, in the workspace's zone.
    pub due: Moment,
    /// The same where the row is meant for, such as `07:30 in New York`, if that is elsewhere.
    pub there: Option<String>,
    /// Where.
    pub stamp: Stamp,
    /// The words as they go out there.
    pub text: String,
    /// Length as that network counts, and its limit.
    pub length: (u32, u32),
    /// What stands below its links.
    pub cards: Vec<String>,
    /// What holds it and what is worth a look, as sentences.
    pub notes: Vec<String>,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileProblem {
    /// Line in the file, from 1; `None` if all of it is meant.
    pub line: Option<u32>,
    /// The column or field, empty if none is meant.
    pub field: String,
    /// What is wrong.
    pub why: String,
    /// The way out.
    pub way_out: String,
    /// Whether nothing is stored until it is put right.
    pub refuses: bool,
}

impl PlanFileView {
    /// Whether it may be planned as it is.
    pub fn is_fine(&self) -> bool {
        self.deliveries > 0 && !self.problems.iter().any(|problem| problem.refuses)
    }
}
