//! The one direction: `people · mandate → plan → schedule → publish → listen → converse → measure`.
//!
//! In the domain and the engine a later stage may name an earlier one, never the reverse. What is no stage lies below
//! all of them in the domain (ids and the like) and names none; in the engine it holds them together and may name all.
//! `people` and `mandate` stand side by side.

use crate::rust::{RustFile, Token, block, token::Kind};
use crate::{Finding, Repo};

/// The stages in order; those of one rank stand side by side.
pub const STAGES: [(&str, u8); 8] =
    [("people", 1), ("mandate", 1), ("plan", 2), ("schedule", 3), ("publish", 4), ("listen", 5), ("converse", 6), ("measure", 7)];

const DOMAIN: &str = "crates/kith-domain/src/";
const ENGINE: &str = "crates/kith-engine/src/";

/// Every name of a later stage in an earlier one, in the domain and the engine.
pub fn check(repo: &Repo) -> Vec<Finding> {
    repo.product().flat_map(check_file).collect()
}

fn rank(name: &str) -> Option<u8> {
    STAGES.iter().find(|(stage, _)| *stage == name).map(|(_, rank)| *rank)
}

fn check_file(file: &RustFile) -> Vec<Finding> {
    let (in_domain, in_engine) = (file.path.strip_prefix(DOMAIN), file.path.strip_prefix(ENGINE));
    let Some(path) = in_domain.or(in_engine) else { return Vec::new() };
    let module = module_path(path);
    let below_all = in_domain.map(|_| 0);
    let Some(own) = module.first().and_then(|first| rank(first).or(below_all)) else { return Vec::new() };
    let named = names_from_root(&file.code, &module);
    let later = named.into_iter().filter(|(name, _)| rank(name).is_some_and(|rank| rank > own));
    later
        .map(|(name, line)| {
            let why = format!("{} names the later stage {name}; data moves along the line in one direction", module.join("::"));
            Finding::new(&file.path, line, why, "move the type to the earlier stage, or the function to the later one")
        })
        .collect()
}

/// `plan/file/mod.rs` is `plan::file`; the crate's root is empty.
fn module_path(path: &str) -> Vec<String> {
    let mut parts: Vec<String> = path.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
    if parts.last().is_some_and(|last| matches!(last.as_str(), "mod" | "lib" | "main")) {
        parts.pop();
    }
    parts
}

/// The modules of the crate's root that are named here through `crate::` or `super::`, with their lines.
fn names_from_root(code: &[Token], module: &[String]) -> Vec<(String, u32)> {
    let blocks = block::blocks(code);
    let mut found = Vec::new();
    for (at, token) in code.iter().enumerate() {
        let is_start = at < 2 || !is_path_sign(code, at - 2);
        if !is_start || !(token.is("crate") || token.is("super")) {
            continue;
        }
        let (mut next, mut depth) = (at, 0);
        while code.get(next).is_some_and(|token| token.is("super") || token.is("crate")) && is_path_sign(code, next + 1) {
            depth += usize::from(code[next].is("super"));
            next += 3;
        }
        let inline = block::around(&blocks, at).iter().filter(|block| block.named("mod").is_some()).count();
        let to_root = token.is("crate") || depth == module.len() + inline;
        if next > at && to_root {
            found.extend(first_names(code, next));
        }
    }
    found
}

fn is_path_sign(code: &[Token], at: usize) -> bool {
    code.get(at).is_some_and(|token| token.is(":")) && code.get(at + 1).is_some_and(|token| token.is(":"))
}

/// The name here, or the first names of each branch of a group in braces.
fn first_names(code: &[Token], at: usize) -> Vec<(String, u32)> {
    match code.get(at) {
        Some(token) if token.kind == Kind::Word => vec![(token.text.clone(), token.line)],
        Some(token) if token.is("{") => {
            let branches = block::arguments(code, at);
            branches.iter().filter_map(|branch| branch.first()).map(|token| (token.text.clone(), token.line)).collect()
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_text(path: &str, text: &str, expected: &[&str]) {
        check_in(DOMAIN, path, text, expected);
    }

    fn check_in(root: &str, path: &str, text: &str, expected: &[&str]) {
        let path = format!("{root}{path}");
        let found = check(&Repo::of(&[(&path, text)]));
        let later: Vec<&str> = found.iter().filter_map(|finding| finding.why.split("later stage ").nth(1)?.split(';').next()).collect();
        assert_eq!(later, expected, "{path}: {text}");
    }

    #[test]
    fn an_earlier_stage_never_names_a_later_one() {
        check_text("plan/mod.rs", "use crate::publish::Content;", &["publish"]);
        check_text("plan.rs", "use crate::{ids::PostId, schedule::{a, b}, measure};", &["schedule", "measure"]);
        check_text("plan/file/csv.rs", "fn f(x: super::super::super::listen::X) {}", &["listen"]);
        check_text("plan/mod.rs", "use super::converse;", &["converse"]);
        check_text("people.rs", "mod inner { use super::super::plan::X; }", &["plan"]);
        check_text("ids.rs", "use crate::people::Profile;", &["people"]);
    }

    #[test]
    fn the_engine_keeps_the_order_but_for_what_holds_it_together() {
        check_in(ENGINE, "plan/import.rs", "use crate::publish::Courier;", &["publish"]);
        check_in(ENGINE, "kith.rs", "use crate::mandate::Seal;", &[]);
    }

    #[test]
    fn a_later_stage_names_earlier_ones_and_its_own() {
        check_text("converse/automated.rs", "use crate::plan::placeholder; use crate::ids::X;", &[]);
        check_text("plan/lint.rs", "use super::publish::X; use super::{listen};", &[]);
        check_text("mandate/role.rs", "use crate::people::Profile;", &[]);
        check_text("lib.rs", "pub mod measure; pub use crate::measure::X;", &[]);
        check_text("plan/mod.rs", "// crate::publish\n#[cfg(test)]\nmod tests { use crate::publish::X; }", &[]);
    }
}
