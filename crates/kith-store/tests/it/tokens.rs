//! Keys for programs.

use jiff::Timestamp;
use kith_domain::ids::TokenId;
use kith_domain::mandate::{Scope, TokenSecret};
use kith_store::{NewToken, StoreError};

use crate::bench::{Bench, World, at, fresh};

fn key(world: &World, byte: u8, expires_at: Timestamp) -> (TokenSecret, NewToken) {
    let secret = TokenSecret::from_chance([byte; 32]);
    let hash = secret.hash();
    let id = TokenId::from_uuid(fresh());
    (secret, NewToken { id, member: world.ana, name: "calendar script".into(), hash, scope: Scope::Plan, expires_at })
}

pub(crate) async fn a_key_is_found_by_its_hash_until_it_ends(bench: &Bench) {
    let world = bench.world().await;
    let (secret, new) = key(&world, fresh().as_bytes()[15], at(100));
    world.at().add_token(&new, at(0)).await.unwrap();
    let found = world.store.token(&secret.hash(), at(50)).await.unwrap().unwrap();
    assert_eq!((found.id, found.workspace, found.member, found.scope), (new.id, world.id, world.ana, Scope::Plan));
    assert_eq!(world.store.token(&secret.hash(), at(100)).await.unwrap(), None, "its time is over");
    world.at().touch_token(new.id, at(60)).await.unwrap();
    assert_eq!(world.at().tokens().await.unwrap()[0].last_used_at, Some(at(60)));
    world.at().end_token(new.id, at(70)).await.unwrap();
    assert_eq!(world.store.token(&secret.hash(), at(71)).await.unwrap(), None, "it was ended");
    assert_eq!(world.at().end_token(new.id, at(72)).await, Err(StoreError::NotThere));
    assert!(world.at().tokens().await.unwrap().is_empty());
}

pub(crate) async fn a_key_of_another_workspace_is_neither_seen_nor_ended(bench: &Bench) {
    let world = bench.world().await;
    let (_, new) = key(&world, fresh().as_bytes()[15], at(100));
    world.at().add_token(&new, at(0)).await.unwrap();
    let theirs = World::on(world.store.clone(), "Wren & Co").await;
    assert!(theirs.at().tokens().await.unwrap().is_empty());
    assert_eq!(theirs.at().end_token(new.id, at(1)).await, Err(StoreError::NotThere));
    assert_eq!(theirs.at().touch_token(new.id, at(1)).await, Err(StoreError::NotThere));
}
