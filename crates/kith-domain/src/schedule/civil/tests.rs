use std::collections::BTreeSet;

use jiff::ToSpan;
use jiff::civil::DateTime;

use super::*;

fn zone(name: &str) -> ZoneName {
    ZoneName::parse(name).unwrap()
}

fn at(text: &str) -> DateTime {
    text.parse().unwrap()
}

/// Zone, wall clock, what happens, instant: computed from tzdata by another implementation.
const VECTORS: [(&str, &str, Shift, &str); 18] = [
    ("America/New_York", "2027-03-14T02:30", gap(60), "2027-03-14T07:30:00Z"),
    ("America/New_York", "2027-11-07T01:30", Shift::FoldFirst, "2027-11-07T05:30:00Z"),
    ("Europe/Berlin", "2027-03-28T02:30", gap(60), "2027-03-28T01:30:00Z"),
    ("Europe/Berlin", "2027-10-31T02:30", Shift::FoldFirst, "2027-10-31T00:30:00Z"),
    ("Europe/London", "2027-03-28T01:30", gap(60), "2027-03-28T01:30:00Z"),
    ("Europe/Dublin", "2027-10-31T01:30", Shift::FoldFirst, "2027-10-31T00:30:00Z"),
    ("Australia/Lord_Howe", "2027-10-03T02:15", gap(30), "2027-10-02T15:45:00Z"),
    ("Australia/Lord_Howe", "2027-04-04T01:45", Shift::FoldFirst, "2027-04-03T14:45:00Z"),
    ("America/Nuuk", "2027-03-27T23:30", gap(60), "2027-03-28T01:30:00Z"),
    ("Africa/Cairo", "2027-04-30T00:30", gap(60), "2027-04-29T22:30:00Z"),
    // Around Ramadan. Morocco gave this up in September 2026 (tzdata 2026f), so the changes of 2026 stand here, not 2027's.
    ("Africa/Casablanca", "2026-02-15T02:30", Shift::FoldFirst, "2026-02-15T01:30:00Z"),
    ("Africa/Casablanca", "2026-03-22T02:30", gap(60), "2026-03-22T02:30:00Z"),
    ("America/Santiago", "2027-09-05T00:30", gap(60), "2027-09-05T04:30:00Z"),
    ("Pacific/Chatham", "2027-04-04T03:15", Shift::FoldFirst, "2027-04-03T13:30:00Z"),
    ("Asia/Beirut", "2027-03-28T00:30", gap(60), "2027-03-27T22:30:00Z"),
    ("Pacific/Apia", "2011-12-30T12:00", gap(24 * 60), "2011-12-30T22:00:00Z"),
    ("America/Sao_Paulo", "2027-10-17T00:30", Shift::None, "2027-10-17T03:30:00Z"),
    ("Asia/Kathmandu", "2027-01-01T09:00", Shift::None, "2027-01-01T03:15:00Z"),
];

const fn gap(minutes: i64) -> Shift {
    Shift::Gap { by: SignedDuration::from_secs(minutes * 60) }
}

#[test]
fn the_vectors_of_another_implementation_hold() {
    for (name, wall, shift, due_at) in VECTORS {
        let resolved = resolve(at(wall), &zone(name)).unwrap();
        let expected = Resolved { due_at: due_at.parse().unwrap(), shift };
        assert_eq!(resolved, expected, "{name} {wall}");
    }
}

#[test]
fn a_skipped_time_shows_on_the_clock_later_by_the_gap() {
    let table = [
        ("America/New_York", "2027-03-14T02:30", "2027-03-14T03:30:00"),
        ("America/Nuuk", "2027-03-27T23:30", "2027-03-28T00:30:00"),
        ("Australia/Lord_Howe", "2027-10-03T02:15", "2027-10-03T02:45:00"),
        ("Pacific/Apia", "2011-12-30T12:00", "2011-12-31T12:00:00"),
    ];
    for (name, wall, shown) in table {
        let zone = zone(name);
        let due_at = resolve(at(wall), &zone).unwrap().due_at;
        assert_eq!(CivilTime::of_instant(due_at, &zone).at.to_string(), shown, "{name}");
    }
}

#[test]
fn both_passes_of_a_fold_are_one_occurrence() {
    let zone = zone("America/New_York");
    let first: Timestamp = "2027-11-07T05:30:00Z".parse().unwrap();
    let second: Timestamp = "2027-11-07T06:30:00Z".parse().unwrap();
    let key = |instant| occurrence_key("tips", &CivilTime::of_instant(instant, &zone));
    assert_eq!(key(first), "tips@2027-11-07T01:30:00[America/New_York]");
    assert_eq!(key(first), key(second));
    assert_ne!(key(first), occurrence_key("other", &CivilTime::of_instant(first, &zone)));
}

#[test]
fn the_ends_of_the_calendar_are_refused_not_wrapped() {
    let west = zone("America/New_York");
    assert_eq!(resolve(DateTime::MAX, &west), Err(TimeOutOfRange(DateTime::MAX)));
    assert_eq!(resolve(DateTime::MIN, &zone("Asia/Tokyo")), Err(TimeOutOfRange(DateTime::MIN)));
}

#[test]
fn json_is_the_wall_clock_and_the_zone() {
    let slot = CivilTime { at: at("2026-12-01T09:30"), zone: zone("Europe/Lisbon") };
    let json = serde_json::to_value(&slot).unwrap();
    assert_eq!(json, serde_json::json!({"at": "2026-12-01T09:30:00", "zone": "Europe/Lisbon"}));
    assert_eq!(serde_json::from_value::<CivilTime>(json).unwrap(), slot);
    let shift = serde_json::to_value(gap(60)).unwrap();
    assert_eq!(shift["kind"], "gap");
    assert_eq!(serde_json::from_value::<Shift>(shift).unwrap(), gap(60));
}

/// A daily slot goes out once a day, in order, and never before the wall clock has shown it: all zones, every change of
/// the clock from 2026 to 2036, slots each fifteen minutes around it.
#[test]
fn in_every_zone_each_daily_slot_goes_out_once_and_never_early() {
    let from: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
    let to: Timestamp = "2036-12-31T00:00:00Z".parse().unwrap();
    let (mut changes, mut gaps, mut folds) = (0, 0, 0);
    for name in ZoneName::all() {
        let zone = zone(&name);
        for change in zone.rules().following(from).take_while(|change| change.timestamp() < to) {
            changes += 1;
            let before = zone.rules().to_datetime(change.timestamp() - SignedDuration::from_secs(1));
            let day = before.date();
            for quarter in -14..=14_i64 {
                let slot = before.saturating_add((quarter * 15 * 60).seconds()).time();
                let mut keys = BTreeSet::new();
                let mut last: Option<Timestamp> = None;
                for shift in -1..=1_i64 {
                    let wall = day.saturating_add(shift.days()).to_datetime(slot);
                    let Resolved { due_at, shift } = resolve(wall, &zone).unwrap();
                    let shown = zone.rules().to_datetime(due_at);
                    match shift {
                        Shift::None => assert_eq!(shown, wall, "{name} {wall}"),
                        Shift::Gap { by } => {
                            gaps += 1;
                            assert!(by.is_positive());
                            assert_eq!(shown, wall.saturating_add(by), "{name} {wall}");
                        }
                        Shift::FoldFirst => {
                            folds += 1;
                            assert_eq!(shown, wall, "{name} {wall}");
                            // No earlier instant shows this wall clock, a later one does.
                            let others = (1..=16).map(|n| SignedDuration::from_mins(n * 15));
                            let again = |at: Timestamp| zone.rules().to_datetime(at) == wall;
                            assert!(others.clone().all(|by| !again(due_at - by)), "{name} {wall}");
                            assert!(others.clone().any(|by| again(due_at + by)), "{name} {wall}");
                        }
                    }
                    assert!(last.is_none_or(|last| due_at > last), "{name} {wall}: order");
                    assert!(keys.insert(occurrence_key("s", &CivilTime { at: wall, zone: zone.clone() })));
                    last = Some(due_at);
                }
            }
        }
    }
    assert!(changes > 2_000 && gaps > 1_000 && folds > 1_000, "{changes} changes, {gaps} gaps, {folds} folds");
}
