//! Listening: each channel's listener reads what people did since its cursor and files it in conversations.

mod file;
mod listener;
mod own;
mod profile;

pub use listener::Listeners;

pub(crate) use file::ours_to;
