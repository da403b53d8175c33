//! What persons say of conversations, versions of drafts, acts on people, and searching.

use kith_domain::converse::{ClosedAs, SortError, SortVerb, Standing};
use kith_domain::ids::{ConversationId, HandleId};
use kith_domain::mandate::{ActKind, Actor, Role};
use kith_store::{ActEnd, ActState, ConversationView, Ingest, KeptDraft, NewAct, StoreError};

use crate::bench::{Bench, World, act_id, at, ours, person, remote_post, says, session_id};

async fn cy_waits(world: &World) -> ConversationId {
    world.at().ingest(world.channel, None, &[says("cy", "root", "m1", 10)], at(11)).await.unwrap().changed_conversations[0]
}

async fn view(world: &World, id: ConversationId) -> ConversationView {
    world.at().conversation(id).await.unwrap().unwrap().0
}

fn bo(world: &World) -> Actor {
    Actor::Member { id: world.bo, name: "Bo".into() }
}

async fn sort(world: &World, id: ConversationId, verb: SortVerb, s: i64) -> i64 {
    let sorted = world.at().sort_conversation(id, verb, Role::Delegate, &bo(world), at(s)).await.unwrap().unwrap();
    sorted.change.unwrap()
}

pub(crate) async fn what_is_put_off_stays_owed_and_comes_back(bench: &Bench) {
    let world = bench.world().await;
    let id = cy_waits(&world).await;
    sort(&world, id, SortVerb::Later { until: at(3_600) }, 20).await;
    let row = view(&world, id).await;
    assert_eq!((row.standing, row.waiting_since, row.later_until), (Standing::Owed, Some(at(10)), Some(at(3_600))));
    assert_eq!(world.at().brake_facts().await.unwrap().longest, Some(at(10)), "the brake counts it");
    assert_eq!(world.at().waiters(10).await.unwrap().len(), 1);
    // They write again: it is back at once.
    world.at().ingest(world.channel, None, &[says("cy", "root", "m2", 30)], at(31)).await.unwrap();
    let row = view(&world, id).await;
    assert_eq!((row.waiting_since, row.later_until), (Some(at(10)), None));
}

pub(crate) async fn a_change_is_taken_back_once_and_says_who(bench: &Bench) {
    let world = bench.world().await;
    let id = cy_waits(&world).await;
    let change = sort(&world, id, SortVerb::Done, 20).await;
    assert_eq!(sort(&world, id, SortVerb::Done, 21).await, change, "the same again changes nothing");
    let row = view(&world, id).await;
    let closed = row.sorting.closed.unwrap();
    assert_eq!((row.standing, closed.how, closed.by, closed.at), (Standing::Closed, ClosedAs::Done, bo(&world), at(20)));
    assert_eq!((row.closed_at, row.closed_by), (Some(at(20)), Some(bo(&world))));
    let undone = world.at().undo_sorting(id, change, &world.ana_actor(), at(25)).await.unwrap().unwrap();
    assert_eq!(undone.standing, Standing::Owed);
    let again = world.at().undo_sorting(id, change, &world.ana_actor(), at(26)).await.unwrap().unwrap();
    assert_eq!(again, undone, "taking it back twice is once");
    let row = view(&world, id).await;
    assert_eq!((row.waiting_since, row.closed_at, row.sorting.closed), (Some(at(10)), None, None));
    let events = world.at().events(Some(&id.to_string()), None, 10).await.unwrap();
    let told: Vec<_> = events.iter().map(|event| (event.kind.as_str(), event.actor.clone())).collect();
    assert_eq!(told, [("conversation.undone", world.ana_actor()), ("conversation.done", bo(&world))]);
}

pub(crate) async fn what_was_sorted_since_is_not_taken_back(bench: &Bench) {
    let world = bench.world().await;
    let id = cy_waits(&world).await;
    let first = sort(&world, id, SortVerb::Done, 20).await;
    sort(&world, id, SortVerb::NoAnswer, 30).await;
    let refused = world.at().undo_sorting(id, first, &bo(&world), at(31)).await.unwrap();
    assert_eq!(refused, Err(SortError::TooLate));
    assert_eq!(view(&world, id).await.sorting.closed.unwrap().how, ClosedAs::NoAnswer);
}

pub(crate) async fn a_mark_by_hand_sets_apart_and_brings_back(bench: &Bench) {
    let world = bench.world().await;
    let id = cy_waits(&world).await;
    sort(&world, id, SortVerb::Machine, 20).await;
    assert_eq!(view(&world, id).await.standing, Standing::Apart);
    sort(&world, id, SortVerb::Person, 21).await;
    let row = view(&world, id).await;
    assert_eq!((row.standing, row.waiting_since), (Standing::Owed, Some(at(10))));
}

pub(crate) async fn two_boxes_that_write_at_once_keep_both_texts(bench: &Bench) {
    let world = bench.world().await;
    let id = cy_waits(&world).await;
    let save = async |text: &str, seen: i64, from_box: &str| {
        world.at().save_draft_over(world.ana, id, text, seen, from_box, at(20)).await.unwrap()
    };
    assert_eq!(save("One", 0, "a").await, KeptDraft::Kept { version: 1 });
    assert_eq!(save("One and", 1, "a").await, KeptDraft::Kept { version: 2 });
    assert_eq!(save("Two", 1, "b").await, KeptDraft::Beside { version: 2, text: "One and".into() });
    assert_eq!(save("Two more", 1, "b").await, KeptDraft::Beside { version: 2, text: "One and".into() });
    let kept = async || world.at().kept_texts(world.ana, &id.to_string()).await.unwrap();
    assert_eq!(kept().await.iter().map(|kept| (kept.from_box.as_str(), kept.text.as_str())).collect::<Vec<_>>(), [("b", "Two more")]);
    // Who saves over the version of the conflict has decided.
    assert_eq!(save("Two more", 2, "b").await, KeptDraft::Kept { version: 3 });
    assert!(kept().await.is_empty());
    for n in 0..12 {
        save(&format!("text {n}"), 1, &format!("box {n}")).await;
    }
    assert_eq!(kept().await.len(), 8, "bounded");
    assert!(world.at().kept_texts(world.bo, &id.to_string()).await.unwrap().is_empty(), "each member's own");
}

pub(crate) async fn what_another_box_wrote_survives_what_was_sent(bench: &Bench) {
    let world = bench.world().await;
    let id = cy_waits(&world).await;
    world.at().save_draft_over(world.ana, id, "The other tab's", 0, "a", at(20)).await.unwrap();
    let act = NewAct {
        id: act_id(),
        session: session_id(),
        member: world.ana,
        kind: ActKind::Reply,
        channel: world.channel,
        conversation: Some(id),
        target_remote_id: "m1".into(),
        text: "Thank you".into(),
        handle: None,
    };
    world.at().begin_act(&act, at(21)).await.unwrap();
    let end = ActEnd { posted: Some(ours("a1", 22)), ..ActEnd::default() };
    world.at().finish_act(act.id, ActState::Done, &end, at(22)).await.unwrap();
    assert_eq!(world.at().draft(world.ana, id).await.unwrap().unwrap().text, "The other tab's");
}

fn touch(world: &World, kind: ActKind, handle: HandleId, text: &str) -> NewAct {
    NewAct {
        id: act_id(),
        session: session_id(),
        member: world.ana,
        kind,
        channel: world.channel,
        conversation: None,
        target_remote_id: "person-cy".into(),
        text: text.into(),
        handle: Some(handle),
    }
}

pub(crate) async fn an_act_is_told_on_the_persons_timeline(bench: &Bench) {
    let world = bench.world().await;
    let cy = view(&world, cy_waits(&world).await).await.handle.id;
    let act = touch(&world, ActKind::Follow, cy, "");
    world.at().begin_act(&act, at(20)).await.unwrap();
    world.at().finish_act(act.id, ActState::Done, &ActEnd::default(), at(21)).await.unwrap();
    let acts = world.at().acts_with(cy).await.unwrap();
    assert_eq!(acts.iter().map(|act| (act.kind, act.state)).collect::<Vec<_>>(), [(ActKind::Follow, ActState::Done)]);
    let events = world.at().events(Some(&cy.to_string()), None, 10).await.unwrap();
    assert_eq!((events[0].kind.as_str(), &events[0].actor), ("act.follow", &world.ana_actor()));
    assert!(world.at().met_on(world.channel, cy).await.unwrap());
    let elsewhere = world.another_channel("wren").await;
    assert!(!world.at().met_on(elsewhere, cy).await.unwrap(), "a stranger there");
}

pub(crate) async fn first_words_begin_a_conversation(bench: &Bench) {
    let world = bench.world().await;
    let cy = view(&world, cy_waits(&world).await).await.handle.id;
    let act = touch(&world, ActKind::DirectMessage, cy, "Hello Cy");
    world.at().begin_act(&act, at(20)).await.unwrap();
    let end = ActEnd { posted: Some(ours("dm1", 21)), ..ActEnd::default() };
    world.at().finish_act(act.id, ActState::Done, &end, at(21)).await.unwrap();
    let begun = world.at().act(act.id).await.unwrap().unwrap().conversation.unwrap();
    let (row, messages) = world.at().conversation(begun).await.unwrap().unwrap();
    assert_eq!((row.standing, row.handle.id, row.message_count, messages.len()), (Standing::Answered, cy, 1, 1));
    assert_eq!((messages[0].act, row.root_remote_id.as_str()), (Some(act.id), "dm1"));
    // Their answer to it joins that conversation.
    world.at().ingest(world.channel, None, &[says("cy", "dm1", "m9", 40)], at(41)).await.unwrap();
    assert_eq!(view(&world, begun).await.standing, Standing::Owed);
}

pub(crate) async fn words_are_found_in_any_case_and_in_one_workspace(bench: &Bench) {
    let world = bench.world().await;
    let other = World::on(world.store.clone(), "Elsewhere").await;
    for here in [&world, &other] {
        let mut heard: Vec<Ingest> = (0..60).map(|n| says("cy", "root", &format!("m{n}-{}", here.id), n)).collect();
        let by = person("Übi");
        let mut post = remote_post(&format!("wax-{}", here.id), &by, 70);
        post.text = "Der Docht: 100%_ GRÜSSE und Wachs".into();
        heard.push(Ingest::Message {
            event_remote_id: format!("event-{}", post.remote_id),
            root_remote_id: "root2".into(),
            person: by,
            automated: None,
            kind: kith_domain::listen::IncomingKind::Reply,
            post,
        });
        here.at().ingest(here.channel, None, &heard, at(100)).await.unwrap();
    }
    let found = async |words: &str| world.at().search_messages(words, None).await.unwrap().rows.len();
    assert_eq!(found("grüsse").await, 1);
    assert_eq!(found("100%_").await, 1, "signs are words");
    assert_eq!(found("1_0").await, 0);
    assert_eq!(found("wachs und").await, 0);
    let first = world.at().search_messages("WORDS of", None).await.unwrap();
    assert_eq!(first.rows.len(), 50);
    let rest = world.at().search_messages("words OF", first.next).await.unwrap();
    assert_eq!((rest.rows.len(), rest.next), (10, None));
    assert!(rest.rows.iter().all(|row| first.rows.iter().all(|seen| seen.id != row.id)));
    let people = world.at().search_handles("übi", None).await.unwrap();
    assert_eq!(people.rows.iter().map(|row| row.profile.display_name.as_str()).collect::<Vec<_>>(), ["Übi"]);
    assert_eq!(world.at().search_handles("@CLAY.example", None).await.unwrap().rows.len(), 2);
}

pub(crate) async fn nobody_sorts_or_undoes_in_another_workspace(bench: &Bench) {
    let world = bench.world().await;
    let other = World::on(world.store.clone(), "Elsewhere").await;
    let id = cy_waits(&world).await;
    let change = sort(&world, id, SortVerb::Done, 20).await;
    let there = other.at().sort_conversation(id, SortVerb::Reopen, Role::Owner, &other.ana_actor(), at(21)).await;
    assert!(matches!(there, Err(StoreError::NotThere)), "{there:?}");
    let there = other.at().undo_sorting(id, change, &other.ana_actor(), at(21)).await;
    assert!(matches!(there, Err(StoreError::NotThere)), "{there:?}");
    let there = other.at().keep_text(world.ana, "x", "box", "text", at(21)).await;
    assert!(matches!(there, Err(StoreError::NotThere)), "{there:?}");
    assert_eq!(view(&world, id).await.standing, Standing::Closed);
}
