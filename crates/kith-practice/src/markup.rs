//! Status text: what in it is a link, a mention or a hashtag, how long it counts, and its HTML.
//!
//! The same pieces serve counting and rendering, so both agree about what a link is. Counting and HTML follow
//! Mastodon as documented: a link counts 23 characters, a mention counts without its domain, the rest counts by
//! grapheme cluster (<https://docs.joinmastodon.org/user/posting/>, read 2026-11).

use unicode_segmentation::UnicodeSegmentation;

use crate::limits::{LINK_CHARS, LINK_DISPLAY_CHARS};

/// A run of a status's text.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Piece<'a> {
    Text(&'a str),
    Link(&'a str),
    Mention { raw: &'a str, user: &'a str, domain: Option<&'a str> },
    Tag { raw: &'a str, name: &'a str },
}

/// Cuts a text into its pieces, in order; put together they are the text again.
pub(crate) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut out = Vec::new();
    let mut plain_from = 0;
    let mut at = 0;
    let mut before: Option<char> = None;
    while let Some(c) = text[at..].chars().next() {
        let boundary = before.is_none_or(|b| !b.is_alphanumeric() && b != '_');
        let found = match c {
            'h' | 'H' if boundary => link(&text[at..]),
            '@' if boundary && before != Some('/') => mention(&text[at..]),
            '#' if boundary && !matches!(before, Some('/' | '#' | '&')) => tag(&text[at..]),
            _ => None,
        };
        if let Some((piece, len)) = found {
            if plain_from < at {
                out.push(Piece::Text(&text[plain_from..at]));
            }
            out.push(piece);
            at += len;
            plain_from = at;
            before = text[..at].chars().next_back();
        } else {
            at += c.len_utf8();
            before = Some(c);
        }
    }
    if plain_from < text.len() {
        out.push(Piece::Text(&text[plain_from..]));
    }
    out
}

/// How many characters a text counts against the limit of a status.
pub(crate) fn counted_chars(text: &str) -> usize {
    pieces(text)
        .iter()
        .map(|piece| match piece {
            Piece::Link(_) => LINK_CHARS,
            Piece::Mention { user, .. } => 1 + user.graphemes(true).count(),
            Piece::Text(raw) | Piece::Tag { raw, .. } => raw.graphemes(true).count(),
        })
        .sum()
}

/// The names of the hashtags in a text, lower case, each once, in order.
pub(crate) fn tag_names(text: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for piece in pieces(text) {
        if let Piece::Tag { name, .. } = piece {
            let name = name.to_lowercase();
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    names
}

/// The HTML of a text. `mention_url` gives the address and short name of a mentioned account, if there is one;
/// `base` is the server's own address, for hashtags.
pub(crate) fn html(text: &str, base: &str, mention_url: impl Fn(&str, Option<&str>) -> Option<(String, String)>) -> String {
    if text.trim().is_empty() {
        return String::new();
    }
    let mut body = String::with_capacity(text.len() * 2);
    for piece in pieces(text) {
        match piece {
            Piece::Text(raw) => push_escaped(&mut body, raw),
            Piece::Link(raw) => push_link(&mut body, raw),
            Piece::Tag { name, .. } => {
                let tag = name.to_lowercase();
                body.extend(["<a href=\"", base, "/tags/"]);
                push_escaped(&mut body, &tag);
                body.push_str("\" class=\"mention hashtag\" rel=\"tag\">#<span>");
                push_escaped(&mut body, name);
                body.push_str("</span></a>");
            }
            Piece::Mention { raw, user, domain } => match mention_url(user, domain) {
                Some((url, name)) => {
                    body.push_str("<span class=\"h-card\" translate=\"no\"><a href=\"");
                    push_escaped(&mut body, &url);
                    body.push_str("\" class=\"u-url mention\">@<span>");
                    push_escaped(&mut body, &name);
                    body.push_str("</span></a></span>");
                }
                None => push_escaped(&mut body, raw),
            },
        }
    }
    let body = body.replace("\r\n", "\n");
    let paragraphs: Vec<String> = body
        .trim()
        .split("\n\n")
        .filter(|p| !p.trim().is_empty())
        .map(|p| format!("<p>{}</p>", p.trim_matches('\n').replace('\n', "<br />")))
        .collect();
    paragraphs.concat()
}

/// A text with the five HTML characters escaped.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    push_escaped(&mut out, text);
    out
}

fn push_escaped(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
}

/// A link as Mastodon shows it: the scheme and all beyond thirty characters are there but invisible.
fn push_link(out: &mut String, raw: &str) {
    let shown_from = raw.find("://").map_or(0, |at| at + 3);
    let shown_from = if raw[shown_from..].starts_with("www.") { shown_from + 4 } else { shown_from };
    let cut = raw[shown_from..].char_indices().nth(LINK_DISPLAY_CHARS).map_or(raw.len(), |(at, _)| shown_from + at);
    let class = if cut < raw.len() { "ellipsis" } else { "" };
    out.push_str("<a href=\"");
    push_escaped(out, raw);
    out.push_str("\" target=\"_blank\" rel=\"nofollow noopener\" translate=\"no\"><span class=\"invisible\">");
    push_escaped(out, &raw[..shown_from]);
    out.extend(["</span><span class=\"", class, "\">"]);
    push_escaped(out, &raw[shown_from..cut]);
    out.push_str("</span><span class=\"invisible\">");
    push_escaped(out, &raw[cut..]);
    out.push_str("</span></a>");
}

fn link(rest: &str) -> Option<(Piece<'_>, usize)> {
    let scheme = ["https://", "http://"].into_iter().find(|s| rest.get(..s.len()).is_some_and(|head| head.eq_ignore_ascii_case(s)))?;
    let end = rest.find(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"')).unwrap_or(rest.len());
    let mut raw = &rest[..end];
    while let Some(last) = raw.chars().next_back() {
        let loose = matches!(last, '.' | ',' | ';' | ':' | '!' | '?' | '\'' | ']')
            || (last == ')' && raw.matches('(').count() < raw.matches(')').count());
        if !loose {
            break;
        }
        raw = &raw[..raw.len() - last.len_utf8()];
    }
    (raw.len() > scheme.len()).then_some((Piece::Link(raw), raw.len()))
}

fn mention(rest: &str) -> Option<(Piece<'_>, usize)> {
    let user = run(&rest[1..], |c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-'));
    let user = user.trim_end_matches(['.', '-']);
    if user.is_empty() {
        return None;
    }
    let user_end = 1 + user.len();
    let domain = rest[user_end..]
        .strip_prefix('@')
        .map(|after| run(after, |c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':')).trim_end_matches(['.', '-', ':']));
    let domain = domain.filter(|d| !d.is_empty());
    let len = user_end + domain.map_or(0, |d| 1 + d.len());
    Some((Piece::Mention { raw: &rest[..len], user, domain }, len))
}

fn tag(rest: &str) -> Option<(Piece<'_>, usize)> {
    let name = run(&rest[1..], |c| c.is_alphanumeric() || c == '_');
    let worded = name.chars().any(|c| !c.is_numeric() && c != '_');
    worded.then_some((Piece::Tag { raw: &rest[..=name.len()], name }, 1 + name.len()))
}

fn run(text: &str, belongs: impl Fn(char) -> bool) -> &str {
    let end = text.find(|c| !belongs(c)).unwrap_or(text.len());
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_counts_twenty_three_and_a_mention_without_its_domain() {
        let url = format!("https://example.org/{}", "x".repeat(80));
        assert_eq!(counted_chars(&url), 23);
        assert_eq!(counted_chars("@ines@makers.example hi"), "@ines hi".len());
        assert_eq!(counted_chars("👩‍👩‍👧 a"), 3);
    }

    #[test]
    fn html_escapes_text_and_marks_mentions_tags_and_paragraphs() {
        let out =
            html("@mara <b>\n\n#Glaze at https://a.example/b.", "http://s", |user, _| Some((format!("http://s/@{user}"), user.to_owned())));
        assert!(out.starts_with("<p><span class=\"h-card\" translate=\"no\"><a href=\"http://s/@mara\""), "{out}");
        assert!(out.contains("&lt;b&gt;</p><p><a href=\"http://s/tags/glaze\""), "{out}");
        assert!(out.ends_with("</a>.</p>"), "{out}");
    }

    #[test]
    fn pieces_put_together_are_the_text_again() {
        for text in ["a @b@c.example #x1 #12 http://", "mail a@b.example", "(https://x.example/a_(b)) #ü", "@", "é@x"] {
            let again: String = pieces(text)
                .iter()
                .map(|p| match p {
                    Piece::Text(r) | Piece::Link(r) | Piece::Mention { raw: r, .. } | Piece::Tag { raw: r, .. } => *r,
                })
                .collect();
            assert_eq!(again, text);
        }
        assert_eq!(pieces("mail a@b.example").len(), 1);
    }
}
