//! The pages.

/// The pages of one Kith.
pub fn app(kith: kith_engine::Kith) -> axum::Router {
    axum::Router::new().route("/health", axum::routing::get(|axum::extract::State(kith): axum::extract::State<kith_engine::Kith>| async move { axum::Json(kith.health().await) })).with_state(kith)
}
