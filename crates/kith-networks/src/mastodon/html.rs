//! Remote HTML: cleaned by a closed list, and turned into plain text.
//!
//! Whatever a server sends, only the tags below come through, without class, id, style or any other attribute, and
//! links only to the web (reliability.md S4). The page puts `clean`'s result in as it is; nothing else may go there.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use ammonia::{Builder, UrlRelative};
use ego_tree::iter::Edge;
use kith_domain::listen::INCOMING_TEXT_BYTES_MAX;
use scraper::{Html, Node};

const TAGS: [&str; 15] = ["p", "br", "a", "span", "strong", "em", "b", "i", "code", "pre", "blockquote", "ul", "ol", "li", "del"];
const LINK_REL: &str = "nofollow noopener noreferrer";
/// Tags that are read, opening and closing; a long post of Mastodon has some dozens.
const TAGS_READ_MAX: usize = 1_500;
const CUT_MARK: &str = " […]";
/// What one byte of text becomes at most (`&quot;`), with room for the mark.
const ESCAPED_BYTES_MAX: usize = 8;

static CLEANER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut builder = Builder::new();
    builder
        .tags(HashSet::from(TAGS))
        .tag_attributes(HashMap::from([("a", HashSet::from(["href"]))]))
        .generic_attributes(HashSet::new())
        .url_schemes(HashSet::from(["http", "https"]))
        .url_relative(UrlRelative::Deny)
        .link_rel(Some(LINK_REL))
        .set_tag_attribute_value("a", "target", "_blank");
    builder
});

/// How a link is written in plain text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Links {
    /// Whole address once, with its words where they are others: for people.
    Readable,
    /// As the page shows it.
    Words,
    /// Where it leads, except for people and hashtags.
    Targets,
}

/// Safe HTML, at most `INCOMING_TEXT_BYTES_MAX` long; what is longer is cut and marked.
pub(super) fn clean(html: &str) -> String {
    let head = bounded(html);
    let mut cleaned = CLEANER.clean(head).to_string();
    if head.len() < html.len() {
        cleaned.push_str(CUT_MARK);
    }
    if cleaned.len() <= INCOMING_TEXT_BYTES_MAX {
        return cleaned;
    }
    // Cutting cleaned HTML inside a tag would not be safe, so what is still too long is shown as plain text.
    let text = text(&cleaned, Links::Readable);
    let end = text.floor_char_boundary(INCOMING_TEXT_BYTES_MAX / ESCAPED_BYTES_MAX);
    format!("<p>{}{CUT_MARK}</p>", escape(text.split_at(end).0))
}

/// Text as HTML that shows it.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' => out.push_str("<br>"),
            _ => out.push(c),
        }
    }
    out
}

/// Plain text with its paragraphs, and whole links.
pub(super) fn text(html: &str, links: Links) -> String {
    let page = Html::parse_fragment(bounded(html));
    let mut out = String::new();
    let mut anchors: Vec<(usize, Option<String>)> = Vec::new();
    let (mut pre_depth, mut silent_depth) = (0_u32, 0_u32);
    for edge in page.tree.root().traverse() {
        match edge {
            Edge::Open(node) => match node.value() {
                Node::Text(piece) if silent_depth == 0 => {
                    if pre_depth > 0 {
                        out.push_str(&piece.text);
                    } else {
                        push_collapsed(&mut out, &piece.text);
                    }
                }
                Node::Element(element) => match element.name() {
                    "br" => out.push('\n'),
                    "p" | "blockquote" | "ul" | "ol" => break_to(&mut out, "\n\n"),
                    "pre" => {
                        break_to(&mut out, "\n\n");
                        pre_depth += 1;
                    }
                    "li" => {
                        break_to(&mut out, "\n");
                        out.push_str("- ");
                    }
                    "a" => anchors.push((out.len(), element.attr("href").map(str::to_owned))),
                    "script" | "style" | "template" | "noscript" | "title" => silent_depth += 1,
                    _ => {}
                },
                _ => {}
            },
            Edge::Close(node) => {
                if let Node::Element(element) = node.value() {
                    match element.name() {
                        "p" | "blockquote" | "ul" | "ol" => break_to(&mut out, "\n\n"),
                        "pre" => pre_depth = pre_depth.saturating_sub(1),
                        "script" | "style" | "template" | "noscript" | "title" => silent_depth = silent_depth.saturating_sub(1),
                        "a" => {
                            if let Some((from, Some(target))) = anchors.pop() {
                                let words = out.split_off(from.min(out.len()));
                                out.push_str(&link(&words, &target, links));
                            }
                        }
                        _ => {}
                    }
                }
            }
        }
    }
    let lines: Vec<&str> = out.trim().lines().map(str::trim_end).collect();
    lines.join("\n")
}

fn link(words: &str, target: &str, links: Links) -> String {
    let shown = words.trim();
    let names_somebody = shown.starts_with('@') || shown.starts_with('#');
    match links {
        Links::Words => words.to_owned(),
        _ if names_somebody => words.to_owned(),
        Links::Targets => target.to_owned(),
        Links::Readable if shown.is_empty() || bare(target).starts_with(bare(shown.trim_end_matches('…'))) => target.to_owned(),
        Links::Readable => format!("{shown} ({target})"),
    }
}

fn bare(address: &str) -> &str {
    address.trim_start_matches("https://").trim_start_matches("http://").trim_start_matches("www.").trim_end_matches('/')
}

/// Space between words is one space, however the HTML was laid out.
fn push_collapsed(out: &mut String, piece: &str) {
    for c in piece.chars() {
        if !matches!(c, ' ' | '\t' | '\r' | '\n' | '\u{c}') {
            out.push(c);
        } else if !out.is_empty() && !out.ends_with([' ', '\n']) {
            out.push(' ');
        }
    }
}

fn break_to(out: &mut String, gap: &str) {
    if out.is_empty() {
        return;
    }
    out.truncate(out.trim_end_matches(' ').len());
    while !out.ends_with(gap) {
        out.push('\n');
    }
}

/// The part that is read: parsers take time that grows with the square of the depth (10,000 open tags: 11 s).
fn bounded(html: &str) -> &str {
    let (head, _) = html.split_at(html.floor_char_boundary(INCOMING_TEXT_BYTES_MAX));
    match head.match_indices('<').nth(TAGS_READ_MAX) {
        Some((at, _)) => head.split_at(at).0,
        None => head,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_but_the_closed_list_comes_through() {
        let table = [
            ("<p>Hello <strong>you</strong><br>there</p>", "<p>Hello <strong>you</strong><br>there</p>"),
            ("<script>alert(1)</script><p>x</p>", "<p>x</p>"),
            (
                "<p onclick=\"alert(1)\" style=\"x\" class=\"y\" id=\"z\" data-x=\"1\" hx-get=\"/\" lang=\"en\" title=\"t\">x</p>",
                "<p>x</p>",
            ),
            ("<img src=x onerror=alert(1)>", ""),
            ("<svg><a href=\"https://x.example\"><text>x</text></a></svg>", ""),
            ("<math><mi xlink:href=\"javascript:alert(1)\">x</mi></math>", ""),
            ("<iframe src=\"https://x.example\"></iframe>a", "a"),
            ("<form action=\"/\"><input name=a><button>Go</button></form>", "Go"),
            ("<a href=\"javascript:alert(1)\">x</a>", "<a target=\"_blank\" rel=\"nofollow noopener noreferrer\">x</a>"),
            ("<a href=\"/settings\">x</a>", "<a target=\"_blank\" rel=\"nofollow noopener noreferrer\">x</a>"),
            ("<a href=\"data:text/html,x\">x</a>", "<a target=\"_blank\" rel=\"nofollow noopener noreferrer\">x</a>"),
            (
                "<a href=\"https://x.example/\" target=\"_self\" rel=\"opener\" class=\"mention\">x</a>",
                "<a href=\"https://x.example/\" target=\"_blank\" rel=\"nofollow noopener noreferrer\">x</a>",
            ),
            ("<p>&lt;b&gt; stays text</p>", "<p>&lt;b&gt; stays text</p>"),
        ];
        for (dirty, expected) in table {
            assert_eq!(clean(dirty), expected, "{dirty}");
        }
    }

    #[test]
    fn paragraphs_and_whole_links_come_through_as_text() {
        let mastodon = "<p>Read <a href=\"https://example.com/very/long\" rel=\"nofollow\"><span class=\"invisible\">https://</span>\
            <span class=\"ellipsis\">example.com/very</span><span class=\"invisible\">/long</span></a> please</p><p>by \
            <span class=\"h-card\"><a href=\"https://x.example/@jo\" class=\"u-url mention\">@<span>jo</span></a></span> \
            <a href=\"https://x.example/tags/kiln\" class=\"hashtag\">#<span>kiln</span></a><br />bye</p>";
        assert_eq!(text(mastodon, Links::Readable), "Read https://example.com/very/long please\n\nby @jo #kiln\nbye");
        assert_eq!(text(mastodon, Links::Words), "Read https://example.com/very/long please\n\nby @jo #kiln\nbye");
        let table = [
            ("<a href=\"https://example.com/a/b\">example.com/a…</a>", "https://example.com/a/b"),
            ("<a href=\"https://example.com/\">our shop</a>", "our shop (https://example.com/)"),
            ("a &amp; b &lt;3", "a & b <3"),
            ("<ul><li>one</li><li>two</li></ul><p>three</p>", "- one\n- two\n\nthree"),
            ("<pre><code>a\n  b</code></pre>", "a\n  b"),
            ("<style>p{}</style><p>x\n   y</p>", "x y"),
            ("", ""),
        ];
        for (html, expected) in table {
            assert_eq!(text(html, Links::Readable), expected, "{html}");
        }
    }

    #[test]
    fn what_is_too_long_is_cut_safely_and_marked() {
        let long = format!("<p>{}</p>", "ä&lt;".repeat(20_000));
        let cleaned = clean(&long);
        assert!(cleaned.len() <= INCOMING_TEXT_BYTES_MAX, "{}", cleaned.len());
        assert!(cleaned.ends_with(" […]") || cleaned.ends_with(" […]</p>"), "{}", cleaned.split_at(cleaned.len() - 20).1);
        assert!(!text(&cleaned, Links::Readable).contains("&lt"));
    }

    #[test]
    fn deep_nesting_is_cut_before_it_costs_time() {
        let deep = format!("x{}", "<blockquote>".repeat(10_000));
        let cleaned = clean(&deep);
        assert_eq!(cleaned.matches("<blockquote>").count(), TAGS_READ_MAX);
        assert_eq!(text(&cleaned, Links::Readable), "x");
    }
}
