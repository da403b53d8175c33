//! A small server of the network's sign-in that does wrong on demand: PDS, authorization server and directory in one.
//!
//! It checks every proof as RFC 9449 has it (signature, method, address, a nonce of its own, a name never seen, the
//! token's hash) and every request as atproto.com/specs/oauth has it, so that what it takes a strict server takes too.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{OriginalUri, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kith_testkit::FaultProxy;
use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio::net::TcpListener;

pub(super) const DID: &str = "did:plc:ana";
pub(super) const HANDLE: &str = "ana.test";

/// The server, behind a proxy whose address is the one that it goes by.
pub(super) struct Stub {
    pub(super) proxy: FaultProxy,
    state: Arc<Mutex<Server>>,
}

/// What it holds, and what it does wrong.
#[derive(Default)]
pub(super) struct Server {
    public: String,
    /// The nonce that proofs must bear.
    pub(super) nonce: u32,
    seen: HashSet<String>,
    pushed: HashMap<String, (BTreeMap<String, String>, String)>,
    pub(super) codes: HashMap<String, (BTreeMap<String, String>, String)>,
    /// The one access and refresh token that work, and the key that they are bound to.
    pub(super) access: String,
    pub(super) refresh: String,
    bound_to: String,
    given: u32,
    pub(super) records: BTreeMap<String, Value>,
    /// The description of the only program that is let in, if it must show a key.
    pub(super) client: Option<Value>,
    /// Wrongs.
    pub(super) issuer: Option<String>,
    pub(super) sub: Option<String>,
    pub(super) known_as: Option<String>,
    pub(super) pds_of_ana: Option<String>,
    pub(super) scope: Option<String>,
    pub(super) huge: bool,
    /// Each request for something ends the access token first.
    pub(super) expires_at_once: u32,
    /// Why it refused something, for the test's eyes.
    pub(super) complaints: Vec<String>,
}

type Shared = State<Arc<Mutex<Server>>>;

impl Stub {
    pub(super) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let proxy = FaultProxy::start(&format!("http://{}", listener.local_addr().unwrap())).await.unwrap();
        let state = Arc::new(Mutex::new(Server { public: proxy.url.clone(), nonce: 1, ..Server::default() }));
        let router = Router::new().fallback(answer).with_state(state.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { proxy, state }
    }

    pub(super) fn url(&self) -> &str {
        &self.proxy.url
    }

    pub(super) fn server(&self) -> MutexGuard<'_, Server> {
        self.state.lock().unwrap()
    }

    /// How many requests had this in their path.
    pub(super) fn count(&self, path: &str) -> usize {
        self.proxy.requests().iter().filter(|request| request.path.contains(path)).count()
    }

    /// The person says yes: the code that her browser brings back, for what was pushed under this page's address.
    pub(super) fn says_yes(&self, go_to: &url::Url) -> (String, String) {
        let query: HashMap<String, String> = go_to.query_pairs().into_owned().collect();
        let mut server = self.server();
        let pushed = server.pushed.remove(&query["request_uri"]).unwrap();
        assert_eq!(pushed.0["client_id"], query["client_id"]);
        let (code, state) = (format!("code-{}", server.codes.len()), pushed.0["state"].clone());
        server.codes.insert(code.clone(), pushed);
        (code, state)
    }
}

async fn answer(State(state): Shared, method: Method, OriginalUri(uri): OriginalUri, headers: HeaderMap, body: Bytes) -> Response {
    let mut server = state.lock().unwrap();
    let (status, body) = server.answer(&method, &uri, &headers, &body);
    let nonce = format!("nonce-{}", server.nonce);
    (status, [("content-type", "application/json"), ("dpop-nonce", &nonce)], body.to_string()).into_response()
}

impl Server {
    fn answer(&mut self, method: &Method, uri: &Uri, headers: &HeaderMap, body: &Bytes) -> (StatusCode, Value) {
        let public = self.public.clone();
        let path = uri.path();
        let ok = |body: Value| (StatusCode::OK, body);
        let bad = |error: &str| (StatusCode::BAD_REQUEST, json!({ "error": error }));
        if let Some(did) = path.strip_prefix("/did:plc:") {
            let pds = self.pds_of_ana.clone().unwrap_or_else(|| public.clone());
            let pds = if did == "ana" { pds } else { "http://127.0.0.1:9".to_owned() };
            let name = self.known_as.clone().unwrap_or_else(|| HANDLE.to_owned());
            return ok(json!({
                "id": format!("did:plc:{did}"),
                "alsoKnownAs": [format!("at://{name}")],
                "service": [{ "id": "#atproto_pds", "type": "AtprotoPersonalDataServer", "serviceEndpoint": pds }],
            }));
        }
        match path {
            "/xrpc/com.atproto.identity.resolveHandle" => ok(json!({ "did": DID })),
            "/.well-known/oauth-protected-resource" if self.huge => {
                ok(json!({ "authorization_servers": [public], "x": "y".repeat(200_000) }))
            }
            "/.well-known/oauth-protected-resource" => ok(json!({ "resource": public, "authorization_servers": [public] })),
            "/.well-known/oauth-authorization-server" => ok(self.about()),
            "/oauth/par" => match self.proof(method, uri, headers, None) {
                Ok(key) => {
                    let fields = form(body);
                    if let Err(why) = self.shown(&fields) {
                        self.complaints.push(why);
                        return bad("invalid_client");
                    }
                    assert!(["state", "redirect_uri", "code_challenge"].iter().all(|name| fields.contains_key(*name)), "{fields:?}");
                    assert_eq!((fields["response_type"].as_str(), fields["code_challenge_method"].as_str()), ("code", "S256"));
                    let name = format!("urn:ietf:params:oauth:request_uri:{}", self.seen.len());
                    self.pushed.insert(name.clone(), (fields, key));
                    (StatusCode::CREATED, json!({ "request_uri": name, "expires_in": 300 }))
                }
                Err(refused) => refused,
            },
            "/oauth/token" => match self.proof(method, uri, headers, None) {
                Ok(key) => self.tokens(&form(body), &key).unwrap_or_else(|error| bad(&error)),
                Err(refused) => refused,
            },
            "/xrpc/_health" => ok(json!({ "version": "0.0" })),
            "/xrpc/com.atproto.repo.getRecord" => {
                let query: HashMap<String, String> =
                    url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()).into_owned().collect();
                let at = format!("at://{}/{}/{}", query["repo"], query["collection"], query["rkey"]);
                match self.records.get(&at) {
                    Some(record) => ok(json!({ "uri": at, "cid": "b", "value": record })),
                    None => bad("RecordNotFound"),
                }
            }
            "/xrpc/com.atproto.repo.putRecord" => {
                if let Err(refused) = self.allowed(method, uri, headers) {
                    return refused;
                }
                let put: Value = serde_json::from_slice(body).unwrap();
                let at = format!("at://{DID}/{}/{}", put["collection"].as_str().unwrap(), put["rkey"].as_str().unwrap());
                if self.records.get(&at).is_some_and(|there| *there != put["record"]) {
                    return bad("InvalidSwap");
                }
                self.records.insert(at.clone(), put["record"].clone());
                ok(json!({ "uri": at, "cid": "b" }))
            }
            "/xrpc/com.atproto.server.getSession" => match self.allowed(method, uri, headers) {
                Ok(()) => ok(json!({ "did": DID, "handle": HANDLE, "active": true })),
                Err(refused) => refused,
            },
            _ => (StatusCode::NOT_FOUND, json!({ "error": "NotFound" })),
        }
    }

    fn about(&self) -> Value {
        let public = &self.public;
        json!({
            "issuer": self.issuer.as_ref().unwrap_or(public),
            "authorization_endpoint": format!("{public}/oauth/authorize"),
            "token_endpoint": format!("{public}/oauth/token"),
            "pushed_authorization_request_endpoint": format!("{public}/oauth/par"),
            "response_types_supported": ["code"],
            "grant_types_supported": ["authorization_code", "refresh_token"],
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["none", "private_key_jwt"],
            "scopes_supported": ["atproto", "transition:generic"],
            "dpop_signing_alg_values_supported": ["ES256"],
            "authorization_response_iss_parameter_supported": true,
            "require_pushed_authorization_requests": true,
            "client_id_metadata_document_supported": true,
        })
    }

    fn tokens(&mut self, fields: &BTreeMap<String, String>, key: &str) -> Result<(StatusCode, Value), String> {
        let get = |name: &str| fields.get(name).cloned().unwrap_or_default();
        self.shown(fields).inspect_err(|why| self.complaints.push(why.clone())).map_err(|_| "invalid_client")?;
        match get("grant_type").as_str() {
            "authorization_code" => {
                let (asked, bound_to) = self.codes.remove(&get("code")).ok_or("invalid_grant")?;
                let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(get("code_verifier").as_bytes()));
                let same = asked["client_id"] == get("client_id") && asked["redirect_uri"] == get("redirect_uri");
                if challenge != asked["code_challenge"] || !same || bound_to != key {
                    return Err("invalid_grant".to_owned());
                }
                key.clone_into(&mut self.bound_to);
            }
            "refresh_token" => {
                if self.refresh.is_empty() || get("refresh_token") != self.refresh || self.bound_to != key {
                    // A token that was used before ends the whole sign-in.
                    (self.refresh, self.access) = (String::new(), String::new());
                    return Err("invalid_grant".to_owned());
                }
            }
            _ => return Err("unsupported_grant_type".to_owned()),
        }
        self.given += 1;
        (self.access, self.refresh) = (format!("access-{}", self.given), format!("refresh-{}", self.given));
        let body = json!({
            "access_token": self.access,
            "refresh_token": self.refresh,
            "token_type": "DPoP",
            "expires_in": 3_599,
            "scope": self.scope.as_deref().unwrap_or("atproto transition:generic"),
            "sub": self.sub.as_deref().unwrap_or(DID),
        });
        Ok((StatusCode::OK, body))
    }

    /// Whether the program showed the key that its description names (RFC 7523), by a proof never seen.
    fn shown(&mut self, fields: &BTreeMap<String, String>) -> Result<(), String> {
        let Some(client) = self.client.clone() else { return Ok(()) };
        let get = |name: &str| fields.get(name).cloned().unwrap_or_default();
        let proof = get("client_assertion");
        let (signed, signature) = proof.rsplit_once('.').ok_or("nothing shown")?;
        let (head, claims) = signed.split_once('.').ok_or("half shown")?;
        let decode = |text: &str| URL_SAFE_NO_PAD.decode(text).map_err(|error| error.to_string());
        let read = |text: &str| serde_json::from_slice::<Value>(&decode(text)?).map_err(|error| error.to_string());
        let (head, claims, jwk) = (read(head)?, read(claims)?, &client["jwks"]["keys"][0]);
        let half = |name: &str| decode(jwk[name].as_str().unwrap_or_default());
        let point = [vec![4], half("x")?, half("y")?].concat();
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, &point).verify(signed.as_bytes(), &decode(signature)?).map_err(|_| "their key")?;
        let id = &client["client_id"];
        let is_whole = head["kid"] == jwk["kid"] && claims["iss"] == *id && claims["sub"] == *id && claims["aud"] == self.public;
        if !is_whole || get("client_id") != *id || !get("client_assertion_type").ends_with(":jwt-bearer") {
            return Err(format!("shown for another: {claims}"));
        }
        let name = claims["jti"].as_str().ok_or("no name")?;
        if self.seen.insert(name.to_owned()) { Ok(()) } else { Err("shown before".to_owned()) }
    }

    /// Whether a request for something of hers bears her token and its key's proof.
    fn allowed(&mut self, method: &Method, uri: &Uri, headers: &HeaderMap) -> Result<(), (StatusCode, Value)> {
        let refused = |error: &str| (StatusCode::UNAUTHORIZED, json!({ "error": error, "message": error }));
        let token = headers.get("authorization").and_then(|v| v.to_str().ok()).and_then(|v| v.strip_prefix("DPoP ")).unwrap_or_default();
        let key = self.proof(method, uri, headers, Some(token)).map_err(|(_, body)| (StatusCode::UNAUTHORIZED, body))?;
        if self.expires_at_once > 0 {
            self.expires_at_once -= 1;
            "ended".clone_into(&mut self.access);
        }
        if token != self.access || key != self.bound_to { Err(refused("invalid_token")) } else { Ok(()) }
    }

    /// The key that a proof was made with.
    fn proof(&mut self, method: &Method, uri: &Uri, headers: &HeaderMap, token: Option<&str>) -> Result<String, (StatusCode, Value)> {
        let proof = headers.get("dpop").and_then(|value| value.to_str().ok()).unwrap_or_default();
        self.checked(proof, method, uri, token).map_err(|why| {
            let error = if why == "nonce" { "use_dpop_nonce" } else { "invalid_dpop_proof" };
            self.complaints.push(why);
            (StatusCode::BAD_REQUEST, json!({ "error": error }))
        })
    }

    fn checked(&mut self, proof: &str, method: &Method, uri: &Uri, token: Option<&str>) -> Result<String, String> {
        let (signed, signature) = proof.rsplit_once('.').ok_or("no proof")?;
        let (head, claims) = signed.split_once('.').ok_or("half a proof")?;
        let decode = |text: &str| URL_SAFE_NO_PAD.decode(text).map_err(|error| error.to_string());
        let read = |text: &str| serde_json::from_slice::<Value>(&decode(text)?).map_err(|error| error.to_string());
        let (head, claims) = (read(head)?, read(claims)?);
        let half = |name: &str| decode(head["jwk"][name].as_str().unwrap_or_default());
        let point = [vec![4], half("x")?, half("y")?].concat();
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, &point).verify(signed.as_bytes(), &decode(signature)?).map_err(|_| "signature")?;
        if head["typ"] != "dpop+jwt" || head["alg"] != "ES256" || head["jwk"].get("d").is_some() {
            return Err("head".to_owned());
        }
        if claims["htm"] != method.as_str() || claims["htu"] != format!("{}{}", self.public, uri.path()) {
            return Err(format!("made for another request: {claims}"));
        }
        let hash = token.map(|token| json!(URL_SAFE_NO_PAD.encode(Sha256::digest(token.as_bytes()))));
        if claims.get("ath") != hash.as_ref() {
            return Err("another token".to_owned());
        }
        if claims["nonce"] != format!("nonce-{}", self.nonce) {
            return Err("nonce".to_owned());
        }
        let name = claims["jti"].as_str().ok_or("no name")?;
        if !self.seen.insert(name.to_owned()) {
            return Err("seen before".to_owned());
        }
        Ok(URL_SAFE_NO_PAD.encode(point))
    }
}

fn form(body: &Bytes) -> BTreeMap<String, String> {
    url::form_urlencoded::parse(body).into_owned().collect()
}
