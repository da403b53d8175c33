//! The inbox: notifications since a cursor, and the thread around a post.

use jiff::Timestamp;
use kith_domain::listen::{Audience, Incoming, IncomingKind, RemotePost};

use super::api::Api;
use super::html::{self, Links};
use super::signin::profile;
use super::trouble::{Trouble, of_net};
use super::wire::{AccountPage, Attachment, Context, Notification, NotificationId, Status};
use crate::http::NetError;
use crate::network::{Call, LookedAt, Page, ReadError, Thread};

/// Notifications of the first page, so that an old profile does not flood: the most that Mastodon gives at once.
const FIRST_PAGE: &str = "80";
const PAGE: &str = "40";
/// From so many on, a page may have been cut by the server's own limit (15 to 40 in use), so there may be more.
const PAGE_FULL_AT: usize = 15;
/// Posts of a profile that are asked for at once.
const LOOK_POSTS_MAX: usize = 20;
/// Threads of thousands of answers have been seen; what is longer is shown without its neighbours.
const CONTEXT_BYTES_MAX: usize = 12 * 1024 * 1024;

/// What happened after `cursor`, oldest first.
pub(super) async fn page(call: &Call<'_>, cursor: Option<&str>) -> Result<Page, ReadError> {
    let api = Api::open(call).await?;
    let request = api.get(&["api", "v1", "notifications"]);
    let request = match cursor {
        None => request.query(&[("limit", FIRST_PAGE)]),
        Some(cursor) => request.query(&[("limit", PAGE), ("min_id", cursor)]),
    };
    let mut rows: Vec<(String, serde_json::Value)> = Vec::new();
    for value in api.read::<Vec<serde_json::Value>>(request).await? {
        let id = serde_json::from_value::<NotificationId>(value.clone())
            .map_err(|error| Trouble::Unknown { why: format!("the server sent a notification without an id: {error}") })?;
        rows.push((id.id, value));
    }
    // Ids grow with time and are compared as numbers of any length; the order of the answer is not relied on.
    rows.sort_by(|(a, _), (b, _)| (a.len(), a).cmp(&(b.len(), b)));
    let next = rows.last().map(|(id, _)| id.clone());
    let more = cursor.is_some() && rows.len() >= PAGE_FULL_AT;
    let items = rows.into_iter().filter_map(|(id, value)| item(&api, id, value)).collect();
    Ok(Page { items, cursor: next.or_else(|| cursor.map(str::to_owned)), more })
}

/// One notification; `None` for kinds that are no concern of ours, and for what can't be read.
fn item(api: &Api<'_>, id: String, value: serde_json::Value) -> Option<Incoming> {
    let read = match serde_json::from_value::<Notification>(value) {
        Ok(read) => read,
        Err(error) => {
            // One broken notification must not stop the inbox.
            tracing::warn!(notification = %id, %error, "a notification can't be read and is passed over");
            return None;
        }
    };
    let kind = kind(&read, api.call.remote_id)?;
    let at = read.created_at.unwrap_or(api.call.now);
    Some(Incoming {
        remote_id: id,
        kind,
        by: profile(&read.account, api.domain()),
        at,
        post: read.status.as_ref().map(|status| post(api, status, None)),
    })
}

fn kind(read: &Notification, me: &str) -> Option<IncomingKind> {
    let status = read.status.as_ref();
    match (read.kind.as_str(), status) {
        ("mention", Some(status)) => Some(if audience(&status.visibility) == Audience::Direct {
            IncomingKind::Direct
        } else if status.in_reply_to_account_id.as_deref() == Some(me) {
            IncomingKind::Reply
        } else {
            IncomingKind::Mention
        }),
        ("quote", Some(_)) => Some(IncomingKind::Quote),
        ("favourite", Some(_)) => Some(IncomingKind::Like),
        ("reblog", Some(_)) => Some(IncomingKind::Repost),
        ("follow", _) => Some(IncomingKind::Follow),
        _ => None,
    }
}

/// The thread around a post.
pub(super) async fn thread(call: &Call<'_>, remote_id: &str) -> Result<Thread, ReadError> {
    let api = Api::open(call).await?;
    let status: Status = api.read(api.get(&["api", "v1", "statuses", remote_id])).await?;
    let context = context(&api, remote_id).await?;
    let root = context.ancestors.first().map_or(&status.id, |first| &first.id).clone();
    let posts = |list: &[Status]| -> Vec<RemotePost> { list.iter().map(|status| post(&api, status, Some(&root))).collect() };
    let above = posts(&context.ancestors);
    let mut below = posts(&context.descendants);
    below.sort_by_key(|post| post.at); // the server gives them branch by branch
    Ok(Thread { above, post: post(&api, &status, Some(&root)), below })
}

/// Our own latest answers to others, whatever program they were sent with.
pub(super) async fn own_answers(call: &Call<'_>) -> Result<Vec<RemotePost>, ReadError> {
    let api = Api::open(call).await?;
    let request = api.get(&["api", "v1", "accounts", call.remote_id, "statuses"]);
    let statuses: Vec<Status> = api.read(request.query(&[("limit", PAGE), ("exclude_reblogs", "true")])).await?;
    let answers_another = |status: &&Status| status.in_reply_to_account_id.as_deref().is_some_and(|whom| whom != call.remote_id);
    Ok(statuses.iter().filter(answers_another).map(|status| post(&api, status, None)).collect())
}

/// A profile and its last public posts.
pub(super) async fn look_at(call: &Call<'_>, remote_id: &str, posts: usize) -> Result<LookedAt, ReadError> {
    let api = Api::open(call).await?;
    let page: AccountPage = api.read(api.get(&["api", "v1", "accounts", remote_id])).await?;
    // Pinned posts and those that are not for everybody are left out below, so a few more are asked for.
    let limit = posts.saturating_mul(2).clamp(1, LOOK_POSTS_MAX).to_string();
    let query = [("limit", limit.as_str()), ("exclude_replies", "true"), ("exclude_reblogs", "true")];
    let statuses: Vec<Status> = api.read(api.get(&["api", "v1", "accounts", remote_id, "statuses"]).query(&query)).await?;
    let public = statuses.iter().map(|status| post(&api, status, None));
    let public = public.filter(|post| matches!(post.audience, Audience::Public | Audience::Unlisted) && !post.text.trim().is_empty());
    let count = |n: Option<i64>| n.and_then(|n| u64::try_from(n).ok()); // a hidden count is -1 on some servers
    Ok(LookedAt {
        bio: html::text(&html::clean(&page.note), Links::Readable),
        posts: public.take(posts).collect(),
        follows: count(page.following_count),
        followers: count(page.followers_count),
        since: page.created_at,
    })
}

/// What stands above and below a status.
pub(super) async fn context(api: &Api<'_>, remote_id: &str) -> Result<Context, Trouble> {
    let request = api.get(&["api", "v1", "statuses", remote_id, "context"]).limit(CONTEXT_BYTES_MAX);
    match request.send().await {
        Err(NetError::TooLarge { limit }) => {
            tracing::warn!(status = remote_id, limit, "this thread is too long; it is shown without its neighbours");
            Ok(Context::default())
        }
        Err(error) => Err(of_net(&error)),
        Ok(answer) if answer.is_success() => answer.json().map_err(|error| Trouble::Unknown { why: error.to_string() }),
        Ok(answer) => Err(super::trouble::of_answer(&answer, api.call.now)),
    }
}

fn post(api: &Api<'_>, status: &Status, root: Option<&String>) -> RemotePost {
    let pictures: Vec<String> = status.media_attachments.iter().map(attachment_line).collect();
    let mut html = html::clean(&status.content);
    let mut text = html::text(&html, Links::Readable);
    for line in pictures {
        html.extend(["<p>", &html::escape(&line), "</p>"]);
        text = if text.is_empty() { line } else { format!("{text}\n\n{line}") };
    }
    RemotePost {
        remote_id: status.id.clone(),
        url: status.url.clone().or_else(|| status.uri.clone()).filter(|url| url.starts_with("https://") || url.starts_with("http://")),
        author: profile(&status.account, api.domain()),
        html,
        text,
        warning: Some(status.spoiler_text.clone()).filter(|warning| !warning.trim().is_empty()),
        at: status.created_at.unwrap_or(Timestamp::UNIX_EPOCH),
        in_reply_to: status.in_reply_to_id.clone(),
        root: root.cloned(),
        audience: audience(&status.visibility),
        is_ours: status.account.id == api.call.remote_id,
    }
}

/// A picture in words: nothing of it is loaded from another's server.
fn attachment_line(attachment: &Attachment) -> String {
    const DESCRIPTION_CHARS_MAX: usize = 1_500;
    let kind = match attachment.kind.as_str() {
        "image" => "picture",
        "video" | "gifv" => "film",
        "audio" => "sound",
        _ => "file",
    };
    let described = attachment.description.as_deref().map(str::trim).filter(|text| !text.is_empty());
    match described {
        Some(text) => format!("[{kind}: {}]", text.chars().take(DESCRIPTION_CHARS_MAX).collect::<String>()),
        None => format!("[{kind}]"),
    }
}

/// What is not known is taken for the narrowest, so that an answer never reaches further than what it answers.
pub(super) fn audience(visibility: &str) -> Audience {
    match visibility {
        "public" | "local" => Audience::Public,
        "unlisted" => Audience::Unlisted,
        "private" | "mutuals_only" | "list" => Audience::Followers,
        _ => Audience::Direct,
    }
}

/// The API's name of an audience.
pub(super) fn visibility(audience: Audience) -> &'static str {
    match audience {
        Audience::Public => "public",
        Audience::Unlisted => "unlisted",
        Audience::Followers => "private",
        Audience::Direct => "direct",
    }
}
