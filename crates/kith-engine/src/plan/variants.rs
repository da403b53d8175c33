//! The pictures of a plan as each of its networks takes them: as good as each allows, and one file where one will do.

use std::path::Path;

use kith_domain::ids::MediaId;
use kith_domain::plan::{ALT_DECORATIVE, PlanRow, Problem as PlanProblem};
use kith_domain::publish::MediaItem;
use kith_store::ChannelRow;

use super::media::{self, ReadPicture, Target};

/// The media of one row, for each of the targets of its channels.
#[derive(Debug, Clone, Default)]
pub(super) struct RowMedia(Vec<(Target, Vec<MediaItem>)>);

impl RowMedia {
    /// What goes out on this channel.
    pub(super) fn on(&self, channel: &ChannelRow) -> Vec<MediaItem> {
        let target = of_channel(channel);
        self.0.iter().find(|(known, _)| *known == target).map(|(_, items)| items.clone()).unwrap_or_default()
    }
}

fn of_channel(channel: &ChannelRow) -> Target {
    media::target(std::slice::from_ref(&channel.name), std::slice::from_ref(channel))
}

/// What these channels take, each once, the one that takes most first; never empty.
pub(super) fn targets(names: &[String], channels: &[ChannelRow]) -> Vec<Target> {
    let mut targets: Vec<Target> = Vec::new();
    for channel in channels.iter().filter(|channel| names.contains(&channel.name)) {
        let target = of_channel(channel);
        if !targets.contains(&target) {
            targets.push(target);
        }
    }
    if targets.is_empty() {
        targets.push(Target::KEPT);
    }
    targets.sort_by_key(|target| std::cmp::Reverse((target.bytes_max, target.side_max)));
    targets
}

/// Reads a row's files for all targets. `kept` gives what was stored before, by the name that the row has for it.
pub(super) fn read_row(
    row: &PlanRow,
    targets: &[Target],
    folder: Option<&Path>,
    kept: impl Fn(&str) -> Option<MediaItem>,
    new_id: impl Fn() -> MediaId,
    problems: &mut Vec<PlanProblem>,
) -> (RowMedia, Vec<ReadPicture>) {
    let mut read: Vec<ReadPicture> = Vec::new();
    let mut by_target: Vec<(Target, Vec<MediaItem>)> = targets.iter().map(|target| (*target, Vec::new())).collect();
    for (index, name) in row.media.iter().enumerate() {
        let alt = row.alt.get(index).map(String::as_str).unwrap_or_default();
        let alt = if alt == ALT_DECORATIVE { "" } else { alt };
        // Of this file, for the targets so far.
        let first = read.len();
        for (target, items) in &mut by_target {
            // What was kept when it came in is not written anew.
            if let Some(item) = kept(name) {
                items.push(MediaItem { alt: alt.to_owned(), ..item });
                continue;
            }
            let fits = read.get(first..).unwrap_or_default().iter().find(|picture| picture.fits(target));
            if let Some(picture) = fits {
                items.push(picture.item.clone());
                continue;
            }
            match media::read(folder, name, alt, row.source.line, new_id(), *target) {
                Ok(picture) => {
                    items.push(picture.item.clone());
                    read.push(picture);
                }
                Err(problem) if problems.contains(&problem) => {}
                Err(problem) => problems.push(problem),
            }
        }
    }
    (RowMedia(by_target), read)
}
