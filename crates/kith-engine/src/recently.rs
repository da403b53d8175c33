//! "Not more often than": remembers when something was last done, for a bounded number of things.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

/// Things remembered before all are forgotten.
const REMEMBERED_MAX: usize = 10_000;

/// When each thing was last done.
#[derive(Debug)]
pub(crate) struct Recently<K>(Mutex<HashMap<K, Timestamp>>);

impl<K> Default for Recently<K> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Eq + Hash> Recently<K> {
    /// Whether `pause` has passed since this was last due; if so, it counts as done now.
    pub(crate) fn due(&self, thing: K, now: Timestamp, pause: SignedDuration) -> bool {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.get(&thing).is_some_and(|last| now.duration_since(*last) < pause) {
            return false;
        }
        if seen.len() >= REMEMBERED_MAX {
            seen.clear();
        }
        seen.insert(thing, now);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thing_is_due_again_only_after_its_pause() {
        let (recently, pause) = (Recently::default(), SignedDuration::from_secs(60));
        let at = |s| Timestamp::from_second(s).unwrap();
        assert!(recently.due("a", at(0), pause));
        assert!(!recently.due("a", at(59), pause));
        assert!(recently.due("b", at(59), pause));
        assert!(recently.due("a", at(60), pause));
    }
}
