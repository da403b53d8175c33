//! Bluesky against real servers: the PDS that people run, and the whole back end with its AppView.

mod inbox;
mod publishing;
mod session;
mod speaking;
mod world;
