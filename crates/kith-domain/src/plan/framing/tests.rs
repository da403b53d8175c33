use jiff::civil::date;
use proptest::prelude::*;

use super::*;

fn policy() -> Policy {
    toml::from_str(include_str!("../../../policy.toml")).unwrap()
}

fn alike(a: &str, b: &str) -> f64 {
    Wording::new(a).alike(&Wording::new(b))
}

fn on<'t>(channel: &'t str, text: &'t str) -> Framed<'t> {
    let network = channel.rsplit('-').next().unwrap();
    Framed { channel, network, text, day: Some(date(2026, 12, 1)) }
}

const TIP: &str = "Warm the shelf first, then load the kiln from the top. Cold shelves crack under a fast start.";

#[test]
fn pairs_that_people_call_the_same_are_alike_and_others_are_not() {
    let table = [
        (TIP, TIP, 1.0, 1.0),
        (TIP, "warm the shelf first then load the kiln from the top — cold shelves crack under a fast start", 1.0, 1.0),
        (TIP, "Warm the shelf first, then load the kiln from the top. Cold shelves crack under a quick start. #kilntips", 0.8, 1.0),
        (TIP, "#pottery #kiln Warm the shelf first, then load the kiln from the top. Cold shelves crack under a fast start.", 0.9, 1.0),
        ("Doors open at seven", "Doors open at seven https://lark.example/friday", 0.7, 1.0),
        ("Doors open at seven https://a.example", "Doors open at seven https://b.example/x?y=z", 1.0, 1.0),
        (TIP, "Cracked shelves again? Give them ten minutes of gentle heat before you stack anything on top.", 0.0, 0.2),
        (TIP, "We are open until six today, and there is fresh bread.", 0.0, 0.1),
        ("朝のパンが焼けました。今日は六時まで開いています。", "朝のパンが焼けました！今日は七時まで開いています。", 0.7, 1.0),
        ("朝のパンが焼けました。", "窯の温度をゆっくり上げましょう。", 0.0, 0.2),
        ("", "", 0.0, 0.0),
        ("!!!", "", 0.0, 0.0),
        ("Hello", "hello", 1.0, 1.0),
        ("Hello", "Goodbye", 0.0, 0.0),
    ];
    for (a, b, least, most) in table {
        let alike = alike(a, b);
        assert!((least..=most).contains(&alike), "{alike} for {a:?} and {b:?}");
    }
}

#[test]
fn a_shared_link_and_hashtag_alone_do_not_make_texts_alike() {
    let a = "Our glaze workshop is full, the waiting list is not: https://lark.example/w #pottery";
    let b = "Two places were given back for Saturday, first come first served https://lark.example/w #pottery";
    assert!(alike(a, b) < 0.1, "{}", alike(a, b));
}

#[test]
fn three_alike_channels_on_one_day_are_held() {
    let framed = [on("lark-mastodon", TIP), on("lark-bluesky", TIP), on("lark-linkedin", TIP)];
    let found = judge(&framed, None, &policy());
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(matches!(&found[0], Likeness::Held { channels, .. } if channels.len() == 3));
    assert_eq!(
        found[0].to_string(),
        "3 channels would say nearly the same on one day (lark-mastodon, lark-bluesky, lark-linkedin; at least 100 of 100 word pairs)"
    );
}

#[test]
fn two_alike_channels_are_pointed_out_and_not_held() {
    let found = judge(&[on("lark-mastodon", TIP), on("lark-bluesky", TIP)], None, &policy());
    assert!(matches!(found.as_slice(), [Likeness::Same { .. }]), "{found:?}");
}

#[test]
fn other_words_or_another_day_let_it_go() {
    let other = "Cracked shelves again? Give them ten minutes of gentle heat before you stack anything on top.";
    let reworded = [on("lark-mastodon", TIP), on("lark-bluesky", other), on("lark-linkedin", TIP)];
    assert!(!judge(&reworded, None, &policy()).iter().any(|found| matches!(found, Likeness::Held { .. })));
    let moved = [on("lark-mastodon", TIP), on("lark-bluesky", TIP), Framed { day: Some(date(2026, 12, 2)), ..on("lark-linkedin", TIP) }];
    assert!(!judge(&moved, None, &policy()).iter().any(|found| matches!(found, Likeness::Held { .. })));
}

#[test]
fn the_owners_yes_holds_for_exactly_these_words() {
    let framed = [on("lark-mastodon", TIP), on("lark-bluesky", TIP), on("lark-linkedin", TIP)];
    let actor = Actor::Worker;
    assert!(OwnersYes::say(Role::Delegate, actor.clone(), Timestamp::UNIX_EPOCH, &framed).is_err());
    let yes = OwnersYes::say(Role::Owner, actor, Timestamp::UNIX_EPOCH, &framed).unwrap();
    assert_eq!(judge(&framed, Some(&yes), &policy()), []);
    let turned = [framed[2], framed[0], framed[1]];
    assert_eq!(judge(&turned, Some(&yes), &policy()), []);
    let text = format!("{TIP}!");
    let changed = [on("lark-mastodon", &text), framed[1], framed[2]];
    assert_eq!(judge(&changed, Some(&yes), &policy()).len(), 1);
}

#[test]
fn the_same_text_from_two_accounts_of_one_network_is_refused_whatever_the_owner_says() {
    for (network, rule) in [("mastodon", "M4"), ("x", "X3")] {
        let (a, b) = (format!("lark-{network}"), format!("ana-{network}"));
        let framed = [on(&a, TIP), Framed { day: Some(date(2026, 12, 30)), ..on(&b, TIP) }];
        let yes = OwnersYes::say(Role::Owner, Actor::Worker, Timestamp::UNIX_EPOCH, &framed).unwrap();
        let found = judge(&framed, Some(&yes), &policy());
        assert!(matches!(found.as_slice(), [Likeness::Refused { rule: found, .. }] if found == rule), "{found:?}");
        let late = [framed[0], Framed { day: Some(date(2027, 1, 1)), ..framed[1] }];
        assert_eq!(judge(&late, None, &policy()), []);
    }
    let elsewhere = [on("lark-linkedin", TIP), on("ana-linkedin", TIP)];
    assert_eq!(judge(&elsewhere, None, &policy()), []);
}

proptest! {
    #[test]
    fn alikeness_is_a_share_the_same_both_ways_and_whole_with_itself(a in "[a-c #@]{0,40}", b in "[a-c #@]{0,40}") {
        let (there, back) = (alike(&a, &b), alike(&b, &a));
        prop_assert!((0.0..=1.0).contains(&there));
        prop_assert!((there - back).abs() < f64::EPSILON);
        let own = Wording::new(&a);
        prop_assert!(own.weight == 0 || (own.alike(&own) - 1.0).abs() < f64::EPSILON);
    }
}
