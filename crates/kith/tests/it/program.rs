//! Running the binary.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use tempfile::TempDir;

/// A data folder with its own key folder.
pub(crate) struct Folder {
    pub(crate) temp: TempDir,
}

impl Folder {
    pub(crate) fn new() -> Self {
        Self { temp: tempfile::tempdir().unwrap() }
    }

    /// With an owner, so that commands have a workspace.
    pub(crate) fn with_owner() -> Self {
        let folder = Self::new();
        let owner = folder.kith(&["owner", "add", "--name", "Ana", "--email", "ana@example.test", "--zone", "Europe/Lisbon"]);
        assert!(owner.status.success(), "{}", err(&owner));
        folder
    }

    pub(crate) fn data(&self) -> std::path::PathBuf {
        self.temp.path().join("data")
    }

    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kith"));
        command
            .args(words)
            .env_remove("KITH_ALLOW_PRIVATE")
            .env("KITH_DATA", self.data())
            .env("XDG_CONFIG_HOME", self.temp.path().join("config"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    pub(crate) fn kith(&self, words: &[&str]) -> Output {
        self.command(words).output().unwrap()
    }

    /// With private addresses allowed, as tests and one's own network need.
    pub(crate) fn private(&self, words: &[&str]) -> Output {
        self.command(words).env("KITH_ALLOW_PRIVATE", "1").output().unwrap()
    }

    pub(crate) fn with_input(&self, words: &[&str], input: &str) -> Output {
        let mut child = self.command(words).env("KITH_ALLOW_PRIVATE", "1").stdin(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> String {
        let path = self.temp.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    }
}

/// A running server or demonstration; ended when dropped.
pub(crate) struct Running {
    child: Child,
    /// What it printed until it was up.
    pub(crate) said: String,
}

impl Running {
    /// Starts it and waits for a line with `mark`.
    pub(crate) fn start(mut command: Command, mark: &str) -> Self {
        Self::begin(command.stderr(Stdio::inherit()), mark)
    }

    /// The same, with what it says on stderr in a file.
    pub(crate) fn start_with_log(mut command: Command, mark: &str, log: &Path) -> Self {
        Self::begin(command.stderr(std::fs::File::create(log).unwrap()), mark)
    }

    fn begin(command: &mut Command, mark: &str) -> Self {
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        let mut said = String::new();
        while !said.contains(mark) {
            let mut line = String::new();
            assert!(lines.read_line(&mut line).unwrap() > 0, "it ended before it said {mark:?}: {said}");
            said.push_str(&line);
        }
        // The rest is read and dropped, so that the program never waits for a full pipe.
        std::thread::spawn(move || std::io::copy(&mut lines, &mut std::io::sink()));
        Self { child, said }
    }

    /// Waits until it ends by itself; its exit code, or `None` if it is still there.
    pub(crate) async fn ended(mut self, most: std::time::Duration) -> Option<i32> {
        let began = std::time::Instant::now();
        while began.elapsed() < most {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        None
    }

    /// SIGTERM, as a service manager stops it; returns the exit code.
    pub(crate) fn terminate(mut self) -> Option<i32> {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        self.child.wait().unwrap().code()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

pub(crate) fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The lines of `--json` output.
pub(crate) fn json(output: &Output) -> Vec<serde_json::Value> {
    assert!(output.status.success(), "{}", err(output));
    out(output).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Every file below a folder.
pub(crate) fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}
