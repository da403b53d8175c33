//! Forty posts, Monday to Friday, two a day: where each goes, so that it looks like a person's day.
//!
//! Each date is settled by itself, from the seed and that date, for a full day of posts: so a post added at the end
//! moves none before it. Within a date the places are found exactly, not by trying: from the right, the latest second
//! each place may take if the others are to fit behind it; then, from the left, one draw each inside what is left.
//! What is random is only the draw; the order of the posts is kept, and nothing depends on the order of a map.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::{Date, Weekday};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use serde::{Deserialize, Serialize};

use super::free::Free;
use super::window::{DAY_SECONDS, WeekDays, day_name};
use super::{CivilTime, DAYS_AHEAD_MAX, Windows, ZoneName};

/// The gap between two posts on a channel when none is given.
pub const GAP_MINUTES_DEFAULT: u32 = 45;
/// A shorter gap is a ticker, not a person.
pub const GAP_MINUTES_MIN: u32 = 5;
/// A longer gap is said better by fewer posts a day.
pub const GAP_MINUTES_MAX: u32 = 12 * 60;
/// More a day is a ticker.
pub const PER_DAY_MAX: u32 = 100;
/// A stretch of a window in which there is always a second to use: robot minutes and those of the day before may stand
/// side by side, three at most.
const MARGIN_SECONDS: i64 = 4 * 60;

/// One post to be placed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpreadPost {
    /// The channels it goes to, all at the same instant.
    pub channels: Vec<String>,
}

/// What is to be placed, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpreadRequest {
    /// The posts in the order in which they go out.
    pub posts: Vec<SpreadPost>,
    /// The zone of the windows.
    pub zone: ZoneName,
    /// The hours.
    pub windows: Windows,
    /// How many a day, over all channels.
    pub per_day: u32,
    /// The first date.
    pub from: Date,
    /// Every place is later than this.
    pub not_before: Timestamp,
    /// The least minutes between two of these posts, and between one and what is taken on its channels.
    pub gap_minutes: u32,
    /// Chance.
    pub seed: u64,
    /// What goes out anyway, by channel, in any order.
    pub taken: BTreeMap<String, Vec<Timestamp>>,
}

/// A post's place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Placement {
    /// Its index in [`SpreadRequest::posts`].
    pub post: usize,
    /// The wall clock; it resolves to `due_at`.
    pub civil: CivilTime,
    /// When it goes out.
    pub due_at: Timestamp,
}

/// Why the posts cannot be placed; what stands behind the semicolon is the way out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SpreadError {
    #[error("there are no windows; give some such as Mon-Fri 08:00-10:00")]
    NoWindows,
    #[error("{0} posts a day cannot be; choose 1 to {PER_DAY_MAX}")]
    PerDay(u32),
    #[error("a gap of {0} minutes cannot be; choose {GAP_MINUTES_MIN} to {GAP_MINUTES_MAX}")]
    Gap(u32),
    #[error(
        "on {} the windows have room for {fits} of {asked} posts with {gap_minutes} minutes between them; ask for {fits} a \
         day, widen the windows of that day, or take a smaller gap",
        day_name(*day)
    )]
    NoRoom { day: Weekday, fits: u32, asked: u32, gap_minutes: u32 },
    #[error("on {} the windows are too short for any post; widen them or take that day out", day_name(*day))]
    TooShort { day: Weekday },
    #[error(
        "{placed} of {asked} posts find a place within {DAYS_AHEAD_MAX} days; ask for more a day, widen the windows, or \
         divide the plan"
    )]
    RunsOut { placed: usize, asked: usize },
    #[error("{from} is more than {DAYS_AHEAD_MAX} days ahead; begin earlier")]
    TooFar { from: Date },
}

/// Places all posts, in their order, or says why they cannot be placed.
///
/// Each place lies inside a window of its date, later than `not_before`, at least the gap from every other and from what
/// is taken on its channels; never on second 0 or the minutes 0, 15, 30, 45; never on a minute of the day that the
/// posting day before used. A date has `per_day` posts unless the clock is changed in its windows, `not_before` cuts it,
/// or what is taken leaves no room; the posts then move on to the next date.
pub fn spread(request: &SpreadRequest) -> Result<Vec<Placement>, SpreadError> {
    let week = check(request)?;
    let mut spreader = Spreader::new(request, week);
    let today = request.zone.rules().to_datetime(request.not_before).date();
    // A window of yesterday may reach over midnight into today.
    let mut date = request.from.max(today.yesterday().unwrap_or(today));
    let end = today.saturating_add(jiff::Span::new().days(i64::from(DAYS_AHEAD_MAX)));
    if request.from > end {
        return Err(SpreadError::TooFar { from: request.from });
    }
    while spreader.placed.len() < request.posts.len() {
        if date > end {
            return Err(SpreadError::RunsOut { placed: spreader.placed.len(), asked: request.posts.len() });
        }
        spreader.fill(date);
        date = date.tomorrow().map_err(|_| SpreadError::TooFar { from: date })?;
    }
    Ok(spreader.placed)
}

/// The windows of each day of the week, none reaching to within a gap of the next day's, so that each date can be filled
/// without a look at the next. Refuses what could never be kept.
fn check(request: &SpreadRequest) -> Result<BTreeMap<i8, Vec<(i64, i64)>>, SpreadError> {
    if request.windows.0.is_empty() {
        return Err(SpreadError::NoWindows);
    }
    if !(1..=PER_DAY_MAX).contains(&request.per_day) {
        return Err(SpreadError::PerDay(request.per_day));
    }
    if !(GAP_MINUTES_MIN..=GAP_MINUTES_MAX).contains(&request.gap_minutes) {
        return Err(SpreadError::Gap(request.gap_minutes));
    }
    let gap = i64::from(request.gap_minutes) * 60;
    let mut week = BTreeMap::new();
    for day in WeekDays::ALL.iter() {
        let spans = request.windows.on(day);
        if spans.is_empty() {
            continue;
        }
        let next_begin = |days: i64| {
            let next = request.windows.on(day.wrapping_add(days));
            next.first().map_or(i64::MAX, |(from, _)| from + days * DAY_SECONDS - gap)
        };
        let last = next_begin(1).min(next_begin(2));
        let spans: Vec<(i64, i64)> = spans.into_iter().map(|(from, to)| (from, to.min(last))).filter(|(from, to)| from < to).collect();
        let fits = sure_room(&spans, gap);
        if fits == 0 {
            return Err(SpreadError::TooShort { day });
        }
        if fits < request.per_day {
            let (asked, gap_minutes) = (request.per_day, request.gap_minutes);
            return Err(SpreadError::NoRoom { day, fits, asked, gap_minutes });
        }
        week.insert(day.to_monday_zero_offset(), spans);
    }
    Ok(week)
}

/// How many posts are sure to find room on a plain day, whatever minutes the day before used.
fn sure_room(spans: &[(i64, i64)], gap: i64) -> u32 {
    let mut count = 0;
    let mut from = i64::MIN;
    for (begin, end) in spans {
        let mut at = from.max(*begin) + MARGIN_SECONDS;
        while at < *end {
            count += 1;
            from = at + gap;
            at = from + MARGIN_SECONDS;
        }
    }
    count
}

struct Spreader<'r> {
    request: &'r SpreadRequest,
    week: BTreeMap<i8, Vec<(i64, i64)>>,
    gap: i64,
    taken: BTreeMap<&'r str, Vec<i64>>,
    placed: Vec<Placement>,
    /// The minutes of the day that the last posting day used.
    avoided: BTreeSet<i64>,
    /// The first second that is not too close to the last place.
    open_from: i64,
}

impl<'r> Spreader<'r> {
    fn new(request: &'r SpreadRequest, week: BTreeMap<i8, Vec<(i64, i64)>>) -> Self {
        let taken = request
            .taken
            .iter()
            .map(|(channel, instants)| {
                let mut seconds: Vec<i64> = instants.iter().map(|instant| instant.as_second()).collect();
                seconds.sort_unstable();
                seconds.dedup();
                (channel.as_str(), seconds)
            })
            .collect();
        Self {
            request,
            week,
            gap: i64::from(request.gap_minutes) * 60,
            taken,
            placed: Vec::new(),
            avoided: BTreeSet::new(),
            open_from: request.not_before.as_second() + 1,
        }
    }

    /// Places what one date takes.
    fn fill(&mut self, date: Date) {
        let Some(spans) = self.week.get(&date.weekday().to_monday_zero_offset()) else { return };
        let whole: Vec<Free> = spans.iter().map(|span| Free::of_window(date, *span, &self.request.zone, &self.avoided)).collect();
        let open: Vec<Free> = whole.iter().map(|free| free.since(self.open_from)).collect();
        let wanted = self.wanted(&whole);
        let mut chance = chance(self.request.seed, date);
        let Some(first) = self.request.posts.get(self.placed.len()) else { return };
        let places = choose_windows(wanted, &self.left_for(first, &open), self.gap, &mut chance);

        let mut minutes = BTreeSet::new();
        for place in 0..places.len() {
            let index = self.placed.len();
            let Some(post) = self.request.posts.get(index) else { break };
            let left = self.left_for(post, &open);
            let Some(second) = draw(&places, place, &left, self.open_from, self.gap, &mut chance) else { break };
            let Ok(due_at) = Timestamp::from_second(second) else { break };
            let civil = CivilTime::of_instant(due_at, &self.request.zone);
            minutes.insert(i64::from(civil.at.hour()) * 60 + i64::from(civil.at.minute()));
            self.open_from = second + self.gap;
            self.placed.push(Placement { post: index, civil, due_at });
        }
        if !minutes.is_empty() {
            self.avoided = minutes;
        }
    }

    /// How many posts the date takes: `per_day`, or its share if the day has begun already.
    fn wanted(&self, whole: &[Free]) -> usize {
        let since = self.request.not_before.as_second() + 1;
        let all: i64 = whole.iter().map(Free::len).sum();
        let rest: i64 = whole.iter().map(|free| free.since(since).len()).sum();
        let per_day = i64::from(self.request.per_day);
        if rest == 0 || all == 0 {
            return 0;
        }
        usize::try_from(((per_day * rest + all / 2) / all).max(1)).unwrap_or(0)
    }

    /// The windows without what is taken on the post's channels.
    fn left_for(&self, post: &SpreadPost, open: &[Free]) -> Vec<Free> {
        let taken: Vec<&Vec<i64>> = post.channels.iter().filter_map(|channel| self.taken.get(channel.as_str())).collect();
        let without = |free: &Free| taken.iter().fold(free.clone(), |free, taken| free.without(taken, self.gap));
        open.iter().map(without).collect()
    }
}

/// The stream of chance of one date: no other date and no other seed has it.
fn chance(seed: u64, date: Date) -> ChaCha8Rng {
    let mut key = [0_u8; 32];
    let parts: [&[u8]; 5] =
        [b"kith spread 1\0\0\0", &seed.to_le_bytes(), &date.year().to_le_bytes(), &date.month().to_le_bytes(), &date.day().to_le_bytes()];
    for (slot, byte) in key.iter_mut().zip(parts.concat()) {
        *slot = byte;
    }
    ChaCha8Rng::from_seed(key)
}

/// A number from 0 up to, not including, `below`; the bias is under one in 2^32 for any day.
pub(super) fn below(chance: &mut ChaCha8Rng, below: i64) -> i64 {
    let below = u128::from(below.max(1).unsigned_abs());
    ((u128::from(chance.next_u64()) * below) >> 64) as i64
}

/// The window of each place, in order: fewer places than windows go to some of them by chance, more give each window one
/// and the rest to the longest, as far as there is room.
pub(super) fn choose_windows(wanted: usize, left: &[Free], gap: i64, chance: &mut ChaCha8Rng) -> Vec<usize> {
    let mut windows: Vec<(usize, i64, usize)> =
        left.iter().enumerate().map(|(index, free)| (index, free.len(), free.room(gap))).filter(|(_, _, room)| *room > 0).collect();
    let mut places = Vec::new();
    while !windows.is_empty() && places.len() < wanted && windows.len() > wanted - places.len() {
        let drawn = below(chance, windows.len() as i64) as usize;
        places.push(windows.swap_remove(drawn).0);
        if places.len() == wanted {
            windows.clear();
        }
    }
    if places.is_empty() {
        let mut counts: Vec<usize> = vec![0; left.len()];
        for _ in 0..wanted {
            let taken = |index: usize| counts.get(index).copied().unwrap_or(0);
            let open = windows.iter().filter(|(index, _, room)| taken(*index) < *room);
            // An empty window comes before any other; then the one with most seconds for each of its places.
            let next = open.max_by_key(|(index, length, _)| {
                let count = taken(*index) as i64;
                (count == 0, length / (count + 1), std::cmp::Reverse(*index))
            });
            let Some((index, _, _)) = next else { break };
            places.push(*index);
            if let Some(count) = counts.get_mut(*index) {
                *count += 1;
            }
        }
    }
    places.sort_unstable();
    places
}

/// The second of the place numbered `place`; `None` when the date has no room for it.
pub(super) fn draw(places: &[usize], place: usize, left: &[Free], open_from: i64, gap: i64, chance: &mut ChaCha8Rng) -> Option<i64> {
    let window = *places.get(place)?;
    if let (Some(free), Some(latest)) = (left.get(window), latest_in_windows(places, place, left, gap))
        && free.first_from(open_from).is_some_and(|first| first <= latest)
    {
        return stratified(places, place, free, (open_from, latest), gap, chance);
    }
    // The windows cannot be kept (all taken, or too close to each other): anywhere on this date, with room for as many
    // of the places behind as possible.
    let free = Free::joined(left);
    for behind in (0..places.len() - place).rev() {
        let mut latest = free.last_to(i64::MAX)?;
        let reached = (0..behind).all(|_| free.last_to(latest - gap).map(|before| latest = before).is_some());
        if reached && free.first_from(open_from).is_some_and(|first| first <= latest) {
            return uniform(&free, open_from, latest, chance);
        }
    }
    None
}

/// The latest second of a place such that all places behind it still fit into their windows.
fn latest_in_windows(places: &[usize], place: usize, left: &[Free], gap: i64) -> Option<i64> {
    let mut bound = i64::MAX;
    let mut latest = None;
    for window in places.iter().skip(place).rev() {
        let at = left.get(*window)?.last_to(bound)?;
        latest = Some(at);
        bound = at - gap;
    }
    latest
}

/// A draw from the place's own share of its window, so that the places of a window spread over all of it.
fn stratified(
    places: &[usize],
    place: usize,
    free: &Free,
    (open_from, latest): (i64, i64),
    gap: i64,
    chance: &mut ChaCha8Rng,
) -> Option<i64> {
    let window = places.get(place)?;
    let in_window = places.iter().filter(|other| *other == window).count() as i64;
    let before = places.iter().take(place).filter(|other| *other == window).count() as i64;
    // The earliest second that the place could have, whatever was drawn for those before it.
    let mut earliest = free.first_from(i64::MIN)?;
    for _ in 0..before {
        earliest = free.first_from(earliest + gap).unwrap_or(open_from);
    }
    let seconds = free.count(earliest, latest);
    let share = |n: i64| seconds * n / in_window;
    let (low, high) = (share(before), share(before + 1));
    let drawn = free.nth(earliest, latest, low + below(chance, high - low));
    match drawn {
        Some(second) if second >= open_from => Some(second),
        _ => uniform(free, open_from, latest, chance),
    }
}

pub(super) fn uniform(free: &Free, from: i64, to: i64, chance: &mut ChaCha8Rng) -> Option<i64> {
    let seconds = free.count(from, to);
    free.nth(from, to, below(chance, seconds))
}

#[cfg(test)]
mod tests;
