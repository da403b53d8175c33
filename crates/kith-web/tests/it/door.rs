//! Who comes in, from where, and what every answer carries (reliability.md B2: S4, S10, S16, S22).

use axum::http::{Method, StatusCode};

use crate::world::World;

/// What every answer carries.
const EVERY_ANSWER: [&str; 5] =
    ["content-security-policy", "x-content-type-options", "referrer-policy", "permissions-policy", "cross-origin-opener-policy"];

/// A conversation's address; whether it exists is looked at after everything that is tested here.
const CONVERSATION: &str = "/inbox/01a1f545ae467d4fbfafea136819e36d";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_answer_says_what_may_run_in_it() {
    let world = World::new().await;
    let (ana, stranger) = (world.ana().await, world.stranger());
    for path in ["/", "/plan", "/inbox", "/settings", "/styleguide", "/health", "/nowhere", "/plan/none", "/sign-in", "/welcome/none"] {
        for (who, page) in [("ana", ana.get(path).await), ("a stranger", stranger.get(path).await)] {
            for name in EVERY_ANSWER {
                assert!(!page.header(name).is_empty(), "{path} for {who} has no {name}");
            }
            let policy = page.header("content-security-policy");
            assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
            assert_eq!(page.header("cache-control"), "no-store", "{path} for {who}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_sites_page_changes_nothing() {
    let world = World::new().await;
    let ana = world.ana().await;
    let from_elsewhere =
        [("origin", "https://evil.example"), ("origin", "null"), ("sec-fetch-site", "cross-site"), ("sec-fetch-site", "same-site")];
    let doors = ["/sign-in", "/sign-out", "/welcome/x", "/plan/x/decision"].map(str::to_owned);
    let answers = ["reply", "draft", "closure"].map(|door| format!("{CONVERSATION}/{door}"));
    for path in doors.iter().chain(&answers) {
        for header in from_elsewhere {
            let page = ana.ask(Method::POST, path, &[header], "gesture=x&text=forged&choice=cancel&email=e&password=p").await;
            assert_eq!(page.status, StatusCode::FORBIDDEN, "{path} with {header:?}");
        }
        let unnamed = ana.ask(Method::POST, path, &[], "gesture=x&text=forged&choice=cancel&email=e&password=p").await;
        assert_eq!(unnamed.status, StatusCode::FORBIDDEN, "{path} with a cookie and from nowhere");
    }
    assert_eq!(ana.get("/").await.status, StatusCode::OK, "still signed in");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn looking_changes_nothing() {
    let world = World::new().await;
    let ana = world.ana().await;
    for door in ["reply", "draft", "closure"] {
        assert_eq!(ana.get(&format!("{CONVERSATION}/{door}")).await.status, StatusCode::METHOD_NOT_ALLOWED);
    }
    assert_eq!(ana.get("/sign-out").await.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(ana.get("/").await.status, StatusCode::OK, "still signed in");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_lets_in_once_and_its_cookie_lives_as_long_as_the_session() {
    let world = World::new().await;
    let stranger = world.stranger();
    for _ in 0..2 {
        assert_eq!(stranger.get(&world.link).await.status, StatusCode::OK, "looking uses nothing up");
    }
    let short = stranger.post(&world.link, "password=short").await;
    assert_eq!(short.status, StatusCode::UNPROCESSABLE_ENTITY);
    let entered = stranger.post(&world.link, "password=a+walk+by+the+river").await;
    let cookie = entered.header("set-cookie");
    for part in ["kith=", "; HttpOnly", "; SameSite=Lax", "; Path=/", "; Max-Age=2592000"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    assert!(!cookie.contains("Secure"), "this Kith is at http: {cookie}");
    assert_eq!(stranger.get(&world.link).await.status, StatusCode::NOT_FOUND);
    assert_eq!(stranger.post(&world.link, "password=a+walk+by+the+river").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stranger_sees_nothing_and_comes_back_only_to_our_own_pages() {
    let world = World::new().await;
    let stranger = world.stranger();
    for path in ["/", "/plan", "/plan/x", "/inbox", "/inbox/x", "/settings"] {
        let page = stranger.get(path).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{path}");
        assert!(
            page.header("location").starts_with("/sign-in?next=%2F") || page.header("location").starts_with("/sign-in?next=/"),
            "{path}"
        );
    }
    let part = stranger.ask(Method::GET, "/inbox?fragment=live", &[("accept", "*/*")], "").await;
    assert_eq!((part.status, part.body.as_str()), (StatusCode::UNAUTHORIZED, ""));
    let events = stranger.ask(Method::GET, "/events", &[("accept", "text/event-stream")], "").await;
    assert_eq!(events.status, StatusCode::UNAUTHORIZED);
    let ana = world.ana().await;
    for (next, to) in
        [("%2Finbox", "/inbox"), ("%2F%2Fevil", "/"), ("%2F%5Cevil", "/"), ("https%3Aevil", "/"), ("%2F%0d%0aSet-Cookie", "/")]
    {
        assert_eq!(ana.get(&format!("/sign-in?next={next}")).await.header("location"), to, "{next}");
        let in_again =
            world.stranger().post("/sign-in", &format!("email=ana%40example.test&password=a+walk+by+the+river&next={next}")).await;
        assert_eq!((in_again.status, in_again.header("location")), (StatusCode::SEE_OTHER, to), "{next}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_that_was_ended_is_nobody() {
    let world = World::new().await;
    let ana = world.ana().await;
    assert_eq!(ana.get("/").await.status, StatusCode::OK);
    let out = ana.post("/sign-out", "").await;
    assert!(out.header("set-cookie").contains("Max-Age=0"), "{}", out.header("set-cookie"));
    assert_eq!(ana.get("/").await.status, StatusCode::SEE_OTHER, "the old cookie opens nothing");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_password_and_an_unknown_address_are_answered_alike() {
    let world = World::new().await;
    world.ana().await;
    let stranger = world.stranger();
    let known = stranger.post("/sign-in", "email=ana%40example.test&password=not+the+right+one").await;
    let unknown = stranger.post("/sign-in", "email=nobody%40example.test&password=not+the+right+one").await;
    assert_eq!((known.status, unknown.status), (StatusCode::UNAUTHORIZED, StatusCode::UNAUTHORIZED));
    assert_eq!(known.body.replace("ana@example.test", ""), unknown.body.replace("nobody@example.test", ""));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_some_wrong_tries_a_pause_is_asked_for() {
    let world = World::new().await;
    let stranger = world.stranger();
    let mut answers = Vec::new();
    for _ in 0..6 {
        answers.push(stranger.post("/sign-in", "email=nobody%40example.test&password=not+the+right+one").await);
    }
    let last = answers.pop().unwrap();
    assert!(answers.iter().all(|answer| answer.status == StatusCode::UNAUTHORIZED));
    assert_eq!(last.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(last.body.contains("too many wrong tries; try again in 2 seconds"), "{}", last.body);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_browser_is_refused_it_is_told_in_a_page() {
    let world = World::new().await;
    let ana = world.ana().await;
    let html = ("accept", "text/html");
    let own = ("sec-fetch-site", "same-origin");
    let reply = format!("{CONVERSATION}/reply");
    for (status, page) in [
        (StatusCode::FORBIDDEN, ana.ask(Method::POST, &reply, &[html, ("origin", "https://evil.example")], "").await),
        (StatusCode::PAYLOAD_TOO_LARGE, ana.ask(Method::POST, &reply, &[html, own], &"x".repeat(300 * 1024)).await),
        (StatusCode::UNPROCESSABLE_ENTITY, ana.ask(Method::POST, &reply, &[html, own], "nonsense").await),
        (StatusCode::BAD_REQUEST, ana.get("/inbox?show=a&show=b").await),
        (StatusCode::METHOD_NOT_ALLOWED, ana.ask(Method::PUT, "/", &[html, own], "").await),
        (StatusCode::NOT_FOUND, ana.get("/nowhere").await),
        (StatusCode::NOT_FOUND, ana.get("/inbox/none").await),
    ] {
        assert_eq!(page.status, status);
        assert!(page.body.contains("<h1") && page.header("content-type").starts_with("text/html"), "{status}: {}", page.body);
        assert!(!page.body.contains("deserialize"), "{status}: {}", page.body);
    }
}
