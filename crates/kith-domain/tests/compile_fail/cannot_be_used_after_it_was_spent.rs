//! What was proved once is not proved again.

use kith_domain::mandate::HumanAct;

fn twice(act: HumanAct) {
    act.spend();
    act.spend();
}

fn main() {
    let _ = twice;
}
