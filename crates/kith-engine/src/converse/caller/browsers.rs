//! A person's browsers and wishes: which may push, what for, and when it is quiet.
//!
//! Endpoint and keys of a browser are sealed: whoever has them can push to it. The workspace's own key is made when the
//! first browser asks and never changes, since browsers subscribe with it.

use kith_domain::converse::CallWish;
use kith_domain::ids::{BrowserId, MemberId};
use kith_networks::Secret;
use kith_networks::push::{Subscriber, Vapid};
use kith_store::{BrowserRow, SaveError, Sealed};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::kith::Kith;
use crate::mandate::sign_in::Visitor;
use crate::problem::{Problem, from_store, internal};

/// Longest name of a device that is kept, in characters.
const DEVICE_CHARS_MAX: usize = 80;
/// The workspace's key in the names of sealed rows.
const KEY_ROW: &str = "push key";

/// What a person hears and where, for the page.
#[derive(Debug, Clone, PartialEq)]
pub struct CallsView {
    /// What they wish.
    pub wish: CallWish,
    /// The wish's version, for whoever changes it.
    pub version: i64,
    /// Their browsers: id, name and since when.
    pub browsers: Vec<(BrowserId, String, crate::views::Moment)>,
    /// What a browser needs to subscribe, in base64url.
    pub public_key: String,
}

/// A browser's subscription, as `PushSubscription.toJSON()` gives it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscription {
    /// Where its push service takes messages.
    pub endpoint: String,
    /// Its public key in base64url.
    pub p256dh: String,
    /// Its secret in base64url.
    pub auth: String,
}

/// The setting's name for a person's wish.
fn setting(member: MemberId) -> String {
    format!("calls.{member}")
}

impl Kith {
    /// What this person hears and where.
    pub async fn calls(&self, visitor: &Visitor) -> Result<CallsView, Problem> {
        let (store, calendar) = (self.store().in_workspace(visitor.workspace), self.calendar(&visitor.zone));
        let (wish, version) = self.call_wish(visitor.workspace, visitor.session.member).await?;
        let browsers = store.browsers().await.map_err(from_store)?;
        let mine = browsers.into_iter().filter(|row| row.member == visitor.session.member);
        Ok(CallsView {
            wish,
            version,
            browsers: mine.map(|row| (row.id, row.device, calendar.moment(row.created_at))).collect(),
            public_key: self.vapid(visitor.workspace).await?.public_key(),
        })
    }

    /// Stores what they wish. `version` is the one that the page showed.
    pub async fn set_calls(&self, visitor: &Visitor, wish: &CallWish, version: i64) -> Result<(), Problem> {
        let value = serde_json::to_value(wish).map_err(|error| internal(&error.to_string()))?;
        let store = self.store().in_workspace(visitor.workspace);
        store.set_setting(&setting(visitor.session.member), &value, version).await.map_err(|error| match error {
            SaveError::Fenced => Problem::Conflict("you have changed this in another window meanwhile; look at it and choose again".into()),
            SaveError::Store(error) => from_store(error),
        })
    }

    /// A browser of this person wants to hear.
    pub async fn add_browser(&self, visitor: &Visitor, subscription: &Subscription, device: &str) -> Result<(), Problem> {
        Subscriber::parse(&subscription.endpoint, &subscription.p256dh, &subscription.auth)
            .map_err(|bad| Problem::Invalid { field: bad.part.to_owned(), why: bad.to_string() })?;
        let (now, member) = (self.now(), visitor.session.member);
        let id = self.chance().id(now, BrowserId::new);
        let hash = kith_domain::hex::lower(&Sha256::digest(subscription.endpoint.as_bytes()));
        let clear = Secret::new(serde_json::to_string(subscription).map_err(|error| internal(&error.to_string()))?);
        let sealed = self
            .0
            .keys
            .seal(&row_name(visitor.workspace, member, &hash), &clear, self.chance())
            .map_err(|error| internal(&error.to_string()))?;
        // The hash goes along in clear, so that the row's name can be built again.
        let sealed = Sealed(format!("{hash} {sealed}").into_bytes());
        let device: String = device.chars().filter(|c| !c.is_control()).take(DEVICE_CHARS_MAX).collect();
        let row = BrowserRow { id, member, sealed, device, created_at: now };
        self.store().in_workspace(visitor.workspace).add_browser(&row, &hash).await.map_err(from_store)
    }

    /// One of their browsers is not called any more.
    pub async fn end_browser(&self, visitor: &Visitor, id: BrowserId) -> Result<(), Problem> {
        self.store().in_workspace(visitor.workspace).end_browser(visitor.session.member, id).await.map_err(from_store)
    }

    /// What a member wishes, and its version; the default if they never said.
    pub(super) async fn call_wish(&self, workspace: kith_domain::ids::WorkspaceId, member: MemberId) -> Result<(CallWish, i64), Problem> {
        let stored = self.store().in_workspace(workspace).setting(&setting(member)).await.map_err(from_store)?;
        if stored.version == 0 {
            return Ok((CallWish::default(), 0));
        }
        let wish = serde_json::from_value(stored.value).unwrap_or_else(|error| {
            tracing::warn!(%error, "what somebody wishes to hear can't be read; they hear the usual until they set it anew");
            CallWish::default()
        });
        Ok((wish, stored.version))
    }

    /// The key that this workspace's pushes are signed with; made when it is first asked for.
    pub(super) async fn vapid(&self, workspace: kith_domain::ids::WorkspaceId) -> Result<Vapid, Problem> {
        let store = self.store().in_workspace(workspace);
        let row = format!("{KEY_ROW} {workspace}");
        let sealed = if let Some(sealed) = store.push_key().await.map_err(from_store)? {
            sealed
        } else {
            let new = Vapid::new_pkcs8().map_err(|error| internal(&error.to_string()))?;
            let sealed = self.0.keys.seal(&row, &new, self.chance()).map_err(|error| internal(&error.to_string()))?;
            store.add_push_key(&Sealed(sealed.into_bytes()), self.now()).await.map_err(from_store)?;
            // Another process may have been first; its key is the one.
            store.push_key().await.map_err(from_store)?.unwrap_or(Sealed(Vec::new()))
        };
        let text = String::from_utf8(sealed.0).map_err(|error| internal(&error.to_string()))?;
        let key = self.0.keys.open_sealed(&row, &text).map_err(|error| internal(&error.to_string()))?;
        let contact =
            if self.public_url().starts_with("https:") { self.public_url().to_owned() } else { "mailto:kith@localhost".to_owned() };
        Vapid::from_pkcs8(&key, &contact).map_err(|error| internal(&error.to_string()))
    }

    /// A stored browser, opened for one push. `None`, told in the log, if it can't be read.
    pub(super) fn subscriber(&self, workspace: kith_domain::ids::WorkspaceId, row: &BrowserRow) -> Option<Subscriber> {
        let text = std::str::from_utf8(&row.sealed.0).ok()?;
        let (hash, sealed) = text.split_once(' ')?;
        let clear = self.0.keys.open_sealed(&row_name(workspace, row.member, hash), sealed).ok()?;
        let subscription: Subscription = serde_json::from_str(clear.expose()).ok()?;
        Subscriber::parse(&subscription.endpoint, &subscription.p256dh, &subscription.auth).ok()
    }
}

/// The name under which a browser is sealed: moved to another row, it does not open.
fn row_name(workspace: kith_domain::ids::WorkspaceId, member: MemberId, hash: &str) -> String {
    format!("push browser {workspace} {member} {hash}")
}
