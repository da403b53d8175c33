use std::sync::LazyLock;

use proptest::prelude::*;

use super::links::LinkState;
use super::*;

static POLICY: LazyLock<Policy> = LazyLock::new(|| toml::from_str(include_str!("../../../policy.toml")).unwrap());

struct World {
    habit: HashtagHabit,
    trending: BTreeSet<String>,
    may_be_named: BTreeSet<String>,
    links: LinkReport,
}

impl World {
    fn new() -> Self {
        let set = |words: &[&str]| words.iter().map(ToString::to_string).collect();
        Self {
            habit: HashtagHabit::default(),
            trending: set(&["blackfriday"]),
            may_be_named: set(&["lark@clay.social"]),
            links: LinkReport::new(),
        }
    }

    fn inspect(&self, network: &str, post: &Broadcast<'_>) -> Vec<Finding> {
        let around = Around {
            network,
            limit: POLICY.limits.get(network),
            policy: &POLICY,
            habit: &self.habit,
            trending: &self.trending,
            may_be_named: &self.may_be_named,
            links: &self.links,
        };
        inspect(post, &around)
    }
}

fn post(text: &str) -> Broadcast<'_> {
    Broadcast { text, warning: None, media: &[], tags_by_rule: &[], by_rule: false }
}

fn rules(network: &str, post: &Broadcast<'_>) -> Vec<(String, Severity)> {
    World::new().inspect(network, post).into_iter().map(|finding| (finding.rule, finding.severity)).collect()
}

fn check(network: &str, text: &str, expected: &[(&str, Severity)]) {
    let expected: Vec<(String, Severity)> = expected.iter().map(|(rule, severity)| ((*rule).to_owned(), *severity)).collect();
    assert_eq!(rules(network, &post(text)), expected, "{network}: {text}");
}

#[test]
fn a_good_post_has_no_finding() {
    for network in ["mastodon", "bluesky", "x", "linkedin", "facebook", "threads"] {
        check(network, "Kiln tip 3 of 12. Warm the shelf first. https://lark.example.com/tips #kilntips", &[]);
    }
}

#[test]
fn what_must_not_go_out_is_refused() {
    check("mastodon", " \u{200b}", &[("empty", Severity::Refuse)]);
    check("mastodon", "@cy thanks for coming", &[("reply_like", Severity::Refuse)]);
    check("bluesky", "\u{200b} @cy.bsky.social thanks", &[("reply_like", Severity::Refuse)]);
    check("mastodon", "Dear firstname, we are open", &[("placeholder", Severity::Refuse)]);
    check("x", &"故".repeat(141), &[("too_long", Severity::Refuse)]);
    check("mastodon", &"故".repeat(141), &[]);
    check("x", "$AAA and $BBB", &[("many_cashtags", Severity::Refuse)]);
    check("linkedin", "$AAA and $BBB", &[]);
}

#[test]
fn a_finding_says_rule_place_words_and_way_out() {
    let text = "We open at seven, {{name}}";
    let found = World::new().inspect("mastodon", &post(text));
    assert_eq!(found[0].span.unwrap().of(text), "{{name}}");
    assert_eq!(found[0].words, "\"{{name}}\" looks like a placeholder nobody filled in");
    assert_eq!(found[0].way_out, "write what belongs there, or reword it");
    let problem = found[0].clone().problem(7, "text:mastodon");
    assert_eq!(
        problem.to_string(),
        "line 7, column text:mastodon: \"{{name}}\" looks like a placeholder nobody filled in; way out: write what belongs there, or reword it"
    );
    let json = serde_json::to_value(&problem).unwrap();
    assert_eq!((json["reason"]["code"].as_str(), json["reason"]["rule"].as_str()), (Some("safety"), Some("placeholder")));
}

#[test]
fn somebody_named_in_a_broadcast_waits_for_a_yes_and_by_rule_is_refused() {
    check("mastodon", "Thanks to @cy@clay.social for the glaze", &[("mention", Severity::Hold)]);
    check("mastodon", "Follow us: @lark@clay.social", &[]);
    check("mastodon", "Write to jo@lark.example.com", &[]);
    for (network, rule) in [("mastodon", "policy.M5"), ("bluesky", "policy.B2"), ("linkedin", "policy.L2"), ("threads", "mention")] {
        let by_rule = Broadcast { by_rule: true, ..post("New on the blog, thanks @cy.example.com") };
        assert_eq!(rules(network, &by_rule), [(rule.to_owned(), Severity::Refuse)], "{network}");
    }
}

#[test]
fn a_trending_tag_may_be_written_by_hand_and_not_by_rule() {
    check("x", "Our sale #BlackFriday", &[]);
    let tags = ["BlackFriday".to_owned()];
    let by_rule = Broadcast { tags_by_rule: &tags, ..post("Our sale #BlackFriday") };
    assert_eq!(rules("x", &by_rule), [("policy.X4".to_owned(), Severity::Refuse)]);
    assert_eq!(rules("mastodon", &by_rule), [("trending_tag".to_owned(), Severity::Hold)]);
    let own = ["kilntips".to_owned()];
    assert_eq!(rules("x", &Broadcast { tags_by_rule: &own, ..post("Tip 3 #kilntips") }), []);
}

#[test]
fn more_hashtags_than_usual_are_pointed_out_and_many_more_held() {
    let tags = |n: usize| (0..n).map(|i| format!(" #tag{i}")).collect::<String>();
    check("mastodon", &format!("So{}", tags(5)), &[]);
    check("mastodon", &format!("So{}", tags(6)), &[("many_hashtags", Severity::Warn)]);
    check("mastodon", &format!("So{}", tags(11)), &[("many_hashtags", Severity::Hold)]);
    check("mastodon", "So #tag and #Tag", &[("hashtag_twice", Severity::Warn)]);
}

#[test]
fn pictures_need_their_words_and_must_be_there() {
    let with = |media: &[Attachment<'_>]| rules("mastodon", &Broadcast { media, ..post("So") });
    let good = Attachment { name: "a.jpg", is_there: true, alt: Some("A kiln") };
    assert_eq!(with(&[good, Attachment { alt: Some(""), ..good }]), []);
    assert_eq!(with(&[Attachment { is_there: false, ..good }]), [("missing_media".to_owned(), Severity::Refuse)]);
    assert_eq!(with(&[Attachment { alt: None, ..good }]), [("missing_alt".to_owned(), Severity::Refuse)]);
    assert_eq!(with(&[Attachment { alt: Some(" \u{200b}"), ..good }]), [("missing_alt".to_owned(), Severity::Refuse)]);
    assert_eq!(with(&[Attachment { alt: Some("IMG_1.JPG"), ..good }]), [("alt_is_file_name".to_owned(), Severity::Warn)]);
    assert_eq!(with(&[good; 5]), [("many_pictures".to_owned(), Severity::Refuse)]);
    let long = "x".repeat(1_501);
    assert_eq!(with(&[Attachment { alt: Some(&long), ..good }]), [("long_alt".to_owned(), Severity::Refuse)]);
    assert_eq!(with(&[Attachment { alt: Some("Picture of [name]"), ..good }]), [("placeholder".to_owned(), Severity::Refuse)]);
}

#[test]
fn dead_links_are_refused_with_the_rest() {
    let mut world = World::new();
    world.links.insert("https://lark.example.com/x".into(), LinkState::Gone { why: "404".into() });
    let found = world.inspect("mastodon", &post("See https://lark.example.com/x, thanks @cy@clay.social"));
    let rules: Vec<&str> = found.iter().map(|finding| finding.rule.as_str()).collect();
    assert_eq!(rules, ["dead_link", "mention"]);
}

proptest! {
    #[test]
    fn whatever_the_text_spans_stand_inside_it(text in "[a-z@#$.:/{}\\[\\]%*| \\n0-9éü😀日]{0,80}") {
        for network in ["mastodon", "x"] {
            for finding in World::new().inspect(network, &Broadcast { by_rule: true, ..post(&text) }) {
                if let Some(span) = finding.span {
                    prop_assert!(text.get(span.start..span.end).is_some_and(|words| !words.is_empty()), "{finding:?}");
                }
            }
        }
    }
}
