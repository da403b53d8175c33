//! The project speaks of itself alone: no paths of the machine it was written on, no hosts that packages came from,
//! no word on how it was made.
//!
//! Readers have another machine and another mirror, and the makers are no part of the product. The lists stand in
//! halves, so that they do not find themselves.

use crate::{Finding, Repo};

/// Beginnings of absolute paths.
const PATHS: [(&str, &str); 4] = [("/wo", "rk/"), ("/ro", "ot/"), ("/tmp/bash", "_jobs"), ("/home/", "runner")];

/// Settings and options that name a host for packages.
const MIRRORS: [(&str, &str); 9] = [
    ("\"reso", "lved\":"),
    ("--index", "-url"),
    ("--extra-index", "-url"),
    ("--regis", "try"),
    ("npm_config_reg", "istry"),
    ("index-ur", "l ="),
    ("registry.npm", "js.org"),
    ("files.python", "hosted.org"),
    ("static.crates", ".io"),
];

/// Words on how the project was made; those in capitals only in capitals.
const MAKING: [(&str, &str); 26] = [
    ("A", "I"),
    ("A", "Is"),
    ("LL", "M"),
    ("LL", "Ms"),
    ("chatg", "pt"),
    ("g", "pt"),
    ("clau", "de"),
    ("anth", "ropic"),
    ("open", "ai"),
    ("co", "pilot"),
    ("language ", "model"),
    ("sub", "agent"),
    ("sub", "agents"),
    ("help", "er"),
    ("help", "ers"),
    ("session of ", "work"),
    ("work ", "session"),
    ("coding ", "session"),
    ("co-authored", "-by"),
    ("generated ", "by a machine"),
    ("brief", ".md"),
    ("the ", "lead writes"),
    ("the ", "lead decides"),
    ("my ", "brief"),
    ("this ", "workplace"),
    ("the ", "brief"),
];

/// The rule against empty names of modules, which must list them.
const BANS_NAMES: [&str; 1] = ["crates/xtask/src/rules/documents.rs"];

/// Everything in the repository that speaks of something else.
pub fn check(repo: &Repo) -> Vec<Finding> {
    let paths: Vec<String> = PATHS.iter().map(|(head, tail)| format!("{head}{tail}")).collect();
    let mirrors: Vec<String> = MIRRORS.iter().map(|(head, tail)| format!("{head}{tail}")).collect();
    let making: Vec<String> = MAKING.iter().map(|(head, tail)| format!("{head}{tail}")).collect();
    let mut findings = Vec::new();
    for file in repo.files.iter().filter(|file| !file.path.starts_with("LICENSE")) {
        for (index, text) in file.text.lines().enumerate() {
            let mut tell = |why: String, way_out: &str| findings.push(Finding::new(&file.path, index as u32 + 1, why, way_out));
            for path in paths.iter().filter(|path| begins_a_path(text, path)) {
                tell(format!("{path} is a path of one machine"), "use a path from the repository's root, or a temporary folder");
            }
            for mirror in mirrors.iter().filter(|mirror| text.contains(mirror.as_str())) {
                tell(format!("{mirror} ties the repository to one host for packages"), "leave the host to each machine's own settings");
            }
            if file.is_lock() || file.is_data() {
                continue;
            }
            if BANS_NAMES.contains(&file.path.as_str()) {
                continue;
            }
            let lower = text.to_lowercase();
            for word in &making {
                let is_capital = word.starts_with(|c: char| c.is_uppercase());
                if has_word(if is_capital { text } else { &lower }, word) {
                    tell(
                        format!("{word:?} speaks of how the project was made"),
                        "speak of the product; for a person, say member or delegate",
                    );
                }
            }
        }
    }
    findings
}

/// Whether the text holds `path` where a path begins: not inside an address or a longer path.
fn begins_a_path(text: &str, path: &str) -> bool {
    text.match_indices(path).any(|(at, _)| !text[..at].ends_with(|c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '}' | '~')))
}

/// Whether the text holds `word` between signs or spaces.
fn has_word(text: &str, word: &str) -> bool {
    let inside = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word).any(|(at, _)| !text[..at].ends_with(inside) && !text[at + word.len()..].starts_with(inside))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> usize {
        check(&Repo::of(&[(path, text)])).len()
    }

    fn whole(pair: (&str, &str)) -> String {
        format!("{}{}", pair.0, pair.1)
    }

    #[test]
    fn a_path_of_one_machine_is_found_and_a_relative_one_is_not() {
        let path = whole(PATHS[0]);
        assert_eq!(found("scripts/test", &format!("cd {path}main")), 1);
        assert_eq!(found("crates/a/src/a.rs", &format!("\"{path}x\"")), 1);
        assert_eq!(found("README.md", &format!("https://example.com{path}x and tests{path}x")), 0);
    }

    #[test]
    fn a_host_of_packages_is_found_in_lock_files_too() {
        assert_eq!(found("tests/browser/package-lock.json", &format!("  {} \"https://x/y.tgz\",", whole(MIRRORS[0]))), 1);
        assert_eq!(found("scripts/setup", &format!("pip install {} x", whole(MIRRORS[1]))), 1);
    }

    #[test]
    fn how_it_was_made_is_no_matter_here() {
        assert_eq!(found("README.md", &format!("Written with {}.", whole(MAKING[5]))), 1);
        assert_eq!(found("README.md", &format!("{} did it", whole(MAKING[0]))), 1);
        assert_eq!(found("README.md", "ai is said in Portuguese; maintain, session, agent, SignedInSession"), 0);
        assert_eq!(found("crates/a/package-lock.json", &whole(MAKING[14])), 0);
    }
}
