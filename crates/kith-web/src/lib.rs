//! The pages: one door to the engine, for people.
//!
//! `routes/` has a file for each noun: extract, one engine call, render. `render/` makes markup from the engine's views
//! and knows nothing of requests. `session` says who is there, `security` what every answer carries. Every page works
//! without JavaScript; the script in `ui/` only makes it fresher.

mod api;
mod assets;
mod client;
mod live;
mod render;
mod routes;
mod security;
mod session;

use axum::{Extension, Router};
use kith_engine::Kith;

/// The pages of one Kith. Serve it with connection info, which slows guesses of passwords by address.
pub fn app(kith: Kith) -> Router {
    let routes = routes::all().layer(Extension(live::Streams::default()));
    let (large, bytes_max, answer_s_max) = routes::large();
    let large = security::wrap(large, kith.public_url(), bytes_max, answer_s_max);
    security::wrap(routes, kith.public_url(), security::BODY_BYTES_MAX, security::ANSWER_S_MAX).merge(large).with_state(kith)
}
