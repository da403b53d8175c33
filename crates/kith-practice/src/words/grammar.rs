//! Patterns with choices and word lists, made into text.

use crate::chance::Dice;

/// The word lists that `<name>` draws from.
fn list(name: &str) -> &'static [&'static str] {
    match name {
        "pot" => &["mug", "bowl", "vase", "plate", "teapot", "pitcher", "espresso cup", "serving dish"],
        "pots" => &["mugs", "bowls", "vases", "plates", "espresso cups", "serving dishes", "planters"],
        "glaze" => &["celadon", "tenmoku", "the speckled white", "that ash glaze", "the matte black", "the sea green"],
        "city" => &["Lisbon", "Bristol", "Ghent", "Chicago", "Porto", "Dublin", "Leeds", "Montreal", "Hamburg"],
        "country" => &["Ireland", "Canada", "Germany", "the Netherlands", "Portugal", "Sweden", "Japan"],
        "day" => &["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
        "who" => &["my sister", "my mum", "a friend", "my partner", "our neighbour", "my dad", "a colleague"],
        "event" => &["a birthday", "a wedding", "a housewarming", "an anniversary", "a leaving present"],
        "few" => &["two", "three", "four", "six", "eight"],
        "drink" => &["tea", "coffee", "soup", "cocoa", "porridge"],
        "month" => &["January", "February", "March", "April", "May", "September"],
        "wow" => &["lovely", "beautiful", "gorgeous", "so good", "really something", "just right"],
        _ => &["something"],
    }
}

/// Makes a text of a pattern: `[a|b]` becomes one of its choices, `<name>` a word of that list.
pub(super) fn expand(pattern: &str, dice: &mut Dice) -> String {
    let mut out = String::with_capacity(pattern.len());
    let mut rest = pattern;
    while let Some(at) = rest.find(['[', '<']) {
        out.push_str(&rest[..at]);
        let close = if rest[at..].starts_with('[') { ']' } else { '>' };
        let Some(end) = rest[at..].find(close).map(|e| at + e) else { break };
        let inside = &rest[at + 1..end];
        if close == ']' {
            let choices: Vec<&str> = inside.split('|').collect();
            out.push_str(&expand_words(dice.text(&choices), dice));
        } else {
            out.push_str(dice.text(list(inside)));
        }
        rest = &rest[end + 1..];
    }
    out.push_str(rest);
    out
}

/// The words inside a choice, which may hold `<name>` but no further choices.
fn expand_words(choice: &str, dice: &mut Dice) -> String {
    if choice.contains('<') { expand(choice, dice) } else { choice.to_owned() }
}
