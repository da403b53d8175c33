//! The demonstration: it opens with people waiting, and goes on where it was.

use crate::program::{Folder, Running, json};

fn demo(folder: &Folder) -> Running {
    Running::start(folder.command(&["demo", "--speed", "60"]), "Ctrl-C")
}

#[test]
fn the_demonstration_opens_with_people_waiting_and_goes_on_after_a_stop() {
    let folder = Folder::new();
    let first = demo(&folder);
    assert!(first.said.contains("/welcome/"), "{}", first.said);
    let plan = json(&folder.private(&["dispatch", "list", "--json"]));
    assert_eq!(plan.len(), 41, "the forty, and the draft that wants a yes");
    assert_eq!(plan.iter().filter(|row| row["state"] == "held").count(), 1, "nobody has said yes to the draft");
    let published = plan.iter().filter(|row| row["state"] == "published").count();
    assert!(published > 0, "some posts are out");
    assert!(!json(&folder.private(&["inbox", "list", "--json"])).is_empty(), "somebody waits");
    assert_eq!(first.terminate(), Some(0));

    let second = demo(&folder);
    let plan_again = json(&folder.private(&["dispatch", "list", "--json"]));
    assert_eq!(plan_again.len(), 41, "nothing was planned anew");
    let ids = |rows: &[serde_json::Value]| rows.iter().map(|row| row["id"].clone()).collect::<Vec<_>>();
    assert_eq!(ids(&plan), ids(&plan_again));
    assert_eq!(second.terminate(), Some(0));
}

#[test]
fn at_any_hour_a_few_people_wait_and_none_longer_than_the_brake_allows() {
    for opens_at in ["2026-11-23T03:10:00Z", "2026-11-23T11:40:00Z", "2026-11-23T17:20:00Z", "2026-11-23T23:50:00Z"] {
        let folder = Folder::new();
        let page = Running::start(folder.command(&["demo", "--by-hand", "--opens-at", opens_at]), "Ctrl-C");
        let waiting = json(&folder.private(&["inbox", "list", "--json"]));
        assert!((4..=12).contains(&waiting.len()), "{} wait at {opens_at}", waiting.len());
        let opens: jiff::Timestamp = opens_at.parse().unwrap();
        for person in &waiting {
            let since: jiff::Timestamp = person["waiting_since"].as_str().unwrap().parse().unwrap();
            let waits = opens.duration_since(since).as_hours();
            assert!(since <= opens && waits <= 20, "{person} at {opens_at}");
        }
        let answered = json(&folder.private(&["inbox", "list", "--standing", "answered", "--json"]));
        assert!(!answered.is_empty(), "somebody was answered before {opens_at}");
        assert_eq!(page.terminate(), Some(0));
    }
}
