use jiff::ToSpan;
use jiff::civil::DateTime;
use proptest::prelude::*;

use super::*;
use crate::plan::{PlanChannel, PostKind, Reason, Series, SeriesEntry};
use crate::schedule::{
    AbsencePost, CadenceCaps, Ends, Event, PauseScope, Recurrence, Windows, parse_categories, parse_every, parse_reminders,
};

fn lisbon() -> ZoneName {
    ZoneName::parse("Europe/Lisbon").unwrap()
}

fn channel(name: &str, windows: &str) -> PreviewChannel {
    let rules = if windows.is_empty() { Vec::new() } else { parse_categories(windows).unwrap() };
    PreviewChannel {
        channel: PlanChannel { name: name.into(), network: "mastodon".into() },
        shown: format!("@{name}"),
        zone: lisbon(),
        rules: rules.into_iter().map(|(category, rhythm)| QueueRule::new(category, rhythm, lisbon())).collect(),
        caps: CadenceCaps::default(),
        taken: Vec::new(),
        answers: None,
    }
}

/// A small world: two channels, nothing else.
struct World {
    channels: Vec<PreviewChannel>,
    pauses: Vec<Pause>,
    absences: Vec<Absence>,
    presence: Presence,
    markets: Vec<Market>,
    kinds: CategoryKinds,
}

impl World {
    fn new() -> Self {
        Self {
            channels: vec![channel("lark", "tips: Mon-Fri 7:30-9:00; offers: Tue, Thu 16-18"), channel("gull", "tips: daily 10-12")],
            pauses: Vec::new(),
            absences: Vec::new(),
            presence: Presence::unsaid(lisbon()),
            markets: Vec::new(),
            kinds: CategoryKinds::default(),
        }
    }

    fn request<'r>(&'r self, wanted: &'r [Wanted]) -> PreviewRequest<'r> {
        PreviewRequest {
            wanted,
            channels: &self.channels,
            pauses: &self.pauses,
            absences: &self.absences,
            presence: &self.presence,
            markets: &self.markets,
            kinds: &self.kinds,
            now: now(),
            days_max: 400,
            seed: 7,
        }
    }

    fn preview(&self, wanted: &[Wanted]) -> Preview {
        preview(&self.request(wanted))
    }
}

fn now() -> Timestamp {
    "2026-11-30T06:00:00Z".parse().unwrap()
}

fn at(text: &str) -> CivilTime {
    CivilTime { at: text.parse().unwrap(), zone: lisbon() }
}

fn tip(key: &str) -> Draft {
    Draft { category: Some("tips".into()), ..Draft::new(key, format!("Tip {key}"), &["lark", "gull"]) }
}

fn shown(preview: &Preview) -> Vec<String> {
    let line = |line: &PreviewLine| format!("{} {} {}", line.civil.at.strftime("%m-%d"), line.channel, line.post);
    preview.lines.iter().map(line).collect()
}

#[test]
fn what_has_a_time_and_what_waits_are_one_list() {
    let world = World::new();
    let fixed = Draft { wordings: BTreeMap::from([("gull".into(), "For gulls".into())]), ..Draft::new("news", "News", &["lark", "gull"]) };
    let wanted = [
        Wanted::Queue { drafts: vec![tip("a"), tip("b")] },
        Wanted::At { draft: fixed, civil: at("2026-12-01T08:00:00") },
        Wanted::At { draft: Draft::new("late", "Late", &["lark"]), civil: at("2026-11-29T08:00:00") },
        Wanted::At { draft: Draft::new("lost", "Lost", &["owl"]), civil: at("2026-12-29T08:00:00") },
        Wanted::Queue { drafts: vec![Draft::new("loose", "No category", &["lark"])] },
    ];
    let preview = world.preview(&wanted);
    assert_eq!(shown(&preview), ["11-30 lark a", "11-30 gull a", "12-01 gull news", "12-01 lark news", "12-01 lark b", "12-01 gull b"]);
    let texts: Vec<&str> = preview.lines.iter().skip(2).take(2).map(|line| line.text.as_str()).collect();
    assert_eq!(texts, ["For gulls", "News"]);
    let why: Vec<String> = preview.without_time.iter().map(|one| format!("{}: {}", one.post, one.why)).collect();
    assert_eq!(
        why,
        [
            "late: the time 2026-11-29 08:00 Europe/Lisbon is past; give a later one",
            "loose: it has no category, so it has no windows on lark; give it one, or a time",
            "lost: there is no channel \"owl\"; look at the list of channels",
        ]
    );
    assert_eq!(world.preview(&wanted), preview);
}

#[test]
fn a_series_is_numbered_and_an_event_is_worded() {
    let world = World::new();
    let entries = ["a", "b"].map(|key| SeriesEntry::new(key, format!("Open the lid {key}.")));
    let series =
        Series { key: "kiln".into(), heading: "Kiln tip {n} of {total}".into(), hashtag: Some("kiln".into()), entries: entries.into() };
    let begins: DateTime = "2026-12-03T18:00:00".parse().unwrap();
    let event = Event {
        key: "fair".into(),
        name: "Open studio".into(),
        begins,
        ends: begins.checked_add(3.hours()).unwrap(),
        zone: lisbon(),
        place: Some("Rua Nova 3".into()),
        link: None,
        cancelled_at: None,
    };
    let wanted = [
        Wanted::Series {
            series,
            rhythm: Rhythm::one_a_day(),
            zone: lisbon(),
            channels: vec!["lark".into()],
            category: Some("tips".into()),
        },
        Wanted::Event {
            event,
            reminders: parse_reminders("each morning at 9 from 2 days before, 2 h before, doors open").unwrap(),
            drafts: vec![Draft::new("fair", "{event} {in}, {time}, {place}", &["gull"])],
        },
    ];
    let preview = world.preview(&wanted);
    let texts: Vec<&str> = preview.lines.iter().map(|line| line.text.as_str()).collect();
    assert_eq!(
        texts,
        [
            "Kiln tip 1 of 2\n\nOpen the lid a.\n\n#kiln",
            "Open studio in 2 days, 18:00, Rua Nova 3",
            "Kiln tip 2 of 2\n\nOpen the lid b.\n\n#kiln",
            "Open studio tomorrow, 18:00, Rua Nova 3",
            "Open studio today, 18:00, Rua Nova 3",
            "Open studio in 2 h, 18:00, Rua Nova 3",
            "Open studio now, 18:00, Rua Nova 3",
        ]
    );
    assert_eq!(preview.lines[5].not_after, Some("2026-12-03T18:00:00Z".parse().unwrap()));
    assert_eq!(preview.lines[0].occurrence_key, "lark/series:kiln/a");
}

#[test]
fn markets_are_reached_at_their_own_hour_or_at_the_best_one() {
    let mut world = World::new();
    let market = |name: &str, zone: &str| Market {
        name: name.into(),
        zone: ZoneName::parse(zone).unwrap(),
        hours: Windows::parse("daily 06:00-07:00").unwrap(),
    };
    let markets = vec![market("New York", "America/New_York"), market("Tokyo", "Asia/Tokyo")];
    world.markets = markets.clone();
    let draft =
        Draft { wordings: BTreeMap::from([("Tokyo".into(), "おはよう".into())]), ..Draft::new("hello", "Good morning", &["lark"]) };
    let rhythm = Rhythm::parse("one a day").unwrap();
    let wanted = [Wanted::Markets {
        drafts: vec![draft.clone()],
        markets: markets.clone(),
        how: Addressed::Each,
        rhythm: rhythm.clone(),
        zone: lisbon(),
    }];
    let preview = world.preview(&wanted);
    let said: Vec<(&str, i8)> = preview.lines.iter().map(|line| (line.text.as_str(), line.civil.at.hour())).collect();
    assert_eq!(said, [("Good morning", 6), ("おはよう", 6)]);
    let inside: Vec<bool> = preview.lines.iter().flat_map(|line| line.markets.iter().map(|hour| hour.inside)).collect();
    assert_eq!(inside, [true, false, false, true]);
    let wide = |name: &str, zone: &str| Market { hours: Windows::parse("daily 07:00-21:00").unwrap(), ..market(name, zone) };
    let markets = vec![wide("Lisbon", "Europe/Lisbon"), wide("New York", "America/New_York")];
    world.markets = markets.clone();
    let wanted = [Wanted::Markets { drafts: vec![draft], markets, how: Addressed::BestOverlap, rhythm, zone: lisbon() }];
    let preview = world.preview(&wanted);
    assert_eq!(preview.lines.len(), 1);
    assert!(preview.lines[0].markets.iter().all(|hour| hour.inside), "{:?}", preview.lines[0].markets);
}

#[test]
fn what_stands_still_who_is_there_and_too_much_are_told() {
    let mut world = World::new();
    world.presence.hours = Some(Windows::parse("Mon-Fri 14:00-17:00").unwrap());
    world.channels[0].caps.per_day_max = Some(1);
    world.pauses.push(Pause { scope: PauseScope::Channel { channel: "gull".into() }, from: now(), until: None, why: "new owner".into() });
    let refused = Problem::refuse(Some(1), "text", Reason::EmptyText, "write something");
    let wanted = [
        Wanted::At { draft: Draft::new("one", "Who comes?", &["lark", "gull"]), civil: at("2026-12-01T12:00:00") },
        Wanted::At { draft: Draft { problems: vec![refused], ..Draft::new("two", "Two", &["lark"]) }, civil: at("2026-12-01T15:00:00") },
    ];
    let preview = world.preview(&wanted);
    let [gull, lark, two] = &preview.lines[..] else { panic!("{preview:?}") };
    assert_eq!(gull.held.as_deref(), Some("new owner"));
    assert!(lark.goes_out() && lark.asks_nobody());
    assert_eq!(lark.presence.to_string(), "nobody home, you're back in 2 h");
    assert_eq!(two.verdicts[0].to_string(), "this would be the second on Tue 1 Dec on @lark (your limit is 1)");
    assert!(!two.goes_out() && !two.asks);
}

#[test]
fn an_absence_holds_what_does_not_go_on_and_the_queue_goes_on_behind_it() {
    let mut world = World::new();
    let post = |at: &str| AbsencePost { at: at.parse().unwrap(), text: "Away.".into(), channels: vec!["lark".into()] };
    world.absences.push(Absence {
        key: "winter".into(),
        from: "2026-12-01T00:00:00".parse().unwrap(),
        to: "2026-12-15T00:00:00".parse().unwrap(),
        zone: lisbon(),
        goes_on: ["offers".to_owned()].into(),
        before: Some(post("2026-11-30T18:00:00")),
        after: None,
        sorter: None,
        sorter_id: None,
    });
    let offer = Draft { category: Some("offers".into()), ..Draft::new("sale", "Sale", &["lark"]) };
    let recurring = Recurrence {
        key: "weekly".into(),
        from: "2026-12-01".parse().unwrap(),
        every: parse_every("every Wed at 13").unwrap().0,
        times: parse_every("every Wed at 13").unwrap().1,
        zone: lisbon(),
        ends: Ends::Never,
        skip: std::collections::BTreeSet::new(),
    };
    let only = |key: &str| Draft { channels: vec!["lark".into()], ..tip(key) };
    let wanted = [
        Wanted::Queue { drafts: vec![only("a"), only("b"), offer] },
        Wanted::Recurring { recurrence: recurring, draft: Draft::new("wed", "Wednesday", &["lark"]), most: 3 },
    ];
    let preview = world.preview(&wanted);
    assert_eq!(
        shown(&preview),
        ["11-30 lark a", "11-30 lark winter", "12-01 lark sale", "12-02 lark wed", "12-09 lark wed", "12-15 lark b", "12-16 lark wed"]
    );
    let held: Vec<bool> = preview.lines.iter().map(|line| line.held.is_some()).collect();
    assert_eq!(held, [false, false, false, true, true, false, false]);
}

#[test]
fn a_year_of_forty_a_month_on_eight_channels_is_planned_whole() {
    let mut world = World::new();
    let names: Vec<String> = (0..8).map(|n| format!("channel {n}")).collect();
    world.channels = names.iter().map(|name| channel(name, "tips: forty a month, Monday to Friday, two a day")).collect();
    world.presence.hours = Some(Windows::parse("Mon-Fri 9-17").unwrap());
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let draft = |n: i32| Draft { category: Some("tips".into()), ..Draft::new(n.to_string(), format!("Tip {n}"), &names) };
    let preview = world.preview(&[Wanted::Queue { drafts: (0..480).map(draft).collect() }]);
    assert_eq!((preview.lines.len(), preview.without_time.len()), (3_840, 0));
    assert!(preview.lines.iter().all(|line| line.goes_out() && line.presence.is_here() || line.civil.at.hour() == 17));
    let last = preview.lines.last().unwrap().civil.at.date();
    assert!(last <= jiff::civil::date(2027, 12, 1), "{last}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn every_line_resolves_once_and_what_goes_out_keeps_the_caps(
        zone in prop::sample::select(ZoneName::all()),
        ahead_days in 0_i64..3_600,
        drafts in prop::collection::vec((0_u8..3, any::<bool>()), 0..30),
        fixed in prop::collection::vec(0_i64..30 * 24 * 60, 0..10),
        cap in 1_u32..5,
        gap in 10_u32..200,
        seed: u64,
    ) {
        let mut world = World::new();
        let zone = ZoneName::parse(&zone).unwrap();
        let now = now() + SignedDuration::from_hours(24 * ahead_days);
        for channel in &mut world.channels {
            channel.caps = CadenceCaps { per_day_max: Some(cap), gap_minutes_min: Some(gap), ..CadenceCaps::default() };
            channel.zone = zone.clone();
            for rule in &mut channel.rules {
                rule.zone = zone.clone();
            }
        }
        world.kinds.tell("offers", PostKind::Promotion);
        let draft = |(index, (category, asks)): (usize, &(u8, bool))| Draft {
            category: Some(["tips", "offers", "unknown"][usize::from(*category)].into()),
            asks: Some(*asks),
            ..Draft::new(index.to_string(), "x", &["lark", "gull"])
        };
        let mut wanted = vec![Wanted::Queue { drafts: drafts.iter().enumerate().map(draft).collect() }];
        for (index, minutes) in fixed.iter().enumerate() {
            let civil = CivilTime::of_instant(now + SignedDuration::from_mins(*minutes + 1), &zone);
            wanted.push(Wanted::At { draft: Draft::new(format!("fixed {index}"), "y", &["lark"]), civil });
        }
        let request = PreviewRequest { now, seed, ..world.request(&wanted) };
        let found = preview(&request);
        prop_assert_eq!(&preview(&request), &found);
        let keys: std::collections::BTreeSet<&String> = found.lines.iter().map(|line| &line.occurrence_key).collect();
        prop_assert_eq!(keys.len(), found.lines.len());
        for line in &found.lines {
            prop_assert_eq!(line.civil.resolve().unwrap().due_at, line.due_at);
            prop_assert!(line.due_at > now && line.home.resolve().is_ok());
        }
        for channel in ["lark", "gull"] {
            let going: Vec<&PreviewLine> = found.lines.iter().filter(|line| line.channel == channel && line.goes_out()).collect();
            for (a, b) in going.iter().zip(going.iter().skip(1)) {
                prop_assert!(b.due_at.as_second() - a.due_at.as_second() >= i64::from(gap) * 60);
            }
            let mut days: BTreeMap<jiff::civil::Date, u32> = BTreeMap::new();
            for line in &going {
                *days.entry(zone.rules().to_datetime(line.due_at).date()).or_default() += 1;
            }
            prop_assert!(days.values().all(|count| *count <= cap));
            // What waited never breaks a cap by itself.
            let queued = found.lines.iter().filter(|line| line.channel == channel && line.source == LineSource::Queue);
            for line in queued {
                let alone = fixed.is_empty() && !line.goes_out();
                prop_assert!(!alone, "{:?}", line.verdicts);
            }
        }
    }
}
