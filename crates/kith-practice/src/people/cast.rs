//! Who lives in the practice network: names, places, habits, drawn from the seed.
//!
//! About one in eight is a machine. Two in three people follow the owner from the start, the owner follows a few
//! back. Four in ten live on other (invented) servers, so that names with a domain come up.

use jiff::{SignedDuration, Timestamp};

use super::{Act, Kind, Person, hours};
use crate::chance::Dice;
use crate::words::{self, Topic};
use crate::world::{Account, World};

const FIRST_NAMES: &[&str] = &[
    "Ines", "Tomas", "Priya", "Callum", "Aiko", "Yusuf", "Freya", "Mateo", "Noor", "Henrik", "Lucia", "Desmond", "Wen", "Marta", "Kofi",
    "Elif", "Jonas", "Amara", "Sanna", "Rafael", "Ottilie", "Bram", "Chiara", "Dele", "Esme", "Farid", "Greta", "Hugo", "Isla", "Jamila",
    "Kasper", "Leila", "Malik", "Nadia", "Oscar", "Paloma", "Quinn", "Rosa", "Soren", "Tamsin", "Uma", "Viktor", "Willa", "Xavier", "Yara",
    "Zofia", "Anton", "Beatriz", "Cedric", "Dalia", "Emeka", "Fiona", "Gideon", "Hanne", "Ivo", "Joan", "Keiko", "Lorcan", "Mireille",
    "Nils", "Odette", "Pavel", "Ronja", "Stella", "Tariq", "Ursula", "Vera", "Wim", "Ximena", "Yannick", "Zeynep", "Alba", "Benedikt",
    "Cleo", "Dorota", "Eamon", "Fatou", "Gwen", "Hector", "Ida", "Jules", "Kirsten", "Luca", "Maeve", "Nico", "Orla", "Petra", "Ravi",
    "Sunniva", "Theo", "Una", "Vito", "Wanda", "Yelena", "Zane", "Astrid",
];
const LAST_NAMES: &[&str] = &[
    "Ferreira",
    "Lindqvist",
    "Okafor",
    "Byrne",
    "Tanaka",
    "Novak",
    "Castell",
    "Moreau",
    "Haddad",
    "Visser",
    "Quist",
    "Abara",
    "Kowalska",
    "Marin",
    "Sorensen",
    "Doyle",
    "Petrov",
    "Rios",
    "Achterberg",
    "Mistry",
    "Hale",
    "Duarte",
    "Engel",
    "Farrow",
    "Grieg",
    "Holm",
    "Ito",
    "Jansen",
    "Keane",
    "Lund",
];
const HANDLE_ENDINGS: &[&str] = &["", "", "", "_makes", "_clay", "_and_co", "writes", "_garden", "_studio", "ish"];
const DOMAINS: &[&str] = &["makers.example", "tidewater.example", "hearth.example", "letterpress.example"];
const ZONES: &[&str] = &[
    "Europe/Lisbon",
    "Europe/London",
    "Europe/London",
    "Europe/Berlin",
    "Europe/Dublin",
    "Europe/Paris",
    "Europe/Stockholm",
    "Africa/Lagos",
    "America/New_York",
    "America/New_York",
    "America/Chicago",
    "America/Los_Angeles",
    "America/Toronto",
    "Asia/Kolkata",
    "Asia/Tokyo",
    "Australia/Melbourne",
];

/// Shares of the cast, of a hundred.
const MACHINES_PERCENT: usize = 13;
const OTHER_SERVER_PERCENT: usize = 40;
const FOLLOWS_OWNER_PERCENT: usize = 64;
const OWNER_FOLLOWS_PERCENT: usize = 15;

const NOTES: &[&str] = &[
    "Reader, walker, owner of too many mugs.",
    "Here for pots, bread and the odd garden photo.",
    "Runs a small shop by the harbour.",
    "Learning to throw, one collapsed bowl at a time.",
    "Letterpress and paper. Slow replies.",
    "Teacher by day, tinkerer by night.",
    "Two cats, one kiln, no plan.",
    "I buy handmade when I can and say so.",
    "Cooks for a living, eats for pleasure.",
    "Mostly lurking.",
    "Bookkeeper for people who hate bookkeeping.",
    "Market trader since 2009.",
];

/// Fills a new world with people and plans their first acts. Machines and new faces begin at `start`.
pub(crate) fn settle(world: &mut World, people: usize, start: Timestamp) {
    for number in 0..people {
        let mut dice = world.dice("cast", &[number as u64]);
        let kind = kind_of(number, people, &mut dice);
        let account = account(world, number, kind, &mut dice);
        let person = person(account.id, number as u64, kind, &mut dice);
        let (id, owner) = (account.id, world.owner);
        world.accounts.insert(id, account);
        world.people.insert(id, person.clone());
        if kind == Kind::Neighbour {
            if dice.below(100) < FOLLOWS_OWNER_PERCENT {
                let following = world.next_id();
                world.follows.insert((id, owner), following);
            } else if dice.below(100) < 30 {
                let at = start.saturating_add(SignedDuration::from_mins(dice.between(60, 40 * 24 * 60)));
                world.plan(hours::awake(&person, at.unwrap_or(start), &mut dice), Act::Discover { person: id });
            }
            if dice.below(100) < OWNER_FOLLOWS_PERCENT {
                let following = world.next_id();
                world.follows.insert((owner, id), following);
            }
            let first = world.now.saturating_add(SignedDuration::from_mins(dice.between(30, 9 * 24 * 60)));
            world.plan(hours::awake(&person, first.unwrap_or(start), &mut dice), Act::Write { person: id });
        } else {
            let first = start.saturating_add(SignedDuration::from_mins(dice.between(6 * 60, 28 * 24 * 60)));
            world.plan(first.unwrap_or(start), Act::Pester { person: id });
        }
    }
}

/// Machines are spread over the cast's end, the kinds in turn, so that even a small cast has some of each.
fn kind_of(number: usize, people: usize, dice: &mut Dice) -> Kind {
    let machines = people * MACHINES_PERCENT / 100;
    let from_end = people - number - 1;
    if from_end >= machines {
        // Drawn and thrown away: what follows from these dice does not hang on the size of the cast.
        let _ = dice.below(2);
        return Kind::Neighbour;
    }
    let _ = dice.below(2);
    match from_end % 6 {
        1 => Kind::LinkSpammer,
        2 => Kind::MailMerge,
        3 => Kind::FollowBackBeggar,
        4 => Kind::CryptoSpammer,
        _ => Kind::AutoDm,
    }
}

fn account(world: &mut World, number: usize, kind: Kind, dice: &mut Dice) -> Account {
    let first = FIRST_NAMES[number % FIRST_NAMES.len()];
    let display_name = match kind {
        Kind::Neighbour => match dice.below(4) {
            0 => first.to_owned(),
            _ => format!("{first} {}", dice.text(LAST_NAMES)),
        },
        kind => words::machine_name(kind, first, dice),
    };
    let mut username = match kind {
        Kind::Neighbour => format!("{}{}", first.to_lowercase(), dice.text(HANDLE_ENDINGS)),
        kind => words::machine_handle(kind, first, dice),
    };
    let domain = (dice.below(100) < OTHER_SERVER_PERCENT).then(|| dice.text(DOMAINS).to_owned());
    while world.account_named(&username, domain.as_deref()).is_some() {
        username = format!("{username}{}", number + 1);
    }
    let note = if kind.is_machine() { words::machine_note(kind) } else { dice.text(NOTES) };
    let created_at = world.now.saturating_sub(SignedDuration::from_hours(24 * dice.between(20, 1500)));
    Account {
        id: world.next_id(),
        username,
        domain,
        display_name,
        note: note.to_owned(),
        bot: kind.is_machine() && dice.below(4) == 0,
        created_at: created_at.unwrap_or(world.now),
    }
}

fn person(id: crate::world::Id, number: u64, kind: Kind, dice: &mut Dice) -> Person {
    let mut interests: Vec<Topic> = Vec::new();
    while interests.len() < 3 {
        let topic = *dice.pick(Topic::ALL);
        if !interests.contains(&topic) {
            interests.push(topic);
        }
    }
    let wakes = dice.between(5 * 60 + 30, 8 * 60 + 45);
    Person {
        id,
        number,
        kind,
        zone: dice.text(ZONES).to_owned(),
        wakes,
        sleeps: (wakes + dice.between(14 * 60, 16 * 60)).min(23 * 60 + 55),
        interests,
        // A few talk a lot and most hardly ever do.
        chattiness: (dice.unit().powf(2.4) * 1000.0) as u32,
        patience_hours: dice.between(18, 96),
        regard: 450 + dice.below(350) as u32,
        answered: 0,
        unanswered: 0,
        drifted_at: None,
        waiting: std::collections::BTreeMap::new(),
        turns: std::collections::BTreeMap::new(),
    }
}
