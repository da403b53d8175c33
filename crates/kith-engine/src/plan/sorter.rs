//! Who sorts messages while the owner is away (B7): a delegate who is named with the absence, and told while it lasts.
//!
//! Sorting is all that changes hands. Whoever sorts may note, put off and close, as every delegate may; answering stays
//! with the owner, absence or not (C2).

use kith_domain::ids::{MemberId, WorkspaceId};
use kith_domain::mandate::{Deed, Role};
use kith_store::MemberRow;
use serde::Serialize;

use super::at_home::Away;
use crate::kith::Kith;
use crate::mandate::sign_in::Visitor;
use crate::problem::{Problem, from_store};
use crate::views::Moment;

/// Somebody sorts messages for an owner who is away.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Sorting {
    /// The absence.
    pub absence: String,
    /// Whose messages.
    pub owner: String,
    /// Who sorts.
    pub sorter: String,
    /// Since when.
    pub since: Moment,
    /// Until when.
    pub until: Moment,
}

impl Kith {
    /// What this visitor sorts meanwhile, if an absence that lasts names them.
    pub async fn sorting_for(&self, visitor: &Visitor) -> Result<Option<Sorting>, Problem> {
        if visitor.role() == Role::Owner || visitor.role().may(Deed::Sort).is_err() {
            return Ok(None);
        }
        let home = self.at_home(visitor.workspace).await.map_err(from_store)?;
        let now = self.now();
        let members = self.members_of(visitor.workspace).await?;
        let mine = home.away.iter().filter(|away| away.from <= now && now < away.until);
        let mut mine = mine.filter(|away| sorter_of(away, &members).is_some_and(|member| member.id == visitor.session.member));
        let Some(away) = mine.next() else { return Ok(None) };
        Ok(Some(self.sorting(away, &members, &visitor.zone)))
    }

    /// The member who is to sort, by name or e-mail address; `Invalid` names the way out.
    pub(super) async fn checked_sorter(&self, workspace: WorkspaceId, name: Option<&str>) -> Result<Option<(String, MemberId)>, Problem> {
        let Some(name) = name.map(str::trim).filter(|name| !name.is_empty()) else { return Ok(None) };
        let wrong = |why: String| Problem::Invalid { field: "sorter".into(), why };
        let members = self.members_of(workspace).await?;
        let named: Vec<&MemberRow> = members.iter().filter(|member| same(&member.email, name) || same(&member.name, name)).collect();
        let member = match named.as_slice() {
            [one] => *one,
            [] => {
                let delegates: Vec<&str> =
                    members.iter().filter(|member| member.role == Role::Delegate).map(|member| member.name.as_str()).collect();
                let known = match delegates.as_slice() {
                    [] => "there is no delegate yet; invite one under Settings, People who help, or leave it empty".to_owned(),
                    names => format!("those who may sort: {}", names.join(", ")),
                };
                return Err(wrong(format!("nobody here is called {name:?}; {known}")));
            }
            _ => return Err(wrong(format!("{} members are called {name:?}; write the e-mail address of the one who sorts", named.len()))),
        };
        match member.role {
            Role::Delegate => Ok(Some((member.name.clone(), member.id))),
            Role::Owner => {
                Err(wrong(format!("{} is an owner, who sees all messages anyway; name a delegate, or leave it empty", member.name)))
            }
            role => Err(wrong(format!(
                "{} is an {} and can't sort messages; make them a delegate under Settings, People who help, or name another member",
                member.name,
                role.as_str()
            ))),
        }
    }

    fn sorting(&self, away: &Away, members: &[MemberRow], zone: &str) -> Sorting {
        let calendar = self.calendar(zone);
        let owner = members.iter().filter(|member| member.role == Role::Owner).min_by_key(|member| member.created_at);
        Sorting {
            absence: away.name.clone(),
            owner: owner.map_or_else(|| "the owner".to_owned(), |owner| owner.name.clone()),
            sorter: sorter_of(away, members).map(|member| member.name.clone()).unwrap_or_default(),
            since: calendar.moment(away.from),
            until: calendar.moment(away.until),
        }
    }

    async fn members_of(&self, workspace: WorkspaceId) -> Result<Vec<MemberRow>, Problem> {
        self.store().in_workspace(workspace).members().await.map_err(from_store)
    }
}

/// The member who sorts while this absence lasts: by id, or by the name that an older one was stored with.
fn sorter_of<'m>(away: &Away, members: &'m [MemberRow]) -> Option<&'m MemberRow> {
    match (away.absence.sorter_id, away.absence.sorter.as_deref()) {
        (Some(id), _) => members.iter().find(|member| member.id == id),
        (None, Some(name)) => members.iter().find(|member| same(&member.name, name)),
        (None, None) => None,
    }
}

fn same(a: &str, b: &str) -> bool {
    a.trim().to_lowercase() == b.trim().to_lowercase()
}
