//! `kith lint FILE`: everything that is wrong with a plan or worth a look, and the way out. Stores nothing.

use clap::Args;
use kith_domain::plan::{Problem as Finding, Reason, Severity};
use serde::Serialize;

use crate::cli;
use crate::commands::{Refused, Session, line, plan, say};

/// The plan and how it is read: the words of `kith plan preview`.
#[derive(Debug, Args)]
pub(crate) struct Lint {
    #[command(flatten)]
    pub(crate) plan: cli::PlanFile,
}

/// A finding as a line of JSON; names are stable.
#[derive(Debug, Serialize)]
struct Shown {
    line: Option<u32>,
    column: Option<String>,
    rule: String,
    severity: Severity,
    /// First byte and the one after the last, in that column's text.
    span: Option<[u32; 2]>,
    says: String,
    way_out: String,
}

pub(crate) async fn run(session: &Session, args: Lint) -> Result<(), Refused> {
    let (file, wish) = (plan::read(&args.plan)?, plan::wish(&args.plan));
    let findings = session.kith.lint_plan(session.operator.workspace, &file, &wish).await?;
    let count = |severity: Severity| findings.iter().filter(|finding| finding.severity == severity).count();
    if args.plan.json.json {
        findings.iter().map(shown).try_for_each(|shown| line(&shown))?;
    } else {
        for finding in &findings {
            let word = match finding.severity {
                Severity::Refuse => "refused",
                Severity::Hold => "held",
                Severity::Warn => "look",
            };
            say(&format!("{word:<8}{} {finding}", finding.code()))?;
        }
        let (refused, held, look) = (count(Severity::Refuse), count(Severity::Hold), count(Severity::Warn));
        say(&format!("{refused} refused, {held} held until the owner's yes, {look} worth a look."))?;
    }
    if count(Severity::Refuse) > 0 { Err(Refused::quiet()) } else { Ok(()) }
}

fn shown(finding: &Finding) -> Shown {
    let span = if let Reason::Safety { span, .. } = &finding.reason { *span } else { None };
    Shown {
        line: finding.line,
        column: finding.column.clone(),
        rule: finding.code(),
        severity: finding.severity,
        span,
        says: finding.reason.to_string(),
        way_out: finding.way_out.clone(),
    }
}
