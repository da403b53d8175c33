//! Its fields are private, so nobody makes one by hand.

use jiff::Timestamp;
use kith_domain::ids::{ActId, MemberId, SessionId, WorkspaceId};
use kith_domain::mandate::{ActKind, ActTarget, HumanAct};

fn by_hand(id: ActId, target: ActTarget, workspace: WorkspaceId, member: MemberId, session: SessionId, at: Timestamp) -> HumanAct {
    HumanAct { id, kind: ActKind::Reply, target, workspace, member, session, at }
}

fn main() {
    let _ = by_hand;
}
