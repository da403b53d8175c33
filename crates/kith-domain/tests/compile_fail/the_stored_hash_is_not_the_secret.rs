//! Whoever has only what is stored has nobody's voice: an act asks for the browser's own secret.

use jiff::Timestamp;
use kith_domain::mandate::{ActKind, ActTarget, Gesture, HumanAct, NotPresent, SignedInSession};

fn from_rows(session: &SignedInSession, gesture: Gesture, target: ActTarget, now: Timestamp) -> Result<HumanAct, NotPresent> {
    session.act(&session.secret_hash, gesture, ActKind::Reply, target, now)
}

fn main() {
    let _ = from_rows;
}
