use super::*;
use crate::plan::{PlanFormat, parse};

fn known() -> Vec<PlanChannel> {
    [("lark-mastodon", "mastodon"), ("lark-bluesky", "bluesky")]
        .map(|(name, network)| PlanChannel { name: name.to_owned(), network: network.to_owned() })
        .to_vec()
}

fn now() -> Timestamp {
    "2026-11-30T12:00:00Z".parse().unwrap()
}

fn options() -> PlanOptions {
    PlanOptions {
        channels: vec!["lark-mastodon".to_owned(), "lark-bluesky".to_owned()],
        zone: Some(ZoneName::parse("Europe/Lisbon").unwrap()),
        windows: Some(Windows::parse("Mon-Fri 08:00-10:00, Mon-Fri 16:00-18:30").unwrap()),
        per_day: 2,
        from: Some("2026-12-01".parse().unwrap()),
        seed: 7,
        ..PlanOptions::new("plan-1")
    }
}

fn plan(file: &str) -> Result<Arranged, Vec<Problem>> {
    arrange(&parse(PlanFormat::Csv, file.as_bytes()), &options(), &known(), &Taken::new(), now())
}

fn shown(file: &str) -> Vec<String> {
    plan(file).unwrap_err().iter().map(ToString::to_string).collect()
}

#[test]
fn forty_rows_on_two_channels_are_eighty_items_at_forty_times() {
    let tips: Vec<String> = (1..=40).map(|tip| format!("Tip {tip} of 40")).collect();
    let file = format!("text\n{}\n", tips.join("\n"));
    let arranged = plan(&file).unwrap();
    assert_eq!(arranged.items.len(), 80);
    assert_eq!(arranged.warnings, []);
    for pair in arranged.items.chunks(2) {
        assert_eq!((pair[0].due_at, pair[0].row), (pair[1].due_at, pair[1].row));
        assert_ne!(pair[0].network, pair[1].network);
        assert_ne!(pair[0].occurrence_key, pair[1].occurrence_key);
    }
    assert!(arranged.items.is_sorted_by_key(|item| (item.due_at, item.row)));
    assert_eq!(plan(&file).unwrap(), arranged);
}

#[test]
fn a_row_with_a_time_goes_out_then_and_the_others_keep_away() {
    let arranged = plan("text,at\nOne,2026-12-01 09:00\nTwo,\nThree,\n").unwrap();
    let dated = &arranged.items[arranged.items.iter().position(|item| item.row == 0).unwrap()];
    assert_eq!(dated.civil.to_string(), "2026-12-01T09:00:00[Europe/Lisbon]");
    assert_eq!(dated.due_at.to_string(), "2026-12-01T09:00:00Z");
    assert!(dated.occurrence_key.starts_with("plan-1/1/lark-"));
    assert!(dated.occurrence_key.ends_with("@2026-12-01T09:00:00[Europe/Lisbon]"));
    for other in arranged.items.iter().filter(|item| item.row != 0) {
        assert!(other.due_at.duration_since(dated.due_at).abs() >= jiff::SignedDuration::from_mins(45));
    }
}

#[test]
fn what_is_planned_already_keeps_its_distance() {
    let parsed = parse(PlanFormat::Csv, b"text\nOne\n");
    let first = plan("text\nOne\n").unwrap().items[0].due_at;
    let taken = Taken::from([("lark-bluesky".to_owned(), vec![first])]);
    let arranged = arrange(&parsed, &options(), &known(), &taken, now()).unwrap();
    assert!(arranged.items[0].due_at.duration_since(first).abs() >= jiff::SignedDuration::from_mins(45));
}

#[test]
fn each_network_has_its_wording_and_decorative_pictures_have_no_words() {
    let arranged = plan("text,at,text:mastodon,media,alt\nSo,2026-12-01 09:00,Own,a.jpg|b.jpg,Oven|decorative\n").unwrap();
    let text = |network: &str| arranged.items.iter().find(|item| item.network == network).unwrap().text.clone();
    assert_eq!((text("mastodon"), text("bluesky")), ("Own".to_owned(), "So".to_owned()));
    assert_eq!(arranged.items[0].alt, ["Oven", ""]);
}

#[test]
fn all_that_is_wrong_is_said_at_once_by_line() {
    let shown = shown(
        "text,at,zone,channels,media\n\
         One,2026-11-30 11:59,,,\n\
         Two,soon,,,\n\
         Three,2026-12-01 09:00,Europe/Lisboa,,\n\
         Dear firstname,2026-12-01 10:00,,,\n\
         Five,2026-12-01 11:00,,lark-mastodn,\n\
         Six,,,,a.jpg\n\
         Seven,2036-12-01 09:00,,,\n",
    );
    let expected = [
        "line 2, column at: the time 2026-11-30 11:59 Europe/Lisbon is past; way out: give a later time",
        "line 3, column at: \"soon\" is not a time; way out: write one such as 2026-12-01 09:30",
        "line 4, column zone: the time zone \"Europe/Lisboa\" is unknown, did you mean Europe/Lisbon?; way out: write Europe/Lisbon",
        "line 5, column text: \"Dear firstname\" looks like a placeholder",
        "line 6, column channels: the channel \"lark-mastodn\" is unknown, did you mean lark-mastodon?",
        "line 7, column alt: the picture a.jpg has no alternative text",
        "line 8, column at: the time 2036-12-01 09:00 Europe/Lisbon is more than 1098 days ahead; way out: look at the year",
    ];
    assert_eq!(shown.len(), expected.len(), "{shown:#?}");
    for (line, beginning) in shown.iter().zip(expected) {
        assert!(line.starts_with(beginning), "{line} does not begin with {beginning}");
    }
}

#[test]
fn problems_of_the_file_and_of_the_engine_stop_the_plan_too() {
    let mut parsed = parse(PlanFormat::Csv, b"text,wat\nOne,x\n");
    parsed.problems.push(Problem::too_long(2, "text", "mastodon", 3, 500));
    let problems = arrange(&parsed, &options(), &known(), &Taken::new(), now()).unwrap_err();
    assert_eq!(problems.len(), 2);
}

#[test]
fn a_plan_without_zone_or_windows_says_which_option_is_missing() {
    let parsed = parse(PlanFormat::Csv, b"text,at\nOne,\nTwo,2026-12-01 09:00\nThree,2026-12-01T10:00:00Z\n");
    let with = |zone, windows| {
        let options = PlanOptions { zone, windows, ..options() };
        let problems = arrange(&parsed, &options, &known(), &Taken::new(), now()).unwrap_err();
        problems.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let shown = with(None, options().windows);
    assert_eq!(shown.len(), 2, "{shown:#?}");
    assert!(shown[0].starts_with("line 2, column zone: no time zone is given; way out: name one such as Europe/Lisbon"));
    assert!(shown[1].starts_with("line 3, column at: \"2026-12-01 09:00\" has no time zone; way out: name one"));
    let shown = with(options().zone, None);
    assert_eq!(shown.len(), 1, "{shown:#?}");
    assert!(shown[0].starts_with("line 2, column at: no windows are given for the posts without a time of their own; way out:"));
}

#[test]
fn windows_without_room_are_a_problem_of_the_whole_plan() {
    let parsed = parse(PlanFormat::Csv, b"text\nOne\n");
    let options = PlanOptions { per_day: 9, ..options() };
    let problems = arrange(&parsed, &options, &known(), &Taken::new(), now()).unwrap_err();
    assert!(problems[0].to_string().starts_with("on Mon the windows have room for 6 of 9 posts with 45 minutes"), "{problems:?}");
}

#[test]
fn a_changed_clock_and_a_close_pair_are_worth_a_look() {
    let zone = "Europe/Berlin";
    let arranged = plan(&format!(
        "text,at,zone\nOne,2027-03-28 02:30,{zone}\nTwo,2027-10-31 02:30,{zone}\nThree,2026-12-01 09:00,\nFour,2026-12-01 09:20,\n\
         Five,2027-10-31T02:30:00+01:00,{zone}\n"
    ))
    .unwrap();
    let of = |row: usize| {
        let item = arranged.items.iter().find(|item| item.row == row).unwrap();
        let said: Vec<String> = item.warnings.iter().map(ToString::to_string).collect();
        (item.due_at.to_string(), item.fixed, said.join("|"))
    };
    let (due_at, _, said) = of(0);
    assert_eq!(due_at, "2027-03-28T01:30:00Z");
    assert!(said.contains("2027-03-28 02:30 does not exist in Europe/Berlin") && said.contains("it goes out at 2027-03-28 03:30"));
    let (due_at, _, said) = of(1);
    assert_eq!(due_at, "2027-10-31T00:30:00Z");
    assert!(said.contains("comes twice in Europe/Berlin"));
    assert_eq!(of(2).2, "");
    assert!(of(3).2.contains("it goes out 20 minutes from the post of line 4 on channel lark-bluesky"));
    let (due_at, fixed, _) = of(4);
    assert_eq!((due_at.as_str(), fixed), ("2027-10-31T01:30:00Z", true));
}

#[test]
fn rows_of_another_zone_are_spread_over_that_zones_hours() {
    let arranged = plan("text,zone\nOne,\nTwo,Asia/Tokyo\nThree,\n").unwrap();
    let item = arranged.items.iter().find(|item| item.row == 1).unwrap();
    assert_eq!(item.civil.zone.as_str(), "Asia/Tokyo");
    assert!([8, 9, 16, 17, 18].contains(&item.civil.at.hour()));
}

#[test]
fn a_planned_item_is_json_with_stable_names() {
    let arranged = plan("text,at\nOne,2026-12-01 09:00\n").unwrap();
    let json = serde_json::to_value(&arranged.items[0]).unwrap();
    assert_eq!(json["due_at"], "2026-12-01T09:00:00Z");
    assert_eq!(json["civil"], serde_json::json!({"at": "2026-12-01T09:00:00", "zone": "Europe/Lisbon"}));
    assert_eq!(json["shift"], serde_json::json!({"kind": "none"}));
    assert_eq!(json["source"], serde_json::json!({"line": 2, "row": 1}));
    assert_eq!(serde_json::from_value::<Vec<PlannedItem>>(serde_json::json!([json])).unwrap()[0], arranged.items[0]);
}

#[test]
fn the_largest_plan_is_arranged_with_all_its_warnings() {
    let row = |n| format!("Tip {n},2026-12-{:02} {:02}:{:02}", n % 27 + 2, n / 27 % 24, n / 648 % 60);
    let rows: Vec<String> = (0..crate::plan::file::ROWS_MAX).map(row).collect();
    let arranged = plan(&format!("text,at\n{}\n", rows.join("\n"))).unwrap();
    assert_eq!(arranged.items.len(), 2 * crate::plan::file::ROWS_MAX as usize);
    assert!(arranged.items.iter().any(|item| !item.warnings.is_empty()));
}
