//! Inside which function, `impl` or `trait` a word stands.

use super::strip::closing;
use super::token::Token;

/// A pair of braces and what stands before it.
#[derive(Debug, Clone)]
pub struct Block<'a> {
    /// What stands before the brace since the last `;`, `{` or `}`.
    pub header: &'a [Token],
    /// What stands between the braces.
    pub body: &'a [Token],
    /// Where the opening brace stands.
    pub open: usize,
    /// Where the closing brace stands.
    pub close: usize,
}

impl Block<'_> {
    /// The header's texts, divided by spaces.
    pub fn header_text(&self) -> String {
        self.header.iter().map(|token| token.text.as_str()).collect::<Vec<_>>().join(" ")
    }

    /// The name after `keyword` in the header, such as the function's after `fn`.
    pub fn named(&self, keyword: &str) -> Option<&str> {
        let at = self.header.iter().position(|token| token.is(keyword))?;
        self.header.get(at + 1).map(|token| token.text.as_str())
    }
}

/// Every pair of braces, in the order of their beginnings.
pub fn blocks(code: &[Token]) -> Vec<Block<'_>> {
    let mut found = Vec::new();
    for open in (0..code.len()).filter(|&index| code[index].is("{")) {
        let close = closing(code, open).saturating_sub(1).max(open);
        let start = (0..open).rev().find(|&index| code[index].is(";") || code[index].is("{") || code[index].is("}"));
        let start = start.map_or(0, |index| index + 1);
        let body = if close > open { &code[open + 1..close] } else { &[] };
        found.push(Block { header: &code[start..open], body, open, close });
    }
    found
}

/// The blocks around a place, the outermost first.
pub fn around<'a, 'b>(blocks: &'b [Block<'a>], at: usize) -> Vec<&'b Block<'a>> {
    blocks.iter().filter(|block| block.open < at && at < block.close).collect()
}

/// The arguments of the call or signature whose opening bracket stands at `open`, divided at outer commas.
pub fn arguments(code: &[Token], open: usize) -> Vec<&[Token]> {
    let end = closing(code, open).saturating_sub(1);
    let (mut found, mut start, mut depth) = (Vec::new(), open + 1, 0i32);
    for index in open + 1..end {
        match code[index].text.as_str() {
            _ if !matches!(code[index].kind, super::Kind::Sign) => {}
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth -= 1,
            "," if depth == 0 => {
                found.push(&code[start..index]);
                start = index + 1;
            }
            _ => {}
        }
    }
    if start < end {
        found.push(&code[start..end]);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::token::tokens;
    use super::*;

    #[test]
    fn a_word_knows_its_function_and_its_impl() {
        let code = tokens("mod a; impl B { pub fn c(&self) -> D { if x { E } } } fn f() {}");
        let blocks = blocks(&code);
        let at = code.iter().position(|token| token.is("E")).unwrap();
        let around = around(&blocks, at);
        assert_eq!(around.iter().map(|block| block.header_text()).collect::<Vec<_>>(), ["impl B", "pub fn c ( & self ) - > D", "if x"]);
        assert_eq!(around[1].named("fn"), Some("c"));
    }

    #[test]
    fn arguments_are_divided_at_outer_commas() {
        let code = tokens("f(a, (b, c), \"d, e\", |x| [x, y],)");
        let parts: Vec<String> =
            arguments(&code, 1).iter().map(|part| part.iter().map(|token| token.text.as_str()).collect::<Vec<_>>().join(" ")).collect();
        assert_eq!(parts, ["a", "( b , c )", "d, e", "| x | [ x , y ]"]);
    }
}
