use proptest::prelude::*;

use super::*;

static POLICY: LazyLock<Policy> = LazyLock::new(|| toml::from_str(include_str!("../../../policy.toml")).unwrap());

fn policy() -> &'static Policy {
    &POLICY
}

fn used(network: &str, text: &str) -> u32 {
    policy().count(network, text).unwrap().used
}

#[test]
fn a_text_counts_as_each_network_counts_it() {
    // text, mastodon, bluesky, x, linkedin, threads
    let table = [
        ("", [0, 0, 0, 0, 0]),
        ("Kiln tip", [8, 8, 8, 8, 8]),
        ("äöü", [3, 3, 3, 3, 3]),
        ("e\u{301}", [1, 1, 1, 2, 2]),
        ("陶芸", [2, 2, 4, 2, 2]),
        ("🔥", [1, 1, 2, 2, 4]),
        ("👩‍👩‍👧‍👦", [1, 25, 2, 11, 25]),
        ("©", [1, 1, 1, 1, 1]),
        ("❤️", [1, 1, 2, 2, 6]),
        ("https://kiln.io", [23, 15, 23, 15, 15]),
        ("see kiln.io", [11, 11, 27, 11, 11]),
        ("@mara@clay.social, hi", [9, 21, 21, 21, 21]),
    ];
    for (text, expected) in table {
        let counted = ["mastodon", "bluesky", "x", "linkedin", "threads"].map(|network| used(network, text));
        assert_eq!(counted, expected, "{text:?}");
    }
}

#[test]
fn mentions_count_without_their_domains_as_the_instance_counts() {
    let table = [
        ("@mara@clay.social", 5),
        ("@mara@clay.social, @jo@x.example.", 11),
        ("@mara", 5),
        ("mail mara@clay.social", 21),
        ("a/@mara@clay.social", 19),
        ("@@mara@clay.social", 18),
        ("@ma.ra-x@clay.social", 8),
        ("@mara@", 6),
        ("see https://example.com/very/long/path?with=query. Bye", 32),
        ("http://a.example and https://b.example", 51),
        ("example.com", 11),
        ("ftp://example.com", 17),
    ];
    for (text, expected) in table {
        assert_eq!(used("mastodon", text), expected, "{text}");
    }
}

#[test]
fn the_measure_that_is_nearest_to_its_limit_is_told() {
    let families = policy().count("bluesky", &"👩‍👩‍👧‍👦".repeat(121)).unwrap();
    assert_eq!((families.used, families.limit, families.unit, families.over_by()), (3_025, 3_000, Unit::Bytes, 25));
    let letters = policy().count("bluesky", &"a".repeat(301)).unwrap();
    assert_eq!((letters.used, letters.limit, letters.unit, letters.fits()), (301, 300, Unit::Characters, false));
}

#[test]
fn a_network_whose_counting_is_unknown_is_not_guessed() {
    assert_eq!(policy().count("somewhere-new", "hi"), None);
}

proptest! {
    #[test]
    fn more_words_never_count_less(text in "\\PC{0,60}", more in "[a-z ]{0,20}") {
        // A blank between them, so that neither a link nor a cluster grows together.
        let longer = format!("{text} {more}");
        for network in ["bluesky", "linkedin", "threads", "x"] {
            prop_assert!(used(network, &longer) > used(network, &text) || used(network, &text) == u32::MAX, "{network}");
        }
    }
}
