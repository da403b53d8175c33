//! Where somebody is signed in, ending that, and changing the password (which ends it everywhere else, S15).

use kith_domain::ids::{SessionId, WorkspaceId};
use serde::Serialize;

use super::password;
use super::sign_in::Visitor;
use crate::kith::Kith;
use crate::problem::{Problem, from_store};
use crate::views::Moment;
use crate::words::Calendar;

/// A signed-in browser.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SessionLine {
    /// The session.
    pub id: SessionId,
    /// Browser and system in words, such as `Firefox on Linux`.
    pub device: String,
    /// Whether it is the one that asks.
    pub is_this: bool,
    /// Since when.
    pub since: Moment,
    /// When it was last used, to the minute.
    pub seen: Moment,
}

/// One of a person's workspaces.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SpaceLine {
    /// The workspace.
    pub id: WorkspaceId,
    /// Its name.
    pub name: String,
    /// Whether it is the one at hand.
    pub is_this: bool,
}

impl Kith {
    /// The browsers in which the visitor is signed in, the one used last first.
    pub async fn sessions(&self, visitor: &Visitor) -> Result<Vec<SessionLine>, Problem> {
        let now = self.now();
        let calendar = Calendar::new(&visitor.zone, now);
        let rows = self.store().sessions_of(visitor.session.login, now).await.map_err(from_store)?;
        let alive = rows.into_iter().filter(|row| self.is_in_use(row.last_seen_at));
        Ok(alive
            .map(|row| SessionLine {
                id: row.id,
                device: device(&row.user_agent),
                is_this: row.id == visitor.session.id,
                since: calendar.moment(row.created_at),
                seen: calendar.moment(if row.id == visitor.session.id { now } else { row.last_seen_at }),
            })
            .collect())
    }

    /// Ends one of the visitor's own sessions.
    pub async fn end_session(&self, visitor: &Visitor, id: SessionId) -> Result<(), Problem> {
        self.store().end_own_session(visitor.session.login, id, self.now()).await.map_err(|error| match error {
            kith_store::StoreError::NotThere => Problem::NotThere("that session has ended already".into()),
            other => from_store(other),
        })
    }

    /// Ends all of the visitor's sessions but this one; returns which.
    pub async fn end_other_sessions(&self, visitor: &Visitor) -> Result<Vec<SessionId>, Problem> {
        let (now, login) = (self.now(), visitor.session.login);
        let rows = self.store().sessions_of(login, now).await.map_err(from_store)?;
        self.store().end_sessions_of(login, Some(visitor.session.id), now).await.map_err(from_store)?;
        Ok(rows.into_iter().map(|row| row.id).filter(|id| *id != visitor.session.id).collect())
    }

    /// Whether the visitor has a password.
    pub async fn has_password(&self, visitor: &Visitor) -> Result<bool, Problem> {
        let login = self.store().login(visitor.session.login).await.map_err(from_store)?;
        Ok(login.is_some_and(|login| login.password_hash.is_some()))
    }

    /// Sets or changes the password; every other session ends. Returns which. Wrong guesses at the old one are slowed.
    pub async fn change_password(&self, visitor: &Visitor, old: &str, new: &str) -> Result<Vec<SessionId>, Problem> {
        let login = self.store().login(visitor.session.login).await.map_err(from_store)?;
        let login = login.ok_or_else(|| Problem::SignIn("sign in again".into()))?;
        let (name, now) = (format!("password {}", login.email), self.now());
        if let Some(stored) = login.password_hash.as_deref() {
            if let Some(wait) = self.0.guesses.wait(&name, now) {
                return Err(Problem::NotNow(format!("too many wrong tries; try again in {} seconds", wait.as_secs().max(1))));
            }
            if !password::is_right(old, Some(stored)).await {
                self.0.guesses.wrong(&name, now);
                return Err(Problem::Invalid { field: "old".into(), why: "that is not your password".into() });
            }
            self.0.guesses.right(&name);
        }
        let hash = password::hash(new).await?;
        self.store().set_password(login.id, &hash).await.map_err(from_store)?;
        self.end_other_sessions(visitor).await
    }

    /// The workspaces in which the visitor has a place.
    pub async fn spaces(&self, visitor: &Visitor) -> Result<Vec<SpaceLine>, Problem> {
        let places = self.store().memberships(visitor.session.login).await.map_err(from_store)?;
        let line = |id: WorkspaceId, name: String| SpaceLine { id, name, is_this: id == visitor.workspace };
        Ok(places.into_iter().map(|place| line(place.member.workspace, place.workspace_name)).collect())
    }

    /// Shows another of the visitor's workspaces in this browser.
    pub async fn show_space(&self, visitor: &Visitor, workspace: WorkspaceId) -> Result<(), Problem> {
        if !self.spaces(visitor).await?.iter().any(|space| space.id == workspace) {
            return Err(Problem::NotThere("you have no place in that workspace".into()));
        }
        self.store().take_up(visitor.session.id, workspace).await.map_err(from_store)
    }
}

/// Browser and system from what a browser calls itself; unknown ones are said to be unknown.
fn device(user_agent: &str) -> String {
    // The order matters: Edge and Opera also call themselves Chrome, and Chrome calls itself Safari.
    const BROWSERS: [(&str, &str); 6] =
        [("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"), ("curl/", "curl")];
    const SYSTEMS: [(&str, &str); 6] =
        [("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("Mac OS X", "Mac"), ("Linux", "Linux")];
    let find = |list: &[(&str, &'static str)]| list.iter().find(|(mark, _)| user_agent.contains(mark)).map(|(_, name)| *name);
    match (find(&BROWSERS), find(&SYSTEMS)) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(only), None) | (None, Some(only)) => only.to_owned(),
        (None, None) => "A browser that does not say what it is".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_is_named_as_its_owner_knows_it() {
        for (agent, words) in [
            ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"),
            (
                "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0 Safari/537.36 Edg/156.0",
                "Edge on Windows",
            ),
            ("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605 Version/19 Mobile Safari/604", "Safari on iPhone"),
            ("curl/8.5.0", "curl"),
            ("", "A browser that does not say what it is"),
        ] {
            assert_eq!(device(agent), words, "{agent}");
        }
    }
}
