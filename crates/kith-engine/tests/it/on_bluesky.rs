//! What is planned goes out on a real PDS as it was approved: link cards, and threads part by part (B13).

use std::collections::HashMap;
use std::io::Cursor;
use std::sync::{Arc, Mutex};

use jiff::SignedDuration;
use kith_domain::mandate::Door;
use kith_engine::{BroughtBack, PlanFile, PlanWish, Problem, SinglePost, Visitor};
use kith_networks::Directories;
use kith_testkit::other::consent::{says_yes, takes_back};
use kith_testkit::servers::Account;
use kith_testkit::{Fault, FaultProxy, Rule, other, servers};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::world::World;

type Pages = Arc<Mutex<HashMap<&'static str, (&'static str, Vec<u8>)>>>;

/// A site whose pages can be changed.
async fn site() -> (String, Pages) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (base, pages) = (format!("http://{}", listener.local_addr().unwrap()), Pages::default());
    let served = pages.clone();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let mut request = vec![0; 4_096];
            let n = socket.read(&mut request).await.unwrap_or(0);
            let request = String::from_utf8_lossy(&request[..n]).into_owned();
            let page = served.lock().unwrap().get(request.split(' ').nth(1).unwrap_or_default()).cloned();
            let (status, kind, body) = page.map_or((404, "text/plain", Vec::new()), |(kind, body)| (200, kind, body));
            let head =
                format!("HTTP/1.1 {status} X\r\ncontent-type: {kind}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
            let _ = socket.write_all(head.as_bytes()).await;
            if !request.starts_with("HEAD") {
                let _ = socket.write_all(&body).await;
            }
        }
    });
    (base, pages)
}

fn page(title: &str) -> (&'static str, Vec<u8>) {
    let html = format!(
        "<title>x</title><meta property=\"og:title\" content=\"{title}\"><meta property=\"og:description\" content=\"All of them\">\
         <meta property=\"og:image\" content=\"/kiln.png\">"
    );
    ("text/html; charset=utf-8", html.into_bytes())
}

fn png() -> Vec<u8> {
    let mut bytes = Vec::new();
    image::DynamicImage::new_rgb8(1_600, 800).write_to(&mut Cursor::new(&mut bytes), image::ImageFormat::Png).unwrap();
    bytes
}

async fn connected(world: &World, url: &str, account: &Account) {
    world.add("bluesky", "lark", &[("server", url), ("handle", &account.handle), ("app_password", &account.app_password)]).await;
}

async fn posts(url: &str, account: &Account) -> Vec<Value> {
    let me = other::bluesky(url, &account.handle, &account.app_password).await.unwrap();
    me.posts(&account.did).await.unwrap()
}

fn by_text<'p>(posts: &'p [Value], begins: &str) -> &'p Value {
    posts.iter().find(|post| post["value"]["text"].as_str().unwrap().starts_with(begins)).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_card_goes_out_as_it_was_approved_whatever_its_page_says_by_then() {
    let (world, pds, (site, pages)) = (World::new().await, servers::pds().await.unwrap(), site().await);
    let account = pds.new_account("cards").await.unwrap();
    connected(&world, &pds.url, &account).await;
    pages.lock().unwrap().extend([
        ("/tips", page("Kiln tips")),
        ("/bare", ("text/plain", Vec::new())),
        ("/kiln.png", ("image/png", png())),
    ]);
    let row = |text: &str, n: i64, card: &str| format!("{text},{},{card}\n", world.at(n));
    let rows = [
        row(&format!("Page {site}/tips"), 60, ""),
        row(&format!("Own {site}/tips"), 120, "My title | My words"),
        row(&format!("None {site}/tips"), 180, "none"),
        row(&format!("Bare {site}/bare"), 240, ""),
        row(&format!("First\n---\nSecond {site}/tips").replace("First\n", "\"First\n").replace("/tips", "/tips\""), 300, ""),
    ];
    let csv = format!("text,at,card\n{}", rows.concat());
    let plan = PlanFile { name: "plan.csv".into(), bytes: csv.into_bytes(), format: None, folder: None };
    let wish = PlanWish { channels: vec!["lark".into()], gap_minutes: Some(0), ..PlanWish::default() };
    let previewed = world.kith.preview_plan(world.operator.workspace, &plan, &wish).await.unwrap();
    let shown: Vec<Vec<(&str, &str, bool)>> = previewed
        .items
        .iter()
        .map(|item| item.cards.iter().map(|card| (&*card.title, &*card.description, card.picture.is_some())).collect())
        .collect();
    let of_page = vec![("Kiln tips", "All of them", true)];
    assert_eq!(shown, [of_page.clone(), vec![("My title", "My words", true)], vec![], vec![], of_page], "{previewed:?}");
    assert!(previewed.items[3].warnings.iter().any(|warning| warning.starts_with("no card below")), "{:?}", previewed.items[3]);
    world.kith.import_plan(&world.operator, &plan, &wish).await.unwrap().unwrap();

    pages.lock().unwrap().extend([("/tips", page("Buy now")), ("/bare", page("Buy now"))]);
    pages.lock().unwrap().remove("/kiln.png");
    // What is late keeps its distance, so this takes a while of the hand clock's time.
    world.clock.advance(SignedDuration::from_secs(301));
    world.deliver_all(SignedDuration::from_hours(1)).await;
    let posts = posts(&pds.url, &account).await;
    assert_eq!(posts.len(), 6);
    let card = |begins: &str| by_text(&posts, begins)["value"]["embed"]["external"].clone();
    let said =
        |begins: &str| (card(begins)["title"].clone(), card(begins)["description"].clone(), card(begins)["thumb"]["mimeType"].clone());
    assert_eq!(said("Page"), (json!("Kiln tips"), json!("All of them"), json!("image/png")));
    assert_eq!(card("Page")["uri"], json!(format!("{site}/tips")));
    assert_eq!(said("Own"), (json!("My title"), json!("My words"), json!("image/png")));
    assert_eq!(said("Second"), (json!("Kiln tips"), json!("All of them"), json!("image/png")));
    for bare in ["None", "Bare", "First"] {
        assert!(by_text(&posts, bare)["value"]["embed"].is_null(), "{bare}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thread_stands_on_the_server_in_its_order_though_answers_are_lost_and_never_runs_past_a_gap() {
    let (world, pds) = (World::new().await, servers::pds().await.unwrap());
    let account = pds.new_account("thread").await.unwrap();
    let proxy = FaultProxy::start(&pds.url).await.unwrap();
    connected(&world, &proxy.url, &account).await;
    proxy.plan(Rule::on("putRecord", Fault::DropAfterUpstream).every(2));
    let thread = |words: &str, n| SinglePost {
        channel: "lark".into(),
        at: world.at(n),
        text: format!("{words} one\n---\n{words} two\n---\n{words} three"),
        ..SinglePost::default()
    };
    let added = world.kith.add_post(&world.operator, thread("Kiln", 60), Door::Cli).await.unwrap().unwrap();
    assert_eq!(added.dispatches, 3);
    world.clock.advance(SignedDuration::from_secs(61));
    world.deliver_all(SignedDuration::from_mins(10)).await;
    let there = posts(&pds.url, &account).await;
    assert_eq!(there.len(), 3, "each part once");
    let (one, two, three) = (by_text(&there, "Kiln one"), by_text(&there, "Kiln two"), by_text(&there, "Kiln three"));
    let strong = |post: &Value| json!({ "uri": post["uri"], "cid": post["cid"] });
    assert!(one["value"]["reply"].is_null());
    assert_eq!(two["value"]["reply"], json!({ "root": strong(one), "parent": strong(one) }));
    assert_eq!(three["value"]["reply"], json!({ "root": strong(one), "parent": strong(two) }));

    world.kith.add_post(&world.operator, thread("Clay", 60), Door::Cli).await.unwrap().unwrap();
    let lines = world.kith.dispatch_lines(world.operator.workspace, None, None, 100).await.unwrap();
    let first = lines.iter().find(|line| line.text == "Clay one").unwrap();
    world.kith.cancel(&world.operator, &first.id).await.unwrap();
    world.clock.advance(SignedDuration::from_secs(61));
    world.deliver_all(SignedDuration::from_mins(10)).await;
    let lines = world.kith.dispatch_lines(world.operator.workspace, None, None, 100).await.unwrap();
    let states: Vec<(&str, &str)> =
        ["Clay two", "Clay three"].map(|text| (text, &*lines.iter().find(|line| line.text == text).unwrap().state)).to_vec();
    assert_eq!(states, [("Clay two", "held"), ("Clay three", "held")]);
    assert_eq!(posts(&pds.url, &account).await.len(), 3);
}

/// Says yes on the server's own page; what the browser brings back.
async fn brought(page: &str, account: &Account) -> BroughtBack {
    let back = says_yes(page, &account.handle, &account.password).await.unwrap();
    assert!(back.as_str().starts_with("http://127.0.0.1:4080/settings/connect/answer?"), "{back}");
    let brought: HashMap<String, String> = back.query_pairs().into_owned().collect();
    let get = |name: &str| brought.get(name).cloned().unwrap_or_default();
    BroughtBack { state: get("state"), code: get("code"), iss: brought.get("iss").cloned(), ..BroughtBack::default() }
}

/// Somebody who owns another workspace here.
async fn stranger(world: &World) -> Visitor {
    let owner = world.kith.add_owner("Cy Smith", "cy@smith.example", Some("Smith & Daughters"), "UTC").await.unwrap();
    let session = world.kith.enter_by_link(owner.link.rsplit('/').next().unwrap(), Some("coal and iron, every day"), "").await.unwrap();
    world.kith.visitor(&session.cookie).await.unwrap().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_channel_by_consent_posts_and_when_it_is_taken_back_its_posts_wait_for_a_new_yes() {
    let (world, pds) = (World::at_address("http://127.0.0.1:4080").await, servers::pds().await.unwrap());
    let account = pds.new_account("saysyes").await.unwrap();
    let kith = &world.kith;
    kith.name_directories(&Directories::parse(&pds.plc, &pds.url).unwrap());
    let (ana, cy) = (world.ana().await, stranger(&world).await);

    let away = kith.begin_connect(&ana, "bluesky", &account.handle, None).await.unwrap();
    assert!(away.go_to.starts_with(&format!("{}/oauth/authorize?", pds.url)), "{}", away.go_to);
    let back = brought(&away.go_to, &account).await;
    assert!(matches!(kith.brought_back(&cy, &back).await, Err(Problem::Refused(_))), "another workspace's browser gets nothing");
    let offered = kith.brought_back(&ana, &back).await.unwrap();
    assert_eq!(offered.address, account.handle);
    assert!(matches!(kith.brought_back(&ana, &back).await, Err(Problem::Refused(_))), "what came back works once");
    assert!(matches!(kith.connect_offered(&cy, &offered.key, "x").await, Err(Problem::Refused(_))));
    let channel = kith.connect_offered(&ana, &offered.key, "lark").await.unwrap();

    let post = |text: &str| SinglePost { channel: "lark".into(), at: world.at(60), text: text.into(), ..SinglePost::default() };
    kith.add_post(&world.operator, post("The kiln is warm"), Door::Cli).await.unwrap().unwrap();
    world.clock.advance(SignedDuration::from_secs(61));
    world.deliver_all(SignedDuration::from_mins(10)).await;
    assert_eq!(posts(&pds.url, &account).await.len(), 1);

    assert_eq!(takes_back(&pds.url, &account.handle, &account.password).await.unwrap(), 1);
    kith.add_post(&world.operator, post("The kiln is open"), Door::Cli).await.unwrap().unwrap();
    world.clock.advance(SignedDuration::from_secs(61));
    world.deliver_all(SignedDuration::from_mins(10)).await;
    let lines = kith.dispatch_lines(world.operator.workspace, None, None, 100).await.unwrap();
    assert_eq!(lines.iter().find(|line| line.text == "The kiln is open").unwrap().state, "held");
    assert_eq!(posts(&pds.url, &account).await.len(), 1);
    assert_eq!(kith.channels(&ana).await.unwrap()[0].state, "sign_in_again");

    let away = kith.connect_again(&ana, channel).await.unwrap();
    let offered = kith.brought_back(&ana, &brought(&away.go_to, &account).await).await.unwrap();
    assert_eq!(offered.known.as_deref(), Some("lark"));
    assert_eq!(kith.connect_offered(&ana, &offered.key, "").await.unwrap(), channel);
    world.deliver_all(SignedDuration::from_mins(10)).await;
    assert_eq!(posts(&pds.url, &account).await.len(), 2, "what was held goes on, once");
}
