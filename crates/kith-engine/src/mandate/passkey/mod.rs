//! Passkeys: made on Settings or by a first link, shown at the door, several for each person.
//!
//! What is asked of the browser waits in the store, bound to whoever began it and used once. A passkey is a whole way in:
//! it takes no password beside it. Taking one away ends every other session, as a new password does (S15).

mod cbor;
mod text;
mod verify;

use kith_domain::ids::{LoginId, PasskeyId, SessionId};
use kith_domain::mandate::PassSecret;
use kith_store::{NewPasskey, StoreError, Unique};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use self::verify::{ALGORITHMS, PublicKey, Site, Wrong};
use super::sign_in::{NewSession, Visitor};
use crate::kith::Kith;
use crate::problem::{Problem, from_store, internal};
use crate::views::Moment;
use crate::words::Calendar;

/// Time for a person to find the finger or the PIN, in minutes.
const LIFE_MIN: i64 = 10;
/// Bytes of chance in a question.
const QUESTION_BYTES: usize = 32;
/// Longest name of a passkey in characters.
const NAME_CHARS_MAX: usize = 60;
/// Most passkeys of a person.
const PASSKEYS_MAX: usize = 20;
/// Longest field that a browser sends, in characters.
const FIELD_CHARS_MAX: usize = 16 * 1024;
/// How long the browser waits for the person, in milliseconds.
const PATIENCE_MS: u32 = 300_000;

const MAKE: &str = "passkey.make";
const SHOW: &str = "passkey.show";

/// A question for the browser.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PasskeyAsk {
    /// By this the answer says which question it answers.
    pub key: String,
    /// What the browser's own function takes; bytes are base64url.
    pub options: Value,
}

/// The browser's answer: a passkey was made.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct PasskeyMade {
    /// The question.
    pub key: String,
    /// What its owner calls it.
    #[serde(default)]
    pub name: String,
    /// What the browser signed, base64url.
    pub client_data: String,
    /// What the device said, base64url.
    pub attestation: String,
}

/// The browser's answer: a passkey is shown.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct PasskeyShown {
    /// The question.
    pub key: String,
    /// Which passkey, base64url.
    pub credential: String,
    /// What the browser signed, base64url.
    pub client_data: String,
    /// What the device said, base64url.
    pub data: String,
    /// Its signature, base64url.
    pub signature: String,
}

/// A passkey in a list.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PasskeyLine {
    /// The passkey.
    pub id: PasskeyId,
    /// What its owner calls it.
    pub name: String,
    /// When it was made.
    pub since: Moment,
    /// When it was last signed in with.
    pub used: Option<Moment>,
}

/// For whom a passkey is made.
#[derive(Serialize, Deserialize)]
struct Question {
    login: Option<LoginId>,
    challenge: String,
}

impl Kith {
    /// The address at which browsers make passkeys for this Kith; `None` where they make none.
    pub fn passkey_origin(&self) -> Option<String> {
        self.site().map(|site| site.origin)
    }

    /// The visitor's passkeys.
    pub async fn passkeys(&self, visitor: &Visitor) -> Result<Vec<PasskeyLine>, Problem> {
        let calendar = Calendar::new(&visitor.zone, self.now());
        let rows = self.store().passkeys(visitor.session.login).await.map_err(from_store)?;
        Ok(rows
            .into_iter()
            .map(|row| PasskeyLine {
                id: row.id,
                name: row.name,
                since: calendar.moment(row.created_at),
                used: row.last_used_at.map(|at| calendar.moment(at)),
            })
            .collect())
    }

    /// What the visitor's browser is asked, to make one.
    pub async fn begin_passkey(&self, visitor: &Visitor) -> Result<PasskeyAsk, Problem> {
        self.ask_to_make(visitor.session.login, &visitor.email, &visitor.name, Some(visitor.session.id)).await
    }

    /// Keeps the passkey that was made.
    pub async fn add_passkey(&self, visitor: &Visitor, made: &PasskeyMade) -> Result<(), Problem> {
        let login = self.keep_made(made, Some(visitor.session.id)).await?;
        // The question was asked of this login in this session; anything else is a fault of ours.
        if login == visitor.session.login { Ok(()) } else { Err(internal("a passkey was made for another login")) }
    }

    /// Calls one of the visitor's passkeys something else.
    pub async fn name_passkey(&self, visitor: &Visitor, id: PasskeyId, name: &str) -> Result<(), Problem> {
        self.store().name_passkey(visitor.session.login, id, &checked(name)?).await.map_err(from_store)
    }

    /// Takes one away; every other session of the visitor ends. Returns which. The last way in stays.
    pub async fn drop_passkey(&self, visitor: &Visitor, id: PasskeyId) -> Result<Vec<SessionId>, Problem> {
        let kept = self.store().passkeys(visitor.session.login).await.map_err(from_store)?;
        if kept.iter().all(|row| row.id == id) && !self.has_password(visitor).await? {
            return Err(Problem::Conflict("this is your only way in; choose a password or make another passkey first".into()));
        }
        self.store().drop_passkey(visitor.session.login, id).await.map_err(from_store)?;
        self.end_other_sessions(visitor).await
    }

    /// What a browser is asked, to make one by a first link.
    pub async fn begin_passkey_by_link(&self, secret: &str) -> Result<PasskeyAsk, Problem> {
        let (login, view) = self.link_of(secret).await?;
        self.ask_to_make(login, &view.email, &view.name, None).await
    }

    /// Comes in by a first link with the passkey that was just made, instead of a password.
    pub async fn enter_by_passkey_link(&self, secret: &str, made: &PasskeyMade, browser: &str) -> Result<NewSession, Problem> {
        let (login, _) = self.link_of(secret).await?;
        if self.keep_made(made, None).await? != login {
            return Err(wrong());
        }
        self.use_link_of(secret).await?;
        self.store().end_sessions_of(login, None, self.now()).await.map_err(from_store)?;
        self.begin_session(login, browser, None).await
    }

    /// What a browser is asked at the door. `client` is the address on the network that questions are counted by.
    pub async fn begin_passkey_sign_in(&self, client: &str) -> Result<PasskeyAsk, Problem> {
        self.not_too_often(client)?;
        let site = self.site().ok_or_else(nowhere)?;
        let question = Question { login: None, challenge: text::write(&self.chance().bytes::<QUESTION_BYTES>()) };
        let options = json!({
            "challenge": question.challenge, "rpId": site.id, "timeout": PATIENCE_MS, "userVerification": "required", "allowCredentials": [],
        });
        self.ask(SHOW, &question, None, options).await
    }

    /// Signs in by a passkey that is shown.
    pub async fn sign_in_by_passkey(&self, shown: &PasskeyShown, browser: &str, client: &str) -> Result<NewSession, Problem> {
        self.not_too_often(client)?;
        match self.checked_passkey(shown).await? {
            Ok(login) => self.begin_session(login, browser, None).await,
            Err(reason) => {
                tracing::info!(%reason, "a passkey did not open the door");
                self.0.guesses.wrong(client, self.now());
                Err(wrong())
            }
        }
    }

    async fn checked_passkey(&self, shown: &PasskeyShown) -> Result<Result<LoginId, Wrong>, Problem> {
        let site = self.site().ok_or_else(nowhere)?;
        let Some(question) = self.take_pending::<Question>(&shown.key, SHOW, None).await? else { return Ok(Err(Wrong::Question)) };
        let (Some(challenge), Some(client_data), Some(data), Some(signature)) =
            (text::read(&question.challenge), field(&shown.client_data), field(&shown.data), field(&shown.signature))
        else {
            return Ok(Err(Wrong::Form));
        };
        let Some(row) = self.store().passkey(shown.credential.trim_end_matches('=')).await.map_err(from_store)? else {
            return Ok(Err(Wrong::Signature));
        };
        let key: PublicKey =
            serde_json::from_str(&row.public_key).map_err(|error| internal(&format!("a passkey can't be read: {error}")))?;
        let uses = u32::try_from(row.uses).unwrap_or(u32::MAX);
        match verify::shown(&site, &challenge, &key, uses, &client_data, &data, &signature) {
            Ok(uses) => match self.store().use_passkey(&row, i64::from(uses), self.now()).await {
                Ok(()) => Ok(Ok(row.login)),
                Err(StoreError::NotThere) => Ok(Err(Wrong::Copied)),
                Err(error) => Err(from_store(error)),
            },
            Err(reason) => Ok(Err(reason)),
        }
    }

    async fn ask_to_make(&self, login: LoginId, email: &str, name: &str, session: Option<SessionId>) -> Result<PasskeyAsk, Problem> {
        let site = self.site().ok_or_else(nowhere)?;
        let kept = self.store().passkeys(login).await.map_err(from_store)?;
        if kept.len() >= PASSKEYS_MAX {
            return Err(Problem::Refused(format!("you have {PASSKEYS_MAX} passkeys; take one away first")));
        }
        let question = Question { login: Some(login), challenge: text::write(&self.chance().bytes::<QUESTION_BYTES>()) };
        let known: Vec<Value> = kept.iter().map(|row| json!({ "type": "public-key", "id": row.credential })).collect();
        let algorithms: Vec<Value> = ALGORITHMS.iter().map(|alg| json!({ "type": "public-key", "alg": alg })).collect();
        let options = json!({
            "rp": { "id": site.id, "name": "Kith" },
            "user": { "id": text::write(login.to_string().as_bytes()), "name": email, "displayName": name },
            "challenge": question.challenge, "pubKeyCredParams": algorithms, "timeout": PATIENCE_MS, "excludeCredentials": known,
            "authenticatorSelection": { "residentKey": "required", "requireResidentKey": true, "userVerification": "required" },
            "attestation": "none",
        });
        self.ask(MAKE, &question, session, options).await
    }

    async fn ask(&self, kind: &str, question: &Question, session: Option<SessionId>, options: Value) -> Result<PasskeyAsk, Problem> {
        let secret: PassSecret = self.chance().pass();
        self.keep_pending(&secret, kind, session, question, self.now(), LIFE_MIN).await?;
        Ok(PasskeyAsk { key: secret.reveal(), options })
    }

    /// Checks and keeps a new passkey; returns whose it is.
    async fn keep_made(&self, made: &PasskeyMade, session: Option<SessionId>) -> Result<LoginId, Problem> {
        let site = self.site().ok_or_else(nowhere)?;
        let name = checked(&made.name)?;
        let question: Question = self.take_pending(&made.key, MAKE, session).await?.ok_or_else(wrong)?;
        let (Some(login), Some(challenge), Some(client_data), Some(attestation)) =
            (question.login, text::read(&question.challenge), field(&made.client_data), field(&made.attestation))
        else {
            return Err(wrong());
        };
        let fresh = verify::made(&site, &challenge, &client_data, &attestation).map_err(|reason| {
            tracing::info!(%reason, "a passkey was not kept");
            wrong()
        })?;
        let now = self.now();
        let new = NewPasskey {
            id: self.chance().id(now, PasskeyId::new),
            login,
            name,
            credential: text::write(&fresh.credential),
            public_key: serde_json::to_string(&fresh.key).map_err(|error| internal(&error.to_string()))?,
            uses: i64::from(fresh.uses),
        };
        self.store().add_passkey(&new, now).await.map_err(|error| match error {
            StoreError::Conflict { what: Unique::Credential, .. } => Problem::Conflict("this device has a passkey for Kith already".into()),
            other => from_store(other),
        })?;
        Ok(login)
    }

    fn site(&self) -> Option<Site> {
        Site::of(self.public_url())
    }

    fn not_too_often(&self, client: &str) -> Result<(), Problem> {
        match self.0.guesses.wait(client, self.now()) {
            Some(wait) => Err(Problem::NotNow(format!("too many wrong tries; try again in {} seconds", wait.as_secs().max(1)))),
            None => Ok(()),
        }
    }
}

fn field(text: &str) -> Option<Vec<u8>> {
    (text.len() <= FIELD_CHARS_MAX).then(|| text::read(text)).flatten()
}

fn checked(name: &str) -> Result<String, Problem> {
    let name = name.trim();
    if name.is_empty() {
        return Ok("Passkey".into());
    }
    if name.chars().count() > NAME_CHARS_MAX || name.chars().any(char::is_control) {
        return Err(Problem::Invalid { field: "name".into(), why: format!("call it something in at most {NAME_CHARS_MAX} characters") });
    }
    Ok(name.to_owned())
}

fn nowhere() -> Problem {
    Problem::Refused(
        "Browsers make passkeys only for an address with a name and https, such as https://kith.example, or for localhost.".into(),
    )
}

fn wrong() -> Problem {
    Problem::SignIn("this passkey did not work here; try again, or sign in with your password".into())
}
