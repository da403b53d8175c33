//! Two workspaces in one database: neither sees or changes the other.

use kith_domain::converse::Standing;
use kith_domain::ids::ConversationId;
use kith_domain::mandate::{ActKind, Role, SessionSecret};
use kith_domain::publish::{Hold, State};
use kith_store::{
    ActEnd, ActState, ChannelState, DispatchFilter, InboxFilter, NewAct, NewSession, Profiled, SaveError, Sealed, StandingCounts,
    StoreError,
};

use crate::bench::{Bench, World, act_id, at, says, session_id};

/// Ours with something of everything in it, and a stranger's.
async fn two(bench: &Bench) -> (World, World, ConversationId, NewAct) {
    let ours = bench.world().await;
    let theirs = World::on(ours.store.clone(), "Wren & Co").await;
    ours.plan(ours.channel, &[10, 20]).await;
    let done = ours.at().ingest(ours.channel, Some(("n", "1")), &[says("cy", "root", "m1", 10)], at(11)).await.unwrap();
    let conversation = done.changed_conversations[0];
    let act = NewAct {
        id: act_id(),
        session: session_id(),
        member: ours.ana,
        kind: ActKind::Like,
        channel: ours.channel,
        conversation: Some(conversation),
        target_remote_id: "m1".into(),
        text: String::new(),
        handle: None,
    };
    ours.at().begin_act(&act, at(12)).await.unwrap();
    ours.at().save_draft(ours.ana, conversation, "mine", at(12)).await.unwrap();
    ours.at().add_event(&ours.event("e"), at(12)).await.unwrap();
    (ours, theirs, conversation, act)
}

pub(crate) async fn nothing_of_one_workspace_is_seen_from_another(bench: &Bench) {
    let (ours, theirs, conversation, act) = two(bench).await;
    let spy = theirs.at();
    let dispatch = ours.at().dispatches(&DispatchFilter::default()).await.unwrap().remove(0).dispatch;
    assert_eq!(spy.member(ours.ana).await.unwrap(), None);
    assert_eq!(spy.members().await.unwrap().len(), 2);
    assert_eq!(spy.channel(ours.channel).await.unwrap(), None);
    assert_eq!(spy.channels().await.unwrap().len(), 1);
    assert!(spy.dispatches(&DispatchFilter::default()).await.unwrap().is_empty());
    assert_eq!(spy.dispatch(dispatch.id).await.unwrap(), None);
    assert_eq!(spy.counts().await.unwrap().total(), 0);
    assert!(spy.taken(ours.channel, at(0), at(999)).await.unwrap().is_empty());
    assert!(spy.events(None, None, 100).await.unwrap().is_empty());
    assert_eq!(spy.cursor(ours.channel, "n").await.unwrap(), None);
    assert_eq!(spy.message_by_remote(ours.channel, "m1").await.unwrap(), None);
    assert_eq!(spy.conversation_of(ours.channel, "root", "person-cy").await.unwrap(), None);
    assert!(spy.conversation(conversation).await.unwrap().is_none());
    assert!(spy.inbox(&InboxFilter { standing: Standing::Owed, limit: 0, after: None }).await.unwrap().is_empty());
    assert_eq!(spy.counts_by_standing().await.unwrap(), StandingCounts::default());
    assert_eq!((spy.act(act.id).await.unwrap(), spy.acts_of(conversation).await.unwrap().len()), (None, 0));
    assert_eq!(spy.draft(ours.ana, conversation).await.unwrap(), None);
    let mut seen = String::new();
    spy.export(&mut |value| {
        seen.push_str(&value.to_string());
        Ok(())
    })
    .await
    .unwrap();
    for secret in [ours.id.to_string(), ours.channel.to_string(), dispatch.id.to_string(), "words of m1".into()] {
        assert!(!seen.contains(&secret), "{secret}");
    }
    let secret = SessionSecret::from_chance([1; 32]);
    let session =
        NewSession { id: session_id(), login: ours.login, secret_hash: secret.hash(), expires_at: at(9_999), user_agent: String::new() };
    ours.store.add_session(&session, at(0)).await.unwrap();
    assert_eq!(ours.store.signed_in(&secret.hash(), theirs.id).await.unwrap(), None, "no place there");
}

pub(crate) async fn nothing_of_one_workspace_is_changed_from_another(bench: &Bench) {
    let (ours, theirs, conversation, act) = two(bench).await;
    let spy = theirs.at();
    let no = Err(StoreError::NotThere);
    let before = dump(&ours).await;
    let dispatch = ours.at().dispatches(&DispatchFilter::default()).await.unwrap().remove(0).dispatch;
    let profile = Profiled { remote_id: "x".into(), address: "x".into(), display_name: "x".into() };
    assert_eq!(spy.set_role(ours.bo, Role::Owner).await, no);
    assert_eq!(spy.set_sealed(ours.channel, &Sealed(vec![1])).await, no);
    assert_eq!(spy.set_channel_state(ours.channel, ChannelState::Paused, "", at(50)).await, no);
    assert_eq!(spy.set_capabilities(ours.channel, &serde_json::json!(1), at(50)).await, no);
    assert_eq!(spy.set_profile(ours.channel, &profile).await, no);
    assert_eq!(spy.remove_channel(ours.channel, &theirs.ana_actor(), at(50)).await.map(drop), no);
    assert_eq!(spy.apply(&dispatch, &State::Cancelled, &theirs.event("x"), at(50)).await, Err(SaveError::Fenced));
    assert_eq!(spy.release_held(ours.channel, Hold::Token, at(50)).await, Ok(0));
    assert_eq!(spy.release_these(std::slice::from_ref(&dispatch), at(50)).await, Ok(0));
    assert!(
        spy.set_cursor(ours.channel, "n", "9").await.is_err() || ours.at().cursor(ours.channel, "n").await.unwrap().as_deref() == Some("1")
    );
    assert_eq!(spy.ingest(ours.channel, None, &[says("cy", "root", "m9", 10)], at(50)).await.map(drop), no);
    assert_eq!(spy.close_conversation(conversation, &theirs.ana_actor(), at(50)).await, no);
    assert_eq!(spy.reopen_conversation(conversation, &theirs.ana_actor(), at(50)).await, no);
    spy.mark_read(conversation).await.unwrap();
    assert_eq!(spy.finish_act(act.id, ActState::Done, &ActEnd::default(), at(50)).await, no);
    assert!(spy.begin_act(&act, at(50)).await.is_err());
    assert_eq!(spy.save_draft(ours.ana, conversation, "theirs", at(50)).await, no);
    assert_eq!(spy.save_draft(theirs.ana, conversation, "theirs", at(50)).await, no);
    spy.drop_draft(ours.ana, conversation).await.unwrap();
    assert_eq!(dump(&ours).await, before);
}

pub(crate) async fn a_row_cannot_point_across_tenants(bench: &Bench) {
    let (ours, theirs, conversation, _) = two(bench).await;
    let mut post = theirs.post(ours.channel, 60);
    assert_eq!(theirs.at().add_plan(std::slice::from_ref(&post), at(0)).await, Err(StoreError::NotThere));
    post.variants[0].dispatches[0].workspace = ours.id;
    assert!(theirs.at().add_plan(&[post], at(0)).await.is_err());
    let act = NewAct {
        id: act_id(),
        session: session_id(),
        member: theirs.ana,
        kind: ActKind::Reply,
        channel: theirs.channel,
        conversation: Some(conversation),
        target_remote_id: "m1".into(),
        text: "x".into(),
        handle: None,
    };
    assert_eq!(theirs.at().begin_act(&act, at(20)).await.map(drop), Err(StoreError::NotThere));
    // The same person is known to both, as two contacts that know nothing of each other.
    theirs.at().ingest(theirs.channel, None, &[says("cy", "root", "m1", 10)], at(11)).await.unwrap();
    let of = |world: &World| {
        let filter = InboxFilter { standing: Standing::Owed, limit: 0, after: None };
        let (store, id) = (world.store.clone(), world.id);
        async move { store.in_workspace(id).inbox(&filter).await.unwrap().remove(0).handle }
    };
    let (a, b) = (of(&ours).await, of(&theirs).await);
    assert!(a.id != b.id && a.contact != b.contact && a.profile == b.profile);
}

async fn dump(world: &World) -> Vec<serde_json::Value> {
    let mut all = Vec::new();
    world
        .at()
        .export(&mut |value| {
            all.push(value.clone());
            Ok(())
        })
        .await
        .unwrap();
    all
}
