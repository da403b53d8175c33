//! What can be said about the words of a plan without a network, a clock or a disk.
//!
//! Each check is one function over one row, or over all rows where they are compared. Times are judged in `schedule`,
//! lengths by each network's preview, files by the engine; they use the same [`Problem`].

use std::collections::{BTreeMap, BTreeSet, HashMap};

use unicode_normalization::UnicodeNormalization;

use super::entity::answers;
use super::nearest::nearest;
use super::placeholder::unfilled;
use super::{ALT_DECORATIVE, PlanChannel, PlanRow, Problem, Reason};

/// All findings about the words, pictures and channels of `rows`, by line.
///
/// `defaults` are the channels of rows that name none, `known` the channels of the workspace.
pub fn lint(rows: &[PlanRow], defaults: &[String], known: &[PlanChannel]) -> Vec<Problem> {
    let mut problems = Vec::new();
    for row in rows {
        texts(row, &mut problems);
        pictures(row, &mut problems);
        channels(row, defaults, known, &mut problems);
    }
    unused_wordings(rows, known, &mut problems);
    same_texts(rows, defaults, known, &mut problems);
    problems.sort_by_key(|problem| problem.line);
    problems
}

/// A text as it is compared: NFC, lower case, each run of blanks one space.
pub fn compared(text: &str) -> String {
    let text: String = text.nfc().collect::<String>().to_lowercase();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The channels a row goes to: its own, or those of the plan; each once.
pub fn channels_of<'r>(row: &'r PlanRow, defaults: &'r [String]) -> Vec<&'r str> {
    let named = row.channels.as_deref().unwrap_or(defaults);
    let mut seen = BTreeSet::new();
    named.iter().map(String::as_str).filter(|name| !name.trim().is_empty() && seen.insert(*name)).collect()
}

fn texts(row: &PlanRow, problems: &mut Vec<Problem>) {
    let line = row.source.line;
    if is_blank(&row.text) {
        problems.push(Problem::refuse(line, "text", Reason::EmptyText, "write the post, or take the row out"));
    }
    let wordings = row.wordings.iter().map(|(network, text)| (format!("text:{network}"), text.as_str()));
    for (column, text) in std::iter::once(("text".to_owned(), row.text.as_str())).chain(wordings) {
        if let Some(handle) = answers(text) {
            let way_out = "replies are written now, by you, in the inbox; to speak about somebody, put their name later in \
                           the sentence";
            problems.push(Problem::refuse(line, None, Reason::ReplyLike { handle }, way_out).in_column(column.as_str()));
        }
        if let Some(sign) = guarded(text) {
            let way_out = "take the apostrophe out if it is not meant to be read";
            problems.push(Problem::warn(line, None, Reason::GuardedCell { sign }, way_out).in_column(column.as_str()));
        }
        placeholders(line, &column, text, problems);
    }
    placeholders(line, "cw", row.cw.as_deref().unwrap_or_default(), problems);
    for alt in &row.alt {
        placeholders(line, "alt", alt, problems);
    }
}

fn placeholders(line: u32, column: &str, text: &str, problems: &mut Vec<Problem>) {
    for found in unfilled(text) {
        let way_out = "write what belongs there, or reword it";
        problems.push(Problem::refuse(line, None, Reason::Placeholder { found }, way_out).in_column(column));
    }
}

/// Letters that are not seen; a reply behind one is still a reply.
pub(super) fn is_unseen(letter: char) -> bool {
    letter.is_whitespace() || matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2064}' | '\u{feff}' | '\u{ad}')
}

pub(super) fn is_blank(text: &str) -> bool {
    text.chars().all(is_unseen)
}

/// The sign after a leading apostrophe (exports put it before `= + - @` so that no spreadsheet runs a cell).
fn guarded(text: &str) -> Option<char> {
    text.strip_prefix('\'')?.chars().next().filter(|sign| matches!(sign, '=' | '+' | '-' | '@'))
}

fn pictures(row: &PlanRow, problems: &mut Vec<Problem>) {
    let line = row.source.line;
    let way_out = format!("describe it in the column alt for those who do not see it, or write {ALT_DECORATIVE}");
    if !row.alt.is_empty() && row.alt.len() != row.media.len() {
        let reason = Reason::AltCount { media: row.media.len() as u32, alt: row.alt.len() as u32 };
        let way_out = "write one text for each picture, divided by |, in the order of the pictures";
        problems.push(Problem::refuse(line, "alt", reason, way_out));
        return;
    }
    for (index, media) in row.media.iter().enumerate().filter(|(_, media)| !media.is_empty()) {
        if row.alt.get(index).is_none_or(|alt| is_blank(alt)) {
            let reason = Reason::MissingAlt { media: media.clone() };
            problems.push(Problem::refuse(line, "alt", reason, way_out.as_str()));
        }
    }
}

fn channels(row: &PlanRow, defaults: &[String], known: &[PlanChannel], problems: &mut Vec<Problem>) {
    let line = row.source.line;
    let names: Vec<&str> = known.iter().map(|channel| channel.name.as_str()).collect();
    let chosen = channels_of(row, defaults);
    if chosen.is_empty() {
        let way_out = "name one in the column channels, or for the whole plan with --channels";
        problems.push(Problem::refuse(line, "channels", Reason::NoChannel, way_out));
    }
    for name in chosen.iter().filter(|name| !names.contains(name)) {
        problems.push(Problem::unknown_channel(line, name, &names));
    }
    let mut seen = BTreeSet::new();
    for name in row.channels.iter().flatten().filter(|name| !name.is_empty()) {
        if !seen.insert(name) {
            let reason = Reason::ChannelTwice { name: name.clone() };
            problems.push(Problem::warn(line, "channels", reason, "it goes out there once; take the second one out"));
        }
    }
}

/// A wording for a network on which there is no channel: said once, refused when it looks like a slip.
fn unused_wordings(rows: &[PlanRow], known: &[PlanChannel], problems: &mut Vec<Problem>) {
    let networks: BTreeSet<&str> = known.iter().map(|channel| channel.network.as_str()).collect();
    let mut first: BTreeMap<&str, u32> = BTreeMap::new();
    for row in rows {
        for network in row.wordings.keys().filter(|network| !networks.contains(network.as_str())) {
            first.entry(network).or_insert(row.source.line);
        }
    }
    for (network, line) in first {
        let did_you_mean = nearest(network, networks.iter().copied()).map(str::to_owned);
        let slip = did_you_mean.is_some();
        let reason = Reason::UnusedWording { network: network.to_owned(), did_you_mean };
        let way_out = "correct the name of the column, add a channel on that network, or take the column out";
        let problem = if slip { Problem::refuse(line, None, reason, way_out) } else { Problem::warn(line, None, reason, way_out) };
        problems.push(problem.in_column(format!("text:{network}")));
    }
}

fn same_texts(rows: &[PlanRow], defaults: &[String], known: &[PlanChannel], problems: &mut Vec<Problem>) {
    let mut first: HashMap<(&str, String), u32> = HashMap::new();
    for row in rows {
        for channel in channels_of(row, defaults) {
            let network = known.iter().find(|known| known.name == channel).map(|known| known.network.as_str());
            let text = compared(row.text_for(network.unwrap_or_default()));
            if text.is_empty() {
                continue;
            }
            let line = row.source.line;
            let other_line = *first.entry((channel, text)).or_insert(line);
            if other_line != line {
                let own = network.filter(|network| row.wordings.contains_key(*network));
                let column = own.map_or("text".to_owned(), |network| format!("text:{network}"));
                let reason = Reason::SameTextTwice { other_line, channel: channel.to_owned() };
                let way_out = "reword one of the two, or take one out; networks refuse the same text again and again";
                problems.push(Problem::refuse(line, None, reason, way_out).in_column(column));
            }
        }
    }
}

#[cfg(test)]
mod tests;
