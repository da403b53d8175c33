//! What spammers, senders of automatic messages and broken mailings say and how they present themselves.
//!
//! Their texts hold what sorting has to recognise: bare links, the same text for everybody, placeholders nobody filled.

use crate::chance::Dice;
use crate::people::Kind;

/// A display name for a machine.
pub(crate) fn machine_name(kind: Kind, first: &str, dice: &mut Dice) -> String {
    match kind {
        Kind::LinkSpammer => dice.text(&["Best Deals Daily", "Top Picks 4 U", "Craft Bargains"]).to_owned(),
        Kind::CryptoSpammer => format!("{first} | Coin Coach"),
        Kind::FollowBackBeggar => format!("{first} (follows back)"),
        Kind::AutoDm => format!("{first} - Growth Mentor"),
        Kind::MailMerge => dice.text(&["Bright Reach Media", "Outreach Pros", "LeadLift"]).to_owned(),
        Kind::Neighbour => first.to_owned(),
    }
}

/// A handle for a machine.
pub(crate) fn machine_handle(kind: Kind, first: &str, dice: &mut Dice) -> String {
    let number = dice.between(10, 9999);
    let first = first.to_lowercase();
    match kind {
        Kind::LinkSpammer => format!("deals_{number}"),
        Kind::CryptoSpammer => format!("{first}_coins{number}"),
        Kind::FollowBackBeggar => format!("{first}_f4f_{number}"),
        Kind::AutoDm => format!("{first}_growth"),
        Kind::MailMerge => format!("outreach{number}"),
        Kind::Neighbour => first,
    }
}

/// A profile text for a machine.
pub(crate) fn machine_note(kind: Kind) -> &'static str {
    match kind {
        Kind::LinkSpammer => "The best offers, every day. https://deals.example/today",
        Kind::CryptoSpammer => "Financial freedom in 30 days. DM me \"START\".",
        Kind::FollowBackBeggar => "F4F. I follow everybody back within 24 h.",
        Kind::AutoDm => "Helping 6-figure creators become 7-figure creators. Free masterclass below.",
        Kind::MailMerge => "We connect brands with people.",
        Kind::Neighbour => "",
    }
}

/// Something the machine says to the owner.
pub(crate) fn pestering(kind: Kind, dice: &mut Dice) -> String {
    let list: &[&str] = match kind {
        Kind::LinkSpammer => &[
            "https://deals.example/today?ref=8841",
            "Wow check this https://deals.example/clay-tools-90-off",
            "https://bit.example/3xYpQ https://bit.example/9kLmN",
        ],
        Kind::CryptoSpammer => &[
            "I made 4,200 in ONE week with this simple trick. Ask me how! https://coins.example/start",
            "Great post!! Are you interested in earning with crypto from home? Send me a message \"START\" 🚀🚀",
            "My mentor changed my life, she trades for you 24/7. https://coins.example/mentor",
        ],
        Kind::FollowBackBeggar => &[
            "nice!! follow me back pls",
            "F4F? I followed you, follow me back and we both grow 🙏",
            "hey I follow you since yesterday and you did not follow back??",
        ],
        Kind::AutoDm => &[
            "Thanks for following! Check my free masterclass: https://growth.example/free",
            "Thanks for connecting! 🙌 Grab my 10-step checklist here: https://growth.example/checklist and tell me your biggest struggle!",
            "Hey, thanks for the follow! I help people like you 10x their audience. Book a call: https://growth.example/call",
        ],
        Kind::MailMerge => &[
            "Dear {firstname}, we loved your recent post about {topic} and would like to offer {company} a guest article.",
            "Hi {{first_name}}, quick question: who handles marketing at {{company_name}}? https://outreach.example/demo",
            "Dear firstname, as a leader in [INDUSTRY] you know how hard it is to find time. Let us help: https://outreach.example",
            "Hello %%FNAME%%, just bumping this to the top of your inbox.",
        ],
        Kind::Neighbour => &[""],
    };
    dice.text(list).to_owned()
}
