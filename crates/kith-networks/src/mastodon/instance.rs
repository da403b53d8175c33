//! What a server is and allows, from its own description.

use kith_domain::publish::Class;
use url::Url;

use super::trouble::{Trouble, of_answer, of_net};
use super::wire::Instance;
use crate::card::{Capabilities, Limits};
use crate::http::{NetClient, at};
use jiff::Timestamp;

/// How long Mastodon keeps an idempotency key, in seconds (app/services/post_status_service.rb, `setex … 3_600`).
const KEY_LIFE_S: i64 = 3_600;

// What Mastodon allows where a server does not say (docs.joinmastodon.org/user/posting, read 2026-11).
const TEXT_CHARS: u32 = 500;
const LINK_CHARS: u32 = 23;
const MEDIA: u32 = 4;
const IMAGE_BYTES: u64 = 16 * 1024 * 1024;
const ALT_CHARS: u32 = 1_500;
const VIDEO_BYTES: u64 = 99 * 1024 * 1024;

/// Asks the server; version 2 first, version 1 where there is none (Takahē answers 500 to version 2).
pub(super) async fn ask(http: &NetClient, server: &Url, now: Timestamp) -> Result<Instance, Trouble> {
    let mut trouble = None;
    for version in ["v2", "v1"] {
        let answer = http.get(at(server, &["api", version, "instance"])).send().await.map_err(|error| of_net(&error))?;
        if !answer.is_success() {
            trouble = Some(of_answer(&answer, now));
            continue;
        }
        match answer.json::<Instance>() {
            Ok(instance) if !instance.version.is_empty() => return Ok(instance),
            Ok(_) => trouble = Some(Trouble::Unknown { why: "the server does not say what it is".to_owned() }),
            Err(error) => trouble = Some(Trouble::Unknown { why: error.to_string() }),
        }
    }
    Err(trouble.unwrap_or(Trouble::Unknown { why: "the server does not say what it is".to_owned() }))
}

/// What follows from the description.
pub(super) fn capabilities(instance: &Instance) -> Capabilities {
    let (statuses, media) = (&instance.configuration.statuses, &instance.configuration.media_attachments);
    let urls = [&instance.configuration.urls, &instance.urls];
    let streaming = urls.iter().find_map(|urls| urls.streaming.clone().or_else(|| urls.streaming_api.clone()));
    let is_mastodon = is_mastodon(&instance.version, &instance.source_url);
    Capabilities {
        class: if is_mastodon { Class::Keyed { ttl_s: KEY_LIFE_S } } else { Class::ReadBack },
        limits: Limits {
            text_max: statuses.max_characters.or(instance.max_toot_chars).unwrap_or(TEXT_CHARS),
            text_bytes_max: None,
            link_counts: Some(statuses.characters_reserved_per_url.unwrap_or(LINK_CHARS)),
            media_max: statuses.max_media_attachments.unwrap_or(MEDIA),
            image_bytes_max: media.image_size_limit.unwrap_or(IMAGE_BYTES),
            alt_max: media.description_limit.unwrap_or(ALT_CHARS),
            image_side_max: None,
            image_pixels_max: media.image_matrix_limit,
            video_bytes_max: media.video_size_limit.or(Some(VIDEO_BYTES)),
            video_seconds_max: None,
        },
        software: if is_mastodon { format!("Mastodon {}", instance.version) } else { instance.version.clone() },
        streaming: streaming.filter(|url| !url.is_empty()),
    }
}

/// The domain of everybody who lives there.
pub(super) fn domain(instance: &Instance) -> String {
    if !instance.domain.is_empty() {
        return instance.domain.clone();
    }
    // Version 1 says `uri`, which is a bare domain on Mastodon and a URL on Pleroma.
    match Url::parse(&instance.uri) {
        Ok(url) => url.host_str().map(str::to_owned).unwrap_or_default(),
        Err(_) => instance.uri.clone(),
    }
}

/// Only Mastodon itself is known to honour `Idempotency-Key`: GoToSocial and Takahē made six posts of six requests
/// (networks.md, measured 2026-11). Others call themselves "2.7.2 (compatible; Pleroma 2.6)" or name another source.
fn is_mastodon(version: &str, source_url: &str) -> bool {
    let lower = version.to_ascii_lowercase();
    let numbers: Vec<&str> = lower.split(['+', '-']).next().unwrap_or_default().split('.').collect();
    let is_plain = numbers.len() == 3 && numbers.iter().all(|n| n.parse::<u32>().is_ok());
    let major: u32 = numbers.first().and_then(|n| n.parse().ok()).unwrap_or(0);
    is_plain && major >= 2 && (source_url.is_empty() || source_url.to_ascii_lowercase().contains("mastodon"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_mastodon_itself_counts_as_keyed() {
        let table = [
            ("4.6.0", "https://github.com/mastodon/mastodon", true),
            ("4.6.0", "https://github.com/matthewdeanmartin/mastodon_mock", true),
            ("4.4.0", "", true),
            ("4.5.0-alpha.2+glitch", "https://github.com/glitch-soc/mastodon", true),
            ("4.3.1+hometown-1.1.2", "", true),
            ("1.6.1", "", false),
            ("2.7.2 (compatible; Pleroma 2.6.0)", "", false),
            ("4.2.1 (compatible; Sharkey 2025.4.2)", "", false),
            ("0.19.1+git-1234567", "https://codeberg.org/superseriousbusiness/gotosocial", false),
            ("4.0.0", "https://codeberg.org/superseriousbusiness/gotosocial", false),
            ("takahe/0.11.0", "", false),
            ("", "", false),
        ];
        for (version, source, expected) in table {
            assert_eq!(is_mastodon(version, source), expected, "{version} {source}");
        }
    }

    #[test]
    fn limits_come_from_the_server_and_fall_back_to_mastodons() {
        let told: Instance = serde_json::from_str(include_str!("fixtures/instance_v2.json")).unwrap();
        let read = capabilities(&told);
        assert_eq!((read.limits.text_max, read.limits.link_counts, read.limits.alt_max), (1_000, Some(23), 1_500));
        assert_eq!(read.streaming.as_deref(), Some("wss://streaming.clay.social"));
        assert_eq!((read.class, domain(&told).as_str()), (Class::Keyed { ttl_s: 3_600 }, "clay.social"));

        let old: Instance = serde_json::from_str(include_str!("fixtures/instance_v1_pleroma.json")).unwrap();
        let read = capabilities(&old);
        assert_eq!((read.limits.text_max, read.limits.media_max, read.class), (5_000, 4, Class::ReadBack));
        assert_eq!((read.streaming.as_deref(), domain(&old).as_str()), (Some("wss://kiln.example"), "kiln.example"));

        let bare = capabilities(&serde_json::from_str(r#"{"version":"4.1.0","configuration":null,"urls":null}"#).unwrap());
        assert_eq!((bare.limits.text_max, bare.limits.image_bytes_max, bare.streaming), (500, 16 * 1024 * 1024, None));
    }
}
