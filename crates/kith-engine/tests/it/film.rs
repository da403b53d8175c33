//! Films in plans: judged by their content, kept without what is private, sent from disk (B13).

use jiff::SignedDuration;
use kith_domain::mandate::Door;
use kith_engine::{Composed, PlanFile, PlanWish, Planned, SinglePost};
use kith_testkit::{film, other, servers};
use serde_json::json;

use crate::world::World;

const MEGABYTE: u32 = 1_000_000;

/// A world with a channel on a real PDS and one on a Mastodon API; the folder of its plans.
async fn connected(world: &World, name: &str) -> (servers::Pds, servers::Account, servers::Mastodon) {
    let (pds, mastodon) = (servers::pds().await.unwrap(), servers::mastodon_mock().await.unwrap());
    let account = pds.new_account(name).await.unwrap();
    world.add("bluesky", "lark-bs", &[("server", &pds.url), ("handle", &account.handle), ("app_password", &account.app_password)]).await;
    world.add("mastodon", "lark-ma", &[("server", &mastodon.url), ("token", &mastodon.tokens.alan)]).await;
    (pds, account, mastodon)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_film_goes_to_both_networks_as_a_film_with_its_words() {
    let world = World::new().await;
    let (pds, account, mastodon) = connected(&world, "films").await;
    film::write(&world.folder.path().join("kiln"), 3 * MEGABYTE, 12).unwrap();
    let mark = format!("film {}", std::process::id());
    let csv = format!("text,at,media,alt\nWatch the {mark},{},kiln,The kiln glows\n", world.at(60));
    let folder = Some(world.folder.path().to_owned());
    let plan = PlanFile { name: "plan.csv".into(), bytes: csv.into_bytes(), format: None, folder };
    let wish = PlanWish { channels: vec!["lark-bs".into(), "lark-ma".into()], ..PlanWish::default() };
    world.kith.import_plan(&world.operator, &plan, &wish).await.unwrap().unwrap();
    // What is kept is Kith's own copy.
    std::fs::remove_file(world.folder.path().join("kiln")).unwrap();
    world.clock.advance(SignedDuration::from_secs(61));
    world.deliver_all(SignedDuration::from_mins(5)).await;
    let lines = world.kith.dispatch_lines(world.operator.workspace, None, None, 10).await.unwrap();
    assert!(lines.iter().all(|line| line.state == "published"), "{lines:#?}");

    let me = other::bluesky(&pds.url, &account.handle, &account.app_password).await.unwrap();
    let embed = me.posts(&account.did).await.unwrap().remove(0)["value"]["embed"].take();
    assert_eq!(embed["$type"], "app.bsky.embed.video");
    assert_eq!((&embed["alt"], &embed["aspectRatio"]), (&json!("The kiln glows"), &json!({ "width": 640, "height": 360 })));
    assert_eq!(embed["video"]["mimeType"], "video/mp4");
    let size = embed["video"]["size"].as_u64().unwrap();
    assert!((u64::from(3 * MEGABYTE)..u64::from(3 * MEGABYTE) + 1_000).contains(&size), "{size}");

    let me = other::mastodon(&mastodon.url, &mastodon.tokens.alan).await.unwrap();
    let statuses = me.all_statuses(&me.id).await.unwrap();
    let status = statuses.iter().find(|status| status["content"].as_str().unwrap().contains(&mark)).unwrap();
    let attached = &status["media_attachments"][0];
    assert_eq!((&attached["type"], &attached["description"]), (&json!("video"), &json!("The kiln glows")));
}

/// A post of the page for this afternoon, on both networks.
fn composed(world: &World, text: &str) -> Composed {
    Composed::at(text, &["lark-bs", "lark-ma"], &world.at(7_200).replace(' ', "T"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_film_of_the_page_goes_out_as_a_film_with_its_words_and_is_too_long_for_one_network_alone() {
    let world = World::in_the_morning().await;
    let (_pds, _account, mastodon) = connected(&world, "page").await;
    let ana = world.ana().await;
    let arrived = world.folder.path().join("arrived");
    let mark = format!("glaze {}", std::process::id());
    film::write(&arrived, 2 * MEGABYTE, 601).unwrap();
    let picture = world.kith.keep_upload(&ana, &arrived, "C:\\kiln\\kiln.mp4").await.unwrap().unwrap();
    // What is kept is Kith's own copy.
    std::fs::remove_file(&arrived).unwrap();
    let mut post = composed(&world, &format!("Watch the {mark}"));
    post.pictures.push(picture);
    let look = world.kith.look(&ana, &post).await.unwrap();
    let said =
        |field: &str| look.findings.iter().filter(|one| one.field == field).map(|one| one.words.as_str()).collect::<Vec<_>>().join("\n");
    assert_eq!(said("media"), "Lark-bs: kiln.mp4: the video is 601 s long, more than 600 s; cut it, or link to it");
    assert_eq!(said(&format!("alt:{}", post.pictures[0].id)).lines().count(), 1, "it needs its words");
    assert_eq!((look.pictures[0].length.as_deref(), look.pictures[0].size.as_str()), (Some("10:01"), "10:01, 2.0 MB, 640 × 360"));
    assert_eq!(
        look.versions.iter().map(|one| (one.channel.name.as_str(), one.blocked)).collect::<Vec<_>>(),
        [("lark-bs", true), ("lark-ma", false)]
    );

    post.pictures[0].alt = "The kiln glows".into();
    let planned = world.kith.plan_composed(&ana, &post).await.unwrap().unwrap();
    assert_eq!((planned.how, planned.left_out), (Planned::Timed, vec!["lark-bs".to_owned()]));
    world.clock.advance(SignedDuration::from_secs(7_201));
    world.deliver_all(SignedDuration::from_mins(5)).await;
    let me = other::mastodon(&mastodon.url, &mastodon.tokens.alan).await.unwrap();
    let statuses = me.all_statuses(&me.id).await.unwrap();
    let status = statuses.iter().find(|status| status["content"].as_str().unwrap().contains(&mark)).unwrap();
    let attached = &status["media_attachments"][0];
    assert_eq!((&attached["type"], &attached["description"]), (&json!("video"), &json!("The kiln glows")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_the_page_a_film_stands_alone_and_what_no_channel_takes_is_not_kept() {
    let world = World::in_the_morning().await;
    connected(&world, "alone").await;
    let ana = world.ana().await;
    let arrived = world.folder.path().join("arrived");
    let bring = async |bytes: u32, seconds: u32| {
        film::write(&arrived, bytes, seconds).unwrap();
        world.kith.keep_upload(&ana, &arrived, "kiln.mp4").await.unwrap()
    };
    let mut post = composed(&world, "Watch this");
    post.pictures = vec![bring(1_000, 60).await.unwrap(), bring(2_000, 60).await.unwrap()];
    post.pictures.iter_mut().for_each(|picture| picture.alt = "The kiln glows".into());
    let look = world.kith.plan_composed(&ana, &post).await.unwrap().unwrap_err();
    let alone = look.findings.iter().filter(|one| one.field == "media" && one.words.contains("A video stands alone")).count();
    assert_eq!((alone, look.may_plan()), (2, false), "{:?}", look.findings);
    let large = bring(310 * MEGABYTE, 60).await.unwrap_err();
    assert!(large.contains("more than 300000000; save it smaller, or link to it"), "{large}");
    assert_eq!(world.kith.video_bytes_max(&ana).await.unwrap(), 300_000_000);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_only_claims_to_be_a_film_or_is_too_much_of_one_is_refused_with_its_way_out() {
    let world = World::new().await;
    connected(&world, "spoofs").await;
    let at = |name: &str| world.folder.path().join(name);
    std::fs::write(at("page.mp4"), "<!doctype html><script>1</script>").unwrap();
    std::fs::write(at("cut.mp4"), b"\0\0\0\x14ftypisom\0\0\x02\0isom\0\0\xff\xffmoov").unwrap();
    film::write(&at("long.mp4"), 1_000, 601).unwrap();
    film::write(&at("large.mp4"), 310 * MEGABYTE, 60).unwrap();
    film::write(&at("fine.mp4"), 1_000, 60).unwrap();
    let refused = async |channel: &str, media: &[&str], alt: &[&str]| {
        let post = SinglePost {
            channel: channel.into(),
            at: world.at(60),
            text: "Watch".into(),
            media: media.iter().map(ToString::to_string).collect(),
            alt: alt.iter().map(ToString::to_string).collect(),
            folder: Some(world.folder.path().to_owned()),
            ..SinglePost::default()
        };
        let said = world.kith.add_post(&world.operator, post, Door::Cli).await.unwrap().err().unwrap_or_default();
        said.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    };
    let table = [
        ("lark-bs", &["page.mp4"][..], &["x"][..], "this is a web page"),
        ("lark-bs", &["cut.mp4"], &["x"], "the video is damaged"),
        ("lark-bs", &["long.mp4"], &["x"], "601 s long, more than 600 s; way out: cut it"),
        ("lark-bs", &["large.mp4"], &["x"], "more than 300000000; way out: save it smaller"),
        ("lark-ma", &["large.mp4"], &["x"], "the video has"),
        ("lark-ma", &["fine.mp4"], &[], "has no alternative text"),
        ("lark-ma", &["fine.mp4", "long.mp4"], &["x", "y"], "A video stands alone"),
        ("lark-bs", &["fine.mp4", "fine.mp4"], &["x", "y"], "A video stands alone"),
    ];
    for (channel, media, alt, expected) in table {
        let said = refused(channel, media, alt).await;
        assert!(said.contains(expected), "{channel} {media:?}: {said}");
    }
    assert_eq!(refused("lark-bs", &["fine.mp4"], &["The kiln glows"]).await, "");
}
