//! Who goes next: the places of one process, shared out among servers and workspaces.
//!
//! A server may hold as many places as half of those that are free, so it gets a third of all when it is alone, each
//! further dead server takes a third of what the others left, and ten of them leave room for those that live. Among those that may go, the workspace with the fewest
//! places in use goes first, and within it what may be out, then what waits longest. Pure; one dispatch per channel.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, HashMap, VecDeque};

use kith_domain::ids::{ChannelId, WorkspaceId};
use kith_store::DueChannel;

/// Dispatches in flight at once (performance.md: a window of 256 to 1,024); each may hold a connection.
pub(super) const PLACES: usize = 512;
/// A server and a workspace may hold this many however few are free.
const SHARE_MIN: usize = 1;

/// Where something is in flight.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Seat {
    pub(super) workspace: WorkspaceId,
    pub(super) server: String,
}

/// What is in flight.
#[derive(Debug, Default)]
pub(super) struct Turns {
    seats: HashMap<ChannelId, Seat>,
    servers: HashMap<String, usize>,
    workspaces: HashMap<WorkspaceId, usize>,
}

impl Turns {
    /// Places that are free.
    pub(super) fn room(&self) -> usize {
        PLACES.saturating_sub(self.seats.len())
    }

    /// Something of this channel is in flight.
    pub(super) fn seat(&mut self, channel: ChannelId, seat: Seat) {
        *self.servers.entry(seat.server.clone()).or_default() += 1;
        *self.workspaces.entry(seat.workspace).or_default() += 1;
        if let Some(before) = self.seats.insert(channel, seat) {
            self.forget(&before);
        }
    }

    /// It has ended.
    pub(super) fn free(&mut self, channel: ChannelId) {
        if let Some(seat) = self.seats.remove(&channel) {
            self.forget(&seat);
        }
    }

    fn forget(&mut self, seat: &Seat) {
        less(&mut self.servers, &seat.server);
        less(&mut self.workspaces, &seat.workspace);
    }

    /// The channels that go next. `due` in its order: what may be out first, then the longest waiting.
    pub(super) fn choose(&self, due: &[DueChannel]) -> Vec<ChannelId> {
        let (mut servers, mut workspaces) = (self.servers.clone(), self.workspaces.clone());
        let mut queues: BTreeMap<WorkspaceId, VecDeque<&DueChannel>> = BTreeMap::new();
        for row in due.iter().filter(|row| !self.seats.contains_key(&row.channel)) {
            queues.entry(row.workspace).or_default().push_back(row);
        }
        let mut next = BinaryHeap::new();
        for (workspace, queue) in &queues {
            if let Some(head) = queue.front() {
                next.push(Reverse((workspaces.get(workspace).copied().unwrap_or(0), head.order(), *workspace)));
            }
        }
        let mut chosen = Vec::new();
        while let Some(Reverse((held, _, workspace))) = next.pop() {
            let free = self.room().saturating_sub(chosen.len());
            if free == 0 {
                break;
            }
            // Two thirds for one workspace that is alone: its posts all wait for the same few networks.
            if held >= (free * 2).max(SHARE_MIN) {
                continue;
            }
            let Some(queue) = queues.get_mut(&workspace) else { continue };
            // The first whose server has a place; those before it wait for their server.
            let fits = |server: &str| servers.get(server).copied().unwrap_or(0) < (free / 2).max(SHARE_MIN);
            let Some(row) = std::iter::from_fn(|| queue.pop_front()).find(|row| fits(&row.server)) else { continue };
            *servers.entry(row.server.clone()).or_default() += 1;
            let held = workspaces.entry(workspace).or_default();
            *held += 1;
            chosen.push(row.channel);
            if let Some(head) = queue.front() {
                next.push(Reverse((*held, head.order(), workspace)));
            }
        }
        chosen
    }
}

fn less<K: std::hash::Hash + Eq>(counts: &mut HashMap<K, usize>, key: &K) {
    if let Some(count) = counts.get_mut(key) {
        *count -= 1;
        if *count == 0 {
            counts.remove(key);
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use uuid::Uuid;

    use super::*;

    fn due(workspace: u128, server: &str, number: u128) -> DueChannel {
        DueChannel {
            channel: ChannelId::from_uuid(Uuid::from_u128(workspace * 100_000 + number)),
            workspace: WorkspaceId::from_uuid(Uuid::from_u128(workspace)),
            server: server.to_owned(),
            wake_at: Timestamp::UNIX_EPOCH + jiff::SignedDuration::from_secs(i64::try_from(number).unwrap()),
            may_be_out: false,
        }
    }

    fn seat_all(turns: &mut Turns, due: &[DueChannel]) -> Vec<ChannelId> {
        let chosen = turns.choose(due);
        for row in due.iter().filter(|row| chosen.contains(&row.channel)) {
            turns.seat(row.channel, Seat { workspace: row.workspace, server: row.server.clone() });
        }
        chosen
    }

    #[test]
    fn dead_servers_leave_places_for_those_that_live() {
        let mut turns = Turns::default();
        let alive: Vec<_> = (0..50).map(|n| due(99, "alive", n)).collect();
        for dead in 0..10_u128 {
            if dead == 3 {
                assert_eq!(turns.choose(&alive).len(), 50, "beside three dead servers with 600 channels each");
            }
            let due: Vec<_> = (0..600).map(|n| due(dead + 1, &format!("dead-{dead}"), n)).collect();
            let (free, took) = (turns.room(), seat_all(&mut turns, &due).len());
            assert!(took <= free / 3 + 1, "server {dead} took {took} of {free}");
        }
        assert!(turns.room() >= 8, "{} places are left beside ten dead servers", turns.room());
        assert!(turns.choose(&alive).len() >= 2);
    }

    #[test]
    fn a_burst_of_one_workspace_leaves_the_others_their_turn() {
        let turns = Turns::default();
        let mut rows: Vec<_> = (0..5_000).map(|n| due(1, &format!("server-{}", n % 50), n)).collect();
        rows.push(due(2, "server-1", 9_999));
        let chosen = turns.choose(&rows);
        assert!(chosen[..2].contains(&rows[5_000].channel), "the other's only post is among the first two");
        assert!(chosen.len() > PLACES / 2, "{}", chosen.len());
    }

    #[test]
    fn a_channel_has_one_place_and_gives_it_back() {
        let mut turns = Turns::default();
        let row = due(1, "server", 1);
        assert_eq!(seat_all(&mut turns, std::slice::from_ref(&row)).len(), 1);
        assert!(turns.choose(std::slice::from_ref(&row)).is_empty());
        turns.free(row.channel);
        assert_eq!(turns.room(), PLACES);
        assert_eq!(turns.choose(std::slice::from_ref(&row)), [row.channel]);
    }

    #[test]
    fn what_waits_longest_goes_first_within_a_workspace() {
        let rows: Vec<_> = (0..20).map(|n| due(1, "server", n)).collect();
        let chosen = Turns::default().choose(&rows);
        assert_eq!(chosen, rows.iter().map(|row| row.channel).collect::<Vec<_>>());
    }
}
