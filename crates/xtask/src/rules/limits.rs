//! A limit says where it comes from: constants in `limits.rs` have a doc comment, and a source or a date.

use crate::rust::{Kind, RustFile};
use crate::{Finding, Repo};

/// Constants in files called `limits.rs` that say nothing, or not where they come from.
///
/// The text may stand on the constant, on the first of a group without blank lines, or (for the source) at the top of
/// the file.
pub fn check(repo: &Repo) -> Vec<Finding> {
    repo.product().filter(|file| file.path.ends_with("/limits.rs")).flat_map(check_file).collect()
}

fn check_file(file: &RustFile) -> Vec<Finding> {
    let mut findings = Vec::new();
    let top: String = file.all.iter().filter(|token| token.kind == Kind::InnerDoc).map(|token| token.text.as_str()).collect();
    let (mut doc, mut doc_line, mut last_line) = (String::new(), 0, 0);
    let in_code: Vec<u32> = file
        .find(&["const"])
        .into_iter()
        .filter(|&at| !file.code.get(at + 1).is_some_and(|next| next.is("fn")))
        .map(|at| file.code[at].line)
        .collect();
    for token in &file.all {
        if token.kind == Kind::OuterDoc {
            if token.line > doc_line + 1 {
                doc.clear();
            }
            doc.push_str(&token.text);
            doc_line = token.line;
        }
        if !(token.is("const") && in_code.contains(&token.line)) {
            continue;
        }
        let is_documented = !doc.is_empty() && (token.line == doc_line + 1 || token.line == last_line + 1);
        last_line = token.line;
        if !is_documented {
            doc.clear();
            let way_out = "add /// with what it bounds, its unit, and its source or the date it was looked up";
            findings.push(Finding::new(&file.path, token.line, "a limit has no doc comment", way_out));
        } else if !has_source(&doc) && !has_source(&top) {
            let why = "a limit does not say where it comes from, nor does the file";
            findings.push(Finding::new(
                &file.path,
                token.line,
                why,
                "add a link, or the year and month in which it was looked up or decided",
            ));
        }
    }
    findings
}

/// A link, the word source, or a year of this century.
fn has_source(text: &str) -> bool {
    let year = |word: &str| word.len() == 4 && word.starts_with("20") && word.bytes().all(|b| b.is_ascii_digit());
    text.contains("://") || text.to_lowercase().contains("source") || text.split(|c: char| !c.is_ascii_alphanumeric()).any(year)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> usize {
        check(&Repo::of(&[("crates/kith-networks/src/x/limits.rs", text)])).len()
    }

    #[test]
    fn a_limit_says_what_it_bounds_and_where_it_comes_from() {
        assert_eq!(found("const A: u32 = 1;"), 1);
        assert_eq!(found("/// Longest text.\nconst A: u32 = 1;"), 1);
        assert_eq!(found("/// Longest text (https://example.com, 2026-11).\nconst A: u32 = 1;"), 0);
        assert_eq!(found("//! Read 2026-11.\n/// Longest text.\nconst A: u32 = 1;\n\nconst B: u32 = 1;"), 1);
    }

    #[test]
    fn a_group_shares_its_text_and_tests_need_none() {
        assert_eq!(found("/// Fewest and most (2026).\nconst A: u32 = 1;\npub(crate) const B: u32 = 2;\nconst fn f() {}"), 0);
        assert_eq!(found("#[cfg(test)]\nmod tests {\n const A: u32 = 1;\n}"), 0);
    }
}
