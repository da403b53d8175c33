//! Coming in: one-time links, passwords, sessions.
//!
//! A link is used up by a press on its page, never by opening it (mail scanners open links). A wrong password costs
//! the same time and answer whether or not the e-mail is known (S22). A changed password ends every other session (S15).

use jiff::SignedDuration;
use kith_domain::ids::{LoginId, MemberId, SessionId, WorkspaceId};
use kith_domain::mandate::{Actor, Role, SessionSecret, SignedInSession};
use kith_store::{NewLink, NewLogin, NewMember, NewSession as SessionRow};

use crate::kith::{Kith, Operator};
use crate::mandate::password;
use crate::problem::{Problem, from_store};

/// Life of a session in days; it also ends when idle (`SESSION_IDLE_MAX_H`).
const SESSION_DAYS: i64 = 30;
/// Life of a one-time link in hours.
const LINK_HOURS: i64 = 48;
/// Longest name and e-mail address in characters.
const NAME_CHARS_MAX: usize = 100;
const EMAIL_CHARS_MAX: usize = 254;

/// How often it is noted that a session is in use, in seconds.
const SEEN_EVERY_S: i64 = 60;

/// What a link is for, as stored.
const LINK_FIRST: &str = "first_password";
const LINK_DEMO: &str = "demo";

/// A signed-in person in one workspace.
#[derive(Debug)]
pub struct Visitor {
    /// Their name.
    pub name: String,
    /// Their e-mail address.
    pub email: String,
    /// The workspace at hand.
    pub workspace: WorkspaceId,
    /// Its name.
    pub workspace_name: String,
    /// Its zone.
    pub zone: String,
    /// The session.
    pub session: SignedInSession,
    /// The browser's secret, for as long as one request lasts: with it, and only with it, a person acts.
    pub(crate) secret: SessionSecret,
}

/// What a one-time link's page shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkView {
    /// Whose it is.
    pub name: String,
    /// Their e-mail address.
    pub email: String,
    /// Whether a password is chosen now.
    pub wants_password: bool,
}

/// A new session for the browser to keep.
#[derive(Debug)]
pub struct NewSession {
    /// The secret as the cookie carries it.
    pub cookie: String,
    /// Life of the cookie in seconds.
    pub max_age_s: i64,
}

/// A new owner with the link to come in by.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct NewOwner {
    /// Their name.
    pub name: String,
    /// Their e-mail address.
    pub email: String,
    /// The workspace.
    pub workspace: String,
    /// The one-time link.
    pub link: String,
}

impl Visitor {
    /// Their role in the workspace at hand.
    pub fn role(&self) -> Role {
        self.session.role
    }

    /// As the author of what they write.
    pub fn actor(&self) -> Actor {
        Actor::Member { id: self.session.member, name: self.name.clone() }
    }

    /// As whoever works for the workspace at hand: the same calls as from the command line. No act of conversation
    /// takes this.
    pub fn operator(&self) -> Operator {
        Operator { workspace: self.workspace, zone: self.zone.clone(), actor: self.actor() }
    }
}

impl Kith {
    /// Adds an owner: of the workspace named, or of a new one with that name. An owner who exists gets a new link.
    pub async fn add_owner(&self, name: &str, email: &str, workspace: Option<&str>, zone: &str) -> Result<NewOwner, Problem> {
        let (name, email) = (checked_name(name)?, checked_email(email)?);
        let now = self.now();
        let login = match self.store().login_by_email(&email).await.map_err(from_store)? {
            Some(login) => login.id,
            None => {
                let login =
                    NewLogin { id: self.chance().id(now, LoginId::new), email: email.clone(), name: name.clone(), password_hash: None };
                self.store().add_login(&login, now).await.map_err(from_store)?;
                login.id
            }
        };
        let workspaces = self.store().workspaces().await.map_err(from_store)?;
        let wanted = match (workspace, workspaces.as_slice()) {
            (Some(name), spaces) => spaces.iter().find(|space| space.name == name),
            (None, [only]) => Some(only),
            (None, _) => None,
        };
        let (space, space_name) = match wanted {
            Some(space) => (space.id, space.name.clone()),
            None => {
                kith_domain::schedule::ZoneName::parse(zone)
                    .map_err(|error| Problem::Invalid { field: "zone".into(), why: error.to_string() })?;
                let space = self.chance().id(now, WorkspaceId::new);
                let space_name = workspace.map_or_else(|| format!("{name}'s workspace"), str::to_owned);
                self.store().add_workspace(space, &space_name, zone, now).await.map_err(from_store)?;
                (space, space_name)
            }
        };
        let known = self.store().memberships(login).await.map_err(from_store)?;
        if !known.iter().any(|place| place.member.workspace == space) {
            let member = NewMember { id: self.chance().id(now, MemberId::new), login, role: Role::Owner, name: name.clone() };
            self.store().in_workspace(space).add_member(&member, now).await.map_err(from_store)?;
        }
        let link = self.new_link(login, LINK_FIRST).await?;
        Ok(NewOwner { name, email, workspace: space_name, link })
    }

    /// A link that opens the demonstration with one press and no password.
    pub async fn demo_link(&self, login_email: &str) -> Result<String, Problem> {
        let login = self.store().login_by_email(login_email).await.map_err(from_store)?;
        let login = login.ok_or_else(|| Problem::NotThere(format!("nobody signs in as {login_email}")))?;
        self.new_link(login.id, LINK_DEMO).await
    }

    async fn new_link(&self, login: LoginId, purpose: &str) -> Result<String, Problem> {
        let (secret, now) = (self.chance().secret(), self.now());
        let life = self.clock().stretch(SignedDuration::from_hours(LINK_HOURS));
        let link = NewLink { hash: secret.hash(), login, purpose: purpose.to_owned(), expires_at: now + life };
        self.store().add_link(&link, now).await.map_err(from_store)?;
        Ok(format!("{}/welcome/{}", self.public_url(), secret.reveal()))
    }

    /// Who works at the command line in the named workspace, or in the only one.
    pub async fn operator(&self, workspace: Option<&str>) -> Result<Operator, Problem> {
        let spaces = self.store().workspaces().await.map_err(from_store)?;
        let space = match (workspace, spaces.as_slice()) {
            (Some(name), spaces) => spaces.iter().find(|space| space.name == name),
            (None, [only]) => Some(only),
            (None, []) => {
                return Err(Problem::NotThere("there is no workspace yet; begin with: kith owner add --name N --email E".into()));
            }
            (None, _) => None,
        };
        let names = || spaces.iter().map(|space| format!("{:?}", space.name)).collect::<Vec<_>>().join(", ");
        let space = space.ok_or_else(|| Problem::NotThere(format!("name the workspace with --workspace; there are: {}", names())))?;
        let members = self.store().in_workspace(space.id).members().await.map_err(from_store)?;
        let owner = members.into_iter().find(|member| member.role == Role::Owner);
        let owner = owner.ok_or_else(|| Problem::NotThere("this workspace has no owner; add one: kith owner add".into()))?;
        Ok(Operator { workspace: space.id, zone: space.zone.clone(), actor: Actor::Member { id: owner.id, name: owner.name } })
    }

    /// What a one-time link's page shows. Does not use it up.
    pub async fn link(&self, secret: &str) -> Result<LinkView, Problem> {
        Ok(self.link_of(secret).await?.1)
    }

    /// The same with whose it is.
    pub(super) async fn link_of(&self, secret: &str) -> Result<(LoginId, LinkView), Problem> {
        let hash = SessionSecret::from_text(secret).ok_or_else(spent)?.hash();
        let (id, purpose) = self.store().link(&hash, self.now()).await.map_err(from_store)?.ok_or_else(spent)?;
        let login = self.store().login(id).await.map_err(from_store)?.ok_or_else(spent)?;
        Ok((id, LinkView { name: login.name, email: login.email, wants_password: purpose != LINK_DEMO }))
    }

    /// Uses a link up; whose it was.
    pub(super) async fn use_link_of(&self, secret: &str) -> Result<LoginId, Problem> {
        let link = SessionSecret::from_text(secret).ok_or_else(spent)?.hash();
        Ok(self.store().use_link(&link, self.now()).await.map_err(from_store)?.ok_or_else(spent)?.0)
    }

    /// Comes in by a one-time link: uses it up, stores the password, begins a session.
    pub async fn enter_by_link(&self, secret: &str, new_password: Option<&str>, user_agent: &str) -> Result<NewSession, Problem> {
        let view = self.link(secret).await?;
        let hash = match (view.wants_password, new_password) {
            (true, Some(text)) => Some(password::hash(text).await?),
            (true, None) => return Err(Problem::Invalid { field: "password".into(), why: "choose one to sign in with later".into() }),
            (false, _) => None,
        };
        let login = self.use_link_of(secret).await?;
        if let Some(hash) = hash {
            self.store().set_password(login, &hash).await.map_err(from_store)?;
            self.store().end_sessions_of(login, None, self.now()).await.map_err(from_store)?;
        }
        self.begin_session(login, user_agent, None).await
    }

    /// Signs in by e-mail and password. `client` is the address the request came from.
    pub async fn sign_in(&self, email: &str, password: &str, user_agent: &str, client: &str) -> Result<NewSession, Problem> {
        let (email, now) = (email.trim().to_lowercase(), self.now());
        let guesses = &self.0.guesses;
        if let Some(wait) = guesses.wait(&email, now).max(guesses.wait(client, now)) {
            return Err(Problem::NotNow(format!("too many wrong tries; try again in {} seconds", wait.as_secs().max(1))));
        }
        let login = self.store().login_by_email(&email).await.map_err(from_store)?;
        let stored = login.as_ref().and_then(|login| login.password_hash.as_deref());
        match (password::is_right(password, stored).await, login) {
            (true, Some(login)) => {
                guesses.right(&email);
                self.begin_session(login.id, user_agent, None).await
            }
            _ => {
                guesses.wrong(&email, now);
                guesses.wrong(client, now);
                Err(Problem::SignIn("e-mail or password is not right".into()))
            }
        }
    }

    /// Begins a session; `at_hand` is the workspace that it shows, if not the one joined first.
    pub(super) async fn begin_session(
        &self,
        login: LoginId,
        user_agent: &str,
        at_hand: Option<WorkspaceId>,
    ) -> Result<NewSession, Problem> {
        let (secret, now) = (self.chance().secret(), self.now());
        let life = self.clock().stretch(SignedDuration::from_hours(SESSION_DAYS * 24));
        let row = SessionRow {
            id: self.chance().id(now, SessionId::new),
            login,
            secret_hash: secret.hash(),
            expires_at: now + life,
            user_agent: user_agent.chars().take(200).collect(),
        };
        self.store().add_session(&row, now).await.map_err(from_store)?;
        if let Some(workspace) = at_hand {
            self.store().take_up(row.id, workspace).await.map_err(from_store)?;
        }
        Ok(NewSession { cookie: secret.reveal(), max_age_s: SESSION_DAYS * 24 * 3_600 })
    }

    /// Who holds this cookie, if anybody; notes that they are there.
    pub async fn visitor(&self, cookie: &str) -> Result<Option<Visitor>, Problem> {
        let mut visitor = self.watcher(cookie).await?;
        if let Some(visitor) = &mut visitor {
            let now = self.now();
            // A durable write, so not at every request.
            if now.duration_since(visitor.session.last_seen_at) >= SignedDuration::from_secs(SEEN_EVERY_S) {
                self.store().touch_session(visitor.session.id, now).await.map_err(from_store)?;
            }
            visitor.session.last_seen_at = now;
        }
        Ok(visitor)
    }

    /// Who holds this cookie, without taking the request for a sign that they are there: an open page asks by itself.
    pub async fn watcher(&self, cookie: &str) -> Result<Option<Visitor>, Problem> {
        let Some(secret) = SessionSecret::from_text(cookie) else { return Ok(None) };
        let hash = secret.hash();
        let Some(row) = self.store().session_by_hash(&hash).await.map_err(from_store)? else { return Ok(None) };
        let memberships = self.store().memberships(row.login).await.map_err(from_store)?;
        let chosen = memberships.iter().find(|place| Some(place.member.workspace) == row.at_hand);
        let Some(place) = chosen.or(memberships.first()) else { return Ok(None) };
        let (Some(login), Some(space), Some(session)) = (
            self.store().login(row.login).await.map_err(from_store)?,
            self.store().workspace(place.member.workspace).await.map_err(from_store)?,
            self.store().signed_in(&hash, place.member.workspace).await.map_err(from_store)?,
        ) else {
            return Ok(None);
        };
        if self.now() >= session.expires_at || !self.is_in_use(session.last_seen_at) {
            return Ok(None);
        }
        Ok(Some(Visitor {
            name: login.name,
            email: login.email,
            workspace: space.id,
            workspace_name: space.name,
            zone: space.zone,
            session,
            secret,
        }))
    }

    /// Whether a session that was last seen then still counts. Idle time is the world's, whatever the clock of a
    /// demonstration.
    pub(super) fn is_in_use(&self, last_seen_at: jiff::Timestamp) -> bool {
        self.now().duration_since(last_seen_at) <= self.clock().stretch(idle_max())
    }

    /// Ends this session.
    pub async fn sign_out(&self, visitor: &Visitor) -> Result<(), Problem> {
        self.store().end_session(visitor.session.id, self.now()).await.map_err(from_store)
    }
}

fn idle_max() -> SignedDuration {
    SignedDuration::from_hours(kith_domain::mandate::SESSION_IDLE_MAX_H)
}

fn spent() -> Problem {
    Problem::NotThere("this link was used already, or is too old; ask for a new one: kith owner add prints it".into())
}

pub(super) fn checked_name(name: &str) -> Result<String, Problem> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > NAME_CHARS_MAX || name.chars().any(char::is_control) {
        return Err(Problem::Invalid { field: "name".into(), why: "give a name of 1 to 100 characters".into() });
    }
    Ok(name.to_owned())
}

pub(super) fn checked_email(email: &str) -> Result<String, Problem> {
    let email = email.trim().to_lowercase();
    let parts = email.split_once('@');
    let fine = parts.is_some_and(|(user, host)| !user.is_empty() && host.contains('.') || host_is_local(parts))
        && email.chars().count() <= EMAIL_CHARS_MAX
        && !email.chars().any(|c| c.is_whitespace() || c.is_control());
    if fine {
        Ok(email)
    } else {
        Err(Problem::Invalid { field: "email".into(), why: "that is not an e-mail address such as ana@lark.example".into() })
    }
}

fn host_is_local(parts: Option<(&str, &str)>) -> bool {
    parts.is_some_and(|(user, host)| !user.is_empty() && host == "localhost")
}
