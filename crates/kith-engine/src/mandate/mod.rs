//! Who may come in, and the keys that are kept for them.

pub(crate) mod enter;
pub(crate) mod guess;
pub(crate) mod key;
pub(crate) mod password;
pub(crate) mod seal;
pub(crate) mod sign_in;
