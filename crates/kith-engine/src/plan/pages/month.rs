//! A month of the plan: whole weeks, each day with its first posts and how many more there are.

use jiff::ToSpan as _;
use jiff::civil::Date;

use super::week::{begin, monday_of};
use super::write::zone;
use crate::kith::Kith;
use crate::mandate::sign_in::Visitor;
use crate::problem::Problem;
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
        let mut more = false;
        let mut weeks = Vec::new();
        for week in 0..weeks_count {
            let monday = start.saturating_add((7 * week).days());
            let until = monday.saturating_add(7.days());
            let (posts, is_cut) = self.posts_between(visitor, (begin(monday, tz)?, begin(until, tz)?), tz, &calendar).await?;
            more |= is_cut;
            let days = (0..7_i64).map(|offset| {
                let date = monday.saturating_add(offset.days());
                let of = || posts.iter().filter(|(day, _)| *day == date).map(|(_, post)| post);
                MonthDay {
                    date: date.to_string(),
                    number: date.day(),
                    words: date.strftime("%A %-d %B").to_string(),
                    today: date == today,
                    inside: date.month() == first.month(),
                    posts: of().take(DAY_POSTS_MAX).cloned().collect(),
                    more: of().count().saturating_sub(DAY_POSTS_MAX),
                }
            });
            weeks.push(days.collect());
        }
        debug_assert!(start < end, "a month has days");
        Ok(MonthView {
            title: first.strftime("%B %Y").to_string(),
            firsts: [first.saturating_sub(1.month()), first, next].map(|date| date.to_string()),
            weeks,
            place: calendar.place(),
            more,
        })
    }
}
