//! Posts that are being written.

use kith_domain::ids::DraftId;
use kith_store::{SaveError, StoreError};
use serde_json::json;

use crate::bench::{Bench, World, at, fresh};

pub(crate) async fn of_two_who_save_the_same_version_the_second_is_told(bench: &Bench) {
    let world = bench.world().await;
    let id = DraftId::from_uuid(fresh());
    world.at().begin_post_draft(id, &json!({ "text": "Ash" }), world.ana, at(0)).await.unwrap();
    world.at().save_post_draft(id, 1, &json!({ "text": "Ash and clay" }), world.bo, at(5)).await.unwrap();
    let late = world.at().save_post_draft(id, 1, &json!({ "text": "Ash alone" }), world.ana, at(6)).await;
    assert_eq!(late, Err(SaveError::Fenced));
    let row = world.at().post_draft(id).await.unwrap().unwrap();
    assert_eq!((row.version, row.saved_by, row.begun_by, row.saved_at), (2, world.bo, world.ana, at(5)));
    assert_eq!(row.body, json!({ "text": "Ash and clay" }), "what was saved first stays");
}

pub(crate) async fn a_draft_that_is_planned_is_no_draft_and_no_other_workspace_sees_one(bench: &Bench) {
    let world = bench.world().await;
    let (one, two) = (DraftId::from_uuid(fresh()), DraftId::from_uuid(fresh()));
    world.at().begin_post_draft(one, &json!({}), world.ana, at(0)).await.unwrap();
    world.at().begin_post_draft(two, &json!({}), world.ana, at(1)).await.unwrap();
    let theirs = World::on(world.store.clone(), "Wren & Co").await;
    assert_eq!(theirs.at().post_draft(one).await.unwrap(), None);
    assert!(theirs.at().post_drafts(9).await.unwrap().is_empty());
    assert_eq!(theirs.at().end_post_draft(one, at(2)).await, Err(StoreError::NotThere));
    let ids = |rows: Vec<kith_store::PostDraftRow>| rows.into_iter().map(|row| row.id).collect::<Vec<_>>();
    assert_eq!(ids(world.at().post_drafts(9).await.unwrap()), [two, one], "the last saved first");
    world.at().end_post_draft(two, at(3)).await.unwrap();
    assert_eq!(ids(world.at().post_drafts(9).await.unwrap()), [one]);
    assert_eq!(world.at().save_post_draft(two, 1, &json!({}), world.ana, at(4)).await, Err(SaveError::Fenced));
}
