//! What is said to the program's lines: the judgement of single posts and of plans from files, by the same functions.
//!
//! Words that were stored are not judged into silence later: what is found in them is shown, and only what is new or
//! worded anew can be refused or held, or has its links and pages looked at.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use kith_domain::plan::policy::Entry as WayIn;
use kith_domain::plan::safety::links::LinkReport;
use kith_domain::plan::{ALT_DECORATIVE, Parsed, PlanChannel, PlanRow, Problem as PlanProblem, Reason, Severity, SourceLine, lint};
use kith_domain::publish::Content;
use kith_domain::publish::extras::LinkCard;
use kith_domain::schedule::{PlannedItem, PreviewLine, Wanted};
use kith_store::{ChannelRow, DispatchView};

use super::owners::Owners;
use super::stored::{Stored, is_open};
use super::{Extra, Living, Meaning, PlanRules};
use crate::kith::Kith;
use crate::plan::arrange::PreviewItem;
use crate::plan::judge::{Asking, Item};
use crate::plan::links::LookedUp;
use crate::plan::media::ReadPicture;
use crate::plan::thread;
use crate::problem::Problem;

/// Whether pages behind links are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outside {
    /// Those of words that are new.
    Looked,
    /// Nobody outside is asked; what was seen a moment ago still holds.
    Remembered,
}

/// What lines are judged with.
pub(super) struct Bench<'b> {
    pub(super) rules: &'b PlanRules,
    pub(super) owners: &'b Owners<'b>,
    pub(super) stored: &'b Stored,
    pub(super) channels: &'b [ChannelRow],
    /// What goes out beside the program, by the channel's name.
    pub(super) views: &'b BTreeMap<&'b str, Vec<DispatchView>>,
    pub(super) entry: WayIn,
    pub(super) outside: Outside,
}

/// What came of it.
#[derive(Debug, Default)]
pub(super) struct Judged {
    /// What goes out, by the line's place in the plan.
    pub(super) contents: BTreeMap<String, Content>,
    /// The cards among it.
    pub(super) cards: BTreeMap<String, Vec<LinkCard>>,
    /// Their pictures.
    pub(super) pictures: Vec<ReadPicture>,
    /// What is worth a look in all of it.
    pub(super) notes: Vec<PlanProblem>,
}

impl Kith {
    /// Tells each line what is found in it, and says what it is made of.
    pub(super) async fn judge_lines(&self, lines: &mut [PreviewLine], bench: &Bench<'_>) -> Result<Judged, Problem> {
        let mut ideas: BTreeMap<&str, usize> = BTreeMap::new();
        let (mut rows, mut items): (Vec<PlanRow>, Vec<Item>) = (Vec::new(), Vec::with_capacity(lines.len()));
        let mut tags: Vec<Vec<String>> = Vec::new();
        for line in lines.iter() {
            let source = bench.owners.of_line(line);
            let row = row(line, source.and_then(|source| source.extra(&line.post)));
            let index = *ideas.entry(idea(line)).or_insert_with(|| {
                rows.push(row.clone());
                tags.push(source.map(tags_by_rule).unwrap_or_default());
                rows.len() - 1
            });
            let media = source.and_then(|source| source.extra(&line.post)).map(|extra| extra.media.clone()).unwrap_or_default();
            items.push((planned(line, index), thread::content(&row, &line.text, media), shown(line)));
        }
        let new: Vec<bool> = lines.iter().zip(&items).map(|(line, (_, content, _))| !bench.is_settled(line, content)).collect();

        let mut found = self.wording_of(lines, &items, bench)?;
        let texts = items.iter().zip(&new).filter(|(_, new)| **new).map(|((item, _, _), _)| item.text.as_str());
        let looked = match bench.outside {
            Outside::Looked => self.look_up_links(texts).await,
            Outside::Remembered => LookedUp { report: self.links_seen(texts), left_out: 0 },
        };
        let quiet = LinkReport::new();
        let sets = |channel: &&ChannelRow| {
            let of_rule = |(item, _, _): &Item| item.channel == channel.name && tags.get(item.row).is_some_and(|tags| !tags.is_empty());
            items.iter().zip(&new).any(|(item, new)| *new && of_rule(item))
        };
        let trending = self.trending_on(bench.channels.iter().filter(sets), bench.outside == Outside::Looked).await;
        let parsed = Parsed { rows, problems: Vec::new() };
        for (of_new, links) in [(true, &looked.report), (false, &quiet)] {
            if !of_new && new.iter().all(|new| *new) {
                break;
            }
            // A link is asked about once, when its words are new.
            let asking = Asking { entry: bench.entry, links, tags: &tags, trending: &trending, cadence: None };
            let all = self.judge_beside(&parsed, &items, bench.channels, (bench.rules, bench.views), &asking)?;
            for ((found, all), _) in found.iter_mut().zip(all).zip(&new).filter(|(_, new)| **new == of_new) {
                found.extend(all);
            }
        }
        for ((line, found), new) in lines.iter_mut().zip(found).zip(&new) {
            line.problems.extend(found.into_iter().map(|problem| told(problem, *new)));
        }

        let mut judged = Judged { notes: looked.problem().into_iter().collect(), ..Judged::default() };
        if bench.outside == Outside::Looked {
            let (mut fresh, at): (Vec<Item>, Vec<usize>) =
                items.iter().enumerate().filter(|(at, _)| new[*at] && lines[*at].goes_out()).map(|(at, item)| (item.clone(), at)).unzip();
            let note = self.add_cards(&mut fresh, &parsed.rows, bench.channels, &mut judged.pictures).await?;
            judged.notes.extend(note);
            for (item, at) in fresh.into_iter().zip(at) {
                lines[at].problems.extend(item.2.warnings.iter().map(|words| no_card(words)));
                if !item.2.cards.is_empty() {
                    judged.cards.insert(lines[at].occurrence_key.clone(), item.2.cards.clone());
                }
                items[at] = item;
            }
        }
        judged.contents = lines.iter().zip(items).map(|(line, (_, content, _))| (line.occurrence_key.clone(), content)).collect();
        Ok(judged)
    }

    /// What the checks of words and each network say; the same words are judged once.
    fn wording_of(&self, lines: &[PreviewLine], items: &[Item], bench: &Bench<'_>) -> Result<Vec<Vec<PlanProblem>>, Problem> {
        let known: Vec<PlanChannel> =
            bench.channels.iter().map(|channel| PlanChannel { name: channel.name.clone(), network: channel.network.to_string() }).collect();
        let mut judged: BTreeMap<(&str, &str, &str), Vec<PlanProblem>> = BTreeMap::new();
        let mut all = Vec::with_capacity(lines.len());
        for (line, (_, content, _)) in lines.iter().zip(items) {
            let key = (line.channel.as_str(), line.post.as_str(), line.text.as_str());
            if let Entry::Vacant(place) = judged.entry(key) {
                let extra = bench.owners.of_line(line).and_then(|source| source.extra(&line.post));
                let row = PlanRow { channels: Some(vec![line.channel.clone()]), ..row(line, extra) };
                let mut problems = lint(std::slice::from_ref(&row), &[], &known);
                if let Some(channel) = bench.channels.iter().find(|channel| channel.name == line.channel) {
                    problems.extend(self.said_by_network(&row, &line.text, channel, content)?);
                }
                place.insert(problems);
            }
            all.push(judged.get(&key).cloned().unwrap_or_default());
        }
        Ok(all)
    }
}

impl Bench<'_> {
    /// Whether it is stored with these words; a card below them is no words.
    fn is_settled(&self, line: &PreviewLine, content: &Content) -> bool {
        let stored = self.stored.by_key.get(&line.occurrence_key).map(|(_, known)| known);
        let first = thread::pieces(content).into_iter().next();
        stored.zip(first).is_some_and(|(known, first)| is_open(known) && same_words(&known.view.content, &first))
    }
}

/// Whether two contents say the same; what was read from the page behind a link, and which part comes before, aside.
pub(super) fn same_words(stored: &Content, new: &Content) -> bool {
    let bare = |content: &Content| {
        let mut content = content.clone();
        (content.extras.card, content.extras.no_card, content.extras.after) = (None, false, None);
        content
    };
    bare(stored) == bare(new)
}

/// What a line shares with its other channels.
fn idea(line: &PreviewLine) -> &str {
    line.occurrence_key.strip_prefix(&format!("{}/", line.channel)).unwrap_or(&line.occurrence_key)
}

/// Tags that the series sets below its texts, whoever wrote them.
fn tags_by_rule(source: &Living) -> Vec<String> {
    match &source.meaning {
        Meaning::Plan { wanted: Wanted::Series { series, .. }, .. } => {
            series.hashtag.iter().map(|tag| tag.trim_start_matches(['#', '＃']).to_owned()).collect()
        }
        _ => Vec::new(),
    }
}

/// A line as a row of a plan has it.
fn row(line: &PreviewLine, extra: Option<&Extra>) -> PlanRow {
    let extra = extra.cloned().unwrap_or_default();
    let alt = |alt: &String| if alt.is_empty() { ALT_DECORATIVE.to_owned() } else { alt.clone() };
    PlanRow {
        source: SourceLine::default(),
        text: line.text.clone(),
        category: line.category.clone(),
        media: extra.media.iter().map(|item| item.id.to_string()).collect(),
        alt: extra.media.iter().map(|item| alt(&item.alt)).collect(),
        cw: extra.warning,
        lang: extra.language,
        poll: extra.poll,
        poll_minutes: extra.poll_minutes,
        ..PlanRow::default()
    }
}

fn planned(line: &PreviewLine, row: usize) -> PlannedItem {
    PlannedItem {
        source: SourceLine::default(),
        row,
        channel: line.channel.clone(),
        network: line.network.clone(),
        text: line.text.clone(),
        civil: line.civil.clone(),
        due_at: line.due_at,
        shift: line.shift,
        fixed: false,
        category: line.category.clone(),
        cw: None,
        lang: None,
        media: Vec::new(),
        alt: Vec::new(),
        occurrence_key: line.occurrence_key.clone(),
        warnings: Vec::new(),
    }
}

fn shown(line: &PreviewLine) -> PreviewItem {
    PreviewItem {
        due_at: line.due_at,
        local: line.civil.at.to_string(),
        zone: line.civil.zone.to_string(),
        channel: line.channel.clone(),
        network: line.network.clone(),
        text: line.text.clone(),
        length: 0,
        length_max: 0,
        line: 0,
        warnings: Vec::new(),
        held: None,
        cards: Vec::new(),
        findings: Vec::new(),
    }
}

/// A finding without a line, as the program has none; what is stored already is only told.
fn told(problem: PlanProblem, new: bool) -> PlanProblem {
    let severity = if new || problem.severity != Severity::Hold { problem.severity } else { Severity::Warn };
    PlanProblem { line: None, severity, ..problem }
}

fn no_card(words: &str) -> PlanProblem {
    let reason = Reason::Safety { rule: "no_card".into(), words: words.to_owned(), span: None };
    PlanProblem::warn(None, "text", reason, "it goes out without one; if it shall have one, see that the page opens, then plan it again")
}
