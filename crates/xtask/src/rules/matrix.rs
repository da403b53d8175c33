//! The failure matrix is true: each row of its table names tests, the tests exist, and no test of it goes unnamed.

use std::collections::BTreeSet;

use crate::{Finding, Repo};

/// Where the table stands, and under which heading.
const PAGE: &str = "docs/reliability.md";
const HEADING: &str = "## The failure matrix";
/// Tests here belong to the table, each of them.
const HOME: &str = "crates/kith-engine/tests/it/matrix/";
/// A test that another page of work brings: named in the table before it is there.
const COMING: &str = "(coming)";

/// Rows without a test, tests without a row, and names of tests that are not there.
pub fn check(repo: &Repo) -> Vec<Finding> {
    let Some(page) = repo.file(PAGE) else { return Vec::new() };
    let tests = tests(repo);
    let (mut findings, mut named) = (Vec::new(), BTreeSet::new());
    let mut rows = 0;
    let lines = page.text.lines().zip(1..).skip_while(|(line, _)| *line != HEADING).skip(1);
    for (line, number) in lines.take_while(|(line, _)| !line.starts_with("## ")).filter(|(line, _)| line.starts_with("| ")) {
        let names: Vec<&str> = line.split('`').skip(1).step_by(2).filter(|name| name.contains("::")).collect();
        if line.starts_with("| fault ") {
            continue;
        }
        rows += 1;
        if names.is_empty() && !line.contains(COMING) {
            findings.push(Finding::new(PAGE, number, "a row of the failure matrix without a test", "name the test as `file::name`"));
        }
        for name in names {
            if !tests.contains(name) {
                let why = format!("the failure matrix names the test {name}, which is not there");
                findings.push(Finding::new(PAGE, number, why, "name it as it is called now, as `file::name`"));
            }
            named.insert(name);
        }
    }
    if rows == 0 {
        findings.push(Finding::new(PAGE, 0, format!("there is no table under {HEADING:?}"), "write one row for each fault"));
    }
    let own = repo.rust.iter().filter(|file| file.path.starts_with(HOME)).flat_map(|file| tests_of(&file.path, &file.all));
    for (name, line, path) in own.filter(|(name, _, _)| !named.contains(name.as_str())) {
        findings.push(Finding::new(
            &path,
            line,
            format!("the failure matrix does not name {name}"),
            format!("add it to its row in {PAGE}"),
        ));
    }
    findings
}

/// Every test of the repository as `file::name`.
fn tests(repo: &Repo) -> BTreeSet<String> {
    repo.rust.iter().flat_map(|file| tests_of(&file.path, &file.all)).map(|(name, _, _)| name).collect()
}

/// The functions under `#[test]` or `#[tokio::test…]`: name, line, path.
fn tests_of(path: &str, tokens: &[crate::rust::Token]) -> Vec<(String, u32, String)> {
    let stem = path.rsplit('/').next().unwrap_or(path).trim_end_matches(".rs");
    let mut found = Vec::new();
    let mut is_test = false;
    for pair in tokens.windows(2) {
        match (pair[0].text.as_str(), pair[1].text.as_str()) {
            ("[" | ":", "test") => is_test = true,
            ("fn", name) if is_test => {
                found.push((format!("{stem}::{name}"), pair[1].line, path.to_owned()));
                is_test = false;
            }
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const TESTS: &str = "#[tokio::test(flavor = \"x\")]\nasync fn dies() {}\n#[test]\nfn zone() {}\nfn no_test() {}";

    fn found(table: &str) -> Vec<String> {
        let page = format!("# P\n\n{HEADING}\n\n| fault | tests |\n|---|---|\n{table}\n\n## Next\n\n| no row |\n");
        let path = format!("{HOME}crash.rs");
        check(&Repo::of(&[(PAGE, &page), (&path, TESTS)])).into_iter().map(|finding| finding.why).collect()
    }

    #[test]
    fn a_table_that_names_every_test_is_true() {
        assert_eq!(found("| crash | `crash::dies` |\n| zones | `crash::zone` |\n| disk | (coming) |"), [""; 0]);
    }

    #[test]
    fn what_is_missing_on_either_side_is_found() {
        let why = found("| crash | `crash::dies`, `crash::gone` |\n| zones | |");
        assert_eq!(why.len(), 3, "{why:?}");
        assert!(why[0].contains("crash::gone") && why[1].contains("without a test") && why[2].contains("crash::zone"), "{why:?}");
        assert_eq!(found("").len(), 3, "no row at all, and two tests without one");
    }
}
