//! Applications, authorisation codes and access tokens (OAuth 2 as Mastodon speaks it).
//!
//! Secrets are drawn from the world's seed, so a run can be repeated; that is fine for practice and would be wrong
//! anywhere else. A code is good once and for ten minutes; lists are bounded by forgetting the oldest.

use base64::Engine as _;
use jiff::SignedDuration;
use sha2::{Digest, Sha256};

use super::{App, ChallengeMethod, Code, Grant, Id, World};
use crate::chance;
use crate::limits::{APPS_KEPT_MAX, CODE_SECONDS, CODES_KEPT_MAX, TOKENS_KEPT_MAX};

/// An application as it registers.
#[derive(Debug, Clone)]
pub(crate) struct AppDraft {
    pub name: String,
    pub website: Option<String>,
    pub redirect_uris: Vec<String>,
    pub scopes: String,
}

/// What a client shows to exchange a code.
#[derive(Debug, Clone)]
pub(crate) struct CodeProof<'a> {
    pub code: &'a str,
    pub client_id: &'a str,
    pub redirect_uri: &'a str,
    pub verifier: Option<&'a str>,
}

/// Why no token is given: the OAuth error's name and its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SignInRefused {
    Client,
    Grant,
}

impl World {
    /// Registers an application.
    pub(crate) fn register_app(&mut self, draft: AppDraft) -> App {
        let id = self.next_id();
        let app = App {
            id,
            name: draft.name,
            website: draft.website,
            redirect_uris: draft.redirect_uris,
            scopes: draft.scopes,
            client_id: self.secret("client id"),
            client_secret: self.secret("client secret"),
        };
        if self.apps.len() >= APPS_KEPT_MAX {
            self.apps.remove(0);
        }
        self.apps.push(app.clone());
        app
    }

    /// The application with this id.
    pub(crate) fn app(&self, client_id: &str) -> Option<&App> {
        self.apps.iter().find(|a| a.client_id == client_id)
    }

    /// The application with this id and secret.
    pub(crate) fn proven_app(&self, client_id: &str, secret: &str) -> Result<&App, SignInRefused> {
        self.app(client_id).filter(|a| a.client_secret == secret).ok_or(SignInRefused::Client)
    }

    /// Makes a code that the application may exchange for a token of `account`.
    pub(crate) fn give_code(&mut self, code: Code) -> String {
        while self.codes.len() >= CODES_KEPT_MAX {
            let Some(oldest) = self.codes.iter().min_by_key(|(_, c)| c.made_at).map(|(k, _)| k.clone()) else { break };
            self.codes.remove(&oldest);
        }
        let secret = self.secret("code");
        self.codes.insert(secret.clone(), code);
        secret
    }

    /// Exchanges a code for a token; the code is gone afterwards, whatever the outcome.
    pub(crate) fn exchange(&mut self, proof: &CodeProof<'_>) -> Result<(String, Grant), SignInRefused> {
        let code = self.codes.remove(proof.code).ok_or(SignInRefused::Grant)?;
        let too_old = self.now.duration_since(code.made_at) > SignedDuration::from_secs(CODE_SECONDS);
        let proven = match &code.challenge {
            None => true,
            Some((method, challenge)) => proof.verifier.is_some_and(|v| challenge_of(*method, v) == *challenge),
        };
        if too_old || !proven || code.client_id != proof.client_id || code.redirect_uri != proof.redirect_uri {
            return Err(SignInRefused::Grant);
        }
        let app = self.app(proof.client_id).map(|a| (a.name.clone(), a.website.clone()));
        Ok(self.give_token(Some(code.account), code.scopes, app, Some(code.client_id)))
    }

    /// Makes a token. From now on the account is attended.
    pub(crate) fn give_token(
        &mut self,
        account: Option<Id>,
        scopes: String,
        app: Option<(String, Option<String>)>,
        client_id: Option<String>,
    ) -> (String, Grant) {
        let owner_token = self.owner_token();
        while self.tokens.len() >= TOKENS_KEPT_MAX {
            let oldest = self.tokens.iter().filter(|(t, _)| **t != owner_token).min_by_key(|(_, g)| g.made_at);
            let Some(oldest) = oldest.map(|(t, _)| t.clone()) else { break };
            self.tokens.remove(&oldest);
        }
        self.attended.extend(account);
        let grant = Grant { account, scopes, app, client_id, made_at: self.now };
        let token = self.secret("token");
        self.tokens.insert(token.clone(), grant.clone());
        (token, grant)
    }

    fn secret(&mut self, label: &str) -> String {
        self.secrets_made += 1;
        chance::word(self.seed, label, &[self.secrets_made])
    }
}

fn challenge_of(method: ChallengeMethod, verifier: &str) -> String {
    match method {
        ChallengeMethod::Plain => verifier.to_owned(),
        ChallengeMethod::S256 => base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes())),
    }
}
