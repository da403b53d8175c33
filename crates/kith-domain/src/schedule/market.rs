//! Readers somewhere else: a market is a zone with the hours in which they look.
//!
//! A plan can be worded anew for each market and go out at each one's own hour, or be worded once and go out when most
//! of them are awake. For any instant a market says what hour it is there.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use serde::{Deserialize, Serialize};

use super::rhythm::WINDOW_MINUTES_MIN;
use super::spans::{Span, holding, real_spans};
use super::{CivilTime, Windows, ZoneName, civil};

/// The most markets of one plan.
pub const MARKETS_MAX: usize = 24;

/// A place where readers are, and when they read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Market {
    /// The owner's name for it, such as `New York`.
    pub name: String,
    /// Its zone.
    pub zone: ZoneName,
    /// When its people look, on their own clock: `daily 06:00-07:00`.
    pub hours: Windows,
}

/// What the clock shows in a market at some instant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarketHour {
    /// The market.
    pub market: String,
    /// The wall clock there.
    pub there: CivilTime,
    /// Whether its people look then.
    pub inside: bool,
}

/// Hours in which several markets look at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overlap {
    /// The first instant.
    pub from: Timestamp,
    /// The instant after the last.
    pub to: Timestamp,
    /// Who looks during all of it, in the order asked for.
    pub markets: Vec<String>,
}

impl Market {
    /// What hour it is there.
    pub fn at(&self, instant: Timestamp) -> MarketHour {
        let there = CivilTime::of_instant(instant, &self.zone);
        let date = there.at.date();
        let spans = self.between(date, date);
        let inside = holding(&spans, instant.as_second()).is_some();
        MarketHour { market: self.name.clone(), there, inside }
    }

    /// The real hours whose windows may reach into the dates from `first` to `last`.
    fn between(&self, first: Date, last: Date) -> Vec<Span> {
        real_spans(&self.hours, &self.zone, first.yesterday().unwrap_or(first), last.tomorrow().unwrap_or(last))
    }
}

impl fmt::Display for MarketHour {
    /// `06:30 on Tue in New York`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} on {} in {}", self.there.at.strftime("%H:%M"), self.there.at.strftime("%a"), self.market)
    }
}

/// When, on a date of the zone `home`, most of the markets look at once: the hours of the best overlap, in order. Hours
/// shorter than a quarter of an hour do not count; with none that touch, they are each market's own.
pub fn best_overlap(markets: &[Market], date: Date, home: &ZoneName) -> Vec<Overlap> {
    let spans = overlap_spans(markets, date, home);
    let instant = |second: i64| Timestamp::from_second(second).unwrap_or(Timestamp::MAX);
    let names = |who: &[usize]| who.iter().filter_map(|index| markets.get(*index)).map(|market| market.name.clone()).collect();
    spans.iter().map(|((from, to), who)| Overlap { from: instant(*from), to: instant(*to), markets: names(who) }).collect()
}

/// The spans of the best overlap with the indexes of those who look.
pub(super) fn overlap_spans(markets: &[Market], date: Date, home: &ZoneName) -> Vec<(Span, Vec<usize>)> {
    let midnight = |date: Date| civil::resolve(date.to_datetime(Time::midnight()), home).map(|at| at.due_at.as_second());
    let (Ok(begin), Ok(end)) = (midnight(date), date.tomorrow().map_or(Ok(i64::MAX), midnight)) else { return Vec::new() };
    let each: Vec<Vec<Span>> = markets.iter().take(MARKETS_MAX).map(|market| market.between(date, date)).collect();
    let inside = |second: &i64| (begin..=end).contains(second);
    let mut edges: Vec<i64> = each.iter().flatten().flat_map(|(from, to)| [*from, *to]).filter(inside).chain([begin, end]).collect();
    edges.sort_unstable();
    edges.dedup();
    // Between two edges nobody comes or goes.
    let mut pieces: Vec<(Span, Vec<usize>)> = Vec::new();
    for (from, to) in edges.iter().zip(edges.iter().skip(1)) {
        let who: Vec<usize> =
            (0..each.len()).filter(|index| each.get(*index).is_some_and(|spans| holding(spans, *from).is_some())).collect();
        match pieces.last_mut() {
            Some((last, before)) if last.1 == *from && *before == who => last.1 = *to,
            _ => pieces.push(((*from, *to), who)),
        }
    }
    pieces.retain(|((from, to), who)| !who.is_empty() && to - from >= WINDOW_MINUTES_MIN * 60);
    let best = pieces.iter().map(|(_, who)| who.len()).max().unwrap_or(0);
    pieces.retain(|(_, who)| who.len() == best);
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn market(name: &str, zone: &str, hours: &str) -> Market {
        Market { name: name.into(), zone: ZoneName::parse(zone).unwrap(), hours: Windows::parse(hours).unwrap() }
    }

    fn shown(markets: &[Market], date: &str, home: &str) -> Vec<String> {
        let home = ZoneName::parse(home).unwrap();
        let overlaps = best_overlap(markets, date.parse().unwrap(), &home);
        let hour = |at: Timestamp| CivilTime::of_instant(at, &home).at.strftime("%H:%M").to_string();
        overlaps.iter().map(|found| format!("{}-{} {}", hour(found.from), hour(found.to), found.markets.join("+"))).collect()
    }

    #[test]
    fn a_market_says_what_hour_it_is_there() {
        let york = market("New York", "America/New_York", "Mon-Fri 06:00-07:00");
        let hour = york.at("2026-12-01T11:30:00Z".parse().unwrap());
        assert_eq!((hour.to_string().as_str(), hour.inside), ("06:30 on Tue in New York", true));
        assert!(!york.at("2026-12-01T12:00:00Z".parse().unwrap()).inside);
        assert!(!york.at("2026-12-05T11:30:00Z".parse().unwrap()).inside, "a Saturday");
    }

    #[test]
    fn hours_over_midnight_belong_to_the_morning_too() {
        let night = market("Owls", "Europe/Berlin", "Fri 22:00-02:00");
        assert!(night.at("2026-12-05T00:30:00Z".parse().unwrap()).inside);
        assert!(!night.at("2026-12-06T00:30:00Z".parse().unwrap()).inside);
    }

    #[test]
    fn the_best_overlap_has_most_markets_and_moves_with_summer_time() {
        let markets = [
            market("Lisbon", "Europe/Lisbon", "daily 08:00-20:00"),
            market("New York", "America/New_York", "daily 07:00-21:00"),
            market("Sydney", "Australia/Sydney", "daily 07:00-09:00"),
        ];
        assert_eq!(shown(&markets, "2026-12-01", "Europe/Lisbon"), ["12:00-20:00 Lisbon+New York", "20:00-22:00 New York+Sydney"]);
        let spring = shown(&markets, "2027-03-16", "Europe/Lisbon");
        assert_eq!(spring, ["11:00-20:00 Lisbon+New York", "20:00-22:00 New York+Sydney"], "summer has come to New York alone");
        let markets = [market("Tokyo", "Asia/Tokyo", "daily 07:00-08:00"), market("Lima", "America/Lima", "daily 07:00-08:00")];
        assert_eq!(shown(&markets, "2026-12-01", "UTC"), ["12:00-13:00 Lima", "22:00-23:00 Tokyo"], "none touch, so each counts");
    }
}
