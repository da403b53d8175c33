//! What waits in the queue is judged as a single post and a plan from a file are, and what two people change at once is
//! not taken back.

use std::collections::BTreeSet;

use kith_domain::mandate::{Door, Role};
use kith_domain::plan::Problem as PlanProblem;
use kith_engine::views::Choice;
use kith_engine::{
    Clock as _, ComposeWhen, Composed, PlanFile, PlanWish, Planned, Problem, ProgramDiff, ProgramEdit, QueueWish, RecurringWish,
    SeriesWish, SourceKind, Visitor,
};

use crate::program::{done, lines, practice};
use crate::world::World;

async fn windows(world: &World, channel: &str, text: &str) {
    done(world, world.kith.windows_edit(&world.operator, channel, text).await.unwrap()).await;
}

async fn queued(world: &World, texts: &[&str], channels: &[&str]) -> ProgramEdit {
    let wish = QueueWish {
        texts: texts.iter().map(ToString::to_string).collect(),
        category: "tips".into(),
        channels: channels.iter().map(ToString::to_string).collect(),
        first: false,
    };
    world.kith.queue_add(world.operator.workspace, &wish).await.unwrap()
}

/// Findings without the line that a program has none of, and without what is of the time alone.
fn said<'p>(problems: impl IntoIterator<Item = &'p PlanProblem>) -> BTreeSet<String> {
    let of_words = problems.into_iter().filter(|problem| !problem.code().starts_with("cadence."));
    of_words.map(|found| format!("{} {:?} {:?} {}; {}", found.code(), found.severity, found.column, found.reason, found.way_out)).collect()
}

fn of_program(diff: &ProgramDiff) -> BTreeSet<String> {
    said(diff.lines.iter().chain(&diff.kept_back).flat_map(|line| &line.problems))
}

async fn priya(world: &World) -> Visitor {
    let mut priya = world.ana().await;
    priya.session.role = Role::Delegate;
    priya.name = "Priya".into();
    priya
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_queue_a_file_and_a_repeat_hear_the_same_of_the_same_words() {
    let world = World::new().await;
    let _server = practice(&world).await;
    windows(&world, "lark", "tips: daily 7:30-9:00").await;
    let free = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let table = [
        "Dear firstname".to_owned(),
        "@jo thanks".to_owned(),
        "Thanks to @cy@clay.social".to_owned(),
        "A tip #kiln #kiln".to_owned(),
        "long ".repeat(120).trim().to_owned(),
        format!("Kilns http://{free}/"),
        "Warm the shelf first".to_owned(),
    ];
    for text in table {
        let file = PlanFile {
            name: "plan.csv".into(),
            bytes: format!("text,at,channels\n{text},{},lark\n", world.at(86_400)).into_bytes(),
            format: None,
            folder: None,
        };
        let found = world.kith.lint_plan(world.operator.workspace, &file, &PlanWish::default()).await.unwrap();
        let diff = world.kith.preview_program(&world.operator, &queued(&world, &[&text], &["lark"]).await).await.unwrap();
        assert_eq!(of_program(&diff), said(&found), "{text}");
        let wish = RecurringWish {
            name: "Each week".into(),
            every: "every Monday at 9".into(),
            channels: vec!["lark".into()],
            text: text.clone(),
            ..RecurringWish::default()
        };
        let edit = world.kith.recurring_edit(&world.operator, &wish).await.unwrap();
        assert_eq!(of_program(&world.kith.preview_program(&world.operator, &edit).await.unwrap()), said(&found), "{text}");
    }
    assert!(lines(&world).await.is_empty(), "a preview stores nothing");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_held_post_of_the_queue_waits_for_the_yes_and_keeps_it_when_the_program_is_placed_again() {
    let world = World::new().await;
    let _server = practice(&world).await;
    windows(&world, "lark", "tips: daily 7:30-9:00").await;
    let edit = queued(&world, &["Thanks to @cy@clay.social", "Warm the shelf"], &["lark"]).await;
    let diff = done(&world, edit).await;
    assert_eq!((diff.added, diff.held, diff.kept_back.len()), (2, 1, 0), "{diff:?}");
    let state = |lines: Vec<kith_engine::DispatchLine>| lines.into_iter().find(|line| line.text.starts_with("Thanks")).unwrap();
    let held = state(lines(&world).await);
    assert_eq!(held.state, "held");
    assert_eq!(world.kith.say_yes(&world.operator, &held.id).await.unwrap(), 1);
    let diff = done(&world, ProgramEdit::TimePassed).await;
    assert_eq!((diff.added, diff.moved, diff.reworded, diff.cancelled, diff.held), (0, 0, 0, 0, 0), "{diff:?}");
    assert_eq!(state(lines(&world).await).state, "planned");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_words_from_two_accounts_are_refused_in_the_queue_too_and_beside_what_is_planned() {
    let world = World::new().await;
    let server = practice(&world).await;
    let port = server.url().rsplit(':').next().unwrap().trim_end_matches('/').to_owned();
    world.add("mastodon", "wren", &[("server", &format!("http://localhost:{port}")), ("token", &server.owner_token())]).await;
    for channel in ["lark", "wren"] {
        windows(&world, channel, "tips: daily 7:30-9:00").await;
    }
    let refused = |diff: &ProgramDiff| {
        let problems = diff.kept_back.iter().flat_map(|line| &line.problems).filter(|problem| problem.refuses());
        problems.map(PlanProblem::code).collect::<Vec<_>>()
    };
    let both = queued(&world, &["Warm the shelf first"], &["lark", "wren"]).await;
    assert_eq!(refused(&world.kith.preview_program(&world.operator, &both).await.unwrap()), ["policy.M4"]);
    world.import(format!("text,at,channels\nWarm the shelf first,{},lark\n", world.at(3_600)), &[]).await;
    let diff = done(&world, queued(&world, &["warm  the SHELF first"], &["wren"]).await).await;
    assert_eq!((refused(&diff), diff.added), (vec!["policy.M4".to_owned()], 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_who_put_posts_into_the_queue_at_once_both_have_them_there() {
    let world = World::new().await;
    let _server = practice(&world).await;
    windows(&world, "lark", "tips: daily 7:30-9:00").await;
    let (one, other) = (queued(&world, &["Warm the shelf"], &["lark"]).await, queued(&world, &["Dry it slowly"], &["lark"]).await);
    done(&world, one).await;
    done(&world, other).await;
    let drafts = world.kith.queue_drafts(world.operator.workspace).await.unwrap();
    assert_eq!(drafts.iter().map(|draft| draft.text.as_str()).collect::<Vec<_>>(), ["Warm the shelf", "Dry it slowly"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_changes_what_another_has_changed_is_told_and_nothing_is_lost() {
    let world = World::new().await;
    let _server = practice(&world).await;
    let (kith, operator) = (&world.kith, &world.operator);
    let tips = kith.windows_edit(operator, "lark", "tips: daily 7:30-9:00").await.unwrap();
    let market = kith.market_edit(operator.workspace, "New York: America/New_York 6-7").await.unwrap();
    done(&world, tips).await;
    let late = kith.change_program(operator, &market, Door::Cli).await.unwrap_err();
    assert!(matches!(&late, Problem::Conflict(why) if why.contains("changed meanwhile")), "{late}");
    let rules = kith.plan_rules(operator.workspace).await.unwrap();
    assert_eq!((rules.windows.len(), rules.markets.len()), (1, 0), "the first holds, the second was told");
    // A form that was made from other windows is told which there are now; one made from these is not.
    let form = kith.windows_edit_since(operator, "lark", "tips: Mon 8-9", Some("")).await.unwrap_err();
    assert!(form.to_string().contains("tips: ") && form.to_string().contains("7:30"), "{form}");
    let shown = kith.queue_page(&world.ana().await).await.unwrap().windows[0].text.clone();
    done(&world, kith.windows_edit_since(operator, "lark", "tips: Mon 8-9", Some(&shown)).await.unwrap()).await;

    let wish = SeriesWish { name: "Kilns".into(), channels: vec!["lark".into()], texts: vec!["One".into()], ..SeriesWish::default() };
    done(&world, kith.series_edit(operator, &wish).await.unwrap()).await;
    let entry = |text: &'static str| {
        kith.series_change(operator.workspace, "Kilns", move |series, key| series.insert(kith_domain::plan::SeriesEntry::new(key, text), 1))
    };
    let (two, three) = (entry("Two").await.unwrap(), entry("Three").await.unwrap());
    done(&world, two).await;
    assert!(matches!(kith.change_program(operator, &three, Door::Cli).await, Err(Problem::Conflict(_))));
    assert_eq!(kith.sources_of(operator.workspace, SourceKind::Series).await.unwrap().len(), 1);
    assert_eq!(lines(&world).await.iter().filter(|line| line.text.contains("Two")).count(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thread_with_a_poll_waits_in_the_queue_and_what_goes_out_a_day_later_keeps_its_place() {
    let world = World::in_the_morning().await;
    let server = practice(&world).await;
    let port = server.url().rsplit(':').next().unwrap().trim_end_matches('/').to_owned();
    world.add("mastodon", "wren", &[("server", &format!("http://localhost:{port}")), ("token", &server.owner_token())]).await;
    for channel in ["lark", "wren"] {
        windows(&world, channel, "tips: daily 7:30-9:00, one a day").await;
    }
    let ana = world.ana().await;
    let place = |text: &str, channels: &[&str]| Composed {
        when: ComposeWhen::Place("tips".into()),
        at: String::new(),
        ..Composed::at(text, channels, "")
    };
    let mut thread = place("Part one\n---\nPart two", &["lark"]);
    thread.poll = vec!["Ash".into(), "Chalk".into()];
    assert_eq!(world.kith.plan_composed(&ana, &thread).await.unwrap().unwrap().how, Planned::Queued);
    assert_eq!(world.kith.queue_drafts(world.operator.workspace).await.unwrap().len(), 1);
    let parts = lines(&world).await;
    assert_eq!(parts.len(), 2, "{parts:?}");
    assert_eq!(parts[0].due_at, parts[1].due_at);

    let mut later = place("Ash from the bakery oven, sieved three times", &["lark", "wren"]);
    later.wordings.insert("wren".into(), "A café throws away four kilos of ash a week".into());
    later.later.insert("wren".into());
    assert_eq!(world.kith.plan_composed(&ana, &later).await.unwrap().unwrap().how, Planned::Timed);
    done(&world, queued(&world, &["Warm the shelf", "Dry it slowly", "Glaze thinly"], &["lark"]).await).await;
    done(&world, queued(&world, &["Sieve the clay", "Fire it twice"], &["wren"]).await).await;
    for channel in ["lark", "wren"] {
        let due: Vec<_> = lines(&world).await.into_iter().filter(|line| line.channel == channel && line.text != "Part two").collect();
        let days: BTreeSet<_> =
            due.iter().map(|line| line.due_at.to_zoned(jiff::tz::TimeZone::get("Europe/Lisbon").unwrap()).date()).collect();
        assert_eq!(days.len(), due.len(), "one a day on {channel}: {due:?}");
    }
    // In another order, both parts move together.
    let drafts = world.kith.queue_drafts(world.operator.workspace).await.unwrap();
    let edit = world.kith.queue_move(world.operator.workspace, &drafts[0].key, &kith_domain::plan::QueueSpot::Last).await.unwrap();
    done(&world, edit).await;
    let parts: Vec<_> = lines(&world).await.into_iter().filter(|line| line.text.starts_with("Part")).collect();
    assert_eq!((parts.len(), parts[0].due_at), (2, parts[1].due_at));
    done(&world, world.kith.queue_remove(world.operator.workspace, &drafts[0].key).await.unwrap()).await;
    assert!(lines(&world).await.iter().filter(|line| line.text.starts_with("Part")).all(|line| line.state == "cancelled"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_delegate_puts_into_the_queue_has_its_place_there_and_waits_for_the_yes() {
    let world = World::in_the_morning().await;
    let _server = practice(&world).await;
    windows(&world, "lark", "tips: daily 7:30-9:00, one a day").await;
    let (ana, priya) = (world.ana().await, priya(&world).await);
    let post = Composed { when: ComposeWhen::Place("tips".into()), at: String::new(), ..Composed::at("Warm the shelf", &["lark"], "") };
    assert_eq!(world.kith.plan_composed(&priya, &post).await.unwrap().unwrap().how, Planned::Asked);
    world.kith.make_change(&priya, &queued(&world, &["Dry it slowly"], &["lark"]).await).await.unwrap();
    let held = lines(&world).await;
    assert!(held.len() == 2 && held.iter().all(|line| line.state == "held"), "{held:?}");
    done(&world, ProgramEdit::TimePassed).await;
    world.kith.choose(&ana, held[0].id.parse().unwrap(), Choice::Yes, None).await.unwrap();
    done(&world, queued(&world, &["Glaze thinly"], &["lark"]).await).await;
    let after = lines(&world).await;
    assert_eq!(after.iter().map(|line| line.state.as_str()).collect::<Vec<_>>(), ["planned", "held", "planned"]);
    assert_eq!(after.iter().map(|line| line.due_at).collect::<BTreeSet<_>>().len(), 3);
    assert!(after[0].due_at > world.clock.now());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_series_does_not_ride_on_a_tag_that_trends_and_whoever_writes_it_by_hand_means_it() {
    let world = World::in_the_morning().await;
    let _server = practice(&world).await;
    let rows: String = ["Ash from the oven", "A shelf for bowls", "Four kilos of clay"]
        .iter()
        .zip(1..)
        .map(|(text, n)| format!("{text} #kilnday,{}\n", world.at(60 * n)))
        .collect();
    world.import(format!("text,at\n{rows}"), &["lark"]).await;
    world.clock.advance(jiff::SignedDuration::from_mins(4));
    world.deliver_all(jiff::SignedDuration::from_mins(10)).await;
    let series = |name: &str, tag: &str| SeriesWish {
        name: name.into(),
        hashtag: Some(tag.into()),
        channels: vec!["lark".into()],
        texts: vec![format!("What we learned, told in {name}")],
        ..SeriesWish::default()
    };
    for (name, tag, held) in [("Days", "#KilnDay", 1), ("Nights", "kilnnight", 0)] {
        let diff = done(&world, world.kith.series_edit(&world.operator, &series(name, tag)).await.unwrap()).await;
        assert_eq!((diff.added, diff.held), (1, held), "{diff:?}");
    }
    windows(&world, "lark", "tips: daily 7:30-9:00").await;
    let diff = done(&world, queued(&world, &["By hand #kilnday"], &["lark"]).await).await;
    assert_eq!((diff.added, diff.held), (1, 0), "{diff:?}");
}
