use super::*;

/// Each mark as its own bytes and what it says.
fn check(text: &str, expected: &[(&str, &str)]) {
    let facets = find(text);
    let shown: Vec<(&str, String)> = facets
        .iter()
        .map(|facet| {
            let says = match &facet.kind {
                Kind::Link(uri) => uri.clone(),
                Kind::Tag(tag) => format!("#{tag}"),
                Kind::Mention(handle) => format!("@{}", handle.as_str()),
            };
            (&text[facet.range.clone()], says)
        })
        .collect();
    let expected: Vec<(&str, String)> = expected.iter().map(|(written, says)| (*written, (*says).to_owned())).collect();
    assert_eq!(shown, expected, "{text}");
}

#[test]
fn links_end_where_a_reader_ends_them() {
    check("Read https://clay.social.", &[("https://clay.social", "https://clay.social")]);
    check("(see https://clay.social/a_(b)?q=1#x)", &[("https://clay.social/a_(b)?q=1#x", "https://clay.social/a_(b)?q=1#x")]);
    check(
        "https://a.example, http://b.example/x!",
        &[("https://a.example", "https://a.example"), ("http://b.example/x", "http://b.example/x")],
    );
    check("www.clay.social/kilns;", &[("www.clay.social/kilns", "https://www.clay.social/kilns")]);
    check("窯はhttps://clay.social/窯。次", &[("https://clay.social/窯", "https://clay.social/%E7%AA%AF")]);
    check("HTTPS://CLAY.SOCIAL", &[("HTTPS://CLAY.SOCIAL", "HTTPS://CLAY.SOCIAL")]);
    check("🌱👩‍👩‍👧‍👦 https://clay.social 🌱", &[("https://clay.social", "https://clay.social")]);
}

#[test]
fn what_only_looks_like_a_link_stays_text() {
    for text in
        ["clay.social", "end.Next", "ftp://clay.social/x", "javascript:alert(1)", "mara@clay.social", "https://localhost/x", "https://"]
    {
        check(text, &[]);
    }
}

#[test]
fn tags_begin_words_and_end_before_punctuation() {
    check("#kiln tip", &[("#kiln", "#kiln")]);
    check("a #kiln, #clay. (#pots) “#glaze”", &[("#kiln", "#kiln"), ("#clay", "#clay"), ("#pots", "#pots"), ("#glaze", "#glaze")]);
    check("陶芸 #陶芸家。 #窯！", &[("#陶芸家", "#陶芸家"), ("#窯", "#窯")]);
    check("#Töpferei_2026 #🌱", &[("#Töpferei_2026", "#Töpferei_2026"), ("#🌱", "#🌱")]);
    check("＃陶芸 x", &[("＃陶芸", "#陶芸")]);
    check("#c++ #don't!", &[("#c++", "#c++"), ("#don't", "#don't")]);
    check("#one#two", &[("#one", "#one")]);
}

#[test]
fn what_is_no_tag_stays_text() {
    for text in ["#", "# kiln", "#1", "#2026!", "a#b", "#\u{fe0f}\u{20e3}", "#-", "##", "https", "#\u{200d}x"] {
        check(text, &[]);
    }
    check(&format!("#{}", "x".repeat(65)), &[]);
    check(&format!("#{}", "x".repeat(64)), &[(&format!("#{}", "x".repeat(64)), &format!("#{}", "x".repeat(64)))]);
}

#[test]
fn mentions_are_whole_handles() {
    check("@mara.bsky.social hi", &[("@mara.bsky.social", "@mara.bsky.social")]);
    check("(@Mara.Example.com), @jo.test.", &[("@Mara.Example.com", "@mara.example.com"), ("@jo.test", "@jo.test")]);
    check("🌱 @jo.test's pots", &[("@jo.test", "@jo.test")]);
    for text in ["@mara", "mara@clay.social", "@mara@clay.social", "@jo_x.test", "@1.2.3.4", "@", "@.", "a@jo.test"] {
        check(text, &[]);
    }
}

#[test]
fn nothing_is_marked_within_a_link() {
    check("https://clay.social/@mara.test#kiln", &[("https://clay.social/@mara.test#kiln", "https://clay.social/@mara.test#kiln")]);
}

#[test]
fn ranges_are_bytes_and_unknown_people_stay_text() {
    let text = "👩‍👩‍👧‍👦 é #窯 @jo.test @no.test";
    let facets = find(text);
    let json = to_json(&facets, |handle| (handle.as_str() == "jo.test").then(|| Did::parse("did:plc:jo").unwrap()));
    assert_eq!(
        Value::from(json),
        json!([
            { "index": { "byteStart": 29, "byteEnd": 33 }, "features": [{ "$type": "app.bsky.richtext.facet#tag", "tag": "窯" }] },
            { "index": { "byteStart": 34, "byteEnd": 42 }, "features": [{ "$type": "app.bsky.richtext.facet#mention", "did": "did:plc:jo" }] },
        ])
    );
}

#[test]
fn whatever_the_text_marks_are_whole_characters_in_order() {
    let pieces = [
        "#",
        "@",
        "a",
        "jo.test",
        "窯",
        "👩‍👩‍👧‍👦",
        "\u{301}",
        " ",
        "\n",
        "https://",
        "www.",
        "x.example/",
        ".",
        "(",
        ")",
        "。",
        "\u{200d}",
        "＃",
        "_",
    ];
    let mut seed = 7_u64;
    for _ in 0..5_000 {
        let mut next = || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(seed >> 33).unwrap()
        };
        let text: String = (0..next() % 24).map(|_| pieces[next() % pieces.len()]).collect();
        let facets = find(&text);
        let mut end = 0;
        for facet in &facets {
            assert!(facet.range.start >= end && text.get(facet.range.clone()).is_some_and(|t| !t.is_empty()), "{text:?} {facets:?}");
            end = facet.range.end;
        }
    }
}
