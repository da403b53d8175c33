//! A person's voice. Every function takes the proof that she is there, and the proof fixes key and bytes.

use kith_domain::listen::Audience;
use kith_domain::mandate::{ActKind, HumanAct};
use kith_domain::publish::{Looked, Outcome, PublishError};

use super::api::Api;
use super::find;
use super::limits::short_mentions;
use super::publish::{body, publish};
use super::read::{context, visibility};
use super::trouble::Trouble;
use super::wire::NewStatus;
use crate::network::{Call, Search, Words};

/// What is done to a person or a post besides answering.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Touch {
    Follow,
    Unfollow,
    Like,
    Repost,
}

/// Answers.
pub(super) async fn reply(call: &Call<'_>, act: &HumanAct, words: &Words) -> Outcome {
    let prepared = answer(call, act, words).await?;
    publish(call, &key(act), &body(&prepared)?).await
}

/// Is that answer there?
pub(super) async fn find_reply(call: &Call<'_>, act: &HumanAct, words: &Words) -> Looked {
    let sent = match answer(call, act, words).await {
        Ok(sent) => sent,
        Err(error) => return Looked::Failed { after: None, why: error.to_string() },
    };
    let prepared = match body(&sent) {
        Ok(prepared) => prepared,
        Err(error) => return Looked::Failed { after: None, why: error.to_string() },
    };
    let search = Search { key: &key(act), prepared: &prepared, first_send: act.at(), taken: &[] };
    let looked = find::find(call, &search).await;
    if looked != Looked::Absent || words.audience != Audience::Direct {
        return looked;
    }
    // Some servers leave direct messages out of the list of one's own; they stand below what they answer.
    let below = async {
        let api = Api::open(call).await?;
        context(&api, &words.to.remote_id).await
    };
    match below.await {
        Ok(context) => find::pick(&sent, &search, call.remote_id, context.descendants),
        Err(Trouble::NotThere { .. }) => Looked::Absent,
        Err(trouble) => find::failed(trouble),
    }
}

/// Follows, unfollows, likes or reposts. Doing it twice is doing it once, on every server.
pub(super) async fn touch(call: &Call<'_>, act: &HumanAct, touch: Touch) -> Result<(), PublishError> {
    let target = act.target().remote_id.as_str();
    let (kind, path) = match touch {
        Touch::Follow => (ActKind::Follow, ["api", "v1", "accounts", target, "follow"]),
        Touch::Unfollow => (ActKind::Unfollow, ["api", "v1", "accounts", target, "unfollow"]),
        Touch::Like => (ActKind::Like, ["api", "v1", "statuses", target, "favourite"]),
        Touch::Repost => (ActKind::Repost, ["api", "v1", "statuses", target, "reblog"]),
    };
    if act.kind() != kind {
        return Err(made_for_something_else());
    }
    let api = Api::open(call).await?;
    api.send(api.post(&path)).await?;
    Ok(())
}

/// The answer's fields: the same for the same act and words, whenever this runs.
async fn answer(call: &Call<'_>, act: &HumanAct, words: &Words) -> Result<NewStatus, PublishError> {
    let target = act.target().remote_id.as_str();
    let speaks = matches!(act.kind(), ActKind::Reply | ActKind::DirectMessage);
    if !speaks || (target != words.to.remote_id && target != words.to.author.remote_id) {
        return Err(made_for_something_else());
    }
    let api = Api::open(call).await?;
    let warning = words.warning.clone().filter(|warning| !warning.trim().is_empty());
    Ok(NewStatus {
        status: addressed(words, call.remote_id, api.domain()),
        media_ids: Vec::new(),
        in_reply_to_id: Some(words.to.remote_id.clone()),
        sensitive: warning.is_some(),
        spoiler_text: warning,
        language: words.language.clone(),
        visibility: visibility(words.audience).to_owned(),
        poll: None,
    })
}

/// Begins with the name of the person who is answered, unless the words name them already: without it nobody is told.
fn addressed(words: &Words, me: &str, domain: &str) -> String {
    let author = &words.to.author;
    if author.remote_id == me {
        return words.text.clone();
    }
    let address = author.address.as_str();
    // Those who live on the same server are named without it, as clients do.
    let name = address.strip_suffix(domain).and_then(|rest| rest.strip_suffix('@')).unwrap_or(address);
    let short = short_mentions(&format!("@{address}")).to_lowercase();
    let is_end = |c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-'));
    let said = short_mentions(&words.text).to_lowercase();
    let names_them = said.match_indices(&short).any(|(at, found)| said.split_at(at + found.len()).1.chars().next().is_none_or(is_end));
    if names_them { words.text.clone() } else { format!("@{name} {}", words.text) }
}

/// The same press has the same key.
fn key(act: &HumanAct) -> String {
    format!("kith-act-{}", act.id())
}

fn made_for_something_else() -> PublishError {
    PublishError::Refused { why: "this press was made for something else; press the button again".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mastodon::ID;
    use jiff::Timestamp;
    use kith_domain::listen::RemotePost;
    use kith_domain::people::Profile;

    #[test]
    fn an_answer_names_the_person_once() {
        let words = |address: &str, text: &str| Words {
            text: text.into(),
            warning: None,
            language: None,
            audience: Audience::Public,
            to: RemotePost {
                remote_id: "1".into(),
                url: None,
                author: Profile {
                    network: ID,
                    remote_id: "9".into(),
                    address: address.into(),
                    display_name: String::new(),
                    url: None,
                    is_bot: false,
                },
                html: String::new(),
                text: String::new(),
                warning: None,
                at: Timestamp::UNIX_EPOCH,
                in_reply_to: None,
                root: None,
                audience: Audience::Public,
                is_ours: false,
            },
        };
        let table = [
            ("jo@clay.social", "Thanks", "@jo Thanks"),
            ("jo@x.example", "Thanks", "@jo@x.example Thanks"),
            ("jo@x.example", "@jo@x.example thanks", "@jo@x.example thanks"),
            ("jo@x.example", "Thanks @Jo.", "Thanks @Jo."),
            ("jo@x.example", "Ask @joan", "@jo@x.example Ask @joan"),
            ("jo@x.example", "mail jo@x.example", "@jo@x.example mail jo@x.example"),
        ];
        for (address, text, expected) in table {
            assert_eq!(addressed(&words(address, text), "7", "clay.social"), expected, "{address} {text}");
        }
        assert_eq!(addressed(&words("mara@clay.social", "More:"), "9", "clay.social"), "More:");
    }
}
