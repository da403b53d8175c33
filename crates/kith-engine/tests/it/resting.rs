//! What stands still: pauses and absences hold every planned post at its time, whatever its way into the plan.

use jiff::SignedDuration;
use kith_domain::converse::BrakeRule;
use kith_domain::mandate::{Door, Role};
use kith_domain::publish::{Hold, State};
use kith_domain::schedule::WaitingKind;
use kith_engine::views::Choice;
use kith_engine::{AbsenceWish, Composed, DispatchLine, PauseWish, Problem, SinglePost, Visitor};

use crate::program::{done, lines, practice};
use crate::world::World;

const HOUR_S: i64 = 3_600;

/// A local time as a form writes it, so many seconds from now.
fn local(world: &World, seconds: i64) -> String {
    world.at(seconds).chars().take(16).collect()
}

async fn away(world: &World, hours: (i64, i64), wish: AbsenceWish) {
    let (from, to) = (local(world, hours.0 * HOUR_S), local(world, hours.1 * HOUR_S));
    let wish = AbsenceWish { name: "Winter".into(), from, to, ..wish };
    let edit = world.kith.absence_edit(&world.operator, &wish).await.unwrap();
    done(world, edit).await;
}

fn everything() -> PauseWish {
    PauseWish::default()
}

fn category(name: &str) -> PauseWish {
    PauseWish { category: Some(name.into()), ..PauseWish::default() }
}

async fn pause(world: &World, wish: &PauseWish) {
    done(world, world.kith.pause_edit(&world.operator, wish).await.unwrap()).await;
}

async fn resume(world: &World, wish: &PauseWish) {
    done(world, world.kith.resume_edit(&world.operator, wish).await.unwrap()).await;
}

/// Rows of a plan: category, words, seconds from now.
async fn import(world: &World, rows: &[(&str, &str, i64)]) {
    let rows: String = rows.iter().map(|(category, text, at)| format!("{text},{},{category}\n", world.at(*at))).collect();
    world.import(format!("text,at,category\n{rows}"), &["lark"]).await;
}

async fn single(world: &World, text: &str, seconds: i64, door: Door) {
    let post = SinglePost { channel: "lark".into(), at: world.at(seconds), text: text.into(), ..SinglePost::default() };
    world.kith.add_post(&world.operator, post, door).await.unwrap().unwrap();
}

/// Time goes by and what is due goes out, as long as anything is.
async fn pass(world: &World, seconds: i64) {
    world.clock.advance(SignedDuration::from_secs(seconds));
    for _ in 0..6 {
        world.courier.run_due().await.unwrap();
    }
}

async fn line(world: &World, text: &str) -> DispatchLine {
    lines(world).await.into_iter().find(|line| line.text == text).unwrap()
}

async fn state(world: &World, text: &str) -> String {
    line(world, text).await.state
}

async fn hold_of(world: &World, ana: &Visitor, text: &str) -> Option<(Hold, String)> {
    let id = line(world, text).await.id.parse().unwrap();
    match world.kith.dispatch(ana, id).await.unwrap().row.state {
        State::Held { why, detail, .. } => Some((why, detail)),
        _ => None,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_absence_holds_every_planned_post_whatever_its_way_into_the_plan() {
    let world = World::in_the_morning().await;
    let _server = practice(&world).await;
    let ana = world.ana().await;
    import(&world, &[("offers", "From a file", 2 * HOUR_S), ("Tips", "A tip from a file", 2 * HOUR_S + 60)]).await;
    single(&world, "At the command line", 2 * HOUR_S + 120, Door::Cli).await;
    single(&world, "By a program", 2 * HOUR_S + 180, Door::Api { key: "site".into() }).await;
    let written = Composed::at("On the page", &["lark"], &local(&world, 2 * HOUR_S + 240).replace(' ', "T"));
    world.kith.plan_composed(&ana, &written).await.unwrap().unwrap();
    away(&world, (1, 4), AbsenceWish { goes_on: vec!["tips".into()], ..AbsenceWish::default() }).await;
    // Whoever plans into it hears so.
    let late = Composed::at("Once more", &["lark"], &local(&world, 2 * HOUR_S + 300).replace(' ', "T"));
    let look = world.kith.look(&ana, &late).await.unwrap();
    assert!(look.findings.iter().any(|finding| finding.words.contains("t stands still at that time: you are away")), "{:?}", look.findings);
    let today = world.kith.today(&ana).await.unwrap();
    assert_eq!(today.risks.values().filter(|words| words.starts_with("Stands still at its time: you are away")).count(), 4);

    pass(&world, 2 * HOUR_S + 300).await;
    let ways = ["From a file", "At the command line", "By a program", "On the page"];
    for text in ways {
        let (why, detail) = hold_of(&world, &ana, text).await.unwrap_or_else(|| panic!("{text} is held"));
        assert_eq!(why, Hold::Resting, "{text}");
        assert!(detail.starts_with("you are away until "), "{detail}");
    }
    assert_eq!(state(&world, "A tip from a file").await, "published", "what goes on goes on");
    let ours = world.operator.workspace;
    let waits = world.kith.waits_of_absence(ours, None).await.unwrap();
    assert_eq!((waits.absence.as_str(), waits.over, waits.waiting.len()), ("Winter", false, 4), "{waits:?}");
    assert!(waits.waiting.iter().all(|one| one.kind == WaitingKind::HeldPost));
    let nowhere = world.kith.waits_of_absence(ours, Some("Summer")).await.unwrap_err();
    assert!(nowhere.to_string().contains("there are \"Winter\""), "{nowhere}");
    assert_eq!(world.kith.let_go_everywhere().await.unwrap(), 0, "as long as it lasts");

    // Back: their half hour of grace is over, so each asks.
    pass(&world, 2 * HOUR_S).await;
    assert_eq!(world.kith.let_go_everywhere().await.unwrap(), 4);
    pass(&world, 1).await;
    for text in ways {
        assert_eq!(state(&world, text).await, "missed", "{text}");
    }
    assert_eq!(world.kith.waits_of_absence(ours, Some("Winter")).await.unwrap().waiting.len(), 4, "and waits on return");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_category_or_a_channel_that_stands_still_is_let_go_at_once_and_spaced() {
    let world = World::in_the_morning().await;
    let _server = practice(&world).await;
    let ana = world.ana().await;
    let rows = [("offers", "One", 600), ("offers", "Two", 1_080), ("offers", "Three", 1_560), ("help", "Other", 1_560)];
    import(&world, &rows).await;
    pause(&world, &PauseWish { why: Some("too much of it".into()), ..category("Offers") }).await;
    pass(&world, 1_600).await;
    for text in ["One", "Two", "Three"] {
        assert_eq!(hold_of(&world, &ana, text).await, Some((Hold::Resting, "too much of it".into())), "{text}");
    }
    assert_eq!(state(&world, "Other").await, "published", "it names one category");
    let needs = world.kith.needs_you(&ana).await.unwrap();
    let group = needs.groups.iter().find(|group| group.kind == "resting").unwrap();
    assert_eq!(group.rows.len(), 3);
    // Another pause that holds them too keeps them where they are.
    let channel = PauseWish { channel: Some("lark".into()), ..PauseWish::default() };
    pause(&world, &channel).await;
    resume(&world, &category("offers")).await;
    pass(&world, 1).await;
    assert_eq!(state(&world, "One").await, "held");
    resume(&world, &channel).await;
    let mut out = Vec::new();
    for _ in 0..20 {
        pass(&world, 60).await;
        out.push(lines(&world).await.iter().filter(|line| line.state == "published").count());
    }
    assert_eq!(out.last(), Some(&4), "all go out in their grace: {out:?}");
    assert!(out.windows(2).all(|pair| pair[1] - pair[0] <= 1), "one after the other: {out:?}");
    assert!(out.iter().filter(|count| **count == 2).count() >= 4, "minutes apart: {out:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_person_let_out_goes_with_its_reason_and_only_an_owner_lets_out() {
    let world = World::in_the_morning().await;
    let _server = practice(&world).await;
    let ana = world.ana().await;
    import(&world, &[("offers", "The doors open", 600), ("offers", "A shelf", 660)]).await;
    pause(&world, &everything()).await;
    pass(&world, 700).await;
    let id = line(&world, "The doors open").await.id.parse().unwrap();
    let round_it = world.kith.choose(&ana, id, Choice::SendNow, None).await;
    assert!(matches!(round_it, Err(Problem::Refused(_))), "{round_it:?}");
    let mut bo = world.ana().await;
    bo.session.role = Role::Delegate;
    let refused = world.kith.let_out(&bo, id, "It is time").await;
    assert!(matches!(&refused, Err(Problem::Refused(why)) if why.contains("an owner lets a single post out")), "{refused:?}");
    let silent = world.kith.let_out(&ana, id, " ").await;
    assert!(matches!(&silent, Err(Problem::Invalid { field, .. }) if field == "reason"), "{silent:?}");
    world.kith.let_out(&ana, id, "They stand at the door").await.unwrap();
    pass(&world, 1).await;
    assert_eq!((state(&world, "The doors open").await.as_str(), state(&world, "A shelf").await.as_str()), ("published", "held"));
    let page = world.kith.dispatch(&ana, id).await.unwrap();
    let said = page
        .decisions
        .iter()
        .any(|line| line.what == "let it out although it stood still (you paused everything): “They stand at the door”");
    assert!(said, "{:#?}", page.decisions);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_an_absence_says_of_itself_goes_out_whatever_stands_still() {
    let world = World::in_the_morning().await;
    let _server = practice(&world).await;
    let wish = AbsenceWish {
        before: Some("Away for a while.".into()),
        before_at: Some(local(&world, HOUR_S)),
        after: Some("Here again.".into()),
        after_at: Some(local(&world, 5 * HOUR_S)),
        channels: vec!["lark".into()],
        ..AbsenceWish::default()
    };
    away(&world, (2, 4), wish).await;
    pause(&world, &everything()).await;
    import(&world, &[("help", "Anything else", HOUR_S)]).await;
    pass(&world, HOUR_S + 1).await;
    assert_eq!(state(&world, "Away for a while.").await, "published");
    assert_eq!(state(&world, "Anything else").await, "held");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_end_that_comes_by_itself_and_an_absence_that_is_called_off_let_go() {
    let world = World::in_the_morning().await;
    let _server = practice(&world).await;
    import(&world, &[("help", "Held for a while", 600)]).await;
    pause(&world, &PauseWish { until: Some(local(&world, 1_200)), ..everything() }).await;
    pass(&world, 700).await;
    assert_eq!(state(&world, "Held for a while").await, "held");
    assert_eq!(world.kith.let_go_everywhere().await.unwrap(), 0);
    world.clock.advance(SignedDuration::from_secs(600));
    assert_eq!(world.kith.let_go_everywhere().await.unwrap(), 1, "the beat sees the end");
    pass(&world, 1).await;
    assert_eq!(state(&world, "Held for a while").await, "published");

    import(&world, &[("help", "While away", 2 * HOUR_S)]).await;
    away(&world, (1, 9), AbsenceWish::default()).await;
    pass(&world, 2 * HOUR_S + 60).await;
    assert_eq!(state(&world, "While away").await, "held");
    done(&world, world.kith.absence_drop("Winter")).await;
    pass(&world, 1).await;
    assert_eq!(state(&world, "While away").await, "published", "she is back before its end");
}

/// Bo, who followed an invitation with this part.
async fn bo(world: &World, ana: &Visitor, role: &str) -> Visitor {
    let help = world.kith.invite(ana, "Bo Smith", "bo@smith.example", role).await.unwrap();
    let secret = help.link.rsplit('/').next().unwrap();
    let session = world.kith.join_new(secret, "Bo Smith", "a shelf of green cups", "Firefox/140 Linux").await.unwrap();
    world.kith.visitor(&session.cookie).await.unwrap().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_sorts_meanwhile_is_a_delegate_and_is_told_as_long_as_it_lasts() {
    let world = World::in_the_morning().await;
    let _server = practice(&world).await;
    let ana = world.ana().await;
    let sorter = |name: &str| AbsenceWish {
        name: "Winter".into(),
        from: local(&world, HOUR_S),
        to: local(&world, 3 * HOUR_S),
        sorter: Some(name.into()),
        ..AbsenceWish::default()
    };
    let refused = |wrong: Result<_, Problem>| match wrong {
        Err(Problem::Invalid { field, why }) if field == "sorter" => why,
        other => panic!("{:?}", other.map(drop)),
    };
    let why = refused(world.kith.absence_edit(&world.operator, &sorter("Bo Smith")).await);
    assert!(why.contains("there is no delegate yet; invite one"), "{why}");
    let delegate = bo(&world, &ana, "delegate").await;
    let why = refused(world.kith.absence_edit(&world.operator, &sorter("Bob")).await);
    assert!(why.contains("those who may sort: Bo Smith"), "{why}");
    let why = refused(world.kith.absence_edit(&world.operator, &sorter(&ana.name)).await);
    assert!(why.contains("is an owner, who sees all messages anyway"), "{why}");

    done(&world, world.kith.absence_edit(&world.operator, &sorter(" bo@smith.example ")).await.unwrap()).await;
    assert_eq!(world.kith.sorting_for(&delegate).await.unwrap(), None, "not before it begins");
    world.clock.advance(SignedDuration::from_hours(2));
    let sorting = world.kith.sorting_for(&delegate).await.unwrap().unwrap();
    assert_eq!((sorting.owner.as_str(), sorting.sorter.as_str(), sorting.absence.as_str()), (ana.name.as_str(), "Bo Smith", "Winter"));
    let told = world.kith.notices_for(&delegate).await;
    assert!(told.iter().any(|notice| notice.title.starts_with(&format!("You sort for {} until ", ana.name))), "{told:?}");
    assert!(world.kith.notices_for(&ana).await.is_empty(), "and nobody else");
    let anybody = kith_domain::ids::ConversationId::new(kith_engine::Clock::now(&*world.clock), [7; 10]);
    let answered = world.kith.reply(&delegate, world.kith.new_gesture(), anybody, "I answer for her").await;
    assert!(matches!(&answered, Err(Problem::Refused(why)) if why.contains("may not reply")), "sorting is all: {answered:?}");
    world.clock.advance(SignedDuration::from_hours(2));
    assert_eq!(world.kith.sorting_for(&delegate).await.unwrap(), None, "not after its end");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_the_command_line_and_the_brake_read_presence_from_one_place() {
    let world = World::in_the_morning().await;
    let _server = practice(&world).await;
    let ana = world.ana().await;
    let kith = &world.kith;
    kith.set_brake(&ana, BrakeRule { only_presence: true, ..BrakeRule::default() }, 0).await.unwrap();
    // A setting that an older Kith might have left says nothing any more.
    let file = world.folder.path().join("data/kith.db");
    let store = kith_store::Store::open(&format!("sqlite://{}", file.display()), kith_engine::Clock::now(&*world.clock)).await.unwrap();
    let old = serde_json::json!({ "zone": "Europe/Lisbon", "hours": "daily 0-24" });
    store.in_workspace(ana.workspace).set_setting("presence", &old, 0).await.unwrap();

    let agree = async |here: bool| {
        let (now, page) = (kith.presence_now(&world.operator).await.unwrap(), kith.home_page(&ana).await.unwrap().now);
        let brake = kith.brake(ana.workspace, "Europe/Lisbon").await.unwrap();
        assert_eq!(now.is_here(), here, "{now}");
        assert_eq!(page.to_lowercase(), now.to_string().to_lowercase());
        assert_eq!(brake.paused_until.is_none(), here, "{now}: {brake:?}");
        brake.paused_until.map(|until| until.time)
    };
    done(&world, kith.presence_hours_edit(&world.operator, "daily 9-12").await.unwrap()).await;
    assert_eq!(agree(false).await.as_deref(), Some("09:00"), "it is six");
    done(&world, kith.presence_promise_edit(&world.operator, "here today 6-7").await.unwrap()).await;
    agree(true).await;
    world.clock.advance(SignedDuration::from_hours(4));
    agree(true).await;
    away(&world, (-1, 1), AbsenceWish::default()).await;
    assert_eq!(agree(false).await.as_deref(), Some("11:00"), "she is away");
    done(&world, kith.absence_drop("Winter")).await;
    agree(true).await;
}
