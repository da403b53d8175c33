//! What is talked about just now: the hashtags that were used most in the last two days.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::Shared;
use super::params::Params;
use crate::server::Server;
use crate::world::Visibility;

/// Uses that make a tag trend, in so many hours.
const USES_MIN: usize = 3;
const HOURS: i64 = 48;
/// Most tags of one answer.
const TAGS_MAX: usize = 20;

pub(super) fn routes() -> Router<Arc<Server>> {
    Router::new().route("/api/v1/trends/tags", get(tags))
}

async fn tags(State(server): Shared, params: Params) -> Json<Value> {
    let most = params.number("limit").unwrap_or(TAGS_MAX).min(TAGS_MAX);
    let tags = server.see(|world| {
        let since = world.now - SignedDuration::from_hours(HOURS);
        let mut uses: BTreeMap<&str, usize> = BTreeMap::new();
        let public = world.statuses.values().filter(|s| s.visibility == Visibility::Public && s.created_at >= since);
        public.flat_map(|s| &s.tags).for_each(|tag| *uses.entry(tag).or_default() += 1);
        let mut tags: Vec<(&str, usize)> = uses.into_iter().filter(|(_, uses)| *uses >= USES_MIN).collect();
        tags.sort_by_key(|(tag, uses)| (std::cmp::Reverse(*uses), *tag));
        let shown = |(name, uses): (&str, usize)| {
            json!({ "name": name, "url": format!("{}/tags/{name}", world.base), "history": [{ "day": "0", "uses": uses.to_string(), "accounts": "1" }] })
        };
        tags.into_iter().take(most).map(shown).collect::<Vec<_>>()
    });
    Json(Value::Array(tags))
}
