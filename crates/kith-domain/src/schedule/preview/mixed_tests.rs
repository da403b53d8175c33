//! Queue, series, event, recurrence and markets together on several channels, anywhere in ten years: what holds for each
//! holds for all of them beside each other.

use std::collections::{BTreeMap, BTreeSet};

use jiff::ToSpan;
use jiff::civil::{Date, Time, time};
use proptest::prelude::*;

use super::*;
use crate::plan::{PlanChannel, Series, SeriesEntry};
use crate::schedule::{CadenceCaps, Ends, Event, PauseScope, Recurrence, Windows, parse_categories, parse_every, parse_reminders};

/// Where places are looked for, in days.
const DAYS: u32 = 400;
const NAMES: [&str; 3] = ["lark", "gull", "wren"];

fn within(at: Time, from: Time, to: Time) -> bool {
    (from..to).contains(&at)
}

fn series(texts: usize, zone: &ZoneName) -> Wanted {
    let entries = (0..texts).map(|n| SeriesEntry::new(format!("s{n}"), format!("Tip {n}"))).collect();
    Wanted::Series {
        series: Series { key: "kilns".into(), heading: "Kiln tip {n} of {total}".into(), hashtag: Some("kilns".into()), entries },
        rhythm: Rhythm::parse("Mon-Sat 8:00-9:30, one a day").unwrap(),
        zone: zone.clone(),
        channels: vec!["lark".into(), "gull".into()],
        category: Some("kilns".into()),
    }
}

fn event(now: Timestamp, days: i64, zone: &ZoneName) -> Wanted {
    let begins = zone.rules().to_datetime(now).date().saturating_add(days.days()).to_datetime(time(18, 30, 0, 0));
    let event = Event {
        key: "opening".into(),
        name: "Kiln opening".into(),
        begins,
        ends: begins.saturating_add(2.hours()),
        zone: zone.clone(),
        place: None,
        link: None,
        cancelled_at: None,
    };
    let reminders = parse_reminders("each morning at 9 from seven days before; 2 h, 1 h, 30 min, 10 min before; the day after").unwrap();
    Wanted::Event { event, reminders, drafts: vec![Draft::new("soon", "{event} {in}", &["lark", "wren"])] }
}

fn repeat(now: Timestamp, zone: &ZoneName) -> Wanted {
    let (every, times) = parse_every("every Monday at 9").unwrap();
    let from = zone.rules().to_datetime(now).date();
    let recurrence = Recurrence { key: "week".into(), from, every, times, zone: zone.clone(), ends: Ends::Never, skip: BTreeSet::new() };
    Wanted::Recurring { recurrence, draft: Draft::new("monday", "A week begins", &["gull"]), most: 20 }
}

fn markets(zones: &[ZoneName], drafts: usize) -> Wanted {
    let market = |zone: &ZoneName| Market { name: zone.to_string(), zone: zone.clone(), hours: Windows::parse("daily 6-7").unwrap() };
    let draft = |n| Draft { category: Some("far".into()), ..Draft::new(format!("m{n}"), "Good morning", &["wren", "gull"]) };
    Wanted::Markets {
        drafts: (0..drafts).map(draft).collect(),
        markets: zones.iter().map(market).collect(),
        how: Addressed::Each,
        rhythm: Rhythm::one_a_day(),
        zone: zones[0].clone(),
    }
}

fn queue(drafts: &[bool]) -> Wanted {
    let draft = |(n, tip): (usize, &bool)| Draft {
        category: Some(if *tip { "tips" } else { "offers" }.into()),
        ..Draft::new(format!("q{n}"), format!("Words {n}"), &NAMES)
    };
    Wanted::Queue { drafts: drafts.iter().enumerate().map(draft).collect() }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn all_kinds_together_keep_caps_gaps_windows_and_zones_over_ten_years(
        // A market is named once in a workspace, so no zone comes twice.
        zones in prop::sample::subsequence(ZoneName::all(), 3).prop_shuffle(),
        ahead_days in 0_i64..3_600,
        queued in prop::collection::vec(any::<bool>(), 0..16),
        texts in 0_usize..10,
        event_days in 1_i64..30,
        far in 0_usize..3,
        cap in 1_u32..6,
        gap in 10_u32..150,
        taken in prop::collection::vec((0_i64..20 * 24 * 60, 0_usize..3), 0..8),
        pause in prop::option::of((0_i64..20, 1_i64..20, any::<bool>())),
        seed: u64,
    ) {
        let zones: Vec<ZoneName> = zones.iter().map(|zone| ZoneName::parse(zone).unwrap()).collect();
        let now: Timestamp = "2026-11-30T06:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_hours(24 * ahead_days);
        let rules = || parse_categories("tips: Mon-Fri 7:30-9:00; offers: Tue, Thu 16-18").unwrap().into_iter();
        let channels: Vec<PreviewChannel> = NAMES.iter().zip(&zones).enumerate().map(|(index, (name, zone))| PreviewChannel {
            channel: PlanChannel { name: (*name).into(), network: "mastodon".into() },
            shown: (*name).into(),
            zone: zone.clone(),
            rules: rules().map(|(category, rhythm)| QueueRule::new(category, rhythm, zone.clone())).collect(),
            caps: CadenceCaps { per_day_max: Some(cap), gap_minutes_min: Some(gap), ..CadenceCaps::default() },
            taken: taken.iter().filter(|(_, on)| *on == index)
                .map(|(minute, _)| TakenPost { at: now + SignedDuration::from_mins(*minute + 1), category: None, queued: false }).collect(),
            answers: None,
        }).collect();
        let pauses: Vec<Pause> = pause.into_iter().map(|(from, days, all)| Pause {
            scope: if all { PauseScope::Everything } else { PauseScope::CategoryOn { category: "kilns".into(), channel: "gull".into() } },
            from: now + SignedDuration::from_hours(24 * from),
            until: Some(now + SignedDuration::from_hours(24 * (from + days))),
            why: "you said so".into(),
        }).collect();
        let wanted =
            [series(texts, &zones[0]), event(now, event_days, &zones[1]), repeat(now, &zones[2]), markets(&zones, far), queue(&queued)];
        let (presence, kinds) = (Presence::unsaid(zones[0].clone()), CategoryKinds::default());
        let request = PreviewRequest {
            wanted: &wanted, channels: &channels, pauses: &pauses, absences: &[], presence: &presence, markets: &[], kinds: &kinds,
            now, days_max: DAYS, seed,
        };
        let found = preview(&request);

        let keys: BTreeSet<&String> = found.lines.iter().map(|line| &line.occurrence_key).collect();
        prop_assert_eq!(keys.len(), found.lines.len(), "one place, one line");
        let begins = wanted.iter().find_map(|wanted| match wanted {
            Wanted::Event { event, .. } => event.check().ok().map(|(begins, _)| begins),
            _ => None,
        });
        let placed = |line: &PreviewLine| matches!(line.source, LineSource::Queue | LineSource::Series { .. } | LineSource::Markets { .. });
        for line in &found.lines {
            prop_assert_eq!(line.civil.resolve().unwrap().due_at, line.due_at);
            prop_assert!(line.due_at > now);
            let wall = line.civil.at.time();
            match &line.source {
                LineSource::Queue if line.category.as_deref() == Some("tips") => {
                    prop_assert!(within(wall, time(7, 30, 0, 0), time(9, 0, 0, 0)), "{}", line.civil);
                    prop_assert!(!matches!(line.civil.at.date().weekday().to_monday_one_offset(), 6 | 7), "{}", line.civil);
                }
                LineSource::Queue => prop_assert!(within(wall, time(16, 0, 0, 0), time(18, 0, 0, 0)), "{}", line.civil),
                LineSource::Series { .. } => {
                    prop_assert!(within(wall, time(8, 0, 0, 0), time(9, 30, 0, 0)), "{}", line.civil);
                    prop_assert_eq!(&line.civil.zone, &zones[0]);
                }
                LineSource::Markets { markets } => {
                    prop_assert!(within(wall, time(6, 0, 0, 0), time(7, 0, 0, 0)), "{}", line.civil);
                    prop_assert_eq!(&line.civil.zone.to_string(), &markets[0], "the hour is the market's own");
                }
                LineSource::Event { .. } => {
                    let in_time = line.not_after.is_none_or(|end| line.due_at < end && begins.is_some_and(|begins| line.due_at < begins));
                    prop_assert!(in_time, "nothing that belongs before it goes out after its begin");
                }
                _ => prop_assert_eq!(wall, time(9, 0, 0, 0)),
            }
            let held = held_by(&pauses, line.category.as_deref(), &line.channel, line.due_at).is_some();
            prop_assert!(!(held && line.goes_out()), "what stands still does not go out");
            prop_assert!(!(held && placed(line)), "a pause gives no places");
        }
        for channel in &channels {
            let name = &channel.channel.name;
            let own: Vec<&PreviewLine> = found.lines.iter().filter(|line| line.channel == *name).collect();
            // What goes out keeps its distance from all that goes out there, and no day has more than the cap.
            let seconds: Vec<i64> = own.iter().filter(|line| line.goes_out()).map(|line| line.due_at.as_second()).collect();
            for (a, b) in seconds.iter().zip(seconds.iter().skip(1)) {
                prop_assert!(b - a >= i64::from(gap) * 60, "{} s apart on {}", b - a, name);
            }
            for line in own.iter().filter(|line| placed(line)) {
                let near = |taken: &TakenPost| (taken.at.as_second() - line.due_at.as_second()).abs() < i64::from(gap) * 60;
                prop_assert!(!channel.taken.iter().any(near), "{} is too near to what is out", line.occurrence_key);
            }
            let mut days: BTreeMap<Date, u32> = BTreeMap::new();
            for line in own.iter().filter(|line| line.goes_out()) {
                *days.entry(channel.zone.rules().to_datetime(line.due_at).date()).or_default() += 1;
            }
            prop_assert!(days.values().all(|count| *count <= cap), "{:?}", days);
            // The numbers of a series are true: each once, and in the order in which they go out.
            let numbers: Vec<u32> = own.iter().filter_map(|line| match &line.source {
                LineSource::Series { n, .. } => Some(*n),
                _ => None,
            }).collect();
            prop_assert!(numbers.windows(2).all(|pair| pair[0] < pair[1]), "{:?}", numbers);
        }
        prop_assert_eq!(preview(&request), found, "the same request has the same answer");
    }
}
