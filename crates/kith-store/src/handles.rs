//! People's addresses as they are heard: one handle per network and remote id, one contact per person who spoke to us.

use jiff::Timestamp;
use kith_domain::ids::{ContactId, HandleId};
use kith_domain::people::{DISPLAY_NAME_CHARS_MAX, Profile};

use crate::born::chance;
use crate::db::{Row, Tx, args, statements};
use crate::store::InWorkspace;
use crate::{HandleRow, StoreError};

/// A handle's columns, under names that can stand beside others.
macro_rules! handle_columns {
    () => {
        concat!(
            "h.id AS h_id, h.contact_id AS h_contact_id, h.network AS h_network, h.remote_id AS h_remote_id, ",
            "h.address AS h_address, h.display_name AS h_display_name, h.url AS h_url, h.is_bot AS h_is_bot, ",
            "h.first_seen AS h_first_seen, h.last_seen AS h_last_seen"
        )
    };
}
pub(crate) use handle_columns;

statements! {
    /// Keyed by the id that the network itself authenticates, never by a name.
    SEEN = concat!(
        "INSERT INTO handle (id, workspace_id, network, remote_id, address, display_name, url, is_bot, first_seen, last_seen) ",
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9) ON CONFLICT (workspace_id, network, remote_id) DO UPDATE SET ",
        "address = excluded.address, display_name = excluded.display_name, url = excluded.url, is_bot = excluded.is_bot, ",
        "last_seen = excluded.last_seen RETURNING id, contact_id"
    );
    ADD_CONTACT = "INSERT INTO contact (id, workspace_id, name, created_at) VALUES ($1, $2, $3, $4)";
    SET_CONTACT = "UPDATE handle SET contact_id = $3 WHERE workspace_id = $1 AND id = $2";
}

impl InWorkspace<'_> {
    /// Notes a profile as it is now; somebody who speaks to us becomes a contact.
    pub(crate) async fn seen(&self, tx: &mut Tx, who: &Profile, speaks: bool, now: Timestamp) -> Result<HandleId, StoreError> {
        let (workspace, name) = (self.id.to_string(), who.display_name.chars().take(DISPLAY_NAME_CHARS_MAX).collect::<String>());
        let id = HandleId::new(now, chance(&["handle", &workspace, who.network.as_str(), &who.remote_id]));
        let args = args![id, self.id, who.network, who.remote_id, who.address, name, who.url, who.is_bot, now];
        let row = tx.row(&SEEN, args).await?.ok_or_else(|| StoreError::Broken("a handle was not kept".into()))?;
        let handle: HandleId = row.id("id")?;
        if speaks && row.id_opt::<ContactId>("contact_id")?.is_none() {
            let contact = ContactId::new(now, chance(&["contact", &workspace, &handle.to_string()]));
            let name: String = who.name().chars().take(DISPLAY_NAME_CHARS_MAX).collect();
            tx.run(&ADD_CONTACT, args![contact, self.id, name, now]).await?;
            tx.run(&SET_CONTACT, args![self.id, handle, contact]).await?;
        }
        Ok(handle)
    }
}

pub(crate) fn handle_row(row: &Row) -> Result<HandleRow, StoreError> {
    Ok(HandleRow {
        id: row.id("h_id")?,
        contact: row.id_opt("h_contact_id")?,
        profile: Profile {
            network: row.network("h_network")?,
            remote_id: row.text("h_remote_id")?,
            address: row.text("h_address")?,
            display_name: row.text("h_display_name")?,
            url: row.text_opt("h_url")?,
            is_bot: row.bool("h_is_bot")?,
        },
        first_seen: row.at("h_first_seen")?,
        last_seen: row.at("h_last_seen")?,
    })
}
