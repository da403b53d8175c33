//! What the world holds: accounts, statuses, notifications, pictures, polls.
//!
//! Plain rows without behaviour beyond small questions about themselves; they are also the snapshot's format.
//! Every number that steers the simulation is an integer, so that a snapshot brings back exactly what was saved.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The id of anything in the world: milliseconds since 1970 in the upper 48 bits, so ids order by time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Id(pub(crate) u64);

impl std::fmt::Display for Id {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl std::str::FromStr for Id {
    type Err = std::num::ParseIntError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Account {
    pub id: Id,
    pub username: String,
    /// The server the account lives on; `None` is this one.
    pub domain: Option<String>,
    pub display_name: String,
    pub note: String,
    pub bot: bool,
    pub created_at: Timestamp,
}

impl Account {
    /// The name others use here: `ines` or `ines@makers.example`.
    pub(crate) fn acct(&self) -> String {
        match &self.domain {
            Some(domain) => format!("{}@{domain}", self.username),
            None => self.username.clone(),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Visibility {
    Public,
    Unlisted,
    Private,
    Direct,
}

impl Visibility {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "public" => Self::Public,
            "unlisted" => Self::Unlisted,
            "private" => Self::Private,
            "direct" => Self::Direct,
            _ => return None,
        })
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Unlisted => "unlisted",
            Self::Private => "private",
            Self::Direct => "direct",
        }
    }

    /// Whether anybody at all may read it.
    pub(crate) fn is_open(self) -> bool {
        matches!(self, Self::Public | Self::Unlisted)
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Status {
    pub id: Id,
    pub account: Id,
    pub created_at: Timestamp,
    pub edited_at: Option<Timestamp>,
    pub text: String,
    pub spoiler: String,
    pub sensitive: bool,
    pub visibility: Visibility,
    pub language: Option<String>,
    pub in_reply_to: Option<Id>,
    pub in_reply_to_account: Option<Id>,
    /// The first status of the thread; the status itself when it begins one.
    pub root: Id,
    pub reblog_of: Option<Id>,
    pub media: Vec<Id>,
    pub poll: Option<Poll>,
    pub mentions: Vec<Id>,
    pub tags: Vec<String>,
    pub favourited_by: BTreeSet<Id>,
    /// Who boosted it, with the boost's own id.
    pub reblogged_by: BTreeMap<Id, Id>,
    /// Name and address of the application it was sent with.
    pub application: Option<(String, Option<String>)>,
    pub history: Vec<Revision>,
}

impl Status {
    pub(crate) fn mentions(&self, account: Id) -> bool {
        self.mentions.contains(&account)
    }
}

/// An earlier wording of a status.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Revision {
    pub at: Timestamp,
    pub text: String,
    pub spoiler: String,
    pub sensitive: bool,
    pub media: Vec<Id>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Poll {
    pub id: Id,
    pub options: Vec<String>,
    pub multiple: bool,
    pub expires_at: Timestamp,
    pub votes: BTreeMap<Id, Vec<usize>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum NotificationKind {
    Mention,
    Reblog,
    Favourite,
    Follow,
    Update,
}

impl NotificationKind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Mention => "mention",
            Self::Reblog => "reblog",
            Self::Favourite => "favourite",
            Self::Follow => "follow",
            Self::Update => "update",
        }
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Notification {
    pub id: Id,
    pub to: Id,
    pub from: Id,
    pub kind: NotificationKind,
    pub status: Option<Id>,
    pub created_at: Timestamp,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Media {
    pub id: Id,
    pub account: Id,
    pub mime: String,
    pub width: usize,
    pub height: usize,
    pub bytes: usize,
    pub description: Option<String>,
    pub focus: Option<String>,
    pub attached_to: Option<Id>,
}

impl Media {
    /// The name of the file behind it: its id and the ending of its kind.
    pub(crate) fn file_name(&self) -> String {
        let ending = self.mime.strip_prefix("image/").unwrap_or("bin");
        format!("{}.{ending}", self.id)
    }
}

/// A registered application.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct App {
    pub id: Id,
    pub name: String,
    pub website: Option<String>,
    pub redirect_uris: Vec<String>,
    pub scopes: String,
    pub client_id: String,
    pub client_secret: String,
}

/// An authorisation code that waits to be exchanged.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Code {
    pub client_id: String,
    pub redirect_uri: String,
    pub scopes: String,
    pub challenge: Option<(ChallengeMethod, String)>,
    pub account: Id,
    pub made_at: Timestamp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum ChallengeMethod {
    S256,
    Plain,
}

/// What an access token stands for.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Grant {
    /// Whose token it is; `None` for one that stands for the application alone.
    pub account: Option<Id>,
    pub scopes: String,
    pub app: Option<(String, Option<String>)>,
    pub client_id: Option<String>,
    pub made_at: Timestamp,
}

/// What has happened so far, for the demo page and for tests.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stats {
    /// Statuses the owner began a thread with.
    pub owner_posts: u64,
    /// Statuses of the owner that answer or name somebody.
    pub owner_answers: u64,
    /// Replies, mentions and direct messages from people to the owner.
    pub messages_from_people: u64,
    /// The same from spammers, senders of automatic messages and broken mailings.
    pub messages_from_machines: u64,
    /// Of `messages_from_people`, those sent as direct messages.
    pub direct_messages: u64,
    /// Likes and boosts of the owner's statuses by simulated people.
    pub likes: u64,
    /// Boosts of the owner's statuses by simulated people.
    pub boosts: u64,
    /// People who began to follow the owner since the start.
    pub follows: u64,
    /// People who stopped following the owner.
    pub unfollows: u64,
    /// Waiting messages the owner answered in time.
    pub answered: u64,
    /// Waiting messages whose sender gave up.
    pub given_up: u64,
    /// People who lost interest for good.
    pub drifted: u64,
}
