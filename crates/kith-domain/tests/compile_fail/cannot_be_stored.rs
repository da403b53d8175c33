//! What can't be written down can't be used later by a job.

use kith_domain::mandate::HumanAct;

fn keep(act: &HumanAct) -> String {
    serde_json::to_string(act).unwrap()
}

fn main() {
    let _ = keep;
}
