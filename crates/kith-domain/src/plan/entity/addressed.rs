//! Texts that are meant for one person: a direct message as people type it, an answer that begins with the address of a
//! post. Like a text that begins with `@name`, they are never broadcasts.

use super::reply_to;

/// Words that begin a direct message (X's old `d name`, and how people write it elsewhere).
const DIRECT: [&str; 3] = ["dm", "pm", "d"];
/// Longest address that is named back, in characters.
const SHOWN_CHARS_MAX: usize = 120;

/// Whom or what a text answers or addresses, if it begins as an answer or a direct message does: `@jo`, `DM @jo`, or a
/// post's address.
pub fn answers(text: &str) -> Option<String> {
    reply_to(text).or_else(|| direct(text)).or_else(|| post_address(text))
}

/// `dm @jo`, `DM to @jo`, `d @jo`.
fn direct(text: &str) -> Option<String> {
    let mut words = text.split_whitespace();
    let first = words.next()?.trim_end_matches(':');
    if !DIRECT.iter().any(|word| first.eq_ignore_ascii_case(word)) {
        return None;
    }
    let next = words.next()?;
    let name = if next.eq_ignore_ascii_case("to") { words.next()? } else { next };
    reply_to(name).map(|name| format!("{first} {name}"))
}

/// A post's address by the forms that networks use: `/@name/123`, `/status/123`, `/profile/name/post/key`.
fn post_address(text: &str) -> Option<String> {
    let word = text.trim_start_matches(super::super::lint::is_unseen).split_whitespace().next()?;
    let rest = word.strip_prefix("https://").or_else(|| word.strip_prefix("http://"))?;
    let path: Vec<&str> = rest.split(['?', '#']).next()?.split('/').skip(1).filter(|piece| !piece.is_empty()).collect();
    let number = |piece: &str| piece.len() >= 5 && piece.bytes().all(|byte| byte.is_ascii_digit());
    let is_post = match path.as_slice() {
        [name, id] => name.starts_with('@') && id.bytes().any(|byte| byte.is_ascii_digit()) && id.len() >= 5,
        [_, kind, id] => matches!(*kind, "status" | "statuses") && number(id),
        ["users", _, kind, id] => *kind == "statuses" && !id.is_empty(),
        ["profile", _, "post", id] => !id.is_empty(),
        _ => false,
    };
    is_post.then(|| word.chars().take(SHOWN_CHARS_MAX).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_meant_for_one_person_is_found_and_what_speaks_of_somebody_is_not() {
        let table = [
            ("@jo what a fine bowl", Some("@jo")),
            ("DM @jo: are you in on Friday?", Some("DM @jo")),
            ("dm to @jo@clay.social hello", Some("dm @jo@clay.social")),
            ("d @jo hello", Some("d @jo")),
            ("https://clay.social/@jo/113456789012345678 what a fine bowl", Some("https://clay.social/@jo/113456789012345678")),
            ("https://bsky.example/profile/jo.example/post/3kabc yes", Some("https://bsky.example/profile/jo.example/post/3kabc")),
            ("https://x.example/jo/status/1234567890", Some("https://x.example/jo/status/1234567890")),
            ("https://hollinclay.example/ash how I mixed it", None),
            ("https://hollinclay.example/blog/2026", None),
            ("DM me if you want one", None),
            ("Thanks to @jo for the recipe", None),
            ("D is for drying", None),
            ("", None),
        ];
        for (text, expected) in table {
            assert_eq!(answers(text).as_deref(), expected, "{text}");
        }
    }
}
