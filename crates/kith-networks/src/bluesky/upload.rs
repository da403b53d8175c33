//! Files to the server, before the post that shows them. A blob that no record names is thrown away by the server,
//! so uploading twice does no harm.

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use super::token;
use super::trouble::Trouble;
use crate::http::{Source, at};
use crate::network::{Call, MediaFile};

/// Two megabytes over a slow line; four of them fit into a dispatch's lease. A film has as much more as a line of 2 Mbit/s
/// needs for it; its lease is renewed meanwhile.
const UPLOAD_DEADLINE_S: u64 = 25;
const SLOW_BYTES_PER_S: u64 = 250_000;

#[derive(Deserialize)]
struct Uploaded {
    blob: Value,
}

/// Uploads bytes; the blob's reference as records hold it. The server trusts the type that we declare.
pub(super) async fn blob(call: &Call<'_>, mime: &str, source: impl Into<Source>) -> Result<Value, Trouble> {
    let url = at(call.server, &["xrpc", "com.atproto.repo.uploadBlob"]);
    let source = source.into();
    let more_s = if mime.starts_with("video/") { source.size() / SLOW_BYTES_PER_S } else { 0 };
    let deadline = Duration::from_secs(UPLOAD_DEADLINE_S + more_s);
    let build = || call.http.post(url.clone()).source(mime, source.clone()).deadline(deadline);
    let answer = token::send(call, build).await?;
    answer.json::<Uploaded>().map(|uploaded| uploaded.blob).map_err(|error| Trouble::unreadable(&error))
}

/// Uploads the one film of a post. Who reads the post before the network has worked on it sees it a little later.
pub(super) async fn film(call: &Call<'_>, file: &MediaFile) -> Result<Value, Trouble> {
    let video = blob(call, &file.mime, file.source.clone()).await?;
    let mut embed = json!({ "$type": "app.bsky.embed.video", "video": video });
    if !file.alt.is_empty() {
        embed["alt"] = json!(file.alt);
    }
    if file.width > 0 && file.height > 0 {
        embed["aspectRatio"] = json!({ "width": file.width, "height": file.height });
    }
    Ok(embed)
}

/// Uploads the pictures of a post, in their order.
pub(super) async fn pictures(call: &Call<'_>, media: &[MediaFile]) -> Result<Value, Trouble> {
    let mut images = Vec::with_capacity(media.len());
    for file in media {
        let image = blob(call, &file.mime, file.source.clone()).await?;
        let mut entry = json!({ "image": image, "alt": file.alt });
        if file.width > 0 && file.height > 0 {
            entry["aspectRatio"] = json!({ "width": file.width, "height": file.height });
        }
        images.push(entry);
    }
    Ok(json!({ "$type": "app.bsky.embed.images", "images": images }))
}
