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
use super::wire::{NewStatus, Relationship, Touchable};
use crate::network::{Call, FirstWords, ReadError, Search, Touched, Words};

/// What is done to a person or a post besides answering.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Touch {
    Follow,
    Unfollow,
    Like,
    Repost,
    Unlike,
    Unrepost,
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

/// Writes to a person alone, answering nothing.
pub(super) async fn first_words(call: &Call<'_>, act: &HumanAct, words: &FirstWords) -> Outcome {
    let status = alone(call, act, words).await?;
    publish(call, &key(act), &body(&status)?).await
}

/// Are those words there?
pub(super) async fn find_first_words(call: &Call<'_>, act: &HumanAct, words: &FirstWords) -> Looked {
    let prepared = match alone(call, act, words).await.and_then(|status| body(&status)) {
        Ok(prepared) => prepared,
        Err(error) => return Looked::Failed { after: None, why: error.to_string() },
    };
    find::find(call, &Search { key: &key(act), prepared: &prepared, first_send: act.at(), taken: &[] }).await
}

/// A status that only the person it names can read.
async fn alone(call: &Call<'_>, act: &HumanAct, words: &FirstWords) -> Result<NewStatus, PublishError> {
    if act.kind() != ActKind::DirectMessage || act.target().remote_id != words.to.remote_id {
        return Err(made_for_something_else());
    }
    let api = Api::open(call).await?;
    Ok(NewStatus {
        status: named(&words.text, &words.to.address, api.domain()),
        media_ids: Vec::new(),
        in_reply_to_id: None,
        sensitive: false,
        spoiler_text: None,
        language: words.language.clone(),
        visibility: visibility(Audience::Direct).to_owned(),
        poll: None,
    })
}

/// Is it so now? The server says of a person whether we follow them, of a status whether we liked or reposted it.
pub(super) async fn stands(call: &Call<'_>, act: &HumanAct) -> Result<Option<Touched>, ReadError> {
    let api = Api::open(call).await?;
    let target = act.target().remote_id.as_str();
    let done = |is_so: bool| is_so.then_some(Touched::Done);
    match act.kind() {
        ActKind::Follow | ActKind::Unfollow => {
            let request = api.get(&["api", "v1", "accounts", "relationships"]).query(&[("id[]", target)]);
            let found: Vec<Relationship> = api.read(request).await?;
            let between = found.into_iter().find(|found| found.id == target).ok_or(ReadError::NotThere)?;
            Ok(if act.kind() == ActKind::Unfollow { done(!between.following && !between.requested) } else { between.touched() })
        }
        ActKind::Like | ActKind::Repost => {
            let status: Touchable = api.read(api.get(&["api", "v1", "statuses", target])).await?;
            Ok(done(if act.kind() == ActKind::Like { status.favourited } else { status.reblogged }))
        }
        ActKind::Unlike | ActKind::Unrepost => match api.read::<Touchable>(api.get(&["api", "v1", "statuses", target])).await {
            Ok(status) => Ok(done(!if act.kind() == ActKind::Unlike { status.favourited } else { status.reblogged })),
            // With the post everything that was done to it is gone.
            Err(Trouble::NotThere { .. }) => Ok(Some(Touched::Done)),
            Err(trouble) => Err(trouble.into()),
        },
        ActKind::Reply | ActKind::DirectMessage => Err(ReadError::NotOffered),
    }
}

/// Follows, likes, reposts, or takes it back. Doing it twice is doing it once, on every server.
pub(super) async fn touch(call: &Call<'_>, act: &HumanAct, touch: Touch) -> Result<Touched, PublishError> {
    let target = act.target().remote_id.as_str();
    let (kind, path) = match touch {
        Touch::Follow => (ActKind::Follow, ["api", "v1", "accounts", target, "follow"]),
        Touch::Unfollow => (ActKind::Unfollow, ["api", "v1", "accounts", target, "unfollow"]),
        Touch::Like => (ActKind::Like, ["api", "v1", "statuses", target, "favourite"]),
        Touch::Repost => (ActKind::Repost, ["api", "v1", "statuses", target, "reblog"]),
        Touch::Unlike => (ActKind::Unlike, ["api", "v1", "statuses", target, "unfavourite"]),
        Touch::Unrepost => (ActKind::Unrepost, ["api", "v1", "statuses", target, "unreblog"]),
    };
    if act.kind() != kind {
        return Err(made_for_something_else());
    }
    let api = Api::open(call).await?;
    let answer = match api.send(api.post(&path)).await {
        // With the post everything that was done to it is gone.
        Err(Trouble::NotThere { .. }) if matches!(touch, Touch::Unlike | Touch::Unrepost) => return Ok(Touched::Done),
        answer => answer.map_err(|trouble| touched_nothing(trouble, touch))?,
    };
    if touch == Touch::Follow {
        // A success that can't be read is a success; only whether they must say yes is not known then.
        return Ok(answer.json::<Relationship>().ok().and_then(|between| between.touched()).unwrap_or(Touched::Done));
    }
    Ok(Touched::Done)
}

/// What the server's no means for the person who pressed.
fn touched_nothing(trouble: Trouble, touch: Touch) -> PublishError {
    let words = |why: String, plain: &str| PublishError::Refused { why: format!("{plain} ({why})") };
    match (trouble, touch) {
        (Trouble::NotThere { why }, Touch::Like | Touch::Repost) => {
            words(why, "this post is not there any more, or its writer lets fewer people see it now")
        }
        (Trouble::NotThere { why }, Touch::Follow | Touch::Unfollow) => words(why, "this profile is not there any more"),
        (Trouble::Refused { why }, Touch::Follow) => {
            words(why, "they can't be followed from here: they block you, you block them, or their server does")
        }
        (Trouble::Refused { why }, Touch::Repost) => {
            words(why, "this post may not be reposted: it was written for fewer people, or you are blocked")
        }
        (trouble, _) => trouble.into(),
    }
}

impl Relationship {
    fn touched(&self) -> Option<Touched> {
        match (self.following, self.requested) {
            (true, _) => Some(Touched::Done),
            (false, true) => Some(Touched::Asked),
            (false, false) => None,
        }
    }
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
    named(&words.text, &author.address, domain)
}

/// The words, beginning with a person's name unless they name them already.
fn named(text: &str, address: &str, domain: &str) -> String {
    // Those who live on the same server are named without it, as clients do.
    let name = address.strip_suffix(domain).and_then(|rest| rest.strip_suffix('@')).unwrap_or(address);
    let short = short_mentions(&format!("@{address}")).to_lowercase();
    let is_end = |c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-'));
    let said = short_mentions(text).to_lowercase();
    let names_them = said.match_indices(&short).any(|(at, found)| said.split_at(at + found.len()).1.chars().next().is_none_or(is_end));
    if names_them { text.to_owned() } else { format!("@{name} {text}") }
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
