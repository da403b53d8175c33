//! Logins, links, sessions, settings.

use kith_domain::ids::{LoginId, MemberId};
use kith_domain::mandate::{Role, SessionSecret};
use kith_store::{NewLink, NewLogin, NewSession, StoreError, Unique};

use crate::bench::{Bench, World, at, fresh, session_id};

fn secret(n: u8) -> SessionSecret {
    SessionSecret::from_chance([n; 32])
}

fn session(world: &World, n: u8) -> NewSession {
    NewSession {
        id: session_id(),
        login: world.login,
        secret_hash: secret(n).hash(),
        expires_at: at(86_400),
        user_agent: "Firefox".repeat(100),
    }
}

pub(crate) async fn a_login_is_found_whatever_the_case_of_its_address(bench: &Bench) {
    let store = bench.open().await;
    let new = NewLogin { id: LoginId::from_uuid(fresh()), email: " Ana@Example.test ".into(), name: "Ana".into(), password_hash: None };
    store.add_login(&new, at(5)).await.unwrap();
    let found = store.login_by_email("ANA@example.TEST").await.unwrap().unwrap();
    assert_eq!((found.id, found.email.as_str(), found.password_hash, found.created_at), (new.id, "ana@example.test", None, at(5)));
    store.set_password(new.id, "$argon2id$x").await.unwrap();
    assert_eq!(store.login(new.id).await.unwrap().unwrap().password_hash.as_deref(), Some("$argon2id$x"));
    assert_eq!(store.login_by_email("bo@example.test").await.unwrap(), None);
    assert_eq!(store.set_password(LoginId::from_uuid(fresh()), "x").await, Err(StoreError::NotThere));
}

pub(crate) async fn an_address_is_taken_once(bench: &Bench) {
    let store = bench.open().await;
    let new = |email: &str| NewLogin { id: LoginId::from_uuid(fresh()), email: email.into(), name: String::new(), password_hash: None };
    store.add_login(&new("ana@example.test"), at(0)).await.unwrap();
    let error = store.add_login(&new("Ana@example.test"), at(0)).await.unwrap_err();
    assert_eq!(error, StoreError::Conflict { what: Unique::Email, which: Some("ana@example.test".into()) });
    assert_eq!(error.to_string(), "this e-mail address is already taken (ana@example.test)");
}

pub(crate) async fn settings_and_notes_are_kept(bench: &Bench) {
    let world = bench.world().await;
    assert_eq!(world.store.meta("epoch").await.unwrap(), None);
    for value in ["1", "2"] {
        world.store.set_meta("epoch", value).await.unwrap();
        assert_eq!(world.store.meta("epoch").await.unwrap().as_deref(), Some(value));
    }
    let settings = serde_json::json!({ "grace_min": 45 });
    world.at().set_settings(&settings).await.unwrap();
    let row = world.store.workspace(world.id).await.unwrap().unwrap();
    assert_eq!((row.name.as_str(), row.zone.as_str(), row.settings), ("Lark & Co", "Europe/Lisbon", settings));
    assert_eq!(world.store.workspaces().await.unwrap().len(), 1);
}

pub(crate) async fn a_link_works_once_and_not_for_ever(bench: &Bench) {
    let world = bench.world().await;
    for (n, expires) in [(1, 60), (2, 10)] {
        let link = NewLink { hash: secret(n).hash(), login: world.login, purpose: "sign_in".into(), expires_at: at(expires) };
        world.store.add_link(&link, at(0)).await.unwrap();
    }
    let used = world.store.use_link(&secret(1).hash(), at(30)).await.unwrap();
    assert_eq!(used, Some((world.login, "sign_in".into())));
    assert_eq!(world.store.use_link(&secret(1).hash(), at(31)).await.unwrap(), None, "used");
    assert_eq!(world.store.use_link(&secret(2).hash(), at(10)).await.unwrap(), None, "too old");
    assert_eq!(world.store.use_link(&secret(3).hash(), at(10)).await.unwrap(), None, "unknown");
}

pub(crate) async fn two_presses_use_a_link_once(bench: &Bench) {
    let world = bench.world().await;
    let other = bench.open().await;
    let link = NewLink { hash: secret(1).hash(), login: world.login, purpose: "sign_in".into(), expires_at: at(60) };
    world.store.add_link(&link, at(0)).await.unwrap();
    let hash = secret(1).hash();
    let (a, b) = tokio::join!(world.store.use_link(&hash, at(1)), other.use_link(&hash, at(1)));
    assert_eq!(u8::from(a.unwrap().is_some()) + u8::from(b.unwrap().is_some()), 1);
}

pub(crate) async fn a_role_is_read_freshly_at_each_request(bench: &Bench) {
    let world = bench.world().await;
    let new = session(&world, 1);
    world.store.add_session(&new, at(0)).await.unwrap();
    let hash = secret(1).hash();
    let seen = world.store.signed_in(&hash, world.id).await.unwrap().unwrap();
    assert_eq!((seen.id, seen.login, seen.member, seen.role, seen.last_seen_at), (new.id, world.login, world.ana, Role::Owner, at(0)));
    world.at().set_role(world.ana, Role::Analyst).await.unwrap();
    world.store.touch_session(new.id, at(70)).await.unwrap();
    let seen = world.store.signed_in(&hash, world.id).await.unwrap().unwrap();
    assert_eq!((seen.role, seen.last_seen_at, seen.expires_at), (Role::Analyst, at(70), at(86_400)));
    assert_eq!(world.store.signed_in(&secret(2).hash(), world.id).await.unwrap(), None);
    let row = world.store.session_by_hash(&hash).await.unwrap().unwrap();
    assert_eq!(row.user_agent.chars().count(), 400);
    world.store.touch_session(new.id, at(60)).await.unwrap();
    assert_eq!(world.store.session_by_hash(&hash).await.unwrap().unwrap().last_seen_at, at(70), "never backwards");
    let places = world.store.memberships(world.login).await.unwrap();
    assert_eq!((places.len(), places[0].workspace_name.as_str(), places[0].member.role), (1, "Lark & Co", Role::Analyst));
    assert_eq!(world.at().set_role(MemberId::from_uuid(fresh()), Role::Owner).await, Err(StoreError::NotThere));
}

pub(crate) async fn a_new_password_ends_the_other_sessions(bench: &Bench) {
    let world = bench.world().await;
    let here = session(&world, 1);
    world.store.add_session(&here, at(0)).await.unwrap();
    for n in [2, 3] {
        world.store.add_session(&session(&world, n), at(0)).await.unwrap();
    }
    assert_eq!(world.store.end_sessions_of(world.login, Some(here.id), at(5)).await.unwrap(), 2);
    assert!(world.store.signed_in(&secret(1).hash(), world.id).await.unwrap().is_some());
    assert!(world.store.signed_in(&secret(2).hash(), world.id).await.unwrap().is_none());
    world.store.end_session(here.id, at(6)).await.unwrap();
    assert!(world.store.session_by_hash(&secret(1).hash()).await.unwrap().is_none());
    assert_eq!(world.store.end_session(here.id, at(7)).await, Err(StoreError::NotThere));
}
