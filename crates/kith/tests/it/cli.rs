//! Words and exit codes: 0 done, 1 refused with reasons on stderr, 2 usage.

use kith_testkit::servers;

use crate::program::{Folder, err, files, json, out};

const TIPS: &str = "text,at\nWarm the shelf first,2028-12-01 09:30\nDear firstname,2028-12-01 12:00\nPast,2021-01-01 09:00\n";

#[test]
fn a_wrong_word_is_usage_and_a_missing_folder_says_how_to_name_one() {
    let folder = Folder::new();
    assert_eq!(folder.kith(&["plam"]).status.code(), Some(2));
    let output = folder.command(&["channel", "list"]).env_remove("KITH_DATA").output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(err(&output).contains("--data DIR"), "{}", err(&output));
}

#[test]
fn a_folder_without_an_owner_says_how_to_begin() {
    let output = Folder::new().kith(&["channel", "list"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(err(&output).contains("kith owner add"), "{}", err(&output));
}

#[test]
fn an_owner_gets_a_one_time_link() {
    let folder = Folder::new();
    let line = json(&folder.kith(&["owner", "add", "--name", "Ana", "--email", "ana@example.test", "--json"])).remove(0);
    assert!(line["link"].as_str().unwrap().contains("/welcome/"), "{line}");
    let wrong = folder.kith(&["owner", "add", "--name", "Ana", "--email", "nonsense"]);
    assert_eq!(wrong.status.code(), Some(1));
    assert!(err(&wrong).contains("email"), "{}", err(&wrong));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_private_address_is_refused_unless_it_is_allowed() {
    let server = servers::mastodon_mock().await.unwrap();
    let folder = Folder::with_owner();
    let words = ["channel", "add", "mastodon", "--server", &server.url, "--token", &server.tokens.ada];
    let refused = folder.kith(&words);
    assert_eq!(refused.status.code(), Some(1), "{}", out(&refused));
    assert!(err(&refused).contains("KITH_ALLOW_PRIVATE"), "{}", err(&refused));
    assert!(folder.private(&words).status.success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_comes_from_a_file_or_standard_input_and_stands_nowhere_in_clear() {
    let server = servers::mastodon_mock().await.unwrap();
    let folder = Folder::with_owner();
    let token = folder.write("token", &format!("{}\n", server.tokens.grace));
    let added =
        folder.private(&["channel", "add", "mastodon", "--server", &server.url, "--token-file", &token, "--name", "grace", "--json"]);
    assert_eq!(json(&added)[0]["name"], "grace");
    let words = ["channel", "add", "mastodon", "--server", &server.url, "--token-file", "-", "--name", "alan"];
    assert!(folder.with_input(&words, &server.tokens.alan).status.success());
    let rows = json(&folder.private(&["channel", "list", "--json"]));
    assert_eq!(rows.len(), 2);
    let export = folder.temp.path().join("all.jsonl");
    assert!(folder.private(&["export", "--out", &export.display().to_string()]).status.success());
    let kept: Vec<_> = files(&folder.data()).into_iter().chain([export]).collect();
    for secret in [&server.tokens.grace, &server.tokens.alan] {
        for file in &kept {
            let bytes = std::fs::read(file).unwrap();
            assert!(!bytes.windows(secret.len()).any(|part| part == secret.as_bytes()), "in {}", file.display());
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bad_plan_is_said_whole_and_stores_nothing_and_a_good_one_is_previewed_as_it_is_stored() {
    let server = servers::mastodon_mock().await.unwrap();
    let folder = Folder::with_owner();
    let words = ["channel", "add", "mastodon", "--server", &server.url, "--token", &server.tokens.ada, "--name", "lark"];
    assert!(folder.private(&words).status.success());
    let bad = folder.write("bad.csv", TIPS);
    for verb in ["preview", "import"] {
        let refused = folder.private(&["plan", verb, &bad, "--channels", "lark"]);
        assert_eq!(refused.status.code(), Some(1));
        let said = err(&refused);
        assert!(said.contains("line 3") && said.contains("line 4") && said.contains("nothing was stored"), "{said}");
    }
    assert!(json(&folder.private(&["post", "list", "--json"])).is_empty());

    let good = folder.write("good.csv", "text\nOne thing\nAnother thing\nA third\n");
    let options = ["--channels", "lark", "--windows", "Mon-Fri 08:00-10:00", "--per-day", "1", "--from", "2028-12-01", "--seed", "7"];
    let preview = json(&folder.private(&[&["plan", "preview", &good, "--json"], &options[..]].concat()));
    assert!(folder.private(&[&["plan", "import", &good], &options[..]].concat()).status.success());
    let stored = json(&folder.private(&["dispatch", "list", "--json"]));
    let pick = |rows: &[serde_json::Value]| rows.iter().map(|row| (row["due_at"].clone(), row["text"].clone())).collect::<Vec<_>>();
    assert_eq!(pick(&preview), pick(&stored));
    for field in ["due_at", "local", "zone", "channel", "text", "warnings"] {
        assert!(preview[0].get(field).is_some(), "{field} in {}", preview[0]);
    }
    let twice = folder.private(&[&["plan", "import", &good], &options[..]].concat());
    assert_eq!(twice.status.code(), Some(1), "the same plan twice");
    let id = stored[0]["id"].as_str().unwrap();
    assert!(folder.private(&["post", "cancel", id]).status.success());
    assert_eq!(json(&folder.private(&["dispatch", "show", id, "--json"]))[0]["state"], "cancelled");
}

#[test]
fn the_doctor_finds_a_new_folder_well() {
    let output = Folder::with_owner().kith(&["doctor"]);
    assert_eq!(output.status.code(), Some(0), "{}{}", out(&output), err(&output));
}
