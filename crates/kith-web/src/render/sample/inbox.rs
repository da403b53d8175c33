//! A conversation and a list made by hand, with every kind of message.

use super::{
    ChannelId, ConversationPage, HandleId, InboxList, InboxView, MessageId, MessageRow, Moment, PersonView, at, face, moment, waiting,
};

/// The people who are owed an answer.
pub(in super::super) fn inbox() -> InboxView {
    InboxView {
        list: InboxList::Owed,
        rows: waiting(),
        next: None,
        after: None,
        close_hours: 21.0,
        owed: 6,
        later: 3,
        answered: 41,
        apart: 3,
        closed: 2,
    }
}

fn message(n: u8, ours: bool, broadcast: bool, html: &str, at: Moment) -> MessageRow {
    let provenance = if broadcast { "A broadcast: planned words, sent by Kith's scheduler." } else { "Written by Ana, by hand." };
    MessageRow {
        id: MessageId::new(super::at(0.0), [n; 10]),
        face: if ours { face("Ana Okonjo", "@lark@clay.example", 5) } else { face("Jo Ferrant", "jo@clay.example", 0) },
        ours,
        broadcast,
        html: html.into(),
        warning: None,
        at,
        url: Some("https://clay.example/@jo/2".into()),
        audience: "in public".into(),
        provenance_words: ours.then(|| provenance.into()),
        automated: None,
        liked: n == 2,
        reposted: false,
        like: (!ours).then(|| "0".into()),
        repost: (!ours).then(|| "0".into()),
    }
}

/// Every kind of message in a conversation with somebody who waits.
pub(in super::super) fn conversation() -> ConversationPage {
    let (yesterday, today) = ("Wednesday 18 November", "Thursday 19 November");
    ConversationPage {
        row: waiting().remove(0),
        messages: vec![
            message(
                1,
                true,
                true,
                "<p>Kiln tip 11 of 30. Warm the shelf before you stack it. Cold shelf plus wet kiln wash equals the crack you blamed on the clay.</p>",
                moment(26.2, yesterday, "07:30", "26 h"),
            ),
            message(2, false, false, "<p>Guilty, twice over. Thank you for this one.</p>", moment(26.1, yesterday, "07:36", "26 h")),
            message(
                3,
                true,
                false,
                "<p>We’ve all blamed the clay. How did the tenmoku come out in the end?</p>",
                moment(26.05, yesterday, "07:39", "26 h"),
            ),
            message(
                4,
                false,
                false,
                "<p>Well, about that. Did the tenmoku break where it ran thick, or did you wax the foot? I tried it twice and got mud both times.</p><p>Pictures: <a href=\"https://clay.example/@jo/2\" rel=\"nofollow noopener noreferrer\" target=\"_blank\">clay.example/@jo/2</a></p>",
                moment(26.0, yesterday, "07:42", "26 h"),
            ),
            MessageRow {
                warning: Some("a broken pot".into()),
                ..message(
                    5,
                    false,
                    false,
                    "<p>Year nine are firing on Monday and I’d love to show them one that works.</p>",
                    moment(1.0, today, "08:42", "1 h"),
                )
            },
        ],
        earlier: 42,
        earlier_last: 100,
        person: PersonView {
            handle: HandleId::new(at(0.0), [1; 10]),
            channel: ChannelId::new(at(0.0), [1; 10]),
            contact: None,
            url: Some("https://clay.example/@jo".into()),
            known_since: Some(moment(4_000.0, "Saturday 6 June", "09:10", "166 days")),
            theirs: 16,
            ours: 9,
            last_ours: Some(moment(26.05, yesterday, "07:39", "26 h")),
            others: waiting().into_iter().skip(2).take(2).collect(),
            also: vec![(waiting()[2].stamp.clone(), face("Jo Ferrant", "@joferrant.example", 0))],
        },
        draft: String::new(),
        draft_version: 0,
        beside: Vec::new(),
        text_max: 500,
        may_reply: Ok(()),
        last_try: None,
    }
}
