//! What the page for writing shows: what each channel makes of the words, when they would go out, drafts.

use serde::Serialize;

use super::{ChannelRow, Moment, ProgramLine, Stamp};
use crate::plan::Composed;

/// Something found in what was typed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FindingView {
    /// Its field: `text`, `text:` and a channel's name, `alt:` and a picture's id, `media`, `poll`, `channels`, `at`,
    /// `category`, `cw`, `lang` or `plan`.
    pub field: String,
    /// What it is and the way out.
    pub words: String,
    /// Whether it stops the post.
    pub refuses: bool,
    /// Whether the post is stored and waits for the owner's yes.
    pub holds: bool,
    /// It reads as an answer to somebody, which a person writes in the inbox.
    pub reply: bool,
    /// Only said once a button was pressed: whoever still writes knows it.
    pub gentle: bool,
    /// The channel whose network alone says it.
    pub on: Option<String>,
}

/// How a network counts, for a page that counts while somebody types. The server's own count decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CountRule {
    /// `graphemes`, `weighted`, `utf16` or `emoji_bytes`.
    pub measure: String,
    /// Longest text in that measure.
    pub max: u32,
    /// Longest text in bytes of UTF-8, if that is a limit too.
    pub bytes_max: Option<u32>,
    /// What a link counts, if all count the same.
    pub link: Option<u32>,
    /// Whether the domain of a mention counts.
    pub domains: bool,
}

/// A channel that can be written for.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WriteChannel {
    /// The channel.
    pub row: ChannelRow,
    /// How its network counts.
    pub rule: CountRule,
    /// Most pictures in one post.
    pub pictures_max: u32,
    /// Largest video in bytes; 0 if it takes none.
    pub video_bytes_max: u64,
}

/// How alike a version is to the first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AlikeView {
    /// Of a hundred word pairs.
    pub percent: u32,
    /// The channel of the first version.
    pub with: String,
    /// Whether it is worth a word to the writer.
    pub nudge: bool,
}

/// What one channel makes of the words.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct VersionView {
    /// The channel.
    pub channel: ChannelRow,
    /// The words there, each part of a thread by itself.
    pub parts: Vec<String>,
    /// Whether they are its own.
    pub own: bool,
    /// Length as its network counts, of the longest part.
    pub count: u32,
    /// The limit in that unit.
    pub max: u32,
    /// What counts beside the words, such as the content warning.
    pub beside: u32,
    /// How alike it is to the first version; `None` for the first.
    pub alike: Option<AlikeView>,
    /// It goes out a day after the others.
    pub later: bool,
    /// Its network would not take it so; the others can be planned without it.
    pub blocked: bool,
    /// The address behind its first link, whose card the network shows.
    pub link: Option<String>,
    /// How its video comes to be seen, if it has one and its network takes it.
    pub plays: Option<String>,
    /// When it goes out there.
    pub line: Option<ProgramLine>,
}

/// A picture or video of the post.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PictureView {
    /// Its id.
    pub id: String,
    /// What its file was called.
    pub name: String,
    /// Its type, such as `image/png`.
    pub mime: String,
    /// Its size for people, such as `1.2 MB, 1600 × 900`, a video's after its length.
    pub size: String,
    /// How long it is, such as `0:12`; `None` for a picture.
    pub length: Option<String>,
    /// What it shows.
    pub alt: String,
    /// A person said that it shows nothing a listener misses.
    pub decorative: bool,
}

/// A time to choose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SlotView {
    /// The form's value; empty if there is no such time.
    pub value: String,
    /// Such as `Fri 27 Nov, 09:45`.
    pub title: String,
    /// What it is, such as `Next free place for tips`.
    pub words: String,
    /// Whether the owner is there; `None` if she never said when she is.
    pub here: Option<bool>,
    /// The same in words.
    pub presence: String,
}

/// What would become of a post as it is typed.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct LookView {
    /// Each channel's version, the first first.
    pub versions: Vec<VersionView>,
    /// What was found.
    pub findings: Vec<FindingView>,
    /// When it would go out, by time.
    pub lines: Vec<ProgramLine>,
    /// Times to choose from.
    pub slots: Vec<SlotView>,
    /// The one that is chosen.
    pub chosen: String,
    /// The local time of one's own, as the form's field takes it.
    pub at: String,
    /// Its zone.
    pub zone: String,
    /// Who is there then.
    pub own_time: Option<SlotView>,
    /// It asks its readers something.
    pub asks: bool,
    /// Its pictures, in their order.
    pub pictures: Vec<PictureView>,
}

impl LookView {
    /// Whether anything of it can be planned now. What one network refuses is left out, if others take it.
    pub fn may_plan(&self) -> bool {
        let fits = self.versions.iter().any(|version| !version.blocked);
        let on_blocked = |finding: &FindingView| {
            let named = |version: &&VersionView| {
                finding.on.as_ref() == Some(&version.channel.name) || finding.field == format!("text:{}", version.channel.name)
            };
            let first = self.versions.first().filter(|_| finding.field == "text");
            self.versions.iter().find(named).or(first).is_some_and(|version| version.blocked)
        };
        fits && !self.findings.iter().any(|finding| finding.refuses && !on_blocked(finding))
    }

    /// It is an answer to somebody, which is never planned.
    pub fn is_reply(&self) -> bool {
        self.findings.iter().any(|finding| finding.reply)
    }
}

/// A post that started conversations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StarterView {
    /// The dispatch, as the address of a new post that begins with it takes it.
    pub id: String,
    /// Its words.
    pub text: String,
    /// Where it was.
    pub stamp: Stamp,
    /// How many conversations.
    pub conversations: u64,
}

/// What the page for writing offers.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WriteView {
    /// The channels.
    pub channels: Vec<WriteChannel>,
    /// The zone's place.
    pub place: String,
    /// The workspace's zone and those of its markets.
    pub zones: Vec<String>,
    /// Posts that started conversations.
    pub starters: Vec<StarterView>,
    /// Drafts that wait, this one too.
    pub drafts: usize,
    /// Whether this visitor may plan; if not, why.
    pub may: Result<(), String>,
    /// What they plan waits for the owner's yes.
    pub asks_yes: bool,
}

/// A draft in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DraftLine {
    /// Its id.
    pub id: String,
    /// Its first words, cut; empty if there are none.
    pub text: String,
    /// Where it is to go.
    pub stamps: Vec<Stamp>,
    /// How many pictures it has.
    pub pictures: usize,
    /// When it was saved last.
    pub saved: Moment,
    /// Who saved it.
    pub by: String,
}

/// A draft that was opened.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DraftView {
    /// Its id.
    pub id: String,
    /// Its version: whoever saves it names the one they have.
    pub version: i64,
    /// When it was saved last.
    pub saved: Moment,
    /// Who saved it.
    pub by: String,
    /// What was typed.
    pub post: Composed,
}

/// What became of a save.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub enum SavedDraft {
    /// It is kept.
    Kept {
        /// Its id.
        id: String,
        /// Its new version.
        version: i64,
        /// When.
        at: Moment,
    },
    /// Somebody has saved it meanwhile; theirs is as it was, this one was not kept.
    Theirs(Box<DraftView>),
    /// It was planned or thrown away meanwhile; this was not kept.
    Gone,
}
