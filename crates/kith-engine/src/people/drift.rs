//! Who is drifting, for Today, with their latest words (R2).

use jiff::SignedDuration;
use kith_domain::ids::{ContactId, ConversationId};
use kith_domain::people::{Drift, LATER_DRIFT_DAYS, drifting};
use kith_store::ContactLine;
use serde::Serialize;
use serde_json::json;

use super::{event, may_sort};
use crate::kith::Kith;
use crate::mandate::sign_in::Visitor;
use crate::problem::{Problem, from_store};
use crate::views::Face;
use crate::words::{self, Calendar};

/// People looked at in one read: Today shows three.
const LOOKED_AT_ONCE: u32 = 20;

/// Somebody who kept writing, or was kind, and heard nothing back.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DriftCard {
    /// The person.
    pub contact: ContactId,
    /// As shown.
    pub face: Face,
    /// Why, in one sentence: `Wrote 4 times. You last answered on 12 August.`
    pub why: String,
    /// Their latest words, if there are any.
    pub words: Option<String>,
    /// Where those stand, to answer them.
    pub conversation: Option<ConversationId>,
    /// What the button says: `Answer this` or `Thank them`.
    pub button: &'static str,
}

impl Kith {
    /// Who is drifting, the longest silence first, at most `limit`; Today shows three.
    pub async fn drifting(&self, visitor: &Visitor, limit: usize) -> Result<Vec<DriftCard>, Problem> {
        let (store, calendar) = (self.store().in_workspace(visitor.workspace), self.calendar(&visitor.zone));
        let mut cards = Vec::new();
        let mut looked = 0;
        loop {
            let lines = store.may_drift(LOOKED_AT_ONCE, looked, self.now()).await.map_err(from_store)?;
            cards.extend(lines.iter().filter_map(|line| card(line, &calendar)));
            looked += LOOKED_AT_ONCE;
            if lines.len() < LOOKED_AT_ONCE as usize || cards.len() >= limit {
                cards.truncate(limit);
                return Ok(cards);
            }
        }
    }

    /// "Later": not shown for a fortnight. Returns the way back with [`Kith::drift_undo`].
    pub async fn drift_later(&self, visitor: &Visitor, contact: ContactId) -> Result<(), Problem> {
        may_sort(visitor)?;
        let now = self.now();
        let until = now.checked_add(SignedDuration::from_hours(24 * LATER_DRIFT_DAYS)).unwrap_or(now);
        let told = event(visitor, "contact.drift_later", &contact.to_string(), json!({ "until": until }));
        self.store().in_workspace(visitor.workspace).set_drift_later(contact, Some(until), &told, now).await.map_err(from_store)?;
        self.tell(visitor.workspace, "people", Some(contact.to_string())).await;
        Ok(())
    }

    /// "Let go": not shown again until they write anew.
    pub async fn drift_let_go(&self, visitor: &Visitor, contact: ContactId) -> Result<(), Problem> {
        may_sort(visitor)?;
        let now = self.now();
        let told = event(visitor, "contact.let_go", &contact.to_string(), json!({}));
        self.store().in_workspace(visitor.workspace).set_let_go(contact, Some(now), &told, now).await.map_err(from_store)?;
        self.tell(visitor.workspace, "people", Some(contact.to_string())).await;
        Ok(())
    }

    /// Takes "later" and "let go" back.
    pub async fn drift_undo(&self, visitor: &Visitor, contact: ContactId) -> Result<(), Problem> {
        may_sort(visitor)?;
        let (store, now) = (self.store().in_workspace(visitor.workspace), self.now());
        let told = event(visitor, "contact.drift_undone", &contact.to_string(), json!({}));
        store.set_drift_later(contact, None, &told, now).await.map_err(from_store)?;
        store.set_let_go(contact, None, &told, now).await.map_err(from_store)?;
        self.tell(visitor.workspace, "people", Some(contact.to_string())).await;
        Ok(())
    }
}

fn card(line: &ContactLine, calendar: &Calendar) -> Option<DriftCard> {
    let (why, button) = said(drifting(&line.drift, calendar.now())?, calendar);
    let contact = &line.contact;
    Some(DriftCard {
        contact: contact.id,
        face: words::face(&contact.name, &line.handle.profile.address, Some(line.handle.id)),
        why,
        words: line.last_words.as_deref().map(|text| words::cut(words::without_mentions(text))),
        conversation: line.conversation,
        button,
    })
}

fn said(drift: Drift, calendar: &Calendar) -> (String, &'static str) {
    let day = |at| calendar.moment(at).day.split_once(' ').map(|(_, date)| date.to_owned()).unwrap_or_default();
    match drift {
        Drift::Silent { theirs, last_ours: Some(at) } => {
            (format!("Wrote {theirs} times. You last answered on {}.", day(at)), "Answer this")
        }
        Drift::Silent { theirs, last_ours: None } => (format!("Wrote {theirs} times. You have not answered yet."), "Answer this"),
        Drift::Unthanked { at } => (format!("Passed your words on, on {}. No thanks on record.", day(at)), "Thank them"),
    }
}

pub(super) fn why_drifting(line: &ContactLine, calendar: &Calendar) -> Option<String> {
    drifting(&line.drift, calendar.now()).map(|drift| said(drift, calendar).0)
}
