//! What a Bluesky post may hold, and what a content would look like as one.
//!
//! The limits are the lexicon's (`app.bsky.feed.post`, `app.bsky.embed.images`, `com.atproto.repo.uploadBlob`; read
//! 2026-11) and hold on every server, because servers check posts against it. A text has two: graphemes, as people
//! see them, and bytes, which family emoji reach first.

use kith_domain::publish::{Budget, Content, Cost, MediaItem, Scope};
use unicode_segmentation::UnicodeSegmentation as _;

use super::syntax::is_language;
use crate::card::{Capabilities, Limits, Preview, Warning};

/// Longest text in graphemes (`maxGraphemes`).
pub(super) const TEXT_GRAPHEMES_MAX: u32 = 300;
/// Longest text in bytes of UTF-8 (`maxLength`).
pub(super) const TEXT_BYTES_MAX: u32 = 3_000;
/// Most pictures in a post.
pub(super) const IMAGES_MAX: u32 = 4;
/// Largest picture in bytes; was 1,000,000 until 2026.
pub(super) const IMAGE_BYTES_MAX: u64 = 2_000_000;
/// Longest side of a picture in pixels: what Bluesky's own app scales to, not the lexicon (2026-11).
pub(super) const IMAGE_SIDE_MAX: u32 = 2_000;
/// Largest video in bytes (`app.bsky.embed.video`, read 2026-11). A server may take less and then says 413.
pub(super) const VIDEO_BYTES_MAX: u64 = 300_000_000;
/// Longest video in seconds. The lexicon has no limit; bsky.app's video service took three minutes in 2025 and ten with
/// 300 MB (clients' release notes, read 2026-11).
pub(super) const VIDEO_SECONDS_MAX: u32 = 600;
/// The one kind of video (`app.bsky.embed.video`).
pub(super) const VIDEO_MIME: &str = "video/mp4";
/// Largest picture of a link card in bytes (`app.bsky.embed.external`).
pub(super) const THUMB_BYTES_MAX: usize = 1_000_000;
/// Longest alternative text in characters: Bluesky's own app, not the lexicon, which has no limit.
pub(super) const ALT_CHARS_MAX: u32 = 2_000;
/// Longest hashtag in graphemes (`app.bsky.richtext.facet#tag`).
pub(super) const TAG_GRAPHEMES_MAX: usize = 64;
/// Longest hashtag in bytes.
pub(super) const TAG_BYTES_MAX: usize = 640;

/// What a server allows in a time: 5,000 points an hour and 35,000 a day for one account, where a new record costs three,
/// and 3,000 requests in five minutes for one address. Source: docs.bsky.app/docs/advanced-guides/rate-limits, read
/// 2026-11; servers of one's own have the same by default. A send may renew the token first, so it is two requests.
pub(super) const BUDGETS: &[Budget] = &[
    Budget { name: "points-hour", scope: Scope::Channel, window_s: 3_600, units: 5_000, cost: Cost { send: 3, look: 0, picture: 0 } },
    Budget { name: "points-day", scope: Scope::Channel, window_s: 86_400, units: 35_000, cost: Cost { send: 3, look: 0, picture: 0 } },
    Budget { name: "address", scope: Scope::Server, window_s: 300, units: 3_000, cost: Cost { send: 2, look: 2, picture: 1 } },
];

/// The limits as the rest of Kith sees them.
pub(super) fn limits() -> Limits {
    Limits {
        text_max: TEXT_GRAPHEMES_MAX,
        text_bytes_max: Some(TEXT_BYTES_MAX),
        link_counts: None,
        media_max: IMAGES_MAX,
        image_bytes_max: IMAGE_BYTES_MAX,
        alt_max: ALT_CHARS_MAX,
        image_side_max: Some(IMAGE_SIDE_MAX),
        image_pixels_max: None,
        video_bytes_max: Some(VIDEO_BYTES_MAX),
        video_seconds_max: Some(VIDEO_SECONDS_MAX),
    }
}

/// The text as it is sent. Bluesky has no field for a content warning, so it becomes the first line and counts.
/// White space at the end is left out, as every Bluesky app does.
pub(super) fn wire_text(text: &str, warning: Option<&str>) -> String {
    let text = text.trim_end();
    match warning.map(str::trim).filter(|w| !w.is_empty()) {
        Some(warning) => format!("CW: {warning}\n\n{text}").trim_end().to_owned(),
        None => text.to_owned(),
    }
}

/// Counts and warnings.
pub(super) fn preview(content: &Content, on: &Capabilities) -> Preview {
    let text = wire_text(&content.text, content.warning.as_deref());
    let mut warnings = text_warnings(&text, &on.limits);
    if text.is_empty() && content.media.is_empty() {
        warnings.push(refuses("text", "There is nothing to post: no words and no picture.".to_owned(), None));
    }
    if content.warning.as_deref().is_some_and(|w| !w.trim().is_empty()) {
        warnings.push(looks("cw", "Bluesky has no content warnings; this one stands as the first line and counts.".to_owned(), None));
    }
    if let Some(language) = content.language.as_deref().filter(|l| !is_language(l)) {
        warnings.push(looks("language", format!("{language:?} is no language tag such as en or pt-BR; the post goes without one."), None));
    }
    if content.extras.poll.is_some() {
        let why = "Bluesky has no polls. Ask in words, or leave this channel out.";
        warnings.push(refuses("poll", why.to_owned(), None));
    }
    media_warnings(content, &on.limits, &mut warnings);
    Preview { count: graphemes(&text), max: on.limits.text_max, warnings }
}

/// What is wrong with a text that goes out as it is; nothing if it fits.
pub(super) fn text_warnings(text: &str, limits: &Limits) -> Vec<Warning> {
    let mut warnings = Vec::new();
    let (count, max) = (graphemes(text), limits.text_max);
    if let Some(over_by) = over(count, max) {
        warnings.push(refuses("text", format!("{count} characters; Bluesky takes {max}. Shorten it by {over_by}."), Some(over_by)));
    }
    let bytes = u32::try_from(text.len()).unwrap_or(u32::MAX);
    if let Some(over_by) = limits.text_bytes_max.and_then(|max| over(bytes, max)) {
        let max = limits.text_bytes_max.unwrap_or_default();
        let why = format!("{bytes} bytes; Bluesky takes {max}. Composed emoji weigh most: leave out {over_by} bytes.");
        warnings.push(refuses("text", why, Some(over_by)));
    }
    warnings
}

fn media_warnings(content: &Content, limits: &Limits, warnings: &mut Vec<Warning>) {
    let count = u32::try_from(content.media.len()).unwrap_or(u32::MAX);
    if let Some(over_by) = over(count, limits.media_max) {
        let max = limits.media_max;
        warnings.push(refuses("media", format!("{count} pictures; Bluesky takes {max}. Leave out {over_by}."), Some(over_by)));
    }
    if content.media.len() > 1 && content.media.iter().any(MediaItem::is_film) {
        warnings.push(refuses("media", "A video stands alone on Bluesky; leave out the other files.".to_owned(), None));
    }
    for (item, number) in content.media.iter().zip(1..) {
        if !item.mime.starts_with("image/") && item.mime != VIDEO_MIME {
            let why = format!("File {number} is {}; Bluesky takes pictures and MP4 videos.", item.mime);
            warnings.push(refuses("media", why, None));
        }
        let (what, max) =
            if item.is_film() { ("Video", limits.video_bytes_max.unwrap_or(VIDEO_BYTES_MAX)) } else { ("Picture", limits.image_bytes_max) };
        if item.bytes > max {
            let size = item.bytes;
            let over_by = u32::try_from(size - max).unwrap_or(u32::MAX);
            let why = format!("{what} {number} has {size} bytes; Bluesky takes {max}. Save it smaller.");
            warnings.push(refuses("media", why, Some(over_by)));
        }
        let alt = u32::try_from(item.alt.chars().count()).unwrap_or(u32::MAX);
        if let Some(over_by) = over(alt, limits.alt_max) {
            let max = limits.alt_max;
            let why = format!("The description of picture {number} has {alt} characters; Bluesky's own app stops at {max}.");
            warnings.push(looks("alt", why, Some(over_by)));
        }
    }
}

/// Length as Bluesky counts: extended grapheme clusters (UAX 29).
pub(super) fn graphemes(text: &str) -> u32 {
    u32::try_from(text.graphemes(true).count()).unwrap_or(u32::MAX)
}

fn over(count: u32, max: u32) -> Option<u32> {
    count.checked_sub(max).filter(|over| *over > 0)
}

fn refuses(field: &str, text: String, over_by: Option<u32>) -> Warning {
    Warning { field: field.to_owned(), text, refuses: true, over_by }
}

fn looks(field: &str, text: String, over_by: Option<u32>) -> Warning {
    Warning { field: field.to_owned(), text, refuses: false, over_by }
}

#[cfg(test)]
mod tests {
    use kith_domain::ids::MediaId;
    use kith_domain::publish::Class;

    use super::*;

    fn here() -> Capabilities {
        Capabilities { class: Class::NamedRecord, limits: limits(), software: String::new(), streaming: None }
    }

    fn content(text: &str) -> Content {
        Content { text: text.to_owned(), ..Content::default() }
    }

    fn picture(bytes: u64, alt: &str) -> MediaItem {
        let id = "01936f6e-0000-7000-8000-000000000001".parse::<MediaId>().unwrap();
        let (sha256, mime) = ("0".repeat(64), "image/png".to_owned());
        MediaItem { id, sha256, mime, bytes, width: 4, height: 3, alt: alt.to_owned() }
    }

    fn findings(content: &Content) -> Vec<(String, bool, Option<u32>)> {
        preview(content, &here()).warnings.into_iter().map(|w| (w.field, w.refuses, w.over_by)).collect()
    }

    #[test]
    fn characters_are_counted_as_people_see_them() {
        for (text, count) in
            [("Kiln tip", 8), ("👩‍👩‍👧‍👦", 1), ("e\u{301}", 1), ("陶芸の窯", 4), ("🇵🇹🇩🇪", 2), ("a\r\nb", 3), ("  kept  ", 6), ("", 0)]
        {
            assert_eq!(preview(&content(text), &here()).count, count, "{text:?}");
        }
    }

    #[test]
    fn a_text_at_the_limit_is_fine_and_one_over_says_by_how_much() {
        assert!(preview(&content(&"ä".repeat(300)), &here()).is_fine());
        assert_eq!(findings(&content(&"ä".repeat(307))), [("text".to_owned(), true, Some(7))]);
    }

    #[test]
    fn family_emoji_reach_the_limit_of_bytes_before_that_of_characters() {
        let preview = preview(&content(&"👩‍👩‍👧‍👦".repeat(121)), &here());
        assert_eq!(preview.count, 121);
        assert_eq!(preview.warnings.first().and_then(|w| w.over_by), Some(25));
        assert!(!preview.is_fine());
    }

    #[test]
    fn a_content_warning_is_the_first_line_and_counts() {
        let warned = Content { warning: Some(" food ".to_owned()), ..content("Bread") };
        assert_eq!(wire_text(&warned.text, warned.warning.as_deref()), "CW: food\n\nBread");
        assert_eq!(preview(&warned, &here()).count, 15);
        assert_eq!(findings(&warned), [("cw".to_owned(), false, None)]);
        assert_eq!(wire_text("Bread", Some("  ")), "Bread");
    }

    #[test]
    fn pictures_are_counted_and_weighed() {
        let fine = Content { media: vec![picture(2_000_000, ""), picture(1, "A kiln")], ..Content::default() };
        assert_eq!(findings(&fine), []);
        let many = Content { media: vec![picture(1, "A kiln"); 5], ..content("Kilns") };
        assert_eq!(findings(&many), [("media".to_owned(), true, Some(1))]);
        let heavy = Content { media: vec![picture(2_000_001, &"x".repeat(2_003))], ..content("Kilns") };
        assert_eq!(findings(&heavy), [("media".to_owned(), true, Some(1)), ("alt".to_owned(), false, Some(3))]);
        let film = Content { media: vec![MediaItem { mime: "video/mp4".to_owned(), ..picture(1, "") }], ..content("Kilns") };
        assert_eq!(findings(&film), []);
        let clip = MediaItem { mime: "video/mp4".to_owned(), ..picture(300_000_001, "A kiln") };
        let crowd = Content { media: vec![clip, picture(1, "A kiln")], ..content("Kilns") };
        assert_eq!(findings(&crowd), [("media".to_owned(), true, None), ("media".to_owned(), true, Some(1))]);
        let mov = Content { media: vec![MediaItem { mime: "video/quicktime".to_owned(), ..picture(1, "") }], ..content("Kilns") };
        assert_eq!(findings(&mov), [("media".to_owned(), true, None)]);
    }

    #[test]
    fn nothing_is_refused_and_a_wrong_language_is_left_out() {
        assert_eq!(findings(&content(" \n")), [("text".to_owned(), true, None)]);
        let fine = Content { language: Some("pt-BR".to_owned()), ..content("Bread") };
        assert_eq!(findings(&fine), []);
        let wrong = Content { language: Some("en_GB".to_owned()), ..content("Bread") };
        assert_eq!(findings(&wrong), [("language".to_owned(), false, None)]);
    }
}
