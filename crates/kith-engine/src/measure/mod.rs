//! What is going on: today's page, the whole workspace as a file, and what is wrong.

mod doctor;
mod export;
mod today;

pub use doctor::{Finding, Health};
