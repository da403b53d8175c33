//! A week of the plan: seven days of hours, with what goes out, when the owner is there, and what hour it is elsewhere.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan as _};
use kith_domain::publish::State;
use kith_domain::schedule::PresenceSpans;
use kith_store::DispatchFilter;

use super::write::{presence, zone};
use crate::kith::Kith;
use crate::mandate::sign_in::Visitor;
use crate::problem::{Problem, from_store, internal};
use crate::views::{Home, WeekCell, WeekDay, WeekHour, WeekPost, WeekView};

/// Posts of one week that are shown.
const POSTS_MAX: u32 = 500;
/// Hours that always stand there, so that a week keeps its shape.
const HOURS_SHOWN: std::ops::RangeInclusive<i8> = 8..=19;

impl Kith {
    /// The week that holds `day`; this week if it is none.
    pub async fn week(&self, visitor: &Visitor, day: Option<&str>) -> Result<WeekView, Problem> {
        let (calendar, zone) = (self.calendar(&visitor.zone), zone(visitor)?);
        let tz = zone.rules();
        let today = tz.to_datetime(self.now()).date();
        let asked = day.and_then(|day| day.parse::<Date>().ok()).unwrap_or(today);
        let monday = asked.saturating_sub(i64::from(asked.weekday().to_monday_zero_offset()).days());
        let dates: Vec<Date> = (0..7_i64).map(|day| monday.saturating_add(day.days())).collect();
        let (from, to) = (begin(monday, tz)?, begin(monday.saturating_add(7.days()), tz)?);
        let store = self.store().in_workspace(visitor.workspace);
        let filter = DispatchFilter { from: Some(from), to: Some(to), limit: POSTS_MAX, ..DispatchFilter::default() };
        let views = store.dispatches(&filter).await.map_err(from_store)?;
        let rules = self.plan_rules(visitor.workspace).await?;
        let spans = presence(visitor, &rules)?.between(from, to);
        let market = rules.markets.iter().find(|market| market.zone != zone);

        let mut posts: Vec<(Date, i8, WeekPost)> = Vec::with_capacity(views.len());
        for view in views.iter().filter(|view| view.dispatch.state != State::Cancelled) {
            let local = tz.to_datetime(view.dispatch.due_at);
            let waits = matches!(view.dispatch.state, State::Planned { .. });
            let alone = waits && spans.said() && !spans.at(view.dispatch.due_at).is_here();
            posts.push((local.date(), local.hour(), WeekPost { row: self.row(view, &calendar), alone }));
        }
        let mut hours = Vec::new();
        for hour in 0..24_i8 {
            let mut cells = Vec::with_capacity(7);
            for date in &dates {
                let (home, begins) = home(*date, hour, tz, &spans);
                let of = posts.iter().filter(|(day, at, _)| day == date && *at == hour).map(|(_, _, post)| post.clone());
                cells.push(WeekCell { posts: of.collect(), home, begins });
            }
            let is_empty = cells.iter().all(|cell| cell.posts.is_empty() && cell.home == Home::Away);
            if is_empty && !HOURS_SHOWN.contains(&hour) {
                continue;
            }
            let there = market.and_then(|market| {
                let at = dates.get(2)?.at(hour, 0, 0, 0).to_zoned(tz.clone()).ok()?.timestamp();
                let hour = market.at(at);
                Some((hour.there.at.strftime("%H").to_string(), hour.inside))
            });
            hours.push(WeekHour { hour: format!("{hour:02}"), there, cells });
        }
        let days = dates.iter().map(|date| {
            let of = || posts.iter().filter(|(day, _, _)| day == date).map(|(_, _, post)| &post.row.state);
            let out = of().filter(|state| matches!(state, State::Published { .. })).count();
            let planned = of().count() - out;
            let sums = [(out, "out"), (planned, "planned")];
            let sums: Vec<String> = sums.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect();
            WeekDay {
                name: date.strftime("%a").to_string(),
                number: date.day(),
                words: date.strftime("%A %-d %B").to_string(),
                today: *date == today,
                sums: sums.join(", "),
                out,
                planned,
            }
        });
        let sunday = monday.saturating_add(6.days());
        let title = if monday.month() == sunday.month() {
            format!("{} to {}", monday.day(), sunday.strftime("%-d %B"))
        } else {
            format!("{} to {}", monday.strftime("%-d %B"), sunday.strftime("%-d %B"))
        };
        Ok(WeekView {
            title,
            mondays: [monday.saturating_sub(7.days()), monday, monday.saturating_add(7.days())].map(|date| date.to_string()),
            days: days.collect(),
            hours,
            place: calendar.place(),
            market: market.map(|market| market.name.clone()),
            more: views.len() == POSTS_MAX as usize,
        })
    }
}

fn begin(date: Date, tz: &TimeZone) -> Result<Timestamp, Problem> {
    date.to_zoned(tz.clone()).map(|at| at.timestamp()).map_err(|error| internal(&error.to_string()))
}

/// How much of an hour she is there, and whether she comes in it.
fn home(date: Date, hour: i8, tz: &TimeZone, spans: &PresenceSpans) -> (Home, bool) {
    if !spans.said() {
        return (Home::Away, false);
    }
    let Ok(start) = date.at(hour, 0, 0, 0).to_zoned(tz.clone()) else { return (Home::Away, false) };
    let here = |minutes: i64| start.timestamp().checked_add(SignedDuration::from_mins(minutes)).is_ok_and(|at| spans.at(at).is_here());
    let home = match (here(15), here(45)) {
        (true, true) => Home::Whole,
        (true, false) => Home::First,
        (false, true) => Home::Second,
        (false, false) => Home::Away,
    };
    (home, home != Home::Away && !here(-15))
}
