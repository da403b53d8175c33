//! Each answer a Mastodon server can give to a publish, and the decision it means (reliability.md I3).

use std::collections::BTreeMap;

use axum::Router;
use axum::body::Bytes as Body;
use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use axum::routing::{get, post};
use jiff::{SignedDuration, Timestamp};
use kith_domain::publish::{Class, Content, Looked, PublishError};
use kith_networks::http::{NetClient, Policy};
use kith_networks::{Call, Capabilities, Limits, MediaFile, ReadError, Search, Secret};
use serde_json::json;
use tokio::net::TcpListener;
use url::Url;

use crate::case::MemoryVault;
use crate::mastodon::network;

pub(crate) const TOKEN: &str = r#"{"token":"tok","domain":"clay.social"}"#;

pub(crate) async fn serve(app: Router) -> Url {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    url.parse().unwrap()
}

/// A channel on a stub.
pub(crate) struct Stub {
    http: NetClient,
    server: Url,
    vault: MemoryVault,
    pub(crate) capabilities: Capabilities,
}

impl Stub {
    pub(crate) async fn of(app: Router) -> Self {
        Self {
            http: NetClient::new(Policy { allow_private: true }).unwrap(),
            server: serve(app).await,
            vault: MemoryVault::new(Secret::new(TOKEN)),
            capabilities: Capabilities {
                class: Class::Keyed { ttl_s: 3_600 },
                limits: Limits {
                    text_max: 500,
                    text_bytes_max: None,
                    link_counts: Some(23),
                    media_max: 4,
                    image_bytes_max: 16_000_000,
                    alt_max: 1_500,
                    ..Limits::default()
                },
                software: "Mastodon 4.4.0".into(),
                streaming: None,
            },
        }
    }

    pub(crate) fn call(&self) -> Call<'_> {
        Call { http: &self.http, server: &self.server, remote_id: "7", capabilities: &self.capabilities, vault: &self.vault, now: now() }
    }
}

fn now() -> Timestamp {
    "2026-11-22T10:00:00Z".parse().unwrap()
}

const SENT: &str = r#"{"status":"Kiln tip","sensitive":false,"visibility":"public"}"#;

#[derive(Debug, PartialEq)]
enum Means {
    Receipt,
    Later(Option<i64>),
    Refused,
    SignInAgain,
    Unknown,
}

/// Status, content type, body, more headers, and what it means.
type AnswerCase = (u16, &'static str, String, &'static [(&'static str, &'static str)], Means);

#[tokio::test]
async fn every_answer_to_a_publish_is_one_decision() {
    let json = "application/json; charset=utf-8";
    let page = "text/html";
    let ok = r#"{"id":"11","url":"https://clay.social/@mara/11","created_at":"2026-11-22T10:00:01.000Z"}"#;
    let no = |text: &str| json!({ "error": text }).to_string();
    let table: [AnswerCase; 27] = [
        (200, json, ok.into(), &[], Means::Receipt),
        (201, json, ok.into(), &[], Means::Receipt),
        (200, json, "{\"id\":\"1".into(), &[], Means::Unknown),
        (200, json, "{}".into(), &[], Means::Unknown),
        (200, page, "<h1>Welcome</h1>".into(), &[], Means::Unknown),
        (302, page, String::new(), &[("location", "https://elsewhere.example/")], Means::Unknown),
        (401, json, no("The access token is invalid"), &[], Means::SignInAgain),
        (400, "text/plain", "Bad token".into(), &[], Means::SignInAgain),
        (403, json, no("This action is outside the authorized scopes"), &[], Means::SignInAgain),
        (403, json, no("Your login is currently disabled"), &[], Means::SignInAgain),
        (403, json, no("This action is not allowed"), &[], Means::Refused),
        (403, page, "<h1>Blocked by a firewall</h1>".into(), &[], Means::Unknown),
        (404, json, no("Record not found"), &[], Means::Refused),
        (404, page, "nginx".into(), &[], Means::Unknown),
        (400, json, no("status exceeds 5000 characters"), &[], Means::Refused),
        (422, json, no("Validation failed: Text character limit of 500 exceeded"), &[], Means::Refused),
        (422, json, no("Cannot attach files that have not finished processing. Try again in a moment!"), &[], Means::Later(Some(30))),
        (422, page, "<h1>Unprocessable</h1>".into(), &[], Means::Unknown),
        (429, json, no("Too many requests"), &[("retry-after", "120")], Means::Later(Some(120))),
        (
            429,
            json,
            no("Too many requests"),
            &[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "2026-11-22T10:05:00.000000Z")],
            Means::Later(Some(300)),
        ),
        (429, page, String::new(), &[], Means::Later(None)),
        (408, page, String::new(), &[], Means::Unknown),
        (500, json, no("Something went wrong"), &[], Means::Unknown),
        (502, page, "<h1>Bad gateway</h1>".into(), &[], Means::Unknown),
        (503, json, no("Remote data could not be fetched"), &[("retry-after", "60")], Means::Unknown),
        (504, page, String::new(), &[], Means::Unknown),
        (200, json, format!("{{\"id\":\"1\",\"content\":\"{}\"}}", "x".repeat(5_000_000)), &[], Means::Unknown),
    ];
    for (status, kind, body, headers, expected) in table {
        let shown: String = body.chars().take(60).collect();
        let mut head = HeaderMap::new();
        head.insert("content-type", kind.parse().unwrap());
        for (name, value) in headers {
            head.insert(*name, value.parse().unwrap());
        }
        let answer = move |sent_head: HeaderMap, sent: Body| async move {
            assert_eq!(sent_head.get("idempotency-key").unwrap(), "kith-1");
            assert_eq!(sent_head.get("authorization").unwrap(), "Bearer tok");
            assert_eq!(sent, SENT, "exactly the bytes that were prepared");
            (StatusCode::from_u16(status).unwrap(), head, body)
        };
        let stub = Stub::of(Router::new().route("/api/v1/statuses", post(answer))).await;
        let outcome = network().publish(&stub.call(), "kith-1", SENT).await;
        let means = match &outcome {
            Ok(receipt) => {
                assert_eq!((receipt.remote_id.as_str(), receipt.url.as_deref()), ("11", Some("https://clay.social/@mara/11")));
                Means::Receipt
            }
            Err(PublishError::Later { after, .. }) => Means::Later(after.map(|after| after.as_secs())),
            Err(PublishError::Refused { .. }) => Means::Refused,
            Err(PublishError::SignInAgain { .. }) => Means::SignInAgain,
            Err(PublishError::Unknown { .. }) => Means::Unknown,
        };
        assert_eq!(means, expected, "{status} {shown}: {outcome:?}");
        if let Err(error) = outcome {
            let why = error.to_string();
            assert!(!why.contains('<') && !why.contains("tok\"") && why.len() < 500, "{why}");
        }
    }
}

#[tokio::test]
async fn a_refusal_repeats_the_servers_words() {
    let app = Router::new().route(
        "/api/v1/statuses",
        post(|| async { (StatusCode::UNPROCESSABLE_ENTITY, json!({"error":"Text is\n too long"}).to_string()) }),
    );
    let stub = Stub::of(app).await;
    let error = network().publish(&stub.call(), "k", SENT).await.unwrap_err();
    assert_eq!(error, PublishError::Refused { why: "127.0.0.1 refuses this: Text is too long".into() });
}

#[tokio::test]
async fn a_picture_that_takes_time_is_waited_for() {
    let looks = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let count = std::sync::Arc::clone(&looks);
    let app =
        Router::new().route("/api/v2/media", post(|| async { (StatusCode::ACCEPTED, json!({"id":"5","url":null}).to_string()) })).route(
            "/api/v1/media/{id}",
            get(move |Path(id): Path<String>| async move {
                assert_eq!(id, "5");
                let done = count.fetch_add(1, std::sync::atomic::Ordering::SeqCst) == 1;
                let status = if done { StatusCode::OK } else { StatusCode::PARTIAL_CONTENT };
                (status, json!({"id":"5"}).to_string())
            }),
        );
    let stub = Stub::of(app).await;
    let content = Content { text: "Bowl".into(), warning: Some("fire".into()), language: Some("en".into()), ..Content::default() };
    let prepared = network().prepare(&stub.call(), &content, &[picture()], "k").await.unwrap();
    let expected = r#"{"status":"Bowl","media_ids":["5"],"spoiler_text":"fire","language":"en","sensitive":true,"visibility":"public"}"#;
    assert_eq!(prepared, expected);
    assert_eq!(looks.load(std::sync::atomic::Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_broken_picture_is_refused_and_a_broken_upload_is_later() {
    for (status, body, is_later) in [
        (422, json!({"error":"Validation failed: File content type is invalid"}).to_string(), false),
        (500, String::new(), true), // nothing was published, so this may be repeated
    ] {
        let app = Router::new().route("/api/v2/media", post(move || async move { (StatusCode::from_u16(status).unwrap(), body) }));
        let stub = Stub::of(app).await;
        let error = network().prepare(&stub.call(), &Content::default(), &[picture()], "k").await.unwrap_err();
        assert_eq!(matches!(error, PublishError::Later { .. }), is_later, "{error:?}");
        assert_eq!(matches!(error, PublishError::Refused { .. }), !is_later, "{error:?}");
    }
}

#[tokio::test]
async fn an_old_server_takes_pictures_at_the_old_address() {
    let app = Router::new()
        .route("/api/v2/media", post(|| async { (StatusCode::NOT_FOUND, json!({"error":"Record not found"}).to_string()) }))
        .route("/api/v1/media", post(|| async { json!({"id":5}).to_string() }));
    let stub = Stub::of(app).await;
    let prepared = network().prepare(&stub.call(), &Content::default(), &[picture()], "k").await.unwrap();
    assert!(prepared.contains(r#""media_ids":["5"]"#), "{prepared}");
}

#[tokio::test]
async fn looking_pages_back_and_never_calls_absent_what_it_did_not_see() {
    let status = |id: u32, at: &str| json!({"id": id.to_string(), "created_at": at, "content": "<p>other</p>", "account": {"id":"7"}});
    // A profile that posts on and on: the bound is reached before the time is.
    let endless = Router::new().route(
        "/api/v1/accounts/7/statuses",
        get(move |axum::extract::RawQuery(query): axum::extract::RawQuery| async move {
            let query = query.unwrap_or_default();
            assert!(query.contains("exclude_reblogs=true"), "{query}");
            let before: u32 = query.split("max_id=").nth(1).and_then(|id| id.parse().ok()).unwrap_or(10_000);
            let page: Vec<_> = (1..=40).map(|n| status(before - n, "2026-11-22T10:00:30Z")).collect();
            axum::Json(page)
        }),
    );
    let stub = Stub::of(endless).await;
    let search = Search { key: "k", prepared: SENT, first_send: now(), taken: &[] };
    let looked = network().find(&stub.call(), &search).await;
    assert!(matches!(looked, Looked::Failed { .. }), "{looked:?}");

    for (code, body) in [(500, "{}"), (200, "<html>")] {
        let app =
            Router::new().route("/api/v1/accounts/7/statuses", get(move || async move { (StatusCode::from_u16(code).unwrap(), body) }));
        let stub = Stub::of(app).await;
        let looked = network().find(&stub.call(), &search).await;
        assert!(matches!(looked, Looked::Failed { .. }), "{code} {body}: {looked:?}");
    }
}

#[tokio::test]
async fn one_broken_notification_does_not_stop_the_inbox() {
    let page = json!([
        {"id":"103","type":"mention","created_at":"2026-11-22T09:59:00Z","account":{"id":"9","acct":"jo"},
         "status":{"id":"55","content":"<p>Hello <script>alert(1)</script></p>","visibility":"strange","account":{"id":"9","acct":"jo@x.example"}}},
        {"id":"102","type":"mention","account":null,"status":{"id":"54"}},
        {"id":"101","type":"moderation_warning","account":{"id":"1"}},
        {"id":"99","type":"follow","created_at":null,"account":{"id":"9","acct":"jo","display_name":"Jo"}},
    ]);
    let stub = Stub::of(Router::new().route("/api/v1/notifications", get(move || async move { axum::Json(page) }))).await;
    let network = network();
    let read = network.reader().unwrap().page(&stub.call(), Some("98")).await.unwrap();
    assert_eq!((read.cursor.as_deref(), read.more), (Some("103"), false));
    assert_eq!(read.items.iter().map(|item| item.remote_id.as_str()).collect::<Vec<_>>(), ["99", "103"]);
    assert_eq!(read.items[0].by.address, "jo@clay.social");
    assert_eq!(read.items[1].by.address, "jo@clay.social");
    let post = read.items[1].post.as_ref().unwrap();
    assert_eq!((post.html.as_str(), post.author.address.as_str()), ("<p>Hello </p>", "jo@x.example"));
    assert_eq!(post.audience, kith_domain::listen::Audience::Direct, "what is not known is not told further");
}

#[tokio::test]
async fn reading_tells_gone_from_busy() {
    for (status, headers, expected) in [
        (404, vec![], ReadError::NotThere),
        (410, vec![], ReadError::NotThere),
        (429, vec![("retry-after", "9")], ReadError::Later { after: Some(SignedDuration::from_secs(9)), why: String::new() }),
        (503, vec![], ReadError::Later { after: None, why: String::new() }),
        (401, vec![], ReadError::SignInAgain { why: String::new() }),
    ] {
        let answer = move || async move {
            let mut head = HeaderMap::new();
            for (name, value) in headers {
                head.insert(name, value.parse().unwrap());
            }
            (StatusCode::from_u16(status).unwrap(), head, r#"{"error":"no"}"#).into_response()
        };
        let stub = Stub::of(Router::new().route("/api/v1/statuses/1", get(answer))).await;
        let network = network();
        let error = network.reader().unwrap().thread(&stub.call(), "1").await.unwrap_err();
        let bare = match error {
            ReadError::Later { after, .. } => ReadError::Later { after, why: String::new() },
            ReadError::SignInAgain { .. } => ReadError::SignInAgain { why: String::new() },
            other => other,
        };
        assert_eq!(bare, expected, "{status}");
    }
}

#[tokio::test]
async fn sign_in_names_the_field_and_the_way_out() {
    let http = NetClient::new(Policy { allow_private: true }).unwrap();
    let ask = async |server: &str, token: &str| {
        let fields = BTreeMap::from([("server".to_owned(), Secret::new(server)), ("token".to_owned(), Secret::new(token))]);
        network().sign_in(&http, &fields, now()).await
    };
    let page = serve(Router::new().fallback(|| async { "<h1>A web shop</h1>" })).await;
    let error = ask(page.as_str(), "tok").await.unwrap_err();
    assert_eq!(error.field, "server");
    assert!(error.why.contains("not as a Mastodon server"), "{error}");
    let there = page.to_string();
    let moved = serve(Router::new().fallback(|| async move { axum::response::Redirect::permanent(&there) })).await;
    let error = ask(moved.as_str(), "tok").await.unwrap_err();
    assert!(error.field == "server" && error.why.contains("sends us on to"), "{error}");
    let missing = serve(Router::new()).await;
    assert_eq!(ask(missing.as_str(), "tok").await.unwrap_err().field, "server");
    assert_eq!(ask("http://127.0.0.1:9/", "tok").await.unwrap_err().field, "server");
    assert_eq!(ask("clay", "tok").await.unwrap_err().field, "server");
    assert_eq!(ask("clay.social", "").await.unwrap_err().field, "token");

    // Version 2 of the description fails, as on Takahē; version 1 is enough.
    let takahe = Router::new()
        .route("/api/v1/accounts/verify_credentials", get(|| async { json!({"id":"7","acct":"mara","display_name":"Mara"}).to_string() }))
        .route("/api/v2/instance", get(|| async { StatusCode::INTERNAL_SERVER_ERROR }))
        .route("/api/v1/instance", get(|| async { json!({"uri":"kiln.example","version":"takahe/0.11.0"}).to_string() }));
    let connected = ask(serve(takahe).await.as_str(), "tok").await.unwrap();
    assert_eq!((connected.profile.address.as_str(), connected.capabilities.class), ("mara@kiln.example", Class::ReadBack));
    assert!(!format!("{connected:?}").contains("tok\""), "the token shows");

    let for_the_world = NetClient::new(Policy::default()).unwrap();
    let fields = BTreeMap::from([("server".to_owned(), Secret::new("http://127.0.0.1:80/")), ("token".to_owned(), Secret::new("tok"))]);
    let error = network().sign_in(&for_the_world, &fields, now()).await.unwrap_err();
    assert!(error.field == "server" && error.why.contains("private network"), "{error}");
}

fn picture() -> MediaFile {
    MediaFile { source: b"png".as_slice().into(), mime: "image/png".into(), width: 1, height: 1, alt: "A bowl".into() }
}
