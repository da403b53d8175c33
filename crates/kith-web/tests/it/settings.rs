//! Settings: what another site's page and a delegate's own forged press can't do (S10, S14), and what is shown once.

use axum::http::{Method, StatusCode};

use crate::world::{Browser, World};

const NOBODY: &str = "01a1f545ae467d4fbfafea136819e36d";

/// Every button of Settings that changes something.
fn buttons() -> Vec<String> {
    let with_id = ["people/{}/part", "people/{}/end", "invitations/{}/end", "keys/{}/end", "channels/{}/again", "channels/{}/pause"];
    let own = ["you/sessions/{}/end", "you/passkeys/{}/name", "you/passkeys/{}/end"];
    let plain = [
        "people/invite",
        "keys",
        "data/space",
        "data/end",
        "data/keep",
        "connect/mastodon",
        "connect/mastodon/fields",
        "connect/keep",
        "you/password",
        "you/passkeys",
        "you/passkeys/ask",
        "you/sessions/end-others",
        "you/space",
    ];
    let all = with_id.iter().chain(&own).chain(&plain);
    all.map(|path| format!("/settings/{}", path.replace("{}", NOBODY))).collect()
}

const FORM: &str = "name=X&email=x%40x.example&role=owner&scope=plan&days=9&zone=UTC&typed=Lark&server=clay.social&token=t&key=k&new=a+walk+by+the+sea&old=o\
                    &client_data=x&attestation=x&space=01a1f545ae467d4fbfafea136819e36d";

/// A delegate who followed Ana's invitation.
async fn delegate(world: &World, ana: &Browser) -> Browser {
    member(world, ana, "delegate").await
}

/// Somebody with this part who followed Ana's invitation.
pub(crate) async fn member(world: &World, ana: &Browser, role: &str) -> Browser {
    let page = ana.post("/settings/people/invite", &format!("name=Bo+Smith&email={role}%40smith.example&role={role}")).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    let link = page.body.split("http://kith.test/join/").nth(1).unwrap().split('<').next().unwrap().to_owned();
    assert!(!ana.get("/settings/people").await.body.contains(&link), "the link is shown once");
    let mut bo = world.stranger();
    assert!(bo.get(&format!("/join/{link}")).await.body.to_lowercase().contains(role));
    let joined = bo.post(&format!("/join/{link}"), "name=Bo+Smith&password=a+shelf+of+green+cups").await;
    assert_eq!(joined.status, StatusCode::SEE_OTHER, "{}", joined.body);
    bo.cookie = joined.cookie();
    bo
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_sites_page_presses_no_button_of_settings() {
    let world = World::new().await;
    let ana = world.ana().await;
    for path in buttons() {
        for header in [("origin", "https://evil.example"), ("sec-fetch-site", "cross-site"), ("sec-fetch-site", "same-site")] {
            assert_eq!(ana.ask(Method::POST, &path, &[header], FORM).await.status, StatusCode::FORBIDDEN, "{path} with {header:?}");
        }
        assert_ne!(world.stranger().post(&path, FORM).await.status, StatusCode::OK, "{path} for a stranger");
    }
    assert_eq!(ana.get("/settings/you").await.status, StatusCode::OK, "still signed in");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_delegates_forged_press_is_refused_and_her_pages_have_no_such_button() {
    let world = World::new().await;
    let ana = world.ana().await;
    let bo = delegate(&world, &ana).await;
    let own = ["/settings/you/"];
    for path in buttons().into_iter().filter(|path| !own.iter().any(|own| path.starts_with(own))) {
        assert_eq!(bo.post(&path, FORM).await.status, StatusCode::FORBIDDEN, "{path}");
    }
    for page in ["/settings/keys", "/settings/data", "/settings/data/export", "/settings/connect"] {
        assert_eq!(bo.get(page).await.status, StatusCode::FORBIDDEN, "{page}");
    }
    let people = bo.get("/settings/people").await.body;
    assert!(people.contains("Bo Smith") && !people.contains("action=\"/settings/people"), "{people}");
    assert_eq!(
        bo.post(&format!("/inbox/{NOBODY}/reply"), &format!("gesture={NOBODY}&version=0&text=forged")).await.status,
        StatusCode::FORBIDDEN
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_server_sends_back_is_for_the_browser_that_began_it() {
    let world = World::new().await;
    let ana = world.ana().await;
    let answer = format!("/settings/connect/answer?state={}&code=stolen", "a".repeat(64));
    assert!(world.stranger().get(&answer).await.header("location").starts_with("/sign-in?next="));
    let page = ana.get(&answer).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.body.contains("begun in another browser"), "{}", page.body);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_is_let_go_meets_the_sign_in_page_at_the_next_click() {
    let world = World::new().await;
    let ana = world.ana().await;
    let bo = delegate(&world, &ana).await;
    let people = ana.get("/settings/people").await.body;
    let ids: Vec<&str> = people.split("/settings/people/").skip(1).filter_map(|rest| rest.split_once("/end\"")).map(|(id, _)| id).collect();
    let mut ended = 0;
    for id in ids.into_iter().filter(|id| id.len() == 32) {
        // The owner herself stays: she is the last.
        let page = ana.post(&format!("/settings/people/{id}/end"), "").await;
        ended += u32::from(page.status == StatusCode::SEE_OTHER);
    }
    assert_eq!(ended, 1);
    assert!(bo.get("/").await.header("location").starts_with("/sign-in"));
    assert_eq!(ana.get("/").await.status, StatusCode::OK);
}
