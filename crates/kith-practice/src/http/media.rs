//! Pictures: upload, describe, fetch.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use imagesize::ImageType;

use super::auth::Me;
use super::params::Params;
use super::problem::Problem;
use super::statuses::path_id;
use super::{Answer, Shared};
use crate::limits::{ALT_CHARS_MAX, IMAGE_BYTES_MAX, IMAGE_PIXELS_MAX, MEDIA_KEPT_MAX};
use crate::render;
use crate::server::Server;
use crate::world::{Id, Media, Refusal};

pub(super) fn routes() -> Router<Arc<Server>> {
    Router::new()
        .route("/api/v2/media", post(upload))
        .route("/api/v1/media", post(upload))
        .route("/api/v1/media/{id}", get(show).put(describe))
        .route("/media/{name}", get(file))
}

fn invalid(text: &str) -> Problem {
    Problem::Refused(Refusal::Invalid(text.to_owned()))
}

async fn upload(State(server): Shared, me: Me, mut params: Params) -> Answer {
    let at = params.files.iter().position(|f| f.name == "file").ok_or_else(|| invalid("File can't be blank"))?;
    let bytes = params.files.swap_remove(at).bytes;
    let (mime, width, height) = look_at(&bytes)?;
    let description = described(&params)?;
    let focus = params.filled("focus").map(str::to_owned);
    let full = server.see(|world| world.media.len() >= MEDIA_KEPT_MAX);
    if full {
        return Err(invalid("File cannot be stored, the server is full"));
    }
    let media = server
        .change(|world| {
            let id = world.next_id();
            let media = Media {
                id,
                account: me.account,
                mime: mime.to_owned(),
                width,
                height,
                bytes: bytes.len(),
                description,
                focus,
                attached_to: None,
            };
            world.media.insert(id, media.clone());
            media
        })
        .await?;
    server.store_picture(&media, bytes).await?;
    Ok(Json(server.see(|world| render::media(world, &media))))
}

/// Kind and size of a picture, from its head alone.
fn look_at(bytes: &[u8]) -> Result<(&'static str, usize, usize), Problem> {
    if bytes.len() > IMAGE_BYTES_MAX {
        return Err(invalid("File file size must be less than 16 MB"));
    }
    let not_a_picture = || invalid("File content type is invalid, File is invalid");
    let mime = match imagesize::image_type(bytes).map_err(|_| not_a_picture())? {
        ImageType::Jpeg => "image/jpeg",
        ImageType::Png => "image/png",
        ImageType::Gif => "image/gif",
        ImageType::Webp => "image/webp",
        ImageType::Heif(imagesize::Compression::Av1) => "image/avif",
        ImageType::Heif(_) => "image/heic",
        _ => return Err(not_a_picture()),
    };
    let size = imagesize::blob_size(bytes).map_err(|_| not_a_picture())?;
    if size.width.saturating_mul(size.height) > IMAGE_PIXELS_MAX {
        return Err(invalid("File dimensions are too large"));
    }
    Ok((mime, size.width, size.height))
}

fn described(params: &Params) -> Result<Option<String>, Problem> {
    let description = params.filled("description").map(str::to_owned);
    if description.as_ref().is_some_and(|text| text.chars().count() > ALT_CHARS_MAX) {
        return Err(invalid("Description is too long (maximum is 1500 characters)"));
    }
    Ok(description)
}

async fn show(State(server): Shared, me: Me, Path(id): Path<String>) -> Answer {
    let id = path_id(&id)?;
    server.see(|world| {
        let media = world.media.get(&id).filter(|m| m.account == me.account).ok_or(Refusal::NotFound)?;
        Ok(Json(render::media(world, media)))
    })
}

async fn describe(State(server): Shared, me: Me, Path(id): Path<String>, params: Params) -> Answer {
    let id: Id = path_id(&id)?;
    let description = described(&params)?;
    let given = params.has("description");
    let focus = params.filled("focus").map(str::to_owned);
    server
        .change(|world| {
            let media = world.media.get_mut(&id).filter(|m| m.account == me.account).ok_or(Refusal::NotFound)?;
            if given {
                media.description = description;
            }
            media.focus = focus.or(media.focus.take());
            let media = media.clone();
            Ok(Json(render::media(world, &media)))
        })
        .await?
}

async fn file(State(server): Shared, Path(name): Path<String>) -> Response {
    match server.picture(&name).await {
        Some((mime, bytes)) => ([(header::CONTENT_TYPE, mime)], bytes).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
