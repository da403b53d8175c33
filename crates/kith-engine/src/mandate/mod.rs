//! Who may come in, and the keys that are kept for them.

pub(crate) mod enter;
pub(crate) mod first_day;
pub(crate) mod guess;
pub(crate) mod key;
pub(crate) mod passkey;
pub(crate) mod password;
mod pending;
pub(crate) mod people;
pub(crate) mod seal;
pub(crate) mod sessions;
pub(crate) mod sign_in;
pub(crate) mod space;
