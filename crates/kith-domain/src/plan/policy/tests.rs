use super::*;

fn policy() -> Policy {
    toml::from_str(include_str!("../../../policy.toml")).unwrap()
}

#[test]
fn the_file_is_whole() {
    let policy = policy();
    assert_eq!(policy.check(), Ok(()));
    assert!(policy.rules.len() >= 40, "{}", policy.rules.len());
    for network in ["mastodon", "bluesky", "x", "linkedin", "facebook", "threads"] {
        assert!(policy.limits.contains_key(network), "{network}");
    }
}

#[test]
fn a_rule_named_twice_or_without_its_source_is_told() {
    let mut twice = policy();
    twice.rules.push(twice.rules[0].clone());
    assert_eq!(twice.check(), Err(PolicyFault::RuleTwice { id: "X1".into() }));
    let mut lost = policy();
    lost.rules[0].source = Some("nowhere".into());
    assert_eq!(lost.check(), Err(PolicyFault::NoSuchSource { whose: "X1".into(), source_name: "nowhere".into() }));
}

#[test]
fn every_rule_is_kept_at_every_door_by_everyone() {
    let policy = policy();
    let everyone = Role::ALL.into_iter().map(Some).chain([None]);
    for actor in everyone {
        for entry in Entry::ALL {
            for rule in &policy.rules {
                let network = if rule.network == "*" { "mastodon" } else { &rule.network };
                let decision = policy.decide(network, &rule.action, entry, actor);
                let present = entry == Entry::Page && actor == Some(Role::Owner);
                match rule.verdict {
                    Saying::Forbidden => assert_eq!(decision.verdict, Verdict::Forbidden, "{} {entry:?}", rule.id),
                    Saying::Unavailable => assert!(!decision.is_allowed(), "{} {entry:?}", rule.id),
                    Saying::HumanOnly if !present => assert!(!decision.is_allowed(), "{} {entry:?} {actor:?}", rule.id),
                    Saying::HumanOnly | Saying::ScheduleOk | Saying::Warn => {
                        assert!(decision.verdict != Verdict::Forbidden || decision.rule.is_some_and(|r| r.id != rule.id), "{}", rule.id);
                    }
                }
            }
        }
    }
}

#[test]
fn a_broadcast_may_be_planned_and_a_reply_may_not() {
    let policy = policy();
    for network in ["mastodon", "bluesky", "x", "linkedin", "threads"] {
        assert!(policy.decide(network, "post", Entry::Series, None).is_allowed(), "{network}");
    }
    for network in ["mastodon", "bluesky", "threads", "facebook", "somewhere-new"] {
        for entry in Entry::ALL {
            for actor in [Some(Role::Owner), Some(Role::Delegate), None] {
                let present = entry == Entry::Page && actor == Some(Role::Owner);
                assert_eq!(policy.decide(network, "reply", entry, actor).is_allowed(), present, "{network} {entry:?} {actor:?}");
            }
        }
    }
    let on_x = policy.decide("x", "reply", Entry::Page, Some(Role::Owner));
    assert_eq!((on_x.verdict, on_x.code()), (Verdict::Unavailable, "policy.X5".to_owned()));
    assert!(on_x.to_string().starts_with("the network does not offer this; open it there (policy.X5): only when"));
}

#[test]
fn an_action_that_no_rule_names_is_forbidden() {
    let policy = policy();
    let decision = policy.decide("mastodon", "buy_followers", Entry::Page, Some(Role::Owner));
    assert_eq!((decision.verdict, decision.code()), (Verdict::Forbidden, "policy.unnamed".to_owned()));
}

#[test]
fn a_condition_is_shown_with_what_is_allowed() {
    let policy = policy();
    let decision = policy.decide("x", "post", Entry::Import, Some(Role::Owner));
    assert!(decision.is_allowed());
    assert_eq!(decision.conditions.iter().map(|rule| rule.id.as_str()).collect::<Vec<_>>(), ["X1"]);
}

#[test]
fn a_rule_read_more_than_180_days_ago_is_stale() {
    let policy = policy();
    let read: Date = policy.sources["x-guide"].as_of;
    let days = |days: i64| read.checked_add(jiff::Span::new().days(days)).unwrap();
    let is_stale = |today| policy.stale(today).iter().any(|stale| stale.rule.id == "X1");
    assert!(!is_stale(days(180)));
    assert!(is_stale(days(181)));
    let told = policy.stale(days(181)).iter().find(|stale| stale.rule.id == "X1").unwrap().to_string();
    assert_eq!(told, "the rule X1 (post on x) was read on 2026-07-24, 181 days ago; read its source again");
    let oldest: Vec<Date> = policy.stale(days(400)).iter().map(|stale| stale.as_of).collect();
    assert!(oldest.is_sorted());
}
