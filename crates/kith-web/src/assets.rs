//! Style, script and fonts, embedded and named by their hash, so that browsers keep them for ever.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};

/// Digits of a hash in a name.
const HASH_DIGITS: usize = 12;
const FOREVER: &str = "public, max-age=31536000, immutable";

/// Name, type, bytes. The style sheet names fonts as `asset:NAME`, which becomes their address.
const FILES: [(&str, &str, &[u8]); 9] = [
    ("icon.svg", "image/svg+xml", include_bytes!("../assets/icons/icon.svg")),
    ("icon-192.png", "image/png", include_bytes!("../assets/icons/icon-192.png")),
    ("icon-512.png", "image/png", include_bytes!("../assets/icons/icon-512.png")),
    ("sw.js", "text/javascript; charset=utf-8", include_bytes!("../assets/dist/sw.js")),
    ("figtree.woff2", "font/woff2", include_bytes!("../assets/fonts/figtree.woff2")),
    ("newsreader.woff2", "font/woff2", include_bytes!("../assets/fonts/newsreader.woff2")),
    ("kith.js", "text/javascript; charset=utf-8", include_bytes!("../assets/dist/kith.js")),
    ("week.css", "text/css; charset=utf-8", include_bytes!("../assets/dist/week.css")),
    ("kith.css", "text/css; charset=utf-8", include_bytes!("../assets/dist/kith.css")),
];

struct Asset {
    url: String,
    mime: &'static str,
    bytes: Vec<u8>,
}

static ASSETS: LazyLock<BTreeMap<&'static str, Asset>> = LazyLock::new(|| {
    let mut assets: BTreeMap<&'static str, Asset> = BTreeMap::new();
    // Fonts come first, so that the style sheet, which comes last, can name them.
    for (name, mime, bytes) in FILES {
        let mut bytes = bytes.to_vec();
        if let Ok(text) = std::str::from_utf8(&bytes)
            && text.contains("asset:")
        {
            let text = assets.iter().fold(text.to_owned(), |text, (name, asset)| text.replace(&format!("asset:{name}"), &asset.url));
            bytes = text.into_bytes();
        }
        let hash = kith_domain::hex::lower(&Sha256::digest(&bytes));
        let url = format!("/assets/{}/{name}", hash.get(..HASH_DIGITS).unwrap_or(&hash));
        assets.insert(name, Asset { url, mime, bytes });
    }
    assets
});

/// The address of an asset by its name.
pub(crate) fn url(name: &str) -> &'static str {
    ASSETS.get(name).map_or("", |asset| &asset.url)
}

/// The text of an asset, for one that is served under an address of its own; empty for what is no text.
pub(crate) fn text(name: &str) -> &'static str {
    ASSETS.get(name).and_then(|asset| std::str::from_utf8(&asset.bytes).ok()).unwrap_or_default()
}

/// `/assets/{hash}/{name}`. Only the right hash is answered: another's bytes must not be kept for ever under its name.
pub(crate) async fn serve(uri: Uri, Path((_, name)): Path<(String, String)>) -> Response {
    match ASSETS.get(name.as_str()).filter(|asset| asset.url == uri.path()) {
        Some(asset) => ([(header::CONTENT_TYPE, asset.mime), (header::CACHE_CONTROL, FOREVER)], asset.bytes.as_slice()).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_right_hash_is_answered_and_kept_for_ever() {
        let ask = async |path: &str| {
            let parts: Vec<_> = path.split('/').map(str::to_owned).collect();
            serve(path.parse().unwrap(), Path((parts[2].clone(), parts[3].clone()))).await
        };
        let right = ask(url("kith.css")).await;
        assert_eq!((right.status(), right.headers()[header::CACHE_CONTROL].to_str().unwrap()), (StatusCode::OK, FOREVER));
        for wrong in ["/assets/000000000000/kith.css".to_owned(), url("kith.js").replace("kith.js", "kith.css")] {
            let wrong = ask(&wrong).await;
            assert_eq!(wrong.status(), StatusCode::NOT_FOUND);
            assert!(wrong.headers().get(header::CACHE_CONTROL).is_none(), "the frame says no-store");
        }
    }

    #[test]
    fn the_style_sheet_names_fonts_by_their_hash() {
        let css = String::from_utf8(ASSETS["kith.css"].bytes.clone()).unwrap();
        assert!(!css.contains("asset:"));
        assert!(css.contains(url("figtree.woff2")) && url("figtree.woff2").starts_with("/assets/"));
    }
}
