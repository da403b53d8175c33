//! What the brake asks of the store.

use jiff::Timestamp;
use kith_domain::ids::ConversationId;

/// The brake's rule and the longest wait.
#[derive(Debug, Clone, PartialEq)]
pub struct BrakeFacts {
    /// The rule as it is stored; `None` if it was never set.
    pub rule: Option<serde_json::Value>,
    /// Since when the one who waits longest has waited; `None` while nobody waits.
    pub longest: Option<Timestamp>,
}

/// Somebody who waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WaiterRow {
    /// The conversation.
    pub conversation: ConversationId,
    /// Since when.
    pub since: Timestamp,
}
