//! What a page says of itself: title, description and picture, for the card below a post with a link.
//!
//! The page may be anybody's, so it is read by the one safe client, in little time and size, and its picture is whatever
//! its bytes are, not what it is called.

use std::time::Duration;

use bytes::Bytes;
use scraper::{Html, Selector};
use url::Url;

use crate::http::{Answer, NetClient};

/// Longest title that is kept, in characters.
pub const TITLE_CHARS_MAX: usize = 300;
/// Longest description that is kept, in characters.
pub const DESCRIPTION_CHARS_MAX: usize = 1_000;

const PAGE_BYTES_MAX: usize = 1024 * 1024;
const PAGE_DEADLINE: Duration = Duration::from_secs(8);

/// What a page says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageCard {
    /// Its headline, one line.
    pub title: String,
    /// A sentence or two; may be empty.
    pub description: String,
    /// The bytes of its picture, not larger than was asked for.
    pub picture: Option<Bytes>,
}

/// Reads the page behind a link; `None` where there is nothing to show or no page.
pub async fn read(http: &NetClient, url: &str, picture_bytes_max: usize) -> Option<PageCard> {
    let page = get(http, Url::parse(url).ok()?, PAGE_BYTES_MAX).await?;
    let is_html = page.header("content-type").is_some_and(|kind| kind.starts_with("text/html") || kind.starts_with("application/xhtml"));
    let said = if is_html { said(&page.text(), &page.url)? } else { return None };
    let picture = match said.picture {
        Some(url) => get(http, url, picture_bytes_max).await.map(|answer| answer.body),
        None => None,
    };
    Some(PageCard { title: said.title, description: said.description, picture })
}

async fn get(http: &NetClient, url: Url, limit: usize) -> Option<Answer> {
    let request = http.get(url).header("accept", "text/html,application/xhtml+xml,image/*;q=0.8").deadline(PAGE_DEADLINE).limit(limit);
    request.send().await.ok().filter(Answer::is_success)
}

/// The words of a page, and where its picture is.
#[derive(Debug, PartialEq, Eq)]
struct Said {
    title: String,
    description: String,
    picture: Option<Url>,
}

/// OpenGraph first, then what every page has.
fn said(html: &str, base: &Url) -> Option<Said> {
    let page = Html::parse_document(html);
    let title = meta(&page, &["og:title", "twitter:title"]).or_else(|| title(&page))?;
    let description = meta(&page, &["og:description", "twitter:description", "description"]).unwrap_or_default();
    let picture = meta(&page, &["og:image:secure_url", "og:image", "twitter:image"]);
    let picture = picture.and_then(|text| base.join(&text).ok()).filter(|url| matches!(url.scheme(), "https" | "http"));
    Some(Said { title: cut(&title, TITLE_CHARS_MAX), description: cut(&description, DESCRIPTION_CHARS_MAX), picture })
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
    fn card(html: &str) -> Option<(String, String, Option<String>)> {
        let base = "https://clay.social/tips/7".parse().unwrap();
        super::said(html, &base).map(|card| (card.title, card.description, card.picture.map(Into::into)))
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
