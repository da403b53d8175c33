//! A post as somebody types it: what each network makes of it, what is wrong, when it would go out; then it is planned.

use std::collections::{BTreeMap, BTreeSet};

use kith_domain::ids::MediaId;
use kith_domain::mandate::{Deed, Door, Role};
use kith_domain::plan::entity::links;
use kith_domain::plan::policy::Entry;
use kith_domain::plan::{Parsed, Problem as PlanProblem, Reason};
use kith_domain::publish::MediaItem;
use kith_domain::schedule::{Presence, ZoneName};
use kith_store::{ChannelRow, ChannelState, DispatchView};

use super::super::arrange::{PLACED, Ready, capabilities};
use super::super::drafts::on;
use super::super::media::Video;
use super::super::program::{Extra, PlanRules, ProgramEdit, QueueStep, QueueWish};
use super::super::wish::PlanWish;
use super::super::{rulebook, thread};
use super::alike::alike;
use super::composed::rows;
use super::times::Times;
use super::{ComposeWhen, Composed, here, said};
use crate::kith::{Kith, Operator};
use crate::mandate::sign_in::Visitor;
use crate::problem::{Problem, from_store, internal};
use crate::views::{CountRule, FindingView, LookView, ProgramLine, VersionView, WriteChannel, WriteView};

/// A post that was planned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedPost {
    /// How.
    pub how: Planned,
    /// Channels whose networks would not take it as it is; it was not planned for them.
    pub left_out: Vec<String>,
}

/// What became of a post that was planned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Planned {
    /// It goes out at its time.
    Timed,
    /// It is in the queue.
    Queued,
    /// It waits for the owner's yes.
    Asked,
}

impl Kith {
    /// What the page for writing offers.
    pub async fn write_page(&self, visitor: &Visitor) -> Result<WriteView, Problem> {
        let rows = self.living_channels(visitor).await?;
        let rules = self.plan_rules(visitor.workspace).await?;
        let channels = rows.iter().map(|row| self.write_channel(row)).collect::<Result<Vec<_>, _>>()?;
        let mut zones = vec![visitor.zone.clone()];
        for market in &rules.markets {
            let zone = market.zone.to_string();
            if !zones.contains(&zone) {
                zones.push(zone);
            }
        }
        Ok(WriteView {
            channels,
            place: self.calendar(&visitor.zone).place(),
            zones,
            starters: self.starters(visitor).await?,
            drafts: self.drafts_total(visitor).await?,
            may: visitor.role().may(Deed::Plan).map_err(|refusal| refusal.to_string()),
            asks_yes: asks_yes(visitor),
        })
    }

    /// A channel with how its network counts: the server's limits, the network's measure.
    fn write_channel(&self, row: &ChannelRow) -> Result<WriteChannel, Problem> {
        let limits = capabilities(row)?.limits;
        let known = rulebook::policy()?.limits.get(row.network.as_str());
        let measure = known.and_then(|limit| serde_json::to_value(limit.measure).ok());
        Ok(WriteChannel {
            row: self.channel_view(row),
            rule: CountRule {
                measure: measure.as_ref().and_then(|measure| measure.as_str()).unwrap_or("graphemes").to_owned(),
                max: limits.text_max,
                bytes_max: limits.text_bytes_max,
                link: limits.link_counts,
                domains: known.is_none_or(|limit| limit.mention_domain_counts),
            },
            pictures_max: limits.media_max,
            video_bytes_max: on(row).video_bytes_max,
        })
    }

    /// What would become of it. Stores nothing, and asks nobody outside.
    pub async fn look(&self, visitor: &Visitor, post: &Composed) -> Result<LookView, Problem> {
        Ok(self.looked(visitor, post, true).await?.0)
    }

    async fn looked(&self, visitor: &Visitor, post: &Composed, quick: bool) -> Result<(LookView, Times, Option<Ready>), Problem> {
        let rows = self.living_channels(visitor).await?;
        let rules = self.plan_rules(visitor.workspace).await?;
        let times = self.times(visitor, post, &rules, &rows).await?;
        self.looked_at(visitor, post, (&rows, &rules, times), (quick, &[])).await
    }

    /// The same at these times, as if the deliveries in `but` were not in the plan: what is changed is not in its own way.
    pub(super) async fn looked_at(
        &self,
        visitor: &Visitor,
        post: &Composed,
        (rows, rules, times): (&[ChannelRow], &PlanRules, Times),
        (quick, but): (bool, &[DispatchView]),
    ) -> Result<(LookView, Times, Option<Ready>), Problem> {
        let mut view = LookView {
            slots: times.slots.clone(),
            chosen: times.chosen.clone(),
            at: times.at.clone(),
            zone: times.zone.clone(),
            own_time: times.own.clone(),
            asks: times.asks,
            pictures: self.picture_views(visitor, &post.pictures).await?,
            ..LookView::default()
        };
        let media = self.media_of(visitor, post).await?;
        let films = self.kept_films(&media).await?;
        for name in &post.channels {
            if let Some(channel) = rows.iter().find(|row| row.name == *name) {
                let (version, findings) = self.version(channel, post, &media, &films)?;
                view.versions.push(version);
                view.findings.extend(findings);
            }
        }
        first_findings(post, &mut view);
        let mut ready = None;
        if !view.findings.iter().any(|finding| finding.gentle && matches!(finding.field.as_str(), "channels" | "text")) {
            view.findings.extend(times.without.iter().map(|(field, why)| finding(field, why)));
            let fits = without_blocked(post, &view);
            ready = self.look_at_time(visitor, (post, &fits), (&times, but), rules, (rows, quick), &mut view).await?;
        }
        let mut seen = BTreeSet::new();
        view.findings.retain(|finding| seen.insert((finding.field.clone(), finding.words.clone())));
        view.lines.sort_by_key(|line| line.due.at);
        for version in &mut view.versions {
            version.line = view.lines.iter().find(|line| line.stamp.channel == version.channel.name).cloned();
        }
        Ok((view, times, ready))
    }

    fn version(
        &self,
        channel: &ChannelRow,
        post: &Composed,
        media: &[MediaItem],
        films: &BTreeMap<MediaId, Video>,
    ) -> Result<(VersionView, Vec<FindingView>), Problem> {
        let words = post.words(&channel.name);
        let whole = |warning: bool| {
            let row = post.row();
            let row = kith_domain::plan::PlanRow { cw: row.cw.filter(|_| warning), ..row };
            thread::content(&row, words, media.to_vec())
        };
        let content = whole(true);
        let preview = self.preview_parts(channel, &content)?;
        let bare = self.preview_parts(channel, &whole(false))?;
        let parts: Vec<String> = thread::pieces(&content).into_iter().map(|piece| piece.text).collect();
        let first = parts.first().map_or("", String::as_str);
        let link = links(first).first().map(|span| span.of(first).to_owned());
        let nothing_written = content.text.trim().is_empty() && media.is_empty();
        let too_long = too_long(channel, post, films);
        let mut wrong: Vec<FindingView> = preview
            .warnings
            .iter()
            .filter(|warning| !nothing_written || warning.field != "text")
            .map(|warning| {
                let field = if warning.field == "text" { post.field(&channel.name) } else { warning.field.clone() };
                let words = if warning.field == "text" { warning.text.clone() } else { format!("{}: {}", channel.name, warning.text) };
                FindingView { refuses: warning.refuses, on: Some(channel.name.clone()), ..finding(&field, &words) }
            })
            .collect();
        let blocked = !too_long.is_empty() || preview.warnings.iter().any(|warning| warning.refuses) && !nothing_written;
        let plays = media.iter().any(MediaItem::is_film) && !blocked;
        let version = VersionView {
            channel: self.channel_view(channel),
            blocked,
            plays: plays.then(|| self.network(&channel.network).map(|network| network.card().video.to_owned())).transpose()?,
            own: post.wordings.contains_key(&channel.name),
            count: preview.count,
            max: preview.max,
            beside: preview.count.saturating_sub(bare.count),
            alike: alike(post, &channel.name),
            later: post.later.contains(&channel.name),
            link: link.filter(|_| media.is_empty()),
            parts,
            line: None,
        };
        wrong.extend(too_long);
        Ok((version, wrong))
    }

    async fn look_at_time(
        &self,
        visitor: &Visitor,
        (post, fits): (&Composed, &Composed),
        (times, but): (&Times, &[DispatchView]),
        rules: &PlanRules,
        (channels, quick): (&[ChannelRow], bool),
        view: &mut LookView,
    ) -> Result<Option<Ready>, Problem> {
        let (mut parsed, mut series) = rows(fits, &times.by_channel, channels);
        if let Some(category) = times.chosen.strip_prefix("place:") {
            // It takes a place of the queue, also if the queue can't carry it: counted and paused as what waits there.
            parsed.rows.iter_mut().for_each(|row| row.category = Some(category.to_owned()));
            series = format!("{PLACED}-{series}");
        } else if let Some(category) = but.first().and_then(|view| view.category.as_ref()) {
            parsed.rows.iter_mut().for_each(|row| row.category = Some(category.clone()));
        }
        if parsed.rows.is_empty() {
            return Ok(None);
        }
        let find = |problem: &PlanProblem| found(post, &parsed, channels, problem);
        let wish = PlanWish { zone: Some(visitor.zone.clone()), no_link_check: quick, ..PlanWish::default() };
        let ready = match self.arrange_rows_but(visitor.workspace, parsed.clone(), (series, None), &wish, (Entry::Page, but)).await? {
            Err(problems) => {
                view.findings.extend(problems.iter().filter_map(find));
                return Ok(None);
            }
            Ok(ready) => ready,
        };
        let calendar = self.calendar(&visitor.zone);
        view.findings.extend(ready.warnings.iter().filter_map(find));
        let presence = presence(visitor, rules)?;
        for (item, content, shown) in &ready.items {
            view.findings.extend(shown.findings.iter().filter_map(find));
            let Some(channel) = channels.iter().find(|channel| channel.name == item.channel) else { continue };
            let presence = presence.at(item.due_at);
            let there = rules.markets.iter().filter(|market| market.zone.to_string() != visitor.zone).map(|market| market.at(item.due_at));
            view.lines.push(ProgramLine {
                post: String::new(),
                text: content.text.clone(),
                category: None,
                stamp: self.stamp(&channel.network, &channel.name),
                due: calendar.moment(item.due_at),
                there: there.map(|hour| format!("{} in {}", hour.there.at.strftime("%H:%M"), hour.market)).collect(),
                here: here(&presence),
                presence: presence.to_string(),
                kept_back: shown.held.clone(),
            });
        }
        if times.asks && view.lines.iter().any(|line| line.here == Some(false)) {
            let words = "It asks something, and nobody is home then to hear the answers. Choose a time at which you’re here.";
            view.findings.push(FindingView { refuses: false, ..finding("when", words) });
        }
        Ok(Some(ready))
    }

    /// Plans it, or says everything that is wrong; then nothing is stored.
    pub async fn plan_composed(&self, visitor: &Visitor, post: &Composed) -> Result<Result<PlannedPost, LookView>, Problem> {
        let operator = self.planner(visitor)?;
        let (view, times, ready) = self.looked(visitor, post, false).await?;
        let blocked = view.versions.iter().filter(|version| version.blocked).map(|version| version.channel.name.clone());
        let (post, left_out) = (&without_blocked(post, &view), blocked.collect());
        let Some(mut ready) = ready.filter(|_| view.may_plan()) else { return Ok(Err(view)) };
        let asks = asks_yes(visitor);
        if let (Some(category), true) = (times.chosen.strip_prefix("place:"), post.later.is_empty()) {
            let edit = self.place_edit(&operator, visitor, post, category).await?;
            self.make_change(visitor, &edit).await?;
            return Ok(Ok(PlannedPost { how: if asks { Planned::Asked } else { Planned::Queued }, left_out }));
        }
        if asks {
            ready.asks_yes = true;
            for (_, _, shown) in &mut ready.items {
                let found = shown.held.take().map(|found| format!("; {found}")).unwrap_or_default();
                shown.held = Some(format!("{} asks for it{found}", visitor.name));
            }
        }
        let door = Door::Web { session: visitor.session.id };
        self.store_plan(&operator, ready, |_| door.clone()).await?;
        if times.chosen.starts_with("place:") {
            // What waits goes out around it, also what came into the queue a moment ago.
            self.change_program(&operator, &ProgramEdit::TimePassed, door.clone()).await?;
        }
        Ok(Ok(PlannedPost { how: if asks { Planned::Asked } else { Planned::Timed }, left_out }))
    }

    pub(super) async fn living_channels(&self, visitor: &Visitor) -> Result<Vec<ChannelRow>, Problem> {
        let rows = self.store().in_workspace(visitor.workspace).channels().await.map_err(from_store)?;
        Ok(rows.into_iter().filter(|channel| channel.state != ChannelState::Removed).collect())
    }

    async fn media_of(&self, visitor: &Visitor, post: &Composed) -> Result<Vec<MediaItem>, Problem> {
        let parsed = Parsed { rows: vec![post.row()], problems: Vec::new() };
        let kept = self.kept_pictures(visitor.workspace, &parsed).await?;
        let row = post.row();
        let items = row.media.iter().zip(&post.pictures);
        Ok(items.filter_map(|(name, picture)| Some(MediaItem { alt: picture.alt.trim().to_owned(), ..kept.get(name)?.clone() })).collect())
    }

    /// The queue with this post behind the others.
    async fn place_edit(&self, operator: &Operator, visitor: &Visitor, post: &Composed, category: &str) -> Result<ProgramEdit, Problem> {
        let text = post.channels.first().map(|first| post.words(first).to_owned()).unwrap_or_default();
        let wish = QueueWish { texts: vec![text], category: category.to_owned(), channels: post.channels.clone(), first: false };
        let mut edit = self.queue_add(operator.workspace, &wish).await?;
        if let ProgramEdit::Queue(QueueStep::Add { drafts, extras, .. }) = &mut edit
            && let Some(draft) = drafts.last_mut()
        {
            let own = post.wordings.iter().filter(|(channel, words)| post.channels.contains(channel) && **words != draft.text);
            draft.wordings.extend(own.map(|(channel, words)| (channel.clone(), words.trim().to_owned())));
            let (media, row) = (self.media_of(visitor, post).await?, post.row());
            let extra = Extra {
                warning: row.cw,
                language: row.lang,
                media,
                poll: row.poll,
                poll_minutes: row.poll_minutes,
                asked_by: asks_yes(visitor).then(|| visitor.name.clone()),
            };
            if extra != Extra::default() {
                extras.insert(draft.key.clone(), extra);
            }
        }
        Ok(edit)
    }
}

/// Videos that are longer than the channel's network takes; their bytes and type are judged by the network's preview.
fn too_long(channel: &ChannelRow, post: &Composed, films: &BTreeMap<MediaId, Video>) -> Vec<FindingView> {
    let seconds_max = on(channel).video_seconds_max;
    let faults = films.iter().filter_map(|(id, film)| Some((id.to_string(), film.fits(u64::MAX, seconds_max).err()?)));
    let said = faults.map(|(id, fault)| {
        let name = post.pictures.iter().find(|picture| picture.id == id).map_or("the video", |picture| &picture.name);
        let words = format!("{}: {name}: {fault}; {}", channel.name, fault.way_out());
        FindingView { on: Some(channel.name.clone()), ..finding("media", &words) }
    });
    said.collect()
}

/// The post on the channels whose networks take it as it is.
fn without_blocked(post: &Composed, view: &LookView) -> Composed {
    let blocked = |name: &String| view.versions.iter().any(|version| version.blocked && version.channel.name == *name);
    // The words of the first version stay theirs, whoever is left out.
    let mut fits = post.clone();
    fits.wordings.extend(post.channels.iter().map(|name| (name.clone(), post.words(name).to_owned())));
    fits.channels.retain(|name| !blocked(name));
    fits
}

/// What needs no plan to be seen.
fn first_findings(post: &Composed, view: &mut LookView) {
    if post.channels.is_empty() {
        view.findings.push(gently(finding("channels", "Say where it goes: pick at least one channel.")));
    }
    let bare = post.channels.iter().any(|name| !post.wordings.contains_key(name)) || post.channels.is_empty();
    if post.text.trim().is_empty() && bare {
        view.findings.push(gently(finding("text", "Write something first.")));
    }
    for picture in post.pictures.iter().filter(|picture| !picture.decorative && picture.alt.trim().is_empty()) {
        let words = format!("Say what {} shows, for those who do not see it, or mark it as decorative.", picture.name);
        view.findings.push(gently(finding(&format!("alt:{}", picture.id), &words)));
    }
    for version in view.versions.iter().filter(|version| version.channel.state != "ok") {
        let words = format!("{} does not work now: {}", version.channel.name, version.channel.detail);
        view.findings.push(FindingView { refuses: false, ..finding(&post.field(&version.channel.name), &words) });
    }
}

/// A delegate's plans wait for the owner's yes.
fn asks_yes(visitor: &Visitor) -> bool {
    visitor.role() == Role::Delegate
}

/// The categories that have windows, in the order of their names.
pub(super) fn categories(rules: &PlanRules) -> Vec<String> {
    let names: BTreeSet<String> = rules.windows.values().flatten().map(|rule| rule.category.clone()).collect();
    names.into_iter().collect()
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

/// A problem at the field in which it stands; `None` if that field has said it already.
fn found(post: &Composed, parsed: &Parsed, channels: &[ChannelRow], problem: &PlanProblem) -> Option<FindingView> {
    if matches!(problem.reason, Reason::MissingAlt { .. } | Reason::AltCount { .. }) {
        return None;
    }
    let row = problem.line.and_then(|line| parsed.rows.iter().find(|row| row.source.line == line));
    let on = row.and_then(|row| row.channels.as_deref()).unwrap_or_default();
    let column = problem.column.as_deref().unwrap_or("text");
    let named = |name: &&String| match column.strip_prefix("text:") {
        Some(network) => channels.iter().any(|channel| channel.name == **name && channel.network.as_str() == network),
        // The row's own words are those of its first channel.
        None => true,
    };
    let field = match column {
        "zone" => "at".to_owned(),
        "alt" => "media".to_owned(),
        text if text.starts_with("text") => on.iter().find(named).map_or_else(|| "text".into(), |channel| post.field(channel)),
        poll if poll.starts_with("poll") => "poll".to_owned(),
        "language" => "lang".to_owned(),
        other => other.to_owned(),
    };
    let words = match &problem.reason {
        Reason::ReplyLike { handle } => {
            format!("This begins with {handle}, as an answer does. To speak about somebody, name them later in the sentence")
        }
        _ => capital(&said(problem)),
    };
    Some(FindingView {
        field,
        words,
        refuses: problem.refuses(),
        holds: problem.holds(),
        reply: matches!(problem.reason, Reason::ReplyLike { .. }),
        gentle: false,
        on: None,
    })
}

fn gently(finding: FindingView) -> FindingView {
    FindingView { gentle: true, ..finding }
}

fn finding(field: &str, words: &str) -> FindingView {
    FindingView { field: field.to_owned(), words: capital(words), refuses: true, holds: false, reply: false, gentle: false, on: None }
}

pub(super) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

impl Composed {
    /// A post at a local time.
    pub fn at(text: &str, channels: &[&str], at: &str) -> Self {
        Self {
            text: text.to_owned(),
            channels: channels.iter().map(|&name| name.to_owned()).collect(),
            when: ComposeWhen::At,
            at: at.to_owned(),
            ..Self::default()
        }
    }
}
