//! The exclusive lock on a data folder: one server at a time (reliability.md A4, "two instances on one data dir").
//!
//! The system drops the lock when the process ends, however it ends, so that a crash never leaves a folder locked.

use std::fs::{File, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::Path;

use crate::commands::{ExitCode, Refused};

/// Held for as long as the server runs.
#[derive(Debug)]
pub(crate) struct FolderLock(#[expect(dead_code, reason = "held, not read: the lock ends with the file")] File);

/// Takes the lock, or says who has it.
pub(crate) fn take(folder: &Path) -> Result<FolderLock, Refused> {
    let path = folder.join("kith.lock");
    let fault = |error: std::io::Error| Refused::one(format!("{} can't be used: {error}", path.display()));
    let mut file = File::options().create(true).read(true).write(true).truncate(false).open(&path).map_err(fault)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            let _ = std::io::Read::by_ref(&mut file).take(20).read_to_string(&mut holder);
            let holder = holder.trim();
            let who = if holder.is_empty() { "another process".to_owned() } else { format!("process {holder}") };
            return Err(Refused::one(format!(
                "{who} already runs Kith on {}; stop it first, or name another folder with --data",
                folder.display()
            ))
            .with(ExitCode::Locked));
        }
        Err(TryLockError::Error(error)) => return Err(fault(error)),
    }
    file.set_len(0).and_then(|()| file.rewind()).and_then(|()| writeln!(file, "{}", std::process::id())).map_err(fault)?;
    Ok(FolderLock(file))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_server_on_one_folder_is_refused_and_names_the_first() {
        let folder = tempfile::tempdir().unwrap();
        let first = take(folder.path()).unwrap();
        let refused = take(folder.path()).unwrap_err();
        assert_eq!(refused.code, ExitCode::Locked);
        assert!(refused.reasons[0].contains(&std::process::id().to_string()), "{refused:?}");
        drop(first);
        assert!(take(folder.path()).is_ok());
    }
}
