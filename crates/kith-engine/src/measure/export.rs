//! Everything in a workspace as JSON, one object a line, without secrets (I7).

use std::io::Write;

use kith_domain::ids::WorkspaceId;
use kith_store::StoreError;

use crate::kith::Kith;
use crate::problem::{Problem, from_store, internal};

impl Kith {
    /// Writes the workspace to `out`; returns the number of lines.
    pub async fn export(&self, workspace: WorkspaceId, out: &mut (dyn Write + Send)) -> Result<u64, Problem> {
        let mut lines = 0;
        let mut fault: Option<std::io::Error> = None;
        let store = self.store().in_workspace(workspace);
        let outcome = store
            .export(&mut |value| {
                let written = serde_json::to_writer(&mut *out, value).map_err(std::io::Error::from).and_then(|()| out.write_all(b"\n"));
                match written {
                    Ok(()) => {
                        lines += 1;
                        Ok(())
                    }
                    Err(error) => {
                        let text = error.to_string();
                        fault = Some(error);
                        Err(StoreError::Broken(text))
                    }
                }
            })
            .await;
        match (outcome, fault) {
            (_, Some(error)) => Err(Problem::NotNow(format!("the export could not be written: {error}"))),
            (Err(error), None) => Err(from_store(error)),
            (Ok(()), None) => {
                out.flush().map_err(|error| internal(&error.to_string()))?;
                Ok(lines)
            }
        }
    }
}
