//! `kith export` and `kith doctor`: what is there, and what is wrong.

use std::io::Write as _;
use std::path::Path;

use crate::cli;
use crate::commands::{Refused, Session, line, say};
use crate::setup;

pub(crate) async fn run(session: &Session, out: &Path) -> Result<(), Refused> {
    let workspace = session.operator.workspace;
    if out == Path::new("-") {
        let mut stdout = std::io::BufWriter::new(std::io::stdout());
        session.kith.export(workspace, &mut stdout).await?;
        return Ok(());
    }
    // Written beside and moved at the end: a broken export never stands under the name that was asked for.
    let part = out.with_extension("part");
    let file = std::fs::File::create(&part).map_err(|error| Refused::one(format!("{} can't be written: {error}", part.display())))?;
    let mut writer = std::io::BufWriter::new(file);
    let lines = session.kith.export(workspace, &mut writer).await?;
    writer.flush()?;
    writer.get_ref().sync_all()?;
    std::fs::rename(&part, out)?;
    say(&format!("Wrote {lines} lines to {}. Tokens and passwords are not in it.", out.display()))
}

pub(crate) async fn doctor(data: &Path, workspace: Option<&str>, args: &cli::Doctor) -> Result<(), Refused> {
    let (kith, json) = (setup::open(data).await?, args.json.json);
    if args.this_copy_goes_on {
        let operator = kith.operator(workspace).await?;
        kith.this_copy_goes_on(&operator).await?;
        return say("This copy goes on. What may have gone out from the other one is looked for before anything is sent.");
    }
    let findings = kith.doctor(true).await?;
    let well = findings.iter().all(|finding| finding.well);
    for finding in &findings {
        if json {
            line(finding)?;
            continue;
        }
        say(&format!("{:<5} {}: {}", if finding.well { "well" } else { "ILL" }, finding.about, finding.says))?;
        if let Some(way_out) = &finding.way_out {
            say(&format!("      do: {way_out}"))?;
        }
    }
    if well { Ok(()) } else { Err(Refused::quiet()) }
}
