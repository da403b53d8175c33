//! The workspace itself, from its owner's page: name and zone, all of it to take away, and its end with a grace.

use jiff::SignedDuration;
use kith_domain::mandate::Deed;
use kith_domain::schedule::ZoneName;
use kith_store::NewEvent;
use serde::Serialize;

use super::sign_in::{Visitor, checked_name};
use crate::kith::Kith;
use crate::problem::{Problem, from_store, internal};
use crate::views::Moment;
use crate::words::Calendar;

/// Days between the end of a workspace and its being erased.
const GRACE_DAYS: i64 = 7;
/// Zones offered first; any other IANA name is taken too.
const ZONES: [&str; 14] = [
    "Europe/London",
    "Europe/Lisbon",
    "Europe/Paris",
    "Europe/Berlin",
    "Europe/Athens",
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Los_Angeles",
    "America/Sao_Paulo",
    "Asia/Kolkata",
    "Asia/Tokyo",
    "Australia/Sydney",
    "UTC",
];

/// The workspace as its page shows it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SpaceView {
    /// Its name.
    pub name: String,
    /// Its zone.
    pub zone: String,
    /// Zones that are offered.
    pub zones: Vec<&'static str>,
    /// When it is erased, if its owner ended it.
    pub erase_at: Option<Moment>,
    /// Days that the end can be taken back.
    pub grace_days: i64,
}

impl Kith {
    /// The workspace at hand, for its owner.
    pub async fn space(&self, visitor: &Visitor) -> Result<SpaceView, Problem> {
        administers(visitor)?;
        let row = self.store().workspace(visitor.workspace).await.map_err(from_store)?.ok_or_else(gone)?;
        let calendar = Calendar::new(&row.zone, self.now());
        Ok(SpaceView {
            name: row.name,
            zone: row.zone,
            zones: ZONES.to_vec(),
            erase_at: row.erase_at.map(|at| calendar.moment(at)),
            grace_days: GRACE_DAYS,
        })
    }

    /// Another name and zone. What is planned keeps the zone it was planned in.
    pub async fn set_space(&self, visitor: &Visitor, name: &str, zone: &str) -> Result<(), Problem> {
        administers(visitor)?;
        let (name, zone) = (checked_name(name)?, zone.trim());
        ZoneName::parse(zone).map_err(|error| Problem::Invalid { field: "zone".into(), why: error.to_string() })?;
        let taken = self.store().workspaces().await.map_err(from_store)?;
        if taken.iter().any(|space| space.id != visitor.workspace && space.name == name) {
            return Err(Problem::Conflict("another workspace here has this name; take a different one".into()));
        }
        self.store().in_workspace(visitor.workspace).set_space(&name, zone).await.map_err(from_store)?;
        self.note_space(visitor, "workspace.changed", serde_json::json!({ "name": name, "zone": zone })).await
    }

    /// Everything in the workspace as a file that nobody else can find: it has no name any more when this returns.
    pub async fn export_here(&self, visitor: &Visitor) -> Result<std::fs::File, Problem> {
        administers(visitor)?;
        let secret = self.chance().pass().reveal();
        std::fs::create_dir_all(&self.0.media_folder).map_err(not_written)?;
        let path = self.0.media_folder.join(format!("{secret}.export"));
        let opened = std::fs::OpenOptions::new().read(true).write(true).create_new(true).open(&path);
        let file = opened.map_err(not_written)?;
        std::fs::remove_file(&path).map_err(not_written)?;
        let mut writer = std::io::BufWriter::new(file);
        self.export(visitor.workspace, &mut writer).await?;
        let mut file = writer.into_inner().map_err(|error| internal(&error.to_string()))?;
        std::io::Seek::rewind(&mut file).map_err(not_written)?;
        self.note_space(visitor, "workspace.exported", serde_json::json!({})).await?;
        Ok(file)
    }

    /// Ends the workspace: nothing goes out any more, and after the grace it is erased. `typed` must be its name.
    pub async fn end_space(&self, visitor: &Visitor, typed: &str) -> Result<(), Problem> {
        administers(visitor)?;
        if typed.trim() != visitor.workspace_name {
            let why = format!("type the name exactly as it stands here: {}", visitor.workspace_name);
            return Err(Problem::Invalid { field: "typed".into(), why });
        }
        let at = self.now() + self.clock().stretch(SignedDuration::from_hours(24 * GRACE_DAYS));
        self.store().in_workspace(visitor.workspace).set_erase(Some(at)).await.map_err(from_store)?;
        self.note_space(visitor, "workspace.ended", serde_json::json!({ "erase_at": at.to_string() })).await?;
        for channel in self.channels(visitor).await? {
            match self.pause_channel_here(visitor, channel.id).await {
                // One that is paused already, or must be signed in again, sends nothing either.
                Ok(()) | Err(Problem::Conflict(_)) => {}
                Err(problem) => return Err(problem),
            }
        }
        Ok(())
    }

    /// Keeps a workspace that was ended. Its channels stay paused until a person lets each go on.
    pub async fn keep_space(&self, visitor: &Visitor) -> Result<(), Problem> {
        administers(visitor)?;
        self.store().in_workspace(visitor.workspace).set_erase(None).await.map_err(from_store)?;
        self.note_space(visitor, "workspace.kept", serde_json::json!({})).await
    }

    /// Erases every workspace whose grace is over; returns how many.
    pub async fn erase_what_is_over(&self) -> Result<u64, Problem> {
        let mut erased = 0;
        for id in self.store().over(self.now()).await.map_err(from_store)? {
            let files = self.store().in_workspace(id).media_files().await.map_err(from_store)?;
            if !self.store().erase(id, self.now()).await.map_err(from_store)? {
                continue;
            }
            erased += 1;
            tracing::info!(workspace = %id, "a workspace was erased, as its owner asked");
            for file in files {
                // A file that is gone already is as good; one that can't be removed is told and holds up nothing.
                if self.store().file_uses(&file).await.map_err(from_store)? == 0
                    && let Err(error) = std::fs::remove_file(self.0.media_folder.join(&file))
                {
                    tracing::warn!(%error, "a picture of an erased workspace could not be removed");
                }
            }
        }
        Ok(erased)
    }

    async fn note_space(&self, visitor: &Visitor, kind: &str, detail: serde_json::Value) -> Result<(), Problem> {
        let event = NewEvent { kind: kind.into(), subject: visitor.workspace.to_string(), actor: visitor.actor(), detail };
        self.store().in_workspace(visitor.workspace).add_event(&event, self.now()).await.map_err(from_store)
    }
}

fn administers(visitor: &Visitor) -> Result<(), Problem> {
    visitor.role().may(Deed::Administer).map_err(|refusal| Problem::Refused(refusal.to_string()))
}

fn gone() -> Problem {
    Problem::NotThere("this workspace is gone".into())
}

#[expect(clippy::needless_pass_by_value, reason = "it is what map_err gives")]
fn not_written(error: std::io::Error) -> Problem {
    Problem::NotNow(format!("the export could not be written: {error}"))
}
