//! The card below a post with a link: title, description and picture of the page, read by us, because Bluesky's
//! servers read no pages (atproto docs, 2026-11).
//!
//! A card is a courtesy: whatever goes wrong on the way, the post goes without one. The page may be anybody's, so
//! it is read by the one safe client, in little time and size.

use std::time::Duration;

use bytes::Bytes;
use scraper::{Html, Selector};
use serde_json::{Value, json};
use url::Url;

use super::limits::THUMB_BYTES_MAX;
use super::upload;
use crate::http::Answer;
use crate::network::Call;

const PAGE_BYTES_MAX: usize = 1024 * 1024;
const PAGE_DEADLINE: Duration = Duration::from_secs(8);
const TITLE_CHARS_MAX: usize = 300;
const DESCRIPTION_CHARS_MAX: usize = 1_000;

/// What a page says of itself.
#[derive(Debug, PartialEq, Eq)]
struct PageCard {
    title: String,
    description: String,
    picture: Option<Url>,
}

/// The embed for a link, or `None` where there is nothing to show.
pub(super) async fn embed(call: &Call<'_>, uri: &str) -> Option<Value> {
    let page = get(call, Url::parse(uri).ok()?, PAGE_BYTES_MAX).await?;
    let is_html = page.header("content-type").is_some_and(|kind| kind.starts_with("text/html") || kind.starts_with("application/xhtml"));
    let card = if is_html { read(&page.text(), &page.url)? } else { return None };
    let mut external = json!({ "uri": uri, "title": card.title, "description": card.description });
    if let Some(url) = card.picture
        && let Some(thumb) = thumb(call, url).await
    {
        external["thumb"] = thumb;
    }
    Some(json!({ "$type": "app.bsky.embed.external", "external": external }))
}

async fn get(call: &Call<'_>, url: Url, limit: usize) -> Option<Answer> {
    let request = call.http.get(url).header("accept", "text/html,application/xhtml+xml,image/*;q=0.8").deadline(PAGE_DEADLINE).limit(limit);
    request.send().await.ok().filter(Answer::is_success)
}

async fn thumb(call: &Call<'_>, url: Url) -> Option<Value> {
    let picture = get(call, url, THUMB_BYTES_MAX).await?;
    let mime = mime(&picture.body)?;
    upload::blob(call, mime, picture.body).await.ok()
}

/// The type that the bytes have, whatever the server says.
fn mime(bytes: &Bytes) -> Option<&'static str> {
    match imagesize::image_type(bytes).ok()? {
        imagesize::ImageType::Jpeg => Some("image/jpeg"),
        imagesize::ImageType::Png => Some("image/png"),
        imagesize::ImageType::Webp => Some("image/webp"),
        imagesize::ImageType::Gif => Some("image/gif"),
        _ => None,
    }
}

/// OpenGraph first, then what every page has.
fn read(html: &str, base: &Url) -> Option<PageCard> {
    let page = Html::parse_document(html);
    let title = meta(&page, &["og:title", "twitter:title"]).or_else(|| title(&page))?;
    let description = meta(&page, &["og:description", "twitter:description", "description"]).unwrap_or_default();
    let picture = meta(&page, &["og:image:secure_url", "og:image", "twitter:image"]);
    let picture = picture.and_then(|text| base.join(&text).ok()).filter(|url| matches!(url.scheme(), "https" | "http"));
    Some(PageCard { title: cut(&title, TITLE_CHARS_MAX), description: cut(&description, DESCRIPTION_CHARS_MAX), picture })
}

/// The first of these names that the page gives a text.
fn meta(page: &Html, names: &[&str]) -> Option<String> {
    let all = Selector::parse("meta[content]").ok()?;
    let of = |name: &&str| {
        let is_named = |e: &scraper::ElementRef<'_>| {
            e.attr("property").or_else(|| e.attr("name")).is_some_and(|n| n.trim().eq_ignore_ascii_case(name))
        };
        page.select(&all).filter(is_named).filter_map(|e| e.attr("content")).map(one_line).find(|text| !text.is_empty())
    };
    names.iter().find_map(of)
}

fn title(page: &Html) -> Option<String> {
    let title = Selector::parse("title").ok()?;
    page.select(&title).map(|e| one_line(&e.text().collect::<String>())).find(|text| !text.is_empty())
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn cut(text: &str, chars_max: usize) -> String {
    if text.chars().count() <= chars_max {
        return text.to_owned();
    }
    let kept: String = text.chars().take(chars_max - 1).collect();
    format!("{}…", kept.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn card(html: &str) -> Option<(String, String, Option<String>)> {
        let base = "https://clay.social/tips/7".parse().unwrap();
        read(html, &base).map(|card| (card.title, card.description, card.picture.map(Into::into)))
    }

    fn says(title: &str, description: &str, picture: Option<&str>) -> (String, String, Option<String>) {
        (title.to_owned(), description.to_owned(), picture.map(str::to_owned))
    }

    #[test]
    fn a_page_tells_its_title_description_and_picture() {
        let html = r#"<title>Old</title><meta property="og:title" content=" Kiln
              tips "><meta property="og:description" content="All of &lt;them&gt;"><meta property="og:image" content="/k.png">"#;
        assert_eq!(card(html), Some(says("Kiln tips", "All of <them>", Some("https://clay.social/k.png"))));
    }

    #[test]
    fn a_plain_page_has_a_card_too_and_an_empty_one_has_none() {
        let html = r#"<title>Kiln tips</title><meta name="Description" content="All"><meta property="og:title" content="">"#;
        assert_eq!(card(html), Some(says("Kiln tips", "All", None)));
        assert_eq!(card("<p>no title"), None);
        assert_eq!(card(""), None);
    }

    #[test]
    fn pictures_that_are_no_web_addresses_and_texts_without_end_are_left_out() {
        let html = format!(r#"<title>{}</title><meta property="og:image" content="data:image/png;base64,AA">"#, "x".repeat(400));
        let (title, _, picture) = card(&html).unwrap();
        assert_eq!((title.chars().count(), title.ends_with('…'), picture), (300, true, None));
    }
}
