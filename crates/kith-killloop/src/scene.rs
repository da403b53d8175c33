//! The networks of a run: two servers of the Mastodon API (with keys and without) and one of AT Protocol, each with
//! several channels, all with the same faults and one board.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;

use crate::dice::Dice;
use crate::fault::Faults;
use crate::shown::Board;
use crate::time::RunTime;
use crate::wire::Door;
use crate::{records, statuses};

/// Shortest and longest time for which a server refuses connections, in the world's milliseconds.
const SHUT_MS: (u64, u64) = (30, 200);

/// How a network guards against doubles, by the letter of the docs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Keys are honoured.
    K,
    /// No keys; posts can be read back.
    N,
    /// The client names the record.
    C,
}

/// One channel.
#[derive(Debug, Clone)]
pub struct Channel {
    /// Its name: a letter for its kind, and its number.
    pub name: String,
    /// Its network's kind.
    pub kind: Kind,
    /// Its account's number on the server.
    pub account: usize,
    /// The server.
    pub server: SocketAddr,
}

/// Everything outside Kith.
#[derive(Debug)]
pub struct Scene {
    /// The channels.
    pub channels: Vec<Channel>,
    /// What goes wrong.
    pub faults: Arc<Faults>,
    /// What is shown.
    pub board: Arc<Board>,
    doors: Vec<Door>,
}

impl Scene {
    /// Starts the networks with so many channels each.
    pub async fn start(seed: u64, time: RunTime, channels_each: usize) -> Result<Self> {
        let (faults, board) = (Arc::new(Faults::new(seed, time)), Arc::new(Board::default()));
        let (mut channels, mut doors) = (Vec::new(), Vec::new());
        for (kind, letter) in [(Kind::K, 'k'), (Kind::N, 'n'), (Kind::C, 'c')] {
            let names: Vec<String> = (0..channels_each).map(|no| format!("{letter}{no}")).collect();
            let door = match kind {
                Kind::C => records::start(names.clone(), faults.clone(), board.clone(), time).await?,
                _ => statuses::start(kind == Kind::K, names.clone(), faults.clone(), board.clone(), time).await?,
            };
            let server = door.address;
            channels.extend(names.into_iter().enumerate().map(|(account, name)| Channel { name, kind, account, server }));
            doors.push(door);
        }
        Ok(Self { channels, faults, board, doors })
    }

    /// Makes one of the servers refuse connections for a moment.
    pub fn shut_one(&self, dice: &Dice) {
        let door = &self.doors[dice.index(self.doors.len())];
        door.shut(Duration::from_millis(dice.between(SHUT_MS.0, SHUT_MS.1)));
    }
}
