//! Other words for a post that is planned: whether they may still come, and where it stands with them.

use jiff::Timestamp;

use super::state::{Dispatch, Hold, State};

/// Where a delivery stands once its words were changed. `waits` says why the new words wait for the owner's yes (somebody
/// changed them who may not approve, or something was found in them); a yes to the old ones never holds for them. `Err`
/// says why they can't be changed any more, and the way out.
pub fn with_other_words(d: &Dispatch, waits: Option<&str>, now: Timestamp) -> Result<State, &'static str> {
    may_change(d)?;
    if let Some(detail) = waits {
        return Ok(State::Held { why: Hold::Yes, detail: detail.to_owned(), since: now });
    }
    Ok(match &d.state {
        // What the old words or pictures held up is asked anew.
        State::Held { why: Hold::Yes | Hold::Changed | Hold::Media, .. } => State::planned(),
        // What holds it has nothing to do with its words.
        held @ State::Held { .. } => held.clone(),
        _ => State::planned(),
    })
}

/// Whether the words of a delivery may still be changed: only while it waits and nothing of it has left.
pub fn may_change(d: &Dispatch) -> Result<(), &'static str> {
    match &d.state {
        State::Planned { .. } | State::Held { .. } if d.first_send.is_some() => {
            Err("it has been tried with these words; call it off and write it anew")
        }
        State::Planned { late_until: Some(_), .. } => Err("somebody said that it goes out now; wait what becomes of it"),
        State::Planned { .. } | State::Held { .. } => Ok(()),
        State::Claimed { .. } | State::Sending { .. } | State::Uncertain { .. } => {
            Err("it is being sent and may already be out; wait until that is known")
        }
        State::Published { .. } => Err("it is published; change it on the network"),
        State::Missed { .. } => Err("its time has passed; give it another time first, then change it"),
        State::Failed { .. } | State::NeedsPerson { .. } => Err("it was sent with these words; let it go and write it anew"),
        State::Cancelled => Err("it was called off; plan a new post"),
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::ids::{ChannelId, DispatchId, PostId, VariantId, WorkspaceId};
    use crate::publish::{Answer, Content, at_another_time, by_person};

    /// Due at the tenth second, never tried.
    fn dispatch(state: State) -> Dispatch {
        let id = Uuid::from_u128;
        Dispatch {
            id: DispatchId::from_uuid(id(1)),
            workspace: WorkspaceId::from_uuid(id(2)),
            post: PostId::from_uuid(id(3)),
            variant: VariantId::from_uuid(id(4)),
            channel: ChannelId::from_uuid(id(5)),
            occurrence_key: "k".into(),
            civil: "1970-01-01T00:00:10".into(),
            zone: "UTC".into(),
            due_at: at(10),
            grace_s: 60,
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

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn held(why: Hold) -> State {
        State::Held { why, detail: "x".into(), since: at(0) }
    }

    fn with(state: State, waits: Option<&str>) -> Result<State, &'static str> {
        with_other_words(&dispatch(state), waits, at(5))
    }

    const ALL: [Hold; 9] =
        [Hold::Token, Hold::Paused, Hold::Media, Hold::Changed, Hold::Brake, Hold::Resting, Hold::Yes, Hold::Thread, Hold::ByHand];

    #[test]
    fn words_that_need_a_yes_wait_for_it_whatever_held_the_old_ones() {
        for state in ALL.map(held).into_iter().chain([State::planned()]) {
            let now = with(state.clone(), Some("Priya changed it")).unwrap();
            assert!(matches!(&now, State::Held { why: Hold::Yes, detail, .. } if detail == "Priya changed it"), "{state:?}: {now:?}");
        }
    }

    #[test]
    fn approved_words_end_only_what_the_old_words_held_up() {
        for why in ALL {
            let now = with(held(why), None).unwrap();
            let goes_on = matches!(why, Hold::Yes | Hold::Changed | Hold::Media);
            assert_eq!(now, if goes_on { State::planned() } else { held(why) }, "{why:?}");
        }
    }

    #[test]
    fn what_is_being_sent_or_was_tried_keeps_its_words() {
        for state in [State::Claimed { late_until: None }, State::Sending { unknowns: 0, late_until: None }, State::Cancelled] {
            assert!(with(state.clone(), None).is_err(), "{state:?}");
        }
        let tried = Dispatch { first_send: Some(at(1)), ..dispatch(State::planned()) };
        assert!(with_other_words(&tried, None, at(5)).unwrap_err().contains("tried"));
        assert!(with(State::Missed { found_at: at(1) }, None).unwrap_err().contains("another time"));
    }

    fn said(state: State, answer: Answer, second: i64) -> Result<State, &'static str> {
        by_person(&dispatch(state), answer, at(second)).map(|decision| decision.state)
    }

    #[test]
    fn what_is_held_by_hand_goes_out_at_its_time_once_somebody_lets_it_and_not_by_a_time_alone() {
        let hold = || Answer::Hold { by: "Ana".into() };
        let by_hand = said(State::planned(), hold(), 5).unwrap();
        assert_eq!(by_hand, State::Held { why: Hold::ByHand, detail: "Ana".into(), since: at(5) });
        assert_eq!(dispatch(by_hand.clone()).wake_at(None), None, "no worker wakes for it");
        assert_eq!(said(by_hand.clone(), Answer::LetGo, 9).unwrap(), State::planned());
        assert!(said(by_hand.clone(), Answer::SendNow, 9).is_err());
        assert_eq!(at_another_time(&dispatch(by_hand.clone()), at(9)), by_hand);
        // Once its time has passed, it asks for another or goes out now.
        assert!(said(by_hand.clone(), Answer::LetGo, 11).unwrap_err().contains("passed"));
        assert!(matches!(said(by_hand.clone(), Answer::SendNow, 11).unwrap(), State::Planned { late_until: Some(_), .. }));
        assert_eq!(at_another_time(&dispatch(by_hand), at(11)), State::planned());
    }

    #[test]
    fn holding_never_takes_the_place_of_a_yes() {
        let hold = || Answer::Hold { by: "Priya".into() };
        assert!(said(held(Hold::Yes), hold(), 5).unwrap_err().contains("yes"));
        assert!(said(held(Hold::Yes), Answer::LetGo, 5).is_err());
        assert_eq!(at_another_time(&dispatch(held(Hold::Yes)), at(5)), held(Hold::Yes));
        for state in [State::Claimed { late_until: None }, State::Missed { found_at: at(1) }, State::Cancelled, held(Hold::Changed)] {
            assert!(said(state.clone(), hold(), 5).is_err(), "{state:?}");
        }
        assert!(said(held(Hold::Brake), hold(), 5).is_ok(), "it does not go on with the others then");
    }
}
