//! What is said to posts that have their time: safety (B10, B14), framing (B9), cadence (B11) and the networks' rules.
//!
//! Each of these is decided in the domain; this file gathers what they need (a bounded look at what each channel sent and
//! will send) and puts their findings into one kind, a plan's [`Problem`](PlanProblem). A refusal stops the plan, a hold
//! stores the post held until the owner's yes, a warning is shown.

mod alike;

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use kith_domain::ids::{DispatchId, WorkspaceId};
use kith_domain::plan::entity::hashtags;
use kith_domain::plan::policy::{Entry, Policy};
use kith_domain::plan::safety::{self, Around, Attachment, Broadcast, habit::HashtagHabit, links::LinkReport, rule};
use kith_domain::plan::{ALT_DECORATIVE, CategoryKinds, Parsed, PlanRow, Problem as PlanProblem, Severity, problem::Reason};
use kith_domain::publish::{Content, State};
use kith_domain::schedule::cadence::{self, ChannelCadence, CountedPost, Finding, VerdictLevel};
use kith_domain::schedule::{PlannedItem, ZoneName};
use kith_store::{ChannelRow, DispatchFilter, DispatchView};

use super::arrange::PreviewItem;
use super::ratio::Answers;
use super::trends::Trending;
use super::{PlanRules, rulebook};
use crate::kith::Kith;
use crate::problem::{Problem, from_store};

/// Days back that a channel's habits and cadence look at.
const BACK_DAYS: i64 = 31;
/// Rows fetched from the store at a time, and most of one channel; later ones are not counted.
const FETCH_ROWS: u32 = 500;
const ROWS_MAX: usize = 4_000;
/// Posts that make a channel's habit of hashtags.
const HABIT_POSTS: usize = 50;
/// The action of the networks' rules on one text from several accounts.
const SAME_TEXT: &str = "same_text_many_accounts";

/// The finding's name of what would come due while something stands still.
const STANDS_STILL: &str = "stands_still";

/// Checks of the domain that rows of plans have been through already, in the words of files and forms.
const SAID_ALREADY: [&str; 8] = [
    rule::EMPTY,
    rule::PLACEHOLDER,
    rule::REPLY_LIKE,
    rule::MISSING_MEDIA,
    rule::MISSING_ALT,
    rule::LONG_ALT,
    rule::MANY_PICTURES,
    rule::TOO_LONG,
];

/// An item of a plan with its content and how it is shown.
pub(super) type Item = (PlannedItem, Content, PreviewItem);

/// What was found, for each item in order.
pub(super) type Found = Vec<Vec<PlanProblem>>;

/// What a channel sent and will send, as far as it is looked at.
#[derive(Debug, Default)]
struct Around31 {
    posts: Vec<CountedPost>,
    habit: HashtagHabit,
    /// What it says, each with its time.
    texts: Vec<(String, Timestamp)>,
}

/// Everything that all items are judged with.
struct Desk<'a> {
    parsed: &'a Parsed,
    items: &'a [Item],
    channels: &'a [ChannelRow],
    around: BTreeMap<&'a str, Around31>,
    policy: &'static Policy,
    links: &'a LinkReport,
    by_rule: bool,
    /// Hashtags that a rule set, by row.
    tags: &'a [Vec<String>],
    trending: &'a Trending,
}

/// How items are judged.
pub(super) struct Asking<'a> {
    /// The way they come in.
    pub(super) entry: Entry,
    /// What is known of their links.
    pub(super) links: &'a LinkReport,
    /// Hashtags that a rule set, by row; rows without an entry have none.
    pub(super) tags: &'a [Vec<String>],
    /// What trends on the channels, where a rule sets tags.
    pub(super) trending: &'a Trending,
    /// The zone in which days are counted for the cadence, and the answers it is held against; `None` for a program's lines,
    /// which are told what it says when they are placed, by the same function.
    pub(super) cadence: Option<(&'a ZoneName, &'a Answers)>,
}

/// It would come due while something stands still: said now, held then.
fn still(item: &PlannedItem, why: &str) -> PlanProblem {
    let reason = Reason::Safety { rule: STANDS_STILL.into(), words: format!("it stands still at that time: {why}"), span: None };
    PlanProblem::warn(
        item.source.line,
        "at",
        reason,
        "it is held then, and once that is over it asks if it is too late; or give it a later time",
    )
}

impl Kith {
    /// Everything that is found about these items when they come in this way, as if the deliveries in `but` were not in the
    /// plan: what is moved or changed is not in its own way.
    pub(super) async fn judge_items(
        &self,
        workspace: WorkspaceId,
        (parsed, items): (&Parsed, &[Item]),
        channels: &[ChannelRow],
        zone: &ZoneName,
        (entry, links, but): (Entry, &LinkReport, &BTreeSet<DispatchId>),
    ) -> Result<Found, Problem> {
        let rules = self.plan_rules(workspace).await?;
        let mut views = BTreeMap::new();
        for channel in channels.iter().filter(|channel| is_looked_at(channel, items)) {
            let mut known = self.sent_and_planned(channel).await?;
            known.retain(|view| !but.contains(&view.dispatch.id));
            views.insert(channel.name.as_str(), known);
        }
        // Words of a feed are a rule's; nobody but a feed comes in this way.
        let named = channels.iter().filter(|channel| items.iter().any(|(item, _, _)| item.channel == channel.name));
        let trending = if entry == Entry::Webhook { self.trending_on(named, true).await } else { Trending::new() };
        let answers = self.answers_lately(workspace, channels, &rules, self.now()).await?;
        let asking = Asking { entry, links, tags: &[], trending: &trending, cadence: Some((zone, &answers)) };
        let mut found = self.judge_beside(parsed, items, channels, (&rules, &views), &asking)?;
        let home = self.at_home(workspace).await.map_err(from_store)?;
        for (found, (item, _, _)) in found.iter_mut().zip(items) {
            found.extend(home.still_at(item.category.as_deref(), &item.channel, item.due_at).map(|why| still(item, &why)));
        }
        Ok(found)
    }

    /// The same beside what is out and planned on each channel, by its name; nothing is fetched.
    pub(super) fn judge_beside(
        &self,
        parsed: &Parsed,
        items: &[Item],
        channels: &[ChannelRow],
        (rules, views): (&PlanRules, &BTreeMap<&str, Vec<DispatchView>>),
        asking: &Asking<'_>,
    ) -> Result<Found, Problem> {
        let policy = rulebook::policy()?;
        let looked_at = channels.iter().filter(|channel| is_looked_at(channel, items));
        let around = looked_at.filter_map(|channel| {
            let views = views.get(channel.name.as_str())?;
            Some((channel.name.as_str(), Around31::of(views, &rules.kinds)))
        });
        let networks: BTreeSet<&str> = items.iter().map(|(item, _, _)| item.network.as_str()).collect();
        let mut found: Found = vec![Vec::new(); items.len()];
        for network in networks {
            if let Some(problem) = rulebook::refused(network, asking.entry)? {
                for (found, (item, _, _)) in found.iter_mut().zip(items).filter(|(_, (item, _, _))| item.network == network) {
                    found.push(PlanProblem { line: Some(item.source.line), ..problem.clone() });
                }
            }
        }
        let by_rule = asking.entry == Entry::Webhook;
        let desk = Desk {
            parsed,
            items,
            channels,
            around: around.collect(),
            policy,
            by_rule,
            links: asking.links,
            tags: asking.tags,
            trending: asking.trending,
        };
        desk.safety(&mut found);
        desk.framing(&mut found);
        desk.same_text(&mut found);
        if let Some(counted) = asking.cadence {
            desk.cadence(&mut found, counted, rules, self.now());
        }
        Ok(found)
    }

    /// The broadcasts on a channel that count for its cadence, since a month ago.
    pub(super) async fn counted_posts(&self, channel: &ChannelRow, kinds: &CategoryKinds) -> Result<Vec<CountedPost>, Problem> {
        Ok(Around31::of(&self.sent_and_planned(channel).await?, kinds).posts)
    }

    /// What is out, planned or open on a channel since a month ago, by time; bounded.
    async fn sent_and_planned(&self, channel: &ChannelRow) -> Result<Vec<DispatchView>, Problem> {
        let store = self.store().in_workspace(channel.workspace);
        let from = Some(self.now() - SignedDuration::from_hours(24 * BACK_DAYS));
        let mut filter = DispatchFilter { channel: Some(channel.id), from, limit: FETCH_ROWS, ..DispatchFilter::default() };
        let mut views = Vec::new();
        while views.len() < ROWS_MAX {
            let page = store.dispatches(&filter).await.map_err(from_store)?;
            let is_last = page.len() < FETCH_ROWS as usize;
            filter.after = page.last().map(DispatchView::cursor);
            views.extend(page);
            if is_last {
                break;
            }
        }
        Ok(views)
    }
}

impl Around31 {
    fn of(views: &[DispatchView], kinds: &CategoryKinds) -> Self {
        let of = |view: &DispatchView| view.category.as_deref().and_then(|category| kinds.of(category));
        let is_over = |view: &DispatchView| matches!(view.dispatch.state, State::Cancelled | State::Failed { .. } | State::Missed { .. });
        let views: Vec<&DispatchView> = views.iter().filter(|view| !is_over(view)).collect();
        // A later part of a thread is one post with the first.
        let first = views.iter().filter(|view| view.content.extras.after.is_none());
        let out = views.iter().rev().filter(|view| matches!(view.dispatch.state, State::Published { .. }));
        let tags: Vec<u32> = out.take(HABIT_POSTS).map(|view| hashtags(&view.content.text).len() as u32).collect();
        Self {
            posts: first.map(|view| CountedPost { at: view.dispatch.due_at, kind: of(view) }).collect(),
            habit: HashtagHabit::of(&tags),
            texts: views.iter().map(|view| (view.content.text.clone(), view.dispatch.due_at)).collect(),
        }
    }
}

/// Whether a channel's past and plans matter to these items: it is one of theirs, or another account of a network that
/// forbids the same text from two.
fn is_looked_at(channel: &ChannelRow, items: &[Item]) -> bool {
    let forbids = || rulebook::policy().is_ok_and(|policy| policy.forbids(channel.network.as_str(), SAME_TEXT).is_some());
    items.iter().any(|(item, _, _)| item.channel == channel.name)
        || (items.iter().any(|(item, _, _)| item.network == channel.network.as_str()) && forbids())
}

impl Desk<'_> {
    fn row(&self, item: &PlannedItem) -> Option<&PlanRow> {
        self.parsed.rows.get(item.row)
    }

    /// The column in which this item's words stand.
    fn column(&self, item: &PlannedItem) -> String {
        let own = self.row(item).is_some_and(|row| row.wordings.contains_key(&item.network));
        if own { format!("text:{}", item.network) } else { "text".to_owned() }
    }

    fn safety(&self, found: &mut Found) {
        let quiet = BTreeSet::new();
        let ours: BTreeSet<String> = self.channels.iter().map(|channel| channel.address.trim_start_matches('@').to_lowercase()).collect();
        let new = Around31::default();
        for (found, (item, content, _)) in found.iter_mut().zip(self.items) {
            let media: Vec<Attachment<'_>> = self.row(item).map_or_else(Vec::new, |row| {
                let alt = |index: usize| row.alt.get(index).map(|alt| if alt == ALT_DECORATIVE { "" } else { alt.as_str() });
                row.media.iter().enumerate().map(|(index, name)| Attachment { name, is_there: true, alt: alt(index) }).collect()
            });
            let around = Around {
                network: &item.network,
                limit: self.policy.limits.get(&item.network),
                policy: self.policy,
                habit: &self.around.get(item.channel.as_str()).unwrap_or(&new).habit,
                trending: self.trending.get(&item.channel).unwrap_or(&quiet),
                may_be_named: &ours,
                links: self.links,
            };
            let post = Broadcast {
                text: &item.text,
                warning: content.warning.as_deref(),
                media: &media,
                tags_by_rule: self.tags.get(item.row).map_or(&[], Vec::as_slice),
                by_rule: self.by_rule,
            };
            let column = self.column(item);
            let findings = safety::inspect(&post, &around).into_iter().filter(|finding| !SAID_ALREADY.contains(&finding.rule.as_str()));
            found.extend(findings.map(|finding| finding.problem(item.source.line, &column)));
        }
    }

    /// What is too much on a channel. The plan's own gaps are told when it is arranged.
    fn cadence(&self, found: &mut Found, (zone, answers): (&ZoneName, &Answers), rules: &PlanRules, now: Timestamp) {
        for (channel, around) in &self.around {
            let asked: Vec<(usize, &PlannedItem)> = self
                .items
                .iter()
                .enumerate()
                .filter(|(_, (item, _, _))| item.channel == *channel)
                .map(|(index, (item, _, _))| (index, item))
                .collect();
            if asked.is_empty() {
                continue;
            }
            let known = ChannelCadence {
                channel: (*channel).to_owned(),
                zone: zone.clone(),
                caps: rules.caps.get(*channel).cloned().unwrap_or_default(),
                posts: around.posts.clone(),
                answers: answers.get(*channel).copied(),
            };
            let kind = |item: &PlannedItem| item.category.as_deref().and_then(|category| rules.kinds.of(category));
            let posts: Vec<CountedPost> = asked.iter().map(|(_, item)| CountedPost { at: item.due_at, kind: kind(item) }).collect();
            for ((index, item), verdicts) in asked.iter().zip(cadence::judge(&known, &posts, now)) {
                for verdict in verdicts {
                    if verdict.level == VerdictLevel::Tell && matches!(verdict.finding, Finding::Gap { .. }) {
                        continue;
                    }
                    let rule = match verdict.finding {
                        Finding::PostsADay { .. } => "cadence.posts_a_day",
                        Finding::Gap { .. } => "cadence.gap",
                        Finding::Ticker { .. } => "cadence.ticker",
                        Finding::Promotion { .. } => "cadence.promotion",
                        Finding::Ratio { .. } => "cadence.ratio",
                    };
                    let severity = if verdict.level == VerdictLevel::Hold { Severity::Hold } else { Severity::Warn };
                    let reason = Reason::Safety { rule: rule.into(), words: verdict.to_string(), span: None };
                    let problem = PlanProblem::refuse(item.source.line, "at", reason, verdict.way_out());
                    if let Some(found) = found.get_mut(*index) {
                        found.push(PlanProblem { severity, ..problem });
                    }
                }
            }
        }
    }
}
