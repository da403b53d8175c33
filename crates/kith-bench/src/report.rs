//! One measure: a JSON object for machines and rows of a table for people.

use serde::Serialize;
use serde_json::Value;

/// What was measured.
#[derive(Debug, Clone)]
pub struct Report {
    /// One line of JSON with stable names.
    pub json: Value,
    /// The same for people.
    pub rows: Vec<Row>,
    /// Whether what must hold did hold: nothing lost, nothing doubled, nothing early.
    pub holds: bool,
}

/// A row of the table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Row {
    /// What.
    pub what: String,
    /// How much, with its unit.
    pub figure: String,
    /// Beside what it should be seen.
    pub beside: String,
}

impl Row {
    pub(crate) fn new(what: impl Into<String>, figure: impl Into<String>, beside: impl Into<String>) -> Self {
        Self { what: what.into(), figure: figure.into(), beside: beside.into() }
    }
}

/// The table of some reports, columns aligned.
pub fn table(reports: &[Report]) -> String {
    let rows: Vec<&Row> = reports.iter().flat_map(|report| &report.rows).collect();
    let width = |of: fn(&Row) -> &str| rows.iter().map(|row| of(row).chars().count()).max().unwrap_or(0);
    let (what, figure) = (width(|row| &row.what), width(|row| &row.figure));
    let lines = rows.iter().map(|row| format!("{:<what$}  {:>figure$}  {}", row.what, row.figure, row.beside).trim_end().to_owned());
    lines.collect::<Vec<_>>().join("\n")
}

/// Milliseconds or seconds, whichever reads better.
pub(crate) fn time(ms: f64) -> String {
    if ms.abs() < 1.0 {
        format!("{:.0} µs", ms * 1_000.0)
    } else if ms.abs() < 1_000.0 {
        format!("{ms:.1} ms")
    } else {
        format!("{:.2} s", ms / 1_000.0)
    }
}

/// The average number of processes that wanted to run in the last minute: a figure taken on a busy machine says so.
pub(crate) fn load() -> f64 {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().and_then(|one| one.parse().ok()).unwrap_or(-1.0)
}
