//! Where hubs of feeds call: nobody is signed in, so nobody learns or changes anything without the address's secret.

use axum::http::{Method, StatusCode};

use crate::world::World;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_that_no_hub_was_given_is_not_there_and_large_bodies_and_floods_are_turned_away() {
    let world = World::new().await;
    let stranger = world.stranger();
    let uuid = "01936f6e-0000-7000-8000-000000000001";
    let ask = "hub.mode=subscribe&hub.topic=https%3A%2F%2Flark.example%2Ffeed&hub.challenge=x";
    for name in ["x".to_owned(), "a.b.c".to_owned(), format!("{uuid}.{uuid}.token"), format!("{uuid}.{uuid}")] {
        let asked = stranger.ask(Method::GET, &format!("/feeds/hub/{name}?{ask}"), &[], "").await;
        assert_eq!((asked.status, asked.body.as_str()), (StatusCode::NOT_FOUND, ""), "{name}");
        let signature = [("x-hub-signature", "sha256=00")];
        assert_eq!(stranger.ask(Method::POST, &format!("/feeds/hub/{name}"), &signature, "words").await.status, StatusCode::NOT_FOUND);
    }
    let large = stranger.ask(Method::POST, "/feeds/hub/x", &[], &"x".repeat(300_000)).await;
    assert_eq!(large.status, StatusCode::PAYLOAD_TOO_LARGE);
    let mut last = StatusCode::OK;
    for _ in 0..130 {
        last = stranger.ask(Method::POST, "/feeds/hub/x", &[], "").await.status;
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
}
