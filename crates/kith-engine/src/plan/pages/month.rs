//! A month of the plan: whole weeks, each day with its first posts and how many more there are.

use std::collections::HashMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use kith_domain::ids::{DispatchId, PostId};
use kith_store::CALENDAR_MAX;

use super::week::{begin, monday_of};
use super::write::zone;
use crate::kith::Kith;
use crate::mandate::sign_in::Visitor;
use crate::problem::{Problem, from_store};
use crate::views::{MonthDay, MonthView};

/// Posts of a day that stand in a month.
const DAY_POSTS_MAX: usize = 3;
/// Weeks that a month can touch.
const WEEKS_MAX: i64 = 6;

impl Kith {
    /// The month that holds `day`; this month if it is none.
    pub async fn month(&self, visitor: &Visitor, day: Option<&str>) -> Result<MonthView, Problem> {
        let (calendar, zone) = (self.calendar(&visitor.zone), zone(visitor)?);
        let tz = zone.rules();
        let today = tz.to_datetime(self.now()).date();
        let first = day.and_then(|day| day.parse::<Date>().ok()).unwrap_or(today).first_of_month();
        let (start, next) = (monday_of(first), first.saturating_add(1.month()));
        let weeks_count = (0..WEEKS_MAX).take_while(|week| start.saturating_add((7 * week).days()) < next).count() as i64;
        let end = start.saturating_add((7 * weeks_count).days());
        let store = self.store().in_workspace(visitor.workspace);
        let standing = store.calendar(begin(start, tz)?, begin(end, tz)?).await.map_err(from_store)?;
        let posts = by_post(&standing, tz);
        let mut counts: HashMap<Date, usize> = HashMap::new();
        let mut first_ones = Vec::new();
        for (date, dispatches) in &posts {
            let count = counts.entry(*date).or_default();
            *count += 1;
            if *count <= DAY_POSTS_MAX {
                first_ones.extend_from_slice(dispatches);
            }
        }
        let views = store.these_dispatches(&first_ones).await.map_err(from_store)?;
        let shown = self.on_days(visitor, &views, tz, &calendar);
        let weeks = (0..weeks_count).map(|week| {
            let days = (0..7_i64).map(|offset| {
                let date = start.saturating_add((7 * week + offset).days());
                let of: Vec<_> = shown.iter().filter(|(day, _)| *day == date).map(|(_, post)| post.clone()).collect();
                MonthDay {
                    date: date.to_string(),
                    number: date.day(),
                    words: date.strftime("%A %-d %B").to_string(),
                    today: date == today,
                    inside: date.month() == first.month(),
                    more: counts.get(&date).map_or(0, |count| count.saturating_sub(of.len())),
                    posts: of,
                }
            });
            days.collect()
        });
        debug_assert!(start < end, "a month has days");
        Ok(MonthView {
            title: first.strftime("%B %Y").to_string(),
            firsts: [first.saturating_sub(1.month()), first, next].map(|date| date.to_string()),
            weeks: weeks.collect(),
            place: calendar.place(),
            more: standing.len() >= CALENDAR_MAX as usize,
        })
    }
}

/// The dispatches of each post at one minute, with its day; by time.
fn by_post(standing: &[(DispatchId, PostId, Timestamp)], tz: &TimeZone) -> Vec<(Date, Vec<DispatchId>)> {
    let mut posts: Vec<(PostId, i64, Date, Vec<DispatchId>)> = Vec::with_capacity(standing.len());
    for (id, post, due) in standing {
        let minute = due.as_second() / 60;
        match posts.iter_mut().rev().take_while(|(_, at, ..)| *at == minute).find(|(of, ..)| of == post) {
            Some((.., dispatches)) => dispatches.push(*id),
            None => posts.push((*post, minute, tz.to_datetime(*due).date(), vec![*id])),
        }
    }
    posts.into_iter().map(|(_, _, date, dispatches)| (date, dispatches)).collect()
}
