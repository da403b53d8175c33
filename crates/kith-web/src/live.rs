//! `/events`: tells open pages that something changed. Names and numbers only, never words.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::Stream;
use futures_util::stream::unfold;
use kith_engine::Kith;
use kith_engine::views::LiveEvent;
use tokio::sync::broadcast::error::RecvError;

use crate::session::SignedIn;

/// Pause between signs of life, in seconds; proxies close what is silent for a minute.
const ALIVE_S: u64 = 20;
/// Longest life of a stream in seconds; the browser comes back by itself and its session is looked at anew.
const STREAM_S: u64 = 15 * 60;

pub(crate) async fn events(State(kith): State<Kith>, SignedIn(visitor): SignedIn) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let (workspace, receiver, closing) = (visitor.workspace, kith.live(), kith.closing().clone());
    let ends = tokio::time::Instant::now() + Duration::from_secs(STREAM_S);
    let stream = unfold((receiver, closing), move |(mut receiver, closing)| async move {
        loop {
            let heard = tokio::select! {
                heard = tokio::time::timeout_at(ends, receiver.recv()) => heard,
                () = closing.cancelled() => return None,
            };
            match heard {
                Ok(Ok((about, event))) if about == workspace => return Some((Ok(named(&event)), (receiver, closing))),
                Ok(Ok(_)) => {}
                // Some events were missed: the page fetches all it shows.
                Ok(Err(RecvError::Lagged(_))) => {
                    let all = LiveEvent { what: "inbox", id: None, owed: 0 };
                    return Some((Ok(named(&all)), (receiver, closing)));
                }
                Ok(Err(RecvError::Closed)) | Err(_) => return None,
            }
        }
    });
    Sse::new(stream).keep_alive(KeepAlive::new().interval(Duration::from_secs(ALIVE_S)))
}

fn named(event: &LiveEvent) -> Event {
    let data = serde_json::json!({ "id": event.id, "owed": event.owed });
    Event::default().event(event.what).data(data.to_string())
}
