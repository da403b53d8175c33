//! What Bluesky says of itself, and the form that connects a profile there.

use crate::card::{Card, Field};

/// The names of the form's fields.
pub(super) const SERVER: &str = "server";
pub(super) const HANDLE: &str = "handle";
pub(super) const APP_PASSWORD: &str = "app_password";

/// Who, or on which server: the one thing asked for before the way to the server's page.
pub(super) const NAME_FIELD: Field = Field {
    name: HANDLE,
    label: "Handle",
    hint: "The name under which people find you, such as mara.bsky.social. For a server of your own, its address does as well.",
    secret: false,
    optional: false,
};

pub(super) const CARD: Card = Card {
    name: "Bluesky",
    stamp: "Bs",
    about: "A profile on Bluesky or on any other AT Protocol server: posts with pictures, and what people answer.",
    sign_in: &[
        Field {
            name: SERVER,
            label: "Server",
            hint: "Leave it empty for bsky.social. On a server of your own: its address, such as https://pds.example.com.",
            secret: false,
            optional: true,
        },
        Field {
            name: HANDLE,
            label: "Handle",
            hint: "The name under which people find you, such as mara.bsky.social.",
            secret: false,
            optional: false,
        },
        Field {
            name: APP_PASSWORD,
            label: "App password",
            hint: "In Bluesky: Settings, Privacy and security, App passwords. It looks like abcd-efgh-ijkl-mnop; do not give your main password.",
            secret: true,
            optional: false,
        },
    ],
    video: "A video in the post. Bluesky works on it once the post is out: it plays some seconds later.",
    docs: "bluesky.md",
};
