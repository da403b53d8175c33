//! What can go wrong between us and a server, sorted by what follows from it.
//!
//! Servers answer errors as `{"error": NAME, "message": TEXT}`. Measured on PDS 0.5.35 (2026-11): trouble with a
//! token is 400 `ExpiredToken` or `InvalidToken` as often as 401; a 5xx says nothing about whether it was done. The
//! same trouble means different things when a step may be repeated and when it may not, hence the four `after_…`.

use jiff::{SignedDuration, Timestamp};
use kith_domain::publish::{Looked, PublishError};
use serde::Deserialize;

use crate::http::{Answer, NetError};
use crate::network::ReadError;

/// Longest piece of a server's message that is shown, in characters.
const MESSAGE_CHARS_MAX: usize = 300;

/// No success, sorted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Trouble {
    /// The server certainly did nothing: it was not reached, or there is no such server.
    Unsent(String),
    /// It may have done it.
    Lost(String),
    /// It did nothing and asks for patience.
    Slow {
        /// How long.
        after: Option<SignedDuration>,
        /// In plain words.
        why: String,
    },
    /// It does not take this token; another may help.
    Token(String),
    /// It does not take this account any more.
    Account(String),
    /// It will not do that.
    Refused {
        /// The error's name, such as `RecordNotFound`.
        name: String,
        /// In plain words.
        why: String,
    },
}

#[derive(Deserialize, Default)]
struct Body {
    #[serde(default)]
    error: String,
    #[serde(default)]
    message: String,
}

/// Tells success from trouble.
pub(super) fn sort(result: Result<Answer, NetError>, now: Timestamp) -> Result<Answer, Trouble> {
    let answer = match result {
        Ok(answer) if answer.is_success() => return Ok(answer),
        Ok(answer) => answer,
        Err(error) if error.is_unsent() => return Err(Trouble::Unsent(error.to_string())),
        Err(error) => return Err(Trouble::Lost(error.to_string())),
    };
    let status = answer.status.as_u16();
    let Body { error: name, message } = answer.json().unwrap_or_default();
    let said = said(&answer, &name, &message);
    Err(match (status, name.as_str()) {
        (429, _) => Trouble::Slow { after: answer.wait(now), why: said },
        (_, "AccountTakedown" | "AccountDeactivated" | "AccountSuspended" | "RepoTakendown" | "RepoDeactivated" | "RepoSuspended") => {
            Trouble::Account(said)
        }
        (_, "AuthFactorTokenRequired") => Trouble::Refused { name, why: said },
        (401, _) | (_, "ExpiredToken" | "InvalidToken") => Trouble::Token(said),
        (403, _) => Trouble::Account(said),
        // A moved server, a proxy before a server that starts, a page that is no server at all.
        (300..=399 | 404 | 405, _) => Trouble::Unsent(said),
        (400..=499, _) => Trouble::Refused { name, why: said },
        _ => Trouble::Lost(said),
    })
}

fn said(answer: &Answer, name: &str, message: &str) -> String {
    let host = answer.url.host_str().unwrap_or("the server");
    let text = if message.is_empty() { name } else { message };
    let text: String = text.chars().filter(|c| !c.is_control()).take(MESSAGE_CHARS_MAX).collect();
    let text = if text.is_empty() { "nothing more".to_owned() } else { text };
    format!("{host} answered {}: {text}", answer.status.as_u16())
}

impl Trouble {
    /// What `answer.json()` could not read, after a success: the thing was done.
    pub(super) fn unreadable(error: &crate::http::BadJson) -> Self {
        Self::Lost(error.to_string())
    }

    /// Whether the server said that there is no such thing.
    pub(super) fn is_not_there(&self) -> bool {
        matches!(self, Self::Refused { name, .. } if matches!(name.as_str(), "RecordNotFound" | "NotFound"))
    }

    /// After the one step that can't be taken back.
    pub(super) fn after_publish(self) -> PublishError {
        match self {
            Self::Unsent(why) => PublishError::Later { after: None, why },
            Self::Lost(why) => PublishError::Unknown { why },
            Self::Slow { after, why } => PublishError::Later { after, why },
            Self::Token(why) | Self::Account(why) => PublishError::SignInAgain { why },
            Self::Refused { why, .. } => PublishError::Refused { why },
        }
    }

    /// After a step that may be repeated: what may have happened does not matter.
    pub(super) fn after_prepare(self) -> PublishError {
        match self {
            Self::Lost(why) => PublishError::Later { after: None, why },
            other => other.after_publish(),
        }
    }

    /// After a look for something we sent.
    pub(super) fn after_look(self) -> Looked {
        match self {
            Self::Slow { after, why } => Looked::Failed { after, why },
            Self::Token(why) | Self::Account(why) => Looked::SignInAgain { why },
            Self::Unsent(why) | Self::Lost(why) | Self::Refused { why, .. } => Looked::Failed { after: None, why },
        }
    }

    /// After reading.
    pub(super) fn after_read(self) -> ReadError {
        match self {
            Self::Slow { after, why } => ReadError::Later { after, why },
            Self::Token(why) | Self::Account(why) => ReadError::SignInAgain { why },
            not_there if not_there.is_not_there() => ReadError::NotThere,
            Self::Unsent(why) | Self::Lost(why) | Self::Refused { why, .. } => ReadError::Later { after: None, why },
        }
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::http::{HeaderMap, HeaderValue, StatusCode};

    fn answer(status: u16, body: &str, headers: &[(&'static str, &'static str)]) -> Result<Answer, Trouble> {
        let headers: HeaderMap =
            headers.iter().map(|(n, v)| (crate::http::HeaderName::from_static(n), HeaderValue::from_static(v))).collect();
        let url = "https://pds.example/xrpc/x".parse().unwrap();
        let answer = Answer { status: StatusCode::from_u16(status).unwrap(), headers, body: Bytes::copy_from_slice(body.as_bytes()), url };
        sort(Ok(answer), Timestamp::from_second(1_764_576_000).unwrap())
    }

    /// What follows after a publish, by the first word of its decision.
    fn follows(status: u16, name: &str) -> &'static str {
        let body = format!(r#"{{"error":"{name}","message":"why"}}"#);
        match answer(status, &body, &[]).unwrap_err().after_publish() {
            PublishError::Later { .. } => "later",
            PublishError::Refused { .. } => "refused",
            PublishError::SignInAgain { .. } => "sign in",
            PublishError::Unknown { .. } => "unknown",
        }
    }

    #[test]
    fn an_error_after_a_publish_is_a_decision() {
        let table = [
            (400, "InvalidRequest", "refused"),
            (400, "InvalidRecord", "refused"),
            (400, "BlobNotFound", "refused"),
            (413, "PayloadTooLarge", "refused"),
            (400, "ExpiredToken", "sign in"),
            (400, "InvalidToken", "sign in"),
            (401, "AuthMissing", "sign in"),
            (403, "Forbidden", "sign in"),
            (400, "AccountTakedown", "sign in"),
            (401, "AccountDeactivated", "sign in"),
            (429, "RateLimitExceeded", "later"),
            (404, "", "later"),
            (302, "", "later"),
            (500, "InternalServerError", "unknown"),
            (502, "UpstreamFailure", "unknown"),
            (501, "MethodNotImplemented", "unknown"),
        ];
        for (status, name, expected) in table {
            assert_eq!(follows(status, name), expected, "{status} {name}");
        }
    }

    #[test]
    fn an_address_that_is_not_asked_fails_no_post() {
        let portal = Err(NetError::Blocked { why: "inside a private network".into(), private: true });
        let trouble = sort(portal, Timestamp::from_second(1_764_576_000).unwrap()).unwrap_err();
        assert_eq!(trouble.after_publish(), PublishError::Later { after: None, why: "inside a private network".into() });
    }

    #[test]
    fn a_reset_tells_how_long_to_wait() {
        let headers = [("ratelimit-limit", "30"), ("ratelimit-remaining", "0"), ("ratelimit-reset", "1764576120")];
        let trouble = answer(429, r#"{"error":"RateLimitExceeded","message":"Rate Limit Exceeded"}"#, &headers).unwrap_err();
        let why = "pds.example answered 429: Rate Limit Exceeded".to_owned();
        assert_eq!(trouble, Trouble::Slow { after: Some(SignedDuration::from_secs(120)), why });
    }

    #[test]
    fn a_page_instead_of_an_error_is_no_riddle() {
        let trouble = answer(503, "<html>down</html>", &[]).unwrap_err();
        assert_eq!(trouble, Trouble::Lost("pds.example answered 503: nothing more".to_owned()));
        assert_eq!(trouble.after_read(), ReadError::Later { after: None, why: "pds.example answered 503: nothing more".to_owned() });
    }

    #[test]
    fn what_is_gone_is_not_there() {
        let gone = answer(400, r#"{"error":"NotFound","message":"Post not found"}"#, &[]).unwrap_err();
        assert_eq!(gone.after_read(), ReadError::NotThere);
    }
}
