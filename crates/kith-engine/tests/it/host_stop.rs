//! An upgrade in the middle of a send: what does not end in time is handed over, and the next one takes it up at once.

use std::time::Duration;

use jiff::SignedDuration;
use kith_engine::Courier;
use kith_testkit::{Fault, FaultProxy, Rule, other, servers};
use tokio_util::sync::CancellationToken;

use crate::world::World;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_send_that_does_not_end_in_time_is_handed_over_and_looked_for_at_once() {
    let world = World::new().await;
    let mastodon = servers::own_mastodon_mock().await.unwrap();
    let proxy = FaultProxy::start(&mastodon.url).await.unwrap();
    world.add("mastodon", "ma", &[("server", &proxy.url), ("token", &mastodon.tokens.katherine)]).await;
    world.import(format!("text,at\nHanded over,{}\n", world.at(5)), &["ma"]).await;
    // The server has it at once, and says so when nobody listens any more.
    proxy.plan(Rule::on("/api/v1/statuses", Fault::DelayAnswer(Duration::from_mins(1))).method("POST").times(1));
    world.clock.advance(SignedDuration::from_secs(6));

    let stop = CancellationToken::new();
    let courier = Courier::new(world.kith.clone()).stopping_within(Duration::from_millis(300));
    let run = tokio::spawn(courier.run(stop.clone()));
    let sent = async || {
        let arrived = proxy.requests().iter().any(|passed| passed.method == "POST" && passed.upstream_status == Some(200));
        Ok(arrived.then_some(()))
    };
    servers::eventually(sent).await.unwrap();
    stop.cancel();
    tokio::time::timeout(Duration::from_secs(10), run).await.unwrap().unwrap();

    // Neither the lease is waited for nor a take-over made: the row is free.
    let next = Courier::new(world.kith.clone());
    assert_eq!(next.run_due().await.unwrap(), 1, "it is taken up at once");
    world.clock.advance(SignedDuration::from_secs(3));
    next.run_due().await.unwrap();
    let line = world.kith.dispatch_lines(world.operator.workspace, None, None, 10).await.unwrap().remove(0);
    assert_eq!((line.state.as_str(), line.attempts), ("published", 1), "{line:?}");
    let me = other::mastodon(&mastodon.url, &mastodon.tokens.katherine).await.unwrap();
    let there = me.all_statuses(&me.id).await.unwrap();
    assert_eq!(there.iter().filter(|status| status["content"].as_str().unwrap().contains("Handed over")).count(), 1);
    mastodon.stop().await.unwrap();
}
