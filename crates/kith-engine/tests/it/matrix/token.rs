//! Tokens end, their renewal is lost, the account is taken back.

use jiff::SignedDuration;
use kith_domain::publish::{Hold, State};
use kith_engine::{Clock as _, Point};
use kith_store::{ChannelState, LeaseTask};
use kith_testkit::servers::{Account, Pds};
use kith_testkit::{Fault, FaultProxy, Rule, other, servers};
use serde_json::json;

use super::bare::{self, Canned};
use super::behind;
use super::rig::Rig;

/// A PDS token lives for two hours (PDS 0.5.35); this is in its last minute.
const ALMOST_OVER_S: i64 = 7_200 - 30;
const REFRESH: &str = "com.atproto.server.refreshSession";
const SIGN_IN: &str = "com.atproto.server.createSession";
const PUT: &str = "com.atproto.repo.putRecord";

struct OnPds {
    rig: Rig,
    pds: Pds,
    proxy: FaultProxy,
    account: Account,
}

impl OnPds {
    /// With the channel `swift` on a real PDS behind a proxy.
    async fn new(name: &str) -> Self {
        let (rig, pds) = (Rig::new().await, servers::pds().await.unwrap());
        let (proxy, account) = (FaultProxy::start(&pds.url).await.unwrap(), pds.new_account(name).await.unwrap());
        let on = Self { rig, pds, proxy, account };
        on.connect(&on.account.app_password).await;
        on
    }

    async fn connect(&self, app_password: &str) {
        let fields = [("server", self.proxy.url.as_str()), ("handle", &self.account.handle), ("app_password", app_password)];
        self.rig.add("bluesky", "swift", &fields).await;
    }

    fn asked(&self, path: &str) -> usize {
        self.proxy.requests().iter().filter(|passed| passed.path.contains(path)).count()
    }

    /// Which tokens came with these requests, in order.
    fn bearers(&self, path: &str) -> Vec<String> {
        let requests = self.proxy.requests();
        requests
            .iter()
            .filter(|passed| passed.path.contains(path))
            .map(|passed| passed.header("authorization").unwrap().to_owned())
            .collect()
    }

    async fn there(&self) -> usize {
        let me = other::bluesky(&self.pds.url, &self.account.handle, &self.account.app_password).await.unwrap();
        me.posts(&self.account.did).await.unwrap().len()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_due_posts_with_a_token_that_ends_ask_for_one_new_token() {
    let on = OnPds::new("burst").await;
    let rig = &on.rig;
    let rows: String = (0..100).map(|n| format!("Of a burst {n},{}\n", rig.at(ALMOST_OVER_S - 10))).collect();
    rig.import(&rig.kith, &format!("text,at\n{rows}"), "swift").await.unwrap();
    rig.pass(ALMOST_OVER_S);
    // Posts go one after the other on a channel; everybody else who needs the token comes at the same moment.
    let checks = futures_util::future::join_all((0..8).map(|_| rig.kith.check_channels(rig.operator.workspace, Some("swift"))));
    let (delivered, checked) = tokio::join!(rig.courier.run_due(), checks);
    assert!(delivered.unwrap() >= 100);
    assert!(checked.iter().all(|lines| lines.as_ref().unwrap()[0].state == "ok"), "{checked:?}");
    assert_eq!((on.asked(REFRESH), on.asked(SIGN_IN)), (1, 1), "one renewal; the one sign-in was the connecting");
    let bearers = on.bearers(PUT);
    assert_eq!(bearers.len(), 100);
    assert!(bearers.iter().all(|bearer| *bearer == bearers[0]), "all with the new token");
    assert_eq!(on.there().await, 100);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn new_tokens_are_on_disk_before_they_are_used() {
    let on = OnPds::new("stored").await;
    let rig = &on.rig;
    let id = rig.plan_on("swift", "Stored first", ALMOST_OVER_S - 10).await;
    rig.pass(ALMOST_OVER_S);
    behind::forbid(rig, "channel", "UPDATE").await;
    rig.deliver().await;
    assert_eq!((on.asked(REFRESH), on.asked(PUT)), (1, 0), "what can't be stored is not used");
    assert!(matches!(rig.state(id).await, State::Planned { .. }), "not sent, so not unknown: {:?}", rig.state(id).await);
    behind::allow(rig, "channel").await;
    let state = rig.settle_with(&rig.courier, id, SignedDuration::from_mins(2)).await;
    assert!(matches!(state, State::Published { .. }), "{state:?}");
    let bearers = on.bearers(REFRESH);
    assert_eq!((bearers.len(), &bearers[0]), (2, &bearers[1]), "the old one was kept and still serves");
    assert_eq!(on.there().await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_renewal_is_asked_once_more_with_the_old_token() {
    let on = OnPds::new("lost").await;
    let id = on.rig.plan_on("swift", "Renewed", ALMOST_OVER_S - 10).await;
    on.rig.pass(ALMOST_OVER_S);
    on.proxy.plan(Rule::on(REFRESH, Fault::DropAfterUpstream).times(1));
    on.rig.deliver().await;
    assert!(matches!(on.rig.state(id).await, State::Published { .. }));
    let bearers = on.bearers(REFRESH);
    assert_eq!((bearers.len(), &bearers[0]), (2, &bearers[1]));
    assert_eq!((on.asked(SIGN_IN), on.there().await), (1, 1));
}

/// Two lost answers are a bad line and no dead token: nobody is asked to sign in, the post waits.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn renewals_lost_again_and_again_fail_no_post_and_alarm_nobody() {
    let on = OnPds::new("lostall").await;
    let id = on.rig.plan_on("swift", "Patient", ALMOST_OVER_S - 10).await;
    on.rig.pass(ALMOST_OVER_S);
    on.proxy.plan(Rule::on(REFRESH, Fault::DropAfterUpstream));
    on.rig.deliver().await;
    assert!(matches!(on.rig.state(id).await, State::Planned { not_before: Some(_), .. }), "{:?}", on.rig.state(id).await);
    assert_eq!((on.asked(REFRESH), on.asked(PUT)), (2, 0), "asked twice, then a pause");
    assert_eq!(on.rig.space().channel(on.rig.channel("swift").await).await.unwrap().unwrap().state, ChannelState::Ok);
    on.proxy.behave();
    let state = on.rig.settle_with(&on.rig.courier, id, SignedDuration::from_mins(2)).await;
    assert!(matches!(state, State::Published { .. }), "{state:?}");
    assert_eq!(on.there().await, 1);
}

/// Token and app password are dead: held, said once, and all go by themselves after signing in.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dead_sign_in_holds_what_is_due_tells_once_and_lets_all_go_after_a_new_one() {
    let on = OnPds::new("revoked").await;
    let rig = &on.rig;
    let mut all = Vec::new();
    for n in 0..6 {
        all.push(rig.plan_on("swift", &format!("Held {n}"), ALMOST_OVER_S - 10).await);
    }
    let free = rig.plan("Not held", ALMOST_OVER_S - 10).await;
    let me = json!({ "identifier": on.account.did, "password": on.account.password }).to_string();
    let session = bare::json(&on.pds.url, "POST", "/xrpc/com.atproto.server.createSession", None, &me).await;
    let token = session["accessJwt"].as_str();
    let (status, said) = bare::ask(&on.pds.url, "POST", "/xrpc/com.atproto.server.revokeAppPassword", token, r#"{"name":"kith"}"#).await;
    assert_eq!(status, 200, "{said}");

    let mut live = rig.kith.live();
    rig.pass(ALMOST_OVER_S);
    rig.deliver().await;
    for id in &all {
        assert!(matches!(rig.state(*id).await, State::Held { why: Hold::Token, .. }), "{:?}", rig.state(*id).await);
    }
    assert!(matches!(rig.state(free).await, State::Published { .. }), "only that channel");
    assert_eq!((on.asked(REFRESH), on.asked(SIGN_IN), on.asked(PUT)), (1, 2, 0), "only the first post found it out");
    let told = std::iter::from_fn(|| live.try_recv().ok()).filter(|(_, event)| event.what == "channels").count();
    assert_eq!(told, 1, "said once");
    let words = rig.words(all[0]).await;
    assert!(words.contains("must be signed in again"), "{words}");

    let made = bare::json(&on.pds.url, "POST", "/xrpc/com.atproto.server.createAppPassword", token, r#"{"name":"anew"}"#).await;
    on.connect(made["password"].as_str().unwrap()).await;
    rig.deliver().await;
    for id in &all {
        assert!(matches!(rig.state(*id).await, State::Published { .. }), "{:?}", rig.state(*id).await);
    }
    assert_eq!(on.asked(PUT), 6);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_suspended_account_holds_its_own_channel_alone_and_goes_on_when_it_is_free_again() {
    // As Mastodon says it (locales/en.yml, read 2026-11), and as a server that took back the token.
    for (status, said) in [
        ("403 Forbidden", r#"{"error":"Your login is currently disabled"}"#),
        ("403 Forbidden", r#"{"error":"This action is outside the authorized scopes"}"#),
        ("401 Unauthorized", r#"{"error":"The access token was revoked"}"#),
    ] {
        let rig = Rig::new().await;
        let wren = FaultProxy::start(&rig.practice.url()).await.unwrap();
        rig.add("mastodon", "wren", &[("server", &wren.url), ("token", &rig.practice.owner_token())]).await;
        let held = [rig.plan("First", 60).await, rig.plan("Second", 61).await, rig.plan("Third", 62).await];
        let free = rig.plan_on("wren", "Free", 60).await;
        let suspended = Canned::start(status, "", said).await;
        rig.proxy.point_at(&suspended.url).unwrap();
        rig.pass(63);
        rig.deliver().await;
        for id in held {
            assert!(matches!(rig.state(id).await, State::Held { why: Hold::Token, .. }), "{said}: {:?}", rig.state(id).await);
        }
        assert!(matches!(rig.state(free).await, State::Published { .. }), "{said}: the other account goes on");
        assert_eq!(rig.sends(), 1, "{said}: nobody knocks again and again");
        let row = rig.space().channel_by_name("lark").await.unwrap().unwrap();
        assert_eq!(row.state, ChannelState::SignInAgain, "{said}");

        rig.proxy.point_at(&rig.practice.url()).unwrap();
        rig.pass(600);
        rig.add("mastodon", "lark", &[("server", &rig.proxy.url), ("token", &rig.practice.owner_token())]).await;
        rig.deliver().await;
        for (id, text) in held.into_iter().zip(["First", "Second", "Third"]) {
            // What is caught up is spaced.
            let state = rig.settle(id).await;
            assert!(matches!(state, State::Published { .. }), "{said}: {state:?}");
            assert_eq!(rig.shown(text).await, 1, "{said}");
        }
    }
}

async fn revoke(rig: &Rig) {
    let token = format!("{{\"token\":\"{}\"}}", rig.practice.owner_token());
    bare::json(&rig.practice.url(), "POST", "/practice/revoke", None, &token).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_that_dies_over_a_dead_token_leaves_no_channel_that_looks_well() {
    let mut rig = Rig::new().await;
    let id = rig.plan("Two lives", 60).await;
    revoke(&rig).await;
    rig.pass(61);
    rig.die_at(Point::AfterCommit).await;
    let state = async |rig: &Rig| rig.space().channel_by_name("lark").await.unwrap().unwrap().state;
    assert_eq!(state(&rig).await, ChannelState::SignInAgain, "marked before the post was held");
    rig.restart().await;
    rig.deliver().await;
    assert!(matches!(rig.state(id).await, State::Held { why: Hold::Token, .. }));
    assert_eq!(state(&rig).await, ChannelState::SignInAgain);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn signing_in_again_waits_for_the_renewal_that_another_process_is_at() {
    let rig = Rig::new().await;
    let (space, now) = (rig.space(), rig.clock.now());
    let row = space.channel_by_name("lark").await.unwrap().unwrap();
    let fence = space.take_lease(row.id, LeaseTask::Renew, now, now + SignedDuration::from_secs(45)).await.unwrap().unwrap();
    let token = rig.practice.owner_token();
    let fields = [("server", rig.proxy.url.as_str()), ("token", token.as_str())];
    let mut again = std::pin::pin!(rig.add("mastodon", "lark", &fields));
    assert!(tokio::time::timeout(std::time::Duration::from_secs(1), &mut again).await.is_err(), "it did not wait");
    space.set_sealed_under(fence, row.id, row.sealed.as_ref().unwrap()).await.unwrap();
    space.end_lease(row.id, LeaseTask::Renew, fence, now).await.unwrap();
    again.await;
    assert_ne!(space.channel(row.id).await.unwrap().unwrap().sealed, row.sealed, "what the person brought came last");
}
