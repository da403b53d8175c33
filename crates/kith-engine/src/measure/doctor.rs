//! The doctor: what is wrong and what to do (O4).

use jiff::SignedDuration;
use kith_domain::ids::WorkspaceId;
use kith_store::ChannelState;
use serde::Serialize;

use crate::kith::Kith;
use crate::problem::{Problem, from_store};

/// A post that should have gone out so long ago means that no server runs on this folder, in minutes.
const OVERDUE_MIN: i64 = 2;

/// One thing that the doctor looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What was looked at, such as `database` or `channel lark`.
    pub about: String,
    /// Whether it is well.
    pub well: bool,
    /// What was found.
    pub says: String,
    /// What to do, if it is not well.
    pub way_out: Option<String>,
}

/// Whether the parts that answer requests work; for `/health`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Health {
    /// The database answers.
    pub store: bool,
    /// Why nothing goes out now, in words; empty while all is well.
    pub troubles: Vec<String>,
}

impl Health {
    /// Whether it serves and delivers.
    pub fn is_ready(&self) -> bool {
        self.store && self.troubles.is_empty()
    }
}

impl Kith {
    /// Whether this Kith can serve.
    pub async fn health(&self) -> Health {
        Health { store: self.store().workspaces().await.is_ok(), troubles: self.0.host.says() }
    }

    /// Looks at everything that can be wrong with this folder. `ask_networks` also asks each network.
    pub async fn doctor(&self, ask_networks: bool) -> Result<Vec<Finding>, Problem> {
        let mut findings = vec![self.database().await, self.key(), self.rules()?];
        if let Some((says, way_out)) = self.copy_or_backup().await? {
            findings.push(ill("data folder", &says, &way_out));
        }
        let spaces = self.store().workspaces().await.map_err(from_store)?;
        if spaces.is_empty() {
            findings.push(ill("workspace", "there is none yet", "begin with: kith owner add --name N --email E"));
        }
        for space in spaces {
            findings.extend(self.channels_of(space.id, ask_networks).await?);
            findings.extend(self.plan_of(space.id).await?);
        }
        Ok(findings)
    }

    async fn database(&self) -> Finding {
        match self.store().health().await {
            Ok(health) if health.damage.is_empty() => {
                well("database", &format!("{}, {} KiB, every page reads well", health.engine, health.bytes / 1_024))
            }
            Ok(health) => ill("database", &health.damage.join("; "), "stop Kith, copy the folder, and restore the last backup"),
            Err(error) => ill("database", &error.to_string(), "stop Kith, copy the folder, and restore the last backup"),
        }
    }

    /// An old rule stops nothing: it is shown, so that whoever updates Kith reads its source again.
    fn rules(&self) -> Result<Finding, Problem> {
        let stale = self.stale_rules()?;
        Ok(match stale.first() {
            None => well("rules of the networks", "every source was read in the last 180 days"),
            Some(oldest) => {
                well("rules of the networks", &format!("{} of them were read more than 180 days ago; the oldest: {oldest}", stale.len()))
            }
        })
    }

    fn key(&self) -> Finding {
        let path = self.0.keys.path();
        let says = format!("channels' tokens are sealed with {}", path.display());
        if path.starts_with(self.0.media_folder.parent().unwrap_or(&self.0.media_folder)) {
            return ill(
                "key",
                &says,
                "move the key out of the data folder and name it with KITH_KEY_FILE; a copied folder would open your channels",
            );
        }
        well("key", &format!("{says}; keep a copy of it apart from the backups"))
    }

    async fn channels_of(&self, workspace: WorkspaceId, ask: bool) -> Result<Vec<Finding>, Problem> {
        if ask {
            let lines = self.check_channels(workspace, None).await?;
            return Ok(lines
                .into_iter()
                .map(|line| {
                    let about = format!("channel {}", line.name);
                    if line.state == "ok" && line.detail.is_empty() {
                        return well(&about, &format!("{} answers ({})", line.server, line.software));
                    }
                    ill(&about, &line.detail, "connect it again: kith channel add, with a new token")
                })
                .collect());
        }
        let rows = self.store().in_workspace(workspace).channels().await.map_err(from_store)?;
        Ok(rows
            .into_iter()
            .map(|row| match row.state {
                ChannelState::Ok if !row.state_detail.is_empty() => {
                    ill(&format!("channel {}", row.name), &row.state_detail, "connect it again: kith channel add, with a new token")
                }
                ChannelState::Ok => well(&format!("channel {}", row.name), "worked when it was last used"),
                _ => ill(&format!("channel {}", row.name), &row.state_detail, "connect it again: kith channel add, with a new token"),
            })
            .collect())
    }

    async fn plan_of(&self, workspace: WorkspaceId) -> Result<Vec<Finding>, Problem> {
        let counts = self.store().in_workspace(workspace).counts().await.map_err(from_store)?;
        let sum = counts.by_state.iter().map(|(state, n)| format!("{n} {state}")).collect::<Vec<_>>().join(", ");
        let mut findings = vec![well("plan", &if sum.is_empty() { "nothing is planned".to_owned() } else { sum })];
        if counts.waits_for_person() > 0 {
            findings.push(ill(
                "plan",
                &format!("{} posts wait for you", counts.waits_for_person()),
                "see: kith dispatch list --state missed (or held, needs_person), and decide on the page",
            ));
        }
        let next = self.store().next_wake().await.map_err(from_store)?;
        let late = next.map(|at| self.now().duration_since(at)).filter(|late| *late > SignedDuration::from_mins(OVERDUE_MIN));
        if let Some(late) = late {
            findings.push(ill(
                "workers",
                &format!("a post has been due for {} minutes", late.as_mins()),
                "nothing delivers it: start the server with kith serve --data DIR",
            ));
        }
        Ok(findings)
    }
}

fn well(about: &str, says: &str) -> Finding {
    Finding { about: about.to_owned(), well: true, says: says.to_owned(), way_out: None }
}

fn ill(about: &str, says: &str, way_out: &str) -> Finding {
    Finding { about: about.to_owned(), well: false, says: says.to_owned(), way_out: Some(way_out.to_owned()) }
}
