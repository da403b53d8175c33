//! Why a request fails, as the status and JSON a Mastodon client expects.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::keep::KeepError;
use crate::world::{Refusal, SignInRefused};

/// A failed request.
#[derive(Debug)]
pub(crate) enum Problem {
    /// No token, or one that is not, or no longer, good.
    Token,
    /// A token that does not allow this.
    Scope,
    /// A token without a person behind it.
    NoUser,
    /// The world refuses.
    Refused(Refusal),
    /// The request cannot be understood.
    Bad(String),
    /// An OAuth error.
    SignIn(StatusCode, &'static str, &'static str),
    /// The change could not be saved.
    NotKept(KeepError),
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<KeepError> for Problem {
    fn from(error: KeepError) -> Self {
        Self::NotKept(error)
    }
}

impl From<SignInRefused> for Problem {
    fn from(refused: SignInRefused) -> Self {
        match refused {
            SignInRefused::Client => Self::SignIn(
                StatusCode::UNAUTHORIZED,
                "invalid_client",
                "Client authentication failed due to unknown client, no client authentication included, or unsupported authentication method.",
            ),
            SignInRefused::Grant => Self::SignIn(
                StatusCode::BAD_REQUEST,
                "invalid_grant",
                "The provided authorization grant is invalid, expired, revoked, does not match the redirection URI used in the authorization request, or was issued to another client.",
            ),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let (status, text) = match self {
            Self::Token => (StatusCode::UNAUTHORIZED, "The access token is invalid".to_owned()),
            Self::Scope => (StatusCode::FORBIDDEN, "This action is outside the authorized scopes".to_owned()),
            Self::NoUser => (StatusCode::UNPROCESSABLE_ENTITY, "This method requires an authenticated user".to_owned()),
            Self::Refused(refusal) => {
                let status = match refusal {
                    Refusal::NotFound => StatusCode::NOT_FOUND,
                    Refusal::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
                    Refusal::Forbidden => StatusCode::FORBIDDEN,
                };
                (status, refusal.to_string())
            }
            Self::Bad(text) => (StatusCode::BAD_REQUEST, text),
            Self::SignIn(status, error, description) => {
                return (status, Json(json!({ "error": error, "error_description": description }))).into_response();
            }
            Self::NotKept(error) => {
                tracing::error!(%error, "a change could not be saved");
                (StatusCode::INTERNAL_SERVER_ERROR, "The change could not be saved".to_owned())
            }
        };
        (status, Json(json!({ "error": text }))).into_response()
    }
}
