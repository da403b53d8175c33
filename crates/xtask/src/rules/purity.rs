//! `kith-domain` decides and does nothing: no async, I/O, clock, chance, SQL or HTTP.

use crate::rust::{Kind, block};
use crate::{Finding, Repo};

const DOMAIN: &str = "crates/kith-domain/";

/// What the domain may import: types, text and arithmetic.
const IMPORTS: [&str; 13] = [
    "jiff",
    "linkify",
    "rand",
    "rand_chacha",
    "regex",
    "serde",
    "serde_json",
    "sha2",
    "subtle",
    "thiserror",
    "unicode-normalization",
    "unicode-segmentation",
    "uuid",
];

/// Names that act on the world or read it, and what they are.
const NAMES: [(&str, &str); 21] = [
    ("async", "something that waits"),
    ("await", "something that waits"),
    ("tokio", "something that waits"),
    ("sqlx", "a database"),
    ("reqwest", "HTTP"),
    ("tracing", "a log"),
    ("SystemTime", "a clock"),
    ("now_v7", "a clock"),
    ("new_v4", "chance"),
    ("thread_rng", "chance"),
    ("from_os_rng", "chance"),
    ("try_from_os_rng", "chance"),
    ("from_entropy", "chance"),
    ("SysRng", "chance"),
    ("OsRng", "chance"),
    ("ThreadRng", "chance"),
    ("RandomState", "chance"),
    ("println", "output"),
    ("eprintln", "output"),
    ("include_bytes", "a file"),
    ("include_str", "a file"),
];

/// Paths that do, as their parts.
const PATHS: [(&[&str], &str); 14] = [
    (&["std", "fs"], "a file"),
    (&["std", "net"], "the net"),
    (&["std", "io"], "input or output"),
    (&["std", "env"], "the surroundings"),
    (&["std", "process"], "a process"),
    (&["std", "thread"], "a thread"),
    (&["time", "Instant"], "a clock"),
    (&["rand", "rng"], "chance"),
    (&["rand", "random"], "chance"),
    (&["Timestamp", "now"], "a clock"),
    (&["Zoned", "now"], "a clock"),
    (&["Utc", "now"], "a clock"),
    (&["Local", "now"], "a clock"),
    (&["TimeZone", "system"], "the surroundings"),
];

/// Everything in the domain's product code that acts on the world or reads it.
pub fn check(repo: &Repo) -> Vec<Finding> {
    const WAY_OUT: &str = "take it as an argument (now, a seed, a list), and let the engine fetch it";
    let mut findings = Vec::new();
    for file in repo.product().filter(|file| file.path.starts_with(DOMAIN)) {
        for (name, what) in NAMES {
            for token in file.code.iter().filter(|token| token.kind == Kind::Word && token.text == name) {
                findings.push(Finding::new(&file.path, token.line, format!("the domain names {name}: {what}"), WAY_OUT));
            }
        }
        for (path, what) in PATHS {
            let (root, part) = (path[0], path[1]);
            let straight = file.find(&[root, ":", ":", part]).into_iter().map(|at| file.code[at].line);
            let groups = file.find(&[root, ":", ":", "{"]).into_iter().flat_map(|at| block::arguments(&file.code, at + 3));
            let grouped = groups.filter_map(|branch| branch.first()).filter(|token| token.is(part)).map(|token| token.line);
            for line in straight.chain(grouped) {
                findings.push(Finding::new(&file.path, line, format!("the domain names {}: {what}", path.join("::")), WAY_OUT));
            }
        }
    }
    findings.extend(imports(repo));
    findings
}

fn imports(repo: &Repo) -> Vec<Finding> {
    let path = format!("{DOMAIN}Cargo.toml");
    let Some(table) = repo.file(&path).and_then(|file| file.text.parse::<toml::Table>().ok()) else { return Vec::new() };
    let names = table.get("dependencies").and_then(toml::Value::as_table).into_iter().flatten().map(|(name, _)| name);
    names
        .filter(|name| !IMPORTS.contains(&name.as_str()))
        .map(|name| {
            let way_out = "keep it out, or show in crates/xtask/src/rules/purity.rs that it neither acts nor looks";
            Finding::new(&path, 0, format!("the domain imports {name}, which is not known to be pure"), way_out)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        let found = check(&Repo::of(&[("crates/kith-domain/src/plan.rs", text)]));
        found.into_iter().filter_map(|finding| finding.why.strip_prefix("the domain names ").map(str::to_owned)).collect()
    }

    #[test]
    fn the_domain_neither_acts_nor_looks() {
        assert_eq!(found("async fn a() {}"), ["async: something that waits"]);
        assert_eq!(found("use std::{fmt, fs::File};"), ["std::fs: a file"]);
        assert_eq!(found("let a = std::net::IpAddr;"), ["std::net: the net"]);
        assert_eq!(found("jiff::Timestamp::now()"), ["Timestamp::now: a clock"]);
        assert_eq!(found("let r = rand::rng();"), ["rand::rng: chance"]);
        assert_eq!(found("use std::time::{Duration, Instant};"), ["time::Instant: a clock"]);
    }

    #[test]
    fn arguments_durations_and_tests_are_fine() {
        assert!(
            found("use std::time::Duration; fn a(now: Timestamp, seed: u64) {} // async\n#[test]\nfn b() { Timestamp::now(); }").is_empty()
        );
    }

    #[test]
    fn a_new_import_of_the_domain_is_looked_at() {
        let repo = Repo::of(&[("crates/kith-domain/Cargo.toml", "[dependencies]\njiff.workspace = true\nsqlx.workspace = true\n")]);
        assert_eq!(check(&repo).len(), 1);
    }
}
