//! Bluesky, and every other server of the AT Protocol: one's own posts as named records, what people answer.
//!
//! The network with a true idempotent publish: a post is a record whose name we choose, so the same bytes sent twice
//! are one post (class C). `record` makes the bytes, `publish` sends and finds them, `read` brings what people do,
//! `speak` carries a present person's answers, `token` keeps the session. See README.md for quirks and limits.

mod authority;
mod card;
mod client;
mod cursor;
mod facets;
mod grant;
mod html;
mod identity;
mod limits;
mod link_card;
mod oauth;
mod post;
mod publish;
mod read;
mod record;
mod signin;
mod speak;
mod syntax;
mod thread;
mod token;
mod trouble;
mod upload;
mod wire;

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use kith_domain::ids::{DispatchId, NetworkId};
use kith_domain::publish::{Budget, Content, Looked, Outcome, PublishError, Receipt};

use crate::card::{Capabilities, Card, Preview};
use crate::consent::Consent;
use crate::http::NetClient;
use crate::network::{Call, CardLink, Connected, Directories, Health, MediaFile, Network, ReadError, Reader, Search, SignInError, Speaker};
use crate::secret::Secret;

use identity::Lookups;

const ID: NetworkId = NetworkId::known("bluesky");

/// The network.
pub fn network() -> Arc<dyn Network> {
    Arc::new(Bluesky(Lookups::default()))
}

/// The network with directories of one's own.
pub fn network_with(directories: Directories) -> Arc<dyn Network> {
    let network = Bluesky(Lookups::default());
    network.0.name(directories);
    Arc::new(network)
}

/// It holds where people are looked up; all else that it needs comes with each call.
#[derive(Debug)]
struct Bluesky(Lookups);

#[async_trait]
impl Network for Bluesky {
    fn id(&self) -> NetworkId {
        ID
    }

    fn profile_url(&self, _server: &url::Url, address: &str) -> Option<String> {
        Some(format!("https://bsky.app/profile/{}", address.trim_start_matches('@')))
    }

    fn card(&self) -> &'static Card {
        &card::CARD
    }

    fn preview(&self, content: &Content, on: &Capabilities) -> Preview {
        limits::preview(content, on)
    }

    fn card_link(&self, content: &Content) -> Option<CardLink> {
        publish::card_link(content)
    }

    fn remote_key(&self, dispatch: DispatchId, due_at: Timestamp) -> String {
        publish::remote_key(dispatch, due_at)
    }

    fn budgets(&self) -> &'static [Budget] {
        limits::BUDGETS
    }

    async fn sign_in(&self, http: &NetClient, fields: &BTreeMap<String, Secret>, now: Timestamp) -> Result<Connected, SignInError> {
        signin::sign_in(http, fields, now).await
    }

    fn consent(&self) -> Option<&dyn Consent> {
        Some(self)
    }

    fn name_directories(&self, directories: &Directories) {
        self.0.name(directories.clone());
    }

    async fn check(&self, call: &Call<'_>) -> Result<Health, ReadError> {
        signin::check(call).await
    }

    async fn prepare(&self, call: &Call<'_>, content: &Content, media: &[MediaFile], key: &str) -> Result<String, PublishError> {
        publish::prepare(call, content, media, key, None).await
    }

    async fn prepare_part(
        &self,
        call: &Call<'_>,
        content: &Content,
        media: &[MediaFile],
        key: &str,
        after: &Receipt,
    ) -> Result<String, PublishError> {
        publish::prepare(call, content, media, key, Some(after)).await
    }

    async fn publish(&self, call: &Call<'_>, key: &str, prepared: &str) -> Outcome {
        publish::publish(call, key, prepared).await
    }

    async fn find(&self, call: &Call<'_>, search: &Search<'_>) -> Looked {
        publish::find(call, search).await
    }

    fn writes_privately(&self) -> Result<(), &'static str> {
        Err(speak::NO_DIRECT)
    }

    fn reader(&self) -> Option<&dyn Reader> {
        Some(self)
    }

    fn speaker(&self) -> Option<&dyn Speaker> {
        Some(self)
    }
}
