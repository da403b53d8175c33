//! Films in plans: judged by their content, kept without what is private, sent from disk (B13).

use jiff::SignedDuration;
use kith_domain::mandate::Door;
use kith_engine::{PlanFile, PlanWish, SinglePost};
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
