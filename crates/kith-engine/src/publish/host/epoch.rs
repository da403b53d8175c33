//! Counting epochs: the beats in the database, the witnesses outside it, and what follows when they disagree.
//!
//! The domain judges (`kith_domain::publish::epoch`); this file gathers what it judges by. A beat is stored in the
//! database first and in the witnesses after it, so that a crash in between leaves a witness that knows less, never one
//! that knows more. What a restored backup can't know is doubted, row by row, before anything is claimed.

use std::collections::HashMap;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use kith_domain::mandate::{Actor, Deed};
use kith_domain::publish::epoch::{Evidence, History, Place, Verdict, Witness, doubt, judge, sent_at_the_earliest};
use kith_domain::publish::{Class, State};
use kith_store::{DispatchFilter, DispatchView, NewEvent, SaveError};
use serde::{Deserialize, Serialize};

use crate::kith::{Kith, Operator};
use crate::mandate::sign_in::Visitor;
use crate::notices::NoticeKind;
use crate::problem::{Problem, from_store, internal};

/// The store's notes: the beats, and a person's word that this copy goes on.
const META_EPOCH: &str = "epoch";
const META_WORD: &str = "epoch.word";
/// The witness in the data folder; the one apart has the key's name with this ending.
const BESIDE: &str = "kith.epoch";
const APART: &str = "epoch";
/// Pause between beats while nothing is claimed, and between beats after claims, in the world's seconds. What is sent
/// within the second, between the beat before it and a kill after it, is not witnessed.
const QUIET_S: u64 = 60;
const BUSY_S: u64 = 1;
/// Tries to count a beat that another process counts too.
const TRIES_MAX: u32 = 10;
/// Dispatches that are doubted at a time.
const PAGE: u32 = 500;
/// Longest witness that is read, in bytes.
const WITNESS_BYTES_MAX: u64 = 64 * 1_024;
/// States in which something may have happened that this database does not know; first the one that the others become,
/// so that none is doubted twice.
const OPEN: [&str; 7] = ["uncertain", "sending", "planned", "claimed", "missed", "held", "needs_person"];

/// A person's word, valid for what they saw: this many beats, at this place.
#[derive(Debug, Serialize, Deserialize)]
struct Word {
    beat: u64,
    place: Place,
}

/// Whether this one may go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Stands {
    Alone,
    /// It may be a copy; in words for people.
    Copied(String),
}

/// What this process knows of its own beats.
#[derive(Debug)]
pub(super) struct Epoch {
    run: String,
    /// The last beat of this process; `None` until it was found to be the one that ran last.
    seen: Option<u64>,
    beaten: Instant,
}

impl Epoch {
    pub(super) fn new(kith: &Kith) -> Self {
        let name: [u8; 4] = kith.chance().bytes();
        Self { run: kith_domain::hex::lower(&name), seen: None, beaten: Instant::now() }
    }

    /// Judges at first and whenever the database turns out to be another one; counts a beat when it is time.
    pub(super) async fn look(&mut self, kith: &Kith, has_claimed: bool) -> Result<Stands, Problem> {
        if self.seen.is_some() {
            let pause = Duration::from_secs(if has_claimed { BUSY_S } else { QUIET_S });
            // The keeper's own second is a little shorter than this one would be.
            if self.beaten.elapsed() + Duration::from_millis(200) < pause || self.beat(kith).await? {
                return Ok(Stands::Alone);
            }
            tracing::error!("the database was exchanged under this process; what is due is doubted");
            self.seen = None;
        }
        let evidence = kith.evidence().await?;
        match judge(&evidence) {
            Verdict::GoesOn => {}
            Verdict::Restored { since } => {
                let doubted = kith.doubt_everything(since, "this data was restored from a backup, and it may have gone out since").await?;
                let words = format!("This data is a backup {}. {}", made(since), what_becomes(doubted));
                kith.raise(NoticeKind::RestoredCopy, words).await;
            }
            Verdict::Copy { since, why } => {
                if !kith.has_word(&evidence).await? {
                    return Ok(Stands::Copied(format!("Nothing goes out, because {why}: another copy of it may be running.")));
                }
                let doubted = kith.doubt_everything(since, "another copy of this data may have sent it").await?;
                let words = format!("This copy goes on; the other one must stay off. {}", what_becomes(doubted));
                kith.raise(NoticeKind::RestoredCopy, words).await;
            }
        }
        self.beat(kith).await?;
        kith.store().drop_meta(META_WORD).await.map_err(from_store)?;
        Ok(Stands::Alone)
    }

    /// Counts a last beat, if this is the one that runs.
    pub(super) async fn end(&mut self, kith: &Kith) -> Result<(), Problem> {
        if self.seen.is_some() { self.beat(kith).await.map(drop) } else { Ok(()) }
    }

    /// Counts a beat in the database, then in the witnesses. `false` if the database does not know this process's last.
    async fn beat(&mut self, kith: &Kith) -> Result<bool, Problem> {
        let here = kith.place().await?;
        for _ in 0..TRIES_MAX {
            let text = kith.store().meta(META_EPOCH).await.map_err(from_store)?;
            let before: Option<History> = text.as_deref().map(read).transpose()?;
            if let Some(seen) = self.seen {
                let known = before.as_ref().is_some_and(|before| before.beat >= seen && before.runs.contains(&self.run));
                if !known {
                    return Ok(false);
                }
            }
            let next = History::next(before.as_ref(), &self.run, &here, kith.now());
            if kith.store().swap_meta(META_EPOCH, text.as_deref(), &write(&next)?).await.map_err(from_store)? {
                (self.seen, self.beaten) = (Some(next.beat), Instant::now());
                kith.witness(&self.run, &next).await?;
                return Ok(true);
            }
        }
        Err(Problem::NotNow("other processes count too fast; this one tries again in a moment".into()))
    }
}

impl Kith {
    /// The folder with the database, the pictures and the settings.
    pub(crate) fn data_folder(&self) -> PathBuf {
        let media = &self.0.media_folder;
        media.parent().unwrap_or(media).to_owned()
    }

    /// For the doctor: whether this data is the one that ran last; `None` if so, else what is wrong and the way out.
    pub(crate) async fn copy_or_backup(&self) -> Result<Option<(String, String)>, Problem> {
        let evidence = self.evidence().await?;
        Ok(match judge(&evidence) {
            Verdict::GoesOn => None,
            Verdict::Restored { since } => Some((
                format!("this data is a backup {}", made(since)),
                "start Kith: what was due since is looked for on its network before anything is sent".into(),
            )),
            Verdict::Copy { .. } if self.has_word(&evidence).await? => {
                Some(("this copy goes on, by your word".into(), "start Kith, if it does not run".into()))
            }
            Verdict::Copy { why, .. } => Some((
                format!("nothing goes out, because {why}: another copy of it may be running"),
                "if this copy is to go on and the other one is off, say so: kith doctor --this-copy-goes-on".into(),
            )),
        })
    }

    /// A person's word that this copy goes on and the other one is off. What was due meanwhile is looked for first; a
    /// running server heeds it within seconds, the others at their start. `Conflict` where nothing is in doubt.
    pub async fn this_copy_goes_on(&self, operator: &Operator) -> Result<(), Problem> {
        self.go_on_as(&operator.actor).await
    }

    /// The same from the page, for an owner.
    pub async fn this_copy_goes_on_here(&self, visitor: &Visitor) -> Result<(), Problem> {
        visitor.role().may(Deed::Administer).map_err(|refusal| Problem::Refused(refusal.to_string()))?;
        self.go_on_as(&visitor.actor()).await
    }

    async fn go_on_as(&self, by: &Actor) -> Result<(), Problem> {
        let evidence = self.evidence().await?;
        if !matches!(judge(&evidence), Verdict::Copy { .. }) {
            return Err(Problem::Conflict("nothing speaks of another copy; there is nothing to decide".into()));
        }
        let word = Word { beat: evidence.history.map_or(0, |history| history.beat), place: evidence.here };
        self.store().set_meta(META_WORD, &write(&word)?).await.map_err(from_store)?;
        tracing::warn!(by = %by, "this copy goes on; the other one is off");
        Ok(())
    }

    async fn has_word(&self, evidence: &Evidence) -> Result<bool, Problem> {
        let word = self.store().meta(META_WORD).await.map_err(from_store)?;
        let word: Option<Word> = word.as_deref().map(read).transpose()?;
        let beat = evidence.history.as_ref().map_or(0, |history| history.beat);
        Ok(word.is_some_and(|word| word.beat == beat && word.place.may_be(&evidence.here)))
    }

    /// The witnesses are read before the database: what a running server counts meanwhile must not look like a backup.
    async fn evidence(&self) -> Result<Evidence, Problem> {
        let (beside, apart) = (self.witness_beside(), self.witness_apart());
        let (beside, apart) = blocking(move || (read_witness(&beside), read_witness(&apart))).await?;
        let history = self.store().meta(META_EPOCH).await.map_err(from_store)?;
        Ok(Evidence {
            instance: self.instance().to_owned(),
            history: history.as_deref().map(read).transpose()?,
            beside,
            apart,
            here: self.place().await?,
            shared: self.0.shared,
        })
    }

    fn witness_beside(&self) -> PathBuf {
        self.data_folder().join(BESIDE)
    }

    fn witness_apart(&self) -> PathBuf {
        self.0.keys.path().with_extension(APART)
    }

    async fn place(&self) -> Result<Place, Problem> {
        if self.0.shared {
            return Ok(Place { database: self.store().place().await.map_err(from_store)?, ..Place::default() });
        }
        let folder = self.data_folder();
        blocking(move || place_of(&folder)).await
    }

    async fn witness(&self, run: &str, history: &History) -> Result<(), Problem> {
        let (beat, at, place) = (history.beat, history.at, history.place.clone());
        let witness = write(&Witness { instance: self.instance().to_owned(), run: run.to_owned(), beat, at, place })?;
        let paths = [self.witness_beside(), self.witness_apart()];
        blocking(move || {
            for path in paths {
                // A witness that can't be written knows less, which is safe; the key's folder may be read-only.
                if let Err(error) = replace(&path, &witness) {
                    tracing::debug!(%error, path = %path.display(), "the epoch could not be written there");
                }
            }
        })
        .await
    }

    /// Doubts everything that the lost part of the history may have sent. Returns how many are looked for, and how many
    /// a person is asked about.
    async fn doubt_everything(&self, since: Option<Timestamp>, why: &str) -> Result<(u64, u64), Problem> {
        let (now, mut looked_for, mut asked) = (self.now(), 0, 0);
        for space in self.store().workspaces().await.map_err(from_store)? {
            let store = self.store().in_workspace(space.id);
            let classes: HashMap<_, _> = store
                .channels()
                .await
                .map_err(from_store)?
                .iter()
                .map(|row| (row.id, crate::plan::capabilities(row).map_or(Class::Blind, |capabilities| capabilities.class)))
                .collect();
            for state in OPEN {
                let mut filter = DispatchFilter { states: vec![state], limit: PAGE, ..DispatchFilter::default() };
                // Only what was due can have been sent; what was sent was due.
                filter.to = Some(now + jiff::SignedDuration::from_millis(1));
                loop {
                    let views = store.dispatches(&filter).await.map_err(from_store)?;
                    filter.after = views.last().map(DispatchView::cursor);
                    for view in &views {
                        let d = &view.dispatch;
                        let class = classes.get(&d.channel).copied().unwrap_or(Class::Blind);
                        let Some(decision) = doubt(d, class, why, now) else { continue };
                        let event = NewEvent {
                            kind: "dispatch.doubted".into(),
                            subject: d.id.to_string(),
                            actor: Actor::Worker,
                            detail: serde_json::json!({ "before": d.state.name() }),
                        };
                        match store.doubt(d, &decision.state, sent_at_the_earliest(d, since), &event, now).await {
                            Ok(()) if matches!(decision.state, State::NeedsPerson { .. }) => asked += 1,
                            Ok(()) => looked_for += 1,
                            Err(SaveError::Fenced) => tracing::info!(dispatch = %d.id, "somebody else has it"),
                            Err(SaveError::Store(error)) => return Err(from_store(error)),
                        }
                    }
                    if views.len() < PAGE as usize {
                        break;
                    }
                }
            }
        }
        tracing::warn!(looked_for, asked, "what may have been sent by a lost part of the history is in doubt");
        Ok((looked_for, asked))
    }
}

/// Where a folder is. A part that can't be read is left out, and then not compared.
fn place_of(folder: &Path) -> Place {
    let machine = fs::read_to_string("/etc/machine-id").ok().map(|id| id.trim().to_owned()).filter(|id| !id.is_empty());
    let meta = fs::metadata(folder).ok();
    let born = meta.as_ref().and_then(|meta| meta.created().ok()).and_then(|at| Timestamp::try_from(at).ok());
    Place { machine, folder: meta.map(|meta| meta.ino().to_string()), born: born.map(|at| at.as_nanosecond().to_string()), database: None }
}

fn read_witness(path: &Path) -> Option<Witness> {
    let meta = fs::metadata(path).ok().filter(|meta| meta.len() <= WITNESS_BYTES_MAX)?;
    let text = fs::read_to_string(path).ok().filter(|_| meta.is_file())?;
    match serde_json::from_str(&text) {
        Ok(witness) => Some(witness),
        Err(error) => {
            tracing::warn!(%error, path = %path.display(), "this epoch file can't be read and counts as none");
            None
        }
    }
}

/// Whole or not at all, also when the power fails: a broken witness would count as none.
fn replace(path: &Path, text: &str) -> std::io::Result<()> {
    let part = path.with_extension("part");
    let mut file = fs::File::create(&part)?;
    file.write_all(text.as_bytes())?;
    file.sync_data()?;
    fs::rename(&part, path)
}

fn read<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, Problem> {
    serde_json::from_str(text).map_err(|error| internal(&format!("the epoch's note can't be read: {error}")))
}

fn write(value: &impl Serialize) -> Result<String, Problem> {
    serde_json::to_string(value).map_err(|error| internal(&error.to_string()))
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Problem> {
    tokio::task::spawn_blocking(work).await.map_err(|error| internal(&error.to_string()))
}

fn made(since: Option<Timestamp>) -> String {
    since.map_or_else(|| "from an earlier time".into(), |since| format!("of {}", since.strftime("%-d %B %Y, %H:%M UTC")))
}

fn what_becomes((looked_for, asked): (u64, u64)) -> String {
    let posts = |n: u64| if n == 1 { "1 post".to_owned() } else { format!("{n} posts") };
    match (looked_for, asked) {
        (0, 0) => "Nothing was due since.".into(),
        (looked, 0) => format!("Before anything is sent, Kith looks on the network for {} that may have gone out since.", posts(looked)),
        (0, asked) => format!("Please say of {} whether it went out since, because Kith can't look there.", posts(asked)),
        (looked, asked) => format!(
            "Before anything is sent, Kith looks on the network for {} that may have gone out since; please say of {} where it can't look.",
            posts(looked),
            posts(asked)
        ),
    }
}
