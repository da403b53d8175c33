//! A person on a PDS's own page who signs in and lets a program in, by the calls that the page itself makes.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, ensure};
use reqwest::header::{COOKIE, HeaderMap, LOCATION, SET_COOKIE};
use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder, Response, Url};
use serde_json::{Value, json};

/// Where the page's own calls go (`@atproto/oauth-provider` 0.22).
const CALLS: &str = "/@atproto/oauth-provider/~api";

/// A browser on that page: it remembers cookies and follows nothing by itself.
struct Page {
    client: Client,
    address: Url,
    cookies: BTreeMap<String, String>,
}

/// Opens the page, signs in, presses "Authorize"; the address to which the browser is then sent.
pub async fn says_yes(page: &str, handle: &str, password: &str) -> Result<Url> {
    let mut page = Page::open(page).await?;
    let signed_in =
        page.call("sign-in", None, &json!({ "locale": "en", "username": handle, "password": password, "remember": false })).await?;
    let did = signed_in["account"]["did"].as_str().or(signed_in["account"]["sub"].as_str()).context("no account")?.to_owned();
    let token = signed_in["ephemeralToken"].as_str().context("no token of the page")?.to_owned();
    let consented = page.call("consent", Some(&token), &json!({ "did": did })).await?;
    page.leave(consented["url"].as_str().with_context(|| format!("no way back: {consented}"))?).await
}

/// Opens the page and presses "Deny".
pub async fn says_no(page: &str) -> Result<Url> {
    let mut page = Page::open(page).await?;
    let rejected = page.call("reject", None, &json!({})).await?;
    page.leave(rejected["url"].as_str().with_context(|| format!("no way back: {rejected}"))?).await
}

/// Goes to the server's page of her account and ends what every program there may do for her; how many there were.
pub async fn takes_back(server: &str, handle: &str, password: &str) -> Result<usize> {
    let mut page = Page::open(&format!("{server}/account")).await?;
    let signed_in =
        page.call("sign-in", None, &json!({ "locale": "en", "username": handle, "password": password, "remember": true })).await?;
    let did = signed_in["account"]["did"].as_str().or(signed_in["account"]["sub"].as_str()).context("no account")?.to_owned();
    let programs = page.look("oauth-sessions", &did).await?;
    let programs = programs.as_array().context("no list of programs")?;
    for program in programs {
        page.call("revoke-oauth-session", None, &json!({ "did": did, "tokenId": program["tokenId"] })).await?;
    }
    Ok(programs.len())
}

impl Page {
    #[expect(clippy::disallowed_methods, reason = "talks to test servers on loopback, which Kith's client refuses")]
    async fn open(page: &str) -> Result<Self> {
        // Fails only when a provider is there already, which is as good.
        drop(rustls::crypto::ring::default_provider().install_default());
        let client = Client::builder().redirect(Policy::none()).no_proxy().build()?;
        let mut page = Self { client, address: page.parse()?, cookies: BTreeMap::new() };
        let shown = page.navigate(page.address.clone(), "none").await?;
        ensure!(shown.status().is_success(), "the page: {} {}", shown.status(), shown.text().await?);
        Ok(page)
    }

    async fn navigate(&mut self, to: Url, from: &str) -> Result<Response> {
        let request = self.client.get(to).header("sec-fetch-mode", "navigate").header("sec-fetch-dest", "document");
        let request = request.header("sec-fetch-site", from).header("referer", self.address.as_str()).header(COOKIE, self.cookie());
        let answer = request.send().await?;
        self.remember(answer.headers());
        Ok(answer)
    }

    async fn call(&mut self, name: &str, token: Option<&str>, body: &Value) -> Result<Value> {
        let mut request = self.client.post(self.address.join(&format!("{CALLS}/{name}"))?).json(body);
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        self.sent(name, request).await
    }

    async fn look(&mut self, name: &str, did: &str) -> Result<Value> {
        let request = self.client.get(self.address.join(&format!("{CALLS}/{name}"))?).query(&[("did", did)]);
        self.sent(name, request).await
    }

    /// As the page's own script sends it.
    async fn sent(&mut self, name: &str, request: RequestBuilder) -> Result<Value> {
        let request = request
            .header("sec-fetch-mode", "same-origin")
            .header("sec-fetch-site", "same-origin")
            .header("origin", self.address.origin().ascii_serialization())
            .header("referer", self.address.as_str())
            .header("x-csrf-token", self.cookies.get("csrf-token").context("the page gave no token against forged calls")?)
            .header(COOKIE, self.cookie());
        let answer = request.send().await?;
        self.remember(answer.headers());
        let (status, text) = (answer.status(), answer.text().await?);
        ensure!(status.is_success(), "{name}: {status} {text}");
        Ok(serde_json::from_str(&text)?)
    }

    async fn leave(&mut self, by: &str) -> Result<Url> {
        let sent = self.navigate(by.parse()?, "same-origin").await?;
        let to = sent.headers().get(LOCATION).with_context(|| format!("sent nowhere: {}", sent.status()))?;
        Ok(Url::parse(to.to_str()?)?)
    }

    fn cookie(&self) -> String {
        self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }

    fn remember(&mut self, headers: &HeaderMap) {
        for cookie in headers.get_all(SET_COOKIE) {
            let pair = cookie.to_str().unwrap_or_default().split(';').next().and_then(|pair| pair.split_once('='));
            self.cookies.extend(pair.map(|(name, value)| (name.to_owned(), value.to_owned())));
        }
    }
}
