//! Signing in once, and keeping the session.

use futures_util::future::join_all;
use jiff::SignedDuration;
use kith_domain::publish::{Class, PublishError};
use kith_networks::{ReadError, bluesky};
use kith_testkit::{Fault, Rule, servers};

use super::world::{Channel, channel, sign_in, text};
use crate::case::wall_clock;

const LOGIN: &str = "createSession";
const REFRESH: &str = "refreshSession";

fn count(channel: &Channel, path: &str) -> usize {
    channel.proxy.requests().iter().filter(|r| r.path.contains(path)).count()
}

#[tokio::test]
async fn a_handle_and_an_app_password_connect_a_channel() {
    let pds = servers::pds().await.unwrap();
    let channel = channel(&pds, "signin").await;
    assert_eq!(channel.profile.address, channel.me.handle);
    assert_eq!(channel.profile.remote_id, channel.me.did);
    assert_eq!(channel.capabilities.class, Class::NamedRecord);
    assert_eq!((channel.capabilities.limits.text_max, channel.capabilities.limits.text_bytes_max), (300, Some(3_000)));
    assert!(channel.capabilities.software.starts_with("AT Protocol 0."), "{}", channel.capabilities.software);
    let health = channel.network.check(&channel.call()).await.unwrap();
    assert_eq!((health.profile, health.capabilities), (channel.profile.clone(), channel.capabilities.clone()));
}

#[tokio::test]
async fn what_is_wrong_is_said_at_its_field() {
    let pds = servers::pds().await.unwrap();
    let (network, account) = (bluesky::network(), &pds.accounts[0]);
    let table = [
        (pds.url.as_str(), account.handle.as_str(), "abcd-efgh-ijkl-mnop", "app_password"),
        (&pds.url, &account.handle, "wrong", "app_password"),
        (&pds.url, &account.handle, "", "app_password"),
        (&pds.url, "ana", &account.app_password, "handle"),
        ("http://127.0.0.1:9", &account.handle, &account.app_password, "server"),
        (&pds.plc, &account.handle, &account.app_password, "server"),
        ("not a server", &account.handle, &account.app_password, "server"),
    ];
    for (server, handle, password, field) in table {
        let error = sign_in(&*network, server, handle, password).await.unwrap_err();
        assert_eq!(error.field, field, "{server} {handle}: {error}");
        assert!(!error.to_string().contains(&account.app_password), "{error}");
    }
}

#[tokio::test]
async fn ten_posts_with_an_expired_token_renew_it_once() {
    let pds = servers::pds().await.unwrap();
    let mut channel = channel(&pds, "race").await;
    let logins = count(&channel, LOGIN);
    let post = async |channel: &Channel, from: u128| {
        let keys: Vec<String> = (from..from + 10).map(|number| channel.key_of(number)).collect();
        let posts = keys.iter().map(|key| async move {
            let prepared = channel.prepared(&text(key), &[], key).await;
            channel.send(key, &prepared).await.unwrap()
        });
        join_all(posts).await
    };

    channel.change("access", "x.y.z").await;
    post(&channel, 0).await;
    assert_eq!((count(&channel, REFRESH), count(&channel, LOGIN) - logins), (1, 0), "refused by the server");

    channel.case.now = || wall_clock() + SignedDuration::from_mins(119);
    post(&channel, 100).await;
    assert_eq!(count(&channel, REFRESH), 2, "stale by its own words");
    assert_eq!(channel.posts().await.len(), 20);
}

#[tokio::test]
async fn a_lost_refresh_is_asked_once_more_with_the_same_token() {
    let pds = servers::pds().await.unwrap();
    let channel = channel(&pds, "lostref").await;
    let logins = count(&channel, LOGIN);
    channel.change("access", "x.y.z").await;
    channel.proxy.plan(Rule::on(REFRESH, Fault::DropAfterUpstream).times(1));
    channel.network.check(&channel.call()).await.unwrap();
    assert_eq!((count(&channel, REFRESH), count(&channel, LOGIN) - logins), (2, 0));

    channel.change("access", "x.y.z").await;
    channel.proxy.plan(Rule::on(REFRESH, Fault::DropAfterUpstream).times(2));
    let key = channel.key_of(1);
    let prepared = channel.prepared(&text("Later"), &[], &key).await;
    assert!(matches!(channel.send(&key, &prepared).await, Err(PublishError::Later { .. })), "nothing was sent, so nothing is unknown");
    assert_eq!(count(&channel, LOGIN), logins, "a server that is away is no reason to sign in");
    channel.send(&key, &prepared).await.unwrap();
}

#[tokio::test]
async fn a_dead_refresh_token_signs_in_once_and_a_dead_app_password_asks_the_person() {
    let pds = servers::pds().await.unwrap();
    let channel = channel(&pds, "dead").await;
    let logins = count(&channel, LOGIN);
    channel.change("access", "x.y.z").await;
    channel.change("refresh", "x.y.z").await;
    channel.network.check(&channel.call()).await.unwrap();
    assert_eq!(count(&channel, LOGIN) - logins, 1);

    channel.change("access", "x.y.z").await;
    channel.change("refresh", "x.y.z").await;
    channel.change("app_password", "abcd-efgh-ijkl-mnop").await;
    let key = channel.key_of(1);
    let prepared = channel.prepared(&text("Who am I?"), &[], &key).await;
    let refused = channel.send(&key, &prepared).await;
    let Err(PublishError::SignInAgain { why }) = refused else { panic!("{refused:?}") };
    assert!(why.contains("app password"), "{why}");
    assert_eq!(count(&channel, LOGIN) - logins, 2);
    assert!(matches!(channel.network.check(&channel.call()).await, Err(ReadError::SignInAgain { .. })));
}

#[tokio::test]
async fn a_server_that_counts_sign_ins_is_left_in_peace() {
    let pds = servers::own_pds(true).await.unwrap();
    let channel = channel(&pds, "limits").await;
    let account = pds.new_account("other").await.unwrap();
    let mut error = None;
    for _ in 0..40 {
        error = sign_in(&*channel.network, &pds.url, &account.handle, "abcd-efgh-ijkl-mnop").await.err();
        if error.as_ref().is_some_and(|e| e.field == "server") {
            break;
        }
    }
    assert!(error.unwrap().why.contains("too many sign-ins"));
    pds.stop().await.unwrap();
}

#[tokio::test]
async fn a_deactivated_account_holds_its_posts_until_a_person_acts() {
    let pds = servers::pds().await.unwrap();
    let channel = channel(&pds, "asleep").await;
    let key = channel.key_of(1);
    let prepared = channel.prepared(&text("Good night"), &[], &key).await;
    channel.cy.deactivate(&channel.me).await;
    let outcome = channel.send(&key, &prepared).await;
    assert!(matches!(outcome, Err(PublishError::SignInAgain { .. })), "{outcome:?}");
    let health = channel.network.check(&channel.call()).await;
    assert!(matches!(health, Err(ReadError::SignInAgain { .. })), "{health:?}");
}
