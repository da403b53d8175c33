//! What Kith tells its owner before it happens: a zone whose rules changed, a sign-in that ends.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use kith_domain::schedule::ZoneRules;
use kith_engine::{Clock as _, NoticeKind};
use kith_practice::{ManualClock, Practice, Running};
use kith_store::{DispatchFilter, Move, PlanChange, Store};
use tokio::net::TcpListener;

use crate::world::World;

async fn practice(world: &World) -> Running {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let clock = Arc::new(ManualClock::new(world.clock.now()));
    Practice::builder().seed(1).clock(clock).owner("ana", "Ana").people(5).start(listener).await.unwrap()
}

async fn second_handle(world: &World) -> Store {
    let url = format!("sqlite://{}", world.folder.path().join("data/kith.db").display());
    Store::open(&url, world.clock.now()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn posts_move_with_the_clock_of_a_zone_whose_rules_changed_and_nothing_else_does() {
    let world = World::new().await;
    let server = practice(&world).await;
    world.add("mastodon", "lark", &[("server", &server.url()), ("token", &server.owner_token())]).await;
    let far = world.clock.now() + SignedDuration::from_hours(40 * 24);
    let exact = far.in_tz("Europe/Lisbon").unwrap().strftime("%Y-%m-%dT%H:%M:%S%:z").to_string();
    world
        .import(format!("text,at,zone\nWall,{},\nTokyo,{},Asia/Tokyo\nExact,{exact},\n", world.at(86_400), world.at(99_999)), &["lark"])
        .await;
    assert_eq!(world.kith.follow_zone_rules().await.unwrap(), 0, "the first start only notes the rules");

    // As if all had been planned under rules by which Lisbon and Tokyo stood an hour ahead, and only Lisbon's changed.
    let store = second_handle(&world).await;
    let at = store.in_workspace(world.operator.workspace);
    let mut rules: ZoneRules = serde_json::from_str(&store.meta("zone_rules").await.unwrap().unwrap()).unwrap();
    rules.0.insert("Europe/Lisbon".into(), "0011223344556677".into());
    store.set_meta("zone_rules", &serde_json::to_string(&rules).unwrap()).await.unwrap();
    let hour = SignedDuration::from_hours(1);
    let views = async || at.dispatches(&DispatchFilter::default()).await.unwrap();
    let before = views().await;
    let shift = |view: &kith_store::DispatchView| Move {
        was: view.dispatch.clone(),
        civil: view.dispatch.civil.clone(),
        zone: view.dispatch.zone.clone(),
        due_at: view.dispatch.due_at - hour,
    };
    at.change_plan(&PlanChange { moves: before.iter().map(shift).collect(), ..PlanChange::default() }, world.clock.now()).await.unwrap();

    assert_eq!(world.kith.follow_zone_rules().await.unwrap(), 1);
    let after = views().await;
    for was in &before {
        let now = after.iter().find(|view| view.dispatch.id == was.dispatch.id).unwrap();
        let moved_back: Timestamp = if was.content.text == "Wall" { was.dispatch.due_at } else { was.dispatch.due_at - hour };
        assert_eq!(now.dispatch.due_at, moved_back, "{}", was.content.text);
        assert_eq!(
            (&now.dispatch.occurrence_key, &now.dispatch.remote_key, &now.dispatch.civil),
            (&was.dispatch.occurrence_key, &was.dispatch.remote_key, &was.dispatch.civil),
            "keys stay"
        );
    }
    let notice = world.kith.notices().await.into_iter().find(|notice| notice.kind == NoticeKind::TimesMoved).unwrap();
    assert!(notice.words.starts_with("1 post moved with the clock of Europe/Lisbon: the one on lark at 20"), "{}", notice.words);
    let events = at.events(None, None, 20).await.unwrap();
    assert_eq!(events.iter().filter(|event| event.kind == "dispatch.moved_with_zone").count(), 1);
    assert_eq!(world.kith.follow_zone_rules().await.unwrap(), 0, "once");
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_owner_hears_of_an_ending_sign_in_a_week_and_a_day_before_and_once_each() {
    let world = World::new().await;
    let server = practice(&world).await;
    world.add("mastodon", "lark", &[("server", &server.url()), ("token", &server.owner_token())]).await;
    let store = second_handle(&world).await;
    let at = store.in_workspace(world.operator.workspace);
    let channel = at.channels().await.unwrap().remove(0).id;
    let ends = world.clock.now() + SignedDuration::from_hours(9 * 24);
    at.set_token_end(channel, Some(ends)).await.unwrap();
    let warn = async || world.kith.warn_of_ending_sign_ins().await.unwrap();
    let line = async || world.kith.channel_lines(world.operator.workspace).await.unwrap().remove(0);
    assert_eq!((warn().await, line().await.detail), (0, String::new()));
    for days in [2, 6] {
        world.clock.advance(SignedDuration::from_hours(days * 24));
        assert_eq!((warn().await, warn().await), (1, 0), "told once");
    }
    let told = line().await;
    assert_eq!((told.state.as_str(), told.token_ends_at.map(Timestamp::as_millisecond)), ("ok", Some(ends.as_millisecond())));
    assert!(told.detail.starts_with("Its sign-in ends on ") && told.detail.contains("Sign in again before that"), "{}", told.detail);
    let doctor = world.kith.doctor(false).await.unwrap();
    let finding = doctor.iter().find(|finding| finding.about == "channel lark").unwrap();
    assert!(!finding.well && finding.says == told.detail, "{finding:?}");
    let events = at.events(None, None, 20).await.unwrap();
    assert_eq!(events.iter().filter(|event| event.kind == "channel.sign_in_ends").count(), 2);

    // Signed in anew: nothing is left of the warning.
    at.set_token_end(channel, Some(ends + SignedDuration::from_hours(60 * 24))).await.unwrap();
    assert_eq!((warn().await, line().await.detail), (0, String::new()));
    server.stop().await.unwrap();
}
