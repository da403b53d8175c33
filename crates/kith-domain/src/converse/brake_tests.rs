//! Facts of the brake. Instants are hours since the beginning.

use jiff::Timestamp;

use super::*;

fn at(hours: i64) -> Timestamp {
    Timestamp::from_second(hours * 3_600).unwrap()
}

fn line(since: &[(&'static str, i64)]) -> Vec<Waiter<&'static str>> {
    since.iter().map(|(who, hours)| Waiter { who: *who, since: at(*hours) }).collect()
}

fn pause(from: i64, to: i64) -> Pause {
    Pause { from: at(from), to: at(to) }
}

const RULE: BrakeRule = BrakeRule { hours: 24, owed: None, only_presence: false };

#[test]
fn nobody_waits_and_nothing_is_held() {
    assert_eq!(brake::<&str>(&[], RULE, &[], at(0)), Brake::Open { holds_at: None });
}

#[test]
fn it_opens_closes_and_holds_by_the_longest_wait() {
    let waiting = line(&[("jo", 0), ("mara", 10)]);
    assert_eq!(brake(&waiting, RULE, &[], at(20)), Brake::Open { holds_at: Some(at(24)) });
    assert_eq!(brake(&waiting, RULE, &[], at(21)), Brake::Closing { first: waiting[0].clone(), holds_at: at(24) });
    let holding = brake(&waiting, RULE, &[], at(24));
    assert_eq!(holding, Brake::Holding { because: Because::WaitsTooLong(waiting[0].clone()), since: at(24) });
    assert_eq!((holding.holds(), holding.name(), holding.holds_at()), (true, "holding", Some(at(24))));
}

#[test]
fn answering_the_longest_opens_it_at_once() {
    assert_eq!(brake(&line(&[("mara", 10)]), RULE, &[], at(25)), Brake::Open { holds_at: Some(at(34)) });
}

#[test]
fn an_absence_does_not_count() {
    let waiting = line(&[("jo", 0)]);
    // Away from hour 10 to 110: fourteen hours are left on return.
    let away = [pause(10, 110)];
    assert_eq!(brake(&waiting, RULE, &away, at(100)), Brake::Open { holds_at: Some(at(124)) });
    assert!(brake(&waiting, RULE, &away, at(124)).holds());
    assert_eq!(RULE.holds_at(at(50), &away), at(134), "whoever writes during it waits from its end");
}

#[test]
fn pauses_may_overlap_and_come_in_any_order() {
    let pauses = [pause(30, 40), pause(5, 20), pause(10, 35), pause(3, 3)];
    assert_eq!(RULE.holds_at(at(0), &pauses), at(40 + 24 - 5));
    assert_eq!(RULE.holds_at(at(0), &[pause(24, 30)]), at(24), "as long as allowed, when the pause begins");
    assert_eq!(RULE.holds_at(at(50), &pauses), at(74), "what is over does not matter");
}

#[test]
fn too_many_hold_it_from_when_the_last_of_them_began_to_wait() {
    let rule = BrakeRule { owed: Some(3), ..RULE };
    let waiting = line(&[("jo", 0), ("mara", 1), ("sam", 5), ("kim", 6)]);
    assert!(!brake(&waiting[..2], rule, &[], at(6)).holds());
    assert_eq!(brake(&waiting, rule, &[], at(6)), Brake::Holding { because: Because::TooMany(4), since: at(5) });
    let away = [pause(4, 20)];
    assert_eq!(brake(&waiting, rule, &away, at(18)).holds_at(), Some(at(20)), "nobody is told off while away");
    assert!(!brake(&waiting, rule, &away, at(18)).holds());
}

#[test]
fn a_rule_has_bounds_and_cannot_be_switched_off() {
    assert_eq!(RULE.check(), Ok(RULE));
    assert_eq!(BrakeRule { hours: 0, ..RULE }.check(), Err(RuleError::Hours(0)));
    assert_eq!(BrakeRule { hours: 169, ..RULE }.check(), Err(RuleError::Hours(169)));
    assert_eq!(BrakeRule { owed: Some(0), ..RULE }.check(), Err(RuleError::Owed(0)));
}

#[test]
fn waits_at_the_edge_of_time_overflow_nothing() {
    assert_eq!(RULE.holds_at(Timestamp::MAX, &[]), Timestamp::MAX);
    assert!(brake(&line(&[("jo", 0)]), RULE, &[Pause { from: Timestamp::MIN, to: Timestamp::MAX }], at(99)).holds_at() >= Some(at(99)));
}
