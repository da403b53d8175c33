//! The program from the command line: a newcomer's path through queue, series, event, market, presence, absence, pauses.

use kith_testkit::servers;

use crate::program::{Folder, err, json, out};

const ICS: &str = "BEGIN:VCALENDAR\nVERSION:2.0\nBEGIN:VEVENT\nUID:fair-1\nSUMMARY:Autumn fair\nDTSTART;TZID=Europe/Lisbon:20281205T183000\nDTEND;TZID=Europe/Lisbon:20281205T200000\nEND:VEVENT\nEND:VCALENDAR\n";

fn sum(rows: &[serde_json::Value]) -> (u64, u64, u64, bool) {
    let sum = rows.last().unwrap();
    let count = |name: &str| sum[name].as_u64().unwrap();
    (count("added"), count("moved"), count("cancelled"), sum["stored"].as_bool().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_program_is_previewed_and_stored_by_the_same_words() {
    let server = servers::mastodon_mock().await.unwrap();
    let folder = Folder::with_owner();
    let words = ["channel", "add", "mastodon", "--server", &server.url, "--token", &server.tokens.ada, "--name", "lark"];
    assert!(folder.private(&words).status.success());
    let run = |words: &[&str]| json(&folder.private(&[words, &["--json"]].concat()));

    // Queue.
    run(&["windows", "set", "lark", "tips: forty a month, Monday to Friday, two a day"]);
    let tips = folder.write("tips.txt", &(1..=40).map(|n| format!("Tip number {n}: warm it slowly\n\n")).collect::<String>());
    let add = ["queue", "add", "--category", "tips", "--channels", "lark", "--file", &tips];
    let shown = run(&[&add[..], &["--preview"]].concat());
    assert_eq!(sum(&shown), (40, 0, 0, false));
    assert!(run(&["post", "list"]).is_empty(), "a preview stores nothing");
    let stored = run(&add);
    assert_eq!(sum(&stored), (40, 0, 0, true));
    let times = |rows: &[serde_json::Value]| rows.iter().map(|row| row["due_at"].clone()).collect::<Vec<_>>();
    assert_eq!(times(&shown), times(&stored));
    assert_eq!(run(&["post", "list"]).len(), 40);
    run(&["queue", "move", "40", "--first"]);
    assert_eq!(run(&["queue", "list"])[0]["text"], "Tip number 40: warm it slowly");
    assert_eq!(sum(&run(&["pause", "category", "tips", "--why", "enough"])).2, 40);
    assert_eq!(sum(&run(&["resume", "category", "tips"])).0, 40);

    // Market, presence: every time says what hour it is there, and whether somebody is here.
    run(&["market", "set", "New York: America/New_York 6-7"]);
    run(&["presence", "set", "Mon-Fri 9-17"]);
    let text = out(&folder.private(&["program"]));
    assert!(text.contains("in New York") && text.contains("you're here"), "{text}");
    let plan = ["market", "plan", "Hello", "--to", "New York", "--channels", "lark", "--text", "The kiln is warm"];
    assert_eq!(sum(&run(&plan)).0, 1);

    // Series.
    let series = ["series", "add", "Kiln", "--channels", "lark", "--heading", "Kiln {n} of {total}", "--text", "One", "--text", "Two"];
    assert_eq!(sum(&run(&series)).0, 2);
    run(&["series", "insert", "Kiln", "--at", "1", "--text", "Zero"]);
    let listed = out(&folder.private(&["series", "show", "Kiln"]));
    assert!(listed.lines().next().unwrap().contains("1 of 3") && listed.lines().next().unwrap().contains("Zero"), "{listed}");

    // Event from a calendar, moved by reading it again, and out again.
    let tells = ["--reminders", "2 h, 1 h before", "--channels", "lark", "--text", "{event} {in}"];
    let (ics, later) =
        (folder.write("a.ics", ICS), folder.write("b.ics", &ICS.replace("20281205", "20281206").replace("Autumn", "Winter")));
    assert_eq!(sum(&run(&[&["event", "import", &ics][..], &tells].concat())).0, 2);
    run(&[&["event", "import", &later][..], &tells].concat());
    let events = run(&["event", "list"]);
    assert_eq!((events.len(), events[0]["meaning"]["wanted"]["event"]["begins"].as_str()), (1, Some("2028-12-06T18:30:00")));
    assert!(out(&folder.private(&["event", "export"])).contains("DTSTART:20281206T183000Z"));
    assert_eq!(sum(&run(&["event", "cancel", "Autumn fair"])).2, 2);

    // Absence, with what people are told.
    let away = ["absence", "add", "Trip", "--from", "2028-01-10", "--to", "2028-01-20", "--goes-on", "tips"];
    let away = [&away[..], &["--before", "Away until the 21st.", "--channels", "lark"]].concat();
    let rows = run(&[&away[..], &["--preview"]].concat());
    assert!(rows.iter().any(|row| row["text"] == "Away until the 21st." && row["from"] == "absence \"Trip\""), "{rows:?}");
    assert!(run(&["absence", "list"]).is_empty() && run(&["absence", "show"]).is_empty());
    run(&away);
    let waits = run(&["absence", "waits"]);
    assert_eq!((waits[0]["absence"].as_str(), waits[0]["over"].as_bool()), (Some("Trip"), Some(false)), "{waits:?}");
    let said = out(&folder.private(&["absence", "waits", "Trip"]));
    assert!(said.starts_with("You will be away from Mon 2028-01-10 00:00 until Fri 2028-01-21 00:00 (Trip)."), "{said}");
    assert!(said.contains("Nobody who wrote meanwhile waits, and no post stood still."), "{said}");
    assert_eq!(run(&["program"]).last().unwrap()["row"], "sum");
}

#[test]
fn wrong_words_name_their_field_and_the_way_out() {
    let folder = Folder::with_owner();
    for (words, part) in [
        (&["market", "set", "New York 6-7"][..], "write it as NAME: ZONE HOURS"),
        (&["presence", "set", "whenever"], "is not a day"),
        (&["presence", "here", "perhaps"], "is not a promise"),
        (&["resume", "everything"], "nothing is"),
        (&["series", "show", "Kiln"], "there is none yet"),
        (&["windows", "set", "lark", "tips: daily 8-9"], "lark"),
    ] {
        let output = folder.kith(words);
        assert_eq!(output.status.code(), Some(1), "{words:?}");
        assert!(err(&output).contains(part), "{words:?}: {}", err(&output));
    }
}
