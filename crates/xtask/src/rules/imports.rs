//! Who may import whom: the crates' layers, read from each `Cargo.toml`.
//!
//! A crate not listed here is refused until somebody decides where it stands.

use std::collections::BTreeSet;

use crate::{Finding, Repo};

/// A crate, what it may import of ours, and what its tests may use besides.
struct Layer {
    name: &'static str,
    imports: &'static [&'static str],
    for_tests: &'static [&'static str],
}

/// The layers from the bottom up.
const LAYERS: [Layer; 12] = [
    Layer { name: "kith-domain", imports: &[], for_tests: &[] },
    Layer { name: "kith-networks", imports: &["kith-domain"], for_tests: &["kith-testkit", "kith-practice"] },
    Layer { name: "kith-store", imports: &["kith-domain"], for_tests: &["kith-testkit"] },
    Layer { name: "kith-engine", imports: &["kith-domain", "kith-store", "kith-networks"], for_tests: &["kith-testkit", "kith-practice"] },
    Layer { name: "kith-web", imports: &["kith-domain", "kith-engine"], for_tests: &["kith-testkit", "kith-practice"] },
    // Any outside server could stand in its place, so it knows nothing of Kith.
    Layer { name: "kith-practice", imports: &[], for_tests: &["kith-testkit"] },
    Layer { name: "kith-sim", imports: &["kith-domain"], for_tests: &["kith-testkit"] },
    Layer {
        name: "kith-testkit",
        imports: &["kith-domain", "kith-store", "kith-networks", "kith-engine", "kith-practice"],
        for_tests: &[],
    },
    // It measures the product's own parts, and stands in for a network while it does.
    Layer { name: "kith-bench", imports: &["kith-domain", "kith-store", "kith-networks", "kith-engine"], for_tests: &[] },
    // The binary wires everything, so it sees everything.
    Layer {
        name: "kith",
        imports: &["kith-domain", "kith-store", "kith-networks", "kith-engine", "kith-web", "kith-practice", "kith-sim", "kith-bench"],
        for_tests: &["kith-testkit"],
    },
    // It judges the binary from outside, by what networks show and the command line says.
    Layer { name: "kith-killloop", imports: &["kith-testkit", "kith-practice"], for_tests: &[] },
    Layer { name: "xtask", imports: &[], for_tests: &[] },
];

/// Outside crates that give a power, and who may have it in the product.
const POWERS: [(&str, &[&str], &str); 4] = [
    ("sqlx", &["kith-store"], "SQL is spoken only there"),
    ("reqwest", &["kith-networks", "kith-testkit"], "the one HTTP client refuses private addresses and bounds every answer"),
    ("tokio-tungstenite", &["kith-networks", "kith-testkit"], "connections to the outside are made only there"),
    ("clap", &["kith"], "the command line is only there"),
];

/// Every import between crates that the layers do not allow.
pub fn check(repo: &Repo) -> Vec<Finding> {
    let mut findings = Vec::new();
    for name in repo.crates() {
        let path = format!("crates/{name}/Cargo.toml");
        let Some(file) = repo.file(&path) else { continue };
        let Some(layer) = LAYERS.iter().find(|layer| layer.name == name) else {
            let why = format!("the crate {name} has no place among the layers");
            findings.push(Finding::new(&path, 0, why, "add it to LAYERS in crates/xtask/src/rules/imports.rs and to ARCHITECTURE.md"));
            continue;
        };
        let table: toml::Table = match file.text.parse() {
            Ok(table) => table,
            Err(error) => {
                findings.push(Finding::new(&path, 0, format!("it is not TOML: {}", error.message()), "write it as Cargo reads it"));
                continue;
            }
        };
        let line = |wanted: &str| {
            let at = file.text.lines().position(|line| line.trim_start().trim_start_matches('"').starts_with(wanted));
            at.map_or(0, |at| at as u32 + 1)
        };
        for (dependency, for_tests) in dependencies(&table) {
            if dependency.starts_with("kith") || dependency == "xtask" {
                let allowed = layer.imports.contains(&dependency.as_str()) || (for_tests && layer.for_tests.contains(&dependency.as_str()));
                if !allowed {
                    let kind = if for_tests { "its tests import" } else { "it imports" };
                    let may = list(layer.imports, if for_tests { layer.for_tests } else { &[] });
                    let why = format!("{name} stands where it does so that {may}, and {kind} {dependency}");
                    findings.push(Finding::new(
                        &path,
                        line(&dependency),
                        why,
                        "move what needs it to a layer above, or pass it in as a value",
                    ));
                }
            }
            if let Some((_, may, reason)) = POWERS.iter().find(|(power, _, _)| *power == dependency)
                && !for_tests
                && !may.contains(&name)
            {
                let why = format!("{name} imports {dependency}, which only {} may: {reason}", may.join(" and "));
                findings.push(Finding::new(&path, line(&dependency), why, format!("ask {} for what is needed", may[0])));
            }
        }
    }
    findings.extend(passed_through(repo));
    findings
}

/// `pub use kith_store::…` in the engine would let the web layer see what it may not.
fn passed_through(repo: &Repo) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in repo.product().filter(|file| file.crate_name() == "kith-engine") {
        for lower in ["kith_store", "kith_networks"] {
            for at in file.find(&["pub", "use", lower]) {
                let why = format!("the engine passes {lower} on, so that the layers above see through it");
                findings.push(Finding::new(&file.path, file.code[at].line, why, "give the layers above a type of the engine's own"));
            }
        }
    }
    findings
}

fn list(imports: &[&str], more: &[&str]) -> String {
    let all: Vec<&str> = imports.iter().chain(more).copied().collect();
    if all.is_empty() { "it knows no other crate of ours".to_owned() } else { format!("it knows only {}", all.join(", ")) }
}

/// Names of dependencies with whether they are for tests only, under whatever target or alias they stand.
fn dependencies(table: &toml::Table) -> BTreeSet<(String, bool)> {
    let mut found = BTreeSet::new();
    for (section, for_tests) in [("dependencies", false), ("build-dependencies", false), ("dev-dependencies", true)] {
        let targets = table.get("target").and_then(toml::Value::as_table);
        let of_targets = targets.into_iter().flat_map(|targets| targets.values()).filter_map(toml::Value::as_table);
        for holder in std::iter::once(table).chain(of_targets) {
            for (key, value) in holder.get(section).and_then(toml::Value::as_table).into_iter().flatten() {
                let package = value.get("package").and_then(toml::Value::as_str).unwrap_or(key);
                found.insert((package.to_owned(), for_tests));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(name: &str, toml: &str) -> Vec<String> {
        let path = format!("crates/{name}/Cargo.toml");
        check(&Repo::of(&[(&path, toml)])).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_web_layer_never_sees_networks_or_the_store() {
        let web = "[dependencies]\nkith-engine.workspace = true\nkith-networks.workspace = true\nkith-store = { workspace = true }\n";
        let found = found("kith-web", web);
        assert_eq!(found.len(), 2);
        assert!(
            found[0]
                .starts_with("crates/kith-web/Cargo.toml:3: kith-web stands where it does so that it knows only kith-domain, kith-engine")
        );
    }

    #[test]
    fn an_alias_or_a_target_hides_nothing() {
        assert_eq!(found("kith-domain", "[dependencies]\nshelf = { package = \"kith-store\", path = \"../kith-store\" }\n").len(), 1);
        assert_eq!(found("kith-store", "[target.'cfg(unix)'.dependencies]\nkith-networks.workspace = true\n").len(), 1);
        assert_eq!(found("kith-store", "[build-dependencies]\nkith-engine.workspace = true\n").len(), 1);
    }

    #[test]
    fn the_test_kit_is_for_tests_only() {
        assert_eq!(found("kith-engine", "[dev-dependencies]\nkith-testkit.workspace = true\n").len(), 0);
        assert_eq!(found("kith-engine", "[dependencies]\nkith-testkit.workspace = true\n").len(), 1);
    }

    #[test]
    fn a_power_stays_where_it_is_guarded() {
        assert_eq!(found("kith-engine", "[dependencies]\nsqlx.workspace = true\nreqwest.workspace = true\n").len(), 2);
        assert_eq!(found("kith-store", "[dependencies]\nsqlx.workspace = true\n").len(), 0);
    }

    #[test]
    fn a_crate_without_a_place_is_refused() {
        assert_eq!(found("kith-extra", "[dependencies]\n").len(), 1);
    }

    #[test]
    fn the_engine_passes_no_lower_layer_on() {
        let repo = Repo::of(&[("crates/kith-engine/src/lib.rs", "pub use kith_store::Store;\nuse kith_networks::Call;")]);
        assert_eq!(check(&repo).len(), 1);
    }
}
