//! Sources, their items, settings, and changes of the plan that are whole.

use jiff::Timestamp;
use kith_domain::ids::{ItemId, SourceId};
use kith_domain::publish::{Content, Dispatch, State};
use kith_store::{ItemChange, ItemRow, Move, NewSource, PlanChange, Reword, SaveError, SourceChange, SourcedPost, StoreError, Unique};
use serde_json::json;

use crate::bench::{Bench, World, at, fresh};

fn series(world: &World, name: &str) -> NewSource {
    let provenance = world.post(world.channel, 0).provenance;
    NewSource {
        id: SourceId::from_uuid(fresh()),
        kind: "series".into(),
        name: name.into(),
        definition: json!({ "rhythm": "daily" }),
        provenance,
    }
}

fn item(source: SourceId, rank: i64) -> ItemChange {
    ItemChange { source, item: ItemRow { id: ItemId::from_uuid(fresh()), rank, body: json!({ "text": "Kiln tip" }), ended_at: None } }
}

/// A series with two items, each planned once.
async fn planned(world: &World) -> (SourceId, Vec<Dispatch>) {
    let new = series(world, "kiln tips");
    let source = new.id;
    let items = vec![item(source, 2), item(source, 1)];
    let posts: Vec<SourcedPost> = items
        .iter()
        .zip([60, 120])
        .map(|(change, due)| SourcedPost { post: world.post(world.channel, due), source, item: Some(change.item.id) })
        .collect();
    let dispatches = posts.iter().map(|sourced| sourced.post.variants[0].dispatches[0].clone()).collect();
    let change = PlanChange { sources: vec![SourceChange::Add(new)], items, posts, ..PlanChange::default() };
    world.at().change_plan(&change, at(0)).await.unwrap();
    (source, dispatches)
}

fn moved(was: &Dispatch, due_at: Timestamp) -> Move {
    Move { was: was.clone(), civil: "2026-12-02T07:00:00".into(), zone: "Europe/Lisbon".into(), due_at }
}

pub(crate) async fn a_source_reads_back_with_its_items_in_order(bench: &Bench) {
    let world = bench.world().await;
    let (source, dispatches) = planned(&world).await;
    let rows = world.at().sources("series").await.unwrap();
    assert_eq!((rows.len(), rows[0].id, rows[0].version, rows[0].name.as_str()), (1, source, 1, "kiln tips"));
    assert!(world.at().sources("event").await.unwrap().is_empty());
    let ranks: Vec<i64> = world.at().items(source).await.unwrap().iter().map(|item| item.rank).collect();
    assert_eq!(ranks, [1, 2]);
    let of = world.at().dispatches_of(source).await.unwrap();
    assert_eq!(of.iter().map(|sourced| sourced.view.dispatch.clone()).collect::<Vec<_>>(), dispatches);
    assert!(of.iter().all(|sourced| sourced.item.is_some()));
}

pub(crate) async fn a_name_is_free_again_when_its_source_has_ended(bench: &Bench) {
    let world = bench.world().await;
    let (source, _) = planned(&world).await;
    let again = PlanChange { sources: vec![SourceChange::Add(series(&world, "kiln tips"))], ..PlanChange::default() };
    let taken = world.at().change_plan(&again, at(1)).await.unwrap_err();
    assert_eq!(taken, SaveError::Store(StoreError::Conflict { what: Unique::SourceName, which: Some("kiln tips".into()) }));
    let mut row = world.at().source(source).await.unwrap().unwrap();
    row.ended_at = Some(at(1));
    world.at().change_plan(&PlanChange { sources: vec![SourceChange::Set(row)], ..PlanChange::default() }, at(1)).await.unwrap();
    world.at().change_plan(&again, at(2)).await.unwrap();
}

pub(crate) async fn two_who_change_a_source_at_once_notice(bench: &Bench) {
    let world = bench.world().await;
    let (source, _) = planned(&world).await;
    let mut row = world.at().source(source).await.unwrap().unwrap();
    row.paused_at = Some(at(5));
    let change = PlanChange { sources: vec![SourceChange::Set(row)], ..PlanChange::default() };
    world.at().change_plan(&change, at(5)).await.unwrap();
    assert_eq!(world.at().change_plan(&change, at(6)).await, Err(SaveError::Fenced));
    let now = world.at().source(source).await.unwrap().unwrap();
    assert_eq!((now.version, now.paused_at), (2, Some(at(5))));
}

pub(crate) async fn a_change_of_the_plan_moves_rewords_and_cancels_as_one(bench: &Bench) {
    let world = bench.world().await;
    let (source, dispatches) = planned(&world).await;
    let content = Content { text: "Kiln tip 1 of 2".into(), ..Content::default() };
    let change = PlanChange {
        rewords: vec![Reword { was: dispatches[0].clone(), content: content.clone(), approved_by: Some(world.ana_actor()) }],
        cancels: vec![dispatches[1].clone()],
        events: vec![world.event("series.changed")],
        ..PlanChange::default()
    };
    world.at().change_plan(&change, at(1)).await.unwrap();
    let first = world.read(&dispatches[0]).await;
    assert_eq!((&first.content, first.approved_hash, &first.dispatch.payload_hash), (&content, Some(content.hash()), &content.hash()));
    assert_eq!(world.read(&dispatches[1]).await.dispatch.state, State::Cancelled);

    let change = PlanChange { moves: vec![moved(&first.dispatch, at(9_000))], ..PlanChange::default() };
    world.at().change_plan(&change, at(2)).await.unwrap();
    assert!(world.claim(60).await.is_empty(), "it is not due at its old time");
    assert_eq!(world.claim(9_000).await.len(), 1, "it is due at its new one");
    assert_eq!(world.at().dispatches_of(source).await.unwrap().len(), 2);
}

pub(crate) async fn what_has_begun_is_not_moved_and_nothing_else_of_the_change_is_stored(bench: &Bench) {
    let world = bench.world().await;
    let (_, dispatches) = planned(&world).await;
    assert_eq!(world.claim(60).await.len(), 1, "a worker has the first");
    let change = PlanChange { moves: vec![moved(&dispatches[1], at(9_000)), moved(&dispatches[0], at(9_000))], ..PlanChange::default() };
    assert_eq!(world.at().change_plan(&change, at(61)).await, Err(SaveError::Fenced));
    assert_eq!(world.read(&dispatches[1]).await.dispatch.due_at, at(120));
    let begun = Dispatch { first_send: Some(at(60)), ..dispatches[0].clone() };
    let change = PlanChange { cancels: vec![begun], ..PlanChange::default() };
    assert_eq!(world.at().change_plan(&change, at(61)).await, Err(SaveError::Fenced));
}

pub(crate) async fn a_setting_is_set_by_whoever_has_read_it_last(bench: &Bench) {
    let world = bench.world().await;
    let before = world.at().setting("presence").await.unwrap();
    assert_eq!((before.version, before.value.is_null()), (0, true));
    world.at().set_setting("presence", &json!({ "mon": "9-17" }), 0).await.unwrap();
    assert_eq!(world.at().set_setting("presence", &json!({}), 0).await, Err(SaveError::Fenced));
    world.at().set_setting("presence", &json!({ "mon": "10-18" }), 1).await.unwrap();
    let after = world.at().setting("presence").await.unwrap();
    assert_eq!((after.version, after.value), (2, json!({ "mon": "10-18" })));
    assert_eq!(world.at().set_setting("presence", &json!({}), 1).await, Err(SaveError::Fenced));
}

pub(crate) async fn hours_of_presence_are_carried_into_the_rules_for_plans(bench: &Bench) {
    let alone = bench.world().await;
    let beside = World::on(alone.store.clone(), "Beside").await;
    let said = World::on(alone.store.clone(), "Said").await;
    let spoilt = World::on(alone.store.clone(), "Spoilt").await;
    let (old, new) = (json!({ "hours": "Mon-Fri 9-17" }), json!({ "hours": "Mon-Fri 10-12" }));
    for world in [&alone, &beside, &said] {
        world.at().set_setting("presence", &old, 0).await.unwrap();
    }
    spoilt.at().set_setting("presence", &json!("whenever"), 0).await.unwrap();
    beside.at().set_setting("plan_rules", &json!({ "pauses": [], "presence": null }), 0).await.unwrap();
    said.at().set_setting("plan_rules", &json!({ "presence": new }), 0).await.unwrap();
    bench
        .step(include_str!("../../migrations/sqlite/0016_presence.sql"), include_str!("../../migrations/postgres/0016_presence.sql"))
        .await;

    let rules = async |world: &World| world.at().setting("plan_rules").await.unwrap().value;
    assert_eq!(rules(&alone).await, json!({ "presence": old }));
    assert_eq!(rules(&beside).await, json!({ "pauses": [], "presence": old }));
    assert_eq!(rules(&said).await, json!({ "presence": new }), "what the plan goes by already holds");
    assert_eq!(rules(&spoilt).await, json!(null));
    for world in [&alone, &beside, &said, &spoilt] {
        assert_eq!(world.at().setting("presence").await.unwrap().version, 0, "there is one source");
    }
    // Whoever read the rules before the step must read them again.
    assert_eq!(beside.at().set_setting("plan_rules", &json!({}), 1).await, Err(SaveError::Fenced));
}

pub(crate) async fn a_key_is_known_once_and_by_its_source_alone(bench: &Bench) {
    let world = bench.world().await;
    let (source, _) = planned(&world).await;
    let learn = |key: &str| PlanChange { keys: vec![(source, key.into()), (source, "a".into())], ..PlanChange::default() };
    world.at().change_plan(&learn("a"), at(1)).await.unwrap();
    world.at().change_plan(&learn("b"), at(2)).await.unwrap();
    assert_eq!(world.at().keys_of(source).await.unwrap().into_iter().collect::<Vec<_>>(), ["a", "b"]);
    assert!(world.at().keys_of(SourceId::from_uuid(fresh())).await.unwrap().is_empty());
}
