//! The brake: broadcasts are held exactly while somebody waits too long, and go on, once each, when they were heard.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp, ToSpan};
use kith_domain::converse::{BrakeRule, Standing};
use kith_domain::ids::{ConversationId, DispatchId};
use kith_domain::mandate::Door;
use kith_domain::publish::{Hold, State};
use kith_engine::views::{Choice, Replied};
use kith_engine::{AbsenceWish, Clock as _, Problem, Visitor};
use kith_practice::{ManualClock, Practice, Running};
use kith_testkit::{other, servers};

use crate::world::World;

/// Ana's Kith with posts that come, and Cy who wrote to her a moment ago and waits.
struct Scene {
    world: World,
    server: servers::Mastodon,
    cy: other::Mastodon,
    post: String,
    ana: Visitor,
}

impl Scene {
    async fn new() -> Self {
        let world = World::new().await;
        let server = servers::own_mastodon_mock().await.unwrap();
        world.add("mastodon", "lark", &[("server", &server.url), ("token", &server.tokens.ada)]).await;
        world.listeners.run_once().await.unwrap();
        world.import(format!("text,at\nDoes anybody wax the foot?,{}\n", world.at(60)), &["lark"]).await;
        world.deliver_all(SignedDuration::from_mins(10)).await;
        let lines = world.kith.dispatch_lines(world.operator.workspace, Some("published"), None, 10).await.unwrap();
        let post = lines[0].remote_id.clone().unwrap();
        let cy = other::mastodon(&server.url, &server.tokens.grace).await.unwrap();
        let ana = world.ana().await;
        let scene = Self { world, server, cy, post, ana };
        scene.close_all().await;
        scene
    }

    /// Whatever the server's own people wrote before.
    async fn close_all(&self) {
        self.world.listeners.run_once().await.unwrap();
        for row in self.world.kith.inbox(&self.ana, Standing::Owed).await.unwrap().rows {
            self.world.kith.close(&self.ana, row.id).await.unwrap();
        }
    }

    /// Cy writes; gives the conversation and since when they wait.
    async fn cy_writes(&self, text: &str) -> (ConversationId, Timestamp) {
        self.cy.reply(&self.cy.status(&self.post).await.unwrap(), text).await.unwrap();
        self.world.listeners.run_once().await.unwrap();
        self.world.listeners.run_once().await.unwrap();
        let rows = self.world.kith.inbox(&self.ana, Standing::Owed).await.unwrap().rows;
        let row = rows.into_iter().find(|row| row.text.contains(text)).unwrap();
        (row.id, row.waiting_since.unwrap().at)
    }

    /// Plans posts for these instants, in order.
    async fn plan(&self, posts: &[(&str, Timestamp)]) {
        let line =
            |(text, at): &(&str, Timestamp)| format!("{text},{}\n", at.in_tz("Europe/Lisbon").unwrap().strftime("%Y-%m-%d %H:%M:%S"));
        let rows: String = posts.iter().map(line).collect();
        self.world.import(format!("text,at\n{rows}"), &["lark"]).await;
    }

    async fn state(&self, text: &str) -> (DispatchId, State) {
        let plan = self.world.kith.plan(&self.ana, "all", None).await.unwrap();
        let row = plan.rows.into_iter().find(|row| row.text == text).unwrap();
        (row.id, row.state)
    }

    async fn at(&self, instant: Timestamp) {
        self.world.clock.set(instant);
        self.world.courier.run_due().await.unwrap();
    }

    async fn brake(&self) -> kith_engine::views::BrakeView {
        self.world.kith.brake(self.ana.workspace, "UTC").await.unwrap()
    }

    /// She is away, as the plan's own door stores it; tips go on.
    async fn away(&self, from: Timestamp, to: Timestamp) {
        let text = |at: Timestamp| at.in_tz("UTC").unwrap().strftime("%Y-%m-%d %H:%M:%S").to_string();
        let (from, to) = (text(from), text(to));
        let wish =
            AbsenceWish { name: "away".into(), from, to, zone: Some("UTC".into()), goes_on: vec!["tips".into()], ..AbsenceWish::default() };
        let edit = self.world.kith.absence_edit(&self.world.operator, &wish).await.unwrap();
        self.world.kith.change_program(&self.world.operator, &edit, Door::Cli).await.unwrap();
    }

    /// How many posts with this text are out.
    async fn times_published(&self, text: &str) -> usize {
        let lines = self.world.kith.dispatch_lines(self.world.operator.workspace, Some("published"), None, 50).await.unwrap();
        lines.iter().filter(|line| line.text == text).count()
    }
}

/// Words that a machine writes.
const AUTOMATED: &str = "Thanks for following! Check out my shop: https://shop.example";

fn held(state: &State) -> bool {
    matches!(state, State::Held { why: Hold::Brake, .. })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_post_is_held_from_the_very_second_at_which_the_longest_wait_passes_the_rule() {
    let scene = Scene::new().await;
    let (_, since) = scene.cy_writes("Is the shelf warm?").await;
    let limit = since + 24.hours();
    // Times of a plan are whole minutes.
    scene.plan(&[("Before", limit - 2.minutes()), ("At the limit", limit - 1.minute()), ("After", limit + 1.minute())]).await;
    assert_eq!(scene.brake().await.state, "open");
    scene.at(limit - 2.minutes()).await;
    let before = scene.state("Before").await.1;
    assert_eq!(before.name(), "published", "as long as nobody has waited too long");
    scene.world.clock.set(limit - 1.millisecond());
    assert_eq!(scene.brake().await.state, "closing");
    scene.at(limit).await;
    assert_eq!(scene.brake().await.state, "holding");
    let (id, state) = scene.state("At the limit").await;
    assert!(held(&state), "{state:?}");
    assert_eq!(scene.state("After").await.1.name(), "planned", "what is not due is not touched");
    let brake = scene.brake().await;
    assert_eq!((brake.state.as_str(), brake.owed, brake.held.len(), brake.held[0].id), ("holding", 1, 1, id));
    assert_eq!(brake.first.unwrap().hours, 24);
    let today = scene.world.kith.today(&scene.ana).await.unwrap();
    assert!(today.sentence.starts_with("Posts are on hold. "), "{}", today.sentence);
    assert!(today.needs_you.iter().all(|row| row.id != id), "it stands in the brake's own list");
    scene.server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_lets_all_go_spaced_and_each_goes_out_once() {
    let scene = Scene::new().await;
    let (cy, since) = scene.cy_writes("Is the shelf warm?").await;
    let limit = since + 24.hours();
    let minutes = |n: i64| limit + n.minutes();
    scene.plan(&[("One", minutes(1)), ("Two", minutes(9)), ("Three", minutes(17))]).await;
    scene.at(minutes(18)).await;
    for text in ["One", "Two", "Three"] {
        assert!(held(&scene.state(text).await.1), "{text}");
    }
    // A day later she signs in again.
    let ana = scene.world.ana().await;
    let replied = scene.world.kith.reply(&ana, scene.world.kith.new_gesture(), cy, "Warm, always.").await.unwrap();
    assert!(matches!(replied, Replied::Sent { .. }), "{replied:?}");
    assert_eq!(scene.brake().await.state, "open");
    for (minute, out) in [(18, 1), (22, 1), (23, 2), (27, 2), (28, 3)] {
        scene.at(minutes(minute) + 5.seconds()).await;
        let mut published = 0;
        for text in ["One", "Two", "Three"] {
            published += scene.times_published(text).await;
        }
        assert_eq!(published, out, "five minutes apart: minute {minute}");
    }
    for text in ["One", "Two", "Three"] {
        assert_eq!(scene.times_published(text).await, 1, "{text}");
    }
    scene.server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_answer_needed_lets_go_too_and_what_is_past_its_grace_asks() {
    let scene = Scene::new().await;
    let (cy, since) = scene.cy_writes("Is the shelf warm?").await;
    let limit = since + 24.hours();
    scene.plan(&[("Late", limit + 1.minute()), ("In time", limit + 40.minutes())]).await;
    scene.at(limit + 41.minutes()).await;
    assert!(held(&scene.state("Late").await.1) && held(&scene.state("In time").await.1));
    scene.world.kith.close(&scene.ana, cy).await.unwrap();
    scene.at(limit + 42.minutes()).await;
    assert_eq!(scene.state("Late").await.1.name(), "missed", "half an hour of grace is over: it asks");
    assert_eq!(scene.state("In time").await.1.name(), "published");
    scene.server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_post_is_let_out_with_a_reason_that_stands_in_its_trail() {
    let scene = Scene::new().await;
    let (_, since) = scene.cy_writes("Is the shelf warm?").await;
    let limit = since + 24.hours();
    scene.plan(&[("Doors open at seven", limit + 1.minute()), ("A tip", limit + 2.minutes())]).await;
    scene.at(limit + 3.minutes()).await;
    let (id, _) = scene.state("Doors open at seven").await;
    for nothing in ["", "  "] {
        let refused = scene.world.kith.let_out(&scene.ana, id, nothing).await;
        assert!(matches!(&refused, Err(Problem::Invalid { field, .. }) if field == "reason"), "{refused:?}");
    }
    let round_it = scene.world.kith.choose(&scene.ana, id, Choice::SendNow, None).await;
    assert!(matches!(round_it, Err(Problem::Refused(_))), "{round_it:?}");
    scene.world.kith.let_out(&scene.ana, id, "The doors open tonight").await.unwrap();
    scene.at(limit + 4.minutes()).await;
    assert_eq!(scene.times_published("Doors open at seven").await, 1);
    assert!(held(&scene.state("A tip").await.1), "it alone");
    let page = scene.world.kith.dispatch(&scene.ana, id).await.unwrap();
    assert!(page.decisions.iter().any(|line| line.what.contains("“The doors open tonight”")), "{:#?}", page.decisions);
    let again = scene.world.kith.let_out(&scene.ana, id, "Once more").await;
    assert!(matches!(again, Err(Problem::Refused(_))), "{again:?}");
    scene.server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_absence_stops_the_count_until_it_is_over() {
    let scene = Scene::new().await;
    let (_, since) = scene.cy_writes("Is the shelf warm?").await;
    let (from, to) = (since + 10.hours(), since + 58.hours());
    scene.away(from, to).await;
    let limit = to + 14.hours();
    let at = (since + 30.hours()).in_tz("Europe/Lisbon").unwrap().strftime("%Y-%m-%d %H:%M:%S").to_string();
    scene.world.import(format!("text,at,category\nMeanwhile,{at},tips\n"), &["lark"]).await;
    scene.plan(&[("After", limit + 1.minute())]).await;
    scene.at(since + 30.hours()).await;
    assert_eq!(scene.state("Meanwhile").await.1.name(), "published");
    let brake = scene.brake().await;
    assert_eq!((brake.state.as_str(), brake.paused_until.is_some()), ("open", true));
    scene.at(limit + 1.minute()).await;
    assert!(held(&scene.state("After").await.1));
    scene.server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_changed_rule_counts_at_once_and_only_the_owner_changes_it() {
    let scene = Scene::new().await;
    let (_, since) = scene.cy_writes("Is the shelf warm?").await;
    scene.plan(&[("Soon", since + 61.minutes())]).await;
    scene.world.kith.set_brake(&scene.ana, BrakeRule { hours: 1, owed: None, only_presence: false }, 0).await.unwrap();
    scene.at(since + 62.minutes()).await;
    assert!(held(&scene.state("Soon").await.1));
    let stale = scene.world.kith.set_brake(&scene.ana, BrakeRule::default(), 0).await;
    assert!(matches!(stale, Err(Problem::Conflict(_))), "{stale:?}");
    let never = scene.world.kith.set_brake(&scene.ana, BrakeRule { hours: 0, ..BrakeRule::default() }, 1).await;
    assert!(matches!(&never, Err(Problem::Invalid { field, .. }) if field == "hours"), "{never:?}");
    scene.world.kith.set_brake(&scene.ana, BrakeRule::default(), 1).await.unwrap();
    scene.at(since + 63.minutes()).await;
    assert_eq!(scene.state("Soon").await.1.name(), "published");
    // As many people as the rule names hold it, however short their wait.
    scene.plan(&[("Later", since + 70.minutes())]).await;
    scene.world.kith.set_brake_rule(&scene.world.operator, None, Some(1)).await.unwrap();
    scene.at(since + 71.minutes()).await;
    let (_, state) = scene.state("Later").await;
    assert!(held(&state), "{state:?}");
    scene.server.stop().await.unwrap();
}

async fn practice(world: &World) -> Running {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let clock = Arc::new(ManualClock::new(world.clock.now()));
    Practice::builder().seed(1).clock(clock).owner("ana", "Ana").people(3).start(listener).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_workspace_in_which_nobody_waits_is_not_braked_by_its_neighbour() {
    let scene = Scene::new().await;
    let (_, since) = scene.cy_writes("Is the shelf warm?").await;
    let server = practice(&scene.world).await;
    scene.world.kith.add_owner("Bo", "bo@bo.example", Some("Bo's"), "UTC").await.unwrap();
    let bo = scene.world.kith.operator(Some("Bo's")).await.unwrap();
    let fields = [("server", server.url()), ("token", server.owner_token())];
    let fields = fields.into_iter().map(|(name, value)| (name.to_owned(), kith_networks::Secret::new(value))).collect();
    scene.world.kith.add_channel(&bo, "mastodon", &fields, Some("bo")).await.unwrap();
    let limit = since + 24.hours();
    let at = (limit + 1.minute()).in_tz("UTC").unwrap().strftime("%Y-%m-%d %H:%M:%S").to_string();
    let plan = kith_engine::PlanFile { name: "p.csv".into(), bytes: format!("text,at\nBo's,{at}\n").into(), format: None, folder: None };
    let wish = kith_engine::PlanWish { channels: vec!["bo".into()], ..kith_engine::PlanWish::default() };
    scene.world.kith.import_plan(&bo, &plan, &wish).await.unwrap().unwrap();
    scene.plan(&[("Ana's", limit + 1.minute())]).await;
    scene.at(limit + 2.minutes()).await;
    assert!(held(&scene.state("Ana's").await.1));
    let lines = scene.world.kith.dispatch_lines(bo.workspace, None, None, 10).await.unwrap();
    assert_eq!(lines[0].state, "published");
    assert_eq!(scene.world.kith.let_go_everywhere().await.unwrap(), 0, "and looking after all frees nobody who must wait");
    server.stop().await.unwrap();
    scene.server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_only_a_machine_wrote_brakes_nothing() {
    let scene = Scene::new().await;
    scene.cy.reply(&scene.cy.status(&scene.post).await.unwrap(), AUTOMATED).await.unwrap();
    scene.world.listeners.run_once().await.unwrap();
    scene.world.listeners.run_once().await.unwrap();
    let now = scene.world.clock.now();
    assert_eq!(scene.brake().await.owed, 0, "it is set apart");
    scene.plan(&[("Goes", now + 200.hours())]).await;
    scene.at(now + 200.hours()).await;
    assert_eq!(scene.state("Goes").await.1.name(), "published");
    scene.server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_posts_on_hold_than_are_named_are_counted() {
    let scene = Scene::new().await;
    let (_, since) = scene.cy_writes("Is the shelf warm?").await;
    let limit = since + 24.hours();
    let texts: Vec<String> = (0..53).map(|n| format!("Shelf number {n} is dry")).collect();
    let posts: Vec<(&str, Timestamp)> = texts.iter().map(|text| (text.as_str(), limit + 1.minute())).collect();
    scene.plan(&posts).await;
    scene.world.clock.set(limit + 2.minutes());
    for _ in 0..80 {
        scene.world.courier.run_due().await.unwrap();
    }
    let brake = scene.brake().await;
    assert_eq!((brake.held.len(), brake.held_more, brake.held_count()), (50, 3, 53));
    let today = scene.world.kith.today(&scene.ana).await.unwrap();
    assert_eq!(today.needs_you_total, 0, "all of them stand in the brake's own list");
    assert!(today.detail.contains("the 53 held posts"), "{}", today.detail);
    scene.server.stop().await.unwrap();
}
