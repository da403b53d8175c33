//! Absence, markets, presence, pauses: what they move, keep back and give back.

use jiff::SignedDuration;
use jiff::civil::DateTime;
use kith_engine::{AbsenceWish, EventWish, MarketsWish, PauseWish, Problem, ProgramEdit, QueueWish, SourceKind};

use crate::program::{done, lines, planned, practice, tips};
use crate::world::World;

fn local(world: &World, days: i64) -> DateTime {
    let now = kith_engine::Clock::now(&*world.clock).to_zoned(jiff::tz::TimeZone::get(&world.operator.zone).unwrap()).datetime();
    now.checked_add(jiff::Span::new().days(days)).unwrap()
}

fn date(world: &World, days: i64) -> String {
    local(world, days).date().to_string()
}

fn field<T: std::fmt::Debug>(wrong: Result<T, Problem>) -> String {
    match wrong.unwrap_err() {
        Problem::Invalid { field, .. } => field,
        other => panic!("{other:?}"),
    }
}

async fn opening(world: &World) -> ProgramEdit {
    let wish = EventWish {
        name: "Kiln opening".into(),
        begins: local(world, 1).strftime("%Y-%m-%d %H:%M").to_string(),
        reminders: "2 h, 1 h, 30 min before".into(),
        channels: vec!["lark".into()],
        texts: vec!["{event} {in}".into()],
        ..EventWish::default()
    };
    world.kith.event_edit(&world.operator, &wish).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_post_that_asks_is_placed_where_the_owner_is() {
    let world = World::new().await;
    let _server = practice(&world).await;
    let (kith, operator) = (&world.kith, &world.operator);
    done(&world, kith.windows_edit(operator, "lark", "tips: daily 7:00-9:00, 14:00-15:00").await.unwrap()).await;
    done(&world, kith.presence_hours_edit(operator, "daily 13:30-16").await.unwrap()).await;
    let texts = vec!["What do you glaze with?".to_owned(), "Glaze thinly".to_owned()];
    let wish = QueueWish { texts, category: "tips".into(), channels: vec!["lark".into()], first: false };
    let diff = done(&world, kith.queue_add(operator.workspace, &wish).await.unwrap()).await;
    let asks = diff.lines.iter().find(|line| line.asks).unwrap();
    assert!(asks.presence.is_here() && asks.civil.at.hour() == 14, "{asks:?}");
    assert_eq!(field(kith.presence_hours_edit(operator, "9-17").await), "hours");
    assert_eq!(field(kith.presence_promise_edit(operator, "perhaps").await), "promise");
    let here = done(&world, kith.presence_promise_edit(operator, "here tomorrow 6-23").await.unwrap()).await;
    assert!(here.lines.iter().any(|line| line.presence.is_here()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pause_keeps_back_what_it_names_and_resuming_gives_it_back() {
    let world = World::new().await;
    let _server = practice(&world).await;
    tips(&world).await;
    done(&world, opening(&world).await).await;
    let before: Vec<_> = lines(&world).await.iter().map(|line| (line.text.clone(), line.due_at)).collect();
    let (kith, operator) = (&world.kith, &world.operator);
    let tips = PauseWish { category: Some("Tips".into()), why: Some("too many".into()), ..PauseWish::default() };
    let edit = kith.pause_edit(operator, &tips).await.unwrap();
    assert_eq!(kith.preview_program(operator, &edit).await.unwrap().cancelled, 3);
    assert_eq!(planned(&world).await.len(), 6, "a preview stores nothing");
    done(&world, edit).await;
    assert_eq!(planned(&world).await.len(), 3, "the event goes on");
    let all = PauseWish { until: Some(date(&world, 200)), ..PauseWish::default() };
    let diff = done(&world, kith.pause_edit(operator, &all).await.unwrap()).await;
    assert!(planned(&world).await.is_empty());
    assert!(diff.kept_back.iter().all(|line| line.held.as_deref() == Some("you paused everything")), "{:?}", diff.kept_back);

    done(&world, kith.resume_edit(operator, &all).await.unwrap()).await;
    done(&world, kith.resume_edit(operator, &tips).await.unwrap()).await;
    let mut after: Vec<_> = lines(&world).await.into_iter().filter(|line| line.state == "planned").collect();
    after.sort_by_key(|line| line.due_at);
    assert_eq!(after.into_iter().map(|line| (line.text, line.due_at)).collect::<Vec<_>>(), before);
    let twice = kith.resume_edit(operator, &tips).await.unwrap_err();
    assert!(twice.to_string().contains("the category tips is not paused"), "{twice}");
    let past = PauseWish { until: Some("2020-01-01".into()), ..tips };
    assert_eq!(field(kith.pause_edit(operator, &past).await), "until");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_the_first_reminder_an_event_can_still_be_moved_and_called_off() {
    let world = World::new().await;
    let _server = practice(&world).await;
    done(&world, opening(&world).await).await;
    while planned(&world).await.len() == 3 {
        world.clock.advance(SignedDuration::from_mins(20));
        world.courier.run_due().await.unwrap();
    }
    let later = local(&world, 3).strftime("%Y-%m-%d %H:%M").to_string();
    let space = world.operator.workspace;
    done(&world, world.kith.event_move(space, "Kiln opening", &later, None).await.unwrap()).await;
    let open = lines(&world).await.into_iter().filter(|line| line.state == "planned");
    let soon = kith_engine::Clock::now(&*world.clock) + SignedDuration::from_hours(24);
    assert_eq!(open.filter(|line| line.due_at < soon).count(), 0, "nothing is left at the old time");
    let diff = done(&world, world.kith.event_cancel(space, "Kiln opening").await.unwrap()).await;
    assert!(planned(&world).await.is_empty());
    assert!(diff.offer.unwrap().contains("is called off"), "people were told, so they are told again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_goes_out_after_the_event_began() {
    let world = World::new().await;
    let _server = practice(&world).await;
    done(&world, opening(&world).await).await;
    // The computer was off until the event had begun.
    world.clock.advance(SignedDuration::from_secs(24 * 3600 + 60));
    for _ in 0..5 {
        world.courier.run_due().await.unwrap();
        world.clock.advance(SignedDuration::from_secs(30));
    }
    let states: Vec<_> = lines(&world).await.into_iter().map(|line| line.state).collect();
    assert!(states.len() == 3 && states.iter().all(|state| state == "missed"), "{states:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_away_only_what_should_goes_on_and_people_are_told_before_and_after() {
    let world = World::new().await;
    let _server = practice(&world).await;
    tips(&world).await;
    let (kith, operator) = (&world.kith, &world.operator);
    done(&world, kith.windows_edit(operator, "lark", "tips: daily 7:30-9:00; offers: daily 16-18").await.unwrap()).await;
    let texts = vec!["Bowls at half price".to_owned()];
    let wish = QueueWish { texts, category: "offers".into(), channels: vec!["lark".into()], first: false };
    done(&world, kith.queue_add(operator.workspace, &wish).await.unwrap()).await;
    let wish = AbsenceWish {
        name: "Winter".into(),
        from: date(&world, 3),
        to: date(&world, 10),
        goes_on: vec!["Tips".into()],
        before: Some("Away for a week.".into()),
        after: Some("Back.".into()),
        channels: vec!["lark".into()],
        ..AbsenceWish::default()
    };
    let edit = kith.absence_edit(operator, &wish).await.unwrap();
    let diff = done(&world, edit).await;
    let from = local(&world, 3).date();
    let during =
        |line: &&kith_domain::schedule::PreviewLine| line.home.at.date() >= from && line.home.at.date() <= local(&world, 10).date();
    assert!(diff.lines.iter().filter(during).all(|line| line.category.as_deref() == Some("tips")), "{:?}", diff.lines);
    let told = |text: &str| diff.lines.iter().find(|line| line.text == text).unwrap().home.at.to_string();
    assert_eq!(told("Away for a week."), format!("{}T17:00:00", date(&world, 2)));
    assert_eq!(told("Back."), format!("{}T09:00:00", date(&world, 11)));
    assert_eq!(kith.waits_on_return(operator.workspace).await.unwrap(), [], "nobody waits yet");

    let wrong = AbsenceWish { to: date(&world, 1), ..wish.clone() };
    assert_eq!(field(kith.absence_edit(operator, &wrong).await), "to");
    let wrong = AbsenceWish { after_at: Some(format!("{} 10:00", date(&world, 5))), ..wish };
    assert_eq!(field(kith.absence_edit(operator, &wrong).await), "after_at");
    done(&world, kith.absence_drop("Winter")).await;
    assert!(!planned(&world).await.iter().any(|text| text == "Back."));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plan_reaches_each_market_at_its_own_hour_or_all_at_their_best() {
    let world = World::new().await;
    let _server = practice(&world).await;
    let (kith, operator) = (&world.kith, &world.operator);
    for text in ["New York: America/New_York 6-7", "Sydney: Australia/Sydney daily 18-20"] {
        done(&world, kith.market_edit(operator.workspace, text).await.unwrap()).await;
    }
    let wish = MarketsWish {
        name: "Hello".into(),
        to: vec!["New York".into(), "Sydney".into(), "New York".into()],
        channels: vec!["lark".into()],
        texts: vec!["The kiln is warm".into()],
        wordings: vec!["New York: Good morning, Brooklyn".into()],
        ..MarketsWish::default()
    };
    let diff = done(&world, kith.markets_edit(operator, &wish).await.unwrap()).await;
    assert_eq!(diff.added, 2, "{diff:?}");
    for line in &diff.lines {
        let york = line.text == "Good morning, Brooklyn";
        let hour = &line.markets[usize::from(!york)];
        assert!(hour.inside && (if york { hour.there.at.hour() == 6 } else { (18..20).contains(&hour.there.at.hour()) }), "{line:?}");
    }
    // One goes out; the other stays where it is.
    let last = diff.lines[1].due_at;
    while planned(&world).await.len() == 2 {
        world.clock.advance(SignedDuration::from_mins(20));
        world.courier.run_due().await.unwrap();
    }
    let diff = done(&world, ProgramEdit::TimePassed).await;
    assert_eq!((diff.added, diff.moved, diff.lines.len(), diff.lines[0].due_at), (0, 0, 1, last));

    let overlap = MarketsWish { name: "Once".into(), overlap: true, wordings: Vec::new(), ..wish.clone() };
    assert_eq!(done(&world, kith.markets_edit(operator, &overlap).await.unwrap()).await.added, 1);
    let nowhere = kith.markets_edit(operator, &MarketsWish { to: vec!["Rome".into()], ..wish }).await.unwrap_err();
    assert!(nowhere.to_string().contains("there are \"New York\", \"Sydney\""), "{nowhere}");
    assert_eq!(field(kith.market_edit(operator.workspace, "Rome: Europe/Roma 6-7").await), "zone");
    assert_eq!(field(kith.market_edit(operator.workspace, "Rome Europe/Rome").await), "market");
    done(&world, ProgramEdit::Drop { kind: SourceKind::Markets, name: "Once".into() }).await;
}
