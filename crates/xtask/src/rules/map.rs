//! `ARCHITECTURE.md` is true: it names every crate and every stage folder, and what it names exists.

use crate::rules::stages::STAGES;
use crate::{Finding, Repo};

/// The map.
const MAP: &str = "ARCHITECTURE.md";

/// First parts of paths in this repository; a word that begins so is a path.
const ROOTS: [&str; 7] = ["crates/", "docs/", "web/", "tests/", "scripts/", "benches/", ".ci/"];

/// What the map lacks, and what it names that is not there.
pub fn check(repo: &Repo) -> Vec<Finding> {
    let Some(map) = repo.file(MAP) else {
        return vec![Finding::new(
            MAP,
            0,
            "there is no map of the house yet",
            "write it: bird's eye, code map, invariants with their guards",
        )];
    };
    let mut findings = Vec::new();
    for name in repo.crates().into_iter().filter(|name| !names(&map.text, name)) {
        findings.push(Finding::new(MAP, 0, format!("the map does not name the crate {name}"), "add a line that says what it is for"));
    }
    let tree = tree(&map.text);
    for (name, stage) in stages_of_crates(repo) {
        let in_tree = tree.iter().any(|leaf| leaf.krate == name && leaf.path.trim_end_matches('/').trim_end_matches(".rs") == stage);
        if !in_tree && !names(&map.text, &format!("{name}/src/{stage}")) {
            let why = format!("the map does not name the stage {stage} of {name}");
            findings.push(Finding::new(MAP, 0, why, "add a line below the crate in the code map"));
        }
    }
    for leaf in tree.iter().filter(|leaf| !repo.has(&format!("crates/{}/src/{}", leaf.krate, leaf.path))) {
        let why = format!("the map names {} below {}, which is not there", leaf.path, leaf.krate);
        findings.push(Finding::new(MAP, leaf.line, why, "name the file or folder as it is now"));
    }
    for (index, line) in map.text.lines().enumerate() {
        for path in paths(line).into_iter().filter(|path| !exists(repo, path)) {
            let why = format!("the map names {path}, which is not there");
            findings.push(Finding::new(MAP, index as u32 + 1, why, "name the path as it is now"));
        }
    }
    findings
}

/// Whether the text holds this name between signs that are not part of a name.
fn names(text: &str, name: &str) -> bool {
    let inside = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
    text.match_indices(name).any(|(at, _)| !text[..at].ends_with(inside) && !text[at + name.len()..].starts_with(inside))
}

/// A line of the tree below a crate: a file or folder of its `src`.
struct Leaf<'a> {
    krate: &'a str,
    path: &'a str,
    line: u32,
}

/// The tree of the code map: a crate's line ends in `/`, and what is deeper belongs to it.
fn tree(text: &str) -> Vec<Leaf<'_>> {
    let (mut leaves, mut krate) = (Vec::new(), None);
    let mut is_code = false;
    for (index, line) in text.lines().enumerate() {
        if line.starts_with("```") {
            (is_code, krate) = (!is_code, None);
        }
        let depth = line.len() - line.trim_start().len();
        let Some(first) = line.split_whitespace().next().filter(|_| is_code) else { continue };
        match krate {
            Some((name, at)) if depth > at && first.chars().all(|c| c.is_alphanumeric() || "_/.-".contains(c)) => {
                leaves.push(Leaf { krate: name, path: first, line: index as u32 + 1 });
            }
            _ => krate = first.strip_suffix('/').filter(|name| name.starts_with("kith") || *name == "xtask").map(|name| (name, depth)),
        }
    }
    leaves
}

/// The stages that are a folder or file in a crate. Servers that others could stand in for have people of their own.
fn stages_of_crates(repo: &Repo) -> Vec<(&str, &'static str)> {
    let mut found = Vec::new();
    for name in repo.crates().into_iter().filter(|name| !matches!(*name, "kith-practice" | "kith-testkit" | "xtask")) {
        for (stage, _) in STAGES {
            let path = format!("crates/{name}/src/{stage}");
            if repo.has(&path) || repo.has(&format!("{path}.rs")) {
                found.push((name, stage));
            }
        }
    }
    found
}

/// Paths in a line: words that begin with a folder of ours or end as a source, without what makes a pattern of them.
fn paths(line: &str) -> Vec<&str> {
    let words = line.split(|c: char| c.is_whitespace() || "`()[]\"',;|".contains(c));
    let cleaned = words.map(|word| word.trim_end_matches(['.', ':', '…', '!', '?']));
    let is_ours = |word: &str| {
        let begins = ROOTS.iter().any(|root| word.len() > root.len() && word.starts_with(root));
        begins || (word.contains('/') && is_source(word))
    };
    cleaned.filter(|word| is_ours(word) && !word.contains(['<', '{', '*', '…', ':', '#'])).collect()
}

/// Whether a path names a Rust file, as its ending says.
fn is_source(path: &str) -> bool {
    path.rsplit_once('.').is_some_and(|(_, ending)| ending == "rs")
}

/// A file or a folder, a module's path without its ending, the number of a decision, or the end of a source's path
/// (`kith-store/posts.rs`, `commands/plan.rs`).
fn exists(repo: &Repo, path: &str) -> bool {
    let (krate, rest) = path.split_once('/').unwrap_or(("", path));
    let in_crate = format!("crates/{krate}/src/{rest}");
    let tail = format!("/{path}");
    repo.has(path)
        || repo.has(&format!("{}.rs", path.trim_end_matches('/')))
        || repo.files.iter().any(|file| file.path.starts_with(&format!("{path}-")))
        || (is_source(path) && (repo.has(&in_crate) || repo.files.iter().any(|file| file.path.ends_with(&tail))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(map: &str) -> Vec<String> {
        let files = [
            (MAP, map),
            ("crates/kith/Cargo.toml", ""),
            ("crates/kith-domain/src/plan/mod.rs", ""),
            ("crates/kith-domain/src/people.rs", ""),
            ("scripts/test", ""),
        ];
        check(&Repo::of(&files)).into_iter().map(|finding| finding.why).collect()
    }

    #[test]
    fn the_map_names_what_is_there_and_only_that() {
        let map = "`crates/kith/`, `crates/kith-domain/src/plan`, kith-domain/src/people. See scripts/test, crates/<name>/src.";
        assert_eq!(found(map), Vec::<String>::new());
        assert_eq!(found(&format!("{map} Also docs/missing.md.")), ["the map names docs/missing.md, which is not there"]);
        assert_eq!(found(&format!("{map} See kith-domain/people.rs, plan/mod.rs.")), Vec::<String>::new());
        assert_eq!(found(&format!("{map} See plan/lint.rs.")), ["the map names plan/lint.rs, which is not there"]);
        assert_eq!(found("kith-domain/src/plan kith-domain/src/people"), ["the map does not name the crate kith"]);
        assert_eq!(found("kith kith-domain/src/plan"), ["the map does not name the stage people of kith-domain"]);
    }

    #[test]
    fn a_tree_names_what_is_below_each_crate() {
        let tree = "```\ncrates/\n  kith-domain/   rules\n    plan/   files\n    people.rs  names\n  kith/   the binary\n```\n";
        assert_eq!(found(tree), Vec::<String>::new());
        let wrong = tree.replace("plan/ ", "listen/ ");
        assert_eq!(
            found(&wrong),
            ["the map does not name the stage plan of kith-domain", "the map names listen/ below kith-domain, which is not there"]
        );
    }

    #[test]
    fn a_missing_map_is_told_plainly() {
        assert_eq!(
            check(&Repo::default())[0].to_string(),
            "ARCHITECTURE.md: there is no map of the house yet; way out: \
            write it: bird's eye, code map, invariants with their guards"
        );
    }
}
