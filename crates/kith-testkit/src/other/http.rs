//! JSON over HTTP with a bearer token: all that the other person's clients need.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

/// Real servers on a busy machine take their time.
const TIMEOUT_S: u64 = 60;

#[derive(Debug, Clone)]
pub(crate) struct Http {
    base: String,
    token: Option<String>,
    client: reqwest::Client,
}

impl Http {
    #[expect(clippy::disallowed_methods, reason = "talks to test servers on loopback, which Kith's client refuses")]
    pub(crate) fn new(base: &str, token: Option<&str>) -> Result<Self> {
        // Fails only when a provider is there already, which is as good.
        drop(rustls::crypto::ring::default_provider().install_default());
        let client = reqwest::Client::builder().timeout(Duration::from_secs(TIMEOUT_S)).no_proxy().build()?;
        Ok(Self { base: base.trim_end_matches('/').to_owned(), token: token.map(str::to_owned), client })
    }

    pub(crate) async fn get(&self, path: &str, query: &[(&str, &str)]) -> Result<Value> {
        self.answer(self.client.get(self.url(path)).query(query), path).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Result<Value> {
        self.answer(self.client.post(self.url(path)).json(body), path).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Result<Value> {
        self.answer(self.client.delete(self.url(path)), path).await
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    async fn answer(&self, mut request: reqwest::RequestBuilder, path: &str) -> Result<Value> {
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        let answer = request.send().await.with_context(|| format!("no answer from {}{path}", self.base))?;
        let status = answer.status();
        let body = answer.text().await?;
        ensure!(status.is_success(), "{path}: {status} {body}");
        if body.is_empty() { Ok(Value::Null) } else { serde_json::from_str(&body).with_context(|| format!("{path}: {body}")) }
    }
}
