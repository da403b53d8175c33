//! What the server says about itself.

use std::sync::Arc;

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use super::Shared;
use crate::limits::{
    ALT_CHARS_MAX, IMAGE_BYTES_MAX, IMAGE_PIXELS_MAX, LINK_CHARS, POLL_OPTION_CHARS_MAX, POLL_OPTIONS_MAX, POLL_SECONDS_MAX,
    POLL_SECONDS_MIN, STATUS_CHARS_MAX, STATUS_MEDIA_MAX,
};
use crate::render;
use crate::server::Server;

const TITLE: &str = "The Practice Kiln";
const DESCRIPTION: &str = "A small server for makers and the people who like what they make.";
const VERSION: &str = "4.4.0";
const CONTACT: &str = "office@practice.example";

/// Kinds of pictures that are taken.
pub(super) const MIME_TYPES: &[&str] = &["image/jpeg", "image/png", "image/gif", "image/webp", "image/avif", "image/heic"];

pub(super) fn routes() -> Router<Arc<Server>> {
    Router::new().route("/api/v1/instance", get(version_1)).route("/api/v2/instance", get(version_2))
}

fn configuration() -> Value {
    json!({
        "accounts": { "max_featured_tags": 10, "max_pinned_statuses": 5 },
        "statuses": {
            "max_characters": STATUS_CHARS_MAX,
            "max_media_attachments": STATUS_MEDIA_MAX,
            "characters_reserved_per_url": LINK_CHARS,
        },
        "media_attachments": {
            "description_limit": ALT_CHARS_MAX,
            "supported_mime_types": MIME_TYPES,
            "image_size_limit": IMAGE_BYTES_MAX,
            "image_matrix_limit": IMAGE_PIXELS_MAX,
            "video_size_limit": 0,
            "video_frame_rate_limit": 0,
            "video_matrix_limit": 0,
        },
        "polls": {
            "max_options": POLL_OPTIONS_MAX,
            "max_characters_per_option": POLL_OPTION_CHARS_MAX,
            "min_expiration": POLL_SECONDS_MIN,
            "max_expiration": POLL_SECONDS_MAX,
        },
    })
}

fn host(server: &Server) -> String {
    server.base.split("://").nth(1).unwrap_or_default().to_owned()
}

fn streaming(server: &Server) -> String {
    server.base.replacen("http", "ws", 1)
}

async fn version_1(State(server): Shared) -> Json<Value> {
    let (users, statuses) = server.see(|world| (world.accounts.len(), world.statuses.len()));
    Json(json!({
        "uri": host(&server),
        "title": TITLE,
        "short_description": DESCRIPTION,
        "description": DESCRIPTION,
        "email": CONTACT,
        "version": VERSION,
        "urls": { "streaming_api": streaming(&server) },
        "stats": { "user_count": users, "status_count": statuses, "domain_count": 5 },
        "thumbnail": format!("{}/headers/missing.png", server.base),
        "languages": ["en"],
        "registrations": false,
        "approval_required": false,
        "invites_enabled": false,
        "configuration": configuration(),
        "contact_account": server.see(|world| render::account_of(world, world.owner)),
        "rules": [],
    }))
}

async fn version_2(State(server): Shared) -> Json<Value> {
    let mut configuration = configuration();
    configuration["urls"] = json!({
        "streaming": streaming(&server),
        "status": null,
        "about": null,
        "privacy_policy": null,
        "terms_of_service": null,
    });
    configuration["vapid"] = json!({ "public_key": "" });
    configuration["translation"] = json!({ "enabled": false });
    Json(json!({
        "domain": host(&server),
        "title": TITLE,
        "version": VERSION,
        "source_url": "https://github.com/mastodon/mastodon",
        "description": DESCRIPTION,
        "usage": { "users": { "active_month": server.see(|world| world.accounts.len()) } },
        "thumbnail": { "url": format!("{}/headers/missing.png", server.base) },
        "icon": [],
        "languages": ["en"],
        "configuration": configuration,
        "registrations": { "enabled": false, "approval_required": false, "message": null, "url": null },
        "api_versions": { "mastodon": 6 },
        "contact": { "email": CONTACT, "account": server.see(|world| render::account_of(world, world.owner)) },
        "rules": [],
    }))
}
