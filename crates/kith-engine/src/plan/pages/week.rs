//! A week of the plan: seven days with what goes out at its minute, when the owner is there, and what hour it is elsewhere.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use kith_domain::ids::PostId;
use kith_domain::publish::State;
use kith_domain::schedule::PresenceSpans;
use kith_store::{DispatchFilter, DispatchView};

use super::may;
use super::write::{presence, zone};
use crate::kith::Kith;
use crate::mandate::sign_in::Visitor;
use crate::problem::{Problem, from_store, internal};
use crate::views::{TrayLine, WeekBand, WeekDay, WeekHour, WeekPost, WeekView};
use crate::words::{self, Calendar};

/// Posts of one week that are shown.
const POSTS_MAX: u32 = 500;
/// Hours that always stand there, so that a week keeps its shape.
const HOURS_SHOWN: std::ops::RangeInclusive<u16> = 7..=21;
/// Posts that stand side by side; more are folded.
const LANES_MAX: u8 = 3;
/// Minutes that a post's card covers.
const CARD_MIN: u16 = 65;
/// Things in the tray.
const TRAY_MAX: usize = 12;
/// Minutes of a day.
const DAY_MIN: u16 = 24 * 60;

/// A post with its day.
type Placed = (Date, WeekPost);

impl Kith {
    /// The week that holds `day`; this week if it is none.
    pub async fn week(&self, visitor: &Visitor, day: Option<&str>) -> Result<WeekView, Problem> {
        let (calendar, zone) = (self.calendar(&visitor.zone), zone(visitor)?);
        let tz = zone.rules();
        let local = tz.to_datetime(self.now());
        let asked = day.and_then(|day| day.parse::<Date>().ok()).unwrap_or(local.date());
        let monday = monday_of(asked);
        let dates: Vec<Date> = (0..7_i64).map(|day| monday.saturating_add(day.days())).collect();
        let (from, to) = (begin(monday, tz)?, begin(monday.saturating_add(7.days()), tz)?);
        let (posts, more) = self.posts_between(visitor, (from, to), tz, &calendar).await?;
        let rules = self.plan_rules(visitor.workspace).await?;
        let spans = presence(visitor, &rules)?.between(from, to);
        let market = rules.markets.iter().find(|market| market.zone != zone);

        let mut days: Vec<WeekDay> = Vec::with_capacity(7);
        for date in &dates {
            let mut of: Vec<WeekPost> = posts.iter().filter(|(day, _)| day == date).map(|(_, post)| post.clone()).collect();
            for post in &mut of {
                let waits = matches!(post.row.state, State::Planned { .. });
                post.alone = waits && spans.said() && !spans.at(post.row.due.at).is_here();
            }
            days.push(week_day(*date, of, bands(*date, tz, &spans), *date == local.date()));
        }
        let first =
            days.iter().flat_map(|day| day.posts.iter().map(|post| post.minute).chain(day.bands.iter().map(|band| band.from))).min();
        let last = days.iter().flat_map(|day| day.posts.iter().map(|post| post.minute).chain(day.bands.iter().map(|band| band.to))).max();
        let first = first.map_or(*HOURS_SHOWN.start(), |minute| (minute / 60).min(*HOURS_SHOWN.start()));
        let last = last.map_or(*HOURS_SHOWN.end(), |minute| (minute.saturating_sub(1) / 60).clamp(*HOURS_SHOWN.end(), 23));
        let hours = (first..=last).map(|hour| {
            let there = market.and_then(|market| {
                let at = dates.get(2)?.at(i8::try_from(hour).ok()?, 0, 0, 0).to_zoned(tz.clone()).ok()?.timestamp();
                let hour = market.at(at);
                Some((hour.there.at.strftime("%H").to_string(), hour.inside))
            });
            WeekHour { hour: hour as u8, there }
        });
        let now = dates.iter().position(|date| *date == local.date()).map(|day| (day, minute(local.hour(), local.minute())));
        Ok(WeekView {
            title: title(monday),
            mondays: [monday.saturating_sub(7.days()), monday, monday.saturating_add(7.days())].map(|date| date.to_string()),
            days,
            hours: hours.collect(),
            now,
            place: calendar.place(),
            market: market.map(|market| market.name.clone()),
            more,
            tray: self.tray(visitor).await?,
            may: may(visitor),
        })
    }

    /// What goes out in a span, as posts with their days, by time; and whether there is more.
    async fn posts_between(
        &self,
        visitor: &Visitor,
        (from, to): (Timestamp, Timestamp),
        tz: &TimeZone,
        calendar: &Calendar,
    ) -> Result<(Vec<Placed>, bool), Problem> {
        let filter = DispatchFilter { from: Some(from), to: Some(to), limit: POSTS_MAX, ..DispatchFilter::default() };
        let views = self.store().in_workspace(visitor.workspace).dispatches(&filter).await.map_err(from_store)?;
        Ok((self.on_days(visitor, &views, tz, calendar), views.len() == POSTS_MAX as usize))
    }

    /// Dispatches as posts with their days: what goes out at one time on several channels stands there once.
    pub(super) fn on_days(&self, visitor: &Visitor, views: &[DispatchView], tz: &TimeZone, calendar: &Calendar) -> Vec<Placed> {
        let may = may(visitor);
        let mut posts: Vec<(PostId, i64, Placed)> = Vec::with_capacity(views.len());
        // A later part of a thread goes out right behind the first and stands with it.
        let shown = |view: &&DispatchView| view.dispatch.state != State::Cancelled && view.content.extras.after.is_none();
        for view in views.iter().filter(shown) {
            let (post, due) = (view.dispatch.post, view.dispatch.due_at.as_second() / 60);
            let row = self.row(view, calendar);
            let known = posts.iter_mut().rev().take_while(|(_, at, _)| *at == due).find(|(of, _, _)| *of == post);
            if let Some((_, _, (_, known))) = known {
                known.stamps.push(row.stamp.clone());
                known.may_move &= may && moves(&row.state);
                if urgency(&row.state) > urgency(&known.row.state) {
                    known.row = row;
                }
                continue;
            }
            let local = tz.to_datetime(view.dispatch.due_at);
            let placed = WeekPost {
                stamps: vec![row.stamp.clone()],
                minute: minute(local.hour(), local.minute()),
                lane: (0, 1),
                alone: false,
                may_move: may && moves(&row.state),
                local: local.strftime("%Y-%m-%dT%H:%M").to_string(),
                row,
            };
            posts.push((post, due, (local.date(), placed)));
        }
        posts.into_iter().map(|(_, _, placed)| placed).collect()
    }

    /// Drafts and news that wait for a time.
    async fn tray(&self, visitor: &Visitor) -> Result<Vec<TrayLine>, Problem> {
        let mut tray = Vec::new();
        for draft in self.post_drafts(visitor).await?.into_iter().take(TRAY_MAX) {
            tray.push(TrayLine {
                text: if draft.text.is_empty() { "Pictures without words".into() } else { draft.text },
                href: format!("/write?draft={}", draft.id),
                takes_time: true,
                stamps: draft.stamps,
                from: "draft".into(),
            });
        }
        for draft in self.feed_drafts(visitor.workspace).await?.into_iter().take(TRAY_MAX - tray.len()) {
            tray.push(TrayLine {
                text: words::cut(&draft.text),
                href: "/plan/feeds".into(),
                takes_time: false,
                stamps: Vec::new(),
                from: draft.feed,
            });
        }
        Ok(tray)
    }
}

/// Whether a person can give it another time.
fn moves(state: &State) -> bool {
    matches!(state, State::Planned { .. } | State::Held { .. } | State::Missed { .. } | State::Failed { .. })
}

/// Which of a post's deliveries speaks for it.
fn urgency(state: &State) -> u8 {
    match state {
        State::Failed { .. } => 4,
        State::Missed { .. } | State::NeedsPerson { .. } => 3,
        State::Held { .. } | State::Uncertain { .. } => 2,
        State::Planned { .. } | State::Claimed { .. } | State::Sending { .. } => 1,
        State::Published { .. } | State::Cancelled => 0,
    }
}

fn minute(hour: i8, minute: i8) -> u16 {
    u16::from(hour.unsigned_abs()) * 60 + u16::from(minute.unsigned_abs())
}

pub(super) fn monday_of(date: Date) -> Date {
    date.saturating_sub(i64::from(date.weekday().to_monday_zero_offset()).days())
}

pub(super) fn begin(date: Date, tz: &TimeZone) -> Result<Timestamp, Problem> {
    date.to_zoned(tz.clone()).map(|at| at.timestamp()).map_err(|error| internal(&error.to_string()))
}

fn title(monday: Date) -> String {
    let sunday = monday.saturating_add(6.days());
    if monday.month() == sunday.month() {
        format!("{} to {}", monday.day(), sunday.strftime("%-d %B"))
    } else {
        format!("{} to {}", monday.strftime("%-d %B"), sunday.strftime("%-d %B"))
    }
}

/// The times of one day in which she is there.
fn bands(date: Date, tz: &TimeZone, spans: &PresenceSpans) -> Vec<WeekBand> {
    let of_day = |at: Timestamp| -> Option<u16> {
        let local = tz.to_datetime(at);
        match local.date().cmp(&date) {
            std::cmp::Ordering::Less => Some(0),
            std::cmp::Ordering::Equal => Some(minute(local.hour(), local.minute())),
            std::cmp::Ordering::Greater => Some(DAY_MIN),
        }
    };
    let words = |from: u16, to: u16| format!("{:02}:{:02} to {:02}:{:02}", from / 60, from % 60, to / 60, to % 60);
    let here = spans.here().filter_map(|(from, to)| Some((of_day(from)?, of_day(to)?))).filter(|(from, to)| from < to);
    here.map(|(from, to)| WeekBand { from, to, words: words(from, to) }).collect()
}

/// Gives posts of one day that would cover each other places side by side. What has no room is taken out and counted.
fn lanes(posts: &mut Vec<WeekPost>) -> Vec<(u16, usize)> {
    let mut folded: Vec<(u16, usize)> = Vec::new();
    let mut kept: Vec<WeekPost> = Vec::with_capacity(posts.len());
    let mut free_from = [0_u16; LANES_MAX as usize];
    let mut cluster = 0;
    let mut widest = 0;
    let close = |kept: &mut [WeekPost], cluster: usize, widest: u8| {
        for post in kept.iter_mut().skip(cluster) {
            post.lane.1 = widest;
        }
    };
    for mut post in std::mem::take(posts) {
        if free_from.iter().all(|until| *until <= post.minute) {
            close(&mut kept, cluster, widest);
            (cluster, widest) = (kept.len(), 0);
        }
        let Some(lane) = free_from.iter().position(|until| *until <= post.minute) else {
            match folded.last_mut().filter(|(at, _)| *at + CARD_MIN > post.minute) {
                Some((_, count)) => *count += 1,
                None => folded.push((post.minute, 1)),
            }
            continue;
        };
        if let Some(until) = free_from.get_mut(lane) {
            *until = post.minute + CARD_MIN;
        }
        post.lane = (lane as u8, 1);
        widest = widest.max(lane as u8 + 1);
        kept.push(post);
    }
    close(&mut kept, cluster, widest);
    *posts = kept;
    folded
}

/// A day of the week with its sums.
fn week_day(date: Date, mut posts: Vec<WeekPost>, bands: Vec<WeekBand>, today: bool) -> WeekDay {
    let out = posts.iter().filter(|post| matches!(post.row.state, State::Published { .. })).count();
    let planned = posts.len() - out;
    let sums = [(out, "out"), (planned, "planned")];
    let sums: Vec<String> = sums.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect();
    let folded = lanes(&mut posts);
    WeekDay {
        date: date.to_string(),
        name: date.strftime("%a").to_string(),
        number: date.day(),
        words: date.strftime("%A %-d %B").to_string(),
        today,
        rest: date.weekday().to_monday_zero_offset() > 4,
        sums: sums.join(", "),
        out,
        planned,
        bands,
        posts,
        folded,
    }
}
