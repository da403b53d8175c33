//! This process among others on the same database: it says that it lives, takes over from the dead, and passes on to
//! its open pages what the others tell. On SQLite there are no others. Each beat also lets go of what the brake holds no
//! longer; once an hour it looks for sign-ins that end, and lets the database look at how full its tables are.

use jiff::{SignedDuration, Timestamp};
use kith_domain::ids::WorkspaceId;
use tokio::sync::broadcast::error::RecvError;
use tokio_util::sync::CancellationToken;

use crate::kith::Kith;

/// How often a process says that it lives, in the world's seconds.
const BEAT_S: i64 = 5;
/// Silence after which a process is taken for dead if its connection has ended too, in the world's seconds: three beats.
const SILENT_S: i64 = 15;
/// How often sign-ins that end are looked for, and tables that have grown, in seconds.
const WARN_EVERY_S: i64 = 3_600;
/// What pages can be told of; anything else that another process says is dropped.
const KINDS: [&str; 4] = ["inbox", "plan", "channels", "notices"];

/// This process among others. One per process.
#[derive(Debug, Clone)]
pub struct Presence {
    kith: Kith,
}

impl Presence {
    /// The presence of this Kith.
    pub fn new(kith: Kith) -> Self {
        Self { kith }
    }

    /// Beats until stopped; then gives back at once what this process leased.
    pub async fn run(self, stop: CancellationToken) {
        let mut heard = self.kith.store().hear();
        let mut warned_at = None;
        let mut beat = Box::pin(self.next_beat());
        loop {
            tokio::select! {
                () = stop.cancelled() => break,
                () = &mut beat => {
                    self.beat().await;
                    if let Err(problem) = self.kith.let_go_everywhere().await {
                        tracing::warn!(%problem, "what the brake holds could not be looked at");
                    }
                    self.warn(&mut warned_at).await;
                    beat = Box::pin(self.next_beat());
                }
                words = heard.recv() => match words {
                    Ok(words) => self.pass_on(&words).await,
                    Err(RecvError::Lagged(missed)) => tracing::debug!(missed, "open pages missed what other processes did"),
                    Err(RecvError::Closed) => break,
                },
            }
        }
        if let Err(error) = self.kith.store().leave(self.kith.now()).await {
            tracing::debug!(%error, "what this process leased ends by itself");
        }
    }

    /// Says that this process lives, and takes over from the dead. Run once before anything is claimed.
    pub async fn beat(&self) {
        let now = self.kith.now();
        let silent = self.kith.clock().stretch(SignedDuration::from_secs(SILENT_S));
        match self.kith.store().beat(now, now - silent).await {
            Ok(taken) if taken.processes > 0 => {
                tracing::info!(taken.processes, taken.dispatches, taken.leases, "what dead processes had in hand is taken over");
            }
            Ok(_) => {}
            Err(error) => tracing::warn!(%error, "this process could not say that it lives"),
        }
    }

    /// Once an hour, and at the start.
    async fn warn(&self, warned_at: &mut Option<Timestamp>) {
        let now = self.kith.now();
        if warned_at.is_some_and(|at| now >= at && now.duration_since(at) < SignedDuration::from_secs(WARN_EVERY_S)) {
            return;
        }
        *warned_at = Some(now);
        if let Err(problem) = self.kith.warn_of_ending_sign_ins().await {
            tracing::warn!(%problem, "sign-ins that end soon could not be looked for");
        }
        if let Err(error) = self.kith.store().keep_statistics().await {
            tracing::debug!(%error, "how full the tables are is looked at an hour later");
        }
    }

    async fn next_beat(&self) {
        let clock = self.kith.clock();
        clock.sleep(clock.stretch(SignedDuration::from_secs(BEAT_S))).await;
    }

    /// `inbox WORKSPACE ID`, `plan WORKSPACE`, `notices`: ids alone, as `told` makes them.
    async fn pass_on(&self, words: &str) {
        let mut parts = words.split(' ');
        let Some(kind) = parts.next().and_then(|kind| KINDS.into_iter().find(|known| *known == kind)) else { return };
        match parts.next().map(str::parse::<WorkspaceId>) {
            None => self.kith.show_everyone(kind),
            Some(Ok(workspace)) => self.kith.show(workspace, kind, parts.next().map(str::to_owned)).await,
            Some(Err(_)) => {}
        }
    }
}

/// What other processes are told of a change.
pub(crate) fn told(what: &str, workspace: Option<WorkspaceId>, id: Option<&str>) -> String {
    let mut words = what.to_owned();
    for part in [workspace.map(|id| id.to_string()), id.map(str::to_owned)].into_iter().flatten() {
        words.push(' ');
        words.push_str(&part);
    }
    words
}
