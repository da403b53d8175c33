//! The real servers start, take what the other person writes, and end with the test.

use kith_testkit::other::{self, Record};
use kith_testkit::{Fault, FaultProxy, Rule, cast, servers};
use tokio::net::TcpStream;

#[tokio::test]
async fn the_pds_has_the_cast_and_shows_what_one_of_them_posts() {
    let pds = servers::pds().await.unwrap();
    let handles: Vec<&str> = pds.accounts.iter().map(|a| a.handle.as_str()).collect();
    assert_eq!(handles, [cast::ANA, cast::BO, cast::CY].map(|person| format!("{}.test", person.handle)));

    let account = pds.new_account("lark").await.unwrap();
    let lark = other::bluesky(&pds.url, &account.handle, &account.app_password).await.unwrap();
    let first = lark.post("Good morning").await.unwrap();
    lark.reply(&first, &first, "and good night").await.unwrap();
    lark.like(&first).await.unwrap();
    let posts = lark.posts(&lark.did).await.unwrap();
    assert_eq!(posts.len(), 2);
    assert_eq!(posts[0]["value"]["reply"]["parent"]["uri"], first.uri);
    assert_eq!(Record::of(&posts[1]).unwrap(), first);
}

#[tokio::test]
async fn behind_the_proxy_a_lost_answer_leaves_the_post_on_the_pds() {
    let pds = servers::pds().await.unwrap();
    let account = pds.new_account("lost").await.unwrap();
    let proxy = FaultProxy::start(&pds.url).await.unwrap();
    let lost = other::bluesky(&proxy.url, &account.handle, &account.app_password).await.unwrap();
    proxy.plan(Rule::on("createRecord", Fault::DropAfterUpstream).times(1));
    lost.post("Did it arrive?").await.unwrap_err();
    assert_eq!(lost.posts(&lost.did).await.unwrap().len(), 1);
    assert_eq!(proxy.accepted("POST", "createRecord"), 1);
}

#[tokio::test]
async fn the_whole_bluesky_tells_the_author_of_an_answer() {
    let bluesky = servers::bluesky_full().await.unwrap();
    assert!(bluesky.appview.is_some());
    let (author, reader) = (bluesky.new_account("author").await.unwrap(), bluesky.new_account("reader").await.unwrap());
    let author = other::bluesky(&bluesky.url, &author.handle, &author.app_password).await.unwrap();
    let reader = other::bluesky(&bluesky.url, &reader.handle, &reader.app_password).await.unwrap();
    let post = author.post("Which bread is best?").await.unwrap();
    reader.sees(&post).await.unwrap();
    let answer = reader.reply(&post, &post, "Rye").await.unwrap();

    let seen = servers::eventually(|| async {
        let notifications = author.notifications().await?;
        Ok(notifications.into_iter().find(|n| n["uri"] == answer.uri.as_str()))
    })
    .await
    .unwrap();
    assert_eq!(seen["author"]["did"], reader.did.as_str());
    let thread = author.thread(&post.uri).await.unwrap();
    assert_eq!(thread["replies"][0]["post"]["uri"], answer.uri.as_str());
}

#[tokio::test]
async fn the_mastodon_mock_tells_the_author_of_an_answer() {
    let server = servers::mastodon_mock().await.unwrap();
    let ada = other::mastodon(&server.url, &server.tokens.ada).await.unwrap();
    let grace = other::mastodon(&server.url, &server.tokens.grace).await.unwrap();
    let status = ada.post("Which bread is best?").await.unwrap();
    let answer = grace.reply(&status, "Rye").await.unwrap();
    let notifications = ada.notifications().await.unwrap();
    assert!(notifications.iter().any(|n| n["type"] == "mention" && n["status"]["id"] == answer["id"]), "{notifications:?}");
    let context = ada.context(status["id"].as_str().unwrap()).await.unwrap();
    assert_eq!(context["descendants"][0]["id"], answer["id"]);
}

#[tokio::test]
async fn a_server_of_ones_own_is_gone_when_it_was_stopped() {
    let server = servers::own_mastodon_mock().await.unwrap();
    let address = server.url.strip_prefix("http://").unwrap().to_owned();
    TcpStream::connect(&address).await.unwrap();
    server.stop().await.unwrap();
    TcpStream::connect(&address).await.unwrap_err();
}

#[tokio::test]
async fn the_shared_server_cannot_be_stopped_by_one_test() {
    servers::mastodon_mock().await.unwrap().stop().await.unwrap_err();
}

#[tokio::test]
async fn postgres_gives_each_test_a_database() {
    let postgres = servers::postgres().await.unwrap();
    let (one, two) = (postgres.database("kith").await.unwrap(), postgres.database("kith").await.unwrap());
    assert_ne!(one, two);
    postgres.database("no; drop").await.unwrap_err();
}
