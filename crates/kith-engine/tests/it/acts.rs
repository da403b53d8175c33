//! One person, one press, one act: like, repost, follow, first words; and sorting, drafts and search around them.

use jiff::SignedDuration;
use kith_domain::converse::Standing;
use kith_domain::ids::{ChannelId, ConversationId, HandleId, MessageId};
use kith_domain::listen::{Audience, IncomingKind, RemotePost};
use kith_domain::mandate::Role;
use kith_domain::people::Profile;
use kith_engine::{Acted, DraftKept, Problem, SortWish, Visitor};
use kith_store::{ActState, Ingest, Store};
use kith_testkit::{Fault, FaultProxy, Rule, other, servers};

use crate::world::World;

/// Ana's Kith on a mock server of its own, and Cy, who wrote to her.
struct Scene {
    world: World,
    server: servers::Mastodon,
    proxy: FaultProxy,
    cy: other::Mastodon,
    ana: Visitor,
    conversation: ConversationId,
    message: MessageId,
    channel: ChannelId,
    handle: HandleId,
    /// Cy's post on the server.
    post: String,
}

async fn scene() -> Scene {
    let world = World::new().await;
    let server = servers::own_mastodon_mock().await.unwrap();
    let proxy = FaultProxy::start(&server.url).await.unwrap();
    world.add("mastodon", "lark", &[("server", &proxy.url), ("token", &server.tokens.ada)]).await;
    world.listeners.run_once().await.unwrap();
    let cy = other::mastodon(&server.url, &server.tokens.grace).await.unwrap();
    let store = second(&world).await;
    let channel = store.in_workspace(world.operator.workspace).channels().await.unwrap().remove(0);
    let me = channel.address.split('@').next().unwrap().to_owned();
    let post = cy.post(&format!("@{me} is the SHELF still warm?")).await.unwrap()["id"].as_str().unwrap().to_owned();
    world.listeners.run_once().await.unwrap();
    world.listeners.run_once().await.unwrap();
    let at = store.in_workspace(world.operator.workspace);
    let found = at.search_messages("shelf still warm", None).await.unwrap().rows.remove(0);
    let ana = world.ana().await;
    let (conversation, message, handle) = (found.conversation, found.id, found.with.id);
    Scene { channel: channel.id, world, server, proxy, cy, ana, conversation, message, handle, post }
}

async fn second(world: &World) -> Store {
    let url = format!("sqlite://{}", world.folder.path().join("data/kith.db").display());
    Store::open(&url, kith_engine::Clock::now(&*world.clock)).await.unwrap()
}

fn done(acted: &Acted) -> bool {
    matches!(acted, Acted::Done { .. })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_press_is_one_act_on_the_network_and_stands_on_the_persons_timeline() {
    let s = scene().await;
    let kith = &s.world.kith;
    let gesture = kith.new_gesture();
    let (ana, liked) = kith.press_like(s.ana, gesture, s.message).await.unwrap();
    assert!(done(&liked), "{liked:?}");
    let (ana, again) = kith.press_like(ana, gesture, s.message).await.unwrap();
    assert!(done(&again), "{again:?}");
    let (ana, reposted) = kith.press_repost(ana, kith.new_gesture(), s.message).await.unwrap();
    assert!(done(&reposted), "{reposted:?}");
    let (ana, unfollowed) = kith.press_unfollow(ana, kith.new_gesture(), s.channel, s.handle).await.unwrap();
    assert!(done(&unfollowed), "{unfollowed:?}");
    let (ana, followed) = kith.press_follow(ana, kith.new_gesture(), s.channel, s.handle).await.unwrap();
    assert!(done(&followed), "{followed:?}");
    let status = s.cy.status(&s.post).await.unwrap();
    assert_eq!((&status["favourites_count"], &status["reblogs_count"]), (&1.into(), &1.into()));
    let told: Vec<String> = s.cy.notifications().await.unwrap().iter().map(|n| n["type"].as_str().unwrap().to_owned()).collect();
    assert!(["favourite", "reblog", "follow"].iter().all(|kind| told.iter().any(|seen| seen == kind)), "{told:?}");

    let store = second(&s.world).await;
    let acts = store.in_workspace(s.world.operator.workspace).acts_with(s.handle).await.unwrap();
    assert_eq!(acts.len(), 4, "a second press of one gesture is no second act");
    assert!(acts.iter().all(|act| act.state == ActState::Done));
    assert_eq!(kith.reach(&ana, s.handle).await.unwrap()[0].followed_here, Some(true));
    // A like is no answer: Cy still waits.
    let inbox = kith.inbox(&ana, Standing::Owed).await.unwrap();
    assert!(inbox.rows.iter().any(|row| row.id == s.conversation));
    s.server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_like_and_a_repost_are_taken_back_and_the_button_is_its_opposite() {
    let s = scene().await;
    let kith = &s.world.kith;
    let mut ana = s.ana;
    let pressed = async |ana: &Visitor| {
        let page = kith.conversation(ana, s.conversation).await.unwrap();
        let message = page.messages.iter().find(|message| message.id == s.message).unwrap().clone();
        assert!(message.like.is_some() && message.repost.is_some(), "a press of the button is always there");
        (message.liked, message.reposted)
    };
    let counts = async || {
        let status = s.cy.status(&s.post).await.unwrap();
        (status["favourites_count"].as_u64().unwrap(), status["reblogs_count"].as_u64().unwrap())
    };
    for _ in 0..2 {
        s.world.clock.advance(SignedDuration::from_secs(1));
        ana = kith.press_like(ana, kith.new_gesture(), s.message).await.unwrap().0;
        ana = kith.press_repost(ana, kith.new_gesture(), s.message).await.unwrap().0;
        assert_eq!((pressed(&ana).await, counts().await), ((true, true), (1, 1)));
        s.world.clock.advance(SignedDuration::from_secs(1));
        let gesture = kith.new_gesture();
        for _ in 0..2 {
            let (visitor, taken) = kith.press_unlike(ana, gesture, s.message).await.unwrap();
            assert!(done(&taken), "{taken:?}");
            ana = visitor;
        }
        assert_eq!((pressed(&ana).await, counts().await), ((false, true), (0, 1)));
        let (visitor, taken) = kith.press_unrepost(ana, kith.new_gesture(), s.message).await.unwrap();
        assert!(done(&taken), "{taken:?}");
        ana = visitor;
        assert_eq!((pressed(&ana).await, counts().await), ((false, false), (0, 0)));
    }
    // One press names one thing: the gesture of a like does not take it back.
    let gesture = kith.new_gesture();
    ana = kith.press_like(ana, gesture, s.message).await.unwrap().0;
    let other = kith.press_unlike(ana, gesture, s.message).await;
    assert!(matches!(&other, Err(Problem::Conflict(_))), "{other:?}");
    let ana = s.world.ana().await;

    // With the post the like is gone: taking it back is done, not an error.
    s.cy.delete(&s.post).await.unwrap();
    let (ana, gone) = kith.press_unlike(ana, kith.new_gesture(), s.message).await.unwrap();
    assert!(done(&gone), "{gone:?}");
    // What the network does not take is said in plain words, and the button stays pressed.
    s.proxy.plan(Rule::on("/unreblog", Fault::RateLimited { retry_after_s: 300 }).method("POST").times(1));
    let (_, slow) = kith.press_unrepost(ana, kith.new_gesture(), s.message).await.unwrap();
    assert!(matches!(&slow, Acted::NotDone { again: Some(_), .. }), "{slow:?}");
    s.server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_press_whose_word_was_lost_is_looked_for_and_pressed_again_is_the_same_act() {
    let s = scene().await;
    let kith = &s.world.kith;
    s.proxy.plan(Rule::on("/favourite", Fault::DropAfterUpstream).method("POST").times(1));
    let (ana, liked) = kith.press_like(s.ana, kith.new_gesture(), s.message).await.unwrap();
    assert!(done(&liked), "it was looked for: {liked:?}");

    s.proxy.plan(Rule::on("/", Fault::DropAfterUpstream));
    let gesture = kith.new_gesture();
    let (ana, lost) = kith.press_repost(ana, gesture, s.message).await.unwrap();
    let Acted::Unconfirmed { why } = &lost else { panic!("{lost:?}") };
    assert!(why.contains("looks first"), "{why}");
    assert_eq!(kith.acted_before(&ana, gesture).await.unwrap().map(|acted| done(&acted)), Some(false));
    s.proxy.behave();
    let (_, found) = kith.press_repost(ana, gesture, s.message).await.unwrap();
    assert!(done(&found), "{found:?}");
    assert_eq!(s.cy.status(&s.post).await.unwrap()["reblogs_count"], 1);
    s.server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_networks_no_is_said_in_plain_words_with_the_time() {
    let s = scene().await;
    let kith = &s.world.kith;
    s.proxy.plan(Rule::on("/follow", Fault::RateLimited { retry_after_s: 300 }).method("POST").times(1));
    let (ana, slow) = kith.press_follow(s.ana, kith.new_gesture(), s.channel, s.handle).await.unwrap();
    let Acted::NotDone { why, again: Some(at) } = &slow else { panic!("{slow:?}") };
    assert!(why.ends_with(&format!("It takes the next one at {}", at.time)), "{why}");

    let gone = kith_testkit::other::mastodon(&s.server.url, &s.server.tokens.grace).await.unwrap();
    gone.delete(&s.post).await.unwrap();
    let (_, refused) = kith.press_like(ana, kith.new_gesture(), s.message).await.unwrap();
    let Acted::NotDone { why, again: None } = &refused else { panic!("{refused:?}") };
    assert!(why.starts_with("this post is not there any more"), "{why}");
    s.server.stop().await.unwrap();
}

fn refused(pressed: Result<(Visitor, Acted), Problem>) {
    let Err(Problem::Refused(why)) = pressed else { panic!("{pressed:?}") };
    assert!(why.contains("may not reply, message, follow or like"), "{why}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_but_the_owner_follows_likes_reposts_or_writes() {
    let s = scene().await;
    let kith = &s.world.kith;
    for role in [Role::Delegate, Role::Approver, Role::Analyst] {
        let visitor = async || {
            let mut visitor = s.world.ana().await;
            visitor.session.role = role;
            visitor
        };
        refused(kith.press_follow(visitor().await, kith.new_gesture(), s.channel, s.handle).await);
        refused(kith.press_unfollow(visitor().await, kith.new_gesture(), s.channel, s.handle).await);
        refused(kith.press_like(visitor().await, kith.new_gesture(), s.message).await);
        refused(kith.press_repost(visitor().await, kith.new_gesture(), s.message).await);
        refused(kith.press_unlike(visitor().await, kith.new_gesture(), s.message).await);
        refused(kith.press_unrepost(visitor().await, kith.new_gesture(), s.message).await);
        refused(kith.press_message(visitor().await, kith.new_gesture(), s.channel, s.handle, "Hello").await);
        let sorted = kith.sort(&visitor().await, s.conversation, &SortWish::Done).await;
        assert_eq!(sorted.is_ok(), role == Role::Delegate, "{role}");
        assert!(kith.keep_draft(&visitor().await, s.conversation, "Hello", 0, "box").await.is_err(), "{role}");
    }
    let store = second(&s.world).await;
    assert!(store.in_workspace(s.world.operator.workspace).acts_with(s.handle).await.unwrap().is_empty(), "nothing is stored");
    s.server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn first_words_arrive_once_and_are_kept_until_they_do() {
    let s = scene().await;
    let kith = &s.world.kith;
    kith.save_first_words(&s.ana, s.handle, "Thank you").await.unwrap();
    s.proxy.plan(Rule::on("/api/v1/statuses", Fault::RateLimited { retry_after_s: 60 }).method("POST").times(1));
    let text = "Thank you for asking, it is.";
    let (ana, slow) = kith.press_message(s.ana, kith.new_gesture(), s.channel, s.handle, text).await.unwrap();
    assert!(matches!(slow, Acted::NotDone { .. }), "{slow:?}");
    assert_eq!(kith.first_words_kept(&ana, s.handle).await.unwrap(), text);

    s.proxy.plan(Rule::on("/api/v1/statuses", Fault::DropAfterUpstream).method("POST").times(1));
    let (ana, sent) = kith.press_message(ana, kith.new_gesture(), s.channel, s.handle, text).await.unwrap();
    let Acted::Done { conversation: Some(begun), .. } = sent else { panic!("{sent:?}") };
    assert_eq!(kith.first_words_kept(&ana, s.handle).await.unwrap(), "");
    let page = kith.conversation(&ana, begun).await.unwrap();
    assert!(page.messages.last().unwrap().ours && page.messages.last().unwrap().html.contains("for asking"), "{page:#?}");
    let heard = s.cy.notifications().await.unwrap();
    let alone = heard.iter().filter(|n| n["status"]["visibility"] == "direct").count();
    assert_eq!(alone, 1, "one message on the network");
    s.server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_is_not_reached_over_a_channel_on_which_they_were_never_heard() {
    let s = scene().await;
    let kith = &s.world.kith;
    s.world.add("mastodon", "wren", &[("server", &s.proxy.url), ("token", &s.server.tokens.alan)]).await;
    let store = second(&s.world).await;
    let channels = store.in_workspace(s.world.operator.workspace).channels().await.unwrap();
    let wren = channels.iter().find(|channel| channel.name == "wren").unwrap().id;
    let pressed = kith.press_follow(s.ana, kith.new_gesture(), wren, s.handle).await;
    assert!(matches!(&pressed, Err(Problem::Refused(why)) if why.contains("never heard on wren")), "{pressed:?}");
    s.server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_put_off_is_owed_and_can_be_taken_back() {
    let s = scene().await;
    let kith = &s.world.kith;
    let sorted = kith.sort(&s.ana, s.conversation, &SortWish::Later("tomorrow".into())).await.unwrap();
    assert_eq!(sorted.standing, Standing::Owed);
    assert!(sorted.said.ends_with("at 08:00. The wait goes on."), "{}", sorted.said);
    s.world.clock.advance(SignedDuration::from_secs(10));
    kith.undo_sort(&s.ana, s.conversation, sorted.change.unwrap()).await.unwrap();
    kith.undo_sort(&s.ana, s.conversation, sorted.change.unwrap()).await.unwrap();
    let far = kith.sort(&s.ana, s.conversation, &SortWish::Later("2099-01-01T09:00".into())).await;
    assert!(matches!(far, Err(Problem::Invalid { .. })), "{far:?}");

    let done = kith.sort(&s.ana, s.conversation, &SortWish::NoAnswer).await.unwrap();
    assert_eq!(done.standing, Standing::Closed);
    let undone = kith.undo_sort(&s.ana, s.conversation, done.change.unwrap()).await.unwrap();
    assert_eq!(undone.standing, Standing::Owed);
    s.server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_tabs_see_each_other_and_the_answer_of_one_leaves_the_others_words() {
    let s = scene().await;
    let kith = &s.world.kith;
    let kept = kith.keep_draft(&s.ana, s.conversation, "From the phone", 0, "phone").await.unwrap();
    assert_eq!(kept, DraftKept::Kept { version: 1 });
    let desk = kith.new_gesture().to_string();
    let late = kith.keep_draft(&s.ana, s.conversation, "From the desk", 0, &desk).await.unwrap();
    assert_eq!(late, DraftKept::Conflict { version: 1, theirs: "From the phone".into() });
    let draft = kith.answer_draft(&s.ana, s.conversation).await.unwrap();
    assert_eq!(draft.beside, [(desk.clone(), "From the desk".into())]);
    let (ana, _) = kith.press_send_from(s.ana, &desk, s.conversation, "From the desk", Some(0)).await.unwrap();
    let draft = kith.answer_draft(&ana, s.conversation).await.unwrap();
    assert_eq!((draft.text.as_str(), draft.beside.len()), ("From the phone", 0));
    // A save that was on its way while the answer went out comes late: it is that answer, and no draft of another.
    let kept = kith.keep_draft(&ana, s.conversation, "From the de", 0, &desk).await.unwrap();
    assert_eq!(kept, DraftKept::Kept { version: 1 });
    let draft = kith.answer_draft(&ana, s.conversation).await.unwrap();
    assert_eq!((draft.text.as_str(), draft.beside.len()), ("From the phone", 0));
    let found = kith.search(&ana, "FROM THE desk", None, None).await.unwrap();
    assert_eq!((found.messages.len(), found.messages[0].ours), (1, true));
    s.server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_a_real_pds_a_press_is_one_record_and_first_words_are_plainly_not_offered() {
    let (world, pds) = (World::new().await, servers::pds().await.unwrap());
    let (ours, theirs) = (pds.new_account("acts").await.unwrap(), pds.new_account("actscy").await.unwrap());
    let fields = [("server", pds.url.as_str()), ("handle", &ours.handle), ("app_password", &ours.app_password)];
    world.add("bluesky", "lark", &fields).await;
    let cy = other::bluesky(&pds.url, &theirs.handle, &theirs.app_password).await.unwrap();
    let post = cy.post("Is the shelf warm?").await.unwrap();
    // A PDS alone tells nobody of a mention; it is stored as if it had been heard.
    let store = second(&world).await;
    let at = store.in_workspace(world.operator.workspace);
    let channel = at.channels().await.unwrap().remove(0);
    let by = Profile {
        network: channel.network.clone(),
        remote_id: theirs.did.clone(),
        address: theirs.handle.clone(),
        display_name: "Cy".into(),
        url: None,
        is_bot: false,
    };
    let said = RemotePost {
        remote_id: post.uri.clone(),
        url: None,
        author: by.clone(),
        html: "<p>Is the shelf warm?</p>".into(),
        text: "Is the shelf warm?".into(),
        warning: None,
        at: world.kith.now(),
        in_reply_to: None,
        root: None,
        audience: Audience::Public,
        is_ours: false,
    };
    let heard = Ingest::Message {
        kind: IncomingKind::Mention,
        event_remote_id: "event".into(),
        root_remote_id: post.uri.clone(),
        person: by,
        automated: None,
        post: said,
    };
    at.ingest(channel.id, None, &[heard], world.kith.now()).await.unwrap();
    let found = at.search_messages("shelf", None).await.unwrap().rows.remove(0);

    let kith = &world.kith;
    let mut ana = world.ana().await;
    let gesture = kith.new_gesture();
    for _ in 0..2 {
        let (visitor, liked) = kith.press_like(ana, gesture, found.id).await.unwrap();
        assert!(done(&liked), "{liked:?}");
        let (visitor, reposted) = kith.press_repost(visitor, kith.new_gesture(), found.id).await.unwrap();
        assert!(done(&reposted), "{reposted:?}");
        let (visitor, followed) = kith.press_follow(visitor, kith.new_gesture(), channel.id, found.with.id).await.unwrap();
        assert!(done(&followed), "{followed:?}");
        ana = visitor;
    }
    let me = other::bluesky(&pds.url, &ours.handle, &ours.app_password).await.unwrap();
    for collection in ["app.bsky.feed.like", "app.bsky.feed.repost", "app.bsky.graph.follow"] {
        assert_eq!(me.list_records(&ours.did, collection).await.unwrap().len(), 1, "{collection}");
    }
    let (visitor, unliked) = kith.press_unlike(ana, kith.new_gesture(), found.id).await.unwrap();
    assert!(done(&unliked), "{unliked:?}");
    let (ana, unreposted) = kith.press_unrepost(visitor, kith.new_gesture(), found.id).await.unwrap();
    assert!(done(&unreposted), "{unreposted:?}");
    for collection in ["app.bsky.feed.like", "app.bsky.feed.repost"] {
        assert!(me.list_records(&ours.did, collection).await.unwrap().is_empty(), "{collection}");
    }
    let (ana, unfollowed) = kith.press_unfollow(ana, kith.new_gesture(), channel.id, found.with.id).await.unwrap();
    assert!(done(&unfollowed), "{unfollowed:?}");
    assert!(me.list_records(&ours.did, "app.bsky.graph.follow").await.unwrap().is_empty());

    let reach = kith.reach(&ana, found.with.id).await.unwrap();
    assert!(reach[0].follow.is_ok() && reach[0].message.as_ref().unwrap_err().contains("a service of their own"), "{reach:?}");
    let written = kith.press_message(ana, kith.new_gesture(), channel.id, found.with.id, "Hello Cy").await;
    assert!(matches!(&written, Err(Problem::Refused(why)) if why.contains("a service of their own")), "{written:?}");
    let ana = world.ana().await;
    assert_eq!(kith.first_words_kept(&ana, found.with.id).await.unwrap(), "Hello Cy", "the words are kept");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_late_save_of_a_sent_answer_leaves_no_draft() {
    let s = scene().await;
    let (kith, gesture) = (&s.world.kith, s.world.kith.new_gesture().to_string());
    let (ana, _) = kith.press_send_from(s.ana, &gesture, s.conversation, "Warm the shelf first.", Some(0)).await.unwrap();
    for late in ["Warm the sh", "Warm the shelf first."] {
        assert_eq!(kith.keep_draft(&ana, s.conversation, late, 0, &gesture).await.unwrap(), DraftKept::Kept { version: 0 });
    }
    assert_eq!(kith.answer_draft(&ana, s.conversation).await.unwrap(), kith_engine::AnswerDraft::default());
    // Another box begins anew.
    assert_eq!(kith.keep_draft(&ana, s.conversation, "And then", 0, "next").await.unwrap(), DraftKept::Kept { version: 1 });
    s.server.stop().await.unwrap();
}
