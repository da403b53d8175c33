//! A disk so small that a test can fill it. It needs the right to mount; where there is none, the test says so and
//! `scripts/test` counts it as skipped, so that nobody takes it for passed.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context as _, Result, ensure};

use crate::servers;

/// A file of its own on the small disk, which takes what is left.
const FILLER: &str = "filler";

/// A small disk; it is given back when this is dropped.
#[derive(Debug)]
pub struct SmallDisk {
    mounted: PathBuf,
}

impl SmallDisk {
    /// Mounts a tmpfs of so many KiB. `None` where that is not allowed: `test` is then noted as not run.
    pub fn mount(kib: u64, test: &str) -> Result<Option<Self>> {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let name = format!("kith-disk-{}-{}", std::process::id(), MADE.fetch_add(1, Ordering::Relaxed));
        let mounted = std::env::temp_dir().join(name);
        fs::create_dir_all(&mounted)?;
        let done = Command::new("mount").args(["-t", "tmpfs", "-o", &format!("size={kib}k,mode=700"), "tmpfs"]).arg(&mounted).output();
        match done {
            Ok(output) if output.status.success() => Ok(Some(Self { mounted })),
            Ok(output) => not_run(test, &String::from_utf8_lossy(&output.stderr)).map(|()| None),
            Err(error) => not_run(test, &error.to_string()).map(|()| None),
        }
    }

    /// Where it is mounted.
    pub fn path(&self) -> &Path {
        &self.mounted
    }

    /// Takes all room but so many KiB; called again, it takes or gives back the difference.
    pub fn fill_but(&self, kib: u64) -> Result<()> {
        self.free()?;
        let path = self.filler();
        let mut file = fs::File::create(&path)?;
        let block = [7; 4_096];
        loop {
            match file.write_all(&block) {
                Ok(()) => {}
                Err(error) if error.kind() == std::io::ErrorKind::StorageFull => break,
                Err(error) => return Err(error).context("the small disk could not be filled"),
            }
        }
        let filled = file.metadata()?.len();
        ensure!(filled >= kib * 1_024, "the disk has no {kib} KiB to give back");
        file.set_len((filled - kib * 1_024) / 4_096 * 4_096)?;
        Ok(())
    }

    /// Gives all room back.
    pub fn free(&self) -> Result<()> {
        match fs::remove_file(self.filler()) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }

    fn filler(&self) -> PathBuf {
        self.path().join(FILLER)
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily: who still has a file open there keeps it until it ends.
        let _ = Command::new("umount").arg("-l").arg(self.path()).output();
        let _ = fs::remove_dir(self.path());
    }
}

/// Notes a test that this machine can't run, for `scripts/test` to count, and says so.
pub fn not_run(test: &str, why: &str) -> Result<()> {
    let line = format!("NOT RUN: {test}: {}\n", why.trim().replace('\n', " "));
    std::io::stderr().write_all(line.as_bytes())?;
    let log = servers::tools().join("log");
    fs::create_dir_all(&log)?;
    fs::File::options().create(true).append(true).open(log.join("not-run.log"))?.write_all(line.as_bytes())?;
    Ok(())
}
