//! `/plan/file`: a whole plan from a file or pasted, looked at first, stored by the press of one button.
//!
//! One form takes everything: the text stands in it whatever is wrong, pictures that came stay by their names, and what
//! was seen is named, so that nothing else is ever stored.

use std::collections::BTreeMap;

use axum::Router;
use axum::extract::multipart::Field;
use axum::extract::{DefaultBodyLimit, Multipart, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use kith_domain::plan::PlanFormat;
use kith_domain::plan::file::FILE_BYTES_MAX;
use kith_engine::views::{FileProblem, PlanFileView};
use kith_engine::{FilePress, Kith, PlanFile, PlanWish, Problem, Visitor};

use super::arriving::{Arrived, Came, broken};
use super::typed::Typed;
use super::{Failure, shell};
use crate::render::{self, Here, PlanFileSheet};
use crate::session::SignedIn;

/// Most pictures and films of one plan on the page; a plan with more is imported by command.
const PICTURES_MAX: usize = 100;
/// Longest field beside the plan itself in bytes, and most fields.
const FIELD_BYTES_MAX: usize = 4 * 1024;
const FIELDS_MAX: usize = 400;
/// Longest name of a file that is kept for provenance, in characters.
const NAME_CHARS_MAX: usize = 80;
/// What a plan without a file is called.
const PASTED: &str = "a pasted plan";
/// Letters with which a text in UTF-16 begins; the engine says what to do with one.
const UTF16: [[u8; 2]; 2] = [[0xFF, 0xFE], [0xFE, 0xFF]];

/// Its one address takes a plan and its pictures; it is wrapped with a limit of its own.
pub(super) fn large() -> Router<Kith> {
    Router::new().route("/plan/file", get(page).post(press).layer(DefaultBodyLimit::disable()))
}

/// What came in with the form.
#[derive(Default)]
struct PlanForm {
    typed: Typed,
    /// The plan as it stands in the box.
    text: String,
    /// What the file was called.
    name: String,
    /// A file that is no text, as it came.
    foreign: Option<Vec<u8>>,
    /// A file was chosen: it is looked at before anything else.
    is_new: bool,
    /// Kept pictures: id and name.
    pictures: Vec<(String, String)>,
    /// What was not taken, each with the way out.
    refused: Vec<String>,
}

async fn page(State(kith): State<Kith>, SignedIn(visitor): SignedIn) -> Result<Response, Failure> {
    answer(&kith, &visitor, StatusCode::OK, &PlanForm::default(), None).await
}

async fn press(State(kith): State<Kith>, SignedIn(visitor): SignedIn, form: Multipart) -> Result<Response, Failure> {
    kith.planner(&visitor)?;
    let came = come(&kith, &visitor, form).await?;
    if let Some(problem) = unreadable(&came) {
        let view = PlanFileView { problems: vec![problem], ..PlanFileView::default() };
        return answer(&kith, &visitor, StatusCode::UNPROCESSABLE_ENTITY, &came, Some(&view)).await;
    }
    let (plan, wish) = match wish(&came) {
        Ok(wish) => (plan(&came), wish),
        Err(problem) => {
            let view = PlanFileView { problems: vec![beside(problem)?], ..PlanFileView::default() };
            return answer(&kith, &visitor, StatusCode::UNPROCESSABLE_ENTITY, &came, Some(&view)).await;
        }
    };
    let plans = came.typed.get("do") == "plan" && !came.is_new && came.refused.is_empty();
    let pressed = if plans {
        let seen = (came.typed.get("seen"), came.typed.get("looked").parse().ok());
        kith.press_plan_file(&visitor, &plan, &wish, seen).await
    } else {
        kith.look_at_plan_file(&visitor, &plan, &wish).await.map(|view| FilePress::Look(Box::new(view)))
    };
    let view = match pressed {
        Ok(FilePress::Planned { imported, asks }) => {
            let day = imported.and_then(|stored| stored.first_due_at).map(|at| format!("&from={}", kith.day_of(&visitor, at)));
            let done = if asks { "file_asked" } else { "file_planned" };
            return Ok(Redirect::to(&format!("/plan?view=week{}&done={done}", day.unwrap_or_default())).into_response());
        }
        Ok(FilePress::Look(view)) => *view,
        Err(problem) => PlanFileView { problems: vec![beside(problem)?], ..PlanFileView::default() },
    };
    let status = if view.is_fine() && came.refused.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    answer(&kith, &visitor, status, &came, Some(&view)).await
}

async fn answer(
    kith: &Kith,
    visitor: &Visitor,
    status: StatusCode,
    came: &PlanForm,
    view: Option<&PlanFileView>,
) -> Result<Response, Failure> {
    let channels = kith.channels(visitor).await?;
    let channels: Vec<_> = channels.into_iter().filter(|channel| channel.state != "removed").collect();
    let sheet = PlanFileSheet {
        view,
        channels: &channels,
        typed: &came.typed,
        text: &came.text,
        name: &came.name,
        pictures: &came.pictures,
        refused: &came.refused,
        may: kith.planner(visitor).is_ok(),
    };
    Ok((status, render::plan_file(&shell(kith, "A plan from a file", Here::Plan, visitor).await?, &sheet)).into_response())
}

/// Everything of the form. A file takes the place of the text; what is no text is kept apart, and the text stays.
async fn come(kith: &Kith, visitor: &Visitor, mut form: Multipart) -> Result<PlanForm, Failure> {
    let video_bytes_max = kith.video_bytes_max(visitor).await?;
    let (mut came, mut fields, mut file) = (PlanForm::default(), Vec::new(), None);
    while let Some(field) = form.next_field().await.map_err(|error| broken(&error))? {
        let name = field.name().unwrap_or_default().to_owned();
        match field.file_name().map(named) {
            Some(called) if called.is_empty() => {}
            Some(called) if name == "file" => file = Some((called, bytes(field, FILE_BYTES_MAX).await?)),
            Some(called) if name == "pictures" => {
                let arrived = Arrived::at(&kith.incoming_folder()).await?;
                match arrived.take(field, video_bytes_max).await {
                    Came::Whole if came.pictures.len() >= PICTURES_MAX => {
                        came.refused
                            .push(format!("{called}: that are more than {PICTURES_MAX} pictures; plan the rest with a second file"));
                    }
                    Came::Whole => match kith.keep_upload(visitor, arrived.path(), &called).await? {
                        Ok(kept) => {
                            came.pictures.retain(|(_, known)| *known != kept.name);
                            came.pictures.push((kept.id, kept.name));
                        }
                        Err(why) => came.refused.push(format!("{called}: {why}")),
                    },
                    Came::Not(why) => came.refused.push(format!("{called}: {why}")),
                    Came::BrokenOff => return Err(too_much(&format!("{called} did not arrive whole; go back and choose it again"))),
                }
            }
            Some(_) => {}
            None if name == "plan" => came.text = text(bytes(field, FILE_BYTES_MAX * 2).await?)?.replace("\r\n", "\n"),
            None => {
                let value = bytes(field, FIELD_BYTES_MAX).await?;
                if fields.len() >= FIELDS_MAX || value.len() > FIELD_BYTES_MAX {
                    return Err(too_much("that is more than this page takes; import the plan by command"));
                }
                fields.push((name, text(value)?));
            }
        }
    }
    came.typed = Typed::of(fields)?;
    let before = came.typed.all("pic");
    let kept = before.iter().filter_map(|one| one.split_once(' ')).map(|(id, name)| (id.to_owned(), name.to_owned()));
    for (id, name) in kept.take(PICTURES_MAX) {
        if !came.pictures.iter().any(|(_, known)| *known == name) {
            came.pictures.push((id, name));
        }
    }
    came.name = named(came.typed.get("name"));
    if let Some((called, bytes)) = file {
        (came.name, came.is_new) = (called, true);
        match String::from_utf8(bytes) {
            Ok(text) if !text.contains('\0') && text.len() <= FILE_BYTES_MAX => {
                came.text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n");
            }
            Ok(text) => came.foreign = Some(text.into_bytes()),
            Err(error) => came.foreign = Some(error.into_bytes()),
        }
    }
    Ok(came)
}

/// A field's bytes, one more than `most` at most; the rest is read past.
async fn bytes(mut field: Field<'_>, most: usize) -> Result<Vec<u8>, Failure> {
    let mut all = Vec::new();
    while let Some(chunk) = field.chunk().await.map_err(|error| broken(&error))? {
        let room = (most + 1).saturating_sub(all.len());
        all.extend(chunk.iter().take(room));
    }
    Ok(all)
}

fn text(bytes: Vec<u8>) -> Result<String, Failure> {
    String::from_utf8(bytes).map_err(|_| too_much("the form did not arrive whole; go back and press again"))
}

fn too_much(why: &str) -> Failure {
    Problem::Invalid { field: "file".into(), why: why.into() }.into()
}

/// A file's name without its folder, in a line.
fn named(name: &str) -> String {
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    name.chars().filter(|letter| !letter.is_control()).take(NAME_CHARS_MAX).collect::<String>().trim().to_owned()
}

/// What can't be looked at as a plan at all.
fn unreadable(came: &PlanForm) -> Option<FileProblem> {
    let problem = |why: String, way_out: &str| FileProblem {
        line: None,
        field: if came.is_new { "file" } else { "plan" }.into(),
        why,
        way_out: way_out.into(),
        refuses: true,
    };
    match &came.foreign {
        Some(bytes) if bytes.contains(&0) && !UTF16.iter().any(|mark| bytes.starts_with(mark)) => Some(problem(
            format!("{} is no text file", came.name),
            "save the plan as CSV (UTF-8) in your spreadsheet, or choose a .csv, .md or .jsonl file",
        )),
        None if came.text.trim().is_empty() => {
            Some(problem("there is no plan to look at yet".into(), "choose a file, or paste the plan into the box"))
        }
        _ => None,
    }
}

fn plan(came: &PlanForm) -> PlanFile {
    let written = match came.typed.get("form") {
        "csv" => Some(PlanFormat::Csv),
        "md" => Some(PlanFormat::Markdown),
        "jsonl" => Some(PlanFormat::JsonLines),
        _ => PlanFormat::of_file_name(&came.name),
    };
    PlanFile {
        name: if came.name.is_empty() { PASTED.to_owned() } else { came.name.clone() },
        format: Some(written.unwrap_or_else(|| PlanFormat::of_text(&came.text))),
        bytes: came.foreign.clone().unwrap_or_else(|| came.text.clone().into_bytes()),
        folder: None,
    }
}

fn wish(came: &PlanForm) -> Result<PlanWish, Problem> {
    let number = |field: &str| {
        let wrong = |text: &String| Problem::Invalid { field: field.into(), why: format!("{text:?} is no whole number") };
        came.typed.some(field).map(|text| text.parse::<u32>().map_err(|_| wrong(&text))).transpose()
    };
    Ok(PlanWish {
        channels: came.typed.all("on"),
        zone: came.typed.some("zone"),
        windows: came.typed.some("windows"),
        per_day: number("per_day")?,
        from: came.typed.some("from"),
        gap_minutes: number("gap")?,
        seed: 0,
        again: !came.typed.get("again").is_empty(),
        no_link_check: !came.typed.get("no_link_check").is_empty(),
        brought: Some(came.pictures.iter().map(|(id, name)| (name.clone(), id.clone())).collect::<BTreeMap<_, _>>()),
    })
}

/// What the engine refuses, as a finding that stands above the plan; anything else is a page of its own.
fn beside(problem: Problem) -> Result<FileProblem, Failure> {
    let (field, why) = super::beside(problem)?;
    Ok(FileProblem { line: None, field, why, way_out: String::new(), refuses: true })
}
