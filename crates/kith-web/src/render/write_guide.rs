//! The parts of the desk in every state, for the style guide.

use kith_engine::views::{AlikeView, ChannelRow, VersionView};
use maud::{Markup, html};

use super::icon;
use super::write::{counter, likeness};

/// Counters and likenesses.
pub(super) fn desk(channel: &ChannelRow) -> Markup {
    let version = |count: u32, own: bool, later: bool, alike: Option<(u32, bool)>| VersionView {
        channel: channel.clone(),
        parts: vec!["Ash from the bakery oven, sieved three times.".into()],
        own,
        count,
        max: 300,
        beside: 0,
        alike: alike.map(|(percent, nudge)| AlikeView { percent, with: "lark".into(), nudge }),
        later,
        blocked: count > 300,
        link: None,
        plays: None,
        line: None,
    };
    let states = [
        version(0, false, false, None),
        version(180, true, false, None),
        version(180, false, false, Some((100, true))),
        version(181, true, false, Some((94, true))),
        version(170, true, false, Some((66, false))),
        version(181, true, true, Some((94, false))),
        version(312, true, false, None),
    ];
    html! {
        div.shelf { @for state in &states { span.cnt-shown { (likeness(state)) " " (counter(state)) } } }
        p.nudge { (icon::split()) span { "People who follow you on lark and wren will read this twice. " button.under type="button" { "Say it differently" } "." } }
        p.problem.reply-guard { (icon::hand()) span { b { "Replies are written now, by you." } " This begins with @jo, as an answer does." } }
    }
}
