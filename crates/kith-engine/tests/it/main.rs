//! The engine against real servers, with time moved by hand.
#![expect(clippy::unwrap_used, reason = "a test ends at the first surprise")]

mod acts;
mod ahead;
mod answer;
mod brake;
mod calls;
mod doors;
mod editing;
mod feeds;
mod film;
mod hold;
mod holding;
mod host_database;
mod host_epoch;
mod host_room;
mod host_stop;
mod hub;
mod judged;
mod line;
mod links;
mod matrix;
mod moving;
mod notice;
mod on_bluesky;
mod pace;
mod pictures;
mod processes;
mod program;
mod program_home;
mod program_judged;
mod resting;
mod sign_in;
mod world;
mod write;
