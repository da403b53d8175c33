//! A whole plan on the page: looked at first, told by line and field, stored by one press and by no second one (B2).

use axum::http::{Method, StatusCode};

use crate::settings::member;
use crate::world::{Browser, Page, World};

const EDGE: &str = "kiln-edge";
const GOOD: &str = "text,at\nDoors open at seven,2026-12-04 18:30\nKilns are lit,2026-12-05 09:00\n";

/// A part of a form: its name, the name of its file if it is one, and what it holds.
type Piece<'p> = (&'p str, Option<&'p str>, &'p [u8]);

async fn press(browser: &Browser, pieces: &[Piece<'_>]) -> Page {
    let mut body = Vec::new();
    for (name, file, bytes) in pieces {
        let file = file.map(|file| format!("; filename=\"{file}\"\r\ncontent-type: application/octet-stream")).unwrap_or_default();
        body.extend(format!("--{EDGE}\r\ncontent-disposition: form-data; name=\"{name}\"{file}\r\n\r\n").bytes());
        body.extend_from_slice(bytes);
        body.extend(b"\r\n");
    }
    body.extend(format!("--{EDGE}--\r\n").bytes());
    let kind = format!("multipart/form-data; boundary={EDGE}");
    let headers = [("sec-fetch-site", "same-origin"), ("accept", "text/html"), ("content-type", kind.as_str())];
    browser.send(Method::POST, "/plan/file", &headers, body.into()).await
}

/// A field's value on the page.
fn value<'p>(page: &'p Page, name: &str) -> &'p str {
    let rest = page.body.split_once(&format!("name=\"{name}\" value=\"")).unwrap_or_else(|| panic!("{name}: {}", page.body)).1;
    rest.split('"').next().unwrap()
}

/// What stands in the box.
fn boxed(page: &Page) -> &str {
    let rest = page.body.split_once("<textarea id=\"plan\"").unwrap().1;
    rest.split_once('>').unwrap().1.split("</textarea>").next().unwrap().trim_start_matches('\n')
}

/// Presses the button of a page that was looked at.
async fn plan(browser: &Browser, looked: &Page, text: &str) -> Page {
    let (seen, at) = (value(looked, "seen"), value(looked, "looked"));
    let pieces: [Piece<'_>; 5] = [
        ("plan", None, text.as_bytes()),
        ("on", None, b"lark"),
        ("seen", None, seen.as_bytes()),
        ("looked", None, at.as_bytes()),
        ("do", None, b"plan"),
    ];
    press(browser, &pieces).await
}

async fn look(browser: &Browser, text: &str) -> Page {
    press(browser, &[("plan", None, text.as_bytes()), ("on", None, b"lark"), ("do", None, b"look")]).await
}

async fn planned(browser: &Browser) -> usize {
    browser.get("/plan?show=all").await.body.matches("class=\"post ").count()
}

async fn begin() -> (World, Browser) {
    let world = World::new().await;
    crate::blog::channel(&world).await;
    let ana = world.ana().await;
    (world, ana)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_is_shown_with_every_time_and_stored_by_the_button_and_once() {
    let (_world, ana) = begin().await;
    let file: Piece<'_> = ("file", Some("C:\\plans\\december.csv"), GOOD.as_bytes());
    let looked = press(&ana, &[file, ("plan", None, b"what was there"), ("on", None, b"lark"), ("do", None, b"plan")]).await;
    assert_eq!(looked.status, StatusCode::OK, "{}", looked.body);
    for words in ["2 posts of december.csv", "Fri 4 Dec 18:30", "Sat 5 Dec 09:00", "Doors open at seven", "line 2", ">Plan 2 posts<"] {
        assert!(looked.body.contains(words), "{words}: {}", looked.body);
    }
    assert_eq!((boxed(&looked), planned(&ana).await), (GOOD, 0), "a new file is looked at, whatever was pressed");
    let (first, second) = tokio::join!(plan(&ana, &looked, GOOD), plan(&ana, &looked, GOOD));
    let third = plan(&ana, &looked, GOOD).await;
    assert!([&first, &second].iter().any(|page| page.header("location").contains("from=2026-12-04&done=file_planned")));
    assert_eq!((third.status, third.header("location")), (StatusCode::SEE_OTHER, "/plan?view=week&done=file_planned"));
    assert_eq!(planned(&ana).await, 2);
    let again = look(&ana, GOOD).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(again.body.contains("this file was planned already, on Sunday 22 November") && again.body.contains("name=\"again\""));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_wrong_is_told_by_line_and_field_and_the_text_stays() {
    let (_world, ana) = begin().await;
    let bad = "text,at,media,alt\nDear firstname,2026-12-04 18:30,,\nKilns are lit,yesterdayish,,\nA bowl,2026-12-06 09:00,/etc/hostname,A name\n<b>\"</textarea>,2026-12-07 09:00,,\n";
    let page = look(&ana, &bad.replace('\n', "\r\n")).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    for words in [
        "<b>Line 2</b><code>text</code>",
        "<b>Line 3</b><code>at</code>",
        "<b>Line 4</b><code>media</code>",
        "bring it along with the plan",
    ] {
        assert!(page.body.contains(words), "{words}: {}", page.body);
    }
    assert!(!page.body.contains(">Plan "), "nothing to press");
    assert_eq!(boxed(&page).replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\""), bad);
    let option =
        press(&ana, &[("plan", None, b"text\nhello"), ("on", None, b"lark"), ("per_day", None, b"many"), ("do", None, b"look")]).await;
    assert!(option.body.contains("<code>per_day</code>") && option.body.contains("value=\"many\""), "{}", option.body);
    let windows = look(&ana, "text\nhello\n").await;
    assert!(windows.body.contains("or write windows below") && windows.body.contains("<details class=\"fold\" open>"), "{}", windows.body);
    assert_eq!(planned(&ana).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_changed_since_it_was_looked_at_is_shown_and_not_stored() {
    let (_world, ana) = begin().await;
    let looked = look(&ana, GOOD).await;
    let other = plan(&ana, &looked, &GOOD.replace("seven", "eight")).await;
    assert_eq!((other.status, planned(&ana).await), (StatusCode::OK, 0));
    assert!(other.body.contains("not what you looked at") && other.body.contains("Doors open at eight"));
    let forged = press(&ana, &[("plan", None, GOOD.as_bytes()), ("on", None, b"lark"), ("do", None, b"plan")]).await;
    assert_eq!((forged.status, planned(&ana).await), (StatusCode::OK, 0), "nothing is stored unseen");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_is_no_text_or_too_large_is_told_plainly_and_the_box_stays() {
    let (_world, ana) = begin().await;
    let large = vec![b'a'; kith_domain::plan::file::FILE_BYTES_MAX + 1];
    let cases: [(&[u8], &str); 5] = [
        (b"PK\x03\x04\0\0sheet\xff", "plan.csv is no text file"),
        (b"\xff\xfet\0e\0x\0t\0", "the file is UTF-16, not UTF-8"),
        (b"text\nour caf\xe9\n", "looks like Windows-1252"),
        (&large, "more than 8388608"),
        (b"", "there is no plan to look at yet"),
    ];
    for (bytes, words) in cases {
        let file: Piece<'_> = ("file", Some("plan.csv"), bytes);
        let page = press(&ana, &[file, ("plan", None, b"text\nwritten before"), ("on", None, b"lark"), ("do", None, b"look")]).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{words}");
        assert!(page.body.contains(words), "{words}: {}", page.body);
        if !bytes.is_empty() {
            assert_eq!(boxed(&page), "text\nwritten before", "{words}");
        }
    }
    assert_eq!(planned(&ana).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_delegates_file_asks_for_a_yes_and_an_analyst_brings_none() {
    let (world, ana) = begin().await;
    let bo = member(&world, &ana, "delegate").await;
    let looked = look(&bo, GOOD).await;
    assert!(looked.body.contains(">Ask for a yes to 2 posts<"), "{}", looked.body);
    let asked = plan(&bo, &looked, GOOD).await;
    assert!(asked.header("location").contains("done=file_asked"), "{}", asked.body);
    let waits = ana.get("/plan?show=needs-you").await.body;
    assert!(waits.contains("Doors open at seven") && waits.contains("Bo Smith asks for it"), "{waits}");
    let cy = member(&world, &ana, "analyst").await;
    assert_eq!(look(&cy, GOOD).await.status, StatusCode::FORBIDDEN);
    let page = cy.get("/plan/file").await;
    assert!(page.status == StatusCode::OK && !page.body.contains("<textarea") && page.body.contains("You read here"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_picture_that_came_along_goes_out_with_its_row() {
    let (_world, ana) = begin().await;
    let csv = "text,at,media,alt\nA bowl,2026-12-06 09:00,img/bowl.png,A green bowl\n";
    let missing = look(&ana, csv).await;
    assert!(missing.body.contains("the picture img/bowl.png is not there"), "{}", missing.body);
    let picture: Piece<'_> = ("pictures", Some("bowl.png"), PNG);
    let looked = press(&ana, &[("plan", None, csv.as_bytes()), picture, ("on", None, b"lark"), ("do", None, b"look")]).await;
    assert_eq!(looked.status, StatusCode::OK, "{}", looked.body);
    assert!(looked.body.contains("Here already: bowl.png"));
    let (seen, at, pic) = (value(&looked, "seen"), value(&looked, "looked"), value(&looked, "pic"));
    let pieces: [Piece<'_>; 6] = [
        ("plan", None, csv.as_bytes()),
        ("on", None, b"lark"),
        ("pic", None, pic.as_bytes()),
        ("seen", None, seen.as_bytes()),
        ("looked", None, at.as_bytes()),
        ("do", None, b"plan"),
    ];
    let stored = press(&ana, &pieces).await;
    assert_eq!(stored.status, StatusCode::SEE_OTHER, "{}", stored.body);
    let no_picture: Piece<'_> = ("pictures", Some("bowl.png"), b"no picture at all");
    let refused = press(&ana, &[("plan", None, GOOD.as_bytes()), no_picture, ("on", None, b"lark"), ("do", None, b"look")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.body.contains("bowl.png: "), "{}", refused.body);
}

/// One white pixel.
const PNG: &[u8] = &[
    0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0x00, 0x00, 0x00, 0x0D, 0x49, 0x48, 0x44, 0x52, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00,
    0x00, 0x01, 0x08, 0x02, 0x00, 0x00, 0x00, 0x90, 0x77, 0x53, 0xDE, 0x00, 0x00, 0x00, 0x0F, 0x49, 0x44, 0x41, 0x54, 0x78, 0x01, 0x01,
    0x04, 0x00, 0xFB, 0xFF, 0x00, 0xFF, 0xFF, 0xFF, 0x05, 0xFE, 0x02, 0xFE, 0x49, 0x66, 0x6E, 0x2B, 0x00, 0x00, 0x00, 0x00, 0x49, 0x45,
    0x4E, 0x44, 0xAE, 0x42, 0x60, 0x82,
];
