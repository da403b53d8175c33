//! Name, form and texts.

use crate::card::{Card, Field};

/// The server's field.
pub(super) const SERVER: &str = "server";
/// The token's field.
pub(super) const TOKEN: &str = "token";

/// Which server.
pub(super) const SERVER_FIELD: Field = Field {
    name: SERVER,
    label: "Server",
    hint: "The name of the server, such as clay.social, or the link to your profile.",
    secret: false,
    optional: false,
};

pub(super) const CARD: Card = Card {
    name: "Mastodon",
    stamp: "Ma",
    about: "A profile on a Mastodon server, or on one that speaks the same language (GoToSocial, Pleroma, Takahē).",
    sign_in: &[
        SERVER_FIELD,
        Field {
            name: TOKEN,
            label: "Access token",
            hint: "On your server: Preferences, Development, New application, with the scopes read and write. Open it and copy \
                   \"Your access token\".",
            secret: true,
            optional: false,
        },
    ],
    video: "A video in the post, which goes out once the server has worked on it.",
    docs: "mastodon.md",
};
