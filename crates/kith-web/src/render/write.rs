//! Writing a post: channels first, a version for each, pictures and videos, when, and beside it how each network will show it.
//!
//! It is one form. Every part that the server knows better than the browser has an id and `data-part`: a script that
//! asks while somebody types puts just these in place. Without a script the button `Look` does the same.

use kith_engine::views::{DraftView, FindingView, LookView, Moment, PictureView, VersionView, WriteChannel, WriteView};
use kith_engine::{Composed, UPLOAD_BYTES_MAX};
use maud::{Markup, html};

use super::part::stamp;
use super::write_drafts::{conflict, starters};
pub(super) use super::write_look::home;
use super::write_look::{promise, seen, times};
use super::{Shell, icon, page};

/// Fewest lines of a box.
const ROWS: usize = 3;

/// A post on the desk: what was typed, what was found, and where it is kept.
pub(crate) struct Sheet<'a> {
    /// What the page offers.
    pub view: &'a WriteView,
    /// What was typed.
    pub post: &'a Composed,
    /// What would become of it.
    pub look: &'a LookView,
    /// The draft's id and version, once it is kept.
    pub draft: Option<(&'a str, i64)>,
    /// When it was saved last.
    pub saved: Option<&'a Moment>,
    /// Whether a button was pressed, so that what is missing is said.
    pub pressed: bool,
    /// Why a press did nothing.
    pub wrong: Option<&'a str>,
    /// Files that were not taken, each in a sentence.
    pub refused: &'a [String],
    /// What somebody else saved meanwhile.
    pub theirs: Option<&'a DraftView>,
    /// The planned post that is changed, if this is no new one.
    pub edit: Option<Edit<'a>>,
}

/// A planned post on the desk.
#[derive(Clone, Copy)]
pub(crate) struct Edit<'a> {
    /// Its delivery.
    pub id: &'a str,
    /// What was read, which a save names.
    pub seen: &'a str,
    /// Who holds it back by hand.
    pub held_by: Option<&'a str>,
}

impl Sheet<'_> {
    /// What is said to a field now.
    pub(super) fn found<'s>(&'s self, field: &'s str) -> impl Iterator<Item = &'s FindingView> {
        self.look.findings.iter().filter(move |finding| finding.field == field && (self.pressed || !finding.gentle))
    }

    fn describes(&self, field: &str) -> Option<String> {
        self.found(field).next().is_some().then(|| format!("said-{}", id_of(field)))
    }

    fn invalid(&self, field: &str) -> Option<&'static str> {
        self.found(field).any(|finding| finding.refuses).then_some("true")
    }

    fn chosen(&self) -> impl Iterator<Item = (usize, &WriteChannel)> {
        self.post.channels.iter().filter_map(|name| self.view.channels.iter().enumerate().find(|(_, channel)| channel.row.name == *name))
    }
}

/// The whole page.
pub(crate) fn write(shell: &Shell, sheet: &Sheet) -> Markup {
    page::page(
        shell,
        &html! {
            main.write #main {
                header {
                    h1 { @if sheet.edit.is_some() { "Change the words" } @else { "Write a post" } }
                    div #saved { (saved(sheet)) }
                    @if let Some(edit) = &sheet.edit { nav.do aria-label="Around writing" { (back(edit)) } }
                    @else { nav.do aria-label="Around writing" {
                        a.btn.quiet href="/write/drafts" { "Drafts" @if sheet.view.drafts > 0 { span.n { (sheet.view.drafts) } } }
                        a.btn.quiet href="/plan/series/all" { "Part of a series" }
                        a.btn.quiet.sq href="/plan" aria-label="Close, back to the plan" { (icon::cross()) }
                    } }
                }
                @if sheet.view.channels.is_empty() {
                    div.desk-col { p.none { b { "No channel is connected yet." } "A post needs a place to go. Connect one where Kith runs: kith channel add --help" } }
                } @else { (write_form(sheet)) }
            }
        },
    )
}

/// The form alone, as a script asks for it.
pub(crate) fn write_form(sheet: &Sheet) -> Markup {
    let (id, version) = sheet.draft.unwrap_or(("", 0));
    html! {
        form #write method="post" action="/write" data-draft=(id) data-version=(version) data-answered[sheet.pressed || sheet.theirs.is_some()] {
            // Enter in a field looks; it never plans.
            button.vh type="submit" name="do" value="look" tabindex="-1" aria-hidden="true" { "Look" }
            input type="hidden" name="draft" value=(id);
            input type="hidden" name="version" value=(version);
            input type="hidden" name="mirror" value=(sheet.post.text);
            @if let Some(edit) = &sheet.edit {
                input type="hidden" name="edit" value=(edit.id);
                input type="hidden" name="seen" value=(edit.seen);
            }
            div.desk-col {
                @if let Err(why) = &sheet.view.may { p.notice.wait { (icon::alert()) span { (why) } } }
                div #conflict data-part { @if let Some(theirs) = sheet.theirs { (conflict(sheet, theirs)) } }
                div #said-plan data-part { @if let Some(wrong) = sheet.wrong { p.problem role="alert" { (icon::alert()) span { (wrong) } } } (each(sheet, "plan")) }
                @if sheet.edit.is_some() { (stays(sheet)) } @else { (channels(sheet)) }
                (first(sheet))
                @for (index, channel) in sheet.chosen().skip(1) { (other(index, channel, sheet)) }
                div #nudges data-part { @if sheet.edit.is_none() { (nudges(sheet)) } }
                (more(sheet))
                (times(sheet))
                @if sheet.post.is_blank() && sheet.edit.is_none() { (starters(sheet.view)) }
            }
            aside.see #see data-part aria-label="How it will look" { (seen(sheet)) }
            footer.put #put data-part { (foot(sheet)) }
        }
    }
}

fn saved(sheet: &Sheet) -> Markup {
    html! { span.dim hidden[sheet.saved.is_none()] { (icon::check()) span { @if let Some(at) = sheet.saved { "Saved " (at.time) } } } }
}

fn foot(sheet: &Sheet) -> Markup {
    let may = sheet.view.may.is_ok();
    let main = match (sheet.edit.is_some(), sheet.view.asks_yes) {
        (true, true) => "Change it and ask for a yes",
        (true, false) => "Change it",
        (false, true) => "Ask for a yes",
        (false, false) => "Put in plan",
    };
    let blocked = sheet.look.versions.iter().filter(|version| version.blocked && sheet.edit.is_none()).count();
    html! {
        @if let Some(who) = sheet.edit.and_then(|edit| edit.held_by).filter(|_| !sheet.view.asks_yes) {
            p.prov.auto role="status" { (icon::pause()) span { (who) " holds it back; its new words wait with it" } }
        } @else { (promise(sheet)) }
        span.sp {}
        button.btn.plain-only name="do" value="look" { "Look" }
        @if let Some(edit) = &sheet.edit { a.btn href=(beside(edit)) { "Leave it as it is" } }
        @else { button.btn name="do" value="save" disabled[!may] { "Save as draft" kbd { "⌘S" } } }
        @if sheet.look.is_reply() {
            a.btn.hand href="/inbox" { (icon::hand()) "Open the Inbox" }
        } @else {
            button.btn.hand name="do" value="plan" disabled[!may] {
                (main)
                @if blocked > 0 && blocked < sheet.look.versions.len() { " without " (blocked) }
                kbd { "⌘⏎" }
            }
        }
    }
}

/// What is said to a field, in place.
pub(super) fn said(sheet: &Sheet, field: &str) -> Markup {
    html! { div.wrongs id={ "said-" (id_of(field)) } data-part { (each(sheet, field)) } }
}

fn each(sheet: &Sheet, field: &str) -> Markup {
    let role = sheet.pressed.then_some("alert");
    html! {
        @for finding in sheet.found(field) {
            @if finding.reply {
                p.problem.reply-guard role=[role] { (icon::hand()) span {
                    b { "Replies are written now, by you." } " " (finding.words) ". "
                    a.under href="/inbox" { "Open the Inbox" } " and answer where they wrote."
                } }
            } @else if finding.refuses {
                p.problem role=[role] { (icon::alert()) span { (finding.words) } }
            } @else {
                p.notice.wait role=[role] { (icon::alert()) span { @if finding.holds { b { "Waits for the owner’s yes. " } } (finding.words) } }
            }
        }
    }
}

pub(super) fn id_of(field: &str) -> String {
    field.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '-' }).collect()
}

fn channels(sheet: &Sheet) -> Markup {
    html! {
        fieldset.to {
            legend.vh { "Where it goes" }
            @for (index, channel) in sheet.view.channels.iter().enumerate() {
                label.chip {
                    input.vh id={ "on-" (index) } type="checkbox" name="on" value=(channel.row.name) checked[sheet.post.channels.contains(&channel.row.name)];
                    (stamp(&channel.row.stamp)) (channel.row.name)
                }
            }
        }
        (said(sheet, "channels"))
    }
}

/// Where a planned post goes: that stays.
fn stays(sheet: &Sheet) -> Markup {
    html! {
        fieldset.to { legend.vh { "Where it goes" } @for (_, channel) in sheet.chosen() {
            input type="hidden" name="on" value=(channel.row.name);
            span.chip { (stamp(&channel.row.stamp)) (channel.row.name) }
        } }
    }
}

fn back(edit: &Edit) -> Markup {
    html! { a.btn.quiet.sq href=(beside(edit)) aria-label="Close, back to the post" { (icon::cross()) } }
}

fn beside(edit: &Edit) -> String {
    format!("/plan/{}", edit.id)
}

/// How a network counts, for the script; the server's own count stands in the counter.
fn rule(channel: &WriteChannel, version: Option<&VersionView>) -> String {
    let beside = version.map_or(0, |version| version.beside);
    let rule = &channel.rule;
    let number = |value: Option<u32>| value.map_or_else(|| "null".to_owned(), |value| value.to_string());
    format!(
        r#"{{"measure":"{}","max":{},"bytes":{},"link":{},"domains":{},"beside":{beside}}}"#,
        rule.measure,
        rule.max,
        number(rule.bytes_max),
        number(rule.link),
        rule.domains
    )
}

/// The first version: the words of every channel without its own, and the pictures of all.
fn first(sheet: &Sheet) -> Markup {
    let channel = sheet.chosen().next().map(|(_, channel)| channel);
    let version = sheet.look.versions.first();
    let many = sheet.post.channels.len() > 1;
    html! {
        section.ver.on aria-label="First version" {
            header {
                @if let Some(channel) = channel { (stamp(&channel.row.stamp)) (channel.row.name) } @else { "The words" }
                span.end { @if many { span.dim { "first version" } } }
            }
            label.vh for="text" { "The words" @if let (Some(channel), true) = (channel, many) { " for " (channel.row.name) } }
            textarea id="text" name="text" rows=(ROWS) data-count=[channel.map(|channel| rule(channel, version))] placeholder="What do you want to say?"
                autofocus[sheet.post.is_blank()] aria-describedby=[sheet.describes("text")] aria-invalid=[sheet.invalid("text")] { "\n" (sheet.post.text) }
            div #pictures data-part { (pictures(sheet)) }
            div.bar {
                (picker(sheet, channel))
                span.sp {}
                span #meta-text data-part { @if let Some(version) = version { (counter(version)) } }
            }
            (said(sheet, "text")) (said(sheet, "media"))
        }
    }
}

fn other(index: usize, channel: &WriteChannel, sheet: &Sheet) -> Markup {
    let name = &channel.row.name;
    let (field, id) = (format!("text:{name}"), format!("own-{index}"));
    let version = sheet.look.versions.iter().find(|version| version.channel.name == *name);
    let words = sheet.post.wordings.get(name).unwrap_or(&sheet.post.text);
    html! {
        section.ver id={ "ver-" (index) } aria-label={ (name) " version" } {
            header {
                (stamp(&channel.row.stamp)) (name)
                span.end id={ "meta-" (id_of(&field)) } data-part { @if let Some(version) = version { (likeness(version)) (counter(version)) } }
            }
            label.vh for=(id) { "The words for " (name) }
            textarea id=(id) name=(field) rows=(ROWS) data-count=(rule(channel, version)) aria-describedby=[sheet.describes(&field)] aria-invalid=[sheet.invalid(&field)] { "\n" (words) }
            (said(sheet, &field))
        }
    }
}

pub(super) fn likeness(version: &VersionView) -> Markup {
    html! {
        @if version.later { span.pill.auto.same { "a day later" } }
        @else if let Some(alike) = &version.alike {
            span.pill.wait[alike.nudge].calm[!alike.nudge].same {
                @if version.own { (alike.percent) "% the same as " (alike.with) } @else { "the same as " (alike.with) }
            }
        } @else if version.own { span.pill.ok.same { "its own words" } }
    }
}

/// How much room is left, as that network counts; below nothing it is a negative number.
pub(super) fn counter(version: &VersionView) -> Markup {
    let over = version.count > version.max;
    let twentieths = (u64::from(version.count) * 20).checked_div(u64::from(version.max)).unwrap_or(20).min(20);
    html! {
        span.cnt.over[over] data-channel=(version.channel.name) {
            span.left { @if over { "−" (version.count - version.max) " over" } @else { (version.max - version.count) " left" } }
            span class={ "ring at-" (twentieths) } aria-hidden="true" {}
        }
    }
}

/// One sentence for each version that says the same again, with three ways out.
fn nudges(sheet: &Sheet) -> Markup {
    html! {
        @for (index, channel) in sheet.chosen().skip(1) {
            @if let Some(alike) = sheet.look.versions.iter().find(|version| version.channel.name == channel.row.name).and_then(|version| version.alike.as_ref()).filter(|alike| alike.nudge) {
                p.nudge { (icon::split()) span {
                    "People who follow you on " (alike.with) " and " (channel.row.name) " will read this twice. "
                    a.under.differ href={ "#own-" (index) } { "Say it differently" } ", "
                    button.under name="do" value={ "later:" (channel.row.name) } { "send it a day later" } ", or "
                    span.nw { button.under name="do" value={ "skip:" (channel.row.name) } { "skip " (channel.row.name) } "." }
                } }
            }
        }
        @for name in &sheet.post.later {
            input type="hidden" name="later" value=(name);
            p.nudge.calm { (icon::clock()) span { (name) " goes out a day after the others. " button.under name="do" value={ "together:" (name) } { "Send it with them" } "." } }
        }
    }
}

fn picker(sheet: &Sheet, channel: Option<&WriteChannel>) -> Markup {
    let most = channel.map_or(4, |channel| channel.pictures_max);
    let video_bytes = channel.map_or(0, |channel| channel.video_bytes_max);
    // What no channel takes is said before it is sent.
    let largest = sheet.view.channels.iter().map(|channel| channel.video_bytes_max).max().unwrap_or_default().max(UPLOAD_BYTES_MAX);
    html! {
        div.picker {
            label.btn.quiet.s for="file" { (icon::image()) "Pictures or a video" }
            input #file type="file" name="file" multiple accept="image/jpeg,image/png,image/gif,image/webp,video/mp4,video/quicktime" aria-describedby="file-limits" data-most=(largest);
            button.btn.s.plain-only formaction="/write/media" formenctype="multipart/form-data" { "Add them" }
            progress #up max="100" value="0" aria-label="How much of the files has arrived" hidden {}
            small.dim #file-limits {
                "Up to " (most) " JPEG, PNG, GIF or WebP, 16 MB each"
                @if video_bytes > 0 { ", or one MP4 up to " (video_bytes / 1_000_000) " MB" }
                ". Place and camera are taken out."
            }
        }
        div.wrongs #refused { @for refused in sheet.refused { p.problem role="alert" { (icon::alert()) span { (refused) } } } }
    }
}

fn pictures(sheet: &Sheet) -> Markup {
    let all = &sheet.look.pictures;
    html! { @for (index, picture) in all.iter().enumerate() { (one_picture(sheet, picture, index, all.len())) } }
}

pub(super) fn one_picture(sheet: &Sheet, picture: &PictureView, index: usize, of: usize) -> Markup {
    let (id, field) = (&picture.id, format!("alt:{}", picture.id));
    let number = index + 1;
    let (what, of_what) = if picture.length.is_some() { ("video", "Video") } else { ("picture", "Picture") };
    html! {
        div.pic {
            input type="hidden" name="pic" value=(id);
            input type="hidden" name={ "name:" (id) } value=(picture.name);
            @if picture.length.is_some() { span.still { (icon::film()) } } @else { img src={ "/write/media/" (id) } alt="" width="84" height="56"; }
            div.about {
                b { (picture.name) } small.dim { (picture.size) }
                label for={ "alt-" (id) } { "What " (what) " " (number) " shows" }
                input id={ "alt-" (id) } type="text" name=(field) value=(picture.alt) maxlength="1500" autocomplete="off" disabled[picture.decorative]
                    aria-describedby=[sheet.describes(&field)] aria-invalid=[sheet.invalid(&field)];
                label.deco { input type="checkbox" name={ "deco:" (id) } value="yes" checked[picture.decorative]; "Decorative: it shows nothing that a listener misses" }
                (said(sheet, &field))
            }
            div.acts {
                button.btn.quiet.sq.s name="do" value={ "up:" (id) } disabled[index == 0] aria-label={ (of_what) " " (number) " further to the front" } { (icon::up()) }
                button.btn.quiet.sq.s name="do" value={ "down:" (id) } disabled[number == of] aria-label={ (of_what) " " (number) " further to the end" } { (icon::down()) }
                button.btn.quiet.sq.s name="do" value={ "drop:" (id) } aria-label={ "Take out " (what) " " (number) } { (icon::cross()) }
            }
        }
    }
}

fn more(sheet: &Sheet) -> Markup {
    let post = sheet.post;
    let (warning, language) = (post.warning.as_deref().unwrap_or_default(), post.language.as_deref().unwrap_or_default());
    let said_here = ["cw", "lang", "poll"].iter().any(|field| sheet.found(field).next().is_some());
    let open = !warning.is_empty() || !language.is_empty() || !post.poll.is_empty() || said_here;
    html! {
        details.extra #more open[open] {
            summary { "Content warning, language, poll, thread" }
            div.pair {
                div.field { label for="cw" { "Content warning" }
                    input id="cw" name="cw" type="text" maxlength="200" autocomplete="off" value=(warning) aria-describedby="cw-hint";
                    small #cw-hint { "Stands before the words; readers open them." } (said(sheet, "cw")) }
                div.field { label for="lang" { "Language" }
                    input id="lang" name="lang" type="text" maxlength="35" autocomplete="off" value=(language) aria-describedby="lang-hint";
                    small #lang-hint { "A tag such as en or pt-PT." } (said(sheet, "lang")) }
            }
            fieldset.poll { legend { "Poll" }
                @for n in 0..4_usize { input type="text" name="poll" maxlength="50" autocomplete="off" aria-label={ "Answer " (n + 1) } placeholder={ "Answer " (n + 1) } value=[post.poll.get(n)]; }
                label.open-for { "Open for"
                    select name="poll_minutes" { @for (minutes, words) in [("", "a day"), ("60", "an hour"), ("360", "six hours"), ("4320", "three days"), ("10080", "a week")] {
                        option value=(minutes) selected[post.poll_minutes == minutes] { (words) } } } }
                (said(sheet, "poll"))
            }
            p.dim { "A line of " code { "---" } " alone makes the rest the next part of a thread. A part goes out once the one before it is there." }
        }
    }
}
