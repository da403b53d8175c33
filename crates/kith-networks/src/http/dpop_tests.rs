use bytes::Bytes;
use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};

use super::*;
use crate::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_764_576_000 + second).unwrap()
}

fn answer(status: u16, url: &str, headers: &[(&'static str, &str)], body: &str) -> Answer {
    let headers: HeaderMap =
        headers.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap())).collect();
    let body = Bytes::copy_from_slice(body.as_bytes());
    Answer { status: StatusCode::from_u16(status).unwrap(), headers, body, url: url.parse().unwrap() }
}

/// The claims of a proof whose signature is that of the key in its own head.
fn claims(proof: &str) -> Value {
    let (signed, signature) = proof.rsplit_once('.').unwrap();
    let (head, claims) = signed.split_once('.').unwrap();
    let read = |part: &str| serde_json::from_slice::<Value>(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap();
    let head = read(head);
    assert_eq!((&head["typ"], &head["alg"]), (&json!("dpop+jwt"), &json!("ES256")));
    assert!(head["jwk"].get("d").is_none(), "the secret half stays here");
    let half = |name: &str| URL_SAFE_NO_PAD.decode(head["jwk"][name].as_str().unwrap()).unwrap();
    let point = [vec![4], half("x"), half("y")].concat();
    let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(signed.as_bytes(), &signature).unwrap();
    read(claims)
}

fn key() -> DpopKey {
    DpopKey::from_pkcs8(DpopKey::new_pkcs8().unwrap().expose()).unwrap()
}

#[test]
fn a_proof_names_one_request_and_its_token() {
    let (nonces, key) = (Nonces::default(), key());
    let url: Url = "https://pds.example/xrpc/com.x.y?repo=a#b".parse().unwrap();
    let prove = || claims(&nonces.prove(&key, &Method::POST, &url, Some("token"), at(0)).unwrap().0);
    let (first, second) = (prove(), prove());
    assert_eq!((&first["htm"], &first["htu"]), (&json!("POST"), &json!("https://pds.example/xrpc/com.x.y")));
    assert_eq!(first["ath"], "PEaenWxYddN6Q_NT1PiOYfz4EsZu7jRXRlpAsNpBU-A", "SHA-256 of the token");
    assert_eq!(first["iat"], at(0).as_second());
    assert!(first.get("nonce").is_none() && first["jti"] != second["jti"]);
}

#[test]
fn a_nonce_belongs_to_one_server_and_one_key() {
    let (nonces, ours, other) = (Nonces::default(), key(), key());
    let url: Url = "https://pds.example/oauth/par".parse().unwrap();
    let elsewhere: Url = "https://pds.example:8443/oauth/par".parse().unwrap();
    let nonce = |key: &DpopKey, url: &Url| claims(&nonces.prove(key, &Method::POST, url, None, at(0)).unwrap().0).get("nonce").cloned();
    let (_, lesson) = nonces.prove(&ours, &Method::POST, &url, None, at(0)).unwrap();
    nonces.learn(lesson.clone(), &answer(400, "https://pds.example/oauth/par", &[("dpop-nonce", "n1")], ""));
    nonces.learn(lesson, &answer(200, "https://evil.example/", &[("dpop-nonce", "theirs")], ""));
    assert_eq!(nonce(&ours, &url), Some(json!("n1")));
    assert_eq!((nonce(&ours, &elsewhere), nonce(&other, &url)), (None, None));
}

#[test]
fn a_proof_is_dated_by_the_servers_clock_where_ours_is_far_off() {
    let (nonces, key) = (Nonces::default(), key());
    let url: Url = "https://pds.example/oauth/par".parse().unwrap();
    let dated = |date: &str| {
        let (_, lesson) = nonces.prove(&key, &Method::POST, &url, None, at(0)).unwrap();
        nonces.learn(lesson, &answer(400, "https://pds.example/", &[("date", date)], ""));
        claims(&nonces.prove(&key, &Method::POST, &url, None, at(5)).unwrap().0)["iat"].as_i64().unwrap()
    };
    // 1_764_576_000 is Mon, 01 Dec 2025 08:00:00 GMT.
    assert_eq!(dated("Mon, 01 Dec 2025 09:00:00 GMT"), at(3_605).as_second());
    assert_eq!(dated("Mon, 01 Dec 2025 08:00:02 GMT"), at(5).as_second(), "a second or two is the way");
}

#[test]
fn only_a_server_that_asks_for_a_proof_is_sent_another() {
    let url = "https://pds.example/";
    let body = r#"{"error":"use_dpop_nonce"}"#;
    assert!(wants_another_proof(&answer(400, url, &[], body)));
    assert!(wants_another_proof(&answer(401, url, &[("www-authenticate", "DPoP error=\"use_dpop_nonce\"")], "")));
    assert!(wants_another_proof(&answer(401, url, &[], r#"{"error":"invalid_dpop_proof"}"#)));
    assert!(!wants_another_proof(&answer(401, url, &[], r#"{"error":"invalid_token"}"#)));
    assert!(!wants_another_proof(&answer(500, url, &[], body)) && !wants_another_proof(&answer(200, url, &[], body)));
}

#[test]
fn a_key_is_the_same_after_it_was_kept() {
    let kept = DpopKey::new_pkcs8().unwrap();
    let jwk = || DpopKey::from_pkcs8(kept.expose()).unwrap().public_jwk();
    assert_eq!(jwk(), jwk());
    assert!(DpopKey::from_pkcs8("AAAA").is_err());
}
