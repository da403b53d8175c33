//! What an authenticator says, checked (Web Authentication Level 3, sections 7.1 and 7.2). Pure.
//!
//! No attestation is asked for and none is believed: whoever holds the key is let in, whatever made it. A person must
//! have shown herself to the device (a PIN, a finger), because the key alone opens the door.

use ring::signature::{ECDSA_P256_SHA256_ASN1, ED25519, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use url::{Host, Url};

use super::cbor::{self, Value};
use super::text;

/// Longest credential that is kept, in bytes (the standard's own limit).
const CREDENTIAL_BYTES_MAX: usize = 1_023;
/// Algorithms by their COSE numbers, the one we like best first: ECDSA on P-256, Ed25519, RSA (older Windows).
pub(super) const ALGORITHMS: [i64; 3] = [ES256, EDDSA, RS256];
const ES256: i64 = -7;
const EDDSA: i64 = -8;
const RS256: i64 = -257;

// Flags of what an authenticator says.
const PRESENT: u8 = 0x01;
const VERIFIED: u8 = 0x04;
const MAY_BE_SYNCED: u8 = 0x08;
const IS_SYNCED: u8 = 0x10;
const HAS_KEY: u8 = 0x40;

/// For whom a passkey is made: nobody else can ask for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Site {
    /// The name that binds it.
    pub id: String,
    /// The only page that may ask.
    pub origin: String,
}

/// A public key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "alg", rename_all = "snake_case")]
pub(super) enum PublicKey {
    /// A point on P-256, uncompressed.
    Es256 {
        #[serde(with = "text")]
        point: Vec<u8>,
    },
    /// Ed25519.
    Eddsa {
        #[serde(with = "text")]
        x: Vec<u8>,
    },
    /// RSA with SHA-256.
    Rs256 {
        #[serde(with = "text")]
        n: Vec<u8>,
        #[serde(with = "text")]
        e: Vec<u8>,
    },
}

/// A new passkey as it was checked.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fresh {
    pub credential: Vec<u8>,
    pub key: PublicKey,
    pub uses: u32,
}

/// What is wrong, for the log and the tests; a person hears one sentence for all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Wrong {
    #[error("it is not readable")]
    Form,
    #[error("it answers another question")]
    Question,
    #[error("it comes from another page")]
    Page,
    #[error("it is for another site")]
    Site,
    #[error("nobody showed themselves to the device")]
    Absent,
    #[error("its kind of key is not known here")]
    Algorithm,
    #[error("the signature is not right")]
    Signature,
    #[error("it was used before; somebody may have copied it")]
    Copied,
}

impl Site {
    /// Of an address that people type. `None` where browsers make no passkeys: an address of numbers, or plain http.
    /// This machine's own number stands for its name.
    pub(super) fn of(public_url: &str) -> Option<Self> {
        let url = Url::parse(public_url).ok()?;
        let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
        match url.host()? {
            Host::Domain(name) if url.scheme() == "https" || name == "localhost" || name.ends_with(".localhost") => {
                Some(Self { id: name.to_owned(), origin: format!("{}://{name}{port}", url.scheme()) })
            }
            Host::Ipv4(number) if number.is_loopback() => {
                Some(Self { id: "localhost".into(), origin: format!("{}://localhost{port}", url.scheme()) })
            }
            _ => None,
        }
    }
}

#[derive(Deserialize)]
struct ClientData {
    #[serde(rename = "type")]
    kind: String,
    challenge: String,
    origin: String,
    #[serde(default, rename = "crossOrigin")]
    cross_origin: bool,
}

/// Checks a passkey that was just made.
pub(super) fn made(site: &Site, challenge: &[u8], client_data: &[u8], attestation: &[u8]) -> Result<Fresh, Wrong> {
    asked(site, "webauthn.create", challenge, client_data)?;
    let (object, rest) = cbor::read(attestation).ok_or(Wrong::Form)?;
    let data = object.named("authData").and_then(Value::bytes).filter(|_| rest.is_empty()).ok_or(Wrong::Form)?;
    let (flags, uses, rest) = said(site, data)?;
    if flags & HAS_KEY == 0 {
        return Err(Wrong::Form);
    }
    // Sixteen bytes name the model; then the credential with its length.
    let (length, rest) = rest.get(16..).and_then(|rest| rest.split_at_checked(2)).ok_or(Wrong::Form)?;
    let length = usize::from(u16::from_be_bytes([length[0], length[1]]));
    let (credential, rest) = rest.split_at_checked(length).filter(|_| (1..=CREDENTIAL_BYTES_MAX).contains(&length)).ok_or(Wrong::Form)?;
    let (key, _) = cbor::read(rest).ok_or(Wrong::Form)?;
    Ok(Fresh { credential: credential.to_vec(), key: public_key(&key)?, uses })
}

/// Checks a passkey that is shown; returns its new count of uses.
pub(super) fn shown(
    site: &Site,
    challenge: &[u8],
    key: &PublicKey,
    uses: u32,
    client_data: &[u8],
    data: &[u8],
    signature: &[u8],
) -> Result<u32, Wrong> {
    asked(site, "webauthn.get", challenge, client_data)?;
    let (_, now_uses, _) = said(site, data)?;
    let signed = [data, Sha256::digest(client_data).as_slice()].concat();
    let right = match key {
        PublicKey::Es256 { point } => UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point).verify(&signed, signature),
        PublicKey::Eddsa { x } => UnparsedPublicKey::new(&ED25519, x).verify(&signed, signature),
        PublicKey::Rs256 { n, e } => RsaPublicKeyComponents { n, e }.verify(&RSA_PKCS1_2048_8192_SHA256, &signed, signature),
    };
    right.map_err(|_| Wrong::Signature)?;
    // Those that count at all count up; synced passkeys stay at nought.
    if (uses > 0 || now_uses > 0) && now_uses <= uses {
        return Err(Wrong::Copied);
    }
    Ok(now_uses)
}

fn asked(site: &Site, kind: &str, challenge: &[u8], client_data: &[u8]) -> Result<(), Wrong> {
    let data: ClientData = serde_json::from_slice(client_data).map_err(|_| Wrong::Form)?;
    if data.kind != kind || text::read(&data.challenge).as_deref() != Some(challenge) {
        return Err(Wrong::Question);
    }
    if data.origin != site.origin || data.cross_origin {
        return Err(Wrong::Page);
    }
    Ok(())
}

/// Flags, count of uses, and what follows them.
fn said<'d>(site: &Site, data: &'d [u8]) -> Result<(u8, u32, &'d [u8]), Wrong> {
    let (hash, rest) = data.split_at_checked(32).ok_or(Wrong::Form)?;
    let (head, rest) = rest.split_at_checked(5).ok_or(Wrong::Form)?;
    if hash != Sha256::digest(site.id.as_bytes()).as_slice() {
        return Err(Wrong::Site);
    }
    if head[0] & PRESENT == 0 || head[0] & VERIFIED == 0 {
        return Err(Wrong::Absent);
    }
    // A key that is synced and may not be contradicts itself.
    if head[0] & IS_SYNCED != 0 && head[0] & MAY_BE_SYNCED == 0 {
        return Err(Wrong::Form);
    }
    Ok((head[0], u32::from_be_bytes([head[1], head[2], head[3], head[4]]), rest))
}

/// A key in COSE's form (RFC 9052, RFC 9053, RFC 8230).
fn public_key(key: &Value) -> Result<PublicKey, Wrong> {
    let number = |at| key.at(at).and_then(Value::int);
    let bytes = |at| key.at(at).and_then(Value::bytes).map(<[u8]>::to_vec).ok_or(Wrong::Form);
    match (number(1), number(3), number(-1)) {
        (Some(2), Some(ES256), Some(1)) => {
            let (x, y) = (bytes(-2)?, bytes(-3)?);
            if x.len() != 32 || y.len() != 32 {
                return Err(Wrong::Form);
            }
            Ok(PublicKey::Es256 { point: [vec![4], x, y].concat() })
        }
        (Some(1), Some(EDDSA), Some(6)) => {
            let x = bytes(-2)?;
            if x.len() == 32 { Ok(PublicKey::Eddsa { x }) } else { Err(Wrong::Form) }
        }
        (Some(3), Some(RS256), _) => Ok(PublicKey::Rs256 { n: bytes(-1)?, e: bytes(-2)? }),
        _ => Err(Wrong::Algorithm),
    }
}

#[cfg(test)]
mod tests {
    use ring::rand::SystemRandom;
    use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};

    use super::*;

    struct Device {
        pair: EcdsaKeyPair,
        site: Site,
    }

    impl Device {
        fn new() -> Self {
            let chance = SystemRandom::new();
            let bytes = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &chance).unwrap();
            let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, bytes.as_ref(), &chance).unwrap();
            Self { pair, site: Site::of("https://kith.example").unwrap() }
        }

        fn data(&self, flags: u8, uses: u32) -> Vec<u8> {
            let hash = Sha256::digest(self.site.id.as_bytes());
            [hash.as_slice(), &[flags], &uses.to_be_bytes()].concat()
        }

        fn make(&self, flags: u8) -> Vec<u8> {
            let point = self.pair.public_key().as_ref();
            let key = [&[0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32], &point[1..33], &[0x22, 0x58, 32], &point[33..]].concat();
            let data = [self.data(flags, 0), vec![0; 16], vec![0, 3, 9, 9, 9], key].concat();
            let long = u8::try_from(data.len()).unwrap();
            let words = |text: &str| [vec![0x60 | u8::try_from(text.len()).unwrap()], text.as_bytes().to_vec()].concat();
            [vec![0xa3], words("fmt"), words("none"), words("attStmt"), vec![0xa0], words("authData"), vec![0x58, long], data].concat()
        }

        fn show(&self, client: &[u8], flags: u8, uses: u32) -> (Vec<u8>, Vec<u8>) {
            let data = self.data(flags, uses);
            let signed = [data.as_slice(), Sha256::digest(client).as_slice()].concat();
            let signature = self.pair.sign(&SystemRandom::new(), &signed).unwrap();
            (data, signature.as_ref().to_vec())
        }
    }

    fn client(kind: &str, challenge: &[u8], origin: &str) -> Vec<u8> {
        format!(r#"{{"type":"{kind}","challenge":"{}","origin":"{origin}","crossOrigin":false}}"#, text::write(challenge)).into_bytes()
    }

    #[test]
    fn a_passkey_made_here_opens_the_door_here() {
        let device = Device::new();
        let create = client("webauthn.create", b"first", &device.site.origin);
        let fresh = made(&device.site, b"first", &create, &device.make(0x45)).unwrap();
        assert_eq!((fresh.credential.as_slice(), fresh.uses), (&[9, 9, 9][..], 0));
        let kept: PublicKey = serde_json::from_str(&serde_json::to_string(&fresh.key).unwrap()).unwrap();
        let get = client("webauthn.get", b"second", &device.site.origin);
        let (data, signature) = device.show(&get, 0x05, 7);
        assert_eq!(shown(&device.site, b"second", &kept, 3, &get, &data, &signature), Ok(7));
        assert_eq!(shown(&device.site, b"second", &kept, 7, &get, &data, &signature), Err(Wrong::Copied));
        assert_eq!(shown(&device.site, b"other", &kept, 3, &get, &data, &signature), Err(Wrong::Question));
        let stranger = Device::new().show(&get, 0x05, 8).1;
        assert_eq!(shown(&device.site, b"second", &kept, 3, &get, &data, &stranger), Err(Wrong::Signature));
        assert_eq!(shown(&device.site, b"second", &kept, 3, &create, &data, &signature), Err(Wrong::Question));
    }

    #[test]
    fn another_page_another_site_and_an_absent_person_are_refused() {
        let device = Device::new();
        let elsewhere = client("webauthn.create", b"c", "https://evil.example");
        assert_eq!(made(&device.site, b"c", &elsewhere, &device.make(0x45)), Err(Wrong::Page));
        let create = client("webauthn.create", b"c", &device.site.origin);
        assert_eq!(made(&device.site, b"c", &create, &device.make(0x41)), Err(Wrong::Absent));
        assert_eq!(made(&device.site, b"c", &create, &device.make(0x55)), Err(Wrong::Form), "synced, but may not be");
        assert!(made(&device.site, b"c", &create, &device.make(0x5d)).is_ok());
        let mut other = Device::new();
        other.site.id = "evil.example".into();
        assert_eq!(made(&device.site, b"c", &create, &other.make(0x45)), Err(Wrong::Site));
        for cut in 0..device.make(0x45).len() {
            assert!(made(&device.site, b"c", &create, &device.make(0x45)[..cut]).is_err(), "{cut}");
        }
    }

    #[test]
    fn a_site_is_a_name_and_this_machines_number_stands_for_one() {
        let site = |url: &str| Site::of(url).map(|site| (site.id, site.origin));
        assert_eq!(site("https://kith.example/"), Some(("kith.example".into(), "https://kith.example".into())));
        assert_eq!(site("http://localhost:8080"), Some(("localhost".into(), "http://localhost:8080".into())));
        assert_eq!(site("http://127.0.0.1:8080"), Some(("localhost".into(), "http://localhost:8080".into())));
        assert_eq!(site("http://kith.example"), None);
        assert_eq!(site("https://192.0.2.7"), None);
    }
}
