use jiff::SignedDuration;
use proptest::prelude::*;

use super::*;
use crate::schedule::places::hours_on;
use crate::schedule::{DAYS_AHEAD_MAX, PauseScope, Presence, Windows, parse_categories};

const TEN_YEARS_DAYS: u32 = 3_653;

fn zone(name: &str) -> ZoneName {
    ZoneName::parse(name).unwrap()
}

fn rules(text: &str, at: &str) -> Vec<QueueRule> {
    let rule = |(category, rhythm)| QueueRule::new(category, rhythm, zone(at));
    parse_categories(text).unwrap().into_iter().map(rule).collect()
}

fn channel(text: &str, at: &str) -> ChannelQueue {
    let rules = rules(text, at);
    ChannelQueue { channel: "lark".into(), rules, gap_minutes: 45, per_day_max: None, zone: zone(at), taken: Vec::new() }
}

fn items(category: &str, count: usize) -> Vec<QueueItem> {
    let item = |n| QueueItem { key: format!("{category} {n}"), category: category.into(), channels: vec!["lark".into()], asks: false };
    (0..count).map(item).collect()
}

fn now() -> Timestamp {
    "2026-11-30T06:00:00Z".parse().unwrap()
}

fn request<'r>(items: &'r [QueueItem], channels: &'r [ChannelQueue]) -> FillRequest<'r> {
    FillRequest { items, channels, pauses: &[], presence: None, now: now(), days_max: DAYS_AHEAD_MAX, seed: 7 }
}

fn walls(filled: &Filled) -> Vec<String> {
    filled.placed.iter().map(|place| place.civil.at.strftime("%a %m-%d %H:%M").to_string()).collect()
}

/// What every answer keeps, whatever was asked.
fn assert_kept(request: &FillRequest<'_>, filled: &Filled) -> Result<(), TestCaseError> {
    let asked: usize = request.items.iter().map(|item| item.channels.len()).sum();
    prop_assert_eq!(filled.placed.len() + filled.unplaced.len(), asked, "every item is answered once on each channel");
    for channel in request.channels {
        let places: Vec<&QueuePlace> = filled.placed.iter().filter(|place| place.channel == channel.channel).collect();
        let mut seconds: Vec<i64> = places.iter().map(|place| place.due_at.as_second()).collect();
        seconds.extend(channel.taken.iter().filter(|taken| taken.queued).map(|taken| taken.at.as_second()));
        seconds.sort_unstable();
        let gap = i64::from(channel.gap_minutes) * 60;
        prop_assert!(seconds.iter().zip(seconds.iter().skip(1)).all(|(a, b)| b - a >= gap), "the gap over all categories");
        let mut on_day: BTreeMap<Date, u32> = BTreeMap::new();
        let mut minutes: BTreeSet<(Date, i8, i8)> = BTreeSet::new();
        for place in &places {
            let item = &request.items[place.item];
            let wall = place.civil.at;
            prop_assert!(place.due_at > request.now);
            prop_assert_eq!(place.civil.resolve().unwrap().due_at, place.due_at);
            prop_assert!(held_by(request.pauses, Some(&item.category), &place.channel, place.due_at).is_none());
            let near = |taken: &&TakenPost| (taken.at.as_second() - place.due_at.as_second()).abs() < gap;
            prop_assert!(!channel.taken.iter().any(|taken| near(&taken)), "{} is too near to what goes out anyway", wall);
            let own = channel.rules.iter().filter(|rule| name(&rule.category) == name(&item.category) && rule.zone == place.civil.zone);
            let dates = [Some(wall.date()), wall.date().yesterday().ok()];
            let inside = own
                .flat_map(|rule| dates.into_iter().flatten().flat_map(|date| hours_on(rule, date)))
                .any(|(from, to)| (from..to).contains(&place.due_at.as_second()));
            prop_assert!(inside, "{} lies in no window of {}", wall, item.category);
            prop_assert!(![0, 15, 30, 45].contains(&wall.minute()));
            *on_day.entry(channel.zone.rules().to_datetime(place.due_at).date()).or_default() += 1;
            minutes.insert((wall.date(), wall.hour(), wall.minute()));
        }
        if let Some(cap) = channel.per_day_max {
            prop_assert!(on_day.values().all(|count| *count <= cap));
        }
        let one_zone = channel.rules.iter().all(|rule| rule.zone == channel.rules[0].zone);
        if one_zone {
            for (date, hour, minute) in &minutes {
                for days in [1, 2, 3, 7] {
                    let other = date.saturating_add(i64::from(days).days());
                    prop_assert!(!minutes.contains(&(other, *hour, *minute)), "{} and {} share {}:{}", date, other, hour, minute);
                }
            }
        }
    }
    Ok(())
}

#[test]
fn tips_and_offers_share_a_channel_with_a_gap_over_both() {
    let channels = [channel("tips: Mon-Fri 7:30-9:00; offers: Tue, Thu 16-18", "Europe/Lisbon")];
    let mut items = items("tips", 10);
    items.extend(self::items("Offers", 4));
    let request = request(&items, &channels);
    let filled = fill(&request);
    assert_kept(&request, &filled).unwrap();
    let days: Vec<String> = walls(&filled).iter().map(|wall| wall[..9].to_owned()).collect();
    let expected = "Mon 11-30,Tue 12-01,Tue 12-01,Wed 12-02,Thu 12-03,Thu 12-03,Fri 12-04,Mon 12-07,Tue 12-08,Tue 12-08,Wed 12-09,Thu 12-10,Thu 12-10,Fri 12-11";
    assert_eq!(days.join(","), expected);
    assert_eq!(fill(&request), filled, "the same request has the same answer");
    assert_ne!(fill(&FillRequest { seed: 8, ..request.clone() }), filled);
}

#[test]
fn forty_a_month_are_forty_in_a_month() {
    let channels = [channel("tips: forty a month, Monday to Friday, two a day", "Europe/Lisbon")];
    let items = items("tips", 480);
    let request = request(&items, &channels);
    let filled = fill(&request);
    assert_kept(&request, &filled).unwrap();
    let mut months: BTreeMap<String, u32> = BTreeMap::new();
    let mut days: BTreeMap<Date, u32> = BTreeMap::new();
    for place in &filled.placed {
        *months.entry(place.civil.at.strftime("%Y-%m").to_string()).or_default() += 1;
        *days.entry(place.civil.at.date()).or_default() += 1;
    }
    let whole: Vec<u32> = months.values().copied().skip(1).take(11).collect();
    assert_eq!(whole, [40; 11]);
    assert!(days.values().all(|count| *count <= 2));
}

#[test]
fn places_belong_to_windows_so_the_order_changes_only_who_has_them() {
    let channels = [channel("tips: two a day, Mon-Fri 8-12; offers: Tue 9-11", "Europe/Lisbon")];
    let few = items("tips", 20);
    let seconds = |filled: &Filled| filled.placed.iter().map(|place| place.due_at).collect::<Vec<_>>();
    let before = seconds(&fill(&request(&few, &channels)));
    let mut more = items("offers", 3);
    more.extend(few);
    let filled = fill(&request(&more, &channels));
    let tips: Vec<Timestamp> = filled.placed.iter().filter(|place| place.item >= 3).map(|place| place.due_at).collect();
    assert_eq!(tips, before, "offers moved no tip");
    let later = FillRequest { now: before[4], ..request(&more[3..18], &channels) };
    assert_eq!(seconds(&fill(&later)), &before[5..], "a week later the places are where they were");
}

#[test]
fn what_went_out_keeps_its_place_and_what_goes_out_anyway_keeps_its_distance() {
    let mut channels = [channel("tips: two a day, daily 8-12", "Europe/Lisbon")];
    let items = items("tips", 6);
    let before = fill(&request(&items, &channels));
    let sent = TakenPost { at: before.placed[0].due_at, category: Some("tips".into()), queued: true };
    channels[0].taken.push(sent.clone());
    let after = fill(&FillRequest { now: sent.at, ..request(&items[1..], &channels) });
    assert_eq!(walls(&after), &walls(&before)[1..]);
    let fixed = TakenPost { at: before.placed[3].due_at, category: None, queued: false };
    channels[0].taken.push(fixed);
    let request = FillRequest { now: sent.at, ..request(&items[1..], &channels) };
    assert_kept(&request, &fill(&request)).unwrap();
}

#[test]
fn pauses_hold_and_nothing_held_is_lost() {
    let channels = [channel("tips: one a day, daily 8-12; offers: one a day, daily 14-16", "Europe/Lisbon")];
    let mut items = items("tips", 3);
    items.extend(self::items("offers", 2));
    let until: Timestamp = "2026-12-10T00:00:00Z".parse().unwrap();
    let category = |until| Pause { scope: PauseScope::Category { category: "Tips".into() }, from: now(), until, why: "kiln broke".into() };
    let held = [category(Some(until))];
    let filled = fill(&FillRequest { pauses: &held, ..request(&items, &channels) });
    assert_eq!(filled.placed.iter().filter(|place| place.item < 3).map(|place| place.due_at > until).collect::<Vec<_>>(), [true; 3]);
    assert_eq!(filled.placed.iter().filter(|place| place.item >= 3).map(|place| place.due_at < until).collect::<Vec<_>>(), [true; 2]);
    let held = [category(None)];
    let filled = fill(&FillRequest { pauses: &held, ..request(&items, &channels) });
    assert_eq!(filled.unplaced.len(), 3);
    assert_eq!(filled.unplaced[0].why.to_string(), "it stands still until somebody says so (kiln broke); resume it");
    let all = [Pause { scope: PauseScope::Everything, from: now(), until: None, why: "away".into() }];
    assert_eq!(fill(&FillRequest { pauses: &all, ..request(&items, &channels) }).placed, []);
}

#[test]
fn what_asks_goes_out_while_somebody_is_there() {
    let channels = [channel("tips: one a day, daily 7-10", "Europe/Lisbon")];
    let mut items = items("tips", 12);
    for item in items.iter_mut().step_by(3) {
        item.asks = true;
    }
    let presence = Presence { hours: Some(Windows::parse("Mon,Wed 9:00-12:00").unwrap()), ..Presence::unsaid(zone("Europe/Lisbon")) };
    let spans = presence.between(now(), now() + SignedDuration::from_hours(24 * 60));
    let request = FillRequest { presence: Some(&spans), ..request(&items, &channels) };
    let filled = fill(&request);
    assert_kept(&request, &filled).unwrap();
    for place in &filled.placed {
        assert!(!items[place.item].asks || spans.at(place.due_at).is_here(), "{}", place.civil);
    }
    let never = Presence { hours: Some(Windows::parse("daily 20:00-21:00").unwrap()), ..presence };
    let spans = never.between(now(), now() + SignedDuration::from_hours(24 * 60));
    let filled = fill(&FillRequest { presence: Some(&spans), ..request });
    assert_eq!(filled.unplaced, [], "who is never there in those hours asks all the same, two weeks later");
}

#[test]
fn the_channels_cap_counts_what_goes_out_anyway() {
    let mut channels = [channel("tips: three a day, daily 8-18", "Europe/Lisbon")];
    channels[0].per_day_max = Some(2);
    channels[0].taken.push(TakenPost { at: "2026-12-01T20:00:00Z".parse().unwrap(), category: None, queued: false });
    let items = items("tips", 5);
    let request = request(&items, &channels);
    let filled = fill(&request);
    assert_kept(&request, &filled).unwrap();
    let days: Vec<String> = walls(&filled).iter().map(|wall| wall[4..9].to_owned()).collect();
    assert_eq!(days, ["11-30", "11-30", "12-01", "12-02", "12-02"]);
}

#[test]
fn an_item_without_a_place_says_why() {
    let channels = [channel("tips: daily 8-12", "Europe/Lisbon")];
    let mut items = items("offers", 1);
    items.extend(self::items("tips", 2));
    items[1].channels = vec!["gull".into()];
    let filled = fill(&FillRequest { days_max: 0, now: "2026-11-30T22:00:00Z".parse().unwrap(), ..request(&items, &channels) });
    let why: Vec<String> = filled.unplaced.iter().map(|one| one.why.to_string()).collect();
    assert!(why[0].starts_with("the category \"offers\" has no windows on lark"), "{why:?}");
    assert!(why[1].starts_with("there is no channel \"gull\""), "{why:?}");
    assert!(why[2].starts_with("no place is free within 0 days"), "{why:?}");
}

#[test]
fn the_next_free_place_lies_behind_what_waits() {
    let channels = [channel("tips: Mon-Fri 7:30-9:00; offers: Tue, Thu 16-18", "Europe/Lisbon")];
    let waiting = items("tips", 3);
    let next = next_places(&request(&waiting, &channels), "tips", "lark", 2);
    let days: Vec<String> = next.iter().map(|place| place.civil.at.date().to_string()).collect();
    assert_eq!(days, ["2026-12-03", "2026-12-04"]);
    let next = next_places(&request(&waiting, &channels), "offers", "lark", 1);
    assert_eq!(next[0].civil.at.date().to_string(), "2026-12-01");
}

fn any_rhythm() -> impl Strategy<Value = String> {
    let days = prop::sample::select(vec!["daily", "Mon-Fri", "Tue,Thu", "Sat-Sun", "Wed", "Fri-Mon", "Mon,Wed,Fri"]);
    let amount = prop_oneof![
        Just(String::new()),
        (1_u32..5).prop_map(|count| format!("{count} a day, ")),
        (1_u32..4).prop_map(|count| format!("{count} a week, at most 4 a day, ")),
        (1_u32..16).prop_map(|count| format!("{count} a month, at most 4 a day, ")),
    ];
    (amount, days, 0_u32..24, 1_u32..12, prop::option::of(0_u32..24)).prop_map(|(amount, days, from, hours, second)| {
        let until = |from: u32| (from + hours) % 24;
        let more = second.filter(|second| *second != from).map(|second| format!(", {second}-{}", until(second))).unwrap_or_default();
        format!("{amount}{days} {from}-{}{more}", until(from))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(120))]
    #[test]
    fn plans_of_any_shape_keep_caps_gaps_windows_and_zones_over_ten_years(
        zones in prop::collection::vec(prop::sample::select(ZoneName::all()), 1..3),
        texts in prop::collection::vec(any_rhythm(), 1..4),
        count in 1_usize..60,
        gap_minutes in 5_u32..180,
        per_day_max in prop::option::of(1_u32..6),
        ahead_days in 0_i64..3_600,
        taken in prop::collection::vec((0_i64..60 * 24 * 60, any::<bool>()), 0..12),
        pause in prop::option::of((0_i64..40, 0_i64..40, 0_u8..3)),
        here in prop::option::of(any_rhythm()),
        seed: u64,
    ) {
        let begin: Timestamp = "2026-11-30T06:00:00Z".parse().unwrap();
        let now = begin + SignedDuration::from_hours(24 * ahead_days);
        let rule = |(index, text): (usize, &String)| QueueRule::new(format!("c{index}"), crate::schedule::Rhythm::parse(text).unwrap(), zone(&zones[index % zones.len()]));
        let gap = i64::from(gap_minutes) * 60;
        // What went out from the queue kept its distance then.
        let mut sent = i64::MIN / 2;
        let mut all: Vec<(i64, bool)> = taken.iter().map(|(minute, queued)| (minute * 60, *queued)).collect();
        all.sort_unstable();
        all.retain(|(second, queued)| {
            let keep = !*queued || second - sent >= gap;
            if *queued && keep { sent = *second; }
            keep
        });
        let taken = all.iter().map(|(second, queued)| {
            let shift = if *queued { -second - 1 } else { *second };
            TakenPost { at: now + SignedDuration::from_secs(shift), category: None, queued: *queued }
        });
        let channel = ChannelQueue {
            channel: "lark".into(),
            rules: texts.iter().enumerate().map(rule).collect(),
            gap_minutes,
            per_day_max,
            zone: zone(&zones[0]),
            taken: taken.collect(),
        };
        let items: Vec<QueueItem> = (0..count).map(|n| QueueItem {
            key: n.to_string(),
            category: format!("C{}", n % texts.len()),
            channels: vec!["lark".into()],
            asks: n % 5 == 0,
        }).collect();
        let pauses: Vec<Pause> = pause.into_iter().map(|(from, days, scope)| Pause {
            scope: match scope {
                0 => PauseScope::Everything,
                1 => PauseScope::Category { category: "c0".into() },
                _ => PauseScope::AllBut { categories: ["c1".to_owned()].into() },
            },
            from: now + SignedDuration::from_hours(from * 24),
            until: Some(now + SignedDuration::from_hours((from + days) * 24)),
            why: String::new(),
        }).collect();
        let presence = here.map(|text| {
            let hours = crate::schedule::Rhythm::parse(&text).unwrap().windows;
            let presence = Presence { hours: Some(hours), ..Presence::unsaid(zone(&zones[0])) };
            presence.between(now, now + SignedDuration::from_hours(24 * 400))
        });
        let channels = [channel];
        let days_max = TEN_YEARS_DAYS - ahead_days as u32;
        let request = FillRequest { items: &items, channels: &channels, pauses: &pauses, presence: presence.as_ref(), now, days_max, seed };
        let filled = fill(&request);
        assert_kept(&request, &filled)?;
        // Those of one category that ask nothing keep their order.
        for category in 0..texts.len() {
            let own: Vec<usize> = filled.placed.iter().map(|place| place.item).filter(|item| item % texts.len() == category && item % 5 != 0).collect();
            prop_assert!(own.is_sorted(), "{:?}", own);
        }
    }
}
