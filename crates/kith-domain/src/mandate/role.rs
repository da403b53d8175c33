//! Roles and what they allow.
//!
//! The owner is the voice. A delegate prepares and sorts, an approver says yes, an analyst reads.
//! The one rule that never bends: only an owner converses (C2, D2).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A member's part in a workspace (D2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// The voice: everything, and alone in conversing.
    Owner,
    /// Drafts, plans, sorts; never speaks.
    Delegate,
    /// Reads and says yes or no to what others drafted.
    Approver,
    /// Reads and measures.
    Analyst,
}

/// Something a member may want to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Deed {
    /// Look at plans, messages and figures.
    Read,
    /// Write and plan broadcasts.
    Plan,
    /// Say that a broadcast may go out.
    Approve,
    /// Sort incoming messages, note, snooze.
    Sort,
    /// Reply, send a direct message, thank, follow, unfollow, like, repost, and take a like or repost back.
    Converse,
    /// Connect channels, invite members, change rules.
    Administer,
}

/// The answer no, with the reason and the way out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{role} may not {deed}; ask the owner of this workspace")]
pub struct Refusal {
    /// The role that asked.
    pub role: Role,
    /// What was asked for.
    pub deed: Deed,
}

impl Role {
    /// All roles, the most powerful first.
    pub const ALL: [Self; 4] = [Self::Owner, Self::Delegate, Self::Approver, Self::Analyst];

    /// Whether this role may do `deed`.
    pub fn may(self, deed: Deed) -> Result<(), Refusal> {
        let yes = match deed {
            Deed::Read => true,
            Deed::Plan | Deed::Sort => matches!(self, Self::Owner | Self::Delegate),
            Deed::Approve => matches!(self, Self::Owner | Self::Approver),
            Deed::Converse | Deed::Administer => matches!(self, Self::Owner),
        };
        if yes { Ok(()) } else { Err(Refusal { role: self, deed }) }
    }

    /// The stored and shown name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Delegate => "delegate",
            Self::Approver => "approver",
            Self::Analyst => "analyst",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Owner => "An owner",
            Self::Delegate => "A delegate",
            Self::Approver => "An approver",
            Self::Analyst => "An analyst",
        })
    }
}

impl FromStr for Role {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|role| role.as_str() == text)
            .ok_or_else(|| format!("{text:?} is not a role; roles are owner, delegate, approver, analyst"))
    }
}

impl fmt::Display for Deed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Read => "read this workspace",
            Self::Plan => "plan broadcasts",
            Self::Approve => "approve broadcasts",
            Self::Sort => "sort messages",
            Self::Converse => "reply, message, follow or like",
            Self::Administer => "change channels, members or rules",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_owner_converses() {
        for role in Role::ALL {
            assert_eq!(role.may(Deed::Converse).is_ok(), role == Role::Owner, "{role}");
        }
    }

    #[test]
    fn a_delegate_plans_and_sorts_but_does_not_approve() {
        assert!(Role::Delegate.may(Deed::Plan).is_ok());
        assert!(Role::Delegate.may(Deed::Sort).is_ok());
        assert!(Role::Delegate.may(Deed::Approve).is_err());
    }

    #[test]
    fn an_analyst_only_reads() {
        for deed in [Deed::Plan, Deed::Approve, Deed::Sort, Deed::Converse, Deed::Administer] {
            assert!(Role::Analyst.may(deed).is_err(), "{deed}");
        }
        assert!(Role::Analyst.may(Deed::Read).is_ok());
    }

    #[test]
    fn a_refusal_names_the_deed_and_the_way_out() {
        let text = Role::Delegate.may(Deed::Converse).unwrap_err().to_string();
        assert_eq!(text, "A delegate may not reply, message, follow or like; ask the owner of this workspace");
    }
}
