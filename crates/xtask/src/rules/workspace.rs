//! Every crate lives under the same roof: lints inherited, licences there, one integration binary.

use crate::{Finding, Repo};

/// What each crate takes over from the workspace, as written in its `Cargo.toml`.
const INHERITED: [&str; 4] =
    ["edition.workspace = true", "rust-version.workspace = true", "license.workspace = true", "publish.workspace = true"];

/// Everything that a crate or the root lacks.
pub fn check(repo: &Repo) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, begins) in [("LICENSE-MIT", "MIT License"), ("LICENSE-APACHE", "Apache License")] {
        if !repo.file(path).is_some_and(|file| file.text.lines().take(5).any(|line| line.contains(begins))) {
            findings.push(Finding::new(path, 0, format!("the {begins} is not here"), "put its whole text into this file"));
        }
    }
    let root = repo.file("Cargo.toml").and_then(|file| file.text.parse::<toml::Table>().ok()).unwrap_or_default();
    let lint = |group: &str, name: &str| Some(root.get("workspace")?.get("lints")?.get(group)?.get(name)?.as_str()?.to_owned());
    if lint("rust", "unsafe_code").as_deref() != Some("forbid") {
        findings.push(Finding::new(
            "Cargo.toml",
            0,
            "unsafe code is not forbidden, so that no type can promise anything",
            "unsafe_code = \"forbid\"",
        ));
    }
    for name in repo.crates() {
        let path = format!("crates/{name}/Cargo.toml");
        let Some(file) = repo.file(&path) else {
            findings.push(Finding::new(&path, 0, "a folder in crates/ is no crate", "move it where it belongs"));
            continue;
        };
        let table = file.text.parse::<toml::Table>().unwrap_or_default();
        let lints = table.get("lints").and_then(|lints| lints.get("workspace")).and_then(toml::Value::as_bool);
        if lints != Some(true) {
            findings.push(Finding::new(&path, 0, "the crate does not take over the workspace's lints", "[lints] workspace = true"));
        }
        for line in INHERITED.iter().filter(|line| !file.text.lines().any(|own| own.trim() == **line)) {
            findings.push(Finding::new(&path, 0, format!("the crate does not say {line}"), "take it over from the workspace"));
        }
        findings.extend(one_binary(repo, name, &table));
    }
    findings
}

/// Each file directly in `tests/` is one more link of everything; one binary with modules is the cheapest.
fn one_binary(repo: &Repo, name: &str, table: &toml::Table) -> Vec<Finding> {
    let tests = format!("crates/{name}/tests/");
    let is_root = |rest: &str| !rest.contains('/') || (rest.ends_with("/main.rs") && rest.matches('/').count() == 1);
    let roots = repo.rust.iter().filter_map(|file| file.path.strip_prefix(&tests)).filter(|rest| is_root(rest)).count();
    let is_off = table.get("package").and_then(|package| package.get("autotests")).and_then(toml::Value::as_bool) == Some(false);
    let declared = table.get("test").and_then(toml::Value::as_array).map_or(0, Vec::len);
    let binaries = if is_off { declared } else { roots };
    if roots > 0 && binaries != 1 {
        let way_out = "autotests = false and one [[test]] with path tests/it/main.rs and modules";
        return vec![Finding::new(&format!("crates/{name}/Cargo.toml"), 0, format!("{binaries} test binaries are built"), way_out)];
    }
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOT: &str = "[workspace.lints.rust]\nunsafe_code = \"forbid\"\n";
    const CRATE: &str = "[package]\nname = \"a\"\nedition.workspace = true\nrust-version.workspace = true\nlicense.workspace = true\n\
        publish.workspace = true\nautotests = false\n[lints]\nworkspace = true\n[[test]]\nname = \"it\"\npath = \"tests/it/main.rs\"\n";

    fn found(toml: &str) -> usize {
        found_with(toml, "crates/a/tests/it/main.rs")
    }

    fn found_with(toml: &str, test: &str) -> usize {
        let files = [
            ("LICENSE-MIT", "MIT License"),
            ("LICENSE-APACHE", "\n Apache License"),
            ("Cargo.toml", ROOT),
            ("crates/a/Cargo.toml", toml),
            (test, ""),
            ("crates/a/tests/it/module.rs", ""),
            ("crates/a/tests/cases/one.rs", ""),
        ];
        check(&Repo::of(&files)).len()
    }

    #[test]
    fn a_crate_lives_under_the_roof() {
        assert_eq!(found(CRATE), 0);
        assert_eq!(found(&CRATE.replace("[lints]\nworkspace = true\n", "")), 1);
        assert_eq!(found(&CRATE.replace("license.workspace = true\n", "")), 1);
    }

    #[test]
    fn a_crate_builds_one_test_binary() {
        assert_eq!(found(&CRATE.replace("autotests = false\n", "")), 0);
        assert_eq!(found_with(&CRATE.replace("autotests = false\n", ""), "crates/a/tests/cases.rs"), 0);
        assert_eq!(found(&CRATE.replace("[[test]]\nname = \"it\"\npath = \"tests/it/main.rs\"\n", "")), 1);
        assert_eq!(found(&format!("{CRATE}[[test]]\nname = \"more\"\n")), 1);
    }

    #[test]
    fn licences_and_the_ban_on_unsafe_code_are_there() {
        assert_eq!(check(&Repo::of(&[("Cargo.toml", "")])).len(), 3);
    }
}
