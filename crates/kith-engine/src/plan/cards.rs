//! The cards below links, read when a post is planned, so that the owner sees and approves what goes out (B13).
//!
//! A network says which link it shows as a card of our making; the page behind it is read once for a plan. What it says
//! becomes part of the content, under the same hash. A row may write the card itself, or say that it wants none.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::StreamExt as _;
use jiff::{SignedDuration, Timestamp};
use kith_domain::ids::MediaId;
use kith_domain::plan::entity::links;
use kith_domain::plan::{CARD_NONE, PlanRow, Problem as PlanProblem, Reason};
use kith_domain::publish::Content;
use kith_domain::publish::extras::LinkCard;
use kith_networks::page_card::{self, DESCRIPTION_CHARS_MAX, TITLE_CHARS_MAX};
use kith_networks::{CardLink, Network};
use kith_store::ChannelRow;

use super::judge::Item;
use super::media::{self, ReadPicture};
use super::thread;
use crate::kith::Kith;
use crate::problem::Problem;

/// Most pages that are read for the cards of one plan (2026-11); posts beyond show the card that their page has then.
const PAGES_MAX: usize = 100;
/// Pages that are read at the same time.
const AT_ONCE: usize = 8;
/// Longest time for all pages of a plan, in seconds of the world.
const ALL_S: u64 = 40;
/// Largest picture that is taken from a page, in bytes; it is written anew, smaller.
const PICTURE_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Longest side of a card's picture in pixels; apps show it some 600 wide (2026-11).
const SIDE_MAX: u32 = 1_200;
/// How long a page that was read holds, in seconds, and how many are remembered.
const GOOD_FOR_S: i64 = 600;
const REMEMBERED_MAX: usize = 32;

/// Cards that were read lately, by where they lead.
#[derive(Debug, Default)]
pub(crate) struct CardsSeen(Mutex<HashMap<String, (Timestamp, Arc<Drawn>)>>);

/// What a page gives for its card.
#[derive(Debug)]
struct Drawn {
    title: String,
    description: String,
    picture: Option<ReadPicture>,
}

/// What a row says of its card.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Wanted<'r> {
    /// What the page says.
    Page,
    Nothing,
    Own(&'r str, &'r str),
}

fn wanted(row: &PlanRow) -> Wanted<'_> {
    match row.card.as_slice() {
        [] => Wanted::Page,
        [word] if word.eq_ignore_ascii_case(CARD_NONE) => Wanted::Nothing,
        [title, rest @ ..] => Wanted::Own(title, rest.first().map_or("", String::as_str)),
    }
}

/// What is wrong with a row's own card, before anything is read.
pub(super) fn problems(row: &PlanRow, text: &str) -> Vec<PlanProblem> {
    let mut problems = Vec::new();
    let mut wrong = |detail: String, way_out: &str| {
        problems.push(PlanProblem::refuse(row.source.line, "card", Reason::BadOption { detail }, way_out));
    };
    let Wanted::Own(title, description) = wanted(row) else { return problems };
    if row.card.len() > 2 {
        wrong(format!("{} entries are more than a title and a description", row.card.len()), "write: Title | Description");
    }
    for (what, words, most) in [("title", title, TITLE_CHARS_MAX), ("description", description, DESCRIPTION_CHARS_MAX)] {
        if let Some(over) = words.chars().count().checked_sub(most).filter(|over| *over > 0) {
            wrong(format!("the {what} of the card is longer than {most} characters by {over}"), "shorten it");
        }
    }
    if links(text).is_empty() && !text.contains("://") {
        wrong("a card is written, and there is no link".into(), "put the link into the words, or take the card out");
    }
    problems
}

impl CardsSeen {
    fn fresh(&self, url: &str, now: Timestamp) -> Option<Arc<Drawn>> {
        let seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (at, drawn) = seen.get(url)?;
        let age = now.duration_since(*at);
        (!age.is_negative() && age < SignedDuration::from_secs(GOOD_FOR_S)).then(|| drawn.clone())
    }

    fn note(&self, url: &str, drawn: &Arc<Drawn>, now: Timestamp) {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.len() >= REMEMBERED_MAX {
            seen.clear();
        }
        seen.insert(url.to_owned(), (now, drawn.clone()));
    }
}

/// A part of an item whose link shows a card: the item's and the part's number, and the link.
type Place = (usize, usize, CardLink);

impl Kith {
    /// Puts the cards into the contents and their pictures to the others; says if there were more than are read.
    pub(super) async fn add_cards(
        &self,
        items: &mut [Item],
        rows: &[PlanRow],
        channels: &[ChannelRow],
        pictures: &mut Vec<ReadPicture>,
    ) -> Result<Option<PlanProblem>, Problem> {
        let mut places: Vec<Place> = Vec::new();
        for (index, (item, content, _)) in items.iter().enumerate() {
            let Some(channel) = channels.iter().find(|channel| channel.name == item.channel) else { continue };
            let network = self.network(&channel.network)?;
            places.extend(linked(&*network, content).into_iter().map(|(part, link)| (index, part, link)));
        }
        let row_of = |index: usize, items: &[Item]| items.get(index).and_then(|(item, _, _)| rows.get(item.row));
        let mut asked: BTreeMap<String, u64> = BTreeMap::new();
        for (index, _, link) in &places {
            if row_of(*index, items).is_some_and(|row| wanted(row) != Wanted::Nothing) {
                let most = asked.entry(link.url.clone()).or_insert(link.picture_bytes_max);
                *most = link.picture_bytes_max.min(*most);
            }
        }
        let (drawn, left_out) = self.read_pages(&asked).await;
        // A page may be remembered from another plan; its picture is this plan's own.
        let now = self.now();
        let mine: BTreeMap<&String, ReadPicture> = drawn
            .iter()
            .filter_map(|(url, page)| Some((url, page.as_ref()?.picture.clone()?)))
            .map(|(url, picture)| (url, picture.with_id(self.chance().id(now, MediaId::new))))
            .collect();
        let mut own_used: Vec<usize> = Vec::new();
        for (index, part, link) in places {
            let Some(row) = row_of(index, items) else { continue };
            // Words of the row's own are for its first link.
            let wish = if own_used.contains(&index) && matches!(wanted(row), Wanted::Own(..)) { Wanted::Page } else { wanted(row) };
            let page = drawn.get(&link.url);
            let picture = || mine.get(&link.url).map(|picture| picture.item.clone());
            let card = match (&wish, page) {
                (Wanted::Nothing, _) | (Wanted::Page, Some(None)) => None,
                // Not looked at: it shows what the page says when it goes out, as the preview tells.
                (Wanted::Page, None) => continue,
                (Wanted::Page, Some(Some(page))) => Some(LinkCard {
                    url: link.url.clone(),
                    title: page.title.clone(),
                    description: page.description.clone(),
                    picture: picture(),
                }),
                (Wanted::Own(title, description), _) => {
                    own_used.push(index);
                    let (title, description) = ((*title).to_owned(), (*description).to_owned());
                    Some(LinkCard { url: link.url.clone(), title, description, picture: picture() })
                }
            };
            if let Some(picture) = mine.get(&link.url).filter(|_| card.is_some())
                && !pictures.iter().any(|known| known.item.id == picture.item.id)
            {
                pictures.push(picture.clone());
            }
            let Some((_, content, shown)) = items.get_mut(index) else { continue };
            if wish == Wanted::Page && card.is_none() {
                shown.warnings.push(format!("no card below {}: the page could not be read, or says nothing of itself", link.url));
            }
            shown.cards.extend(card.clone());
            put(content, part, card);
        }
        Ok((left_out > 0).then(|| {
            let words = format!("{left_out} pages were not read for their cards; those posts show what their page says when they go out");
            let reason = Reason::Safety { rule: "cards_not_read".into(), words, span: None };
            PlanProblem::warn(None, None, reason, "divide the plan, or write the cards yourself in the column card")
        }))
    }

    /// What the pages at these addresses give; `None` inside for a page that gives nothing. Also how many were not read.
    async fn read_pages(&self, asked: &BTreeMap<String, u64>) -> (BTreeMap<String, Option<Arc<Drawn>>>, usize) {
        let now = self.now();
        let mut drawn: BTreeMap<String, Option<Arc<Drawn>>> = BTreeMap::new();
        for url in asked.keys() {
            drawn.extend(self.0.cards.fresh(url, now).map(|known| (url.clone(), Some(known))));
        }
        let open: Vec<(String, u64)> =
            asked.iter().filter(|(url, _)| !drawn.contains_key(*url)).map(|(url, most)| (url.clone(), *most)).collect();
        let questions = open.into_iter().take(PAGES_MAX).map(|(url, most)| {
            let kith = self.clone();
            async move {
                let card = kith.draw(&url, most, now).await;
                (url, card)
            }
        });
        let mut answers = futures_util::stream::iter(questions).buffer_unordered(AT_ONCE);
        let all = tokio::time::sleep(Duration::from_secs(ALL_S));
        tokio::pin!(all);
        loop {
            tokio::select! {
                () = &mut all => break,
                answer = answers.next() => {
                    let Some((url, card)) = answer else { break };
                    if let Some(card) = &card {
                        self.0.cards.note(&url, card, now);
                    }
                    drawn.insert(url, card);
                }
            }
        }
        let left_out = asked.len() - drawn.len();
        (drawn, left_out)
    }

    async fn draw(&self, url: &str, picture_bytes_max: u64, now: Timestamp) -> Option<Arc<Drawn>> {
        let page = page_card::read(&self.0.http, url, PICTURE_BYTES_MAX).await?;
        let id = self.chance().id(now, MediaId::new);
        let picture = match page.picture {
            // Decoding takes a while: not on the threads that must answer soon.
            Some(bytes) => {
                tokio::task::spawn_blocking(move || media::of_bytes(&bytes, id, picture_bytes_max, SIDE_MAX)).await.ok().flatten()
            }
            None => None,
        };
        Some(Arc::new(Drawn { title: page.title, description: page.description, picture }))
    }
}

/// The parts of a content whose link shows a card, counted from 0.
fn linked(network: &dyn Network, content: &Content) -> Vec<(usize, CardLink)> {
    let pieces = thread::pieces(content);
    pieces.iter().enumerate().filter_map(|(part, piece)| Some((part, network.card_link(piece)?))).collect()
}

/// Sets what stands below a part.
fn put(content: &mut Content, part: usize, card: Option<LinkCard>) {
    let extras = &mut content.extras;
    match part.checked_sub(1) {
        None => (extras.no_card, extras.card) = (card.is_none(), card),
        Some(later) => {
            if let Some(part) = extras.parts.get_mut(later) {
                (part.no_card, part.card) = (card.is_none(), card);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_writes_its_card_or_wants_none_and_a_card_without_a_link_is_refused() {
        let row = |card: &[&str]| PlanRow { card: card.iter().map(ToString::to_string).collect(), ..PlanRow::default() };
        assert_eq!(wanted(&row(&[])), Wanted::Page);
        assert_eq!(wanted(&row(&["None"])), Wanted::Nothing);
        assert_eq!(wanted(&row(&["Kilns", "All of them"])), Wanted::Own("Kilns", "All of them"));
        let count = |card: &[&str], text: &str| problems(&row(card), text).len();
        assert_eq!(count(&["Kilns"], "See https://kiln.com/x"), 0);
        assert_eq!(count(&["none"], "no link"), 0);
        assert_eq!(count(&["Kilns"], "no link"), 1);
        assert_eq!(count(&["Kilns", &"x".repeat(1_001), "three"], "See kiln.com"), 2);
    }
}
