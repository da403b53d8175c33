//! Other words for a post that is planned: what stands there now, and storing what it is to say (D2, I6, I8).
//!
//! All versions of a post at its time change together or not at all, each judged like a new post. The delivery stays the
//! same one, with its key and its trail; only while nothing of it has left, under the fence that was read. Words that are
//! changed by somebody who may not approve wait for the owner's yes, whatever was said to the old ones.

use kith_domain::ids::{DispatchId, VariantId, WorkspaceId};
use kith_domain::mandate::{Door, Provenance};
use kith_domain::plan::Problem as PlanProblem;
use kith_domain::publish::extras::{Extras, Poll};
use kith_domain::publish::{Content, Dispatch, Hold, MediaItem, State, at_another_time, may_change, with_other_words};
use kith_domain::schedule::PlannedItem;
use kith_store::{ChannelState, DispatchView, EditedDispatch, NewEvent, NewVariant, PostEdit, SaveError};

use super::arrange::Ready;
use super::pages::{ComposeWhen, Composed, ComposedPicture, rows};
use super::rulebook::entry;
use super::wish::PlanWish;
use super::{import, thread};
use crate::kith::{Kith, Operator};
use crate::problem::{Problem, from_store};

/// Between two parts of a thread, as people write it.
const NEXT_PART: &str = "\n---\n";
/// How a civil time is written in a form: to the minute.
const FORM_CHARS: usize = 16;

/// Other words for one delivery, from the command line; what is `None` stays.
#[derive(Debug, Clone, Default)]
pub struct EditedWords {
    /// The words, on this delivery's channel.
    pub text: Option<String>,
    /// The content warning, on all its channels; none if empty.
    pub warning: Option<String>,
    /// Leave the links as they are, without looking whether they lead somewhere.
    pub no_link_check: bool,
}

/// Who changes a post.
pub(super) struct Hand {
    pub(super) operator: Operator,
    /// They may plan and not approve.
    pub(super) asks: bool,
}

/// One channel's version: its first delivery, and the later parts of its thread in their order.
pub(super) struct Version {
    first: DispatchView,
    parts: Vec<DispatchView>,
}

/// A post that is changed: its versions at one time, the one that was asked for among them.
pub(super) struct Editing {
    pub(super) asked: DispatchView,
    versions: Vec<Version>,
}

impl Kith {
    /// The post that this delivery belongs to, at its time. `Conflict` says why its words can't be changed (any more), and
    /// the way out.
    pub(super) async fn editing(&self, workspace: WorkspaceId, id: DispatchId) -> Result<Editing, Problem> {
        let store = self.store().in_workspace(workspace);
        let not_there = || Problem::NotThere("there is no such post in this workspace".into());
        let view = store.dispatch(id).await.map_err(from_store)?.ok_or_else(not_there)?;
        let living = store.channels().await.map_err(from_store)?.into_iter().filter(|row| row.state != ChannelState::Removed);
        let living: Vec<_> = living.map(|row| row.id).collect();
        let mut all = self.at_its_time(workspace, &view).await?;
        // What was called off of a thread is no part of it any more.
        all.retain(|one| one.dispatch.id == id || one.dispatch.state != State::Cancelled && living.contains(&one.dispatch.channel));
        let (first, later): (Vec<_>, Vec<_>) = all.into_iter().partition(|one| one.content.extras.after.is_none());
        let mut versions = Vec::with_capacity(first.len());
        for first in first {
            let is_asked = first.dispatch.channel == view.dispatch.channel;
            let mut parts: Vec<DispatchView> =
                later.iter().filter(|part| part.dispatch.channel == first.dispatch.channel).cloned().collect();
            parts.sort_by_key(|part| part_number(&part.dispatch));
            let refused = std::iter::once(&first).chain(&parts).find_map(|one| may_change(&one.dispatch).err());
            match refused {
                None => versions.push(Version { first, parts }),
                Some(why) if is_asked || is_on_its_way(&first.dispatch.state) => {
                    return Err(Problem::Conflict(format!("on {}, {why}", first.channel_name)));
                }
                // It is out there, or was let go there; the others can still be changed.
                Some(_) => {}
            }
        }
        let asked = versions.iter().find(|one| one.first.dispatch.channel == view.dispatch.channel);
        let Some(asked) = asked.map(|one| one.first.clone()) else {
            return Err(Problem::Conflict("the part of its thread before it has begun; call this one off and write it anew".into()));
        };
        let editing = Editing { asked, versions };
        if let Some(what) = self.event_behind(workspace, &editing.views()).await? {
            return Err(Problem::Conflict(format!("{what} gives this post its words; change them there, and its posts follow")));
        }
        Ok(editing)
    }

    /// Other words without a page: judged like a new post, `Err` says everything that is wrong.
    pub(crate) async fn reword(
        &self,
        operator: &Operator,
        id: DispatchId,
        words: &EditedWords,
        door: Door,
    ) -> Result<Result<(), Vec<PlanProblem>>, Problem> {
        let editing = self.editing(operator.workspace, id).await?;
        let mut post = editing.composed();
        if let Some(text) = &words.text {
            post.wordings.insert(editing.asked.channel_name.clone(), text.clone());
        }
        if let Some(warning) = &words.warning {
            post.warning = Some(warning.trim().to_owned()).filter(|text| !text.is_empty());
        }
        let post = post.settled();
        let channels = self.store().in_workspace(operator.workspace).channels().await.map_err(from_store)?;
        let time = (editing.asked.dispatch.civil.clone(), editing.asked.dispatch.zone.clone());
        let times = post.channels.iter().map(|name| (name.clone(), time.clone())).collect();
        let (mut parsed, series) = rows(&post, &times, &channels);
        parsed.rows.iter_mut().for_each(|row| row.category.clone_from(&editing.asked.category));
        let wish = PlanWish { zone: Some(operator.zone.clone()), no_link_check: words.no_link_check, ..PlanWish::default() };
        let way_in = (entry(&door), editing.views());
        let ready = match self.arrange_rows_but(operator.workspace, parsed, (series, None), &wish, (way_in.0, &way_in.1)).await? {
            Ok(ready) => ready,
            Err(problems) => return Ok(Err(problems.into_iter().map(|one| PlanProblem { line: None, ..one }).collect())),
        };
        // No key approves: what a program changes waits for the owner.
        let hand = Hand { operator: operator.clone(), asks: matches!(door, Door::Api { .. }) };
        self.store_edit(&hand, &editing, (&post, ready), door).await?;
        Ok(Ok(()))
    }

    /// Stores it whole. Returns whether it waits for the owner's yes now.
    pub(super) async fn store_edit(
        &self,
        hand: &Hand,
        editing: &Editing,
        (post, ready): (&Composed, Ready),
        door: Door,
    ) -> Result<bool, Problem> {
        let (workspace, now) = (hand.operator.workspace, self.now());
        let store = self.store().in_workspace(workspace);
        for picture in &ready.pictures {
            let row = self.keep_picture(picture).await?;
            store.add_media(&row, now).await.map_err(from_store)?;
        }
        let actor = &hand.operator.actor;
        let yes = (!hand.asks).then(|| actor.clone());
        let provenance = Provenance {
            changed_by: Some(actor.clone()),
            changed_at: Some(now),
            approved_at: yes.as_ref().map(|_| now),
            approved_by: yes,
            ..editing.asked.provenance.clone()
        };
        let text = thread::pieces(&thread::content(&post.row(), post.text.trim(), Vec::new())).first().map(|piece| piece.text.clone());
        let mut edit = PostEdit {
            post: editing.asked.dispatch.post,
            text: text.unwrap_or_default(),
            provenance,
            changed: Vec::new(),
            added: Vec::new(),
            cancelled: Vec::new(),
            events: Vec::new(),
        };
        let mut waits_any = false;
        for (item, content, shown) in &ready.items {
            let Some(version) = editing.versions.iter().find(|one| one.first.channel_name == item.channel) else { continue };
            let through = if let Door::Api { .. } = &door { format!(" {door}") } else { String::new() };
            let asks = hand.asks.then(|| format!("{actor} changed it{through}"));
            let waits: Vec<String> = asks.into_iter().chain(shown.held.clone()).collect();
            let waits = (!waits.is_empty()).then(|| waits.join("; "));
            waits_any |= waits.is_some();
            let content = Content { media: editing.own_media(version, &content.media), ..content.clone() };
            let moved = !editing.same_time(post, &hand.operator.zone);
            self.edit_version(version, &thread::pieces(&content), (item, moved, waits.as_deref()), &mut edit)?;
        }
        for one in &edit.changed {
            edit.events.push(NewEvent {
                kind: "dispatch.by_person.edited".into(),
                subject: one.was.id.to_string(),
                actor: actor.clone(),
                detail: serde_json::json!({
                    "before": one.was.state.name(), "asks": waits_any, "was": one.was.payload_hash, "is": one.content.hash(),
                    "words_were": editing.text_of(one.was.id), "from": one.was.due_at, "to": one.now.due_at, "through": door,
                }),
            });
        }
        match store.edit_post(&edit, now).await {
            Ok(()) => {}
            Err(SaveError::Fenced) => {
                return Err(Problem::Conflict("it has just changed, or begins to go out; nothing was stored, look at it again".into()));
            }
            Err(SaveError::Store(error)) => return Err(from_store(error)),
        }
        self.tell(workspace, "plan", Some(editing.asked.dispatch.id.to_string())).await;
        Ok(waits_any)
    }

    /// What becomes of one channel's deliveries: the same ones with other words, further ones, fewer.
    fn edit_version(
        &self,
        version: &Version,
        pieces: &[Content],
        (item, moved, waits): (&PlannedItem, bool, Option<&str>),
        edit: &mut PostEdit,
    ) -> Result<(), Problem> {
        let now = self.now();
        let stored: Vec<&DispatchView> = version.views().collect();
        let timed = |d: &Dispatch| {
            if !moved {
                return d.clone();
            }
            Dispatch { due_at: item.due_at, civil: item.civil_as_meant(), zone: item.civil.zone.to_string(), ..d.clone() }
        };
        let head = &version.first.dispatch;
        let mut before = None;
        for (piece, index) in pieces.iter().zip(0..) {
            let known = stored.get(index);
            let piece = known.map_or_else(|| piece.clone(), |known| with_its_card(piece, &known.content));
            let content = thread::after(piece, before);
            if let Some(known) = known {
                let was = &known.dispatch;
                let mut state = with_other_words(was, waits, now).map_err(|why| Problem::Conflict(why.into()))?;
                if moved && matches!(state, State::Held { why: Hold::ByHand, .. }) {
                    state = at_another_time(was, now);
                }
                before = Some(was.id);
                edit.changed.push(EditedDispatch { was: was.clone(), now: Dispatch { state, ..timed(was) }, content });
                continue;
            }
            let (variant, id) = (self.chance().id(now, VariantId::new), self.chance().id(now, DispatchId::new));
            let hash = content.hash();
            let mut dispatch = timed(head);
            dispatch.remote_key = self.network(&version.first.network)?.remote_key(id, dispatch.due_at);
            let state = with_other_words(head, waits, now).map_err(|why| Problem::Conflict(why.into()))?;
            edit.added.push(NewVariant {
                id: variant,
                channel: head.channel,
                content,
                approved_hash: edit.provenance.approved_by.as_ref().map(|_| hash.clone()),
                approved_by: edit.provenance.approved_by.clone(),
                approved_at: edit.provenance.approved_at,
                dispatches: vec![Dispatch {
                    id,
                    variant,
                    occurrence_key: format!("{}/part-{}", head.occurrence_key, index + 1),
                    payload_hash: hash,
                    prepared: None,
                    state,
                    fence: 0,
                    ..dispatch
                }],
            });
            before = Some(id);
        }
        edit.cancelled.extend(stored.iter().skip(pieces.len()).map(|view| view.dispatch.clone()));
        Ok(())
    }
}

impl Version {
    fn views(&self) -> impl Iterator<Item = &DispatchView> {
        std::iter::once(&self.first).chain(&self.parts)
    }

    fn words(&self) -> String {
        self.views().map(|view| view.content.text.as_str()).collect::<Vec<_>>().join(NEXT_PART)
    }
}

impl Editing {
    /// All its deliveries.
    pub(super) fn views(&self) -> Vec<DispatchView> {
        self.versions.iter().flat_map(Version::views).cloned().collect()
    }

    /// What was read: other words or another time have another version.
    pub(super) fn version(&self) -> String {
        let of = |view: &DispatchView| format!("{} {} {}\n", view.dispatch.id, view.dispatch.payload_hash, view.dispatch.due_at);
        import::series_of("edit", self.views().iter().map(of).collect::<String>().as_bytes())
    }

    /// The post as a desk takes it.
    pub(super) fn composed(&self) -> Composed {
        let content = self.versions.first().map_or(&self.asked.content, |one| &one.first.content);
        let text = self.versions.first().map(Version::words).unwrap_or_default();
        let picture = |(item, number): (&MediaItem, usize)| ComposedPicture {
            id: item.id.to_string(),
            name: format!("{} {number}", if item.is_film() { "Film" } else { "Picture" }),
            alt: item.alt.clone(),
            decorative: item.alt.is_empty(),
        };
        let poll = content.extras.poll.as_ref();
        Composed {
            channels: self.versions.iter().map(|one| one.first.channel_name.clone()).collect(),
            wordings: self.versions.iter().skip(1).map(|one| (one.first.channel_name.clone(), one.words())).collect(),
            text,
            warning: content.warning.clone(),
            language: content.language.clone(),
            pictures: content.media.iter().zip(1..).map(picture).collect(),
            poll: poll.map(|poll| poll.options.clone()).unwrap_or_default(),
            poll_minutes: poll.map(|poll| poll.minutes.to_string()).unwrap_or_default(),
            when: ComposeWhen::At,
            at: form(&self.asked.dispatch.civil).to_owned(),
            zone: self.asked.dispatch.zone.clone(),
            ..Composed::default()
        }
        .settled()
    }

    /// Only words, pictures and the time are changed here; where it goes stays.
    pub(super) fn bound(&self, mut post: Composed) -> Composed {
        post.channels = self.versions.iter().map(|one| one.first.channel_name.clone()).collect();
        post.later.clear();
        post.when = ComposeWhen::At;
        post.settled()
    }

    /// Whether a post has the time that it is planned for; a form leaves out the seconds. `zone` is what an empty one means.
    pub(super) fn same_time(&self, post: &Composed, zone: &str) -> bool {
        let typed = if post.zone.trim().is_empty() { zone } else { post.zone.trim() };
        form(post.at.trim()) == form(&self.asked.dispatch.civil) && typed == self.asked.dispatch.zone
    }

    fn text_of(&self, id: DispatchId) -> Option<String> {
        self.versions.iter().flat_map(Version::views).find(|view| view.dispatch.id == id).map(|view| view.content.text.clone())
    }

    /// Each network has its own file of the same picture; the first version's stand for all on the desk.
    fn own_media(&self, version: &Version, media: &[MediaItem]) -> Vec<MediaItem> {
        let first = self.versions.first().map_or(&[][..], |one| &one.first.content.media);
        let own = |item: &MediaItem| first.iter().position(|known| known.id == item.id).and_then(|at| version.first.content.media.get(at));
        media.iter().map(|item| own(item).map_or_else(|| item.clone(), |own| MediaItem { alt: item.alt.clone(), ..own.clone() })).collect()
    }
}

/// A card that was approved stays with its link, and so does the wish for none.
fn with_its_card(piece: &Content, was: &Content) -> Content {
    let (extras, old) = (&piece.extras, &was.extras);
    let kept = old.card.clone().filter(|card| piece.text.contains(&card.url));
    let multiple = old.poll.as_ref().is_some_and(|poll| poll.multiple);
    let card = if old.no_card { None } else { kept.or_else(|| extras.card.clone()) };
    let poll = extras.poll.clone().map(|poll| Poll { multiple, ..poll });
    Content { extras: Extras { card, poll, no_card: old.no_card, ..extras.clone() }, ..piece.clone() }
}

/// `2026-12-01T09:30:00` to the minute.
fn form(civil: &str) -> &str {
    civil.get(..FORM_CHARS).unwrap_or(civil)
}

/// Which part of a thread it is.
fn part_number(d: &Dispatch) -> u32 {
    d.occurrence_key.rsplit_once("/part-").and_then(|(_, number)| number.parse().ok()).unwrap_or(1)
}

fn is_on_its_way(state: &State) -> bool {
    matches!(state, State::Claimed { .. } | State::Sending { .. } | State::Uncertain { .. })
}
