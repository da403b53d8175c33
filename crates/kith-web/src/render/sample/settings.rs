//! What stands in the settings, made by hand: who helps, where one is signed in, what a network asks for.

use kith_domain::converse::CallWish;
use kith_domain::ids::{MemberId, SessionId};
use kith_domain::mandate::Role;
use kith_engine::views::SignInField;
use kith_engine::{CallsView, FieldsCard, MemberLine, SessionLine};

use super::{at, moment, network, now, stamp};

/// The owner and a delegate.
pub(in super::super) fn members() -> [MemberLine; 2] {
    let member = |n: u8, name: &str, role: Role| MemberLine {
        id: MemberId::new(at(0.0), [n; 10]),
        name: name.into(),
        email: format!("{}@lark.example", name.to_lowercase()),
        role,
        is_me: n == 1,
        since: now(),
    };
    [member(1, "Ana", Role::Owner), member(2, "Bea", Role::Delegate)]
}

/// This browser and another.
pub(in super::super) fn sessions() -> [SessionLine; 2] {
    let session = |n: u8, device: &str| SessionLine {
        id: SessionId::new(at(0.0), [n; 10]),
        device: device.into(),
        is_this: n == 1,
        since: moment(26.0, "Wednesday 18 November", "07:42", "26 h"),
        seen: now(),
    };
    [session(1, "Firefox on Linux"), session(2, "Safari on a phone")]
}

/// What a network asks for.
pub(in super::super) fn fields() -> FieldsCard {
    let field = |name: &str, label: &str, secret: bool| SignInField {
        name: name.into(),
        label: label.into(),
        hint: "On your server: Preferences, Development.".into(),
        secret,
        optional: false,
        value: String::new(),
    };
    FieldsCard {
        network: "sample".into(),
        stamp: stamp("Ma", network("Ma")),
        about: "Posts, answers and who follows.".into(),
        fields: vec![field("server", "Server", false), field("token", "Access token", true)],
    }
}

/// What somebody is called for.
pub(in super::super) fn calls() -> CallsView {
    CallsView { wish: CallWish::default(), version: 0, browsers: Vec::new(), public_key: String::new() }
}
