//! The list of networks: one line each.

use std::sync::Arc;

use kith_domain::ids::NetworkId;

use crate::network::Network;
use crate::{bluesky, mastodon};

/// Every network that this Kith knows.
#[derive(Debug, Clone)]
pub struct Registry(Vec<Arc<dyn Network>>);

impl Registry {
    /// The networks, each made once.
    pub fn new() -> Self {
        Self(vec![mastodon::network(), bluesky::network()])
    }

    /// All of them, in the order of the list.
    pub fn all(&self) -> &[Arc<dyn Network>] {
        &self.0
    }

    /// One by its short name.
    pub fn get(&self, id: &NetworkId) -> Option<&Arc<dyn Network>> {
        self.0.iter().find(|network| network.id() == *id)
    }
}

impl Default for Registry {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_network_has_budgets_that_a_send_counts_in() {
        for network in Registry::new().all() {
            let budgets = network.budgets();
            assert!(budgets.iter().any(|budget| budget.cost.send > 0), "{}", network.id());
            let mut names: Vec<_> = budgets.iter().map(|budget| budget.name).collect();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), budgets.len(), "{}: names are keys", network.id());
        }
    }
}
