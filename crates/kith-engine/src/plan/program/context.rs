//! The program as it is stored, and as it would be after an edit.

use kith_domain::ids::{SourceId, WorkspaceId};
use kith_domain::mandate::Door;
use kith_store::{NewEvent, NewSource, SourceChange, SourceRow};

use super::super::keep::provenance;
use super::queue::{self, QUEUE};
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
        let rules = if row.value.is_null() {
            PlanRules::default()
        } else {
            serde_json::from_value(row.value).map_err(|error| internal(&format!("plan rules: {error}")))?
        };
        Ok((PlanRules { read: Some(row.version), ..rules }, row.version))
    }

    /// The rules as `change` leaves them.
    pub(super) async fn rules_edit(
        &self,
        workspace: WorkspaceId,
        change: impl FnOnce(&mut PlanRules) -> Result<(), Problem> + Send,
    ) -> Result<ProgramEdit, Problem> {
        let mut rules = self.plan_rules(workspace).await?;
        change(&mut rules)?;
        Ok(ProgramEdit::Rules(Box::new(rules)))
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
        let put = |living: &mut Vec<Living>, events: &mut Vec<NewEvent>, (kind, name, meaning): (SourceKind, &str, &Meaning)| {
            let definition = serde_json::to_value(meaning).map_err(|error| internal(&error.to_string()))?;
            // Put twice in one change, it is still one source.
            if let Some(one) = living.iter_mut().find(|one| one.kind == kind && (one.name == name || one.id.to_string() == name)) {
                one.meaning = meaning.clone();
                match (&mut one.change, self.rows.iter().find(|row| row.id == one.id)) {
                    (Some(SourceChange::Add(new)), _) => new.definition = definition,
                    (change, Some(row)) => *change = Some(SourceChange::Set(SourceRow { definition, ..row.clone() })),
                    (_, None) => {}
                }
                events.push(said("changed", one.id, name));
                return Ok::<_, Problem>(());
            }
            let (name, now) = (named(name)?, kith.now());
            let id = kith.chance().id(now, SourceId::new);
            let provenance = provenance(&operator.actor, now, door.clone(), operator.workspace);
            events.push(said("added", id, &name));
            let new = NewSource { id, kind: kind.as_str().into(), name: name.clone(), definition, provenance: provenance.clone() };
            let change = Some(SourceChange::Add(new));
            living.push(Living { id, kind, name, paused: false, meaning: meaning.clone(), provenance, change });
            Ok(())
        };
        for edit in edit.each() {
            match edit {
                ProgramEdit::TimePassed | ProgramEdit::All(_) => {}
                ProgramEdit::Rules(rules) => {
                    if rules.read.is_some_and(|read| read != self.version) {
                        return Err(changed_meanwhile("the rules for plans"));
                    }
                    edited.rules = (**rules).clone();
                    edited.new_rules = Some(((**rules).clone(), self.version));
                }
                ProgramEdit::Queue(step) => {
                    let known = living.iter().find(|one| one.kind == SourceKind::Queue && one.name == QUEUE).map(|one| &one.meaning);
                    let meaning = step.apply(known.unwrap_or(&queue::empty()))?;
                    put(&mut living, &mut edited.events, (SourceKind::Queue, QUEUE, &meaning))?;
                }
                ProgramEdit::Put { kind, name, meaning, read } => {
                    if let Some(read) = read
                        && find(*kind, name).map(|at| self.rows[at].version) != Ok(*read)
                    {
                        return Err(changed_meanwhile(&format!("{name:?}")));
                    }
                    put(&mut living, &mut edited.events, (*kind, name, meaning))?;
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

/// Somebody else was faster; theirs holds until whoever comes later has seen it.
fn changed_meanwhile(what: &str) -> Problem {
    Problem::Conflict(format!(
        "{what} changed meanwhile, in another window or by somebody else; nothing of yours was stored. Look at it as it is now, then do it again"
    ))
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
