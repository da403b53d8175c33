//! Posts, dispatches as lists, media, events.

use kith_domain::ids::{DispatchId, MediaId};
use kith_domain::publish::{Dispatch, State};
use kith_store::{DispatchFilter, NewMedia, StoreError, Unique};

use crate::bench::{Bench, World, at, fresh};

pub(crate) async fn a_dispatch_reads_back_whole(bench: &Bench) {
    let world = bench.world().await;
    let post = world.post(world.channel, 60);
    world.at().add_plan(std::slice::from_ref(&post), at(3)).await.unwrap();
    let (variant, dispatch) = (&post.variants[0], &post.variants[0].dispatches[0]);
    let view = world.read(dispatch).await;
    assert_eq!(&view.dispatch, dispatch);
    assert_eq!((&view.content, &view.approved_hash, &view.provenance), (&variant.content, &variant.approved_hash, &post.provenance));
    assert_eq!((view.category.as_deref(), view.channel_name.as_str(), view.created_at), (Some("tips"), "lark", at(3)));
    assert_eq!((view.lease_until, view.network), (None, crate::bench::network()));
    assert_eq!(world.at().dispatch(DispatchId::from_uuid(fresh())).await.unwrap(), None);
    assert!(world.at().attempts(dispatch.id).await.unwrap().is_empty());
}

pub(crate) async fn a_plan_is_added_whole_or_not_at_all(bench: &Bench) {
    let world = bench.world().await;
    let first = world.post(world.channel, 60);
    world.at().add_plan(std::slice::from_ref(&first), at(0)).await.unwrap();
    let mut clash = world.post(world.channel, 120);
    let key = first.variants[0].dispatches[0].occurrence_key.clone();
    clash.variants[0].dispatches[0].occurrence_key.clone_from(&key);
    let error = world.at().add_plan(&[world.post(world.channel, 90), clash], at(1)).await.unwrap_err();
    assert_eq!(error, StoreError::Conflict { what: Unique::OccurrenceKey, which: Some(key) });
    assert_eq!(world.at().counts().await.unwrap().total(), 1);
    world.at().add_plan(&[world.post(world.channel, 90)], at(2)).await.unwrap();
    assert_eq!(world.at().counts().await.unwrap().total(), 2, "the store goes on");
}

pub(crate) async fn a_dispatch_that_is_not_its_posts_is_refused(bench: &Bench) {
    let world = bench.world().await;
    let mut post = world.post(world.channel, 60);
    post.variants[0].dispatches[0].channel = world.another_channel("other").await;
    assert!(matches!(world.at().add_plan(&[post], at(0)).await, Err(StoreError::Broken(_))));
    assert_eq!(world.at().counts().await.unwrap().total(), 0);
}

async fn walk(world: &World, filter: &DispatchFilter) -> Vec<DispatchId> {
    let (mut filter, mut ids) = (filter.clone(), Vec::new());
    loop {
        let page = world.at().dispatches(&filter).await.unwrap();
        assert!(page.len() <= filter.limit as usize);
        let Some(last) = page.last() else { return ids };
        filter.after = Some(last.cursor());
        ids.extend(page.iter().map(|view| view.dispatch.id));
    }
}

pub(crate) async fn pages_go_forwards_and_backwards_without_gaps(bench: &Bench) {
    let world = bench.world().await;
    // Several due at the same instant: the id decides.
    let all = world.plan(world.channel, &[60, 60, 60, 10, 70, 60]).await;
    let mut sorted: Vec<&Dispatch> = all.iter().collect();
    sorted.sort_by_key(|d| (d.due_at, d.id));
    let mut expected: Vec<DispatchId> = sorted.iter().map(|d| d.id).collect();
    for limit in [1, 2, 6] {
        let mut filter = DispatchFilter { limit, ..DispatchFilter::default() };
        assert_eq!(walk(&world, &filter).await, expected, "forwards by {limit}");
        filter.states = vec!["planned"];
        assert_eq!(walk(&world, &filter).await, expected, "forwards in a state by {limit}");
        filter.latest_first = true;
        expected.reverse();
        assert_eq!(walk(&world, &filter).await, expected, "backwards in a state by {limit}");
        filter.states.clear();
        assert_eq!(walk(&world, &filter).await, expected, "backwards by {limit}");
        expected.reverse();
    }
    let window = DispatchFilter { from: Some(at(11)), to: Some(at(70)), limit: 50, ..DispatchFilter::default() };
    assert_eq!(world.at().dispatches(&window).await.unwrap().len(), 4);
    let other = DispatchFilter { channel: Some(world.another_channel("other").await), ..DispatchFilter::default() };
    assert!(world.at().dispatches(&other).await.unwrap().is_empty());
    let here = DispatchFilter { channel: Some(world.channel), ..DispatchFilter::default() };
    assert_eq!(world.at().dispatches(&here).await.unwrap().len(), 6);
}

pub(crate) async fn pages_of_a_few_states_are_merged_in_order(bench: &Bench) {
    let world = bench.world().await;
    let all = world.plan(world.channel, &[10, 20, 30, 40, 50]).await;
    for (n, state) in [(1, State::Missed { found_at: at(1) }), (3, State::Failed { why: "no".into() }), (4, State::Cancelled)] {
        world.at().apply(&all[n], &state, &world.event("moved"), at(1)).await.unwrap();
    }
    let filter = DispatchFilter { states: vec!["missed", "failed", "planned"], limit: 3, ..DispatchFilter::default() };
    assert_eq!(walk(&world, &filter).await, [0, 1, 2, 3].map(|n| all[n].id));
    let back = DispatchFilter { latest_first: true, ..filter };
    assert_eq!(walk(&world, &back).await, [3, 2, 1, 0].map(|n| all[n].id));
}

pub(crate) async fn the_places_add_up(bench: &Bench) {
    let world = bench.world().await;
    let all = world.plan(world.channel, &[10, 20, 30]).await;
    world.at().apply(&all[0], &State::Cancelled, &world.event("cancelled"), at(1)).await.unwrap();
    let counts = world.at().counts().await.unwrap();
    assert_eq!((counts.total(), counts.of("planned"), counts.of("cancelled"), counts.of("sending")), (3, 2, 1, 0));
}

pub(crate) async fn taken_times_leave_out_the_cancelled(bench: &Bench) {
    let world = bench.world().await;
    let all = world.plan(world.channel, &[30, 10, 20, 90]).await;
    world.plan(world.another_channel("other").await, &[15]).await;
    world.at().apply(&all[2], &State::Cancelled, &world.event("cancelled"), at(1)).await.unwrap();
    assert_eq!(world.at().taken(world.channel, at(10), at(90)).await.unwrap(), [at(10), at(30)]);
}

pub(crate) async fn a_picture_is_found_by_its_bytes(bench: &Bench) {
    let world = bench.world().await;
    let id = MediaId::from_uuid(fresh());
    let new = NewMedia {
        id,
        sha256: "ab".repeat(32),
        mime: "image/png".into(),
        bytes: 5_000_000_000,
        width: 640,
        height: 480,
        alt: "a bowl".into(),
        file: "ab.png".into(),
    };
    world.at().add_media(&new, at(4)).await.unwrap();
    let row = world.at().media(id).await.unwrap().unwrap();
    assert_eq!((row.bytes, row.width, row.alt.as_str(), row.created_at), (5_000_000_000, 640, "a bowl", at(4)));
    assert_eq!(world.at().media_by_sha256(&new.sha256).await.unwrap(), Some(row));
    assert_eq!(world.at().media_by_sha256("cd").await.unwrap(), None);
}

pub(crate) async fn events_come_back_latest_first(bench: &Bench) {
    let world = bench.world().await;
    for n in 0..5 {
        let mut event = world.event(&format!("e{n}"));
        event.subject = if n % 2 == 0 { "even" } else { "odd" }.into();
        event.detail = serde_json::json!({ "n": n });
        world.at().add_event(&event, at(n)).await.unwrap();
    }
    let all = world.at().events(None, None, 2).await.unwrap();
    assert_eq!(all.iter().map(|e| e.kind.as_str()).collect::<Vec<_>>(), ["e4", "e3"]);
    let more = world.at().events(None, Some(all[1].seq), 100).await.unwrap();
    assert_eq!(more.iter().map(|e| e.kind.as_str()).collect::<Vec<_>>(), ["e2", "e1", "e0"]);
    let even = world.at().events(Some("even"), None, 100).await.unwrap();
    assert_eq!((even.len(), even[0].at, even[0].actor.clone()), (3, at(4), world.ana_actor()));
}
