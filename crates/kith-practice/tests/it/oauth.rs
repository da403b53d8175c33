//! Signing in as a client does it: register, ask, approve, exchange.

use serde_json::{Value, json};

use crate::client::{Net, Reply};

const REDIRECT: &str = "http://127.0.0.1:9/done";
/// A verifier and its S256 challenge (RFC 7636, appendix B).
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

async fn register(net: &Net) -> Value {
    let app = json!({ "client_name": "Tester", "redirect_uris": REDIRECT, "scopes": "read write follow" });
    net.post("/api/v1/apps", &app).await.good()
}

/// Approves as the owner and gives the code.
async fn approve(net: &Net, app: &Value, extra: &str) -> String {
    let client_id = app["client_id"].as_str().expect("an id");
    let query = format!("response_type=code&client_id={client_id}&redirect_uri={REDIRECT}&scope=read+write&state=xyz{extra}");
    let page = net.send("GET", &format!("/oauth/authorize?{query}"), &[], b"").await.expect("an answer");
    assert!(page.status == 200 && page.text().contains("Tester would like"), "{}", page.text());
    let form = [("Content-Type", "application/x-www-form-urlencoded")];
    let reply = net.send("POST", "/oauth/authorize", &form, query.as_bytes()).await.expect("an answer");
    let target = reply.header("location").expect("a way back").to_owned();
    assert!(reply.status == 303 && target.starts_with(REDIRECT) && target.ends_with("&state=xyz"), "{target}");
    target.split("code=").nth(1).and_then(|rest| rest.split('&').next()).expect("a code").to_owned()
}

async fn exchange(net: &Net, app: &Value, code: &str, verifier: Option<&str>) -> Reply {
    let body = json!({
        "grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT, "code_verifier": verifier,
        "client_id": app["client_id"], "client_secret": app["client_secret"],
    });
    net.post("/oauth/token", &body).await
}

#[tokio::test]
async fn a_code_with_a_challenge_gives_a_token_that_posts_and_can_be_revoked() {
    let mut net = Net::empty().await;
    let app = register(&net).await;
    let challenge = format!("&code_challenge={CHALLENGE}&code_challenge_method=S256");
    let code = approve(&net, &app, &challenge).await;
    let token = exchange(&net, &app, &code, Some(VERIFIER)).await.good();
    assert_eq!((&token["token_type"], &token["scope"]), (&json!("Bearer"), &json!("read write")));
    net.token = token["access_token"].as_str().expect("a token").to_owned();
    let me = net.get("/api/v1/accounts/verify_credentials").await.good();
    assert_eq!(me["username"], "mara");
    let status = net.post("/api/v1/statuses", &json!({ "status": "signed in" })).await.good();
    assert_eq!(status["application"]["name"], "Tester");
    let body = json!({ "token": net.token, "client_id": app["client_id"], "client_secret": app["client_secret"] });
    net.post("/oauth/revoke", &body).await.good();
    assert_eq!(net.get("/api/v1/accounts/verify_credentials").await.status, 401);
}

#[tokio::test]
async fn a_code_is_good_once_and_only_with_its_verifier() {
    let net = Net::empty().await;
    let app = register(&net).await;
    let challenge = format!("&code_challenge={CHALLENGE}&code_challenge_method=S256");
    let code = approve(&net, &app, &challenge).await;
    let wrong = exchange(&net, &app, &code, Some("wrong")).await;
    assert_eq!((wrong.status, &wrong.json()["error"]), (400, &json!("invalid_grant")));
    let code = approve(&net, &app, "").await;
    exchange(&net, &app, &code, None).await.good();
    assert_eq!(exchange(&net, &app, &code, None).await.status, 400);
}

#[tokio::test]
async fn a_code_grows_old_after_ten_minutes() {
    let net = Net::empty().await;
    let app = register(&net).await;
    let code = approve(&net, &app, "").await;
    net.pass(jiff::SignedDuration::from_secs(601));
    assert_eq!(exchange(&net, &app, &code, None).await.status, 400);
}

#[tokio::test]
async fn an_application_alone_may_not_post() {
    let mut net = Net::empty().await;
    let app = register(&net).await;
    let body = json!({
        "grant_type": "client_credentials", "client_id": app["client_id"], "client_secret": app["client_secret"],
    });
    let token = net.post("/oauth/token", &body).await.good();
    net.token = token["access_token"].as_str().expect("a token").to_owned();
    assert_eq!(net.get("/api/v1/apps/verify_credentials").await.good()["name"], "Tester");
    assert_eq!(net.post("/api/v1/statuses", &json!({ "status": "x" })).await.status, 422);
}

#[tokio::test]
async fn a_foreign_way_back_and_a_wrong_secret_are_refused() {
    let net = Net::empty().await;
    let app = register(&net).await;
    let client_id = app["client_id"].as_str().expect("an id");
    let query = format!("/oauth/authorize?response_type=code&client_id={client_id}&redirect_uri=http://evil.example/");
    assert_eq!(net.send("GET", &query, &[], b"").await.expect("an answer").status, 400);
    let code = approve(&net, &app, "").await;
    let mut wrong = app.clone();
    wrong["client_secret"] = json!("guess");
    let reply = exchange(&net, &wrong, &code, None).await;
    assert_eq!((reply.status, &reply.json()["error"]), (401, &json!("invalid_client")));
}
