//! Starting a server script, once per run or for one test, and reading the one line it prints.
//!
//! Every server runs under `servers/guard.sh`, which gives it a process group and a temporary folder and ends both
//! when its watch is over: the run's servers watch nextest's process (or this one), a test's own server watches a
//! pipe that closes with the [`Server`] value. So no server outlives its use, even when a test is killed.

use std::env;
use std::fs::{self, File};
use std::os::unix::process::{CommandExt as _, parent_id};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow, bail};
use serde::de::DeserializeOwned;
use tokio::task::spawn_blocking;
use tokio::time::sleep;

/// The slowest server needs 20 s of CPU; on two busy cores that has been seen to take a minute.
const START_S_MAX: u64 = 240;
/// `guard.sh` gives a server 5 s to end by itself.
const STOP_S_MAX: u64 = 15;
const POLL: Duration = Duration::from_millis(50);
const LOG_LINES_SHOWN: usize = 30;

/// A server script in `servers/`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Script {
    pub(super) name: &'static str,
    pub(super) file: &'static str,
    /// The variable that may hold the line of a server that is already there.
    pub(super) env_line: &'static str,
}

impl Script {
    /// The run's server: started by whoever needs it first.
    pub(super) async fn shared<T: DeserializeOwned>(self) -> Result<T> {
        if let Ok(line) = env::var(self.env_line) {
            return serde_json::from_str(&line).with_context(|| format!("{} holds no line of {}", self.env_line, self.file));
        }
        let run = Run::here()?;
        let lock = File::create(run.folder.join(format!("{}.lock", self.name)))?;
        let lock = spawn_blocking(move || lock.lock().map(|()| lock)).await??;
        let line = self.line_of_run(&run).await;
        drop(lock);
        serde_json::from_str(&line?).with_context(|| format!("{} printed an unknown line", self.file))
    }

    /// Reads the run's line, or the reason why there is none, or starts the server. Called under the lock.
    async fn line_of_run(self, run: &Run) -> Result<String> {
        let (good, bad) = (run.folder.join(format!("{}.json", self.name)), run.folder.join(format!("{}.failed", self.name)));
        if let Ok(line) = fs::read_to_string(&good) {
            return Ok(line);
        }
        if let Ok(why) = fs::read_to_string(&bad) {
            bail!("{why}"); // tried once in this run; a hundred tests need not each wait for it again
        }
        let log = run.folder.join(self.name);
        let mut child = self.command(&run.watch.to_string(), &log, &[])?.stdin(Stdio::null()).spawn()?;
        match self.line(&mut child, &log).await {
            Ok(line) => {
                fs::write(good, &line)?;
                Ok(line)
            }
            Err(error) => {
                fs::write(bad, format!("{error:#}"))?;
                Err(error)
            }
        }
    }

    /// A server for one test, with variables of its own.
    pub(super) async fn own<T: DeserializeOwned>(self, environment: &[(&str, &str)]) -> Result<(T, Server)> {
        static STARTED: AtomicU32 = AtomicU32::new(0);
        let run = Run::here()?;
        let number = STARTED.fetch_add(1, Ordering::Relaxed);
        let log = run.folder.join(format!("{}-{}-{number}", self.name, std::process::id()));
        let mut child = self.command("stdin", &log, environment)?.stdin(Stdio::piped()).spawn()?;
        let pipe = child.stdin.take();
        let line = self.line(&mut child, &log).await?;
        let value = serde_json::from_str(&line).with_context(|| format!("{} printed an unknown line", self.file))?;
        Ok((value, Server { child, pipe }))
    }

    fn command(self, watch: &str, log: &Path, environment: &[(&str, &str)]) -> Result<Command> {
        let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("servers");
        let mut command = Command::new("bash");
        command
            .arg(scripts.join("guard.sh"))
            .arg(watch)
            .arg(scripts.join(self.file))
            .envs(environment.iter().copied())
            .env("KITH_TOOLS", tools())
            .stdout(File::create(log.with_extension("out"))?)
            .stderr(File::create(log.with_extension("log"))?)
            .process_group(0); // not ended with the test that happened to start it
        Ok(command)
    }

    /// Waits for the script's first line.
    async fn line(self, child: &mut Child, log: &Path) -> Result<String> {
        let deadline = Instant::now() + Duration::from_secs(START_S_MAX);
        loop {
            let out = fs::read_to_string(log.with_extension("out"))?;
            // Servers may chat before they are up; ours is the first line that is an object.
            if let Some(line) = out.split_inclusive('\n').find(|l| l.starts_with('{') && l.ends_with('\n')) {
                return Ok(line.to_owned());
            }
            if let Some(status) = child.try_wait()? {
                return Err(self.failure(&format!("ended before it was up ({status})"), log));
            }
            if Instant::now() > deadline {
                return Err(self.failure(&format!("was not up after {START_S_MAX} s"), log));
            }
            sleep(POLL).await;
        }
    }

    fn failure(self, what: &str, log: &Path) -> anyhow::Error {
        let log = log.with_extension("log");
        let text = fs::read_to_string(&log).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        let end = lines[lines.len().saturating_sub(LOG_LINES_SHOWN)..].join("\n");
        anyhow!(
            "the test server {} {what}. Its log is {}:\n{end}\nIf it is not installed, run: scripts/setup servers",
            self.name,
            log.display()
        )
    }
}

/// A server for one test; it ends when this is dropped.
#[derive(Debug)]
pub struct Server {
    child: Child,
    /// Closing it tells `guard.sh` to end the server.
    pipe: Option<ChildStdin>,
}

impl Server {
    /// Ends the server and waits until it is gone.
    pub async fn stop(mut self) -> Result<()> {
        self.pipe = None;
        let deadline = Instant::now() + Duration::from_secs(STOP_S_MAX);
        while self.child.try_wait()?.is_none() {
            if Instant::now() > deadline {
                bail!("the server was still there after {STOP_S_MAX} s");
            }
            sleep(POLL).await;
        }
        Ok(())
    }
}

/// One run of the tests: where its servers leave their lines and logs, and whose end is theirs.
#[derive(Debug)]
struct Run {
    folder: PathBuf,
    watch: u32,
}

impl Run {
    fn here() -> Result<Self> {
        let (id, watch) = match env::var("NEXTEST_RUN_ID") {
            Ok(id) => (id, parent_id()),
            Err(_) => (format!("process-{}", std::process::id()), std::process::id()),
        };
        let folder = tools().join("run").join(id);
        fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        Ok(Self { folder, watch })
    }
}

/// Where `scripts/setup` installs.
pub(crate) fn tools() -> PathBuf {
    env::var_os("KITH_TOOLS").map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.tools"), PathBuf::from)
}
