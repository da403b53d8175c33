//! What is wrong with a plan, where, and the way out.
//!
//! A [`Problem`] is data: its [`Reason`] has a stable code for programs and a sentence for people. The parsers, the
//! checks of this stage, the schedule and the engine (for what only a network can know) all speak through it.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Whether a problem stops the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Nothing is stored until this is put right.
    Refuse,
    /// It is stored and waits until it is changed or the owner says yes.
    Hold,
    /// Worth a look; the plan goes on.
    Warn,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// The line in the file, from 1; `None` if the file as a whole is meant.
    pub line: Option<u32>,
    /// The column or field, such as `text` or `text:mastodon`.
    pub column: Option<String>,
    /// What is wrong.
    pub reason: Reason,
    /// What the person can do, as a sentence without a full stop.
    pub way_out: String,
    /// Whether it stops the plan.
    pub severity: Severity,
}

/// What is wrong. The code in JSON is the variant in snake case under `code`; codes are never renamed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Reason {
    // The file.
    #[error("the file has {bytes} bytes, more than {limit_bytes}")]
    FileTooLarge { bytes: u64, limit_bytes: u64 },
    #[error("the file has more than {limit} posts")]
    TooManyRows { limit: u32 },
    #[error("the file holds no posts")]
    NoRows,
    #[error("{found}")]
    NotUtf8 { found: String },
    #[error("a NUL byte stands in this line")]
    NulByte,
    #[error("the column {name} is missing")]
    MissingColumn { name: String },
    #[error("the column {name:?} is unknown{}", meant(did_you_mean.as_ref()))]
    UnknownColumn { name: String, did_you_mean: Option<String> },
    #[error("the column {name} stands here twice")]
    ColumnTwice { name: String },
    #[error("the row has {found} fields, the header {expected}")]
    RaggedRow { found: u32, expected: u32 },
    #[error("a quoted field opens in this line and is never closed")]
    QuoteOpen,
    #[error("after the closing quote stands {found:?}")]
    QuoteStray { found: String },
    #[error("this line is not a JSON object: {detail}")]
    BadJson { detail: String },
    #[error("the value is {found}, not {expected}")]
    WrongType { found: String, expected: String },
    #[error("the text has {bytes} bytes, more than {limit_bytes}")]
    TextTooBig { bytes: u64, limit_bytes: u64 },
    #[error("the list has {found} entries, more than {limit}")]
    ListTooLong { found: u32, limit: u32 },
    #[error("the field {name} at the top of the file would hold for every post")]
    FieldForAll { name: String },
    #[error("there are more problems than the first {shown}")]
    MoreProblems { shown: u32 },

    #[error("this file was imported already, at {at}")]
    ImportedBefore { at: String },
    #[error("{detail}")]
    BadOption { detail: String },

    // The words.
    #[error("the text is empty")]
    EmptyText,
    #[error("the same text stands in line {other_line} for channel {channel}")]
    SameTextTwice { other_line: u32, channel: String },
    #[error("the post begins with {handle}, as a reply does")]
    ReplyLike { handle: String },
    #[error("{found:?} looks like a placeholder nobody filled in")]
    Placeholder { found: String },
    #[error("the text begins with an apostrophe before {sign:?}, as spreadsheets and exports put it")]
    GuardedCell { sign: char },
    #[error("the text is too long for {network} by {over_by} (limit {limit})")]
    TooLong { network: String, over_by: u32, limit: u32 },

    #[error("{network}: {detail}")]
    OnNetwork { network: String, detail: String },
    #[error("{words}")]
    Safety {
        rule: String,
        words: String,
        /// First byte and the one after the last, in the column's text; `None` if all of it is meant.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        span: Option<[u32; 2]>,
    },

    // The pictures.
    #[error("entry {position} of the list is empty")]
    BlankEntry { position: u32 },
    #[error("the picture {media} has no alternative text")]
    MissingAlt { media: String },
    #[error("there are {alt} alternative texts for {media} pictures")]
    AltCount { media: u32, alt: u32 },
    #[error("the picture {path} is not there")]
    MissingPicture { path: String },

    // The channels.
    #[error("the channel {name:?} is unknown{}", meant(did_you_mean.as_ref()))]
    UnknownChannel { name: String, did_you_mean: Option<String> },
    #[error("the channel {name} is named twice")]
    ChannelTwice { name: String },
    #[error("no channel is named")]
    NoChannel,
    #[error("no channel is on the network {network:?}, so this wording is never used{}", meant(did_you_mean.as_ref()))]
    UnusedWording { network: String, did_you_mean: Option<String> },

    // The times.
    #[error("the time zone {name:?} is unknown{}", meant(did_you_mean.as_ref()))]
    UnknownZone { name: String, did_you_mean: Option<String> },
    #[error("no time zone is given")]
    NoZone,
    #[error("{detail}")]
    BadTime { raw: String, detail: String },
    #[error("the time {due_at} is past")]
    TimePast { due_at: String },
    #[error("the time {due_at} is more than {days_max} days ahead")]
    TimeFar { due_at: String, days_max: u32 },
    #[error("{asked} does not exist in {zone}, as the clock is put forward then; it goes out at {instead}")]
    TimeShifted { asked: String, zone: String, instead: String },
    #[error("{asked} comes twice in {zone}, as the clock is put back then; it goes out the first time")]
    TimeTwice { asked: String, zone: String },
    #[error("it goes out {minutes} minutes from the post of line {other_line} on channel {channel}")]
    TooClose { other_line: u32, channel: String, minutes: u32 },
    #[error("it goes out {minutes} minutes from a post already planned on channel {channel}")]
    TooCloseToPlanned { channel: String, minutes: u32 },
    #[error("no windows are given for the posts without a time of their own")]
    NoWindows,
    #[error("{detail}")]
    NoRoom { detail: String },
}

fn meant(word: Option<&String>) -> String {
    word.map(|word| format!(", did you mean {word}?")).unwrap_or_default()
}

impl Problem {
    /// A problem that stops the plan.
    pub fn refuse(
        line: impl Into<Option<u32>>,
        column: impl Into<Option<&'static str>>,
        reason: Reason,
        way_out: impl Into<String>,
    ) -> Self {
        Self { line: line.into(), column: column.into().map(str::to_owned), reason, way_out: way_out.into(), severity: Severity::Refuse }
    }

    /// A problem that is worth a look.
    pub fn warn(line: impl Into<Option<u32>>, column: impl Into<Option<&'static str>>, reason: Reason, way_out: impl Into<String>) -> Self {
        Self { severity: Severity::Warn, ..Self::refuse(line, column, reason, way_out) }
    }

    /// A problem that lets the plan be stored and holds the post.
    pub fn hold(line: impl Into<Option<u32>>, column: impl Into<Option<&'static str>>, reason: Reason, way_out: impl Into<String>) -> Self {
        Self { severity: Severity::Hold, ..Self::refuse(line, column, reason, way_out) }
    }

    /// The same problem in a column whose name is only known at run time, such as `text:mastodon`.
    pub fn in_column(mut self, column: impl Into<String>) -> Self {
        self.column = Some(column.into());
        self
    }

    /// Its name for programs: the rule's own, such as `mention` or `policy.M4`, else the reason's.
    pub fn code(&self) -> String {
        if let Reason::Safety { rule, .. } = &self.reason {
            return rule.clone();
        }
        let json = serde_json::to_value(&self.reason).unwrap_or_default();
        json.get("code").and_then(serde_json::Value::as_str).unwrap_or_default().to_owned()
    }

    /// Whether it stops the plan.
    pub fn refuses(&self) -> bool {
        self.severity == Severity::Refuse
    }

    /// Whether the post waits for the owner.
    pub fn holds(&self) -> bool {
        self.severity == Severity::Hold
    }

    /// The text is `over_by` characters longer than `network` takes; the network's own preview knows.
    pub fn too_long(line: u32, column: &str, network: &str, over_by: u32, limit: u32) -> Self {
        let own = format!("text:{network}");
        let way_out = if column == own {
            format!("shorten it by {over_by}")
        } else {
            format!("shorten it by {over_by}, or give {network} a wording of its own in the column {own}")
        };
        Self::refuse(line, None, Reason::TooLong { network: network.to_owned(), over_by, limit }, way_out).in_column(column)
    }

    /// A channel of this name is not in the workspace; `known` are those that are.
    pub fn unknown_channel(line: impl Into<Option<u32>>, name: &str, known: &[&str]) -> Self {
        let did_you_mean = super::nearest::nearest(name, known.iter().copied()).map(str::to_owned);
        let way_out = if known.is_empty() {
            "add a channel first, with: kith channel add".to_owned()
        } else {
            format!("use one of: {}", listed(known))
        };
        Self::refuse(line, "channels", Reason::UnknownChannel { name: name.to_owned(), did_you_mean }, way_out)
    }

    /// The file of a picture cannot be found; only the engine can look.
    pub fn missing_picture(line: u32, path: &str) -> Self {
        Self::refuse(
            line,
            "media",
            Reason::MissingPicture { path: path.to_owned() },
            "put the file there, or correct the path (it is read from the folder of the plan)",
        )
    }
}

/// At most ten names, so that a message stays readable.
fn listed(names: &[&str]) -> String {
    const NAMES_SHOWN_MAX: usize = 10;
    let shown: Vec<&str> = names.iter().take(NAMES_SHOWN_MAX).copied().collect();
    let more = if names.len() > NAMES_SHOWN_MAX { " …" } else { "" };
    format!("{}{more}", shown.join(", "))
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.line, &self.column) {
            (Some(line), Some(column)) => write!(f, "line {line}, column {column}: ")?,
            (Some(line), None) => write!(f, "line {line}: ")?,
            (None, Some(column)) => write!(f, "column {column}: ")?,
            (None, None) => {}
        }
        write!(f, "{}; way out: {}", self.reason, self.way_out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_reads_as_line_column_reason_way_out() {
        let table = [
            (
                Problem::refuse(7, "text", Reason::EmptyText, "write something"),
                "line 7, column text: the text is empty; way out: write something",
            ),
            (
                Problem::refuse(7, None, Reason::RaggedRow { found: 3, expected: 5 }, "quote the field"),
                "line 7: the row has 3 fields, the header 5; way out: quote the field",
            ),
            (Problem::refuse(None, None, Reason::NoRows, "add a post"), "the file holds no posts; way out: add a post"),
            (
                Problem::too_long(2, "text", "mastodon", 12, 500),
                "line 2, column text: the text is too long for mastodon by 12 (limit 500); way out: shorten it by 12, or \
                 give mastodon a wording of its own in the column text:mastodon",
            ),
            (
                Problem::too_long(2, "text:bluesky", "bluesky", 1, 300),
                "line 2, column text:bluesky: the text is too long for bluesky by 1 (limit 300); way out: shorten it by 1",
            ),
            (
                Problem::unknown_channel(3, "lark-mastodn", &["lark-mastodon", "lark-bluesky"]),
                "line 3, column channels: the channel \"lark-mastodn\" is unknown, did you mean lark-mastodon?; way out: \
                 use one of: lark-mastodon, lark-bluesky",
            ),
            (
                Problem::missing_picture(4, "pics/oven.jpg"),
                "line 4, column media: the picture pics/oven.jpg is not there; way out: put the file there, or correct \
                 the path (it is read from the folder of the plan)",
            ),
        ];
        for (problem, expected) in table {
            assert_eq!(problem.to_string(), expected);
        }
    }

    #[test]
    fn json_names_are_stable_and_round_trip() {
        let problem = Problem::too_long(2, "text", "mastodon", 12, 500);
        let json = serde_json::to_value(&problem).unwrap();
        assert_eq!(json["reason"], serde_json::json!({"code": "too_long", "network": "mastodon", "over_by": 12, "limit": 500}));
        assert_eq!(json["severity"], "refuse");
        assert_eq!(json["line"], 2);
        assert_eq!(serde_json::from_value::<Problem>(json).unwrap(), problem);
    }
}
