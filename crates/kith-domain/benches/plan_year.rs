//! How long a year of forty posts a month on eight channels takes, from drafts to a preview with presence and cadence.
//!
//! `cargo bench -p kith-domain --bench plan_year`

use std::time::Instant;

use jiff::Timestamp;
use kith_domain::plan::{CategoryKinds, PlanChannel};
use kith_domain::schedule::preview::{PreviewRequest, preview};
use kith_domain::schedule::wanted::{Draft, PreviewChannel, Wanted};
use kith_domain::schedule::{CadenceCaps, Presence, QueueRule, Windows, ZoneName, parse_categories};

const ROUNDS: usize = 9;
const CHANNELS: usize = 8;
const POSTS: usize = 480;

#[expect(clippy::print_stdout, clippy::expect_used, reason = "a bench says its figures, and ends at the first surprise")]
fn main() {
    let zone = ZoneName::parse("Europe/Lisbon").expect("a zone");
    let names: Vec<String> = (0..CHANNELS).map(|n| format!("channel {n}")).collect();
    let rules = parse_categories("tips: forty a month, Monday to Friday, two a day").expect("a rhythm");
    let channel = |name: &String| PreviewChannel {
        channel: PlanChannel { name: name.clone(), network: "example".into() },
        shown: name.clone(),
        zone: zone.clone(),
        rules: rules.iter().map(|(category, rhythm)| QueueRule::new(category, rhythm.clone(), zone.clone())).collect(),
        caps: CadenceCaps::default(),
        taken: Vec::new(),
        answers: Some(20),
    };
    let channels: Vec<PreviewChannel> = names.iter().map(channel).collect();
    let all: Vec<&str> = names.iter().map(String::as_str).collect();
    let draft = |n: usize| Draft { category: Some("tips".into()), ..Draft::new(n.to_string(), format!("Tip {n}"), &all) };
    let wanted = [Wanted::Queue { drafts: (0..POSTS).map(draft).collect() }];
    let hours = Windows::parse("Mon-Fri 9-17").expect("hours");
    let request = PreviewRequest {
        wanted: &wanted,
        channels: &channels,
        pauses: &[],
        absences: &[],
        presence: &Presence { hours: Some(hours), ..Presence::unsaid(zone.clone()) },
        markets: &[],
        kinds: &CategoryKinds::default(),
        now: Timestamp::from_second(1_796_000_000).expect("a time"),
        days_max: 400,
        seed: 7,
    };
    let mut times: Vec<u128> = Vec::new();
    let mut lines = 0;
    for _ in 0..ROUNDS {
        let begin = Instant::now();
        lines = preview(&request).lines.len();
        times.push(begin.elapsed().as_micros());
    }
    times.sort_unstable();
    let at = |index: usize| times.get(index).copied().unwrap_or(0) as f64 / 1_000.0;
    println!("{lines} lines on {CHANNELS} channels: median {:.1} ms, fastest {:.1} ms, of {ROUNDS}", at(ROUNDS / 2), at(0));
}
