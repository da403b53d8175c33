//! A plan file that was brought to a page: looked at and stored by the functions of the command line (B2).
//!
//! What is stored is what was shown: the button carries the name of what was seen, and anything else is shown anew. A
//! second press of the same button finds the first one's import and is told the same.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use kith_domain::ids::NetworkId;
use kith_domain::mandate::Deed;
use kith_domain::plan::problem::Reason;
use kith_domain::plan::{Parsed, Problem as PlanProblem};

use super::arrange::{PreviewItem, Ready};
use super::drafts::kept_name;
use super::import::{Imported, PlanFile, series_of};
use super::wish::PlanWish;
use crate::kith::{Kith, Operator};
use crate::mandate::sign_in::Visitor;
use crate::problem::Problem;
use crate::views::{FileLine, FileProblem, PlanFileView};
use crate::words::Calendar;

/// Deliveries that a page shows; all of them are judged, named and stored.
pub const FILE_LINES_MAX: usize = 1_000;
/// Problems that a page shows.
const PROBLEMS_SHOWN: usize = 200;
/// Characters of a day in RFC 3339.
const DAY_CHARS: usize = 10;
/// What the command line calls things, and where they stand on the page.
const ON_PAGE: [(&str, &str); 5] = [
    ("or for the whole plan with --channels", "or pick channels for posts that name none"),
    ("or for the whole plan with --zone", "or write one below"),
    ("or windows with --windows \"Mon-Fri 08:00-10:00\"", "or write windows below, such as Mon-Fri 08:00-10:00"),
    ("write windows such as \"Mon-Fri 08:00-10:00, Sat 9-11\"", "write windows such as Mon-Fri 08:00-10:00, Sat 9-11"),
    ("or add --again if you mean it twice", "or tick below that you mean it once more"),
];

/// What became of a press on the button that plans a file.
#[derive(Debug, Clone, PartialEq)]
pub enum FilePress {
    /// It is planned; `asks` if it waits for the owner's yes.
    Planned {
        /// What was stored; `None` if an earlier press of the same button stored it.
        imported: Option<Imported>,
        /// Whoever pressed asks for a yes.
        asks: bool,
    },
    /// Nothing was stored: what is wrong, or what it says now.
    Look(Box<PlanFileView>),
}

impl Kith {
    /// What a plan file would do, for a page. Stores nothing.
    pub async fn look_at_plan_file(&self, visitor: &Visitor, plan: &PlanFile, wish: &PlanWish) -> Result<PlanFileView, Problem> {
        let operator = self.planner(visitor)?;
        let looked = self.ready(operator.workspace, plan, wish).await?;
        Ok(self.plan_file_view(visitor, wish, &looked))
    }

    /// Stores what was looked at, all or nothing; `seen` and `looked` are those of that look. A delegate's plan asks for a yes.
    pub async fn press_plan_file(
        &self,
        visitor: &Visitor,
        plan: &PlanFile,
        wish: &PlanWish,
        (seen, looked): (&str, Option<Timestamp>),
    ) -> Result<FilePress, Problem> {
        let operator = self.planner(visitor)?;
        let asks = visitor.role().may(Deed::Approve).is_err();
        let ready = self.ready(operator.workspace, plan, wish).await?;
        if is_twin(&ready, looked) {
            return Ok(FilePress::Planned { imported: None, asks });
        }
        let view = self.plan_file_view(visitor, wish, &ready);
        match ready {
            Ok(ready) if view.seen == seen => self.store_brought(&visitor.name, &operator, plan, ready, asks).await,
            _ => Ok(FilePress::Look(Box::new(PlanFileView { changed: view.is_fine(), ..view }))),
        }
    }

    /// The day in the workspace's zone, such as `2026-11-30`, for an address.
    pub fn day_of(&self, visitor: &Visitor, at: Timestamp) -> String {
        self.calendar(&visitor.zone).moment(at).iso.chars().take(DAY_CHARS).collect()
    }

    /// Stores a plan that waits for the owner's yes, as `name` asks for it; the inner `Err` has everything that is wrong.
    pub async fn ask_for_plan(
        &self,
        operator: &Operator,
        name: &str,
        plan: &PlanFile,
        wish: &PlanWish,
    ) -> Result<Result<(), Vec<PlanProblem>>, Problem> {
        match self.ready(operator.workspace, plan, wish).await? {
            Ok(ready) => self.store_brought(name, operator, plan, ready, true).await.map(|_| Ok(())),
            Err(problems) => Ok(Err(problems)),
        }
    }

    async fn store_brought(
        &self,
        name: &str,
        operator: &Operator,
        plan: &PlanFile,
        mut ready: Ready,
        asks: bool,
    ) -> Result<FilePress, Problem> {
        if asks {
            ready.asks_yes = true;
            for (_, _, shown) in &mut ready.items {
                let found = shown.held.take().map(|found| format!("; {found}")).unwrap_or_default();
                shown.held = Some(format!("{name} asks for it{found}"));
            }
        }
        let imported = self.store_file(operator, plan, ready).await?;
        Ok(FilePress::Planned { imported: Some(imported), asks })
    }

    fn plan_file_view(&self, visitor: &Visitor, wish: &PlanWish, looked: &Result<Ready, Vec<PlanProblem>>) -> PlanFileView {
        let calendar = self.calendar(&visitor.zone);
        let problems = match looked {
            Ok(ready) => &ready.warnings,
            Err(problems) => problems,
        };
        let items: Vec<&PreviewItem> = looked.iter().flat_map(|ready| &ready.items).map(|(_, _, shown)| shown).collect();
        let rows: BTreeSet<u32> = items.iter().map(|item| item.line).collect();
        let said = |problem: &PlanProblem| said(problem, wish, &calendar);
        PlanFileView {
            lines: items.iter().take(FILE_LINES_MAX).map(|item| self.file_line(item, visitor, &calendar)).collect(),
            more: items.len().saturating_sub(FILE_LINES_MAX),
            posts: rows.len(),
            deliveries: items.len(),
            held: items.iter().filter(|item| item.held.is_some()).count(),
            problems: problems.iter().take(PROBLEMS_SHOWN).map(said).collect(),
            more_problems: problems.len().saturating_sub(PROBLEMS_SHOWN),
            seen: name_of(&items),
            looked: self.now().to_string(),
            changed: false,
            before: problems.iter().any(|problem| matches!(problem.reason, Reason::ImportedBefore { .. })),
        }
    }

    fn file_line(&self, item: &PreviewItem, visitor: &Visitor, calendar: &Calendar) -> FileLine {
        let elsewhere = (item.zone != visitor.zone).then(|| {
            let place = item.zone.rsplit('/').next().unwrap_or(&item.zone).replace('_', " ");
            format!("{} in {place}", item.local.get(11..16).unwrap_or_default())
        });
        FileLine {
            line: item.line,
            due: calendar.moment(item.due_at),
            there: elsewhere,
            stamp: self.stamp(&NetworkId::from_text(&item.network), &item.channel),
            text: item.text.clone(),
            length: (item.length, item.length_max),
            cards: item.cards.iter().map(|card| format!("{} ({})", card.title, card.url)).collect(),
            notes: item.warnings.clone(),
        }
    }
}

/// Whether the only thing wrong is that it was stored since it was looked at: the first press of the same button did that.
fn is_twin(ready: &Result<Ready, Vec<PlanProblem>>, looked: Option<Timestamp>) -> bool {
    let (Err(problems), Some(looked)) = (ready, looked) else { return false };
    let mut refusing = problems.iter().filter(|problem| problem.refuses());
    let since = |problem: &PlanProblem| match &problem.reason {
        Reason::ImportedBefore { at } => at.parse::<Timestamp>().is_ok_and(|at| at >= looked),
        _ => false,
    };
    refusing.next().is_some_and(since) && refusing.next().is_none()
}

/// A name for what is shown: the same deliveries at the same times with the same words have the same.
fn name_of(items: &[&PreviewItem]) -> String {
    let all = items.iter().fold(String::new(), |mut all, item| {
        all.push_str(&format!("{}\n{}\n{}\n{:?}\n\n", item.due_at, item.channel, item.text, item.held));
        all
    });
    series_of("seen", all.as_bytes())
}

/// A finding as the page says it: names as people gave them, and ways out that stand on the page.
fn said(problem: &PlanProblem, wish: &PlanWish, calendar: &Calendar) -> FileProblem {
    let mut why = match &problem.reason {
        Reason::ImportedBefore { at } => {
            let at = at.parse::<Timestamp>().map(|at| calendar.moment(at));
            at.map_or_else(|_| problem.reason.to_string(), |at| format!("this file was planned already, on {} at {}", at.day, at.time))
        }
        reason => reason.to_string(),
    };
    for (name, id) in wish.brought.iter().flatten() {
        why = why.replace(&kept_name(id), name);
    }
    let way_out = ON_PAGE.iter().fold(problem.way_out.clone(), |words, (command, page)| words.replace(command, page));
    let field = problem.column.as_deref().unwrap_or_default().trim_start_matches("--").replace('-', "_");
    FileProblem { line: problem.line, field, why, way_out, refuses: problem.refuses() }
}

/// Rows of a plan that came without a folder name their pictures as they were brought along; any other is not there. No
/// name in such a plan reaches the disk of this machine.
pub(super) fn name_brought(parsed: &mut Parsed, brought: &BTreeMap<String, String>) {
    let base = |name: &str| name.rsplit(['/', '\\']).next().unwrap_or_default().to_owned();
    let mut full: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for name in parsed.rows.iter().flat_map(|row| &row.media) {
        full.entry(base(name)).or_default().insert(name.clone());
    }
    for row in &mut parsed.rows {
        let (mut media, mut alt) = (Vec::new(), Vec::new());
        let counts_match = row.alt.len() == row.media.len();
        for (index, name) in row.media.iter().enumerate() {
            let short = base(name);
            let way_out = if full.get(&short).is_some_and(|names| names.len() > 1) {
                "two pictures in different folders have this name; give each a name of its own"
            } else if brought.contains_key(&short) {
                media.push(kept_name(brought.get(&short).map(String::as_str).unwrap_or_default()));
                alt.extend(row.alt.get(index).cloned());
                continue;
            } else {
                "bring it along with the plan on the page, or import the plan by command from the folder of its pictures"
            };
            let reason = Reason::MissingPicture { path: name.clone() };
            parsed.problems.push(PlanProblem::refuse(row.source.line, "media", reason, way_out));
        }
        // What is missing is said once; its description is not said to be one too many.
        if counts_match {
            row.alt = alt;
        }
        row.media = media;
    }
}

#[cfg(test)]
mod tests {
    use kith_domain::plan::{PlanFormat, file};

    use super::*;

    #[test]
    fn a_picture_is_what_was_brought_and_no_file_of_this_machine() {
        let csv = b"text,media,alt\none,img/oven.jpg,An oven\ntwo,/etc/passwd,A list\nthree,a/x.png,X\nfour,b/x.png,X\n";
        let mut parsed = file::parse(PlanFormat::Csv, csv);
        let brought = BTreeMap::from([("oven.jpg".to_owned(), "01".to_owned()), ("x.png".to_owned(), "02".to_owned())]);
        name_brought(&mut parsed, &brought);
        assert_eq!(
            (parsed.rows[0].media.as_slice(), parsed.rows[0].alt.as_slice()),
            (&["kept:01".to_owned()][..], &["An oven".to_owned()][..])
        );
        assert!(parsed.rows[1..].iter().all(|row| row.media.is_empty() && row.alt.is_empty()));
        let lines: Vec<Option<u32>> = parsed.problems.iter().map(|problem| problem.line).collect();
        assert_eq!(lines, [Some(3), Some(4), Some(5)]);
        assert!(parsed.problems[1].way_out.contains("different folders"));
    }

    #[test]
    fn only_what_was_stored_since_the_look_is_the_same_press() {
        let before = |at: &str| PlanProblem::refuse(None, None, Reason::ImportedBefore { at: at.into() }, "");
        let looked: Option<Timestamp> = Some("2026-11-23T10:00:00Z".parse().unwrap());
        let twin = |problems: Vec<PlanProblem>| is_twin(&Err(problems), looked);
        assert!(twin(vec![before("2026-11-23T10:00:00Z")]));
        assert!(!twin(vec![before("2026-11-22T10:00:00Z")]));
        assert!(!twin(vec![before("2026-11-23T10:00:05Z"), PlanProblem::refuse(2, "text", Reason::EmptyText, "")]));
        assert!(!is_twin(&Err(vec![before("2026-11-23T10:00:05Z")]), None));
    }
}
