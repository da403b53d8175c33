//! The press of *Send*: followed to its end even if the page is closed, and told as what the box shows next.
//!
//! The box keeps its gesture, so that pressing again can't double, until it is certain that nothing was sent.

use kith_domain::ids::{ActId, ConversationId};
use kith_domain::mandate::Deed;

use crate::kith::Kith;
use crate::mandate::sign_in::Visitor;
use crate::problem::Problem;
use crate::views::Replied;

/// What became of a press.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pressed {
    /// It is there.
    Sent,
    /// The text stays in its box.
    Kept {
        /// The gesture that the box has now.
        gesture: ActId,
        /// Why, and the way out.
        why: String,
    },
}

impl Kith {
    /// A person pressed *Send*. `gesture` is the box's, as text; the visitor is given back for the page that follows.
    pub async fn press_send(
        &self,
        visitor: Visitor,
        gesture: &str,
        conversation: ConversationId,
        text: &str,
    ) -> Result<(Visitor, Pressed), Problem> {
        self.press_send_from(visitor, gesture, conversation, text, None).await
    }

    /// The same from a box that knows the version of its draft: what another tab wrote meanwhile is not overwritten.
    pub async fn press_send_from(
        &self,
        visitor: Visitor,
        gesture: &str,
        conversation: ConversationId,
        text: &str,
        version: Option<i64>,
    ) -> Result<(Visitor, Pressed), Problem> {
        // Who may not converse has no box to show it again in: a forged press is refused, not kept.
        visitor.role().may(Deed::Converse).map_err(|refusal| Problem::Refused(refusal.to_string()))?;
        let gesture = gesture.parse().unwrap_or_else(|_| self.new_gesture());
        let (visitor, replied) = self.reply_to_the_end(visitor, gesture, conversation, text, version).await?;
        Ok((visitor, self.pressed(gesture, replied)?))
    }

    fn pressed(&self, gesture: ActId, replied: Result<Replied, Problem>) -> Result<Pressed, Problem> {
        let (gesture, why) = match replied {
            Ok(Replied::Sent { .. }) => return Ok(Pressed::Sent),
            Ok(Replied::NotSent { why }) => (self.new_gesture(), format!("Not sent: {why}.")),
            Ok(Replied::Unconfirmed { why }) => {
                (gesture, format!("Kith got no word back ({why}). It may be there: look on the network, or send again."))
            }
            // The words are not those that were sent under this gesture.
            Err(problem @ Problem::Conflict(_)) => (self.new_gesture(), problem.to_string()),
            Err(Problem::Invalid { why, .. }) => (gesture, why),
            Err(problem @ (Problem::Refused(_) | Problem::NotNow(_))) => (gesture, problem.to_string()),
            Err(problem) => return Err(problem),
        };
        Ok(Pressed::Kept { gesture, why })
    }

    /// Answers, and goes on when the page is closed meanwhile: an answer that may have left is followed to its end.
    async fn reply_to_the_end(
        &self,
        visitor: Visitor,
        gesture: ActId,
        conversation: ConversationId,
        text: &str,
        version: Option<i64>,
    ) -> Result<(Visitor, Result<Replied, Problem>), Problem> {
        let (kith, text) = (self.clone(), text.to_owned());
        let answering = tokio::spawn(async move {
            let replied = match version {
                None => kith.reply(&visitor, gesture, conversation, &text).await,
                Some(version) => match kith.keep_draft(&visitor, conversation, &text, version, &gesture.to_string()).await {
                    Ok(_) => kith.reply_kept(&visitor, gesture, conversation, &text).await,
                    Err(problem) => Err(problem),
                },
            };
            (visitor, replied)
        });
        match answering.await {
            Ok(done) => Ok(done),
            Err(ended) if ended.is_panic() => std::panic::resume_unwind(ended.into_panic()),
            Err(_) => Err(Problem::NotNow("Kith is stopping; look at the conversation before you send it again".into())),
        }
    }
}
