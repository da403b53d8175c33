//! There is no act that nobody made.

use kith_domain::mandate::HumanAct;

fn main() {
    let _: HumanAct = Default::default();
}
