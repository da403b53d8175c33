//! The real binary: its commands, and its server as a process that can be killed, stopped and watched.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, Command};

use crate::records;
use crate::scene::{Channel, Kind};
use crate::statuses;
use crate::time::RunTime;

/// Longest time for the server to come up, in seconds.
const START_S_MAX: u64 = 60;
/// Longest time for it to stop in good order, in seconds; Kith gives itself 30.
const STOP_S_MAX: u64 = 45;
/// Rows of a list; above any plan.
const ROWS: &str = "100000";

/// A data folder and the program on it.
#[derive(Debug, Clone)]
pub struct Program {
    /// The binary.
    pub exe: PathBuf,
    /// Where everything of the run lies, and the key that its processes share.
    pub folder: PathBuf,
    /// The data folder.
    pub data: PathBuf,
    /// The address of a shared database, where the run has one.
    pub database: Option<String>,
}

impl Program {
    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(&self.exe);
        command
            .args(words)
            .env("KITH_DATA", &self.data)
            .env("KITH_KEY_FILE", self.folder.join("kith.key"))
            .env("XDG_CONFIG_HOME", self.folder.join("config"))
            .env("KITH_ALLOW_PRIVATE", "1")
            .env("KITH_LOG", "error")
            .kill_on_drop(true)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        if let Some(database) = &self.database {
            command.env("KITH_DATABASE", database);
        }
        command
    }

    /// Runs a command to its end and returns what it printed.
    pub async fn run(&self, words: &[&str], input: &str) -> Result<String> {
        let mut child = self.command(words).spawn().with_context(|| format!("{} can't be started", self.exe.display()))?;
        if let Some(mut stdin) = child.stdin.take() {
            stdin.write_all(input.as_bytes()).await?;
        }
        let output = child.wait_with_output().await?;
        if !output.status.success() {
            bail!("kith {}: {}", words.join(" "), String::from_utf8_lossy(&output.stderr));
        }
        Ok(String::from_utf8(output.stdout)?)
    }

    /// Runs a command that prints one JSON object a line.
    pub async fn lines(&self, words: &[&str]) -> Result<Vec<Value>> {
        let out = self.run(words, "").await?;
        out.lines().map(|line| serde_json::from_str(line).context("a line that is no JSON")).collect()
    }

    /// The workspace's owner and the channels.
    pub async fn set_up(&self, channels: &[Channel]) -> Result<()> {
        self.run(&["owner", "add", "--name", "Ana", "--email", "ana@kiln.test", "--zone", "UTC"], "").await?;
        for channel in channels {
            let server = format!("http://{}", channel.server);
            if channel.kind == Kind::C {
                let handle = format!("{}.kiln.test", channel.name);
                let words = ["channel", "add", "bluesky", "--server", &server, "--handle", &handle, "--app-password-file", "-"];
                self.run(&[&words[..], &["--name", &channel.name]].concat(), records::PASSWORD).await?;
            } else {
                let words = ["channel", "add", "mastodon", "--server", &server, "--token-file", "-", "--name", &channel.name];
                self.run(&words, &statuses::token(channel.account)).await?;
            }
        }
        Ok(())
    }

    /// All dispatches as the program tells them.
    pub async fn dispatches(&self) -> Result<Vec<Value>> {
        self.lines(&["dispatch", "list", "--json", "--limit", ROWS]).await
    }

    /// Everything that Kith has stored, one JSON object a line.
    pub async fn exported(&self) -> Result<Vec<Value>> {
        self.lines(&["export", "--out", "-"]).await
    }

    /// What the database's own check says; empty if all is well.
    pub async fn damage(&self) -> Result<String> {
        // The exit code also speaks of posts that wait for a person, so the words are read whatever it is.
        let output = self.command(&["doctor", "--json"]).output().await?;
        let findings = String::from_utf8(output.stdout)?;
        let mut databases =
            findings.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()).filter(|f| f["about"] == "database");
        match databases.next() {
            Some(finding) if finding["well"] == true => Ok(String::new()),
            Some(finding) => Ok(finding["says"].to_string()),
            None => Ok(format!("the doctor says nothing: {}", String::from_utf8_lossy(&output.stderr))),
        }
    }

    /// Starts the server without waiting for it.
    pub fn serve(&self, time: RunTime) -> Result<Life> {
        let (speed, since) = (time.speed.to_string(), time.since.to_string());
        let words = ["serve", "--listen", "127.0.0.1:0", "--speed", &speed, "--speed-since", &since];
        let log = std::fs::OpenOptions::new().create(true).append(true).open(self.folder.join("serve.log"))?;
        let begun = Instant::now();
        let child = self.command(&words).stdin(Stdio::null()).stderr(log).spawn()?;
        Ok(Life { child, begun, log: self.folder.join("serve.log") })
    }
}

/// A server that runs.
#[derive(Debug)]
pub struct Life {
    child: Child,
    /// When it was started.
    pub begun: Instant,
    log: PathBuf,
}

impl Life {
    /// Waits until it says that it is up.
    pub async fn up(&mut self) -> Result<Duration> {
        let Some(stdout) = self.child.stdout.take() else { bail!("waited for twice") };
        let mut lines = BufReader::new(stdout).lines();
        let up = async {
            while let Some(line) = lines.next_line().await? {
                if line.contains("Kith is at ") {
                    return Ok(self.begun.elapsed());
                }
            }
            bail!("the server ended before it was up: {}", end_of(&self.log))
        };
        let up = tokio::time::timeout(Duration::from_secs(START_S_MAX), up).await.context("the server did not come up")?;
        // The rest is read and dropped, so that it never waits for a full pipe.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        up
    }

    /// SIGKILL, and waits until it is gone.
    pub async fn kill(mut self) -> Result<()> {
        if let Some(status) = self.child.try_wait()? {
            bail!("the server ended by itself ({status}): {}", end_of(&self.log));
        }
        self.child.kill().await?;
        Ok(())
    }

    /// SIGSTOP, a pause, SIGCONT.
    pub async fn freeze(&self, span: Duration) -> Result<()> {
        self.signal("-STOP").await?;
        tokio::time::sleep(span).await;
        self.signal("-CONT").await
    }

    /// SIGTERM, as a service manager stops it.
    pub async fn stop(mut self) -> Result<()> {
        self.signal("-TERM").await?;
        let status = tokio::time::timeout(Duration::from_secs(STOP_S_MAX), self.child.wait()).await.context("it did not stop")??;
        if status.success() { Ok(()) } else { bail!("it did not stop well ({status}): {}", end_of(&self.log)) }
    }

    async fn signal(&self, signal: &str) -> Result<()> {
        let Some(pid) = self.child.id() else { bail!("the server is gone: {}", end_of(&self.log)) };
        let status = Command::new("kill").args([signal, &pid.to_string()]).status().await?;
        if status.success() { Ok(()) } else { bail!("kill {signal} {pid} failed") }
    }
}

fn end_of(log: &Path) -> String {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().rev().take(8).collect();
    lines.into_iter().rev().collect::<Vec<_>>().join("\n")
}
