//! The line: forty posts go out exactly once, to real servers that lose every fifth answer.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use kith_testkit::{Fault, FaultProxy, Rule, other, servers};

use crate::world::World;

const POSTS: usize = 40;

fn plan(world: &World, mark: &str) -> String {
    let rows = (0..POSTS).map(|i| {
        // A second apart: the servers stamp with the world's clock, and a look believes two minutes of difference.
        let at = world.at(5 + i as i64);
        format!("\"Kiln tip {i} of {POSTS}, {mark}: warm the shelf first. #kilntips https://clay.example/{i}\",{at}\n")
    });
    std::iter::once("text,at\n".to_owned()).chain(rows).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn forty_posts_go_out_once_each_though_every_fifth_answer_is_lost() {
    let world = World::new().await;
    let mastodon = servers::mastodon_mock().await.unwrap();
    let pds = servers::pds().await.unwrap();
    let account = pds.new_account("lineana").await.unwrap();
    let (to_mastodon, to_pds) = (FaultProxy::start(&mastodon.url).await.unwrap(), FaultProxy::start(&pds.url).await.unwrap());
    world.add("mastodon", "lark-ma", &[("server", &to_mastodon.url), ("token", &mastodon.tokens.katherine)]).await;
    world.add("bluesky", "lark-bs", &[("server", &to_pds.url), ("handle", &account.handle), ("app_password", &account.app_password)]).await;
    let mark = format!("line {}", std::process::id());
    world.import(plan(&world, &mark), &["lark-ma", "lark-bs"]).await;
    for proxy in [&to_mastodon, &to_pds] {
        proxy.plan(Rule::on("/", Fault::DropAfterUpstream).every(5));
    }

    world.deliver_all(SignedDuration::from_hours(1)).await;

    let lines = world.kith.dispatch_lines(world.operator.workspace, None, None, 1_000).await.unwrap();
    let unsent: Vec<_> =
        lines.iter().filter(|line| line.state != "published").map(|line| (&line.channel, &line.state, &line.words)).collect();
    assert!(unsent.is_empty(), "{unsent:#?}");
    assert_eq!(lines.len(), 2 * POSTS);
    let ids: BTreeSet<_> = lines.iter().map(|line| line.remote_id.clone().unwrap()).collect();
    assert_eq!(ids.len(), 2 * POSTS, "one remote id per dispatch and one dispatch per remote id");

    let me = other::mastodon(&mastodon.url, &mastodon.tokens.katherine).await.unwrap();
    let there = me.all_statuses(&me.id).await.unwrap();
    let there = there.iter().filter(|status| status["content"].as_str().is_some_and(|text| text.contains(&mark))).count();
    assert_eq!(there, POSTS, "each once on the Mastodon server");
    let me = other::bluesky(&pds.url, &account.handle, &account.app_password).await.unwrap();
    let there = me.posts(&account.did).await.unwrap();
    assert_eq!(there.len(), POSTS, "each once on the PDS");
    let dropped = to_mastodon.requests().iter().chain(&to_pds.requests()).filter(|passed| passed.fault.is_some()).count();
    assert!(dropped >= POSTS / 4, "the proxy lost {dropped} answers");
}
