//! Rust's text in words, as far as the rules need it: no grammar, but comments, strings and tests told apart.
//!
//! [`token`] divides a file, [`strip`] leaves out what is only compiled for tests, [`block`] says inside which
//! function or `impl` a word stands. A [`RustFile`] holds all of it.

pub mod block;
pub mod strip;
pub mod token;

pub use strip::test_modules;
pub use token::{Kind, Token};

/// A Rust file in words.
#[derive(Debug, Clone)]
pub struct RustFile {
    /// From the repository's root, with `/`.
    pub path: String,
    /// Every word with its comments and tests.
    pub all: Vec<Token>,
    /// Words without comments and without what is only compiled for tests.
    pub code: Vec<Token>,
    /// Lines that are only compiled for tests.
    pub test_lines: u32,
    /// Lines in all.
    pub lines: u32,
    /// Whether the whole file is a test.
    pub is_test: bool,
}

impl RustFile {
    /// Divides a file. Whether another file declares it a test is not known here (see `Repo`).
    pub fn new(path: &str, text: &str) -> Self {
        let all = token::tokens(text);
        let (code, test_lines) = strip::without_tests(&all);
        let whole = !find(&all, &["#", "!", "[", "cfg", "(", "test", ")", "]"]).is_empty();
        let is_test = whole || path.contains("/tests/") || path.contains("/benches/");
        Self { path: path.to_owned(), all, code, test_lines, lines: text.lines().count() as u32, is_test }
    }

    /// The crate's folder name, for a file below `crates/`.
    pub fn crate_name(&self) -> &str {
        self.path.strip_prefix("crates/").and_then(|rest| rest.split('/').next()).unwrap_or_default()
    }

    /// Places in `code` where these texts follow each other.
    pub fn find(&self, words: &[&str]) -> Vec<usize> {
        find(&self.code, words)
    }

    /// Whether these texts follow each other somewhere in `code`.
    pub fn has_words(&self, words: &[&str]) -> bool {
        !self.find(words).is_empty()
    }
}

/// Places where these texts follow each other; string literals never match.
pub fn find(code: &[Token], words: &[&str]) -> Vec<usize> {
    let fits = |window: &[Token]| window.iter().zip(words).all(|(token, word)| token.is(word));
    code.windows(words.len().max(1)).enumerate().filter(|(_, window)| fits(window)).map(|(index, _)| index).collect()
}
