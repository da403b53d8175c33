//! What would go out and when, before anything is stored.
//!
//! One function answers for every kind of plan, so that the command line, the programs' door and the page can't differ.
//! What has a time of its own comes first; what waits for a place is put around it; then every line is told what hour it
//! is elsewhere, whether somebody is there, what stands still, and what the channel's cadence says.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::cadence::GAP_MINUTES_USUAL;
use super::wanted::{Addressed, Draft, PreviewChannel, Wanted, event_words};
use super::{
    Absence, ChannelCadence, ChannelQueue, CivilTime, CountedPost, FillRequest, Market, MarketHour, NoPlace, Pause, Presence,
    PresenceAnswer, QueueRule, Rhythm, Shift, TakenPost, Verdict, VerdictLevel, ZoneName, fill, held_by, judge, occurrence_key,
};
use crate::plan::{CategoryKinds, Problem, QueueItem};

/// The most lines of one preview.
pub const LINES_MAX: usize = 50_000;

/// What a preview is made from.
#[derive(Debug, Clone)]
pub struct PreviewRequest<'r> {
    /// What somebody wants; earlier ones come first where places are dealt out.
    pub wanted: &'r [Wanted],
    /// The channels.
    pub channels: &'r [PreviewChannel],
    /// What stands still.
    pub pauses: &'r [Pause],
    /// When the owner is away.
    pub absences: &'r [Absence],
    /// When she is there.
    pub presence: &'r Presence,
    /// Markets whose hour is shown for every line.
    pub markets: &'r [Market],
    /// What her categories are for.
    pub kinds: &'r CategoryKinds,
    /// Now.
    pub now: Timestamp,
    /// How far ahead places are looked for.
    pub days_max: u32,
    /// Chance.
    pub seed: u64,
}

/// Where a line comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "source", rename_all = "snake_case")]
pub enum LineSource {
    /// A time of its own.
    At,
    /// The queue.
    Queue,
    /// A series.
    Series {
        /// Its name.
        series: String,
        /// The number.
        n: u32,
        /// Of how many.
        total: u32,
    },
    /// An event.
    Event {
        /// Its name.
        event: String,
        /// Which of its posts.
        slot: String,
    },
    /// A recurrence.
    Recurring {
        /// Its name.
        recurrence: String,
    },
    /// A market, or several at once.
    Markets {
        /// Their names.
        markets: Vec<String>,
    },
    /// An absence.
    Absence {
        /// Its name.
        absence: String,
    },
}

/// A post on one channel at one time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreviewLine {
    /// The name of its draft, entry or absence.
    pub post: String,
    /// The name of the channel.
    pub channel: String,
    /// The id of its network.
    pub network: String,
    /// The words as they go out.
    pub text: String,
    /// The owner's word to sort by.
    pub category: Option<String>,
    /// Where it comes from.
    pub source: LineSource,
    /// The wall clock by which it is planned.
    pub civil: CivilTime,
    /// When it goes out.
    pub due_at: Timestamp,
    /// What a change of the clock did to it.
    pub shift: Shift,
    /// Never send it at or after this instant.
    pub not_after: Option<Timestamp>,
    /// Unique; the same when the same plan is previewed again.
    pub occurrence_key: String,
    /// The wall clock of the owner.
    pub home: CivilTime,
    /// It asks its readers something.
    pub asks: bool,
    /// Whether the owner is there then.
    pub presence: PresenceAnswer,
    /// What hour it is for whom.
    pub markets: Vec<MarketHour>,
    /// What stands still then, if it holds this.
    pub held: Option<String>,
    /// What the channel's cadence says.
    pub verdicts: Vec<Verdict>,
    /// What the checks of its words found.
    pub problems: Vec<Problem>,
}

impl PreviewLine {
    /// Whether nothing holds or refuses it.
    pub fn goes_out(&self) -> bool {
        let kept = self.verdicts.iter().any(|verdict| verdict.level == VerdictLevel::Hold);
        self.held.is_none() && !kept && !self.problems.iter().any(Problem::refuses)
    }

    /// Whether it asks something of people whom nobody will answer then.
    pub fn asks_nobody(&self) -> bool {
        self.asks && matches!(self.presence, PresenceAnswer::NobodyHome { .. })
    }
}

/// Something without a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WithoutTime {
    /// The name of its draft, entry, event or absence.
    pub post: String,
    /// The channel, if one is meant.
    pub channel: Option<String>,
    /// Why, with the way out behind the semicolon.
    pub why: String,
}

/// What would go out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preview {
    /// By time, then by channel.
    pub lines: Vec<PreviewLine>,
    /// What has no time.
    pub without_time: Vec<WithoutTime>,
}

/// What would go out and when. The same request has the same answer.
pub fn preview(request: &PreviewRequest<'_>) -> Preview {
    let mut open = Open::new(request);
    let mut pauses = request.pauses.to_vec();
    let mut presence = request.presence.clone();
    for absence in request.absences {
        match (absence.pause(), absence.notices(request.now)) {
            (Ok(pause), Ok(notices)) => {
                presence.away.extend(pause.until.map(|until| (pause.from, until)));
                pauses.push(pause);
                for notice in notices {
                    let draft = Draft { channels: notice.channels, ..Draft::new(absence.key.clone(), notice.text, &[]) };
                    let time = Time { civil: notice.civil, due_at: notice.resolved.due_at, shift: notice.resolved.shift, not_after: None };
                    open.fixed(&draft, &LineSource::Absence { absence: absence.key.clone() }, &time, &notice.occurrence_key);
                }
            }
            (Err(error), _) | (_, Err(error)) => open.without(&absence.key, None, error.to_string()),
        }
    }
    for (index, wanted) in request.wanted.iter().enumerate() {
        open.want(index, wanted);
    }
    let until = request.now.checked_add(SignedDuration::from_hours(24 * i64::from(request.days_max))).unwrap_or(Timestamp::MAX);
    let spans = presence.between(request.now, until);
    open.place(&pauses, &presence, &spans);
    let Open { mut lines, mut without_time, .. } = open;
    lines.sort_by(|a, b| (a.due_at, &a.channel, &a.occurrence_key).cmp(&(b.due_at, &b.channel, &b.occurrence_key)));
    lines.truncate(LINES_MAX);
    for line in &mut lines {
        line.home = CivilTime::of_instant(line.due_at, &presence.zone);
        line.presence = if line.due_at <= until { spans.at(line.due_at) } else { presence.at(line.due_at) };
        line.markets = request.markets.iter().map(|market| market.at(line.due_at)).collect();
        let held = held_by(&pauses, line.category.as_deref(), &line.channel, line.due_at);
        let is_notice = matches!(line.source, LineSource::Absence { .. });
        line.held = held.filter(|_| !is_notice).map(|pause| pause.why.clone());
    }
    judge_lines(request, &mut lines);
    without_time.sort_by(|a, b| (&a.post, &a.channel).cmp(&(&b.post, &b.channel)));
    Preview { lines, without_time }
}

/// Tells each line what its channel's cadence says; what stands still is not counted.
fn judge_lines(request: &PreviewRequest<'_>, lines: &mut [PreviewLine]) {
    for channel in request.channels {
        let posts = channel.taken.iter().map(|taken| CountedPost { at: taken.at, kind: kind(request, taken.category.as_deref()) });
        let cadence = ChannelCadence {
            channel: channel.shown.clone(),
            zone: channel.zone.clone(),
            caps: channel.caps.clone(),
            posts: posts.collect(),
            answers: channel.answers,
        };
        let mut own: Vec<&mut PreviewLine> =
            lines.iter_mut().filter(|line| line.channel == channel.channel.name && line.held.is_none()).collect();
        let asked: Vec<CountedPost> =
            own.iter().map(|line| CountedPost { at: line.due_at, kind: kind(request, line.category.as_deref()) }).collect();
        for (line, verdicts) in own.iter_mut().zip(judge(&cadence, &asked, request.now)) {
            line.verdicts = verdicts;
        }
    }
}

fn kind(request: &PreviewRequest<'_>, category: Option<&str>) -> Option<crate::plan::PostKind> {
    category.and_then(|category| request.kinds.of(category))
}

/// The time of a line.
#[derive(Debug, Clone)]
struct Time {
    civil: CivilTime,
    due_at: Timestamp,
    shift: Shift,
    not_after: Option<Timestamp>,
}

/// An item of the queue with what its lines need.
struct Queued {
    post: String,
    /// The words by channel.
    texts: BTreeMap<String, String>,
    category: Option<String>,
    source: LineSource,
    asks: bool,
    problems: Vec<Problem>,
}

struct Open<'r> {
    request: &'r PreviewRequest<'r>,
    lines: Vec<PreviewLine>,
    without_time: Vec<WithoutTime>,
    items: Vec<QueueItem>,
    /// Beside `items`.
    queued: Vec<Queued>,
    /// Rules that only this plan has, for the channels named.
    rules: Vec<(Vec<String>, QueueRule)>,
}

impl<'r> Open<'r> {
    fn new(request: &'r PreviewRequest<'r>) -> Self {
        Self { request, lines: Vec::new(), without_time: Vec::new(), items: Vec::new(), queued: Vec::new(), rules: Vec::new() }
    }

    fn without(&mut self, post: &str, channel: Option<&str>, why: String) {
        self.without_time.push(WithoutTime { post: post.to_owned(), channel: channel.map(str::to_owned), why });
    }

    fn want(&mut self, index: usize, wanted: &Wanted) {
        match wanted {
            Wanted::At { draft, civil } => match civil.resolve() {
                Ok(found) => {
                    let time = Time { civil: civil.clone(), due_at: found.due_at, shift: found.shift, not_after: None };
                    self.fixed(draft, &LineSource::At, &time, &occurrence_key(&draft.key, civil));
                }
                Err(error) => self.without(&draft.key, None, error.to_string()),
            },
            Wanted::Queue { drafts } => {
                for draft in drafts {
                    let category = draft.category.clone().unwrap_or_default();
                    self.queue(draft, &category, LineSource::Queue, None);
                }
            }
            Wanted::Series { series, rhythm, zone, channels, category } => {
                let lane = format!("series {index}: {}", series.key);
                self.rule(channels, &lane, category.as_ref(), rhythm.clone(), zone.clone(), &[]);
                for entry in series.waiting() {
                    let draft = Draft { channels: channels.clone(), category: category.clone(), ..Draft::new(entry.key, entry.text, &[]) };
                    let source = LineSource::Series { series: series.key.clone(), n: entry.n, total: entry.total };
                    self.queue(&draft, &lane, source, None);
                }
            }
            Wanted::Event { event, reminders, drafts } => match (event.check(), event.posts(reminders)) {
                (Ok((begins, _)), Ok(posts)) => {
                    for post in posts.into_iter().filter(|post| post.due_at > self.request.now) {
                        let Some(draft) = drafts.get(post.reminder).or(drafts.last()) else {
                            self.without(&event.key, None, "the event has no words; write some for its reminders".to_owned());
                            break;
                        };
                        let mut draft = draft.clone();
                        draft.text = event_words(&draft.text, event, &post, begins);
                        draft.wordings.values_mut().for_each(|text| *text = event_words(text, event, &post, begins));
                        let source = LineSource::Event { event: event.key.clone(), slot: post.slot.clone() };
                        let time = Time { civil: post.civil, due_at: post.due_at, shift: post.shift, not_after: post.not_after };
                        self.fixed(&draft, &source, &time, &post.occurrence_key);
                    }
                }
                (Err(error), _) | (_, Err(error)) => self.without(&event.key, None, error.to_string()),
            },
            Wanted::Recurring { recurrence, draft, most } => {
                let until = self.request.now.checked_add(SignedDuration::from_hours(24 * i64::from(self.request.days_max)));
                for one in recurrence.between(self.request.now, until.unwrap_or(Timestamp::MAX)).into_iter().take(*most as usize) {
                    let time = Time { civil: one.civil, due_at: one.due_at, shift: one.shift, not_after: None };
                    self.fixed(draft, &LineSource::Recurring { recurrence: recurrence.key.clone() }, &time, &one.occurrence_key);
                }
            }
            Wanted::Markets { drafts, markets, how, rhythm, zone } => self.markets(index, drafts, markets, *how, rhythm, zone),
        }
    }

    /// Each draft in the hours of each market, or of most of them at once.
    fn markets(&mut self, index: usize, drafts: &[Draft], markets: &[Market], how: Addressed, rhythm: &Rhythm, zone: &ZoneName) {
        let groups: Vec<&[Market]> = match how {
            Addressed::Each => markets.chunks(1).collect(),
            Addressed::BestOverlap => vec![markets],
        };
        for group in groups {
            let names: Vec<String> = group.iter().map(|market| market.name.clone()).collect();
            let own = if let [market] = group { Some(market) } else { None };
            for draft in drafts {
                let judged_as = draft.category.clone().unwrap_or_default();
                let lane = format!("markets {index}: {} {judged_as}", names.join("+"));
                let (rhythm, zone) = match own {
                    // The days are those of the rhythm, the hours the market's own.
                    Some(market) => (in_hours(rhythm, market), market.zone.clone()),
                    None => (rhythm.clone(), zone.clone()),
                };
                self.rule(&draft.channels, &lane, draft.category.as_ref(), rhythm, zone, if own.is_some() { &[] } else { group });
                self.queue(draft, &lane, LineSource::Markets { markets: names.clone() }, own.map(|market| market.name.as_str()));
            }
        }
    }

    /// A rule that only this plan has; said twice it is one.
    fn rule(&mut self, channels: &[String], lane: &str, category: Option<&String>, rhythm: Rhythm, zone: ZoneName, overlap: &[Market]) {
        let judged_as = Some(category.cloned().unwrap_or_default());
        let rule = QueueRule { judged_as, overlap: overlap.to_vec(), ..QueueRule::new(lane, rhythm, zone) };
        match self.rules.iter_mut().find(|(_, known)| known.category == rule.category) {
            Some((known, _)) => known.extend(channels.iter().cloned()),
            None => self.rules.push((channels.to_vec(), rule)),
        }
    }

    /// One line for each channel, at a time of its own.
    fn fixed(&mut self, draft: &Draft, source: &LineSource, time: &Time, key: &str) {
        if time.due_at <= self.request.now {
            let wall = time.civil.at.strftime("%Y-%m-%d %H:%M");
            return self.without(&draft.key, None, format!("the time {wall} {} is past; give a later one", time.civil.zone));
        }
        for channel in draft.each_channel() {
            let Some(known) = self.request.channels.iter().find(|known| known.channel.name == channel) else {
                let why = format!("there is no channel {channel:?}; look at the list of channels");
                self.without(&draft.key, Some(&channel), why);
                continue;
            };
            let queued = Queued {
                post: draft.key.clone(),
                texts: BTreeMap::from([(channel.clone(), draft.words(&channel, None).to_owned())]),
                category: draft.category.clone(),
                source: source.clone(),
                asks: draft.asks(),
                problems: draft.problems.clone(),
            };
            self.lines.push(line(&queued, known, time.clone(), format!("{channel}/{key}")));
        }
    }

    fn queue(&mut self, draft: &Draft, lane: &str, source: LineSource, market: Option<&str>) {
        let channels = draft.each_channel();
        let texts = channels.iter().map(|channel| (channel.clone(), draft.words(channel, market).to_owned())).collect();
        let asks = draft.asks();
        self.items.push(QueueItem { key: draft.key.clone(), category: lane.to_owned(), channels, asks });
        let (post, category, problems) = (draft.key.clone(), draft.category.clone(), draft.problems.clone());
        self.queued.push(Queued { post, texts, category, source, asks, problems });
    }

    /// Puts what waits into its places, around what has a time of its own.
    fn place(&mut self, pauses: &[Pause], presence: &Presence, spans: &super::PresenceSpans) {
        let channels: Vec<ChannelQueue> = self.request.channels.iter().map(|channel| self.channel_queue(channel)).collect();
        let request = FillRequest {
            items: &self.items,
            channels: &channels,
            pauses,
            presence: presence.hours.as_ref().map(|_| spans),
            now: self.request.now,
            days_max: self.request.days_max,
            seed: self.request.seed,
        };
        let filled = fill(&request);
        for place in filled.placed {
            let known = self.request.channels.iter().find(|known| known.channel.name == place.channel);
            let (Some(queued), Some(known)) = (self.queued.get(place.item), known) else { continue };
            let key = match &queued.source {
                LineSource::Series { series, .. } => format!("series:{series}/{}", queued.post),
                LineSource::Markets { markets } => format!("market:{}/{}", markets.join("+"), queued.post),
                _ => format!("queue:{}", queued.post),
            };
            let shift = place.civil.resolve().map_or(Shift::None, |found| found.shift);
            let time = Time { civil: place.civil, due_at: place.due_at, shift, not_after: None };
            self.lines.push(line(queued, known, time, format!("{}/{key}", place.channel)));
        }
        for one in filled.unplaced {
            let Some(queued) = self.queued.get(one.item) else { continue };
            let why = match one.why {
                NoPlace::NoWindows { category, channel } if category.is_empty() => {
                    format!("it has no category, so it has no windows on {channel}; give it one, or a time")
                }
                why => why.to_string(),
            };
            self.without_time.push(WithoutTime { post: queued.post.clone(), channel: Some(one.channel), why });
        }
    }

    /// A channel with this plan's own rules, and all that goes out on it at a time of its own.
    fn channel_queue(&self, channel: &PreviewChannel) -> ChannelQueue {
        let name = &channel.channel.name;
        let own = self.rules.iter().filter(|(channels, _)| channels.contains(name)).map(|(_, rule)| rule.clone());
        let fixed = self.lines.iter().filter(|line| line.channel == *name);
        let fixed = fixed.map(|line| TakenPost { at: line.due_at, category: line.category.clone(), queued: false });
        ChannelQueue {
            channel: name.clone(),
            rules: channel.rules.iter().cloned().chain(own).collect(),
            gap_minutes: channel.caps.gap_minutes_min.unwrap_or(GAP_MINUTES_USUAL),
            per_day_max: channel.caps.per_day_max,
            zone: channel.zone.clone(),
            taken: channel.taken.iter().cloned().chain(fixed).collect(),
        }
    }
}

/// The rhythm's days and amount in a market's hours.
fn in_hours(rhythm: &Rhythm, market: &Market) -> Rhythm {
    let days = rhythm.windows.days();
    let mut windows = market.hours.clone();
    for window in &mut windows.0 {
        window.days = window.days.iter().filter(|day| days.has(*day)).fold(super::WeekDays::default(), super::WeekDays::with);
    }
    windows.0.retain(|window| !window.days.is_empty());
    Rhythm { windows, ..rhythm.clone() }
}

/// A line without what is the same for all.
fn line(queued: &Queued, channel: &PreviewChannel, time: Time, occurrence_key: String) -> PreviewLine {
    PreviewLine {
        post: queued.post.clone(),
        channel: channel.channel.name.clone(),
        network: channel.channel.network.clone(),
        text: queued.texts.get(&channel.channel.name).cloned().unwrap_or_default(),
        category: queued.category.clone(),
        source: queued.source.clone(),
        home: time.civil.clone(),
        civil: time.civil,
        due_at: time.due_at,
        shift: time.shift,
        not_after: time.not_after,
        occurrence_key,
        asks: queued.asks,
        presence: PresenceAnswer::NotSaid,
        markets: Vec::new(),
        held: None,
        verdicts: Vec::new(),
        problems: queued.problems.clone(),
    }
}

#[cfg(test)]
mod mixed_tests;
#[cfg(test)]
mod tests;
