//! From lines to what is stored: what is new, at another time, worded anew, or no more.

use std::collections::BTreeSet;

use jiff::Timestamp;
use kith_domain::ids::{DispatchId, ItemId, PostId, SourceId, VariantId};
use kith_domain::publish::{Content, Dispatch, Hold, State};
use kith_domain::schedule::PreviewLine;
use kith_store::{ChannelRow, Move, NewPost, NewVariant, PlanChange, Reword, SettingRow, SourceChange, SourcedDispatch, SourcedPost};

use super::context::{Edited, RULES};
use super::judged::{Bench, Judged, same_words};
use super::stored::{is_open, is_unsent};
use super::{Living, ProgramDiff, SourceKind};
use crate::kith::{Kith, Operator};
use crate::plan::thread;
use crate::problem::{Problem, internal};

/// Seconds by which a delivery keeps clear of the instant after which it must not go out.
const CLEAR_S: i64 = 1;

/// A line with what it is stored as.
struct Placed<'l> {
    line: &'l PreviewLine,
    source: &'l Living,
    channel: &'l ChannelRow,
    /// Its parts, one for each delivery.
    pieces: Vec<Content>,
    /// Why it waits for the owner's yes, if it does.
    held: Option<String>,
    /// Nobody with the right to has approved it yet.
    asks_yes: bool,
}

impl Placed<'_> {
    /// The place in the plan of a part, counted from 1.
    fn key(&self, part: usize) -> String {
        if part == 1 { self.line.occurrence_key.clone() } else { format!("{}/part-{part}", self.line.occurrence_key) }
    }

    fn state(&self, now: Timestamp) -> State {
        match &self.held {
            Some(detail) => State::Held { why: Hold::Yes, detail: detail.clone(), since: now },
            None => State::planned(),
        }
    }
}

impl Kith {
    /// The change that makes the plan follow these lines; counts what it does.
    pub(super) fn change(
        &self,
        operator: &Operator,
        (edited, living): (&Edited, &[Living]),
        bench: &Bench<'_>,
        judged: &Judged,
        (diff, asks_yes): (&mut ProgramDiff, Option<&str>),
    ) -> Result<PlanChange, Problem> {
        let mut change = PlanChange { events: edited.events.clone(), ..PlanChange::default() };
        change.sources.extend(living.iter().map(source_change).collect::<Result<Vec<_>, _>>()?.into_iter().flatten());
        change.sources.extend(edited.ended.clone());
        if let Some((rules, version)) = &edited.new_rules {
            let value = serde_json::to_value(rules).map_err(|error| internal(&error.to_string()))?;
            change.settings.push((RULES.to_owned(), SettingRow { value, version: *version }));
        }
        let stored = bench.stored;
        let mut kept: BTreeSet<String> = BTreeSet::new();
        for line in &diff.lines {
            kept.insert(line.occurrence_key.clone());
            let Some(source) = bench.owners.of_line(line) else { continue };
            let Some(channel) = bench.channels.iter().find(|channel| channel.name == line.channel) else { continue };
            let Some(content) = judged.contents.get(&line.occurrence_key) else { continue };
            let asks = source.extra(&line.post).and_then(|extra| extra.asked_by.as_deref()).or(asks_yes);
            let held = asks.map(|name| format!("{name} asks for it")).into_iter();
            let held: Vec<String> =
                held.chain(line.problems.iter().filter(|problem| problem.holds()).map(|problem| problem.reason.to_string())).collect();
            let placed = Placed {
                line,
                source,
                channel,
                pieces: thread::pieces(content),
                held: (!held.is_empty()).then(|| held.join("; ")),
                asks_yes: asks.is_some(),
            };
            let parts: Vec<Option<&SourcedDispatch>> =
                (1..=placed.pieces.len()).map(|part| stored.by_key.get(&placed.key(part)).map(|(_, known)| known)).collect();
            kept.extend((1..=placed.pieces.len()).map(|part| placed.key(part)));
            match parts.first() {
                None | Some(None) => {
                    diff.held += usize::from(placed.held.is_some());
                    change.posts.push(self.new_post(operator, &placed)?);
                    diff.added += 1;
                }
                Some(Some(known)) if is_open(known) => {
                    let next = stored.by_key.contains_key(&placed.key(placed.pieces.len() + 1));
                    if next || parts.iter().any(Option::is_none) {
                        // More parts or fewer: it is made anew in its place.
                        let cut = |key: &String| key == &line.occurrence_key || key.starts_with(&format!("{}/part-", line.occurrence_key));
                        let open = stored.by_key.iter().filter(|(key, (_, known))| cut(key) && is_open(known));
                        change.cancels.extend(open.map(|(_, (_, known))| known.view.dispatch.clone()));
                        kept.extend(stored.by_key.keys().filter(|key| cut(key)).cloned());
                        change.posts.push(self.new_post(operator, &placed)?);
                        diff.reworded += 1;
                        continue;
                    }
                    let mut done = (false, false);
                    for (known, piece) in parts.iter().flatten().zip(&placed.pieces) {
                        let (moved, reworded) = self.bring_in_line(operator, &placed, known, piece, &mut change);
                        done = (done.0 || moved, done.1 || reworded);
                    }
                    diff.moved += usize::from(done.0);
                    diff.reworded += usize::from(done.1);
                }
                Some(Some(_)) => {}
            }
        }
        let numbered: BTreeSet<SourceId> =
            living.iter().filter(|one| matches!(one.kind, SourceKind::Queue | SourceKind::Series)).map(|one| one.id).collect();
        for (key, (source, known)) in &stored.by_key {
            // Of a queue or series, a part of what has begun on another channel goes on. Reminders and recurrences share
            // their words, not their fate.
            let goes_on = numbered.contains(source) && known.item.is_some_and(|item| stored.sent.contains(&item.to_string()));
            // What has a time of its own ends with its source, and not before.
            let ended = known.own_time && is_unsent(&known.view.dispatch) && !living.iter().any(|one| one.id == *source);
            if ended || is_open(known) && !kept.contains(key) && !goes_on {
                diff.cancelled += usize::from(known.view.content.extras.after.is_none());
                change.cancels.push(known.view.dispatch.clone());
            }
        }
        Ok(change)
    }

    /// A delivery that is planned follows its line; whether it is at another time, and whether it says something else.
    fn bring_in_line(
        &self,
        operator: &Operator,
        placed: &Placed<'_>,
        known: &SourcedDispatch,
        piece: &Content,
        change: &mut PlanChange,
    ) -> (bool, bool) {
        let (was, line) = (&known.view.dispatch, placed.line);
        let (civil, zone) = (line.civil.at.to_string(), line.civil.zone.to_string());
        let moved = was.due_at != line.due_at || was.civil != civil || was.zone != zone;
        let mut now = was.clone();
        if moved {
            change.moves.push(Move { was: was.clone(), civil: civil.clone(), zone: zone.clone(), due_at: line.due_at });
            // Each change takes the fence on.
            now = Dispatch { fence: now.fence + 1, due_at: line.due_at, civil, zone, ..now };
        }
        let reworded = !same_words(&known.view.content, piece);
        if reworded {
            let content = thread::after(piece.clone(), known.view.content.extras.after);
            let approved_by = (!placed.asks_yes).then(|| operator.actor.clone());
            change.rewords.push(Reword { was: now.clone(), content, approved_by });
            now.fence += 1;
            // Other words are judged anew: what held the old ones holds these only if it is found in them too.
            let waits = matches!(now.state, State::Held { why: Hold::Yes, .. });
            if waits != placed.held.is_some() && (waits || matches!(now.state, State::Planned { .. })) {
                change.states.push((now.clone(), placed.state(self.now())));
            }
        }
        (moved, reworded)
    }

    fn new_post(&self, operator: &Operator, placed: &Placed<'_>) -> Result<SourcedPost, Problem> {
        let (now, line, channel) = (self.now(), placed.line, placed.channel);
        let post = self.chance().id(now, PostId::new);
        let grace_s =
            line.not_after.map_or(self.0.grace_s, |end| self.0.grace_s.min(end.duration_since(line.due_at).as_secs() - CLEAR_S).max(0));
        // The words are the source's; whoever made it said yes to what follows from it.
        let mut provenance = placed.source.provenance.clone();
        let approved_by = provenance.approved_by.clone().unwrap_or_else(|| operator.actor.clone());
        if placed.asks_yes {
            (provenance.approved_by, provenance.approved_at) = (None, None);
        }
        let (mut variants, mut before) = (Vec::with_capacity(placed.pieces.len()), None);
        for (piece, part) in placed.pieces.iter().zip(1..) {
            let content = thread::after(piece.clone(), before);
            let (variant, id) = (self.chance().id(now, VariantId::new), self.chance().id(now, DispatchId::new));
            before = Some(id);
            let hash = content.hash();
            let dispatch = Dispatch {
                id,
                workspace: operator.workspace,
                post,
                variant,
                channel: channel.id,
                occurrence_key: placed.key(part),
                civil: line.civil.at.to_string(),
                zone: line.civil.zone.to_string(),
                due_at: line.due_at,
                grace_s,
                payload_hash: hash.clone(),
                remote_key: self.network(&channel.network)?.remote_key(id, line.due_at),
                prepared: None,
                state: placed.state(now),
                fence: 0,
                attempts: 0,
                first_send: None,
                last_send: None,
            };
            variants.push(NewVariant {
                id: variant,
                channel: channel.id,
                content,
                approved_hash: Some(hash),
                approved_by: (!placed.asks_yes).then(|| approved_by.clone()),
                approved_at: (!placed.asks_yes).then_some(now),
                dispatches: vec![dispatch],
            });
        }
        let post = NewPost { id: post, text: line.text.clone(), category: line.category.clone(), provenance, variants };
        Ok(SourcedPost { post, source: placed.source.id, item: line.post.parse::<ItemId>().ok() })
    }
}

/// What is to be stored of a source: its meaning without what has gone out of it.
fn source_change(one: &Living) -> Result<Option<SourceChange>, Problem> {
    let definition = serde_json::to_value(&one.meaning).map_err(|error| internal(&error.to_string()))?;
    Ok(one.change.clone().map(|change| match change {
        SourceChange::Add(mut new) => {
            new.definition = definition;
            SourceChange::Add(new)
        }
        SourceChange::Set(mut row) => {
            row.definition = definition;
            SourceChange::Set(row)
        }
    }))
}
