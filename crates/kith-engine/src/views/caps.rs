//! What the page of limits shows: each channel's own, what is usual, and how it stands today.

use kith_domain::schedule::CadenceCaps;
use serde::Serialize;

use super::ChannelRow;

/// One channel's limits and where it stands.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CapsLine {
    /// The channel.
    pub channel: ChannelRow,
    /// What the owner set; what she did not is judged by the usual and only told.
    pub own: CadenceCaps,
    /// Posts that went out or go out today, by the workspace's clock.
    pub today: u32,
    /// Broadcasts of the last thirty days.
    pub broadcasts: u32,
    /// Answers by a person in the last thirty days.
    pub answers: u32,
    /// Share of promotion among those of the last thirty days that say what they are for, in percent; `None` if none does.
    pub promotion_percent: Option<u32>,
}
