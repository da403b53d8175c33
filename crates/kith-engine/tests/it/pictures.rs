//! A picture goes to each network as good as that network takes it, and nowhere with its place (B13).

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use jiff::SignedDuration;
use kith_domain::mandate::Door;
use kith_engine::{PlanFile, PlanWish, SinglePost};
use kith_testkit::{other, servers};

use crate::world::World;

/// What a camera writes of a place, at the head of the file.
const PLACE: &[u8] = b"Exif\0\0GPS 38.7223N 9.1393W";

/// A photograph of noise, which no compression makes small, with its place.
fn photograph(width: u32, height: u32) -> Vec<u8> {
    let noise = image::RgbImage::from_fn(width, height, |x, y| {
        let n = x.wrapping_mul(2_654_435_761).wrapping_add(y.wrapping_mul(40_503)).rotate_left(x % 31);
        image::Rgb([n as u8, (n >> 8) as u8, (n >> 16) as u8])
    });
    let mut bytes = Vec::new();
    noise.write_with_encoder(JpegEncoder::new_with_quality(Cursor::new(&mut bytes), 70)).unwrap();
    let mut length = (PLACE.len() as u16 + 2).to_be_bytes().to_vec();
    length.extend(PLACE);
    bytes.splice(2..2, [&[0xff, 0xe1][..], &length].concat());
    bytes
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_network_gets_the_picture_as_it_takes_it_and_one_file_does_where_it_can() {
    let world = World::new().await;
    let (pds, mastodon) = (servers::pds().await.unwrap(), servers::mastodon_mock().await.unwrap());
    let account = pds.new_account("sizes").await.unwrap();
    world.add("bluesky", "lark-bs", &[("server", &pds.url), ("handle", &account.handle), ("app_password", &account.app_password)]).await;
    world.add("mastodon", "lark-ma", &[("server", &mastodon.url), ("token", &mastodon.tokens.grace)]).await;
    let folder = world.folder.path();
    std::fs::write(folder.join("large.jpg"), photograph(3_000, 1_500)).unwrap();
    std::fs::write(folder.join("small.jpg"), photograph(300, 200)).unwrap();
    let mark = format!("sizes {}", std::process::id());
    let rows = format!("{mark} large,{},large.jpg,A kiln\n{mark} small,{},small.jpg,A shelf\n", world.at(60), world.at(120));
    let bytes = format!("text,at,media,alt\n{rows}").into_bytes();
    let plan = PlanFile { name: "plan.csv".into(), bytes, format: None, folder: Some(folder.to_owned()) };
    let wish = PlanWish { channels: vec!["lark-bs".into(), "lark-ma".into()], gap_minutes: Some(0), ..PlanWish::default() };
    world.kith.import_plan(&world.operator, &plan, &wish).await.unwrap().unwrap();
    let kept: Vec<Vec<u8>> =
        std::fs::read_dir(folder.join("data/media")).unwrap().map(|entry| std::fs::read(entry.unwrap().path()).unwrap()).collect();
    assert_eq!(kept.len(), 3, "two of the large one, one of the small one for both");
    assert!(kept.iter().all(|bytes| !bytes.windows(8).any(|window| window == b"38.7223N")), "no place goes out");

    world.clock.advance(SignedDuration::from_secs(121));
    world.deliver_all(SignedDuration::from_mins(10)).await;
    let me = other::bluesky(&pds.url, &account.handle, &account.app_password).await.unwrap();
    let posts = me.posts(&account.did).await.unwrap();
    let shown = |word: &str| {
        let post = posts.iter().find(|post| post["value"]["text"].as_str().unwrap().ends_with(word)).unwrap();
        let image = &post["value"]["embed"]["images"][0];
        (image["aspectRatio"]["width"].as_u64().unwrap(), image["image"]["size"].as_u64().unwrap())
    };
    let ((width, size), (small, _)) = (shown("large"), shown("small"));
    assert!(width <= 2_000 && size <= 2_000_000 && small == 300, "{width} px, {size} bytes");
    let sizes: Vec<(u32, usize)> = kept.iter().map(|bytes| (image::load_from_memory(bytes).unwrap().width(), bytes.len())).collect();
    assert!(sizes.iter().any(|(width, _)| *width == 3_000), "Mastodon has the whole: {sizes:?}");
    let me = other::mastodon(&mastodon.url, &mastodon.tokens.grace).await.unwrap();
    let statuses = me.all_statuses(&me.id).await.unwrap();
    let there = statuses.iter().filter(|status| status["content"].as_str().unwrap().contains(&mark));
    assert_eq!(there.filter(|status| status["media_attachments"][0]["type"] == "image").count(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn avif_and_heic_are_refused_by_their_content_with_the_way_out() {
    let world = World::new().await;
    let mastodon = servers::mastodon_mock().await.unwrap();
    world.add("mastodon", "lark-ma", &[("server", &mastodon.url), ("token", &mastodon.tokens.grace)]).await;
    for (brand, name) in [(b"avif", "AVIF"), (b"heic", "HEIC")] {
        std::fs::write(world.folder.path().join("photo.jpg"), [b"\0\0\0\x18ftyp".as_slice(), brand, b"\0\0\0\0mif1miaf"].concat()).unwrap();
        let post = SinglePost {
            channel: "lark-ma".into(),
            at: world.at(60),
            text: "Look".into(),
            media: vec!["photo.jpg".into()],
            alt: vec!["A kiln".into()],
            folder: Some(world.folder.path().to_owned()),
            ..SinglePost::default()
        };
        let said = world.kith.add_post(&world.operator, post, Door::Cli).await.unwrap().unwrap_err()[0].to_string();
        assert!(said.contains(&format!("this is an {name} picture")) && said.contains("save it as JPEG or PNG"), "{said}");
    }
}
