//! Whether a post asks its readers something.
//!
//! Who asks should be there when the answers come, so such posts are placed while the owner is present. The rule is
//! short enough to be known: a question mark that ends a word (not inside a link), or one of a few English requests.

/// Question marks of several scripts: Latin, full width, Arabic, Armenian.
const MARKS: [char; 4] = ['?', '？', '؟', '՞'];

/// Requests without a question mark, in lower case.
const REQUESTS: [&str; 12] = [
    "let me know",
    "tell me",
    "tell us",
    "what do you think",
    "your thoughts",
    "reply with",
    "reply and",
    "share your",
    "i'd love to hear",
    "i want to hear",
    "vote below",
    "ask me anything",
];

/// Whether the text asks its readers something; a poll always does, so ask only about the words.
pub fn asks(text: &str) -> bool {
    let plain: Vec<&str> = text.split_whitespace().filter(|word| !is_link(word)).collect();
    if plain.iter().any(|word| ends_in_mark(word)) {
        return true;
    }
    let joined = plain.join(" ").to_lowercase().replace('’', "'");
    REQUESTS.iter().any(|request| joined.contains(request))
}

fn is_link(word: &str) -> bool {
    word.contains("://") || word.starts_with("www.")
}

/// A mark with no letter or digit right behind it: `done?`, `what?!`, `(yes?)`, not `page?id=3`.
fn ends_in_mark(word: &str) -> bool {
    let next = word.chars().skip(1).map(Some).chain([None]);
    word.chars().zip(next).any(|(letter, next)| MARKS.contains(&letter) && next.is_none_or(|next| !next.is_alphanumeric()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_and_requests_ask_and_links_do_not() {
        let table = [
            ("Which glaze would you take?", true),
            ("Really?! Yes.", true),
            ("(or blue?)", true),
            ("¿Qué esmalte?", true),
            ("どの釉薬？", true),
            ("Let me know what you think.", true),
            ("I’d love to hear from you.", true),
            ("Kiln tip 3 of 30: open the lid slowly.", false),
            ("See https://lark.example/search?", false),
            ("See https://lark.example/search?q=glaze", false),
            ("lark.example/page?id=3", false),
            ("", false),
        ];
        for (text, expected) in table {
            assert_eq!(asks(text), expected, "{text}");
        }
    }
}
