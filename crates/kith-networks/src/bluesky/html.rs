//! The text of a post as HTML: made here from plain text and its marks, never taken from outside.
//!
//! Only `p`, `br` and `a` are written, every character of the text is escaped, and links lead to http and https
//! alone. Marks come from other people's programs: one that does not fit the text is left out.

use super::wire::{FacetView, Feature};
use crate::http::at;

/// HTML of a text. Marks are byte ranges, as in records.
pub(super) fn render(text: &str, facets: &[FacetView]) -> String {
    let mut marks: Vec<&FacetView> = facets.iter().filter(|f| f.index.byte_start < f.index.byte_end).collect();
    marks.sort_by_key(|facet| facet.index.byte_start);
    let (mut html, mut done) = (String::from("<p>"), 0);
    for facet in marks {
        let (start, end) = (facet.index.byte_start, facet.index.byte_end);
        let Some((before, marked)) = (start >= done).then(|| text.get(done..start).zip(text.get(start..end))).flatten() else { continue };
        escape(before, &mut html);
        match facet.features.iter().find_map(address) {
            Some(href) => link(&href, marked, &mut html),
            None => escape(marked, &mut html),
        }
        done = end;
    }
    escape(text.get(done..).unwrap_or_default(), &mut html);
    html.push_str("</p>");
    html
}

/// A line below a post, such as the description of a picture.
pub(super) fn note(text: &str, html: &mut String) {
    html.push_str("<p>");
    escape(text, html);
    html.push_str("</p>");
}

fn address(feature: &Feature) -> Option<String> {
    let app = "https://bsky.app/".parse().ok()?;
    match feature {
        Feature::Link { uri } => url::Url::parse(uri).ok().filter(|u| matches!(u.scheme(), "https" | "http")).map(Into::into),
        Feature::Mention { did } => Some(at(&app, &["profile", did]).into()),
        Feature::Tag { tag } => Some(at(&app, &["hashtag", tag]).into()),
    }
}

fn link(href: &str, text: &str, html: &mut String) {
    html.push_str("<a href=\"");
    escape(href, html);
    html.push_str("\" rel=\"nofollow noopener noreferrer\" target=\"_blank\">");
    escape(text, html);
    html.push_str("</a>");
}

fn escape(text: &str, html: &mut String) {
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            '\n' => html.push_str("<br>"),
            c if c.is_control() && c != '\t' => {}
            c => html.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn check(text: &str, facets: &Value, expected: &str) {
        let facets: Vec<FacetView> = serde_json::from_value(facets.clone()).unwrap();
        assert_eq!(render(text, &facets), expected, "{text}");
    }

    fn facet(start: usize, end: usize, feature: &Value) -> Value {
        json!({ "index": { "byteStart": start, "byteEnd": end }, "features": [feature] })
    }

    const REST: &str = r#"rel="nofollow noopener noreferrer" target="_blank""#;

    #[test]
    fn links_tags_and_mentions_become_links_and_the_rest_is_escaped() {
        let link = facet(5, 9, &json!({ "$type": "app.bsky.richtext.facet#link", "uri": "https://clay.social/?a=1&b='2'" }));
        let href = "https://clay.social/?a=1&amp;b=%272%27";
        check("é <b>here\n&", &json!([link]), &format!("<p>é &lt;b<a href=\"{href}\" {REST}>&gt;her</a>e<br>&amp;</p>"));
        let tag = facet(0, 4, &json!({ "$type": "app.bsky.richtext.facet#tag", "tag": "a/b?" }));
        check("#tag", &json!([tag]), &format!("<p><a href=\"https://bsky.app/hashtag/a%2Fb%3F\" {REST}>#tag</a></p>"));
        let mention = facet(0, 3, &json!({ "$type": "app.bsky.richtext.facet#mention", "did": "did:plc:jo" }));
        check("@jo", &json!([mention]), &format!("<p><a href=\"https://bsky.app/profile/did:plc:jo\" {REST}>@jo</a></p>"));
    }

    #[test]
    fn marks_that_do_not_fit_and_links_that_are_no_web_addresses_stay_text() {
        let script = json!({ "$type": "app.bsky.richtext.facet#link", "uri": "javascript:alert(1)" });
        let web = json!({ "$type": "app.bsky.richtext.facet#link", "uri": "https://a.example" });
        check("<script>alert(1)</script>", &json!([facet(0, 8, &script)]), "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>");
        for (start, end) in [(0, 99), (1, 2), (2, 1), (9, 12)] {
            check("éa", &json!([facet(start, end, &web)]), "<p>éa</p>");
        }
        let two = json!([facet(0, 2, &web), facet(1, 3, &web)]);
        check("abc", &two, &format!("<p><a href=\"https://a.example/\" {REST}>ab</a>c</p>"));
    }

    #[test]
    fn an_unknown_kind_of_mark_stays_text() {
        let facets = json!([{ "index": { "byteStart": 0, "byteEnd": 1 }, "features": [] }]);
        check("$x", &facets, "<p>$x</p>");
    }
}
