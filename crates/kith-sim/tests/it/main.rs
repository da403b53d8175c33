//! Facts about the machine under the simulator: many seeds, the control, and one scenario per row of the failure
//! matrix that this level can express (the rest are the store's, the engine's and the host's).

mod clock;
mod crash;
mod network;
mod person;
mod seeds;
mod world;
