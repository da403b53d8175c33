//! What is heard: conversations, waiting, context, reactions.

use kith_domain::converse::{Automated, AutomatedReason, Standing};
use kith_domain::listen::IncomingKind;
use kith_domain::people::Profile;
use kith_store::{ConversationView, InboxFilter, Ingest, MessageKind, StandingCounts, StoreError};

use crate::bench::{Bench, World, at, machine_says, ours, person, remote_post, says};

async fn hear(world: &World, batch: &[Ingest], now_s: i64) -> kith_store::Ingested {
    world.at().ingest(world.channel, None, batch, at(now_s)).await.unwrap()
}

async fn list(world: &World, standing: Standing) -> Vec<ConversationView> {
    world.at().inbox(&InboxFilter { standing, limit: 0, after: None }).await.unwrap()
}

async fn only(world: &World, standing: Standing) -> ConversationView {
    let mut rows = list(world, standing).await;
    assert_eq!(rows.len(), 1, "{standing:?}");
    rows.remove(0)
}

fn our_answer(name: &str, id: &str, s: i64) -> Ingest {
    Ingest::OursInThread { post: ours(id, s), root_remote_id: "root".into(), person: person(name) }
}

pub(crate) async fn a_message_makes_somebody_wait_and_is_stored_once(bench: &Bench) {
    let world = bench.world().await;
    let batch = [says("cy", "root", "m1", 10), says("cy", "root", "m2", 20)];
    let done = hear(&world, &batch, 25).await;
    assert_eq!((done.new_messages.len(), done.changed_conversations.len(), done.left_out), (2, 1, 0));
    let row = only(&world, Standing::Owed).await;
    assert_eq!((row.waiting_since, row.last_at, row.last_text.as_str()), (Some(at(10)), at(20), "words of m2"));
    assert_eq!((row.message_count, row.unread, row.last_is_ours), (2, 2, false));
    assert_eq!((row.handle.profile.clone(), row.handle.contact.is_some()), (person("cy"), true));
    assert_eq!(row.id, done.changed_conversations[0]);
    let again = hear(&world, &batch, 99).await;
    assert_eq!(again, kith_store::Ingested::default());
    assert_eq!(only(&world, Standing::Owed).await, row);
    let message = world.at().message_by_remote(world.channel, "m1").await.unwrap().unwrap();
    assert_eq!(message, world.at().message(done.new_messages[0]).await.unwrap().unwrap());
    assert_eq!((message.kind, message.conversation, message.ours), (MessageKind::Theirs(IncomingKind::Reply), Some(row.id), false));
    assert_eq!((message.at, message.received_at, message.in_reply_to.as_deref()), (at(10), at(25), Some("root")));
    assert_eq!(world.at().conversation_of(world.channel, "root", "person-cy").await.unwrap(), Some(row.id));
    assert_eq!(world.at().conversation_of(world.channel, "root", "person-jo").await.unwrap(), None);
}

pub(crate) async fn our_answer_ends_the_wait(bench: &Bench) {
    let world = bench.world().await;
    // Our answer is heard before what it answers.
    hear(&world, &[our_answer("cy", "a1", 30)], 31).await;
    assert_eq!(only(&world, Standing::Answered).await.unread, 0);
    hear(&world, &[says("cy", "root", "m1", 10)], 32).await;
    let row = only(&world, Standing::Answered).await;
    assert_eq!((row.waiting_since, row.last_text.as_str(), row.last_is_ours, row.message_count), (None, "words of a1", true, 2));
    hear(&world, &[says("cy", "root", "m2", 40)], 41).await;
    let row = only(&world, Standing::Owed).await;
    assert_eq!((row.waiting_since, row.unread), (Some(at(40)), 2));
    world.at().mark_read(row.id).await.unwrap();
    assert_eq!(only(&world, Standing::Owed).await.unread, 0);
    let (_, messages) = world.at().conversation(row.id).await.unwrap().unwrap();
    assert_eq!(messages.iter().map(|m| (m.remote_id.as_str(), m.ours)).collect::<Vec<_>>(), [("m1", false), ("a1", true), ("m2", false)]);
    assert!(messages[1].author.is_none());
}

pub(crate) async fn context_is_shown_and_owed_nothing(bench: &Bench) {
    let world = bench.world().await;
    let batch = [
        Ingest::Context { post: ours("root", 1), root_remote_id: "root".into() },
        Ingest::Context { post: remote_post("above", &person("jo"), 5), root_remote_id: "root".into() },
        says("cy", "root", "m1", 10),
    ];
    let done = hear(&world, &batch, 12).await;
    assert_eq!(done.new_messages.len(), 1, "context is not new");
    hear(&world, &batch, 13).await;
    let row = only(&world, Standing::Owed).await;
    assert_eq!((row.message_count, row.handle.profile.address.as_str()), (1, "cy@clay.example.test"));
    let (_, messages) = world.at().conversation(row.id).await.unwrap().unwrap();
    assert_eq!(
        messages.iter().map(|m| (m.remote_id.as_str(), m.kind)).collect::<Vec<_>>(),
        [("root", MessageKind::Context), ("above", MessageKind::Context), ("m1", MessageKind::Theirs(IncomingKind::Reply))]
    );
    assert!(messages[0].ours && messages[0].author.is_none());
    assert_eq!(messages[1].author.as_ref().unwrap().contact, None, "who only stood above is no contact");
    assert_eq!(world.at().waiting_total().await.unwrap(), 1);
}

pub(crate) async fn context_that_turns_out_to_be_for_us_joins_the_conversation(bench: &Bench) {
    let world = bench.world().await;
    hear(&world, &[Ingest::Context { post: remote_post("m1", &person("cy"), 10), root_remote_id: "root".into() }], 11).await;
    assert!(list(&world, Standing::Owed).await.is_empty());
    let done = hear(&world, &[says("cy", "root", "m1", 10)], 12).await;
    assert_eq!(done.new_messages.len(), 1);
    let row = only(&world, Standing::Owed).await;
    assert_eq!((row.waiting_since, row.message_count, row.handle.contact.is_some()), (Some(at(10)), 1, true));
    assert_eq!(world.at().message_by_remote(world.channel, "m1").await.unwrap().unwrap().conversation, Some(row.id));
}

pub(crate) async fn two_people_in_one_thread_are_two_conversations(bench: &Bench) {
    let world = bench.world().await;
    hear(&world, &[says("cy", "root", "m1", 10), says("jo", "root", "m2", 20), our_answer("cy", "a1", 30)], 31).await;
    assert_eq!(only(&world, Standing::Owed).await.handle.profile.remote_id, "person-jo");
    assert_eq!(only(&world, Standing::Answered).await.handle.profile.remote_id, "person-cy");
}

pub(crate) async fn a_machine_is_set_apart_and_never_hidden(bench: &Bench) {
    let world = bench.world().await;
    let why = Automated { reasons: vec![AutomatedReason::LinkOnly] };
    hear(&world, &[machine_says("bot", "root", "m1", 10, why.clone())], 11).await;
    let row = only(&world, Standing::Apart).await;
    assert_eq!((row.waiting_since, row.automated.clone(), row.unread), (None, Some(why.clone()), 1));
    assert_eq!(world.at().conversation(row.id).await.unwrap().unwrap().1[0].automated, Some(why));
    let counts = world.at().counts_by_standing().await.unwrap();
    assert_eq!(counts, StandingCounts { apart: 1, ..StandingCounts::default() });
    hear(&world, &[says("bot", "root", "m2", 20)], 21).await;
    let row = only(&world, Standing::Owed).await;
    assert_eq!((row.waiting_since, row.automated), (Some(at(20)), None), "a person was behind it after all");
}

pub(crate) async fn the_longest_wait_comes_first(bench: &Bench) {
    let world = bench.world().await;
    for (name, s) in [("a", 30), ("b", 10), ("c", 20), ("d", 10)] {
        hear(&world, &[says(name, name, &format!("m-{name}"), s)], 40).await;
    }
    let mut seen = Vec::new();
    let mut filter = InboxFilter { standing: Standing::Owed, limit: 3, after: None };
    loop {
        let page = world.at().inbox(&filter).await.unwrap();
        let Some(last) = page.last() else { break };
        filter.after = Some(last.cursor());
        seen.extend(page.iter().map(|row| row.waiting_since.unwrap()));
    }
    assert_eq!(seen, [10, 10, 20, 30].map(at));
    for (name, s) in [("a", 50), ("c", 60)] {
        let post = ours(&format!("a-{name}"), s);
        hear(&world, &[Ingest::OursInThread { post, root_remote_id: name.into(), person: person(name) }], 70).await;
    }
    let answered = list(&world, Standing::Answered).await;
    assert_eq!(answered.iter().map(|row| row.root_remote_id.as_str()).collect::<Vec<_>>(), ["c", "a"], "the latest first");
    assert_eq!(world.at().waiting_total().await.unwrap(), 2);
}

pub(crate) async fn a_closing_holds_until_they_write_again(bench: &Bench) {
    let world = bench.world().await;
    hear(&world, &[says("cy", "root", "m1", 10)], 11).await;
    let id = only(&world, Standing::Owed).await.id;
    world.at().close_conversation(id, &world.ana_actor(), at(20)).await.unwrap();
    let row = only(&world, Standing::Closed).await;
    assert_eq!((row.closed_at, row.closed_by, row.unread), (Some(at(20)), Some(world.ana_actor()), 0));
    world.at().reopen_conversation(id, &world.ana_actor(), at(21)).await.unwrap();
    assert_eq!(only(&world, Standing::Owed).await.waiting_since, Some(at(10)));
    world.at().close_conversation(id, &world.ana_actor(), at(22)).await.unwrap();
    hear(&world, &[says("cy", "root", "m2", 30)], 31).await;
    assert_eq!(only(&world, Standing::Owed).await.waiting_since, Some(at(30)));
    let kinds: Vec<_> = world.at().events(Some(&id.to_string()), None, 9).await.unwrap().into_iter().map(|e| e.kind).collect();
    assert_eq!(kinds, ["conversation.closed", "conversation.reopened", "conversation.closed"]);
}

pub(crate) async fn a_reaction_is_counted_once_and_nobody_waits(bench: &Bench) {
    let world = bench.world().await;
    let like =
        |kind| Ingest::Reaction { remote_id: format!("{kind:?}"), kind, by: person("cy"), post_remote_id: Some("root".into()), at: at(9) };
    let batch = [like(IncomingKind::Like), like(IncomingKind::Repost), like(IncomingKind::Follow)];
    assert_eq!(hear(&world, &batch, 10).await.new_reactions, 3);
    assert_eq!(hear(&world, &batch, 11).await.new_reactions, 0);
    assert_eq!(world.at().counts_by_standing().await.unwrap(), StandingCounts::default());
}

pub(crate) async fn a_name_change_is_seen_and_the_person_stays_one(bench: &Bench) {
    let world = bench.world().await;
    hear(&world, &[says("cy", "root", "m1", 10)], 11).await;
    let before = only(&world, Standing::Owed).await.handle;
    let renamed = Profile { display_name: "Cy the Potter".into(), address: "cyp@clay.example.test".into(), ..person("cy") };
    let Ingest::Message { post, kind, event_remote_id, automated, .. } = says("cy", "other", "m2", 20) else { unreachable!() };
    let again = Ingest::Message { post, kind, event_remote_id, automated, root_remote_id: "other".into(), person: renamed.clone() };
    hear(&world, &[again], 21).await;
    let rows = list(&world, Standing::Owed).await;
    assert_eq!(rows.len(), 2);
    for row in rows {
        assert_eq!((row.handle.id, row.handle.contact, &row.handle.profile), (before.id, before.contact, &renamed));
        assert_eq!((row.handle.first_seen, row.handle.last_seen), (at(11), at(21)));
    }
}

pub(crate) async fn broken_text_is_kept_readable(bench: &Bench) {
    let world = bench.world().await;
    let Ingest::Message { mut post, kind, event_remote_id, root_remote_id, person, automated } = says("cy", "root", "m1", 10) else {
        unreachable!()
    };
    post.text = format!("nul\0 {} 🌱'); DROP TABLE message; --", "ä".repeat(40_000));
    let batch = [Ingest::Message { post, kind, event_remote_id, root_remote_id, person, automated }];
    hear(&world, &batch, 11).await;
    let text = world.at().message_by_remote(world.channel, "m1").await.unwrap().unwrap().text;
    assert!(text.starts_with("nul\u{FFFD} ää") && text.len() <= 64 * 1024 + 3, "{}", text.len());
    assert_eq!(only(&world, Standing::Owed).await.last_text.chars().count(), 400);
}

pub(crate) async fn an_id_that_does_not_fit_is_left_out_and_the_rest_is_kept(bench: &Bench) {
    let world = bench.world().await;
    let batch = [says("cy", "root", &"x".repeat(5_000), 10), says("cy", "root", "", 10), says("cy", "root", "m1", 10)];
    let done = hear(&world, &batch, 11).await;
    assert_eq!((done.new_messages.len(), done.left_out), (1, 2));
}

pub(crate) async fn the_cursor_moves_with_the_batch(bench: &Bench) {
    let world = bench.world().await;
    let at_channel = world.at();
    assert_eq!(at_channel.cursor(world.channel, "notifications").await.unwrap(), None);
    for n in ["1", "2"] {
        let batch = [says("cy", "root", n, 10)];
        at_channel.ingest(world.channel, Some(("notifications", n)), &batch, at(11)).await.unwrap();
        assert_eq!(at_channel.cursor(world.channel, "notifications").await.unwrap().as_deref(), Some(n));
    }
    at_channel.set_cursor(world.channel, "home", "x").await.unwrap();
    assert_eq!(at_channel.cursor(world.channel, "notifications").await.unwrap().as_deref(), Some("2"));
    at_channel.remove_channel(world.channel, &world.ana_actor(), at(20)).await.unwrap();
    let late = at_channel.ingest(world.channel, Some(("notifications", "3")), &[says("cy", "root", "3", 10)], at(21)).await;
    assert_eq!(late, Err(StoreError::NotThere));
    assert_eq!(at_channel.cursor(world.channel, "notifications").await.unwrap().as_deref(), Some("2"));
}
