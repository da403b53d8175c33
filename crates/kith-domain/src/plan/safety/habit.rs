//! How many hashtags are usual on a channel, from its last posts.

use serde::{Deserialize, Serialize};

use crate::plan::Severity;

/// So many posts make a habit; with fewer, [`USUAL_DEFAULT`] holds (house rule, 2026-11).
const POSTS_MIN: usize = 10;
/// Usual where there is no habit yet: most style guides of the networks name two to five (house rule, 2026-11).
const USUAL_DEFAULT: u32 = 5;
/// So many times the usual number is held rather than pointed out (house rule, 2026-11).
const HELD_FROM_TIMES: usize = 2;

/// What is usual on one channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct HashtagHabit {
    usual_max: u32,
}

impl Default for HashtagHabit {
    fn default() -> Self {
        Self { usual_max: USUAL_DEFAULT }
    }
}

impl HashtagHabit {
    /// From the numbers of hashtags in the channel's last posts, in any order: nine of ten posts have no more.
    pub fn of(last_posts: &[u32]) -> Self {
        if last_posts.len() < POSTS_MIN {
            return Self::default();
        }
        let mut sorted = last_posts.to_vec();
        sorted.sort_unstable();
        let ninth = sorted.get(sorted.len() * 9 / 10).or(sorted.last()).copied().unwrap_or(USUAL_DEFAULT);
        Self { usual_max: ninth.max(1) }
    }

    /// The most that is usual.
    pub fn usual_max(self) -> usize {
        self.usual_max as usize
    }

    /// Whether `tags` hashtags are more than usual, and how grave that is.
    pub fn judge(self, tags: usize) -> Option<Severity> {
        let usual = self.usual_max();
        match tags {
            tags if tags <= usual => None,
            tags if tags > usual * HELD_FROM_TIMES => Some(Severity::Hold),
            _ => Some(Severity::Warn),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_than_nine_of_ten_posts_have_is_more_than_usual() {
        let habit = HashtagHabit::of(&[1, 1, 2, 2, 2, 2, 2, 2, 2, 3, 3, 3, 2, 2, 2, 2, 2, 1, 1, 9]);
        assert_eq!(habit.usual_max(), 3);
        assert_eq!([3, 4, 6, 7].map(|tags| habit.judge(tags)), [None, Some(Severity::Warn), Some(Severity::Warn), Some(Severity::Hold)]);
    }

    #[test]
    fn a_new_channel_has_five() {
        assert_eq!(HashtagHabit::of(&[30; 9]), HashtagHabit::default());
        assert_eq!(HashtagHabit::default().judge(5), None);
        assert_eq!(HashtagHabit::default().judge(11), Some(Severity::Hold));
        assert_eq!(HashtagHabit::of(&[0; 10]).usual_max(), 1);
    }
}
