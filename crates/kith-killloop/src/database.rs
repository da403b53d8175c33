//! A PostgreSQL of the run's own that keeps what it confirms, to be killed under Kith's feet.
//!
//! `kill` is its immediate shutdown: no backend ends its work, and the next start recovers from the log. It runs as a
//! child of this process and ends with it.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use tokio::process::{Child, Command};
use tokio::sync::Mutex;

/// Longest time for it to come up, in seconds: recovery included.
const START_S_MAX: u64 = 60;
const POLL: Duration = Duration::from_millis(20);
/// Where Debian keeps its versions.
const PLACES: &str = "/usr/lib/postgresql";
/// PostgreSQL refuses to run as root.
const USER: &str = "postgres";

/// The server. Its data lie in a folder of its own.
#[derive(Debug)]
pub struct Database {
    bin: PathBuf,
    folder: tempfile::TempDir,
    port: u16,
    child: Mutex<Option<Child>>,
}

impl Database {
    /// Makes one and starts it.
    pub async fn start_fresh() -> Result<Self> {
        let mut versions: Vec<PathBuf> = std::fs::read_dir(PLACES)?.filter_map(|place| Some(place.ok()?.path().join("bin"))).collect();
        versions.sort();
        let bin = versions.pop().context("there is no PostgreSQL; run: scripts/setup servers")?;
        let folder = tempfile::tempdir()?;
        if is_root() {
            run(Command::new("chown").arg(USER).arg(folder.path())).await?;
        }
        let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let database = Self { bin, folder, port, child: Mutex::default() };
        let data = database.data();
        run(database.program("initdb").arg("-D").arg(&data).args(["-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"])).await?;
        database.start().await?;
        Ok(database)
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("postgres://{USER}@127.0.0.1:{}/postgres", self.port)
    }

    /// Starts it (again) and waits until it answers.
    pub async fn start(&self) -> Result<()> {
        let mut command = self.program("postgres");
        command.arg("-D").arg(self.data()).args(["-p", &self.port.to_string()]);
        for setting in ["listen_addresses=127.0.0.1", "unix_socket_directories=", "dynamic_shared_memory_type=mmap", "max_connections=200"]
        {
            command.args(["-c", setting]);
        }
        let log = std::fs::OpenOptions::new().create(true).append(true).open(self.folder.path().join("log"))?;
        let child = command.kill_on_drop(true).stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn()?;
        *self.child.lock().await = Some(child);
        let deadline = Instant::now() + Duration::from_secs(START_S_MAX);
        while run(self.program("pg_isready").args(["-q", "-h", "127.0.0.1", "-p", &self.port.to_string()])).await.is_err() {
            if Instant::now() > deadline {
                bail!("the database did not come up within {START_S_MAX} s");
            }
            tokio::time::sleep(POLL).await;
        }
        Ok(())
    }

    /// Ends it at once, as `pg_ctl stop -m immediate` does.
    pub async fn kill(&self) -> Result<()> {
        let Some(mut child) = self.child.lock().await.take() else { bail!("the database does not run") };
        let pid = child.id().context("the database ended by itself")?;
        run(Command::new("kill").args(["-QUIT", &pid.to_string()])).await?;
        child.wait().await?;
        Ok(())
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn program(&self, name: &str) -> Command {
        let path = self.bin.join(name);
        let mut command = if is_root() {
            // It becomes the program, so that a signal reaches PostgreSQL itself.
            let mut command = Command::new("setpriv");
            command.args(["--reuid", USER, "--regid", USER, "--init-groups"]).arg(path);
            command
        } else {
            Command::new(path)
        };
        command.current_dir(self.folder.path());
        command
    }
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt as _;
    // Who owns our own entry there is who we are.
    Path::new("/proc/self").metadata().is_ok_and(|me| me.uid() == 0)
}

async fn run(command: &mut Command) -> Result<()> {
    let output = command.stdin(Stdio::null()).output().await?;
    if output.status.success() { Ok(()) } else { bail!("{command:?}: {}", String::from_utf8_lossy(&output.stderr)) }
}
