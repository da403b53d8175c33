//! The REST API: the broadcast side for programs (I2). Every handler is one engine call; nothing here converses.
//!
//! A program shows its key in `Authorization: Bearer kith_…`; a browser's cookie opens nothing here, so no page of
//! another site can call it. Wrong input is answered as problem details (RFC 9457) that name the field and the way out.
//! The description at `/api/v1/openapi.json` is made from the handlers themselves.

mod caps;
mod dispatches;
mod feeds;
mod plans;
mod program;
mod sources;
mod wire;
mod wire_program;

use axum::Router;
use axum::routing::{any, get};
use kith_engine::Kith;
use utoipa::OpenApi;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Where the API begins.
const BASE: &str = "/api/v1";

/// What holds for the whole description.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Kith",
        description = "Plan and read broadcasts. Conversation (replies, messages, follows, likes) is a person's, on the page: no call here can send any.",
        license(name = "MIT OR Apache-2.0")
    ),
    security(("key" = []))
)]
struct Description;

/// The API's routes and their description.
pub(crate) fn routes() -> Router<Kith> {
    let (router, description) = described();
    let text = description.to_json().unwrap_or_default();
    router
        .route(
            &format!("{BASE}/openapi.json"),
            get(move || async move { ([(axum::http::header::CONTENT_TYPE, "application/json")], text) }),
        )
        .route("/api/{*rest}", any(program::nothing_here))
}

fn described() -> (Router<Kith>, utoipa::openapi::OpenApi) {
    let nouns = OpenApiRouter::new()
        .routes(routes!(dispatches::channels))
        .routes(routes!(dispatches::list))
        .routes(routes!(dispatches::show))
        .routes(routes!(dispatches::cancel))
        .routes(routes!(dispatches::hold))
        .routes(routes!(dispatches::words))
        .routes(routes!(plans::preview))
        .routes(routes!(plans::import))
        .routes(routes!(plans::add))
        .merge(sources::routes())
        .routes(routes!(caps::list))
        .routes(routes!(caps::show, caps::set))
        .routes(routes!(feeds::list, feeds::add))
        .routes(routes!(feeds::drop_one))
        .routes(routes!(feeds::drafts))
        .routes(routes!(feeds::plan_draft))
        .routes(routes!(feeds::let_go));
    let (router, mut description) = OpenApiRouter::with_openapi(Description::openapi()).nest(BASE, nouns).split_for_parts();
    let key = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some("A key: kith key add")).build();
    description.components.get_or_insert_default().add_security_scheme("key", SecurityScheme::Http(key));
    (router, description)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Words for speaking to people that no path and no operation may have.
    const SPEAKING: [&str; 8] = ["reply", "replies", "message", "follow", "like", "repost", "thank", "dm"];

    #[test]
    fn no_operation_of_the_api_speaks_to_people() {
        let (_, description) = described();
        assert!(description.paths.paths.len() >= 6);
        for path in description.paths.paths.keys() {
            for part in path.split(['/', '-', '_', '{', '}']) {
                assert!(!SPEAKING.contains(&part), "{path} speaks");
            }
        }
    }

    #[test]
    fn every_operation_says_what_it_does_and_asks_for_the_key() {
        let (_, description) = described();
        let text = description.to_json().unwrap();
        let json: serde_json::Value = serde_json::from_str(&text).unwrap();
        for (path, methods) in json["paths"].as_object().unwrap() {
            for (method, operation) in methods.as_object().unwrap() {
                assert!(operation["summary"].is_string(), "{method} {path}");
                assert!(operation["responses"]["401"].is_object(), "{method} {path}");
                assert!(path.starts_with(BASE), "{path}");
            }
        }
        assert_eq!(json["components"]["securitySchemes"]["key"]["scheme"], "bearer");
    }
}
