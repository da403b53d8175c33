//! How many people were answered on a channel lately, for the owner's own limit of broadcasts for each answer (B11).

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use kith_domain::ids::WorkspaceId;
use kith_domain::schedule::cadence::COUNTED_DAYS;
use kith_store::ChannelRow;

use super::PlanRules;
use crate::kith::Kith;
use crate::problem::{Problem, from_store};

/// Answers of the last thirty days, by the channel's name. Channels for which the owner set no limit are not counted: what
/// she never asked about would be said beside every post of a new profile.
pub(super) type Answers = BTreeMap<String, u32>;

impl Kith {
    /// What is known of the answers, for the channels that have such a limit.
    pub(super) async fn answers_lately(
        &self,
        workspace: WorkspaceId,
        channels: &[ChannelRow],
        rules: &PlanRules,
        now: Timestamp,
    ) -> Result<Answers, Problem> {
        let since = now - SignedDuration::from_hours(24 * COUNTED_DAYS);
        let mut answers = Answers::new();
        for channel in channels {
            let limited = rules.caps.get(&channel.name).is_some_and(|caps| caps.broadcasts_per_answer_max.is_some());
            if limited {
                let count = self.store().in_workspace(workspace).answers_since(channel.id, since).await.map_err(from_store)?;
                answers.insert(channel.name.clone(), count);
            }
        }
        Ok(answers)
    }
}
