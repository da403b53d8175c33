//! Requests in the channel's name: its server, its token, and answers turned into what is wanted or a trouble.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use url::Url;

use super::trouble::{Trouble, of_answer, of_net};
use crate::Secret;
use crate::http::{Answer, Request, at};
use crate::network::{Call, VaultError};

/// What is sealed for a channel.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Settings {
    pub token: String,
    /// The part after the `@` of everybody who lives there; often, but not always, the server's name.
    #[serde(default)]
    pub domain: String,
}

impl Settings {
    pub(super) fn seal(&self) -> Result<Secret, serde_json::Error> {
        serde_json::to_string(self).map(Secret::new)
    }

    fn unseal(secret: &Secret) -> Result<Self, VaultError> {
        // The parser's own words could repeat the secret.
        serde_json::from_str(secret.expose())
            .map_err(|_| VaultError("they are not what this network wrote; connect the channel again".to_owned()))
    }
}

/// A call with its settings opened.
pub(super) struct Api<'a> {
    pub call: &'a Call<'a>,
    pub settings: Settings,
}

impl<'a> Api<'a> {
    pub(super) async fn open(call: &'a Call<'a>) -> Result<Self, Trouble> {
        let settings = Settings::unseal(&call.vault.read().await?)?;
        Ok(Self { call, settings })
    }

    pub(super) fn get(&self, path: &[&str]) -> Request<'a> {
        self.call.http.get(at(self.call.server, path)).bearer(&self.settings.token)
    }

    pub(super) fn post(&self, path: &[&str]) -> Request<'a> {
        self.call.http.post(at(self.call.server, path)).bearer(&self.settings.token)
    }

    /// Sends, and takes nothing but success.
    pub(super) async fn send(&self, request: Request<'_>) -> Result<Answer, Trouble> {
        let answer = request.send().await.map_err(|error| of_net(&error))?;
        if answer.is_success() { Ok(answer) } else { Err(of_answer(&answer, self.call.now)) }
    }

    /// Sends, and reads the JSON of a success.
    pub(super) async fn read<T: DeserializeOwned>(&self, request: Request<'_>) -> Result<T, Trouble> {
        self.send(request).await?.json().map_err(|error| Trouble::Unknown { why: error.to_string() })
    }

    /// The domain of everybody who lives on this server.
    pub(super) fn domain(&self) -> &str {
        domain_or_host(&self.settings.domain, self.call.server)
    }
}

pub(super) fn domain_or_host<'a>(domain: &'a str, server: &'a Url) -> &'a str {
    if domain.is_empty() { server.host_str().unwrap_or_default() } else { domain }
}
