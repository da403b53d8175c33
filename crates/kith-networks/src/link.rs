//! Whether a link leads somewhere, seen from here.
//!
//! It is asked for without its body first; servers that do not like that are asked again for a first piece. Redirects
//! and private addresses are the one client's business.

use std::time::Duration;

use kith_domain::plan::safety::links::LinkState;
use url::Url;

use crate::http::{Answer, NetClient, NetError, Step};

/// Deadline of each of the two questions, in seconds (2026-11): who answers later than that loses readers too.
pub const LINK_DEADLINE_S: u64 = 6;
/// Bytes of a page that are read at most (2026-11); its status is what counts.
const PIECE_BYTES_MAX: usize = 4 * 1024;

/// Looks once. Changes nothing on the other side.
pub async fn look(http: &NetClient, url: &Url) -> LinkState {
    let deadline = Duration::from_secs(LINK_DEADLINE_S);
    match http.head(url.clone()).header("accept", "*/*").deadline(deadline).glance().await {
        Ok(answer) if answer.is_success() => return LinkState::Alive,
        // Some servers know no HEAD and say anything at all to it; only what was not sent needs no second question.
        Ok(_) | Err(NetError::NoAnswer { .. }) => {}
        Err(error) => return of_error(error),
    }
    let request = http.get(url.clone()).header("accept", "text/html,*/*;q=0.8").deadline(deadline).limit(PIECE_BYTES_MAX);
    match request.glance().await {
        Ok(answer) => of_answer(&answer),
        Err(error) => of_error(error),
    }
}

fn of_answer(answer: &Answer) -> LinkState {
    let status = answer.status.as_u16();
    match status {
        200..=399 => LinkState::Alive,
        404 | 410 => LinkState::Gone { why: format!("HTTP {status}") },
        500.. => LinkState::Failing { why: format!("HTTP {status}") },
        // Let in only with a name, or not this often, or not from here: readers may see it all the same.
        _ => LinkState::Closed,
    }
}

fn of_error(error: NetError) -> LinkState {
    match error {
        NetError::Blocked { private: true, .. } => LinkState::Private,
        NetError::Blocked { .. } | NetError::NotUpgraded { .. } => LinkState::Closed,
        NetError::Unsent { why, at: Step::Refused } => LinkState::Refused { why },
        NetError::Unsent { why, .. } | NetError::NoAnswer { why } => LinkState::Failing { why },
        NetError::TooLarge { .. } => LinkState::Alive,
        NetError::TooManyRedirects => LinkState::Failing { why: error.to_string() },
    }
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::http::{Method, StatusCode};
    use axum::response::Redirect;
    use axum::routing::{any, get};
    use tokio::net::TcpListener;

    use super::*;
    use crate::http::Policy;

    async fn serve() -> String {
        let app = Router::new()
            .route("/page", get(|| async { "words" }))
            .route("/gone", any(|| async { StatusCode::GONE }))
            .route("/down", any(|| async { StatusCode::BAD_GATEWAY }))
            .route("/members", any(|| async { StatusCode::FORBIDDEN }))
            .route("/moved", any(|| async { Redirect::permanent("/page") }))
            .route("/round", any(|| async { Redirect::permanent("/round") }))
            .route("/large", get(|| async { "x".repeat(1_000_000) }))
            .route(
                "/headless",
                any(|method: Method| async move { if method == Method::GET { StatusCode::OK } else { StatusCode::NOT_FOUND } }),
            );
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        base
    }

    #[tokio::test]
    async fn what_a_server_says_of_a_link_is_told_apart() {
        let (base, http) = (serve().await, NetClient::new(Policy { allow_private: true }).unwrap());
        let free = {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            listener.local_addr().unwrap()
        };
        let seen = async |address: String| look(&http, &address.parse().unwrap()).await;
        let at = |path: &str| format!("{base}{path}");
        for path in ["/page", "/moved", "/large", "/headless"] {
            assert_eq!(seen(at(path)).await, LinkState::Alive, "{path}");
        }
        assert_eq!(seen(at("/gone")).await, LinkState::Gone { why: "HTTP 410".into() });
        assert_eq!(seen(at("/nowhere")).await, LinkState::Gone { why: "HTTP 404".into() });
        assert_eq!(seen(at("/members")).await, LinkState::Closed);
        assert_eq!(seen(at("/down")).await, LinkState::Failing { why: "HTTP 502".into() });
        assert!(matches!(seen(at("/round")).await, LinkState::Failing { .. }));
        assert!(matches!(seen(format!("http://{free}/")).await, LinkState::Refused { .. }));
        assert!(matches!(seen("http://no-such-name.invalid/".into()).await, LinkState::Failing { .. }));
        let careful = NetClient::new(Policy::default()).unwrap();
        assert_eq!(look(&careful, &"http://127.0.0.1/".parse().unwrap()).await, LinkState::Private);
        assert_eq!(look(&careful, &"http://10.0.0.7/admin".parse().unwrap()).await, LinkState::Private);
        assert_eq!(look(&careful, &"https://8.8.8.8:8443/".parse().unwrap()).await, LinkState::Closed, "a port that Kith does not ask");
    }
}
