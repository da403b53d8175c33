//! One press speaks once.

use kith_domain::mandate::HumanAct;

fn twice(act: &HumanAct) -> (HumanAct, HumanAct) {
    (act.clone(), act.clone())
}

fn main() {
    let _ = twice;
}
