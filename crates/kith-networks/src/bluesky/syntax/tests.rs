use std::collections::HashSet;

use jiff::Timestamp;

use super::*;

fn lines(file: &str) -> Vec<String> {
    let path = format!("{}/fixtures/atproto/{file}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).unwrap();
    let lines: Vec<String> = text.lines().filter(|l| !l.is_empty() && !l.starts_with("# ")).map(str::to_owned).collect();
    assert!(!lines.is_empty(), "{file}");
    lines
}

fn check(kind: &str, is_valid: impl Fn(&str) -> bool) {
    for line in lines(&format!("{kind}_syntax_valid.txt")) {
        assert!(is_valid(&line), "{kind} {line:?} is valid");
    }
    for line in lines(&format!("{kind}_syntax_invalid.txt")) {
        assert!(!is_valid(&line), "{kind} {line:?} is not valid");
    }
}

#[test]
fn names_are_told_from_what_only_looks_like_them() {
    check("did", |text| Did::parse(text).is_some());
    check("handle", |text| Handle::parse(text).is_some());
    check("nsid", is_nsid);
    check("recordkey", is_record_key);
    check("tid", |text| Tid::parse(text).is_some());
    check("aturi", |text| at_uri(text).is_some());
    check("language", is_language);
    check("datetime", |text| instant(text).is_some());
}

#[test]
fn what_is_well_formed_and_still_no_instant_and_no_language_is_refused() {
    for line in lines("datetime_parse_invalid.txt") {
        assert_eq!(instant(&line), None, "{line}");
    }
    for line in lines("language_parse_invalid.txt") {
        assert!(!is_language(&line), "{line}");
    }
}

#[test]
fn a_tid_reads_back_from_its_own_text() {
    for line in lines("tid_syntax_valid.txt") {
        assert_eq!(Tid::parse(&line).unwrap().to_string(), line);
    }
}

#[test]
fn a_tid_is_the_same_for_ever_and_sorts_by_time() {
    let at = |millis| Timestamp::from_millisecond(millis).unwrap();
    assert_eq!(Tid::of(at(1_764_576_000_000), b"dispatch").to_string(), Tid::of(at(1_764_576_000_000), b"dispatch").to_string());
    let keys: Vec<Tid> = (0..500_u64).map(|n| Tid::of(at(1_764_576_000_000 + n as i64), &n.to_be_bytes())).collect();
    assert!(keys.is_sorted());
    let of_one_instant: HashSet<String> = (0..500_u64).map(|n| Tid::of(at(0), &n.to_be_bytes()).to_string()).collect();
    assert_eq!(of_one_instant.len(), 500, "seeds tell apart what is due at one instant");
}

#[test]
fn every_instant_there_is_gives_a_valid_tid() {
    for at in [Timestamp::MIN, Timestamp::MAX, Timestamp::UNIX_EPOCH] {
        let text = Tid::of(at, b"x").to_string();
        assert!(Tid::parse(&text).is_some(), "{text}");
    }
}

#[test]
fn instants_are_written_in_the_preferred_form() {
    let at = Timestamp::from_millisecond(1_764_576_000_120).unwrap();
    assert_eq!(datetime(at), "2025-12-01T08:00:00.120Z");
    assert_eq!(instant(&datetime(at)), Some(at));
    assert_eq!(datetime(Timestamp::UNIX_EPOCH), "1970-01-01T00:00:00.000Z");
}
