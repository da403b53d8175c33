//! Views made by hand: a potter's morning. The style guide and the tests show them; nothing else does.

use jiff::Timestamp;
use kith_domain::converse::Standing;
use kith_domain::ids::{ChannelId, ConversationId, DispatchId, HandleId, MemberId, MessageId, SessionId, WorkspaceId};
use kith_domain::mandate::{Actor, Door, Provenance};
use kith_domain::publish::{Hold, NeedsPerson, Receipt, State};
use kith_engine::views::{
    AttemptRow, BrakeFirst, BrakeView, ChannelRow, Choice, ConversationPage, ConversationRow, DecisionRow, DispatchPage, DispatchRow, Face,
    InboxList, InboxView, Mend, MessageRow, MissedTogether, Moment, NeedsGroup, NeedsRow, NeedsYouView, NoticeView, PersonView, Stamp,
    TodayView,
};

mod desk;
mod inbox;
mod people;
mod plan;
mod settings;

pub(super) use desk::{PICTURE, look, offers, typed};
pub(super) use inbox::{conversation, inbox};
pub(super) use people::{begin, ended, followers, lines, memory, no_followers, passed, reach, today_people};
pub(super) use plan::{caps, file, in_hand, month, panels, queue, shown, sources, week};
pub(super) use settings::{calls, fields, members, sessions};

/// Thursday 19 November 2026, 09:42 in London, in seconds since 1970.
const NOW_S: i64 = 1_795_081_320;
const HOUR_S: i64 = 3_600;

fn at(hours_ago: f64) -> Timestamp {
    Timestamp::from_second(NOW_S - (hours_ago * HOUR_S as f64) as i64).unwrap_or_default()
}

fn moment(hours_ago: f64, day: &str, time: &str, distance: &str) -> Moment {
    let day_short = match day {
        "Wednesday 18 November" => "Wed 18 Nov",
        "Friday 20 November" => "Fri 20 Nov",
        _ => "Thu 19 Nov",
    };
    let date = day.split_whitespace().nth(1).unwrap_or("19");
    Moment {
        at: at(hours_ago),
        time: time.into(),
        day: day.into(),
        day_short: day_short.into(),
        iso: format!("2026-11-{date}T{time}:00+00:00"),
        distance: distance.into(),
    }
}

fn now() -> Moment {
    moment(0.0, "Thursday 19 November", "09:42", "just now")
}

fn stamp(letters: &str, name: &str) -> Stamp {
    Stamp { letters: letters.into(), name: name.into(), channel: "studio".into() }
}

fn face(name: &str, address: &str, tint: u8) -> Face {
    let initials = name.split_whitespace().filter_map(|word| word.chars().next()).take(2).collect();
    Face { name: name.into(), initials, address: address.into(), tint }
}

fn conversation_id(n: u8) -> ConversationId {
    ConversationId::new(at(0.0), [n; 10])
}

/// Six people who wait, the longest first.
pub(super) fn waiting() -> Vec<ConversationRow> {
    let (yesterday, today) = ("Wednesday 18 November", "Thursday 19 November");
    [
        (
            "Jo Ferrant",
            "jo@clay.example",
            0,
            "Ma",
            26.0,
            yesterday,
            "07:42",
            "26 h",
            "Did the tenmoku break where it ran thick, or did you wax the foot?",
        ),
        (
            "Dev Kapoor",
            "dev@cafe.example",
            2,
            "Bs",
            17.0,
            yesterday,
            "16:42",
            "17 h",
            "We’d love you to run a team session in January, if that’s something you do?",
        ),
        (
            "Sunita Rao",
            "sunita@clay.example",
            4,
            "Ma",
            10.0,
            yesterday,
            "23:42",
            "10 h",
            "Tip 11 saved my whole shelf, thank you. I’d been stacking them cold.",
        ),
        (
            "Tomas Meer",
            "tomas@wheel.example",
            3,
            "Bs",
            6.0,
            today,
            "03:42",
            "6 h",
            "I read this one twice, then went and found my old wheel.",
        ),
        (
            "Abi Lowther",
            "abi@clay.example",
            1,
            "Ma",
            3.0,
            today,
            "06:42",
            "3 h",
            "Is the 18:30 tonight step-free? My mum’s coming with me.",
        ),
        (
            "Lena Novak",
            "lena@aVeryLongServerNameThatHasNoPlaceToBreakAtAllAndGoesOnForEver.example",
            5,
            "Ma",
            0.67,
            today,
            "09:02",
            "40 min",
            "Those little salt pigs! Are they ever for sale?",
        ),
    ]
    .into_iter()
    .zip(1..)
    .map(|((name, address, tint, letters, hours, day, time, distance, text), n)| {
        let since = moment(hours, day, time, distance);
        ConversationRow {
            id: conversation_id(n),
            face: face(name, address, tint),
            stamp: stamp(letters, network(letters)),
            standing: Standing::Owed,
            waiting_since: Some(since.clone()),
            hours,
            last: since,
            text: text.into(),
            automated: None,
            unread: n > 4,
            why: if n == 2 { "New to you" } else { "Wrote twice, you last wrote 12 days ago" }.into(),
            later_until: None,
            closed: None,
        }
    })
    .collect()
}

/// A made-up network: the page knows none by name.
fn network(letters: &str) -> &'static str {
    if letters == "Ma" { "Marketplace" } else { "Bakery Square" }
}

fn dispatch(n: u8, due: Moment, letters: &str, text: &str, state: State, words: &str, sentence: Option<&str>) -> DispatchRow {
    let published = matches!(state, State::Published { .. });
    DispatchRow {
        id: DispatchId::new(at(0.0), [n; 10]),
        due,
        stamp: stamp(letters, network(letters)),
        text: text.into(),
        state,
        state_words: words.into(),
        state_sentence: sentence.map(str::to_owned),
        url: published.then(|| "https://social.example/@studio/1".to_owned()),
        category: (n % 2 == 1).then(|| "tips".to_owned()),
        version: 0,
    }
}

/// A dispatch in each of its ten states, by time.
pub(super) fn dispatches() -> Vec<DispatchRow> {
    let (yesterday, today, tomorrow) = ("Wednesday 18 November", "Thursday 19 November", "Friday 20 November");
    let planned = || State::Planned { not_before: None, late_until: None };
    let receipt = Receipt { remote_id: "1".into(), url: None, at: at(2.2) };
    vec![
        dispatch(
            1,
            moment(26.2, yesterday, "07:30", "26 h"),
            "Ma",
            "Kiln tip 11 of 30. Warm the shelf before you stack it.",
            State::NeedsPerson { why: NeedsPerson::Unconfirmed, detail: "no answer".into(), since: at(26.0) },
            "Needs you",
            Some("Kith can't tell whether it is out: the network gave no answer. Look on the network, then say."),
        ),
        dispatch(
            2,
            moment(20.0, yesterday, "13:42", "20 h"),
            "Bs",
            "Glaze night is next Thursday; twelve places.",
            State::Failed { why: "text too long".into() },
            "Not sent",
            Some("The network did not take it: the text has 312 characters, 300 are allowed."),
        ),
        dispatch(
            3,
            moment(2.2, today, "07:30", "2 h"),
            "Ma",
            "Kiln tip 12 of 30. Cold shelf plus wet kiln wash equals the crack you blamed on the clay.",
            State::Published { receipt },
            "Published",
            None,
        ),
        dispatch(
            4,
            moment(1.7, today, "08:00", "1 h"),
            "Bs",
            "Kiln tip 12 of 30, for those over here.",
            State::Missed { found_at: at(0.1) },
            "Missed",
            Some("Its time passed while Kith could not send. Send it now, or let it go."),
        ),
        dispatch(
            5,
            moment(0.1, today, "09:36", "6 min"),
            "Ma",
            "New on the blog: ash glazes.",
            State::Uncertain { why: "no answer".into(), look_at: at(-0.1), absences: 0, unknowns: 1, cleared: false, late_until: None },
            "Checking",
            Some("It may be out: no answer came. Kith looks for it on the network at 09:46 before anything else."),
        ),
        dispatch(
            6,
            moment(0.0, today, "09:42", "just now"),
            "Bs",
            "New on the blog: ash glazes.",
            State::Sending { unknowns: 0, late_until: None },
            "Sending",
            None,
        ),
        dispatch(
            7,
            moment(0.0, today, "09:42", "just now"),
            "Bs",
            "A second place opened for tonight.",
            State::Claimed { late_until: None },
            "Getting ready",
            None,
        ),
        dispatch(
            8,
            moment(-8.8, today, "18:30", "8 h"),
            "Ma",
            "Glaze night, doors open. Come in by the yard; the front step is high.",
            planned(),
            "Planned",
            None,
        ),
        dispatch(
            9,
            moment(-22.0, tomorrow, "07:30", "22 h"),
            "Bs",
            "Kiln tip 13 of 30. Averylongwordwithoutanyplacetobreakwhichmuststillnotpushthepagesidewaysonaphone.",
            State::Held { why: Hold::Token, detail: "token revoked".into(), since: at(1.0) },
            "Held",
            Some("The channel must be signed in again: the token was revoked."),
        ),
        dispatch(10, moment(-27.0, tomorrow, "12:30", "27 h"), "Ma", "Mugs are back in the shop.", State::Cancelled, "Called off", None),
    ]
}

/// Channels in each of their states.
pub(super) fn channels() -> Vec<ChannelRow> {
    [
        ("studio", "Ma", network("Ma"), "@lark@clay.example", "clay.example", "ok", ""),
        ("studio-bs", "Bs", network("Bs"), "lark.example", "bsky.example", "sign_in_again", "The network says that the token was revoked."),
        ("workshop", "Ma", network("Ma"), "@workshop@clay.example", "clay.example", "paused", ""),
    ]
    .into_iter()
    .zip(1..)
    .map(|((name, letters, network, address, server, state, detail), n)| ChannelRow {
        id: ChannelId::new(at(0.0), [n; 10]),
        name: name.into(),
        stamp: Stamp { letters: letters.into(), name: network.into(), channel: name.into() },
        address: address.into(),
        server: server.into(),
        state: state.into(),
        detail: detail.into(),
    })
    .collect()
}

/// The potter's morning.
pub(super) fn today() -> TodayView {
    let rows = dispatches();
    TodayView {
        now: now(),
        place: "London".into(),
        sentence: "Six people wrote to you and wait.".into(),
        detail: "Jo has waited since yesterday.".into(),
        deadline: Some(("Answer Jo before 11:42".into(), "and today’s posts go out on time.".into())),
        brake: brake("closing"),
        risks: rows
            .iter()
            .filter(|row| row.state.name() == "planned" && row.due.at > now().at)
            .map(|row| (row.id, "Holds at 11:42 unless Jo hears from you".to_owned()))
            .collect(),
        waiting: waiting(),
        goes_out: rows.iter().filter(|row| row.due.day == now().day).cloned().collect(),
        needs_you: rows.iter().filter(|row| row.state.waits_for_person()).take(3).cloned().collect(),
        needs_you_total: 4,
        troubled_channels: channels().into_iter().filter(|channel| channel.state == "sign_in_again").collect(),
        apart: 3,
    }
}

/// The brake in a state.
pub(super) fn brake(state: &str) -> BrakeView {
    let first = BrakeFirst {
        conversation: conversation_id(0),
        name: "Jo Ferrant".into(),
        short: "Jo".into(),
        since: moment(26.0, "Wednesday 18 November", "07:42", "26 h"),
        waited: "since yesterday".into(),
        hours: 26,
    };
    let held = dispatches().into_iter().filter(|row| row.state.waits_for_person()).take(2);
    BrakeView {
        state: state.into(),
        headline: if state == "holding" { "Posts are on hold." } else { "The brake is open." }.into(),
        why: "Jo has waited 26 hours.".into(),
        rule: kith_domain::converse::BrakeRule { hours: 28, owed: Some(12), only_presence: false },
        version: 1,
        first: Some(first),
        holds_at: Some(moment(-2.0, "Thursday 19 November", "11:42", "2 h")),
        mark_hours: if state == "holding" { 24.0 } else { 28.0 },
        paused_until: None,
        owed: 6,
        held: if state == "holding" { held.collect() } else { Vec::new() },
        held_more: 0,
    }
}

/// A morning on which posts are on hold.
pub(super) fn today_held() -> TodayView {
    TodayView {
        sentence: "Posts are on hold. Jo has waited 26 hours.".into(),
        detail: "Answer Jo, and the 2 held posts go out, spaced; what is too late by then asks you first.".into(),
        deadline: None,
        brake: brake("holding"),
        ..today()
    }
}

/// A morning on which everything is done.
pub(super) fn today_done() -> TodayView {
    TodayView {
        sentence: "Nobody is waiting for you.".into(),
        detail: "Everyone who wrote has heard from you.".into(),
        deadline: None,
        brake: BrakeView { first: None, holds_at: None, ..brake("open") },
        risks: std::collections::BTreeMap::new(),
        waiting: Vec::new(),
        goes_out: Vec::new(),
        needs_you: Vec::new(),
        needs_you_total: 0,
        troubled_channels: Vec::new(),
        apart: 0,
        ..today()
    }
}

/// The plan with every state in it.
#[cfg(test)]
pub(super) fn plan() -> kith_engine::views::PlanView {
    let rows = dispatches();
    let mut counts = kith_domain::measure::Conservation::default();
    for row in &rows {
        counts.count(&row.state);
    }
    kith_engine::views::PlanView { now: now(), rows, counts, filter: "all".into(), next: Some("2026-11-20 12:30/a+b".into()) }
}

/// A choice that could not be carried out.
pub(super) fn wrong() -> super::Wrong<'static> {
    super::Wrong { choice: Choice::ItIsThere, detail: "social.example/1", why: "paste the address of the post, beginning with https://" }
}

/// What needs a person, in every group that a page of samples can show.
pub(super) fn needs_you() -> NeedsYouView {
    let rows = dispatches();
    let row = |n: usize, choices: &[Choice]| NeedsRow {
        row: DispatchRow { id: DispatchId::new(at(0.0), [n as u8 + 100; 10]), ..rows[n].clone() },
        choices: choices.to_vec(),
        look: choices.contains(&Choice::ItIsThere).then(|| "https://social.example/@studio".into()),
        suggested: "2026-11-19T10:30".into(),
    };
    let late = |n: u8, time: &str, text: &str| NeedsRow {
        row: dispatch(
            n,
            moment(f64::from(n) / 10.0, "Thursday 19 November", time, "1 h"),
            "Ma",
            text,
            State::Missed { found_at: at(0.1) },
            "Missed",
            None,
        ),
        choices: vec![Choice::SendNow, Choice::AnotherTime, Choice::Cancel],
        look: None,
        suggested: "2026-11-19T10:30".into(),
    };
    let missed =
        vec![late(21, "08:00", "Kiln tip 12 of 30, for those over here."), late(22, "08:40", "Salt pigs: four left of the big ones.")];
    let group = |kind: &str, title: &str, lead: &str, mend: Option<Mend>, rows: Vec<NeedsRow>| NeedsGroup {
        kind: kind.into(),
        title: title.into(),
        lead: lead.into(),
        mend,
        rows,
    };
    let mut counts = kith_domain::measure::Conservation::default();
    for row in &rows {
        counts.count(&row.state);
    }
    let today = "Thursday 19 November";
    NeedsYouView {
        now: now(),
        place: "London".into(),
        missed: Some(MissedTogether {
            spaced: vec![
                (missed[0].row.id, moment(0.0, today, "09:42", "just now")),
                (missed[1].row.id, moment(-0.1, today, "09:47", "5 min")),
            ],
            gap_min: 5,
        }),
        groups: vec![
            group(
                "unconfirmed",
                "Is it there?",
                "These were sent and no clear answer came, and Kith could not find out. Look on the network, then say.",
                None,
                vec![row(0, &[Choice::ItIsThere, Choice::SendNow, Choice::Cancel])],
            ),
            group(
                "missed",
                "Missed their time",
                "They were due while Kith could not send, and so late nothing goes out unasked.",
                None,
                missed,
            ),
            group(
                "sign_in",
                "Waits for you to sign in again: studio-bs",
                "The network does not accept Kith's key any more. Sign in again and they go out by themselves.",
                Some(Mend::SignIn { channel: channels()[1].id, name: "studio-bs".into() }),
                vec![row(8, &[Choice::AnotherTime, Choice::Cancel])],
            ),
            group(
                "refused",
                "Not taken by the network",
                "They are certainly not out, and the network said why. Try again once that is mended, or let them go.",
                None,
                vec![row(1, &[Choice::SendNow, Choice::AnotherTime, Choice::Cancel])],
            ),
        ],
        total: 5,
        more: false,
        counts,
        looking: vec![row(4, &[])],
    }
}

/// A notice that stays and one that may be put away.
pub(super) fn notices() -> Vec<NoticeView> {
    [
        (
            "disk_nearly_full",
            "The disk is nearly full",
            "40 MiB are left.",
            "Free some space where Kith runs; it goes on by itself.",
            false,
        ),
        (
            "clock_jumped",
            "The computer's clock was set",
            "It went 3 hours ahead; 37 posts would have gone out at once.",
            "Look at the time on the computer where Kith runs.",
            true,
        ),
    ]
    .map(|(kind, title, words, way_out, may_put_away)| NoticeView {
        kind: kind.into(),
        title: title.into(),
        words: words.into(),
        way_out: way_out.into(),
        since: moment(0.4, "Thursday 19 November", "09:18", "24 min"),
        may_put_away,
        may_go_on: false,
    })
    .into()
}

/// The form of a channel that must be signed in again.
#[cfg(test)]
pub(super) fn sign_in_form() -> kith_engine::views::SignInForm {
    let field = |name: &str, label: &str, secret, value: &str| kith_engine::views::SignInField {
        name: name.into(),
        label: label.into(),
        hint: "On your server: Preferences, Development.".into(),
        secret,
        optional: false,
        value: value.into(),
    };
    kith_engine::views::SignInForm {
        channel: channels().remove(1),
        fields: vec![field("server", "Server", false, "https://clay.example/"), field("token", "Access token", true, "")],
    }
}

/// A dispatch that only a person can judge, with its attempts.
pub(super) fn dispatch_page() -> DispatchPage {
    let member = Actor::Member { id: MemberId::new(at(0.0), [1; 10]), name: "Ana".into() };
    let row = dispatches().remove(0);
    let attempt = |n: u32, kind: &str, conclusion: &str, answer: &str, started: Moment| AttemptRow {
        n,
        kind: kind.into(),
        started,
        took_ms: Some(412),
        request_hash: "9f2c41d7".into(),
        request:
            "POST /api/v1/statuses\nIdempotency-Key: kith-0b6d\n\n{\"status\":\"Kiln tip 11 of 30. Warm the shelf before you stack it.\"}"
                .into(),
        answer: answer.into(),
        conclusion: conclusion.into(),
    };
    DispatchPage {
        text: "Kiln tip 11 of 30. Warm the shelf before you stack it.\n\nCold shelf plus wet kiln wash equals the crack you blamed on the clay.".into(),
        warning: None,
        pictures: vec!["A kiln shelf with a crack along its middle".into(), String::new()],
        hash: "9f2c41d7".into(),
        mend: None,
        look: Some("https://social.example/@studio".into()),
        suggested: "2026-11-19T10:30".into(),
        civil: "2026-11-18T07:30:00".into(),
        zone: "Europe/London".into(),
        provenance: Provenance {
            written_by: member.clone(),
            written_at: at(200.0),
            through: Door::Web { session: SessionId::new(at(0.0), [1; 10]) },
            changed_by: None,
            changed_at: None,
            approved_by: Some(member),
            approved_at: Some(at(200.0)),
            sent_by: Actor::Worker,
            on_behalf_of: WorkspaceId::new(at(0.0), [1; 10]),
        },
        provenance_words: "Written by Ana from november.csv, line 12, Wed 11 Nov; goes out by Kith's scheduler.".into(),
        attempts: vec![
            attempt(1, "send", "no answer within 30 s; it may be out.", "", moment(26.2, "Wednesday 18 November", "07:30", "26 h")),
            attempt(2, "look", "not found among the last 40 posts.", "200 OK\n[]", moment(26.1, "Wednesday 18 November", "07:36", "26 h")),
        ],
        decisions: vec![DecisionRow {
            who: "Ana".into(),
            what: "let it go out now".into(),
            at: moment(26.15, "Wednesday 18 November", "07:33", "26 h"),
        }],
        may_edit: false,
        choices: vec![Choice::ItIsThere, Choice::SendNow, Choice::Cancel],
        row,
    }
}

/// The lamp in its three states.
pub(super) fn lamps() -> [kith_engine::Lamp; 3] {
    let lamp = |here, until: &str| kith_engine::Lamp { here, until: until.into() };
    [lamp(Some(true), "until 17:30"), lamp(Some(false), "until Mon 23 Nov 09:00"), lamp(None, "")]
}
