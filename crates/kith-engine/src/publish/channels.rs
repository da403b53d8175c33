//! Connecting, checking and disconnecting channels.

use std::collections::BTreeMap;

use kith_domain::ids::{ChannelId, NetworkId, WorkspaceId};
use kith_domain::publish::Hold;
use kith_networks::{Connected, ReadError, Secret, Vault as _};
use kith_store::{ChannelRow, ChannelState, NewChannel, NewEvent, Profiled, Removal, Sealed, StoreError, Unique};
use serde::Serialize;

use super::call::Line;
use super::vault::{ChannelVault, row_name};
use crate::kith::{Kith, Operator};
use crate::problem::{Problem, from_store, internal};
use crate::views::{ChannelRow as View, Stamp};

/// Longest name of a channel in characters.
const NAME_CHARS_MAX: usize = 60;

/// A channel as the command line prints it: stable names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct JsonChannel {
    /// The channel.
    pub id: String,
    /// Its name in Kith.
    pub name: String,
    /// Its network's id.
    pub network: String,
    /// Address on the network.
    pub address: String,
    /// Server.
    pub server: String,
    /// `ok`, `sign_in_again`, `paused`.
    pub state: String,
    /// Why, and what to do.
    pub detail: String,
    /// The server's software.
    pub software: String,
    /// The class of its guard against doubles.
    pub class: char,
    /// When its sign-in ends, where the network tells and only a person can renew it.
    pub token_ends_at: Option<jiff::Timestamp>,
}

impl Kith {
    /// Connects a channel: signs in, seals the token, stores the row. A profile that is connected already gets its new
    /// token, and what was held for the old one goes on.
    pub async fn add_channel(
        &self,
        operator: &Operator,
        network: &str,
        fields: &BTreeMap<String, Secret>,
        name: Option<&str>,
    ) -> Result<JsonChannel, Problem> {
        let id = NetworkId::from_text(network);
        let connected = self
            .network(&id)?
            .sign_in(&self.0.http, fields, self.now())
            .await
            .map_err(|error| Problem::Invalid { field: error.field.to_owned(), why: error.why })?;
        let channel = self.keep_connected(operator, &id, connected, name).await?;
        self.channel_line(operator.workspace, channel).await
    }

    /// Keeps a connection, however it was made: a profile that is connected already gets its new token.
    pub(super) async fn keep_connected(
        &self,
        operator: &Operator,
        id: &NetworkId,
        connected: Connected,
        name: Option<&str>,
    ) -> Result<ChannelId, Problem> {
        let (store, now) = (self.store().in_workspace(operator.workspace), self.now());
        let capabilities = serde_json::to_value(&connected.capabilities).map_err(|error| internal(&error.to_string()))?;

        let rows = store.channels().await.map_err(from_store)?;
        let server = connected.server.to_string();
        if let Some(known) =
            rows.iter().find(|row| row.network == *id && row.server == server && row.remote_id == connected.profile.remote_id)
        {
            self.renew(known, &connected).await?;
            return Ok(known.id);
        }

        let name = name.map_or_else(|| connected.profile.address.clone(), |name| name.trim().to_owned());
        if name.is_empty() || name.chars().count() > NAME_CHARS_MAX || name.contains(',') || name.chars().any(char::is_control) {
            return Err(Problem::Invalid {
                field: "name".into(),
                why: "give the channel a name of 1 to 60 characters without commas".into(),
            });
        }
        let channel = self.chance().id(now, ChannelId::new);
        let row = NewChannel {
            id: channel,
            network: id.clone(),
            name: name.clone(),
            server,
            remote_id: connected.profile.remote_id,
            address: connected.profile.address,
            display_name: connected.profile.display_name,
            sealed: self.seal(operator.workspace, channel, &connected.settings)?,
            capabilities,
        };
        store.add_channel(&row, now).await.map_err(|error| match error {
            StoreError::Conflict { what: Unique::ChannelName, .. } => {
                Problem::Conflict(format!("a channel is called {name:?} already; give this one another name with --name"))
            }
            other => from_store(other),
        })?;
        let event = NewEvent {
            kind: "channel.connected".into(),
            subject: channel.to_string(),
            actor: operator.actor.clone(),
            detail: serde_json::json!({ "name": name }),
        };
        store.add_event(&event, now).await.map_err(from_store)?;
        self.tell(operator.workspace, "channels", None).await;
        Ok(channel)
    }

    /// A channel that is connected already has signed in again: its new token is sealed, and what was held goes on.
    pub(super) async fn renew(&self, row: &ChannelRow, connected: &Connected) -> Result<(), Problem> {
        let (store, now) = (self.store().in_workspace(row.workspace), self.now());
        let capabilities = serde_json::to_value(&connected.capabilities).map_err(|error| internal(&error.to_string()))?;
        // Under the same lock and lease as any renewal: one under way must not overwrite what a person has just brought.
        let vault = ChannelVault::new(self, row.workspace, row.id);
        let renewing = vault.lock().await;
        vault.write(&connected.settings).await.map_err(|error| Problem::NotNow(error.0))?;
        drop(renewing);
        store.set_capabilities(row.id, &capabilities, now).await.map_err(from_store)?;
        self.mended(row).await
    }

    /// All channels as the command line prints them.
    pub async fn channel_lines(&self, workspace: WorkspaceId) -> Result<Vec<JsonChannel>, Problem> {
        self.store().in_workspace(workspace).channels().await.map_err(from_store)?.iter().map(line).collect()
    }

    async fn channel_line(&self, workspace: WorkspaceId, id: ChannelId) -> Result<JsonChannel, Problem> {
        let row = self.store().in_workspace(workspace).channel(id).await.map_err(from_store)?;
        line(&row.ok_or_else(|| Problem::NotThere("the channel is gone".into()))?)
    }

    /// Asks each network whether the channel works, stores what it says, and lets held posts go where it does.
    pub async fn check_channels(&self, workspace: WorkspaceId, name: Option<&str>) -> Result<Vec<JsonChannel>, Problem> {
        let store = self.store().in_workspace(workspace);
        let rows = match name {
            Some(name) => vec![self.named_channel(workspace, name).await?],
            None => store.channels().await.map_err(from_store)?,
        };
        let mut lines = Vec::with_capacity(rows.len());
        for row in rows {
            let trouble = self.check_channel(&row).await?;
            let mut line = self.channel_line(workspace, row.id).await?;
            if let Some(why) = trouble {
                line.state = if line.state == "ok" { "not_now".into() } else { line.state };
                line.detail = why;
            }
            lines.push(line);
        }
        Ok(lines)
    }

    /// `Some` says why the channel does not work now.
    async fn check_channel(&self, row: &ChannelRow) -> Result<Option<String>, Problem> {
        let (call, now) = (Line::open(self, row)?, self.now());
        let store = self.store().in_workspace(row.workspace);
        match call.network.check(&call.at(now)).await {
            Ok(health) => {
                let capabilities = serde_json::to_value(&health.capabilities).map_err(|error| internal(&error.to_string()))?;
                store.set_capabilities(row.id, &capabilities, now).await.map_err(from_store)?;
                let profile = Profiled {
                    remote_id: health.profile.remote_id,
                    address: health.profile.address,
                    display_name: health.profile.display_name,
                };
                store.set_profile(row.id, &profile).await.map_err(from_store)?;
                store.set_token_end(row.id, health.token_ends_at).await.map_err(from_store)?;
                self.mended(row).await?;
                Ok(None)
            }
            Err(ReadError::SignInAgain { why }) => {
                self.needs_sign_in(row, &why).await?;
                Ok(Some(format!("{why}; connect it again with a new token: kith channel add")))
            }
            Err(error) => Ok(Some(error.to_string())),
        }
    }

    /// The channel works (again): what was held for its token goes on under the rules of its time.
    async fn mended(&self, row: &ChannelRow) -> Result<(), Problem> {
        let (store, now) = (self.store().in_workspace(row.workspace), self.now());
        match row.state {
            ChannelState::SignInAgain => store.set_channel_state(row.id, ChannelState::Ok, "", now).await.map_err(from_store)?,
            ChannelState::Paused if !row.state_detail.is_empty() => {
                store.set_channel_state(row.id, ChannelState::Paused, "", now).await.map_err(from_store)?;
            }
            ChannelState::Ok | ChannelState::Paused | ChannelState::Removed => {}
        }
        store.release_held(row.id, Hold::Token, now).await.map_err(from_store)?;
        self.tell(row.workspace, "channels", None).await;
        Ok(())
    }

    /// The channel's token no longer works: said once, until it is mended. A paused channel stays paused, with the reason.
    pub(crate) async fn needs_sign_in(&self, row: &ChannelRow, why: &str) -> Result<(), Problem> {
        let state = match row.state {
            ChannelState::SignInAgain => return Ok(()),
            ChannelState::Paused if !row.state_detail.is_empty() => return Ok(()),
            ChannelState::Paused => ChannelState::Paused,
            ChannelState::Ok | ChannelState::Removed => ChannelState::SignInAgain,
        };
        tracing::warn!(channel = %row.name, why, "a channel must be signed in again");
        let store = self.store().in_workspace(row.workspace);
        store.set_channel_state(row.id, state, why, self.now()).await.map_err(from_store)?;
        self.tell(row.workspace, "channels", None).await;
        Ok(())
    }

    /// Disconnects: wipes the token and calls off what was planned. Returns how many were called off.
    pub async fn remove_channel(&self, operator: &Operator, name: &str) -> Result<u64, Problem> {
        let row = self.named_channel(operator.workspace, name).await?;
        let removal = self.store().in_workspace(operator.workspace).remove_channel(row.id, &operator.actor, self.now()).await;
        match removal.map_err(from_store)? {
            Removal::Removed { cancelled } => {
                self.tell(operator.workspace, "channels", None).await;
                Ok(cancelled)
            }
            Removal::InFlight { count } => {
                Err(Problem::Conflict(format!("{count} posts on {name} are being sent or looked for now; try again in a minute")))
            }
        }
    }

    pub(crate) async fn named_channel(&self, workspace: WorkspaceId, name: &str) -> Result<ChannelRow, Problem> {
        let store = self.store().in_workspace(workspace);
        if let Some(row) = store.channel_by_name(name).await.map_err(from_store)? {
            return Ok(row);
        }
        let names: Vec<String> = store.channels().await.map_err(from_store)?.into_iter().map(|row| row.name).collect();
        let known = if names.is_empty() { "none is connected yet".to_owned() } else { format!("there are: {}", names.join(", ")) };
        Err(Problem::NotThere(format!("no channel is called {name:?}; {known}")))
    }

    fn seal(&self, workspace: WorkspaceId, channel: ChannelId, settings: &Secret) -> Result<Sealed, Problem> {
        let sealed = self.0.keys.seal(&row_name(workspace, channel), settings, self.chance());
        Ok(Sealed(sealed.map_err(|error| Problem::Refused(error.to_string()))?.into_bytes()))
    }

    /// A channel for the pages.
    pub(crate) fn channel_view(&self, row: &ChannelRow) -> View {
        View {
            id: row.id,
            name: row.name.clone(),
            stamp: self.stamp(&row.network, &row.name),
            address: row.address.clone(),
            server: row.server.clone(),
            state: row.state.as_str().to_owned(),
            detail: row.state_detail.clone(),
        }
    }

    /// Where a person sees this channel's own posts.
    pub(crate) fn profile_url(&self, row: &ChannelRow) -> Option<String> {
        let server = url::Url::parse(&row.server).ok()?;
        self.0.networks.get(&row.network)?.profile_url(&server, &row.address)
    }

    pub(crate) fn stamp(&self, network: &NetworkId, channel: &str) -> Stamp {
        let card = self.0.networks.get(network).map(|network| network.card());
        Stamp {
            letters: card.map_or_else(|| "??".into(), |card| card.stamp.to_owned()),
            name: card.map_or_else(|| network.to_string(), |card| card.name.to_owned()),
            channel: channel.to_owned(),
        }
    }
}

fn line(row: &ChannelRow) -> Result<JsonChannel, Problem> {
    let capabilities = crate::plan::capabilities(row)?;
    Ok(JsonChannel {
        id: row.id.to_string(),
        name: row.name.clone(),
        network: row.network.to_string(),
        address: row.address.clone(),
        server: row.server.clone(),
        state: row.state.as_str().to_owned(),
        detail: row.state_detail.clone(),
        software: capabilities.software,
        class: capabilities.class.letter(),
        token_ends_at: row.sign_in_ends_at,
    })
}
