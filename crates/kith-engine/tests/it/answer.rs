//! Somebody writes, the owner answers: from a real server into the inbox and back, by a present person only.

use jiff::SignedDuration;
use kith_domain::converse::Standing;
use kith_engine::views::Replied;
use kith_testkit::{Fault, FaultProxy, Rule, other, servers};

use crate::world::World;

/// Ana's Kith on a mock server of its own, with one published post; and Cy as the other person.
async fn with_a_post() -> (World, servers::Mastodon, FaultProxy, other::Mastodon, String) {
    let world = World::new().await;
    let server = servers::own_mastodon_mock().await.unwrap();
    let proxy = FaultProxy::start(&server.url).await.unwrap();
    world.add("mastodon", "lark", &[("server", &proxy.url), ("token", &server.tokens.ada)]).await;
    // The first read takes what is there already as its beginning.
    world.listeners.run_once().await.unwrap();
    world.import(format!("text,at\nDoes anybody wax the foot?,{}\n", world.at(60)), &["lark"]).await;
    world.deliver_all(SignedDuration::from_mins(10)).await;
    let lines = world.kith.dispatch_lines(world.operator.workspace, Some("published"), None, 10).await.unwrap();
    let id = lines[0].remote_id.clone().unwrap();
    let cy = other::mastodon(&server.url, &server.tokens.grace).await.unwrap();
    (world, server, proxy, cy, id)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_from_another_client_waits_in_the_inbox_and_the_owners_reply_arrives_in_that_thread_once() {
    let (world, server, proxy, cy, post) = with_a_post().await;
    let theirs = cy.reply(&cy.status(&post).await.unwrap(), "I do, twice. Is the shelf warm?").await.unwrap();
    world.listeners.run_once().await.unwrap();
    world.listeners.run_once().await.unwrap();

    let ana = world.ana().await;
    let inbox = world.kith.inbox(&ana, Standing::Owed).await.unwrap();
    let mine: Vec<_> = inbox.rows.iter().filter(|row| row.text.contains("Is the shelf warm?")).collect();
    assert_eq!(mine.len(), 1, "{:#?}", inbox.rows);
    let id = mine[0].id;
    let page = world.kith.conversation(&ana, id).await.unwrap();
    assert!(page.messages.iter().any(|message| message.ours && message.broadcast && message.html.contains("wax the foot")), "{page:#?}");
    assert_eq!(page.may_reply, Ok(()));

    // The answer is accepted, but its answer is lost: Kith looks, finds it, and says it was sent.
    proxy.plan(Rule::on("/api/v1/statuses", Fault::DropAfterUpstream).method("POST").times(1));
    let gesture = world.kith.new_gesture();
    let replied = world.kith.reply(&ana, gesture, id, "Warm, always. <b>Try</b> it at 60 & up.").await.unwrap();
    assert!(matches!(replied, Replied::Sent { .. }), "{replied:?}");
    // The same press once more is the same answer.
    let again = world.kith.reply(&ana, gesture, id, "Warm, always. <b>Try</b> it at 60 & up.").await.unwrap();
    assert!(matches!(again, Replied::Sent { .. }), "{again:?}");

    let context = cy.context(theirs["id"].as_str().unwrap()).await.unwrap();
    let below = context["descendants"].as_array().unwrap();
    assert_eq!(below.len(), 1, "{below:#?}");
    assert_eq!(below[0]["in_reply_to_id"], theirs["id"]);
    let inbox = world.kith.inbox(&ana, Standing::Owed).await.unwrap();
    assert!(inbox.rows.iter().all(|row| row.id != id), "nobody waits any more");
    let page = world.kith.conversation(&ana, id).await.unwrap();
    let ours = page.messages.last().unwrap();
    assert!(ours.ours && ours.provenance_words.as_deref().unwrap_or_default().contains("by hand"), "{ours:#?}");
    assert!(!ours.html.contains("<b>"), "our words are words: {}", ours.html);
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_without_word_back_pressed_again_from_another_page_is_one_answer() {
    let (world, server, proxy, cy, post) = with_a_post().await;
    let theirs = cy.reply(&cy.status(&post).await.unwrap(), "How long does it cool?").await.unwrap();
    world.listeners.run_once().await.unwrap();
    let ana = world.ana().await;
    let id = world.kith.inbox(&ana, Standing::Owed).await.unwrap().rows.iter().find(|row| row.text.contains("it cool")).unwrap().id;
    // Everything is lost for a while: the send, the look, the second send.
    proxy.plan(Rule::on("/", Fault::DropAfterUpstream));
    let replied = world.kith.reply(&ana, world.kith.new_gesture(), id, "A day and a night.").await.unwrap();
    assert!(matches!(replied, Replied::Unconfirmed { .. }), "{replied:?}");
    proxy.behave();
    // The page was loaded anew: another gesture, the same words.
    let replied = world.kith.reply(&ana, world.kith.new_gesture(), id, "A day and a night.").await.unwrap();
    assert!(matches!(replied, Replied::Sent { .. }), "{replied:?}");
    assert_eq!(world.kith.conversation(&ana, id).await.unwrap().draft, "");
    let context = cy.context(theirs["id"].as_str().unwrap()).await.unwrap();
    assert_eq!(context["descendants"].as_array().unwrap().len(), 1, "one answer on the network");
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_answer_keeps_its_text_and_says_why() {
    let (world, server, proxy, cy, post) = with_a_post().await;
    cy.reply(&cy.status(&post).await.unwrap(), "And in winter?").await.unwrap();
    world.listeners.run_once().await.unwrap();
    let ana = world.ana().await;
    let id = world.kith.inbox(&ana, Standing::Owed).await.unwrap().rows.iter().find(|row| row.text.contains("in winter")).unwrap().id;
    proxy.plan(Rule::on("/api/v1/statuses", Fault::RateLimited { retry_after_s: 300 }).method("POST").times(1));
    let replied = world.kith.reply(&ana, world.kith.new_gesture(), id, "In winter even more so.").await.unwrap();
    let Replied::NotSent { why } = replied else { panic!("{replied:?}") };
    assert!(!why.is_empty());
    let page = world.kith.conversation(&ana, id).await.unwrap();
    assert_eq!(page.draft, "In winter even more so.");
    assert!(page.last_try.is_some());
    let sent = world.kith.reply(&ana, world.kith.new_gesture(), id, "In winter even more so.").await.unwrap();
    assert!(matches!(sent, Replied::Sent { .. }), "{sent:?}");
    assert_eq!(world.kith.conversation(&ana, id).await.unwrap().draft, "");
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_waited_and_was_answered_in_another_app_waits_no_longer() {
    let (world, server, _proxy, cy, post) = with_a_post().await;
    let theirs = cy.reply(&cy.status(&post).await.unwrap(), "How long does a foot take to dry?").await.unwrap();
    world.listeners.run_once().await.unwrap();
    let ana = world.ana().await;
    let waits = async || {
        let owed = world.kith.inbox(&ana, Standing::Owed).await.unwrap();
        owed.rows.iter().filter(|row| row.text.contains("foot take to dry")).map(|row| row.id).next()
    };
    let id = waits().await.expect("Cy waits");
    let ana_elsewhere = other::mastodon(&server.url, &server.tokens.ada).await.unwrap();
    ana_elsewhere.reply(&theirs, "A night on the shelf.").await.unwrap();
    world.listeners.run_once().await.unwrap();
    assert_eq!(waits().await, None);
    let said = |page: &kith_engine::views::ConversationPage| page.messages.iter().filter(|m| m.html.contains("night on the shelf")).count();
    assert_eq!(said(&world.kith.conversation(&ana, id).await.unwrap()), 1);
    world.listeners.run_once().await.unwrap();
    assert_eq!(said(&world.kith.conversation(&ana, id).await.unwrap()), 1, "read again, it stands once");
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_given_in_another_app_ends_the_wait() {
    let (world, server, _proxy, cy, post) = with_a_post().await;
    let theirs = cy.reply(&cy.status(&post).await.unwrap(), "Where do you buy your wax?").await.unwrap();
    let ana_elsewhere = other::mastodon(&server.url, &server.tokens.ada).await.unwrap();
    ana_elsewhere.reply(&theirs, "At the candle maker's").await.unwrap();
    world.listeners.run_once().await.unwrap();
    let ana = world.ana().await;
    // The thread is read with the first message of it, so the answer is known although no notification told it:
    // it stands below theirs.
    let owed = world.kith.inbox(&ana, Standing::Owed).await.unwrap();
    assert!(owed.rows.iter().all(|row| !row.text.contains("buy your wax")), "{:#?}", owed.rows);
    server.stop().await.unwrap();
}
