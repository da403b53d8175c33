//! Limits of a channel by API: what the owner set, what is usual, how it stands; set by the function of the page.

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use kith_domain::mandate::{Deed, Door};
use kith_domain::schedule::cadence::{BROADCASTS_PER_ANSWER_USUAL, GAP_MINUTES_USUAL, PER_DAY_USUAL, PROMOTION_PERCENT_USUAL};
use kith_engine::views::CapsLine;
use kith_engine::{CapsWish, Kith, Problem, Program};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::program::{Caller, Refusal};
use super::wire::Details;

/// The four limits; what is left out or null is none of the owner's own.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Limits {
    /// The most posts a day.
    per_day: Option<u32>,
    /// The least minutes between two posts.
    gap: Option<u32>,
    /// The greatest share of promotion in thirty days, in percent.
    promotion: Option<u32>,
    /// The most broadcasts for each answer in thirty days.
    broadcasts_per_answer: Option<u32>,
}

/// A channel's limits and how it stands.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ChannelLimits {
    channel: String,
    /// What the owner set: what passes it is held until her yes.
    own: Limits,
    /// What is only said where she set none.
    usual: Limits,
    /// Posts that went out or go out today.
    today: u32,
    /// Broadcasts of the last thirty days.
    broadcasts: u32,
    /// Answers by a person in the last thirty days.
    answers: u32,
    /// Share of promotion in the last thirty days, in percent, if any post says what it is for.
    promotion_percent: Option<u32>,
}

impl From<CapsLine> for ChannelLimits {
    fn from(line: CapsLine) -> Self {
        Self {
            own: Limits {
                per_day: line.own.per_day_max,
                gap: line.own.gap_minutes_min,
                promotion: line.own.promotion_percent_max,
                broadcasts_per_answer: line.own.broadcasts_per_answer_max,
            },
            usual: Limits {
                per_day: Some(PER_DAY_USUAL),
                gap: Some(GAP_MINUTES_USUAL),
                promotion: Some(PROMOTION_PERCENT_USUAL),
                broadcasts_per_answer: Some(BROADCASTS_PER_ANSWER_USUAL),
            },
            today: line.today,
            broadcasts: line.broadcasts,
            answers: line.answers,
            promotion_percent: line.promotion_percent,
            channel: line.channel.name,
        }
    }
}

/// Every channel's limits and how it stands
#[utoipa::path(get, path = "/caps", responses((status = 200, body = Vec<ChannelLimits>), (status = 401, body = Details)))]
pub(super) async fn list(State(kith): State<Kith>, Caller(program): Caller) -> Result<Json<Vec<ChannelLimits>>, Refusal> {
    program.may(Deed::Read)?;
    Ok(Json(kith.caps_lines(program.operator.workspace).await?.into_iter().map(ChannelLimits::from).collect()))
}

/// A channel's limits and how it stands
#[utoipa::path(get, path = "/caps/{channel}", params(("channel" = String, Path)), responses((status = 200, body = ChannelLimits), (status = 401, body = Details), (status = 404, body = Details)))]
pub(super) async fn show(
    State(kith): State<Kith>,
    Caller(program): Caller,
    Path(channel): Path<String>,
) -> Result<Json<ChannelLimits>, Refusal> {
    program.may(Deed::Read)?;
    of(&kith, &program, &channel).await
}

/// Other limits for a channel, all four at once
#[utoipa::path(put, path = "/caps/{channel}", params(("channel" = String, Path)), request_body = Limits, responses((status = 200, body = ChannelLimits), (status = 401, body = Details), (status = 403, body = Details), (status = 404, body = Details), (status = 409, body = Details), (status = 422, body = Details)))]
pub(super) async fn set(
    State(kith): State<Kith>,
    Caller(program): Caller,
    Path(channel): Path<String>,
    limits: Result<Json<Limits>, JsonRejection>,
) -> Result<Json<ChannelLimits>, Refusal> {
    program.may(Deed::Plan)?;
    let Json(new) = limits.map_err(|error| Problem::Invalid { field: "body".into(), why: error.body_text() })?;
    let wish = CapsWish::whole(new.per_day, new.gap, new.promotion, new.broadcasts_per_answer);
    let edit = kith.caps_edit(program.operator.workspace, &channel, &wish).await?;
    kith.change_program(&program.operator, &edit, Door::Api { key: program.key.clone() }).await?;
    of(&kith, &program, &channel).await
}

async fn of(kith: &Kith, program: &Program, channel: &str) -> Result<Json<ChannelLimits>, Refusal> {
    let lines = kith.caps_lines(program.operator.workspace).await?;
    let line = lines.into_iter().find(|line| line.channel.name == channel);
    let gone = || Problem::NotThere(format!("no channel is called {channel:?}; see GET /api/v1/channels"));
    Ok(Json(line.map(ChannelLimits::from).ok_or_else(gone)?))
}
