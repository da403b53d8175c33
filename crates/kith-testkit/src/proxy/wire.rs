//! HTTP/1.1 messages as bytes: just enough framing to know where a message ends.
//!
//! A message is kept as it came, chunked or not, so what passes through is what was sent. Everything is bounded,
//! and a message that is no HTTP/1.1 is an error.

use anyhow::{Context as _, Result, bail, ensure};
use tokio::io::{AsyncBufRead, AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _};

const HEAD_BYTES_MAX: usize = 128 * 1024;
const BODY_BYTES_MAX: usize = 256 * 1024 * 1024;

/// The start line and the headers.
#[derive(Debug, Clone)]
pub(super) struct Head {
    pub(super) start: String,
    pub(super) headers: Vec<(String, String)>,
}

/// Where a body ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Framing {
    Length(usize),
    Chunked,
    ToEnd,
}

impl Head {
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// Sets a header once, in the place of all of that name.
    pub(super) fn set(&mut self, name: &str, value: &str) {
        self.headers.retain(|(key, _)| !key.eq_ignore_ascii_case(name));
        self.headers.push((name.to_owned(), value.to_owned()));
    }

    pub(super) fn upgrades(&self) -> bool {
        self.get("upgrade").is_some()
    }

    /// Method and target of a request.
    pub(super) fn request(&self) -> Result<(&str, &str)> {
        let mut parts = self.start.split(' ');
        parts.next().zip(parts.next()).with_context(|| format!("not a request: {}", self.start))
    }

    /// Status of an answer.
    pub(super) fn status(&self) -> Result<u16> {
        let code = self.start.split(' ').nth(1).with_context(|| format!("not an answer: {}", self.start))?;
        code.parse().with_context(|| format!("not a status: {code}"))
    }

    pub(super) fn request_framing(&self) -> Result<Framing> {
        Ok(self.framing()?.unwrap_or(Framing::Length(0)))
    }

    pub(super) fn answer_framing(&self, method: &str) -> Result<Framing> {
        if method == "HEAD" || matches!(self.status()?, 100..=199 | 204 | 304) {
            return Ok(Framing::Length(0));
        }
        Ok(self.framing()?.unwrap_or(Framing::ToEnd))
    }

    fn framing(&self) -> Result<Option<Framing>> {
        if self.get("transfer-encoding").is_some_and(|v| v.to_ascii_lowercase().ends_with("chunked")) {
            return Ok(Some(Framing::Chunked));
        }
        let length = self.get("content-length").map(str::parse).transpose().context("content-length is no number")?;
        Ok(length.map(Framing::Length))
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        let mut lines = vec![self.start.clone()];
        lines.extend(self.headers.iter().map(|(name, value)| format!("{name}: {value}")));
        lines.push("\r\n".to_owned());
        lines.join("\r\n").into_bytes()
    }
}

/// Reads a head; `None` when the other side closed before its first byte.
pub(super) async fn read_head<R: AsyncBufRead + Unpin>(from: &mut R) -> Result<Option<Head>> {
    let Some(start) = read_line(from, HEAD_BYTES_MAX).await? else { return Ok(None) };
    let mut room = HEAD_BYTES_MAX.saturating_sub(start.len());
    let mut headers = Vec::new();
    loop {
        let line = read_line(from, room).await?.context("the head broke off")?;
        if line.is_empty() {
            return Ok(Some(Head { start, headers }));
        }
        room = room.saturating_sub(line.len());
        let (name, value) = line.split_once(':').with_context(|| format!("not a header: {line}"))?;
        headers.push((name.to_owned(), value.trim().to_owned()));
    }
}

/// Reads a body as it stands on the wire.
pub(super) async fn read_body<R: AsyncBufRead + Unpin>(from: &mut R, framing: Framing) -> Result<Vec<u8>> {
    let mut body = Vec::new();
    match framing {
        Framing::Length(length) => read_exactly(from, length, &mut body).await?,
        Framing::ToEnd => {
            from.take(BODY_BYTES_MAX as u64).read_to_end(&mut body).await?;
        }
        Framing::Chunked => loop {
            let line = read_line(from, HEAD_BYTES_MAX).await?.context("the body broke off")?;
            let size = line.split(';').next().unwrap_or_default().trim();
            let size = usize::from_str_radix(size, 16).with_context(|| format!("not a chunk's size: {line}"))?;
            body.extend_from_slice(format!("{line}\r\n").as_bytes());
            if size == 0 {
                read_trailers(from, &mut body).await?;
                break;
            }
            read_exactly(from, size, &mut body).await?;
            read_exactly(from, 2, &mut body).await?; // the line's end after a chunk
        },
    }
    Ok(body)
}

async fn read_trailers<R: AsyncBufRead + Unpin>(from: &mut R, body: &mut Vec<u8>) -> Result<()> {
    loop {
        let line = read_line(from, HEAD_BYTES_MAX).await?.context("the body broke off")?;
        body.extend_from_slice(format!("{line}\r\n").as_bytes());
        if line.is_empty() {
            return Ok(());
        }
    }
}

async fn read_exactly<R: AsyncRead + Unpin>(from: &mut R, length: usize, body: &mut Vec<u8>) -> Result<()> {
    ensure!(length <= BODY_BYTES_MAX - body.len(), "the body is over {BODY_BYTES_MAX} bytes");
    let before = body.len();
    from.take(length as u64).read_to_end(body).await?;
    ensure!(body.len() - before == length, "the body broke off");
    Ok(())
}

/// A line without its end; `None` at the end of input.
async fn read_line<R: AsyncBufRead + Unpin>(from: &mut R, bytes_max: usize) -> Result<Option<String>> {
    let mut line = Vec::new();
    from.take(bytes_max as u64).read_until(b'\n', &mut line).await?;
    if line.is_empty() {
        return Ok(None);
    }
    if line.pop() != Some(b'\n') {
        bail!("a line broke off, or the head is over {HEAD_BYTES_MAX} bytes");
    }
    if line.last() == Some(&b'\r') {
        line.pop();
    }
    Ok(Some(String::from_utf8_lossy(&line).into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn body_of(wire: &str, framing: Framing) -> Result<(Vec<u8>, String)> {
        let mut from = wire.as_bytes();
        let body = read_body(&mut from, framing).await?;
        Ok((body, String::from_utf8(from.to_vec())?))
    }

    #[tokio::test]
    async fn a_chunked_body_ends_after_its_trailers_and_is_kept_as_it_came() {
        let wire = "4;x=y\r\nkith\r\n0\r\nTrailer: 1\r\n\r\nnext";
        let (body, rest) = body_of(wire, Framing::Chunked).await.unwrap();
        assert_eq!(String::from_utf8(body).unwrap(), wire.strip_suffix("next").unwrap());
        assert_eq!(rest, "next");
    }

    #[tokio::test]
    async fn a_body_shorter_than_announced_is_an_error() {
        assert!(body_of("kit", Framing::Length(4)).await.is_err());
        assert!(body_of("4\r\nkit", Framing::Chunked).await.is_err());
    }

    #[tokio::test]
    async fn answers_to_head_and_without_content_have_no_body() {
        let head = |start: &str| Head { start: start.to_owned(), headers: vec![("Content-Length".to_owned(), "9".to_owned())] };
        assert_eq!(head("HTTP/1.1 200 OK").answer_framing("HEAD").unwrap(), Framing::Length(0));
        assert_eq!(head("HTTP/1.1 204 No Content").answer_framing("GET").unwrap(), Framing::Length(0));
        assert_eq!(head("HTTP/1.1 200 OK").answer_framing("GET").unwrap(), Framing::Length(9));
    }

    #[tokio::test]
    async fn a_closed_connection_has_no_head_and_a_cut_one_is_an_error() {
        assert!(read_head(&mut &b""[..]).await.unwrap().is_none());
        assert!(read_head(&mut &b"GET / HTTP/1.1\r\nHost: a"[..]).await.is_err());
    }
}
