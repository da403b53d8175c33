//! `HumanAct`: one act, on one target, by one person who is present now.
//!
//! Everything that speaks on a network takes a `&HumanAct`. It has private fields, is neither `Clone` nor
//! serialisable, and is made only by `SignedInSession::act`, which asks for the secret that lives in the person's
//! browser and nowhere else (the store keeps its hash). So no job, schedule, rule, API token, webhook, import or
//! agent can hold one: they do not know the secret, and there is nothing to store and use later. Using one up
//! (`HumanAct::spend`) consumes it.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::role::{Deed, Refusal, Role};
use super::secret::{SecretHash, SessionSecret};
use crate::ids::{ActId, ChannelId, LoginId, MemberId, SessionId, WorkspaceId};

/// A session that was not used for so long counts as "nobody is there".
pub const SESSION_IDLE_MAX_H: i64 = 12;

/// A gesture older than this was not made "now" (a page left open, a replayed request).
const GESTURE_AGE_MAX_S: i64 = 120;

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActKind {
    /// An answer in a thread or to a message.
    Reply,
    /// A first direct message.
    DirectMessage,
    /// Begin to follow.
    Follow,
    /// Stop following.
    Unfollow,
    /// Like or favourite.
    Like,
    /// Repost or boost.
    Repost,
    /// Take back one's own like.
    Unlike,
    /// Take back one's own repost.
    Unrepost,
}

impl ActKind {
    /// Every kind.
    pub const ALL: [Self; 8] =
        [Self::Reply, Self::DirectMessage, Self::Follow, Self::Unfollow, Self::Like, Self::Repost, Self::Unlike, Self::Unrepost];

    /// The stored name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Reply => "reply",
            Self::DirectMessage => "direct_message",
            Self::Follow => "follow",
            Self::Unfollow => "unfollow",
            Self::Like => "like",
            Self::Repost => "repost",
            Self::Unlike => "unlike",
            Self::Unrepost => "unrepost",
        }
    }
}

/// What the act is done to: a message or a person on a channel, by its id on the network.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ActTarget {
    /// The channel that speaks.
    pub channel: ChannelId,
    /// The remote id of the message or person acted upon.
    pub remote_id: String,
}

/// A person's gesture as it arrived: the press of a button in a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gesture {
    /// The id that the page gave this gesture: the same press sent twice has the same id.
    pub id: ActId,
    /// When the server received it.
    pub at: Timestamp,
    /// When this same press was first received; equal to `at` unless it is sent again after an unknown outcome.
    /// It fixes the bytes, so that sending again can't double.
    pub first_at: Timestamp,
}

/// A session as the store knows it, with the role that its login has in the workspace at hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedInSession {
    /// The session.
    pub id: SessionId,
    /// Who signed in.
    pub login: LoginId,
    /// Their place in the workspace.
    pub member: MemberId,
    /// The workspace at hand.
    pub workspace: WorkspaceId,
    /// Their role there, read freshly for this request.
    pub role: Role,
    /// SHA-256 of the browser's secret.
    pub secret_hash: SecretHash,
    /// Last request of this session before this one.
    pub last_seen_at: Timestamp,
    /// When the session ends by itself.
    pub expires_at: Timestamp,
}

/// Proof that a present person does this one thing now. See the module's text.
#[derive(Debug)]
pub struct HumanAct {
    id: ActId,
    kind: ActKind,
    target: ActTarget,
    workspace: WorkspaceId,
    member: MemberId,
    session: SessionId,
    at: Timestamp,
}

/// Why nobody counts as present.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotPresent {
    /// The secret is not this session's.
    #[error("this browser is not signed in; sign in and try again")]
    WrongSecret,
    /// The session is over.
    #[error("you were signed out after a while; sign in again, your text is kept")]
    Expired,
    /// The gesture is too old or from the future.
    #[error("this came too late to be sent; press the button again")]
    StaleGesture,
    /// The role does not converse.
    #[error(transparent)]
    Refused(#[from] Refusal),
}

impl SignedInSession {
    /// Whether the session is alive at `now`.
    pub fn is_alive(&self, now: Timestamp) -> bool {
        now < self.expires_at && now.duration_since(self.last_seen_at) <= SignedDuration::from_hours(SESSION_IDLE_MAX_H)
    }

    /// Makes the proof for one act, or says why nobody counts as present.
    pub fn act(
        &self,
        secret: &SessionSecret,
        gesture: Gesture,
        kind: ActKind,
        target: ActTarget,
        now: Timestamp,
    ) -> Result<HumanAct, NotPresent> {
        if !self.secret_hash.is_of(secret) {
            return Err(NotPresent::WrongSecret);
        }
        if !self.is_alive(now) {
            return Err(NotPresent::Expired);
        }
        let age = now.duration_since(gesture.at);
        if gesture.first_at > gesture.at || age.is_negative() || age > SignedDuration::from_secs(GESTURE_AGE_MAX_S) {
            return Err(NotPresent::StaleGesture);
        }
        self.role.may(Deed::Converse)?;
        Ok(HumanAct {
            id: gesture.id,
            kind,
            target,
            workspace: self.workspace,
            member: self.member,
            session: self.id,
            at: gesture.first_at,
        })
    }
}

impl HumanAct {
    /// The gesture's id; also the seed of the remote key, so that the same press can't speak twice.
    pub fn id(&self) -> ActId {
        self.id
    }

    /// What is done.
    pub fn kind(&self) -> ActKind {
        self.kind
    }

    /// To what.
    pub fn target(&self) -> &ActTarget {
        &self.target
    }

    /// In which workspace.
    pub fn workspace(&self) -> WorkspaceId {
        self.workspace
    }

    /// By whom.
    pub fn member(&self) -> MemberId {
        self.member
    }

    /// From which session.
    pub fn session(&self) -> SessionId {
        self.session
    }

    /// When the press was first received.
    pub fn at(&self) -> Timestamp {
        self.at
    }

    /// Ends the act: what was proved once is not proved again.
    pub fn spend(self) -> ActId {
        self.id
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    const NOW: i64 = 1_764_576_000;

    fn at(s: i64) -> Timestamp {
        Timestamp::from_second(NOW + s).unwrap()
    }

    fn session(role: Role) -> SignedInSession {
        SignedInSession {
            id: SessionId::from_uuid(Uuid::from_u128(1)),
            login: LoginId::from_uuid(Uuid::from_u128(2)),
            member: MemberId::from_uuid(Uuid::from_u128(3)),
            workspace: WorkspaceId::from_uuid(Uuid::from_u128(4)),
            role,
            secret_hash: SessionSecret::from_chance([5; 32]).hash(),
            last_seen_at: at(-60),
            expires_at: at(3_600),
        }
    }

    fn target() -> ActTarget {
        ActTarget { channel: ChannelId::from_uuid(Uuid::from_u128(6)), remote_id: "109".into() }
    }

    fn gesture(age_s: i64) -> Gesture {
        Gesture { id: ActId::from_uuid(Uuid::from_u128(7)), at: at(-age_s), first_at: at(-age_s) }
    }

    fn try_act(s: &SignedInSession, secret: [u8; 32], age_s: i64, now_s: i64) -> Result<HumanAct, NotPresent> {
        s.act(&SessionSecret::from_chance(secret), gesture(age_s), ActKind::Reply, target(), at(now_s))
    }

    #[test]
    fn a_present_owner_acts() {
        let act = try_act(&session(Role::Owner), [5; 32], 1, 0).unwrap();
        assert_eq!((act.kind(), act.target().remote_id.as_str(), act.at()), (ActKind::Reply, "109", at(-1)));
    }

    #[test]
    fn nobody_but_an_owner_acts() {
        for role in [Role::Delegate, Role::Approver, Role::Analyst] {
            assert!(matches!(try_act(&session(role), [5; 32], 1, 0), Err(NotPresent::Refused(_))), "{role}");
        }
    }

    #[test]
    fn who_has_only_the_store_cannot_act() {
        assert_eq!(try_act(&session(Role::Owner), [0; 32], 1, 0).unwrap_err(), NotPresent::WrongSecret);
    }

    #[test]
    fn an_expired_or_idle_session_is_nobody() {
        assert_eq!(try_act(&session(Role::Owner), [5; 32], -3_600, 3_600).unwrap_err(), NotPresent::Expired);
        let mut idle = session(Role::Owner);
        idle.last_seen_at = at(-13 * 3_600);
        assert_eq!(try_act(&idle, [5; 32], 1, 0).unwrap_err(), NotPresent::Expired);
    }

    #[test]
    fn an_old_gesture_and_one_from_the_future_are_refused() {
        assert_eq!(try_act(&session(Role::Owner), [5; 32], 121, 0).unwrap_err(), NotPresent::StaleGesture);
        assert_eq!(try_act(&session(Role::Owner), [5; 32], -1, 0).unwrap_err(), NotPresent::StaleGesture);
    }
}
