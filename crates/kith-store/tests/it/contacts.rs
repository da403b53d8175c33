//! People: what is remembered, who is merged, who follows.

use kith_domain::ids::{ContactId, MemoryId, MergeId};
use kith_domain::listen::IncomingKind;
use kith_domain::mandate::Actor;
use kith_domain::people::{Handling, Memory, PromiseEnd, SortedAs};
use kith_store::{Due, Ingest, NewEvent, NewMemory, StoreError};

use crate::bench::{Bench, World, at, fresh, person};

fn event(kind: &str) -> NewEvent {
    NewEvent { kind: kind.into(), subject: String::new(), actor: Actor::Worker, detail: serde_json::json!({}) }
}

async fn follows(world: &World, name: &str, s: i64) -> ContactId {
    let by = person(name);
    let batch = [Ingest::Reaction { remote_id: format!("f-{name}"), kind: IncomingKind::Follow, by, post_remote_id: None, at: at(s) }];
    world.at().ingest(world.channel, None, &batch, at(s)).await.unwrap();
    let lines = world.at().contact_lines(name, 50, 0, at(s)).await.unwrap();
    lines[0].contact.id
}

fn promise(contact: ContactId, due: i64) -> NewMemory {
    NewMemory {
        id: MemoryId::from_uuid(fresh()),
        contact,
        kind: Memory::Promise,
        topic: String::new(),
        text: "send the recipe card".into(),
        heard_in: None,
        due: Some(Due { day: "2026-11-27".into(), zone: "Europe/Lisbon".into(), at: at(due) }),
    }
}

pub(crate) async fn a_promise_is_due_on_its_day_until_it_is_kept_moved_or_let_go(bench: &Bench) {
    let world = bench.world().await;
    let jo = follows(&world, "jo", 10).await;
    let new = promise(jo, 100);
    world.at().add_memory(&new, &Actor::Worker, &event("promise.given"), at(20)).await.unwrap();
    assert_eq!(world.at().promises_due(at(99)).await.unwrap(), []);
    let due = world.at().promises_due(at(100)).await.unwrap();
    assert_eq!((due.len(), due[0].text.as_str(), due[0].contact), (1, "send the recipe card", jo));
    let later = Due { day: "2026-11-28".into(), zone: "Europe/Lisbon".into(), at: at(200) };
    world.at().move_promise(new.id, &later, &event("promise.moved"), at(110)).await.unwrap();
    assert_eq!(world.at().promises_due(at(199)).await.unwrap(), []);
    world.at().end_promise(new.id, Some(PromiseEnd::Kept), &event("promise.kept"), at(210)).await.unwrap();
    assert_eq!(world.at().promises_due(at(300)).await.unwrap(), []);
    assert_eq!(world.at().memory(new.id).await.unwrap().unwrap().ended, Some(PromiseEnd::Kept));
    world.at().end_promise(new.id, None, &event("promise.open"), at(211)).await.unwrap();
    assert_eq!(world.at().promises_due(at(300)).await.unwrap().len(), 1, "taken back");
    let nobody = promise(ContactId::from_uuid(fresh()), 1);
    assert_eq!(world.at().add_memory(&nobody, &Actor::Worker, &event("x"), at(1)).await, Err(StoreError::NotThere));
}

pub(crate) async fn parting_restores_exactly_what_was_merged(bench: &Bench) {
    let world = bench.world().await;
    let (jo, ana) = (follows(&world, "jo", 10).await, follows(&world, "ana", 11).await);
    world.at().set_contact(ana, "Ana", &["kiln".into()], &event("contact.named"), at(12)).await.unwrap();
    let kept = promise(ana, 100);
    world.at().add_memory(&kept, &Actor::Worker, &event("promise.given"), at(20)).await.unwrap();
    let before = (world.at().contact_line(jo, at(50)).await.unwrap(), world.at().contact_line(ana, at(50)).await.unwrap());
    let id = MergeId::from_uuid(fresh());
    world.at().merge(id, jo, ana, &Actor::Worker, &event("contact.merged"), at(30)).await.unwrap();
    assert_eq!(world.at().handles_of(jo).await.unwrap().len(), 2);
    assert_eq!(world.at().contact_line(ana, at(50)).await.unwrap(), None, "a merged contact is in no list");
    assert_eq!(world.at().contact(jo).await.unwrap().unwrap().tags, ["kiln"]);
    assert_eq!(world.at().memories_of(jo).await.unwrap().len(), 1);
    let again = MergeId::from_uuid(fresh());
    assert_eq!(world.at().merge(again, jo, ana, &Actor::Worker, &event("x"), at(31)).await, Err(StoreError::NotThere));
    assert!(world.at().part(id, &event("contact.parted"), at(40)).await.unwrap());
    let after = (world.at().contact_line(jo, at(50)).await.unwrap(), world.at().contact_line(ana, at(50)).await.unwrap());
    assert_eq!(before, after);
    assert_eq!(world.at().merges_of(jo).await.unwrap(), []);
}

pub(crate) async fn parting_is_over_after_thirty_days(bench: &Bench) {
    let world = bench.world().await;
    let (jo, ana) = (follows(&world, "jo", 10).await, follows(&world, "ana", 11).await);
    let id = MergeId::from_uuid(fresh());
    world.at().merge(id, jo, ana, &Actor::Worker, &event("contact.merged"), at(30)).await.unwrap();
    assert!(!world.at().part(id, &event("contact.parted"), at(30 + 31 * 86_400)).await.unwrap());
    assert_eq!(world.at().handles_of(jo).await.unwrap().len(), 2);
}

pub(crate) async fn followers_wait_until_a_person_decides_one_by_one(bench: &Bench) {
    let world = bench.world().await;
    for (name, s) in [("jo", 10), ("ana", 11), ("shop", 12)] {
        follows(&world, name, s).await;
    }
    let waiting = world.at().followers("", 50).await.unwrap();
    let names: Vec<&str> = waiting.iter().map(|f| f.handle.profile.remote_id.as_str()).collect();
    assert_eq!(names.len(), 3);
    let shop = waiting[2].handle.id;
    world.at().sort_follower(shop, Some(SortedAs::Shop), "sells", &Actor::Worker, &event("follower.sorted"), at(20)).await.unwrap();
    assert_eq!(world.at().followers("shop", 50).await.unwrap().len(), 1);
    assert_eq!(world.at().followers("none", 50).await.unwrap().len(), 2);
    world.at().handle_followers(&[shop], Some(Handling::LetBe), &Actor::Worker, &event("follower.let_be"), at(21)).await.unwrap();
    assert_eq!(world.at().followers("", 50).await.unwrap().len(), 2);
    assert_eq!(world.at().follower_counts().await.unwrap(), [("none".to_owned(), 2)]);
    world.at().handle_followers(&[shop], None, &Actor::Worker, &event("follower.undone"), at(22)).await.unwrap();
    let back = world.at().follower(shop).await.unwrap().unwrap();
    assert_eq!((back.sorted, back.note.as_str(), back.handling), (Some(SortedAs::Shop), "sells", None));
}
