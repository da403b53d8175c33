//! Signing a channel in again from the page: the same profile, a new key; what was held for the old one goes on.

use std::collections::BTreeMap;

use kith_domain::ids::ChannelId;
use kith_domain::mandate::Deed;
use kith_networks::Secret;
use kith_store::ChannelRow;

use super::channels::JsonChannel;
use crate::kith::{Kith, Operator};
use crate::mandate::sign_in::Visitor;
use crate::problem::{Problem, from_store};
use crate::views::{SignInField, SignInForm};

/// Longest value of a field, in bytes; tokens are far shorter.
const FIELD_BYTES_MAX: usize = 16 * 1024;

impl Kith {
    /// Connects a channel with its fields as a form or a test gives them.
    pub async fn add_channel_typed(
        &self,
        operator: &Operator,
        network: &str,
        typed: &BTreeMap<String, String>,
        name: Option<&str>,
    ) -> Result<JsonChannel, Problem> {
        let fields = typed.iter().map(|(field, value)| (field.clone(), Secret::new(value.clone()))).collect();
        self.add_channel(operator, network, &fields, name).await
    }

    /// What the network asks for to sign this channel in again.
    pub async fn sign_in_form(&self, visitor: &Visitor, channel: ChannelId) -> Result<SignInForm, Problem> {
        visitor.role().may(Deed::Administer).map_err(|refusal| Problem::Refused(refusal.to_string()))?;
        let row = self.own_channel(visitor, channel).await?;
        let fields = self.network(&row.network)?.card().sign_in.iter().map(|field| SignInField {
            name: field.name.to_owned(),
            label: field.label.to_owned(),
            hint: field.hint.to_owned(),
            secret: field.secret,
            optional: field.optional,
            // Only these two are known of a channel; anything else is asked anew.
            value: match field.name {
                "server" => row.server.clone(),
                "handle" => row.address.clone(),
                _ => String::new(),
            },
        });
        Ok(SignInForm { fields: fields.collect(), channel: self.channel_view(&row) })
    }

    /// Signs it in again, if it is the same profile. `Invalid` names the field and keeps the rest.
    pub async fn sign_in_again(&self, visitor: &Visitor, channel: ChannelId, typed: &BTreeMap<String, String>) -> Result<(), Problem> {
        visitor.role().may(Deed::Administer).map_err(|refusal| Problem::Refused(refusal.to_string()))?;
        let row = self.own_channel(visitor, channel).await?;
        let network = self.network(&row.network)?;
        let mut fields = BTreeMap::new();
        for field in network.card().sign_in {
            let value = typed.get(field.name).map(|value| value.trim()).unwrap_or_default();
            if value.is_empty() || value.len() > FIELD_BYTES_MAX {
                return Err(Problem::Invalid { field: field.name.to_owned(), why: format!("{}: {}", field.label, field.hint) });
            }
            fields.insert(field.name.to_owned(), Secret::new(value));
        }
        let connected = network
            .sign_in(&self.0.http, &fields, self.now())
            .await
            .map_err(|error| Problem::Invalid { field: error.field.to_owned(), why: error.why })?;
        if connected.profile.remote_id != row.remote_id || connected.server.as_str() != row.server {
            return Err(Problem::Conflict(format!(
                "this signs in {}, but the channel is {}; sign in as that one, or connect the other as a channel of its own",
                connected.profile.address, row.address
            )));
        }
        self.renew(&row, &connected).await
    }

    /// A channel of the visitor's workspace.
    pub(super) async fn own_channel(&self, visitor: &Visitor, channel: ChannelId) -> Result<ChannelRow, Problem> {
        let row = self.store().in_workspace(visitor.workspace).channel(channel).await.map_err(from_store)?;
        row.ok_or_else(|| Problem::NotThere("there is no such channel in this workspace".into()))
    }
}
