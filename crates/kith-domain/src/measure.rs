//! Counting what became of what was approved (I9, M1).
//!
//! The sum is the promise: everything that was planned is in exactly one place, and the places add up.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::publish::State;

/// How many dispatches are in each state.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Conservation {
    /// Dispatches by the name of their state.
    pub by_state: BTreeMap<String, u64>,
}

impl Conservation {
    /// Adds one dispatch.
    pub fn count(&mut self, state: &State) {
        *self.by_state.entry(state.name().to_owned()).or_default() += 1;
    }

    /// All dispatches.
    pub fn total(&self) -> u64 {
        self.by_state.values().sum()
    }

    /// Dispatches in one state.
    pub fn of(&self, name: &str) -> u64 {
        self.by_state.get(name).copied().unwrap_or(0)
    }

    /// Dispatches that wait for a person: missed, held, or needing an answer.
    pub fn waits_for_person(&self) -> u64 {
        ["missed", "held", "needs_person"].iter().map(|name| self.of(name)).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_places_add_up() {
        let mut sum = Conservation::default();
        sum.count(&State::Cancelled);
        sum.count(&State::Cancelled);
        sum.count(&State::Claimed { late_until: None });
        assert_eq!((sum.total(), sum.of("cancelled"), sum.of("planned"), sum.waits_for_person()), (3, 2, 0, 0));
    }
}
