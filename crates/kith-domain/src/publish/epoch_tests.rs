//! Facts about epochs, one test each.

use super::*;
use crate::ids::{ChannelId, DispatchId, PostId, VariantId, WorkspaceId};
use crate::publish::{ChannelFacts, Content, GRACE_DEFAULT_S, Hold, Receipt, Task, wake};
use uuid::Uuid;

const EVERY_CLASS: [Class; 5] = [Class::NamedRecord, Class::Staged, Class::Keyed { ttl_s: 3_600 }, Class::ReadBack, Class::Blind];

fn at(s: i64) -> Timestamp {
    Timestamp::from_second(1_764_576_000 + s).unwrap()
}

fn place(folder: &str) -> Place {
    Place { machine: Some("m".into()), folder: Some(folder.into()), ..Place::default() }
}

fn history(beats: &[(&str, &str)]) -> History {
    let beat = |before: Option<History>, (i, (run, folder)): (usize, &(&str, &str))| {
        Some(History::next(before.as_ref(), run, &place(folder), at(i as i64 * 60)))
    };
    beats.iter().enumerate().fold(None, beat).unwrap()
}

/// The file that is written right after the last beat.
fn witness(of: &History) -> Witness {
    Witness { instance: "k".into(), run: of.runs.last().unwrap().clone(), beat: of.beat, at: of.at, place: of.place.clone() }
}

fn evidence(history: &History, beside: Option<Witness>, apart: Option<Witness>, folder: &str) -> Evidence {
    Evidence { instance: "k".into(), history: Some(history.clone()), beside, apart, here: place(folder), shared: false }
}

fn dispatch(state: State) -> Dispatch {
    Dispatch {
        id: DispatchId::from_uuid(Uuid::from_u128(1)),
        workspace: WorkspaceId::from_uuid(Uuid::from_u128(2)),
        post: PostId::from_uuid(Uuid::from_u128(3)),
        variant: VariantId::from_uuid(Uuid::from_u128(4)),
        channel: ChannelId::from_uuid(Uuid::from_u128(5)),
        occurrence_key: "k".into(),
        civil: "2025-12-01T08:00:00".into(),
        zone: "UTC".into(),
        due_at: at(0),
        grace_s: GRACE_DEFAULT_S,
        payload_hash: Content::default().hash(),
        remote_key: "key".into(),
        prepared: None,
        state,
        fence: 1,
        attempts: 0,
        first_send: None,
        last_send: None,
    }
}

#[test]
fn a_database_that_ran_here_last_goes_on_also_when_a_file_was_not_written_before_a_crash() {
    let before = history(&[("a", "1"), ("a", "1")]);
    let now = history(&[("a", "1"), ("a", "1"), ("a", "1")]);
    for seen in [&before, &now] {
        assert_eq!(judge(&evidence(&now, Some(witness(seen)), Some(witness(seen)), "1")), Verdict::GoesOn);
    }
    assert_eq!(judge(&evidence(&now, Some(witness(&now)), None, "1")), Verdict::GoesOn, "a key folder can be read-only");
    assert_eq!(judge(&Evidence { instance: "k".into(), here: place("1"), ..Evidence::default() }), Verdict::GoesOn, "a new one");
}

#[test]
fn a_disk_that_failed_between_the_first_beat_and_its_first_file_needs_no_person() {
    let first = history(&[("a", "1")]);
    assert_eq!(judge(&evidence(&first, None, None, "1")), Verdict::Restored { since: Some(first.at) }, "looked for before it is sent");
    assert!(matches!(judge(&evidence(&first, None, None, "2")), Verdict::Copy { .. }), "in another folder it is a copy");
    let nameless = Evidence { here: Place::default(), ..evidence(&first, None, None, "1") };
    assert!(matches!(judge(&nameless), Verdict::Copy { .. }), "a folder that nobody can name may be another one");
    let later = history(&[("a", "1"), ("a", "1")]);
    assert!(matches!(judge(&evidence(&later, None, None, "1")), Verdict::Copy { .. }), "a file that was there has gone");
}

#[test]
fn an_old_database_beside_a_newer_file_is_a_restored_backup() {
    let backup = history(&[("a", "1")]);
    for later in [history(&[("a", "1"), ("a", "1")]), history(&[("b", "1")])] {
        let verdict = judge(&evidence(&backup, Some(witness(&later)), None, "1"));
        assert_eq!(verdict, Verdict::Restored { since: Some(backup.at) }, "{later:?}");
    }
}

#[test]
fn a_whole_folder_that_was_restored_is_told_by_the_file_beside_the_key() {
    let backup = history(&[("a", "1")]);
    let later = history(&[("a", "1"), ("b", "1")]);
    let verdict = judge(&evidence(&backup, Some(witness(&backup)), Some(witness(&later)), "1"));
    assert_eq!(verdict, Verdict::Restored { since: Some(backup.at) });
}

#[test]
fn a_backup_from_before_the_first_beat_is_restored_all_the_same() {
    let later = witness(&history(&[("a", "1")]));
    let evidence = Evidence { instance: "k".into(), beside: Some(later), here: place("1"), ..Evidence::default() };
    assert_eq!(judge(&evidence), Verdict::Restored { since: None });
    assert_eq!(judge(&Evidence { instance: "another".into(), ..evidence }), Verdict::GoesOn, "a new database in an old folder");
}

#[test]
fn a_copied_folder_a_lone_database_and_foreign_notes_are_copies() {
    let here = history(&[("a", "1"), ("a", "1")]);
    let foreign = Witness { instance: "another".into(), ..witness(&here) };
    for (why, evidence) in [
        ("copied", evidence(&here, Some(witness(&here)), None, "2")),
        ("lone", evidence(&here, None, None, "1")),
        ("foreign", evidence(&here, Some(foreign), None, "1")),
    ] {
        assert!(matches!(judge(&evidence), Verdict::Copy { .. }), "{why}");
    }
}

#[test]
fn once_the_copy_went_on_the_first_one_is_the_copy() {
    let first = history(&[("a", "1")]);
    let second = history(&[("a", "1"), ("b", "2")]);
    let verdict = judge(&evidence(&first, Some(witness(&first)), Some(witness(&second)), "1"));
    assert!(matches!(verdict, Verdict::Copy { .. }), "{verdict:?}");
    let goes_on = judge(&evidence(&second, Some(witness(&second)), Some(witness(&second)), "2"));
    assert_eq!(goes_on, Verdict::GoesOn);
}

#[test]
fn a_new_process_may_join_a_shared_database_but_a_moved_database_is_a_copy() {
    let on = |name: &str| Place { database: Some(name.into()), ..Place::default() };
    let history = History::next(None, "a", &on("x"), at(0));
    let joins = Evidence { instance: "k".into(), history: Some(history.clone()), here: on("x"), shared: true, ..Evidence::default() };
    assert_eq!(judge(&joins), Verdict::GoesOn);
    assert!(matches!(judge(&Evidence { here: on("y"), ..joins.clone() }), Verdict::Copy { .. }));
    let mine = Witness { beat: 2, ..witness(&history) };
    assert_eq!(judge(&Evidence { beside: Some(mine), ..joins }), Verdict::Restored { since: Some(at(0)) });
}

#[test]
fn a_place_is_another_only_where_both_say_so() {
    let unknown = Place { born: Some("then".into()), ..Place::default() };
    assert!(place("1").may_be(&unknown) && place("1").may_be(&place("1")) && !place("1").may_be(&place("2")));
}

#[test]
fn a_database_remembers_its_latest_starts() {
    let mut history = history(&[("first", "1")]);
    for i in 0..RUNS_MAX {
        history = History::next(Some(&history), &format!("r{i}"), &place("1"), at(0));
    }
    assert_eq!((history.runs.len(), history.runs[0].as_str()), (RUNS_MAX, "r0"));
}

#[test]
fn nothing_that_was_due_is_sent_before_it_was_looked_for_or_a_person_was_asked() {
    let open = [
        State::planned(),
        State::Claimed { late_until: None },
        State::Sending { unknowns: 0, late_until: None },
        State::Uncertain { why: "x".into(), look_at: at(9_999), absences: 3, unknowns: 1, late_until: None, cleared: true },
        State::Missed { found_at: at(1) },
        State::Held { why: Hold::Token, detail: String::new(), since: at(1) },
        State::NeedsPerson { why: NeedsPerson::KeepsFailing, detail: String::new(), since: at(1) },
    ];
    for class in EVERY_CLASS {
        for state in &open {
            let before = dispatch(state.clone());
            let decision = doubt(&before, class, "restored", at(60)).unwrap();
            let after = Dispatch { state: decision.state, ..before };
            assert_eq!(decision.task, Task::Rest);
            let next = wake(&after, &ChannelFacts { hold: None, class }, at(60));
            let asked = matches!(next.state, State::NeedsPerson { .. });
            let is_blind = class == Class::Blind;
            assert!(if is_blind { asked } else { next.task == Task::Look }, "{class:?} {state:?} became {next:?}");
        }
    }
}

#[test]
fn what_is_not_due_yet_and_what_has_ended_is_left_alone() {
    let published = State::Published { receipt: Receipt { remote_id: "1".into(), url: None, at: at(1) } };
    for state in [published, State::Failed { why: String::new() }, State::Cancelled] {
        assert_eq!(doubt(&dispatch(state), Class::ReadBack, "restored", at(60)), None);
    }
    let coming = Dispatch { due_at: at(61), ..dispatch(State::planned()) };
    assert_eq!(doubt(&coming, Class::ReadBack, "restored", at(60)), None);
}

#[test]
fn the_look_begins_where_the_backup_ended_and_never_after_a_send_that_is_known() {
    let d = dispatch(State::planned());
    assert_eq!(sent_at_the_earliest(&d, Some(at(-50))), at(0));
    assert_eq!(sent_at_the_earliest(&d, Some(at(50))), at(50));
    assert_eq!(sent_at_the_earliest(&d, None), at(0));
    assert_eq!(sent_at_the_earliest(&Dispatch { first_send: Some(at(10)), ..d }, Some(at(50))), at(10));
}
