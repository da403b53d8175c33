//! The drawings: strokes on a field of 20 by 20, in the colour of the text beside them.
//!
//! They are decoration for assistive technology; the word beside an icon says what it means. To add one, add a line.

use maud::{Markup, html};

macro_rules! icons {
    ($($(#[$doc:meta])* $name:ident = $path:literal $(, circle $cx:literal $cy:literal $r:literal)* $(, rect $x:literal $y:literal $w:literal $h:literal)?;)+) => {$(
        $(#[$doc])*
        pub(super) fn $name() -> Markup {
            html! {
                svg.i viewBox="0 0 20 20" aria-hidden="true" focusable="false" {
                    path d=($path) {}
                    $(circle cx=($cx) cy=($cy) r=($r) {})*
                    $(rect x=($x) y=($y) width=($w) height=($h) rx="2.5" {})?
                }
            }
        }
    )+};
}

icons! {
    /// A sun over the horizon: Today.
    today = "M3 15.5h14M5.5 12.5a4.5 4.5 0 0 1 9 0M10 3.5v1.8M3.9 6.4l1.3 1.3M16.1 6.4l-1.3 1.3";
    /// A leaf of a calendar: Plan.
    plan = "M3 8.3h14M7 2.5v3M13 2.5v3M6.8 11.8h2.6M6.8 14.2h5.4", rect "3" "4" "14" "13";
    /// A speech bubble: Inbox.
    inbox = "M17 9.6c0 3.5-3.1 6.1-7 6.1-.9 0-1.8-.1-2.6-.4L3.6 16.5l1-3C3.6 12.4 3 11.1 3 9.6 3 6.1 6.1 3.5 10 3.5s7 2.6 7 6.1ZM7 8.4h6M7 11h3.8";
    /// Two people: People.
    people = "M2.8 16c.4-2.8 2.3-4.4 4.7-4.4s4.3 1.6 4.7 4.4M13.3 11.2c2 .2 3.5 1.7 3.9 4.1", circle "7.5" "7" "2.7", circle "13.5" "7.4" "2";
    /// A glass: search.
    search = "m12.9 12.9 4 4", circle "8.6" "8.6" "5.4";
    /// Two sliders: Settings.
    gear = "M3.5 6h6M13.5 6h3M3.5 14h3M10.5 14h6", circle "11.5" "6" "2", circle "8.5" "14" "2";
    /// A pen: write.
    pen = "m4 16 .8-3.3L13.3 4.2a1.7 1.7 0 0 1 2.5 2.5L7.3 15.2 4 16ZM11.9 5.7l2.4 2.4";
    /// A hand: done by a person.
    hand = "M6.5 11V5.2a1.2 1.2 0 0 1 2.4 0V9m0-.3V3.7a1.2 1.2 0 0 1 2.4 0V9m0-3.9a1.2 1.2 0 0 1 2.4 0v5.2M6.5 11 5.2 9.6a1.25 1.25 0 0 0-1.9 1.6l2.6 4c.9 1.4 2 2 3.6 2h1.3c2.2 0 3.6-1.5 3.6-3.6V7.7";
    /// A clock: goes out by itself.
    clock = "M10 6v4l2.6 1.7", circle "10" "10" "6.8";
    /// A tick: settled.
    check = "m4.5 10.5 3.6 3.6 7.4-8";
    /// An arrow back.
    left = "m12 4.5-5.5 5.5 5.5 5.5";
    /// Two ways from one: the same said twice.
    split = "M10 17v-5.5L5 6.5V3.5M10 11.5l5-5V3.5M3 5.3l2-2 2 2M13 5.3l2-2 2 2";
    /// Further up.
    up = "m5 12 5-5 5 5";
    /// Further down.
    down = "m5 8 5 5 5-5";
    /// A picture.
    image = "m4 14.5 3.8-3.5 2.5 2.3 3-3.3 3.5 3.8", circle "7.3" "8.2" "1.3", rect "3" "4" "14" "12";
    /// A film: a frame and the sign to play.
    film = "m8.5 7.500 4 2.500-4 2.500Z", rect "3" "4" "14" "12";
    /// A mark of exclamation in a circle: look here.
    alert = "M10 6.4v4.3M10 13.6h.01", circle "10" "10" "6.8";
    /// A magnifying glass: looked for.
    look = "m13 13 3.8 3.8", circle "9" "9" "5.3";
    /// An arrow leaving: to the network.
    out = "M8 4.5H4.5v11h11V12M11.5 4.5h4v4M15.5 4.5l-6 6";
    /// Two lines: paused, held.
    pause = "M7 5v10M13 5v10";
    /// A cross: called off, not taken.
    cross = "m5.5 5.5 9 9M14.5 5.5l-9 9";
    /// A moon: later.
    moon = "M16 11.8A6.5 6.5 0 1 1 8.2 4a5.2 5.2 0 0 0 7.8 7.8Z";
    /// Three dots: more.
    more = "M4.5 10h.01M10 10h.01M15.5 10h.01";
    /// A heart: like.
    heart = "M10 16 4.6 10.7a3.4 3.4 0 0 1 4.8-4.8l.6.6.6-.6a3.4 3.4 0 0 1 4.8 4.8L10 16Z";
    /// Round and round: repost, take back.
    again = "M4.5 8.5a4 4 0 0 1 4-3.5h6.5M12.5 2.500 15 5l-2.500 2.500M15.5 11.5a4 4 0 0 1-4 3.5H5M7.500 17.500 5 15l2.500-2.500";
    /// Letters falling into place: prepared.
    ready = "M4 5.5h12M4 10h8M4 14.5h5";
}

/// The k of the mark: the stem is you, one arm leaves by itself, the other comes back by hand.
pub(super) fn mark() -> Markup {
    html! {
        svg viewBox="0 0 28 28" fill="none" stroke-linecap="round" stroke-width="3.2" aria-hidden="true" focusable="false" {
            path d="M6 4v20" stroke="currentColor" {}
            path d="M7.5 14.5c5.5-.3 10-3.6 12.5-10" stroke="var(--loch)" {}
            path d="M22 24c-1.5-5.8-5.5-9-11-9.5" stroke="var(--bramble)" {}
        }
    }
}
