//! Why a use-case said no: a decision for the door that asked.

/// Six answers; anything else is internal, logged once, and shown by its number only.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// There is no such thing in this workspace.
    #[error("{0}")]
    NotThere(String),
    /// A rule says no; the text says which and the way out.
    #[error("{0}")]
    Refused(String),
    /// A field is not right.
    #[error("{field}: {why}")]
    Invalid {
        /// The field's name.
        field: String,
        /// What is wrong and the way out.
        why: String,
    },
    /// Somebody must sign in first.
    #[error("{0}")]
    SignIn(String),
    /// Something else has changed it meanwhile.
    #[error("{0}")]
    Conflict(String),
    /// The store or a network can't be reached now; nothing is lost.
    #[error("{0}")]
    NotNow(String),
    /// A fault of ours.
    #[error("Something went wrong in Kith (number {number}). Nothing was sent. The log has the details.")]
    Internal {
        /// The number under which the log has it.
        number: String,
    },
}

/// What a fault of the store means for a person.
pub(crate) fn from_store(error: kith_store::StoreError) -> Problem {
    use kith_store::StoreError;
    match error {
        StoreError::NotThere => Problem::NotThere("there is no such thing in this workspace".into()),
        conflict @ StoreError::Conflict { .. } => Problem::Conflict(conflict.to_string()),
        StoreError::Busy => Problem::NotNow("the database is busy; try again in a moment".into()),
        StoreError::Full => Problem::NotNow("the disk is full; free some space, then look what was done".into()),
        StoreError::DiskFailed => Problem::NotNow("the disk could not keep what was written; Kith stops, look at the disk".into()),
        StoreError::Newer => Problem::Refused("this data was written by a newer Kith; use that version".into()),
        StoreError::Broken(detail) => internal(&detail),
    }
}

/// Logs a fault of ours once and gives it a number to ask by.
pub(crate) fn internal(detail: &str) -> Problem {
    use sha2::{Digest as _, Sha256};
    let number = kith_domain::hex::lower(Sha256::digest(detail).get(..4).unwrap_or_default());
    tracing::error!(%number, detail, "fault");
    Problem::Internal { number }
}
