//! Adding posts with their variants and dispatches: all or nothing.

use jiff::Timestamp;

use crate::db::{Tx, args, json, statements};
use crate::store::InWorkspace;
use crate::{NewPost, NewVariant, StoreError};
use kith_domain::ids::PostId;
use kith_domain::mandate::Provenance;
use kith_domain::publish::Dispatch;

statements! {
    ADD_POST = "INSERT INTO post (id, workspace_id, text, category, provenance, created_at) VALUES ($1, $2, $3, $4, $5, $6)";
    ADD_VARIANT = concat!(
        "INSERT INTO variant (id, workspace_id, post_id, channel_id, content, payload_hash, approved_hash, approved_by, ",
        "approved_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
    );
    ADD_DISPATCH = concat!(
        "INSERT INTO dispatch (id, workspace_id, post_id, variant_id, channel_id, occurrence_key, civil, zone, due_at, ",
        "grace_s, payload_hash, remote_key, prepared, state, state_json, fence, wake_at, attempts, provenance, created_at) ",
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)"
    );
}

impl InWorkspace<'_> {
    /// Adds posts with everything that belongs to them, in one transaction. `Conflict(OccurrenceKey)` names the key of
    /// the first dispatch that is planned already; then nothing was added. `NotThere` if a channel is not here.
    pub async fn add_plan(&self, posts: &[NewPost], now: Timestamp) -> Result<(), StoreError> {
        let mut tx = self.store.begin().await?;
        let done = self.add_plan_in(&mut tx, posts, now).await;
        self.store.end(tx, done).await
    }

    pub(crate) async fn add_plan_in(&self, tx: &mut Tx, posts: &[NewPost], now: Timestamp) -> Result<(), StoreError> {
        for post in posts {
            let provenance = json(&post.provenance)?;
            tx.run(&ADD_POST, args![post.id, self.id, post.text, post.category, provenance, now]).await?;
            for variant in &post.variants {
                self.add_variant_in(tx, post.id, variant, &post.provenance, now).await?;
            }
        }
        Ok(())
    }

    pub(crate) async fn add_variant_in(
        &self,
        tx: &mut Tx,
        post: PostId,
        variant: &NewVariant,
        provenance: &Provenance,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.add_variant(tx, post, variant).await?;
        for dispatch in &variant.dispatches {
            self.add_dispatch(tx, post, variant, dispatch, provenance, now).await?;
        }
        Ok(())
    }

    async fn add_variant(&self, tx: &mut Tx, post: PostId, variant: &NewVariant) -> Result<(), StoreError> {
        let args = args![
            variant.id,
            self.id,
            post,
            variant.channel,
            json(&variant.content)?,
            variant.content.hash().as_str(),
            variant.approved_hash.as_ref().map(|hash| hash.as_str().to_owned()),
            variant.approved_by.as_ref().map(json).transpose()?,
            variant.approved_at,
        ];
        tx.run(&ADD_VARIANT, args).await.map(drop)
    }

    async fn add_dispatch(
        &self,
        tx: &mut Tx,
        post: PostId,
        variant: &NewVariant,
        d: &Dispatch,
        provenance: &Provenance,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        if (d.workspace, d.post, d.variant, d.channel) != (self.id, post, variant.id, variant.channel) {
            return Err(StoreError::Broken(format!("dispatch {} does not belong to its post, variant, channel or workspace", d.id)));
        }
        let args = args![
            d.id,
            self.id,
            d.post,
            d.variant,
            d.channel,
            d.occurrence_key,
            d.civil,
            d.zone,
            d.due_at,
            d.grace_s,
            d.payload_hash.as_str(),
            d.remote_key,
            d.prepared,
            d.state.name(),
            json(&d.state)?,
            d.fence,
            d.wake_at(None),
            d.attempts,
            json(provenance)?,
            now,
        ];
        tx.run(&ADD_DISPATCH, args).await.map_err(|error| error.naming(&d.occurrence_key)).map(drop)
    }
}
