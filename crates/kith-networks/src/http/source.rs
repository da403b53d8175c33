//! What a body is made of: bytes in memory, or a file on disk that is read while it is sent.
//!
//! A film never lies in memory whole: a piece is read, sent, and forgotten.

use std::io;
use std::path::PathBuf;

use bytes::{Bytes, BytesMut};
use futures_util::{Stream, stream};
use tokio::fs::File;
use tokio::io::AsyncReadExt as _;

use super::NetError;

/// Bytes read from disk at a time.
const PIECE_BYTES: usize = 64 * 1024;

/// The content of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// Small enough for memory.
    Memory(Bytes),
    /// A file on disk.
    Disk {
        /// Where it is.
        path: PathBuf,
        /// Its size; exactly so many bytes are sent.
        bytes: u64,
    },
}

impl Source {
    /// Its size in bytes.
    pub fn size(&self) -> u64 {
        match self {
            Self::Memory(bytes) => bytes.len() as u64,
            Self::Disk { bytes, .. } => *bytes,
        }
    }

    /// The body of a request.
    pub(super) async fn body(self) -> Result<reqwest::Body, NetError> {
        match self {
            Self::Memory(bytes) => Ok(reqwest::Body::from(bytes)),
            Self::Disk { path, bytes } => {
                let unread = |error: io::Error| NetError::blocked(format!("the file to be sent can't be read: {error}"));
                let file = File::open(path).await.map_err(unread)?;
                Ok(reqwest::Body::wrap_stream(pieces(file, bytes)))
            }
        }
    }
}

impl From<Bytes> for Source {
    fn from(bytes: Bytes) -> Self {
        Self::Memory(bytes)
    }
}

impl From<Vec<u8>> for Source {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Memory(bytes.into())
    }
}

impl From<&'static [u8]> for Source {
    fn from(bytes: &'static [u8]) -> Self {
        Self::Memory(Bytes::from_static(bytes))
    }
}

fn pieces(file: File, bytes: u64) -> impl Stream<Item = io::Result<Bytes>> {
    stream::try_unfold((file, bytes), |(mut file, left)| async move {
        if left == 0 {
            return Ok(None);
        }
        let mut piece = BytesMut::with_capacity(PIECE_BYTES.min(usize::try_from(left).unwrap_or(PIECE_BYTES)));
        let read = file.read_buf(&mut piece).await? as u64;
        if read == 0 {
            return Err(io::Error::from(io::ErrorKind::UnexpectedEof));
        }
        piece.truncate(usize::try_from(left).unwrap_or(usize::MAX));
        let left = left.saturating_sub(read);
        Ok(Some((piece.freeze(), (file, left))))
    })
}
