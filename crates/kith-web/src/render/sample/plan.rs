//! A week, a month, a queue and a plan file made by hand, with a post in every state.

use jiff::civil::{Date, date};
use kith_domain::publish::{Hold, Receipt, State};
use kith_domain::schedule::CadenceCaps;
use kith_engine::views::{
    CapsLine, Choice, DispatchPage, DispatchRow, FileLine, FileProblem, MonthDay, MonthView, ProgramLine, ProgramShown, QueueView,
    QueuedPost, SourceRow, TrayLine, WeekBand, WeekDay, WeekHour, WeekPost, WeekView,
};

use super::{at, channels, dispatch, dispatch_page, dispatches, moment, network, stamp};

const TODAY: &str = "Thursday 19 November";
const TOMORROW: &str = "Friday 20 November";

fn held(n: u8, why: Hold, words: &str, sentence: &str) -> DispatchRow {
    let state = State::Held { why, detail: String::new(), since: at(1.0) };
    dispatch(n, moment(-25.0, TOMORROW, "10:45", "25 h"), "Ma", "Open studio on Saturday, kettle on.", state, words, Some(sentence))
}

fn by_hand() -> DispatchRow {
    held(22, Hold::ByHand, "Held by hand", "Ana holds it back. It goes out once somebody lets it go.")
}

fn asked() -> DispatchRow {
    held(23, Hold::Yes, "Asks for a yes", "It names a person, so it waits for the owner's yes.")
}

fn minute(time: &str) -> u16 {
    let (hour, minute) = time.split_once(':').unwrap_or(("9", "0"));
    hour.parse::<u16>().unwrap_or(9) * 60 + minute.parse::<u16>().unwrap_or(0)
}

fn on(day: Date) -> Vec<WeekPost> {
    let words = day.strftime("%A %-d %B").to_string();
    let rows: Vec<_> = dispatches().into_iter().chain([by_hand()]).filter(|row| row.due.day == words).collect();
    rows.into_iter().map(post).collect()
}

fn post(row: DispatchRow) -> WeekPost {
    let planned = matches!(row.state, State::Planned { .. });
    // The two of a moment stand beside each other.
    let lane = match row.state.name() {
        "published" => (0, 2),
        "missed" => (1, 2),
        "sending" => (1, 3),
        "claimed" => (2, 3),
        "uncertain" => (0, 3),
        _ => (0, 1),
    };
    WeekPost {
        stamps: vec![row.stamp.clone()],
        minute: minute(&row.due.time),
        lane,
        alone: planned,
        may_move: planned,
        local: row.due.iso.get(..16).unwrap_or_default().into(),
        row,
    }
}

fn days(first: Date, count: usize) -> Vec<Date> {
    std::iter::successors(Some(first), |day| day.tomorrow().ok()).take(count).collect()
}

/// The post that the pointer has.
pub(in super::super) fn in_hand() -> WeekPost {
    post(dispatches().remove(7))
}

/// A week with hours of presence, a post in every state, more than fits at noon, and drafts to place.
pub(in super::super) fn week() -> WeekView {
    let today = date(2026, 11, 19);
    let day = |day: Date| {
        let posts = on(day);
        let out = posts.iter().filter(|post| matches!(post.row.state, State::Published { .. })).count();
        let rest = day.day() == 22;
        WeekDay {
            date: day.to_string(),
            name: day.strftime("%a").to_string(),
            number: day.day(),
            words: day.strftime("%A %-d %B").to_string(),
            today: day == today,
            rest,
            sums: if posts.is_empty() { String::new() } else { format!("{out} out, {} planned", posts.len() - out) },
            out,
            planned: posts.len() - out,
            bands: if rest { Vec::new() } else { vec![WeekBand { from: 16 * 60, to: 17 * 60 + 30, words: "16:00 to 17:30".into() }] },
            folded: if day.day() == 20 { vec![(12 * 60 + 30, 3)] } else { Vec::new() },
            posts,
        }
    };
    WeekView {
        title: "16 to 22 November".into(),
        mondays: ["2026-11-09".into(), "2026-11-16".into(), "2026-11-23".into()],
        days: days(date(2026, 11, 16), 7).into_iter().map(day).collect(),
        hours: (7..22).map(|hour| WeekHour { hour, there: Some((format!("{:02}", hour - 5), hour > 13)) }).collect(),
        now: Some((3, 582)),
        place: "London".into(),
        market: Some("New York".into()),
        more: true,
        tray: tray(),
        may: true,
    }
}

/// A draft that can be dropped on a time, and news of a blog.
fn tray() -> Vec<TrayLine> {
    let line = |text: &str, takes_time, from: &str| TrayLine {
        text: text.into(),
        href: "/write/drafts".into(),
        takes_time,
        stamps: vec![stamp("Ma", network("Ma"))],
        from: from.into(),
    };
    vec![line("Three ways to stack a shelf", true, "a draft of Ana"), line("Ash glazes, part two", false, "from the blog")]
}

/// The month of that week: days outside of it, today, and posts in every state.
pub(in super::super) fn month() -> MonthView {
    let day = |day: Date| MonthDay {
        date: day.to_string(),
        number: day.day(),
        words: day.strftime("%A %-d %B").to_string(),
        today: day == date(2026, 11, 19),
        inside: day.month() == 11,
        posts: on(day).into_iter().take(6).collect(),
        more: on(day).len().saturating_sub(6),
    };
    MonthView {
        title: "November 2026".into(),
        firsts: ["2026-10-01".into(), "2026-11-01".into(), "2026-12-01".into()],
        weeks: days(date(2026, 10, 26), 42).chunks(7).map(|week| week.iter().copied().map(day).collect()).collect(),
        place: "London".into(),
        more: true,
    }
}

/// Posts as they stand open beside the week: planned, asked, held by hand, out.
pub(in super::super) fn panels() -> [(&'static str, DispatchPage); 4] {
    let mut out = dispatches().remove(2);
    out.state = State::Published { receipt: Receipt { remote_id: "1".into(), url: None, at: at(2.2) } };
    let page = |row: DispatchRow, choices: Vec<Choice>| {
        let is_out = matches!(row.state, State::Published { .. });
        let sample = dispatch_page();
        DispatchPage {
            text: row.text.clone(),
            pictures: Vec::new(),
            look: None,
            civil: format!("{}:00", row.due.iso.get(..16).unwrap_or_default()),
            attempts: if is_out { sample.attempts.into_iter().take(1).collect() } else { Vec::new() },
            decisions: Vec::new(),
            may_edit: !is_out,
            choices,
            row,
            ..dispatch_page()
        }
    };
    [
        ("planned", page(dispatches().remove(7), vec![Choice::SendNow, Choice::AnotherTime, Choice::Hold, Choice::Cancel])),
        ("asked", page(asked(), vec![Choice::Yes, Choice::AnotherTime, Choice::Cancel])),
        ("by-hand", page(by_hand(), vec![Choice::LetGo, Choice::AnotherTime, Choice::Cancel])),
        ("out", page(out, Vec::new())),
    ]
}

fn line(n: u8, text: &str, here: Option<bool>, kept_back: Option<&str>) -> ProgramLine {
    ProgramLine {
        post: format!("post-{n}"),
        text: text.into(),
        category: Some("tips".into()),
        stamp: stamp("Ma", network("Ma")),
        due: moment(-22.0, TOMORROW, "07:30", "22 h"),
        there: vec!["02:30 in New York".into()],
        here,
        presence: if here == Some(true) { "you’re here until 17:30" } else { "nobody home until 16:00" }.into(),
        kept_back: kept_back.map(str::to_owned),
    }
}

/// A queue with a post that has a time, one that asks for a yes, and one without a place; or one that rests.
pub(in super::super) fn queue(rests: bool) -> QueueView {
    let queued = |n: u8, text: &str, lines: Vec<ProgramLine>, why: Option<&str>| QueuedPost {
        key: format!("post-{n}"),
        text: text.into(),
        category: "tips".into(),
        lines,
        why: why.map(str::to_owned),
    };
    let posts = vec![
        queued(1, "Kiln tip 14 of 30.", vec![line(1, "Kiln tip 14 of 30.", Some(true), None)], None),
        queued(2, "Kiln tip 15 of 30.", vec![line(2, "Kiln tip 15 of 30.", Some(false), Some("It names a person."))], None),
        queued(3, "Mugs, while they last.", Vec::new(), Some("Its category has no window on any channel.")),
    ];
    QueueView {
        posts: if rests { posts.into_iter().skip(2).collect() } else { posts },
        windows: Vec::new(),
        categories: vec!["tips".into()],
        rests,
        place: "London".into(),
        may: true,
    }
}

/// What a series would put into the plan, with a post that finds no time.
pub(in super::super) fn shown() -> ProgramShown {
    ProgramShown {
        lines: vec![line(4, "Kiln tip 16 of 30.", Some(true), None), line(5, "Kiln tip 17 of 30.", None, Some("Too much like tip 9."))],
        without_time: vec!["Tip 18 finds no free place within ninety days.".into()],
        sums: "2 new".into(),
        offer: None,
    }
}

/// Series or events: one that goes on, one that rests, one that is over.
pub(in super::super) fn sources(names: [&str; 3]) -> Vec<SourceRow> {
    let row = |n: u8, name: &str, rests: bool, over: bool| SourceRow {
        id: format!("source-{n}"),
        name: name.into(),
        detail: if over { "all are out" } else { "12 of 30 are out" }.into(),
        next: (!rests && !over).then(|| line(n, name, None, None)),
        rests,
        over,
    };
    let [on, rests, over] = names;
    vec![row(1, on, false, false), row(2, rests, true, false), row(3, over, false, true)]
}

/// A channel with limits of its own, and one with the usual.
pub(in super::super) fn caps() -> [CapsLine; 2] {
    let line = |n: usize, own: CadenceCaps, promotion_percent| CapsLine {
        channel: channels().remove(n),
        own,
        today: 2,
        broadcasts: 31,
        answers: 18,
        promotion_percent,
    };
    let own = CadenceCaps { per_day_max: Some(3), gap_minutes_min: Some(90), ..CadenceCaps::default() };
    [line(0, own, Some(12)), line(1, CadenceCaps::default(), None)]
}

/// The words of a plan file, what is wrong in it, and what it would send.
pub(in super::super) fn file() -> (&'static str, Vec<FileProblem>, Vec<FileLine>) {
    let problem = |line, field: &str, why: &str, way_out: &str, refuses| FileProblem {
        line,
        field: field.into(),
        why: why.into(),
        way_out: way_out.into(),
        refuses,
    };
    let delivery = FileLine {
        line: 2,
        due: moment(-8.8, TODAY, "18:30", "8 h"),
        there: Some("13:30 in New York".into()),
        stamp: stamp("Ma", network("Ma")),
        text: "Glaze night, doors open.".into(),
        length: (24, 500),
        cards: vec!["lark.example".into()],
        notes: vec!["On 22 November you rest.".into()],
    };
    (
        "time,text\n2026-11-19 18:30,\"Glaze night, doors open.\"\n2026-13-01 09:00,Mugs are back\n",
        vec![
            problem(Some(3), "time", "there is no month 13", "write it as 2026-12-01 09:00", true),
            problem(None, "channels", "no channel is named", "choose one below", false),
        ],
        vec![delivery],
    )
}
