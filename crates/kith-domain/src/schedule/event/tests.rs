use proptest::prelude::*;

use super::*;
use crate::schedule::reminder::parse_reminders;

fn event(begins: &str) -> Event {
    let begins: DateTime = begins.parse().unwrap();
    Event {
        key: "fair".into(),
        name: "Lark & Co open studio".into(),
        begins,
        ends: begins.checked_add(3.hours()).unwrap(),
        zone: ZoneName::parse("Europe/Lisbon").unwrap(),
        place: Some("Rua Nova 3".into()),
        link: None,
        cancelled_at: None,
    }
}

fn reminders() -> Vec<Reminder> {
    let text = "each morning at 9 from seven days before, 2 h, 1 h, 30 min, 10 min before, doors open, thank you, the day after";
    parse_reminders(text).unwrap()
}

fn shown(posts: &[EventPost]) -> Vec<String> {
    posts.iter().map(|post| format!("{} {}", post.civil.at.strftime("%m-%d %H:%M"), post.slot)).collect()
}

fn stored(posts: &[EventPost], now: Timestamp) -> Vec<StoredPost> {
    let one = |post: &EventPost| StoredPost {
        slot: post.slot.clone(),
        occurrence_key: post.occurrence_key.clone(),
        due_at: post.due_at,
        sent: post.due_at <= now,
    };
    posts.iter().map(one).collect()
}

#[test]
fn an_event_is_announced_each_morning_then_in_its_last_hours_and_people_are_thanked() {
    let posts = event("2026-12-08T18:00:00").posts(&reminders()).unwrap();
    let mut expected: Vec<String> =
        (1..=8).map(|day| format!("12-0{day} 09:00 day{}@09:00", if day == 8 { "+0".into() } else { format!("-{}", 8 - day) })).collect();
    expected[7] = "12-08 09:00 day+0@09:00".into();
    for line in ["12-08 16:00 before-120m", "12-08 17:00 before-60m", "12-08 17:30 before-30m", "12-08 17:50 before-10m"] {
        expected.push(line.into());
    }
    expected.extend(["12-08 18:00 start".into(), "12-09 10:00 day+1@10:00".into()]);
    assert_eq!(shown(&posts), expected);
    let start = "2026-12-08T18:00:00Z".parse().unwrap();
    assert!(posts.iter().take(12).all(|post| post.phase == Phase::Before && post.not_after == Some(start)));
    assert_eq!((posts[12].phase, posts[13].phase, posts[13].not_after), (Phase::During, Phase::After, None));
}

#[test]
fn nothing_that_should_go_before_goes_after_the_start() {
    let early = event("2026-12-08T09:00:00");
    let posts = early.posts(&reminders()).unwrap();
    let (begins, _) = early.check().unwrap();
    assert!(posts.iter().filter(|post| post.slot.starts_with("day") && post.phase != Phase::After).all(|post| post.due_at < begins));
    assert_eq!(posts.iter().filter(|post| post.due_at == begins).map(|post| post.slot.as_str()).collect::<Vec<_>>(), ["start"]);
}

#[test]
fn hours_before_are_real_hours_where_the_clock_is_changed() {
    let mut night = event("2027-03-28T04:00:00");
    night.zone = ZoneName::parse("Europe/Berlin").unwrap();
    let posts = night.posts(&parse_reminders("2 h, 1 h before").unwrap()).unwrap();
    assert_eq!(shown(&posts), ["03-28 01:00 before-120m", "03-28 03:00 before-60m"]);
}

#[test]
fn moving_an_event_moves_what_waits_and_leaves_what_is_out() {
    let before = event("2026-12-08T18:00:00");
    let now: Timestamp = "2026-12-03T12:00:00Z".parse().unwrap();
    let posts = before.posts(&reminders()).unwrap();
    let after = event("2026-12-09T19:00:00");
    let revision = revise(&before, &after, &reminders(), &stored(&posts, now), now).unwrap();
    let said = revision.offer.unwrap();
    assert!(said.contains("is now on Wednesday 9 December 2026, 19:00") && said.contains("not on Tuesday 8 December 2026"), "{said}");
    let moved = |slot: &str| {
        revision.changes.iter().find_map(|change| match change {
            PostChange::Move { to, .. } if to.slot == slot => Some(to.civil.at.strftime("%m-%d %H:%M").to_string()),
            _ => None,
        })
    };
    assert_eq!(moved("before-120m").as_deref(), Some("12-09 17:00"));
    assert_eq!(moved("day-4@09:00").as_deref(), Some("12-05 09:00"));
    let added: Vec<&str> = revision
        .changes
        .iter()
        .filter_map(|change| match change {
            PostChange::Add { post } => Some(post.slot.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(added, ["day-5@09:00"], "the morning of 4 December is a new one, five days before");
    assert!(!revision.changes.iter().any(|change| matches!(change, PostChange::Cancel { .. })));
}

#[test]
fn half_an_hour_later_says_nothing_twice() {
    let before = event("2026-12-08T18:00:00");
    let now: Timestamp = "2026-12-08T16:10:00Z".parse().unwrap();
    let posts = before.posts(&reminders()).unwrap();
    let after = event("2026-12-08T18:30:00");
    let revision = revise(&before, &after, &reminders(), &stored(&posts, now), now).unwrap();
    let kinds: Vec<&str> = revision
        .changes
        .iter()
        .map(|change| match change {
            PostChange::Keep { .. } => "keep",
            PostChange::Move { .. } => "move",
            PostChange::Add { .. } => "add",
            PostChange::Cancel { .. } => "cancel",
        })
        .collect();
    assert_eq!(kinds, ["move"; 5], "\"2 h before\" went out and is not repeated");
}

#[test]
fn calling_it_off_cancels_what_waits_and_offers_one_post() {
    let before = event("2026-12-08T18:00:00");
    let now: Timestamp = "2026-12-03T12:00:00Z".parse().unwrap();
    let posts = before.posts(&reminders()).unwrap();
    let off = Event { cancelled_at: Some(now), ..before.clone() };
    let revision = revise(&before, &off, &reminders(), &stored(&posts, now), now).unwrap();
    assert_eq!(revision.changes.len(), posts.len() - 3);
    assert!(revision.changes.iter().all(|change| matches!(change, PostChange::Cancel { why: CancelReason::CalledOff, .. })));
    let said = "Lark & Co open studio on Tuesday 8 December 2026, 18:00 (Europe/Lisbon) will not take place.";
    assert_eq!(revision.offer.as_deref(), Some(said));
    let untold = revise(&before, &off, &reminders(), &stored(&posts, Timestamp::UNIX_EPOCH), Timestamp::UNIX_EPOCH).unwrap();
    assert_eq!(untold.offer, None, "nobody has heard of it");
}

proptest! {
    #[test]
    fn posts_keep_to_their_side_of_the_event_in_any_zone(
        zone in prop::sample::select(ZoneName::all()),
        minute in 0_i64..3_650 * 24 * 60,
        length in 0_i64..3_000,
        moved in 0_i64..20_000,
        now in 0_i64..20_000,
    ) {
        let begins = jiff::civil::date(2026, 1, 1).at(0, 0, 0, 0).checked_add(minute.minutes()).unwrap();
        let at = |begins: DateTime| Event {
            begins,
            ends: begins.checked_add(length.minutes()).unwrap(),
            zone: ZoneName::parse(&zone).unwrap(),
            ..event("2026-12-08T18:00:00")
        };
        let before = at(begins);
        // An end inside a skipped hour may fall together with what comes after; nothing ends before it begins.
        let (from, to) = before.check().unwrap();
        let posts = before.posts(&reminders()).unwrap();
        for post in &posts {
            let side = match post.phase {
                Phase::Before => post.due_at < from,
                Phase::During => post.due_at >= from && (post.due_at < to || post.due_at == from),
                Phase::After => post.due_at >= to,
            };
            prop_assert!(side, "{:?}", post);
            prop_assert!(post.slot.starts_with("day+1") || post.slot == "start" || post.phase == Phase::Before);
        }
        let keys: std::collections::BTreeSet<&String> = posts.iter().map(|post| &post.occurrence_key).collect();
        prop_assert_eq!(keys.len(), posts.len());
        // After a move nothing that waits has a time that the moved event does not give it.
        let now = from - SignedDuration::from_mins(now);
        let after = at(begins.checked_add(moved.minutes()).unwrap());
        let revision = revise(&before, &after, &reminders(), &stored(&posts, now), now).unwrap();
        let right = after.posts(&reminders()).unwrap();
        for change in &revision.changes {
            let (PostChange::Move { to: post, .. } | PostChange::Add { post }) = change else { continue };
            prop_assert!(right.contains(post) && post.due_at > now);
        }
        let unchanged = revise(&before, &before, &reminders(), &stored(&posts, now), now).unwrap();
        let kept = unchanged.changes.iter().all(|change| matches!(change, PostChange::Keep { .. }));
        prop_assert!(kept && unchanged.offer.is_none());
    }
}
