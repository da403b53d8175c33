//! Places that end, what waits between two presses, passkeys, and the end of a workspace.

use kith_domain::ids::{InvitationId, LoginId, MemberId, NetworkId, PasskeyId};
use kith_domain::mandate::{Role, SessionSecret};
use kith_store::{NewInvitation, NewLogin, NewMember, NewPasskey, NewSession, Parted, StoreError, Unique};

use crate::bench::{Bench, World, at, fresh, says, session_id};

fn secret(n: u8) -> SessionSecret {
    SessionSecret::from_chance([n; 32])
}

fn invitation(n: u8) -> NewInvitation {
    NewInvitation {
        id: InvitationId::from_uuid(fresh()),
        email: " Cy@Example.test ".into(),
        name: "Cy".into(),
        role: Role::Delegate,
        hash: secret(n).hash(),
        invited_by: "Ana".into(),
        expires_at: at(100),
    }
}

pub(crate) async fn an_invitation_is_followed_once_and_brings_back_who_was_here(bench: &Bench) {
    let world = bench.world().await;
    let cy = NewLogin { id: LoginId::from_uuid(fresh()), email: "cy@example.test".into(), name: "Cy".into(), password_hash: None };
    world.store.add_login(&cy, at(0)).await.unwrap();
    let member = |role| NewMember { id: MemberId::from_uuid(fresh()), login: cy.id, role, name: "Cy".into() };
    let first = invitation(1);
    world.at().add_invitation(&first, at(0)).await.unwrap();
    assert_eq!(world.store.invitation(&first.hash, at(100)).await.unwrap(), None, "too old");
    let open = world.store.invitation(&first.hash, at(5)).await.unwrap().unwrap();
    assert_eq!((open.workspace, open.email.as_str(), open.role), (world.id, "cy@example.test", Role::Delegate));
    world.at().join(first.id, &member(Role::Delegate), at(5)).await.unwrap();
    assert_eq!(world.at().join(first.id, &member(Role::Owner), at(5)).await, Err(StoreError::NotThere));
    assert!(world.at().invitations(at(6)).await.unwrap().is_empty());
    let joined = world.at().members().await.unwrap().into_iter().find(|row| row.login == cy.id).unwrap();
    assert_eq!(world.at().remove_member(joined.id, at(7)).await, Ok(Parted::Done));
    assert_eq!(world.at().remove_member(joined.id, at(7)).await, Ok(Parted::NotThere));
    assert!(world.store.memberships(cy.id).await.unwrap().is_empty());
    let again = invitation(2);
    world.at().add_invitation(&again, at(8)).await.unwrap();
    world.at().join(again.id, &member(Role::Approver), at(8)).await.unwrap();
    let back = world.at().member(joined.id).await.unwrap().unwrap();
    assert_eq!((back.id, back.role), (joined.id, Role::Approver), "the same place, with the new part");
}

pub(crate) async fn of_two_owners_who_remove_each_other_one_stays(bench: &Bench) {
    let world = bench.world().await;
    world.at().set_role(world.bo, Role::Owner).await.unwrap();
    let (one, other) = (bench.open().await, bench.open().await);
    let (one, other) = (one.in_workspace(world.id), other.in_workspace(world.id));
    let (first, second) = tokio::join!(one.remove_member(world.ana, at(5)), other.remove_member(world.bo, at(5)));
    let mut ends = [first.unwrap(), second.unwrap()];
    ends.sort_unstable_by_key(|end| *end != Parted::Done);
    assert_eq!(ends, [Parted::Done, Parted::LastOwner]);
    assert_eq!(world.at().members().await.unwrap().len(), 1);
}

pub(crate) async fn who_is_removed_has_no_session_and_no_key_any_more(bench: &Bench) {
    let world = bench.world().await;
    let login = world.at().member(world.bo).await.unwrap().unwrap().login;
    let session = NewSession { id: session_id(), login, secret_hash: secret(7).hash(), expires_at: at(999), user_agent: String::new() };
    world.store.add_session(&session, at(0)).await.unwrap();
    assert!(world.store.signed_in(&secret(7).hash(), world.id).await.unwrap().is_some());
    world.at().remove_member(world.bo, at(5)).await.unwrap();
    assert_eq!(world.store.session_by_hash(&secret(7).hash()).await.unwrap(), None);
    assert!(world.store.sessions_of(login, at(6)).await.unwrap().is_empty());
    assert_eq!(world.at().member(world.bo).await.unwrap(), None);
}

pub(crate) async fn what_was_begun_is_taken_up_once_by_who_began_it(bench: &Bench) {
    let world = bench.world().await;
    let (mine, theirs) = (session_id(), session_id());
    let hash = secret(3).hash();
    world.store.begin_pending(&hash, "a", Some(mine), "sealed", at(60), at(0)).await.unwrap();
    for (kind, session, now) in [("b", Some(mine), 1), ("a", Some(theirs), 1), ("a", None, 1), ("a", Some(mine), 60)] {
        assert_eq!(world.store.take_pending(&hash, kind, session, at(now)).await.unwrap(), None, "{kind} {session:?} {now}");
    }
    let (one, other) = (bench.open().await, bench.open().await);
    let (first, second) = tokio::join!(one.take_pending(&hash, "a", Some(mine), at(2)), other.take_pending(&hash, "a", Some(mine), at(2)));
    let taken: Vec<String> = [first.unwrap(), second.unwrap()].into_iter().flatten().collect();
    assert_eq!(taken, ["sealed"]);
    let network = NetworkId::from_text("n");
    world.store.set_registration(&network, "https://a/", "c", "one", at(1)).await.unwrap();
    world.store.set_registration(&network, "https://a/", "c", "two", at(2)).await.unwrap();
    assert_eq!(world.store.registration(&network, "https://a/", "c").await.unwrap(), Some(("two".into(), at(2))));
    world.store.drop_registration(&network, "https://a/", "c").await.unwrap();
    assert_eq!(world.store.registration(&network, "https://a/", "c").await.unwrap(), None);
}

pub(crate) async fn a_passkey_is_its_owners_and_counts_its_uses(bench: &Bench) {
    let world = bench.world().await;
    let new = NewPasskey {
        id: PasskeyId::from_uuid(fresh()),
        login: world.login,
        name: "phone".into(),
        credential: "abc".into(),
        public_key: "{}".into(),
        uses: 0,
    };
    world.store.add_passkey(&new, at(1)).await.unwrap();
    let twice = NewPasskey { id: PasskeyId::from_uuid(fresh()), ..new.clone() };
    let taken = world.store.add_passkey(&twice, at(1)).await;
    assert!(matches!(taken, Err(StoreError::Conflict { what: Unique::Credential, .. })), "{taken:?}");
    let row = world.store.passkey("abc").await.unwrap().unwrap();
    world.store.use_passkey(&row, 3, at(2)).await.unwrap();
    assert_eq!(world.store.use_passkey(&row, 4, at(3)).await, Err(StoreError::NotThere), "it was used meanwhile");
    let stranger = LoginId::from_uuid(fresh());
    assert_eq!(world.store.drop_passkey(stranger, new.id).await, Err(StoreError::NotThere));
    assert_eq!(world.store.name_passkey(stranger, new.id, "x").await, Err(StoreError::NotThere));
    world.store.name_passkey(world.login, new.id, "key").await.unwrap();
    let rows = world.store.passkeys(world.login).await.unwrap();
    assert_eq!((rows.len(), rows[0].name.as_str(), rows[0].uses, rows[0].last_used_at), (1, "key", 3, Some(at(2))));
    world.store.drop_passkey(world.login, new.id).await.unwrap();
    assert_eq!(world.store.passkey("abc").await.unwrap(), None);
}

pub(crate) async fn an_ended_workspace_goes_whole_after_its_time_and_no_other_does(bench: &Bench) {
    let ours = bench.world().await;
    let theirs = World::on(ours.store.clone(), "Wren & Co").await;
    ours.plan(ours.channel, &[10, 20]).await;
    ours.at().ingest(ours.channel, Some(("n", "1")), &[says("cy", "root", "m1", 10)], at(11)).await.unwrap();
    ours.at().add_event(&ours.event("e"), at(12)).await.unwrap();
    ours.at().add_invitation(&invitation(4), at(12)).await.unwrap();
    ours.at().set_erase(Some(at(50))).await.unwrap();
    assert_eq!(ours.store.over(at(49)).await.unwrap(), []);
    assert_eq!(ours.store.erase(ours.id, at(49)).await, Ok(false), "not before its time");
    assert_eq!(ours.store.over(at(50)).await.unwrap(), [ours.id]);
    ours.at().set_erase(None).await.unwrap();
    assert_eq!(ours.store.erase(ours.id, at(51)).await, Ok(false), "it was kept");
    ours.at().set_erase(Some(at(50))).await.unwrap();
    assert_eq!(ours.store.erase(ours.id, at(51)).await, Ok(true));
    assert_eq!(ours.store.workspace(ours.id).await.unwrap(), None);
    assert_eq!(ours.store.login(ours.login).await.unwrap(), None, "a login without a place goes too");
    let mut rows = 0;
    ours.at()
        .export(&mut |_| {
            rows += 1;
            Ok(())
        })
        .await
        .unwrap();
    assert_eq!(rows, 0);
    assert_eq!(theirs.at().members().await.unwrap().len(), 2);
    assert_eq!(theirs.at().channels().await.unwrap().len(), 1);
}
