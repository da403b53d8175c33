//! The owner's hours as a page shows them: presence, markets, absences, what stands still, what waits on return.

use kith_domain::schedule::WaitingKind;
use kith_store::ChannelState;

use super::super::program::{Meaning, SourceKind, paused_in_words};
use super::write::{capital, categories};
use super::{may, reader};
use crate::kith::Kith;
use crate::mandate::sign_in::Visitor;
use crate::problem::{Problem, from_store};
use crate::views::{HomeView, RuleLine};

/// Things that wait on return that are shown.
const WAITS_MAX: usize = 40;

impl Kith {
    /// Everything on the page of hours and absences.
    pub async fn home_page(&self, visitor: &Visitor) -> Result<HomeView, Problem> {
        let (calendar, rules) = (self.calendar(&visitor.zone), self.plan_rules(visitor.workspace).await?);
        let short = |at| {
            let moment = calendar.moment(at);
            format!("{} {}", moment.day_short, moment.time)
        };
        let now = self.now();
        let presence = rules.presence.clone();
        let promises = presence.iter().flat_map(|presence| &presence.promises).filter(|promise| promise.until > now);
        let promises =
            promises.map(|one| format!("{} from {} until {}", if one.here { "Here" } else { "Away" }, short(one.from), short(one.until)));
        let markets = rules.markets.iter().map(|market| RuleLine {
            key: [market.name.clone(), String::new()],
            name: market.name.clone(),
            detail: format!("{}, {}", market.zone, market.hours),
        });
        let mut absences = Vec::new();
        for line in self.sources_of(visitor.workspace, SourceKind::Absence).await? {
            let Meaning::Away { absence } = &line.meaning else { continue };
            let goes_on: Vec<&str> = absence.goes_on.iter().map(String::as_str).collect();
            let goes_on = if goes_on.is_empty() { "everything stands still".into() } else { format!("{} goes on", goes_on.join(", ")) };
            let sorter = absence.sorter.as_deref().map(|name| format!(", {name} sorts messages")).unwrap_or_default();
            let span = format!("{} to {}", absence.from.strftime("%a %-d %b %H:%M"), absence.to.strftime("%a %-d %b %H:%M"));
            absences.push(RuleLine {
                key: [line.name.clone(), String::new()],
                name: line.name.clone(),
                detail: format!("{span}, {goes_on}{sorter}"),
            });
        }
        let pauses = rules.pauses.iter().map(|pause| {
            let (category, channel) = scope(&pause.scope);
            let until = pause.until.map_or_else(|| "until you let it go on".into(), |until| format!("until {}", short(until)));
            let why = if pause.why.is_empty() { String::new() } else { format!(": {}", pause.why) };
            RuleLine { key: [category, channel], name: capital(&paused_in_words(&pause.scope)), detail: format!("{until}{why}") }
        });
        let waits = self.waits_on_return(visitor.workspace).await?.into_iter().take(WAITS_MAX).map(|one| {
            let (what, at) = match one.kind {
                WaitingKind::Person => ("Somebody wrote", format!("/inbox/{}", one.key)),
                WaitingKind::FollowUp => ("A promise", "/".to_owned()),
                WaitingKind::HeldPost => ("A post needs you", format!("/plan/{}", one.key)),
                WaitingKind::Approval => ("A draft", "/plan/feeds".to_owned()),
            };
            (what.to_owned(), one.shown, calendar.moment(one.since), at)
        });
        let channels = self.store().in_workspace(visitor.workspace).channels().await.map_err(from_store)?;
        let channels = channels.iter().filter(|row| row.state != ChannelState::Removed);
        Ok(HomeView {
            now: capital(&self.presence_now(&reader(visitor)).await?.to_string()),
            hours: presence.as_ref().and_then(|presence| presence.hours.as_ref()).map(ToString::to_string).unwrap_or_default(),
            promises: promises.collect(),
            markets: markets.collect(),
            absences,
            pauses: pauses.collect(),
            waits: waits.collect(),
            channels: channels.map(|row| self.channel_view(row)).collect(),
            categories: categories(&rules),
            place: calendar.place(),
            may: may(visitor),
        })
    }
}

/// Category and channel of what stands still, empty for all.
fn scope(scope: &kith_domain::schedule::PauseScope) -> (String, String) {
    use kith_domain::schedule::PauseScope;
    match scope {
        PauseScope::Everything | PauseScope::AllBut { .. } => (String::new(), String::new()),
        PauseScope::Channel { channel } => (String::new(), channel.clone()),
        PauseScope::Category { category } => (category.clone(), String::new()),
        PauseScope::CategoryOn { category, channel } => (category.clone(), channel.clone()),
    }
}
