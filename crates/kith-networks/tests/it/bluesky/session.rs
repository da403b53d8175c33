//! Signing in once, and keeping the session.

use futures_util::future::join_all;
use jiff::SignedDuration;
use kith_domain::publish::{Class, PublishError};
use kith_networks::{ReadError, bluesky};
use kith_testkit::{Fault, FaultProxy, Rule, servers};

use super::world::{channel, client, sign_in, text};

const LOGIN: &str = "createSession";
const REFRESH: &str = "refreshSession";

fn count(proxy: &FaultProxy, path: &str) -> usize {
    proxy.requests().iter().filter(|r| r.path.contains(path)).count()
}

#[tokio::test]
async fn a_handle_and_an_app_password_connect_a_channel() {
    let pds = servers::pds().await.unwrap();
    let channel = channel(&pds, &pds.url, "signin").await;
    assert_eq!(channel.profile.address, channel.other.handle);
    assert_eq!(channel.profile.remote_id, channel.other.did);
    assert_eq!(channel.capabilities.class, Class::NamedRecord);
    assert_eq!((channel.capabilities.limits.text_max, channel.capabilities.limits.text_bytes_max), (300, Some(3_000)));
    assert!(channel.capabilities.software.starts_with("AT Protocol 0."), "{}", channel.capabilities.software);
    let health = channel.network.check(&channel.call()).await.unwrap();
    assert_eq!((health.profile, health.capabilities), (channel.profile.clone(), channel.capabilities.clone()));
}

#[tokio::test]
async fn what_is_wrong_is_said_at_its_field() {
    let pds = servers::pds().await.unwrap();
    let (network, http, account) = (bluesky::network(), client(), &pds.accounts[0]);
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
        let error = sign_in(&*network, &http, server, handle, password).await.unwrap_err();
        assert_eq!(error.field, field, "{server} {handle}: {error}");
        assert!(!error.to_string().contains(&account.app_password), "{error}");
    }
}

#[tokio::test]
async fn ten_posts_with_an_expired_token_renew_it_once() {
    let pds = servers::pds().await.unwrap();
    let proxy = FaultProxy::start(&pds.url).await.unwrap();
    let mut channel = channel(&pds, &proxy.url, "race").await;
    let logins = count(&proxy, LOGIN);
    let post = async |channel: &super::world::Channel, from: u128| {
        let keys: Vec<String> = (from..from + 10).map(|number| channel.key(number)).collect();
        let posts = keys.iter().map(|key| async move {
            let prepared = channel.prepare(&text(key), &[], key).await;
            channel.publish(key, &prepared).await.unwrap()
        });
        join_all(posts).await
    };

    channel.vault.change("access", "x.y.z");
    post(&channel, 0).await;
    assert_eq!((count(&proxy, REFRESH), count(&proxy, LOGIN) - logins, channel.vault.writes()), (1, 0, 1), "refused by the server");

    channel.now += SignedDuration::from_mins(119);
    post(&channel, 100).await;
    assert_eq!((count(&proxy, REFRESH), channel.vault.writes()), (2, 2), "stale by its own words");
    assert_eq!(channel.posts().await.len(), 20);
}

#[tokio::test]
async fn a_lost_refresh_is_asked_once_more_with_the_same_token() {
    let pds = servers::pds().await.unwrap();
    let proxy = FaultProxy::start(&pds.url).await.unwrap();
    let channel = channel(&pds, &proxy.url, "lostref").await;
    let logins = count(&proxy, LOGIN);
    channel.vault.change("access", "x.y.z");
    proxy.plan(Rule::on(REFRESH, Fault::DropAfterUpstream).times(1));
    channel.network.check(&channel.call()).await.unwrap();
    assert_eq!((count(&proxy, REFRESH), count(&proxy, LOGIN) - logins, channel.vault.writes()), (2, 0, 1));

    channel.vault.change("access", "x.y.z");
    proxy.plan(Rule::on(REFRESH, Fault::DropAfterUpstream).times(2));
    let key = channel.key(1);
    let prepared = channel.prepare(&text("Later"), &[], &key).await;
    assert!(matches!(channel.publish(&key, &prepared).await, Err(PublishError::Later { .. })), "nothing was sent, so nothing is unknown");
    assert_eq!(count(&proxy, LOGIN), logins, "a server that is away is no reason to sign in");
    channel.publish(&key, &prepared).await.unwrap();
}

#[tokio::test]
async fn a_dead_refresh_token_signs_in_once_and_a_dead_app_password_asks_the_person() {
    let pds = servers::pds().await.unwrap();
    let proxy = FaultProxy::start(&pds.url).await.unwrap();
    let channel = channel(&pds, &proxy.url, "dead").await;
    let logins = count(&proxy, LOGIN);
    channel.vault.change("access", "x.y.z");
    channel.vault.change("refresh", "x.y.z");
    channel.network.check(&channel.call()).await.unwrap();
    assert_eq!(count(&proxy, LOGIN) - logins, 1);

    channel.vault.change("access", "x.y.z");
    channel.vault.change("refresh", "x.y.z");
    channel.vault.change("app_password", "abcd-efgh-ijkl-mnop");
    let key = channel.key(1);
    let prepared = channel.prepare(&text("Who am I?"), &[], &key).await;
    let refused = channel.publish(&key, &prepared).await;
    let Err(PublishError::SignInAgain { why }) = refused else { panic!("{refused:?}") };
    assert!(why.contains("app password"), "{why}");
    assert_eq!(count(&proxy, LOGIN) - logins, 2);
    assert!(matches!(channel.network.check(&channel.call()).await, Err(ReadError::SignInAgain { .. })));
}

#[tokio::test]
async fn a_server_that_counts_sign_ins_is_left_in_peace() {
    let pds = servers::own_pds(true).await.unwrap();
    let channel = channel(&pds, &pds.url, "limits").await;
    let account = pds.new_account("other").await.unwrap();
    let mut error = None;
    for _ in 0..40 {
        error = sign_in(&*channel.network, &channel.http, &pds.url, &account.handle, "abcd-efgh-ijkl-mnop").await.err();
        if error.as_ref().is_some_and(|e| e.field == "server") {
            break;
        }
    }
    assert!(error.unwrap().why.contains("too many sign-ins"));
    pds.stop().await.unwrap();
}
