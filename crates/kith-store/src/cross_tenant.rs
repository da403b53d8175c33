//! The statements that do not name a workspace although they touch a tenant's table, each with its reason.
//!
//! A test walks every statement of the crate: one that touches a tenant's table must compare `workspace_id` or stand
//! here. Whoever adds a line here answers for it.

/// The statement's file and name, and why it crosses tenants.
pub(crate) const ALLOWED: [(&str, &str, &str); 7] = [
    ("workspaces", "MEMBERSHIPS", "a signed-in person chooses among their own workspaces: bound to the login"),
    ("channels", "LISTENING", "one listener serves all workspaces; every row names its own"),
    ("claims", "CLAIM", "one worker serves all workspaces; every row names its own"),
    ("claims", "CLAIMED", "reads by id what CLAIM has just taken"),
    ("claims", "NEXT_WAKE", "an instant only: the worker sleeps until it"),
    ("claims", "NEXT_WAKE_AFTER", "an instant only: the worker sleeps until it"),
    ("claims", "RELEASE_LEASES", "at the start of the only worker all leases are void"),
];
