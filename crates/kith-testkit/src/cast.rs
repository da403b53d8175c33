//! The people and the workspace that every test speaks of.
//!
//! One small cast, always in the same parts, so that a reader knows at once who may do what. A test that needs
//! somebody else gives them a name of their own in the test.

/// A person of the cast.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Person {
    /// The name shown on pages.
    pub name: &'static str,
    /// The address they sign in or write with; `example.test` never resolves.
    pub email: &'static str,
    /// Their handle's first part on a test server, such as `ana-lark` in `ana-lark.test`; a PDS wants 3 letters or more.
    pub handle: &'static str,
}

/// The owner: speaks for the workspace, and alone may converse.
pub const ANA: Person = Person { name: "Ana", email: "ana@example.test", handle: "ana-lark" };

/// The delegate: drafts, plans and sorts, and may never speak.
pub const BO: Person = Person { name: "Bo", email: "bo@example.test", handle: "bo-lark" };

/// The customer: is on the networks, writes to the workspace and waits for an answer.
pub const CY: Person = Person { name: "Cy", email: "cy@example.test", handle: "cy-smith" };

/// The workspace they meet in.
pub const WORKSPACE: &str = "Lark & Co";

/// Where the workspace's day is counted, for plans.
pub const ZONE: &str = "Europe/Lisbon";
