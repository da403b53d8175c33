//! A planned post on the desk of `/write`: opened by `?edit=`, looked at and saved like a new one, over the version that was
//! read. Whatever stands against it, what was typed stays.

use kith_domain::ids::DispatchId;
use kith_engine::views::LookView;
use kith_engine::{Composed, EditSaved, Kith, Problem, Visitor};

use super::Failure;
use super::write::Desk;

/// What would become of it, and who holds it back.
pub(super) struct Looked {
    pub(super) look: LookView,
    pub(super) held_by: Option<String>,
}

pub(super) fn not_there() -> Failure {
    Problem::NotThere("There is no such post.".into()).into()
}

/// What a page shows of a post that is changed; what was typed alone, once it can't be changed any more.
pub(super) async fn look(kith: &Kith, visitor: &Visitor, id: &str, post: &Composed) -> Result<Looked, Failure> {
    let id: DispatchId = id.parse().map_err(|_| not_there())?;
    match kith.look_edit(visitor, id, post).await {
        Ok(look) => Ok(Looked { look, held_by: kith.edit_page(visitor, id).await.ok().and_then(|view| view.held_by) }),
        Err(Problem::Conflict(_)) => {
            let look = LookView { chosen: "at".into(), at: post.at.clone(), zone: post.zone.clone(), ..LookView::default() };
            Ok(Looked { look, held_by: None })
        }
        Err(problem) => Err(problem.into()),
    }
}

/// Saves it; where to go on, or `None` with the reason on the desk.
pub(super) async fn save(kith: &Kith, visitor: &Visitor, desk: &mut Desk) -> Result<Option<String>, Failure> {
    desk.pressed = true;
    let Some((named, seen)) = &mut desk.edit else { return Ok(None) };
    let id: DispatchId = named.parse().map_err(|_| not_there())?;
    match kith.save_edit(visitor, id, seen, &desk.post).await {
        Ok(EditSaved::Done { asks }) => {
            let page = kith.dispatch(visitor, id).await?;
            let (day, done) = (page.civil.get(..10).unwrap_or_default(), if asks { "asked" } else { "changed" });
            Ok(Some(format!("/plan?view=week&from={day}&post={id}&done={done}")))
        }
        Ok(EditSaved::Wrong(_)) => Ok(None),
        Ok(EditSaved::Theirs(now)) => {
            let by = now.changed.as_deref().map(|by| format!(" ({by})")).unwrap_or_default();
            desk.wrong = Some(format!(
                "It was changed while you wrote{by}. It says now: “{}” Nothing of yours was stored and nothing is lost: press again to put your words over it, or leave it as it is.",
                now.post.text
            ));
            *seen = now.version;
            Ok(None)
        }
        Err(problem @ (Problem::Conflict(_) | Problem::Refused(_) | Problem::NotNow(_) | Problem::Invalid { .. })) => {
            desk.wrong = Some(problem.to_string());
            Ok(None)
        }
        Err(problem) => Err(problem.into()),
    }
}
