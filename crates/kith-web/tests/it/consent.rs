//! What servers and browsers on their way back ask of this Kith.

use axum::http::{Method, StatusCode};
use serde_json::Value;

use crate::world::World;

const DOCUMENT: &str = "/oauth/client-metadata.json";

#[tokio::test]
async fn servers_read_who_this_kith_is_without_a_sign_in_and_its_key_stays_the_same() {
    let world = World::at_address("https://kith.example").await;
    let page = world.stranger().get(DOCUMENT).await;
    assert_eq!((page.status, page.header("content-type")), (StatusCode::OK, "application/json"));
    let document: Value = serde_json::from_str(&page.body).unwrap();
    assert_eq!(document["client_id"], "https://kith.example/oauth/client-metadata.json");
    assert_eq!(document["redirect_uris"][0], "https://kith.example/settings/connect/answer");
    let key = &document["jwks"]["keys"][0];
    assert!(key["x"].is_string() && key.get("d").is_none(), "{key}");
    assert_eq!(world.stranger().get(DOCUMENT).await.body, page.body);
}

#[tokio::test]
async fn a_kith_that_no_server_can_reach_has_no_description() {
    for address in ["http://kith.test", "http://127.0.0.1:4080", "https://10.0.0.2"] {
        assert_eq!(World::at_address(address).await.stranger().get(DOCUMENT).await.status, StatusCode::NOT_FOUND, "{address}");
    }
}

#[tokio::test]
async fn whoever_is_sent_back_by_number_arrives_where_her_browser_is_signed_in() {
    let world = World::at_address("http://localhost:4080").await;
    let path = "/settings/connect/answer?state=a&code=b&iss=http%3A%2F%2Fpds.test";
    let ask = async |host: &str| world.stranger().ask(Method::GET, path, &[("accept", "text/html"), ("host", host)], "").await;
    let page = ask("127.0.0.1:4080").await;
    assert_eq!((page.status, page.header("location")), (StatusCode::SEE_OTHER, format!("http://localhost:4080{path}").as_str()));
    let page = ask("localhost:4080").await;
    assert!(!page.header("location").contains("code=b"), "at her own address she signs in, or is answered");
}

#[tokio::test]
async fn the_page_offers_both_ways_and_leaves_the_server_to_the_usual_one() {
    let bare = World::new().await.ana().await.get("/settings/connect").await;
    assert!(bare.body.contains("App password") && !bare.body.contains("With an app password instead"), "nobody is sent back there");
    let page = World::at_address("https://kith.example").await.ana().await.get("/settings/connect").await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    for words in ["With an app password instead", "With an access token instead", "such as mara.bsky.social"] {
        assert!(page.body.contains(words), "{words}");
    }
    let server = page.body.split("id=\"bluesky-fields-server\"").nth(1).unwrap().split('>').next().unwrap();
    assert!(!server.contains("required"), "{server}");
}
