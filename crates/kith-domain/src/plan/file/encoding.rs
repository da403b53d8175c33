//! Bytes to text: UTF-8 or a clear word about what else it is.

use super::{FILE_BYTES_MAX, Problem, Reason};

/// How many lines with foreign bytes are named.
const FOREIGN_LINES_MAX: usize = 20;
/// How much of a broken word is shown on each side.
const SHOWN_BYTES_EACH_SIDE: usize = 16;
const SAVE_AS_UTF8: &str = "save the file as UTF-8 (in a spreadsheet: Save as, CSV UTF-8) and try again";

/// The text without a byte order mark, or why it is none.
pub(super) fn decode(bytes: &[u8]) -> Result<&str, Vec<Problem>> {
    if bytes.len() > FILE_BYTES_MAX {
        let reason = Reason::FileTooLarge { bytes: bytes.len() as u64, limit_bytes: FILE_BYTES_MAX as u64 };
        return Err(vec![Problem::refuse(None, None, reason, "divide the plan into several files")]);
    }
    if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
        let reason = Reason::NotUtf8 { found: "the file is UTF-16, not UTF-8".to_owned() };
        return Err(vec![Problem::refuse(None, None, reason, SAVE_AS_UTF8)]);
    }
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let foreign = foreign_lines(bytes);
    if !foreign.is_empty() {
        return Err(foreign);
    }
    let text = std::str::from_utf8(bytes).map_err(|_| {
        let found = "the file is not UTF-8".to_owned();
        vec![Problem::refuse(None, None, Reason::NotUtf8 { found }, SAVE_AS_UTF8)]
    })?;
    Ok(text)
}

fn foreign_lines(bytes: &[u8]) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (index, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
        if problems.len() >= FOREIGN_LINES_MAX {
            break;
        }
        let number = u32::try_from(index + 1).unwrap_or(u32::MAX);
        if line.contains(&0) {
            let way_out = "remove the byte; a file with many of them is no text file";
            problems.push(Problem::refuse(number, None, Reason::NulByte, way_out));
        }
        if let Err(error) = std::str::from_utf8(line) {
            let found = describe(line, error.valid_up_to());
            problems.push(Problem::refuse(number, None, Reason::NotUtf8 { found }, SAVE_AS_UTF8));
        }
    }
    problems
}

/// Shows the word as it would read in Windows-1252, which is what old spreadsheets write.
fn describe(line: &[u8], at: usize) -> String {
    let blank = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b',' | b';' | b'"');
    let from = line.get(..at).unwrap_or_default().iter().rev().take(SHOWN_BYTES_EACH_SIDE).take_while(|b| !blank(b));
    let from = at - from.count();
    let to = line.get(at..).unwrap_or_default().iter().take(SHOWN_BYTES_EACH_SIDE).take_while(|b| !blank(b)).count();
    let word: String = line.get(from..at + to).unwrap_or_default().iter().map(|byte| windows_1252(*byte)).collect();
    format!("this line is not UTF-8; it looks like Windows-1252 ({word:?})")
}

/// One byte of Windows-1252 (WHATWG Encoding Standard, index windows-1252).
fn windows_1252(byte: u8) -> char {
    const HIGH: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}', '‘', '’', '“', '”', '•',
        '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
    ];
    match byte {
        0x80..=0x9F => HIGH.get(usize::from(byte - 0x80)).copied().unwrap_or('?'),
        _ => char::from(byte),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_order_mark_is_not_part_of_the_text() {
        assert_eq!(decode(b"\xEF\xBB\xBFtext").unwrap(), "text");
        assert_eq!(decode("naïve".as_bytes()).unwrap(), "naïve");
    }

    #[test]
    fn a_windows_1252_line_is_named_and_shown() {
        let problems = decode(b"text\nfine\nour caf\xE9 opens\n\x93so\x94\n").unwrap_err();
        let shown: Vec<String> = problems.iter().map(ToString::to_string).collect();
        assert_eq!(shown.len(), 2);
        assert!(shown[0].starts_with("line 3: this line is not UTF-8; it looks like Windows-1252 (\"café\"); way out: save"));
        assert!(shown[1].starts_with("line 4: "));
        assert!(shown[1].contains("“so”"));
    }

    #[test]
    fn nul_utf16_and_size_are_refused() {
        assert_eq!(decode(b"a\nb\0").unwrap_err()[0].line, Some(2));
        assert!(decode(b"\xFF\xFEt\0").unwrap_err()[0].to_string().contains("UTF-16"));
        let big = vec![b'a'; FILE_BYTES_MAX + 1];
        assert!(matches!(decode(&big).unwrap_err()[0].reason, Reason::FileTooLarge { .. }));
        assert!(decode(&big[..FILE_BYTES_MAX]).is_ok());
    }

    #[test]
    fn many_foreign_lines_are_named_up_to_a_limit() {
        assert_eq!(decode(&b"\xE9\n".repeat(500)).unwrap_err().len(), FOREIGN_LINES_MAX);
    }
}
