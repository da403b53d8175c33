//! Storing a plan that is ready: posts, wordings and deliveries in one transaction, each saying whose it is.

use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::Timestamp;
use kith_domain::ids::{DispatchId, PostId, VariantId, WorkspaceId};
use kith_domain::mandate::{Actor, Door, Provenance};
use kith_domain::plan::{Parsed, Problem as PlanProblem};
use kith_domain::publish::{Dispatch, Hold, State};
use kith_domain::schedule::PlannedItem;
use kith_store::{NewPost, NewVariant};

use super::arrange::Ready;
use super::import::Imported;
use super::rulebook::entry;
use super::thread;
use super::wish::PlanWish;
use crate::kith::{Kith, Operator};
use crate::problem::{Problem, from_store};

impl Kith {
    pub(super) async fn store_plan(
        &self,
        operator: &Operator,
        ready: Ready,
        door: impl Fn(&PlannedItem) -> Door,
    ) -> Result<Imported, Problem> {
        let now = self.now();
        let store = self.store().in_workspace(operator.workspace);
        for picture in &ready.pictures {
            let row = self.keep_picture(picture).await?;
            store.add_media(&row, now).await.map_err(from_store)?;
        }
        let mut posts: Vec<NewPost> = Vec::new();
        let mut post_of_row: BTreeMap<usize, usize> = BTreeMap::new();
        let (mut dispatches, mut first, mut last) = (0, None::<Timestamp>, None::<Timestamp>);
        let mut held = 0;
        for (item, content, shown) in &ready.items {
            let Some(channel) = ready.channels.iter().find(|channel| channel.name == item.channel) else { continue };
            let mut provenance = provenance(&operator.actor, now, door(item), operator.workspace);
            if ready.asks_yes {
                (provenance.approved_by, provenance.approved_at) = (None, None);
            }
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
            let mut before = None;
            for (piece, number) in thread::pieces(content).into_iter().zip(1..) {
                let content = thread::after(piece, before);
                let (variant, dispatch) = (self.chance().id(now, VariantId::new), self.chance().id(now, DispatchId::new));
                before = Some(dispatch);
                let hash = content.hash();
                let remote_key = self.network(&channel.network)?.remote_key(dispatch, item.due_at);
                let state = match &shown.held {
                    Some(detail) => State::Held { why: Hold::Yes, detail: detail.clone(), since: now },
                    None => State::planned(),
                };
                held += usize::from(shown.held.is_some());
                post.variants.push(NewVariant {
                    id: variant,
                    channel: channel.id,
                    content,
                    approved_hash: Some(hash.clone()),
                    approved_by: (!ready.asks_yes).then(|| operator.actor.clone()),
                    approved_at: (!ready.asks_yes).then_some(now),
                    dispatches: vec![Dispatch {
                        id: dispatch,
                        workspace: operator.workspace,
                        post: post.id,
                        variant,
                        channel: channel.id,
                        occurrence_key: if number == 1 {
                            item.occurrence_key.clone()
                        } else {
                            format!("{}/part-{number}", item.occurrence_key)
                        },
                        civil: item.civil_as_meant(),
                        zone: item.civil.zone.to_string(),
                        due_at: item.due_at,
                        grace_s: self.0.grace_s,
                        payload_hash: hash,
                        remote_key,
                        prepared: None,
                        state,
                        fence: 0,
                        attempts: 0,
                        first_send: None,
                        last_send: None,
                    }],
                });
                dispatches += 1;
            }
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
        Ok(Imported { posts: posts.len(), dispatches, first_due_at: first, last_due_at: last, held })
    }

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
        match self.arrange_rows(operator.workspace, parsed, series, folder, wish, entry(&door)).await? {
            Ok(ready) => self.store_plan(operator, ready, |_| door.clone()).await.map(Ok),
            Err(problems) => Ok(Err(problems)),
        }
    }
}

/// Whoever imports a plan has the right to approve it; a delegate's plans wait for a yes (the issue of delegation).
pub(super) fn provenance(actor: &Actor, now: Timestamp, through: Door, workspace: WorkspaceId) -> Provenance {
    Provenance {
        written_by: actor.clone(),
        written_at: now,
        through,
        changed_by: None,
        changed_at: None,
        approved_by: Some(actor.clone()),
        approved_at: Some(now),
        sent_by: Actor::Worker,
        on_behalf_of: workspace,
    }
}
