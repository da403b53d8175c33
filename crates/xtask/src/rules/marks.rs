//! Nothing is left half done: no marks for later, no ignored tests, no debugging, no stray white space.

use crate::rust::{Kind, Token};
use crate::{Finding, Repo, TextFile};

/// Macros that stand for what is missing.
const MACROS: [&str; 3] = ["todo", "unimplemented", "dbg"];

/// Marks for later, in halves so that this list does not find itself.
const MARKS: [(&str, &str); 3] = [("TO", "DO"), ("FIX", "ME"), ("XX", "X")];

/// Files that speak of such marks because they look for them in people's texts, or for them here.
const ABOUT_MARKS: [&str; 3] = ["crates/kith-domain/src/plan/placeholder", "crates/xtask/", "docs/use/"];

/// Endings of files whose white space we keep clean.
const CLEAN: [&str; 13] = ["rs", "toml", "md", "sql", "ts", "js", "mjs", "css", "html", "sh", "json", "yml", "csv"];

/// Ignored tests, placeholders in code, and marks for later in comments and documents.
pub fn unfinished(repo: &Repo) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in &repo.rust {
        for (at, token) in file.all.iter().enumerate() {
            if let Some((what, way_out)) = unfinished_here(&file.all, at) {
                findings.push(Finding::new(&file.path, token.line, what, way_out));
            }
            if token.is_comment() && !about_marks(&file.path) {
                for (offset, text) in token.text.lines().enumerate() {
                    findings.extend(mark(&file.path, token.line + offset as u32, text));
                }
            }
        }
    }
    let documents =
        repo.files.iter().filter(|file| file.ending() != "rs" && !file.is_data() && !file.is_lock() && !about_marks(&file.path));
    for file in documents {
        for (line, text) in file.text.lines().enumerate() {
            findings.extend(mark(&file.path, line as u32 + 1, text));
        }
    }
    findings
}

fn about_marks(path: &str) -> bool {
    ABOUT_MARKS.iter().any(|about| path.starts_with(about))
}

fn unfinished_here(all: &[Token], at: usize) -> Option<(String, &'static str)> {
    let (token, next) = (&all[at], all.get(at + 1)?);
    if token.kind != Kind::Word {
        return None;
    }
    if MACROS.contains(&token.text.as_str()) && next.is("!") && !next.text.is_empty() {
        return Some((format!("{}! stands for what is missing", token.text), "write it, or return an error that says so"));
    }
    let is_attribute = at >= 2 && all[at - 1].is("[") && all[at - 2].is("#");
    if token.text == "ignore" && is_attribute {
        return Some(("an ignored test guards nothing".to_owned(), "assert today's behaviour with the reason, or delete it"));
    }
    None
}

fn mark(path: &str, line: u32, text: &str) -> Vec<Finding> {
    let words: Vec<&str> = text.split(|c: char| !c.is_alphanumeric()).collect();
    let marks = MARKS.iter().map(|(head, tail)| format!("{head}{tail}"));
    marks
        .filter(|mark| words.contains(&mark.as_str()))
        .map(|mark| {
            Finding::new(
                path,
                line,
                format!("the mark {mark} puts something off"),
                "do it now, or open an issue and say here what is so today",
            )
        })
        .collect()
}

/// Tabs, white space at line ends, carriage returns, and files that do not end in one newline.
pub fn white_space(repo: &Repo) -> Vec<Finding> {
    let kept = repo.files.iter().filter(|file| CLEAN.contains(&file.ending()) && !file.is_data() && !file.is_lock());
    kept.filter(|file| !file.path.starts_with("crates/kith-testkit/servers/") || file.ending() != "json").flat_map(white_space_of).collect()
}

fn white_space_of(file: &TextFile) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (line, text) in file.text.split('\n').enumerate() {
        let mut tell = |why: &str, way_out: &str| findings.push(Finding::new(&file.path, line as u32 + 1, why, way_out));
        if text.contains('\t') {
            tell("there is a tab", "use spaces, or \\t in a string");
        }
        if text.ends_with('\r') {
            tell("the line ends as on another system", "end lines with a newline alone");
        } else if text.trim_end() != text {
            tell("there is white space at the end of the line", "remove it");
        }
    }
    if !file.text.is_empty() && (!file.text.ends_with('\n') || file.text.ends_with("\n\n")) {
        let line = file.text.lines().count() as u32;
        findings.push(Finding::new(&file.path, line, "the file does not end in one newline", "end it with exactly one"));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> usize {
        unfinished(&Repo::of(&[(path, text)])).len()
    }

    #[test]
    fn nothing_is_left_for_later() {
        let fix = format!("{}{}", MARKS[1].0, MARKS[1].1);
        assert_eq!(found("crates/a/src/a.rs", "fn a() { todo!() }"), 1);
        assert_eq!(found("crates/a/src/a.rs", "#[test]\n#[ignore = \"slow\"]\nfn a() {}"), 1);
        assert_eq!(found("crates/a/src/a.rs", &format!("// {fix}: later")), 1);
        assert_eq!(found("scripts/test", &format!("# {fix}: later")), 1);
        assert_eq!(found("docs/a.md", &fix), 1);
    }

    #[test]
    fn texts_that_speak_of_marks_are_fine() {
        let fix = format!("{}{}", MARKS[1].0, MARKS[1].1);
        assert_eq!(found("crates/kith-domain/src/plan/placeholder.rs", &format!("/// Finds {fix}.")), 0);
        assert_eq!(found("crates/a/src/a.rs", &format!("const A: &str = \"{fix}\";")), 0);
        assert_eq!(found("crates/a/src/a.rs", "fn a() { let ignore = todo; }"), 0);
    }

    #[test]
    fn white_space_is_clean() {
        let found = |text: &str| white_space(&Repo::of(&[("crates/a/src/a.rs", text)])).len();
        assert_eq!(found("a\n"), 0);
        assert_eq!(found("a \n"), 1);
        assert_eq!(found("\ta\n"), 1);
        assert_eq!(found("a\r\n"), 1);
        assert_eq!(found("a"), 1);
        assert_eq!(found("a\n\n"), 1);
    }
}
