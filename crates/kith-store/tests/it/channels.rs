//! Channels.

use kith_domain::ids::ChannelId;
use kith_domain::publish::State;
use kith_store::{ChannelState, Profiled, Removal, Sealed, StoreError, Unique};

use crate::bench::{Bench, CLAIMED, at, channel, fresh};

pub(crate) async fn a_channel_reads_back_whole(bench: &Bench) {
    let world = bench.world().await;
    let row = world.at().channel(world.channel).await.unwrap().unwrap();
    assert_eq!(row.sealed, Some(Sealed(b"sealed-token-bytes".to_vec())));
    assert_eq!((row.state, row.state_detail.as_str(), row.state_since, row.last_checked_at), (ChannelState::Ok, "", at(0), None));
    assert_eq!(world.at().channel_by_name("lark").await.unwrap(), Some(row.clone()));
    assert_eq!(world.at().channels().await.unwrap(), vec![row.clone()]);
    assert_eq!(world.store.listening_channels().await.unwrap(), vec![row.clone()]);
    world.at().set_sealed(world.channel, &Sealed(vec![0, 255, 1])).await.unwrap();
    world.at().set_capabilities(world.channel, &serde_json::json!({ "chars": 900 }), at(9)).await.unwrap();
    let profile = Profiled { remote_id: "7".into(), address: "new@x".into(), display_name: "New".into() };
    world.at().set_profile(world.channel, &profile).await.unwrap();
    let now = world.at().channel(world.channel).await.unwrap().unwrap();
    assert_eq!(
        (now.sealed, now.capabilities["chars"].as_u64(), now.last_checked_at),
        (Some(Sealed(vec![0, 255, 1])), Some(900), Some(at(9)))
    );
    assert_eq!((now.remote_id, now.address, now.display_name), (profile.remote_id, profile.address, profile.display_name));
    assert!(!format!("{row:?}").contains("token"), "a row that is logged shows no secret");
}

pub(crate) async fn a_name_is_unique_until_its_channel_is_removed(bench: &Bench) {
    let world = bench.world().await;
    let again = channel(ChannelId::from_uuid(fresh()), "lark");
    let error = world.at().add_channel(&again, at(1)).await.unwrap_err();
    assert_eq!(error, StoreError::Conflict { what: Unique::ChannelName, which: Some("lark".into()) });
    world.at().remove_channel(world.channel, &world.ana_actor(), at(2)).await.unwrap();
    world.at().add_channel(&again, at(3)).await.unwrap();
    assert_eq!(world.at().channel_by_name("lark").await.unwrap().unwrap().id, again.id);
}

pub(crate) async fn one_profile_is_connected_once(bench: &Bench) {
    let world = bench.world().await;
    let mut again = channel(ChannelId::from_uuid(fresh()), "other name");
    again.remote_id = format!("profile-{}", world.channel);
    let error = world.at().add_channel(&again, at(1)).await.unwrap_err();
    assert!(matches!(error, StoreError::Conflict { what: Unique::ChannelProfile, .. }), "{error:?}");
    for name in ["a", "b"] {
        let mut unknown = channel(ChannelId::from_uuid(fresh()), name);
        unknown.remote_id = String::new();
        world.at().add_channel(&unknown, at(1)).await.unwrap();
    }
}

pub(crate) async fn a_removal_wipes_the_secrets_and_cancels_what_was_planned(bench: &Bench) {
    let world = bench.world().await;
    let other = world.another_channel("other").await;
    let here = world.plan(world.channel, &[60, 120]).await;
    world.plan(other, &[60]).await;
    let done = world.at().remove_channel(world.channel, &world.ana_actor(), at(5)).await.unwrap();
    assert_eq!(done, Removal::Removed { cancelled: 2 });
    let row = world.at().channel(world.channel).await.unwrap().unwrap();
    assert_eq!((row.state, row.sealed), (ChannelState::Removed, None));
    assert_eq!(world.at().channels().await.unwrap().len(), 1);
    assert_eq!(world.read(&here[0]).await.dispatch.state, State::Cancelled);
    let counts = world.at().counts().await.unwrap();
    assert_eq!((counts.of("cancelled"), counts.of("planned")), (2, 1));
    assert_eq!(world.claim(600).await.len(), 1, "only the other channel's");
    let events = world.at().events(Some(&world.channel.to_string()), None, 10).await.unwrap();
    assert_eq!((events[0].kind.as_str(), events[0].detail["cancelled"].as_u64()), ("channel.removed", Some(2)));
    assert_eq!(world.at().remove_channel(world.channel, &world.ana_actor(), at(6)).await, Err(StoreError::NotThere));
    assert_eq!(world.at().set_sealed(world.channel, &Sealed(vec![1])).await, Err(StoreError::NotThere));
}

pub(crate) async fn a_channel_is_not_removed_while_something_may_be_going_out(bench: &Bench) {
    let world = bench.world().await;
    world.plan(world.channel, &[0, 600]).await;
    let claimed = world.claim(1).await;
    world.store.save_step(&claimed[0].dispatch, &CLAIMED, None, None, at(1)).await.unwrap();
    let answer = world.at().remove_channel(world.channel, &world.ana_actor(), at(2)).await.unwrap();
    assert_eq!(answer, Removal::InFlight { count: 1 });
    assert_eq!(world.at().channel(world.channel).await.unwrap().unwrap().state, ChannelState::Ok);
    assert_eq!(world.at().counts().await.unwrap().of("planned"), 1, "nothing was cancelled");
}

pub(crate) async fn the_since_of_a_state_moves_only_with_the_state(bench: &Bench) {
    let world = bench.world().await;
    for (s, state, detail, since) in [
        (10, ChannelState::SignInAgain, "the token was revoked", 10),
        (20, ChannelState::SignInAgain, "still", 10),
        (30, ChannelState::Ok, "", 30),
    ] {
        world.at().set_channel_state(world.channel, state, detail, at(s)).await.unwrap();
        let row = world.at().channel(world.channel).await.unwrap().unwrap();
        assert_eq!((row.state, row.state_detail.as_str(), row.state_since), (state, detail, at(since)));
    }
    assert!(world.at().set_channel_state(world.channel, ChannelState::Removed, "", at(40)).await.is_err());
}

pub(crate) async fn a_warning_of_a_sign_ins_end_is_given_once_by_one_process(bench: &Bench) {
    let world = bench.world().await;
    let other = bench.open().await;
    assert!(world.store.ending_channels(at(9_999)).await.unwrap().is_empty());
    world.at().set_token_end(world.channel, Some(at(100))).await.unwrap();
    assert!(world.store.ending_channels(at(99)).await.unwrap().is_empty());
    let ending = world.store.ending_channels(at(100)).await.unwrap();
    assert_eq!(ending.iter().map(|row| (row.id, row.sign_in_ends_at)).collect::<Vec<_>>(), [(world.channel, Some(at(100)))]);
    let warn = async |store: &kith_store::Store, step: &str| {
        store
            .in_workspace(world.id)
            .warn_of_end(world.channel, step, "It ends.", &world.event("channel.sign_in_ends"), at(50))
            .await
            .unwrap()
    };
    assert!(warn(&world.store, "week").await);
    assert!(!warn(&other, "week").await, "told once");
    assert!(warn(&other, "day").await);
    // The same end told again by the network is no news; another end is.
    world.at().set_token_end(world.channel, Some(at(100))).await.unwrap();
    assert!(!warn(&world.store, "day").await);
    assert_eq!(world.at().channel(world.channel).await.unwrap().unwrap().state_detail, "It ends.");
    world.at().set_token_end(world.channel, None).await.unwrap();
    assert_eq!(world.at().channel(world.channel).await.unwrap().unwrap().state_detail, "");
    assert_eq!(world.at().events(None, None, 10).await.unwrap().len(), 2);
}
