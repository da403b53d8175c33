//! Divides Rust text into words, strings and comments, each with its line.

/// What a word is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A name or a keyword; `r#type` is `type`.
    Word,
    /// `'a`.
    Lifetime,
    /// A string of any form; the text is its content with simple escapes resolved.
    Text,
    /// A character or byte in quotes.
    Char,
    /// A number with its suffix.
    Number,
    /// One sign.
    Sign,
    /// `//` or `/* */`.
    Comment,
    /// `//!` or `/*! */`: says something of what encloses it.
    InnerDoc,
    /// `///` or `/** */`: says something of what follows.
    OuterDoc,
}

/// One word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: Kind,
    /// Its text; for strings and comments without what encloses them.
    pub text: String,
    /// The line on which it begins, counted from 1.
    pub line: u32,
}

impl Token {
    /// Whether it is this name or sign; a string never is.
    pub fn is(&self, text: &str) -> bool {
        matches!(self.kind, Kind::Word | Kind::Sign) && self.text == text
    }

    /// Whether it is a comment of any kind.
    pub fn is_comment(&self) -> bool {
        matches!(self.kind, Kind::Comment | Kind::InnerDoc | Kind::OuterDoc)
    }
}

/// Divides a whole file. Text that is not Rust gives words all the same; nothing fails.
pub fn tokens(text: &str) -> Vec<Token> {
    let mut reader = Reader { chars: text.chars().collect(), at: 0, line: 1 };
    let mut tokens = Vec::new();
    while let Some(c) = reader.peek(0) {
        let line = reader.line;
        if let Some((kind, text)) = reader.token(c) {
            tokens.push(Token { kind, text, line });
        }
    }
    tokens
}

struct Reader {
    chars: Vec<char>,
    at: usize,
    line: u32,
}

impl Reader {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.chars.get(self.at + ahead).copied()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek(0)?;
        self.at += 1;
        self.line += u32::from(c == '\n');
        Some(c)
    }

    fn take_while(&mut self, keep: impl Fn(char) -> bool) -> String {
        let mut text = String::new();
        while let Some(c) = self.peek(0).filter(|&c| keep(c)) {
            text.push(c);
            self.next();
        }
        text
    }

    fn token(&mut self, c: char) -> Option<(Kind, String)> {
        match (c, self.peek(1)) {
            ('/', Some('/')) => Some(self.line_comment()),
            ('/', Some('*')) => Some(self.block_comment()),
            ('"', _) => Some((Kind::Text, self.text())),
            ('\'', _) => Some(self.quote()),
            _ if c.is_whitespace() => {
                self.next();
                None
            }
            _ if c.is_ascii_digit() => Some((Kind::Number, self.number())),
            _ if is_word(c) => Some(self.word()),
            _ => {
                self.next();
                Some((Kind::Sign, c.to_string()))
            }
        }
    }

    fn line_comment(&mut self) -> (Kind, String) {
        let text = self.take_while(|c| c != '\n');
        let kind = match text.as_bytes() {
            [_, _, b'!', ..] => Kind::InnerDoc,
            [_, _, b'/', b'/', ..] => Kind::Comment,
            [_, _, b'/', ..] => Kind::OuterDoc,
            _ => Kind::Comment,
        };
        let skip = if kind == Kind::Comment { 2 } else { 3 };
        (kind, text.chars().skip(skip).collect())
    }

    fn block_comment(&mut self) -> (Kind, String) {
        let kind = match (self.peek(2), self.peek(3)) {
            (Some('!'), _) => Kind::InnerDoc,
            (Some('*'), Some(c)) if c != '*' && c != '/' => Kind::OuterDoc,
            _ => Kind::Comment,
        };
        let (mut depth, mut text) = (0, String::new());
        while let Some(c) = self.next() {
            match (c, self.peek(0)) {
                ('/', Some('*')) => depth += 1,
                ('*', Some('/')) => depth -= 1,
                _ => {
                    text.push(c);
                    continue;
                }
            }
            self.next();
            if depth == 0 {
                break;
            }
        }
        (kind, text)
    }

    /// A string with escapes; stands on its first quote.
    fn text(&mut self) -> String {
        self.next();
        let mut text = String::new();
        while let Some(c) = self.next() {
            match c {
                '"' => break,
                '\\' => self.escape(&mut text),
                _ => text.push(c),
            }
        }
        text
    }

    fn escape(&mut self, text: &mut String) {
        match self.next() {
            Some('n') => text.push('\n'),
            Some('t') => text.push('\t'),
            Some('r') => text.push('\r'),
            Some('0') => text.push('\0'),
            Some('\n') => {
                self.take_while(char::is_whitespace);
            }
            Some('x') => {
                let code: String = [self.next(), self.next()].into_iter().flatten().collect();
                text.extend(u8::from_str_radix(&code, 16).ok().map(char::from));
            }
            Some('u') if self.peek(0) == Some('{') => {
                self.next();
                let code = self.take_while(|c| c != '}' && c != '"');
                self.next();
                text.extend(u32::from_str_radix(&code.replace('_', ""), 16).ok().and_then(char::from_u32));
            }
            Some(other) => text.push(other),
            None => {}
        }
    }

    /// A character or a lifetime; stands on the quote.
    fn quote(&mut self) -> (Kind, String) {
        self.next();
        if self.peek(0) != Some('\\') && self.peek(1) != Some('\'') {
            return (Kind::Lifetime, self.take_while(is_word));
        }
        let mut text = String::new();
        if self.peek(0) == Some('\\') {
            self.next();
            self.escape(&mut text);
        } else {
            text.extend(self.next());
        }
        self.next();
        (Kind::Char, text)
    }

    fn number(&mut self) -> String {
        let mut text = self.take_while(is_word);
        if self.peek(0) == Some('.') && self.peek(1).is_some_and(|c| c.is_ascii_digit()) {
            text.extend(self.next());
            text.push_str(&self.take_while(is_word));
        }
        text
    }

    fn word(&mut self) -> (Kind, String) {
        let word = self.take_while(is_word);
        let prefix = word.as_str();
        match self.peek(0) {
            Some('"') if matches!(prefix, "b" | "c") => return (Kind::Text, self.text()),
            Some('\'') if prefix == "b" => return self.quote(),
            Some('"' | '#') if matches!(prefix, "r" | "br" | "cr") => {}
            _ => return (Kind::Word, word),
        }
        let hashes = self.chars[self.at..].iter().take_while(|&&c| c == '#').count();
        match self.peek(hashes) {
            Some('"') => (Kind::Text, self.raw_text(hashes)),
            Some(c) if prefix == "r" && hashes == 1 && is_word(c) => {
                self.next();
                (Kind::Word, self.take_while(is_word))
            }
            _ => (Kind::Word, word),
        }
    }

    /// A raw string; stands on its first hash or quote.
    fn raw_text(&mut self, hashes: usize) -> String {
        for _ in 0..=hashes {
            self.next();
        }
        let mut text = String::new();
        while let Some(c) = self.next() {
            if c == '"' && (0..hashes).all(|ahead| self.peek(ahead) == Some('#')) {
                for _ in 0..hashes {
                    self.next();
                }
                break;
            }
            text.push(c);
        }
        text
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[(Kind, &str)]) {
        let tokens = tokens(text);
        let found: Vec<(Kind, &str)> = tokens.iter().map(|token| (token.kind, token.text.as_str())).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn strings_of_every_form_are_texts() {
        check(r#"a("b \" c")"#, &[(Kind::Word, "a"), (Kind::Sign, "("), (Kind::Text, "b \" c"), (Kind::Sign, ")")]);
        check(r###"r#"a " b"# r"\" br##"x"# y"##"###, &[(Kind::Text, "a \" b"), (Kind::Text, "\\"), (Kind::Text, "x\"# y")]);
        check("b\"x\" c\"y\" b'z'", &[(Kind::Text, "x"), (Kind::Text, "y"), (Kind::Char, "z")]);
        check("\"a\\n\\u{e9}\\x41\\\n   b\"", &[(Kind::Text, "a\néAb")]);
        check("\"// no comment\"", &[(Kind::Text, "// no comment")]);
    }

    #[test]
    fn comments_nest_and_docs_are_told_from_remarks() {
        check("/* a /* b */ c */ d", &[(Kind::Comment, " a  b  c "), (Kind::Word, "d")]);
        check(
            "//! a\n/// b\n// c \"d\n//// e",
            &[(Kind::InnerDoc, " a"), (Kind::OuterDoc, " b"), (Kind::Comment, " c \"d"), (Kind::Comment, "// e")],
        );
        check("/*! a */ /** b */ /**/ c", &[(Kind::InnerDoc, "! a "), (Kind::OuterDoc, "* b "), (Kind::Comment, ""), (Kind::Word, "c")]);
    }

    #[test]
    fn characters_are_told_from_lifetimes() {
        check(
            r"'a' 'b '\'' '\u{7f}' '_ '('",
            &[
                (Kind::Char, "a"),
                (Kind::Lifetime, "b"),
                (Kind::Char, "'"),
                (Kind::Char, "\u{7f}"),
                (Kind::Lifetime, "_"),
                (Kind::Char, "("),
            ],
        );
        check("'\"' x", &[(Kind::Char, "\""), (Kind::Word, "x")]);
    }

    #[test]
    fn names_and_numbers_keep_their_bounds() {
        check(
            "r#type r2 1_000.5f64 0..2",
            &[
                (Kind::Word, "type"),
                (Kind::Word, "r2"),
                (Kind::Number, "1_000.5f64"),
                (Kind::Number, "0"),
                (Kind::Sign, "."),
                (Kind::Sign, "."),
                (Kind::Number, "2"),
            ],
        );
    }

    #[test]
    fn lines_are_counted_through_strings_and_comments() {
        let lines: Vec<u32> = tokens("a\n\"b\n\nc\" d /* e\n */ f\ng").iter().map(|token| token.line).collect();
        assert_eq!(lines, [1, 2, 4, 4, 5, 6]);
    }

    #[test]
    fn unfinished_text_ends_with_the_file() {
        for text in ["\"a", "/* a", "'", "r#\"a", "'\\", "b'", "\"\\u{12"] {
            tokens(text);
        }
    }
}
