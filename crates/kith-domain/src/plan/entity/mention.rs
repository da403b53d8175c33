//! Mentions of accounts: `@name`, `@name@domain` (fediverse), `@name.domain` (AT Protocol), and the beginning of a reply.
//!
//! [`names`] finds what X takes for a mention (twitter-text's cases, 2021-10); [`mentions`] what any network would take
//! for one, which is what an unsolicited mention is judged by. An address of e-mail is none.

use serde::{Deserialize, Serialize};

use super::{Span, before, from, is_latin_accent, links};

/// Longest name of an account on X (twitter-text takes 20, 2021-10).
const NAME_CHARS_MAX: usize = 20;
/// Longest slug of a list on X, behind its first letter (twitter-text, 2021-10).
const SLUG_CHARS_MAX: usize = 24;
/// Longest handle and longest label of the AT Protocol, in bytes (https://atproto.com/specs/handle, 2026-07).
const HANDLE_BYTES_MAX: usize = 253;
const LABEL_BYTES_MAX: usize = 63;

/// A mention and where it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mention {
    /// With its sign.
    pub span: Span,
    /// The account without the sign in front, such as `cy@clay.social`.
    pub handle: String,
}

/// Every mention that any of the networks would take for one, in order.
pub fn mentions(text: &str) -> Vec<Mention> {
    if !text.contains(['@', '＠']) {
        return Vec::new();
    }
    let links = links(text);
    let mut found: Vec<Mention> = Vec::new();
    for (at, sign) in text.match_indices(['@', '＠']) {
        let inside = before(text, at).is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | '@' | '＠' | '/' | '.' | '-' | '+'));
        let is_dotted =
            before(text, at) == Some('.') && !from(text, 0).get(..at).unwrap_or_default().ends_with(|c: char| c.is_alphanumeric());
        if (inside && !is_dotted)
            || found.last().is_some_and(|last| at < last.span.end)
            || links.iter().any(|link| link.start <= at && at < link.end)
        {
            continue;
        }
        let start = at + sign.len();
        let length = account_len(from(text, start));
        if length > 0 && !from(text, start + length).starts_with("://") {
            let end = start + length;
            found.push(Mention { span: Span::new(at, end), handle: Span::new(start, end).of(text).to_owned() });
        }
    }
    found
}

/// Bytes of `name`, `name@domain` or `name.domain` at the start.
fn account_len(rest: &str) -> usize {
    let name = words_len(rest);
    match from(rest, name).strip_prefix('@') {
        Some(domain) if name > 0 => match words_len(domain) {
            0 => name,
            length => name + 1 + length,
        },
        _ => name,
    }
}

/// Bytes of words with single dots and hyphens between them.
fn words_len(text: &str) -> usize {
    let mut end = 0;
    for (at, c) in text.char_indices() {
        if c.is_alphanumeric() && (c.is_ascii() || c.is_lowercase() || c.is_uppercase()) || c == '_' {
            end = at + c.len_utf8();
        } else if end == 0 || end < at || !matches!(c, '.' | '-') {
            break;
        }
    }
    end
}

/// Every mention as X finds it: the name's span with its sign, and the span with the slug of a list behind it.
pub fn names(text: &str) -> Vec<(Span, Span)> {
    let mut found = Vec::new();
    for (at, sign) in text.match_indices(['@', '＠']) {
        let head = text.get(..at).unwrap_or_default();
        let free = before(text, at).is_none_or(|c| !(c.is_ascii_alphanumeric() || "_!#$%&*@＠".contains(c)));
        if !free && !is_after_retweet(head) {
            continue;
        }
        let start = at + sign.len();
        let length = name_len(from(text, start));
        let (name, mut end) = (Span::new(at, start + length), start + length);
        if let Some(slug) = from(text, end).strip_prefix('/').filter(|slug| slug.starts_with(|c: char| c.is_ascii_alphabetic())) {
            let is_slug = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
            end += 1 + slug.chars().take(1 + SLUG_CHARS_MAX).take_while(|c| is_slug(*c)).count();
        }
        if length > 0 && ends_here(from(text, end)) {
            found.push((name, Span::new(at, end)));
        }
    }
    found
}

/// The account that a text begins with, as a reply does, with its sign. Unseen letters before it do not hide it.
pub fn reply_to(text: &str) -> Option<String> {
    let text = text.trim_start_matches(super::super::lint::is_unseen);
    let rest = text.strip_prefix(['@', '＠'])?;
    let first = rest.chars().next()?;
    if !(first.is_alphanumeric() || first == '_') {
        return None;
    }
    let word = rest.split_whitespace().next().unwrap_or_default();
    if word.contains("://") {
        return None;
    }
    let word: String = word.chars().take(80).collect();
    Some(format!("@{}", word.trim_end_matches([',', ':', '.', '!', '?', ';'])))
}

/// Whether this is a name of the AT Protocol: a domain of at least two labels (https://atproto.com/specs/handle).
pub fn is_domain_name(handle: &str) -> bool {
    let is_label = |label: &str| {
        !label.is_empty()
            && label.len() <= LABEL_BYTES_MAX
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let ends_on_letter = handle.rsplit('.').next().is_some_and(|label| label.starts_with(|c: char| c.is_ascii_alphabetic()));
    handle.len() <= HANDLE_BYTES_MAX && handle.contains('.') && ends_on_letter && handle.split('.').all(is_label)
}

fn name_len(rest: &str) -> usize {
    rest.chars().take(NAME_CHARS_MAX).take_while(|c| c.is_ascii_alphanumeric() || *c == '_').count()
}

fn ends_here(rest: &str) -> bool {
    !rest.starts_with("://") && !rest.starts_with(|c: char| matches!(c, '@' | '＠') || is_latin_accent(c))
}

/// `RT` with or without a colon, as retweets by hand begin.
fn is_after_retweet(head: &str) -> bool {
    let head = head.strip_suffix(':').unwrap_or(head);
    let Some(at) = head.len().checked_sub(2) else { return false };
    let is_mark = head.get(at..).is_some_and(|word| word.eq_ignore_ascii_case("rt"));
    is_mark && before(head, at).is_none_or(|c| !(c.is_ascii_alphanumeric() || "_+~.-".contains(c)))
}
