//! Real servers on loopback: the AT Protocol PDS, the whole Bluesky back end, a Mastodon API, PostgreSQL.
//!
//! Each function without `own` gives the server of this test run. Under nextest every test is a process of its
//! own: the first that needs a server starts it behind a file lock, the others read its line, and the server ends
//! when nextest does. Under `cargo test` it is one server per test binary. A function with `own` starts one more
//! for this test alone, which ends when the value is dropped, however the test ends. `KITH_TEST_PDS`,
//! `KITH_TEST_BLUESKY`, `KITH_TEST_MASTODON` and `KITH_TEST_POSTGRES` may hold the JSON line of a server that is
//! already there. A server that is not installed is an error that names the way out; nothing is skipped.
//!
//! Tests share the run's servers, so a test that counts what an account holds makes its own account
//! ([`Pds::new_account`]), its own database ([`Postgres::database`]) or its own server.

mod start;

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;
use serde_json::json;
use tokio::time::sleep;

use crate::other::http::Http;
use start::Script;
pub use start::Server;
pub(crate) use start::tools;

/// How long the indexers behind a server may take.
const EVENTUALLY_S_MAX: u64 = 30;
const EVENTUALLY_PAUSE: Duration = Duration::from_millis(100);

/// An account on a test PDS.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Account {
    /// Such as `ana-lark.test`.
    pub handle: String,
    /// Such as `did:plc:…`.
    pub did: String,
    /// The account's own password, as a person would type it.
    pub password: String,
    /// An app password, as a connector is given.
    pub app_password: String,
}

/// A running PDS with its PLC directory; with `appview`, the whole Bluesky back end.
#[derive(Debug, Deserialize)]
pub struct Pds {
    /// Base URL, such as `http://localhost:41234`.
    #[serde(rename = "pds")]
    pub url: String,
    /// Base URL of the directory of DIDs.
    pub plc: String,
    /// Base URL of the AppView; the PDS forwards `app.bsky.*` reads to it by itself.
    pub appview: Option<String>,
    /// The cast in the order of [`crate::cast`]: `ana-lark.test`, `bo-lark.test`, `cy-smith.test`.
    pub accounts: Vec<Account>,
    /// Only for a server of the test's own.
    #[serde(skip)]
    server: Option<Server>,
}

impl Pds {
    /// Makes an account nobody else uses. `name`: 3 to 8 letters, the handle's beginning.
    pub async fn new_account(&self, name: &str) -> Result<Account> {
        static MADE: AtomicU32 = AtomicU32::new(0);
        ensure!((3..=8).contains(&name.len()), "an account's name has 3 to 8 letters, not {name:?}");
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let handle = format!("{name}-{:x}-{number}.test", std::process::id());
        let password = format!("pw-{name}-1234");
        let http = Http::new(&self.url, None)?;
        let made = http
            .post(
                "/xrpc/com.atproto.server.createAccount",
                &json!({ "handle": handle, "email": format!("{handle}@example.test"), "password": password }),
            )
            .await?;
        let text = |key: &str| Ok::<_, anyhow::Error>(made[key].as_str().with_context(|| format!("no {key}"))?.to_owned());
        let app = Http::new(&self.url, Some(&text("accessJwt")?))?
            .post("/xrpc/com.atproto.server.createAppPassword", &json!({ "name": "kith" }))
            .await?;
        let app_password = app["password"].as_str().context("no app password")?.to_owned();
        Ok(Account { did: text("did")?, handle, password, app_password })
    }

    /// Ends a server of the test's own and waits until it is gone; an error for the run's shared one.
    pub async fn stop(self) -> Result<()> {
        self.server.context("the run's shared server cannot be stopped; start one with own_pds")?.stop().await
    }
}

/// A running Mastodon API (mastodon_mock) with its four demo people.
#[derive(Debug, Deserialize)]
pub struct Mastodon {
    /// Base URL, such as `http://127.0.0.1:20481`.
    pub url: String,
    /// Bearer tokens with every scope.
    pub tokens: MastodonTokens,
    #[serde(skip)]
    server: Option<Server>,
}

/// The four demo people's tokens.
#[derive(Debug, Clone, Deserialize)]
pub struct MastodonTokens {
    pub ada: String,
    pub grace: String,
    pub alan: String,
    pub katherine: String,
}

impl Mastodon {
    /// Ends a server of the test's own and waits until it is gone; an error for the run's shared one.
    pub async fn stop(self) -> Result<()> {
        self.server.context("the run's shared server cannot be stopped; start one with own_mastodon_mock")?.stop().await
    }
}

/// A throw-away PostgreSQL cluster: fsync is off, so it proves nothing about crashes.
#[derive(Debug, Deserialize)]
pub struct Postgres {
    /// Connection URL of the maintenance database, as the super-user, without a password.
    pub url: String,
    #[serde(skip)]
    server: Option<Server>,
}

impl Postgres {
    /// Makes an empty database and gives its URL. `name`: letters, digits and `_`; made unique for this process.
    pub async fn database(&self, name: &str) -> Result<String> {
        static MADE: AtomicU32 = AtomicU32::new(0);
        ensure!(
            !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'),
            "a database's name has letters, digits and _, not {name:?}"
        );
        let name = format!("{name}_{}_{}", std::process::id(), MADE.fetch_add(1, Ordering::Relaxed));
        let done = tokio::process::Command::new("psql")
            .args(["--no-psqlrc", "--quiet", "--dbname", &self.url, "--command"])
            .arg(format!("create database {name}"))
            .output()
            .await
            .context("psql did not start. Run: scripts/setup servers")?;
        ensure!(done.status.success(), "psql: {}", String::from_utf8_lossy(&done.stderr));
        let (server, _) = self.url.rsplit_once('/').context("the server's URL names no database")?;
        Ok(format!("{server}/{name}"))
    }

    /// Ends a server of the test's own and waits until it is gone; an error for the run's shared one.
    pub async fn stop(self) -> Result<()> {
        self.server.context("the run's shared server cannot be stopped; start one with own_postgres")?.stop().await
    }
}

const PDS: Script = Script { name: "pds", file: "atproto-pds.sh", env_line: "KITH_TEST_PDS" };
const BLUESKY: Script = Script { name: "bluesky", file: "bluesky-full.sh", env_line: "KITH_TEST_BLUESKY" };
const MASTODON: Script = Script { name: "mastodon", file: "mastodon-mock.sh", env_line: "KITH_TEST_MASTODON" };
const POSTGRES: Script = Script { name: "postgres", file: "postgres.sh", env_line: "KITH_TEST_POSTGRES" };

/// The run's PDS and PLC directory.
pub async fn pds() -> Result<Pds> {
    PDS.shared().await
}

/// A PDS for this test alone. With `limits`, it counts and refuses with 429 as a public one does.
pub async fn own_pds(limits: bool) -> Result<Pds> {
    let environment: &[(&str, &str)] = if limits { &[("LIMITS", "1")] } else { &[] };
    let (mut pds, server): (Pds, _) = PDS.own(environment).await?;
    pds.server = Some(server);
    Ok(pds)
}

/// The run's whole Bluesky back end: PLC, PDS, AppView, with PostgreSQL and Redis.
pub async fn bluesky_full() -> Result<Pds> {
    BLUESKY.shared().await
}

/// The run's mastodon_mock.
pub async fn mastodon_mock() -> Result<Mastodon> {
    MASTODON.shared().await
}

/// A mastodon_mock for this test alone: empty but for its demo, and free to be given fault rules.
pub async fn own_mastodon_mock() -> Result<Mastodon> {
    let (mut mastodon, server): (Mastodon, _) = MASTODON.own(&[]).await?;
    mastodon.server = Some(server);
    Ok(mastodon)
}

/// The run's PostgreSQL; each test makes a database of its own in it.
pub async fn postgres() -> Result<Postgres> {
    POSTGRES.shared().await
}

/// A PostgreSQL for this test alone, to be stopped under Kith's feet.
pub async fn own_postgres() -> Result<Postgres> {
    let (mut postgres, server): (Postgres, _) = POSTGRES.own(&[]).await?;
    postgres.server = Some(server);
    Ok(postgres)
}

/// Asks again until there is an answer: for what a server shows a moment after it was told. An error after 30 s.
pub async fn eventually<T, F>(mut ask: impl FnMut() -> F) -> Result<T>
where
    F: Future<Output = Result<Option<T>>>,
{
    let deadline = Instant::now() + Duration::from_secs(EVENTUALLY_S_MAX);
    loop {
        if let Some(found) = ask().await? {
            return Ok(found);
        }
        ensure!(Instant::now() < deadline, "it did not show within {EVENTUALLY_S_MAX} s");
        sleep(EVENTUALLY_PAUSE).await;
    }
}
