//! The shapes of the answers against the published schema of the Mastodon API.
//!
//! `tests/schema/entities.json` is a trimmed copy of the OpenAPI document (its licence beside it). The checker knows
//! what that copy uses: types, required and known properties, items, alternatives, enumerations and three formats.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::client::{Net, id_of};

struct Schemas(Value);

impl Schemas {
    fn load() -> Self {
        Self(serde_json::from_str(include_str!("../schema/entities.json")).expect("the schema"))
    }

    /// Everything in `value` that does not fit the entity.
    fn faults(&self, entity: &str, value: &Value) -> Vec<String> {
        let mut faults = Vec::new();
        self.check(&json!({ "$ref": entity }), value, entity, &mut faults);
        faults
    }

    fn check(&self, schema: &Value, value: &Value, at: &str, faults: &mut Vec<String>) {
        if let Some(name) = schema["$ref"].as_str() {
            let named = &self.0["schemas"][name];
            assert!(named.is_object(), "no schema {name}");
            return self.check(named, value, at, faults);
        }
        if let Some(options) = schema["oneOf"].as_array() {
            let tries: Vec<Vec<String>> = options
                .iter()
                .map(|option| {
                    let mut inner = Vec::new();
                    self.check(option, value, at, &mut inner);
                    inner
                })
                .collect();
            if tries.iter().all(|inner| !inner.is_empty()) {
                faults.extend(tries.into_iter().next().unwrap_or_default());
            }
            return;
        }
        if let Some(allowed) = schema["enum"].as_array()
            && !allowed.contains(value)
        {
            faults.push(format!("{at}: {value} is none of the known values"));
        }
        let types: Vec<&str> = match &schema["type"] {
            Value::String(one) => vec![one],
            Value::Array(many) => many.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        if !types.is_empty() && !types.iter().any(|name| is_of(name, value)) {
            faults.push(format!("{at}: {value} is not {types:?}"));
            return;
        }
        if let (Some(format), Some(text)) = (schema["format"].as_str(), value.as_str())
            && !is_formatted(format, text)
        {
            faults.push(format!("{at}: {text:?} is no {format}"));
        }
        for (n, item) in value.as_array().into_iter().flatten().enumerate() {
            if schema["items"].is_object() {
                self.check(&schema["items"], item, &format!("{at}[{n}]"), faults);
            }
        }
        if value.is_object() {
            for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
                if value.get(name).is_none() {
                    faults.push(format!("{at}.{name} is missing"));
                }
            }
            for (name, inner) in schema["properties"].as_object().into_iter().flatten() {
                if let Some(field) = value.get(name) {
                    self.check(inner, field, &format!("{at}.{name}"), faults);
                }
            }
        }
    }
}

fn is_of(name: &str, value: &Value) -> bool {
    match name {
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        "null" => value.is_null(),
        other => panic!("an unknown type {other}"),
    }
}

fn is_formatted(format: &str, text: &str) -> bool {
    match format {
        "date-time" => text.parse::<jiff::Timestamp>().is_ok() && text.len() == "2026-12-01T08:00:00.000Z".len(),
        "date" => text.parse::<jiff::civil::Date>().is_ok(),
        "uri" => url::Url::parse(text).is_ok(),
        other => panic!("an unknown format {other}"),
    }
}

fn assert_fits(entity: &str, value: &Value) {
    let faults = Schemas::load().faults(entity, value);
    assert!(faults.is_empty(), "{entity}: {faults:#?}\n{value:#}");
}

fn assert_all_fit(entity: &str, list: &Value) {
    let list = list.as_array().expect("a list");
    assert!(!list.is_empty(), "nothing to check for {entity}");
    for value in list {
        assert_fits(entity, value);
    }
}

#[test]
fn the_checker_finds_what_is_wrong() {
    let schemas = Schemas::load();
    let faults: BTreeSet<String> = schemas.faults("Notification", &json!({ "id": 1, "type": "shout" })).into_iter().collect();
    assert!(faults.contains("Notification.account is missing"), "{faults:?}");
    assert!(faults.iter().any(|f| f.starts_with("Notification.id: 1 is not")), "{faults:?}");
    assert!(faults.iter().any(|f| f.contains("shout")), "{faults:?}");
}

#[tokio::test]
async fn statuses_and_what_belongs_to_them_have_the_published_shape() {
    let net = Net::start().await;
    let body = json!({
        "status": "Hello #pottery https://example.org/a/very/long/address/that/is/cut", "spoiler_text": "clay",
        "poll": { "options": ["yes", "no"], "expires_in": 3600 },
    });
    let status = net.post("/api/v1/statuses", &body).await.good();
    assert_fits("Status", &status);
    let id = id_of(&status);
    let poll = net.get(&format!("/api/v1/polls/{}", id_of(&status["poll"]))).await.good();
    assert_fits("Poll", &poll);
    net.act(json!({ "as": "any", "do": "reply", "status_id": id, "text": "first" })).await;
    net.act(json!({ "as": "any", "do": "quote", "status_id": id, "text": "see this" })).await;
    assert_fits("Context", &net.get(&format!("/api/v1/statuses/{id}/context")).await.good());
    assert_fits("StatusSource", &net.get(&format!("/api/v1/statuses/{id}/source")).await.good());
    assert_all_fit("StatusEdit", &net.get(&format!("/api/v1/statuses/{id}/history")).await.good());
    assert_all_fit("Status", &net.get("/api/v1/timelines/home?limit=40").await.good());
    assert_all_fit("Status", &net.get("/api/v1/timelines/public?limit=40").await.good());
    let boost = net.post(&format!("/api/v1/statuses/{id}/reblog"), &json!({})).await.good();
    assert_fits("Status", &boost);
    assert_fits("Status", &net.call("DELETE", &format!("/api/v1/statuses/{id}"), &Value::Null).await.good());
}

#[tokio::test]
async fn notifications_and_conversations_have_the_published_shape() {
    let net = Net::start().await;
    let id = net.say("Something to react to").await;
    for deed in ["like", "boost", "reply"] {
        net.act(json!({ "as": "any", "do": deed, "status_id": id })).await;
    }
    let people = net.get("/practice/people").await.good();
    let stranger = people.as_array().expect("people").iter().find(|p| p["follows_owner"] == false);
    net.act(json!({ "as": stranger.expect("a stranger")["handle"], "do": "follow" })).await;
    net.act(json!({ "as": "any", "do": "dm" })).await;
    let news = net.get("/api/v1/notifications").await.good();
    assert_all_fit("Notification", &news);
    let kinds: BTreeSet<&str> = news.as_array().expect("a list").iter().filter_map(|n| n["type"].as_str()).collect();
    assert_eq!(kinds, BTreeSet::from(["favourite", "follow", "mention", "reblog"]));
    assert_all_fit("Conversation", &net.get("/api/v1/conversations").await.good());
}

#[tokio::test]
async fn accounts_and_search_have_the_published_shape() {
    let net = Net::start().await;
    let me = net.get("/api/v1/accounts/verify_credentials").await.good();
    assert_fits("CredentialAccount", &me);
    let id = id_of(&me);
    assert_all_fit("Account", &net.get(&format!("/api/v1/accounts/{id}/followers")).await.good());
    assert_all_fit("Account", &net.get(&format!("/api/v1/accounts/{id}/following")).await.good());
    assert_fits("Account", &net.get(&format!("/api/v1/accounts/{id}")).await.good());
    let people = net.get("/practice/people").await.good();
    let query = format!("/api/v1/accounts/relationships?id[]={}", id_of(&people[0]));
    assert_all_fit("Relationship", &net.get(&query).await.good());
    assert_fits("Search", &net.get("/api/v2/search?q=a").await.good());
}

#[tokio::test]
async fn the_instance_applications_and_errors_have_the_published_shape() {
    let net = Net::start().await;
    let instance = net.get("/api/v2/instance").await.good();
    assert_fits("Instance", &instance);
    assert_eq!(instance["configuration"]["statuses"]["max_characters"], 500);
    assert!(instance["configuration"]["urls"]["streaming"].as_str().expect("an address").starts_with("ws://"));
    assert_fits("V1Instance", &net.get("/api/v1/instance").await.good());
    let app = json!({ "client_name": "T", "redirect_uris": "urn:ietf:wg:oauth:2.0:oob" });
    assert_fits("CredentialApplication", &net.post("/api/v1/apps", &app).await.good());
    assert_fits("Application", &net.get("/api/v1/apps/verify_credentials").await.good());
    assert_fits("Error", &net.get("/api/v1/statuses/1").await.json());
    let metadata = net.get("/.well-known/oauth-authorization-server").await.good();
    assert_fits("DiscoverOauthServerConfigurationResponse", &metadata);
}
