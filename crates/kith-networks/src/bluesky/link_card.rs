//! The card below a post with a link: title, description and picture of the page, read by us, because Bluesky's
//! servers read no pages (atproto docs, 2026-11).
//!
//! A card that was approved is sent as it is, whatever its page says by now. Where none was looked at before (posts of a
//! queue or series), the page is read at the last moment, and whatever goes wrong on that way, the post goes without one.

use bytes::Bytes;
use kith_domain::publish::extras::LinkCard;
use serde_json::{Value, json};

use super::limits::THUMB_BYTES_MAX;
use super::trouble::Trouble;
use super::upload;
use crate::network::{Call, MediaFile};
use crate::page_card;

/// The embed of a card that was approved.
pub(super) async fn approved(call: &Call<'_>, card: &LinkCard, picture: Option<&MediaFile>) -> Result<Value, Trouble> {
    let thumb = match picture {
        Some(file) => Some(upload::blob(call, &file.mime, file.source.clone()).await?),
        None => None,
    };
    Ok(external(&card.url, &card.title, &card.description, thumb))
}

/// The embed as the page says it now, or `None` where there is nothing to show.
pub(super) async fn at_the_last_moment(call: &Call<'_>, url: &str) -> Option<Value> {
    let page = page_card::read(call.http, url, THUMB_BYTES_MAX).await?;
    let thumb = match page.picture {
        Some(bytes) => thumb(call, bytes).await,
        None => None,
    };
    Some(external(url, &page.title, &page.description, thumb))
}

fn external(url: &str, title: &str, description: &str, thumb: Option<Value>) -> Value {
    let mut external = json!({ "uri": url, "title": title, "description": description });
    if let Some(thumb) = thumb {
        external["thumb"] = thumb;
    }
    json!({ "$type": "app.bsky.embed.external", "external": external })
}

async fn thumb(call: &Call<'_>, bytes: Bytes) -> Option<Value> {
    let mime = mime(&bytes)?;
    upload::blob(call, mime, bytes).await.ok()
}

/// The type that the bytes have, whatever the server says.
fn mime(bytes: &Bytes) -> Option<&'static str> {
    match imagesize::image_type(bytes).ok()? {
        imagesize::ImageType::Jpeg => Some("image/jpeg"),
        imagesize::ImageType::Png => Some("image/png"),
        imagesize::ImageType::Webp => Some("image/webp"),
        imagesize::ImageType::Gif => Some("image/gif"),
        _ => None,
    }
}
