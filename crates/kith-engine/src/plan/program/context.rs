//! The program as it is stored, and as it would be after an edit.

use kith_domain::ids::{SourceId, WorkspaceId};
use kith_domain::mandate::Door;
use kith_store::{NewEvent, NewSource, SourceChange, SourceRow};

use super::super::keep::provenance;
use super::{Living, Meaning, PlanRules, ProgramEdit, SourceKind, meaning, named};
use crate::kith::{Kith, Operator};
use crate::problem::{Problem, from_store, internal};

/// The setting that holds the rules.
pub(super) const RULES: &str = "plan_rules";

/// All sources with the rules.
#[derive(Debug, Clone)]
pub(super) struct ProgramState {
    pub(super) rows: Vec<SourceRow>,
    pub(super) rules: PlanRules,
    version: i64,
}

/// The same after an edit.
#[derive(Debug, Clone)]
pub(super) struct Edited {
    pub(super) living: Vec<Living>,
    pub(super) rules: PlanRules,
    /// Rules to be stored, with the version they replace.
    pub(super) new_rules: Option<(PlanRules, i64)>,
    /// A source that is no more.
    pub(super) ended: Option<SourceChange>,
    pub(super) events: Vec<NewEvent>,
}

impl Kith {
    pub(super) async fn rules_with_version(&self, workspace: WorkspaceId) -> Result<(PlanRules, i64), Problem> {
        let row = self.store().in_workspace(workspace).setting(RULES).await.map_err(from_store)?;
        if row.value.is_null() {
            return Ok((PlanRules::default(), row.version));
        }
        let rules = serde_json::from_value(row.value).map_err(|error| internal(&format!("plan rules: {error}")))?;
        Ok((rules, row.version))
    }

    pub(super) async fn program_state(&self, workspace: WorkspaceId) -> Result<ProgramState, Problem> {
        let store = self.store().in_workspace(workspace);
        let mut rows = Vec::new();
        for kind in SourceKind::ALL {
            rows.extend(store.sources(kind.as_str()).await.map_err(from_store)?);
        }
        let (rules, version) = self.rules_with_version(workspace).await?;
        Ok(ProgramState { rows, rules, version })
    }
}

impl ProgramState {
    /// The program after the edit; nothing is stored yet.
    pub(super) fn edited(&self, kith: &Kith, operator: &Operator, edit: &ProgramEdit, door: &Door) -> Result<Edited, Problem> {
        let mut living = self.rows.iter().map(living).collect::<Result<Vec<_>, _>>()?;
        let mut edited = Edited { living: Vec::new(), rules: self.rules.clone(), new_rules: None, ended: None, events: Vec::new() };
        let find = |kind: SourceKind, name: &str| {
            self.rows
                .iter()
                .position(|row| row.kind == kind.as_str() && (row.name == name || row.id.to_string() == name))
                .ok_or_else(|| Problem::NotThere(format!("no {} is called {name:?}; look at the list", kind.as_str())))
        };
        let said = |what: &str, subject: SourceId, name: &str| NewEvent {
            kind: format!("program.{what}"),
            subject: subject.to_string(),
            actor: operator.actor.clone(),
            detail: serde_json::json!({ "name": name }),
        };
        for edit in edit.each() {
            match edit {
                ProgramEdit::TimePassed | ProgramEdit::All(_) => {}
                ProgramEdit::Rules(rules) => {
                    edited.rules = (**rules).clone();
                    edited.new_rules = Some(((**rules).clone(), self.version));
                }
                ProgramEdit::Put { kind, name, meaning } => {
                    let definition = serde_json::to_value(meaning).map_err(|error| internal(&error.to_string()))?;
                    if let Ok(at) = find(*kind, name) {
                        let row = &self.rows[at];
                        let Some(one) = living.iter_mut().find(|one| one.id == row.id) else { continue };
                        one.meaning = (**meaning).clone();
                        one.change = Some(SourceChange::Set(SourceRow { definition, ..row.clone() }));
                        edited.events.push(said("changed", row.id, name));
                    } else {
                        let (name, now) = (named(name)?, kith.now());
                        let id = kith.chance().id(now, SourceId::new);
                        let provenance = provenance(&operator.actor, now, door.clone(), operator.workspace);
                        edited.events.push(said("added", id, &name));
                        let new =
                            NewSource { id, kind: kind.as_str().into(), name: name.clone(), definition, provenance: provenance.clone() };
                        let change = Some(SourceChange::Add(new));
                        living.push(Living { id, kind: *kind, name, paused: false, meaning: (**meaning).clone(), provenance, change });
                    }
                }
                ProgramEdit::Drop { kind, name } => {
                    let at = find(*kind, name)?;
                    let row = &self.rows[at];
                    edited.ended = Some(SourceChange::Set(SourceRow { ended_at: Some(kith.now()), ..row.clone() }));
                    edited.events.push(said("dropped", row.id, &row.name));
                    living.retain(|one| one.id != row.id);
                }
                ProgramEdit::Rest { kind, name, rests } => {
                    let at = find(*kind, name)?;
                    let row = &self.rows[at];
                    let Some(one) = living.iter_mut().find(|one| one.id == row.id) else { continue };
                    one.paused = *rests;
                    one.change = Some(SourceChange::Set(SourceRow { paused_at: rests.then(|| kith.now()), ..row.clone() }));
                    edited.events.push(said(if *rests { "paused" } else { "resumed" }, row.id, &row.name));
                }
            }
        }
        edited.living = living;
        Ok(edited)
    }
}

pub(super) fn living(row: &SourceRow) -> Result<Living, Problem> {
    let kind = SourceKind::ALL.into_iter().find(|kind| kind.as_str() == row.kind);
    let kind = kind.ok_or_else(|| internal(&format!("source {} has the kind {}", row.id, row.kind)))?;
    let meaning: Meaning = meaning(row)?;
    Ok(Living {
        id: row.id,
        kind,
        name: row.name.clone(),
        paused: row.paused_at.is_some(),
        meaning,
        provenance: row.provenance.clone(),
        change: None,
    })
}
