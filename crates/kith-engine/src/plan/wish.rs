//! What a person wants of a whole plan, and the options that follow, or everything about it that is not right.

use std::collections::BTreeMap;

use kith_domain::plan::{Problem as PlanProblem, problem::Reason};
use kith_domain::schedule::{PlanOptions, Windows, ZoneName};

/// What holds for the whole plan, as people write it.
#[derive(Debug, Clone, Default)]
pub struct PlanWish {
    /// Channels for rows that name none.
    pub channels: Vec<String>,
    /// Zone for rows that name none.
    pub zone: Option<String>,
    /// Windows for rows without a time.
    pub windows: Option<String>,
    /// Rows without a time per day.
    pub per_day: Option<u32>,
    /// Their first day.
    pub from: Option<String>,
    /// Least minutes between two posts on a channel.
    pub gap_minutes: Option<u32>,
    /// Seed of the times.
    pub seed: u64,
    /// Import it although the same file was imported before.
    pub again: bool,
    /// Leave the links as they are, without looking whether they lead somewhere.
    pub no_link_check: bool,
    /// Pictures that came along with the plan, each name with the id under which it is kept: rows name these and no file of
    /// this machine. `None`: they are read from the folder beside the plan.
    pub brought: Option<BTreeMap<String, String>>,
}

/// People's wishes as options, or every wish that is not right, by the name of its option.
pub(super) fn options(series: String, wish: &PlanWish, workspace_zone: Option<&str>) -> Result<PlanOptions, Vec<PlanProblem>> {
    let mut problems = Vec::new();
    let mut wrong = |column: &'static str, detail: String, way_out: &str| {
        problems.push(PlanProblem::refuse(None, None, Reason::BadOption { detail }, way_out.to_owned()).in_column(column));
    };
    let zone = match wish.zone.as_deref().or(workspace_zone).map(ZoneName::parse) {
        Some(Ok(zone)) => Some(zone),
        Some(Err(error)) => {
            wrong("--zone", error.to_string(), "write a zone such as Europe/Lisbon");
            None
        }
        None => None,
    };
    let windows = match wish.windows.as_deref().map(str::parse::<Windows>) {
        Some(Ok(windows)) => Some(windows),
        Some(Err(error)) => {
            wrong("--windows", error.to_string(), "write windows such as \"Mon-Fri 08:00-10:00, Sat 9-11\"");
            None
        }
        None => None,
    };
    let from = match wish.from.as_deref().map(str::parse::<jiff::civil::Date>) {
        Some(Ok(date)) => Some(date),
        Some(Err(_)) => {
            wrong("--from", format!("{:?} is not a date", wish.from.as_deref().unwrap_or_default()), "write a date such as 2026-12-01");
            None
        }
        None => None,
    };
    if !problems.is_empty() {
        return Err(problems);
    }
    let mut options = PlanOptions::new(series);
    options.channels.clone_from(&wish.channels);
    options.zone = zone;
    options.windows = windows;
    options.from = from;
    options.seed = wish.seed;
    options.per_day = wish.per_day.unwrap_or(options.per_day);
    options.gap_minutes = wish.gap_minutes.unwrap_or(options.gap_minutes);
    Ok(options)
}
