//! What a document may cost, judged by its bytes before a parser sees it (reliability.md B2, S9): no entities of its own,
//! bounded tags, attributes and depth. RUSTSEC-2026-0194/0195: a parser can spend minutes on attributes alone, and no
//! time-out interrupts it.

/// Most tags of a document.
const TAGS_MAX: usize = 400_000;
/// Most attributes of one tag.
const ATTRIBUTES_MAX: usize = 100;
/// Deepest nesting of XML, and of JSON.
const DEPTH_MAX: usize = 64;

/// Why it was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It defines entities.
    #[error("the feed defines entities of its own, which Kith does not read")]
    Entities,
    /// Too many tags.
    #[error("the feed has more than {TAGS_MAX} tags")]
    Tags,
    /// A tag with too many attributes.
    #[error("a tag of the feed has more than {ATTRIBUTES_MAX} attributes")]
    Attributes,
    /// Nested too deep.
    #[error("the feed is nested more than {DEPTH_MAX} deep")]
    Depth,
}

/// Judges a document by its first sign: JSON or XML.
pub(super) fn check(bytes: &[u8]) -> Result<(), Refused> {
    match bytes.iter().find(|byte| !byte.is_ascii_whitespace()) {
        Some(b'{' | b'[') => json(bytes),
        _ => xml(bytes),
    }
}

fn json(bytes: &[u8]) -> Result<(), Refused> {
    let (mut depth, mut in_text, mut escaped) = (0usize, false, false);
    for byte in bytes {
        match (in_text, *byte) {
            (true, _) if escaped => escaped = false,
            (true, b'\\') => escaped = true,
            (true, b'"') => in_text = false,
            (true, _) => {}
            (false, b'"') => in_text = true,
            (false, b'{' | b'[') => {
                depth += 1;
                if depth > DEPTH_MAX {
                    return Err(Refused::Depth);
                }
            }
            (false, b'}' | b']') => depth = depth.saturating_sub(1),
            (false, _) => {}
        }
    }
    Ok(())
}

fn xml(bytes: &[u8]) -> Result<(), Refused> {
    let (mut rest, mut tags, mut depth) = (bytes, 0usize, 0usize);
    while let Some(at) = rest.iter().position(|byte| *byte == b'<') {
        rest = &rest[at..];
        rest = if let Some(inside) = rest.strip_prefix(b"<!--") {
            after(inside, b"-->")
        } else if let Some(inside) = rest.strip_prefix(b"<![CDATA[") {
            after(inside, b"]]>")
        } else if starts_doctype(rest) {
            let end = rest.iter().position(|byte| *byte == b'>').unwrap_or(rest.len());
            let head = &rest[..end];
            if head.contains(&b'[') || contains(head, b"<!ENTITY") {
                return Err(Refused::Entities);
            }
            &rest[end..]
        } else {
            let (tag, next) = tag(rest);
            tags += 1;
            if tags > TAGS_MAX {
                return Err(Refused::Tags);
            }
            if tag.attributes > ATTRIBUTES_MAX {
                return Err(Refused::Attributes);
            }
            if tag.opens {
                depth += 1;
                if depth > DEPTH_MAX {
                    return Err(Refused::Depth);
                }
            } else if tag.closes {
                depth = depth.saturating_sub(1);
            }
            next
        };
    }
    Ok(())
}

struct Tag {
    attributes: usize,
    opens: bool,
    closes: bool,
}

/// Reads a tag from its `<` to after its `>`; quotes may hold both signs.
fn tag(bytes: &[u8]) -> (Tag, &[u8]) {
    let closes = bytes.get(1) == Some(&b'/');
    let is_other = matches!(bytes.get(1), Some(b'!' | b'?'));
    let (mut quote, mut attributes, mut last) = (None, 0usize, b' ');
    for (at, byte) in bytes.iter().enumerate().skip(1) {
        match (quote, *byte) {
            (Some(open), byte) if open == byte => quote = None,
            (Some(_), _) => {}
            (None, b'"' | b'\'') => quote = Some(*byte),
            (None, b'=') => attributes += 1,
            (None, b'>') => {
                let opens = !closes && !is_other && last != b'/';
                return (Tag { attributes, opens, closes }, &bytes[at + 1..]);
            }
            (None, _) => {}
        }
        last = *byte;
    }
    (Tag { attributes, opens: false, closes }, &[])
}

fn starts_doctype(bytes: &[u8]) -> bool {
    bytes.get(..9).is_some_and(|head| head.eq_ignore_ascii_case(b"<!doctype"))
}

fn contains(bytes: &[u8], what: &[u8]) -> bool {
    bytes.windows(what.len()).any(|window| window.eq_ignore_ascii_case(what))
}

/// What stands after `end`, or nothing.
fn after<'b>(bytes: &'b [u8], end: &[u8]) -> &'b [u8] {
    bytes.windows(end.len()).position(|window| window == end).map_or(&[], |at| &bytes[at + end.len()..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ordinary_feed_passes() {
        let feed = br#"<?xml version="1.0"?><!DOCTYPE rss PUBLIC "-//Netscape//DTD RSS 0.91//EN" "x.dtd"><rss version="2.0"><channel>
            <!-- a < b --><title>1 &lt; 2</title><item><![CDATA[<a><a><a>]]><link href="a>b"/></item></channel></rss>"#;
        assert_eq!(check(feed), Ok(()));
        assert_eq!(check(br#"{"version": "https://jsonfeed.org/version/1.1", "items": [{"content_text": "[[[[ \" {{{{"}]}"#), Ok(()));
    }

    #[test]
    fn entities_of_its_own_are_refused() {
        for bomb in [
            &br#"<!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;">]><rss>&lol2;</rss>"#[..],
            br#"<?xml version="1.0"?><!doctype x [ ]><rss/>"#,
        ] {
            assert_eq!(check(bomb), Err(Refused::Entities));
        }
    }

    #[test]
    fn attributes_depth_and_tags_are_bounded() {
        let attributes = format!("<rss {}/>", "a=\"\" ".repeat(ATTRIBUTES_MAX + 1));
        assert_eq!(check(attributes.as_bytes()), Err(Refused::Attributes));
        assert_eq!(check("<a>".repeat(DEPTH_MAX + 1).as_bytes()), Err(Refused::Depth));
        assert_eq!(check("[".repeat(DEPTH_MAX + 1).as_bytes()), Err(Refused::Depth));
        assert_eq!(check(&b"<a/>".repeat(TAGS_MAX + 1)), Err(Refused::Tags));
        assert_eq!(check(&b"<a></a>".repeat(1_000)), Ok(()), "siblings are not depth");
    }

    #[test]
    fn what_never_closes_ends() {
        for cut in ["<", "<a", "<a b=\"", "<!-- ", "<![CDATA[ ", "<!DOCTYPE", "", "{\"a"] {
            assert_eq!(check(cut.as_bytes()), Ok(()), "{cut}");
        }
    }
}
