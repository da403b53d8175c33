//! Exports, and the doctor.

use std::collections::BTreeMap;

use kith_domain::ids::LoginId;
use kith_domain::listen::IncomingKind;
use kith_domain::mandate::{ActKind, SessionSecret};
use kith_store::{AttemptKind, AttemptStart, Ingest, NewAct, NewLink, NewMedia, NewSession, StoreError};

use crate::bench::{Bench, SENDING, World, act_id, at, fresh, person, says, session_id};

async fn export(world: &World) -> Vec<serde_json::Value> {
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

pub(crate) async fn everything_is_exported_but_the_secrets(bench: &Bench) {
    let world = bench.world().await;
    let secret = SessionSecret::from_chance([9; 32]);
    let session =
        NewSession { id: session_id(), login: world.login, secret_hash: secret.hash(), expires_at: at(99), user_agent: "Firefox".into() };
    world.store.add_session(&session, at(0)).await.unwrap();
    let link = SessionSecret::from_chance([8; 32]);
    let purpose = "sign_in".to_owned();
    world.store.add_link(&NewLink { hash: link.hash(), login: world.login, purpose, expires_at: at(99) }, at(0)).await.unwrap();
    world.store.set_password(world.login, "$argon2id$password-hash").await.unwrap();
    let stranger = LoginId::from_uuid(fresh());
    let login = kith_store::NewLogin { id: stranger, email: "stranger@example.test".into(), name: "S".into(), password_hash: None };
    world.store.add_login(&login, at(0)).await.unwrap();

    world.plan(world.channel, &[10]).await;
    let d = world.claim(20).await.remove(0).dispatch;
    let start = AttemptStart { kind: AttemptKind::Send, request_hash: "5e".into(), request: "words".into() };
    world.store.begin_attempt(&d, &SENDING, Some("bytes"), &start, at(21)).await.unwrap();
    let like = Ingest::Reaction { remote_id: "l1".into(), kind: IncomingKind::Like, by: person("jo"), post_remote_id: None, at: at(9) };
    let heard = world.at().ingest(world.channel, Some(("n", "7")), &[says("cy", "root", "m1", 10), like], at(11)).await.unwrap();
    let act = NewAct {
        id: act_id(),
        session: session.id,
        member: world.ana,
        kind: ActKind::Like,
        channel: world.channel,
        conversation: None,
        target_remote_id: "m1".into(),
        text: String::new(),
        handle: None,
    };
    world.at().begin_act(&act, at(12)).await.unwrap();
    world.at().save_draft(world.ana, heard.changed_conversations[0], "half a thought", at(13)).await.unwrap();
    world.at().add_event(&world.event("e"), at(14)).await.unwrap();
    let media = NewMedia {
        id: kith_domain::ids::MediaId::from_uuid(fresh()),
        sha256: "ab".into(),
        mime: "image/png".into(),
        bytes: 1,
        width: 1,
        height: 1,
        alt: String::new(),
        file: "ab.png".into(),
    };
    world.at().add_media(&media, at(0)).await.unwrap();

    let all = export(&world).await;
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for value in &all {
        *kinds.entry(value["kind"].as_str().unwrap()).or_default() += 1;
    }
    let expected = [
        ("act", 1),
        ("attempt", 1),
        ("channel", 1),
        ("contact", 2),
        ("conversation", 1),
        ("cursor_place", 1),
        ("dispatch", 1),
        ("draft", 1),
        ("event", 1),
        ("handle", 2),
        ("login", 2),
        ("media", 1),
        ("member", 2),
        ("message", 1),
        ("post", 1),
        ("reaction", 1),
        ("variant", 1),
        ("workspace", 1),
    ];
    assert_eq!(kinds, expected.into_iter().collect());
    let text = serde_json::to_string(&all).unwrap();
    let sealed: String = b"sealed-token-bytes".iter().map(|byte| format!("{byte:02x}")).collect();
    for hidden in [secret.hash().as_str(), link.hash().as_str(), "password-hash", "sealed-token", &sealed, "stranger"] {
        assert!(!text.contains(hidden), "{hidden}");
    }
    let of = |kind: &str| all.iter().find(|value| value["kind"] == kind).unwrap();
    assert_eq!(of("dispatch")["due_at"], "2026-12-01T08:00:10Z");
    assert_eq!(of("dispatch")["state_json"]["state"], "sending");
    assert_eq!(of("message")["type"], "reply");
    assert_eq!((&of("message")["ours"], &of("message")["warning"]), (&serde_json::json!(false), &serde_json::Value::Null));
    assert_eq!(of("post")["provenance"]["through"]["line"], 7);
}

pub(crate) async fn an_export_of_many_pages_misses_nothing(bench: &Bench) {
    let world = bench.world().await;
    // More than a page of rows, many of them due at one instant.
    for batch in 0..3 {
        world.plan(world.channel, &[batch; 400]).await;
    }
    let all = export(&world).await;
    for kind in ["post", "variant", "dispatch"] {
        let ids: std::collections::BTreeSet<_> = all.iter().filter(|v| v["kind"] == kind).map(|v| v["id"].as_str().unwrap()).collect();
        assert_eq!((ids.len(), all.iter().filter(|v| v["kind"] == kind).count()), (1_200, 1_200), "{kind}");
    }
    let mut written = 0;
    let stopped = world
        .at()
        .export(&mut |_| {
            written += 1;
            if written == 5 { Err(StoreError::Full) } else { Ok(()) }
        })
        .await;
    assert_eq!((stopped, written), (Err(StoreError::Full), 5), "it stops where the writer does");
}

pub(crate) async fn the_doctor_finds_a_whole_database(bench: &Bench) {
    let world = bench.world().await;
    let health = world.store.health().await.unwrap();
    assert!(health.damage.is_empty() && health.step >= 2, "{health:?}");
    assert!(health.bytes > 4_096 && health.engine.starts_with(if bench.is_sqlite() { "SQLite 3" } else { "PostgreSQL 1" }), "{health:?}");
    assert_eq!(health.file.is_some(), bench.is_sqlite());
    world.store.close().await;
}
