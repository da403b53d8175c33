//! Pictures the server makes itself: a pattern for each account, drawn from its id, and a plain header.
//!
//! They are uncompressed palette PNGs of a few hundred bytes, so no image library is needed.

use std::sync::Arc;

use axum::Router;
use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;

use crate::chance::Dice;
use crate::server::Server;
use crate::world::Id;

/// Cells of the pattern in each direction, and pixels of a cell.
const CELLS: usize = 5;
const CELL_PIXELS: usize = 16;

pub(super) fn routes() -> Router<Arc<Server>> {
    Router::new().route("/avatars/{name}", get(avatar)).route("/headers/missing.png", get(header))
}

async fn avatar(Path(name): Path<String>) -> Response {
    let id: Option<Id> = name.strip_suffix(".png").and_then(|id| id.parse().ok());
    id.map_or_else(|| StatusCode::NOT_FOUND.into_response(), |id| png(&pattern(id.0), colour(id.0)))
}

async fn header() -> Response {
    png(&[[false; CELLS]; CELLS], [90, 110, 120])
}

/// A pattern that is the same left and right.
fn pattern(of: u64) -> [[bool; CELLS]; CELLS] {
    let mut dice = Dice::new(of, "avatar", &[]);
    let mut cells = [[false; CELLS]; CELLS];
    for row in &mut cells {
        for x in 0..=CELLS / 2 {
            row[x] = dice.happens(0.5);
            row[CELLS - 1 - x] = row[x];
        }
    }
    cells
}

fn colour(of: u64) -> [u8; 3] {
    let mut dice = Dice::new(of, "colour", &[]);
    [0; 3].map(|_| dice.between(50, 170) as u8)
}

fn png(cells: &[[bool; CELLS]; CELLS], colour: [u8; 3]) -> Response {
    ([(header::CONTENT_TYPE, "image/png")], draw(cells, colour)).into_response()
}

fn draw(cells: &[[bool; CELLS]; CELLS], colour: [u8; 3]) -> Vec<u8> {
    let side = CELLS * CELL_PIXELS;
    let mut rows = Vec::new();
    for y in 0..side {
        rows.push(0);
        rows.extend((0..side).map(|x| u8::from(cells[y / CELL_PIXELS][x / CELL_PIXELS])));
    }
    let mut head = (side as u32).to_be_bytes().to_vec();
    head.extend((side as u32).to_be_bytes());
    head.extend([8, 3, 0, 0, 0]);
    let mut palette = vec![238, 234, 228];
    palette.extend(colour);
    let mut out = b"\x89PNG\r\n\x1a\n".to_vec();
    chunk(&mut out, *b"IHDR", &head);
    chunk(&mut out, *b"PLTE", &palette);
    chunk(&mut out, *b"IDAT", &stored(&rows));
    chunk(&mut out, *b"IEND", &[]);
    out
}

fn chunk(out: &mut Vec<u8>, kind: [u8; 4], data: &[u8]) {
    out.extend((data.len() as u32).to_be_bytes());
    let begin = out.len();
    out.extend(kind);
    out.extend(data);
    let check = crc32(&out[begin..]);
    out.extend(check.to_be_bytes());
}

/// A zlib stream with one stored block (at most 65,535 bytes).
fn stored(data: &[u8]) -> Vec<u8> {
    let len = data.len() as u16;
    let mut out = vec![0x78, 0x01, 1];
    out.extend(len.to_le_bytes());
    out.extend((!len).to_le_bytes());
    out.extend(data);
    let (mut a, mut b) = (1_u32, 0_u32);
    for byte in data {
        a = (a + u32::from(*byte)) % 65_521;
        b = (b + a) % 65_521;
    }
    out.extend(((b << 16) | a).to_be_bytes());
    out
}

fn crc32(data: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in data {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 };
        }
    }
    !crc
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_sums_are_those_of_the_standards() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
        assert_eq!(stored(b"Wikipedia")[16..], 0x11E6_0398_u32.to_be_bytes());
        let size = imagesize::blob_size(&draw(&pattern(7), colour(7))).expect("a picture");
        assert_eq!((size.width, size.height), (80, 80));
    }
}
