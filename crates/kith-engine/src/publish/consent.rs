//! Connecting a channel on the network's own page: away, back, and the look at who came back before anything is kept.
//!
//! Each of the two halves waits sealed in the store, bound to the browser that began it, used once and gone after ten
//! minutes (reliability.md S11). What comes back becomes a channel only by a press on a page of ours that names it.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use kith_domain::ids::{ChannelId, NetworkId};
use kith_domain::mandate::{Deed, PassSecret};
use kith_domain::people::Profile;
use kith_networks::http::DpopKey;
use kith_networks::{Asking, Back, Capabilities, Connected, Consent, ConsentError, Directories, Secret, SignInError};
use kith_store::ChannelRow;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::kith::Kith;
use crate::mandate::sign_in::Visitor;
use crate::problem::{Problem, from_store, internal};
use crate::views::{SignInField, Stamp};

/// Life of each half, in minutes.
const LIFE_MIN: i64 = 10;
/// Longest thing that is typed to name a server, in characters.
const TYPED_CHARS_MAX: usize = 300;
/// Longest answer that a server's page may send back in one field, in characters.
const BACK_CHARS_MAX: usize = 4_000;
/// A registration is used again for so long, in hours: servers drop those of which nobody made use within a day
/// (mastodon/app/lib/vacuum/applications_vacuum.rb, read 2026-11).
const REGISTRATION_HOURS: i64 = 12;
/// Where people come back to.
const CALLBACK: &str = "/settings/connect/answer";

/// The note that holds this Kith's own key, sealed.
const OWN_KEY: &str = "consent.key";

const AWAY: &str = "connect.away";
const BACK: &str = "connect.back";

/// A network that lets Kith in on its own page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ConsentCard {
    /// Its short name.
    pub network: String,
    /// Name and letters.
    pub stamp: Stamp,
    /// One sentence on what is connected.
    pub about: String,
    /// The one thing that is asked for before.
    pub field: SignInField,
    /// What the other way in is called.
    pub other_way: String,
}

/// A network that takes fields: a token, a password for apps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldsCard {
    /// Its short name.
    pub network: String,
    /// Name and letters.
    pub stamp: Stamp,
    /// One sentence on what is connected.
    pub about: String,
    /// The fields, in order.
    pub fields: Vec<SignInField>,
}

/// A person who is sent to a server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SentAway {
    /// The page where she says yes.
    pub go_to: String,
    /// Whose page that is.
    pub host: String,
}

/// What a server's page sends back.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct BroughtBack {
    /// What was sent along.
    #[serde(default)]
    pub state: String,
    /// What proves her yes.
    #[serde(default)]
    pub code: String,
    /// Why there is none.
    #[serde(default)]
    pub error: String,
    /// The same in the server's words.
    #[serde(default)]
    pub error_description: String,
    /// Who says so.
    #[serde(default)]
    pub iss: Option<String>,
}

/// Who came back, before anything is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Offered {
    /// By this the press says which.
    pub key: String,
    /// The network.
    pub stamp: Stamp,
    /// The profile's address.
    pub address: String,
    /// Its name.
    pub display_name: String,
    /// Its server's name.
    pub host: String,
    /// The name that the channel would have.
    pub name: String,
    /// The channel that it is already, if so: it gets its new sign-in.
    pub known: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct Away {
    network: NetworkId,
    server: Url,
    channel: Option<ChannelId>,
    registration: String,
    kept: String,
}

#[derive(Serialize, Deserialize)]
struct Returned {
    network: NetworkId,
    server: Url,
    profile: Profile,
    capabilities: Capabilities,
    settings: String,
}

impl Kith {
    /// The networks that let Kith in on their own page, and can send people back to where this Kith is.
    pub fn consent_cards(&self) -> Vec<ConsentCard> {
        let Ok(callback) = self.callback() else { return Vec::new() };
        let card = |network: &dyn kith_networks::Network| {
            let consent = network.consent().filter(|consent| consent.works_at(&callback))?;
            Some(ConsentCard {
                network: network.id().to_string(),
                stamp: self.stamp(&network.id(), network.card().name),
                about: network.card().about.to_owned(),
                field: empty(consent.field()),
                other_way: consent.other_way().to_owned(),
            })
        };
        self.networks().all().iter().filter_map(|network| card(&**network)).collect()
    }

    /// The networks with the fields that each takes.
    pub fn fields_cards(&self) -> Vec<FieldsCard> {
        let card = |network: &dyn kith_networks::Network| FieldsCard {
            network: network.id().to_string(),
            stamp: self.stamp(&network.id(), network.card().name),
            about: network.card().about.to_owned(),
            fields: network.card().sign_in.iter().map(empty).collect(),
        };
        self.networks().all().iter().map(|network| card(&**network)).collect()
    }

    /// Connects with fields instead of a page. `Invalid` names the field.
    pub async fn connect_by_fields(&self, visitor: &Visitor, network: &str, typed: &BTreeMap<String, String>) -> Result<(), Problem> {
        administers(visitor)?;
        self.add_channel_typed(&visitor.operator(), network, typed, None).await.map(drop)
    }

    /// What servers read of this Kith before they let it in, as JSON; `NotThere` where this Kith has no address that they
    /// could read it at.
    pub async fn consent_document(&self) -> Result<String, Problem> {
        let (callback, key) = (self.callback()?, self.own_key().await?);
        let documents = self.networks().all().iter().filter_map(|network| network.consent()?.document(&callback, &key));
        let nothing = || Problem::NotThere("This Kith has no public address with https, so it has no description for servers.".into());
        documents.into_iter().next().ok_or_else(nothing)
    }

    /// The key by which this Kith shows servers that it is the one: made when it is first asked for, sealed, and the same in
    /// every process and for as long as channels live that were connected by it.
    async fn own_key(&self) -> Result<Secret, Problem> {
        let sealed = match self.store().meta(OWN_KEY).await.map_err(from_store)? {
            Some(sealed) => sealed,
            None => {
                let new = DpopKey::new_pkcs8().map_err(|error| internal(&error.to_string()))?;
                let sealed = self.0.keys.seal(OWN_KEY, &new, self.chance()).map_err(|error| Problem::Refused(error.to_string()))?;
                // Another process may have been first; its key is the one.
                self.store().swap_meta(OWN_KEY, None, &sealed).await.map_err(from_store)?;
                self.store().meta(OWN_KEY).await.map_err(from_store)?.unwrap_or(sealed)
            }
        };
        self.0.keys.open_sealed(OWN_KEY, &sealed).map_err(|error| internal(&error.to_string()))
    }

    /// Other places to look people up than those of the public networks; once, at the start.
    pub fn name_directories(&self, directories: &Directories) {
        for network in self.networks().all() {
            network.name_directories(directories);
        }
    }

    /// The practice network that runs beside this Kith: its network's name and its address.
    pub fn name_practice(&self, network: &str, address: &str) {
        // Named twice, the first stays.
        let _ = self.0.practice.set((network.to_owned(), address.to_owned()));
    }

    /// Its network's name and its address, where one runs.
    pub fn practice(&self) -> Option<(&str, &str)> {
        self.0.practice.get().map(|(network, address)| (network.as_str(), address.as_str()))
    }

    /// Sends a person to the page of the server that she typed; `channel` if an old one is to be signed in again.
    /// `Invalid` names the field and says what to type.
    pub async fn begin_connect(
        &self,
        visitor: &Visitor,
        network: &str,
        typed: &str,
        channel: Option<ChannelId>,
    ) -> Result<SentAway, Problem> {
        administers(visitor)?;
        let id = NetworkId::from_text(network);
        let network = self.network(&id)?;
        let consent =
            network.consent().ok_or_else(|| Problem::NotThere(format!("{} is connected with its own fields", network.card().name)))?;
        let typed: String = typed.chars().take(TYPED_CHARS_MAX).collect();
        let server = consent.server(&self.0.http, &typed).await.map_err(invalid)?;
        let callback = self.callback()?;
        let (secret, now) = (self.chance().pass(), self.now());
        let state = secret.reveal();
        // A server may have forgotten us since: then once more, anew.
        let mut tries = 0;
        let (registration, ask) = loop {
            tries += 1;
            let registration = self.registration(&id, consent, &server, &callback).await?;
            let asking = Asking {
                typed: &typed,
                server: &server,
                callback: &callback,
                registration: &registration,
                state: &state,
                chance: self.chance().bytes(),
                now,
            };
            match consent.ask(&self.0.http, &asking).await {
                Ok(ask) => break (registration, ask),
                Err(ConsentError::Forgotten { .. }) if tries == 1 => self.forget_registration(&id, &server, &callback).await?,
                Err(ConsentError::Forgotten { why }) => return Err(Problem::NotNow(why)),
                Err(ConsentError::Refused(error)) => return Err(invalid(error)),
            }
        };
        let host = ask.go_to.host_str().unwrap_or_default().to_owned();
        let away =
            Away { network: id, server, channel, registration: registration.expose().to_owned(), kept: ask.kept.expose().to_owned() };
        self.put_aside(visitor, &secret, AWAY, &away, now).await?;
        Ok(SentAway { go_to: ask.go_to.into(), host })
    }

    /// Whether a channel can be signed in again on its server's own page.
    pub async fn consents_to(&self, visitor: &Visitor, channel: ChannelId) -> Result<bool, Problem> {
        let row = self.own_channel(visitor, channel).await?;
        let callback = self.callback()?;
        Ok(self.network(&row.network)?.consent().is_some_and(|consent| consent.works_at(&callback)))
    }

    /// Sends a person to the server of a channel that must be signed in again.
    pub async fn connect_again(&self, visitor: &Visitor, channel: ChannelId) -> Result<SentAway, Problem> {
        administers(visitor)?;
        let row = self.own_channel(visitor, channel).await?;
        let server = Url::parse(&row.server).map_err(|error| internal(&format!("a channel's server is no URL: {error}")))?;
        let typed = self.network(&row.network)?.consent().map(|consent| consent.again(&server, &row.remote_id));
        self.begin_connect(visitor, row.network.as_str(), &typed.unwrap_or(row.server), Some(channel)).await
    }

    /// Takes what a server's page sent back, asks who that is, and keeps it for the press that connects it.
    pub async fn brought_back(&self, visitor: &Visitor, back: &BroughtBack) -> Result<Offered, Problem> {
        administers(visitor)?;
        let away: Away = self.take_up(visitor, &back.state, AWAY).await?.ok_or_else(too_late)?;
        let host = away.server.host_str().unwrap_or("the server").to_owned();
        if !back.error.is_empty() || back.code.is_empty() {
            return Err(Problem::Refused(not_allowed(&host, back)));
        }
        if back.code.len() > BACK_CHARS_MAX || back.iss.as_ref().is_some_and(|iss| iss.len() > BACK_CHARS_MAX) {
            return Err(too_late());
        }
        let network = self.network(&away.network)?;
        let consent = network.consent().ok_or_else(too_late)?;
        let callback = self.callback()?;
        let brought = Back {
            server: &away.server,
            callback: &callback,
            registration: &Secret::new(away.registration),
            kept: &Secret::new(away.kept),
            code: &back.code,
            issuer: back.iss.as_deref(),
            chance: self.chance().bytes(),
            now: self.now(),
        };
        let connected = match consent.finish(&self.0.http, &brought).await {
            Ok(connected) => connected,
            Err(ConsentError::Refused(error)) => return Err(Problem::Refused(error.why)),
            Err(ConsentError::Forgotten { why }) => {
                self.forget_registration(&away.network, &away.server, &callback).await?;
                return Err(Problem::Refused(why));
            }
        };
        let known = self.connected_as(visitor, &away.network, &connected).await?;
        if let Some(wanted) = away.channel
            && known.as_ref().is_none_or(|row| row.id != wanted)
        {
            let row = self.own_channel(visitor, wanted).await?;
            return Err(Problem::Conflict(format!(
                "You signed in as {} on {host}, but the channel is {}. Sign in there as that one, then begin again.",
                connected.profile.address, row.address
            )));
        }
        let (secret, now) = (self.chance().pass(), self.now());
        let offered = Offered {
            key: secret.reveal(),
            stamp: self.stamp(&away.network, &connected.profile.address),
            address: connected.profile.address.clone(),
            display_name: connected.profile.display_name.clone(),
            host,
            name: connected.profile.address.clone(),
            known: known.map(|row| row.name),
        };
        let returned = Returned {
            network: away.network,
            server: connected.server,
            profile: connected.profile,
            capabilities: connected.capabilities,
            settings: connected.settings.expose().to_owned(),
        };
        self.put_aside(visitor, &secret, BACK, &returned, now).await?;
        Ok(offered)
    }

    /// The press that makes it a channel. A name that can't be had is said, and the press can be repeated.
    pub async fn connect_offered(&self, visitor: &Visitor, key: &str, name: &str) -> Result<ChannelId, Problem> {
        administers(visitor)?;
        let returned: Returned = self.take_up(visitor, key, BACK).await?.ok_or_else(too_late)?;
        let connected = Connected {
            server: returned.server.clone(),
            profile: returned.profile.clone(),
            capabilities: returned.capabilities.clone(),
            settings: Secret::new(returned.settings.clone()),
        };
        let operator = visitor.operator();
        let name = Some(name.trim()).filter(|name| !name.is_empty());
        match self.keep_connected(&operator, &returned.network, connected, name).await {
            Ok(id) => Ok(id),
            Err(problem) => {
                if let (Problem::Invalid { .. } | Problem::Conflict(_) | Problem::NotNow(_), Some(secret)) =
                    (&problem, PassSecret::from_text(key))
                {
                    self.put_aside(visitor, &secret, BACK, &returned, self.now()).await?;
                }
                Err(problem)
            }
        }
    }

    /// The look again at what waits for its press: nothing is used up.
    pub async fn offered(&self, visitor: &Visitor, key: &str) -> Result<Offered, Problem> {
        administers(visitor)?;
        let returned: Returned = self.take_up(visitor, key, BACK).await?.ok_or_else(too_late)?;
        let secret = PassSecret::from_text(key).ok_or_else(too_late)?;
        self.put_aside(visitor, &secret, BACK, &returned, self.now()).await?;
        Ok(Offered {
            key: key.to_owned(),
            stamp: self.stamp(&returned.network, &returned.profile.address),
            address: returned.profile.address.clone(),
            display_name: returned.profile.display_name,
            host: returned.server.host_str().unwrap_or_default().to_owned(),
            name: returned.profile.address,
            known: None,
        })
    }

    fn callback(&self) -> Result<Url, Problem> {
        Url::parse(&format!("{}{CALLBACK}", self.public_url())).map_err(|error| internal(&format!("the public address is no URL: {error}")))
    }

    async fn connected_as(&self, visitor: &Visitor, network: &NetworkId, connected: &Connected) -> Result<Option<ChannelRow>, Problem> {
        let rows = self.store().in_workspace(visitor.workspace).channels().await.map_err(from_store)?;
        let (server, remote_id) = (connected.server.as_str(), connected.profile.remote_id.as_str());
        Ok(rows.into_iter().find(|row| row.network == *network && row.server == server && row.remote_id == remote_id))
    }

    async fn registration(&self, network: &NetworkId, consent: &dyn Consent, server: &Url, callback: &Url) -> Result<Secret, Problem> {
        let (row, now) = (registration_row(network, server), self.now());
        let known = self.store().registration(network, server.as_str(), callback.as_str()).await.map_err(from_store)?;
        if let Some((sealed, made_at)) = known
            && now.duration_since(made_at) < SignedDuration::from_hours(REGISTRATION_HOURS)
            && let Ok(secret) = self.0.keys.open_sealed(&row, &sealed)
        {
            return Ok(secret);
        }
        let made = consent.register(&self.0.http, server, callback, &self.own_key().await?).await.map_err(invalid)?;
        let sealed = self.0.keys.seal(&row, &made, self.chance()).map_err(|error| Problem::Refused(error.to_string()))?;
        self.store().set_registration(network, server.as_str(), callback.as_str(), &sealed, now).await.map_err(from_store)?;
        Ok(made)
    }

    async fn forget_registration(&self, network: &NetworkId, server: &Url, callback: &Url) -> Result<(), Problem> {
        self.store().drop_registration(network, server.as_str(), callback.as_str()).await.map_err(from_store)
    }

    async fn put_aside(
        &self,
        visitor: &Visitor,
        secret: &PassSecret,
        kind: &str,
        value: &impl Serialize,
        now: Timestamp,
    ) -> Result<(), Problem> {
        self.keep_pending(secret, kind, Some(visitor.session.id), value, now, LIFE_MIN).await
    }

    async fn take_up<T: DeserializeOwned>(&self, visitor: &Visitor, key: &str, kind: &str) -> Result<Option<T>, Problem> {
        self.take_pending(key, kind, Some(visitor.session.id)).await
    }
}

fn empty(field: &kith_networks::Field) -> SignInField {
    SignInField {
        name: field.name.to_owned(),
        label: field.label.to_owned(),
        hint: field.hint.to_owned(),
        secret: field.secret,
        optional: field.optional,
        value: String::new(),
    }
}

fn administers(visitor: &Visitor) -> Result<(), Problem> {
    visitor.role().may(Deed::Administer).map_err(|refusal| Problem::Refused(refusal.to_string()))
}

fn registration_row(network: &NetworkId, server: &Url) -> String {
    format!("registration/{network}/{server}")
}

fn invalid(error: SignInError) -> Problem {
    Problem::Invalid { field: error.field.to_owned(), why: error.why }
}

fn too_late() -> Problem {
    Problem::Refused(
        "This was begun in another browser, more than ten minutes ago, or used already. Nothing was connected. Begin again from Settings."
            .into(),
    )
}

fn not_allowed(host: &str, back: &BroughtBack) -> String {
    let words = [back.error_description.as_str(), back.error.as_str()].into_iter().find(|text| !text.is_empty()).unwrap_or_default();
    if back.error == "access_denied" || words.is_empty() {
        return format!("You did not allow it on {host}, so nothing was connected. Begin again whenever you like.");
    }
    let words: String = words.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(200).collect();
    format!("{host} did not let Kith in: {words}. Nothing was connected. Begin again, or connect in the other way.")
}
