//! No code path speaks without a present person: who may ask for the proof, who may hold what speaks.
//!
//! `proof` guards how a `HumanAct` comes to be. These rules keep the few places that ask for it or use it where they
//! are, and keep what speaks out of every list of jobs.

use crate::rust::{Kind, RustFile, Token, block};
use crate::{Finding, Repo};

const TRAITS: &str = "crates/kith-networks/src/network.rs";
const CONVERSE: &str = "crates/kith-engine/src/converse/";
/// The page on which a present person presses Send: the one door to the converse stage.
const PAGE: &str = "crates/kith-web/src/routes/inbox.rs";

/// What a speaker can do. A new method is a decision (docs/decisions), and then a word here.
const SPEAKER: [&str; 11] =
    ["reply", "find_reply", "follow", "unfollow", "like", "repost", "unlike", "unrepost", "stands", "first_words", "find_first_words"];

/// Words for speaking to people, as parts of a variant's or method's name.
const SPEAKING: [&str; 18] = [
    "reply",
    "answer",
    "respond",
    "comment",
    "message",
    "dm",
    "follow",
    "unfollow",
    "like",
    "unlike",
    "favourite",
    "favorite",
    "repost",
    "unrepost",
    "boost",
    "quote",
    "thank",
    "speak",
];

/// Names, or ends of names, of enums that list work for machines.
const WORK: [&str; 6] = ["Job", "Jobs", "Task", "Work", "Errand", "Action"];

/// Every rule of this file.
pub fn check(repo: &Repo) -> Vec<Finding> {
    let mut findings = asked_for_in_converse(repo);
    findings.extend(spoken_in_converse(repo));
    findings.extend(speakers_take_the_proof(repo));
    findings.extend(no_job_speaks(repo));
    findings
}

/// The proof is asked for only in `converse`.
fn asked_for_in_converse(repo: &Repo) -> Vec<Finding> {
    const WAY_OUT: &str = "let the page's handler call the engine's converse stage, where the present person's session is asked";
    /// `SignedInSession::act` takes secret, gesture, kind, target, now; other methods named `act` take fewer.
    const ARGUMENTS: usize = 5;
    let mut findings = Vec::new();
    for file in repo.product().filter(|file| knows_the_domain(file) && !file.path.starts_with(CONVERSE)) {
        let called = file.find(&[".", "act", "("]).into_iter().filter(|&at| block::arguments(&file.code, at + 2).len() == ARGUMENTS);
        for at in called.chain(file.find(&["SignedInSession", ":", ":", "act"])) {
            findings.push(Finding::new(
                &file.path,
                file.code[at].line,
                "a HumanAct is asked for outside the engine's converse stage",
                WAY_OUT,
            ));
        }
    }
    findings
}

/// Speakers are held and used only in `converse`, which is reached by one page only.
fn spoken_in_converse(repo: &Repo) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in repo.product().filter(|file| knows_the_domain(file)) {
        let name = file.crate_name();
        let in_network = file.path.starts_with("crates/kith-networks/src/");
        let in_converse = file.path.starts_with(CONVERSE) || file.path == PAGE;
        if !in_network && !file.path.starts_with(CONVERSE) {
            let held = file.code.iter().filter(|token| token.is("Speaker"));
            let asked = file.find(&[".", "speaker", "("]).into_iter().map(|at| &file.code[at + 1]);
            for token in held.chain(asked) {
                let why = "a network's Speaker is held outside the engine's converse stage";
                findings.push(Finding::new(&file.path, token.line, why, "call the converse stage with the visitor; it holds the speaker"));
            }
        }
        if in_converse {
            continue;
        }
        for word in SPEAKER {
            let called = file.find(&[".", word, "("]);
            for at in called.into_iter().filter(|&at| at == 0 || !(in_network && file.code[at - 1].is("self"))) {
                let why = format!(".{word}( is called outside the converse stage and its one page: only a present person speaks");
                findings.push(Finding::new(&file.path, file.code[at].line, why, "let the person press Send in the inbox"));
            }
        }
        if name == "kith" {
            for word in ["enter_by_link", "visitor", "new_gesture", "sign_in"] {
                for at in file.find(&[".", word, "("]) {
                    let why = format!("the command line calls .{word}(, which is a browser's: a command is no present person (C2)");
                    findings.push(Finding::new(&file.path, file.code[at].line, why, "print the link and let the person open it"));
                }
            }
        }
    }
    findings
}

/// The list of what a speaker can do, each with the proof; and no other trait that speaks.
pub fn speakers_take_the_proof(repo: &Repo) -> Vec<Finding> {
    let Some(file) = repo.rust.iter().find(|file| file.path == TRAITS) else {
        return vec![Finding::new(
            TRAITS,
            0,
            "the traits are not where this guard looks for them",
            "tell crates/xtask/src/rules/speech.rs",
        )];
    };
    let (mut findings, mut seen) = (Vec::new(), Vec::new());
    for found in block::blocks(&file.code).iter().filter(|block| block.named("trait").is_some()) {
        let is_speaker = found.named("trait") == Some("Speaker");
        for (name, line, arguments) in methods(found.body) {
            let takes_proof = arguments.iter().any(|part| part.windows(2).any(|pair| pair[0].is("&") && pair[1].is("HumanAct")));
            if is_speaker {
                seen.push(name);
                if !takes_proof {
                    let why = format!("Speaker::{name} does not take a &HumanAct, so that a machine could call it");
                    findings.push(Finding::new(TRAITS, line, why, "take the act that the present person made"));
                }
                if !SPEAKER.contains(&name) {
                    let why = format!("Speaker::{name} is new: what may be said in a person's name is a decision");
                    findings.push(Finding::new(
                        TRAITS,
                        line,
                        why,
                        "write it in docs/decisions, then in SPEAKER in crates/xtask/src/rules/speech.rs",
                    ));
                }
            } else if let Some(word) = speaking_word(name) {
                let why = format!("a trait other than Speaker has the method {name}, which speaks ({word})");
                findings.push(Finding::new(TRAITS, line, why, "move it to Speaker and take a &HumanAct"));
            }
        }
    }
    for missing in SPEAKER.iter().filter(|name| !seen.contains(name)) {
        findings.push(Finding::new(
            TRAITS,
            0,
            format!("Speaker::{missing} is gone, and the list of this guard still has it"),
            "take it off the list",
        ));
    }
    findings
}

/// No enum that lists work for machines has a variant that speaks.
fn no_job_speaks(repo: &Repo) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in repo.product().filter(|file| knows_the_domain(file)) {
        for found in block::blocks(&file.code) {
            let Some(name) = found.named("enum").filter(|name| WORK.iter().any(|end| name.ends_with(end))) else { continue };
            for variant in block::arguments(&file.code, found.open) {
                let Some(token) = variant_name(variant) else { continue };
                if let Some(word) = speaking_word(&token.text) {
                    let why = format!("{name}::{} is work for a machine that speaks ({word})", token.text);
                    findings.push(Finding::new(&file.path, token.line, why, "only a present person speaks; remind her instead"));
                }
            }
        }
    }
    findings
}

/// Whether the file's crate can name the proof at all.
pub(super) fn knows_the_domain(file: &RustFile) -> bool {
    matches!(file.crate_name(), "kith-domain" | "kith-networks" | "kith-store" | "kith-engine" | "kith-web" | "kith")
}

/// Name, line and arguments of each method in a trait's body.
fn methods(body: &[Token]) -> Vec<(&str, u32, Vec<&[Token]>)> {
    let mut found = Vec::new();
    for at in crate::rust::find(body, &["fn"]) {
        let (Some(name), Some(open)) = (body.get(at + 1), (at..body.len()).find(|&index| body[index].is("("))) else { continue };
        found.push((name.text.as_str(), name.line, block::arguments(body, open)));
    }
    found
}

/// The variant's name: the first word after its attributes.
fn variant_name(variant: &[Token]) -> Option<&Token> {
    let mut at = 0;
    while variant.get(at)?.is("#") {
        at = crate::rust::strip::closing(variant, at + 1);
    }
    variant.get(at).filter(|token| token.kind == Kind::Word)
}

/// The first part of a name that is a word for speaking.
fn speaking_word(name: &str) -> Option<&'static str> {
    let mut parts = vec![String::new()];
    for c in name.chars() {
        if c == '_' || c.is_uppercase() {
            parts.push(String::new());
        }
        if c != '_'
            && let Some(last) = parts.last_mut()
        {
            last.extend(c.to_lowercase());
        }
    }
    SPEAKING.iter().find(|word| parts.iter().any(|part| part == *word)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRAITS_TEXT: &str = "trait Reader { async fn page(&self); }\ntrait Speaker {\n\
        async fn reply(&self, call: &Call<'_>, act: &HumanAct, words: &Words) -> Outcome;\n\
        async fn find_reply(&self, act: &HumanAct);\nasync fn follow(&self, act: &HumanAct);\nasync fn unfollow(&self, act: &HumanAct);\n\
        async fn like(&self, act: &HumanAct);\nasync fn repost(&self, act: &HumanAct);\n\
        async fn unlike(&self, act: &HumanAct);\nasync fn unrepost(&self, act: &HumanAct);\nasync fn stands(&self, act: &HumanAct);\n\
        async fn first_words(&self, act: &HumanAct);\nasync fn find_first_words(&self, act: &HumanAct);\n}";

    /// What is found beyond a repository that keeps the rules.
    fn found(path: &str, text: &str) -> Vec<String> {
        let mut files = vec![(TRAITS, TRAITS_TEXT)];
        files.retain(|(own, _)| *own != path);
        files.push((path, text));
        check(&Repo::of(&files)).iter().map(ToString::to_string).collect()
    }

    fn refuses(path: &str, text: &str, why: &str) {
        let found = found(path, text);
        assert!(found.iter().any(|finding| finding.contains(why)), "{text}: {found:?}");
    }

    fn allows(path: &str, text: &str) {
        assert_eq!(found(path, text), Vec::<String>::new(), "{text}");
    }

    #[test]
    fn the_proof_is_asked_for_only_in_converse() {
        let call = "fn f() { visitor.session.act(&secret, gesture, kind, target, now); }";
        allows("crates/kith-engine/src/converse/reply.rs", call);
        refuses("crates/kith-engine/src/publish/courier.rs", call, "asked for outside");
        refuses("crates/kith-web/src/api.rs", "let a = SignedInSession::act;", "asked for outside");
        allows("crates/kith-engine/src/publish/courier.rs", "fn f() { store.act(gesture); }");
    }

    #[test]
    fn speakers_are_held_and_used_only_in_converse() {
        let text = "fn f(speaker: &dyn Speaker) { line.network.speaker(); speaker.follow(call, act); }";
        allows("crates/kith-engine/src/converse/follow.rs", text);
        assert_eq!(found("crates/kith-engine/src/publish/courier.rs", text).len(), 3);
        allows(PAGE, "kith.reply(&visitor, gesture, id, text)");
        refuses("crates/kith-web/src/api.rs", "kith.reply(&visitor, gesture, id, text)", ".reply( is called outside");
        refuses("crates/kith/src/commands/demo.rs", "kith.visitor(&cookie)", "a command is no present person");
        allows("crates/kith-engine/src/publish/courier.rs", "#[cfg(test)]\nmod tests { fn f() { speaker.like(call, act); } }");
    }

    #[test]
    fn every_way_of_speaking_takes_the_proof() {
        refuses(TRAITS, &TRAITS_TEXT.replace("like(&self, act: &HumanAct)", "like(&self)"), "Speaker::like does not take a &HumanAct");
        refuses(TRAITS, &TRAITS_TEXT.replace("repost(", "boost("), "Speaker::boost is new");
        refuses(TRAITS, &TRAITS_TEXT.replace("repost(", "boost("), "Speaker::repost is gone");
        refuses(TRAITS, &TRAITS_TEXT.replace("fn page", "fn send_dm"), "a trait other than Speaker has the method send_dm");
    }

    #[test]
    fn no_work_for_machines_speaks() {
        refuses("crates/kith-engine/src/publish/job.rs", "enum Job { Publish(A), #[x] AutoReply { a: B } }", "Job::AutoReply");
        refuses("crates/kith-domain/src/publish/mod.rs", "enum NightlyTask { FollowBack }", "NightlyTask::FollowBack");
        allows("crates/kith-engine/src/publish/job.rs", "enum Job { Publish { reply: A }, Listen }");
        allows("crates/kith-domain/src/listen.rs", "enum IncomingKind { Reply, Follow }");
    }
}
