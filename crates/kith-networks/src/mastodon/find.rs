//! Did it go out? Looks through our own statuses and changes nothing.
//!
//! A status is ours if it says the same (normalised, for servers shorten links and render markup), answers the same
//! post, has as many pictures and the same warning, was made no earlier than two minutes before the first send, and
//! belongs to no other dispatch. Of several, the oldest: it stands nearest to the first send.

use jiff::{SignedDuration, Timestamp};
use kith_domain::publish::{Looked, Receipt};

use super::api::Api;
use super::html::{self, Links};
use super::limits::short_mentions;
use super::trouble::Trouble;
use super::wire::{NewStatus, Status};
use crate::network::{Call, Search};

/// How far the server's clock may be behind ours (reliability.md A2, binding rule).
const CLOCK_SLACK_S: i64 = 120;
const PAGE: usize = 40;
const PAGES_MAX: usize = 5;

/// Looks for what was prepared.
pub(super) async fn find(call: &Call<'_>, search: &Search<'_>) -> Looked {
    let sent: NewStatus = match serde_json::from_str(search.prepared) {
        Ok(sent) => sent,
        Err(error) => return Looked::Failed { after: None, why: format!("what was sent can't be read again: {error}") },
    };
    match own_statuses(call, search.first_send).await {
        Ok(statuses) => pick(&sent, search, call.remote_id, statuses),
        Err(trouble) => failed(trouble),
    }
}

/// The one that is it, if it is among these.
pub(super) fn pick(sent: &NewStatus, search: &Search<'_>, me: &str, statuses: Vec<Status>) -> Looked {
    let from = search.first_send - SignedDuration::from_secs(CLOCK_SLACK_S);
    let is_it = |status: &Status| {
        status.account.id == me
            && status.created_at.is_some_and(|at| at >= from)
            && !search.taken.contains(&status.id)
            && is_same(sent, status)
    };
    let found = statuses.into_iter().filter(is_it).min_by_key(|status| status.created_at);
    found.map_or(Looked::Absent, |status| {
        Looked::Found(Receipt {
            url: status.url.or(status.uri).filter(|url| url.starts_with("http")),
            at: status.created_at.unwrap_or(search.first_send),
            remote_id: status.id,
        })
    })
}

pub(super) fn failed(trouble: Trouble) -> Looked {
    match trouble {
        Trouble::SignInAgain { why } => Looked::SignInAgain { why },
        Trouble::Later { after, why } => Looked::Failed { after, why },
        Trouble::Refused { why } | Trouble::NotThere { why } | Trouble::Unknown { why } => Looked::Failed { after: None, why },
    }
}

/// Our statuses, newest first, back to where ours could begin.
async fn own_statuses(call: &Call<'_>, first_send: Timestamp) -> Result<Vec<Status>, Trouble> {
    let api = Api::open(call).await?;
    let from = first_send - SignedDuration::from_secs(CLOCK_SLACK_S);
    let limit = PAGE.to_string();
    let mut all: Vec<Status> = Vec::new();
    let mut before: Option<String> = None;
    for _ in 0..PAGES_MAX {
        let mut request = api
            .get(&["api", "v1", "accounts", call.remote_id, "statuses"])
            .query(&[("limit", limit.as_str()), ("exclude_reblogs", "true")]);
        if let Some(before) = &before {
            request = request.query(&[("max_id", before)]);
        }
        let page: Vec<Status> = api.read(request).await?;
        let Some(last) = page.last() else { return Ok(all) };
        let is_far_enough = last.created_at.is_some_and(|at| at < from);
        if is_far_enough || before.as_ref() == Some(&last.id) {
            all.extend(page);
            return Ok(all);
        }
        before = Some(last.id.clone());
        all.extend(page);
    }
    // "Not among the newest" is no proof that it is not there.
    Err(Trouble::Later { after: None, why: format!("this profile has posted more than {} times since; look by hand", PAGE * PAGES_MAX) })
}

fn is_same(sent: &NewStatus, status: &Status) -> bool {
    let ours = normalised(&sent.status);
    status.in_reply_to_id == sent.in_reply_to_id
        && status.media_attachments.len() == sent.media_ids.len()
        && normalised(&status.spoiler_text) == normalised(sent.spoiler_text.as_deref().unwrap_or(""))
        && [Links::Words, Links::Targets].into_iter().any(|links| normalised(&html::text(&status.content, links)) == ours)
}

/// Without what servers change: space, the domains of people, marks that some render as bold or code.
fn normalised(text: &str) -> String {
    short_mentions(text).chars().filter(|c| !c.is_whitespace() && !matches!(c, '*' | '_' | '~' | '`' | '\u{200b}' | '\u{feff}')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST_SEND: &str = "2026-11-22T10:00:00Z";

    fn sent(text: &str) -> NewStatus {
        NewStatus {
            status: text.into(),
            media_ids: Vec::new(),
            in_reply_to_id: None,
            spoiler_text: None,
            language: None,
            sensitive: false,
            visibility: "public".into(),
            poll: None,
        }
    }

    fn status(id: &str, at: &str, content: &str, rest: &str) -> Status {
        let content = serde_json::to_string(content).unwrap();
        let rest = if rest.is_empty() { String::new() } else { format!(",{rest}") };
        serde_json::from_str(&format!(r#"{{"id":"{id}","created_at":"{at}","content":{content},"account":{{"id":"7"}}{rest}}}"#)).unwrap()
    }

    fn found(sent: &NewStatus, taken: &[&str], statuses: Vec<Status>) -> Option<String> {
        let taken: Vec<String> = taken.iter().map(|id| (*id).to_owned()).collect();
        let search = Search { key: "k", prepared: "", first_send: FIRST_SEND.parse().unwrap(), taken: &taken };
        match pick(sent, &search, "7", statuses) {
            Looked::Found(receipt) => Some(receipt.remote_id),
            _ => None,
        }
    }

    #[test]
    fn what_the_server_made_of_the_text_is_recognised() {
        let link = "<p>See <a href=\"https://example.com/very/long/path\"><span class=\"invisible\">https://</span><span>example.com/very</span>\
            <span class=\"invisible\">/long/path</span></a></p>";
        let table = [
            ("Kiln tip", "<p>Kiln tip</p>"),
            ("one\n\ntwo  three ", "<p>one</p><p>two three</p>"),
            ("a & b <3 \"q\"", "<p>a &amp; b &lt;3 &quot;q&quot;</p>"),
            ("See https://example.com/very/long/path", link),
            ("See https://example.com/a?b=1&c=2.", "<p>See <a href=\"https://example.com/a?b=1&amp;c=2\">example.com/a…</a>.</p>"),
            (
                "Hi @jo@x.example #kiln",
                "<p>Hi <a href=\"https://x.example/@jo\">@<span>jo</span></a> <a href=\"https://c.s/tags/kiln\">#<span>kiln</span></a></p>",
            ),
            ("**bold** and `code`", "<p><strong>bold</strong> and <code>code</code></p>"),
        ];
        for (text, content) in table {
            let statuses = vec![status("1", "2026-11-22T10:00:01Z", content, "")];
            assert_eq!(found(&sent(text), &[], statuses).as_deref(), Some("1"), "{text}");
        }
    }

    #[test]
    fn neither_an_earlier_nor_a_bound_nor_another_status_is_taken_for_it() {
        let ours = sent("Kiln tip");
        let at = "2026-11-22T10:00:01Z";
        let table = [
            (status("1", "2026-11-22T09:57:59Z", "<p>Kiln tip</p>", ""), "earlier"),
            (status("bound", at, "<p>Kiln tip</p>", ""), "another dispatch's"),
            (status("1", at, "<p>Kiln tips</p>", ""), "other words"),
            (status("1", at, "<p>Kiln tip</p>", r#""in_reply_to_id":"3""#), "an answer"),
            (status("1", at, "<p>Kiln tip</p>", r#""media_attachments":[{"type":"image"}]"#), "with a picture"),
            (status("1", at, "<p>Kiln tip</p>", r#""spoiler_text":"fire""#), "with a warning"),
            (status("1", at, "<p>Kiln tip</p>", "").with_author("8"), "somebody else's"),
        ];
        for (other, what) in table {
            assert_eq!(found(&ours, &["bound"], vec![other]), None, "{what}");
        }
        let two =
            vec![status("2", "2026-11-22T10:00:09Z", "<p>Kiln tip</p>", ""), status("1", "2026-11-22T09:58:30Z", "<p>Kiln tip</p>", "")];
        assert_eq!(found(&ours, &[], two).as_deref(), Some("1"), "the oldest that may be it");
    }

    impl Status {
        fn with_author(mut self, id: &str) -> Self {
            self.account.id = id.to_owned();
            self
        }
    }
}
