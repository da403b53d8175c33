//! How a `HumanAct` comes to be: the guards that the compiler can't give.
//!
//! The compiler keeps anybody from building, copying or storing the proof (`crates/kith-domain/tests`). These rules
//! keep its one maker, keep it without abilities, and keep sessions and their secrets where a person signs in.

use super::speech::knows_the_domain;
use crate::rust::{RustFile, Token, block};
use crate::{Finding, Repo};

const PROOF: &str = "crates/kith-domain/src/mandate/human_act.rs";
/// Where chance is drawn; only sign-in may ask it for a secret.
const CHANCE: &str = "crates/kith-engine/src/chance.rs";
const SIGN_IN: &str = "crates/kith-engine/src/mandate/sign_in.rs";

/// Every rule of this file.
pub fn check(repo: &Repo) -> Vec<Finding> {
    let mut findings = made_once(repo);
    findings.extend(sessions_come_from_the_store(repo));
    findings
}

/// `HumanAct` is built in one place, `SignedInSession::act`, which asks for the browser's secret.
fn made_once(repo: &Repo) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut makers = Vec::new();
    for file in repo.product() {
        let blocks = block::blocks(&file.code);
        for open in blocks.iter().map(|block| block.open) {
            let around = block::around(&blocks, open);
            let inside_proof = around.iter().any(|block| block.named("impl") == Some("HumanAct"));
            let named = open > 0 && (file.code[open - 1].is("HumanAct") || (inside_proof && file.code[open - 1].is("Self")));
            if named && !is_type_place(&file.code, open - 1) {
                let headers: Vec<String> = around.iter().map(|block| block.header_text()).collect();
                let by_session = headers.iter().any(|header| header == "impl SignedInSession");
                let by_act = around.iter().any(|block| block.named("fn") == Some("act"));
                makers.push((file, file.code[open].line, by_session && by_act));
            }
        }
        for at in file.find(&["for", "HumanAct"]) {
            let blocks_header: Vec<&str> =
                (0..at).rev().map(|i| file.code[i].text.as_str()).take_while(|text| !matches!(*text, ";" | "}" | "{")).collect();
            if blocks_header.contains(&"impl") {
                let why = format!("{} is implemented for HumanAct", blocks_header.first().unwrap_or(&"something"));
                findings.push(Finding::new(
                    &file.path,
                    file.code[at].line,
                    why,
                    "leave the proof without abilities: it is made, shown and spent",
                ));
            }
        }
    }
    for (file, line, lawful) in &makers {
        if !lawful || makers.len() > 1 {
            let why = "a HumanAct is built here; it has one maker, SignedInSession::act, which asks for the browser's secret";
            findings.push(Finding::new(&file.path, *line, why, "pass on the act that the present person's session made"));
        }
    }
    match repo.rust.iter().find(|file| file.path == PROOF) {
        Some(file) => findings.extend(proof_is_closed(file)),
        None => {
            findings.push(Finding::new(
                PROOF,
                0,
                "the proof is not where these guards look for it",
                "tell crates/xtask/src/rules/proof.rs",
            ));
        }
    }
    if makers.is_empty() {
        findings.push(Finding::new(
            PROOF,
            0,
            "nothing makes a HumanAct, so these guards guard nothing",
            "keep SignedInSession::act as its maker",
        ));
    }
    findings
}

/// Whether the name at `at` stands where a type does: a declaration, a return type, a pattern.
fn is_type_place(code: &[Token], at: usize) -> bool {
    let before: Vec<&str> =
        code[..at].iter().rev().map(|token| token.text.as_str()).find(|text| !matches!(*text, "&" | "mut")).into_iter().collect();
    matches!(before[..], ["struct" | "impl" | "for" | "dyn" | "let" | "enum" | ">"])
}

/// No public field, and no derive but `Debug`.
fn proof_is_closed(file: &RustFile) -> Vec<Finding> {
    let mut findings = Vec::new();
    let Some(at) = file.find(&["struct", "HumanAct", "{"]).first().copied() else {
        return vec![Finding::new(PROOF, 0, "struct HumanAct is not here", "tell crates/xtask/src/rules/proof.rs where it went")];
    };
    for field in block::arguments(&file.code, at + 2) {
        if let Some(token) = field.iter().find(|token| token.is("pub")) {
            findings.push(Finding::new(
                PROOF,
                token.line,
                "a field of HumanAct is public, so that anybody can change it",
                "make it private",
            ));
        }
    }
    let before: Vec<&str> =
        file.code[..at].iter().rev().map(|token| token.text.as_str()).take_while(|text| !matches!(*text, "}" | ";")).collect();
    for derived in before.iter().filter(|text| matches!(**text, "Clone" | "Copy" | "Serialize" | "Deserialize" | "Default")) {
        let why = format!("HumanAct derives {derived}, so that it can be kept and used without the person");
        findings.push(Finding::new(PROOF, file.code[at].line, why, "derive Debug only"));
    }
    findings
}

/// Whoever could write a session or its secret by hand could be anybody: both come from sign-in and the store.
fn sessions_come_from_the_store(repo: &Repo) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in repo.product().filter(|file| knows_the_domain(file)) {
        let is_home = file.path.starts_with("crates/kith-domain/src/mandate/") || file.path == SIGN_IN;
        for at in file.find(&["SignedInSession", "{"]) {
            if !is_home && file.path != "crates/kith-store/src/sign_in.rs" && !is_type_place(&file.code, at) {
                let why = "a session is written by hand, which would let code pose as a person";
                findings.push(Finding::new(&file.path, file.code[at].line, why, "read it from the store by the browser's secret"));
            }
        }
        let own_calls = [("secret", "makes a browser's secret"), ("add_session", "begins a session"), ("add_link", "makes a sign-in link")];
        for (word, what) in own_calls.iter().filter(|_| file.path != SIGN_IN && file.crate_name() != "kith-store") {
            for at in file.find(&[".", word, "("]) {
                let why = format!(".{word}( {what} outside sign-in, which would let code pose as a person");
                findings.push(Finding::new(
                    &file.path,
                    file.code[at].line,
                    why,
                    "let the sign-in of the engine do it, at a person's request",
                ));
            }
        }
        for maker in ["from_chance", "from_text"] {
            for at in file.find(&["SessionSecret", ":", ":", maker]) {
                if !is_home && file.path != CHANCE {
                    let why = "a browser's secret is made or read outside sign-in";
                    findings.push(Finding::new(&file.path, file.code[at].line, why, "let the sign-in of the engine do it"));
                }
            }
        }
        if file.path != SIGN_IN {
            for at in file.find(&["Visitor", "{"]).into_iter().filter(|&at| !is_type_place(&file.code, at)) {
                let why = "a visitor is made outside sign-in";
                findings.push(Finding::new(&file.path, file.code[at].line, why, "ask the engine who the cookie's visitor is"));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROOF_TEXT: &str = "#[derive(Debug)]\npub struct HumanAct { id: A, at: B }\n\
        impl SignedInSession { pub fn act(&self) -> Result<HumanAct, E> { Ok(HumanAct { id, at }) } }\n\
        impl HumanAct { pub fn id(&self) -> A { self.id } }";

    /// What is found beyond a repository that keeps the rules.
    fn found(path: &str, text: &str) -> Vec<String> {
        let mut files = vec![(PROOF, PROOF_TEXT)];
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
    fn the_proof_has_one_maker() {
        allows("crates/kith-engine/src/converse/reply.rs", "fn f(act: &HumanAct) -> HumanAct { g() }");
        refuses("crates/kith-domain/src/mandate/other.rs", "fn f() -> HumanAct { HumanAct { id, at } }", "is built here");
        refuses(PROOF, &PROOF_TEXT.replace("{ self.id }", "{ Self { id, at }.id }"), "is built here");
        refuses(PROOF, &PROOF_TEXT.replace("fn act", "fn fake"), "is built here");
        refuses(PROOF, "pub struct HumanAct { id: A }", "nothing makes a HumanAct");
    }

    #[test]
    fn the_proof_stays_closed() {
        refuses(PROOF, &PROOF_TEXT.replace("id: A,", "pub id: A,"), "is public");
        for ability in ["Clone", "Copy", "Serialize", "Deserialize", "Default"] {
            refuses(PROOF, &PROOF_TEXT.replace("Debug", &format!("Debug, {ability}")), &format!("derives {ability}"));
        }
        refuses("crates/kith-domain/src/mandate/other.rs", "impl Clone for HumanAct { }", "Clone is implemented for HumanAct");
    }

    #[test]
    fn nobody_writes_a_session_by_hand() {
        refuses("crates/kith-engine/src/publish/courier.rs", "let s = SignedInSession { id, role };", "written by hand");
        refuses("crates/kith/src/commands/demo.rs", "SessionSecret::from_chance([0; 32])", "outside sign-in");
        refuses("crates/kith-web/src/api.rs", "let v = Visitor { name };", "a visitor is made outside sign-in");
        refuses("crates/kith-engine/src/listen/listener.rs", "self.chance().secret()", ".secret( makes");
        refuses("crates/kith-engine/src/listen/listener.rs", "store.add_session(&row, now)", ".add_session( begins a session");
        allows("crates/kith-store/src/sign_in.rs", "fn f() -> X { Ok(SignedInSession { id }) }");
        allows(SIGN_IN, "fn f() { Visitor { session: SignedInSession { id, ..s }, secret: SessionSecret::from_text(c) }; }");
    }
}
