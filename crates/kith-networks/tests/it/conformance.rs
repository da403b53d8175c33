//! The checks that every network passes. Each takes a `Case`; `conformance!` makes a test of each.

use std::time::Duration;

use jiff::SignedDuration;
use kith_domain::listen::{Audience, Incoming, IncomingKind};
use kith_domain::mandate::ActKind;
use kith_domain::publish::{Class, Content, Looked, MediaItem, PublishError};
use kith_networks::{FirstWords, MediaFile, ReadError, Reader, Search, Secret, Touched, Words};
use kith_testkit::servers::eventually;
use kith_testkit::{Fault, Rule};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::case::{Case, unique};

/// How long a stream may take to say something on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// A test of each check, for the case that `$case().await` makes.
macro_rules! conformance {
    ($case:path) => {
        conformance!($case:
            signs_in_and_stays_signed_in
            a_post_goes_out_once_and_is_seen
            the_same_key_twice_is_one_post
            after_a_lost_answer_the_post_is_found
            what_never_arrived_is_absent_and_can_be_sent_again
            what_arrives_late_is_found_late_and_once
            an_identical_earlier_post_is_never_taken_for_this_one
            slow_down_is_later_with_the_delay
            nobody_there_is_later
            a_dead_token_asks_to_sign_in_again
            too_long_is_refused_before_and_by_the_server
            pictures_go_out_in_order_with_their_descriptions
            the_inbox_comes_oldest_first_without_loss_or_double
            a_thread_has_what_is_above_and_below
            an_answer_lands_in_the_thread_once
            a_lost_answer_of_ours_is_found
            a_message_to_us_alone_is_answered_alone
            our_answers_are_listed_whatever_program_sent_them
            follow_like_and_repost_twice_are_once
            a_like_and_a_repost_are_taken_back_and_can_be_given_again
            a_press_without_word_back_is_looked_for
            first_words_reach_one_person_alone_or_are_not_offered
            a_press_for_one_thing_does_no_other
            the_stream_wakes_and_says_when_it_ends
        );
    };
    ($case:path: $($check:ident)+) => {$(
        #[tokio::test]
        async fn $check() {
            $crate::conformance::$check(&$case().await).await;
        }
    )+};
}

pub(crate) async fn signs_in_and_stays_signed_in(case: &Case) {
    assert!(!case.profile.remote_id.is_empty() && case.profile.address.contains(['@', '.']), "{:?}", case.profile);
    assert!(case.capabilities.limits.text_max >= 100);
    let health = case.network.check(&case.call()).await.unwrap();
    assert_eq!(health.profile, case.profile);
    assert_eq!(health.capabilities, case.capabilities);

    let secret_field = case.network.card().sign_in.iter().find(|field| field.secret).unwrap().name;
    for wrong in ["", "no-such-token", "two words"] {
        let mut fields = case.fields.clone();
        fields.insert(secret_field.to_owned(), Secret::new(wrong));
        let error = case.network.sign_in(&case.http, &fields, (case.now)()).await.unwrap_err();
        assert_eq!(error.field, secret_field, "{error}");
        assert!(wrong.is_empty() || !error.why.contains(wrong), "the secret shows: {error}");
    }
}

pub(crate) async fn a_post_goes_out_once_and_is_seen(case: &Case) {
    let text = unique("Kiln tip: open it slowly");
    let content = Content { text: text.clone(), ..Content::default() };
    assert!(case.network.preview(&content, &case.capabilities).is_fine());
    let receipt = case.publish(&case.key(), &text).await.unwrap();
    let seen = case.other.sees(&text).await;
    assert_eq!(seen.iter().map(|post| &post.remote_id).collect::<Vec<_>>(), [&receipt.remote_id]);
    assert!(receipt.at.duration_since((case.now)()).abs() < SignedDuration::from_mins(2), "{receipt:?}");
}

pub(crate) async fn the_same_key_twice_is_one_post(case: &Case) {
    if matches!(case.capabilities.class, Class::ReadBack | Class::Blind) {
        return; // promises nothing of the kind, and the engine does not rely on it
    }
    let (key, text) = (case.key(), unique("Glaze tip"));
    let prepared = case.prepare(&key, &text).await;
    let first = case.network.publish(&case.call(), &key, &prepared).await.unwrap();
    let second = case.network.publish(&case.call(), &key, &prepared).await.unwrap();
    assert_eq!(first.remote_id, second.remote_id);
    assert_eq!(case.other.sees(&text).await.len(), 1);
}

pub(crate) async fn after_a_lost_answer_the_post_is_found(case: &Case) {
    for fault in [Fault::DropAfterUpstream, Fault::Status500AfterUpstream, Fault::Malformed] {
        let (key, text) = (case.key(), unique("A link https://example.com/some/long/path?with=query&more=1 and\n\ntwo paragraphs"));
        let prepared = case.prepare(&key, &text).await;
        let first_send = (case.now)();
        case.proxy.plan(Rule::on(case.publish_path, fault.clone()).method("POST").times(1));
        let error = case.network.publish(&case.call(), &key, &prepared).await.unwrap_err();
        assert!(matches!(error, PublishError::Unknown { .. }), "{fault:?}: {error:?}");

        let looked = case.network.find(&case.call(), &Search { key: &key, prepared: &prepared, first_send, taken: &[] }).await;
        let Looked::Found(receipt) = looked else { panic!("{fault:?}: {looked:?}") };
        let tag = text.split_whitespace().last().unwrap();
        let seen = case.other.sees(tag).await;
        assert_eq!(seen.iter().map(|post| &post.remote_id).collect::<Vec<_>>(), [&receipt.remote_id], "{fault:?}");
    }
}

pub(crate) async fn what_never_arrived_is_absent_and_can_be_sent_again(case: &Case) {
    let (key, text) = (case.key(), unique("Clay tip"));
    let prepared = case.prepare(&key, &text).await;
    let first_send = (case.now)();
    case.proxy.plan(Rule::on(case.publish_path, Fault::DropBeforeUpstream).method("POST").times(1));
    let error = case.network.publish(&case.call(), &key, &prepared).await.unwrap_err();
    assert!(matches!(error, PublishError::Unknown { .. }), "bytes had left: {error:?}");
    let looked = case.network.find(&case.call(), &Search { key: &key, prepared: &prepared, first_send, taken: &[] }).await;
    assert_eq!(looked, Looked::Absent);
    case.network.publish(&case.call(), &key, &prepared).await.unwrap();
    assert_eq!(case.other.sees(&text).await.len(), 1);
}

pub(crate) async fn what_arrives_late_is_found_late_and_once(case: &Case) {
    let (key, text) = (case.key(), unique("Slow post"));
    let prepared = case.prepare(&key, &text).await;
    let first_send = (case.now)();
    let search = Search { key: &key, prepared: &prepared, first_send, taken: &[] };
    case.proxy.plan(Rule::on(case.publish_path, Fault::HoldRequest).method("POST").times(1));
    let error = case.network.publish(&case.call(), &key, &prepared).await.unwrap_err();
    assert!(matches!(error, PublishError::Unknown { .. }), "{error:?}");
    assert_eq!(case.network.find(&case.call(), &search).await, Looked::Absent, "which is why one look is not enough");
    case.proxy.release().await;
    let looked = case.network.find(&case.call(), &search).await;
    assert!(matches!(looked, Looked::Found(_)), "{looked:?}");
    if !matches!(case.capabilities.class, Class::ReadBack | Class::Blind) {
        case.network.publish(&case.call(), &key, &prepared).await.unwrap();
    }
    assert_eq!(case.other.sees(&text).await.len(), 1);
}

pub(crate) async fn an_identical_earlier_post_is_never_taken_for_this_one(case: &Case) {
    let text = unique("The shop is open");
    let earlier = case.publish(&case.key(), &text).await.unwrap();
    let taken = [earlier.remote_id.clone()];

    let key = case.key();
    let prepared = case.prepare(&key, &text).await;
    let first_send = (case.now)();
    let search = Search { key: &key, prepared: &prepared, first_send, taken: &taken };
    assert_eq!(case.network.find(&case.call(), &search).await, Looked::Absent, "not sent yet");

    case.proxy.plan(Rule::on(case.publish_path, Fault::DropAfterUpstream).method("POST").times(1));
    case.network.publish(&case.call(), &key, &prepared).await.unwrap_err();
    let looked = case.network.find(&case.call(), &search).await;
    let Looked::Found(receipt) = looked else { panic!("{looked:?}") };
    assert_ne!(receipt.remote_id, earlier.remote_id);
}

pub(crate) async fn slow_down_is_later_with_the_delay(case: &Case) {
    let (key, text) = (case.key(), unique("Not now"));
    let prepared = case.prepare(&key, &text).await;
    case.proxy.plan(Rule::on(case.publish_path, Fault::RateLimited { retry_after_s: 77 }).method("POST").times(1));
    let error = case.network.publish(&case.call(), &key, &prepared).await.unwrap_err();
    assert!(matches!(error, PublishError::Later { after: Some(after), .. } if after.as_secs() == 77), "{error:?}");
    assert!(case.other.sees(&text).await.is_empty());
}

pub(crate) async fn nobody_there_is_later(case: &Case) {
    let (key, text) = (case.key(), unique("Anybody there"));
    let prepared = case.prepare(&key, &text).await;
    let free_port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let nowhere = format!("http://127.0.0.1:{free_port}/").parse().unwrap();
    let call = kith_networks::Call { server: &nowhere, ..case.call() };
    let error = case.network.publish(&call, &key, &prepared).await.unwrap_err();
    assert!(matches!(error, PublishError::Later { .. }), "{error:?}");
    let looked = case.network.find(&call, &Search { key: &key, prepared: &prepared, first_send: (case.now)(), taken: &[] }).await;
    assert!(matches!(looked, Looked::Failed { .. }), "{looked:?}");
}

pub(crate) async fn a_dead_token_asks_to_sign_in_again(case: &Case) {
    let (key, text) = (case.key(), unique("Who am I"));
    let prepared = case.prepare(&key, &text).await;
    let call = case.call_with(&case.dead_vault);
    let error = case.network.publish(&call, &key, &prepared).await.unwrap_err();
    assert!(matches!(error, PublishError::SignInAgain { .. }), "{error:?}");
    let error = reader(case).page(&call, None).await.unwrap_err();
    assert!(matches!(error, ReadError::SignInAgain { .. }), "{error:?}");
    let error = case.network.check(&call).await.unwrap_err();
    assert!(matches!(error, ReadError::SignInAgain { .. }), "{error:?}");
    assert!(case.other.sees(&text).await.is_empty());
}

pub(crate) async fn too_long_is_refused_before_and_by_the_server(case: &Case) {
    let max = case.capabilities.limits.text_max as usize;
    let content = Content { text: "x".repeat(max + 1), ..Content::default() };
    let preview = case.network.preview(&content, &case.capabilities);
    assert_eq!((preview.is_fine(), preview.warnings[0].over_by), (false, Some(1)));

    let key = case.key();
    let outcome = match case.network.prepare(&case.call(), &content, &[], &key).await {
        Ok(prepared) => case.network.publish(&case.call(), &key, &prepared).await,
        Err(error) => Err(error),
    };
    assert!(matches!(outcome, Err(PublishError::Refused { .. })), "{outcome:?}");
    let just = Content { text: "x".repeat(max), ..Content::default() };
    assert!(case.network.preview(&just, &case.capabilities).is_fine());
}

pub(crate) async fn pictures_go_out_in_order_with_their_descriptions(case: &Case) {
    let text = unique("Two bowls");
    let file = |alt: &str| MediaFile { source: PNG.into(), mime: "image/png".to_owned(), width: 1, height: 1, alt: alt.to_owned() };
    let files = [file("A blue bowl"), file("Eine grüne Schüssel")];
    let now = (case.now)();
    let item = |file: &MediaFile| MediaItem {
        id: kith_domain::ids::MediaId::new(now, [0; 10]),
        sha256: String::new(),
        mime: file.mime.clone(),
        bytes: file.source.size(),
        width: file.width,
        height: file.height,
        alt: file.alt.clone(),
    };
    let content = Content { text: text.clone(), media: files.iter().map(item).collect(), ..Content::default() };
    assert!(case.network.preview(&content, &case.capabilities).is_fine());
    let key = case.key();
    let prepared = case.network.prepare(&case.call(), &content, &files, &key).await.unwrap();
    let first_send = (case.now)();
    case.proxy.plan(Rule::on(case.publish_path, Fault::DropAfterUpstream).method("POST").times(1));
    case.network.publish(&case.call(), &key, &prepared).await.unwrap_err();
    let looked = case.network.find(&case.call(), &Search { key: &key, prepared: &prepared, first_send, taken: &[] }).await;
    assert!(matches!(looked, Looked::Found(_)), "{looked:?}");
    let seen = case.other.sees(&text).await;
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0].alts, ["A blue bowl", "Eine grüne Schüssel"]);
}

pub(crate) async fn the_inbox_comes_oldest_first_without_loss_or_double(case: &Case) {
    let start = everything_since(case, None).await.1;
    let tag = unique("question");
    let mut asked = Vec::new();
    for number in 0..case.more_than_a_page {
        asked.push(case.other.names_us(&format!("{tag} number {number}")).await);
    }
    let heard = eventually(async || {
        let (items, _) = everything_since(case, start.as_deref()).await;
        let heard = with_words(&items, &tag);
        Ok((heard.len() >= asked.len()).then_some(heard))
    })
    .await
    .unwrap();
    assert_eq!(heard.iter().map(|(id, _)| id.clone()).collect::<Vec<_>>(), asked, "oldest first, each once");
    assert!(heard.iter().all(|(_, kind)| *kind == IncomingKind::Mention));

    let (items, end) = everything_since(case, start.as_deref()).await;
    let first = items.iter().find(|item| item.post.as_ref().is_some_and(|post| post.text.contains(&tag))).unwrap();
    assert_eq!(first.by.remote_id, case.other.remote_id());
    assert!(!first.post.as_ref().unwrap().is_ours);
    // Reading the same again gives the same; reading on gives nothing old.
    let again = everything_since(case, start.as_deref()).await.0;
    assert_eq!(with_words(&again, &tag), heard);
    let later = everything_since(case, end.as_deref()).await.0;
    assert_eq!(with_words(&later, &tag), []);
}

pub(crate) async fn a_thread_has_what_is_above_and_below(case: &Case) {
    let text = unique("Which clay do you use");
    let ours = case.publish(&case.key(), &text).await.unwrap().remote_id;
    let start = everything_since(case, None).await.1;
    let (tag_1, tag_2) = (unique("Stoneware"), unique("and porcelain"));
    let first = case.other.answers(&ours, &tag_1).await;
    let second = case.other.answers(&first, &tag_2).await;

    let item = heard(case, start.as_deref(), &tag_1).await;
    assert_eq!((item.kind, item.post.as_ref().unwrap().remote_id.as_str()), (IncomingKind::Reply, first.as_str()));
    assert_eq!(item.post.unwrap().in_reply_to.as_deref(), Some(ours.as_str()));

    let ids = |posts: &[kith_domain::listen::RemotePost]| posts.iter().map(|post| post.remote_id.clone()).collect::<Vec<_>>();
    let thread = eventually(async || {
        let thread = reader(case).thread(&case.call(), &first).await?;
        Ok((!thread.below.is_empty()).then_some(thread))
    })
    .await
    .unwrap();
    assert_eq!((ids(&thread.above), ids(&thread.below)), (vec![ours.clone()], vec![second.clone()]));
    assert_eq!((thread.above[0].is_ours, thread.post.is_ours), (true, false));
    assert_eq!(thread.post.remote_id, first);
    assert!(thread.above[0].text.contains(&text), "{:?}", thread.above[0].text);
    assert_eq!(thread.below[0].root.as_deref(), Some(ours.as_str()));

    let top = reader(case).thread(&case.call(), &ours).await.unwrap();
    assert_eq!((ids(&top.above), ids(&top.below)), (vec![], vec![first, second]));
}

pub(crate) async fn an_answer_lands_in_the_thread_once(case: &Case) {
    let start = everything_since(case, None).await.1;
    let tag = unique("Do you ship");
    let theirs = case.other.names_us(&tag).await;
    let to = heard(case, start.as_deref(), &tag).await.post.unwrap();
    assert_eq!(to.remote_id, theirs);

    let act = case.press(ActKind::Reply, &theirs);
    let words = Words { text: "We do, from Monday.".into(), warning: None, language: Some("en".into()), audience: to.audience, to };
    let speaker = case.network.speaker().unwrap();
    let first = speaker.reply(&case.call(), &act, &words).await.unwrap();
    let same = case.press_again(ActKind::Reply, &theirs, act.id(), act.at());
    let second = speaker.reply(&case.call(), &same, &words).await;
    if matches!(case.capabilities.class, Class::ReadBack | Class::Blind) {
        return;
    }
    assert_eq!(second.unwrap().remote_id, first.remote_id);
    let answers = eventually(async || Ok(Some(case.other.answers_to(&theirs).await).filter(|found| !found.is_empty()))).await.unwrap();
    assert_eq!(answers, [first.remote_id]);
}

pub(crate) async fn a_lost_answer_of_ours_is_found(case: &Case) {
    let start = everything_since(case, None).await.1;
    let tag = unique("Is it open");
    let theirs = case.other.names_us(&tag).await;
    let to = heard(case, start.as_deref(), &tag).await.post.unwrap();
    let words = Words { text: "It is.".into(), warning: None, language: None, audience: to.audience, to };
    let act = case.press(ActKind::Reply, &theirs);
    let speaker = case.network.speaker().unwrap();
    assert_eq!(speaker.find_reply(&case.call(), &act, &words).await, Looked::Absent);

    case.proxy.plan(Rule::on(case.publish_path, Fault::DropAfterUpstream).method("POST").times(1));
    let error = speaker.reply(&case.call(), &act, &words).await.unwrap_err();
    assert!(matches!(error, PublishError::Unknown { .. }), "{error:?}");
    let looked = speaker.find_reply(&case.call(), &act, &words).await;
    let Looked::Found(receipt) = looked else { panic!("{looked:?}") };
    let answers = eventually(async || Ok(Some(case.other.answers_to(&theirs).await).filter(|found| !found.is_empty()))).await.unwrap();
    assert_eq!(answers, [receipt.remote_id]);
}

pub(crate) async fn a_message_to_us_alone_is_answered_alone(case: &Case) {
    let start = everything_since(case, None).await.1;
    let tag = unique("Between us");
    let Some(theirs) = case.other.writes_to_us(&tag).await else {
        return; // the network has no messages of this kind
    };
    let item = heard(case, start.as_deref(), &tag).await;
    let to = item.post.unwrap();
    assert_eq!((item.kind, to.audience), (IncomingKind::Direct, Audience::Direct));
    let words = Words { text: unique("Only you"), warning: None, language: None, audience: to.audience, to };
    let act = case.press(ActKind::Reply, &theirs);
    let receipt = case.network.speaker().unwrap().reply(&case.call(), &act, &words).await.unwrap();
    let sent = reader(case).thread(&case.call(), &receipt.remote_id).await.unwrap().post;
    assert_eq!((sent.audience, sent.is_ours), (Audience::Direct, true));
    let looked = case.network.speaker().unwrap().find_reply(&case.call(), &act, &words).await;
    assert!(matches!(&looked, Looked::Found(found) if found.remote_id == receipt.remote_id), "{looked:?}");
}

pub(crate) async fn our_answers_are_listed_whatever_program_sent_them(case: &Case) {
    let ours = case.publish(&case.key(), &unique("A post that answers nobody")).await.unwrap().remote_id;
    let start = everything_since(case, None).await.1;
    let tag = unique("What do you wedge on");
    let theirs = case.other.names_us(&tag).await;
    let to = heard(case, start.as_deref(), &tag).await.post.unwrap();
    let words = Words { text: unique("On plaster"), warning: None, language: None, audience: to.audience, to };
    let receipt = case.network.speaker().unwrap().reply(&case.call(), &case.press(ActKind::Reply, &theirs), &words).await.unwrap();
    let listed = eventually(async || {
        let listed = reader(case).own_answers(&case.call()).await?;
        Ok(listed.iter().any(|post| post.remote_id == receipt.remote_id).then_some(listed))
    })
    .await
    .unwrap();
    let found = listed.iter().find(|post| post.remote_id == receipt.remote_id).unwrap();
    assert_eq!((found.in_reply_to.as_deref(), found.is_ours), (Some(theirs.as_str()), true));
    assert!(listed.iter().all(|post| post.is_ours && post.in_reply_to.is_some() && post.remote_id != ours), "{listed:#?}");
}

pub(crate) async fn follow_like_and_repost_twice_are_once(case: &Case) {
    let speaker = case.network.speaker().unwrap();
    let post = case.other.posts(&unique("Look at this bowl")).await;
    for _ in 0..2 {
        speaker.like(&case.call(), &case.press(ActKind::Like, &post)).await.unwrap();
        speaker.repost(&case.call(), &case.press(ActKind::Repost, &post)).await.unwrap();
    }
    eventually(async || Ok((case.other.likes_and_reposts(&post).await == (1, 1)).then_some(()))).await.unwrap();

    let them = case.other.remote_id();
    for _ in 0..2 {
        speaker.follow(&case.call(), &case.press(ActKind::Follow, &them)).await.unwrap();
    }
    eventually(async || Ok(case.other.is_followed_by_us().await.then_some(()))).await.unwrap();
    for _ in 0..2 {
        speaker.unfollow(&case.call(), &case.press(ActKind::Unfollow, &them)).await.unwrap();
    }
    eventually(async || Ok((!case.other.is_followed_by_us().await).then_some(()))).await.unwrap();
}

pub(crate) async fn a_like_and_a_repost_are_taken_back_and_can_be_given_again(case: &Case) {
    let speaker = case.network.speaker().unwrap();
    let post = case.other.posts(&unique("A jug with two handles")).await;
    let counts = async |expected: (u64, u64)| {
        eventually(async || Ok((case.other.likes_and_reposts(&post).await == expected).then_some(()))).await.unwrap();
    };
    // What was never given is taken back already.
    speaker.unlike(&case.call(), &case.press(ActKind::Unlike, &post)).await.unwrap();
    speaker.unrepost(&case.call(), &case.press(ActKind::Unrepost, &post)).await.unwrap();
    for _ in 0..2 {
        speaker.like(&case.call(), &case.press(ActKind::Like, &post)).await.unwrap();
        speaker.repost(&case.call(), &case.press(ActKind::Repost, &post)).await.unwrap();
        counts((1, 1)).await;
        // Each is taken back alone, and twice is once.
        for _ in 0..2 {
            let taken = speaker.unlike(&case.call(), &case.press(ActKind::Unlike, &post)).await.unwrap();
            assert_eq!(taken, Touched::Done);
        }
        counts((0, 1)).await;
        for _ in 0..2 {
            speaker.unrepost(&case.call(), &case.press(ActKind::Unrepost, &post)).await.unwrap();
        }
        counts((0, 0)).await;
    }
    // A press for one of them does no other.
    let like = case.press(ActKind::Like, &post);
    let refused = speaker.unlike(&case.call(), &like).await;
    assert!(matches!(refused, Err(PublishError::Refused { .. })), "{refused:?}");
}

pub(crate) async fn a_press_without_word_back_is_looked_for(case: &Case) {
    let speaker = case.network.speaker().unwrap();
    let post = case.other.posts(&unique("A glaze that ran")).await;
    let them = case.other.remote_id();
    // Another test on the same server may follow them already.
    speaker.unfollow(&case.call(), &case.press(ActKind::Unfollow, &them)).await.unwrap();
    let table = [
        (ActKind::Like, &post),
        (ActKind::Repost, &post),
        (ActKind::Unlike, &post),
        (ActKind::Unrepost, &post),
        (ActKind::Follow, &them),
        (ActKind::Unfollow, &them),
    ];
    for (kind, target) in table {
        let act = case.press(kind, target);
        let stands = async || speaker.stands(&case.call(), &act).await.unwrap();
        assert_eq!(stands().await, None, "{kind:?}");
        case.proxy.plan(Rule::on("/", Fault::DropAfterUpstream).method("POST").times(1));
        let lost = match kind {
            ActKind::Like => speaker.like(&case.call(), &act).await,
            ActKind::Repost => speaker.repost(&case.call(), &act).await,
            ActKind::Unlike => speaker.unlike(&case.call(), &act).await,
            ActKind::Unrepost => speaker.unrepost(&case.call(), &act).await,
            ActKind::Follow => speaker.follow(&case.call(), &act).await,
            _ => speaker.unfollow(&case.call(), &act).await,
        };
        assert!(matches!(lost, Err(PublishError::Unknown { .. })), "{kind:?}: {lost:?}");
        assert_eq!(stands().await, Some(Touched::Done), "{kind:?}");
    }
}

pub(crate) async fn first_words_reach_one_person_alone_or_are_not_offered(case: &Case) {
    let speaker = case.network.speaker().unwrap();
    let theirs = case.other.posts(&unique("Good morning")).await;
    let seen = async || Ok(reader(case).thread(&case.call(), &theirs).await.ok().map(|thread| thread.post.author));
    let words = FirstWords { text: unique("Only for you"), language: None, to: eventually(seen).await.unwrap() };
    let act = case.press(ActKind::DirectMessage, &words.to.remote_id);
    if case.network.writes_privately().is_err() {
        let refused = speaker.first_words(&case.call(), &act, &words).await;
        assert!(matches!(refused, Err(PublishError::Refused { .. })), "{refused:?}");
        return;
    }
    assert_eq!(speaker.find_first_words(&case.call(), &act, &words).await, Looked::Absent);
    case.proxy.plan(Rule::on(case.publish_path, Fault::DropAfterUpstream).method("POST").times(1));
    let lost = speaker.first_words(&case.call(), &act, &words).await;
    assert!(matches!(lost, Err(PublishError::Unknown { .. })), "{lost:?}");
    let Looked::Found(receipt) = speaker.find_first_words(&case.call(), &act, &words).await else { panic!("it is there") };
    let again = speaker.first_words(&case.call(), &act, &words).await.unwrap();
    assert_eq!(again.remote_id, receipt.remote_id, "the same press is the same message");
    let sent = reader(case).thread(&case.call(), &receipt.remote_id).await.unwrap().post;
    assert_eq!((sent.audience, sent.is_ours, sent.in_reply_to), (Audience::Direct, true, None));
    assert!(eventually(async || Ok(case.other.hears_alone(&words.text).await.then_some(true))).await.unwrap());
    // Made for somebody else, it is not sent.
    let elsewhere = case.press(ActKind::DirectMessage, "somebody-else");
    assert!(matches!(speaker.first_words(&case.call(), &elsewhere, &words).await, Err(PublishError::Refused { .. })));
}

pub(crate) async fn a_press_for_one_thing_does_no_other(case: &Case) {
    let start = everything_since(case, None).await.1;
    let tag = unique("Are you there");
    let theirs = case.other.names_us(&tag).await;
    let to = heard(case, start.as_deref(), &tag).await.post.unwrap();
    let words = Words { text: "Yes".into(), warning: None, language: None, audience: to.audience, to };
    let speaker = case.network.speaker().unwrap();
    let like = case.press(ActKind::Like, &theirs);
    let elsewhere = case.press(ActKind::Reply, "another-post");
    for act in [&like, &elsewhere] {
        let error = speaker.reply(&case.call(), act, &words).await.unwrap_err();
        assert!(matches!(error, PublishError::Refused { .. }), "{error:?}");
    }
    let error = speaker.follow(&case.call(), &like).await.unwrap_err();
    assert!(matches!(error, PublishError::Refused { .. }), "{error:?}");
    assert!(case.other.answers_to(&theirs).await.is_empty());
}

pub(crate) async fn the_stream_wakes_and_says_when_it_ends(case: &Case) {
    let (wake, mut woken) = mpsc::channel(1);
    let call = case.call();
    let mut wakes = 0;
    let ended = {
        let story = async {
            woken.recv().await.unwrap(); // connected
            wakes += 1;
            case.other.names_us(&unique("Wake up")).await;
            woken.recv().await.unwrap();
            wakes += 1;
            case.proxy.cut_streams();
            std::future::pending::<()>().await;
        };
        tokio::select! {
            ended = timeout(PATIENCE, reader(case).watch(&call, &wake)) => ended.unwrap(),
            () = story => unreachable!(),
        }
    };
    if ended == Err(ReadError::NotOffered) {
        return;
    }
    assert_eq!(wakes, 2, "{ended:?}");
    assert!(matches!(ended, Err(ReadError::Later { .. })), "{ended:?}");

    let (wake, woken) = mpsc::channel(1);
    drop(woken);
    timeout(PATIENCE, reader(case).watch(&call, &wake)).await.unwrap().unwrap();
}

fn reader(case: &Case) -> &dyn Reader {
    case.network.reader().unwrap()
}

/// Reads on until there is no more; what came, and where it ended.
async fn everything_since(case: &Case, cursor: Option<&str>) -> (Vec<Incoming>, Option<String>) {
    let mut items = Vec::new();
    let mut cursor = cursor.map(str::to_owned);
    for _ in 0..100 {
        let page = reader(case).page(&case.call(), cursor.as_deref()).await.unwrap();
        items.extend(page.items);
        cursor = page.cursor;
        if !page.more {
            return (items, cursor);
        }
    }
    panic!("the inbox has no end");
}

/// The one thing that came with these words.
async fn heard(case: &Case, since: Option<&str>, words: &str) -> Incoming {
    eventually(async || {
        let (items, _) = everything_since(case, since).await;
        Ok(items.into_iter().find(|item| item.post.as_ref().is_some_and(|post| post.text.contains(words))))
    })
    .await
    .unwrap()
}

fn with_words(items: &[Incoming], words: &str) -> Vec<(String, IncomingKind)> {
    let posts = items.iter().filter_map(|item| item.post.as_ref().map(|post| (item.kind, post)));
    posts.filter(|(_, post)| post.text.contains(words)).map(|(kind, post)| (post.remote_id.clone(), kind)).collect()
}

/// One transparent pixel.
const PNG: &[u8] = &[
    0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00, 0x00, 0x0d, 0x49, 0x48, 0x44, 0x52, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00,
    0x00, 0x01, 0x08, 0x06, 0x00, 0x00, 0x00, 0x1f, 0x15, 0xc4, 0x89, 0x00, 0x00, 0x00, 0x0d, 0x49, 0x44, 0x41, 0x54, 0x78, 0x9c, 0x63,
    0x00, 0x01, 0x00, 0x00, 0x05, 0x00, 0x01, 0x0d, 0x0a, 0x2d, 0xb4, 0x00, 0x00, 0x00, 0x00, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60,
    0x82,
];
