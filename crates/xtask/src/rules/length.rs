//! A file has one idea: it aims at 300 lines and never passes 600, tests left out.

use crate::{Finding, Repo};

/// What a file aims at, in lines without tests (style, principle 11).
pub const LINES_AIM: u32 = 300;
/// What it never passes, in lines without tests.
pub const LINES_MAX: u32 = 600;

/// Files past the hard limit.
pub fn check(repo: &Repo) -> Vec<Finding> {
    let too_long = lengths(repo).into_iter().filter(|(_, lines)| *lines > LINES_MAX);
    too_long
        .map(|(path, lines)| {
            let why = format!("{lines} lines without tests, and {LINES_MAX} is the most");
            Finding::new(&path, 0, why, "divide it: one idea a file, named for the idea")
        })
        .collect()
}

/// Files that pass the aim, the longest first: to be looked at, not refused.
pub fn over_aim(repo: &Repo) -> Vec<(String, u32)> {
    let mut over: Vec<(String, u32)> = lengths(repo).into_iter().filter(|(_, lines)| *lines > LINES_AIM).collect();
    over.sort_by_key(|(path, lines)| (u32::MAX - lines, path.clone()));
    over
}

fn lengths(repo: &Repo) -> Vec<(String, u32)> {
    let rust = repo.rust.iter().filter(|file| !file.is_test).map(|file| (file.path.clone(), file.lines.saturating_sub(file.test_lines)));
    let pages = repo.files.iter().filter(|file| file.path.starts_with("web/") && file.ending() == "ts");
    rust.chain(pages.map(|file| (file.path.clone(), file.text.lines().count() as u32))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_do_not_count() {
        let code = "fn a() {}\n".repeat(400);
        let tests = format!("#[cfg(test)]\nmod tests {{\n{}}}\n", "fn b() {}\n".repeat(400));
        let (long, mixed) = ("fn a() {}\n".repeat(601), format!("{code}{tests}"));
        let repo = Repo::of(&[("crates/a/src/long.rs", &long), ("crates/a/src/mixed.rs", &mixed), ("crates/a/tests/it/main.rs", &long)]);
        assert_eq!(check(&repo).iter().map(|finding| finding.path.as_str()).collect::<Vec<_>>(), ["crates/a/src/long.rs"]);
        assert_eq!(over_aim(&repo), [("crates/a/src/long.rs".to_owned(), 601), ("crates/a/src/mixed.rs".to_owned(), 400)]);
    }
}
