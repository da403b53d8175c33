use jiff::SignedDuration;
use jiff::civil::date;
use proptest::prelude::*;

use super::*;

fn recurrence(text: &str, from: &str, zone: &str) -> Recurrence {
    let (every, times) = parse_every(text).unwrap();
    Recurrence {
        key: "tips".into(),
        from: from.parse().unwrap(),
        every,
        times,
        zone: ZoneName::parse(zone).unwrap(),
        ends: Ends::Never,
        skip: BTreeSet::new(),
    }
}

fn walls(recurrence: &Recurrence, after: &str, until: &str) -> Vec<String> {
    let found = recurrence.between(after.parse().unwrap(), until.parse().unwrap());
    found.iter().map(|one| one.civil.at.strftime("%a %m-%d %H:%M").to_string()).collect()
}

#[test]
fn rules_are_read_as_people_say_them() {
    let table = [
        ("every day at 9", "every day | FREQ=DAILY;INTERVAL=1"),
        ("daily at 9", "every day | FREQ=DAILY;INTERVAL=1"),
        ("every weekday at 7:30", "every week on Mon-Fri | FREQ=WEEKLY;INTERVAL=1;WKST=MO;BYDAY=MO,TU,WE,TH,FR"),
        ("every Tue and Thu at 16", "every week on Tue,Thu | FREQ=WEEKLY;INTERVAL=1;WKST=MO;BYDAY=TU,TH"),
        ("every other week on Mon at 9", "every 2 weeks on Mon | FREQ=WEEKLY;INTERVAL=2;WKST=MO;BYDAY=MO"),
        ("every third day at 8, 17", "every 3 days | FREQ=DAILY;INTERVAL=3"),
        ("every two days at 8 and 17", "every 2 days | FREQ=DAILY;INTERVAL=2"),
        ("first Monday of the month at 10", "every month on the first Mon | FREQ=MONTHLY;INTERVAL=1;BYDAY=1MO"),
        ("on the 15th of each month at 9", "every month on the 15th | FREQ=MONTHLY;INTERVAL=1;BYMONTHDAY=15"),
        ("every 3 months on the last Friday at 18:30", "every 3 months on the last Fri | FREQ=MONTHLY;INTERVAL=3;BYDAY=-1FR"),
        ("last day of the month at 9", "every month on the last day | FREQ=MONTHLY;INTERVAL=1;BYMONTHDAY=-1"),
        ("every year on 3 May at 12", "every year on 3 may | FREQ=YEARLY;BYMONTH=5;BYMONTHDAY=3"),
    ];
    for (text, expected) in table {
        let rule = recurrence(text, "2026-12-01", "UTC");
        assert_eq!(format!("{} | {}", rule.every, rule.to_rrule()), expected, "{text}");
    }
    let refused = [
        ("every day", "\"every day\" has no time of day"),
        ("every day at 9am", "\"9am\" is not a time of day"),
        ("on the 31st of each month at 9", "not every month has a day 31"),
        ("every blue moon at 9", "\"every blue moon at 9\" is not understood"),
        ("every 0 days at 9", "0 is too far a step"),
        ("every year on 30 February at 9", "\"every year on 30 February at 9\" is not understood"),
    ];
    for (text, expected) in refused {
        let error = parse_every(text).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{text}: {error}");
    }
}

#[test]
fn steps_are_counted_from_the_first_date() {
    let fortnight = recurrence("every 2 weeks on Mon, Thu at 9", "2026-12-03", "Europe/Lisbon");
    let found = walls(&fortnight, "2026-12-01T00:00:00Z", "2026-12-31T00:00:00Z");
    assert_eq!(found, ["Thu 12-03 09:00", "Mon 12-14 09:00", "Thu 12-17 09:00", "Mon 12-28 09:00"]);
    let mut three = recurrence("every day at 9, 17", "2026-12-01", "Europe/Lisbon");
    three.ends = Ends::After(3);
    assert_eq!(walls(&three, "2026-12-01T12:00:00Z", "2027-12-31T00:00:00Z"), ["Tue 12-01 17:00", "Wed 12-02 09:00"]);
    three.ends = Ends::On(date(2026, 12, 3));
    three.skip.insert(date(2026, 12, 2));
    assert_eq!(walls(&three, "2026-12-01T12:00:00Z", "2027-12-31T00:00:00Z"), ["Tue 12-01 17:00", "Thu 12-03 09:00", "Thu 12-03 17:00"]);
}

#[test]
fn a_skipped_time_goes_out_later_and_a_double_one_once() {
    let night = recurrence("every day at 2:30", "2027-01-01", "Europe/Berlin");
    let instants = |after: &str, until: &str| {
        let found = night.between(after.parse().unwrap(), until.parse().unwrap());
        found.iter().map(|one| one.due_at.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(instants("2027-03-27T12:00:00Z", "2027-03-29T12:00:00Z"), ["2027-03-28T01:30:00Z", "2027-03-29T00:30:00Z"]);
    assert_eq!(instants("2027-10-30T12:00:00Z", "2027-11-01T12:00:00Z"), ["2027-10-31T00:30:00Z", "2027-11-01T01:30:00Z"]);
    let both = recurrence("every day at 2:30, 3:30", "2027-01-01", "Europe/Berlin");
    let found = both.between("2027-03-27T12:00:00Z".parse().unwrap(), "2027-03-28T12:00:00Z".parse().unwrap());
    let keys: Vec<&str> = found.iter().map(|one| one.occurrence_key.as_str()).collect();
    assert_eq!(keys, ["every:tips@2027-03-28T03:30:00[Europe/Berlin]"], "half past two is half past three then");
}

#[test]
fn a_date_that_a_zone_skipped_is_not_sent_twice() {
    let apia = recurrence("every day at 9", "2011-12-01", "Pacific/Apia");
    let found = apia.between("2011-12-28T12:00:00Z".parse().unwrap(), "2012-01-02T12:00:00Z".parse().unwrap());
    let dates: Vec<i8> = found.iter().map(|one| one.civil.at.day()).collect();
    assert_eq!(dates, [28, 29, 31, 1, 2], "Samoa had no 30 December 2011");
}

/// Instants as an independent reader of RFC 5545 gives them (PyPI recurring-ical-events 3.8.2, tzdata 2026.6): the words,
/// their RRULE, the first date, the zone, from and before when, the instants.
const ELSEWHERE: [(&str, &str, &str, &str, &str, &str, &str); 13] = [
    (
        "every day at 2:30",
        "FREQ=DAILY;INTERVAL=1",
        "2027-01-01",
        "Europe/Berlin",
        "2027-03-26",
        "2027-03-31",
        "2027-03-26T01:30Z 2027-03-27T01:30Z 2027-03-28T01:30Z 2027-03-29T00:30Z 2027-03-30T00:30Z",
    ),
    (
        "every day at 2:30",
        "FREQ=DAILY;INTERVAL=1",
        "2027-01-01",
        "Europe/Berlin",
        "2027-10-29",
        "2027-11-03",
        "2027-10-29T00:30Z 2027-10-30T00:30Z 2027-10-31T00:30Z 2027-11-01T01:30Z 2027-11-02T01:30Z",
    ),
    (
        "every 3 days at 9",
        "FREQ=DAILY;INTERVAL=3",
        "2026-12-02",
        "Europe/Lisbon",
        "2027-03-20",
        "2027-04-05",
        "2027-03-20T09:00Z 2027-03-23T09:00Z 2027-03-26T09:00Z 2027-03-29T08:00Z 2027-04-01T08:00Z 2027-04-04T08:00Z",
    ),
    (
        "every weekday at 7:30",
        "FREQ=WEEKLY;INTERVAL=1;WKST=MO;BYDAY=MO,TU,WE,TH,FR",
        "2026-12-01",
        "America/New_York",
        "2027-03-10",
        "2027-03-18",
        "2027-03-10T12:30Z 2027-03-11T12:30Z 2027-03-12T12:30Z 2027-03-15T11:30Z 2027-03-16T11:30Z 2027-03-17T11:30Z",
    ),
    (
        "every other week on Mon, Thu at 9",
        "FREQ=WEEKLY;INTERVAL=2;WKST=MO;BYDAY=MO,TH",
        "2026-12-03",
        "Europe/Lisbon",
        "2026-12-01",
        "2027-02-10",
        "2026-12-03T09:00Z 2026-12-14T09:00Z 2026-12-17T09:00Z 2026-12-28T09:00Z 2026-12-31T09:00Z 2027-01-11T09:00Z 2027-01-14T09:00Z 2027-01-25T09:00Z 2027-01-28T09:00Z 2027-02-08T09:00Z",
    ),
    (
        "every 3 weeks on Sun at 1:30",
        "FREQ=WEEKLY;INTERVAL=3;WKST=MO;BYDAY=SU",
        "2026-12-06",
        "America/Sao_Paulo",
        "2026-12-01",
        "2027-03-20",
        "2026-12-06T04:30Z 2026-12-27T04:30Z 2027-01-17T04:30Z 2027-02-07T04:30Z 2027-02-28T04:30Z",
    ),
    (
        "first Monday of the month at 10",
        "FREQ=MONTHLY;INTERVAL=1;BYDAY=1MO",
        "2026-12-07",
        "Australia/Sydney",
        "2027-02-01",
        "2027-07-01",
        "2027-02-28T23:00Z 2027-04-05T00:00Z 2027-05-03T00:00Z 2027-06-07T00:00Z",
    ),
    (
        "every 3 months on the last Friday at 18:30",
        "FREQ=MONTHLY;INTERVAL=3;BYDAY=-1FR",
        "2026-12-25",
        "Asia/Kathmandu",
        "2026-12-01",
        "2028-12-01",
        "2026-12-25T12:45Z 2027-03-26T12:45Z 2027-06-25T12:45Z 2027-09-24T12:45Z 2027-12-31T12:45Z 2028-03-31T12:45Z 2028-06-30T12:45Z 2028-09-29T12:45Z",
    ),
    (
        "last day of the month at 23:30",
        "FREQ=MONTHLY;INTERVAL=1;BYMONTHDAY=-1",
        "2027-01-31",
        "America/St_Johns",
        "2028-01-01",
        "2028-07-01",
        "2028-01-01T03:00Z 2028-02-01T03:00Z 2028-03-01T03:00Z 2028-04-01T02:00Z 2028-05-01T02:00Z 2028-06-01T02:00Z",
    ),
    (
        "every 2 months on the 28th at 0:30",
        "FREQ=MONTHLY;INTERVAL=2;BYMONTHDAY=28",
        "2026-12-28",
        "Africa/Cairo",
        "2026-12-01",
        "2027-12-01",
        "2026-12-27T22:30Z 2027-02-27T22:30Z 2027-04-27T22:30Z 2027-06-27T21:30Z 2027-08-27T21:30Z 2027-10-27T21:30Z",
    ),
    (
        "every year on 29 February at 12",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29",
        "2028-02-29",
        "Pacific/Chatham",
        "2026-12-01",
        "2037-01-01",
        "2028-02-28T22:15Z 2032-02-28T22:15Z 2036-02-28T22:15Z",
    ),
    (
        "every year on 28 March at 2:15",
        "FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=28",
        "2027-03-28",
        "Europe/Berlin",
        "2026-12-01",
        "2033-01-01",
        "2027-03-28T01:15Z 2028-03-28T00:15Z 2029-03-28T00:15Z 2030-03-28T01:15Z 2031-03-28T01:15Z 2032-03-28T01:15Z",
    ),
    (
        "last Sunday of the month at 2:00",
        "FREQ=MONTHLY;INTERVAL=1;BYDAY=-1SU",
        "2027-01-31",
        "Australia/Lord_Howe",
        "2027-03-01",
        "2027-11-01",
        "2027-03-27T15:00Z 2027-04-24T15:30Z 2027-05-29T15:30Z 2027-06-26T15:30Z 2027-07-24T15:30Z 2027-08-28T15:30Z 2027-09-25T15:30Z 2027-10-30T15:00Z",
    ),
];

#[test]
fn an_independent_reader_of_the_rules_gives_the_same_instants() {
    for (text, rrule, first, zone, from, before, expected) in ELSEWHERE {
        let rule = recurrence(text, first, zone);
        assert_eq!(rule.to_rrule(), rrule, "{text}");
        let instant = |date: &str| -> Timestamp { format!("{date}T00:00:00Z").parse().unwrap() };
        let found = rule.between(instant(from) - SignedDuration::from_secs(1), instant(before) - SignedDuration::from_secs(1));
        let shown: Vec<String> = found.iter().map(|one| one.due_at.strftime("%Y-%m-%dT%H:%MZ").to_string()).collect();
        assert_eq!(shown.join(" "), expected, "{text} in {zone}");
    }
}

proptest! {
    #[test]
    fn each_occurrence_comes_exactly_once_however_it_is_asked(
        zone in prop::sample::select(ZoneName::all()),
        text in prop::sample::select(vec![
            "every day at 0, 2:30, 3:30, 23:59", "every 3 days at 1:15", "every weekday at 2:00, 2:30", "every other week on Sun at 2:30",
            "last Sunday of the month at 1, 2, 3", "first Friday of the month at 9", "every 2 months on the 28th at 0:30",
            "last day of the month at 23:30", "every year on 29 February at 12", "every year on 31 March at 2:15",
        ]),
        begin in 0_i64..3_650,
        cuts in prop::collection::vec(1_i64..5_000, 1..8),
        ends in 0_u8..3,
    ) {
        let from = date(2026, 1, 1).saturating_add(begin.days());
        let mut rule = recurrence(text, &from.to_string(), &zone);
        rule.ends = match ends {
            0 => Ends::Never,
            1 => Ends::On(from.saturating_add(300.days())),
            _ => Ends::After(25),
        };
        let start = CivilTime { at: from.to_datetime(Time::midnight()), zone: rule.zone.clone() }.resolve().unwrap().due_at - SignedDuration::from_hours(30);
        let end = start + SignedDuration::from_hours(cuts.iter().sum());
        let whole = rule.between(start, end);
        let mut pieces = Vec::new();
        let mut at = start;
        for hours in cuts {
            let next = at + SignedDuration::from_hours(hours);
            pieces.extend(rule.between(at, next));
            at = next;
        }
        prop_assert_eq!(&pieces, &whole);
        let keys: BTreeSet<&String> = whole.iter().map(|one| &one.occurrence_key).collect();
        prop_assert_eq!(keys.len(), whole.len());
        for (one, next) in whole.iter().zip(whole.iter().skip(1)) {
            prop_assert!(one.due_at < next.due_at);
        }
        for one in &whole {
            prop_assert!(rule.has(one.civil.at.date()) && rule.times.contains(&one.civil.at.time()));
            prop_assert_eq!(one.civil.resolve().unwrap().due_at, one.due_at);
            prop_assert!(!matches!(rule.ends, Ends::On(last) if one.civil.at.date() > last));
        }
        if let Ends::After(most) = rule.ends {
            prop_assert!(whole.len() <= most as usize);
        }
    }

    #[test]
    fn any_text_is_answered(text in "[a-z0-9:, ]{0,60}|(every|on|the|first|last|[0-9]{1,6}|other|week|day|month|mon|year|may| ){0,8} at [0-9:, ]{0,8}") {
        let _ = parse_every(&text);
    }
}
