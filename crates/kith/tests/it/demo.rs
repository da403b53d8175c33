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
    assert_eq!(plan.len(), 40);
    let published = plan.iter().filter(|row| row["state"] == "published").count();
    assert!(published > 0, "some posts are out");
    assert!(!json(&folder.private(&["inbox", "list", "--json"])).is_empty(), "somebody waits");
    assert_eq!(first.terminate(), Some(0));

    let second = demo(&folder);
    let plan_again = json(&folder.private(&["dispatch", "list", "--json"]));
    assert_eq!(plan_again.len(), 40, "nothing was planned anew");
    let ids = |rows: &[serde_json::Value]| rows.iter().map(|row| row["id"].clone()).collect::<Vec<_>>();
    assert_eq!(ids(&plan), ids(&plan_again));
    assert_eq!(second.terminate(), Some(0));
}
