//! Limits of a channel by page and by key: one function, one set of bounds, and the owner's alone on the page (B11).

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::settings::member;
use crate::world::{Page, World};

const AT: &str = "/settings/limits";

async fn call(world: &World, key: &str, method: Method, path: &str, body: &str) -> (StatusCode, Value) {
    let bearer = format!("Bearer {key}");
    let page: Page = world.stranger().ask(method, path, &[("authorization", &bearer), ("content-type", "application/json")], body).await;
    (page.status, serde_json::from_str(&page.body).unwrap())
}

async fn key(world: &World, scope: &str) -> String {
    let operator = world.kith.operator(None).await.unwrap();
    world.kith.add_key(&operator, scope, scope, None).await.unwrap().key
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn limits_are_kept_shown_and_taken_away_and_what_is_wrong_stays_typed() {
    let world = World::new().await;
    crate::blog::channel(&world).await;
    let ana = world.ana().await;
    let page = ana.get(AT).await;
    assert!(page.body.contains("In force: the usual 5, which is only said. Today: 0, out and planned."), "{}", page.body);
    let wrong = ana.post(AT, "channel=lark&per_day=3&gap=often&promotion=&broadcasts_per_answer=").await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.body.contains("value=\"often\" aria-invalid=\"true\"") && wrong.body.contains("value=\"3\""), "{}", wrong.body);
    let over = ana.post(AT, "channel=lark&per_day=&gap=&promotion=101&broadcasts_per_answer=").await;
    assert!(over.body.contains("101 percent is more than the 100 that can be set"), "{}", over.body);
    let stored = ana.post(AT, "channel=lark&per_day=3&gap=60&promotion=&broadcasts_per_answer=4").await;
    assert_eq!(stored.header("location"), "/settings/limits?done=stored", "{}", stored.body);
    let page = ana.get(AT).await.body;
    assert!(page.contains("In force: 3, yours; usual is 5.") && page.contains("In force: the usual 33"), "{page}");
    let rules = world.kith.plan_rules(world.kith.operator(None).await.unwrap().workspace).await.unwrap();
    assert_eq!((rules.caps["lark"].gap_minutes_min, rules.caps["lark"].promotion_percent_max), (Some(60), None));
    assert_eq!(ana.post(AT, "channel=lark&do=usual&per_day=3").await.status, StatusCode::SEE_OTHER);
    let rules = world.kith.plan_rules(world.kith.operator(None).await.unwrap().workspace).await.unwrap();
    assert!(rules.caps.is_empty());
    assert_eq!(ana.post(AT, "channel=wren&per_day=3").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_the_owner_sets_limits_and_everybody_reads_them() {
    let world = World::new().await;
    crate::blog::channel(&world).await;
    let ana = world.ana().await;
    for role in ["delegate", "approver", "analyst"] {
        let helps = member(&world, &ana, role).await;
        let page = helps.get(AT).await;
        assert!(page.status == StatusCode::OK && !page.body.contains(&format!("action=\"{AT}")), "{role}: {}", page.body);
        for form in ["channel=lark&per_day=9", "channel=lark&per_day=often"] {
            assert_eq!(helps.post(AT, form).await.status, StatusCode::FORBIDDEN, "{role} {form}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_reads_limits_and_only_a_planning_key_sets_them() {
    let world = World::new().await;
    crate::blog::channel(&world).await;
    let (reads, plans) = (key(&world, "read").await, key(&world, "plan").await);
    let (status, all) = call(&world, &reads, Method::GET, "/api/v1/caps", "").await;
    assert_eq!(
        (status, &all[0]["channel"], &all[0]["own"]["per_day"], &all[0]["usual"]["per_day"]),
        (StatusCode::OK, &json!("lark"), &json!(null), &json!(5))
    );
    let limits = r#"{"per_day": 3, "promotion": 20}"#;
    assert_eq!(call(&world, &reads, Method::PUT, "/api/v1/caps/lark", limits).await.0, StatusCode::FORBIDDEN);
    let (status, set) = call(&world, &plans, Method::PUT, "/api/v1/caps/lark", limits).await;
    assert_eq!(
        (status, &set["own"]),
        (StatusCode::OK, &json!({ "per_day": 3, "gap": null, "promotion": 20, "broadcasts_per_answer": null })),
        "{set}"
    );
    let (_, one) = call(&world, &reads, Method::GET, "/api/v1/caps/lark", "").await;
    assert_eq!((&one["own"]["promotion"], &one["today"]), (&json!(20), &json!(0)));
    for (body, field) in [(r#"{"promotion": 101}"#, "promotion"), (r#"{"per_day": -1}"#, "body"), (r#"{"perday": 1}"#, "body")] {
        let (status, wrong) = call(&world, &plans, Method::PUT, "/api/v1/caps/lark", body).await;
        assert_eq!((status, &wrong["field"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!(field)), "{body}");
    }
    for (method, body) in [(Method::GET, ""), (Method::PUT, "{}")] {
        assert_eq!(call(&world, &plans, method, "/api/v1/caps/wren", body).await.0, StatusCode::NOT_FOUND);
    }
    let (_, cleared) = call(&world, &plans, Method::PUT, "/api/v1/caps/lark", "{}").await;
    assert_eq!(cleared["own"]["per_day"], json!(null));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_names_no_picture_of_this_machine() {
    let world = World::new().await;
    crate::blog::channel(&world).await;
    let key = key(&world, "plan").await;
    let there = world.folder().join("there.png");
    std::fs::write(&there, b"a file").unwrap();
    let told = async |path: String| {
        let csv = format!("text,at,media,alt\nHello,2026-12-06 09:00,{path},A bowl\n");
        let headers = [("authorization", format!("Bearer {key}")), ("content-type", "text/csv".to_owned())];
        let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let page = world.stranger().ask(Method::POST, "/api/v1/plans?channels=lark", &headers, &csv).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", page.body);
        page.body.replace(&path, "")
    };
    let (is_there, is_not) = (told(there.display().to_string()).await, told(world.folder().join("gone.png").display().to_string()).await);
    assert_eq!(is_there, is_not, "whether a file is there is not told");
    assert!(is_there.contains("missing_picture"), "{is_there}");
}
