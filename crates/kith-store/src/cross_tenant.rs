//! The statements that do not name a workspace although they touch a tenant's table, each with its reason.
//!
//! A test walks every statement of the crate: one that touches a tenant's table must compare `workspace_id` or stand
//! here. Whoever adds a line here answers for it.

/// The statement's file and name, and why it crosses tenants.
pub(crate) const ALLOWED: [(&str, &str, &str); 24] = [
    ("brake", "HOLDING", "one worker lets go what is held in all workspaces; each is then asked on its own"),
    ("workspaces", "MEMBERSHIPS", "a signed-in person chooses among their own workspaces: bound to the login"),
    ("erase", "FILE_USES", "a number only: whether another workspace has the same picture"),
    ("erase", "PLACES_OF", "a number only: whether a login has a place left anywhere"),
    ("invitations", "INVITATION_BY_HASH", "who is invited shows the link before any workspace is known; the row names it"),
    ("channels", "ENDING", "one worker warns all workspaces; every row names its own"),
    ("channels", "LISTENING", "one listener serves all workspaces; every row names its own"),
    ("turns", "DUE_FEW", "one worker serves all workspaces; every row names its own"),
    ("turns", "DUE_ALL", "one worker serves all workspaces; every row names its own"),
    ("turns", "DUE_COUNT", "a number only: which of the two is asked"),
    ("turns", "LOCK_CHANNELS", "one worker serves all workspaces; locks what it is about to claim"),
    ("turns", "CLAIM", "one worker serves all workspaces; every row names its own"),
    ("turns", "CLAIMED", "reads by id what CLAIM has just taken"),
    ("clock", "PUT_OFF", "the clock is everybody's; every row names its own workspace"),
    ("clock", "WOULD_FIRE", "a number only: said in the log when the clock jumped"),
    ("claims", "NEXT_WAKE", "an instant only: the worker sleeps until it"),
    ("claims", "NEXT_WAKE_AFTER", "an instant only: the worker sleeps until it"),
    ("claims", "RELEASE_LEASES", "at the start of the only worker all leases are void"),
    ("claims", "END_LEASES", "at the start of the only worker all leases are void"),
    ("tokens", "TOKEN_BY_HASH", "a program shows its key before its workspace is known; the row names it"),
    ("leases", "KEEP", "one listener serves all workspaces; only leases of this process"),
    ("leases", "LISTENABLE", "one listener serves all workspaces; every row names its own"),
    ("processes", "RELEASE_OF", "a process claims for all workspaces; what it had claimed is free when it is gone"),
    ("processes", "END_LEASES_OF", "the same for what it read and renewed"),
];
