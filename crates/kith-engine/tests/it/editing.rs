//! The words of a planned post are changed: judged anew, approved by whoever may, and never while it is on its way.

use jiff::SignedDuration;
use kith_domain::ids::DispatchId;
use kith_domain::mandate::{Door, Role};
use kith_engine::views::Choice;
use kith_engine::{ComposeWhen, Composed, EditSaved, EditedWords, EventWish, Problem, ProgramEdit, QueueWish, Visitor};

use crate::program::practice;
use crate::world::{PASSWORD, World};

const ASH: &str = "Ash from the bakery oven, sieved three times, on the bowls we made in May.";
const ELM: &str = "Elm leaves pressed into the slab before it dries leave every vein.";

async fn delegate(world: &World) -> Visitor {
    let mut priya = world.ana().await;
    priya.session.role = Role::Delegate;
    priya.name = "Priya".into();
    priya
}

async fn stranger(world: &World) -> Visitor {
    let owner = world.kith.add_owner("Cy Smith", "cy@smith.example", Some("Smith & Daughters"), "UTC").await.unwrap();
    let secret = owner.link.rsplit('/').next().unwrap();
    let session = world.kith.enter_by_link(secret, Some(PASSWORD), "a test").await.unwrap();
    world.kith.visitor(&session.cookie).await.unwrap().unwrap()
}

fn at(world: &World, text: &str) -> Composed {
    Composed::at(text, &["lark"], &world.at(7_200).replace(' ', "T"))
}

async fn line(world: &World, text: &str) -> kith_engine::DispatchLine {
    let lines = world.kith.dispatch_lines(world.operator.workspace, None, None, 100).await.unwrap();
    lines.iter().find(|line| line.text == text).unwrap_or_else(|| panic!("{text:?} is not in {lines:#?}")).clone()
}

async fn planned(world: &World, ana: &Visitor, text: &str) -> DispatchId {
    world.kith.plan_composed(ana, &at(world, text)).await.unwrap().unwrap();
    line(world, text).await.id.parse().unwrap()
}

/// Changes the words alone, as the page does.
async fn reword(world: &World, who: &Visitor, id: DispatchId, text: &str) -> EditSaved {
    let view = world.kith.edit_page(who, id).await.unwrap();
    world.kith.save_edit(who, id, &view.version, &Composed { text: text.into(), ..view.post }).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_owner_changes_is_approved_by_her_and_goes_out_with_its_new_words() {
    let world = World::new().await;
    let server = practice(&world).await;
    let ana = world.ana().await;
    let id = planned(&world, &ana, ASH).await;
    let before = line(&world, ASH).await;
    let view = world.kith.edit_page(&ana, id).await.unwrap();
    assert_eq!((view.post.text.as_str(), view.changed.clone()), (ASH, None));
    let look = world.kith.look_edit(&ana, id, &Composed { text: ELM.into(), ..view.post.clone() }).await.unwrap();
    assert!(look.may_plan(), "{:?}", look.findings);
    assert_eq!(look.lines[0].due.at, before.due_at, "it keeps its time to the second");
    assert_eq!(reword(&world, &ana, id, ELM).await, EditSaved::Done { asks: false });
    let after = line(&world, ELM).await;
    assert_eq!((after.id.clone(), after.due_at, after.state.as_str()), (before.id, before.due_at, "planned"), "the same delivery");
    let page = world.kith.dispatch(&ana, id).await.unwrap();
    assert!(page.provenance_words.contains("changed by Ana"), "{}", page.provenance_words);
    assert!(page.decisions.iter().any(|one| one.who == "Ana" && one.what == "changed it"), "{:?}", page.decisions);
    world.clock.advance(SignedDuration::from_secs(7_201));
    world.deliver_all(SignedDuration::from_mins(5)).await;
    assert_eq!(line(&world, ELM).await.state, "published", "what is sent hashes to what was approved");
    assert!(matches!(world.kith.edit_page(&ana, id).await, Err(Problem::Conflict(why)) if why.contains("published")));
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_delegate_changes_asks_again_though_the_owner_had_said_yes_and_nothing_goes_out_before() {
    let world = World::new().await;
    let server = practice(&world).await;
    let (ana, priya) = (world.ana().await, delegate(&world).await);
    world.kith.plan_composed(&priya, &at(&world, ASH)).await.unwrap().unwrap();
    let id: DispatchId = line(&world, ASH).await.id.parse().unwrap();
    world.kith.choose(&ana, id, Choice::Yes, None).await.unwrap();
    let page = world.kith.dispatch(&ana, id).await.unwrap();
    assert!(page.provenance_words.contains("approved by Ana"), "{}", page.provenance_words);
    let read = page.row.version;

    assert_eq!(reword(&world, &priya, id, ELM).await, EditSaved::Done { asks: true });
    let page = world.kith.dispatch(&ana, id).await.unwrap();
    assert_eq!(page.row.state.name(), "held");
    assert!(page.row.state_sentence.clone().unwrap().contains("Priya changed it"), "{:?}", page.row.state_sentence);
    assert!(page.provenance.approved_by.is_none() && page.provenance_words.contains("changed by Priya"), "{}", page.provenance_words);
    assert!(world.kith.choose(&priya, id, Choice::Yes, None).await.is_err(), "she can't say yes to herself");
    assert!(!world.kith.dispatch(&priya, id).await.unwrap().choices.contains(&Choice::Yes), "and no button says that she could");
    assert!(page.choices.contains(&Choice::Yes));
    world.clock.advance(SignedDuration::from_secs(7_201));
    world.deliver_all(SignedDuration::from_mins(5)).await;
    assert_eq!(line(&world, ELM).await.state, "held", "its time passes and it does not go out");

    // A yes to the words that were read before is no yes to these.
    let old = world.kith.choose(&ana, id, Choice::Yes, Some(&read.to_string())).await;
    assert!(matches!(old, Err(Problem::Conflict(_))), "{old:?}");
    world.kith.choose(&ana, id, Choice::Yes, Some(&page.row.version.to_string())).await.unwrap();
    world.deliver_all(SignedDuration::from_mins(5)).await;
    assert_eq!(line(&world, ELM).await.state, "published");
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hold_by_hand_outlives_the_owners_change_and_not_the_need_for_her_yes() {
    let world = World::new().await;
    let server = practice(&world).await;
    let (ana, priya) = (world.ana().await, delegate(&world).await);
    let id = planned(&world, &ana, ASH).await;
    world.kith.choose(&priya, id, Choice::Hold, None).await.unwrap();
    assert_eq!(world.kith.edit_page(&ana, id).await.unwrap().held_by.as_deref(), Some("Priya"));
    reword(&world, &ana, id, ELM).await;
    assert_eq!(line(&world, ELM).await.needs.as_deref(), Some("by_hand"));
    assert_eq!(reword(&world, &priya, id, ASH).await, EditSaved::Done { asks: true });
    assert_eq!(line(&world, ASH).await.needs.as_deref(), Some("yes"));
    assert!(world.kith.choose(&priya, id, Choice::LetGo, None).await.is_err(), "to let it go is no yes");
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_second_of_two_tabs_is_told_and_stores_nothing() {
    let world = World::new().await;
    let server = practice(&world).await;
    let (ana, priya) = (world.ana().await, delegate(&world).await);
    let id = planned(&world, &ana, ASH).await;
    let (hers, theirs) = (world.kith.edit_page(&ana, id).await.unwrap(), world.kith.edit_page(&priya, id).await.unwrap());
    reword(&world, &priya, id, ELM).await;
    let mine = Composed { text: "Oak".into(), ..hers.post };
    let EditSaved::Theirs(now) = world.kith.save_edit(&ana, id, &hers.version, &mine).await.unwrap() else { panic!("over a newer one") };
    assert_eq!(now.post.text, ELM);
    assert!(now.changed.clone().unwrap().starts_with("Priya"), "{:?}", now.changed);
    assert_ne!(now.version, theirs.version);
    assert_eq!(line(&world, ELM).await.state, "held", "nothing was stored");
    // Once it was told, what was typed can be saved over it.
    let done = world.kith.save_edit(&ana, id, &now.version, &mine).await.unwrap();
    assert_eq!(done, EditSaved::Done { asks: false });
    assert_eq!(line(&world, "Oak").await.state, "planned");
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changed_words_are_judged_like_new_ones_and_a_refusal_stores_nothing() {
    let world = World::new().await;
    let server = practice(&world).await;
    let ana = world.ana().await;
    let id = planned(&world, &ana, ASH).await;
    for text in ["@jo what a fine bowl", "", &"long ".repeat(200)] {
        let EditSaved::Wrong(look) = reword(&world, &ana, id, text).await else { panic!("{text:?} was stored") };
        assert!(look.findings.iter().any(|finding| finding.refuses), "{text:?}: {:?}", look.findings);
    }
    let view = world.kith.edit_page(&ana, id).await.unwrap();
    let past = Composed { at: world.at(-3_600).replace(' ', "T"), ..view.post.clone() };
    assert!(matches!(world.kith.save_edit(&ana, id, &view.version, &past).await.unwrap(), EditSaved::Wrong(_)));
    assert_eq!(line(&world, ASH).await.state, "planned");
    // Another time with other words, in one go.
    let later = Composed { text: ELM.into(), at: world.at(2 * 86_400)[..16].replace(' ', "T"), ..view.post };
    assert_eq!(world.kith.save_edit(&ana, id, &view.version, &later).await.unwrap(), EditSaved::Done { asks: false });
    let moved = line(&world, ELM).await.due_at.duration_since(kith_engine::Clock::now(&*world.clock));
    assert!(moved > SignedDuration::from_hours(47), "{moved}");
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pictures_come_along_with_what_they_show_and_a_new_description_is_a_change() {
    let world = World::new().await;
    let server = practice(&world).await;
    let ana = world.ana().await;
    let file = world.folder.path().join("arrived");
    let mut bytes = std::io::Cursor::new(Vec::new());
    image::DynamicImage::new_luma8(60, 40).write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    std::fs::write(&file, bytes.into_inner()).unwrap();
    let mut picture = world.kith.keep_upload(&ana, &file, "bowls.png").await.unwrap().unwrap();
    picture.alt = "Four bowls".into();
    let post = Composed { pictures: vec![picture.clone()], warning: Some("clay".into()), ..at(&world, ASH) };
    world.kith.plan_composed(&ana, &post).await.unwrap().unwrap();
    let id: DispatchId = line(&world, ASH).await.id.parse().unwrap();
    let hash = world.kith.dispatch(&ana, id).await.unwrap().hash;
    let mut view = world.kith.edit_page(&ana, id).await.unwrap();
    assert_eq!((view.post.pictures.len(), view.post.warning.as_deref()), (1, Some("clay")));
    assert_eq!((view.post.pictures[0].alt.as_str(), &view.post.pictures[0].id), ("Four bowls", &picture.id));
    view.post.pictures[0].alt = String::new();
    assert!(matches!(world.kith.save_edit(&ana, id, &view.version, &view.post).await.unwrap(), EditSaved::Wrong(_)));
    view.post.pictures[0].alt = "Four glazed bowls".into();
    let done = world.kith.save_edit(&ana, id, &view.version, &view.post).await.unwrap();
    assert_eq!(done, EditSaved::Done { asks: false });
    let page = world.kith.dispatch(&ana, id).await.unwrap();
    assert_eq!(page.pictures, ["Four glazed bowls"]);
    assert_ne!(page.hash, hash, "what was approved is named anew");
    world.clock.advance(SignedDuration::from_secs(7_201));
    world.deliver_all(SignedDuration::from_mins(5)).await;
    assert_eq!(line(&world, ASH).await.state, "published");
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thread_may_grow_and_shrink_and_goes_out_as_it_was_changed() {
    let world = World::new().await;
    let server = practice(&world).await;
    let ana = world.ana().await;
    let id = planned_thread(&world, &ana).await;
    assert_eq!(world.kith.edit_page(&ana, id).await.unwrap().post.text, "One bowl\n---\nTwo bowls");
    reword(&world, &ana, id, "One bowl\n---\nTwo cups\n---\nThree plates").await;
    reword(&world, &ana, id, "One bowl\n---\nTwo jugs").await;
    reword(&world, &ana, id, "One bowl\n---\nTwo jugs\n---\nThree lids").await;
    world.clock.advance(SignedDuration::from_secs(7_201));
    world.deliver_all(SignedDuration::from_mins(9)).await;
    let lines = world.kith.dispatch_lines(world.operator.workspace, Some("published"), None, 100).await.unwrap();
    let mut texts: Vec<_> = lines.iter().map(|line| line.text.as_str()).collect();
    texts.sort_unstable();
    assert_eq!(texts, ["One bowl", "Three lids", "Two jugs"]);
    server.stop().await.unwrap();
}

async fn planned_thread(world: &World, ana: &Visitor) -> DispatchId {
    world.kith.plan_composed(ana, &at(world, "One bowl\n---\nTwo bowls")).await.unwrap().unwrap();
    line(world, "One bowl").await.id.parse().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_post_of_the_queue_keeps_its_place_and_its_new_words_and_an_event_says_its_own() {
    let world = World::in_the_morning().await;
    let server = practice(&world).await;
    let (kith, ana, space, operator) = (&world.kith, world.ana().await, world.operator.workspace, &world.operator);
    let done = |edit: ProgramEdit| async move { kith.change_program(operator, &edit, Door::Cli).await.unwrap() };
    done(kith.windows_edit(operator, "lark", "tips: daily 7:30-9:00, one a day").await.unwrap()).await;
    let texts = ["Warm the shelf", "Dry it slowly", "Glaze thinly"].map(str::to_owned).to_vec();
    let wish = QueueWish { texts, category: "tips".into(), channels: vec!["lark".into()], first: false };
    done(kith.queue_add(space, &wish).await.unwrap()).await;
    let before = line(&world, "Dry it slowly").await;
    let others = [line(&world, "Warm the shelf").await.due_at, line(&world, "Glaze thinly").await.due_at];
    reword(&world, &ana, before.id.parse().unwrap(), ELM).await;
    for _ in 0..2 {
        let diff = done(ProgramEdit::TimePassed).await;
        assert_eq!((diff.added, diff.cancelled, diff.moved, diff.reworded), (0, 0, 0, 0), "{diff:?}");
    }
    assert_eq!(line(&world, ELM).await.due_at, before.due_at, "it keeps its place");
    assert_eq!([line(&world, "Warm the shelf").await.due_at, line(&world, "Glaze thinly").await.due_at], others);

    let begins = world.at(3 * 86_400)[..16].to_owned();
    let wish = EventWish {
        name: "Kiln opening".into(),
        begins,
        reminders: "2 h before".into(),
        channels: vec!["lark".into()],
        texts: vec!["Soon".into()],
        ..EventWish::default()
    };
    done(kith.event_edit(operator, &wish).await.unwrap()).await;
    let soon = line(&world, "Soon").await.id.parse().unwrap();
    assert!(matches!(kith.edit_page(&ana, soon).await, Err(Problem::Conflict(why)) if why.contains("Kiln opening")));
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_else_changes_or_holds_it_and_the_command_line_changes_it_too() {
    let world = World::new().await;
    let server = practice(&world).await;
    let (ana, cy) = (world.ana().await, stranger(&world).await);
    let id = planned(&world, &ana, ASH).await;
    let view = world.kith.edit_page(&ana, id).await.unwrap();
    assert!(matches!(world.kith.edit_page(&cy, id).await, Err(Problem::NotThere(_))));
    assert!(matches!(world.kith.save_edit(&cy, id, &view.version, &view.post).await, Err(Problem::NotThere(_))));
    assert!(matches!(world.kith.choose(&cy, id, Choice::Hold, None).await, Err(Problem::NotThere(_))));
    let mut analyst = world.ana().await;
    analyst.session.role = Role::Analyst;
    assert!(matches!(world.kith.save_edit(&analyst, id, &view.version, &view.post).await, Err(Problem::Refused(_))));
    let words = EditedWords { text: Some(ELM.into()), warning: Some("kilns".into()), no_link_check: true };
    let changed = world.kith.edit_words(&world.operator, &id.to_string(), &words, Door::Cli).await.unwrap().unwrap();
    assert_eq!((changed.text.as_str(), changed.state.as_str()), (ELM, "planned"));
    assert_eq!(world.kith.edit_page(&ana, id).await.unwrap().post.warning.as_deref(), Some("kilns"));
    let wrong = EditedWords { text: Some("@jo hello".into()), ..EditedWords::default() };
    assert!(world.kith.edit_words(&world.operator, &id.to_string(), &wrong, Door::Cli).await.unwrap().is_err());
    assert_eq!(view.post.when, ComposeWhen::At);
    // A program's words wait for the owner: no key approves.
    let words = EditedWords { text: Some(ASH.into()), ..EditedWords::default() };
    let by_key = Door::Api { key: "calendar script".into() };
    let changed = world.kith.edit_words(&world.operator, &id.to_string(), &words, by_key).await.unwrap().unwrap();
    assert_eq!((changed.state.as_str(), changed.needs.as_deref()), ("held", Some("yes")));
    assert!(changed.words.contains("calendar script"), "{}", changed.words);
    server.stop().await.unwrap();
}
