//! A lived-in workspace: people, what they wrote and were answered, and what goes out, from a seed.
//!
//! Everything goes through the store's own doors (`ingest`, `add_plan`), in groups, so that indexes, counters and search
//! are what months of listening make them. One conversation is far longer than the rest: a page must not care.

use jiff::{SignedDuration, Timestamp};
use kith_domain::ids::NetworkId;
use kith_domain::listen::{Audience, IncomingKind, RemotePost};
use kith_domain::people::Profile;
use kith_domain::publish::{Receipt, State};
use kith_engine::{Clock as _, SystemClock};
use kith_store::{ChannelRow, Ingest, NewPost};

use crate::world::World;
use crate::{Trouble, network};

/// Messages, and posts, of one filling transaction.
const GROUP: usize = 500;
/// The messages are spread over so many days before now.
const BACK_DAYS: u64 = 120;
/// Minutes between two posts that go out; every fourth of them lies ahead.
const POST_EVERY_MIN: i64 = 20;
/// One conversation of so many is open: its last words are theirs.
const OPEN_EVERY: u64 = 50;
/// One of so many was last heard three months ago.
const QUIET_EVERY: u64 = 20;
/// One person of so many began to follow us.
const FOLLOWS_EVERY: u64 = 10;
/// Words that messages are made of; what is searched for stands among them.
const WORDS: [&str; 24] = [
    "kiln", "bowl", "glaze", "Saturday", "workshop", "the", "blue", "one", "with", "a", "handle", "do", "you", "still", "have", "it", "we",
    "loved", "your", "market", "stall", "and", "tea", "thanks",
];

/// How large.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    /// Messages in all.
    pub messages: u64,
    /// Posts, sent and ahead.
    pub posts: u64,
    /// Conversations, each with a person of its own.
    pub conversations: u64,
    /// Messages of the longest conversation.
    pub thread: u64,
}

/// Which words of a conversation message `n` is.
struct Turn {
    of: u64,
    nth: u64,
    turns: u64,
}

impl Turn {
    fn of(n: u64, size: Size) -> Self {
        let Some(m) = n.checked_sub(size.thread) else { return Self { of: 0, nth: n, turns: size.thread } };
        let (others, messages) = (size.conversations.saturating_sub(1).max(1), size.messages.saturating_sub(size.thread));
        let of = m % others;
        Self { of: of + 1, nth: m / others, turns: messages.saturating_sub(of).div_ceil(others) }
    }
}

/// Numbers that depend on the seed alone (splitmix64).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end.max(1)
    }

    fn words(&mut self) -> String {
        let count = 6 + self.below(24);
        let words: Vec<&str> = (0..count).filter_map(|_| WORDS.get(self.below(WORDS.len() as u64) as usize).copied()).collect();
        words.join(" ")
    }
}

/// Fills a world that has channels.
pub(crate) async fn fill(world: &World, size: Size, seed: u64) -> Result<(), Trouble> {
    let now = SystemClock.now();
    people(world, size, seed, now).await?;
    posts(world, size.posts, now).await
}

async fn people(world: &World, size: Size, seed: u64, now: Timestamp) -> Result<(), Trouble> {
    let mut dice = Dice(seed);
    let begins = now - SignedDuration::from_hours(24 * BACK_DAYS as i64);
    let channels = world.channels.len().max(1) as u64;
    let mut groups: Vec<Vec<Ingest>> = vec![Vec::new(); channels as usize];
    for n in 0..size.messages {
        let Turn { of, nth: turn, turns } = Turn::of(n, size);
        let is_last = turn + 1 >= turns;
        // Most are answered; of one in fifty, and of the longest, the last words are theirs.
        let ours = if is_last { of != 0 && of % OPEN_EVERY != 0 } else { turn % 2 == 1 };
        // Some were last heard long ago: they drift.
        let days = if of % QUIET_EVERY == QUIET_EVERY - 1 { BACK_DAYS / 4 } else { BACK_DAYS };
        let spread = (24 * 60 * days / turns.max(1)).max(1);
        let minutes = (turn * spread + dice.below(spread)).min(24 * 60 * days - 1);
        let at = begins + SignedDuration::from_mins(minutes as i64);
        let channel = (of % channels) as usize;
        let person = person(of);
        let root = format!("root-{of}");
        let text = dice.words();
        let post = RemotePost {
            remote_id: format!("m-{n}"),
            url: Some(format!("https://clay.example/@p{of}/{n}")),
            author: if ours { ourselves() } else { person.clone() },
            html: format!("<p>{text}</p>"),
            text,
            warning: None,
            at,
            in_reply_to: Some(root.clone()),
            root: Some(root.clone()),
            audience: Audience::Public,
            is_ours: ours,
        };
        let one = if ours {
            Ingest::OursInThread { post, root_remote_id: root, person }
        } else {
            let event_remote_id = format!("e-{n}");
            Ingest::Message { post, kind: IncomingKind::Reply, event_remote_id, root_remote_id: root, person, automated: None }
        };
        let Some(group) = groups.get_mut(channel) else { continue };
        group.push(one);
        if group.len() >= GROUP {
            store(world, channel, group, now).await?;
        }
    }
    for of in (0..size.conversations).step_by(FOLLOWS_EVERY as usize) {
        let at = begins + SignedDuration::from_mins(dice.below(24 * 60 * BACK_DAYS) as i64);
        let follow =
            Ingest::Reaction { remote_id: format!("f-{of}"), kind: IncomingKind::Follow, by: person(of), post_remote_id: None, at };
        if let Some(group) = groups.get_mut((of % channels) as usize) {
            group.push(follow);
        }
    }
    for (channel, group) in groups.iter_mut().enumerate() {
        store(world, channel, group, now).await?;
    }
    Ok(())
}

async fn store(world: &World, channel: usize, group: &mut Vec<Ingest>, now: Timestamp) -> Result<(), Trouble> {
    let channel: &ChannelRow = world.channels.get(channel).ok_or_else(|| Trouble::new("there is no channel"))?;
    world.store.in_workspace(world.workspace).ingest(channel.id, None, group, now).await?;
    group.clear();
    Ok(())
}

fn person(n: u64) -> Profile {
    Profile {
        network: NetworkId::from_text(network::ID),
        remote_id: format!("p-{n}"),
        address: format!("p{n}@clay.example"),
        display_name: format!("Person {n}"),
        url: Some(format!("https://clay.example/@p{n}")),
        is_bot: false,
    }
}

fn ourselves() -> Profile {
    Profile { remote_id: "ourselves".into(), address: "bench@clay.example".into(), display_name: "Bench".into(), ..person(0) }
}

/// Three in four are out, one every twenty minutes; the rest lies ahead.
async fn posts(world: &World, count: u64, now: Timestamp) -> Result<(), Trouble> {
    let sent = count - count / 4;
    let mut group: Vec<NewPost> = Vec::with_capacity(GROUP);
    for n in 0..count {
        let due = now + SignedDuration::from_mins((n as i64 - sent as i64) * POST_EVERY_MIN + 1);
        let mut post = world.post(n, due)?;
        if due < now {
            let receipt = Receipt { remote_id: format!("root-{n}"), url: None, at: due };
            for dispatch in post.variants.iter_mut().flat_map(|variant| &mut variant.dispatches) {
                dispatch.state = State::Published { receipt: receipt.clone() };
            }
        }
        group.push(post);
        if group.len() >= GROUP || n + 1 == count {
            world.store.in_workspace(world.workspace).add_plan(&group, now).await?;
            group.clear();
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_conversation_gets_its_turns_and_they_add_up() {
        let size = Size { messages: 100, posts: 0, conversations: 7, thread: 30 };
        let mut counts = [0; 7];
        for n in 0..size.messages {
            let Turn { of, nth: turn, turns } = Turn::of(n, size);
            assert_eq!(turn, counts[of as usize]);
            counts[of as usize] += 1;
            assert!(turn < turns, "message {n}");
        }
        for (of, count) in counts.iter().enumerate() {
            let n = if of == 0 { 0 } else { size.thread + of as u64 - 1 };
            assert_eq!(Turn::of(n, size).turns, *count, "conversation {of}");
        }
    }

    #[test]
    fn the_same_seed_is_the_same_town() {
        let words = |seed| (0..5).map(|_| 0).scan(Dice(seed), |dice, _: i32| Some(dice.words())).collect::<Vec<_>>();
        assert_eq!(words(7), words(7));
        assert_ne!(words(7), words(8));
    }
}
