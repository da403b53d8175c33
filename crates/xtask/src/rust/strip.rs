//! Leaves out what is only compiled for tests: items after `#[cfg(test)]`, test functions, and comments.

use std::borrow::Borrow;

use super::token::{Kind, Token};

/// Words that begin an item; what begins otherwise (a field, an arm) ends at a comma.
const ITEM: [&str; 16] = [
    "pub",
    "fn",
    "mod",
    "impl",
    "use",
    "struct",
    "enum",
    "const",
    "static",
    "type",
    "trait",
    "async",
    "unsafe",
    "extern",
    "let",
    "macro_rules",
];

/// The words without comments and tests, and how many lines the tests take.
pub fn without_tests(all: &[Token]) -> (Vec<Token>, u32) {
    let plain: Vec<&Token> = all.iter().filter(|token| !token.is_comment()).collect();
    let (mut code, mut lines, mut at) = (Vec::new(), 0, 0);
    while let Some(&token) = plain.get(at) {
        match attribute(&plain, at) {
            Some((end, true)) => {
                let after = item_end(&plain, end);
                let last = plain.get(after.saturating_sub(1)).map_or(token.line, |last| last.line);
                lines += last - token.line + 1;
                at = after;
            }
            Some((end, false)) => {
                code.extend(plain[at..end].iter().map(|&token| token.clone()));
                at = end;
            }
            None => {
                code.push(token.clone());
                at += 1;
            }
        }
    }
    (code, lines)
}

/// The modules in files of their own that this file declares for tests only, as paths without ending.
pub fn test_modules(file: &super::RustFile) -> Vec<String> {
    let plain: Vec<&Token> = file.all.iter().filter(|token| !token.is_comment()).collect();
    let (folder, name) = file.path.rsplit_once('/').unwrap_or(("", &file.path));
    let stem = name.trim_end_matches(".rs");
    let below = if matches!(stem, "mod" | "lib" | "main") { folder.to_owned() } else { format!("{folder}/{stem}") };
    let mut found = Vec::new();
    for at in 0..plain.len() {
        let Some((end, true)) = attribute(&plain, at) else { continue };
        let (start, path) = other_attributes(&plain, end);
        let words: Vec<&Token> = plain[start..item_end(&plain, start)].to_vec();
        if let Some(index) = words.iter().position(|token| token.is("mod"))
            && let (Some(module), Some(end)) = (words.get(index + 1), words.get(index + 2))
            && end.is(";")
        {
            found.push(match path {
                Some(path) => format!("{folder}/{}", path.trim_end_matches(".rs")),
                None => format!("{below}/{}", module.text),
            });
        }
    }
    found
}

/// If an outer attribute begins here: where it ends, and whether it makes what follows a test.
fn attribute(plain: &[&Token], at: usize) -> Option<(usize, bool)> {
    if !plain.get(at)?.is("#") || !plain.get(at + 1)?.is("[") {
        return None;
    }
    let end = closing(plain, at + 1);
    let inside: Vec<&str> = plain[at + 2..end.saturating_sub(1).max(at + 2)].iter().map(|token| token.text.as_str()).collect();
    let is_test = matches!(inside[..], ["cfg", "(", "test", ")"] | ["test"] | [_, ":", ":", "test", ..]);
    Some((end, is_test))
}

/// Skips further attributes: where the item begins, and the value of `#[path = "…"]` among them.
fn other_attributes(plain: &[&Token], mut at: usize) -> (usize, Option<String>) {
    let mut path = None;
    while let Some((end, _)) = attribute(plain, at) {
        if plain[at..end].iter().any(|token| token.is("path")) {
            path = plain[at..end].iter().find(|token| token.kind == Kind::Text).map(|token| token.text.clone());
        }
        at = end;
    }
    (at, path)
}

/// Where the item that begins here ends: after its `;` or its closing brace, or before a comma.
fn item_end(plain: &[&Token], at: usize) -> usize {
    let (start, _) = other_attributes(plain, at);
    let is_item = plain.get(start).is_some_and(|token| ITEM.contains(&token.text.as_str()));
    let mut index = start;
    while let Some(token) = plain.get(index) {
        if token.kind != Kind::Sign {
            index += 1;
            continue;
        }
        match token.text.as_str() {
            "{" => return closing(plain, index),
            "(" | "[" => index = closing(plain, index),
            ";" => return index + 1,
            "," if !is_item => return index + 1,
            "}" | ")" | "]" => return index,
            _ => index += 1,
        }
    }
    index
}

/// The place after the bracket that closes the one here.
pub(crate) fn closing<T: Borrow<Token>>(plain: &[T], open: usize) -> usize {
    let mut depth = 0usize;
    for (index, token) in plain.iter().map(Borrow::borrow).enumerate().skip(open) {
        if token.kind != Kind::Sign {
            continue;
        }
        match token.text.as_str() {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return index + 1;
                }
            }
            _ => {}
        }
    }
    plain.len()
}

#[cfg(test)]
mod tests {
    use super::super::token::tokens;
    use super::*;

    fn check(text: &str, expected: &str) {
        let (code, _) = without_tests(&tokens(text));
        let texts: Vec<&str> = code.iter().map(|token| token.text.as_str()).collect();
        assert_eq!(texts.join(" "), expected, "{text}");
    }

    #[test]
    fn what_is_compiled_for_tests_only_is_left_out() {
        check("a; #[cfg(test)] mod tests { fn x() { \"}\"; } } b;", "a ; b ;");
        check("#[cfg(test)] mod tests; b", "b");
        check("#[cfg(test)] #[path = \"x.rs\"] mod tests; b", "b");
        check("#[test] fn x<A, B>() -> [u8; 2] { y } b", "b");
        check("#[tokio::test] async fn x() {} b", "b");
        check("#[cfg(test)] use a::{b, c}; d", "; d");
        check("struct A { #[cfg(test)] b: u8, c: u8 }", "struct A { c : u8 }");
        check("enum A { #[cfg(test)] B }", "enum A { }");
    }

    #[test]
    fn what_is_compiled_otherwise_too_stays() {
        check("#[cfg(any(test, unix))] fn x() {}", "# [ cfg ( any ( test , unix ) ) ] fn x ( ) { }");
        check("#[cfg(not(test))] fn x() {}", "# [ cfg ( not ( test ) ) ] fn x ( ) { }");
        check("#[derive(Debug)] struct A;", "# [ derive ( Debug ) ] struct A ;");
        check("a // b\n/* c */ d", "a d");
    }

    #[test]
    fn the_lines_of_tests_are_counted() {
        assert_eq!(without_tests(&tokens("a\n#[cfg(test)]\nmod tests {\n\n}\nb\n")).1, 4);
    }
}
