//! Whether a broadcast may go out on one channel as it stands (B10, B14).
//!
//! [`inspect`] looks at one wording with what is known around it, and gives every [`Finding`]: the rule, how grave it
//! is, where it stands, and the way out. It looks nothing up: links come as a [`links::LinkReport`], the channel's
//! habits as [`habit::HashtagHabit`]. A new check is a function here and a name in [`rule`].

pub mod habit;
pub mod links;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::count::{Limit, Unit, count};
use super::entity::{Mention, Span, cashtags, hashtags, mentions, reply_to};
use super::placeholder::unfilled_at;
use super::policy::Policy;
use super::{Problem, Reason, Severity};
use habit::HashtagHabit;
use links::LinkReport;

/// Names of the checks; they are stable.
pub mod rule {
    /// Nothing to read and nothing to see.
    pub const EMPTY: &str = "empty";
    /// `Dear firstname`.
    pub const PLACEHOLDER: &str = "placeholder";
    /// It begins as a reply does.
    pub const REPLY_LIKE: &str = "reply_like";
    /// An attachment that is not there.
    pub const MISSING_MEDIA: &str = "missing_media";
    /// A picture without words for those who don't see it.
    pub const MISSING_ALT: &str = "missing_alt";
    /// A file name where a description belongs.
    pub const ALT_IS_FILE_NAME: &str = "alt_is_file_name";
    /// A description longer than the network takes.
    pub const LONG_ALT: &str = "long_alt";
    /// More pictures than the network takes.
    pub const MANY_PICTURES: &str = "many_pictures";
    /// Longer than the network takes, as it counts.
    pub const TOO_LONG: &str = "too_long";
    /// More hashtags than usual on this channel.
    pub const MANY_HASHTAGS: &str = "many_hashtags";
    /// The same hashtag twice.
    pub const HASHTAG_TWICE: &str = "hashtag_twice";
    /// More cashtags than the network takes.
    pub const MANY_CASHTAGS: &str = "many_cashtags";
    /// A trending hashtag that a rule put there.
    pub const TRENDING_TAG: &str = "trending_tag";
    /// Somebody is named who did not ask for it.
    pub const MENTION: &str = "mention";
    /// A link that leads nowhere.
    pub const DEAD_LINK: &str = "dead_link";
}

/// Actions of `policy.toml` that these checks ask for.
const TREND_INJECTION: &str = "trend_hashtag_injection";
/// Rules against naming people by machine go by several names.
const AUTO_MENTION: [&str; 3] = ["auto_mention_follow_dm", "auto_reply_like_follow_dm", "auto_comment_like_message_connect"];

/// Where in the post a finding stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// The words.
    Text,
    /// The content warning.
    Warning,
    /// A picture or video, counted from 1.
    Media(u32),
    /// Its description, counted from 1.
    Alt(u32),
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The name of the check, or of the network's rule as `policy.X4`.
    pub rule: String,
    /// How grave it is.
    pub severity: Severity,
    /// Where it stands.
    pub field: Field,
    /// The bytes in that field; `None` if all of it is meant.
    pub span: Option<Span>,
    /// What is wrong, as half a sentence.
    pub words: String,
    /// What the person can do.
    pub way_out: String,
}

/// A picture or video as the post names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attachment<'t> {
    /// Its name in the plan.
    pub name: &'t str,
    /// Whether it is there.
    pub is_there: bool,
    /// The description; `None` if none was written, `Some("")` if a person chose "decorative".
    pub alt: Option<&'t str>,
}

/// One wording for one channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Broadcast<'t> {
    /// The words.
    pub text: &'t str,
    /// The content warning.
    pub warning: Option<&'t str>,
    /// Pictures and videos in their order.
    pub media: &'t [Attachment<'t>],
    /// Hashtags that a rule put there (a series, a template, a feed), without their sign.
    pub tags_by_rule: &'t [String],
    /// The words come from a template or a feed, no person wrote them.
    pub by_rule: bool,
}

/// What is known around it.
#[derive(Debug, Clone, Copy)]
pub struct Around<'a> {
    /// The id of the channel's network.
    pub network: &'a str,
    /// What the channel takes; as the server says, or else of the policy.
    pub limit: Option<&'a Limit>,
    /// The rules.
    pub policy: &'a Policy,
    /// How many hashtags are usual on this channel.
    pub habit: &'a HashtagHabit,
    /// What is trending, in lower case without the sign.
    pub trending: &'a BTreeSet<String>,
    /// Accounts that may be named: one's own, and those whose owners agreed; lower case, without the sign.
    pub may_be_named: &'a BTreeSet<String>,
    /// What is known of the links.
    pub links: &'a LinkReport,
}

impl Finding {
    fn new(rule: &str, severity: Severity, field: Field, words: impl Into<String>, way_out: impl Into<String>) -> Self {
        Self { rule: rule.to_owned(), severity, field, span: None, words: words.into(), way_out: way_out.into() }
    }

    fn at(mut self, span: Span) -> Self {
        self.span = Some(span);
        self
    }

    /// The same as a plan's problem; `column` is the text's own, such as `text:somewhere`.
    pub fn problem(self, line: u32, column: &str) -> Problem {
        let column = match self.field {
            Field::Text => column,
            Field::Warning => "cw",
            Field::Media(_) => "media",
            Field::Alt(_) => "alt",
        };
        let span = self.span.map(|span| [span.start as u32, span.end as u32]);
        let reason = Reason::Safety { rule: self.rule, words: self.words, span };
        let problem = Problem::refuse(line, None, reason, self.way_out).in_column(column);
        Problem { severity: self.severity, ..problem }
    }
}

/// Everything that is wrong with a broadcast on one channel, the gravest first.
pub fn inspect(post: &Broadcast<'_>, around: &Around<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    words(post, &mut found);
    media(post, around, &mut found);
    length(post, around, &mut found);
    tags(post, around, &mut found);
    named(post, around, &mut found);
    found.extend(links::judge(post.text, around.links, &around.policy.links));
    found.sort_by_key(|finding| match finding.severity {
        Severity::Refuse => 0,
        Severity::Hold => 1,
        Severity::Warn => 2,
    });
    found
}

fn words(post: &Broadcast<'_>, found: &mut Vec<Finding>) {
    if super::lint::is_blank(post.text) && post.media.is_empty() {
        found.push(Finding::new(rule::EMPTY, Severity::Refuse, Field::Text, "the text is empty", "write the post, or take it out"));
    }
    if let Some(handle) = reply_to(post.text) {
        let start = post.text.find(['@', '＠']).unwrap_or_default();
        let words = format!("the post begins with {handle}, as a reply does");
        let way_out = "replies are written now, by you, in the inbox; to speak about somebody, put their name later in the sentence";
        found
            .push(Finding::new(rule::REPLY_LIKE, Severity::Refuse, Field::Text, words, way_out).at(Span::new(start, start + handle.len())));
    }
    let mut placeholders = |field: Field, text: &str| {
        for span in unfilled_at(text) {
            let words = format!("{:?} looks like a placeholder nobody filled in", span.of(text));
            let way_out = "write what belongs there, or reword it";
            found.push(Finding::new(rule::PLACEHOLDER, Severity::Refuse, field.clone(), words, way_out).at(span));
        }
    };
    placeholders(Field::Text, post.text);
    placeholders(Field::Warning, post.warning.unwrap_or_default());
    for (attachment, number) in post.media.iter().zip(1..) {
        placeholders(Field::Alt(number), attachment.alt.unwrap_or_default());
    }
}

fn media(post: &Broadcast<'_>, around: &Around<'_>, found: &mut Vec<Finding>) {
    for (attachment, number) in post.media.iter().zip(1..) {
        let name = attachment.name;
        if !attachment.is_there {
            let words = format!("the file {name} is not there");
            let way_out = "put the file there, or correct its name";
            found.push(Finding::new(rule::MISSING_MEDIA, Severity::Refuse, Field::Media(number), words, way_out));
        }
        let Some(alt) = attachment.alt.filter(|alt| alt.is_empty() || !super::lint::is_blank(alt)) else {
            let words = format!("the picture {name} has no alternative text");
            let way_out = "describe it for those who do not see it, or say that it is decorative";
            found.push(Finding::new(rule::MISSING_ALT, Severity::Refuse, Field::Alt(number), words, way_out));
            continue;
        };
        if is_file_name(alt) {
            let words = format!("the alternative text {alt:?} is the name of a file");
            found.push(Finding::new(rule::ALT_IS_FILE_NAME, Severity::Warn, Field::Alt(number), words, "say what the picture shows"));
        }
        let (letters, most) = (alt.chars().count(), around.limit.and_then(|limit| limit.alt_max));
        if let Some(over) = most.and_then(|most| letters.checked_sub(most as usize)).filter(|over| *over > 0) {
            let words = format!("the alternative text of {name} is too long by {over}");
            found.push(Finding::new(rule::LONG_ALT, Severity::Refuse, Field::Alt(number), words, format!("shorten it by {over}")));
        }
    }
    let most = around.limit.and_then(|limit| limit.images_max);
    if let Some(over) = most.and_then(|most| post.media.len().checked_sub(most as usize)).filter(|over| *over > 0) {
        let words = format!("{} attachments are {over} more than fit", post.media.len());
        let number = u32::try_from(post.media.len()).unwrap_or(u32::MAX);
        found.push(Finding::new(rule::MANY_PICTURES, Severity::Refuse, Field::Media(number), words, format!("leave out {over}")));
    }
}

/// `IMG_1234.jpg`, `photo.png`: one word with a picture's ending.
fn is_file_name(alt: &str) -> bool {
    let alt = alt.trim().to_lowercase();
    let endings = [".jpg", ".jpeg", ".png", ".gif", ".webp", ".heic", ".mp4", ".mov"];
    !alt.contains(char::is_whitespace) && endings.iter().any(|ending| alt.ends_with(ending))
}

fn length(post: &Broadcast<'_>, around: &Around<'_>, found: &mut Vec<Finding>) {
    let Some(counted) = around.limit.map(|limit| count(limit, post.text)).filter(|counted| !counted.fits()) else { return };
    let unit = match counted.unit {
        Unit::Characters => "characters",
        Unit::Bytes => "bytes",
    };
    let (over, used, limit) = (counted.over_by(), counted.used, counted.limit);
    let words = format!("the text counts {used} of {limit} {unit} there");
    found.push(Finding::new(
        rule::TOO_LONG,
        Severity::Refuse,
        Field::Text,
        words,
        format!("shorten it by {over}, or word it anew for this channel"),
    ));
}

fn tags(post: &Broadcast<'_>, around: &Around<'_>, found: &mut Vec<Finding>) {
    let spans = hashtags(post.text);
    let bare = |span: &Span| span.of(post.text).trim_start_matches(['#', '＃']).to_lowercase();
    let mut seen = BTreeSet::new();
    for span in &spans {
        let tag = bare(span);
        let by_rule = post.by_rule || post.tags_by_rule.iter().any(|own| own.to_lowercase() == tag);
        if by_rule && around.trending.contains(&tag) {
            let forbidden = around.policy.forbids(around.network, TREND_INJECTION);
            let (name, severity) = match forbidden {
                Some(rule) => (format!("policy.{}", rule.id), Severity::Refuse),
                None => (rule::TRENDING_TAG.to_owned(), Severity::Hold),
            };
            let words = format!("#{tag} is trending, and a rule put it there, not a person");
            let way_out = "take it out of the template; whoever means it writes it into the post by hand";
            found.push(Finding::new(&name, severity, Field::Text, words, way_out).at(*span));
        }
        if !seen.insert(tag.clone()) {
            let words = format!("#{tag} stands there twice");
            found.push(Finding::new(rule::HASHTAG_TWICE, Severity::Warn, Field::Text, words, "take one of them out").at(*span));
        }
    }
    let usual = around.habit.usual_max();
    let severity = around.habit.judge(spans.len());
    if let (Some(severity), Some(first), Some(last)) = (severity, spans.get(usual), spans.last()) {
        let words = format!("{} hashtags are more than the {usual} that are usual here", spans.len());
        let way_out = format!("keep the {usual} that your readers look for");
        found.push(Finding::new(rule::MANY_HASHTAGS, severity, Field::Text, words, way_out).at(Span::new(first.start, last.end)));
    }
    let prices = cashtags(post.text);
    if let Some(most) = around.limit.and_then(|limit| limit.cashtags_max)
        && let Some(first) = prices.get(most as usize)
    {
        let words = format!("{} cashtags are more than the {most} this network takes", prices.len());
        found.push(Finding::new(rule::MANY_CASHTAGS, Severity::Refuse, Field::Text, words, "take the others out").at(*first));
    }
}

/// People who are named without having asked for it. In a broadcast nobody is present to talk with them.
fn named(post: &Broadcast<'_>, around: &Around<'_>, found: &mut Vec<Finding>) {
    let is_reply = reply_to(post.text).is_some();
    let strangers = mentions(post.text).into_iter().filter(|mention| !around.may_be_named.contains(&mention.handle.to_lowercase()));
    for Mention { span, handle } in strangers {
        // The name that makes it a reply is told as such.
        if is_reply && super::lint::is_blank(post.text.get(..span.start).unwrap_or_default()) {
            continue;
        }
        if post.by_rule {
            let forbidden = AUTO_MENTION.iter().find_map(|action| around.policy.forbids(around.network, action));
            let name = forbidden.map_or(rule::MENTION.to_owned(), |rule| format!("policy.{}", rule.id));
            let words = format!("a rule would name @{handle}, who did not ask for it");
            let way_out = "take the name out of the template; whoever wants to talk with somebody does so in the inbox";
            found.push(Finding::new(&name, Severity::Refuse, Field::Text, words, way_out).at(span));
        } else {
            let words = format!("@{handle} would be notified by a post that goes out by itself");
            let way_out = format!("write the name without @, talk with them in the inbox, or note that {handle} agreed");
            found.push(Finding::new(rule::MENTION, Severity::Hold, Field::Text, words, way_out).at(span));
        }
    }
}

#[cfg(test)]
mod tests;
