//! The server: what was planned with real dates goes out, once each, to real servers that lose answers.

use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use kith_testkit::{Fault, FaultProxy, Rule, other, servers};

use crate::program::{Folder, Running, err, json, out};

/// Posts in the plan, a second apart.
const POSTS: usize = 40;

fn serve(folder: &Folder) -> Running {
    let mut command = folder.command(&["serve", "--listen", "127.0.0.1:0"]);
    command.env("KITH_ALLOW_PRIVATE", "1");
    Running::start(command, "Kith is at ")
}

#[expect(clippy::disallowed_methods, reason = "real dates need the world's clock")]
fn now() -> Timestamp {
    Timestamp::now()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn posts_with_real_dates_go_out_once_each_while_answers_are_lost() {
    let (mastodon, pds) = (servers::own_mastodon_mock().await.unwrap(), servers::pds().await.unwrap());
    let account = pds.new_account("servana").await.unwrap();
    let (to_mastodon, to_pds) = (FaultProxy::start(&mastodon.url).await.unwrap(), FaultProxy::start(&pds.url).await.unwrap());
    let folder = Folder::with_owner();
    let added = folder.private(&[
        "channel",
        "add",
        "mastodon",
        "--server",
        &to_mastodon.url,
        "--token",
        &mastodon.tokens.katherine,
        "--name",
        "ma",
    ]);
    assert!(added.status.success(), "{}", err(&added));
    let words =
        ["channel", "add", "bluesky", "--server", &to_pds.url, "--handle", &account.handle, "--app-password-file", "-", "--name", "bs"];
    let added = folder.with_input(&words, &account.app_password);
    assert!(added.status.success(), "{}", err(&added));

    let server = serve(&folder);
    to_mastodon.plan(Rule::on("/", Fault::DropAfterUpstream).every(5));
    to_pds.plan(Rule::on("/", Fault::DropAfterUpstream).every(5));
    let begin = now();
    let rows: String = (0..POSTS)
        .map(|i| {
            let at = (begin + SignedDuration::from_secs(6 + i as i64)).in_tz("Europe/Lisbon").unwrap();
            format!("Tip {i} from the server,{}\n", at.strftime("%Y-%m-%d %H:%M:%S"))
        })
        .collect();
    let plan = folder.write("tips.csv", &format!("text,at\n{rows}"));
    // Another process writes while the server runs; the server sees it within a second.
    let imported = folder.private(&["plan", "import", &plan, "--channels", "ma,bs"]);
    assert!(imported.status.success(), "{}", err(&imported));

    let began = Instant::now();
    loop {
        let published = json(&folder.private(&["dispatch", "list", "--state", "published", "--json"]));
        if published.len() == 2 * POSTS {
            break;
        }
        assert!(began.elapsed() < Duration::from_secs(200), "{:#?}", json(&folder.private(&["dispatch", "list", "--json"])));
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    let me = other::mastodon(&mastodon.url, &mastodon.tokens.katherine).await.unwrap();
    let statuses = me.all_statuses(&me.id).await.unwrap();
    let there = statuses.iter().filter(|status| status["content"].as_str().unwrap().contains("from the server")).count();
    assert_eq!(there, POSTS, "each once on the Mastodon server");
    let me = other::bluesky(&pds.url, &account.handle, &account.app_password).await.unwrap();
    assert_eq!(me.posts(&account.did).await.unwrap().len(), POSTS, "each once on the PDS");
    for row in json(&folder.private(&["dispatch", "list", "--json"])) {
        let (due, sent) = (row["due_at"].as_str().unwrap(), row["sent_at"].as_str().unwrap());
        let (due, sent): (Timestamp, Timestamp) = (due.parse().unwrap(), sent.parse().unwrap());
        // Mastodon stamps whole seconds down.
        assert!(sent >= due - SignedDuration::from_secs(1), "never early: due {due}, sent {sent}");
    }
    assert_eq!(server.terminate(), Some(0));
    mastodon.stop().await.unwrap();
}

#[test]
fn a_second_server_on_one_folder_is_refused_and_names_the_first() {
    let folder = Folder::with_owner();
    let first = serve(&folder);
    let second = folder.private(&["serve", "--listen", "127.0.0.1:0"]);
    assert_eq!(second.status.code(), Some(3));
    assert!(err(&second).contains("already runs"), "{}", err(&second));
    assert_eq!(first.terminate(), Some(0));
}

#[test]
fn links_lead_to_where_the_pages_were_last_served() {
    let folder = Folder::with_owner();
    let again = || out(&folder.private(&["owner", "add", "--name", "Ana", "--email", "ana@example.test"]));
    assert!(again().contains("http://127.0.0.1:8080/welcome/"), "{}", again());
    let server =
        Running::start(folder.command(&["serve", "--listen", "127.0.0.1:0", "--public-url", "https://kith.example"]), "Kith is at");
    assert!(again().contains("https://kith.example/welcome/"), "{}", again());
    assert_eq!(server.terminate(), Some(0));
    assert!(again().contains("https://kith.example/welcome/"), "and after it stopped");
}
