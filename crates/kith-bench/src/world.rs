//! A bench's own small world: an owner, channels on the stub, and posts that are due in the same instant.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::Timestamp;
use kith_domain::converse::Standing;
use kith_domain::ids::{DispatchId, NetworkId, PostId, VariantId, WorkspaceId};
use kith_domain::mandate::{Actor, Door, Provenance};
use kith_domain::publish::{Content, Dispatch, GRACE_DEFAULT_S, State};
use kith_engine::{Chance, Clock as _, Kith, SystemChance, SystemClock};
use kith_networks::Secret;
use kith_store::{ChannelRow, InboxFilter, NewPost, NewVariant, Store};

use crate::{Trouble, network, work};

/// Posts of one transaction while the plan is stored.
const PLAN_GROUP: usize = 500;
/// Length of a post's words, in characters: with its frame, a request of about 1 KB.
const TEXT_CHARS: usize = 900;
const OWNER: &str = "Bench";
const EMAIL: &str = "bench@example.test";
/// Conversations among which the longest is looked for.
const OWED_LOOKED: u32 = 500;

/// An open world.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) kith: Kith,
    /// The same store, seen directly.
    pub(crate) store: Store,
    pub(crate) workspace: WorkspaceId,
    pub(crate) channels: Vec<ChannelRow>,
}

impl World {
    /// Makes it, in a folder or an empty database. `stub`: the address at which the channels live.
    pub(crate) async fn make(folder: &Path, database: Option<&str>, stub: &str, channels: u32) -> Result<Self, Trouble> {
        let kith = work::open(folder, database).await?;
        let store = Store::open(&work::store_url(folder, database), SystemClock.now()).await?;
        if !store.workspaces().await?.is_empty() {
            return Err(Trouble::new("this database holds a Kith already; name an empty one, which the bench may fill"));
        }
        kith.add_owner(OWNER, EMAIL, None, "UTC").await?;
        let operator = kith.operator(None).await?;
        for n in 0..channels {
            let fields =
                BTreeMap::from([("server".to_owned(), Secret::new(stub)), ("token".to_owned(), Secret::new(format!("bench-{n}")))]);
            kith.add_channel(&operator, network::ID, &fields, Some(&format!("channel {n}"))).await?;
        }
        let rows = store.in_workspace(operator.workspace).channels().await?;
        Ok(Self { kith, store, workspace: operator.workspace, channels: rows })
    }

    /// Stores posts that are due at `due`, spread over the channels, numbered from `first`.
    pub(crate) async fn plan(&self, first: u64, count: u64, due: Timestamp) -> Result<(), Trouble> {
        let numbers: Vec<u64> = (first..first + count).collect();
        for group in numbers.chunks(PLAN_GROUP) {
            let posts = group.iter().map(|n| self.post(*n, due)).collect::<Result<Vec<_>, _>>()?;
            self.store.in_workspace(self.workspace).add_plan(&posts, SystemClock.now()).await?;
        }
        Ok(())
    }

    /// A signed-in person's cookie, the longest conversation among those owed, and a person known.
    pub(crate) async fn insider(&self) -> Result<(String, String, String), Trouble> {
        let link = self.kith.demo_link(EMAIL).await?;
        let secret = link.rsplit('/').next().unwrap_or_default();
        let session = self.kith.enter_by_link(secret, None, "kith bench").await?;
        let here = self.store.in_workspace(self.workspace);
        let owed = here.inbox(&InboxFilter { standing: Standing::Owed, limit: OWED_LOOKED, after: None }).await?;
        let longest = owed.iter().max_by_key(|one| one.message_count).ok_or_else(|| Trouble::new("nobody waits"))?;
        let people = here.contact_lines("", 1, 0, SystemClock.now()).await?;
        let person = people.first().ok_or_else(|| Trouble::new("nobody is known"))?;
        Ok((session.cookie, longest.id.to_string(), person.contact.id.to_string()))
    }

    /// One post for the channel whose turn its number is.
    pub(crate) fn post(&self, n: u64, due: Timestamp) -> Result<NewPost, Trouble> {
        let now = SystemClock.now();
        let channels = self.channels.len().max(1) as u64;
        let channel = self.channels.get((n % channels) as usize).ok_or_else(|| Trouble::new("there is no channel"))?;
        let chance: &dyn Chance = &SystemChance;
        let (post, variant) = (chance.id(now, PostId::new), chance.id(now, VariantId::new));
        let id = chance.id(now, DispatchId::new);
        let network = self.kith.networks().get(&NetworkId::from_text(network::ID)).ok_or_else(|| Trouble::new("the network is gone"))?;
        let content = Content { text: words(n), language: Some("en".into()), ..Content::default() };
        let actor = Actor::Outside { what: "kith bench".into() };
        let dispatch = Dispatch {
            id,
            workspace: self.workspace,
            post,
            variant,
            channel: channel.id,
            occurrence_key: format!("bench/{n}"),
            civil: "2026-12-01T09:00:00".into(),
            zone: "UTC".into(),
            due_at: due,
            grace_s: GRACE_DEFAULT_S,
            payload_hash: content.hash(),
            remote_key: network.remote_key(id, due),
            prepared: None,
            state: State::planned(),
            fence: 0,
            attempts: 0,
            first_send: None,
            last_send: None,
        };
        Ok(NewPost {
            id: post,
            text: content.text.clone(),
            category: None,
            provenance: Provenance {
                written_by: actor.clone(),
                written_at: now,
                through: Door::Cli,
                changed_by: None,
                changed_at: None,
                approved_by: Some(actor.clone()),
                approved_at: Some(now),
                sent_by: Actor::Worker,
                on_behalf_of: self.workspace,
            },
            variants: vec![NewVariant {
                id: variant,
                channel: channel.id,
                approved_hash: Some(content.hash()),
                approved_by: Some(actor),
                approved_at: Some(now),
                content,
                dispatches: vec![dispatch],
            }],
        })
    }
}

/// The words of post `n`, which begin with its number.
pub(crate) fn words(n: u64) -> String {
    let mut text = format!("#{n} ");
    while text.chars().count() < TEXT_CHARS {
        text.push_str("Glaze day at the studio: three kilns, forty bowls. ");
    }
    text.chars().take(TEXT_CHARS).collect()
}
