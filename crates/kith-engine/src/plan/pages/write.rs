//! A post as somebody types it: what each network makes of it, what is wrong, when it would go out; then it is planned.

use std::collections::BTreeMap;

use kith_domain::mandate::{Deed, Door};
use kith_domain::plan::policy::Entry;
use kith_domain::plan::{Parsed, PlanRow, Problem as PlanProblem, Reason, SourceLine};
use kith_domain::publish::Content;
use kith_domain::schedule::{CivilTime, Presence, PreviewLine, Wanted, ZoneName};
use kith_store::{ChannelRow, ChannelState};

use super::super::import::series_of;
use super::super::program::{Extra, Meaning, PlanRules, ProgramEdit, QueueWish};
use super::super::wish::PlanWish;
use super::{here, reader, said};
use crate::kith::{Kith, Operator};
use crate::mandate::sign_in::Visitor;
use crate::problem::{Problem, from_store, internal};
use crate::views::{FindingView, LookView, PlaceView, ProgramLine, VersionView, WriteView};

/// Categories whose next place is offered.
const PLACES_MAX: usize = 4;
/// Stands for words that are not written yet, when a place is looked for.
const STAND_IN: &str = "A post that is not written yet";

/// A post as it is typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Composed {
    /// The channels' names.
    pub channels: Vec<String>,
    /// The words of every channel without its own.
    pub text: String,
    /// A channel's own words, by its name; never empty.
    pub wordings: BTreeMap<String, String>,
    /// Content warning.
    pub warning: Option<String>,
    /// Language tag.
    pub language: Option<String>,
    /// When.
    pub when: ComposeWhen,
}

/// When a post is to go out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ComposeWhen {
    /// At this local time.
    At(String),
    /// In the next free place of this category.
    Place(String),
}

impl Default for ComposeWhen {
    fn default() -> Self {
        Self::At(String::new())
    }
}

impl Composed {
    fn words(&self, channel: &str) -> &str {
        self.wordings.get(channel).unwrap_or(&self.text)
    }

    fn field(&self, channel: &str) -> String {
        if self.wordings.contains_key(channel) { format!("text:{channel}") } else { "text".into() }
    }
}

impl Kith {
    /// What the page for writing offers.
    pub async fn write_page(&self, visitor: &Visitor) -> Result<WriteView, Problem> {
        let channels = self.living_channels(visitor).await?;
        let rules = self.plan_rules(visitor.workspace).await?;
        let calendar = self.calendar(&visitor.zone);
        let mut places = Vec::new();
        for category in categories(&rules).into_iter().take(PLACES_MAX) {
            let on = channels.iter().filter(|channel| has_category(&rules, &channel.name, &category)).map(|channel| channel.name.clone());
            let wish = Composed {
                channels: on.collect(),
                text: STAND_IN.into(),
                when: ComposeWhen::Place(category.clone()),
                ..Composed::default()
            };
            let line = match self.placed(visitor, &wish, &category).await {
                Ok((_, lines, _)) => lines.into_iter().next(),
                Err(Problem::Invalid { .. }) => None,
                Err(problem) => return Err(problem),
            };
            places.push(PlaceView { category, line: line.map(|line| self.program_line(&line, &calendar)) });
        }
        let suggested = calendar.suggested();
        let at = own_time(visitor, &rules, &suggested)?;
        let suggested_words = at.map(|(_, here, words)| if here.is_some() { words } else { String::new() }).unwrap_or_default();
        let may = visitor.role().may(Deed::Plan).map_err(|refusal| refusal.to_string());
        let channels = channels.iter().map(|row| self.channel_view(row)).collect();
        Ok(WriteView { channels, places, suggested, suggested_words, place: calendar.place(), may })
    }

    /// What would become of it. Stores nothing.
    pub async fn look(&self, visitor: &Visitor, post: &Composed) -> Result<LookView, Problem> {
        let channels = self.living_channels(visitor).await?;
        let mut view = LookView::default();
        for channel in channels.iter().filter(|channel| post.channels.contains(&channel.name)) {
            let content = content(post, &channel.name);
            let preview = self.preview_on(channel, &content)?;
            view.versions.push(VersionView {
                channel: self.channel_view(channel),
                own: post.wordings.contains_key(&channel.name),
                count: preview.count,
                max: preview.max,
                text: content.text,
            });
        }
        if post.channels.is_empty() {
            view.findings.push(finding("channels", "Say where it goes: pick at least one channel."));
        }
        if post.text.trim().is_empty() && (post.channels.is_empty() || post.channels.iter().any(|name| !post.wordings.contains_key(name))) {
            view.findings.push(finding("text", "Write something first."));
        }
        if view.findings.is_empty() {
            self.look_at_time(visitor, post, &mut view).await?;
        }
        Ok(view)
    }

    async fn look_at_time(&self, visitor: &Visitor, post: &Composed, view: &mut LookView) -> Result<(), Problem> {
        let calendar = self.calendar(&visitor.zone);
        match &post.when {
            ComposeWhen::At(at) => {
                let (parsed, series) = rows(post, at);
                match self.arrange_rows(visitor.workspace, parsed.clone(), series, None, &wish(visitor), Entry::Page).await? {
                    Err(problems) => view.findings.extend(problems.iter().map(|problem| found(post, &parsed, problem))),
                    Ok(ready) => {
                        view.findings.extend(ready.warnings.iter().map(|problem| found(post, &parsed, problem)));
                        let rules = self.plan_rules(visitor.workspace).await?;
                        for (item, content, _) in &ready.items {
                            let Some(channel) = ready.channels.iter().find(|channel| channel.name == item.channel) else { continue };
                            let presence = presence(visitor, &rules)?.at(item.due_at);
                            let there = rules.markets.iter().map(|market| market.at(item.due_at));
                            view.lines.push(ProgramLine {
                                post: String::new(),
                                text: content.text.clone(),
                                category: None,
                                stamp: self.stamp(&channel.network, &channel.name),
                                due: calendar.moment(item.due_at),
                                there: there.map(|hour| format!("{} in {}", hour.there.at.strftime("%H:%M"), hour.market)).collect(),
                                here: here(&presence),
                                presence: presence.to_string(),
                                kept_back: None,
                            });
                        }
                    }
                }
            }
            ComposeWhen::Place(category) => match self.placed(visitor, post, category).await {
                Ok((_, lines, without)) => {
                    for line in &lines {
                        for problem in &line.problems {
                            view.findings
                                .push(FindingView { field: post.field(&line.channel), ..found(post, &Parsed::default(), problem) });
                        }
                        view.lines.push(self.program_line(line, &calendar));
                    }
                    view.findings.extend(without.iter().map(|why| finding("category", why)));
                }
                Err(Problem::Invalid { field, why }) => view.findings.push(finding(&field, &why)),
                Err(problem) => return Err(problem),
            },
        }
        view.findings.sort_by(|a, b| a.field.cmp(&b.field));
        view.findings.dedup();
        Ok(())
    }

    /// Plans it, or says everything that is wrong; then nothing is stored.
    pub async fn plan_composed(&self, visitor: &Visitor, post: &Composed) -> Result<Result<(), LookView>, Problem> {
        let operator = self.planner(visitor)?;
        let view = self.look(visitor, post).await?;
        if view.findings.iter().any(|finding| finding.refuses) {
            return Ok(Err(view));
        }
        match &post.when {
            ComposeWhen::At(at) => {
                let (parsed, series) = rows(post, at);
                let door = Door::Web { session: visitor.session.id };
                match self.plan_rows(&operator, parsed.clone(), series, None, &wish(visitor), door).await? {
                    Ok(_) => Ok(Ok(())),
                    Err(problems) => {
                        Ok(Err(LookView { findings: problems.iter().map(|problem| found(post, &parsed, problem)).collect(), ..view }))
                    }
                }
            }
            ComposeWhen::Place(category) => {
                let (edit, _) = self.place_edit(&operator, post, category).await?;
                self.make_change(visitor, &edit).await?;
                Ok(Ok(()))
            }
        }
    }

    async fn living_channels(&self, visitor: &Visitor) -> Result<Vec<ChannelRow>, Problem> {
        let rows = self.store().in_workspace(visitor.workspace).channels().await.map_err(from_store)?;
        Ok(rows.into_iter().filter(|channel| channel.state != ChannelState::Removed).collect())
    }

    /// The queue with this post behind the others, and the post's name.
    async fn place_edit(&self, operator: &Operator, post: &Composed, category: &str) -> Result<(ProgramEdit, String), Problem> {
        let text = if post.text.trim().is_empty() { post.wordings.values().next().cloned().unwrap_or_default() } else { post.text.clone() };
        let wish = QueueWish { texts: vec![text], category: category.to_owned(), channels: post.channels.clone(), first: false };
        let mut edit = self.queue_add(operator.workspace, &wish).await?;
        let mut name = String::new();
        if let ProgramEdit::Put { meaning, .. } = &mut edit
            && let Meaning::Plan { wanted: Wanted::Queue { drafts }, extras } = &mut **meaning
            && let Some(draft) = drafts.last_mut()
        {
            draft
                .wordings
                .extend(post.wordings.iter().filter(|(channel, _)| post.channels.contains(channel)).map(|(k, v)| (k.clone(), v.clone())));
            name.clone_from(&draft.key);
            let extra = Extra { warning: post.warning.clone(), language: post.language.clone(), media: Vec::new() };
            if extra != Extra::default() {
                extras.insert(draft.key.clone(), extra);
            }
        }
        Ok((edit, name))
    }

    async fn placed(
        &self,
        visitor: &Visitor,
        post: &Composed,
        category: &str,
    ) -> Result<(ProgramEdit, Vec<PreviewLine>, Vec<String>), Problem> {
        let operator = reader(visitor);
        let (edit, name) = self.place_edit(&operator, post, category).await?;
        let diff = self.preview_program(&operator, &edit).await?;
        let mut lines: Vec<PreviewLine> = diff.lines.into_iter().chain(diff.kept_back).filter(|line| line.post == name).collect();
        lines.sort_by_key(|line| line.due_at);
        let without = diff.without_time.into_iter().filter(|one| one.post == name).map(|one| one.why).collect();
        Ok((edit, lines, without))
    }
}

/// A local time with whether somebody is there, and that in words.
type OwnTime = (CivilTime, Option<bool>, String);

/// A local time of the owner's zone with who is there then; `None` if it is no time.
fn own_time(visitor: &Visitor, rules: &PlanRules, text: &str) -> Result<Option<OwnTime>, Problem> {
    let zone = zone(visitor)?;
    let Ok(at) = text.parse::<jiff::civil::DateTime>() else { return Ok(None) };
    let Ok(zoned) = at.to_zoned(zone.rules().clone()) else { return Ok(None) };
    let presence = presence(visitor, rules)?.at(zoned.timestamp());
    Ok(Some((CivilTime { at, zone }, here(&presence), presence.to_string())))
}

/// The categories that have windows, in the order of their names.
pub(super) fn categories(rules: &PlanRules) -> Vec<String> {
    let names: std::collections::BTreeSet<String> = rules.windows.values().flatten().map(|rule| rule.category.clone()).collect();
    names.into_iter().collect()
}

fn has_category(rules: &PlanRules, channel: &str, category: &str) -> bool {
    rules.windows.get(channel).is_some_and(|rules| rules.iter().any(|rule| rule.category == category))
}

pub(super) fn zone(visitor: &Visitor) -> Result<ZoneName, Problem> {
    ZoneName::parse(&visitor.zone).map_err(|error| internal(&error.to_string()))
}

pub(super) fn presence(visitor: &Visitor, rules: &PlanRules) -> Result<Presence, Problem> {
    Ok(match &rules.presence {
        Some(presence) => presence.clone(),
        None => Presence::unsaid(zone(visitor)?),
    })
}

fn content(post: &Composed, channel: &str) -> Content {
    Content {
        text: post.words(channel).trim().to_owned(),
        warning: post.warning.clone(),
        language: post.language.clone(),
        ..Content::default()
    }
}

fn wish(visitor: &Visitor) -> PlanWish {
    PlanWish { zone: Some(visitor.zone.clone()), ..PlanWish::default() }
}

/// A row for each wording; its line is its number.
fn rows(post: &Composed, at: &str) -> (Parsed, String) {
    let mut by_text: Vec<(String, Vec<String>)> = Vec::new();
    for channel in &post.channels {
        let words = post.words(channel).trim();
        match by_text.iter_mut().find(|(known, _)| known == words) {
            Some((_, channels)) => channels.push(channel.clone()),
            None => by_text.push((words.to_owned(), vec![channel.clone()])),
        }
    }
    // The same words for the same time are the same post, however often the button is pressed.
    let whole = by_text.iter().fold(at.to_owned(), |whole, (text, channels)| format!("{whole}\n{}\n{text}", channels.join(",")));
    let series = series_of("post", whole.as_bytes());
    let row = |(index, (text, channels)): (usize, (String, Vec<String>))| {
        let line = u32::try_from(index + 1).unwrap_or(u32::MAX);
        PlanRow {
            source: SourceLine { line, row: line },
            text,
            at: Some(at.replace('T', " ")),
            channels: Some(channels),
            cw: post.warning.clone(),
            lang: post.language.clone(),
            ..PlanRow::default()
        }
    };
    (Parsed { rows: by_text.into_iter().enumerate().map(row).collect(), problems: Vec::new() }, series)
}

/// A problem at the field in which it stands.
fn found(post: &Composed, parsed: &Parsed, problem: &PlanProblem) -> FindingView {
    let row = problem.line.and_then(|line| parsed.rows.iter().find(|row| row.source.line == line));
    let channel = row.and_then(|row| row.channels.as_ref()).and_then(|channels| channels.first());
    let column = problem.column.as_deref().unwrap_or("text");
    let field = match column {
        "zone" => "at".to_owned(),
        text if text.starts_with("text") => channel.map_or_else(|| "text".into(), |channel| post.field(channel)),
        other => other.to_owned(),
    };
    FindingView {
        field,
        words: capital(&said(problem)),
        refuses: problem.refuses(),
        reply: matches!(problem.reason, Reason::ReplyLike { .. }),
    }
}

fn finding(field: &str, words: &str) -> FindingView {
    FindingView { field: field.to_owned(), words: capital(words), refuses: true, reply: false }
}

pub(super) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
