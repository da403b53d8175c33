//! Why there is no answer, sorted by what it proves.

use std::error::Error as _;

use super::resolve::NameError;

/// No answer. Only `Blocked` and `Unsent` prove that the other side got nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NetError {
    /// We did not try: the address or the request is not allowed. Trying again changes nothing.
    #[error("{why}")]
    Blocked {
        /// Which rule, in plain words.
        why: String,
        /// Whether the rule is that the address is inside a private network.
        private: bool,
    },
    /// Provably not sent: unknown name, refused connection, failed TLS.
    #[error("{why}")]
    Unsent {
        /// What failed, in plain words.
        why: String,
        /// At which step it failed.
        at: Step,
    },
    /// Some bytes may have arrived: time-out, broken connection, half an answer.
    #[error("{why}")]
    NoAnswer {
        /// What happened, in plain words.
        why: String,
    },
    /// An answer came and is longer than we read. The request was taken.
    #[error("the answer is longer than {limit} bytes")]
    TooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// A GET was sent elsewhere more often than we follow.
    #[error("the address leads on and on: more than {} redirects", super::REDIRECTS_MAX)]
    TooManyRedirects,
    /// A WebSocket was asked for and refused.
    #[error("no stream here: HTTP {status}")]
    NotUpgraded {
        /// The HTTP status.
        status: u16,
    },
}

/// The step before the first byte at which a request failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The name has no address, or none was told in time.
    Name,
    /// The machine is there and nothing listens.
    Refused,
    /// No connection, or no secure one.
    Connection,
}

impl NetError {
    /// We do not send this, for another reason than where it leads.
    pub(super) fn blocked(why: String) -> Self {
        Self::Blocked { why, private: false }
    }

    /// Whether the other side certainly got nothing.
    pub fn is_unsent(&self) -> bool {
        matches!(self, Self::Blocked { .. } | Self::Unsent { .. })
    }

    /// Never repeats the URL: its query may hold a secret.
    pub(super) fn from_reqwest(error: reqwest::Error, host: &str) -> Self {
        let error = error.without_url();
        let mut source = error.source();
        let (mut deepest, mut is_refused) = (None, false);
        while let Some(inner) = source {
            if let Some(name_error) = inner.downcast_ref::<NameError>() {
                return Self::from_name(name_error);
            }
            is_refused |= inner.downcast_ref::<std::io::Error>().is_some_and(|e| e.kind() == std::io::ErrorKind::ConnectionRefused);
            deepest = Some(inner.to_string());
            source = inner.source();
        }
        let why = deepest.unwrap_or_else(|| error.to_string());
        if error.is_connect() {
            let at = if is_refused { Step::Refused } else { Step::Connection };
            Self::Unsent { why: format!("no connection to {host}: {why}"), at }
        } else if error.is_builder() {
            Self::blocked(format!("this request to {host} can't be made: {why}"))
        } else {
            Self::NoAnswer { why: format!("{host} did not answer whole: {why}") }
        }
    }

    pub(super) fn from_name(error: &NameError) -> Self {
        match error {
            NameError::Private { .. } => Self::Blocked { why: error.to_string(), private: true },
            NameError::Unknown { .. } => Self::Unsent { why: error.to_string(), at: Step::Name },
        }
    }
}
