//! How fast words are judged: `cargo bench -p kith-domain --bench words`.
//!
//! Plain figures of one run on one thread: lint and safety of 10,000 rows, alikeness of 10,000 variants of 2,500 posts,
//! and of every pair of 2,000 texts.
#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a bench says its figures, and ends at the first surprise")]

use std::collections::BTreeSet;
use std::hint::black_box;
use std::time::Instant;

use kith_domain::plan::framing::{Framed, Wording, judge};
use kith_domain::plan::policy::Policy;
use kith_domain::plan::safety::habit::HashtagHabit;
use kith_domain::plan::safety::links::LinkReport;
use kith_domain::plan::safety::{Around, Broadcast, inspect};
use kith_domain::plan::{PlanChannel, PlanRow, SourceLine, lint};

const ROWS: u32 = 10_000;

const WORDS: [&str; 32] = [
    "kiln", "shelf", "glaze", "warm", "first", "then", "load", "slowly", "clay", "bowl", "open", "Friday", "doors", "seven", "bring",
    "friend", "today", "bread", "fresh", "course", "place", "left", "write", "reader", "garden", "winter", "light", "hand", "made",
    "small", "batch", "tip",
];

/// About 200 characters, different for every `n`, with a link and a hashtag.
fn text(n: u32) -> String {
    let mut seed = n.wrapping_mul(2_654_435_761).wrapping_add(97);
    let mut words = Vec::new();
    for _ in 0..28 {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        words.push(WORDS[(seed >> 27) as usize]);
    }
    format!("Tip {n}: {}. https://lark.example.com/tips/{n} #kilntips", words.join(" "))
}

fn told(what: &str, count: u32, work: impl FnOnce() -> usize) {
    let start = Instant::now();
    let found = work();
    let seconds = start.elapsed().as_secs_f64();
    println!("{what}: {count} in {seconds:.3} s, {:.0} a second ({found} findings)", f64::from(count) / seconds);
}

fn main() {
    let policy: Policy = toml::from_str(include_str!("../policy.toml")).unwrap();
    let texts: Vec<String> = (0..ROWS).map(text).collect();
    let row =
        |(text, n): (&String, u32)| PlanRow { source: SourceLine { line: n + 2, row: n + 1 }, text: text.clone(), ..PlanRow::default() };
    let rows: Vec<PlanRow> = texts.iter().zip(0..).map(row).collect();
    let known: Vec<PlanChannel> = ["mastodon", "bluesky", "x", "linkedin"]
        .map(|network| PlanChannel { name: format!("lark-{network}"), network: network.to_owned() })
        .to_vec();
    let names: Vec<String> = known.iter().map(|channel| channel.name.clone()).collect();
    told("lint of rows on 4 channels", ROWS, || lint(black_box(&rows), &names, &known).len());

    let (trending, named, links) = (BTreeSet::new(), BTreeSet::new(), LinkReport::new());
    told("safety of rows, each on 4 networks", ROWS, || {
        let mut found = 0;
        for text in &texts {
            for channel in &known {
                let network = channel.network.as_str();
                let around = Around {
                    network,
                    limit: policy.limits.get(network),
                    policy: &policy,
                    habit: &HashtagHabit::default(),
                    trending: &trending,
                    may_be_named: &named,
                    links: &links,
                };
                let post = Broadcast { text: black_box(text), warning: None, media: &[], tags_by_rule: &[], by_rule: false };
                found += inspect(&post, &around).len();
            }
        }
        found
    });

    told("alikeness of variants, 4 of each post", ROWS, || {
        let posts = texts.chunks(4).map(|four| {
            let framed: Vec<Framed<'_>> =
                four.iter().zip(&known).map(|(text, on)| Framed { channel: &on.name, network: &on.network, text, day: None }).collect();
            judge(black_box(&framed), None, &policy).len()
        });
        posts.sum()
    });

    let wordings: Vec<Wording> = texts.iter().map(|text| Wording::new(text)).collect();
    told("alikeness, every pair of the first 2,000", 2_000 * 1_999 / 2, || {
        let first = &wordings[..2_000];
        first.iter().enumerate().map(|(n, a)| first[n + 1..].iter().filter(|b| a.alike(b) >= 0.9).count()).sum()
    });
}
