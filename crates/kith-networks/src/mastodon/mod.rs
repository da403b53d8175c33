//! Mastodon, and servers that speak its API.
//!
//! `publish` and `find` are the broadcast, `read` and `stream` the inbox, `speak` a person's voice. What a server
//! allows is read from it (`instance`), never assumed: limits, streaming, and whether it honours `Idempotency-Key`
//! differ between Mastodon, GoToSocial, Pleroma, Takahē and the rest. README.md lists the quirks with their sources.

mod api;
mod card;
mod find;
mod html;
mod instance;
mod limits;
mod oauth;
mod publish;
mod read;
mod signin;
mod speak;
mod stream;
mod trends;
mod trouble;
mod wire;

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use kith_domain::ids::{DispatchId, NetworkId};
use kith_domain::listen::RemotePost;
use kith_domain::mandate::HumanAct;
use kith_domain::publish::{Budget, Content, Looked, Outcome, PublishError, Receipt};
use tokio::sync::mpsc;

use crate::consent::Consent;
use crate::http::NetClient;
use crate::network::{
    Call, Connected, FirstWords, Health, LookedAt, MediaFile, Network, Page, ReadError, Reader, Search, SignInError, Speaker, Thread,
    Touched, Words,
};
use crate::{Capabilities, Card, Preview, Secret};

/// The name of this network; named nowhere else.
const ID: NetworkId = NetworkId::known("mastodon");

/// The network.
pub fn network() -> Arc<dyn Network> {
    Arc::new(Mastodon)
}

#[derive(Debug, Clone, Copy)]
struct Mastodon;

#[async_trait]
impl Network for Mastodon {
    fn id(&self) -> NetworkId {
        ID
    }

    fn profile_url(&self, server: &url::Url, address: &str) -> Option<String> {
        let name = address.trim_start_matches('@').split('@').next().filter(|name| !name.is_empty())?;
        server.join(&format!("@{name}")).ok().map(String::from)
    }

    fn card(&self) -> &'static Card {
        &card::CARD
    }

    fn preview(&self, content: &Content, on: &Capabilities) -> Preview {
        limits::preview(content, &on.limits)
    }

    fn remote_key(&self, dispatch: DispatchId, _due_at: Timestamp) -> String {
        format!("kith-{dispatch}")
    }

    fn budgets(&self) -> &'static [Budget] {
        limits::BUDGETS
    }

    async fn sign_in(&self, http: &NetClient, fields: &BTreeMap<String, Secret>, _now: Timestamp) -> Result<Connected, SignInError> {
        signin::sign_in(http, fields).await
    }

    fn consent(&self) -> Option<&dyn Consent> {
        Some(self)
    }

    async fn trending(&self, call: &Call<'_>) -> Result<Vec<String>, ReadError> {
        trends::trending(call).await
    }

    async fn check(&self, call: &Call<'_>) -> Result<Health, ReadError> {
        signin::check(call).await
    }

    async fn prepare(&self, call: &Call<'_>, content: &Content, media: &[MediaFile], _key: &str) -> Result<String, PublishError> {
        publish::prepare(call, content, media, None).await
    }

    async fn prepare_part(
        &self,
        call: &Call<'_>,
        content: &Content,
        media: &[MediaFile],
        _key: &str,
        after: &Receipt,
    ) -> Result<String, PublishError> {
        publish::prepare(call, content, media, Some(after)).await
    }

    async fn publish(&self, call: &Call<'_>, key: &str, prepared: &str) -> Outcome {
        publish::publish(call, key, prepared).await
    }

    async fn find(&self, call: &Call<'_>, search: &Search<'_>) -> Looked {
        find::find(call, search).await
    }

    fn writes_privately(&self) -> Result<(), &'static str> {
        Ok(())
    }

    fn reader(&self) -> Option<&dyn Reader> {
        Some(self)
    }

    fn speaker(&self) -> Option<&dyn Speaker> {
        Some(self)
    }
}

#[async_trait]
impl Reader for Mastodon {
    async fn page(&self, call: &Call<'_>, cursor: Option<&str>) -> Result<Page, ReadError> {
        read::page(call, cursor).await
    }

    async fn thread(&self, call: &Call<'_>, remote_id: &str) -> Result<Thread, ReadError> {
        read::thread(call, remote_id).await
    }

    async fn own_answers(&self, call: &Call<'_>) -> Result<Vec<RemotePost>, ReadError> {
        read::own_answers(call).await
    }

    async fn look_at(&self, call: &Call<'_>, remote_id: &str, posts: usize) -> Result<LookedAt, ReadError> {
        read::look_at(call, remote_id, posts).await
    }

    async fn watch(&self, call: &Call<'_>, wake: &mpsc::Sender<()>) -> Result<(), ReadError> {
        stream::watch(call, wake).await
    }
}

#[async_trait]
impl Speaker for Mastodon {
    async fn reply(&self, call: &Call<'_>, act: &HumanAct, words: &Words) -> Outcome {
        speak::reply(call, act, words).await
    }

    async fn find_reply(&self, call: &Call<'_>, act: &HumanAct, words: &Words) -> Looked {
        speak::find_reply(call, act, words).await
    }

    async fn follow(&self, call: &Call<'_>, act: &HumanAct) -> Result<Touched, PublishError> {
        speak::touch(call, act, speak::Touch::Follow).await
    }

    async fn unfollow(&self, call: &Call<'_>, act: &HumanAct) -> Result<Touched, PublishError> {
        speak::touch(call, act, speak::Touch::Unfollow).await
    }

    async fn like(&self, call: &Call<'_>, act: &HumanAct) -> Result<Touched, PublishError> {
        speak::touch(call, act, speak::Touch::Like).await
    }

    async fn repost(&self, call: &Call<'_>, act: &HumanAct) -> Result<Touched, PublishError> {
        speak::touch(call, act, speak::Touch::Repost).await
    }

    async fn unlike(&self, call: &Call<'_>, act: &HumanAct) -> Result<Touched, PublishError> {
        speak::touch(call, act, speak::Touch::Unlike).await
    }

    async fn unrepost(&self, call: &Call<'_>, act: &HumanAct) -> Result<Touched, PublishError> {
        speak::touch(call, act, speak::Touch::Unrepost).await
    }

    async fn stands(&self, call: &Call<'_>, act: &HumanAct) -> Result<Option<Touched>, ReadError> {
        speak::stands(call, act).await
    }

    async fn first_words(&self, call: &Call<'_>, act: &HumanAct, words: &FirstWords) -> Outcome {
        speak::first_words(call, act, words).await
    }

    async fn find_first_words(&self, call: &Call<'_>, act: &HumanAct, words: &FirstWords) -> Looked {
        speak::find_first_words(call, act, words).await
    }
}
