//! From views to markup: everything a person sees, as functions without state.
//!
//! A page is a function of a `Shell` and a view; its changing part is a function of the view alone, so that a page and
//! its fragment can't differ. To add a page, add a file with its page and its `_live` part, and show it in the style guide.

mod begin;
mod calls;
mod caps;
mod connect;
mod data;
mod decide;
mod dispatch;
mod door;
mod feeds;
mod first_day;
mod followers;
mod hours;
#[expect(dead_code, reason = "every screen moves over to it in its turn")]
mod hx;
mod icon;
mod inbox;
mod keys;
mod month;
mod needs_you;
mod notices;
mod page;
mod palette;
mod panel;
mod part;
mod people;
mod people_who_help;
mod person;
mod plan;
mod plan_file;
mod planbar;
mod queue;
mod sample;
mod settings;
mod settings_frame;
mod sources;
mod styleguide;
mod thread;
mod toast;
mod today;
mod today_people;
mod tray;
mod waiting;
mod week;
mod write;
mod write_drafts;
mod write_guide;
mod write_look;
mod you;

#[cfg(test)]
mod tests;

use kith_domain::mandate::Role;
use kith_engine::views::{NoticeView, ProgramShown};
use kith_engine::{Lamp, MemoryBeside, Reach};
use maud::Markup;

use crate::routes::Typed;

pub(crate) use begin::{begin, faces, nobody};
pub(crate) use calls::calls;
pub(crate) use caps::caps;
pub(crate) use connect::{ConnectTyped, connect, offered, sent_away};
pub(crate) use data::data;
pub(crate) use decide::Wrong;
pub(crate) use dispatch::{dispatch, dispatch_live};
pub(crate) use door::{error, offline, sign_in, welcome};
pub(crate) use feeds::{FeedTrouble, TypedFeed, feeds, feeds_live};
pub(crate) use first_day::{first_day, first_day_part};
pub(crate) use followers::{FirstWordsForm, FollowersAsked, first_words, followers};
pub(crate) use hours::hours;
pub(crate) use inbox::{found, inbox, inbox_live};
pub(crate) use keys::{KeyTyped, keys};
pub(crate) use month::{month, month_live};
pub(crate) use needs_you::{needs_you, needs_you_live, told_name};
pub(crate) use notices::notices_live;
pub(crate) use panel::Chosen;
pub(crate) use people::{PersonAsked, contact, memory_panel, merge, people};
pub(crate) use people_who_help::{InviteTyped, join, people_who_help};
pub(crate) use plan::{plan, plan_live};
pub(crate) use plan_file::{PlanFileSheet, plan_file};
pub(crate) use queue::{queue, queue_live};
pub(crate) use settings::{BrakeForm, settings, settings_live, sign_in_again};
pub(crate) use sources::{source, sources};
pub(crate) use styleguide::styleguide;
pub(crate) use thread::{conversation, thread_live};
pub(crate) use toast::{Said, toast};
pub(crate) use today::{today, today_live};
pub(crate) use today_people::{TodayPeople, today_people, today_people_live};
pub(crate) use week::{week, week_live};
pub(crate) use write::{Edit as EditSheet, Sheet, write, write_form};
pub(crate) use write_drafts::drafts;
pub(crate) use you::{YouView, you};

/// What surrounds every page of a signed-in person.
pub(crate) struct Shell<'a> {
    /// The page's name, for the window's title.
    pub title: &'a str,
    /// Which place is lit in the rail.
    pub here: Here,
    /// The visitor's name.
    pub name: &'a str,
    /// The workspace's name.
    pub workspace: &'a str,
    /// What the visitor may do.
    pub role: Role,
    /// People who wait for an answer.
    pub owed: u64,
    /// What everybody should know.
    pub notices: Vec<NoticeView>,
    /// Whether the owner is there now.
    pub lamp: Lamp,
}

/// The places.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Here {
    /// Who waits, what goes out.
    Today,
    /// What goes out and went out.
    Plan,
    /// Conversations.
    Inbox,
    /// Who we know.
    People,
    /// Channels, sign-out.
    Settings,
}

/// A planning page as it was asked for: what was typed, what is wrong with it, what it would do.
#[derive(Default)]
pub(crate) struct Asked<'a> {
    /// What was typed.
    pub typed: Option<&'a Typed>,
    /// The field that is wrong, and why.
    pub wrong: Option<(&'a str, &'a str)>,
    /// What it would do.
    pub shown: Option<&'a ProgramShown>,
    /// What was done on the page before.
    pub done: Option<&'a str>,
}

impl Asked<'_> {
    /// A field as it was typed, empty if it was not.
    fn get(&self, name: &str) -> &str {
        self.typed.map_or("", |typed| typed.get(name))
    }
}

/// The reply box as it is to be shown, with what stands around it.
#[derive(Default)]
pub(crate) struct ReplyForm<'a> {
    /// Names this answer: pressing twice is one answer.
    pub gesture: String,
    /// What stands in the box.
    pub text: &'a str,
    /// Why the last press sent nothing.
    pub problem: Option<&'a str>,
    /// What became of it otherwise.
    pub notice: Option<&'a str>,
    /// Why something else than the answer was not done.
    pub trouble: Option<&'a str>,
    /// What was done on the page before.
    pub toast: Option<Markup>,
    /// How many waited when she began to answer one after another; 0 outside of that.
    pub begin_of: u64,
    /// On a phone: the person instead of the thread.
    pub about: bool,
    /// What may be done to the person, each with the gestures of following and of writing.
    pub reach: Vec<(Reach, String, String)>,
    /// What is remembered of the person.
    pub memory: Option<MemoryBeside>,
}

impl ReplyForm<'_> {
    /// Whether it stands in the line of answering one after another.
    fn begins(&self) -> bool {
        self.begin_of > 0
    }
}
