use super::*;

fn lisbon() -> ZoneName {
    ZoneName::parse("Europe/Lisbon").unwrap()
}

fn read(raw: &str) -> Result<String, String> {
    match parse_when(raw, None, Some(&lisbon())) {
        Ok(When::Civil(civil)) => Ok(civil.to_string()),
        Ok(When::Instant { due_at, shown }) => Ok(format!("{due_at} = {shown}")),
        Err(error) => Err(error.to_string()),
    }
}

#[test]
fn times_are_read_as_people_write_them() {
    let table = [
        ("2026-12-01 09:30", "2026-12-01T09:30:00[Europe/Lisbon]"),
        ("2026-12-01T09:30", "2026-12-01T09:30:00[Europe/Lisbon]"),
        ("2026-12-01t09:30", "2026-12-01T09:30:00[Europe/Lisbon]"),
        ("2026-12-01T09:30:15", "2026-12-01T09:30:15[Europe/Lisbon]"),
        ("2026-12-01 09:30:15.250", "2026-12-01T09:30:15[Europe/Lisbon]"),
        ("  2026-12-01   9:30 ", "2026-12-01T09:30:00[Europe/Lisbon]"),
        ("2026-1-5 9:05", "2026-01-05T09:05:00[Europe/Lisbon]"),
        ("2026-12-01 09:30[Asia/Tokyo]", "2026-12-01T09:30:00[Asia/Tokyo]"),
        ("2026-12-01 09:30 [Asia/Tokyo]", "2026-12-01T09:30:00[Asia/Tokyo]"),
        ("2026-12-01T09:30:00Z", "2026-12-01T09:30:00Z = 2026-12-01T09:30:00[Europe/Lisbon]"),
        ("2026-07-01T09:30:00Z", "2026-07-01T09:30:00Z = 2026-07-01T10:30:00[Europe/Lisbon]"),
        ("2026-12-01T09:30:00+01:00", "2026-12-01T08:30:00Z = 2026-12-01T08:30:00[Europe/Lisbon]"),
        ("2026-12-01 09:30 -0530", "2026-12-01T15:00:00Z = 2026-12-01T15:00:00[Europe/Lisbon]"),
        ("2026-12-01 09:30+9", "2026-12-01T00:30:00Z = 2026-12-01T00:30:00[Europe/Lisbon]"),
        ("2026-12-01T09:30:00+09:00[Asia/Tokyo]", "2026-12-01T00:30:00Z = 2026-12-01T09:30:00[Asia/Tokyo]"),
        ("2026-12-01T09:30:00Z[Asia/Tokyo]", "2026-12-01T09:30:00Z = 2026-12-01T18:30:00[Asia/Tokyo]"),
        // The second pass of a fold can be named by its offset alone.
        ("2027-11-07T01:30:00-05:00[America/New_York]", "2027-11-07T06:30:00Z = 2027-11-07T01:30:00[America/New_York]"),
    ];
    for (raw, expected) in table {
        assert_eq!(read(raw), Ok(expected.to_owned()), "{raw}");
    }
}

#[test]
fn a_time_that_is_not_understood_says_what_to_write() {
    let table = [
        ("", "the time is empty; write one such as 2026-12-01 09:30"),
        ("soon", "\"soon\" is not a time; write one such as 2026-12-01 09:30"),
        ("tomorrow 9:30", "\"tomorrow\" is not a time; write one such as 2026-12-01 09:30"),
        ("2026-12-01", "2026-12-01 has no time of day; write one such as 2026-12-01 09:30"),
        ("09:30", "\"09:30\" is not a time; write one such as 2026-12-01 09:30"),
        ("01/12/2026 09:30", "\"01/12/2026\" can be read in two ways; write 2026-12-01 or 2026-01-12, with the year first"),
        ("31.12.2026 09:30", "\"31.12.2026\" is not in the order year-month-day; write 2026-12-31"),
        ("12/31/2026 09:30", "\"12/31/2026\" is not in the order year-month-day; write 2026-12-31"),
        ("2026/12/01 09:30", "\"2026/12/01\" is not in the order year-month-day; write 2026-12-01"),
        ("2026-02-30 09:30", "the date \"2026-02-30\" does not exist; look at the month and the day"),
        ("2026-13-01 09:30", "the date \"2026-13-01\" does not exist; look at the month and the day"),
        ("2026-12-01 25:00", "the time of day \"25:00\" does not exist; hours go from 00 to 23, minutes and seconds from 00 to 59"),
        ("2026-12-01 09:30:60", "the time of day \"09:30:60\" does not exist; hours go from 00 to 23, minutes and seconds from 00 to 59"),
        ("2026-12-31 24:00", "24:00 belongs to two days; write 2027-01-01 00:00"),
        ("2026-12-01 9:30 pm", "\"9:30 pm\" is on the 12-hour clock; write 21:30 for half past nine in the evening"),
        ("2026-12-01 930", "\"930\" is not a time; write one such as 2026-12-01 09:30"),
        ("2026-12-01 09:30+99:00", "the offset \"+99:00\" does not exist; write one such as +01:00, or Z for UTC"),
        ("2026-12-01 09:30[Europe/Lisboa]", "Europe/Lisboa: did you mean Europe/Lisbon?"),
        ("2026-12-01 09:30+05:00[Asia/Tokyo]", "Asia/Tokyo is at +09 then, not at +05; take the offset or the zone out, or correct it"),
        ("2026-12-01 09:30[Asia/Tokyo", "\"2026-12-01 09:30[Asia/Tokyo\" is not a time; write one such as 2026-12-01 09:30"),
    ];
    for (raw, expected) in table {
        assert_eq!(read(raw), Err(expected.to_owned()), "{raw}");
    }
}

#[test]
fn the_zone_beside_the_time_comes_before_that_of_the_plan() {
    let tokyo = ZoneName::parse("Asia/Tokyo").unwrap();
    let read = parse_when("2026-12-01 09:30", Some(&tokyo), Some(&lisbon())).unwrap();
    assert!(matches!(read, When::Civil(CivilTime { zone, .. }) if zone == tokyo));
    let both = parse_when("2026-12-01 09:30[Europe/Lisbon]", Some(&tokyo), None);
    assert!(matches!(both, Err(TimeError::TwoZones { .. })));
    assert!(matches!(parse_when("2026-12-01 09:30", None, None), Err(TimeError::NoZone(_))));
    let utc = parse_when("2026-12-01T09:30Z", None, None).unwrap();
    assert!(matches!(utc, When::Instant { shown, .. } if shown.zone.as_str() == "UTC"));
}

proptest::proptest! {
    #[test]
    fn any_text_is_answered(text in "\\PC{0,150}", close in "[0-9TZ:+. \\[\\]/-]{0,40}") {
        let _ = parse_when(&text, None, Some(&lisbon()));
        let _ = parse_when(&close, None, Some(&lisbon()));
        let _ = parse_when(&format!("2026-12-01 {close}"), None, Some(&lisbon()));
    }
}
