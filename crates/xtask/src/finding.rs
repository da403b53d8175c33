//! What a rule found: where, why it matters, and the way out.

use std::fmt;

/// One breach of a rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// The file, from the repository's root, with `/`.
    pub path: String,
    /// The line, counted from 1; 0 where the file as a whole is meant.
    pub line: u32,
    /// What is there and why it must not be.
    pub why: String,
    /// What to do instead.
    pub way_out: String,
}

impl Finding {
    /// A finding on one line; `line` 0 means the whole file.
    pub fn new(path: &str, line: u32, why: impl Into<String>, way_out: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line, why: why.into(), way_out: way_out.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: ", self.path)?,
            line => write!(f, "{}:{line}: ", self.path)?,
        }
        write!(f, "{}; way out: {}", self.why, self.way_out)
    }
}

/// All findings, sorted, one a line; empty if there are none.
pub fn report(mut findings: Vec<Finding>) -> String {
    findings.sort();
    findings.dedup();
    findings.iter().map(|finding| format!("{finding}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_says_where_why_and_the_way_out() {
        let on_line = Finding::new("a/b.rs", 3, "SQL is here", "move it");
        let whole = Finding::new("a/a.rs", 0, "it is too long", "divide it");
        assert_eq!(
            report(vec![on_line.clone(), whole, on_line]),
            "a/a.rs: it is too long; way out: divide it\na/b.rs:3: SQL is here; way out: move it\n"
        );
    }
}
