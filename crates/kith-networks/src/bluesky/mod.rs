//! Placeholder until the connector is written.

use std::sync::Arc;

use crate::network::Network;

/// The network.
#[expect(clippy::unimplemented, reason = "being written")]
pub fn network() -> Arc<dyn Network> {
    unimplemented!("being written")
}
