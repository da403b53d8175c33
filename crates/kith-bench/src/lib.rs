//! `kith bench`: what this machine allows, and what Kith makes of it.
//!
//! `raw` measures the disk and the bare HTTP client, `burst` many posts due in one second (W2), `backlog` the cost of
//! what is stored but not due (W1), `pages` what each page takes in a workspace that is lived in. Each measure is one JSON object and some rows of a table; nothing here asserts a
//! time, but a burst that lost or doubled a post says so.

pub mod backlog;
pub mod burst;
mod network;
pub mod pages;
mod percentile;
mod process;
pub mod raw;
mod report;
pub mod stub;
pub mod town;
pub mod work;
mod world;

pub use report::{Report, Row, table};

/// Why a measure could not be taken.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Trouble(String);

impl Trouble {
    /// In plain words.
    pub fn new(why: impl Into<String>) -> Self {
        Self(why.into())
    }
}

impl From<std::io::Error> for Trouble {
    fn from(error: std::io::Error) -> Self {
        Self(error.to_string())
    }
}

impl From<kith_engine::Problem> for Trouble {
    fn from(problem: kith_engine::Problem) -> Self {
        Self(problem.to_string())
    }
}

impl From<kith_store::StoreError> for Trouble {
    fn from(error: kith_store::StoreError) -> Self {
        Self(error.to_string())
    }
}

impl From<kith_networks::http::NetError> for Trouble {
    fn from(error: kith_networks::http::NetError) -> Self {
        Self(error.to_string())
    }
}
