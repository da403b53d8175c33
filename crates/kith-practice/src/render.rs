//! The world's rows as the JSON of the Mastodon API.
//!
//! Field names and shapes follow <https://docs.joinmastodon.org/entities/> (version 4.4, read 2026-11); the tests
//! check them against the published schema. What an answer says about "me" depends on the viewer given.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::markup;
use crate::world::{Account, Id, Media, Notification, Poll, Status, Visibility, World};

/// An instant as Mastodon writes it: UTC with milliseconds.
pub(crate) fn instant(at: Timestamp) -> String {
    format!("{at:.3}")
}

/// Account.
pub(crate) fn account(world: &World, account: &Account) -> Value {
    let base = &world.base;
    let id = account.id;
    let followers = world.follows.keys().filter(|(_, whom)| *whom == id).count();
    let following = world.follows.range((id, Id(0))..=(id, Id(u64::MAX))).count();
    let own = || world.statuses.values().filter(|s| s.account == id && s.visibility != Visibility::Direct);
    let last = own().next_back().map(|s| s.created_at.strftime("%Y-%m-%d").to_string());
    let avatar = format!("{base}/avatars/{id}.png");
    let header = format!("{base}/headers/missing.png");
    json!({
        "id": id.to_string(),
        "username": account.username,
        "acct": account.acct(),
        "display_name": account.display_name,
        "locked": false,
        "bot": account.bot,
        "discoverable": true,
        "indexable": true,
        "group": false,
        "created_at": format!("{}T00:00:00.000Z", account.created_at.strftime("%Y-%m-%d")),
        "note": markup::html(&account.note, base, |_, _| None),
        "url": account_url(world, account),
        "uri": account_uri(world, account),
        "avatar": avatar,
        "avatar_static": avatar,
        "header": header,
        "header_static": header,
        "followers_count": followers,
        "following_count": following,
        "statuses_count": own().count(),
        "last_status_at": last,
        "hide_collections": false,
        "noindex": false,
        "emojis": [],
        "roles": [],
        "fields": [],
    })
}

/// CredentialAccount: the account of the token itself.
pub(crate) fn own_account(world: &World, of: &Account) -> Value {
    let mut value = account(world, of);
    value["source"] = json!({
        "privacy": "public",
        "sensitive": false,
        "language": "en",
        "note": of.note,
        "fields": [],
        "follow_requests_count": 0,
        "hide_collections": false,
        "discoverable": true,
        "indexable": true,
    });
    value["role"] = json!({ "id": "-99", "name": "", "permissions": "0", "color": "", "highlighted": false });
    value
}

/// Where a person's profile can be seen.
pub(crate) fn account_url(world: &World, account: &Account) -> String {
    match &account.domain {
        Some(domain) => format!("https://{domain}/@{}", account.username),
        None => format!("{}/@{}", world.base, account.username),
    }
}

fn account_uri(world: &World, account: &Account) -> String {
    match &account.domain {
        Some(domain) => format!("https://{domain}/users/{}", account.username),
        None => format!("{}/users/{}", world.base, account.username),
    }
}

/// The account with this id, or null.
pub(crate) fn account_of(world: &World, id: Id) -> Value {
    world.accounts.get(&id).map_or(Value::Null, |a| account(world, a))
}

/// The HTML of a status's text.
pub(crate) fn content(world: &World, text: &str) -> String {
    markup::html(text, &world.base, |user, domain| {
        let account = world.account_named(user, domain)?;
        Some((account_url(world, account), account.username.clone()))
    })
}

/// Status, as the viewer sees it (`None`: somebody not signed in).
pub(crate) fn status(world: &World, status: &Status, viewer: Option<Id>) -> Value {
    let Some(author) = world.accounts.get(&status.account) else { return Value::Null };
    let base = &world.base;
    let mentions: Vec<Value> = status
        .mentions
        .iter()
        .filter_map(|id| world.accounts.get(id))
        .map(|a| json!({ "id": a.id.to_string(), "username": a.username, "acct": a.acct(), "url": account_url(world, a) }))
        .collect();
    let tags: Vec<Value> = status.tags.iter().map(|t| json!({ "name": t, "url": format!("{base}/tags/{t}") })).collect();
    let original = status.reblog_of.and_then(|id| world.statuses.get(&id));
    let mut value = json!({
        "id": status.id.to_string(),
        "created_at": instant(status.created_at),
        "edited_at": status.edited_at.map(instant),
        "in_reply_to_id": status.in_reply_to.map(|id| id.to_string()),
        "in_reply_to_account_id": status.in_reply_to_account.map(|id| id.to_string()),
        "sensitive": status.sensitive,
        "spoiler_text": status.spoiler,
        "visibility": status.visibility.name(),
        "language": status.language,
        "uri": format!("{}/statuses/{}", account_uri(world, author), status.id),
        "url": format!("{}/{}", account_url(world, author), status.id),
        "replies_count": world.replies_to(status),
        "reblogs_count": status.reblogged_by.len(),
        "favourites_count": status.favourited_by.len(),
        "quotes_count": 0,
        "content": content(world, &status.text),
        "reblog": original.map(|original| self::status(world, original, viewer)),
        "account": account(world, author),
        "media_attachments": attachments(world, &status.media),
        "mentions": mentions,
        "tags": tags,
        "emojis": [],
        "card": null,
        "poll": status.poll.as_ref().map(|p| poll(world, p, viewer)),
    });
    if let Some(viewer) = viewer {
        value["favourited"] = json!(status.favourited_by.contains(&viewer));
        value["reblogged"] = json!(status.reblogged_by.contains_key(&viewer));
        value["bookmarked"] = json!(false);
        value["muted"] = json!(false);
        value["pinned"] = json!(false);
        value["filtered"] = json!([]);
    }
    if author.domain.is_none() {
        value["application"] =
            status.application.as_ref().map_or(Value::Null, |(name, website)| json!({ "name": name, "website": website }));
    }
    value
}

/// The pictures of a status.
pub(crate) fn attachments(world: &World, ids: &[Id]) -> Vec<Value> {
    ids.iter().filter_map(|id| world.media.get(id)).map(|m| media(world, m)).collect()
}

/// MediaAttachment.
pub(crate) fn media(world: &World, media: &Media) -> Value {
    let url = format!("{}/media/{}", world.base, media.file_name());
    let (width, height) = (media.width, media.height);
    let details = json!({
        "width": width,
        "height": height,
        "size": format!("{width}x{height}"),
        "aspect": width as f64 / height.max(1) as f64,
    });
    let mut meta = json!({ "original": details, "small": details });
    if let Some((x, y)) = media.focus.as_deref().and_then(|f| f.split_once(',')) {
        let number = |text: &str| text.trim().parse::<f64>().unwrap_or(0.0).clamp(-1.0, 1.0);
        meta["focus"] = json!({ "x": number(x), "y": number(y) });
    }
    json!({
        "id": media.id.to_string(),
        "type": "image",
        "url": url,
        "preview_url": url,
        "remote_url": null,
        "preview_remote_url": null,
        "text_url": null,
        "meta": meta,
        "description": media.description,
        "blurhash": "UBL_:rOpGG-oBUNG,qRj2so|=eE1w^n4S5NH",
    })
}

/// Poll.
pub(crate) fn poll(world: &World, poll: &Poll, viewer: Option<Id>) -> Value {
    let votes_for = |n: usize| poll.votes.values().filter(|v| v.contains(&n)).count();
    let options: Vec<Value> =
        poll.options.iter().enumerate().map(|(n, title)| json!({ "title": title, "votes_count": votes_for(n) })).collect();
    let mut value = json!({
        "id": poll.id.to_string(),
        "expires_at": instant(poll.expires_at),
        "expired": poll.expires_at <= world.now,
        "multiple": poll.multiple,
        "votes_count": poll.votes.values().map(Vec::len).sum::<usize>(),
        "voters_count": poll.votes.len(),
        "options": options,
        "emojis": [],
    });
    if let Some(viewer) = viewer {
        value["voted"] = json!(poll.votes.contains_key(&viewer));
        value["own_votes"] = json!(poll.votes.get(&viewer).cloned().unwrap_or_default());
    }
    value
}

/// Notification, for the account it was made for.
pub(crate) fn notification(world: &World, notification: &Notification) -> Value {
    let mut value = json!({
        "id": notification.id.to_string(),
        "type": notification.kind.name(),
        "created_at": instant(notification.created_at),
        "group_key": format!("ungrouped-{}", notification.id),
        "account": account_of(world, notification.from),
    });
    if let Some(about) = notification.status.and_then(|id| world.statuses.get(&id)) {
        value["status"] = status(world, about, Some(notification.to));
    }
    value
}

/// Relationship of `me` to another account.
pub(crate) fn relationship(world: &World, me: Id, other: Id) -> Value {
    let following = world.follows(me, other);
    json!({
        "id": other.to_string(),
        "following": following,
        "showing_reblogs": following,
        "notifying": false,
        "languages": null,
        "followed_by": world.follows(other, me),
        "blocking": false,
        "blocked_by": false,
        "muting": false,
        "muting_notifications": false,
        "muting_expires_at": null,
        "requested": false,
        "requested_by": false,
        "domain_blocking": false,
        "endorsed": false,
        "note": "",
    })
}

/// Conversation: the thread's other people and its newest status.
pub(crate) fn conversation(world: &World, me: Id, root: Id, last: &Status) -> Value {
    let mut others: Vec<Id> = last.mentions.iter().copied().chain([last.account]).filter(|id| *id != me).collect();
    others.sort();
    others.dedup();
    let read = world.read_up_to.get(&root).is_some_and(|id| *id >= last.id);
    json!({
        "id": root.to_string(),
        "unread": last.account != me && !read,
        "accounts": others.iter().map(|id| account_of(world, *id)).collect::<Vec<_>>(),
        "last_status": status(world, last, Some(me)),
    })
}
