//! What a workspace has set, by name: each a JSON value with a version, so that two people who change the same one at
//! the same time notice.

use crate::db::{Tx, args, json, statements};
use crate::store::InWorkspace;
use crate::{SaveError, SettingRow, StoreError};

statements! {
    SETTING = "SELECT value, version FROM setting WHERE workspace_id = $1 AND name = $2";
    ADD_SETTING = "INSERT INTO setting (workspace_id, name, value, version) VALUES ($1, $2, $3, 1) ON CONFLICT DO NOTHING";
    SET_SETTING = "UPDATE setting SET value = $3, version = version + 1 WHERE workspace_id = $1 AND name = $2 AND version = $4";
}

impl InWorkspace<'_> {
    /// A setting; null with version 0 if it was never set.
    pub async fn setting(&self, name: &str) -> Result<SettingRow, StoreError> {
        match self.store.row(&SETTING, args![self.id, name]).await? {
            Some(row) => Ok(SettingRow { value: row.json("value")?, version: row.int("version")? }),
            None => Ok(SettingRow { value: serde_json::Value::Null, version: 0 }),
        }
    }

    /// Sets it. `version` is the one that was read; `Fenced` if somebody has set it since.
    pub async fn set_setting(&self, name: &str, value: &serde_json::Value, version: i64) -> Result<(), SaveError> {
        let mut tx = self.store.begin().await?;
        let done = self.set_setting_in(&mut tx, name, value, version).await;
        self.store.end(tx, done).await
    }

    /// The same among other changes.
    pub(crate) async fn set_setting_in(&self, tx: &mut Tx, name: &str, value: &serde_json::Value, version: i64) -> Result<(), SaveError> {
        let changed = if version == 0 {
            tx.run(&ADD_SETTING, args![self.id, name, json(value)?]).await?
        } else {
            tx.run(&SET_SETTING, args![self.id, name, json(value)?, version]).await?
        };
        if changed == 0 { Err(SaveError::Fenced) } else { Ok(()) }
    }
}
