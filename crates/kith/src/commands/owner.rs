//! `kith owner …`: people who can sign in.

use std::path::Path;

use crate::cli;
use crate::commands::{Refused, line, say};
use crate::setup;

pub(crate) async fn run(data: &Path, workspace: Option<&str>, command: cli::Owner) -> Result<(), Refused> {
    let kith = setup::open(data).await?;
    let cli::Owner::Add { name, email, zone, json } = command;
    let owner = kith.add_owner(&name, &email, workspace, &zone).await?;
    if json.json {
        return line(&owner);
    }
    say(&format!(
        "{} owns {:?}. Open this link once, within two days, to choose a password:\n\n  {}\n",
        owner.name, owner.workspace, owner.link
    ))
}
