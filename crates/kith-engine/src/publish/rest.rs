//! Pausing a channel and letting it go on: a person's word, kept until a person takes it back.

use kith_domain::ids::ChannelId;
use kith_domain::mandate::{Actor, Deed};
use kith_domain::publish::Hold;
use kith_store::{ChannelRow, ChannelState, NewEvent};

use crate::kith::{Kith, Operator};
use crate::mandate::sign_in::Visitor;
use crate::problem::{Problem, from_store};

impl Kith {
    /// At the command line: nothing goes out on this channel until it goes on; what comes due is held. `Conflict` if
    /// it is paused already or must be signed in again, which holds its posts just as well.
    pub async fn pause_channel(&self, operator: &Operator, name: &str) -> Result<(), Problem> {
        let row = self.named_channel(operator.workspace, name).await?;
        self.pause(&row, &operator.actor).await
    }

    /// The same from the page.
    pub async fn pause_channel_here(&self, visitor: &Visitor, channel: ChannelId) -> Result<(), Problem> {
        let row = self.channel_to_rule(visitor, channel).await?;
        self.pause(&row, &visitor.actor()).await
    }

    /// At the command line: the channel goes on, and so does what was held for its pause, under the rules of its time.
    /// Returns how many posts. `Conflict` if it is not paused.
    pub async fn resume_channel(&self, operator: &Operator, name: &str) -> Result<u64, Problem> {
        let row = self.named_channel(operator.workspace, name).await?;
        self.resume(&row, &operator.actor).await
    }

    /// The same from the page.
    pub async fn resume_channel_here(&self, visitor: &Visitor, channel: ChannelId) -> Result<u64, Problem> {
        let row = self.channel_to_rule(visitor, channel).await?;
        self.resume(&row, &visitor.actor()).await
    }

    async fn pause(&self, row: &ChannelRow, by: &Actor) -> Result<(), Problem> {
        match row.state {
            ChannelState::Ok => self.set_rest(row, ChannelState::Paused, "channel.paused", by).await,
            ChannelState::Paused => Err(Problem::Conflict(format!("{} is paused already", row.name))),
            ChannelState::SignInAgain => {
                Err(Problem::Conflict(format!("{} must be signed in again; nothing goes out on it until then", row.name)))
            }
            ChannelState::Removed => Err(Problem::NotThere(format!("{} is disconnected", row.name))),
        }
    }

    async fn resume(&self, row: &ChannelRow, by: &Actor) -> Result<u64, Problem> {
        if row.state != ChannelState::Paused {
            return Err(Problem::Conflict(format!("{} is not paused", row.name)));
        }
        self.set_rest(row, ChannelState::Ok, "channel.resumed", by).await?;
        let store = self.store().in_workspace(row.workspace);
        let released = store.release_held(row.id, Hold::Paused, self.now()).await.map_err(from_store)?;
        self.tell(row.workspace, "plan", None).await;
        Ok(released)
    }

    async fn set_rest(&self, row: &ChannelRow, state: ChannelState, kind: &str, by: &Actor) -> Result<(), Problem> {
        let (store, now) = (self.store().in_workspace(row.workspace), self.now());
        store.set_channel_state(row.id, state, "", now).await.map_err(from_store)?;
        let event =
            NewEvent { kind: kind.into(), subject: row.id.to_string(), actor: by.clone(), detail: serde_json::json!({ "name": row.name }) };
        store.add_event(&event, now).await.map_err(from_store)?;
        self.tell(row.workspace, "channels", None).await;
        Ok(())
    }

    async fn channel_to_rule(&self, visitor: &Visitor, channel: ChannelId) -> Result<ChannelRow, Problem> {
        visitor.role().may(Deed::Administer).map_err(|refusal| Problem::Refused(refusal.to_string()))?;
        self.own_channel(visitor, channel).await
    }
}
