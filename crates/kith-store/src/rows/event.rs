//! What happened: append-only.

use jiff::Timestamp;
use kith_domain::mandate::Actor;

/// Something that happened, to be added in the transaction that made it happen.
#[derive(Debug, Clone, PartialEq)]
pub struct NewEvent {
    /// What, such as `dispatch.cancelled`.
    pub kind: String,
    /// To what: an id's text, or empty.
    pub subject: String,
    /// By whom.
    pub actor: Actor,
    /// More of it; never a secret.
    pub detail: serde_json::Value,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq)]
pub struct EventRow {
    /// Grows with each event of the database.
    pub seq: i64,
    /// When.
    pub at: Timestamp,
    /// What.
    pub kind: String,
    /// To what.
    pub subject: String,
    /// By whom.
    pub actor: Actor,
    /// More of it.
    pub detail: serde_json::Value,
}
