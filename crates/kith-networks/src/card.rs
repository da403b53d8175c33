//! What a network says of itself: name, sign-in form, limits, and what a content would look like there.

use kith_domain::publish::Class;
use serde::{Deserialize, Serialize};

/// A network's visiting card; all texts are for people.
#[derive(Debug, Clone, Copy)]
pub struct Card {
    /// Its name, such as "Mastodon".
    pub name: &'static str,
    /// Two letters for the stamp on the page, such as "Ma".
    pub stamp: &'static str,
    /// One sentence on what is connected.
    pub about: &'static str,
    /// The fields asked for at sign-in, in order; also the command line's options.
    pub sign_in: &'static [Field],
    /// How a video comes to be seen, in one sentence.
    pub video: &'static str,
    /// Page in `docs/networks/`, such as "mastodon.md".
    pub docs: &'static str,
}

/// One field of a sign-in form.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// Stable name, such as "server" or "token".
    pub name: &'static str,
    /// Label for people.
    pub label: &'static str,
    /// Where to find it.
    pub hint: &'static str,
    /// Whether it must never be shown again.
    pub secret: bool,
    /// Whether it may stay empty.
    pub optional: bool,
}

/// What this server allows, read from it at sign-in and at each check; never assumed (networks.md, rule 2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capabilities {
    /// How doubles are guarded against on this server.
    pub class: Class,
    /// Its limits.
    pub limits: Limits,
    /// The server's own name and version, for people.
    pub software: String,
    /// Where streaming is offered, if it is.
    #[serde(default)]
    pub streaming: Option<String>,
}

/// Limits of one server; counting is the network's own (`Network::preview`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Longest text, in the network's own unit (characters or graphemes).
    pub text_max: u32,
    /// Longest text in bytes, where there is a second limit.
    pub text_bytes_max: Option<u32>,
    /// What a link counts, where links count the same whatever their length.
    pub link_counts: Option<u32>,
    /// Most pictures in a post.
    pub media_max: u32,
    /// Largest picture in bytes.
    pub image_bytes_max: u64,
    /// Longest alternative text in characters.
    pub alt_max: u32,
    /// Longest side of a picture in pixels, where the network has one.
    #[serde(default)]
    pub image_side_max: Option<u32>,
    /// Most pixels of a picture, where the network says so.
    #[serde(default)]
    pub image_pixels_max: Option<u64>,
    /// Largest film in bytes; `None` where the server does not say.
    #[serde(default)]
    pub video_bytes_max: Option<u64>,
    /// Longest film in seconds, where the network has a limit.
    #[serde(default)]
    pub video_seconds_max: Option<u32>,
}

/// What a content would look like on a network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preview {
    /// Length in the network's own unit.
    pub count: u32,
    /// The limit in that unit.
    pub max: u32,
    /// What must be changed before it can be planned, and what should be looked at.
    pub warnings: Vec<Warning>,
}

/// A finding on a content for one network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warning {
    /// Which field: `text`, `media`, `alt`, `cw`.
    pub field: String,
    /// What is the matter, with numbers, and the way out.
    pub text: String,
    /// Whether it refuses the post.
    pub refuses: bool,
    /// By how much a limit is passed, in its own unit.
    pub over_by: Option<u32>,
}

impl Preview {
    /// Whether the content can be planned for this network.
    pub fn is_fine(&self) -> bool {
        !self.warnings.iter().any(|warning| warning.refuses)
    }
}
