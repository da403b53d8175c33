//! A secret that can't be formatted can't end in a log.

use kith_domain::mandate::SessionSecret;

fn show(secret: &SessionSecret) -> String {
    format!("{secret}")
}

fn main() {
    let _ = show;
}
