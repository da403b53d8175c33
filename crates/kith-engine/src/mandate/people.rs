//! People who help: invited by a link, with a part; changed and let go by an owner; the last owner stays.
//!
//! A link gives a place, never somebody else's login: whoever has a login already must sign in with it before the link
//! works, and only a new address chooses a password here (reliability.md S12).

use jiff::SignedDuration;
use kith_domain::ids::{InvitationId, LoginId, MemberId, SessionId};
use kith_domain::mandate::{Actor, Deed, PassSecret, Role};
use kith_store::{InvitationRow, NewEvent, NewInvitation, NewLogin, NewMember, Parted};
use serde::Serialize;

use super::password;
use super::sign_in::{NewSession, Visitor, checked_email, checked_name};
use crate::kith::{Kith, Operator};
use crate::problem::{Problem, from_store};
use crate::views::Moment;
use crate::words::Calendar;

/// Life of an invitation in days.
const INVITATION_DAYS: i64 = 7;
/// Open invitations of a workspace at once.
const OPEN_MAX: usize = 50;

/// Who is here, and who is asked to come.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PeopleView {
    /// Members, the oldest place first.
    pub members: Vec<MemberLine>,
    /// Open invitations.
    pub invitations: Vec<InvitationLine>,
}

/// A member.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MemberLine {
    /// The member.
    pub id: MemberId,
    /// Their name here.
    pub name: String,
    /// Their e-mail address.
    pub email: String,
    /// Their part.
    pub role: Role,
    /// Whether it is the visitor.
    pub is_me: bool,
    /// Since when.
    pub since: Moment,
}

/// An open invitation.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct InvitationLine {
    /// Its id.
    pub id: InvitationId,
    /// The name that was given.
    pub name: String,
    /// The address it is for.
    pub email: String,
    /// The part that is offered.
    pub role: Role,
    /// Until when its link works.
    pub until: Moment,
}

/// A new invitation; the only time that its link is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NewHelp {
    /// For whom.
    pub name: String,
    /// Their e-mail address.
    pub email: String,
    /// The part that is offered.
    pub role: Role,
    /// The link to give them.
    pub link: String,
}

/// What an invitation's page shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvitationView {
    /// The workspace.
    pub workspace: String,
    /// The part that is offered.
    pub role: Role,
    /// The name that was given.
    pub name: String,
    /// The address it is for.
    pub email: String,
    /// Who invites.
    pub invited_by: String,
    /// What it takes.
    pub takes: Takes,
}

/// What it takes to follow an invitation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    /// A name and a password: the address is new here.
    Password,
    /// To sign in first: the address is known.
    SignIn,
    /// One press: it is the one who is signed in.
    Press,
    /// To sign out first: somebody else is signed in.
    SignOut,
}

impl Kith {
    /// Who is here.
    pub async fn people_here(&self, visitor: &Visitor) -> Result<PeopleView, Problem> {
        let (store, now) = (self.store().in_workspace(visitor.workspace), self.now());
        let calendar = Calendar::new(&visitor.zone, now);
        let members = store.members().await.map_err(from_store)?.into_iter().map(|row| MemberLine {
            id: row.id,
            is_me: row.login == visitor.session.login,
            name: row.name,
            email: row.email,
            role: row.role,
            since: calendar.moment(row.created_at),
        });
        let members = members.collect();
        // Who is asked is the owner's business.
        let open = if visitor.role() == Role::Owner { store.invitations(now).await.map_err(from_store)? } else { Vec::new() };
        let invitations = open.into_iter().map(|row| InvitationLine {
            id: row.id,
            name: row.name,
            email: row.email,
            role: row.role,
            until: calendar.moment(row.expires_at),
        });
        Ok(PeopleView { members, invitations: invitations.collect() })
    }

    /// Invites somebody: the link is shown once, to be given to them by hand.
    pub async fn invite(&self, visitor: &Visitor, name: &str, email: &str, role: &str) -> Result<NewHelp, Problem> {
        administers(visitor)?;
        let (name, email) = (checked_name(name)?, checked_email(email)?);
        let role: Role = role.parse().map_err(|why| Problem::Invalid { field: "role".into(), why })?;
        let (store, now) = (self.store().in_workspace(visitor.workspace), self.now());
        if store.members().await.map_err(from_store)?.iter().any(|member| member.email == email) {
            return Err(Problem::Conflict(format!("{email} helps here already; change their part in the list")));
        }
        let open = store.invitations(now).await.map_err(from_store)?;
        if open.len() >= OPEN_MAX {
            return Err(Problem::Refused(format!("{OPEN_MAX} invitations are open; take some back first")));
        }
        // A newer link for the same person ends the older one.
        for older in open.iter().filter(|row| row.email == email) {
            store.end_invitation(older.id, now).await.map_err(from_store)?;
        }
        let secret = self.chance().pass();
        let new = NewInvitation {
            id: self.chance().id(now, InvitationId::new),
            email: email.clone(),
            name: name.clone(),
            role,
            hash: secret.hash(),
            invited_by: visitor.name.clone(),
            expires_at: now + self.clock().stretch(SignedDuration::from_hours(24 * INVITATION_DAYS)),
        };
        store.add_invitation(&new, now).await.map_err(from_store)?;
        self.note_person(visitor, "member.invited", &new.id.to_string(), serde_json::json!({ "name": name, "role": role })).await?;
        Ok(NewHelp { name, email, role, link: format!("{}/join/{}", self.public_url(), secret.reveal()) })
    }

    /// Takes an invitation back: its link no longer works.
    pub async fn take_invitation_back(&self, visitor: &Visitor, id: InvitationId) -> Result<(), Problem> {
        administers(visitor)?;
        self.store().in_workspace(visitor.workspace).end_invitation(id, self.now()).await.map_err(from_store)?;
        self.note_person(visitor, "member.uninvited", &id.to_string(), serde_json::json!({})).await
    }

    /// Gives a member another part. It counts from their next click.
    pub async fn change_part(&self, visitor: &Visitor, member: MemberId, role: &str) -> Result<(), Problem> {
        administers(visitor)?;
        let role: Role = role.parse().map_err(|why| Problem::Invalid { field: "role".into(), why })?;
        let parted = self.store().in_workspace(visitor.workspace).change_part(member, role, self.now()).await;
        judged(parted.map_err(from_store)?)?;
        self.note_person(visitor, "member.part", &member.to_string(), serde_json::json!({ "role": role })).await
    }

    /// Ends a member's place here: their keys and all their sessions end at once. Returns those sessions.
    pub async fn end_place(&self, visitor: &Visitor, member: MemberId) -> Result<Vec<SessionId>, Problem> {
        administers(visitor)?;
        let (store, now) = (self.store().in_workspace(visitor.workspace), self.now());
        let row = store.member(member).await.map_err(from_store)?.ok_or_else(nobody)?;
        let sessions = self.store().sessions_of(row.login, now).await.map_err(from_store)?;
        judged(store.remove_member(member, now).await.map_err(from_store)?)?;
        self.note_person(visitor, "member.ended", &member.to_string(), serde_json::json!({ "name": row.name })).await?;
        Ok(sessions.into_iter().map(|session| session.id).collect())
    }

    /// What an invitation's page shows; nothing is used up. `visitor` is whoever is signed in.
    pub async fn invitation(&self, secret: &str, visitor: Option<&Visitor>) -> Result<InvitationView, Problem> {
        let row = self.open_invitation(secret).await?;
        let space = self.store().workspace(row.workspace).await.map_err(from_store)?.ok_or_else(spent)?;
        let known = self.store().login_by_email(&row.email).await.map_err(from_store)?;
        let takes = match (visitor, known) {
            (Some(visitor), _) if visitor.email == row.email => Takes::Press,
            (Some(_), _) => Takes::SignOut,
            (None, Some(_)) => Takes::SignIn,
            (None, None) => Takes::Password,
        };
        Ok(InvitationView { workspace: space.name, role: row.role, name: row.name, email: row.email, invited_by: row.invited_by, takes })
    }

    /// Follows an invitation with an address that is new here: makes the login, takes the place, begins a session.
    pub async fn join_new(&self, secret: &str, name: &str, new_password: &str, browser: &str) -> Result<NewSession, Problem> {
        let row = self.open_invitation(secret).await?;
        if self.store().login_by_email(&row.email).await.map_err(from_store)?.is_some() {
            return Err(Problem::SignIn("this address has a way in already; sign in with it, then open the link again".into()));
        }
        let (name, hash) = (checked_name(name)?, password::hash(new_password).await?);
        let now = self.now();
        let login =
            NewLogin { id: self.chance().id(now, LoginId::new), email: row.email.clone(), name: name.clone(), password_hash: Some(hash) };
        self.store().add_login(&login, now).await.map_err(from_store)?;
        self.join(&row, login.id, &name).await?;
        self.begin_session(login.id, browser, Some(row.workspace)).await
    }

    /// Follows an invitation as the one who is signed in; the page shows that workspace from now on.
    pub async fn join_here(&self, visitor: &Visitor, secret: &str) -> Result<(), Problem> {
        let row = self.open_invitation(secret).await?;
        if row.email != visitor.email {
            return Err(Problem::Refused(format!("this invitation is for {}; sign out, then open the link again", row.email)));
        }
        self.join(&row, visitor.session.login, &visitor.name).await?;
        self.store().take_up(visitor.session.id, row.workspace).await.map_err(from_store)
    }

    /// Gives somebody a place without a browser: a login that nobody can use before its owner asks for a link. Returns the
    /// hand in which that member prepares; what it plans must ask for a yes (`Kith::ask_for_plan`).
    pub async fn take_in(&self, operator: &Operator, name: &str, email: &str) -> Result<Operator, Problem> {
        let (name, email) = (checked_name(name)?, checked_email(email)?);
        if self.store().login_by_email(&email).await.map_err(from_store)?.is_some() {
            return Err(Problem::Conflict(format!("{email} has a way in already; invite them on the page")));
        }
        let invited_by = match &operator.actor {
            Actor::Member { name, .. } => name.clone(),
            Actor::Worker | Actor::Outside { .. } => "the command line".to_owned(),
        };
        let (now, secret) = (self.now(), self.chance().pass());
        let new = NewInvitation {
            id: self.chance().id(now, InvitationId::new),
            email: email.clone(),
            name: name.clone(),
            role: Role::Delegate,
            hash: secret.hash(),
            invited_by,
            expires_at: now + self.clock().stretch(SignedDuration::from_hours(24 * INVITATION_DAYS)),
        };
        self.store().in_workspace(operator.workspace).add_invitation(&new, now).await.map_err(from_store)?;
        let login = NewLogin { id: self.chance().id(now, LoginId::new), email, name: name.clone(), password_hash: None };
        self.store().add_login(&login, now).await.map_err(from_store)?;
        let row = self.open_invitation(&secret.reveal()).await?;
        let member = self.join(&row, login.id, &name).await?;
        Ok(Operator { actor: Actor::Member { id: member, name }, ..operator.clone() })
    }

    async fn join(&self, row: &InvitationRow, login: LoginId, name: &str) -> Result<MemberId, Problem> {
        let now = self.now();
        let member = NewMember { id: self.chance().id(now, MemberId::new), login, role: row.role, name: name.to_owned() };
        let store = self.store().in_workspace(row.workspace);
        store.join(row.id, &member, now).await.map_err(|error| match error {
            kith_store::StoreError::NotThere => spent(),
            other => from_store(other),
        })?;
        let event = NewEvent {
            kind: "member.joined".into(),
            subject: member.id.to_string(),
            actor: Actor::Member { id: member.id, name: name.to_owned() },
            detail: serde_json::json!({ "role": row.role, "invited_by": row.invited_by }),
        };
        store.add_event(&event, now).await.map_err(from_store)?;
        Ok(member.id)
    }

    async fn open_invitation(&self, secret: &str) -> Result<InvitationRow, Problem> {
        let hash = PassSecret::from_text(secret).ok_or_else(spent)?.hash();
        self.store().invitation(&hash, self.now()).await.map_err(from_store)?.ok_or_else(spent)
    }

    async fn note_person(&self, visitor: &Visitor, kind: &str, subject: &str, detail: serde_json::Value) -> Result<(), Problem> {
        let event = NewEvent { kind: kind.into(), subject: subject.to_owned(), actor: visitor.actor(), detail };
        self.store().in_workspace(visitor.workspace).add_event(&event, self.now()).await.map_err(from_store)
    }
}

fn administers(visitor: &Visitor) -> Result<(), Problem> {
    visitor.role().may(Deed::Administer).map_err(|refusal| Problem::Refused(refusal.to_string()))
}

fn judged(parted: Parted) -> Result<(), Problem> {
    match parted {
        Parted::Done => Ok(()),
        Parted::LastOwner => Err(Problem::Conflict("a workspace needs an owner; make somebody else an owner first".into())),
        Parted::NotThere => Err(nobody()),
    }
}

fn nobody() -> Problem {
    Problem::NotThere("nobody like that helps here (any more)".into())
}

fn spent() -> Problem {
    Problem::NotThere("This invitation was used, taken back, or is older than a week. Ask who invited you for a new one.".into())
}
