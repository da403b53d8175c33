//! What makes a channel a ticker, said before anything is stored.
//!
//! Four things are counted on each channel: posts a day, minutes between two posts, the share of promotion, and
//! broadcasts for each answer over thirty days. What breaks a number that the channel's owner set herself is held; what
//! only passes the usual is said. The usual is Kith's own judgement, not a network's rule, and any of it can be set.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::ZoneName;
use crate::plan::PostKind;

/// More posts a day than this are told, unless the channel has a number of its own.
pub const PER_DAY_USUAL: u32 = 5;
/// Posts nearer to each other than this are told.
pub const GAP_MINUTES_USUAL: u32 = 45;
/// Three posts in a row, each so near to the next, are a ticker ("every 10 to 50 minutes").
pub const TICKER_MINUTES: u32 = 50;
/// A greater share of promotion than this, in percent, is told.
pub const PROMOTION_PERCENT_USUAL: u32 = 33;
/// More broadcasts than this for each answer are told.
pub const BROADCASTS_PER_ANSWER_USUAL: u32 = 4;
/// The days over which shares and ratios are counted.
pub const COUNTED_DAYS: i64 = 30;
/// Fewer posts than this say nothing about shares and ratios.
pub const POSTS_COUNTED_MIN: u32 = 6;

const DAY_SECONDS: i64 = 86_400;

/// What the owner set for a channel; what she did not set is judged by the usual and only told.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CadenceCaps {
    /// The most posts a day.
    pub per_day_max: Option<u32>,
    /// The least minutes between two posts.
    pub gap_minutes_min: Option<u32>,
    /// The greatest share of promotion, in percent.
    pub promotion_percent_max: Option<u32>,
    /// The most broadcasts for each answer.
    pub broadcasts_per_answer_max: Option<u32>,
}

/// A channel and what is known about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChannelCadence {
    /// Its name, as it is shown: `Mastodon`, `@lark`.
    pub channel: String,
    /// The zone in which its days are counted.
    pub zone: ZoneName,
    /// What the owner set.
    pub caps: CadenceCaps,
    /// Broadcasts that are out or planned already, in any order.
    pub posts: Vec<CountedPost>,
    /// Answers by a person in the last thirty days; `None` if they can't be known.
    pub answers: Option<u32>,
}

/// A broadcast.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CountedPost {
    /// When.
    pub at: Timestamp,
    /// What for, if that is known.
    pub kind: Option<PostKind>,
}

/// Whether a verdict stops a post.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VerdictLevel {
    /// It is told, and the post goes out.
    Tell,
    /// The post is held until a person says so or its time is changed.
    Hold,
}

/// What is found about one planned post.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// Whether it stops the post.
    pub level: VerdictLevel,
    /// What is found.
    #[serde(flatten)]
    pub finding: Finding,
}

/// What is found; the name of the variant is its code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Finding {
    /// So many on one day.
    PostsADay {
        /// Which of the day this is, from 1.
        nth: u32,
        /// The most.
        most: u32,
        /// The day is today.
        today: bool,
        /// The day.
        date: Date,
        /// Where.
        channel: String,
    },
    /// Too near to another.
    Gap {
        /// Minutes to the nearest.
        minutes: u32,
        /// The least.
        least: u32,
        /// Where.
        channel: String,
    },
    /// One of a row that never stops.
    Ticker {
        /// How many stand in the row, this one among them.
        posts: u32,
        /// Where.
        channel: String,
    },
    /// Too much promotion.
    Promotion {
        /// The share in the thirty days up to this post.
        percent: u32,
        /// The most.
        most: u32,
        /// Where.
        channel: String,
    },
    /// Too few answers.
    Ratio {
        /// Broadcasts in the thirty days up to this post.
        broadcasts: u32,
        /// Answers in the last thirty days.
        answers: u32,
        /// The most broadcasts for each answer.
        most: u32,
        /// Where.
        channel: String,
    },
}

impl Verdict {
    /// What can be done, as a sentence without a full stop.
    pub fn way_out(&self) -> &'static str {
        match self.finding {
            Finding::PostsADay { .. } => "put it on another day",
            Finding::Gap { .. } => "move one of the two",
            Finding::Ticker { .. } => "leave more time between them, or make them one thread",
            Finding::Promotion { .. } => "put a tip or something personal before it",
            Finding::Ratio { .. } => "answer somebody first",
        }
    }
}

impl fmt::Display for Verdict {
    /// `this would be the sixth today on Mastodon (5 are usual)`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bound = |most: u32| match self.level {
            VerdictLevel::Hold => format!("your limit is {most}"),
            VerdictLevel::Tell => format!("{most} are usual"),
        };
        match &self.finding {
            Finding::PostsADay { nth, most, today, date, channel } => {
                let day = if *today { "today".to_owned() } else { date.strftime("on %a %-d %b").to_string() };
                write!(f, "this would be the {} {day} on {channel} ({})", ordinal(*nth), bound(*most))
            }
            Finding::Gap { minutes, least, channel } => {
                let least = match self.level {
                    VerdictLevel::Hold => format!("your least is {least}"),
                    VerdictLevel::Tell => format!("{least} are usual"),
                };
                write!(f, "it stands {minutes} minutes from another post on {channel} ({least})")
            }
            Finding::Ticker { posts, channel } => {
                write!(f, "it is one of {posts} posts in a row on {channel}, none more than {TICKER_MINUTES} minutes from the next")
            }
            Finding::Promotion { percent, most, channel } => {
                write!(f, "with it {percent} percent of {COUNTED_DAYS} days on {channel} are promotion ({})", bound(*most))
            }
            Finding::Ratio { broadcasts, answers, most, channel } => {
                let limit = bound(*most);
                write!(
                    f,
                    "with it {broadcasts} broadcasts stand against {answers} answers in {COUNTED_DAYS} days on {channel} ({limit} for each)"
                )
            }
        }
    }
}

/// `first` to `twentieth`, then `21st`.
fn ordinal(n: u32) -> String {
    const WORDS: [&str; 20] = [
        "first",
        "second",
        "third",
        "fourth",
        "fifth",
        "sixth",
        "seventh",
        "eighth",
        "ninth",
        "tenth",
        "eleventh",
        "twelfth",
        "thirteenth",
        "fourteenth",
        "fifteenth",
        "sixteenth",
        "seventeenth",
        "eighteenth",
        "nineteenth",
        "twentieth",
    ];
    let word = n.checked_sub(1).and_then(|index| WORDS.get(index as usize));
    let end = match (n % 10, n % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    word.map_or_else(|| format!("{n}{end}"), |word| (*word).to_owned())
}

/// The verdicts on planned posts of one channel, one list for each, in the order given; `now` tells which day is today.
///
/// Each is judged with what is out, what is planned, and those before it in time among the asked; one that is held does
/// not count for those behind it.
pub fn judge(cadence: &ChannelCadence, asked: &[CountedPost], now: Timestamp) -> Vec<Vec<Verdict>> {
    let mut order: Vec<usize> = (0..asked.len()).collect();
    order.sort_by_key(|index| asked.get(*index).map(|post| (post.at, *index)));
    let mut counted = Counted::new(cadence);
    let mut verdicts: Vec<Vec<Verdict>> = vec![Vec::new(); asked.len()];
    for index in order {
        let (Some(post), Some(slot)) = (asked.get(index), verdicts.get_mut(index)) else { continue };
        *slot = counted.judge(cadence, *post, now);
        if slot.iter().all(|verdict| verdict.level == VerdictLevel::Tell) {
            counted.add(cadence, *post);
        }
    }
    verdicts
}

/// What stands on the channel so far.
struct Counted {
    /// Seconds and kinds, sorted by time.
    posts: Vec<(i64, Option<PostKind>)>,
    on_day: BTreeMap<Date, u32>,
}

impl Counted {
    fn new(cadence: &ChannelCadence) -> Self {
        let mut posts: Vec<(i64, Option<PostKind>)> = cadence.posts.iter().map(|post| (post.at.as_second(), post.kind)).collect();
        posts.sort_unstable();
        let mut on_day: BTreeMap<Date, u32> = BTreeMap::new();
        for post in &cadence.posts {
            *on_day.entry(day(cadence, post.at)).or_default() += 1;
        }
        Self { posts, on_day }
    }

    fn add(&mut self, cadence: &ChannelCadence, post: CountedPost) {
        let index = self.posts.partition_point(|(second, _)| *second <= post.at.as_second());
        self.posts.insert(index, (post.at.as_second(), post.kind));
        *self.on_day.entry(day(cadence, post.at)).or_default() += 1;
    }

    fn judge(&self, cadence: &ChannelCadence, post: CountedPost, now: Timestamp) -> Vec<Verdict> {
        let channel = cadence.channel.clone();
        let second = post.at.as_second();
        let mut verdicts = Vec::new();
        let date = day(cadence, post.at);
        let nth = self.on_day.get(&date).copied().unwrap_or(0) + 1;
        let (most, level) = bound(cadence.caps.per_day_max, PER_DAY_USUAL);
        if nth > most {
            let today = date == day(cadence, now);
            verdicts.push(Verdict { level, finding: Finding::PostsADay { nth, most, today, date, channel: channel.clone() } });
        }
        let at = self.posts.partition_point(|(other, _)| *other <= second);
        let beside = [at.checked_sub(1), Some(at)].into_iter().flatten().filter_map(|index| self.posts.get(index));
        let (least, level) = bound(cadence.caps.gap_minutes_min, GAP_MINUTES_USUAL);
        let apart = beside.map(|(other, _)| (other - second).abs()).min();
        if let Some(apart) = apart.filter(|apart| *apart < i64::from(least) * 60) {
            let minutes = (apart / 60) as u32;
            verdicts.push(Verdict { level, finding: Finding::Gap { minutes, least, channel: channel.clone() } });
        }
        let posts = self.row(at, second);
        if posts >= 3 {
            verdicts.push(Verdict { level: VerdictLevel::Tell, finding: Finding::Ticker { posts, channel: channel.clone() } });
        }
        self.shares(cadence, post, &mut verdicts);
        verdicts
    }

    /// How many posts stand in a row around the place `at`, none farther than a ticker's step from the next.
    fn row(&self, at: usize, second: i64) -> u32 {
        let step = i64::from(TICKER_MINUTES) * 60;
        let run = |others: &mut dyn Iterator<Item = &(i64, Option<PostKind>)>| {
            let mut last = second;
            let near = others.take_while(|(other, _)| {
                let near = (other - last).abs() <= step;
                last = *other;
                near
            });
            near.count() as u32
        };
        let (before, behind) = self.posts.split_at(at.min(self.posts.len()));
        1 + run(&mut before.iter().rev()) + run(&mut behind.iter())
    }

    /// Promotion and answers over the thirty days up to the post.
    fn shares(&self, cadence: &ChannelCadence, post: CountedPost, verdicts: &mut Vec<Verdict>) {
        let second = post.at.as_second();
        let from = self.posts.partition_point(|(other, _)| *other <= second - COUNTED_DAYS * DAY_SECONDS);
        let to = self.posts.partition_point(|(other, _)| *other <= second);
        let window = self.posts.get(from..to).unwrap_or_default();
        let broadcasts = window.len() as u32 + 1;
        if broadcasts < POSTS_COUNTED_MIN {
            return;
        }
        let channel = cadence.channel.clone();
        let promotion = |kind: Option<PostKind>| u32::from(kind == Some(PostKind::Promotion));
        let known = |kind: Option<PostKind>| u32::from(kind.is_some());
        let (mut promoting, mut all) = (promotion(post.kind), known(post.kind));
        for (_, kind) in window {
            promoting += promotion(*kind);
            all += known(*kind);
        }
        let percent = (promoting * 100).checked_div(all).unwrap_or(0);
        let (most, level) = bound(cadence.caps.promotion_percent_max, PROMOTION_PERCENT_USUAL);
        // Only what promotes is told of it: help is what mends the share.
        if post.kind == Some(PostKind::Promotion) && all >= POSTS_COUNTED_MIN && percent > most {
            verdicts.push(Verdict { level, finding: Finding::Promotion { percent, most, channel: channel.clone() } });
        }
        let Some(answers) = cadence.answers else { return };
        let (most, level) = bound(cadence.caps.broadcasts_per_answer_max, BROADCASTS_PER_ANSWER_USUAL);
        if broadcasts > most.saturating_mul(answers.max(1)) {
            verdicts.push(Verdict { level, finding: Finding::Ratio { broadcasts, answers, most, channel } });
        }
    }
}

fn bound(own: Option<u32>, usual: u32) -> (u32, VerdictLevel) {
    own.map_or((usual, VerdictLevel::Tell), |own| (own, VerdictLevel::Hold))
}

fn day(cadence: &ChannelCadence, at: Timestamp) -> Date {
    cadence.zone.rules().to_datetime(at).date()
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use proptest::prelude::*;

    use super::*;

    fn now() -> Timestamp {
        "2026-12-01T08:00:00Z".parse().unwrap()
    }

    fn post(minutes: i64, kind: Option<PostKind>) -> CountedPost {
        CountedPost { at: now() + SignedDuration::from_mins(minutes), kind }
    }

    fn mastodon(posts: Vec<CountedPost>) -> ChannelCadence {
        let zone = ZoneName::parse("Europe/Lisbon").unwrap();
        ChannelCadence { channel: "Mastodon".into(), zone, caps: CadenceCaps::default(), posts, answers: None }
    }

    fn shown(cadence: &ChannelCadence, asked: &[CountedPost]) -> Vec<String> {
        let line = |verdict: &Verdict| format!("{:?}: {verdict}; {}", verdict.level, verdict.way_out());
        judge(cadence, asked, now()).iter().map(|verdicts| verdicts.iter().map(line).collect::<Vec<_>>().join(" / ")).collect()
    }

    #[test]
    fn the_sixth_today_is_told_and_the_channels_own_cap_holds() {
        let mut cadence = mastodon((0..5).map(|n| post(n * 100, None)).collect());
        let told = shown(&cadence, &[post(700, None), post(2_000, None)]);
        assert_eq!(told, ["Tell: this would be the sixth today on Mastodon (5 are usual); put it on another day", ""]);
        cadence.caps.per_day_max = Some(5);
        let held = shown(&cadence, &[post(800, None), post(700, None)]);
        assert_eq!(
            held, ["Hold: this would be the sixth today on Mastodon (your limit is 5); put it on another day"; 2],
            "what is held does not count"
        );
        cadence.caps.per_day_max = Some(1);
        let held = shown(&cadence, &[post(1_700, None), post(1_900, None)]);
        assert_eq!(held[1], "Hold: this would be the second on Wed 2 Dec on Mastodon (your limit is 1); put it on another day");
    }

    #[test]
    fn a_ticker_is_seen_in_the_middle_of_its_row() {
        let cadence = mastodon(vec![post(0, None), post(100, None)]);
        let told = shown(&cadence, &[post(50, None)]);
        assert_eq!(
            told,
            [
                "Tell: it is one of 3 posts in a row on Mastodon, none more than 50 minutes from the next; leave more time between them, or make them one thread"
            ]
        );
        let mut cadence = mastodon(vec![post(0, None)]);
        cadence.caps.gap_minutes_min = Some(60);
        let held = shown(&cadence, &[post(59, None), post(60, None)]);
        assert_eq!(held, ["Hold: it stands 59 minutes from another post on Mastodon (your least is 60); move one of the two", ""]);
    }

    #[test]
    fn too_much_promotion_and_too_few_answers_are_told() {
        let kind = |n: i64| Some(if n % 2 == 0 { PostKind::Promotion } else { PostKind::Help });
        let mut cadence = mastodon((1..10).map(|n| post(-n * 1_440, kind(n))).collect());
        let told = shown(&cadence, &[post(60, Some(PostKind::Promotion)), post(200, Some(PostKind::Personal))]);
        assert_eq!(
            told,
            ["Tell: with it 50 percent of 30 days on Mastodon are promotion (33 are usual); put a tip or something personal before it", ""]
        );
        cadence.answers = Some(1);
        cadence.caps.broadcasts_per_answer_max = Some(9);
        let held = shown(&cadence, &[post(200, None)]);
        assert_eq!(
            held,
            [
                "Hold: with it 10 broadcasts stand against 1 answers in 30 days on Mastodon (your limit is 9 for each); answer somebody first"
            ]
        );
        cadence.answers = Some(2);
        assert_eq!(shown(&cadence, &[post(200, None)]), [""]);
    }

    proptest! {
        #[test]
        fn what_is_not_held_keeps_the_caps(
            minutes in prop::collection::vec(-20_000_i64..20_000, 0..60),
            out in prop::collection::vec(-20_000_i64..20_000, 0..20),
            cap in 1_u32..6,
            gap in 5_u32..300,
        ) {
            let mut cadence = mastodon(out.iter().map(|minute| post(*minute, None)).collect());
            cadence.caps = CadenceCaps { per_day_max: Some(cap), gap_minutes_min: Some(gap), ..CadenceCaps::default() };
            let asked: Vec<CountedPost> = minutes.iter().map(|minute| post(*minute, None)).collect();
            let verdicts = judge(&cadence, &asked, now());
            let going = asked.iter().zip(&verdicts).filter(|(_, found)| found.iter().all(|verdict| verdict.level == VerdictLevel::Tell));
            let going: Vec<CountedPost> = going.map(|(post, _)| *post).collect();
            for (index, one) in going.iter().enumerate() {
                let others = going.iter().enumerate().filter(|(other, _)| *other != index).map(|(_, other)| other).chain(&cadence.posts);
                prop_assert!(others.clone().all(|other| (other.at.as_second() - one.at.as_second()).abs() >= i64::from(gap) * 60));
                let same = others.filter(|other| day(&cadence, other.at) == day(&cadence, one.at)).count();
                prop_assert!(same < cap as usize);
            }
        }
    }
}
