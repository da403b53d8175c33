//! Acts of present persons, and drafts.

use kith_domain::converse::Standing;
use kith_domain::ids::ConversationId;
use kith_domain::mandate::ActKind;
use kith_store::{ActEnd, ActState, BegunAct, Ingest, NewAct};

use crate::bench::{Bench, World, act_id, at, ours, person, says, session_id};

/// A conversation in which Cy waits, and Ana's answer to it.
async fn answer(world: &World) -> (ConversationId, NewAct) {
    let done = world.at().ingest(world.channel, None, &[says("cy", "root", "m1", 10)], at(11)).await.unwrap();
    let conversation = done.changed_conversations[0];
    let act = NewAct {
        id: act_id(),
        session: session_id(),
        member: world.ana,
        kind: ActKind::Reply,
        channel: world.channel,
        conversation: Some(conversation),
        target_remote_id: "m1".into(),
        text: "Thank you, Cy".into(),
        handle: None,
    };
    (conversation, act)
}

fn posted() -> ActEnd {
    ActEnd { remote_id: None, detail: String::new(), posted: Some(ours("a1", 30)) }
}

async fn standing(world: &World, id: ConversationId) -> Standing {
    world.at().conversation(id).await.unwrap().unwrap().0.standing
}

pub(crate) async fn the_same_press_is_found_instead_of_done_twice(bench: &Bench) {
    let world = bench.world().await;
    let (conversation, act) = answer(&world).await;
    assert_eq!(world.at().begin_act(&act, at(20)).await.unwrap(), BegunAct::New);
    let BegunAct::Already(row) = world.at().begin_act(&act, at(21)).await.unwrap() else { panic!("the same press") };
    assert_eq!((row.state, row.text.as_str(), row.at, row.kind), (ActState::Intent, "Thank you, Cy", at(20), ActKind::Reply));
    world.at().finish_act(act.id, ActState::Done, &posted(), at(31)).await.unwrap();
    let BegunAct::Already(row) = world.at().begin_act(&act, at(40)).await.unwrap() else { panic!("the same press") };
    assert_eq!((row.state, row.remote_id.as_deref(), row.finished_at), (ActState::Done, Some("a1"), Some(at(31))));
    assert_eq!(world.at().acts_of(conversation).await.unwrap(), vec![*row]);
}

pub(crate) async fn an_answer_becomes_a_message_and_drops_the_draft(bench: &Bench) {
    let world = bench.world().await;
    let (conversation, act) = answer(&world).await;
    world.at().save_draft(world.ana, conversation, "Thank you, Cy", at(15)).await.unwrap();
    world.at().begin_act(&act, at(20)).await.unwrap();
    assert_eq!(standing(&world, conversation).await, Standing::Owed, "an intent is no answer");
    world.at().finish_act(act.id, ActState::Done, &posted(), at(31)).await.unwrap();
    let (row, messages) = world.at().conversation(conversation).await.unwrap().unwrap();
    assert_eq!((row.standing, row.waiting_since, row.message_count, row.unread), (Standing::Answered, None, 2, 1));
    let last = messages.last().unwrap();
    assert_eq!((last.ours, last.act, last.member, last.member_name.as_deref()), (true, Some(act.id), Some(world.ana), Some("Ana")));
    assert_eq!(last.root_remote_id, "root");
    assert_eq!(world.at().draft(world.ana, conversation).await.unwrap(), None);
    // The listener hears it later and nothing changes.
    let heard = Ingest::OursInThread { post: ours("a1", 30), root_remote_id: "root".into(), person: person("cy") };
    let again = world.at().ingest(world.channel, None, &[heard], at(40)).await.unwrap();
    assert!(again.new_messages.is_empty());
}

pub(crate) async fn an_answer_that_the_listener_heard_first_is_still_ours(bench: &Bench) {
    let world = bench.world().await;
    let (conversation, act) = answer(&world).await;
    world.at().begin_act(&act, at(20)).await.unwrap();
    let heard = Ingest::OursInThread { post: ours("a1", 30), root_remote_id: "root".into(), person: person("cy") };
    world.at().ingest(world.channel, None, &[heard], at(30)).await.unwrap();
    world.at().finish_act(act.id, ActState::Done, &posted(), at(31)).await.unwrap();
    let (row, messages) = world.at().conversation(conversation).await.unwrap().unwrap();
    assert_eq!((row.message_count, row.standing), (2, Standing::Answered));
    assert_eq!(messages.last().unwrap().act, Some(act.id));
}

pub(crate) async fn a_refused_answer_keeps_the_text(bench: &Bench) {
    let world = bench.world().await;
    let (conversation, act) = answer(&world).await;
    world.at().save_draft(world.ana, conversation, "Thank you, Cy", at(15)).await.unwrap();
    world.at().begin_act(&act, at(20)).await.unwrap();
    let end = ActEnd { detail: "too long".into(), ..ActEnd::default() };
    world.at().finish_act(act.id, ActState::Refused, &end, at(21)).await.unwrap();
    assert_eq!(standing(&world, conversation).await, Standing::Owed);
    assert_eq!(world.at().draft(world.ana, conversation).await.unwrap().unwrap().text, "Thank you, Cy");
    // What is over stays so.
    world.at().finish_act(act.id, ActState::Done, &posted(), at(22)).await.unwrap();
    let row = world.at().act(act.id).await.unwrap().unwrap();
    assert_eq!((row.state, row.detail.as_str()), (ActState::Refused, "too long"));
}

pub(crate) async fn an_unknown_end_can_still_become_known(bench: &Bench) {
    let world = bench.world().await;
    let (conversation, act) = answer(&world).await;
    world.at().begin_act(&act, at(20)).await.unwrap();
    let end = ActEnd { detail: "no answer".into(), ..ActEnd::default() };
    world.at().finish_act(act.id, ActState::Unknown, &end, at(50)).await.unwrap();
    assert_eq!(standing(&world, conversation).await, Standing::Owed);
    world.at().finish_act(act.id, ActState::Done, &posted(), at(60)).await.unwrap();
    assert_eq!(standing(&world, conversation).await, Standing::Answered);
}

pub(crate) async fn a_draft_is_each_members_own(bench: &Bench) {
    let world = bench.world().await;
    let (conversation, _) = answer(&world).await;
    world.at().save_draft(world.ana, conversation, "a", at(15)).await.unwrap();
    world.at().save_draft(world.bo, conversation, "b", at(16)).await.unwrap();
    world.at().save_draft(world.ana, conversation, "aa", at(17)).await.unwrap();
    let draft = world.at().draft(world.ana, conversation).await.unwrap().unwrap();
    assert_eq!((draft.text.as_str(), draft.saved_at), ("aa", at(17)));
    world.at().drop_draft(world.ana, conversation).await.unwrap();
    assert_eq!(world.at().draft(world.ana, conversation).await.unwrap(), None);
    assert_eq!(world.at().draft(world.bo, conversation).await.unwrap().unwrap().text, "b");
}
