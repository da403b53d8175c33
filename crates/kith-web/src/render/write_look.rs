//! How a post will look on each network, when it could go out, and the line that says what will happen.

use kith_engine::views::{ProgramLine, SlotView, VersionView};
use maud::{Markup, html};

use super::icon;
use super::part::{initial_letters, stamp};
use super::write::{Sheet, said};

/// Each version as its network shows it.
pub(super) fn seen(sheet: &Sheet) -> Markup {
    let written = sheet.look.versions.iter().any(|version| version.parts.iter().any(|part| !part.trim().is_empty()))
        || !sheet.look.pictures.is_empty();
    html! {
        @if !written || sheet.look.versions.is_empty() {
            p.none { b { "How it will look" } "Each channel’s version stands here as you write. Nothing is stored by looking." }
        } @else {
            @for version in &sheet.look.versions { (one(sheet, version)) }
        }
    }
}

fn one(sheet: &Sheet, version: &VersionView) -> Markup {
    let post = sheet.post;
    html! {
        section {
            h2 { (stamp(&version.channel.stamp)) (version.channel.name) @if version.blocked { span.pill.bad { "does not fit" } } }
            @for (number, part) in (1..).zip(&version.parts) {
                div.pv {
                    div.by { span.av.s aria-hidden="true" { (initial_letters(&version.channel.name)) } div { b { (version.channel.name) } small { (version.channel.address) } }
                        @if version.parts.len() > 1 { span.dim.part { (number) " of " (version.parts.len()) } } }
                    @if let Some(warning) = &post.warning { p.cw { (icon::alert()) (warning) } }
                    p.words lang=[post.language.as_deref()] { (linked(part)) }
                    @if number == 1 {
                        @if let Some(film) = sheet.look.pictures.iter().find(|picture| picture.length.is_some()) {
                            div.imgs.n1 { span.still { (icon::film()) (film.length.as_deref().unwrap_or_default()) } }
                            @if let Some(plays) = &version.plays { small { (plays) } }
                        } @else if !sheet.look.pictures.is_empty() {
                            div class={ "imgs n" (sheet.look.pictures.len().min(4)) } {
                                @for picture in sheet.look.pictures.iter().take(4) { img src={ "/write/media/" (picture.id) } alt=(if picture.decorative { "" } else { picture.alt.as_str() }); }
                            }
                        } @else if let Some(link) = &version.link {
                            div.link-card { (icon::out()) div { b { (host(link)) } small { "The title and picture of the page come with it." } } }
                        }
                        @if post.poll.iter().any(|answer| !answer.trim().is_empty()) {
                            ul.poll-seen { @for answer in post.poll.iter().filter(|answer| !answer.trim().is_empty()) { li { (answer) } } }
                        }
                    }
                }
            }
            @if let Some(line) = &version.line {
                p.prov.auto { (icon::clock()) span { b { (line.due.day_short) ", " (line.due.time) } @for there in &line.there { ", " (there) } } (home(line)) }
                @if let Some(why) = &line.kept_back { p.notice.wait { (icon::pause()) span { "Waits for the owner’s yes: " (why) } } }
            }
        }
    }
}

/// The words with their addresses marked; nothing of it leads anywhere from here.
fn linked(text: &str) -> Markup {
    html! {
        @for piece in text.split_inclusive(char::is_whitespace) {
            @let bare = piece.trim_end();
            @if bare.starts_with("https://") || bare.starts_with("http://") || ((bare.starts_with('#') || bare.starts_with('@')) && bare.len() > 1) {
                span.lk { (bare) } (piece.get(bare.len()..).unwrap_or_default())
            } @else { (piece) }
        }
    }
}

fn host(link: &str) -> &str {
    let rest = link.split_once("://").map_or(link, |(_, rest)| rest);
    rest.split(['/', '?', '#']).next().unwrap_or(rest)
}

/// Whether somebody is there, in words.
pub(super) fn home(line: &ProgramLine) -> Markup {
    presence(line.here, &line.presence)
}

fn presence(here: Option<bool>, words: &str) -> Markup {
    html! {
        @match here {
            Some(true) => { em.in { (icon::today()) (words) } }
            Some(false) => { em.no { (icon::pause()) (words) } }
            None => {}
        }
    }
}

/// The times to choose from.
pub(super) fn times(sheet: &Sheet) -> Markup {
    let look = sheet.look;
    html! {
        fieldset.times {
            legend { "When" span.dim { (sheet.view.place) " time" } }
            div.when {
                div.slots #slots data-part {
                    input type="hidden" name="offered" value=(look.chosen);
                    @for slot in &look.slots { (choice(slot, &look.chosen)) }
                    @if !look.slots.iter().any(|slot| slot.value == look.chosen) && look.chosen != "at" { (passed(&look.chosen)) }
                }
                label.slot.own {
                    input.vh type="radio" name="when" value="at" checked[look.chosen == "at"];
                    @if sheet.edit.is_some() { b { "As planned" } span { "It stays unless you change it" } }
                    @else { b { "Another time" } span { "Pick a day and an hour" } }
                    input.at type="datetime-local" name="at" value=(look.at) aria-label="Goes out at";
                    @if sheet.view.zones.len() > 1 {
                        select.at name="zone" aria-label="In the time of" { @for zone in &sheet.view.zones { option value=(zone) selected[*zone == look.zone] { (zone.rsplit('/').next().unwrap_or(zone).replace('_', " ")) " time" } } }
                    }
                    span #own-time data-part { @if let Some(own) = &look.own_time { (presence(own.here, &own.presence)) } }
                }
            }
            (said(sheet, "at")) (said(sheet, "category")) (said(sheet, "when"))
        }
    }
}

fn choice(slot: &SlotView, chosen: &str) -> Markup {
    html! {
        label.slot {
            input.vh type="radio" name="when" value=(slot.value) checked[!slot.value.is_empty() && slot.value == chosen] disabled[slot.value.is_empty()];
            b { (slot.title) }
            span { (slot.words) }
            (presence(slot.here, &slot.presence))
        }
    }
}

/// What was chosen and is not offered any more stays chosen until another is.
fn passed(chosen: &str) -> Markup {
    let rest = chosen.split_once(':').map_or(chosen, |(_, rest)| rest);
    let (what, at) = rest.split_once('|').map_or(("As chosen before", rest), |(name, at)| (name, at));
    html! {
        label.slot { input.vh type="radio" name="when" value=(chosen) checked; b { (at.replace('T', ", ")) } span { (what) } }
    }
}

/// The line at the foot that says what will happen.
pub(super) fn promise(sheet: &Sheet) -> Markup {
    let look = sheet.look;
    let over: Vec<&str> = look.versions.iter().filter(|version| version.blocked).map(|version| version.channel.name.as_str()).collect();
    let without = if over.is_empty() { String::new() } else { format!("; {} stays here until it fits", over.join(", ")) };
    let says = |icon: Markup, words: Markup| html! { p.prov.auto role="status" { (icon) span { (words) } } };
    if look.is_reply() {
        return says(icon::hand(), html! { b { "Replies are written now, by you" } ", where they wrote. Nothing of this is planned." });
    }
    let Some(line) = look.lines.first() else {
        let words =
            if sheet.post.is_blank() { "Nothing goes out before you put it in the plan" } else { "Not yet: something above needs a look" };
        return says(icon::clock(), html! { (words) });
    };
    if !look.may_plan() {
        let words = if look.findings.iter().any(|finding| finding.gentle && finding.field.starts_with("alt:")) {
            if look.pictures.iter().all(|picture| picture.length.is_some()) {
                "Not yet: the video has no description"
            } else {
                "Not yet: a picture has no description"
            }
        } else {
            "Not yet: something above needs a look"
        };
        return says(icon::clock(), html! { (words) });
    }
    let last = look.lines.last().filter(|last| last.due.day != line.due.day);
    says(
        icon::clock(),
        html! {
            @if sheet.view.asks_yes { "Waits for the owner’s yes, then goes out on " b { (line.due.day) " at " (line.due.time) } (without) }
            @else if look.lines.iter().any(|line| line.kept_back.is_some()) { "Kept for " b { (line.due.day) " at " (line.due.time) } "; it goes out once the owner says yes" (without) }
            @else {
                "Goes out by itself on " b { (line.due.day) " at " (line.due.time) }
                @if let Some(last) = last { ", on " (last.stamp.channel) " on " b { (last.due.day) } }
                ", as long as the brake is open" (without)
            }
        },
    )
}
