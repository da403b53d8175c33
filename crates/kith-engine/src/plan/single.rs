//! One post at a given time (B1): a plan of one row, judged by the same rules.

use std::path::PathBuf;

use kith_domain::mandate::Door;
use kith_domain::plan::{Parsed, PlanRow, Problem as PlanProblem, SourceLine};

use super::import::Imported;
use super::wish::PlanWish;
use crate::kith::{Kith, Operator};
use crate::problem::Problem;

/// One post as a person gives it.
#[derive(Debug, Clone, Default)]
pub struct SinglePost {
    /// The channel's name.
    pub channel: String,
    /// Local time, as written.
    pub at: String,
    /// Its zone; the workspace's if `None`.
    pub zone: Option<String>,
    /// The words.
    pub text: String,
    /// Content warning.
    pub cw: Option<String>,
    /// Language tag.
    pub lang: Option<String>,
    /// Picture files.
    pub media: Vec<String>,
    /// Their alternative texts.
    pub alt: Vec<String>,
    /// The answers of a poll, in order.
    pub poll: Vec<String>,
    /// How long it is open, in minutes; a day if `None`.
    pub poll_minutes: Option<String>,
    /// The card of its link: title and description; the word none alone for no card; empty for what the page says.
    pub card: Vec<String>,
    /// Leave the links as they are, without looking whether they lead somewhere.
    pub no_link_check: bool,
    /// Where the pictures are.
    pub folder: Option<PathBuf>,
}

impl Kith {
    /// Plans it, or says everything that is wrong.
    pub async fn add_post(&self, operator: &Operator, post: SinglePost, door: Door) -> Result<Result<Imported, Vec<PlanProblem>>, Problem> {
        let series = super::import::series_of("post", post.text.as_bytes());
        let row = PlanRow {
            source: SourceLine::default(),
            text: post.text,
            at: Some(post.at),
            zone: post.zone,
            channels: Some(vec![post.channel]),
            media: post.media,
            alt: post.alt,
            cw: post.cw,
            lang: post.lang,
            poll: post.poll,
            poll_minutes: post.poll_minutes,
            card: post.card,
            ..PlanRow::default()
        };
        let wish = PlanWish { no_link_check: post.no_link_check, ..PlanWish::default() };
        let parsed = Parsed { rows: vec![row], problems: Vec::new() };
        let outcome = self.plan_rows(operator, parsed, series, post.folder, &wish, door).await?;
        // A single post has no lines; its fields speak for themselves.
        Ok(outcome.map_err(|problems| problems.into_iter().map(|problem| PlanProblem { line: None, ..problem }).collect()))
    }
}
