//! A post in several parts, and its poll: what a row's words become, and what each part is when it goes out by itself.
//!
//! A thread is planned as one content and stored as one delivery for each part; every part but the first answers the one
//! before it and waits for it (`publish/part.rs`).

use kith_domain::ids::DispatchId;
use kith_domain::plan::thread::{PARTS_MAX, parts};
use kith_domain::plan::{PlanRow, Problem as PlanProblem, problem::Reason};
use kith_domain::publish::extras::{Extras, Part, Poll};
use kith_domain::publish::{Content, MediaItem};

/// How long a poll is open where nothing is said, in minutes: a day.
const POLL_MINUTES: u32 = 24 * 60;

/// The content of a row's words on one network.
pub(super) fn content(row: &PlanRow, text: &str, media: Vec<MediaItem>) -> Content {
    let divided = parts(text);
    let mut parts = divided.iter();
    let first = parts.next().copied().unwrap_or_default();
    // Words that are not divided stay exactly as they were written.
    let first = if divided.len() > 1 { first } else { text };
    Content {
        text: first.to_owned(),
        warning: row.cw.clone(),
        language: row.lang.clone(),
        media,
        extras: Extras {
            parts: parts.map(|part| Part { text: (*part).to_owned(), ..Part::default() }).collect(),
            poll: poll(row),
            ..Extras::default()
        },
    }
}

fn poll(row: &PlanRow) -> Option<Poll> {
    let minutes = minutes(row).unwrap_or(POLL_MINUTES);
    (!row.poll.is_empty()).then(|| Poll { options: row.poll.clone(), minutes, multiple: false })
}

/// `90`; `None` if nothing or no number is written.
fn minutes(row: &PlanRow) -> Option<u32> {
    row.poll_minutes.as_deref().and_then(|text| text.trim().parse().ok())
}

/// What is wrong with a row's parts and poll before any network is asked.
pub(super) fn problems(row: &PlanRow, text: &str) -> Vec<PlanProblem> {
    let mut problems = Vec::new();
    let line = row.source.line;
    let mut wrong = |column: &'static str, detail: String, way_out: &str| {
        problems.push(PlanProblem::refuse(line, column, Reason::BadOption { detail }, way_out));
    };
    let found = parts(text).len();
    if found > PARTS_MAX {
        wrong("text", format!("{found} parts are more than {PARTS_MAX}"), "make it fewer parts, or several posts");
    }
    if row.poll_minutes.is_some() && minutes(row).is_none() {
        wrong("poll_minutes", "this is no number of minutes".into(), "write how long the poll is open, such as 1440 for a day");
    }
    if row.poll_minutes.is_some() && row.poll.is_empty() {
        wrong("poll_minutes", "there is no poll".into(), "write its answers in the column poll, divided by |, or take this out");
    }
    problems
}

/// What goes out, one after the other: the content without its further parts, then each of them.
pub(super) fn pieces(content: &Content) -> Vec<Content> {
    let first = Content { extras: Extras { parts: Vec::new(), ..content.extras.clone() }, ..content.clone() };
    let later = content.extras.parts.iter().map(|part| Content {
        text: part.text.clone(),
        warning: content.warning.clone(),
        language: content.language.clone(),
        media: part.media.clone(),
        extras: Extras { card: part.card.clone(), no_card: part.no_card, ..Extras::default() },
    });
    std::iter::once(first).chain(later).collect()
}

/// The same piece as the answer to what the delivery before it becomes.
pub(super) fn after(piece: Content, before: Option<DispatchId>) -> Content {
    Content { extras: Extras { after: before, ..piece.extras.clone() }, ..piece }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_is_one_content_and_as_many_pieces_as_parts() {
        let row = PlanRow { poll: vec!["Yes".into(), "No".into()], cw: Some("fire".into()), ..PlanRow::default() };
        let content = content(&row, "One\n---\nTwo\n+++\nThree", Vec::new());
        assert_eq!((content.text.as_str(), content.extras.parts.len()), ("One", 2));
        let pieces = pieces(&content);
        assert_eq!(pieces.iter().map(|piece| piece.text.as_str()).collect::<Vec<_>>(), ["One", "Two", "Three"]);
        assert!(pieces[0].extras.poll.is_some() && pieces[1].extras.is_empty());
        assert!(pieces.iter().all(|piece| piece.warning.as_deref() == Some("fire")), "each part stands alone in somebody's list");
    }

    #[test]
    fn words_that_are_not_divided_stay_as_they_are() {
        assert_eq!(content(&PlanRow::default(), " One --- two\n", Vec::new()).text, " One --- two\n");
    }

    #[test]
    fn a_poll_without_a_number_is_refused() {
        let row = PlanRow { poll_minutes: Some("a day".into()), ..PlanRow::default() };
        let said: Vec<String> = problems(&row, "x").iter().map(ToString::to_string).collect();
        assert_eq!(said.len(), 2, "{said:?}");
    }
}
