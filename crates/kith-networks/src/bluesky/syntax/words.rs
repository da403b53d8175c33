//! Labels, names of collections, record keys and language tags.

const LABEL_BYTES_MAX: usize = 63;
const NSID_BYTES_MAX: usize = 317;
const RECORD_KEY_BYTES_MAX: usize = 512;

/// A label of a host name: letters, digits and inner hyphens.
pub(super) fn is_label(text: &str) -> bool {
    let fits = (1..=LABEL_BYTES_MAX).contains(&text.len());
    fits && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') && !text.starts_with('-') && !text.ends_with('-')
}

/// The name of a collection, such as `app.bsky.feed.post`: a host name backwards and a name of letters and digits.
pub(super) fn is_nsid(text: &str) -> bool {
    let labels: Vec<&str> = text.split('.').collect();
    let [first, .., name] = labels.as_slice() else { return false };
    let begins = |label: &str| label.bytes().next().is_some_and(|b| b.is_ascii_alphabetic());
    text.len() <= NSID_BYTES_MAX
        && labels.len() > 2
        && labels.iter().all(|l| is_label(l))
        && begins(first)
        && begins(name)
        && !name.contains('-')
}

/// The key of a record.
pub(super) fn is_record_key(text: &str) -> bool {
    let fits = (1..=RECORD_KEY_BYTES_MAX).contains(&text.len()) && !matches!(text, "." | "..");
    fits && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._:~-".contains(&b))
}

/// A well-formed language tag (BCP 47), such as `en` or `pt-BR`; whether the language exists is not looked up.
///
/// As the protocol's own check: a language of 2, 3 or 5 to 8 small letters or a private one, then subtags of 1 to 8; no
/// variant and no extension twice.
pub(crate) fn is_language(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let mut subtags = lower.split('-');
    let Some(first) = subtags.next() else { return false };
    let rest: Vec<&str> = subtags.collect();
    let is_written_small = text.starts_with(first) && first.bytes().all(|b| b.is_ascii_lowercase());
    let is_private = matches!(first, "i" | "x") && !rest.is_empty();
    let is_first = is_private || (is_written_small && matches!(first.len(), 2 | 3 | 5..=8));
    let are_subtags = rest.iter().all(|s| (1..=8).contains(&s.len()) && s.bytes().all(|b| b.is_ascii_alphanumeric()));
    is_first && are_subtags && (first == "x" || nothing_twice(&rest))
}

fn nothing_twice(subtags: &[&str]) -> bool {
    let public = subtags.split(|s| *s == "x").next().unwrap_or_default();
    let end_of_variants = public.iter().position(|s| s.len() == 1).unwrap_or(public.len());
    let is_variant = |s: &&&str| s.len() >= 5 || (s.len() == 4 && s.as_bytes().first().is_some_and(u8::is_ascii_digit));
    let variants: Vec<_> = public.iter().take(end_of_variants).filter(is_variant).collect();
    let singletons: Vec<_> = public.iter().filter(|s| s.len() == 1).collect();
    let is_set = |list: &[&&str]| list.iter().enumerate().all(|(index, item)| !list.iter().take(index).any(|other| other == item));
    is_set(&variants) && is_set(&singletons)
}
