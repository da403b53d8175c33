//! The only place with SQL: everything that Kith remembers, in SQLite or PostgreSQL.
//!
//! `Store` is opened once; `store.in_workspace(id)` gives every call that belongs to one tenant, and the few calls that
//! cross tenants (sign-in, the worker's claims) are on `Store` itself and listed with their reasons in `cross_tenant`.
//! To add a query, add a constant to the `statements!` list at the top of a file and a method below it; a test
//! prepares every constant on both engines.

mod acts;
mod answer_drafts;
mod born;
mod brake;
mod calls;
mod channels;
mod claims;
mod clock;
mod contacts;
#[cfg(test)]
mod cross_tenant;
mod db;
mod dispatches;
mod doors;
mod ears;
mod edits;
mod epoch;
mod erase;
mod error;
mod events;
mod export;
mod followers;
mod handles;
mod health;
mod inbox;
mod ingest;
mod invitations;
mod leases;
mod media;
mod memories;
mod merges;
mod messages;
mod migrate;
mod multiply;
mod pace;
mod post_drafts;
mod posts;
mod processes;
mod rows;
mod search;
mod settings;
mod sign_in;
mod sorting;
mod sources;
#[cfg(test)]
mod statements;
mod statistics;
mod store;
mod tokens;
mod turns;
mod workspaces;

pub use contacts::DRIFTING_LOOKED_MAX;
pub use dispatches::TAKEN_MAX as CALENDAR_MAX;
pub use error::{SaveError, StoreError, Unique};
pub use health::Health;
pub use leases::LeaseTask;
pub use processes::TakenOver;
pub use rows::*;
pub use search::SEARCH_CHARS_MAX;
pub use store::{InWorkspace, Store};
