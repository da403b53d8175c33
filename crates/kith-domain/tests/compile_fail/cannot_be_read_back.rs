//! No row, request or file becomes an act.

use kith_domain::mandate::HumanAct;

fn read(text: &str) -> HumanAct {
    serde_json::from_str(text).unwrap()
}

fn main() {
    let _ = read;
}
