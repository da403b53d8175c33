//! Telling a machine's message from a person's, with the reason (C5, L4).
//!
//! A judgement needs a strong sign, or two weak ones; a question mark in a text without a link is a person asking
//! and outweighs the weak signs. Whatever is judged stays readable and can be taken back by hand.

use serde::{Deserialize, Serialize};

/// Points at which a message counts as automated.
const POINTS_NEEDED: u32 = 2;

/// Why a message looks automated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AutomatedReason {
    /// The network marks the sender as a bot.
    MarkedBot,
    /// A mail-merge field was not filled: "Dear {firstname}".
    UnfilledField,
    /// A direct message that thanks for a follow and offers something.
    ThanksForFollowing,
    /// Nothing but a link.
    LinkOnly,
    /// Offers followers, money or coins.
    Offer,
    /// Asks to be followed back.
    FollowBack,
}

/// A judgement with its reasons, the strongest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Automated {
    /// Why.
    pub reasons: Vec<AutomatedReason>,
}

/// Judges one incoming message. `is_direct`: written to us alone; `sender_is_bot`: as the network marks it.
pub fn judge(text: &str, is_direct: bool, sender_is_bot: bool) -> Option<Automated> {
    let lower = text.to_lowercase();
    let has = |needles: &[&str]| needles.iter().any(|needle| lower.contains(needle));
    let links = lower.matches("http://").count() + lower.matches("https://").count();
    let words = lower.split_whitespace().filter(|w| !w.starts_with("http") && !w.starts_with('@') && !w.starts_with('#')).count();

    let asks = text.contains('?') && links == 0;

    let mut found: Vec<(AutomatedReason, u32)> = Vec::new();
    if sender_is_bot {
        found.push((AutomatedReason::MarkedBot, 2));
    }
    if crate::plan::placeholder::first_unfilled(text).is_some() {
        found.push((AutomatedReason::UnfilledField, 2));
    }
    let thanks = has(&["thanks for following", "thank you for following", "thanks for the follow", "thanks for connecting"]);
    let offers = links > 0 || has(&["check out", "check my", "download", "subscribe", "free ", "sign up"]);
    if thanks && offers {
        found.push((AutomatedReason::ThanksForFollowing, 2));
    } else if thanks && is_direct {
        found.push((AutomatedReason::ThanksForFollowing, 1));
    }
    if links > 0 && words == 0 {
        found.push((AutomatedReason::LinkOnly, 2));
    } else if links > 0 && words <= 3 {
        found.push((AutomatedReason::LinkOnly, 1));
    }
    if has(&[
        "crypto",
        "bitcoin",
        "coins",
        "trades for you",
        "trading signals",
        "forex",
        "grow your account",
        "more followers",
        "passive income",
        "10x your",
        "airdrop",
        "onlyfans",
    ]) {
        let strong = links > 0 || (is_direct && !asks);
        found.push((AutomatedReason::Offer, if strong { 2 } else { 1 }));
    }
    let begs = has(&[
        "not follow back",
        "didn't follow back",
        "follow back pls",
        "follow back please",
        "please follow back",
        "f4f",
        "follow for follow",
    ]);
    if begs {
        found.push((AutomatedReason::FollowBack, 2));
    } else if has(&["follow back", "follow me back", "followback"]) {
        found.push((AutomatedReason::FollowBack, if words <= 8 && !asks { 2 } else { 1 }));
    }

    let weak_only = found.iter().all(|(_, points)| *points < POINTS_NEEDED);
    let points: u32 = found.iter().map(|(_, points)| points).sum();
    if points < POINTS_NEEDED || (weak_only && asks) {
        return None;
    }
    found.sort_by_key(|(_, points)| std::cmp::Reverse(*points));
    Some(Automated { reasons: found.into_iter().map(|(reason, _)| reason).collect() })
}

impl AutomatedReason {
    /// The reason as a person reads it.
    pub fn words(self) -> &'static str {
        match self {
            Self::MarkedBot => "the network marks the sender as automated",
            Self::UnfilledField => "a name field was left unfilled",
            Self::ThanksForFollowing => "a standard thank-you for following",
            Self::LinkOnly => "nothing but a link",
            Self::Offer => "offers followers or money",
            Self::FollowBack => "asks to be followed back",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn machines_are_told_with_the_reason() {
        for (text, direct, reason) in [
            ("Dear {firstname}, we loved your profile", true, AutomatedReason::UnfilledField),
            ("Thanks for following! Check out my free e-book https://x.example/e", true, AutomatedReason::ThanksForFollowing),
            ("@mara https://win.example/prize", false, AutomatedReason::LinkOnly),
            ("Earn passive income with bitcoin today, DM me", true, AutomatedReason::Offer),
            ("@mara nice! follow back please", false, AutomatedReason::FollowBack),
            ("@mara hey I follow you since yesterday and you did not follow back??", false, AutomatedReason::FollowBack),
            ("@mara My mentor changed my life, she trades for you 24/7. https://coin.example", false, AutomatedReason::Offer),
        ] {
            let judged = judge(text, direct, false).unwrap_or_else(|| panic!("a person? {text}"));
            assert!(judged.reasons.contains(&reason), "{text}: {judged:?}");
        }
    }

    #[test]
    fn people_are_never_set_apart() {
        for text in [
            "Did the tenmoku break where it ran thick, or did you wax the foot?",
            "@mara thanks for the tip, it saved my whole shelf",
            "Is the workshop free for members?",
            "Shall I follow back the other account too, or is that your old one?",
            "Thanks for following! Are you the studio on Mill Lane?",
            "I read this https://example.org/kilns and wondered: do you agree with the cooling part?",
            "Would you take bitcoin for the mugs? Asking for my brother",
            "look at this https://example.org/bowl what glaze is it?",
        ] {
            assert_eq!(judge(text, true, false), None, "{text}");
        }
    }

    #[test]
    fn a_marked_bot_is_set_apart_whatever_it_says() {
        assert!(judge("Did you fire this at cone 6?", false, true).is_some());
    }
}
