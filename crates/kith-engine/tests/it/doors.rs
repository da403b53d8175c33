//! People who help, sessions, and connecting a channel on the network's own page.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use kith_domain::mandate::Role;
use kith_engine::{BroughtBack, Problem, Takes, Visitor};
use kith_networks::http::{NetClient, Policy};
use kith_practice::Practice;
use kith_testkit::cast;
use tokio::net::TcpListener;
use url::Url;

use crate::world::{PASSWORD, World};

const BO: &str = "bo@smith.example";

/// Somebody who followed an invitation with this part.
async fn delegate(world: &World, owner: &Visitor, role: &str) -> Visitor {
    let help = world.kith.invite(owner, "Bo Smith", BO, role).await.unwrap();
    let secret = help.link.rsplit('/').next().unwrap();
    let session = world.kith.join_new(secret, "Bo Smith", "a shelf of green cups", "Firefox/140 Linux").await.unwrap();
    world.kith.visitor(&session.cookie).await.unwrap().unwrap()
}

async fn cookie(world: &World, email: &str, password: &str) -> String {
    world.kith.sign_in(email, password, "curl/8", "ip").await.unwrap().cookie
}

#[tokio::test]
async fn an_invitation_gives_one_place_once() {
    let world = World::new().await;
    let ana = world.ana().await;
    let first = world.kith.invite(&ana, "Bo Smith", BO, "analyst").await.unwrap();
    let help = world.kith.invite(&ana, "Bo Smith", " Bo@Smith.example", "delegate").await.unwrap();
    let secret = |link: &str| link.rsplit('/').next().unwrap().to_owned();
    assert!(world.kith.invitation(&secret(&first.link), None).await.is_err(), "a newer link ends the older one");
    let view = world.kith.invitation(&secret(&help.link), None).await.unwrap();
    assert_eq!((view.role, view.takes, view.workspace.as_str()), (Role::Delegate, Takes::Password, cast::WORKSPACE));
    assert_eq!(world.kith.invitation(&secret(&help.link), Some(&ana)).await.unwrap().takes, Takes::SignOut);
    assert!(matches!(world.kith.join_new(&secret(&help.link), "Bo", "short", "").await, Err(Problem::Invalid { .. })));
    let session = world.kith.join_new(&secret(&help.link), "Bo Smith", "a shelf of green cups", "").await.unwrap();
    let bo = world.kith.visitor(&session.cookie).await.unwrap().unwrap();
    assert_eq!((bo.role(), bo.workspace), (Role::Delegate, ana.workspace));
    assert!(world.kith.join_new(&secret(&help.link), "Bo", "a shelf of green cups", "").await.is_err(), "it is used up");
    let people = world.kith.people_here(&ana).await.unwrap();
    assert_eq!((people.members.len(), people.invitations.len()), (2, 0));
    assert!(matches!(world.kith.invite(&bo, "Cy", "cy@smith.example", "owner").await, Err(Problem::Refused(_))), "owners invite");
    assert!(matches!(world.kith.invite(&ana, "Bo", BO, "owner").await, Err(Problem::Conflict(_))), "he is here already");
    assert!(world.kith.invite(&ana, "Cy", "cy@smith.example", "king").await.is_err());
}

#[tokio::test]
async fn an_invitation_to_a_known_address_never_sets_its_password() {
    let world = World::new().await;
    let ana = world.ana().await;
    let other = world.kith.add_owner("Cy Smith", "cy@smith.example", Some("Smith & Daughters"), "UTC").await.unwrap();
    let session = world.kith.enter_by_link(other.link.rsplit('/').next().unwrap(), Some("coal and iron, every day"), "").await.unwrap();
    let help = world.kith.invite(&ana, "Cy", "cy@smith.example", "approver").await.unwrap();
    let secret = help.link.rsplit('/').next().unwrap();
    assert_eq!(world.kith.invitation(secret, None).await.unwrap().takes, Takes::SignIn);
    assert!(matches!(world.kith.join_new(secret, "Cy", "a password of mine", "").await, Err(Problem::SignIn(_))));
    assert!(matches!(world.kith.join_here(&ana, secret).await, Err(Problem::Refused(_))), "it is for another address");
    let cy = world.kith.visitor(&session.cookie).await.unwrap().unwrap();
    world.kith.join_here(&cy, secret).await.unwrap();
    let cy = world.kith.visitor(&session.cookie).await.unwrap().unwrap();
    assert_eq!((cy.workspace, cy.role()), (ana.workspace, Role::Approver), "the page shows the new workspace");
    let home = world.kith.spaces(&cy).await.unwrap().into_iter().find(|space| !space.is_this).unwrap();
    world.kith.show_space(&cy, home.id).await.unwrap();
    assert_eq!(world.kith.visitor(&session.cookie).await.unwrap().unwrap().role(), Role::Owner);
    assert!(world.kith.show_space(&ana, home.id).await.is_err(), "a place is needed");
}

#[tokio::test]
async fn whoever_is_let_go_is_out_at_once_and_the_last_owner_stays() {
    let world = World::new().await;
    let ana = world.ana().await;
    let bo = delegate(&world, &ana, "delegate").await;
    let there = cookie(&world, BO, "a shelf of green cups").await;
    let members = world.kith.people_here(&ana).await.unwrap().members;
    let id = |visitor: &Visitor| members.iter().find(|member| member.email == visitor.email).unwrap().id;
    assert!(matches!(world.kith.end_place(&ana, id(&ana)).await, Err(Problem::Conflict(_))));
    assert!(matches!(world.kith.change_part(&ana, id(&ana), "analyst").await, Err(Problem::Conflict(_))));
    assert!(matches!(world.kith.end_place(&bo, id(&ana)).await, Err(Problem::Refused(_))));
    world.kith.change_part(&ana, id(&bo), "analyst").await.unwrap();
    assert_eq!(world.kith.visitor(&there).await.unwrap().unwrap().role(), Role::Analyst, "it counts from the next click");
    assert_eq!(world.kith.end_place(&ana, id(&bo)).await.unwrap().len(), 2);
    assert!(world.kith.visitor(&there).await.unwrap().is_none());
    assert!(world.kith.end_place(&ana, id(&bo)).await.is_err());
    let again = delegate_link(&world, &ana).await;
    let back = cookie(&world, BO, "a shelf of green cups").await;
    assert!(world.kith.visitor(&back).await.unwrap().is_none(), "a login without a place shows nothing");
    assert_eq!(world.kith.invitation(&again, None).await.unwrap().takes, Takes::SignIn);
}

async fn delegate_link(world: &World, owner: &Visitor) -> String {
    world.kith.invite(owner, "Bo Smith", BO, "owner").await.unwrap().link.rsplit('/').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_new_password_ends_all_other_sessions_and_the_old_one_must_be_right() {
    let world = World::new().await;
    let ana = world.ana().await;
    let there = cookie(&world, cast::ANA.email, PASSWORD).await;
    let lines = world.kith.sessions(&ana).await.unwrap();
    assert_eq!((lines.len(), lines.iter().filter(|line| line.is_this).count()), (2, 1));
    assert!(lines.iter().any(|line| line.device == "curl"));
    let wrong = world.kith.change_password(&ana, "not that one at all", "a longer walk by the river").await;
    assert!(matches!(wrong, Err(Problem::Invalid { field, .. }) if field == "old"));
    assert!(world.kith.visitor(&there).await.unwrap().is_some());
    assert_eq!(world.kith.change_password(&ana, PASSWORD, "a longer walk by the river").await.unwrap().len(), 1);
    assert!(world.kith.visitor(&there).await.unwrap().is_none());
    assert_eq!(world.kith.sessions(&ana).await.unwrap().len(), 1);
    let other = cookie(&world, cast::ANA.email, "a longer walk by the river").await;
    let id = world.kith.sessions(&ana).await.unwrap().into_iter().find(|line| !line.is_this).unwrap().id;
    world.kith.end_session(&ana, id).await.unwrap();
    assert!(world.kith.visitor(&other).await.unwrap().is_none());
    let bo = delegate(&world, &ana, "owner").await;
    assert!(world.kith.end_session(&bo, ana.session.id).await.is_err(), "another's session is not his to end");
}

/// Presses the button of the practice network's page, and says what the browser brings back.
async fn says_yes(go_to: &str, decision: &str) -> BroughtBack {
    let http = NetClient::new(Policy { allow_private: true }).unwrap();
    let mut to = Url::parse(go_to).unwrap();
    let mut fields: Vec<(String, String)> = to.query_pairs().into_owned().collect();
    fields.push(("decision".into(), decision.into()));
    let pairs: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    to.set_query(None);
    let sent = http.post(to).form(&pairs).send().await.unwrap();
    let back = Url::parse(sent.header("location").unwrap()).unwrap();
    assert!(back.path() == "/settings/connect/answer", "{back}");
    let brought: BTreeMap<String, String> = back.query_pairs().into_owned().collect();
    let get = |name: &str| brought.get(name).cloned().unwrap_or_default();
    BroughtBack { state: get("state"), code: get("code"), error: get("error"), ..BroughtBack::default() }
}

#[tokio::test]
async fn a_channel_is_connected_by_the_press_of_who_began_it_and_by_no_other() {
    let world = World::new().await;
    let ana = world.ana().await;
    let bo = delegate(&world, &ana, "owner").await;
    let practice = Practice::builder().people(1).start(TcpListener::bind("127.0.0.1:0").await.unwrap()).await.unwrap();
    let kith = &world.kith;
    let away = kith.begin_connect(&ana, "mastodon", &practice.url(), None).await.unwrap();
    assert!(away.go_to.starts_with(&practice.url()));

    let denied = kith.begin_connect(&ana, "mastodon", &practice.url(), None).await.unwrap();
    let denied = kith.brought_back(&ana, &says_yes(&denied.go_to, "deny").await).await;
    assert!(matches!(&denied, Err(Problem::Refused(why)) if why.contains("did not allow")), "{denied:?}");

    let back = says_yes(&away.go_to, "authorize").await;
    assert!(matches!(kith.brought_back(&bo, &back).await, Err(Problem::Refused(_))), "another browser gets nothing");
    let offered = kith.brought_back(&ana, &back).await.unwrap();
    assert!(matches!(kith.brought_back(&ana, &back).await, Err(Problem::Refused(_))), "what came back works once");
    assert!(kith.channels(&ana).await.unwrap().is_empty(), "nothing is connected before the press");
    assert!(matches!(kith.connect_offered(&bo, &offered.key, "x").await, Err(Problem::Refused(_))));
    assert!(matches!(kith.connect_offered(&ana, &offered.key, "a, b").await, Err(Problem::Invalid { .. })));
    let channel = kith.connect_offered(&ana, &offered.key, "practice").await.unwrap();
    assert!(matches!(kith.connect_offered(&ana, &offered.key, "twice").await, Err(Problem::Refused(_))));
    assert_eq!(kith.channels(&ana).await.unwrap()[0].name, "practice");

    let late = kith.begin_connect(&ana, "mastodon", &practice.url(), Some(channel)).await.unwrap();
    let back = says_yes(&late.go_to, "authorize").await;
    world.clock.advance(SignedDuration::from_mins(11));
    assert!(matches!(kith.brought_back(&ana, &back).await, Err(Problem::Refused(_))), "ten minutes are over");
    let again = kith.begin_connect(&ana, "mastodon", &practice.url(), Some(channel)).await.unwrap();
    let offered = kith.brought_back(&ana, &says_yes(&again.go_to, "authorize").await).await.unwrap();
    assert_eq!(offered.known.as_deref(), Some("practice"));
    assert_eq!(kith.connect_offered(&ana, &offered.key, "").await.unwrap(), channel, "it is the same channel");
    assert_eq!(kith.channels(&ana).await.unwrap().len(), 1);

    let delegate = kith.change_part(&ana, kith.people_here(&ana).await.unwrap().members[1].id, "delegate").await;
    delegate.unwrap();
    practice.stop().await.unwrap();
}
