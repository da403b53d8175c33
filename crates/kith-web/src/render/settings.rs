//! Settings: how the channels fare and what to do, and the way out.

use kith_engine::views::ChannelRow;
use maud::{Markup, html};

use super::part::{nothing, stamp};
use super::{Shell, icon, page};

/// The whole page.
pub(crate) fn settings(shell: &Shell, channels: &[ChannelRow]) -> Markup {
    page::page(
        shell,
        &html! {
            main.page #main {
                h1 { "Settings" }
                section.card aria-labelledby="ch" {
                    header { h2.t #ch { "Channels" } span.dim { "the profiles Kith writes and listens on" } }
                    @if channels.is_empty() {
                        (nothing("No channel is connected.", "Connect one where Kith runs: kith channel add --help"))
                    } @else {
                        ul.chan { @for channel in channels { (line(channel)) } }
                    }
                }
                section.card aria-labelledby="yo" {
                    header { h2.t #yo { "You" } }
                    div.account {
                        span.av.l aria-hidden="true" { (page::initials(shell.name)) }
                        div { b { (shell.name) } small { (shell.workspace) } small { (page::role(shell.role)) } }
                        form method="post" action="/sign-out" { button.btn { "Sign out" } }
                    }
                }
            }
        },
    )
}

/// A channel with its state and, where something is wrong, the way out.
pub(super) fn line(channel: &ChannelRow) -> Markup {
    let (class, drawing, words, way_out) = match channel.state.as_str() {
        "ok" => ("ok", icon::check(), "Connected", None),
        "sign_in_again" => (
            "wait",
            icon::alert(),
            "Sign in again",
            Some(format!("Nothing goes out on it until then. Look first, where Kith runs: kith channel check {}", channel.name)),
        ),
        "paused" => ("calm", icon::pause(), "Paused", Some("What is planned on it is held.".to_owned())),
        "removed" => ("calm", icon::cross(), "Disconnected", None),
        other => ("calm", icon::alert(), other, None),
    };
    html! {
        li {
            (stamp(&channel.stamp))
            div { b { (channel.name) } small { (channel.address) } small { (channel.stamp.name) " on " (channel.server) } }
            span class={ "pill " (class) } { (drawing) (words) }
            @if !channel.detail.is_empty() { p { (channel.detail) } }
            @if let Some(way_out) = way_out { p { (way_out) } }
        }
    }
}
