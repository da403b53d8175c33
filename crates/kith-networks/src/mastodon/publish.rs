//! Broadcasting: pictures first, then one step that can't be taken back.

use std::time::Duration;

use kith_domain::publish::{Content, Outcome, PublishError, Receipt};

use super::api::Api;
use super::trouble::Trouble;
use super::wire::{NewPoll, NewStatus, Published, UploadedMedia};
use crate::http::{Answer, PUBLISH_DEADLINE_S, Part};
use crate::network::{Call, MediaFile};

/// Deadline of one upload, in seconds: 16 MB at a slow 2 Mbit/s; a film has as much more as that line needs for it.
const UPLOAD_S: u64 = 90;
const SLOW_BYTES_PER_S: u64 = 250_000;
/// Pauses between looks at a picture that the server still works on, in milliseconds; together about half a minute.
const PROCESSING_PAUSES_MS: [u64; 7] = [100, 300, 1_000, 3_000, 6_000, 8_000, 10_000];

/// A film takes longer: so many looks more, ten seconds apart, which is ten minutes.
const FILM_PAUSE_MS: u64 = 10_000;
const FILM_LOOKS: usize = 60;

const PUBLIC: &str = "public";

/// Uploads the pictures and returns the bytes of the status.
pub(super) async fn prepare(
    call: &Call<'_>,
    content: &Content,
    media: &[MediaFile],
    after: Option<&Receipt>,
) -> Result<String, PublishError> {
    if !content.extras.parts.is_empty() {
        return Err(PublishError::Refused { why: "a thread goes out part by part; plan it again".to_owned() });
    }
    let media_ids = if media.is_empty() { Vec::new() } else { upload_all(call, media).await.map_err(Trouble::before_sending)? };
    let warning = content.warning.clone().filter(|warning| !warning.trim().is_empty());
    body(&NewStatus {
        status: content.text.clone(),
        media_ids,
        in_reply_to_id: after.map(|before| before.remote_id.clone()),
        sensitive: warning.is_some(),
        spoiler_text: warning,
        language: content.language.clone(),
        visibility: PUBLIC.to_owned(),
        poll: content.extras.poll.as_ref().map(|poll| NewPoll {
            options: poll.options.clone(),
            expires_in: poll.minutes * 60,
            multiple: poll.multiple,
        }),
    })
}

/// The bytes of a status. Fields stand in a fixed order.
pub(super) fn body(status: &NewStatus) -> Result<String, PublishError> {
    serde_json::to_string(status).map_err(|error| PublishError::Refused { why: format!("this can't be written as a status: {error}") })
}

/// Sends exactly these bytes under this key.
pub(super) async fn publish(call: &Call<'_>, key: &str, prepared: &str) -> Outcome {
    let api = Api::open(call).await?;
    let request = api
        .post(&["api", "v1", "statuses"])
        .header("idempotency-key", key)
        .bytes("application/json", prepared.to_owned().into())
        .deadline(Duration::from_secs(PUBLISH_DEADLINE_S));
    // Success that can't be read is success all the same, only without proof: unknown.
    let published: Published = api.read(request).await.map_err(|trouble| match trouble {
        Trouble::NotThere { why } => PublishError::Refused { why },
        other => other.into(),
    })?;
    Ok(Receipt {
        url: published.url.or(published.uri).filter(|url| url.starts_with("http")),
        at: published.created_at.unwrap_or(call.now),
        remote_id: published.id,
    })
}

async fn upload_all(call: &Call<'_>, media: &[MediaFile]) -> Result<Vec<String>, Trouble> {
    let api = Api::open(call).await?;
    let mut ids = Vec::with_capacity(media.len());
    // One after the other: servers allow few uploads at a time, and the order is the order of the pictures.
    for file in media {
        ids.push(upload(&api, file).await?);
    }
    Ok(ids)
}

async fn upload(api: &Api<'_>, file: &MediaFile) -> Result<String, Trouble> {
    let answer = match send_file(api, file, "v2").await {
        Err(Trouble::NotThere { .. }) => send_file(api, file, "v1").await?, // servers before Mastodon 3.1.3
        other => other?,
    };
    let id = answer.json::<UploadedMedia>().map_err(|error| Trouble::Unknown { why: error.to_string() })?.id;
    if answer.status.as_u16() == 202 {
        wait_until_ready(api, &id, file.is_film()).await?;
    }
    Ok(id)
}

async fn send_file(api: &Api<'_>, file: &MediaFile, version: &str) -> Result<Answer, Trouble> {
    let mut parts = vec![Part::file("file", &file_name(&file.mime), &file.mime, file.source.clone())];
    if !file.alt.is_empty() {
        parts.push(Part::text("description", &file.alt));
    }
    api.send(api.post(&["api", version, "media"]).multipart(parts).deadline(upload_deadline(file.source.size()))).await
}

/// 206 means that the server still works on it (docs.joinmastodon.org/methods/media, read 2026-11).
async fn wait_until_ready(api: &Api<'_>, id: &str, is_film: bool) -> Result<(), Trouble> {
    let film = std::iter::repeat_n(FILM_PAUSE_MS, if is_film { FILM_LOOKS } else { 0 });
    for pause in PROCESSING_PAUSES_MS.into_iter().chain(film) {
        tokio::time::sleep(Duration::from_millis(pause)).await;
        if api.send(api.get(&["api", "v1", "media", id])).await?.status.as_u16() == 200 {
            return Ok(());
        }
    }
    Err(Trouble::Later { after: None, why: "the server is still working on a picture or video".to_owned() })
}

fn upload_deadline(bytes: u64) -> Duration {
    Duration::from_secs(UPLOAD_S + bytes / SLOW_BYTES_PER_S)
}

/// A name that says the kind and nothing else: the person's own file name is nobody's business.
fn file_name(mime: &str) -> String {
    let kind: String = mime.rsplit('/').next().unwrap_or_default().chars().filter(char::is_ascii_alphanumeric).collect();
    match kind.as_str() {
        "quicktime" => "video.mov".to_owned(),
        kind if mime.starts_with("video/") => format!("video.{kind}"),
        kind => format!("picture.{kind}"),
    }
}
