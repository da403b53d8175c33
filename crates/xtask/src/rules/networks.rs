//! A network's name appears only in its folder, so that adding one is a folder and a line.
//!
//! The names are the folders of `crates/kith-networks/src` that implement `Network`. Tests, the test kit, comments and
//! documents may name them. Each folder has a README, a line in the registry, and a page in `docs/networks`.

use std::collections::BTreeSet;

use crate::rust::{Kind, Token};
use crate::{Finding, Repo, TextFile};

/// Product files that must name a network, with the reason.
const ALLOWED: [(&str, &str, &str); 2] = [
    ("crates/kith/src/commands/demo", "mastodon", "the demo connects the practice server, which speaks this network's API"),
    ("crates/kith-bench/src/network.rs", "mastodon", "the bench's stand-in speaks this network's API"),
];

/// Crates that stand for the networks themselves, outside the product.
const SPEAKERS: [&str; 2] = ["kith-practice", "kith-killloop"];

/// Every name of a network in product code outside its folder.
pub fn names(repo: &Repo) -> Vec<Finding> {
    let networks = repo.networks();
    let mut findings = Vec::new();
    for file in repo.product().filter(|file| !SPEAKERS.contains(&file.crate_name())) {
        for token in file.code.iter().filter(|token| matches!(token.kind, Kind::Word | Kind::Text)) {
            for name in networks.iter().filter(|name| names_it(token, name) && !is_home(&file.path, name, token)) {
                let kind = if token.kind == Kind::Text { "a text names" } else { "code names" };
                let way_out = "ask the network's card or the trait; what is particular belongs in its folder";
                findings.push(Finding::new(&file.path, token.line, format!("{kind} the network {name} outside its folder"), way_out));
            }
        }
    }
    for file in repo.files.iter().filter(|file| file.path.starts_with("web/")) {
        findings.extend(names_in_page(file, &networks));
    }
    findings
}

fn is_home(path: &str, name: &str, token: &Token) -> bool {
    let networks = "crates/kith-networks/src/";
    let in_list = matches!(path.strip_prefix(networks), Some("registry.rs" | "lib.rs")) && token.kind == Kind::Word;
    let allowed = ALLOWED.iter().any(|(file, allowed, _)| path.starts_with(file) && *allowed == name);
    in_list || allowed || path.starts_with(&format!("{networks}{name}/"))
}

fn names_it(token: &Token, name: &str) -> bool {
    match token.kind {
        _ if token.text.len() < name.len() => false,
        Kind::Word => parts(&token.text).iter().any(|part| part == name),
        _ => token.text.split(|c: char| !c.is_alphanumeric()).any(|word| word.eq_ignore_ascii_case(name)),
    }
}

/// `BlueSkyCard`, `on_bluesky` and `BLUESKY_MAX` in lower-case parts.
fn parts(word: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut before = '_';
    for c in word.chars() {
        if c == '_' || (c.is_uppercase() && before.is_lowercase()) {
            parts.push(String::new());
        }
        if c != '_'
            && let Some(last) = parts.last_mut()
        {
            last.extend(c.to_lowercase());
        }
        before = c;
    }
    parts
}

fn names_in_page(file: &TextFile, networks: &BTreeSet<&str>) -> Vec<Finding> {
    if !matches!(file.ending(), "ts" | "js" | "mjs" | "css" | "html") {
        return Vec::new();
    }
    let mut findings = Vec::new();
    for (line, text) in file.text.lines().enumerate() {
        let text = text.trim_start();
        if text.starts_with("//") || text.starts_with('*') || text.starts_with("/*") {
            continue;
        }
        for name in networks.iter().filter(|name| text.to_lowercase().split(|c: char| !c.is_alphanumeric()).any(|word| word == **name)) {
            let why = format!("a page's source names the network {name}");
            findings.push(Finding::new(
                &file.path,
                line as u32 + 1,
                why,
                "take the name and the stamp from the card that the server sends",
            ));
        }
    }
    findings
}

/// What each network must bring: README, line in the registry, page for users.
pub fn belongings(repo: &Repo) -> Vec<Finding> {
    let mut findings = Vec::new();
    let registry = repo.rust.iter().find(|file| file.path == "crates/kith-networks/src/registry.rs");
    for name in repo.networks() {
        let folder = format!("crates/kith-networks/src/{name}");
        let mut need = |there: bool, path: String, why: &str, way_out: &str| {
            if !there {
                findings.push(Finding::new(&path, 0, why, way_out));
            }
        };
        let readme = format!("{folder}/README.md");
        need(
            repo.has(&readme),
            readme,
            "the network's folder has no README",
            "write its quirks and limits, with links and the date last checked",
        );
        let page = format!("docs/networks/{name}.md");
        need(
            repo.has(&page),
            page.clone(),
            "the network has no page for users",
            "write how to connect, what Kith does there, and its limits",
        );
        let registered = registry.is_some_and(|file| file.has_words(&[name, ":", ":", "network", "("]));
        need(
            registered,
            "crates/kith-networks/src/registry.rs".to_owned(),
            "a network's folder has no line in the registry",
            "add its `network()` to the list",
        );
        if let Some(file) = repo.file(&page)
            && !file.text.to_lowercase().contains("not tried against the live network")
        {
            let why = "the page does not say against what the network was tried";
            findings.push(Finding::new(&page, 0, why, "say \"not tried against the live network\", and against what it was, until it is"));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: (&str, &str) = ("crates/kith-networks/src/bluesky/mod.rs", "impl Network for Bluesky {} const ID: &str = \"bluesky\";");

    fn found(path: &str, text: &str) -> usize {
        names(&Repo::of(&[HERE, (path, text)])).len()
    }

    #[test]
    fn a_networks_name_stays_in_its_folder() {
        assert_eq!(found("crates/kith-engine/src/a.rs", "if id == \"bluesky\" {}"), 1);
        assert_eq!(found("crates/kith-engine/src/a.rs", "fn bluesky_limit() {}"), 1);
        assert_eq!(found("crates/kith-engine/src/a.rs", "struct BlueskyLine;"), 1);
        assert_eq!(found("crates/kith-web/src/a.rs", "\"On Bluesky: \""), 1);
        assert_eq!(found("crates/kith-networks/src/http/mod.rs", "const BLUESKY_MAX: u32 = 1;"), 1);
        assert_eq!(found("crates/kith-networks/src/registry.rs", "\"bluesky\""), 1);
        assert_eq!(found("web/src/a.ts", "const a = 1;\nif (n === 'bluesky') {}"), 1);
    }

    #[test]
    fn tests_comments_documents_and_the_registry_may_name_it() {
        assert_eq!(found("crates/kith-engine/src/a.rs", "// bluesky\n#[cfg(test)]\nmod tests { const A: &str = \"bluesky\"; }"), 0);
        assert_eq!(found("crates/kith-engine/tests/it/main.rs", "\"bluesky\""), 0);
        assert_eq!(found("crates/kith-testkit/src/a.rs", "\"bluesky\""), 0);
        assert_eq!(found("crates/kith-networks/src/registry.rs", "bluesky::network()"), 0);
        assert_eq!(found("docs/networks/bluesky.md", "Bluesky"), 0);
        assert_eq!(found("web/src/a.ts", "// bluesky"), 0);
        assert_eq!(found("crates/kith-engine/src/a.rs", "let blueskyish = 1;"), 0);
    }

    #[test]
    fn a_folder_without_readme_page_or_line_is_told() {
        assert_eq!(belongings(&Repo::of(&[HERE])).len(), 3);
        let whole = Repo::of(&[
            HERE,
            ("crates/kith-networks/src/bluesky/README.md", ""),
            ("crates/kith-networks/src/registry.rs", "vec![bluesky::network()]"),
            ("docs/networks/bluesky.md", "Not tried against the live network; tried against a server."),
        ]);
        assert_eq!(belongings(&whole), []);
    }
}
