//! Placeholders that nobody filled in: `Dear firstname`, `{{name}}`, `*|FNAME|*`.
//!
//! Marks that only mail merges use are hits with any word inside. Marks that people also use in plain writing (one
//! pair of brackets, per cent signs, dollars) are hits only around names of fields, so `[sold out]` and `${PATH}` pass.
//! A field name without marks is a hit only where a name belongs: after a greeting, or before the first comma.
//! To teach it a field, add a word to [`FIELDS`].

use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::entity::Span;

/// The most hits reported for one text.
pub const FOUND_MAX: usize = 5;

/// Names of fields. Several may stand together (`event date`), also with [`FILLERS`] (`your name here`).
const FIELDS: &[&str] = &[
    "name",
    "names",
    "firstname",
    "lastname",
    "fullname",
    "surname",
    "forename",
    "nickname",
    "username",
    "fname",
    "lname",
    "mname",
    "givenname",
    "familyname",
    "middlename",
    "salutation",
    "recipient",
    "recipients",
    "contact",
    "email",
    "mail",
    "emailaddress",
    "phone",
    "phonenumber",
    "mobile",
    "address",
    "street",
    "zip",
    "zipcode",
    "postcode",
    "city",
    "town",
    "state",
    "country",
    "region",
    "location",
    "place",
    "venue",
    "company",
    "companyname",
    "organisation",
    "organization",
    "business",
    "brand",
    "brandname",
    "client",
    "clientname",
    "customer",
    "customername",
    "user",
    "subscriber",
    "member",
    "jobtitle",
    "title",
    "position",
    "product",
    "productname",
    "service",
    "price",
    "amount",
    "discount",
    "event",
    "eventname",
    "speaker",
    "date",
    "day",
    "month",
    "year",
    "time",
    "hour",
    "deadline",
    "link",
    "url",
    "website",
    "handle",
    "hashtag",
    "hashtags",
    "topic",
    "subject",
    "headline",
    "text",
    "description",
    "cta",
    "image",
    "photo",
    "picture",
    "quote",
    "field",
    "placeholder",
    "variable",
    "content",
    "number",
    // Other languages of the same merges.
    "vorname",
    "nachname",
    "anrede",
    "prenom",
    "prénom",
    "nom",
    "nombre",
    "apellido",
    "apellidos",
    "nome",
    "cognome",
    "sobrenome",
    "apelido",
    "voornaam",
    "achternaam",
];

/// Words that stand beside field names inside marks and are none themselves.
const FILLERS: &[&str] = &[
    "a",
    "an",
    "the",
    "of",
    "your",
    "my",
    "our",
    "their",
    "his",
    "her",
    "first",
    "last",
    "full",
    "given",
    "family",
    "middle",
    "insert",
    "enter",
    "add",
    "put",
    "type",
    "fill",
    "in",
    "here",
    "goes",
    "user",
    "to",
    "be",
    "announced",
    "x",
    "xx",
];

/// Field names that are also labels people write in one pair of brackets at the head of a line: `[Event] Open day`.
const LABELS: &[&str] = &[
    "event",
    "date",
    "day",
    "month",
    "year",
    "time",
    "deadline",
    "title",
    "topic",
    "subject",
    "product",
    "service",
    "price",
    "place",
    "venue",
    "location",
    "city",
    "town",
    "state",
    "country",
    "region",
    "company",
    "business",
    "brand",
    "client",
    "customer",
    "member",
    "user",
    "contact",
    "speaker",
    "position",
    "link",
    "website",
    "quote",
    "photo",
    "picture",
    "image",
    "text",
    "headline",
    "hashtag",
    "number",
    "content",
    "description",
    "mail",
    "email",
    "discount",
];

/// Elements of HTML that are also names of fields: `<title>` in a post on web pages is no placeholder.
const ELEMENTS: &[&str] = &["title", "address", "time", "link", "image", "picture", "text", "field", "content"];

/// A word of a greeting that a name follows.
const GREETINGS: &str = "dear|hi|hi there|hello|hey|hiya|welcome|thanks|thank you|good morning|good afternoon|\
    good evening|congratulations|congrats|happy birthday|hallo|liebe|lieber|sehr geehrte|sehr geehrter|bonjour|cher|chère|\
    salut|hola|querido|querida|estimado|estimada|olá|ola|caro|cara|ciao|gentile|beste";

/// Field names that are no plain words: after a greeting they are hits whatever follows.
const GLUED: &str = "first_?name|last_?name|full_?name|user_?name|fname|lname|given_?name|family_?name|first-name|\
    last-name|company_?name|customer_?name|client_?name|recipient_?name|contact_?name|nick_?name";

/// Field names of plain words: after a greeting they are hits if nothing but a mark follows.
const PLAIN: &str = "name|first name|last name|full name|your name|surname|username|vorname|nachname|prénom|prenom|nom|\
    nombre|nome|voornaam|insert name|name here|recipient";

/// A pattern and how to judge what it caught in group 1.
struct Style {
    pattern: Regex,
    judge: fn(inner: &str, at_line_start: bool) -> bool,
}

#[expect(clippy::expect_used, reason = "the patterns are constants, and every test of this file compiles them")]
fn style(pattern: &str, judge: fn(&str, bool) -> bool) -> Style {
    Style { pattern: Regex::new(pattern).expect("a constant pattern"), judge }
}

/// One look that spares the others: a text without [`SIGNS`] in which none of these stands holds no placeholder.
#[expect(clippy::expect_used, reason = "the pattern is a constant, and every test of this file compiles it")]
static MAY_BE_PLAIN: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(&format!(
        r"(?i)XXX|TODO|FIXME|lorem ipsum|(?:{GREETINGS})[ ,]+(?:{GLUED}|{PLAIN}|undefined|null|none|nan|,)|(?:^|\n)\s*(?:{GLUED})"
    ))
    .expect("a constant pattern")
});

static STYLES: LazyLock<Vec<Style>> = LazyLock::new(|| {
    vec![
        // Marks of mail merges alone: any word inside.
        style(r"\{\{\{?([^{}\n]{1,60})\}\}", |inner, _| has_word(inner)),
        style(r"\{%([^{}\n]{1,60})%\}", |inner, _| has_word(inner)),
        style(r"\*\|([A-Za-z][^|\n]{0,59})\|\*", |_, _| true),
        style(r"<<([^<>\n]{1,60})>>", |inner, _| has_word(inner)),
        style(r"«([^«»\n]{1,60})»", |inner, _| is_field(inner)),
        style(r"%%([A-Za-z][^%\s]{0,59})%%", |_, _| true),
        style(r"%recipient\.(\w{1,60})%", |_, _| true),
        style(r"<%([=-]?[^<>%\n]{1,60})%>", |inner, _| has_word(inner)),
        style(r"(%\([A-Za-z]\w{0,59}\)[sd])\b", |_, _| true),
        style(r"(@@[A-Za-z]\w{0,59}@@)", |inner, _| is_field(inner.trim_matches('@'))),
        // What a program leaves where a value was missing, and choices that nobody made: `{Hi|Hello}`.
        style(r"(?:^|[^{$])\{(\d{1,2})\}", |_, _| true),
        style(r"(\[object Object\])", |_, _| true),
        style(r"(?:^|[^{$])\{([^{}|\n]{1,40}(?:\|[^{}|\n]{1,40}){1,9})\}", |inner, _| has_word(inner) && is_tight(inner)),
        style(&format!(r"(?i)(?:^|\W)((?:{GREETINGS})[ ,]+(?:undefined|null|none|nan))[ \t]*(?:[,.!:;?–—]|\s-|$)"), |_, _| true),
        style(&format!(r"(?im)^[ \t]*((?:{GREETINGS}) +,)"), |_, _| true),
        // Marks that plain writing knows too: field names only.
        style(r"\$\{([^{}\n]{1,60})\}", |inner, _| is_field(inner)),
        style(r"(?:^|[^{$])\{([^{}\n]{1,60})\}", |inner, _| is_tight(inner) && is_field(inner)),
        style(r"(?:^|[^\[])\[([^\[\]\n]{1,60})\](?:$|[^(\]])", |inner, start| is_field(inner) && !(start && is_one_of(inner, LABELS))),
        style(r"(?:^|[^<])<([^<>\n/]{1,60})>", |inner, _| is_tight(inner) && is_field(inner) && !is_one_of(inner, ELEMENTS)),
        style(r"%([A-Za-z][A-Za-z _-]{0,59})%", |inner, _| is_tight(inner) && is_field(inner)),
        style(r"\[\[([^\[\]\n]{1,60})\]\]", |inner, _| is_field(inner)),
        style(r"\$([A-Za-z][A-Za-z_]{0,59})\$", |inner, _| is_field(inner)),
        style(r"#([A-Za-z][A-Za-z_]{0,59})#", |inner, _| is_field(inner)),
        style(r"(?:^|\W)__([A-Za-z][A-Za-z ]{0,59})__(?:\W|$)", |inner, _| is_field(inner)),
        // Names where a name belongs.
        style(&format!(r"(?i)(?:^|\W)((?:{GREETINGS})[ ,]+(?:{GLUED}))(?:\W|$)"), |_, _| true),
        style(&format!(r"(?im)(?:^|\W)((?:{GREETINGS})[ ,]+(?:{PLAIN}))[ \t]*(?:[,.!:;?–—]|\s-|$)"), |_, _| true),
        style(&format!(r"(?im)^\s*({GLUED})[ \t]*[,!:]"), |_, _| true),
        // Notes to oneself.
        style(r"\b(X{3,10})\b", |_, _| true),
        style(r"\b(TODO[ \t]*:)", |_, _| true),
        style(r"([\[(<]TODO\b[^\n]{0,40}[\])>])", |_, _| true),
        style(r"(?m)^[ \t]*(TODO)[ \t]*$", |_, _| true),
        style(r"\b(FIXME)\b", |_, _| true),
        style(r"(?i)\b(lorem ipsum)\b", |_, _| true),
    ]
});

/// The placeholders in `text` as they stand there, in their order, at most [`FOUND_MAX`].
pub fn unfilled(text: &str) -> Vec<String> {
    unfilled_at(text).into_iter().map(|span| span.of(text).to_owned()).collect()
}

/// Signs without which no style matches but those of [`MAY_BE_PLAIN`]; most texts have none.
const SIGNS: [char; 10] = ['{', '[', '<', '*', '«', '%', '$', '#', '_', '@'];

/// The same as places in `text`.
pub fn unfilled_at(text: &str) -> Vec<Span> {
    if !text.contains(SIGNS) && !MAY_BE_PLAIN.is_match(text) {
        return Vec::new();
    }
    let mut hits: Vec<Span> = Vec::new();
    for style in STYLES.iter() {
        for caught in style.pattern.captures_iter(text) {
            if let Some(hit) = judge(text, style, &caught) {
                hits.push(hit);
            }
        }
    }
    hits.sort();
    let mut kept: Vec<Span> = Vec::new();
    for hit in hits {
        if kept.last().is_none_or(|last| hit.start >= last.end) {
            kept.push(hit);
        }
    }
    kept.truncate(FOUND_MAX);
    kept
}

/// The first placeholder in `text`, if there is one.
pub fn first_unfilled(text: &str) -> Option<String> {
    unfilled(text).into_iter().next()
}

/// The place of a hit, without letters that the pattern only looked at.
fn judge(text: &str, style: &Style, caught: &Captures<'_>) -> Option<Span> {
    let inner = caught.get(1)?;
    let is_mark = |c: char| "{}[]<>%$#*|«»_".contains(c);
    let before = text.get(..inner.start())?;
    let after = text.get(inner.end()..)?;
    let start = before.trim_end_matches(is_mark).len();
    let end = inner.end() + (after.len() - after.trim_start_matches(is_mark).len());
    let head = text.get(..start)?;
    let at_line_start = head.is_empty() || head.ends_with('\n');
    (style.judge)(inner.as_str(), at_line_start).then(|| Span::new(start, end))
}

fn has_word(inner: &str) -> bool {
    inner.chars().any(char::is_alphabetic)
}

/// No blanks at the edges: `{ name }` is code, `{name}` a field.
fn is_tight(inner: &str) -> bool {
    inner.trim() == inner
}

fn is_one_of(inner: &str, words: &[&str]) -> bool {
    let inner = inner.trim().to_lowercase();
    words.contains(&inner.as_str())
}

/// Whether all words are names of fields or their fillers, and at least one is a name.
fn is_field(inner: &str) -> bool {
    let words = words(inner);
    let whole = words.concat();
    let known = |word: &str| FIELDS.contains(&word);
    if known(&whole) {
        return true;
    }
    words.iter().any(|word| known(word)) && words.iter().all(|word| known(word) || FILLERS.contains(&word.as_str()))
}

/// The words of `firstName`, `first_name`, `FIRST NAME`, `contact.first-name`, `Name1`, in lower case.
fn words(inner: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before_is_lower = false;
    for letter in inner.chars() {
        if letter.is_alphabetic() {
            if letter.is_uppercase() && before_is_lower {
                words.push(String::new());
            }
            if let Some(word) = words.last_mut() {
                word.extend(letter.to_lowercase());
            }
        } else if !letter.is_ascii_digit() && !matches!(letter, ' ' | '_' | '-' | '.' | ':' | '|' | '’' | '\'' | '/') {
            // A mark that names of fields do not have: no word matches it.
            words.push("\u{fffd}".to_owned());
        } else {
            words.push(String::new());
        }
        before_is_lower = letter.is_lowercase();
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests;
