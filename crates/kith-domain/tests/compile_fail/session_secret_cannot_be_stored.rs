//! The secret that makes an act lives in the browser alone.

use kith_domain::mandate::SessionSecret;

fn keep(secret: &SessionSecret) -> String {
    serde_json::to_string(secret).unwrap()
}

fn copy(secret: &SessionSecret) -> SessionSecret {
    secret.clone()
}

fn main() {
    let _ = (keep, copy);
}
