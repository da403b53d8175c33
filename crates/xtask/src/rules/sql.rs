//! SQL text exists only in `kith-store`, where every query is made in one workspace.

use crate::rust::Kind;
use crate::{Finding, Repo};

/// The crate in which SQL is at home.
const HOME: &str = "crates/kith-store/";
/// A test's hand behind the engine's back: it does what the store offers no way to do.
const BEHIND: &str = "crates/kith-engine/tests/it/matrix/behind.rs";

/// Every string literal that is SQL, and every `.sql` file, outside the store.
pub fn check(repo: &Repo) -> Vec<Finding> {
    const WAY_OUT: &str = "add a method to kith-store that answers the question, and call it";
    let mut findings = Vec::new();
    let elsewhere = |path: &str| !path.starts_with(HOME) && !path.starts_with("crates/xtask/") && path != BEHIND;
    for file in repo.rust.iter().filter(|file| elsewhere(&file.path)) {
        for token in file.all.iter().filter(|token| token.kind == Kind::Text && is_sql(&token.text)) {
            let start: String = token.text.trim_start().chars().take(30).collect();
            findings.push(Finding::new(&file.path, token.line, format!("SQL outside the store: {start:?}"), WAY_OUT));
        }
    }
    for file in repo.files.iter().filter(|file| file.ending() == "sql" && !file.path.starts_with(HOME)) {
        findings.push(Finding::new(&file.path, 0, "a file of SQL outside the store", WAY_OUT));
    }
    findings
}

/// Upper-case statements anywhere in the text, or one in lower case at its beginning.
fn is_sql(text: &str) -> bool {
    let joined = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if joined.starts_with("SELECT ") || (joined.starts_with(char::is_lowercase) && is_statement(&joined.to_ascii_uppercase())) {
        return true;
    }
    let starts = std::iter::once(0).chain(joined.match_indices(' ').map(|(at, _)| at + 1));
    starts.map(|at| joined[at..].trim_start_matches(['(', '"', '\''])).any(is_statement)
}

fn is_statement(text: &str) -> bool {
    const BEGINNINGS: [&str; 8] = [
        "INSERT INTO ",
        "DELETE FROM ",
        "CREATE TABLE ",
        "CREATE INDEX ",
        "CREATE UNIQUE INDEX ",
        "ALTER TABLE ",
        "DROP TABLE ",
        "PRAGMA ",
    ];
    BEGINNINGS.iter().any(|beginning| text.starts_with(beginning))
        || (text.starts_with("SELECT ") && text.contains(" FROM "))
        || (text.starts_with("UPDATE ") && text.contains(" SET "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sql_is_known_from_sentences() {
        let sql = [
            "SELECT 1",
            "SELECT id FROM post",
            "  insert into post values (1)",
            "UPDATE post\n   SET a = 1",
            "delete from post",
            "CREATE TABLE x (a)",
            "EXPLAIN SELECT a FROM b",
            "select a from b where c = 1",
            "PRAGMA wal_checkpoint",
        ];
        for text in sql {
            assert!(is_sql(text), "{text}");
        }
        let sentences =
            ["Select a channel from the list.", "Update the text, then set a time", "it was selected", "", "Deleted from the list", "SET"];
        for text in sentences {
            assert!(!is_sql(text), "{text}");
        }
    }

    #[test]
    fn only_the_store_may_hold_it() {
        let repo = Repo::of(&[
            ("crates/kith-store/src/a.rs", "const A: &str = \"SELECT 1\";"),
            ("crates/kith-engine/src/a.rs", "\n// SELECT 1\nconst A: &str = \"SELECT 1\";"),
            ("crates/kith-web/tests/it/main.rs", "fn f() { q(r#\"DELETE FROM post\"#) }"),
            ("crates/kith-web/seed.sql", ""),
            (BEHIND, "const ALTER: &str = \"UPDATE a SET b = c\";"),
        ]);
        let places: Vec<(String, u32)> = check(&repo).into_iter().map(|finding| (finding.path, finding.line)).collect();
        assert_eq!(
            places,
            [
                ("crates/kith-engine/src/a.rs".to_owned(), 3),
                ("crates/kith-web/tests/it/main.rs".to_owned(), 1),
                ("crates/kith-web/seed.sql".to_owned(), 0),
            ]
        );
    }
}
