//! Facts about the markup. With `KITH_LOOK=1` the pages are also written to `target/look`, to be looked at in a browser.

use kith_domain::converse::Standing;
use kith_domain::mandate::Role;
use kith_engine::LinkView;
use kith_engine::views::Told;

use super::*;

fn shell(title: &'static str, here: Here, role: Role) -> Shell<'static> {
    Shell { title, here, name: "Ana Okonjo", workspace: "Lark & Co", role, owed: 6, notices: Vec::new(), lamp: sample::lamps()[0].clone() }
}

fn form(text: &str) -> ReplyForm<'_> {
    ReplyForm { gesture: "0123".into(), text, ..ReplyForm::default() }
}

fn brake_form(view: &kith_engine::views::BrakeView) -> BrakeForm<'_> {
    BrakeForm { view, typed: None, wrong: None, stored: true }
}

/// Every page with its name, as an owner sees it.
fn pages() -> Vec<(&'static str, String)> {
    let view = sample::conversation();
    let draft =
        "I don’t wax it, I wipe the foot and then the lowest centimetre again. Mud usually means it went on thin: try three dips, and";
    let failed =
        ReplyForm { problem: Some("Not sent: the network asks for patience until 10:00. Your words are still here."), ..form(draft) };
    let mut delegate = sample::conversation();
    delegate.may_reply = Err("A delegate can't reply, message, follow or like; ask an owner.".into());
    let mut closed = sample::conversation();
    closed.row.standing = Standing::Closed;
    let plan_shell = || shell("Post", Here::Plan, Role::Owner);
    let typed = [("server".to_owned(), "clay".to_owned()), ("token".to_owned(), "s3cret".to_owned())].into();
    let wrong_token = ("token".to_owned(), "the server does not know this token".to_owned());
    let today = || shell("Today", Here::Today, Role::Owner);
    let inbox_shell = |role| shell("Inbox", Here::Inbox, role);
    let link = |wants_password| LinkView { name: "Ana".into(), email: "ana@lark.example".into(), wants_password };
    let empty_list = || kith_engine::views::InboxView { rows: Vec::new(), owed: 0, ..sample::inbox() };
    let pages = vec![
        ("today", super::today(&today(), &sample::today(), &maud::html! {}, &maud::html! {})),
        ("today-held", super::today(&today(), &sample::today_held(), &maud::html! {}, &maud::html! {})),
        ("today-done", super::today(&Shell { owed: 0, ..today() }, &sample::today_done(), &maud::html! {}, &maud::html! {})),
        ("plan", plan(&shell("Plan", Here::Plan, Role::Owner), &sample::plan(), false)),
        ("dispatch", dispatch(&shell("Post", Here::Plan, Role::Owner), &sample::dispatch_page(), None)),
        ("needs-you", needs_you(&Shell { notices: sample::notices(), ..plan_shell() }, &sample::needs_you(), Some(Told::Moved))),
        ("dispatch-wrong", dispatch(&plan_shell(), &sample::dispatch_page(), Some(&sample::wrong()))),
        ("sign-in-again", sign_in_again(&plan_shell(), &sample::sign_in_form(), true, &typed, Some(&wrong_token))),
        ("inbox", inbox(&inbox_shell(Role::Owner), &sample::inbox(), None)),
        ("inbox-empty", inbox(&Shell { owed: 0, ..inbox_shell(Role::Owner) }, &empty_list(), None)),
        ("thread", conversation(&inbox_shell(Role::Owner), &sample::inbox(), &view, &form(draft))),
        ("thread-failed", conversation(&inbox_shell(Role::Owner), &sample::inbox(), &view, &failed)),
        ("thread-closed", conversation(&inbox_shell(Role::Owner), &sample::inbox(), &closed, &form(""))),
        ("thread-delegate", conversation(&inbox_shell(Role::Delegate), &sample::inbox(), &delegate, &form(""))),
        (
            "settings",
            settings(&shell("Settings", Here::Settings, Role::Owner), &sample::channels(), &brake_form(&sample::brake("closing")), None),
        ),
        ("sign-in", sign_in("ana@lark.example", "/inbox", Some("The address or the password is not right."), Some("https://kith.example"))),
        ("welcome", welcome(&link(true), "secret", None, Some("https://kith.example"))),
        ("welcome-demo", welcome(&link(false), "secret", None, Some("https://kith.example"))),
        ("error", error(404, "Not here", "This page does not exist. Perhaps the link is old.")),
        ("styleguide", styleguide()),
    ];
    pages.into_iter().map(|(name, page)| (name, page.into_string())).collect()
}

fn page(name: &str) -> String {
    pages().into_iter().find(|(n, _)| *n == name).map(|(_, page)| page).unwrap()
}

#[test]
fn the_longest_wait_comes_first() {
    for name in ["today", "inbox"] {
        let page = page(name);
        let rows = page.split_once("class=\"rows").unwrap().1;
        let places: Vec<_> = ["Jo Ferrant", "Dev Kapoor", "Lena Novak"].iter().map(|who| rows.find(who).unwrap()).collect();
        assert!(places.is_sorted(), "{name}: {places:?}");
    }
}

#[test]
fn a_delegate_sees_no_send_button() {
    let (owner, delegate) = (page("thread"), page("thread-delegate"));
    assert!(owner.contains("id=\"reply\"") && owner.contains("/reply\""));
    assert!(!delegate.contains("<textarea") && !delegate.contains("/reply\"") && !delegate.contains(">Send"));
    assert!(delegate.contains("can't reply"), "it says why");
    assert!(delegate.contains("No answer needed"), "sorting stays");
}

#[test]
fn remote_html_is_placed_as_cleaned() {
    let page = page("thread");
    assert!(page.contains("<div class=\"said voice\"><p>Guilty, twice over."), "a message is markup, not text");
    let mut view = sample::conversation();
    view.row.face.name = "<script>x</script>".into();
    let page = conversation(&shell("Inbox", Here::Inbox, Role::Owner), &sample::inbox(), &view, &form("</textarea><b>")).into_string();
    assert!(!page.contains("<script>x") && page.contains("&lt;script&gt;x"), "a name is text");
    assert!(page.contains("&lt;/textarea&gt;&lt;b&gt;"), "what was typed is text");
}

#[test]
fn no_inline_script_or_style_anywhere() {
    for (name, page) in pages() {
        assert!(!page.contains(" style=\"") && !page.contains("<style"), "{name} has a style in it");
        assert!(!page.contains("javascript:"), "{name} has a script in an address");
        for script in page.split("<script").skip(1) {
            assert!(script.starts_with(" src=\"/assets/") && script.contains("defer></script>"), "{name} has a script in it");
        }
        let handler = page.split_whitespace().find(|word| word.starts_with("on") && word.contains("=\""));
        assert_eq!(handler, None, "{name} has a handler in an attribute");
    }
}

#[test]
fn every_page_has_one_first_heading_one_main_and_no_id_twice() {
    for (name, page) in pages() {
        assert_eq!(page.matches("<h1").count(), 1, "{name}");
        assert_eq!(page.matches("<main").count(), 1, "{name}");
        let mut ids: Vec<_> = page.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        let all = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), all, "{name} has an id twice");
    }
}

#[test]
fn the_style_guide_shows_every_part() {
    let page = page("styleguide");
    for state in ["auto", "sent", "ask", "fail", "off"] {
        assert!(page.contains(&format!("class=\"wp {state} h")), "no post that is {state} in the week");
        assert!(page.contains(&format!("class=\"mp {state}\"")), "no post that is {state} in the month");
    }
    for said in Said::ALL {
        let row = &sample::waiting()[0];
        let words = toast(said, row, None, false).into_string();
        let words = words.split_once("<p>").and_then(|(_, rest)| rest.split_once('.')).map(|(words, _)| words).unwrap();
        assert!(page.contains(words), "no toast says {words}");
    }
    for class in [
        "class=\"home ",
        "class=\"nowline ",
        "class=\"folded ",
        "class=\"wp auto moving\"",
        "class=\"tray\"",
        "class=\"side\"",
        "class=\"faces\"",
        "class=\"queue\"",
        "class=\"card follower\"",
        "class=\"card after\"",
        "class=\"promise due\"",
        "class=\"memory\"",
        "class=\"give\"",
        "class=\"passed\"",
        "class=\"touch\"",
        "class=\"asks\"",
        "class=\"pic\"",
        "class=\"still\"",
        "class=\"imgs n1\"",
        "class=\"slot own\"",
        "class=\"shown\"",
    ] {
        assert!(page.contains(class), "no part with {class}");
    }
    for words in [
        "Held by hand",
        "Asks for a yes",
        "The queue rests",
        "Promise something",
        "nobody home",
        "there is no month 13",
        "Drifting",
        "Next free place for tips",
        "Try it on the practice network",
        "Sign out everywhere else",
    ] {
        assert!(page.contains(words), "nothing says {words}");
    }
}

#[test]
fn no_tag_has_an_attribute_twice() {
    for (name, page) in pages() {
        for tag in page.split('<').skip(1).filter_map(|rest| rest.split('>').next()) {
            assert!(tag.matches(" class=\"").count() <= 1, "{name}: <{tag}>");
        }
    }
}

#[test]
fn the_live_part_of_a_page_is_its_fragment() {
    assert!(page("today").contains(&today_live(&sample::today()).into_string()));
    assert!(page("plan").contains(&plan_live(&sample::plan()).into_string()));
    assert!(page("needs-you").contains(&needs_you_live(&sample::needs_you()).into_string()));
    assert!(page("needs-you").contains(&notices_live(&sample::notices()).into_string()));
    assert!(page("dispatch").contains(&dispatch_live(&sample::dispatch_page(), None).into_string()));
    assert!(page("settings").contains(&settings_live(&sample::channels()).into_string()));
    assert!(page("inbox").contains(&inbox_live(&sample::inbox(), None).into_string()));
    let thread = thread_live(&sample::conversation()).into_string();
    assert!(page("thread").contains(&thread) && !thread.contains("<textarea"));
}

#[test]
fn what_could_not_be_sent_stays_in_the_box_with_the_reason_beside_it() {
    let page = page("thread-failed");
    let (before, after) = page.split_once("<textarea").unwrap();
    assert!(before.contains("role=\"alert\"") && before.contains("asks for patience"));
    assert!(after.starts_with(" id=\"reply\"") && after.contains("aria-invalid=\"true\"") && after.contains("try three dips"));
}

#[test]
fn a_closed_conversation_can_be_taken_back() {
    let page = page("thread-closed");
    assert!(page.contains("value=\"reopen\"") && page.contains("Take back"));
    assert!(!page.contains(">No answer needed<"));
}

#[test]
fn only_the_choices_of_a_dispatch_are_offered() {
    let mut view = sample::dispatch_page();
    view.choices = vec![kith_engine::views::Choice::Cancel];
    let page = dispatch(&shell("Post", Here::Plan, Role::Owner), &view, None).into_string();
    assert!(page.contains("value=\"cancel\"") && !page.contains("value=\"send_now\"") && !page.contains("value=\"it_is_there\""));
}

#[test]
fn what_was_typed_stays_beside_what_is_wrong_but_for_secrets() {
    let wrong = page("dispatch-wrong");
    assert!(wrong.contains("value=\"social.example/1\"") && wrong.contains("aria-invalid=\"true\"") && wrong.contains("role=\"alert\""));
    let again = page("sign-in-again");
    assert!(again.contains("value=\"clay\"") && again.contains("does not know this token") && !again.contains("s3cret"));
}

#[test]
fn each_way_out_stands_beside_its_post_and_names_it() {
    let page = page("needs-you");
    let post = page.split("Salt pigs").count();
    assert!(post > 4, "the row, its three buttons, and the list of all at once");
    for words in [
        "Send it now",
        "Another time",
        "Let it go",
        "It is not there: send it again",
        "Sign in again<span class=\"vh\">: studio-bs",
        "Send these 2, spaced",
    ] {
        assert!(page.contains(words), "{words}");
    }
    for jargon in ["uncertain", "fence", "lease", "needs_person"] {
        assert!(!page.contains(&format!(" {jargon} ")), "{jargon}");
    }
}

#[test]
fn the_way_to_the_next_page_survives_its_own_address() {
    assert!(page("plan").contains("/plan?show=all&amp;from=2026-11-20%2012%3A30%2Fa%2Bb"));
}

#[test]
fn the_pages_can_be_looked_at() {
    if std::env::var_os("KITH_LOOK").is_none() {
        return;
    }
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/look");
    std::fs::create_dir_all(&folder).unwrap();
    let assets = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("assets");
    for font in ["figtree.woff2", "newsreader.woff2"] {
        std::fs::copy(assets.join("fonts").join(font), folder.join(font)).unwrap();
    }
    for sheet in ["kith.css", "week.css"] {
        let css = std::fs::read_to_string(assets.join("dist").join(sheet)).unwrap();
        std::fs::write(folder.join(sheet), css.replace("asset:", "")).unwrap();
    }
    std::fs::copy(assets.join("dist/kith.js"), folder.join("kith.js")).unwrap();
    for (name, page) in pages() {
        let own = ["kith.css", "week.css", "kith.js"];
        let page = own.iter().fold(page, |page, name| page.replace(crate::assets::url(name), name));
        std::fs::write(folder.join(format!("{name}.html")), page).unwrap();
    }
}
