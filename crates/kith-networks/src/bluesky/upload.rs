//! Files to the server, before the post that shows them. A blob that no record names is thrown away by the server,
//! so uploading twice does no harm.

use std::time::Duration;

use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};

use super::token;
use super::trouble::Trouble;
use crate::http::at;
use crate::network::{Call, MediaFile};

/// Two megabytes over a slow line; four of them fit into a dispatch's lease.
const UPLOAD_DEADLINE: Duration = Duration::from_secs(25);

#[derive(Deserialize)]
struct Uploaded {
    blob: Value,
}

/// Uploads bytes; the blob's reference as records hold it. The server trusts the type that we declare.
pub(super) async fn blob(call: &Call<'_>, mime: &str, bytes: Bytes) -> Result<Value, Trouble> {
    let url = at(call.server, &["xrpc", "com.atproto.repo.uploadBlob"]);
    let build = || call.http.post(url.clone()).bytes(mime, bytes.clone()).deadline(UPLOAD_DEADLINE);
    let answer = token::send(call, build).await?;
    answer.json::<Uploaded>().map(|uploaded| uploaded.blob).map_err(|error| Trouble::unreadable(&error))
}

/// Uploads the pictures of a post, in their order.
pub(super) async fn pictures(call: &Call<'_>, media: &[MediaFile]) -> Result<Value, Trouble> {
    let mut images = Vec::with_capacity(media.len());
    for file in media {
        let image = blob(call, &file.mime, file.bytes.clone()).await?;
        let mut entry = json!({ "image": image, "alt": file.alt });
        if file.width > 0 && file.height > 0 {
            entry["aspectRatio"] = json!({ "width": file.width, "height": file.height });
        }
        images.push(entry);
    }
    Ok(json!({ "$type": "app.bsky.embed.images", "images": images }))
}
