//! The desk in every state: a picture and a film, how a version will look, and when it goes out.

use maud::{Markup, PreEscaped, html};

use super::super::write::{Sheet, one_picture};
use super::super::{sample, write_look};
use super::{apart, shelf};

/// The shelves.
pub(super) fn shelves() -> Markup {
    let (offers, typed) = (sample::offers(), sample::typed());
    let looks = [sample::look(false), sample::look(true)];
    let sheet = |film: usize| Sheet {
        view: &offers,
        post: &typed,
        look: &looks[film],
        draft: None,
        saved: None,
        pressed: true,
        wrong: None,
        refused: &[],
        theirs: None,
        edit: None,
    };
    let tile = |film: usize| one_picture(&sheet(film), &looks[film].pictures[0], film, 2);
    html! {
        (shelf("Pictures and a film of a post, and what is said to them", &html! {
            (pictured(&apart("tile", &tile(0)))) (apart("film", &tile(1)))
        }))
        (shelf("How it will look: a picture that asks for a yes, a thread with a film", &html! {
            (pictured(&apart("one", &write_look::seen(&sheet(0))))) (apart("parts", &write_look::seen(&sheet(1))))
        }))
        (shelf("When, and what is promised", &html! {
            (apart("when", &write_look::times(&sheet(0))))
            (write_look::promise(&sheet(0))) (write_look::promise(&sheet(1)))
        }))
    }
}

/// The sample's picture is none that was kept; the mark stands for it.
fn pictured(part: &Markup) -> Markup {
    PreEscaped(part.0.replace(&format!("/write/media/{}", sample::PICTURE), crate::assets::url("icon-192.png")))
}
