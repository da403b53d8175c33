//! The outside world behind one trait.
//!
//! A network is one folder and one line in `registry`. Everything a network is (its limits, sign-in, wire format,
//! quirks) stays in its folder; the engine sees `Network` and the abilities behind it: `Reader` brings what people
//! do, `Speaker` speaks and takes a `HumanAct` for every act. All traffic goes through `http::NetClient`, which
//! refuses private addresses and bounds every answer.

pub mod bluesky;
pub mod feed;
pub mod http;
pub mod link;
pub mod mastodon;
pub mod page_card;
pub mod push;

mod card;
mod consent;
mod network;
mod registry;
mod secret;

pub use card::{Capabilities, Card, Field, Limits, Preview, Warning};
pub use consent::{Ask, Asking, Back, Consent, ConsentError};
pub use network::{
    Call, CardLink, Connected, Directories, FirstWords, Health, LookedAt, MediaFile, Network, Page, ReadError, Reader, Search, SignInError,
    Speaker, Thread, Touched, Vault, VaultError, Words,
};
pub use registry::Registry;
pub use secret::Secret;
