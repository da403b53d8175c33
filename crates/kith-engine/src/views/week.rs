//! A week of the plan as a page draws it: days with posts at their minute, when the owner is there, what waits for a place.
//!
//! Minutes are those of the day's wall clock; a page never computes time.

use serde::Serialize;

use super::{DispatchRow, Stamp};

/// A post at one time, on all channels on which it goes out then.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WeekPost {
    /// The delivery that speaks for all: the one that needs a person most.
    pub row: DispatchRow,
    /// The networks of all.
    pub stamps: Vec<Stamp>,
    /// Minute of its day, from 0.
    pub minute: u16,
    /// Its place among those beside it, from 0, and how many places there are.
    pub lane: (u8, u8),
    /// Nobody is there when it goes out.
    pub alone: bool,
    /// It can be given another time by this visitor.
    pub may_move: bool,
    /// Its local time, as a form's field takes it.
    pub local: String,
}

/// A time in which the owner is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WeekBand {
    /// Its first minute.
    pub from: u16,
    /// The minute after its last.
    pub to: u16,
    /// Both as times, such as `09:30 to 10:30`.
    pub words: String,
}

/// A day of a week.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WeekDay {
    /// Such as `2026-11-16`.
    pub date: String,
    /// Such as `Mon`.
    pub name: String,
    /// Day of the month.
    pub number: i8,
    /// Such as `Monday 16 November`.
    pub words: String,
    /// Whether it is today.
    pub today: bool,
    /// Saturday or Sunday.
    pub rest: bool,
    /// Such as `2 out, 1 planned`.
    pub sums: String,
    /// What is out.
    pub out: usize,
    /// What still goes.
    pub planned: usize,
    /// When the owner is there.
    pub bands: Vec<WeekBand>,
    /// By time.
    pub posts: Vec<WeekPost>,
    /// What stands beside more posts than have room: how many, and at which minute.
    pub folded: Vec<(u16, usize)>,
}

/// An hour of all days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WeekHour {
    /// From 0.
    pub hour: u8,
    /// The same hour in the first market, and whether its people look.
    pub there: Option<(String, bool)>,
}

/// Something that waits for a time.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TrayLine {
    /// Its words, cut.
    pub text: String,
    /// Where it is given a time.
    pub href: String,
    /// Whether a time can be said in that address, as `&at=`.
    pub takes_time: bool,
    /// Its networks.
    pub stamps: Vec<Stamp>,
    /// What it is, such as `draft` or the feed's name.
    pub from: String,
}

/// A week of the plan.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WeekView {
    /// Such as `16 to 22 November`.
    pub title: String,
    /// Monday of the week before, this one and the next, as `2026-11-16`.
    pub mondays: [String; 3],
    /// Seven, Monday first.
    pub days: Vec<WeekDay>,
    /// The hours that are shown, in order.
    pub hours: Vec<WeekHour>,
    /// Today's place in the week and the minute that it is, if today is in it.
    pub now: Option<(usize, u16)>,
    /// The zone's place.
    pub place: String,
    /// The first market's name.
    pub market: Option<String>,
    /// Posts beyond those that a week shows.
    pub more: bool,
    /// What waits for a place.
    pub tray: Vec<TrayLine>,
    /// Whether this visitor may plan.
    pub may: bool,
}
