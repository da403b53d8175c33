//! Who may do what, in whose name, and the proof that a person is at the keys.
//!
//! A member has a role in a workspace; a role answers `may`. Everything that leaves carries its `Provenance`
//! (D4, I8). A `HumanAct` is the one key to conversation (C2): see `human_act` for why no machine can hold one.

mod human_act;
mod provenance;
mod role;
mod secret;
mod token;

pub use human_act::{ActKind, ActTarget, Gesture, HumanAct, NotPresent, SESSION_IDLE_MAX_H, SignedInSession};
pub use provenance::{Actor, Door, Provenance};
pub use role::{Deed, Refusal, Role};
pub use secret::{PassSecret, SecretHash, SessionSecret};
pub use token::{Scope, TOKEN_DAYS_DEFAULT, TOKEN_DAYS_MAX, TOKEN_PREFIX, TokenSecret};
