//! A plan from a file: the same function previews and imports, so that what was shown is what is stored (B2).

use std::path::PathBuf;

use jiff::Timestamp;
use kith_domain::ids::{DispatchId, MediaId, PostId, VariantId, WorkspaceId};
use kith_domain::mandate::{Actor, Door, Provenance};
use kith_domain::plan::{Parsed, PlanChannel, PlanFormat, Problem as PlanProblem, file, problem::Reason};
use kith_domain::publish::{Content, Dispatch, State};
use kith_domain::schedule::{DAYS_AHEAD_MAX, PlanOptions, PlannedItem, Taken, Windows, ZoneName, arrange};
use kith_networks::Capabilities;
use kith_store::{ChannelRow, ChannelState, NewEvent, NewPost, NewVariant};
use serde::Serialize;

use super::media::{self, ReadPicture, hex};
use crate::kith::{Kith, Operator};
use crate::problem::{Problem, from_store};

/// The event that notes an import.
const IMPORTED: &str = "plan.imported";

/// A plan as it came in.
#[derive(Debug, Clone)]
pub struct PlanFile {
    /// Its name, for provenance; without its folder.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// How it is written; by its name if `None`.
    pub format: Option<PlanFormat>,
    /// Where its pictures are.
    pub folder: Option<PathBuf>,
}

/// What holds for the whole plan, as people write it.
#[derive(Debug, Clone, Default)]
pub struct PlanWish {
    /// Channels for rows that name none.
    pub channels: Vec<String>,
    /// Zone for rows that name none.
    pub zone: Option<String>,
    /// Windows for rows without a time.
    pub windows: Option<String>,
    /// Rows without a time per day.
    pub per_day: Option<u32>,
    /// Their first day.
    pub from: Option<String>,
    /// Least minutes between two posts on a channel.
    pub gap_minutes: Option<u32>,
    /// Seed of the times.
    pub seed: u64,
    /// Import it although the same file was imported before.
    pub again: bool,
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
}

/// A preview: what would go out, or everything that is wrong.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Previewed {
    /// In order of time; empty if something refuses the plan.
    pub items: Vec<PreviewItem>,
    /// Problems that refuse it, and warnings on the file as a whole.
    pub problems: Vec<PlanProblem>,
}

/// What was stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Imported {
    /// Posts.
    pub posts: usize,
    /// Deliveries.
    pub dispatches: usize,
    /// The first time.
    pub first_due_at: Option<Timestamp>,
    /// The last time.
    pub last_due_at: Option<Timestamp>,
}

/// A plan ready to be stored.
struct Ready {
    parsed: Parsed,
    items: Vec<(PlannedItem, Content, PreviewItem)>,
    warnings: Vec<PlanProblem>,
    pictures: Vec<ReadPicture>,
    channels: Vec<ChannelRow>,
}

impl Previewed {
    /// Whether it may be imported.
    pub fn is_fine(&self) -> bool {
        !self.problems.iter().any(PlanProblem::refuses)
    }
}

impl Kith {
    /// What would go out and when. Stores nothing.
    pub async fn preview_plan(&self, workspace: WorkspaceId, plan: &PlanFile, wish: &PlanWish) -> Result<Previewed, Problem> {
        Ok(match self.ready(workspace, plan, wish).await? {
            Ok(ready) => Previewed { items: ready.items.into_iter().map(|(_, _, shown)| shown).collect(), problems: ready.warnings },
            Err(problems) => Previewed { items: Vec::new(), problems },
        })
    }

    /// The same, then stores it: all or nothing. The inner `Err` has everything that is wrong.
    pub async fn import_plan(
        &self,
        operator: &Operator,
        plan: &PlanFile,
        wish: &PlanWish,
    ) -> Result<Result<Imported, Vec<PlanProblem>>, Problem> {
        let ready = match self.ready(operator.workspace, plan, wish).await? {
            Ok(ready) => ready,
            Err(problems) => return Ok(Err(problems)),
        };
        let imported =
            self.store_plan(operator, ready, |item| Door::ImportFile { file: plan.name.clone(), line: item.source.line }).await?;
        let event = NewEvent {
            kind: IMPORTED.into(),
            subject: series(plan),
            actor: operator.actor.clone(),
            detail: serde_json::json!({ "file": plan.name, "dispatches": imported.dispatches }),
        };
        self.store().in_workspace(operator.workspace).add_event(&event, self.now()).await.map_err(from_store)?;
        Ok(Ok(imported))
    }

    /// The same bytes imported before are a slip of the hand more often than a wish.
    async fn imported_before(&self, workspace: WorkspaceId, plan: &PlanFile) -> Result<Option<PlanProblem>, Problem> {
        let events = self.store().in_workspace(workspace).events(Some(&series(plan)), None, 1).await.map_err(from_store)?;
        Ok(events.first().filter(|event| event.kind == IMPORTED).map(|event| {
            PlanProblem::refuse(
                None,
                None,
                Reason::ImportedBefore { at: event.at.to_string() },
                "change it, or add --again if you mean it twice",
            )
        }))
    }

    async fn ready(&self, workspace: WorkspaceId, plan: &PlanFile, wish: &PlanWish) -> Result<Result<Ready, Vec<PlanProblem>>, Problem> {
        let Some(format) = plan.format.or_else(|| PlanFormat::of_file_name(&plan.name)) else {
            return Err(Problem::Invalid {
                field: "file".into(),
                why: format!("{} does not end on .csv, .md or .jsonl; name the form with --form", plan.name),
            });
        };
        let parsed = file::parse(format, &plan.bytes);
        let arranged = self.arrange_rows(workspace, parsed, series(plan), plan.folder.clone(), wish).await?;
        let before = if wish.again { None } else { self.imported_before(workspace, plan).await? };
        Ok(match (arranged, before) {
            (arranged, None) => arranged,
            (Ok(_), Some(problem)) => Err(vec![problem]),
            (Err(mut problems), Some(problem)) => {
                problems.push(problem);
                Err(problems)
            }
        })
    }

    /// The shared heart of files and single posts: rows and wishes become contents with times, or all problems.
    async fn arrange_rows(
        &self,
        workspace: WorkspaceId,
        mut parsed: Parsed,
        series: String,
        folder: Option<PathBuf>,
        wish: &PlanWish,
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
            taken.insert(channel.name.clone(), store.taken(channel.id, now, until).await.map_err(from_store)?);
        }

        let (pictures, by_row) = self.read_pictures(&mut parsed, folder.as_deref());
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
            let media = by_row.get(item.row).cloned().unwrap_or_default();
            let content = Content { text: item.text.clone(), warning: item.cw.clone(), language: item.lang.clone(), media };
            let Some(channel) = channels.iter().find(|channel| channel.name == item.channel) else { continue };
            let preview = self.preview_on(channel, &content)?;
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
            };
            items.push((item, content, shown));
        }
        Ok(Ok(Ready { parsed, items, warnings: arranged.warnings, pictures, channels }))
    }

    /// Reads each row's pictures once; what is missing joins the file's problems.
    fn read_pictures(
        &self,
        parsed: &mut Parsed,
        folder: Option<&std::path::Path>,
    ) -> (Vec<ReadPicture>, Vec<Vec<kith_domain::publish::MediaItem>>) {
        let now = self.now();
        let (mut pictures, mut by_row): (Vec<ReadPicture>, Vec<Vec<_>>) = (Vec::new(), Vec::new());
        let mut problems = Vec::new();
        for row in &parsed.rows {
            let mut items = Vec::new();
            for (index, name) in row.media.iter().enumerate() {
                let alt = row.alt.get(index).map(String::as_str).unwrap_or_default();
                let alt = if alt == kith_domain::plan::ALT_DECORATIVE { "" } else { alt };
                match media::read(folder, name, alt, row.source.line, self.chance().id(now, MediaId::new)) {
                    Ok(picture) => {
                        items.push(picture.item.clone());
                        pictures.push(picture);
                    }
                    Err(problem) => problems.push(problem),
                }
            }
            by_row.push(items);
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
        media: &[Vec<kith_domain::publish::MediaItem>],
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
                let own = format!("text:{network}");
                let column = if row.wordings.contains_key(network) { own.as_str() } else { "text" };
                let content = Content {
                    text: row.text_for(network).to_owned(),
                    warning: row.cw.clone(),
                    language: row.lang.clone(),
                    media: media.get(index).cloned().unwrap_or_default(),
                };
                let preview = self.preview_on(channel, &content)?;
                for warning in preview.warnings.iter().filter(|warning| warning.refuses) {
                    problems.push(match warning.over_by {
                        Some(over_by) if warning.field == "text" => {
                            PlanProblem::too_long(row.source.line, column, network, over_by, preview.max)
                        }
                        _ => PlanProblem::refuse(
                            row.source.line,
                            None,
                            Reason::OnNetwork { network: network.to_owned(), detail: warning.text.clone() },
                            "change it, or leave this channel out",
                        )
                        .in_column(warning.field.clone()),
                    });
                }
            }
        }
        Ok(problems)
    }

    /// What a content would look like on a channel.
    pub(crate) fn preview_on(&self, channel: &ChannelRow, content: &Content) -> Result<kith_networks::Preview, Problem> {
        let network = self.network(&channel.network)?;
        Ok(network.preview(content, &capabilities(channel)?))
    }

    async fn store_plan(&self, operator: &Operator, ready: Ready, door: impl Fn(&PlannedItem) -> Door) -> Result<Imported, Problem> {
        let now = self.now();
        let store = self.store().in_workspace(operator.workspace);
        for picture in &ready.pictures {
            let row = self.keep_picture(picture).await?;
            store.add_media(&row, now).await.map_err(from_store)?;
        }
        let mut posts: Vec<NewPost> = Vec::new();
        let mut post_of_row: std::collections::BTreeMap<usize, usize> = std::collections::BTreeMap::new();
        let (mut dispatches, mut first, mut last) = (0, None::<Timestamp>, None::<Timestamp>);
        for (item, content, _) in &ready.items {
            let Some(channel) = ready.channels.iter().find(|channel| channel.name == item.channel) else { continue };
            let provenance = provenance(&operator.actor, now, door(item), operator.workspace);
            let index = *post_of_row.entry(item.row).or_insert_with(|| {
                posts.push(NewPost {
                    id: self.chance().id(now, PostId::new),
                    text: ready.parsed.rows.get(item.row).map(|row| row.text.clone()).unwrap_or_default(),
                    category: item.category.clone(),
                    provenance: provenance.clone(),
                    variants: Vec::new(),
                });
                posts.len() - 1
            });
            let Some(post) = posts.get_mut(index) else { continue };
            let (variant, dispatch) = (self.chance().id(now, VariantId::new), self.chance().id(now, DispatchId::new));
            let hash = content.hash();
            let remote_key = self.network(&channel.network)?.remote_key(dispatch, item.due_at);
            post.variants.push(NewVariant {
                id: variant,
                channel: channel.id,
                content: content.clone(),
                approved_hash: Some(hash.clone()),
                approved_by: Some(operator.actor.clone()),
                approved_at: Some(now),
                dispatches: vec![Dispatch {
                    id: dispatch,
                    workspace: operator.workspace,
                    post: post.id,
                    variant,
                    channel: channel.id,
                    occurrence_key: item.occurrence_key.clone(),
                    civil: item.civil.at.to_string(),
                    zone: item.civil.zone.to_string(),
                    due_at: item.due_at,
                    grace_s: self.0.grace_s,
                    payload_hash: hash,
                    remote_key,
                    prepared: None,
                    state: State::planned(),
                    fence: 0,
                    attempts: 0,
                    first_send: None,
                    last_send: None,
                }],
            });
            dispatches += 1;
            first = Some(first.map_or(item.due_at, |t| t.min(item.due_at)));
            last = Some(last.map_or(item.due_at, |t| t.max(item.due_at)));
        }
        store.add_plan(&posts, now).await.map_err(|error| match error {
            kith_store::StoreError::Conflict { which, .. } => Problem::Conflict(format!(
                "this is planned already ({}); nothing was stored. Change the time or the text if you mean it twice",
                which.unwrap_or_else(|| "the same post at the same time".into())
            )),
            other => from_store(other),
        })?;
        self.tell(operator.workspace, "plan", None).await;
        Ok(Imported { posts: posts.len(), dispatches, first_due_at: first, last_due_at: last })
    }
}

impl Kith {
    /// Plans one post, written at the given door (B1).
    pub(crate) async fn plan_rows(
        &self,
        operator: &Operator,
        parsed: Parsed,
        series: String,
        folder: Option<PathBuf>,
        wish: &PlanWish,
        door: Door,
    ) -> Result<Result<Imported, Vec<PlanProblem>>, Problem> {
        match self.arrange_rows(operator.workspace, parsed, series, folder, wish).await? {
            Ok(ready) => self.store_plan(operator, ready, |_| door.clone()).await.map(Ok),
            Err(problems) => Ok(Err(problems)),
        }
    }
}

/// A name of the file by its bytes: occurrence keys begin with it.
fn series(plan: &PlanFile) -> String {
    format!("file-{}", hex(&plan.bytes).get(..16).unwrap_or_default())
}

/// What the store keeps as JSON, as the networks' type.
pub(crate) fn capabilities(channel: &ChannelRow) -> Result<Capabilities, Problem> {
    serde_json::from_value(channel.capabilities.clone())
        .map_err(|error| crate::problem::internal(&format!("capabilities of channel {}: {error}", channel.name)))
}

/// Whoever imports a plan has the right to approve it; a delegate's plans wait for a yes (the issue of delegation).
fn provenance(actor: &Actor, now: Timestamp, through: Door, workspace: WorkspaceId) -> Provenance {
    Provenance {
        written_by: actor.clone(),
        written_at: now,
        through,
        approved_by: Some(actor.clone()),
        approved_at: Some(now),
        sent_by: Actor::Worker,
        on_behalf_of: workspace,
    }
}

/// People's wishes as options, or every wish that is not right, by the name of its option.
fn options(series: String, wish: &PlanWish, workspace_zone: Option<&str>) -> Result<PlanOptions, Vec<PlanProblem>> {
    let mut problems = Vec::new();
    let mut wrong = |column: &'static str, detail: String, way_out: &str| {
        problems.push(PlanProblem::refuse(None, None, Reason::BadOption { detail }, way_out.to_owned()).in_column(column));
    };
    let zone = match wish.zone.as_deref().or(workspace_zone).map(ZoneName::parse) {
        Some(Ok(zone)) => Some(zone),
        Some(Err(error)) => {
            wrong("--zone", error.to_string(), "write a zone such as Europe/Lisbon");
            None
        }
        None => None,
    };
    let windows = match wish.windows.as_deref().map(str::parse::<Windows>) {
        Some(Ok(windows)) => Some(windows),
        Some(Err(error)) => {
            wrong("--windows", error.to_string(), "write windows such as \"Mon-Fri 08:00-10:00, Sat 9-11\"");
            None
        }
        None => None,
    };
    let from = match wish.from.as_deref().map(str::parse::<jiff::civil::Date>) {
        Some(Ok(date)) => Some(date),
        Some(Err(_)) => {
            wrong("--from", format!("{:?} is not a date", wish.from.as_deref().unwrap_or_default()), "write a date such as 2026-12-01");
            None
        }
        None => None,
    };
    if !problems.is_empty() {
        return Err(problems);
    }
    let mut options = PlanOptions::new(series);
    options.channels.clone_from(&wish.channels);
    options.zone = zone;
    options.windows = windows;
    options.from = from;
    options.seed = wish.seed;
    options.per_day = wish.per_day.unwrap_or(options.per_day);
    options.gap_minutes = wish.gap_minutes.unwrap_or(options.gap_minutes);
    Ok(options)
}
