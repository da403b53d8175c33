//! The network that the stub speaks: the one place that names it.

/// Its id.
pub(crate) const ID: &str = "mastodon";
/// Where a status is posted.
pub(crate) const POST_PATH: &str = "/api/v1/statuses";
/// Who a token is.
pub(crate) const ME_PATH: &str = "/api/v1/accounts/verify_credentials";
/// What the server allows.
pub(crate) const ABOUT_PATH: &str = "/api/v2/instance";
/// What the stub says of itself: a Mastodon that honours idempotency keys.
pub(crate) const ABOUT: &str = concat!(
    r#"{"domain":"127.0.0.1","version":"4.4.0","source_url":"https://github.com/mastodon/mastodon","#,
    r#""configuration":{"statuses":{"max_characters":5000}}}"#
);
