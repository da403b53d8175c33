//! A post on the desk made by hand, with a picture or a film, in parts, and the times to choose from.

use kith_engine::Composed;
use kith_engine::views::{CountRule, FindingView, LookView, PictureView, SlotView, VersionView, WriteChannel, WriteView};

use super::{Moment, channels, moment, network, stamp};

/// The picture's id.
pub(in super::super) const PICTURE: &str = "shelf";

/// What the page offers.
pub(in super::super) fn offers() -> WriteView {
    let rule = CountRule { measure: "graphemes".into(), max: 300, bytes_max: None, link: None, domains: false };
    WriteView {
        channels: channels()
            .into_iter()
            .take(2)
            .map(|row| WriteChannel { row, rule: rule.clone(), pictures_max: 4, video_bytes_max: 0 })
            .collect(),
        place: "London".into(),
        zones: vec!["Europe/London".into(), "America/New_York".into()],
        starters: Vec::new(),
        drafts: 2,
        may: Ok(()),
        asks_yes: false,
    }
}

/// What was typed: words with a warning.
pub(in super::super) fn typed() -> Composed {
    Composed {
        channels: vec!["studio".into()],
        text: "Warm the shelf before you stack it.".into(),
        warning: Some("a broken pot".into()),
        ..Composed::default()
    }
}

fn due() -> Moment {
    moment(-22.0, "Friday 20 November", "07:30", "22 h")
}

fn slot(value: &str, title: &str, words: &str, here: Option<bool>, presence: &str) -> SlotView {
    SlotView { value: value.into(), title: title.into(), words: words.into(), here, presence: presence.into() }
}

/// A thread of two with a film, or a post with a picture that asks for the owner's yes.
pub(in super::super) fn look(film: bool) -> LookView {
    let mut row = channels();
    let line = kith_engine::views::ProgramLine {
        post: "post-9".into(),
        text: typed().text,
        category: None,
        stamp: stamp("Ma", network("Ma")),
        due: due(),
        there: vec!["02:30 in New York".into()],
        here: Some(film),
        presence: if film { "you’re here until 09:00" } else { "nobody home until 16:00" }.into(),
        kept_back: (!film).then(|| "it names a person".to_owned()),
    };
    let first = "Warm the shelf before you stack it. More at https://lark.example/shelves".to_owned();
    LookView {
        versions: vec![VersionView {
            channel: row.remove(0),
            parts: if film { vec![first, "And sieve the wash twice.".into()] } else { vec![first] },
            own: false,
            count: 71,
            max: 300,
            beside: 0,
            alike: None,
            later: false,
            blocked: false,
            link: None,
            plays: film.then(|| "Plays without sound until somebody taps it.".to_owned()),
            line: Some(line.clone()),
        }],
        findings: vec![FindingView {
            field: format!("alt:{}", if film { "kiln" } else { PICTURE }),
            words: "say what it shows, or that it is decorative".into(),
            refuses: film,
            holds: !film,
            reply: false,
            gentle: false,
            on: None,
        }],
        lines: vec![line],
        slots: vec![
            slot("market", "Fri 20 Nov, 14:30", "When New York gets up", Some(true), "you’re here until 17:30"),
            slot("place", "Sat 21 Nov, 07:30", "Next free place for tips", Some(false), "nobody home until 16:00"),
            slot("", "No place for offers", "Its windows are full for ninety days", None, ""),
        ],
        chosen: "market".into(),
        at: "2026-11-20T10:45".into(),
        zone: "Europe/London".into(),
        own_time: Some(slot("at", "", "", Some(true), "you’re here then")),
        asks: false,
        pictures: vec![if film {
            PictureView {
                id: "kiln".into(),
                name: "kiln.mp4".into(),
                mime: "video/mp4".into(),
                size: "0:12, 4.1 MB".into(),
                length: Some("0:12".into()),
                alt: String::new(),
                decorative: false,
            }
        } else {
            PictureView {
                id: PICTURE.into(),
                name: "shelf.png".into(),
                mime: "image/png".into(),
                size: "1.2 MB, 1600 × 900".into(),
                length: None,
                alt: "A kiln shelf with a crack along its middle".into(),
                decorative: false,
            }
        }],
    }
}
