//! One file per noun of the command line. A command ends in `Ok` (exit 0) or `Refused` (exit 1 unless it
//! says otherwise, reasons on stderr).

pub(crate) mod bench;
pub(crate) mod brake;
pub(crate) mod cadence;
pub(crate) mod channel;
pub(crate) mod demo;
pub(crate) mod dispatch;
pub(crate) mod event;
pub(crate) mod export;
pub(crate) mod feed;
pub(crate) mod inbox;
pub(crate) mod key;
pub(crate) mod lint;
pub(crate) mod market;
pub(crate) mod owner;
pub(crate) mod pause;
pub(crate) mod plan;
pub(crate) mod post;
pub(crate) mod presence;
pub(crate) mod program;
pub(crate) mod queue;
pub(crate) mod repeat;
pub(crate) mod series;
pub(crate) mod serve;

use std::io::Write as _;
use std::path::Path;

use kith_engine::{Kith, Operator, Problem};
use serde::Serialize;

use crate::setup;

/// Why a command did not do it: reasons for people, each on its own line.
#[derive(Debug)]
pub(crate) struct Refused {
    pub(crate) reasons: Vec<String>,
    pub(crate) code: ExitCode,
}

/// What the exit code tells a service manager (docs/reliability.md, "The host's troubles").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum ExitCode {
    /// It was not done; the reasons say why.
    #[default]
    Refused = 1,
    /// Another process runs on the data folder.
    Locked = 3,
    /// The disk could not keep what was written; start anew.
    DiskFailed = 4,
}

/// An open data folder and who works in it.
pub(crate) struct Session {
    pub(crate) kith: Kith,
    pub(crate) operator: Operator,
}

impl Session {
    /// Opens the folder for one command; a running server may have it open too.
    pub(crate) async fn open(data: Option<&Path>, workspace: Option<&str>) -> Result<Self, Refused> {
        let kith = setup::open(data_folder(data)?).await?;
        let operator = kith.operator(workspace).await?;
        Ok(Self { kith, operator })
    }
}

impl Refused {
    pub(crate) fn one(reason: impl Into<String>) -> Self {
        Self { reasons: vec![reason.into()], code: ExitCode::default() }
    }

    /// Several reasons.
    pub(crate) fn of(reasons: Vec<String>) -> Self {
        Self { reasons, code: ExitCode::default() }
    }

    /// With another exit code than 1.
    pub(crate) fn with(self, code: ExitCode) -> Self {
        Self { code, ..self }
    }

    /// Everything was said already.
    pub(crate) fn quiet() -> Self {
        Self::of(Vec::new())
    }
}

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Self {
        Self::one(problem.to_string())
    }
}

impl From<std::io::Error> for Refused {
    fn from(error: std::io::Error) -> Self {
        Self::one(error.to_string())
    }
}

/// The data folder, or how to name it.
pub(crate) fn data_folder(data: Option<&Path>) -> Result<&Path, Refused> {
    data.ok_or_else(|| Refused::one("no data folder is named; add --data DIR, or set the variable KITH_DATA"))
}

/// Writes a line for people. A closed pipe ends the command quietly, as `head` expects.
pub(crate) fn say(text: &str) -> Result<(), Refused> {
    writeln!(std::io::stdout().lock(), "{text}").map_err(|error| match error.kind() {
        std::io::ErrorKind::BrokenPipe => Refused::quiet(),
        _ => Refused::one(error.to_string()),
    })
}

/// Writes one JSON object on its line.
pub(crate) fn line(row: &impl Serialize) -> Result<(), Refused> {
    let text = serde_json::to_string(row).map_err(|error| Refused::one(error.to_string()))?;
    say(&text)
}
