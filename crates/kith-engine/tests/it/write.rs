//! A post that is written on a page: versions, pictures, drafts of two people, and what waits for the owner's yes.

use jiff::SignedDuration;
use kith_domain::mandate::Role;
use kith_engine::views::{Choice, LookView, SavedDraft};
use kith_engine::{ComposeWhen, Composed, Planned, Visitor};

use crate::program::practice;
use crate::world::World;

/// Words of three kinds, none like another.
const ASH: &str = "Ash from the bakery oven, sieved three times, on the bowls we made in May.";

async fn delegate(world: &World) -> Visitor {
    let mut priya = world.ana().await;
    priya.session.role = Role::Delegate;
    priya.name = "Priya".into();
    priya
}

fn at(world: &World, text: &str, channels: &[&str]) -> Composed {
    Composed::at(text, channels, &world.at(7_200).replace(' ', "T"))
}

fn said(look: &LookView, field: &str) -> Vec<String> {
    look.findings.iter().filter(|finding| finding.field == field).map(|finding| finding.words.clone()).collect()
}

async fn states(world: &World) -> Vec<(String, String)> {
    let lines = world.kith.dispatch_lines(world.operator.workspace, None, None, 100).await.unwrap();
    lines.into_iter().map(|line| (line.text, line.state)).collect()
}

/// A PNG of 60 × 40, grey.
fn png() -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    image::DynamicImage::new_luma8(60, 40).write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    bytes.into_inner()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_picture_goes_out_with_what_it_shows_and_not_before_that_is_said() {
    let world = World::new().await;
    let server = practice(&world).await;
    let ana = world.ana().await;
    let file = world.folder.path().join("arrived");
    std::fs::write(&file, png()).unwrap();
    let picture = world.kith.keep_upload(&ana, &file, "C:\\kiln\\bowls.png").await.unwrap().unwrap();
    assert_eq!(picture.name, "bowls.png");
    let mut post = at(&world, ASH, &["lark"]);
    post.pictures.push(picture);
    let look = world.kith.plan_composed(&ana, &post).await.unwrap().unwrap_err();
    assert_eq!(said(&look, &format!("alt:{}", post.pictures[0].id)).len(), 1, "{:?}", look.findings);
    assert_eq!((look.may_plan(), look.lines.len()), (false, 1), "its time is shown meanwhile");
    post.pictures[0].alt = "Four glazed bowls on a shelf".into();
    assert_eq!(world.kith.plan_composed(&ana, &post).await.unwrap().unwrap().how, Planned::Timed);
    world.clock.advance(SignedDuration::from_secs(7_201));
    world.deliver_all(SignedDuration::from_mins(5)).await;
    assert_eq!(states(&world).await, [(ASH.to_owned(), "published".to_owned())]);
    let stranger = std::fs::write(&file, b"GIF? no").map(|()| world.kith.keep_upload(&ana, &file, "x.gif"));
    assert!(stranger.unwrap().await.unwrap().is_err(), "what is no picture is not kept");
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_and_direct_messages_are_not_planned_from_the_desk() {
    let world = World::new().await;
    let server = practice(&world).await;
    let ana = world.ana().await;
    for text in ["@jo what a fine bowl", "DM @jo see you on Friday", "https://clay.social/@jo/113456789012345678 yes"] {
        let look = world.kith.plan_composed(&ana, &at(&world, text, &["lark"])).await.unwrap().unwrap_err();
        assert!(look.is_reply(), "{text}: {:?}", look.findings);
    }
    assert!(states(&world).await.is_empty());
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_delegate_plans_waits_for_the_owners_yes_and_says_that_nobody_approved_it() {
    let world = World::new().await;
    let server = practice(&world).await;
    let (ana, priya) = (world.ana().await, delegate(&world).await);
    assert!(world.kith.write_page(&priya).await.unwrap().asks_yes);
    assert_eq!(world.kith.plan_composed(&priya, &at(&world, ASH, &["lark"])).await.unwrap().unwrap().how, Planned::Asked);
    let lines = world.kith.dispatch_lines(world.operator.workspace, None, None, 9).await.unwrap();
    assert_eq!(lines[0].state, "held");
    let id = lines[0].id.parse().unwrap();
    let page = world.kith.dispatch(&ana, id).await.unwrap();
    assert!(page.provenance.approved_by.is_none() && page.choices.contains(&Choice::Yes), "{:?}", page.provenance);
    assert!(page.row.state_sentence.unwrap().contains("Priya asks for it"));
    assert!(world.kith.choose(&priya, id, Choice::Yes, None).await.is_err(), "she can't say yes to herself");
    world.kith.choose(&ana, id, Choice::Yes, None).await.unwrap();
    world.clock.advance(SignedDuration::from_secs(7_201));
    world.deliver_all(SignedDuration::from_mins(5)).await;
    assert_eq!(states(&world).await, [(ASH.to_owned(), "published".to_owned())]);
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_people_who_write_the_same_draft_see_both_and_lose_nothing() {
    let world = World::new().await;
    let server = practice(&world).await;
    let (ana, priya) = (world.ana().await, delegate(&world).await);
    let words = |text: &str| at(&world, text, &["lark"]);
    let SavedDraft::Kept { id, version, .. } = world.kith.save_post_draft(&ana, None, &words("Ash")).await.unwrap() else { panic!() };
    let hers = world.kith.save_post_draft(&priya, Some((&id, version)), &words("Ash and clay")).await.unwrap();
    assert!(matches!(hers, SavedDraft::Kept { version: 2, .. }));
    let SavedDraft::Theirs(theirs) = world.kith.save_post_draft(&ana, Some((&id, version)), &words("Ash alone")).await.unwrap() else {
        panic!("a save over a newer one");
    };
    assert_eq!((theirs.post.text.as_str(), theirs.version), ("Ash and clay", 2));
    let mine = world.kith.save_post_draft(&ana, Some((&id, 2)), &words("Ash alone")).await.unwrap();
    assert!(matches!(mine, SavedDraft::Kept { version: 3, .. }));
    assert_eq!(world.kith.post_drafts(&ana).await.unwrap()[0].text, "Ash alone");
    world.kith.drop_post_draft(&ana, &id).await.unwrap();
    assert_eq!(world.kith.save_post_draft(&ana, Some((&id, 3)), &words("Ash")).await.unwrap(), SavedDraft::Gone);
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_version_that_does_not_fit_is_left_out_and_the_others_are_planned() {
    let world = World::new().await;
    let server = practice(&world).await;
    let port = server.url().rsplit(':').next().unwrap().trim_end_matches('/').to_owned();
    world.add("mastodon", "wren", &[("server", &format!("http://localhost:{port}")), ("token", &server.owner_token())]).await;
    let ana = world.ana().await;
    let mut post = at(&world, ASH, &["lark", "wren"]);
    post.wordings.insert("wren".into(), "long ".repeat(120));
    let look = world.kith.look(&ana, &post).await.unwrap();
    assert_eq!(look.versions.iter().map(|version| version.blocked).collect::<Vec<_>>(), [false, true]);
    assert!(look.may_plan() && !said(&look, "text:wren").is_empty() && said(&look, "text").is_empty(), "{:?}", look.findings);
    let planned = world.kith.plan_composed(&ana, &post).await.unwrap().unwrap();
    assert_eq!(planned.left_out, ["wren"]);
    assert_eq!(states(&world).await, [(ASH.to_owned(), "planned".to_owned())]);
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_post_that_asks_is_placed_while_she_is_there_and_a_chosen_time_stays() {
    let world = World::new().await;
    let server = practice(&world).await;
    let ana = world.ana().await;
    // Nowhere near now, whatever the hour: presence begins in about two hours.
    let begins = world.at(7_200);
    let hour: u32 = begins[11..13].parse().unwrap();
    let hours = if hour >= 22 { "daily 0:00-2:00".to_owned() } else { format!("daily {hour}:00-{}:00", hour + 2) };
    let edit = world.kith.presence_hours_edit(&world.operator, &hours).await.unwrap();
    world.kith.change_program(&world.operator, &edit, kith_domain::mandate::Door::Cli).await.unwrap();
    let open = Composed { when: ComposeWhen::Open, at: String::new(), ..at(&world, "Which glaze would you take?", &["lark"]) };
    let look = world.kith.look(&ana, &open).await.unwrap();
    assert!(look.asks && look.chosen.starts_with("here:"), "{}", look.chosen);
    assert_eq!(look.lines[0].here, Some(true));
    let chosen = Composed { when: ComposeWhen::At, at: world.at(1_800).replace(' ', "T"), ..open };
    let look = world.kith.look(&ana, &chosen).await.unwrap();
    assert_eq!(look.chosen, "at");
    server.stop().await.unwrap();
}
