//! What stands still until somebody says so (B3), and what the owner's categories are for (B11).

use kith_domain::ids::WorkspaceId;
use kith_domain::plan::PostKind;
use kith_domain::schedule::{CivilTime, Pause, PauseScope};

use super::ProgramEdit;
use super::home::{midnight, moment_or};
use super::markets::category;
use super::verbs::{invalid, zone_of};
use crate::kith::{Kith, Operator};
use crate::problem::Problem;

/// The most pauses at once.
const PAUSES_MAX: usize = 200;
/// Longest reason in characters.
const WHY_CHARS_MAX: usize = 200;

/// Something that stands still: a category, a channel, a category on a channel, or with neither everything.
#[derive(Debug, Clone, Default)]
pub struct PauseWish {
    /// The category.
    pub category: Option<String>,
    /// The channel by name.
    pub channel: Option<String>,
    /// Until when, a date (its beginning) or a local time; until somebody says so if `None`.
    pub until: Option<String>,
    /// Why.
    pub why: Option<String>,
}

impl Kith {
    /// It stands still from now on; said again, the new end and reason hold.
    pub async fn pause_edit(&self, operator: &Operator, wish: &PauseWish) -> Result<ProgramEdit, Problem> {
        let (now, scope) = (self.now(), self.scope(operator.workspace, wish).await?);
        let until = match wish.until.as_deref() {
            None => None,
            Some(text) => {
                let civil = CivilTime { at: moment_or("until", text, midnight)?, zone: zone_of(None, operator)? };
                let until = civil.resolve().map_err(|error| invalid("until", &error.to_string()))?.due_at;
                if until <= now {
                    return Err(invalid("until", &format!("{text:?} is past; give a later time, or leave it out")));
                }
                Some(until)
            }
        };
        let why = match wish.why.as_deref().map(str::trim).filter(|why| !why.is_empty()) {
            Some(why) if why.chars().count() > WHY_CHARS_MAX => {
                return Err(invalid("why", &format!("say it in at most {WHY_CHARS_MAX} characters")));
            }
            Some(why) => why.to_owned(),
            None => format!("you paused {}", paused_in_words(&scope)),
        };
        self.rules_edit(operator.workspace, |rules| {
            rules.pauses.retain(|pause| pause.scope != scope && pause.until.is_none_or(|until| until > now));
            if rules.pauses.len() >= PAUSES_MAX {
                return Err(invalid("pause", &format!("{PAUSES_MAX} pauses hold already; let some go on")));
            }
            rules.pauses.push(Pause { scope, from: now, until, why });
            Ok(())
        })
        .await
    }

    /// It goes on.
    pub async fn resume_edit(&self, operator: &Operator, wish: &PauseWish) -> Result<ProgramEdit, Problem> {
        let (now, scope) = (self.now(), self.scope(operator.workspace, wish).await?);
        self.rules_edit(operator.workspace, |rules| {
            rules.pauses.retain(|pause| pause.until.is_none_or(|until| until > now));
            let before = rules.pauses.len();
            rules.pauses.retain(|pause| pause.scope != scope);
            if rules.pauses.len() < before {
                return Ok(());
            }
            let held = rules.pauses.iter().map(|pause| paused_in_words(&pause.scope)).collect::<Vec<_>>().join(", ");
            let known = if held.is_empty() { "nothing is".to_owned() } else { format!("what is: {held}") };
            Err(Problem::NotThere(format!("{} is not paused; {known}", paused_in_words(&scope))))
        })
        .await
    }

    /// What a category is for: promotion, help or personal.
    pub async fn kind_edit(&self, workspace: WorkspaceId, name: &str, kind: &str) -> Result<ProgramEdit, Problem> {
        let name = category(Some(name)).ok_or_else(|| invalid("category", "name the category, such as tips"))?;
        let kind =
            PostKind::of_word(kind).ok_or_else(|| invalid("kind", &format!("{kind:?} is none; choose promotion, help or personal")))?;
        self.rules_edit(workspace, |rules| {
            rules.kinds.tell(&name, kind);
            Ok(())
        })
        .await
    }

    async fn scope(&self, workspace: WorkspaceId, wish: &PauseWish) -> Result<PauseScope, Problem> {
        let channel = match wish.channel.as_deref() {
            Some(name) => Some(self.named_channel(workspace, name).await?.name),
            None => None,
        };
        Ok(match (category(wish.category.as_deref()), channel) {
            (None, None) => PauseScope::Everything,
            (None, Some(channel)) => PauseScope::Channel { channel },
            (Some(category), None) => PauseScope::Category { category },
            (Some(category), Some(channel)) => PauseScope::CategoryOn { category, channel },
        })
    }
}

/// What a pause holds, in words.
pub fn paused_in_words(scope: &PauseScope) -> String {
    match scope {
        PauseScope::Everything => "everything".to_owned(),
        PauseScope::Channel { channel } => format!("the channel {channel}"),
        PauseScope::Category { category } => format!("the category {category}"),
        PauseScope::CategoryOn { category, channel } => format!("the category {category} on {channel}"),
        PauseScope::AllBut { categories } => {
            format!("all but {}", categories.iter().map(String::as_str).collect::<Vec<_>>().join(", "))
        }
    }
}
