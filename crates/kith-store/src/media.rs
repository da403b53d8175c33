//! Stored pictures; the bytes are files in the media folder.

use jiff::Timestamp;
use kith_domain::ids::MediaId;

use crate::db::{Row, args, statements};
use crate::store::InWorkspace;
use crate::{MediaRow, NewMedia, StoreError};

statements! {
    ADD_MEDIA = concat!(
        "INSERT INTO media (id, workspace_id, sha256, mime, bytes, width, height, alt, file, created_at) ",
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
    );
    MEDIA = concat!(
        "SELECT id, workspace_id, sha256, mime, bytes, width, height, alt, file, created_at FROM media ",
        "WHERE workspace_id = $1 AND id = $2"
    );
    MEDIA_BY_SHA256 = concat!(
        "SELECT id, workspace_id, sha256, mime, bytes, width, height, alt, file, created_at FROM media ",
        "WHERE workspace_id = $1 AND sha256 = $2 ORDER BY id LIMIT 1"
    );
}

impl InWorkspace<'_> {
    /// Notes a picture whose file is in place.
    pub async fn add_media(&self, new: &NewMedia, now: Timestamp) -> Result<(), StoreError> {
        let args = args![new.id, self.id, new.sha256, new.mime, new.bytes, new.width, new.height, new.alt, new.file, now];
        self.store.write(&ADD_MEDIA, args).await.map(drop)
    }

    /// One picture.
    pub async fn media(&self, id: MediaId) -> Result<Option<MediaRow>, StoreError> {
        self.store.row(&MEDIA, args![self.id, id]).await?.as_ref().map(media_row).transpose()
    }

    /// The first picture with these bytes.
    pub async fn media_by_sha256(&self, sha256: &str) -> Result<Option<MediaRow>, StoreError> {
        self.store.row(&MEDIA_BY_SHA256, args![self.id, sha256]).await?.as_ref().map(media_row).transpose()
    }
}

fn media_row(row: &Row) -> Result<MediaRow, StoreError> {
    Ok(MediaRow {
        id: row.id("id")?,
        workspace: row.id("workspace_id")?,
        sha256: row.text("sha256")?,
        mime: row.text("mime")?,
        bytes: row.count("bytes")?,
        width: row.count("width")?,
        height: row.count("height")?,
        alt: row.text("alt")?,
        file: row.text("file")?,
        created_at: row.at("created_at")?,
    })
}
