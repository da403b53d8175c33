use super::*;
use crate::ids::MemberId;
use uuid::Uuid;

/// Monday 30 November 2026, 10:00 in Lisbon, which is UTC then.
const NOW: &str = "2026-11-30T10:00:00Z";

fn now() -> Timestamp {
    NOW.parse().unwrap()
}

fn at(s: i64) -> Timestamp {
    now() + SignedDuration::from_secs(s)
}

fn bo() -> Actor {
    Actor::Member { id: MemberId::from_uuid(Uuid::from_u128(9)), name: "Bo".into() }
}

fn lisbon() -> ZoneName {
    ZoneName::parse("Europe/Lisbon").unwrap()
}

fn theirs(s: i64) -> Line {
    Line { at: at(s), heard: at(s), ours: false, automated: false }
}

fn sorted(verb: SortVerb, before: &Sorting, standing: Standing) -> Sorting {
    sort(before, standing, verb, Role::Owner, &bo(), at(0)).unwrap()
}

fn until(wish: LaterWish, now: &str) -> Result<String, SortError> {
    later_until(wish, now.parse().unwrap(), &lisbon()).map(|at| at.to_string())
}

#[test]
fn later_means_a_time_on_the_persons_wall() {
    assert_eq!(until(LaterWish::Tonight, NOW).unwrap(), "2026-11-30T19:00:00Z");
    assert_eq!(until(LaterWish::Tomorrow, NOW).unwrap(), "2026-12-01T08:00:00Z");
    assert_eq!(until(LaterWish::Monday, NOW).unwrap(), "2026-12-07T08:00:00Z", "a Monday means the next one");
    // In summer Lisbon is an hour ahead of UTC.
    assert_eq!(until(LaterWish::Monday, "2026-06-12T10:00:00Z").unwrap(), "2026-06-15T07:00:00Z");
    assert_eq!(until(LaterWish::Tonight, "2026-11-30T19:30:00Z"), Err(SortError::EveningOver));
    let on = |text: &str| LaterWish::At(text.parse().unwrap());
    assert_eq!(until(on("2026-12-02T12:30"), NOW).unwrap(), "2026-12-02T12:30:00Z");
    assert_eq!(until(on("2026-11-30T09:59"), NOW), Err(SortError::Past));
    assert_eq!(until(on("2027-11-30T09:59"), NOW), Err(SortError::TooFar));
}

#[test]
fn later_stays_owed_and_its_clock_goes_on() {
    let put_off = sorted(SortVerb::Later { until: at(3_600) }, &Sorting::default(), Standing::Owed);
    let (waiting, later) = stands(&[theirs(-100)], &put_off);
    assert_eq!((waiting.standing, waiting.since), (Standing::Owed, Some(at(-100))));
    assert_eq!(later.map(|later| later.until), Some(at(3_600)));
}

#[test]
fn later_ends_when_they_write_again_or_we_answer() {
    let put_off = sorted(SortVerb::Later { until: at(3_600) }, &Sorting::default(), Standing::Owed);
    assert_eq!(stands(&[theirs(-100), theirs(10)], &put_off).1, None);
    let ours = Line { at: at(5), heard: at(5), ours: true, automated: false };
    assert_eq!(stands(&[theirs(-100), ours], &put_off).1, None);
    let machine = Line { automated: true, ..theirs(10) };
    assert!(stands(&[theirs(-100), machine], &put_off).1.is_some(), "a machine's message brings nothing back");
}

#[test]
fn only_what_is_owed_can_be_put_off() {
    let verb = SortVerb::Later { until: at(60) };
    let refused = |standing| sort(&Sorting::default(), standing, verb, Role::Owner, &bo(), at(0)).unwrap_err();
    assert_eq!(refused(Standing::Answered), SortError::NothingOwed);
    assert_eq!(refused(Standing::Closed), SortError::NothingOwed);
}

#[test]
fn owners_and_delegates_sort_and_nobody_else() {
    for role in Role::ALL {
        let done = sort(&Sorting::default(), Standing::Owed, SortVerb::Done, role, &bo(), at(0));
        assert_eq!(done.is_ok(), matches!(role, Role::Owner | Role::Delegate), "{role}");
    }
}

#[test]
fn a_closing_says_who_and_how_and_ends_when_they_are_heard_again() {
    let closed = sorted(SortVerb::NoAnswer, &Sorting::default(), Standing::Owed);
    assert_eq!(closed.closed, Some(Closed { how: ClosedAs::NoAnswer, at: at(0), by: bo() }));
    assert_eq!(stands(&[theirs(-100)], &closed).0.standing, Standing::Closed);
    // Written before the closing, but heard after it: nobody has read it yet.
    let late = Line { heard: at(5), ..theirs(-50) };
    let (waiting, _) = stands(&[theirs(-100), late], &closed);
    assert_eq!((waiting.standing, waiting.since), (Standing::Owed, Some(at(-50))));
}

#[test]
fn the_same_closing_again_keeps_who_closed_it() {
    let closed = sorted(SortVerb::Done, &Sorting::default(), Standing::Owed);
    let again = sort(&closed, Standing::Closed, SortVerb::Done, Role::Owner, &Actor::Worker, at(60)).unwrap();
    assert_eq!(again, closed);
}

#[test]
fn a_mark_covers_what_was_heard_and_never_silences_what_comes() {
    let machine = sorted(SortVerb::Machine, &Sorting::default(), Standing::Owed);
    assert_eq!(stands(&[theirs(-100)], &machine).0.standing, Standing::Apart);
    let (waiting, _) = stands(&[theirs(-100), theirs(10)], &machine);
    assert_eq!((waiting.standing, waiting.since), (Standing::Owed, Some(at(10))));
    let person = sorted(SortVerb::Person, &machine, Standing::Apart);
    let robot = Line { automated: true, ..theirs(20) };
    assert_eq!(stands(&[robot], &person).0, Waiting { standing: Standing::Owed, since: Some(at(20)) });
}

#[test]
fn reopening_brings_the_old_wait_back() {
    let closed = sorted(SortVerb::Done, &Sorting::default(), Standing::Owed);
    let open = sorted(SortVerb::Reopen, &closed, Standing::Closed);
    assert_eq!(stands(&[theirs(-100)], &open).0, Waiting { standing: Standing::Owed, since: Some(at(-100)) });
}

#[test]
fn a_change_can_be_taken_back_until_the_next_one_or_a_day() {
    assert_eq!(may_undo(true, at(0), at(10)), Ok(()));
    assert_eq!(may_undo(false, at(0), at(10)), Err(SortError::TooLate));
    assert_eq!(may_undo(true, at(0), at(24 * 3_600 + 1)), Err(SortError::TooLate));
}
