//! The API as programs use it: by key, the broadcast side only.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::world::{Page, World};

/// A world with a key of this scope.
async fn keyed(scope: &str) -> (World, String) {
    let world = World::new().await;
    let operator = world.kith.operator(None).await.unwrap();
    let key = world.kith.add_key(&operator, "calendar script", scope, None).await.unwrap().key;
    (world, key)
}

async fn call(world: &World, key: &str, method: Method, path: &str, body: &str) -> Page {
    let bearer = format!("Bearer {key}");
    let kind = if path.starts_with("/api/v1/plans") { "text/csv" } else { "application/json" };
    world.stranger().ask(method, path, &[("authorization", &bearer), ("content-type", kind)], body).await
}

fn read(page: &Page) -> Value {
    serde_json::from_str(&page.body).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_opens_the_api_and_nothing_else() {
    let (world, key) = keyed("read").await;
    let channels = call(&world, &key, Method::GET, "/api/v1/channels", "").await;
    assert_eq!((channels.status, read(&channels)), (StatusCode::OK, json!([])));
    assert_eq!(read(&call(&world, &key, Method::GET, "/api/v1/dispatches?limit=5", "").await), json!([]));
    // The pages ask for a person; the key is no cookie.
    let page = call(&world, &key, Method::GET, "/inbox", "").await;
    assert_eq!(page.status, StatusCode::SEE_OTHER);
    let forged = world.stranger().ask(Method::GET, "/", &[("cookie", &format!("kith={}", &key[5..]))], "").await;
    assert_ne!(forged.status, StatusCode::OK, "its digits are no session");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_key_a_wrong_key_and_a_browser_are_told_the_same() {
    let (world, key) = keyed("plan").await;
    let ana = world.ana().await;
    let wrong = format!("{}0", &key[..key.len() - 1]);
    let cases = [
        ana.get("/api/v1/channels").await,
        call(&world, "", Method::GET, "/api/v1/channels", "").await,
        call(&world, &wrong, Method::GET, "/api/v1/channels", "").await,
        call(&world, "kith_zz", Method::POST, "/api/v1/posts", "{}").await,
    ];
    for page in cases {
        assert_eq!((page.status, page.header("www-authenticate")), (StatusCode::UNAUTHORIZED, "Bearer"));
        assert_eq!(page.header("content-type"), "application/problem+json");
        assert!(read(&page)["detail"].as_str().unwrap().contains("kith key add"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_ended_key_opens_nothing_at_once() {
    let (world, key) = keyed("read").await;
    let operator = world.kith.operator(None).await.unwrap();
    assert_eq!(call(&world, &key, Method::GET, "/api/v1/channels", "").await.status, StatusCode::OK);
    world.kith.end_key(&operator, "calendar script").await.unwrap();
    assert_eq!(call(&world, &key, Method::GET, "/api/v1/channels", "").await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reading_key_plans_nothing() {
    let (world, key) = keyed("read").await;
    for (path, body) in [("/api/v1/posts", r#"{"channel":"a","at":"2026-12-01 09:30","text":"t"}"#), ("/api/v1/plans", "text\nhello")] {
        let page = call(&world, &key, Method::POST, path, body).await;
        assert_eq!(page.status, StatusCode::FORBIDDEN, "{path}");
        assert!(read(&page)["detail"].as_str().unwrap().contains("--scope plan"), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reading_key_holds_and_changes_nothing_and_a_planning_key_names_what_is_there() {
    const PATH: &str = "/api/v1/dispatches/01a1f545ae467d4fbfafea136819e36d";
    for (scope, status) in [("read", StatusCode::FORBIDDEN), ("plan", StatusCode::NOT_FOUND)] {
        let (world, key) = keyed(scope).await;
        assert_eq!(call(&world, &key, Method::POST, &format!("{PATH}/hold"), "").await.status, status);
        assert_eq!(call(&world, &key, Method::PUT, &format!("{PATH}/words"), r#"{"text":"New"}"#).await.status, status);
        let unknown = call(&world, &key, Method::POST, &format!("{PATH}/release"), "").await;
        assert_eq!(unknown.status, StatusCode::NOT_FOUND, "to let go is a person's");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_input_is_named_with_its_line_and_the_way_out() {
    let (world, key) = keyed("plan").await;
    let wrong = call(&world, &key, Method::POST, "/api/v1/posts", r#"{"channel":"a","at":"tomorrowish","text":"@jo hi","txet":1}"#).await;
    assert_eq!((wrong.status, read(&wrong)["field"].as_str()), (StatusCode::UNPROCESSABLE_ENTITY, Some("body")));
    let plan =
        call(&world, &key, Method::POST, "/api/v1/plans?channels=nowhere&zone=Europe/Lisbon", "text,at\n@jo hi there,2026-12-01 09:30\n")
            .await;
    assert_eq!(plan.status, StatusCode::UNPROCESSABLE_ENTITY);
    let details = read(&plan);
    let codes: Vec<&str> = details["problems"].as_array().unwrap().iter().map(|problem| problem["code"].as_str().unwrap()).collect();
    assert!(codes.len() >= 2, "{details}");
    assert!(details["problems"].as_array().unwrap().iter().all(|problem| !problem["message"].as_str().unwrap().is_empty()));
    for (path, body) in [("/api/v1/dispatches?limit=many", ""), ("/api/v1/dispatches?state=asleep", "")] {
        assert_eq!(call(&world, &key, Method::GET, path, body).await.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}");
    }
    assert_eq!(call(&world, &key, Method::GET, "/api/v1/replies", "").await.status, StatusCode::NOT_FOUND);
    assert_eq!(
        call(&world, &key, Method::GET, "/api/v1/dispatches/01a1f545ae467d4fbfafea136819e36d", "").await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_description_needs_no_key_and_names_every_path() {
    let world = World::new().await;
    let page = world.stranger().get("/api/v1/openapi.json").await;
    assert_eq!(page.status, StatusCode::OK);
    let paths = read(&page)["paths"].as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert!(paths.contains(&"/api/v1/posts".to_owned()), "{paths:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_program_is_previewed_and_changed_by_key() {
    let (world, key) = keyed("plan").await;
    let market = r#"{"text":"New York: America/New_York 6-7"}"#;
    let shown = call(&world, &key, Method::POST, "/api/v1/markets?preview=true", market).await;
    assert_eq!(shown.status, StatusCode::OK, "{}", shown.body);
    assert_eq!(read(&call(&world, &key, Method::GET, "/api/v1/markets", "").await), json!([]), "a preview stores nothing");
    assert_eq!(call(&world, &key, Method::POST, "/api/v1/markets", market).await.status, StatusCode::OK);
    assert_eq!(read(&call(&world, &key, Method::GET, "/api/v1/markets", "").await)[0]["name"], "New York");
    let away = r#"{"name":"Trip","from":"2028-01-10","to":"2028-01-20"}"#;
    assert_eq!(call(&world, &key, Method::POST, "/api/v1/absences", away).await.status, StatusCode::OK);
    assert_eq!(call(&world, &key, Method::DELETE, "/api/v1/absences/Trip", "").await.status, StatusCode::OK);
    let wrong = call(&world, &key, Method::PUT, "/api/v1/presence", r#"{"text":"whenever"}"#).await;
    assert_eq!((wrong.status, read(&wrong)["field"].clone()), (StatusCode::UNPROCESSABLE_ENTITY, json!("hours")));
    let nobody = call(&world, &key, Method::POST, "/api/v1/queue", r#"{"texts":["One"],"category":"tips"}"#).await;
    assert_eq!(read(&nobody)["field"], "channels");
    for path in ["program", "queue", "windows", "series", "events", "repeats", "presence", "absences", "pauses"] {
        assert_eq!(call(&world, &key, Method::GET, &format!("/api/v1/{path}"), "").await.status, StatusCode::OK, "{path}");
    }
    let (world, key) = keyed("read").await;
    assert_eq!(call(&world, &key, Method::POST, "/api/v1/pauses", "{}").await.status, StatusCode::FORBIDDEN);
    assert_eq!(call(&world, &key, Method::POST, "/api/v1/pauses?preview=true", "{}").await.status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_queue_is_ordered_and_a_series_kept_by_key() {
    let (world, key) = keyed("plan").await;
    crate::blog::channel(&world).await;
    let ask = async |method, path: &str, body: &str| {
        let page = call(&world, &key, method, &format!("/api/v1/{path}"), body).await;
        (page.status, read(&page))
    };
    let ok = async |method, path: &str, body: &str| {
        let (status, answer) = ask(method, path, body).await;
        assert_eq!(status, StatusCode::OK, "{path}: {answer}");
        answer
    };
    ok(Method::PUT, "windows/lark", r#"{"text":"tips: daily 8-18"}"#).await;
    let added = ok(Method::POST, "queue", r#"{"texts":["One","Two","Three"],"category":"tips","channels":["lark"]}"#).await;
    assert_eq!((&added["added"], &added["lines"][0]["goes_out"]), (&json!(3), &json!(true)), "{added}");
    let listed = ok(Method::GET, "queue", "").await;
    let third = listed[2]["key"].as_str().unwrap().to_owned();
    ok(Method::POST, &format!("queue/{third}/move"), r#"{"to":"first"}"#).await;
    assert_eq!(ok(Method::GET, "queue", "").await[0]["text"], "Three");
    let (status, wrong) = ask(Method::POST, &format!("queue/{third}/move"), r#"{"to":"up"}"#).await;
    assert_eq!((status, &wrong["field"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("to")));
    let (_, wrong) = ask(Method::POST, &format!("queue/{third}/move"), r#"{"to":"after"}"#).await;
    assert_eq!(wrong["field"], "post");
    ok(Method::POST, "queue/pause", "").await;
    ok(Method::POST, "queue/resume", "").await;
    ok(Method::PUT, "categories/offers", r#"{"kind":"promotion"}"#).await;
    assert_eq!(ok(Method::GET, "categories", "").await["offers"], "promotion");
    assert_eq!(ask(Method::PUT, "categories/offers", r#"{"kind":"loud"}"#).await.1["field"], "kind");

    let series = r#"{"name":"Kiln","heading":"Kiln {n} of {total}","channels":["lark"],"texts":["Warm the shelf","Wax the foot"]}"#;
    ok(Method::POST, "series", series).await;
    let inserted = ok(Method::POST, "series/Kiln/entries", r#"{"texts":["Sieve it twice"],"at":1}"#).await;
    let words = inserted["lines"].to_string();
    assert!(words.contains("Kiln 1 of 3") && words.contains("Kiln 3 of 3"), "{words}");
    ok(Method::POST, "series/Kiln/pause", r#"{"place":1}"#).await;
    ok(Method::POST, "series/Kiln/resume", r#"{"place":1}"#).await;
    ok(Method::POST, "series/Kiln/pause", "{}").await;
    assert!(ok(Method::GET, "series", "").await[0]["paused_at"].is_string());
    ok(Method::POST, "series/Kiln/resume", "{}").await;
    let removed = ok(Method::POST, "series/Kiln/remove", r#"{"place":1}"#).await;
    assert!(removed["lines"].to_string().contains("Kiln 2 of 2"), "{removed}");
    assert_eq!(ask(Method::POST, "series/Kiln/remove", r#"{"place":9}"#).await.0, StatusCode::NOT_FOUND);
    assert_eq!(ask(Method::POST, "series/Kiln/remove", "{}").await.1["field"], "place");
    assert_eq!(ask(Method::POST, "series/Kiln/entries", r#"{"texts":[]}"#).await.1["field"], "texts");

    ok(Method::POST, "absences", r#"{"name":"Trip","from":"2028-01-10","to":"2028-01-20"}"#).await;
    let waits = ok(Method::GET, "absences/waits?name=Trip", "").await;
    assert_eq!((&waits["absence"], &waits["people"], &waits["posts"]), (&json!("Trip"), &json!(0), &json!([])));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_workspace_has_nothing_of_it() {
    let (world, key) = keyed("plan").await;
    crate::blog::channel(&world).await;
    let mine = r#"{"texts":["One"],"category":"tips","channels":["lark"]}"#;
    assert_eq!(call(&world, &key, Method::POST, "/api/v1/queue", mine).await.status, StatusCode::OK);
    let series = r#"{"name":"Kiln","channels":["lark"],"texts":["One more","Two more"]}"#;
    assert_eq!(call(&world, &key, Method::POST, "/api/v1/series", series).await.status, StatusCode::OK);
    let post = read(&call(&world, &key, Method::GET, "/api/v1/queue", "").await)[0]["key"].as_str().unwrap().to_owned();
    world.kith.add_owner("Noor", "noor@example.test", Some("Harbour"), "Europe/Lisbon").await.unwrap();
    let other = world.kith.operator(Some("Harbour")).await.unwrap();
    let other = world.kith.add_key(&other, "script", "plan", None).await.unwrap().key;
    for (method, path, body) in [
        (Method::POST, format!("queue/{post}/move"), r#"{"to":"first"}"#),
        (Method::DELETE, format!("queue/{post}"), ""),
        (Method::POST, "series/Kiln/entries".into(), r#"{"texts":["x"]}"#),
        (Method::POST, "series/Kiln/remove".into(), r#"{"place":1}"#),
        (Method::POST, "series/Kiln/pause".into(), "{}"),
        (Method::POST, "series/Kiln/pause".into(), r#"{"place":1}"#),
        (Method::DELETE, "series/Kiln".into(), ""),
        (Method::PUT, "windows/lark".into(), r#"{"text":"tips: daily 8-18"}"#),
        (Method::POST, "pauses".into(), r#"{"channel":"lark"}"#),
        (Method::POST, "queue".into(), mine),
        (Method::GET, "absences/waits?name=Trip".into(), ""),
    ] {
        let page = call(&world, &other, method.clone(), &format!("/api/v1/{path}"), body).await;
        assert!(
            [StatusCode::NOT_FOUND, StatusCode::UNPROCESSABLE_ENTITY].contains(&page.status),
            "{method} {path}: {} {}",
            page.status,
            page.body
        );
        assert!(page.header("content-type").starts_with("application/problem+json"), "{path}");
    }
    assert_eq!(read(&call(&world, &other, Method::GET, "/api/v1/queue", "").await), json!([]));
    assert_eq!(read(&call(&world, &other, Method::GET, "/api/v1/series", "").await), json!([]));
}
