//! Counting as Mastodon counts, and what a content would look like there.
//!
//! A text is counted in what people see as characters (grapheme clusters), after every link is taken for 23 and every
//! `@name@domain` for `@name`; the content warning counts too. Source: docs.joinmastodon.org/user/posting and
//! app/validators/status_length_validator.rb of mastodon/mastodon, read 2026-11.

use kith_domain::publish::{Budget, Content, Cost, MediaItem, Scope};
use linkify::{LinkFinder, LinkKind};
use unicode_segmentation::UnicodeSegmentation as _;

use crate::card::{Limits, Preview, Warning};

/// What a server allows in a time: 300 requests in five minutes for one token, 30 uploads in half an hour for one account.
/// There is no limit of the address for requests with a token. Source: docs.joinmastodon.org/api/rate-limits and
/// config/initializers/rack_attack.rb of mastodon/mastodon, read 2026-11. A server's owner may set others; its 429 then
/// rests the channel. A look reads two pages of one's own list at most; a picture is sent, and asked for until ready.
pub(super) const BUDGETS: &[Budget] = &[
    Budget { name: "requests", scope: Scope::Channel, window_s: 300, units: 300, cost: Cost { send: 1, look: 2, picture: 2 } },
    Budget { name: "uploads", scope: Scope::Channel, window_s: 1_800, units: 30, cost: Cost { send: 0, look: 0, picture: 1 } },
];

/// Largest video where a server does not say (docs.joinmastodon.org/user/posting, read 2026-11).
const VIDEO_BYTES_MAX: u64 = 99 * 1024 * 1024;
/// Most answers of a poll unless a server says otherwise (docs.joinmastodon.org/entities/Instance, read 2026-11).
const POLL_OPTIONS_MAX: usize = 4;

/// What a content would look like under these limits.
pub(super) fn preview(content: &Content, limits: &Limits) -> Preview {
    let link = limits.link_counts.unwrap_or(0);
    let count = graphemes(content.warning.as_deref().unwrap_or("")) + graphemes(&counted(&content.text, link));
    let mut warnings = Vec::new();
    let mut refuse = |field: &str, over_by: Option<u32>, text: String| {
        warnings.push(Warning { field: field.to_owned(), text, refuses: true, over_by });
    };

    if count > limits.text_max {
        let over = count - limits.text_max;
        refuse("text", Some(over), format!("The text counts {count} of {} characters; shorten it by {over}.", limits.text_max));
    }
    if content.text.trim().is_empty() && content.media.is_empty() {
        refuse("text", None, "There is neither text nor picture; write something or add a picture.".to_owned());
    }
    for fault in content.extras.poll.iter().flat_map(|poll| poll.faults(POLL_OPTIONS_MAX, content.media.len())) {
        refuse("poll", None, format!("{fault}."));
    }
    if content.media.len() > 1 && content.media.iter().any(MediaItem::is_film) {
        refuse("media", None, "A video stands alone; leave out the other files, or post them apart.".to_owned());
    }
    let pictures = content.media.len() as u32;
    if pictures > limits.media_max {
        let over = pictures - limits.media_max;
        refuse("media", Some(over), format!("{pictures} pictures are {over} more than this server takes; leave out {over}."));
    }
    for (index, item) in content.media.iter().enumerate() {
        let number = index + 1;
        let (what, bytes_max) =
            if item.is_film() { ("Video", limits.video_bytes_max.unwrap_or(VIDEO_BYTES_MAX)) } else { ("Picture", limits.image_bytes_max) };
        if !item.mime.starts_with("image/") && !item.is_film() {
            refuse("media", None, format!("File {number} is {}, which is not sent here; use PNG, JPEG, GIF, WebP or MP4.", item.mime));
        }
        if bytes_max == 0 && item.is_film() {
            refuse("media", None, "This server takes no videos; leave it out, or link to it.".to_owned());
        } else if item.bytes > bytes_max {
            let (size, max) = (megabytes(item.bytes), megabytes(bytes_max));
            refuse("media", None, format!("{what} {number} has {size} MB and this server takes {max}; make it smaller."));
        }
        let alt = item.alt.chars().count() as u32;
        if alt > limits.alt_max {
            let over = alt - limits.alt_max;
            let text = format!("The description of picture {number} has {alt} of {} characters; shorten it by {over}.", limits.alt_max);
            refuse("alt", Some(over), text);
        }
    }
    Preview { count, max: limits.text_max, warnings }
}

/// Replaces what counts differently: links by `link` characters, addresses by their names.
fn counted(text: &str, link: u32) -> String {
    let mut finder = LinkFinder::new();
    finder.kinds(&[LinkKind::Url]);
    finder
        .spans(text)
        .map(|span| match span.kind() {
            Some(_) if link > 0 && is_web(span.as_str()) => "x".repeat(link as usize),
            _ => short_mentions(span.as_str()),
        })
        .collect()
}

fn is_web(link: &str) -> bool {
    let scheme = link.split(':').next().unwrap_or_default();
    scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https")
}

/// `@mara@clay.social` becomes `@mara`, as it is counted and as it is shown.
pub(super) fn short_mentions(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let (mut rest, mut before) = (text, None);
    while let Some((head, after)) = rest.split_once('@') {
        out.push_str(head);
        out.push('@');
        let previous = head.chars().next_back().or(before);
        let begins = previous.is_none_or(|c: char| !c.is_alphanumeric() && !matches!(c, '_' | '=' | '/' | '@'));
        let (name, next) = if begins { after.split_at(name_len(after, |c| c.is_ascii_alphanumeric() || c == '_')) } else { ("", after) };
        out.push_str(name);
        rest = match next.strip_prefix('@').filter(|_| !name.is_empty()) {
            Some(domain) => match name_len(domain, |c| c.is_alphanumeric() || c == '_') {
                0 => next,
                length => domain.split_at(length).1,
            },
            None => next,
        };
        before = Some(if name.is_empty() { '@' } else { '_' });
    }
    out + rest
}

/// Bytes of a name at the start: words, with dots and hyphens between them only.
fn name_len(text: &str, is_word: impl Fn(char) -> bool) -> usize {
    let mut end = 0;
    for (index, c) in text.char_indices() {
        if is_word(c) {
            end = index + c.len_utf8();
        } else if end == 0 || !matches!(c, '.' | '-') {
            break;
        }
    }
    end
}

fn graphemes(text: &str) -> u32 {
    text.graphemes(true).count() as u32
}

fn megabytes(bytes: u64) -> String {
    format!("{:.1}", bytes as f64 / 1_048_576.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use kith_domain::ids::MediaId;

    const LIMITS: Limits = Limits {
        text_max: 500,
        text_bytes_max: None,
        link_counts: Some(23),
        media_max: 4,
        image_bytes_max: 1_000_000,
        alt_max: 10,
        image_side_max: None,
        image_pixels_max: None,
        video_bytes_max: Some(2_000_000),
        video_seconds_max: None,
    };

    #[test]
    fn a_text_counts_as_mastodon_counts_it() {
        let long = format!("https://example.com/{}", "a".repeat(400));
        let table: [(&str, u32); 21] = [
            ("", 0),
            ("Kiln tip", 8),
            ("äöü", 3),
            ("e\u{301}", 1),
            ("👩‍👩‍👧‍👦", 1),
            ("🇵🇹🇬🇧", 2),
            ("two\nlines", 9),
            ("https://kiln.io", 23),
            ("see https://example.com/very/long/path?with=query. Bye", 4 + 23 + 5),
            (&long, 23),
            ("http://a.example and https://b.example", 23 + 5 + 23),
            ("example.com", 11),
            ("ftp://example.com", 17),
            ("@mara@clay.social", 5),
            ("@mara@clay.social, @jo@x.example.", 5 + 2 + 3 + 1),
            ("@mara", 5),
            ("mail mara@clay.social", 21),
            ("a/@mara@clay.social", 19),
            ("@@mara@clay.social", 18),
            ("@ma.ra-x@clay.social", 8),
            ("@mara@", 6),
        ];
        for (text, expected) in table {
            let preview = preview(&Content { text: text.into(), ..Content::default() }, &LIMITS);
            assert_eq!(preview.count, expected, "{text}");
        }
    }

    #[test]
    fn a_warning_counts_with_the_text_and_the_excess_is_told() {
        let content = Content { text: "x".repeat(499), warning: Some("food".into()), ..Content::default() };
        let preview = preview(&content, &LIMITS);
        assert_eq!((preview.count, preview.is_fine()), (503, false));
        assert_eq!((preview.warnings[0].field.as_str(), preview.warnings[0].over_by), ("text", Some(3)));
    }

    #[test]
    fn pictures_are_checked_by_number_size_kind_and_description() {
        let item = MediaItem {
            id: MediaId::new(jiff::Timestamp::UNIX_EPOCH, [0; 10]),
            sha256: String::new(),
            mime: "image/png".into(),
            bytes: 10,
            width: 1,
            height: 1,
            alt: "a kiln".into(),
        };
        let fields = |media: Vec<MediaItem>| -> Vec<String> {
            let content = Content { media, ..Content::default() };
            preview(&content, &LIMITS).warnings.into_iter().map(|w| w.field).collect()
        };
        assert_eq!(fields(vec![item.clone()]), Vec::<String>::new());
        assert_eq!(fields(vec![item.clone(); 5]), ["media"]);
        assert_eq!(fields(vec![MediaItem { bytes: 1_000_001, ..item.clone() }]), ["media"]);
        assert_eq!(fields(vec![MediaItem { mime: "application/pdf".into(), ..item.clone() }]), ["media"]);
        let film = MediaItem { mime: "video/mp4".into(), bytes: 2_000_000, ..item.clone() };
        assert_eq!(fields(vec![film.clone()]), Vec::<String>::new());
        assert_eq!(fields(vec![MediaItem { bytes: 2_000_001, ..film.clone() }]), ["media"]);
        let none = Limits { video_bytes_max: Some(0), ..LIMITS };
        let told = preview(&Content { media: vec![film.clone()], ..Content::default() }, &none).warnings.remove(0);
        assert_eq!(told.text, "This server takes no videos; leave it out, or link to it.");
        assert_eq!(fields(vec![film, item.clone()]), ["media"]);
        assert_eq!(fields(vec![MediaItem { alt: "a kiln at dawn".into(), ..item }]), ["alt"]);
        assert_eq!(fields(vec![]), ["text"]);
    }
}
