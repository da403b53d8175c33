//! What the owner allows each channel, changed by one function for every door, and how the channel stands (B11).

use jiff::{SignedDuration, Timestamp};
use kith_domain::ids::WorkspaceId;
use kith_domain::mandate::Deed;
use kith_domain::plan::PostKind;
use kith_domain::schedule::cadence::COUNTED_DAYS;
use kith_domain::schedule::{CadenceCaps, CountedPost, ZoneName};
use kith_store::ChannelState;

use super::verbs::invalid;
use super::{PlanRules, ProgramDiff, ProgramEdit};
use crate::kith::Kith;
use crate::mandate::sign_in::Visitor;
use crate::problem::{Problem, from_store, internal};
use crate::views::CapsLine;

/// Greatest numbers that are taken (Kith's own, 2026-11): beyond them a limit limits nothing.
const PER_DAY_MAX: u32 = 1_000;
const GAP_MINUTES_MAX: u32 = 7 * 1_440;
const PERCENT_MAX: u32 = 100;
const PER_ANSWER_MAX: u32 = 1_000;

/// Other limits for a channel: `None` stays as it is, 0 takes the limit away.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CapsWish {
    /// The most posts a day.
    pub per_day: Option<u32>,
    /// The least minutes between two posts.
    pub gap: Option<u32>,
    /// The greatest share of promotion in thirty days, in percent.
    pub promotion: Option<u32>,
    /// The most broadcasts for each answer in thirty days.
    pub broadcasts_per_answer: Option<u32>,
}

impl CapsWish {
    /// All four as they are written in fields, by the names of the fields; an empty one takes its limit away.
    pub fn written<'t>(field: impl Fn(&str) -> &'t str) -> Result<Self, Problem> {
        let number = |name: &str| {
            let text = field(name).trim();
            if text.is_empty() {
                return Ok(Some(0));
            }
            text.parse::<u32>()
                .map(Some)
                .map_err(|_| invalid(name, &format!("{text:?} is no whole number; leave it empty for none of your own")))
        };
        Ok(Self {
            per_day: number("per_day")?,
            gap: number("gap")?,
            promotion: number("promotion")?,
            broadcasts_per_answer: number("broadcasts_per_answer")?,
        })
    }

    /// All four as they are to be; what is `None` is taken away.
    pub fn whole(per_day: Option<u32>, gap: Option<u32>, promotion: Option<u32>, broadcasts_per_answer: Option<u32>) -> Self {
        let or_none = |wish: Option<u32>| Some(wish.unwrap_or(0));
        Self {
            per_day: or_none(per_day),
            gap: or_none(gap),
            promotion: or_none(promotion),
            broadcasts_per_answer: or_none(broadcasts_per_answer),
        }
    }

    fn checked(&self) -> Result<(), Problem> {
        let bounds = [
            ("per_day", self.per_day, PER_DAY_MAX, "posts a day"),
            ("gap", self.gap, GAP_MINUTES_MAX, "minutes"),
            ("promotion", self.promotion, PERCENT_MAX, "percent"),
            ("broadcasts_per_answer", self.broadcasts_per_answer, PER_ANSWER_MAX, "for each answer"),
        ];
        let over = bounds.into_iter().find(|(_, wish, most, _)| wish.is_some_and(|wish| wish > *most));
        over.map_or(Ok(()), |(name, wish, most, unit)| {
            Err(invalid(name, &format!("{} {unit} is more than the {most} that can be set", wish.unwrap_or_default())))
        })
    }

    fn apply(&self, caps: &mut CadenceCaps) {
        let put = |cap: &mut Option<u32>, wish: Option<u32>| {
            if let Some(wish) = wish {
                *cap = Some(wish).filter(|wish| *wish > 0);
            }
        };
        put(&mut caps.per_day_max, self.per_day);
        put(&mut caps.gap_minutes_min, self.gap);
        put(&mut caps.promotion_percent_max, self.promotion);
        put(&mut caps.broadcasts_per_answer_max, self.broadcasts_per_answer);
    }
}

impl Kith {
    /// Other limits for a channel, as an edit: the one way for the page, the command line and the API.
    pub async fn caps_edit(&self, workspace: WorkspaceId, channel: &str, wish: &CapsWish) -> Result<ProgramEdit, Problem> {
        self.named_channel(workspace, channel).await?;
        wish.checked()?;
        self.rules_edit(workspace, |rules| {
            let caps = rules.caps.entry(channel.to_owned()).or_default();
            wish.apply(caps);
            if *caps == CadenceCaps::default() {
                rules.caps.remove(channel);
            }
            Ok(())
        })
        .await
    }

    /// Other limits for a channel, set on a page. They are the owner's own, so only she sets them.
    pub async fn set_caps(&self, visitor: &Visitor, channel: &str, wish: &CapsWish) -> Result<ProgramDiff, Problem> {
        visitor.role().may(Deed::Administer).map_err(|refusal| Problem::Refused(refusal.to_string()))?;
        let edit = self.caps_edit(visitor.workspace, channel, wish).await?;
        self.make_change(visitor, &edit).await
    }

    /// Every channel's limits and how it stands, by name.
    pub async fn caps_lines(&self, workspace: WorkspaceId) -> Result<Vec<CapsLine>, Problem> {
        let (rules, now) = (self.plan_rules(workspace).await?, self.now());
        let space = self.store().workspace(workspace).await.map_err(from_store)?;
        let zone =
            ZoneName::parse(space.as_ref().map_or("UTC", |space| space.zone.as_str())).map_err(|error| internal(&error.to_string()))?;
        let store = self.store().in_workspace(workspace);
        let mut lines = Vec::new();
        for channel in store.channels().await.map_err(from_store)?.into_iter().filter(|channel| channel.state != ChannelState::Removed) {
            let posts = self.counted_posts(&channel, &rules.kinds).await?;
            let since = now - SignedDuration::from_hours(24 * COUNTED_DAYS);
            let stands = Stands::of(&posts, &zone, now);
            lines.push(CapsLine {
                own: own(&rules, &channel.name),
                today: stands.today,
                broadcasts: stands.broadcasts,
                promotion_percent: stands.promotion_percent,
                answers: store.answers_since(channel.id, since).await.map_err(from_store)?,
                channel: self.channel_view(&channel),
            });
        }
        lines.sort_by(|one, other| one.channel.name.cmp(&other.channel.name));
        Ok(lines)
    }
}

fn own(rules: &PlanRules, channel: &str) -> CadenceCaps {
    rules.caps.get(channel).cloned().unwrap_or_default()
}

/// What is counted on a channel, by the same days and kinds by which a new post is judged.
#[derive(Debug, PartialEq, Eq)]
struct Stands {
    today: u32,
    broadcasts: u32,
    promotion_percent: Option<u32>,
}

impl Stands {
    fn of(posts: &[CountedPost], zone: &ZoneName, now: Timestamp) -> Self {
        let day = |at: Timestamp| zone.rules().to_datetime(at).date();
        let since = now - SignedDuration::from_hours(24 * COUNTED_DAYS);
        let lately: Vec<&CountedPost> = posts.iter().filter(|post| post.at > since && post.at <= now).collect();
        let known: Vec<PostKind> = lately.iter().filter_map(|post| post.kind).collect();
        let promoting = known.iter().filter(|kind| **kind == PostKind::Promotion).count();
        Self {
            today: posts.iter().filter(|post| day(post.at) == day(now)).count() as u32,
            broadcasts: lately.len() as u32,
            promotion_percent: (promoting * 100).checked_div(known.len()).map(|percent| percent as u32),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn today_is_the_workspaces_day_and_shares_are_of_thirty_days() {
        let now: Timestamp = "2026-12-01T08:00:00Z".parse().unwrap();
        let post = |hours: i64, kind| CountedPost { at: now + SignedDuration::from_hours(hours), kind };
        let posts = [
            post(-31 * 24, Some(PostKind::Promotion)),
            post(-48, Some(PostKind::Promotion)),
            post(-24, Some(PostKind::Help)),
            // Yesterday noon in UTC is an hour past midnight in Auckland.
            post(-20, None),
            post(4, None),
        ];
        let stands = |zone: &str| Stands::of(&posts, &ZoneName::parse(zone).unwrap(), now);
        assert_eq!(stands("UTC"), Stands { today: 1, broadcasts: 3, promotion_percent: Some(50) });
        assert_eq!(stands("Pacific/Auckland").today, 1);
        assert_eq!(Stands::of(&[], &ZoneName::parse("UTC").unwrap(), now).promotion_percent, None);
    }

    #[test]
    fn what_is_written_is_a_whole_number_within_bounds_or_nothing() {
        let of = |per_day: &'static str, promotion: &'static str| {
            let wish = CapsWish::written(|name| match name {
                "per_day" => per_day,
                "promotion" => promotion,
                _ => "",
            });
            wish.and_then(|wish| wish.checked().map(|()| wish))
        };
        let field = |wish: Result<CapsWish, Problem>| match wish {
            Err(Problem::Invalid { field, .. }) => field,
            other => panic!("{other:?}"),
        };
        let wish = of(" 3 ", "").unwrap();
        assert_eq!((wish.per_day, wish.gap, wish.promotion), (Some(3), Some(0), Some(0)));
        for wrong in ["three", "-1", "2.5", "1001", "99999999999"] {
            assert_eq!(field(of(wrong, "")), "per_day", "{wrong}");
        }
        assert_eq!(field(of("3", "101")), "promotion");
        let mut caps = CadenceCaps { per_day_max: Some(5), gap_minutes_min: Some(45), ..CadenceCaps::default() };
        CapsWish { per_day: Some(0), ..CapsWish::default() }.apply(&mut caps);
        assert_eq!(caps, CadenceCaps { gap_minutes_min: Some(45), ..CadenceCaps::default() }, "what is left out stays");
    }
}
