//! Who calls: a program by its key; and how it is told what is wrong.

use axum::Json;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use kith_engine::{Kith, Problem, Program};

use super::wire::{Details, PlanProblem};

/// A program with a living key.
#[derive(Debug)]
pub(super) struct Caller(pub(super) Program);

/// A refusal as problem details.
#[derive(Debug)]
pub(super) struct Refusal(Details);

impl FromRequestParts<Kith> for Caller {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, kith: &Kith) -> Result<Self, Refusal> {
        let given = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let key = given.and_then(|value| value.split_once(' ')).filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
        let Some((_, key)) = key else {
            return Err(Problem::SignIn("show a key: Authorization: Bearer kith_…; make one with: kith key add".into()).into());
        };
        Ok(Self(kith.program(key).await?))
    }
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        let (status, title) = match &problem {
            Problem::NotThere(_) => (404, "Not here"),
            Problem::Refused(_) => (403, "Not allowed"),
            Problem::Invalid { .. } => (422, "Not quite"),
            Problem::SignIn(_) => (401, "No valid key"),
            Problem::Conflict(_) => (409, "It has changed meanwhile"),
            Problem::NotNow(_) => (503, "Not now"),
            Problem::Internal { .. } => (500, "Something went wrong"),
        };
        let field = match &problem {
            Problem::Invalid { field, .. } => Some(field.clone()),
            _ => None,
        };
        Self(Details { title: title.into(), status, detail: problem.to_string(), field, problems: Vec::new() })
    }
}

impl From<Vec<kith_domain::plan::Problem>> for Refusal {
    fn from(problems: Vec<kith_domain::plan::Problem>) -> Self {
        let wrong = problems.iter().filter(|problem| problem.refuses()).count();
        Self(Details {
            title: "The plan is not right yet".into(),
            status: 422,
            detail: format!("{wrong} to put right; nothing was stored"),
            field: None,
            problems: problems.iter().map(PlanProblem::of).collect(),
        })
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.0.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(self.0)).into_response();
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

/// An address that the API does not have.
pub(super) async fn nothing_here() -> Refusal {
    Problem::NotThere("the API has no such address; see /api/v1/openapi.json".into()).into()
}
