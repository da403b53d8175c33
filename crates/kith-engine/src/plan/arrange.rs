//! Rows and wishes become contents with times, or everything that is wrong: the shared heart of files and single posts.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use kith_domain::ids::{DispatchId, MediaId, WorkspaceId};
use kith_domain::plan::policy::Entry;
use kith_domain::plan::{Parsed, PlanChannel, PlanRow, Problem as PlanProblem, problem::Reason};
use kith_domain::publish::extras::LinkCard;
use kith_domain::publish::{Content, MediaItem};
use kith_domain::schedule::{DAYS_AHEAD_MAX, Taken, ZoneName, arrange};
use kith_networks::{Capabilities, Preview};
use kith_store::{ChannelRow, ChannelState, DispatchView};
use serde::Serialize;

use super::cards;
use super::judge::{Found, Item};
use super::links::LookedUp;
use super::media::{ReadPicture, Target};
use super::thread;
use super::variants::{self, RowMedia};
use super::wish::{PlanWish, options};
use crate::kith::Kith;
use crate::problem::{Problem, from_store};

/// How the occurrence keys of posts begin that take a place of the queue without waiting in it.
pub(super) const PLACED: &str = "place";

/// Whether a post with this key takes a place of the queue, though it has a time of its own.
pub(super) fn is_placed(key: &str) -> bool {
    key.strip_prefix(PLACED).is_some_and(|rest| rest.starts_with('-'))
}

/// One line of a preview.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PreviewItem {
    /// When it goes out, in UTC.
    pub due_at: Timestamp,
    /// Local time with offset.
    pub local: String,
    /// IANA zone of that local time.
    pub zone: String,
    /// The channel's name.
    pub channel: String,
    /// Its network.
    pub network: String,
    /// The words as they go out there.
    pub text: String,
    /// Length as that network counts, and its limit.
    pub length: u32,
    /// The limit.
    pub length_max: u32,
    /// Line in the file.
    pub line: u32,
    /// What should be looked at.
    pub warnings: Vec<String>,
    /// Why it would be stored held until the owner's yes, if so.
    pub held: Option<String>,
    /// The cards that stand below its links, as they go out; a thread may have several.
    pub cards: Vec<LinkCard>,
    /// Everything that holds it or is worth a look, with rule, place and way out.
    pub findings: Vec<PlanProblem>,
}

/// Pictures that were kept before, by the name that a row has for them.
type KeptPictures = BTreeMap<String, MediaItem>;

/// A plan ready to be stored.
pub(super) struct Ready {
    pub(super) parsed: Parsed,
    pub(super) items: Vec<Item>,
    pub(super) warnings: Vec<PlanProblem>,
    pub(super) pictures: Vec<ReadPicture>,
    pub(super) channels: Vec<ChannelRow>,
    /// Whoever plans it may not approve it: nobody has, yet.
    pub(super) asks_yes: bool,
}

impl Kith {
    /// The shared heart of files and single posts: rows and wishes become contents with times, or all problems.
    pub(super) async fn arrange_rows(
        &self,
        workspace: WorkspaceId,
        parsed: Parsed,
        series: String,
        folder: Option<PathBuf>,
        wish: &PlanWish,
        entry: Entry,
    ) -> Result<Result<Ready, Vec<PlanProblem>>, Problem> {
        self.arrange_rows_but(workspace, parsed, (series, folder), wish, (entry, &[])).await
    }

    /// The same, as if the deliveries in `but` were not in the plan: what is changed is not in its own way.
    pub(super) async fn arrange_rows_but(
        &self,
        workspace: WorkspaceId,
        mut parsed: Parsed,
        (series, folder): (String, Option<PathBuf>),
        wish: &PlanWish,
        (entry, but): (Entry, &[DispatchView]),
    ) -> Result<Result<Ready, Vec<PlanProblem>>, Problem> {
        let now = self.now();
        let space = self.store().workspace(workspace).await.map_err(from_store)?;
        let options = match options(series, wish, space.as_ref().map(|space| space.zone.as_str())) {
            Ok(options) => options,
            Err(mut problems) => {
                problems.append(&mut parsed.problems);
                return Ok(Err(problems));
            }
        };
        let store = self.store().in_workspace(workspace);
        let channels: Vec<ChannelRow> =
            store.channels().await.map_err(from_store)?.into_iter().filter(|channel| channel.state != ChannelState::Removed).collect();
        let known: Vec<PlanChannel> =
            channels.iter().map(|channel| PlanChannel { name: channel.name.clone(), network: channel.network.to_string() }).collect();
        let until = now + jiff::SignedDuration::from_hours(24 * i64::from(DAYS_AHEAD_MAX));
        let mut taken = Taken::new();
        for channel in &channels {
            let mut times = store.taken(channel.id, now, until).await.map_err(from_store)?;
            for own in but.iter().filter(|view| view.dispatch.channel == channel.id) {
                if let Some(at) = times.iter().position(|at| *at == own.dispatch.due_at) {
                    times.remove(at);
                }
            }
            taken.insert(channel.name.clone(), times);
        }
        let but: BTreeSet<DispatchId> = but.iter().map(|view| view.dispatch.id).collect();

        let kept = self.kept_pictures(workspace, &parsed).await?;
        let (parsed, pictures, by_row) = self.read_pictures(parsed, folder, &options.channels, &channels, kept).await?;
        let arranged = match arrange(&parsed, &options, &known, &taken, now) {
            Ok(arranged) => arranged,
            Err(mut problems) => {
                // Lengths are judged even if times can't be, so that everything is said at once.
                problems.extend(self.judge_rows(&parsed, &options.channels, &channels, &by_row)?);
                problems.sort_by_key(|problem| problem.line);
                return Ok(Err(problems));
            }
        };
        let judged = self.judge_rows(&parsed, &options.channels, &channels, &by_row)?;
        if judged.iter().any(PlanProblem::refuses) {
            let mut problems = arranged.warnings;
            problems.extend(judged);
            problems.sort_by_key(|problem| problem.line);
            return Ok(Err(problems));
        }
        let mut items = Vec::with_capacity(arranged.items.len());
        for item in arranged.items {
            let Some(row) = parsed.rows.get(item.row) else { continue };
            let Some(channel) = channels.iter().find(|channel| channel.name == item.channel) else { continue };
            let media = by_row.get(item.row).map(|media| media.on(channel)).unwrap_or_default();
            let content = thread::content(row, &item.text, media);
            let preview = self.preview_parts(channel, &content)?;
            let zone = item.civil.zone.to_string();
            let shown = PreviewItem {
                due_at: item.due_at,
                local: item.due_at.to_zoned(item.civil.zone.rules().clone()).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string(),
                zone,
                channel: item.channel.clone(),
                network: item.network.clone(),
                text: item.text.clone(),
                length: preview.count,
                length_max: preview.max,
                line: item.source.line,
                warnings: item
                    .warnings
                    .iter()
                    .map(ToString::to_string)
                    .chain(preview.warnings.iter().map(|warning| warning.text.clone()))
                    .chain(
                        (channel.state != ChannelState::Ok)
                            .then(|| format!("the channel {} does not work now: {}", channel.name, channel.state_detail)),
                    )
                    .collect(),
                held: None,
                cards: Vec::new(),
                findings: Vec::new(),
            };
            items.push((item, content, shown));
        }
        let zone = ZoneName::parse(space.as_ref().map_or("UTC", |space| space.zone.as_str()))
            .map_err(|error| crate::problem::internal(&error.to_string()))?;
        let texts = items.iter().map(|(item, _, _)| item.text.as_str());
        let looked = if wish.no_link_check { LookedUp::default() } else { self.look_up_links(texts).await };
        let found = self.judge_items(workspace, (&parsed, &items), &channels, &zone, (entry, &looked.report, &but)).await?;
        if found.iter().flatten().any(PlanProblem::refuses) {
            let mut problems = arranged.warnings;
            problems.extend(judged);
            problems.extend(found.into_iter().flatten());
            problems.sort_by_key(|problem| problem.line);
            return Ok(Err(problems));
        }
        mark(&mut items, found);
        let mut pictures = pictures;
        let cards = if wish.no_link_check { None } else { self.add_cards(&mut items, &parsed.rows, &channels, &mut pictures).await? };
        let warnings = arranged.warnings.into_iter().chain(looked.problem()).chain(cards).collect();
        Ok(Ok(Ready { parsed, items, warnings, pictures, channels, asks_yes: false }))
    }

    /// Reads each row's pictures once, away from what must answer soon; what is missing joins the file's problems.
    async fn read_pictures(
        &self,
        mut parsed: Parsed,
        folder: Option<PathBuf>,
        default_channels: &[String],
        channels: &[ChannelRow],
        kept: KeptPictures,
    ) -> Result<(Parsed, Vec<ReadPicture>, Vec<RowMedia>), Problem> {
        let targets: Vec<Vec<Target>> =
            parsed.rows.iter().map(|row| variants::targets(row.channels.as_deref().unwrap_or(default_channels), channels)).collect();
        let kith = self.clone();
        let read = tokio::task::spawn_blocking(move || {
            let (pictures, by_row) = kith.read_each_picture(&mut parsed, folder.as_deref(), &targets, &kept);
            (parsed, pictures, by_row)
        });
        read.await.map_err(|error| crate::problem::internal(&error.to_string()))
    }

    fn read_each_picture(
        &self,
        parsed: &mut Parsed,
        folder: Option<&Path>,
        targets: &[Vec<Target>],
        kept: &KeptPictures,
    ) -> (Vec<ReadPicture>, Vec<RowMedia>) {
        let now = self.now();
        let (mut pictures, mut by_row): (Vec<ReadPicture>, Vec<RowMedia>) = (Vec::new(), Vec::new());
        let mut problems = Vec::new();
        for (row, targets) in parsed.rows.iter().zip(targets) {
            let new_id = || self.chance().id(now, MediaId::new);
            let (media, read) = variants::read_row(row, targets, folder, |name| kept.get(name).cloned(), new_id, &mut problems);
            pictures.extend(read);
            by_row.push(media);
        }
        parsed.problems.extend(problems);
        (pictures, by_row)
    }

    /// What each row's networks say to its words and pictures.
    fn judge_rows(
        &self,
        parsed: &Parsed,
        default_channels: &[String],
        channels: &[ChannelRow],
        media: &[RowMedia],
    ) -> Result<Vec<PlanProblem>, Problem> {
        let mut problems = Vec::new();
        for (index, row) in parsed.rows.iter().enumerate() {
            let names = row.channels.as_deref().unwrap_or(default_channels);
            let mut judged: Vec<&str> = Vec::new();
            for channel in channels.iter().filter(|channel| names.contains(&channel.name)) {
                let network = channel.network.as_str();
                if judged.contains(&channel.network.as_str()) && !row.wordings.contains_key(network) {
                    continue;
                }
                judged.push(network);
                let text = row.text_for(network);
                let content = thread::content(row, text, media.get(index).map(|media| media.on(channel)).unwrap_or_default());
                problems.extend(self.said_by_network(row, text, channel, &content)?);
            }
        }
        Ok(problems)
    }

    /// What is wrong with a row's words on one channel, as its network counts and takes them.
    pub(super) fn said_by_network(
        &self,
        row: &PlanRow,
        text: &str,
        channel: &ChannelRow,
        content: &Content,
    ) -> Result<Vec<PlanProblem>, Problem> {
        let network = channel.network.as_str();
        let own = format!("text:{network}");
        let column = if row.wordings.contains_key(network) { own.as_str() } else { "text" };
        let mut problems = thread::problems(row, text);
        problems.extend(cards::problems(row, text));
        let preview = self.preview_parts(channel, content)?;
        for warning in preview.warnings.iter().filter(|warning| warning.refuses) {
            problems.push(match warning.over_by {
                Some(over_by) if warning.field == "text" => PlanProblem::too_long(row.source.line, column, network, over_by, preview.max),
                _ => PlanProblem::refuse(
                    row.source.line,
                    None,
                    Reason::OnNetwork { network: network.to_owned(), detail: warning.text.clone() },
                    "change it, or leave this channel out",
                )
                .in_column(warning.field.clone()),
            });
        }
        Ok(problems)
    }

    /// What a content would look like on a channel, all its parts: the longest part's length, and every part's warnings.
    pub(super) fn preview_parts(&self, channel: &ChannelRow, content: &Content) -> Result<Preview, Problem> {
        let pieces = thread::pieces(content);
        let mut whole: Option<Preview> = None;
        for (piece, number) in pieces.iter().zip(1..) {
            let mut preview = self.preview_on(channel, piece)?;
            if pieces.len() > 1 {
                preview.warnings.iter_mut().for_each(|warning| warning.text = format!("Part {number}: {}", warning.text));
            }
            whole = Some(match whole {
                None => preview,
                Some(mut whole) => {
                    whole.count = whole.count.max(preview.count);
                    whole.warnings.append(&mut preview.warnings);
                    whole
                }
            });
        }
        whole.map_or_else(|| self.preview_on(channel, content), Ok)
    }

    /// What a content would look like on a channel.
    pub(crate) fn preview_on(&self, channel: &ChannelRow, content: &Content) -> Result<Preview, Problem> {
        let network = self.network(&channel.network)?;
        Ok(network.preview(content, &capabilities(channel)?))
    }
}

/// Puts what was found beside each item: why it is held, and what is worth a look.
fn mark(items: &mut [Item], found: Found) {
    for ((_, _, shown), found) in items.iter_mut().zip(found) {
        let held: Vec<String> = found.iter().filter(|problem| problem.holds()).map(|problem| problem.reason.to_string()).collect();
        shown.held = (!held.is_empty()).then(|| held.join("; "));
        shown.warnings.extend(found.iter().map(|problem| {
            let held = if problem.holds() { "held until the owner's yes: " } else { "" };
            format!("{held}{}; {}", problem.reason, problem.way_out)
        }));
        shown.findings = found;
    }
}

/// What the store keeps as JSON, as the networks' type.
pub(crate) fn capabilities(channel: &ChannelRow) -> Result<Capabilities, Problem> {
    serde_json::from_value(channel.capabilities.clone())
        .map_err(|error| crate::problem::internal(&format!("capabilities of channel {}: {error}", channel.name)))
}
