//! WebSockets through the same guard: resolved, checked, connected to the checked address.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{SinkExt as _, StreamExt as _};
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error as WsError, Message};
use url::{Host, Url};

use super::address::{check_url, host};
use super::header::{AUTHORIZATION, USER_AGENT};
use super::{CONNECT_S, HeaderValue, NetClient, NetError, Step};

/// Largest message, in bytes.
const MESSAGE_BYTES_MAX: usize = 2 * 1024 * 1024;
/// Deadline from the name to the upgraded connection.
const UPGRADE_S: u64 = 20;

/// What arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Frame {
    /// Text.
    Text(String),
    /// Bytes.
    Binary(Bytes),
}

/// An open WebSocket.
pub struct Socket {
    stream: WebSocketStream<Box<dyn Pipe>>,
    host: String,
    idle: Duration,
}

trait Pipe: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Pipe for T {}

impl NetClient {
    /// Opens a WebSocket. `url`: `ws`, `wss`, `http` or `https`. `bearer`: a token for the `Authorization` header.
    /// `idle`: after so long a silence we ask whether anybody is there, and after another we give up.
    pub async fn websocket(&self, url: &Url, bearer: Option<&str>, idle: Duration) -> Result<Socket, NetError> {
        let deadline = Duration::from_secs(UPGRADE_S);
        tokio::time::timeout(deadline, self.upgrade(url, bearer, idle))
            .await
            .unwrap_or_else(|_| Err(NetError::NoAnswer { why: format!("{} opened no stream in {UPGRADE_S} seconds", host(url)) }))
    }

    async fn upgrade(&self, url: &Url, bearer: Option<&str>, idle: Duration) -> Result<Socket, NetError> {
        check_url(url, self.0.policy)?;
        let mut url = url.clone();
        let is_secure = matches!(url.scheme(), "https" | "wss");
        let scheme = if is_secure { "wss" } else { "ws" };
        url.set_scheme(scheme).map_err(|()| NetError::blocked(format!("{} has no streams", host(&url))))?;
        let host_name = host(&url).to_owned();

        let bad = NetError::blocked;
        let mut request = url.as_str().into_client_request().map_err(|error| bad(error.to_string()))?;
        let agent = HeaderValue::try_from(&self.0.user_agent).map_err(|error| bad(error.to_string()))?;
        request.headers_mut().insert(USER_AGENT, agent);
        if let Some(token) = bearer {
            let mut value = HeaderValue::try_from(format!("Bearer {token}"))
                .map_err(|_| bad("the token holds characters that no token has; copy it again".to_owned()))?;
            value.set_sensitive(true);
            request.headers_mut().insert(AUTHORIZATION, value);
        }

        let tcp = self.connect(&url).await?;
        let pipe: Box<dyn Pipe> = if is_secure { Box::new(self.secure(tcp, &url).await?) } else { Box::new(tcp) };
        let config = WebSocketConfig::default().max_message_size(Some(MESSAGE_BYTES_MAX)).max_frame_size(Some(MESSAGE_BYTES_MAX));
        let (stream, _) = tokio_tungstenite::client_async_with_config(request, pipe, Some(config)).await.map_err(|error| match error {
            WsError::Http(answer) => NetError::NotUpgraded { status: answer.status().as_u16() },
            other => NetError::NoAnswer { why: format!("{host_name} opened no stream: {other}") },
        })?;
        Ok(Socket { stream, host: host_name, idle })
    }

    /// Connects to the first checked address that takes the connection.
    async fn connect(&self, url: &Url) -> Result<TcpStream, NetError> {
        let addresses = match url.host() {
            Some(Host::Domain(name)) => self.0.guard.addresses(name).await.map_err(|error| NetError::from_name(&error))?,
            Some(Host::Ipv4(v4)) => vec![IpAddr::V4(v4)], // checked with the URL
            Some(Host::Ipv6(v6)) => vec![IpAddr::V6(v6)],
            None => Vec::new(),
        };
        let port = url.port_or_known_default().unwrap_or_default();
        let mut why = "it has no address".to_owned();
        for address in addresses {
            let connecting = TcpStream::connect(SocketAddr::new(address, port));
            match tokio::time::timeout(Duration::from_secs(CONNECT_S), connecting).await {
                Ok(Ok(stream)) => return Ok(stream),
                Ok(Err(error)) => why = error.to_string(),
                Err(_) => why = format!("no answer in {CONNECT_S} seconds"),
            }
        }
        Err(NetError::Unsent { why: format!("no connection to {}: {why}", host(url)), at: Step::Connection })
    }

    async fn secure(&self, tcp: TcpStream, url: &Url) -> Result<impl Pipe + 'static, NetError> {
        let unsent = |why: String| NetError::Unsent { why: format!("no secure connection to {}: {why}", host(url)), at: Step::Connection };
        let name = match url.host() {
            Some(Host::Domain(name)) => ServerName::try_from(name.to_owned()).map_err(|error| unsent(error.to_string()))?,
            Some(Host::Ipv4(v4)) => ServerName::IpAddress(IpAddr::V4(v4).into()),
            Some(Host::Ipv6(v6)) => ServerName::IpAddress(IpAddr::V6(v6).into()),
            None => return Err(unsent("it has no name".to_owned())),
        };
        TlsConnector::from(Arc::clone(&self.0.tls)).connect(name, tcp).await.map_err(|error| unsent(error.to_string()))
    }
}

impl Socket {
    /// The next message, or `None` when the server closed. May be dropped and called again: nothing is lost.
    pub async fn next(&mut self) -> Result<Option<Frame>, NetError> {
        let mut asked = false;
        loop {
            match tokio::time::timeout(self.idle, self.stream.next()).await {
                Err(_) if asked => {
                    return Err(NetError::NoAnswer { why: format!("{} was silent for {} seconds", self.host, 2 * self.idle.as_secs()) });
                }
                Err(_) => {
                    asked = true;
                    self.send(Message::Ping(Bytes::new())).await?;
                }
                Ok(None | Some(Ok(Message::Close(_)) | Err(WsError::ConnectionClosed | WsError::AlreadyClosed))) => return Ok(None),
                Ok(Some(Ok(Message::Text(text)))) => return Ok(Some(Frame::Text(text.to_string()))),
                Ok(Some(Ok(Message::Binary(bytes)))) => return Ok(Some(Frame::Binary(bytes))),
                // Pings are answered by the library with the next read.
                Ok(Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_)))) => asked = false,
                Ok(Some(Err(error))) => return Err(self.broken(&error)),
            }
        }
    }

    /// Sends a text message.
    pub async fn send_text(&mut self, text: &str) -> Result<(), NetError> {
        self.send(Message::text(text)).await
    }

    async fn send(&mut self, message: Message) -> Result<(), NetError> {
        let sent = tokio::time::timeout(self.idle, self.stream.send(message)).await;
        match sent {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(self.broken(&error)),
            Err(_) => Err(NetError::NoAnswer { why: format!("{} takes no more messages", self.host) }),
        }
    }

    fn broken(&self, error: &WsError) -> NetError {
        NetError::NoAnswer { why: format!("the stream of {} broke off: {error}", self.host) }
    }
}

impl fmt::Debug for Socket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Socket").field("host", &self.host).finish_non_exhaustive()
    }
}
