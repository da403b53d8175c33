//! What a feed says, which of it is new, and the words that announce it (B8). Pure: fetching is `kith-networks`' part.
//!
//! An entry is known by several keys (its GUID, its link, its title with its day), because feeds change each of them at
//! will; one known key is enough to be no news. A first reading only learns. Templates fill fields of an allow-list and
//! nothing else.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::hex::lower;

/// Entries of one reading that are looked at, the first ones.
pub const ENTRIES_MAX: usize = 5_000;
/// Announcements of one feed a day, unless its rule says otherwise, and at most.
pub const PER_DAY_DEFAULT: u32 = 3;
/// The most announcements a day that a rule may allow.
pub const PER_DAY_MAX: u32 = 24;
/// Longest template in characters.
pub const TEMPLATE_CHARS_MAX: usize = 2_000;
/// Longest filled field in characters; what is longer ends with an ellipsis at a word.
pub const FIELD_CHARS_MAX: usize = 280;
/// The template of a feed that names none.
pub const TEMPLATE_DEFAULT: &str = "{title}\n\n{link}";
/// The fields that a template may name.
pub const FIELDS: [&str; 5] = ["title", "link", "summary", "author", "feed"];

/// One entry of a feed, as plain text.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct FeedEntry {
    /// Its GUID or id, if it has one of its own.
    pub guid: Option<String>,
    /// Its page.
    pub link: Option<String>,
    /// Its title without markup.
    pub title: String,
    /// Its beginning without markup.
    pub summary: String,
    /// Who wrote it.
    pub author: Option<String>,
    /// When it says that it was published.
    pub published: Option<Timestamp>,
}

/// A template whose fields all exist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Template(String);

/// What is wrong with a template.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// It names a field that does not exist.
    #[error("{{{found}}} is no field of a feed; there are {}", FIELDS.map(|field| format!("{{{field}}}")).join(", "))]
    Unknown {
        /// What it names.
        found: String,
    },
    /// A brace stands alone.
    #[error("a brace opens or closes alone; write {{{{ or }}}} for a brace itself")]
    Brace,
    /// It is too long or empty.
    #[error("a template has 1 to {TEMPLATE_CHARS_MAX} characters")]
    Length,
    /// It names neither title, link nor summary, so that all announcements would be the same.
    #[error("name {{title}}, {{link}} or {{summary}}, or every announcement says the same")]
    SaysNothing,
}

/// A piece of a template.
enum Piece<'t> {
    Text(&'t str),
    Brace(char),
    Field(&'t str),
}

/// The keys by which each entry is known, in the order of the entries. A GUID or a link that several entries of one
/// reading share says nothing and is left out.
pub fn keys(entries: &[FeedEntry]) -> Vec<Vec<String>> {
    let mut guids: BTreeMap<&str, u32> = BTreeMap::new();
    let mut links: BTreeMap<String, u32> = BTreeMap::new();
    for entry in entries {
        if let Some(guid) = entry.guid.as_deref() {
            *guids.entry(guid).or_default() += 1;
        }
        if let Some(link) = &entry.link {
            *links.entry(plain_link(link)).or_default() += 1;
        }
    }
    entries.iter().map(|entry| keys_of(entry, &guids, &links)).collect()
}

fn keys_of(entry: &FeedEntry, guids: &BTreeMap<&str, u32>, links: &BTreeMap<String, u32>) -> Vec<String> {
    let mut keys = Vec::with_capacity(3);
    if let Some(guid) = entry.guid.as_deref().filter(|guid| guids.get(guid) == Some(&1)) {
        keys.push(key("guid", guid));
    }
    let link = entry.link.as_deref().map(plain_link).filter(|link| links.get(link) == Some(&1));
    if let Some(link) = &link {
        keys.push(key("link", link));
    }
    let title = entry.title.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    match entry.published {
        Some(at) if !title.is_empty() => keys.push(key("title", &format!("{title} {}", at.strftime("%Y-%m-%d")))),
        // Without a link and a day of its own the words are all there is.
        _ if link.is_none() => keys.push(key("words", &format!("{title} {}", entry.summary))),
        _ => {}
    }
    keys
}

/// The entries that are news: none of their keys is known. A feed that was never read has no news. The oldest first.
pub fn news(entries: &[FeedEntry], known: &BTreeSet<String>, is_first_reading: bool) -> Vec<usize> {
    if is_first_reading {
        return Vec::new();
    }
    let mut met = known.clone();
    let mut found = Vec::new();
    for (index, keys) in keys(entries).into_iter().enumerate() {
        // The same entry twice in one reading is one.
        if keys.iter().any(|key| met.contains(key)) {
            met.extend(keys);
            continue;
        }
        met.extend(keys);
        found.push(index);
    }
    // Feeds list the newest first; where they tell a time, the time decides.
    found.reverse();
    found.sort_by_key(|index| entries.get(*index).and_then(|entry| entry.published));
    found
}

/// How many more may be announced today.
pub fn left_today(per_day: u32, announced_today: u32) -> u32 {
    per_day.min(PER_DAY_MAX).saturating_sub(announced_today)
}

/// A link without what differs between two links to one page: scheme, `www.`, marks of campaigns, fragment, last slash.
pub fn plain_link(link: &str) -> String {
    let link = link.trim();
    let link = link.split('#').next().unwrap_or(link);
    let rest = link.split_once("://").map_or(link, |(_, rest)| rest);
    let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (host, path) = place.split_once('/').unwrap_or((place, ""));
    let host = host.to_lowercase();
    let host = host.strip_prefix("www.").unwrap_or(&host);
    let kept: Vec<&str> = query.split('&').filter(|pair| !pair.is_empty() && !is_campaign(pair)).collect();
    let mut plain = format!("{host}/{}", path.trim_end_matches('/'));
    if !kept.is_empty() {
        plain.push('?');
        plain.push_str(&kept.join("&"));
    }
    plain
}

fn is_campaign(pair: &str) -> bool {
    let name = pair.split('=').next().unwrap_or(pair).to_lowercase();
    name.starts_with("utm_") || matches!(name.as_str(), "fbclid" | "gclid" | "mc_cid" | "mc_eid" | "ref" | "source")
}

fn key(kind: &str, value: &str) -> String {
    let digest = Sha256::new().chain_update(kind).chain_update([0]).chain_update(value.trim()).finalize();
    lower(&digest[..16])
}

impl Template {
    /// Checks a template.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        if text.trim().is_empty() || text.chars().count() > TEMPLATE_CHARS_MAX {
            return Err(TemplateError::Length);
        }
        let mut says = false;
        for piece in pieces(text)? {
            if let Piece::Field(name) = piece {
                if !FIELDS.contains(&name) {
                    return Err(TemplateError::Unknown { found: name.chars().take(40).collect() });
                }
                says |= matches!(name, "title" | "link" | "summary");
            }
        }
        if says { Ok(Self(text.to_owned())) } else { Err(TemplateError::SaysNothing) }
    }

    /// The text as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Fills it. What an entry says is never read as a template, and lines that stay empty are left out.
    pub fn fill(&self, entry: &FeedEntry, feed_title: &str) -> String {
        let mut lines = Vec::new();
        for line in self.0.lines() {
            let (mut text, mut named, mut filled) = (String::new(), false, false);
            // A checked template has no wrong piece; if it had, its line would be left as it is.
            let Ok(pieces) = pieces(line) else {
                lines.push(line.to_owned());
                continue;
            };
            for piece in pieces {
                match piece {
                    Piece::Text(part) => text.push_str(part),
                    Piece::Brace(brace) => text.push(brace),
                    Piece::Field(name) => {
                        let value = field(name, entry, feed_title);
                        named = true;
                        filled |= !value.is_empty();
                        text.push_str(&value);
                    }
                }
            }
            if filled || !named {
                lines.push(text);
            }
        }
        lines.join("\n").trim().to_owned()
    }
}

impl Default for Template {
    fn default() -> Self {
        Self(TEMPLATE_DEFAULT.to_owned())
    }
}

impl TryFrom<String> for Template {
    type Error = TemplateError;
    fn try_from(text: String) -> Result<Self, TemplateError> {
        Self::parse(&text)
    }
}

impl From<Template> for String {
    fn from(template: Template) -> Self {
        template.0
    }
}

fn pieces(text: &str) -> Result<Vec<Piece<'_>>, TemplateError> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        if at > 0 {
            pieces.push(Piece::Text(&rest[..at]));
        }
        let brace = if rest[at..].starts_with('{') { '{' } else { '}' };
        let after = &rest[at + 1..];
        if after.starts_with(brace) {
            pieces.push(Piece::Brace(brace));
            rest = &after[1..];
        } else if brace == '{' {
            let end = after.find('}').ok_or(TemplateError::Brace)?;
            pieces.push(Piece::Field(after[..end].trim()));
            rest = &after[end + 1..];
        } else {
            return Err(TemplateError::Brace);
        }
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest));
    }
    Ok(pieces)
}

fn field(name: &str, entry: &FeedEntry, feed_title: &str) -> String {
    let value = match name {
        "title" => &entry.title,
        "link" => return entry.link.clone().unwrap_or_default(),
        "summary" => &entry.summary,
        "author" => return cut(entry.author.as_deref().unwrap_or_default()),
        "feed" => return cut(feed_title),
        _ => return String::new(),
    };
    cut(value)
}

/// At most so many characters, ended at a word.
fn cut(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.chars().count() <= FIELD_CHARS_MAX {
        return text;
    }
    let head: String = text.chars().take(FIELD_CHARS_MAX - 1).collect();
    let head = head.rsplit_once(' ').map_or(head.as_str(), |(words, _)| words);
    format!("{}…", head.trim_end_matches(['.', ',', ';', ':']))
}

#[cfg(test)]
#[path = "feed_tests.rs"]
mod tests;
