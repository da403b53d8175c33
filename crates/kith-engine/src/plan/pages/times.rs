//! When a post could go out: the next free place of each category, the hours of each market, while the owner is there,
//! and a time of one's own. Each is asked of the one preview that also plans.

use std::collections::BTreeMap;

use jiff::civil::DateTime;
use jiff::{SignedDuration, Timestamp, ToSpan as _};
use kith_domain::plan::question::asks;
use kith_domain::schedule::{Addressed, Draft, Market, PreviewLine, Rhythm, Wanted, ZoneName};
use kith_store::ChannelRow;

use super::super::program::{Meaning, PlanRules, ProgramEdit, QueueStep, QueueWish, SourceKind};
use super::composed::LocalTime;
use super::write::{categories, presence, zone};
use super::{ComposeWhen, Composed, here, reader};
use crate::kith::Kith;
use crate::mandate::sign_in::Visitor;
use crate::problem::Problem;
use crate::views::SlotView;
use crate::words::Calendar;

/// Categories and markets whose next time is offered.
const PLACES_MAX: usize = 3;
const MARKETS_SHOWN_MAX: usize = 2;
/// Stands for words that are not written yet, when a place is looked for.
const STAND_IN: &str = "A post that is not written yet";
/// The names of what is only asked, never stored.
const ASKED: &str = "a post that is being written";
const ASKED_KEY: &str = "composer";
/// How soon while the owner is there, in minutes: time to read it once more.
const HERE_SOON_MIN: i64 = 15;
/// How much of her presence must be left for the answers, in minutes.
const HERE_LEFT_MIN: i64 = 30;
/// How local times are written in forms.
const FORM: &str = "%Y-%m-%dT%H:%M";

/// Times to choose from, and what was chosen.
pub(super) struct Times {
    pub(super) slots: Vec<SlotView>,
    pub(super) own: Option<SlotView>,
    pub(super) chosen: String,
    /// The local time of each channel's version; those without one have none.
    pub(super) by_channel: BTreeMap<String, LocalTime>,
    /// Why there is no time: its field and the words.
    pub(super) without: Vec<(String, String)>,
    pub(super) at: String,
    pub(super) zone: String,
    pub(super) asks: bool,
}

impl Kith {
    pub(super) async fn times(
        &self,
        visitor: &Visitor,
        post: &Composed,
        rules: &PlanRules,
        channels: &[ChannelRow],
    ) -> Result<Times, Problem> {
        let calendar = self.calendar(&visitor.zone);
        let asks = post.channels.iter().any(|name| asks(post.words(name))) || !post.poll.is_empty();
        let named: Vec<String> =
            if post.channels.is_empty() { channels.iter().map(|channel| channel.name.clone()).collect() } else { post.channels.clone() };
        let mut slots = Vec::new();
        for category in categories(rules).into_iter().take(PLACES_MAX) {
            let on: Vec<String> = named.iter().filter(|name| has_category(rules, name, &category)).cloned().collect();
            if on.is_empty() {
                continue;
            }
            let lines = match self.placed(visitor, post, &category, on).await {
                Ok((lines, _)) => lines,
                Err(Problem::Invalid { .. }) => continue,
                Err(problem) => return Err(problem),
            };
            let words = format!("Next free place for {category}");
            slots.push(match lines.first() {
                Some(line) => {
                    slot(format!("place:{category}"), &calendar, line.due_at, words, (here(&line.presence), line.presence.to_string()))
                }
                None => SlotView { value: String::new(), title: "No free place".into(), words, here: None, presence: String::new() },
            });
        }
        let there = presence(visitor, rules)?;
        for market in rules.markets.iter().filter(|market| market.zone.to_string() != visitor.zone).take(MARKETS_SHOWN_MAX) {
            if let Some(at) = self.in_market(visitor, &named, market).await? {
                let local = at.to_zoned(market.zone.rules().clone());
                let value = format!("market:{}|{}", market.name, local.strftime(FORM));
                let answer = there.at(at);
                let words = format!("{}, {}", market.name, local.strftime("%H:%M"));
                slots.push(slot(value, &calendar, at, words, (here(&answer), answer.to_string())));
            }
        }
        if let Some(at) = next_here(&there, self.now(), visitor)? {
            let local = at.to_zoned(zone(visitor)?.rules().clone());
            let answer = there.at(at);
            let shown = (here(&answer), answer.to_string());
            slots.push(slot(format!("here:{}", local.strftime(FORM)), &calendar, at, "While you’re here to answer".into(), shown));
        }
        let mut times = Times {
            slots,
            own: None,
            chosen: String::new(),
            by_channel: BTreeMap::new(),
            without: Vec::new(),
            at: if post.at.trim().is_empty() { calendar.suggested() } else { post.at.trim().to_owned() },
            zone: if post.zone.trim().is_empty() { visitor.zone.clone() } else { post.zone.trim().to_owned() },
            asks,
        };
        times.own = own_time(&times, &calendar, &there);
        times.choose(post);
        self.resolve(visitor, post, &mut times).await?;
        Ok(times)
    }

    /// The local time of each channel's version.
    async fn resolve(&self, visitor: &Visitor, post: &Composed, times: &mut Times) -> Result<(), Problem> {
        let chosen = times.chosen.clone();
        let (kind, rest) = chosen.split_once(':').unwrap_or((chosen.as_str(), ""));
        let one = match kind {
            "place" => {
                let (lines, without) = match self.placed(visitor, post, rest, post.channels.clone()).await {
                    Ok(placed) => placed,
                    Err(Problem::Invalid { field, why }) => {
                        times.without.push((field, why));
                        return Ok(());
                    }
                    Err(problem) => return Err(problem),
                };
                let tz = zone(visitor)?;
                for line in lines {
                    let local = line.due_at.to_zoned(tz.rules().clone());
                    let at = local.strftime("%Y-%m-%dT%H:%M:%S").to_string();
                    times.by_channel.entry(line.channel.clone()).or_insert((at, visitor.zone.clone()));
                }
                times.without.extend(without.into_iter().map(|why| ("category".to_owned(), why)));
                None
            }
            "market" => {
                let (name, at) = rest.split_once('|').unwrap_or((rest, ""));
                let rules = self.plan_rules(visitor.workspace).await?;
                match rules.markets.iter().find(|market| market.name == name) {
                    Some(market) => Some((at.to_owned(), market.zone.to_string())),
                    None => {
                        times.without.push(("when".into(), format!("the market {name} is gone; choose another time")));
                        None
                    }
                }
            }
            "here" => Some((rest.to_owned(), visitor.zone.clone())),
            _ => Some((times.at.clone(), times.zone.clone())),
        };
        if let Some(one) = one {
            times.by_channel.extend(post.channels.iter().map(|name| (name.clone(), one.clone())));
        }
        for name in &post.later {
            if let Some((at, _)) = times.by_channel.get_mut(name)
                && let Ok(civil) = at.parse::<DateTime>()
            {
                *at = civil.saturating_add(1.day()).strftime("%Y-%m-%dT%H:%M:%S").to_string();
            }
        }
        Ok(())
    }

    /// The next places of this category, by time, and why there is none where there is none. Stores nothing.
    pub(super) async fn placed(
        &self,
        visitor: &Visitor,
        post: &Composed,
        category: &str,
        channels: Vec<String>,
    ) -> Result<(Vec<PreviewLine>, Vec<String>), Problem> {
        let mut text =
            if post.text.trim().is_empty() { post.wordings.values().next().cloned().unwrap_or_default() } else { post.text.clone() };
        if text.trim().is_empty() {
            text = STAND_IN.into();
        }
        let wish = QueueWish { texts: vec![text], category: category.to_owned(), channels, first: false };
        let edit = self.queue_add(visitor.workspace, &wish).await?;
        let name = match &edit {
            ProgramEdit::Queue(QueueStep::Add { drafts, .. }) => drafts.last().map(|draft| draft.key.clone()).unwrap_or_default(),
            _ => String::new(),
        };
        let diff = self.glance_program(&reader(visitor), &edit).await?;
        let mut lines: Vec<PreviewLine> = diff.lines.into_iter().chain(diff.kept_back).filter(|line| line.post == name).collect();
        lines.sort_by_key(|line| line.due_at);
        Ok((lines, diff.without_time.into_iter().filter(|one| one.post == name).map(|one| one.why).collect()))
    }

    /// The next instant in a market's hours that is free on these channels.
    async fn in_market(&self, visitor: &Visitor, channels: &[String], market: &Market) -> Result<Option<Timestamp>, Problem> {
        let draft = Draft { channels: channels.to_vec(), ..Draft::new(ASKED_KEY.to_owned(), STAND_IN, &[]) };
        let wanted = Wanted::Markets {
            drafts: vec![draft],
            markets: vec![market.clone()],
            how: Addressed::Each,
            rhythm: Rhythm::one_a_day(),
            zone: market.zone.clone(),
        };
        let meaning = Box::new(Meaning::Plan { wanted, extras: BTreeMap::new() });
        let edit = ProgramEdit::Put { kind: SourceKind::Markets, name: ASKED.into(), meaning, read: None };
        let diff = self.glance_program(&reader(visitor), &edit).await?;
        Ok(diff.lines.iter().chain(&diff.kept_back).filter(|line| line.post == ASKED_KEY).map(|line| line.due_at).min())
    }
}

impl Times {
    /// What is chosen: what the person said, else the first time at which she is there if the post asks something, else
    /// the first that there is.
    fn choose(&mut self, post: &Composed) {
        let said = match &post.when {
            ComposeWhen::Open => None,
            ComposeWhen::At => Some("at".to_owned()),
            ComposeWhen::Place(category) => Some(format!("place:{category}")),
            ComposeWhen::Market { name, at } => Some(format!("market:{name}|{at}")),
            ComposeWhen::Here { at } => Some(format!("here:{at}")),
        };
        let is_free = |slot: &&SlotView| !slot.value.is_empty();
        let present = self.slots.iter().filter(is_free).find(|slot| slot.here == Some(true)).filter(|_| self.asks);
        let first = present.or_else(|| self.slots.iter().find(is_free));
        self.chosen = said.or_else(|| first.map(|slot| slot.value.clone())).unwrap_or_else(|| "at".into());
    }
}

/// The next time at which the owner is there and stays for a while.
fn next_here(there: &kith_domain::schedule::Presence, now: Timestamp, visitor: &Visitor) -> Result<Option<Timestamp>, Problem> {
    let tz = zone(visitor)?;
    let soon = now.saturating_add(SignedDuration::from_mins(HERE_SOON_MIN)).unwrap_or(now);
    let spans = there.between(now, now);
    for (from, until) in spans.here() {
        // A full five minutes, as people say times.
        let begin = from.max(soon).to_zoned(tz.rules().clone());
        let round = jiff::ZonedRound::new().smallest(jiff::Unit::Minute).increment(5).mode(jiff::RoundMode::Ceil);
        let Ok(begin) = begin.round(round) else { continue };
        let begin = begin.timestamp();
        if until.duration_since(begin) >= SignedDuration::from_mins(HERE_LEFT_MIN) {
            return Ok(Some(begin));
        }
    }
    Ok(None)
}

fn slot(value: String, calendar: &Calendar, at: Timestamp, words: String, (here, presence): (Option<bool>, String)) -> SlotView {
    let moment = calendar.moment(at);
    // "nobody home" is enough to choose by; how long she stays says more.
    let presence = if here == Some(false) { presence.split(',').next().unwrap_or_default().to_owned() } else { presence };
    SlotView { value, title: format!("{}, {}", moment.day_short, moment.time), words, here, presence }
}

/// The time of one's own, with who is there then.
pub(super) fn own_time(times: &Times, calendar: &Calendar, there: &kith_domain::schedule::Presence) -> Option<SlotView> {
    let tz = ZoneName::parse(&times.zone).ok()?;
    let at = times.at.parse::<DateTime>().ok()?.to_zoned(tz.rules().clone()).ok()?.timestamp();
    let answer = there.at(at);
    Some(slot("at".into(), calendar, at, String::new(), (here(&answer), answer.to_string())))
}

fn has_category(rules: &PlanRules, channel: &str, category: &str) -> bool {
    rules.windows.get(channel).is_some_and(|rules| rules.iter().any(|rule| rule.category == category))
}
