//! Links: with a scheme in front, or a bare name with an ending that is registered.
//!
//! A bare name is made of ASCII and accented Latin letters; behind a scheme any script goes. Trailing punctuation
//! belongs to the sentence, brackets to the link if they close. X shortens its own short links to their slug.

use super::{Span, before, from, is_direction, is_latin_accent, tld};

/// Longest address that X takes for one, in bytes (twitter-text, 2021-10).
const LINK_BYTES_MAX: usize = 4_096;
/// Longest label of a host name, as it goes over the wire (RFC 1035, source of the figure).
const LABEL_BYTES_MAX: usize = 63;
/// Longest slug of X's own short links (twitter-text, 2021-10).
const SLUG_CHARS_MAX: usize = 40;
/// The host of X's own short links.
const SHORTENER: &str = "t.co";

/// Every link in `text`, in order. Linear in its length.
pub fn links(text: &str) -> Vec<Span> {
    let mut found: Vec<Span> = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let rest = from(text, at);
        let Some(letter) = rest.chars().next() else { break };
        let scheme = scheme_len(rest);
        let behind = before(text, at);
        let starts = match scheme {
            0 => is_bare_letter(letter) && may_precede(behind) && !matches!(behind, Some('-' | '_' | '.' | '/')) && !continues(behind),
            _ => may_precede(behind),
        };
        if starts && let Some(end) = link_end(text, at, scheme) {
            if end > at {
                found.push(Span::new(at, end));
                at = end;
                continue;
            }
            // A short link that is none: skip it whole, so that its host is not taken for a bare name.
            at += scheme + host_len(from(text, at + scheme), true).max(1);
            continue;
        }
        at += if scheme > 0 { scheme } else { skip(rest, letter) };
    }
    found
}

/// Whether a link as found names its scheme.
pub fn link_starts_with_scheme(link: &str) -> bool {
    scheme_len(link) > 0
}

/// Bytes to the next place where a link may start: behind this run of bare letters, or behind this one letter.
fn skip(rest: &str, letter: char) -> usize {
    if !is_bare_letter(letter) {
        return letter.len_utf8();
    }
    // A scheme can stand behind letters of another script only, never inside a run of these.
    rest.find(|c: char| !is_bare_letter(c)).unwrap_or(rest.len()).max(1)
}

fn scheme_len(rest: &str) -> usize {
    ["https://", "http://"]
        .into_iter()
        .find(|scheme| rest.get(..scheme.len()).is_some_and(|head| head.eq_ignore_ascii_case(scheme)))
        .map_or(0, str::len)
}

/// What may stand before a link: no letter or digit of ASCII, and no mark that makes it a name or a price.
fn may_precede(letter: Option<char>) -> bool {
    letter.is_none_or(|c| !(c.is_ascii_alphanumeric() || matches!(c, '@' | '＠' | '$' | '#' | '＃')) || is_direction(c))
}

/// Whether the letter before belongs to the same bare name.
fn continues(letter: Option<char>) -> bool {
    letter.is_some_and(is_latin_accent)
}

fn is_bare_letter(c: char) -> bool {
    c.is_ascii_alphanumeric() || is_latin_accent(c)
}

/// A letter of a host name behind a scheme: whatever is no space, no mark and no punctuation.
fn is_host_letter(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_alphanumeric();
    }
    !(c.is_whitespace()
        || c.is_control()
        || matches!(c, '\u{2000}'..='\u{206f}' | '\u{3000}'..='\u{303f}' | '\u{fe30}'..='\u{fe4f}'
        | '\u{ff00}'..='\u{ff0f}' | '\u{ff1a}'..='\u{ff20}' | '\u{fffe}' | '\u{feff}' | '\u{ffff}'))
}

/// Bytes of the run of labels and dots at the start of `rest`.
fn host_len(rest: &str, any_script: bool) -> usize {
    rest.find(|c: char| !(matches!(c, '.' | '-' | '_') || if any_script { is_host_letter(c) } else { is_bare_letter(c) }))
        .unwrap_or(rest.len())
}

/// Where the link that starts at `at` ends; `at` itself for a short link whose slug is too long; `None` for no link.
fn link_end(text: &str, at: usize, scheme: usize) -> Option<usize> {
    let start = at + scheme;
    let rest = from(text, start);
    let host = host_end(rest, scheme > 0)?;
    let name = rest.get(..host)?;
    let mut end = start + host;
    if let Some(port) = from(text, end).strip_prefix(':') {
        let digits = port.find(|c: char| !c.is_ascii_digit()).unwrap_or(port.len());
        end += if digits > 0 { 1 + digits } else { 0 };
    }
    if scheme > 0
        && name.eq_ignore_ascii_case(SHORTENER)
        && let Some(slug) = from(text, end).strip_prefix('/')
    {
        let length = slug.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(slug.len());
        if length > SLUG_CHARS_MAX {
            return Some(at);
        }
        if length > 0 {
            end += 1 + length;
            return Some(end + query_len(from(text, end)));
        }
    }
    end += path_len(from(text, end));
    end += query_len(from(text, end));
    (end - at <= LINK_BYTES_MAX).then_some(end)
}

/// Bytes of the longest host name at the start of `rest` that ends on a registered ending.
fn host_end(rest: &str, any_script: bool) -> Option<usize> {
    let run = rest.get(..host_len(rest, any_script))?;
    let mut best = None;
    let mut label_start = 0;
    for (dot, _) in run.match_indices('.') {
        let label = run.get(label_start..dot)?;
        if !is_label(label) {
            break;
        }
        let is_domain = !label.contains('_');
        if is_domain && let Some(length) = tld::at_start(from(rest, dot + 1)) {
            best = Some(dot + 1 + length);
        }
        label_start = dot + 1;
    }
    best
}

/// A label neither begins nor ends with a dash or underscore, and is no longer than the wire takes.
fn is_label(label: &str) -> bool {
    let edge = |c: char| matches!(c, '-' | '_');
    if label.is_empty() || label.starts_with(edge) || label.ends_with(edge) {
        return false;
    }
    if label.is_ascii() {
        return label.len() <= LABEL_BYTES_MAX;
    }
    !label.get(..4).is_some_and(|head| head.eq_ignore_ascii_case("xn--")) && "xn--".len() + punycode_len(label) <= LABEL_BYTES_MAX
}

/// Bytes of a path at the start of `rest`: up to its last letter that is no punctuation of the sentence.
fn path_len(rest: &str) -> usize {
    if !rest.starts_with('/') {
        return 0;
    }
    let mut end = 1;
    let mut at = 1;
    while let Some(letter) = from(rest, at).chars().next() {
        if letter == '(' {
            let Some(length) = brackets_len(from(rest, at), 0) else { break };
            at += length;
            end = at;
            continue;
        }
        if !is_path_letter(letter) {
            break;
        }
        at += letter.len_utf8();
        if is_word_letter(letter) || matches!(letter, '+' | '-' | '=' | '_' | '#' | '/') {
            end = at;
        }
    }
    end
}

/// Bytes of a pair of brackets with something inside, which may hold one more pair.
fn brackets_len(rest: &str, depth: u8) -> Option<usize> {
    let mut at = 1;
    loop {
        let letter = from(rest, at).chars().next()?;
        match letter {
            ')' if at > 1 => return Some(at + 1),
            '(' if depth == 0 => at += brackets_len(from(rest, at), 1)?,
            c if is_path_letter(c) => at += c.len_utf8(),
            _ => return None,
        }
    }
}

/// Bytes of a query at the start of `rest`.
fn query_len(rest: &str) -> usize {
    if !rest.starts_with('?') {
        return 0;
    }
    let mut end = 0;
    for (at, letter) in rest.char_indices().skip(1) {
        let is_end = letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '&' | '=' | '#' | '/');
        if is_end {
            end = at + 1;
        } else if !"!?*'@();:+$%[].,~|".contains(letter) {
            break;
        }
    }
    end
}

fn is_word_letter(c: char) -> bool {
    c.is_ascii_alphanumeric() || is_latin_accent(c) || matches!(c, '\u{400}'..='\u{4ff}')
}

fn is_path_letter(c: char) -> bool {
    is_word_letter(c) || "!*';:=+,.$/%#[]-_~@|&\u{2013}".contains(c)
}

/// The length of a label in Punycode (RFC 3492), without the `xn--`.
fn punycode_len(label: &str) -> usize {
    const BASE: u32 = 36;
    let label: Vec<u32> = label.to_lowercase().chars().map(u32::from).collect();
    let basic = label.iter().filter(|&&c| c < 0x80).count();
    let mut length = basic + usize::from(basic > 0);
    let (mut n, mut delta, mut bias, mut handled) = (0x80_u32, 0_u32, 72_u32, basic as u32);
    while (handled as usize) < label.len() {
        let Some(next) = label.iter().copied().filter(|&c| c >= n).min() else { break };
        delta = delta.saturating_add((next - n).saturating_mul(handled + 1));
        n = next;
        for &c in &label {
            if c < n {
                delta = delta.saturating_add(1);
            } else if c == n {
                let (mut q, mut k) = (delta, BASE);
                loop {
                    let t = k.saturating_sub(bias).clamp(1, 26);
                    length += 1;
                    if q < t {
                        break;
                    }
                    q = (q - t) / (BASE - t);
                    k += BASE;
                }
                bias = adapted(delta, handled + 1, handled as usize == basic);
                delta = 0;
                handled += 1;
            }
        }
        delta = delta.saturating_add(1);
        n = n.saturating_add(1);
    }
    length
}

/// The bias after a code point, as RFC 3492 has it.
fn adapted(delta: u32, points: u32, first: bool) -> u32 {
    let mut delta = if first { delta / 700 } else { delta / 2 };
    delta += delta / points;
    let mut k = 0;
    while delta > 455 {
        delta /= 35;
        k += 36;
    }
    k + 36 * delta / (delta + 38)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn punycode_is_as_long_as_known_names() {
        for (label, encoded) in
            [("bücher", "bcher-kva"), ("münchen", "mnchen-3ya"), ("例え", "r8jz45g"), ("みんな", "q9jyb4c"), ("日本", "wgv71a")]
        {
            assert_eq!(punycode_len(label), encoded.len(), "{label}");
        }
    }

    #[test]
    fn a_long_hostile_text_is_read_in_linear_time() {
        for text in ["a.".repeat(50_000), "http://".repeat(20_000), "x".repeat(100_000), "http://a.com/(".repeat(5_000), "é".repeat(50_000)]
        {
            assert!(links(&text).len() <= 5_001);
        }
    }
}
