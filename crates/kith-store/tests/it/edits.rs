//! Other words for a planned post, and a yes to exactly the words that were read.

use kith_domain::mandate::Provenance;
use kith_domain::publish::{Content, Dispatch, Hold, State};
use kith_store::{AttemptKind, AttemptStart, DispatchView, EditedDispatch, PostEdit, SaveError};

use crate::bench::{Bench, PLANNED, SENDING, World, at};

fn words(text: &str) -> Content {
    Content { text: text.into(), ..Content::default() }
}

fn held(detail: &str) -> State {
    State::Held { why: Hold::Yes, detail: detail.into(), since: at(2) }
}

/// The delivery with these words, in this state; approved by Ana unless it waits for her.
fn edit(world: &World, view: &DispatchView, text: &str, state: State) -> PostEdit {
    let approved = state == PLANNED;
    PostEdit {
        post: view.dispatch.post,
        text: text.into(),
        provenance: Provenance {
            changed_by: Some(world.ana_actor()),
            changed_at: Some(at(2)),
            approved_by: approved.then(|| world.ana_actor()),
            approved_at: approved.then(|| at(2)),
            ..view.provenance.clone()
        },
        changed: vec![EditedDispatch {
            was: view.dispatch.clone(),
            now: Dispatch { state, ..view.dispatch.clone() },
            content: words(text),
        }],
        added: Vec::new(),
        cancelled: Vec::new(),
        events: vec![world.event("edited")],
    }
}

pub(crate) async fn other_words_are_stored_with_their_approval_once_over_the_version_that_was_read(bench: &Bench) {
    let world = bench.world().await;
    let d = world.plan(world.channel, &[10]).await.remove(0);
    let view = world.read(&d).await;
    world.at().edit_post(&edit(&world, &view, "Kiln tip, again", PLANNED), at(2)).await.unwrap();
    let now = world.read(&d).await;
    let hash = words("Kiln tip, again").hash();
    assert_eq!(
        (now.content.text.as_str(), now.approved_hash.as_ref(), &now.dispatch.payload_hash),
        ("Kiln tip, again", Some(&hash), &hash)
    );
    assert_eq!((now.dispatch.fence, now.provenance.changed_by.clone()), (d.fence + 1, Some(world.ana_actor())));
    assert_eq!(now.dispatch.remote_key, d.remote_key, "its key on the network stays");
    // Whoever read the words before is told, and nothing of theirs is stored.
    let late = world.at().edit_post(&edit(&world, &view, "Kiln tip, never", PLANNED), at(3)).await;
    assert_eq!(late, Err(SaveError::Fenced));
    assert_eq!(world.read(&d).await, now);
    assert_eq!(world.at().events(None, None, 9).await.unwrap().iter().filter(|event| event.kind == "edited").count(), 1);
    assert_eq!(world.claim(11).await.remove(0).content, words("Kiln tip, again"));
}

pub(crate) async fn whoever_claimed_it_before_sends_nothing_of_the_old_words(bench: &Bench) {
    let world = bench.world().await;
    let both = world.plan(world.channel, &[10, 500]).await;
    let other = world.read(&both[1]).await;
    let before = world.read(&both[0]).await;
    let claimed = world.claim(11).await.remove(0).dispatch;
    assert_eq!(claimed.id, both[0].id);
    // As it was read before the claim: too late, and the other delivery of the edit stays as it is too.
    let mut late = edit(&world, &other, "Never", PLANNED);
    late.changed.extend(edit(&world, &before, "Never", PLANNED).changed);
    assert_eq!(world.at().edit_post(&late, at(12)).await, Err(SaveError::Fenced));
    assert_eq!(world.read(&both[1]).await, other);
    // As it is read now, while the worker only prepares: the edit wins, and the worker may not begin to send.
    world.at().edit_post(&edit(&world, &world.read(&both[0]).await, "New words", PLANNED), at(12)).await.unwrap();
    let start = AttemptStart { kind: AttemptKind::Send, request_hash: "5e".repeat(32), request: "POST words".into() };
    assert_eq!(world.store.begin_attempt(&claimed, &SENDING, Some("old bytes"), &start, at(13)).await, Err(SaveError::Fenced));
    let again = world.claim(14).await.remove(0);
    assert_eq!((again.content, again.dispatch.prepared.clone()), (words("New words"), None));
    // Once the intent is stored, the words stay.
    world.store.begin_attempt(&again.dispatch, &SENDING, Some("bytes"), &start, at(15)).await.unwrap();
    let sending = world.read(&both[0]).await;
    assert_eq!(world.at().edit_post(&edit(&world, &sending, "Never", PLANNED), at(16)).await, Err(SaveError::Fenced));
    assert_eq!(world.read(&both[0]).await, sending);
}

pub(crate) async fn a_yes_approves_the_words_that_were_read_and_no_others(bench: &Bench) {
    let world = bench.world().await;
    let d = world.plan(world.channel, &[10]).await.remove(0);
    let asked = edit(&world, &world.read(&d).await, "By a delegate", held("Bo changed it"));
    world.at().edit_post(&asked, at(2)).await.unwrap();
    let first = world.read(&d).await;
    assert_eq!((first.approved_hash.clone(), first.dispatch.wake_at(None)), (None, None), "nobody approved it and nobody wakes for it");
    assert!(world.claim(11).await.is_empty());
    world.at().edit_post(&edit(&world, &first, "By a delegate, later", held("Bo changed it")), at(3)).await.unwrap();

    let yes = Provenance { approved_by: Some(world.ana_actor()), approved_at: Some(at(4)), ..first.provenance.clone() };
    let event = world.event("yes");
    assert_eq!(world.at().approve(&first.dispatch, &PLANNED, &yes, &event, at(4)).await, Err(SaveError::Fenced));
    let second = world.read(&d).await;
    assert_eq!(second.approved_hash, None);
    world.at().approve(&second.dispatch, &PLANNED, &yes, &event, at(4)).await.unwrap();
    let now = world.read(&d).await;
    assert_eq!((now.approved_hash, now.provenance.approved_by), (Some(second.dispatch.payload_hash), Some(world.ana_actor())));
    assert_eq!(world.claim(11).await.remove(0).content, words("By a delegate, later"));
}

pub(crate) async fn no_other_workspace_changes_holds_or_approves_it(bench: &Bench) {
    let world = bench.world().await;
    let spy = World::on(world.store.clone(), "Wren & Co").await;
    let d = world.plan(world.channel, &[10]).await.remove(0);
    let view = world.read(&d).await;
    assert_eq!(spy.at().edit_post(&edit(&world, &view, "Theirs", PLANNED), at(2)).await, Err(SaveError::Fenced));
    let event = spy.event("x");
    assert_eq!(spy.at().approve(&view.dispatch, &PLANNED, &view.provenance, &event, at(2)).await, Err(SaveError::Fenced));
    assert_eq!(spy.at().apply_all(&[(view.dispatch.clone(), held("x"), event)], at(2)).await, Err(SaveError::Fenced));
    assert_eq!(world.read(&d).await, view);
}
