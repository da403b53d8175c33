//! A small burst through the real binary: it may take its time, but nothing is lost, doubled or early.

use crate::program::{Folder, err, json};

#[test]
fn a_burst_loses_nothing_and_doubles_nothing() {
    let folder = Folder::new();
    let at = folder.temp.path().display().to_string();
    let burst = folder.kith(&["bench", "burst", "--quick", "--json", "--folder", &at]);
    let lines = json(&burst);
    let [line] = lines.as_slice() else { panic!("one line: {lines:?} {}", err(&burst)) };
    for (name, expected) in [("posts", 200), ("lost", 0), ("doubled", 0), ("early", 0), ("stored_as_published", 200)] {
        assert_eq!(line[name], expected, "{name} in {line}");
    }
}

#[test]
fn every_page_answers_in_a_workspace_that_is_lived_in() {
    let folder = Folder::new();
    let at = folder.temp.path().display().to_string();
    let pages = folder.kith(&["bench", "pages", "--quick", "--json", "--folder", &at]);
    let lines = json(&pages);
    let asked: Vec<_> = lines.iter().filter(|line| line["bench"] == "page").collect();
    assert_eq!(asked.len(), 13, "{lines:?} {}", err(&pages));
    for line in asked {
        assert!(line["bytes"].as_u64().is_some_and(|bytes| bytes > 500), "{line}");
    }
}
