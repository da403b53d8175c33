//! Every file says what it is about, in `//!` at its top, and no module is called after nothing in particular.

use crate::rust::Kind;
use crate::{Finding, Repo};

/// Names that say nothing of what is inside (style, principle 1).
const EMPTY_NAMES: [&str; 10] = ["util", "utils", "common", "helper", "helpers", "manager", "managers", "service", "services", "misc"];

/// Rust files in `src` without module docs.
pub fn module_docs(repo: &Repo) -> Vec<Finding> {
    let sources = repo.rust.iter().filter(|file| !file.is_test && file.path.contains("/src/"));
    let without =
        sources.filter(|file| file.all.iter().find(|token| token.kind != Kind::Comment).is_none_or(|first| first.kind != Kind::InnerDoc));
    without
        .map(|file| {
            let way_out = "begin with //! and up to three sentences: the concept, and how to add one more";
            Finding::new(&file.path, 1, "the file does not say what it is about", way_out)
        })
        .collect()
}

/// Modules, files and folders with empty names.
pub fn module_names(repo: &Repo) -> Vec<Finding> {
    const WAY_OUT: &str = "name it for what it knows or does: a stage, a noun of the domain, a verb";
    let mut findings = Vec::new();
    for file in repo.files.iter().filter(|file| matches!(file.ending(), "rs" | "ts" | "mjs" | "js" | "css") && !file.is_data()) {
        let stems = file.path.split('/').map(|part| part.split('.').next().unwrap_or(part));
        for stem in stems.filter(|stem| EMPTY_NAMES.contains(stem)) {
            findings.push(Finding::new(&file.path, 0, format!("a file or folder is called {stem}, which says nothing"), WAY_OUT));
        }
    }
    for file in &repo.rust {
        for pair in file.all.windows(2).filter(|pair| pair[0].is("mod") && EMPTY_NAMES.contains(&pair[1].text.as_str())) {
            findings.push(Finding::new(
                &file.path,
                pair[1].line,
                format!("a module is called {}, which says nothing", pair[1].text),
                WAY_OUT,
            ));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_begins_with_what_it_is_about() {
        let repo = Repo::of(&[
            ("crates/a/src/good.rs", "//! Good.\nfn a() {}"),
            ("crates/a/src/late.rs", "use b;\n//! Late."),
            ("crates/a/src/none.rs", "fn a() {}"),
            ("crates/a/src/remark.rs", "// A remark.\n//! Good."),
            ("crates/a/tests/it/main.rs", "fn a() {}"),
        ]);
        let paths: Vec<String> = module_docs(&repo).into_iter().map(|finding| finding.path).collect();
        assert_eq!(paths, ["crates/a/src/late.rs", "crates/a/src/none.rs"]);
    }

    #[test]
    fn a_name_says_something() {
        let repo = Repo::of(&[("crates/a/src/utils.rs", ""), ("crates/a/src/b.rs", "mod helpers { }"), ("crates/a/src/common/c.rs", "")]);
        assert_eq!(module_names(&repo).len(), 3);
        assert_eq!(module_names(&Repo::of(&[("crates/a/src/manage.rs", "mod commons; let service = 1;")])), []);
    }
}
