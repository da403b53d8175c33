//! Hashtags that trend on a server, so that no rule pushes one of them.

use serde::Deserialize;

use super::api::Api;
use crate::network::{Call, ReadError};

/// Most tags that are asked for; servers show ten by themselves (Mastodon 4.4, 2026-11).
const TAGS: &str = "20";

#[derive(Deserialize)]
struct Tag {
    name: String,
}

/// The names of the tags, as the server writes them.
pub(super) async fn trending(call: &Call<'_>) -> Result<Vec<String>, ReadError> {
    let api = Api::open(call).await?;
    let tags: Vec<Tag> = api.read(api.get(&["api", "v1", "trends", "tags"]).query(&[("limit", TAGS)])).await?;
    Ok(tags.into_iter().map(|tag| tag.name).collect())
}
