//! A whole plan: rows and options become posts with their times, or everything that is wrong is said at once.
//!
//! Rows with a time of their own go out then. The others are spread over the windows, around those and around what is
//! planned already. Nothing is looked up and nothing is stored here.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::spread::{GAP_MINUTES_DEFAULT, SpreadPost, SpreadRequest, spread};
use super::{CivilTime, DAYS_AHEAD_MAX, Shift, When, Windows, ZoneName, occurrence_key, parse_when};
use crate::plan::lint::{channels_of, lint};
use crate::plan::{ALT_DECORATIVE, Parsed, PlanChannel, PlanRow, Problem, Reason, SourceLine};

/// What goes out already, by the name of the channel.
pub type Taken = BTreeMap<String, Vec<Timestamp>>;

/// What holds for the whole plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanOptions {
    /// A stable name of this plan, such as the hash of its file; occurrence keys begin with it.
    pub series: String,
    /// The channels of rows that name none.
    pub channels: Vec<String>,
    /// The zone of rows that name none.
    pub zone: Option<ZoneName>,
    /// The hours of rows without a time of their own.
    pub windows: Option<Windows>,
    /// How many of those a day.
    pub per_day: u32,
    /// Their first date; today if absent.
    pub from: Option<Date>,
    /// The least minutes between two posts on a channel.
    pub gap_minutes: u32,
    /// Chance.
    pub seed: u64,
}

impl PlanOptions {
    /// One a day, the default gap, seed 0, nothing else.
    pub fn new(series: impl Into<String>) -> Self {
        Self {
            series: series.into(),
            channels: Vec::new(),
            zone: None,
            windows: None,
            per_day: 1,
            from: None,
            gap_minutes: GAP_MINUTES_DEFAULT,
            seed: 0,
        }
    }
}

/// A post on one channel at one time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedItem {
    /// Where it stands in its file.
    pub source: SourceLine,
    /// The index of its row in [`Parsed::rows`]; a row on two channels is two items.
    pub row: usize,
    /// The name of the channel.
    pub channel: String,
    /// The id of the channel's network.
    pub network: String,
    /// The words, in the network's own wording if the row has one.
    pub text: String,
    /// The wall clock as the writer meant it.
    pub civil: CivilTime,
    /// When it goes out.
    pub due_at: Timestamp,
    /// What a change of the clock did to it.
    pub shift: Shift,
    /// The writer gave an offset: `due_at` stays when the rules of the zone change.
    pub fixed: bool,
    /// The writer's own word to sort by.
    pub category: Option<String>,
    /// The content warning.
    pub cw: Option<String>,
    /// The language tag.
    pub lang: Option<String>,
    /// Pictures and videos.
    pub media: Vec<String>,
    /// One alternative text for each of `media`; empty for a decorative picture.
    pub alt: Vec<String>,
    /// Unique for this row, channel and slot; the same when the same plan is arranged again.
    pub occurrence_key: String,
    /// What is worth a look in its row.
    pub warnings: Vec<Problem>,
}

/// A plan that may be stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arranged {
    /// By time, then by row.
    pub items: Vec<PlannedItem>,
    /// What is worth a look in the file as a whole.
    pub warnings: Vec<Problem>,
}

/// A row with its time.
#[derive(Debug, Clone)]
struct Timed {
    civil: CivilTime,
    due_at: Timestamp,
    shift: Shift,
    fixed: bool,
}

/// Gives every row its time, or all problems: those of `parsed` (the engine may have added some), of the words, of the
/// times and of the windows, by line.
pub fn arrange(
    parsed: &Parsed,
    options: &PlanOptions,
    known: &[PlanChannel],
    taken: &Taken,
    now: Timestamp,
) -> Result<Arranged, Vec<Problem>> {
    let mut problems = parsed.problems.clone();
    problems.extend(lint(&parsed.rows, &options.channels, known));
    let mut times: Vec<Option<Timed>> = Vec::new();
    let mut undated: BTreeMap<ZoneName, Vec<usize>> = BTreeMap::new();
    for (index, row) in parsed.rows.iter().enumerate() {
        let zone = zone_of(row, options, &mut problems);
        times.push(match (&row.at, zone) {
            (_, Err(())) => None,
            (Some(at), Ok(_)) => dated(row, at, options, now, &mut problems),
            (None, Ok(Some(zone))) => {
                undated.entry(zone).or_default().push(index);
                None
            }
            (None, Ok(None)) => {
                let way_out = "name one such as Europe/Lisbon in the column zone, or for the whole plan with --zone";
                problems.push(Problem::refuse(row.source.line, "zone", Reason::NoZone, way_out));
                None
            }
        });
    }
    too_close(&parsed.rows, &times, options, taken, &mut problems);
    fill_windows(&parsed.rows, &undated, &mut times, options, taken, now, &mut problems);
    problems.sort_by_key(|problem| problem.line);
    if problems.iter().any(Problem::refuses) {
        return Err(problems);
    }
    Ok(arranged(&parsed.rows, &times, options, known, problems))
}

/// The zone of a row; `Err` when it names one that does not exist.
fn zone_of(row: &PlanRow, options: &PlanOptions, problems: &mut Vec<Problem>) -> Result<Option<ZoneName>, ()> {
    let Some(name) = &row.zone else { return Ok(options.zone.clone()) };
    ZoneName::parse(name).map(Some).map_err(|error| {
        let way_out = match &error.did_you_mean {
            Some(near) => format!("write {near} if you meant that, or another name of the IANA list"),
            None => error.hint.rsplit("; ").next().unwrap_or_default().to_owned(),
        };
        let reason = Reason::UnknownZone { name: error.name, did_you_mean: error.did_you_mean };
        problems.push(Problem::refuse(row.source.line, "zone", reason, way_out));
    })
}

/// The time that a row gives itself.
fn dated(row: &PlanRow, at: &str, options: &PlanOptions, now: Timestamp, problems: &mut Vec<Problem>) -> Option<Timed> {
    let line = row.source.line;
    let own = row.zone.as_deref().and_then(|name| ZoneName::parse(name).ok());
    let read = parse_when(at, own.as_ref(), options.zone.as_ref()).and_then(|when| {
        Ok(match when {
            When::Civil(civil) => {
                let resolved = civil.resolve()?;
                Timed { civil, due_at: resolved.due_at, shift: resolved.shift, fixed: false }
            }
            When::Instant { due_at, shown } => Timed { civil: shown, due_at, shift: Shift::None, fixed: true },
        })
    });
    let timed = match read {
        Ok(timed) => timed,
        Err(error) => {
            let said = error.to_string();
            let (detail, way_out) = said.rsplit_once("; ").unwrap_or((&said, "write a time such as 2026-12-01 09:30"));
            let reason = Reason::BadTime { raw: at.chars().take(60).collect(), detail: detail.to_owned() };
            problems.push(Problem::refuse(line, "at", reason, way_out));
            return None;
        }
    };
    changes_of_the_clock(line, &timed, problems);
    let shown = wall(&timed.civil);
    let days_ahead = timed.due_at.duration_since(now).as_hours() / 24;
    if timed.due_at <= now {
        let way_out = "give a later time, or leave it empty to put the post into the windows";
        problems.push(Problem::refuse(line, "at", Reason::TimePast { due_at: shown }, way_out));
    } else if days_ahead > i64::from(DAYS_AHEAD_MAX) {
        let reason = Reason::TimeFar { due_at: shown, days_max: DAYS_AHEAD_MAX };
        problems.push(Problem::refuse(line, "at", reason, "look at the year"));
    }
    Some(timed)
}

fn changes_of_the_clock(line: u32, timed: &Timed, problems: &mut Vec<Problem>) {
    let zone = timed.civil.zone.to_string();
    let asked = timed.civil.at.strftime("%Y-%m-%d %H:%M").to_string();
    match timed.shift {
        Shift::None => {}
        Shift::Gap { .. } => {
            let instead = CivilTime::of_instant(timed.due_at, &timed.civil.zone).at.strftime("%Y-%m-%d %H:%M").to_string();
            let reason = Reason::TimeShifted { asked, zone, instead };
            problems.push(Problem::warn(line, "at", reason, "give another time if that one does not suit"));
        }
        Shift::FoldFirst => {
            let way_out = "give the time with its offset if you mean the second";
            problems.push(Problem::warn(line, "at", Reason::TimeTwice { asked, zone }, way_out));
        }
    }
}

fn wall(civil: &CivilTime) -> String {
    format!("{} {}", civil.at.strftime("%Y-%m-%d %H:%M"), civil.zone)
}

/// Rows with times of their own that come too close on a channel: worth a look, as the writer chose them.
fn too_close(rows: &[PlanRow], times: &[Option<Timed>], options: &PlanOptions, taken: &Taken, problems: &mut Vec<Problem>) {
    let gap = i64::from(options.gap_minutes) * 60;
    let mut by_channel: BTreeMap<&str, Vec<(i64, u32)>> = BTreeMap::new();
    for (row, timed) in rows.iter().zip(times) {
        let Some(timed) = timed else { continue };
        for channel in channels_of(row, &options.channels) {
            by_channel.entry(channel).or_default().push((timed.due_at.as_second(), row.source.line));
        }
    }
    let way_out = "move one of the two if that is not meant";
    for (channel, mut seconds) in by_channel {
        seconds.sort_unstable();
        let pairs = seconds.iter().zip(seconds.iter().skip(1));
        for ((first, line), (second, other)) in pairs.filter(|((first, _), (second, _))| second - first < gap) {
            let minutes = ((second - first) / 60) as u32;
            let (line, other_line) = ((*line).max(*other), (*line).min(*other));
            let reason = Reason::TooClose { other_line, channel: channel.to_owned(), minutes };
            problems.push(Problem::warn(line, "at", reason, way_out));
        }
        let mut planned: Vec<i64> = taken.get(channel).into_iter().flatten().map(|at| at.as_second()).collect();
        planned.sort_unstable();
        for (second, line) in seconds {
            let after = planned.partition_point(|at| *at < second);
            let beside = [after.checked_sub(1), Some(after)].into_iter().flatten().filter_map(|index| planned.get(index));
            if let Some(apart) = beside.map(|at| (at - second).abs()).min().filter(|apart| *apart < gap) {
                let reason = Reason::TooCloseToPlanned { channel: channel.to_owned(), minutes: (apart / 60) as u32 };
                problems.push(Problem::warn(line, "at", reason, way_out));
            }
        }
    }
}

/// Spreads the rows without a time, those of each zone over the windows of that zone.
fn fill_windows(
    rows: &[PlanRow],
    undated: &BTreeMap<ZoneName, Vec<usize>>,
    times: &mut [Option<Timed>],
    options: &PlanOptions,
    taken: &Taken,
    now: Timestamp,
    problems: &mut Vec<Problem>,
) {
    let Some(first) = undated.values().flatten().min().and_then(|index| rows.get(*index)) else { return };
    let Some(windows) = &options.windows else {
        let way_out = "give the row a time in the column at, or windows with --windows \"Mon-Fri 08:00-10:00\"";
        problems.push(Problem::refuse(first.source.line, "at", Reason::NoWindows, way_out));
        return;
    };
    let mut taken = taken.clone();
    let take = |taken: &mut Taken, row: &PlanRow, due_at: Timestamp| {
        for channel in channels_of(row, &options.channels) {
            taken.entry(channel.to_owned()).or_default().push(due_at);
        }
    };
    for (row, timed) in rows.iter().zip(times.iter()) {
        if let Some(timed) = timed {
            take(&mut taken, row, timed.due_at);
        }
    }
    for (zone, indexes) in undated {
        let chosen: Vec<(usize, &PlanRow)> = indexes.iter().filter_map(|index| rows.get(*index).map(|row| (*index, row))).collect();
        let channels = |row: &PlanRow| channels_of(row, &options.channels).into_iter().map(str::to_owned).collect();
        let request = SpreadRequest {
            posts: chosen.iter().map(|(_, row)| SpreadPost { channels: channels(row) }).collect(),
            zone: zone.clone(),
            windows: windows.clone(),
            per_day: options.per_day,
            from: options.from.unwrap_or_else(|| zone.rules().to_datetime(now).date()),
            not_before: now,
            gap_minutes: options.gap_minutes,
            seed: options.seed,
            taken: taken.clone(),
        };
        let placements = match spread(&request) {
            Ok(placements) => placements,
            Err(error) => {
                let said = error.to_string();
                let (detail, way_out) = said.rsplit_once("; ").unwrap_or((&said, "change the windows"));
                problems.push(Problem::refuse(None, None, Reason::NoRoom { detail: detail.to_owned() }, way_out));
                continue;
            }
        };
        for placement in placements {
            let Some((index, row)) = chosen.get(placement.post) else { continue };
            take(&mut taken, row, placement.due_at);
            if let Some(slot) = times.get_mut(*index) {
                let shift = placement.civil.resolve().map_or(Shift::None, |resolved| resolved.shift);
                *slot = Some(Timed { civil: placement.civil, due_at: placement.due_at, shift, fixed: false });
            }
        }
    }
}

/// The items of a plan without refusals; `warnings` go to the items of their lines, or stay with the file.
fn arranged(rows: &[PlanRow], times: &[Option<Timed>], options: &PlanOptions, known: &[PlanChannel], warnings: Vec<Problem>) -> Arranged {
    let lines: BTreeSet<u32> = rows.iter().map(|row| row.source.line).collect();
    let mut by_line: BTreeMap<u32, Vec<Problem>> = BTreeMap::new();
    let mut of_file = Vec::new();
    for problem in warnings {
        match problem.line.filter(|line| lines.contains(line)) {
            Some(line) => by_line.entry(line).or_default().push(problem),
            None => of_file.push(problem),
        }
    }
    let mut items = Vec::new();
    for (index, (row, timed)) in rows.iter().zip(times).enumerate() {
        let Some(timed) = timed else { continue };
        for name in channels_of(row, &options.channels) {
            let Some(channel) = known.iter().find(|channel| channel.name == name) else { continue };
            let series = format!("{}/{}/{}", options.series, row.source.row, channel.name);
            items.push(PlannedItem {
                source: row.source,
                row: index,
                channel: channel.name.clone(),
                network: channel.network.clone(),
                text: row.text_for(&channel.network).to_owned(),
                civil: timed.civil.clone(),
                due_at: timed.due_at,
                shift: timed.shift,
                fixed: timed.fixed,
                category: row.category.clone(),
                cw: row.cw.clone(),
                lang: row.lang.clone(),
                media: row.media.clone(),
                alt: row.alt.iter().map(|alt| if alt == ALT_DECORATIVE { String::new() } else { alt.clone() }).collect(),
                occurrence_key: occurrence_key(&series, &timed.civil),
                warnings: by_line.get(&row.source.line).cloned().unwrap_or_default(),
            });
        }
    }
    items.sort_by_key(|item| (item.due_at, item.row));
    Arranged { items, warnings: of_file }
}

#[cfg(test)]
mod tests;
