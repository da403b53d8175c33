//! The repository as text: every source and document, read once.
//!
//! What is built or installed (`target`, `node_modules`, `.tools`) is left out. Rust files are divided into words on
//! reading, and it is noted which of them are tests, so that a rule only looks at what concerns it.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::Path;

use crate::rust::{RustFile, test_modules};

/// Folders that hold nothing of ours.
const FOREIGN: [&str; 6] = ["target", "node_modules", ".tools", ".git", "dist", "wip"];

/// Endings of files that are not text.
const NOT_TEXT: [&str; 13] = ["png", "jpg", "jpeg", "gif", "webp", "ico", "woff2", "gz", "db", "zip", "wasm", "pdf", "swp"];

/// Largest file that is read, in bytes; what is larger is data.
const FILE_BYTES_MAX: u64 = 2 * 1024 * 1024;

/// A file that is text.
#[derive(Debug, Clone)]
pub struct TextFile {
    /// From the repository's root, with `/`.
    pub path: String,
    /// All of it.
    pub text: String,
}

/// Everything that the rules look at.
#[derive(Debug, Clone, Default)]
pub struct Repo {
    /// Every text file, sorted by path.
    pub files: Vec<TextFile>,
    /// The Rust files among them, in words.
    pub rust: Vec<RustFile>,
}

impl TextFile {
    /// What follows the last dot of the file's name, or nothing.
    pub fn ending(&self) -> &str {
        let name = self.path.rsplit('/').next().unwrap_or_default();
        name.rsplit_once('.').map_or("", |(_, ending)| ending)
    }

    /// Whether it is data for tests, kept byte by byte as it came.
    pub fn is_data(&self) -> bool {
        self.path.contains("/fixtures/") || self.path.contains("/tests/schema/") || self.path.contains("/snapshots/")
    }

    /// Whether a package manager wrote it.
    pub fn is_lock(&self) -> bool {
        self.path.ends_with("package-lock.json") || self.path.ends_with("Cargo.lock")
    }
}

impl Repo {
    /// Reads everything below `root`.
    pub fn read(root: &Path) -> io::Result<Self> {
        let mut files = Vec::new();
        read_folder(root, "", &mut files)?;
        Ok(Self::new(files))
    }

    /// A made-up repository, for the tests of rules.
    pub fn of(files: &[(&str, &str)]) -> Self {
        let own = |&(path, text): &(&str, &str)| TextFile { path: path.to_owned(), text: text.to_owned() };
        Self::new(files.iter().map(own).collect())
    }

    fn new(mut files: Vec<TextFile>) -> Self {
        files.sort_by(|a, b| a.path.cmp(&b.path));
        let mut rust: Vec<RustFile> = files
            .iter()
            .filter(|file| file.ending() == "rs" && !file.is_data())
            .map(|file| RustFile::new(&file.path, &file.text))
            .collect();
        let tests: BTreeSet<String> = rust.iter().flat_map(test_modules).collect();
        for file in &mut rust {
            file.is_test |= tests.iter().any(|module| belongs_to(&file.path, module));
        }
        Self { files, rust }
    }

    /// One file by its path.
    pub fn file(&self, path: &str) -> Option<&TextFile> {
        self.files.iter().find(|file| file.path == path)
    }

    /// Whether a file or a folder of that path is there.
    pub fn has(&self, path: &str) -> bool {
        let path = path.trim_end_matches('/');
        let inside = format!("{path}/");
        self.files.iter().any(|file| file.path == path || file.path.starts_with(&inside))
    }

    /// The folders of `crates/`, each a crate.
    pub fn crates(&self) -> BTreeSet<&str> {
        self.folders("crates/")
    }

    /// Names of the folders directly below `prefix`, which ends in `/`.
    pub fn folders(&self, prefix: &str) -> BTreeSet<&str> {
        let below = self.files.iter().filter_map(|file| file.path.strip_prefix(prefix));
        below.filter_map(|rest| rest.split_once('/')).map(|(folder, _)| folder).collect()
    }

    /// Rust files that end up in the product: no tests, no test kit, not these rules.
    pub fn product(&self) -> impl Iterator<Item = &RustFile> {
        self.rust
            .iter()
            .filter(|file| !file.is_test && !file.path.starts_with("crates/xtask/") && !file.path.starts_with("crates/kith-testkit/"))
    }

    /// The folders of `kith-networks` in which something implements `Network`: the networks' short names.
    pub fn networks(&self) -> BTreeSet<&str> {
        let root = "crates/kith-networks/src/";
        let with_impl = self.rust.iter().filter(|file| file.has_words(&["impl", "Network", "for"]));
        with_impl.filter_map(|file| file.path.strip_prefix(root)?.split_once('/')).map(|(folder, _)| folder).collect()
    }
}

/// Whether `path` is the module whose path without ending is `module`, or below it.
fn belongs_to(path: &str, module: &str) -> bool {
    path.strip_prefix(module).is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
}

fn read_folder(folder: &Path, prefix: &str, files: &mut Vec<TextFile>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let (path, kind) = (format!("{prefix}{name}"), entry.file_type()?);
        if kind.is_dir() {
            if !FOREIGN.contains(&name.as_str()) {
                read_folder(&entry.path(), &format!("{path}/"), files)?;
            }
        } else if kind.is_file() && entry.metadata()?.len() <= FILE_BYTES_MAX {
            let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
            if NOT_TEXT.contains(&ending) {
                continue;
            }
            // A file that goes away while we look, or that is not UTF-8, is not a source of ours.
            if let Ok(text) = fs::read_to_string(entry.path()) {
                files.push(TextFile { path, text });
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_behind_cfg_test_are_tests_wherever_their_files_lie() {
        let repo = Repo::of(&[
            ("crates/a/src/lib.rs", "mod b;\n#[cfg(test)]\nmod c;"),
            ("crates/a/src/b.rs", "#[cfg(test)]\nmod tests;\n#[cfg(test)]\n#[path = \"b_more.rs\"]\nmod more;"),
            ("crates/a/src/b/tests.rs", "fn f() {}"),
            ("crates/a/src/b_more.rs", "fn f() {}"),
            ("crates/a/src/c/mod.rs", "mod d;"),
            ("crates/a/src/c/d.rs", "fn f() {}"),
            ("crates/a/tests/it/main.rs", "fn f() {}"),
        ]);
        let product: Vec<&str> = repo.product().map(|file| file.path.as_str()).collect();
        assert_eq!(product, ["crates/a/src/b.rs", "crates/a/src/lib.rs"]);
    }

    #[test]
    fn a_network_is_a_folder_with_an_implementation() {
        let repo = Repo::of(&[
            ("crates/kith-networks/src/http/mod.rs", "struct Network;"),
            ("crates/kith-networks/src/somewhere/mod.rs", "impl Network for Somewhere {}"),
        ]);
        assert_eq!(repo.networks().into_iter().collect::<Vec<_>>(), ["somewhere"]);
    }
}
