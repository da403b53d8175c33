//! The kill loop: the real `kith serve`, killed, frozen and lied to by its networks, judged from outside.
//!
//! It knows nothing of Kith's inside: it plans by `kith plan import`, reads by `kith dispatch list --json`, and
//! compares with what its own fake networks show. `check` is the judge, `naive` the control that must fail before it,
//! `killing` one run; to add a fault, add a `Fate` to `fault` and say in the fake servers what it does.

pub mod check;
pub mod database;
pub mod dice;
pub mod fault;
pub mod killing;
pub mod naive;
pub mod program;
pub mod records;
pub mod scene;
pub mod shown;
pub mod statuses;
pub mod time;
pub mod trail;
pub mod wire;

use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};

/// The binary beside this one, or the one that `KITH_BIN` names.
pub fn find_kith() -> Result<PathBuf> {
    if let Some(path) = std::env::var_os("KITH_BIN") {
        return Ok(path.into());
    }
    let here = std::env::current_exe().context("this program has no place")?;
    let beside = here.ancestors().skip(1).take(2).map(|folder| folder.join("kith")).find(|path| path.is_file());
    match beside {
        Some(path) => Ok(path),
        None => bail!("there is no kith beside {}; build it: cargo build -p kith", here.display()),
    }
}
