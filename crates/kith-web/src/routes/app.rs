//! What makes a page an app on a phone: the manifest, the worker behind it, and the page it shows without a network.

use axum::Router;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use kith_engine::Kith;
use maud::Markup;
use serde_json::json;

use crate::{assets, render};

pub(super) fn routes() -> Router<Kith> {
    Router::new().route("/manifest.webmanifest", get(manifest)).route("/sw.js", get(worker)).route("/offline", get(offline))
}

async fn manifest() -> Response {
    let manifest = json!({
        "name": "Kith", "short_name": "Kith", "id": "/", "start_url": "/", "scope": "/", "display": "standalone",
        "description": "Automate the broadcast. Keep the conversation.",
        "background_color": "#F2F4F0", "theme_color": "#F2F4F0",
        "icons": [
            { "src": assets::url("icon.svg"), "sizes": "any", "type": "image/svg+xml", "purpose": "any" },
            { "src": assets::url("icon-192.png"), "sizes": "192x192", "type": "image/png", "purpose": "any maskable" },
            { "src": assets::url("icon-512.png"), "sizes": "512x512", "type": "image/png", "purpose": "any maskable" },
        ],
        "shortcuts": [{ "name": "Inbox", "url": "/inbox" }, { "name": "Write a post", "url": "/write" }],
    });
    ([(header::CONTENT_TYPE, "application/manifest+json"), (header::CACHE_CONTROL, "max-age=3600")], manifest.to_string()).into_response()
}

/// The worker keeps its address for ever; browsers ask anew whether it has changed. It learns the hashed names of what
/// it may keep from its first line.
async fn worker() -> Response {
    let keep =
        json!([assets::url("kith.css"), assets::url("kith.js"), assets::url("figtree.woff2"), assets::url("newsreader.woff2"), "/offline"]);
    let script = format!("self.KEEP={keep};\n{}", assets::text("sw.js"));
    ([(header::CONTENT_TYPE, "text/javascript; charset=utf-8"), (header::CACHE_CONTROL, "no-cache")], script).into_response()
}

async fn offline() -> Markup {
    render::offline()
}
