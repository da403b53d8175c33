//! The trait, split by ability.
//!
//! Publishing has two halves. `prepare` does everything that may be repeated (uploads pictures, reads the page
//! behind a link) and returns the bytes; they are stored; `publish` is the one step that can't be taken back and
//! sends exactly those bytes under a key that was fixed at approval. After an unknown outcome, `find` looks.
//! `Speaker`'s methods take a `&HumanAct`: what no machine can hold, no machine can call.

use std::collections::BTreeMap;
use std::fmt::Debug;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use kith_domain::ids::{DispatchId, NetworkId};
use kith_domain::listen::{Audience, Incoming, RemotePost};
use kith_domain::mandate::HumanAct;
use kith_domain::people::Profile;
use kith_domain::publish::{Budget, Content, Looked, Outcome, PublishError, Receipt};
use tokio::sync::{OwnedMutexGuard, mpsc};
use url::Url;

use crate::card::{Capabilities, Card, Preview};
use crate::consent::Consent;
use crate::http::{NetClient, Source};
use crate::secret::Secret;

/// Every network.
#[async_trait]
pub trait Network: Send + Sync + Debug {
    /// Its short name, such as `mastodon`.
    fn id(&self) -> NetworkId;

    /// Name, form and texts.
    fn card(&self) -> &'static Card;

    /// Counts, cuts and warnings for a content on a server with these capabilities. Pure.
    fn preview(&self, content: &Content, on: &Capabilities) -> Preview;

    /// The link that Kith itself shows as a card on this network, if there is one. Pure; `None` where the network reads pages
    /// by itself.
    fn card_link(&self, _content: &Content) -> Option<CardLink> {
        None
    }

    /// The key that will name a delivery on this network, from its id and due time. Pure: the same for ever (I5).
    fn remote_key(&self, dispatch: DispatchId, due_at: Timestamp) -> String;

    /// What it allows in a time, so that a burst is spread instead of refused. Pure; empty where nothing is known.
    fn budgets(&self) -> &'static [Budget] {
        &[]
    }

    /// Where a person sees this profile's own posts. Pure; `None` where the address does not say.
    fn profile_url(&self, _server: &url::Url, _address: &str) -> Option<String> {
        None
    }

    /// Connects a channel from the fields of `Card::sign_in`. Nothing is stored here.
    async fn sign_in(&self, http: &NetClient, fields: &BTreeMap<String, Secret>, now: Timestamp) -> Result<Connected, SignInError>;

    /// Being let in on the network's own page, where it has one.
    fn consent(&self) -> Option<&dyn Consent> {
        None
    }

    /// Other places to look people up than those of the public network, once, at the start.
    fn name_directories(&self, _directories: &Directories) {}

    /// Hashtags that trend where this channel lives, without the sign; none where the network does not say.
    async fn trending(&self, _call: &Call<'_>) -> Result<Vec<String>, ReadError> {
        Ok(Vec::new())
    }

    /// Is the token good, what does the server allow now?
    async fn check(&self, call: &Call<'_>) -> Result<Health, ReadError>;

    /// Everything before the one step: returns the bytes that `publish` sends, as text in the network's own form. `media`:
    /// the files of [`Content::files`], in that order.
    async fn prepare(&self, call: &Call<'_>, content: &Content, media: &[MediaFile], key: &str) -> Result<String, PublishError>;

    /// The same for a later part of a thread, which answers our own post that `after` proves.
    async fn prepare_part(
        &self,
        _call: &Call<'_>,
        _content: &Content,
        _media: &[MediaFile],
        _key: &str,
        _after: &Receipt,
    ) -> Result<String, PublishError> {
        Err(PublishError::Refused { why: "this network takes no threads from Kith; plan the parts as single posts".into() })
    }

    /// The one step. Sends exactly `prepared` under `key`.
    async fn publish(&self, call: &Call<'_>, key: &str, prepared: &str) -> Outcome;

    /// Did it go out? Looks on the network, changes nothing.
    async fn find(&self, call: &Call<'_>, search: &Search<'_>) -> Looked;

    /// Whether a person can be written to alone, out of the blue; else why not, in plain words. Pure.
    fn writes_privately(&self) -> Result<(), &'static str> {
        Err("Kith sends no direct messages on this network; write to them there, or answer them in public")
    }

    /// What people do, where the network lets us read it.
    fn reader(&self) -> Option<&dyn Reader> {
        None
    }

    /// A person's voice, where the network lets her speak through us.
    fn speaker(&self) -> Option<&dyn Speaker> {
        None
    }
}

/// Mentions, replies, follows and threads.
#[async_trait]
pub trait Reader: Send + Sync {
    /// What happened after `cursor` (all that the network still tells, if `None`), oldest first, a bounded page at
    /// a time. The returned cursor is stored in the same transaction as the items, so nothing is missed or doubled.
    async fn page(&self, call: &Call<'_>, cursor: Option<&str>) -> Result<Page, ReadError>;

    /// The thread around a post: what it answers, and the answers to it.
    async fn thread(&self, call: &Call<'_>, remote_id: &str) -> Result<Thread, ReadError>;

    /// Our own latest answers to others, whatever program they were sent with, the latest first; a bounded page.
    /// `ReadError::NotOffered` where the network does not list them.
    async fn own_answers(&self, _call: &Call<'_>) -> Result<Vec<RemotePost>, ReadError> {
        Err(ReadError::NotOffered)
    }

    /// A person's profile and their last public posts, at most `posts`. Only read when somebody looks at them.
    async fn look_at(&self, _call: &Call<'_>, _remote_id: &str, _posts: usize) -> Result<LookedAt, ReadError> {
        Err(ReadError::NotOffered)
    }

    /// Sends `()` whenever the network says that something happened, until the connection ends (an error says how).
    /// Only a wake-up: the page since the cursor is the truth. `ReadError::NotOffered` where there is no stream.
    async fn watch(&self, call: &Call<'_>, wake: &mpsc::Sender<()>) -> Result<(), ReadError>;
}

/// What only a present person does (C2). Every method takes the proof.
#[async_trait]
pub trait Speaker: Send + Sync {
    /// Answers a post or a direct message. The act's id and time fix the key and the bytes: the same press sent
    /// twice is the same answer once.
    async fn reply(&self, call: &Call<'_>, act: &HumanAct, words: &Words) -> Outcome;

    /// After an unknown outcome: is that answer there?
    async fn find_reply(&self, call: &Call<'_>, act: &HumanAct, words: &Words) -> Looked;

    /// Follows the person whose remote id is the act's target.
    async fn follow(&self, call: &Call<'_>, act: &HumanAct) -> Result<Touched, PublishError>;

    /// Stops following them.
    async fn unfollow(&self, call: &Call<'_>, act: &HumanAct) -> Result<Touched, PublishError>;

    /// Likes the post whose remote id is the act's target.
    async fn like(&self, call: &Call<'_>, act: &HumanAct) -> Result<Touched, PublishError>;

    /// Reposts it.
    async fn repost(&self, call: &Call<'_>, act: &HumanAct) -> Result<Touched, PublishError>;

    /// Takes our own like of that post back. Where there is none any more, or the post is gone, it is done.
    async fn unlike(&self, call: &Call<'_>, act: &HumanAct) -> Result<Touched, PublishError>;

    /// Takes our own repost of it back, likewise.
    async fn unrepost(&self, call: &Call<'_>, act: &HumanAct) -> Result<Touched, PublishError>;

    /// After an unknown outcome of one of these six: is it so now? Looks, changes nothing.
    async fn stands(&self, call: &Call<'_>, act: &HumanAct) -> Result<Option<Touched>, ReadError>;

    /// Writes to a person alone without answering anything. The act's target is that person; the act fixes key and bytes.
    async fn first_words(&self, _call: &Call<'_>, _act: &HumanAct, _words: &FirstWords) -> Outcome {
        Err(PublishError::Refused { why: "Kith sends no direct messages on this network; nothing was sent".into() })
    }

    /// After an unknown outcome: are those words there?
    async fn find_first_words(&self, _call: &Call<'_>, _act: &HumanAct, _words: &FirstWords) -> Looked {
        Looked::Absent
    }
}

/// What became of a follow, a like, a repost, or of taking one back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Touched {
    /// It is so now, whether or not it was before.
    Done,
    /// They confirm each follower themselves; the network has asked them.
    Asked,
}

/// What every request needs.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// The one client.
    pub http: &'a NetClient,
    /// The server as connected, such as `https://clay.social/`.
    pub server: &'a Url,
    /// The network's own id of our profile.
    pub remote_id: &'a str,
    /// What the server allows.
    pub capabilities: &'a Capabilities,
    /// The channel's settings and tokens.
    pub vault: &'a dyn Vault,
    /// The instant that this call takes for now.
    pub now: Timestamp,
}

/// A channel's sealed settings: opened here only, typed only inside the network's folder.
///
/// To refresh a token: read, find it stale, take the lock, read again (somebody may have refreshed meanwhile),
/// refresh, write, and only then use the new one.
#[async_trait]
pub trait Vault: Send + Sync + Debug {
    /// The settings in clear.
    async fn read(&self) -> Result<Secret, VaultError>;
    /// Waits for this channel's lock: one refresh at a time.
    async fn lock(&self) -> OwnedMutexGuard<()>;
    /// Seals and stores new settings; on return they are on disk.
    async fn write(&self, settings: &Secret) -> Result<(), VaultError>;
}

/// The sealed settings can't be read or stored.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct VaultError(pub String);

/// Where people are looked up on a network that has no one server to ask; for networks of one's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directories {
    /// Tells what stands behind a lasting id, at `GET /ID`.
    pub ids: Url,
    /// Tells whose a name is, by the network's own call.
    pub names: Url,
}

impl Directories {
    /// From two web addresses; the error says which is none.
    pub fn parse(ids: &str, names: &str) -> Result<Self, String> {
        let url = |text: &str| Url::parse(text).map_err(|error| format!("{text:?} is no web address: {error}"));
        Ok(Self { ids: url(ids)?, names: url(names)? })
    }
}

/// A link that is shown as a card of our making.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardLink {
    /// Where it leads.
    pub url: String,
    /// Largest picture of a card in bytes.
    pub picture_bytes_max: u64,
}

/// A new connection, as signed in.
#[derive(Debug)]
pub struct Connected {
    /// The server's address, cleaned.
    pub server: Url,
    /// Our own profile there.
    pub profile: Profile,
    /// What the server allows.
    pub capabilities: Capabilities,
    /// Settings and tokens, to be sealed.
    pub settings: Secret,
}

/// A sign-in that did not work: which field, why, and the way out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {why}")]
pub struct SignInError {
    /// The field to change, by its name in `Card::sign_in`.
    pub field: &'static str,
    /// Why, and the way out.
    pub why: String,
}

/// A channel that answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    /// Our profile as it is now.
    pub profile: Profile,
    /// What the server allows now.
    pub capabilities: Capabilities,
    /// When the token ends, where the network tells.
    pub token_ends_at: Option<Timestamp>,
}

/// A picture or film with its content.
#[derive(Debug, Clone)]
pub struct MediaFile {
    /// Its content; a film stays on disk.
    pub source: Source,
    /// Its type, such as `image/png`.
    pub mime: String,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// What it shows; empty if decorative.
    pub alt: String,
}

impl MediaFile {
    /// Whether it is a film.
    pub fn is_film(&self) -> bool {
        self.mime.starts_with("video/")
    }
}

/// What is looked for after an unknown outcome.
#[derive(Debug, Clone, Copy)]
pub struct Search<'a> {
    /// The key it was sent under.
    pub key: &'a str,
    /// The bytes that were sent.
    pub prepared: &'a str,
    /// When it was first sent.
    pub first_send: Timestamp,
    /// Remote ids that belong to other dispatches: an identical earlier post is never taken for this one.
    pub taken: &'a [String],
}

/// A page of what happened, oldest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// What happened.
    pub items: Vec<Incoming>,
    /// Where to go on; `None` if nothing was ever there.
    pub cursor: Option<String>,
    /// Whether there is more now.
    pub more: bool,
}

/// A person's profile as the network shows it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LookedAt {
    /// What they say of themselves, as plain text.
    pub bio: String,
    /// Their last public posts that answer nobody, the latest first.
    pub posts: Vec<RemotePost>,
    /// How many they follow, where it is told.
    pub follows: Option<u64>,
    /// How many follow them, where it is told.
    pub followers: Option<u64>,
    /// Since when they are there.
    pub since: Option<Timestamp>,
}

/// A thread around a post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thread {
    /// What it answers, the first post first.
    pub above: Vec<RemotePost>,
    /// The post itself.
    pub post: RemotePost,
    /// The answers, oldest first.
    pub below: Vec<RemotePost>,
}

/// The words of an answer and what they answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    /// The words, as the person wrote them.
    pub text: String,
    /// Content warning.
    pub warning: Option<String>,
    /// Language tag.
    pub language: Option<String>,
    /// Who may read it; the engine passes the audience of what is answered.
    pub audience: Audience,
    /// The post that is answered.
    pub to: RemotePost,
}

/// Words to a person alone that answer nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FirstWords {
    /// The words, as the person wrote them.
    pub text: String,
    /// Language tag.
    pub language: Option<String>,
    /// To whom; the act's target is their remote id.
    pub to: Profile,
}

/// Why reading did not work.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// Not now; again after the delay.
    #[error("{why}")]
    Later {
        /// How long the network asked us to wait.
        after: Option<SignedDuration>,
        /// Why, in plain words.
        why: String,
    },
    /// The token no longer works.
    #[error("{why}")]
    SignInAgain {
        /// Why, in plain words.
        why: String,
    },
    /// There is no such thing (any more).
    #[error("it is not there any more")]
    NotThere,
    /// This server does not offer that.
    #[error("this server does not offer that")]
    NotOffered,
}
