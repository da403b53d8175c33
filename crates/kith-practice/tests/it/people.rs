//! What a month with the simulated people is like.

use jiff::SignedDuration;
use kith_practice::{Cue, Practice, Stats};
use serde_json::{Value, json};

use crate::client::{Net, id_of};

const POSTS: &[&str] = &[
    "New mugs out of the kiln this morning, in celadon #pottery",
    "What do you drink from a handleless cup?",
    "Two seats left in Thursday's beginner class #workshop",
    "Glaze test number 41: finally the green I wanted #glaze",
    "The shop update is on Friday at noon",
    "How I plan a week of making and a day of parcels #smallbusiness",
    "I will be at the Saturday market with bowls and small plates",
    "Trimming a foot ring, one minute, no talking",
];

/// A month of forty posts, two each weekday at nine and four; the owner answers everybody, or nobody.
async fn month(seed: u64, answers: bool) -> (Stats, usize, Vec<Value>) {
    let net = Net::with(Practice::builder().seed(seed)).await;
    let mut posted = 0;
    let mut seen = "0".to_owned();
    for day in 0..30 {
        for half in 0..2 {
            net.pass(SignedDuration::from_hours(if half == 0 { 1 } else { 7 }));
            if day % 7 < 5 && posted < 40 {
                net.say(&format!("{} ({posted})", POSTS[posted % POSTS.len()])).await;
                posted += 1;
            }
            if answers {
                seen = answer_all(&net, seen).await;
            }
        }
        net.pass(SignedDuration::from_hours(16));
    }
    let messages = net.get("/api/v1/notifications?types[]=mention&limit=80").await.good();
    let messages = messages.as_array().expect("messages").clone();
    (net.running.stats(), net.running.owner_followers(), messages)
}

/// Answers every message since the last one seen, as a person would.
async fn answer_all(net: &Net, seen: String) -> String {
    let news = net.get(&format!("/api/v1/notifications?types[]=mention&limit=80&since_id={seen}")).await.good();
    let news = news.as_array().expect("a list");
    for one in news {
        let acct = one["account"]["acct"].as_str().expect("a name");
        let body = json!({
            "status": format!("@{acct} Thank you for writing."),
            "in_reply_to_id": one["status"]["id"],
            "visibility": one["status"]["visibility"],
        });
        net.post("/api/v1/statuses", &body).await.good();
    }
    news.first().map_or(seen, id_of)
}

/// A text without the port of the server it came from, which differs from run to run.
fn port_free(text: &str) -> String {
    let (first, rest) = text.split_once("127.0.0.1:").unwrap_or((text, ""));
    rest.split("127.0.0.1:").fold(first.to_owned(), |out, part| out + part.trim_start_matches(|c: char| c.is_ascii_digit()))
}

#[tokio::test]
async fn forty_answered_posts_bring_some_dozens_of_messages_and_a_few_are_from_machines() {
    for seed in [1, 7, 42, 2026] {
        let (stats, _, messages) = month(seed, true).await;
        println!("seed {seed}: {stats:?}");
        assert!(!messages.is_empty());
        assert_eq!(stats.owner_posts, 40);
        assert!((30..=90).contains(&stats.messages_from_people), "{stats:?}");
        assert!((5..=30).contains(&stats.messages_from_machines), "{stats:?}");
        assert!(stats.likes > 100 && stats.boosts > 5, "{stats:?}");
    }
}

#[tokio::test]
async fn people_drift_away_from_someone_who_never_answers() {
    let (kind, kind_followers, _) = month(3, true).await;
    let (silent, silent_followers, _) = month(3, false).await;
    println!("answers: {kind:?} {kind_followers}\nsilent: {silent:?} {silent_followers}");
    assert_eq!(kind.drifted, 0, "{kind:?}");
    assert!(silent.drifted >= 3 && silent.unfollows >= 1, "{silent:?}");
    assert!(silent.messages_from_people * 3 < kind.messages_from_people * 2, "{silent:?} against {kind:?}");
    assert!(silent_followers < kind_followers);
    assert!(silent.given_up > 10 && kind.answered > 10);
}

#[tokio::test]
async fn the_same_seed_and_acts_give_the_same_world() {
    let one = month(5, true).await;
    let two = month(5, true).await;
    assert_eq!(one.0, two.0);
    let contents = |messages: &[Value]| -> Vec<(Value, String)> {
        messages.iter().map(|m| (m["id"].clone(), port_free(&m["status"].to_string()))).collect()
    };
    assert_eq!(contents(&one.2), contents(&two.2));
    let other = month(6, true).await;
    assert_ne!(contents(&one.2), contents(&other.2));
}

#[tokio::test]
async fn one_long_step_brings_the_same_as_many_short_ones() {
    let run = |steps: i64| async move {
        let net = Net::with(Practice::builder().seed(11)).await;
        net.say("New mugs out of the kiln, in celadon. Which one would you take? #pottery").await;
        for _ in 0..steps {
            net.pass(SignedDuration::from_hours(24 * 12) / i32::try_from(steps).expect("few"));
        }
        (net.running.stats(), net.get("/api/v1/notifications?limit=80").await.text())
    };
    let (one, many) = (run(1).await, run(288).await);
    assert_eq!(one.0, many.0);
    assert_eq!(port_free(&one.1), port_free(&many.1));
}

#[tokio::test]
async fn an_answer_that_names_nobody_reaches_nobody() {
    let net = Net::start().await;
    let post = net.say("A quiet day").await;
    let question = net.act(json!({ "as": "any", "do": "reply", "status_id": post, "text": "is it?" })).await;
    // Only a mention counts as an answer, as on any server; the parent alone tells nobody.
    let body = json!({ "status": "Yes.", "in_reply_to_id": question["id"] });
    net.post("/api/v1/statuses", &body).await.good();
    assert_eq!(net.running.stats().owner_answers, 0);
    let acct = question["account"]["acct"].as_str().expect("a name");
    let body = json!({ "status": format!("@{acct} Yes."), "in_reply_to_id": question["id"] });
    net.post("/api/v1/statuses", &body).await.good();
    assert_eq!(net.running.stats().owner_answers, 1);
}

#[tokio::test]
async fn following_a_sender_of_automatic_messages_brings_one_at_once() {
    let net = Net::start().await;
    let people = net.get("/practice/people").await.good();
    let people = people.as_array().expect("people");
    let machine = people.iter().find(|p| p["kind"] == "auto_dm").expect("one of them");
    net.post(&format!("/api/v1/accounts/{}/follow", id_of(machine)), &json!({})).await.good();
    net.pass(SignedDuration::from_mins(2));
    let news = net.get("/api/v1/notifications?types[]=mention").await.good();
    let newest = &news[0]["status"];
    assert_eq!((&newest["visibility"], &newest["account"]["acct"]), (&json!("direct"), &machine["handle"]));
}

#[tokio::test]
async fn many_months_in_one_step_stay_bounded() {
    let net = Net::with(Practice::builder()).await;
    let post = net.say("Which bowl for the window? #pottery").await;
    net.pass(SignedDuration::from_hours(24 * 640));
    let state = net.get("/practice/state").await.good();
    let statuses = state["statuses"].as_u64().expect("a number");
    assert!((5000..=6000).contains(&statuses), "{statuses}");
    assert_eq!(net.get(&format!("/api/v1/statuses/{post}")).await.status, 200);
}

#[tokio::test]
async fn on_cue_somebody_writes_at_once_and_the_owner_can_catch_up() {
    let net = Net::with(Practice::builder().seed(3)).await;
    assert!(!net.running.cue(Cue::Reply, 0).await.expect("kept"), "there is nothing to answer yet");
    net.say(POSTS[0]).await;
    assert!(net.running.cue(Cue::Reply, 0).await.expect("kept"));
    assert!(net.running.cue(Cue::Message, 1).await.expect("kept"));
    let followers = net.running.owner_followers();
    assert!(net.running.cue(Cue::Follow, 2).await.expect("kept"));
    assert_eq!(net.running.owner_followers(), followers + 1);
    let messages = net.get("/api/v1/notifications?types[]=mention").await.good();
    assert_eq!(messages.as_array().map(Vec::len), Some(2), "{messages}");
    assert_eq!(messages[0]["status"]["visibility"], "direct");
    let asked = net.running.stats();
    let answered = net.running.catch_up(&["It is."]).await.expect("kept");
    assert_eq!(net.running.stats().answered, asked.answered + answered as u64);
    assert_eq!(net.running.catch_up(&["It is."]).await.expect("kept"), 0, "nobody waits any more");
}
