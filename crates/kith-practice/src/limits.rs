//! What the practice network allows, in one place.
//!
//! The first group is what a Mastodon server of version 4.4 announces by default
//! (<https://docs.joinmastodon.org/entities/Instance/>, read 2026-11); the second bounds this server itself.

/// Longest status, in counted characters, with its content warning.
pub(crate) const STATUS_CHARS_MAX: usize = 500;
/// What any link counts, in characters.
pub(crate) const LINK_CHARS: usize = 23;
/// How much of a link is shown, in characters.
pub(crate) const LINK_DISPLAY_CHARS: usize = 30;
/// Most pictures on one status.
pub(crate) const STATUS_MEDIA_MAX: usize = 4;
/// Longest description of a picture, in characters.
pub(crate) const ALT_CHARS_MAX: usize = 1500;
/// Largest picture, in bytes.
pub(crate) const IMAGE_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Largest picture, in pixels.
pub(crate) const IMAGE_PIXELS_MAX: usize = 33_177_600;
/// Options of a poll: fewest and most, longest in characters, shortest and longest running time in seconds.
pub(crate) const POLL_OPTIONS_MIN: usize = 2;
pub(crate) const POLL_OPTIONS_MAX: usize = 4;
pub(crate) const POLL_OPTION_CHARS_MAX: usize = 50;
pub(crate) const POLL_SECONDS_MIN: i64 = 300;
pub(crate) const POLL_SECONDS_MAX: i64 = 2_629_746;
/// How long an idempotency key is remembered, in seconds of the server's clock.
pub(crate) const IDEMPOTENCY_SECONDS: i64 = 3600;
/// Requests allowed in one window, and the window in seconds.
pub(crate) const RATE_REQUESTS_MAX: u32 = 300;
pub(crate) const RATE_WINDOW_SECONDS: i64 = 300;
/// How long an authorisation code is good, in seconds.
pub(crate) const CODE_SECONDS: i64 = 600;

/// Page sizes: default and most.
pub(crate) const TIMELINE_PAGE: (usize, usize) = (20, 40);
pub(crate) const NOTIFICATION_PAGE: (usize, usize) = (40, 80);
pub(crate) const ACCOUNT_PAGE: (usize, usize) = (40, 80);

/// Largest request body, in bytes.
pub(crate) const BODY_BYTES_MAX: usize = IMAGE_BYTES_MAX + 1024 * 1024;
/// Statuses kept; beyond it the oldest that do not touch the owner are forgotten, down to the second number.
pub(crate) const STATUSES_KEPT_MAX: usize = 6000;
pub(crate) const STATUSES_KEPT_AFTER_TRIM: usize = 5000;
/// Notifications kept; the oldest are forgotten.
pub(crate) const NOTIFICATIONS_KEPT_MAX: usize = 8000;
/// Pictures kept; beyond it uploads are refused.
pub(crate) const MEDIA_KEPT_MAX: usize = 4000;
/// Registered applications, open codes, tokens and idempotency keys kept; the oldest are forgotten.
pub(crate) const APPS_KEPT_MAX: usize = 200;
pub(crate) const CODES_KEPT_MAX: usize = 100;
pub(crate) const TOKENS_KEPT_MAX: usize = 500;
pub(crate) const KEYS_KEPT_MAX: usize = 5000;
/// Statuses in one answer about a thread.
pub(crate) const THREAD_STATUSES_MAX: usize = 500;
/// Events held for one slow streaming client before it is cut off.
pub(crate) const STREAM_EVENTS_HELD_MAX: usize = 512;
/// Fault rules in force at once, and requests accepted late at once.
pub(crate) const FAULT_RULES_MAX: usize = 50;
pub(crate) const LATE_REQUESTS_MAX: usize = 200;
/// Acts processed in one go before others get their turn.
pub(crate) const ACTS_PER_TURN_MAX: usize = 500;
