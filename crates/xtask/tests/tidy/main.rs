//! Tidy: the rules of the house, held against the repository as it is.
//!
//! Each test is one rule of `xtask::rules` and fails with every breach: file and line, why it matters, the way out.

use std::path::Path;
use std::sync::LazyLock;

use xtask::rules::{
    documents, imports, length, limits, map, marks, matrix, networks, proof, purity, speech, sql, stages, surroundings, workspace,
};
use xtask::{Finding, Repo};

static REPO: LazyLock<Repo> = LazyLock::new(|| {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    Repo::read(&root).unwrap_or_else(|error| panic!("{} can't be read: {error}", root.display()))
});

/// Fails with every finding, one a line.
#[track_caller]
fn none(findings: Vec<Finding>) {
    let count = findings.len();
    let report = xtask::finding::report(findings);
    assert!(report.is_empty(), "{count} to put right:\n{report}");
}

#[test]
fn the_repository_is_read_whole() {
    let crates = REPO.crates();
    assert!(crates.contains("kith-domain") && crates.contains("xtask"), "{crates:?}");
    assert!(REPO.product().count() > 100, "the rules must look at the whole product");
    assert!(!REPO.networks().is_empty(), "no folder of kith-networks implements Network");
}

#[test]
fn each_crate_imports_only_layers_below_it() {
    none(imports::check(&REPO));
}

#[test]
fn an_earlier_stage_names_no_later_one() {
    none(stages::check(&REPO));
}

#[test]
fn the_domain_neither_acts_nor_looks() {
    none(purity::check(&REPO));
}

#[test]
fn sql_text_stays_in_the_store() {
    none(sql::check(&REPO));
}

#[test]
fn a_networks_name_stays_in_its_folder() {
    none(networks::names(&REPO));
}

#[test]
fn each_network_has_readme_page_and_registry_line() {
    none(networks::belongings(&REPO));
}

#[test]
fn the_proof_of_a_person_is_made_in_one_place() {
    none(proof::check(&REPO));
}

#[test]
fn only_a_present_person_speaks() {
    none(speech::check(&REPO));
}

#[test]
fn the_failure_matrix_names_every_test_and_every_test_is_there() {
    none(matrix::check(&REPO));
}

#[test]
fn no_file_is_longer_than_one_idea() {
    for (path, lines) in length::over_aim(&REPO) {
        println!("{path}: {lines} lines without tests; the aim is {}", length::LINES_AIM);
    }
    none(length::check(&REPO));
}

#[test]
fn every_source_says_what_it_is_about() {
    none(documents::module_docs(&REPO));
}

#[test]
fn no_module_has_an_empty_name() {
    none(documents::module_names(&REPO));
}

#[test]
fn nothing_is_left_half_done() {
    none(marks::unfinished(&REPO));
}

#[test]
fn white_space_is_clean() {
    none(marks::white_space(&REPO));
}

#[test]
fn the_project_speaks_of_itself_alone() {
    none(surroundings::check(&REPO));
}

#[test]
fn every_crate_lives_under_the_same_roof() {
    none(workspace::check(&REPO));
}

#[test]
fn the_map_of_the_house_is_true() {
    none(map::check(&REPO));
}

#[test]
fn every_limit_says_where_it_comes_from() {
    none(limits::check(&REPO));
}
