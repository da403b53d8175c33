//! Feeds by page and by API: the same use-cases, the same words.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::blog::{Blog, channel};
use crate::world::{Page, World};

const FORM: &str = "channels=lark&template=%7Btitle%7D%0D%0A%0D%0A%7Blink%7D";

fn read(page: &Page) -> Value {
    serde_json::from_str(&page.body).unwrap()
}

/// What stands between two marks.
fn between<'t>(text: &'t str, from: &str, to: &str) -> &'t str {
    text.split(from).nth(1).unwrap_or_default().split(to).next().unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_follows_a_feed_and_its_news_wait_for_a_yes() {
    let (world, blog) = (World::new().await, Blog::start().await);
    channel(&world).await;
    let ana = world.ana().await;
    assert!(ana.get("/plan/feeds").await.body.contains("No feed is followed."));

    let untold = ana.post("/plan/feeds", &format!("url={}", blog.url)).await;
    assert_eq!(untold.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(untold.body.contains("name the channels to announce on") && untold.body.contains(&blog.url), "what was typed stays");
    let followed = ana.post("/plan/feeds", &format!("url={}&{FORM}", blog.url)).await;
    assert_eq!((followed.status, followed.header("location")), (StatusCode::SEE_OTHER, "/plan/feeds"), "{}", followed.body);

    blog.says("Dear firstname");
    blog.says("Kiln day");
    let id = between(&ana.get("/plan/feeds").await.body, "action=\"/plan/feeds/", "\"").to_owned();
    assert_eq!(ana.post(&format!("/plan/feeds/{id}"), "do=check").await.status, StatusCode::SEE_OTHER);
    let page = ana.get("/plan/feeds").await.body;
    assert!(page.contains("News that waits") && page.contains("Kiln day") && page.contains("value=\"2026-11-22T1"), "{page}");
    let drafts = world.kith.feed_drafts(world.kith.operator(None).await.unwrap().workspace).await.unwrap();
    let of = |words: &str| drafts.iter().find(|draft| draft.text.starts_with(words)).unwrap().id.clone();

    let bad = ana.post(&format!("/plan/feeds/drafts/{}", of("Dear")), "do=plan&at=2026-11-23T09:30&text=Dear+firstname").await;
    assert_eq!(bad.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(bad.body.contains("placeholder") && bad.body.contains("value=\"2026-11-23T09:30\""), "{}", bad.body);
    let good = ana.post(&format!("/plan/feeds/drafts/{}", of("Kiln")), "do=plan&at=2026-11-23T09:30&text=Kiln+day+it+is").await;
    assert_eq!(good.status, StatusCode::SEE_OTHER, "{}", good.body);
    assert_eq!(ana.post(&format!("/plan/feeds/drafts/{}", of("Dear")), "do=let_go").await.status, StatusCode::SEE_OTHER);
    assert!(!ana.get("/plan/feeds").await.body.contains("News that waits"));
    assert!(ana.get("/plan?view=list").await.body.contains("Kiln day it is"));

    ana.post(&format!("/plan/feeds/{id}"), "do=pause").await;
    assert!(ana.get("/plan/feeds").await.body.contains("Rests"));
    ana.post(&format!("/plan/feeds/{id}"), "do=resume").await;
    ana.post(&format!("/plan/feeds/{id}"), "do=drop").await;
    assert!(ana.get("/plan/feeds?fragment=live").await.body.contains("No feed is followed."));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_follows_plans_and_lets_go() {
    let (world, blog) = (World::new().await, Blog::start().await);
    channel(&world).await;
    let operator = world.kith.operator(None).await.unwrap();
    let key = async |name: &str| format!("Bearer {}", world.kith.add_key(&operator, name, name, None).await.unwrap().key);
    let (plans, reads) = (key("plan").await, key("read").await);
    let ask = async |key: &str, method: Method, path: &str, body: &Value| {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        world
            .stranger()
            .ask(method, &format!("/api/v1{path}"), &[("authorization", key), ("content-type", "application/json")], &body)
            .await
    };
    let new = json!({ "url": blog.url, "channels": ["lark"] });
    assert_eq!(ask(&reads, Method::POST, "/feeds", &new).await.status, StatusCode::FORBIDDEN, "a reading key follows nothing");
    let wrong = ask(&plans, Method::POST, "/feeds", &json!({ "url": blog.url, "channels": ["lark"], "template": "{env}" })).await;
    assert_eq!((wrong.status, read(&wrong)["field"].as_str()), (StatusCode::UNPROCESSABLE_ENTITY, Some("template")));
    let feed = ask(&plans, Method::POST, "/feeds", &new).await;
    assert_eq!((feed.status, read(&feed)["mode"].as_str()), (StatusCode::CREATED, Some("draft")), "{}", feed.body);
    assert_eq!(ask(&plans, Method::POST, "/feeds", &new).await.status, StatusCode::CONFLICT, "followed twice");
    assert_eq!(read(&ask(&reads, Method::GET, "/feeds", &Value::Null).await)[0]["name"], "Lark's blog");

    blog.says("Kiln day");
    blog.says("Glaze day");
    world.kith.check_feed(&operator, "Lark's blog").await.unwrap();
    let drafts = read(&ask(&reads, Method::GET, "/feed-drafts", &Value::Null).await);
    let id = |words: &str| {
        let drafts = drafts.as_array().unwrap();
        drafts.iter().find(|draft| draft["text"].as_str().unwrap().starts_with(words)).unwrap()["id"].as_str().unwrap().to_owned()
    };
    let path = format!("/feed-drafts/{}/plan", id("Kiln"));
    let past = ask(&plans, Method::POST, &path, &json!({ "at": "2020-01-01 09:00" })).await;
    assert_eq!(past.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!read(&past)["problems"].as_array().unwrap().is_empty());
    let planned = ask(&plans, Method::POST, &path, &json!({ "at": "2026-11-23 09:30" })).await;
    assert_eq!((planned.status, read(&planned)["dispatches"].as_u64()), (StatusCode::CREATED, Some(1)), "{}", planned.body);
    assert_eq!(ask(&plans, Method::POST, &path, &json!({ "at": "2026-11-23 09:30" })).await.status, StatusCode::NOT_FOUND, "once");
    let go = format!("/feed-drafts/{}/let-go", id("Glaze"));
    assert_eq!(ask(&reads, Method::POST, &go, &Value::Null).await.status, StatusCode::FORBIDDEN);
    assert_eq!(ask(&plans, Method::POST, &go, &Value::Null).await.status, StatusCode::NO_CONTENT);
    assert_eq!(read(&ask(&reads, Method::GET, "/feed-drafts", &Value::Null).await), json!([]));
    assert_eq!(ask(&reads, Method::DELETE, "/feeds/Lark's%20blog", &Value::Null).await.status, StatusCode::FORBIDDEN);
    assert_eq!(ask(&plans, Method::DELETE, "/feeds/Lark's%20blog", &Value::Null).await.status, StatusCode::OK);
    assert_eq!(read(&ask(&reads, Method::GET, "/feeds", &Value::Null).await), json!([]));
}
