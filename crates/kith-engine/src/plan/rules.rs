//! After an update with new rules for a time zone: posts that are planned by its wall clock move with it.
//!
//! The store keeps the marks of the rules under which it was planned; only when they differ is the plan walked, and only
//! posts in the zones that changed are looked at. Keys stay, so nothing is planned twice.

use std::collections::BTreeSet;

use kith_domain::mandate::Actor;
use kith_domain::schedule::{ZoneRules, moved};
use kith_store::{DispatchFilter, DispatchView, Move, NewEvent, PlanChange, SaveError, WorkspaceRow};

use crate::kith::Kith;
use crate::notices::NoticeKind;
use crate::problem::{Problem, from_store, internal};

/// The store's name for the marks.
const META_RULES: &str = "zone_rules";
/// Posts of one page of the walk, and posts that the notice names.
const PAGE: u32 = 500;
const NAMED_MAX: usize = 3;

impl Kith {
    /// Moves what is planned in zones whose rules changed since the last start; returns how many posts. Before anything
    /// is claimed.
    pub async fn follow_zone_rules(&self) -> Result<usize, Problem> {
        let rules = ZoneRules::bundled();
        let text = serde_json::to_string(&rules).map_err(|error| internal(&error.to_string()))?;
        let before = self.store().meta(META_RULES).await.map_err(from_store)?;
        if before.as_ref() == Some(&text) {
            return Ok(0);
        }
        let before = before.and_then(|text| serde_json::from_str::<ZoneRules>(&text).ok()).unwrap_or_default();
        let changed = rules.changed_since(&before);
        let mut told = Vec::new();
        if !changed.is_empty() {
            for space in self.store().workspaces().await.map_err(from_store)? {
                told.extend(self.follow_in(&space, &changed).await?);
            }
        }
        self.store().set_meta(META_RULES, &text).await.map_err(from_store)?;
        if !told.is_empty() {
            let zones = changed.iter().map(String::as_str).filter(|zone| told.iter().any(|(_, at)| at == zone)).collect::<Vec<_>>();
            let named = told.iter().take(NAMED_MAX).map(|(words, _)| words.as_str()).collect::<Vec<_>>().join("; ");
            let more = if told.len() > NAMED_MAX { "; and others" } else { "" };
            let posts = if told.len() == 1 { "post" } else { "posts" };
            let words = format!("{} {posts} moved with the clock of {}: {named}{more}.", told.len(), zones.join(", "));
            self.raise(NoticeKind::TimesMoved, words).await;
        }
        Ok(told.len())
    }

    /// What was moved in one workspace, in words, with its zone.
    async fn follow_in(&self, space: &WorkspaceRow, changed: &BTreeSet<String>) -> Result<Vec<(String, String)>, Problem> {
        let (store, now) = (self.store().in_workspace(space.id), self.now());
        let mut told = Vec::new();
        for state in ["planned", "held"] {
            let mut filter = DispatchFilter { states: vec![state], from: Some(now), limit: PAGE, ..DispatchFilter::default() };
            loop {
                let page = store.dispatches(&filter).await.map_err(from_store)?;
                for view in page.iter().filter(|view| changed.contains(&view.dispatch.zone)) {
                    let d = &view.dispatch;
                    let Some(due_at) = moved(&d.civil, &d.zone, d.due_at) else { continue };
                    let step = Move { was: d.clone(), civil: d.civil.clone(), zone: d.zone.clone(), due_at };
                    let event = NewEvent {
                        kind: "dispatch.moved_with_zone".into(),
                        subject: d.id.to_string(),
                        actor: Actor::Worker,
                        detail: serde_json::json!({ "zone": d.zone, "from": d.due_at, "to": due_at }),
                    };
                    match store.change_plan(&PlanChange { moves: vec![step], events: vec![event], ..PlanChange::default() }, now).await {
                        Ok(()) => {
                            tracing::warn!(dispatch = %d.id, zone = d.zone, from = %d.due_at, to = %due_at, "a post moved with its time zone");
                            told.push((words(view), d.zone.clone()));
                        }
                        // Somebody has just changed it.
                        Err(SaveError::Fenced) => {}
                        Err(SaveError::Store(error)) => return Err(from_store(error)),
                    }
                }
                match page.last() {
                    Some(last) if page.len() == PAGE as usize => filter.after = Some(last.cursor()),
                    _ => break,
                }
            }
        }
        if !told.is_empty() {
            self.tell(space.id, "plan", None).await;
        }
        Ok(told)
    }
}

/// `the one on lark at 2026-12-01 09:30`
fn words(view: &DispatchView) -> String {
    let minute: String = view.dispatch.civil.replace('T', " ").chars().take(16).collect();
    format!("the one on {} at {minute}", view.channel_name)
}
