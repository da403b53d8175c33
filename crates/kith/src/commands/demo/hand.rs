//! Time moved by hand, for tests of the page: it stands still but for what lines on standard input say.
//!
//! A line is a span (`90m`, `3h`). It passes in steps; at each one people do what they do, what they write comes in and
//! what is due goes out, as in the days that are played before the page opens. Then one line says what time it is.

use std::sync::Arc;

use jiff::SignedDuration;
use kith_engine::{Clock as _, Courier, Kith, Listeners};
use kith_practice::Running;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::time::DemoTime;
use crate::commands::{Refused, say};

/// Length of a step, in minutes: well within the grace of a late post.
const STEP_MIN: i64 = 5;
/// Longest span of one line, in hours.
const SPAN_HOURS_MAX: i64 = 24 * 14;

/// Reads lines until there are no more.
pub(super) async fn move_by_lines(kith: Kith, practice: Arc<Running>, time: Arc<DemoTime>, stop: CancellationToken) {
    let (sender, mut lines) = mpsc::channel(1);
    // A thread of its own: standard input can't be waited for, and reading it must not hold up the end.
    std::thread::spawn(move || {
        for line in std::io::stdin().lines().map_while(Result::ok) {
            if sender.blocking_send(line).is_err() {
                return;
            }
        }
    });
    loop {
        let line = tokio::select! {
            () = stop.cancelled() => return,
            line = lines.recv() => line,
        };
        let Some(line) = line else { return };
        let told = match line.trim().parse::<SignedDuration>() {
            Ok(span) if span.is_positive() && span <= SignedDuration::from_hours(SPAN_HOURS_MAX) => {
                match pass(&kith, &practice, &time, span).await {
                    Ok(()) => format!("It is {}", time.now()),
                    Err(refused) => format!("Time stopped: {refused:?}"),
                }
            }
            _ => format!("'{}' is no span of up to {SPAN_HOURS_MAX} h; write such as 90m", line.trim()),
        };
        if say(&told).is_err() {
            return;
        }
    }
}

async fn pass(kith: &Kith, practice: &Running, time: &DemoTime, span: SignedDuration) -> Result<(), Refused> {
    let (courier, listeners) = (Courier::new(kith.clone()), Listeners::new(kith.clone()));
    let until = time.now() + span;
    while time.now() < until {
        time.advance(SignedDuration::from_mins(STEP_MIN).min(until.duration_since(time.now())));
        practice.advance_to(time.now());
        listeners.run_once().await?;
        courier.run_due().await.map_err(|error| Refused::one(error.to_string()))?;
    }
    Ok(())
}
