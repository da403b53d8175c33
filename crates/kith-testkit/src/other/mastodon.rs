//! A person on a Mastodon API server.

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use super::http::Http;

const PAGE: &str = "40"; // the most that Mastodon gives at once

/// Somebody signed in by token.
#[derive(Debug, Clone)]
pub struct Mastodon {
    http: Http,
    /// The account's id on its server.
    pub id: String,
    /// The account's name as others mention it on the same server, without `@`.
    pub acct: String,
}

/// Signs in with a bearer token. `url`: the server's base URL.
pub async fn mastodon(url: &str, token: &str) -> Result<Mastodon> {
    let http = Http::new(url, Some(token))?;
    let me = http.get("/api/v1/accounts/verify_credentials", &[]).await?;
    Ok(Mastodon { id: text(&me, "id")?, acct: text(&me, "acct")?, http })
}

impl Mastodon {
    /// Posts in public; the status as the server gives it.
    pub async fn post(&self, text: &str) -> Result<Value> {
        self.http.post("/api/v1/statuses", &json!({ "status": text, "visibility": "public" })).await
    }

    /// Answers a status in public, with the mention that makes its author hear of it. `status`: as the server gave it.
    pub async fn reply(&self, status: &Value, text_: &str) -> Result<Value> {
        let (id, acct) = (text(status, "id")?, text(&status["account"], "acct")?);
        let body = json!({ "status": format!("@{acct} {text_}"), "in_reply_to_id": id, "visibility": "public" });
        self.http.post("/api/v1/statuses", &body).await
    }

    /// Writes to one person alone. `acct`: as in [`Mastodon::acct`].
    pub async fn direct(&self, acct: &str, text: &str) -> Result<Value> {
        let body = json!({ "status": format!("@{acct} {text}"), "visibility": "direct" });
        self.http.post("/api/v1/statuses", &body).await
    }

    /// The newest statuses of an account, newest first, at most 40.
    pub async fn statuses(&self, account_id: &str) -> Result<Vec<Value>> {
        let path = format!("/api/v1/accounts/{account_id}/statuses");
        list(self.http.get(&path, &[("limit", PAGE)]).await?)
    }

    /// Every status of an account, newest first, page by page.
    pub async fn all_statuses(&self, account_id: &str) -> Result<Vec<Value>> {
        let path = format!("/api/v1/accounts/{account_id}/statuses");
        let mut all = list(self.http.get(&path, &[("limit", PAGE)]).await?)?;
        loop {
            let Some(last) = all.last() else { return Ok(all) };
            let before = text(last, "id")?;
            let page = list(self.http.get(&path, &[("limit", PAGE), ("max_id", &before)]).await?)?;
            if page.is_empty() {
                return Ok(all);
            }
            all.extend(page);
        }
    }

    /// One status.
    pub async fn status(&self, id: &str) -> Result<Value> {
        self.http.get(&format!("/api/v1/statuses/{id}"), &[]).await
    }

    /// What stands above and below a status: `ancestors` and `descendants`.
    pub async fn context(&self, id: &str) -> Result<Value> {
        self.http.get(&format!("/api/v1/statuses/{id}/context"), &[]).await
    }

    /// The newest notifications, newest first, at most 40.
    pub async fn notifications(&self) -> Result<Vec<Value>> {
        list(self.http.get("/api/v1/notifications", &[("limit", PAGE)]).await?)
    }

    /// Likes a status.
    pub async fn favourite(&self, id: &str) -> Result<Value> {
        self.http.post(&format!("/api/v1/statuses/{id}/favourite"), &json!({})).await
    }

    /// Boosts a status.
    pub async fn boost(&self, id: &str) -> Result<Value> {
        self.http.post(&format!("/api/v1/statuses/{id}/reblog"), &json!({})).await
    }

    /// Takes a status back.
    pub async fn delete(&self, id: &str) -> Result<Value> {
        self.http.delete(&format!("/api/v1/statuses/{id}")).await
    }

    /// Follows an account.
    pub async fn follow(&self, account_id: &str) -> Result<Value> {
        self.http.post(&format!("/api/v1/accounts/{account_id}/follow"), &json!({})).await
    }
}

fn text(value: &Value, key: &str) -> Result<String> {
    Ok(value[key].as_str().with_context(|| format!("no {key} in {value}"))?.to_owned())
}

fn list(value: Value) -> Result<Vec<Value>> {
    match value {
        Value::Array(list) => Ok(list),
        other => anyhow::bail!("not a list: {other}"),
    }
}
