//! From an HTTP status or a broken connection to a decision.
//!
//! The rule is reliability.md I3: only what is provably unsent, 401, 429, and refusals in the API's own words count as
//! "not created". A 403 or 422 without the API's JSON may come from a proxy in between, so it proves nothing.

use jiff::{SignedDuration, Timestamp};
use kith_domain::publish::PublishError;

use super::wire::Refusal;
use crate::http::{Answer, NetError};
use crate::network::{ReadError, VaultError};

/// Longest text of a server's reason that is shown, in characters.
const REASON_CHARS_MAX: usize = 300;
/// Mastodon answers 422 while a picture is still being worked on; it takes seconds.
const MEDIA_NOT_READY_S: i64 = 30;

/// Anything but success.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Trouble {
    /// Certainly not done; again later.
    Later { after: Option<SignedDuration>, why: String },
    /// The token is dead.
    SignInAgain { why: String },
    /// Certainly not done, and never will be.
    Refused { why: String },
    /// There is no such thing.
    NotThere { why: String },
    /// Done or not.
    Unknown { why: String },
}

/// What an answer without success means.
pub(super) fn of_answer(answer: &Answer, now: Timestamp) -> Trouble {
    let host = answer.url.host_str().unwrap_or("the server");
    let said = reason(answer);
    let status = answer.status.as_u16();
    let why = |what: &str| match &said {
        Some(said) => format!("{host} {what}: {said}"),
        None => format!("{host} {what} (HTTP {status})"),
    };
    let mentions_token = || answer.text().to_ascii_lowercase().contains("token");
    match status {
        401 => Trouble::SignInAgain { why: why("no longer accepts the token") },
        // Takahē answers 400 in plain text to a dead token (networks.md, measured 2026-11).
        400 if mentions_token() => Trouble::SignInAgain { why: why("no longer accepts the token") },
        403 if said.as_deref().is_some_and(is_about_the_login) => Trouble::SignInAgain { why: why("does not let this token do that") },
        422 if said.as_deref().is_some_and(|said| said.contains("not finished processing")) => {
            Trouble::Later { after: Some(SignedDuration::from_secs(MEDIA_NOT_READY_S)), why: why("is still working on the picture") }
        }
        404 | 410 if said.is_some() => Trouble::NotThere { why: why("does not have what this needs any more") },
        400 | 403 | 405 | 413 | 415 | 422 if said.is_some() => Trouble::Refused { why: why("refuses this") },
        429 => Trouble::Later { after: answer.wait(now), why: why("asks us to slow down") },
        300..=399 => Trouble::Unknown {
            why: format!(
                "{host} sends us to another address ({}). Connect the channel again.",
                answer.header("location").unwrap_or("unnamed")
            ),
        },
        _ => Trouble::Unknown { why: why("had a problem") },
    }
}

/// What a failed request means.
pub(super) fn of_net(error: &NetError) -> Trouble {
    let why = error.to_string();
    match error {
        // A captive portal, or a name server that lies for a while: nothing was sent, and the post is not at fault.
        NetError::Blocked { .. } | NetError::Unsent { .. } => Trouble::Later { after: None, why },
        NetError::NoAnswer { .. } | NetError::TooLarge { .. } | NetError::TooManyRedirects | NetError::NotUpgraded { .. } => {
            Trouble::Unknown { why }
        }
    }
}

impl Trouble {
    /// For a step that may be repeated freely: what is unknown is tried again.
    pub(super) fn before_sending(self) -> PublishError {
        match self {
            Self::Unknown { why } => PublishError::Later { after: None, why },
            other => other.into(),
        }
    }
}

impl From<Trouble> for PublishError {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Later { after, why } => Self::Later { after, why },
            Trouble::SignInAgain { why } => Self::SignInAgain { why },
            Trouble::Refused { why } | Trouble::NotThere { why } => Self::Refused { why },
            Trouble::Unknown { why } => Self::Unknown { why },
        }
    }
}

impl From<Trouble> for ReadError {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Later { after, why } => Self::Later { after, why },
            Trouble::SignInAgain { why } => Self::SignInAgain { why },
            Trouble::NotThere { .. } => Self::NotThere,
            Trouble::Refused { why } | Trouble::Unknown { why } => Self::Later { after: None, why },
        }
    }
}

impl From<VaultError> for Trouble {
    fn from(error: VaultError) -> Self {
        Self::Later { after: None, why: format!("the channel's settings can't be read: {error}") }
    }
}

/// The API's own words, or `None` where the answer is not the API's.
pub(super) fn reason(answer: &Answer) -> Option<String> {
    let refusal: Refusal = answer.json().ok()?;
    let text = if refusal.error_description.is_empty() { refusal.error } else { refusal.error_description };
    let line: String = text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(REASON_CHARS_MAX).collect();
    (!line.is_empty()).then_some(line)
}

/// Mastodon's 403s that a new sign-in mends, or a look at the profile: missing scopes, a login that is locked.
fn is_about_the_login(said: &str) -> bool {
    let said = said.to_ascii_lowercase();
    ["scope", "your login", "token"].iter().any(|word| said.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_is_not_asked_fails_no_post() {
        // A captive portal answers every name with its own address, until somebody signs in to the hotel's network.
        let portal = NetError::Blocked { why: "clay.social is inside a private network and is not asked".into(), private: true };
        let why = "clay.social is inside a private network and is not asked".to_owned();
        assert_eq!(PublishError::from(of_net(&portal)), PublishError::Later { after: None, why: why.clone() });
        assert_eq!(of_net(&portal).before_sending(), PublishError::Later { after: None, why });
    }

    #[test]
    fn only_what_was_certainly_not_sent_is_sent_again() {
        let why = || String::from("x");
        let unsent = [NetError::Blocked { why: why(), private: true }, NetError::Unsent { why: why(), at: crate::http::Step::Refused }];
        assert!(unsent.iter().all(|error| matches!(of_net(error).into(), PublishError::Later { after: None, .. })));
        let unknown = [NetError::NoAnswer { why: why() }, NetError::TooLarge { limit: 1 }, NetError::TooManyRedirects];
        assert!(unknown.iter().all(|error| matches!(of_net(error).into(), PublishError::Unknown { .. })));
    }
}
