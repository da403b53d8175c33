//! Feeds as they are found.

use super::*;

fn at() -> Url {
    "https://lark.example/blog/feed.xml".parse().unwrap()
}

fn of(text: &str) -> Document {
    read(text.as_bytes(), &at()).unwrap()
}

#[test]
fn the_three_kinds_read_alike() {
    let rss = r#"<rss version="2.0"><channel><title>Lark</title><item><title>Kiln &amp; clay</title><link>https://lark.example/1</link>
        <guid isPermaLink="false">g1</guid><pubDate>Fri, 20 Nov 2026 08:00:00 GMT</pubDate><description>&lt;p&gt;Warm &lt;b&gt;shelf&lt;/b&gt;&lt;/p&gt;</description></item></channel></rss>"#;
    let atom = r#"<feed xmlns="http://www.w3.org/2005/Atom"><title>Lark</title><id>f</id><updated>2026-11-20T08:00:00Z</updated>
        <link rel="hub" href="https://hub.example/"/><link rel="self" href="https://lark.example/feed"/>
        <entry><title>Kiln &amp; clay</title><id>g1</id><link href="https://lark.example/1"/><published>2026-11-20T08:00:00Z</published>
        <updated>2026-11-21T08:00:00Z</updated><summary type="html">&lt;p&gt;Warm &lt;b&gt;shelf&lt;/b&gt;&lt;/p&gt;</summary></entry></feed>"#;
    let json = r#"{"version":"https://jsonfeed.org/version/1.1","title":"Lark","items":[{"id":"g1","url":"https://lark.example/1",
        "title":"Kiln & clay","summary":"Warm shelf","date_published":"2026-11-20T08:00:00Z"}]}"#;
    for text in [rss, atom, json] {
        let document = of(text);
        assert_eq!(document.title, "Lark");
        let entry = &document.entries[0];
        assert_eq!((entry.title.as_str(), entry.summary.as_str()), ("Kiln & clay", "Warm shelf"), "{text}");
        assert_eq!((entry.guid.as_deref(), entry.link.as_deref()), (Some("g1"), Some("https://lark.example/1")), "{text}");
        assert_eq!(entry.published, Some("2026-11-20T08:00:00Z".parse().unwrap()), "{text}");
    }
    let hub = of(atom).hub.map(|(hub, own)| (hub.to_string(), own.to_string()));
    assert_eq!(hub, Some(("https://hub.example/".into(), "https://lark.example/feed".into())));
}

#[test]
fn a_wrong_heading_is_read_all_the_same() {
    let body = "<rss version=\"2.0\"><channel><title>Caf\u{e9} \u{2014} clay</title></channel></rss>";
    let in_1252: Vec<u8> = body
        .chars()
        .map(|c| match c {
            '\u{2014}' => 0x97,
            'é' => 0xe9,
            c => u8::try_from(c).unwrap(),
        })
        .collect();
    let heading = b"<?xml version=\"1.0\" encoding=\"utf-8\"?>";
    let mut wrong = heading.to_vec();
    wrong.extend(&in_1252);
    assert_eq!(read(&wrong, &at()).unwrap().title, "Café — clay");
    let mut right = b"<?xml version=\"1.0\" encoding=\"windows-1252\"?>".to_vec();
    right.extend(&in_1252);
    assert_eq!(read(&right, &at()).unwrap().title, "Café — clay");
    assert_eq!(of(&format!("  \n{}{body}", std::str::from_utf8(heading).unwrap())).title, "Café — clay", "blank lines before the heading");
}

#[test]
fn unbelievable_times_are_no_times() {
    for date in ["Thu, 01 Jan 1970 00:00:00 GMT", "Thu, 31 Dec 2099 00:00:00 GMT", "yesterday"] {
        let text =
            format!("<rss version=\"2.0\"><channel><title>t</title><item><title>a</title><pubDate>{date}</pubDate></item></channel></rss>");
        assert_eq!(of(&text).entries[0].published, None, "{date}");
    }
}

#[test]
fn what_is_no_link_of_the_web_is_left_out() {
    for (href, link) in [
        ("javascript:alert(1)", None),
        ("file:///etc/passwd", None),
        ("/blog/2", Some("https://lark.example/blog/2")),
        ("2", Some("https://lark.example/blog/2")),
    ] {
        let text =
            format!("<rss version=\"2.0\"><channel><title>t</title><item><title>a</title><link>{href}</link></item></channel></rss>");
        assert_eq!(of(&text).entries[0].link.as_deref(), link, "{href}");
    }
}

#[test]
fn markup_in_a_feed_is_only_words() {
    let text = r#"<rss version="2.0"><channel><title>t</title><item><title><![CDATA[<script>alert(1)</script>Hi <img src=x onerror=alert(1)> you]]></title></item></channel></rss>"#;
    assert_eq!(of(text).entries[0].title, "Hi you");
}

#[test]
fn an_entry_without_an_id_has_none() {
    let text =
        "<rss version=\"2.0\"><channel><title>t</title><item><title>a</title><link>https://lark.example/1</link></item></channel></rss>";
    assert_eq!(of(text).entries[0].guid, None);
}

#[test]
fn a_page_is_no_feed() {
    for text in ["<!DOCTYPE html><html><body>Hi</body></html>", "", "hello", "{}", "[1,2"] {
        assert!(matches!(read(text.as_bytes(), &at()), Err(FeedError::Unreadable(_))), "{text}");
    }
}

#[test]
fn five_thousand_entries_are_enough() {
    let items = "<item><title>a</title></item>".repeat(6_000);
    let text = format!("<rss version=\"2.0\"><channel><title>t</title>{items}</channel></rss>");
    assert_eq!(of(&text).entries.len(), ENTRIES_MAX);
}
