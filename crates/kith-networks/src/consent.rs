//! Being let in by a person who says yes on the network's own page, instead of by a copied token (OAuth).
//!
//! Kith makes itself known to the server (`register`), sends the person there (`ask`), and takes what she brings back
//! (`finish`). What must be kept between the two is one sealed text that only the network's folder reads; that it is
//! used once, in the browser that began it, and not after ten minutes, is the engine's part.

use async_trait::async_trait;
use url::Url;

use crate::card::Field;
use crate::http::NetClient;
use crate::network::{Connected, SignInError};
use crate::secret::Secret;

/// Letting Kith in on the network's own page.
#[async_trait]
pub trait Consent: Send + Sync {
    /// The one thing that is asked for before.
    fn field(&self) -> &'static Field;

    /// What the other way in is called on the page.
    fn other_way(&self) -> &'static str {
        "With an access token instead"
    }

    /// Whether servers can send people back to a Kith at this address. Pure.
    fn works_at(&self, _callback: &Url) -> bool {
        true
    }

    /// What stands for what was typed when a channel is signed in again. Pure.
    fn again(&self, server: &Url, _remote_id: &str) -> String {
        server.to_string()
    }

    /// What servers read of this Kith at `/oauth/client-metadata.json` on its public address, as JSON, where the network has
    /// them look there. `key`: this Kith's own, of which the public half is told. Pure.
    fn document(&self, _callback: &Url, _key: &Secret) -> Option<String> {
        None
    }

    /// The server that what was typed names, whatever of it people copy.
    async fn server(&self, http: &NetClient, typed: &str) -> Result<Url, SignInError>;

    /// Makes this Kith known to a server; `callback` is where people are sent back to, `key` this Kith's own, by which it
    /// shows servers that it is the one (base64 of PKCS #8, P-256).
    async fn register(&self, http: &NetClient, server: &Url, callback: &Url, key: &Secret) -> Result<Secret, SignInError>;

    /// Where the person is sent, and what must be kept until she is back.
    async fn ask(&self, http: &NetClient, asking: &Asking<'_>) -> Result<Ask, ConsentError>;

    /// What she brought back becomes a connection.
    async fn finish(&self, http: &NetClient, back: &Back<'_>) -> Result<Connected, ConsentError>;
}

/// What is known when a person is sent to a server.
#[derive(Debug, Clone, Copy)]
pub struct Asking<'a> {
    /// What she typed.
    pub typed: &'a str,
    /// The server.
    pub server: &'a Url,
    /// Where she is sent back to.
    pub callback: &'a Url,
    /// How this Kith is registered there.
    pub registration: &'a Secret,
    /// What she must bring back unchanged: letters and digits.
    pub state: &'a str,
    /// Fresh chance for whatever the network needs.
    pub chance: [u8; 64],
    /// The instant that this call takes for now.
    pub now: jiff::Timestamp,
}

/// A person on her way.
#[derive(Debug)]
pub struct Ask {
    /// The page where she says yes.
    pub go_to: Url,
    /// What `finish` needs, to be sealed.
    pub kept: Secret,
}

/// A person who is back.
#[derive(Debug, Clone, Copy)]
pub struct Back<'a> {
    /// The server.
    pub server: &'a Url,
    /// Where she was sent back to.
    pub callback: &'a Url,
    /// How this Kith is registered there.
    pub registration: &'a Secret,
    /// What `ask` gave to be kept.
    pub kept: &'a Secret,
    /// What proves that she said yes.
    pub code: &'a str,
    /// Who says so, where the server names itself.
    pub issuer: Option<&'a str>,
    /// Fresh chance for whatever the network needs.
    pub chance: [u8; 64],
    /// The instant that this call takes for now.
    pub now: jiff::Timestamp,
}

/// Why nothing was connected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConsentError {
    /// The server says no, or can't be asked; the words say which and the way out.
    #[error(transparent)]
    Refused(#[from] SignInError),
    /// The server does not know this Kith any more: register anew and begin again.
    #[error("{why}")]
    Forgotten {
        /// In plain words.
        why: String,
    },
}
