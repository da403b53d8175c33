//! Somebody sets the clock, and the year has days with 23 and 25 hours.

use jiff::{SignedDuration, Timestamp};
use kith_domain::publish::State;
use kith_engine::{Clock, Point};
use tokio_util::sync::CancellationToken;

use super::rig::Rig;

const HOUR: SignedDuration = SignedDuration::from_hours(1);
const TEN_YEARS: SignedDuration = SignedDuration::from_hours(10 * 365 * 24);

/// The courier as it runs in the server.
struct Running<'a> {
    rig: &'a Rig,
    stop: CancellationToken,
    task: tokio::task::JoinHandle<()>,
}

impl<'a> Running<'a> {
    async fn start(rig: &'a Rig) -> Self {
        let stop = CancellationToken::new();
        let before = rig.hand.times_at(Point::Resting);
        let task = tokio::spawn(rig.courier.clone().run(stop.clone()));
        rig.hand.wait_for(Point::Resting, before + 1).await;
        Self { rig, stop, task }
    }

    /// So many seconds pass, and after each the courier has looked at the store.
    async fn pass(&self, seconds: i64) {
        for _ in 0..seconds {
            let before = self.rig.hand.times_at(Point::Resting);
            self.rig.pass(1);
            self.rig.hand.wait_for(Point::Resting, before + 1).await;
        }
    }

    fn set(&self, by: SignedDuration) {
        self.rig.clock.set(self.rig.clock.now() + by);
    }

    /// Waits until so many steps are on disk: deliveries run beside the time that the test lets pass.
    async fn stored(&self, times: usize) {
        self.rig.hand.wait_for(Point::AfterCommit, times).await;
    }

    async fn end(self) {
        self.stop.cancel();
        self.task.await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_jump_forward_nothing_is_claimed_for_a_minute_and_what_is_put_right_meanwhile_did_no_harm() {
    let rig = Rig::new().await;
    let id = rig.plan("In three quarters of an hour", 2_700).await;
    let running = Running::start(&rig).await;
    running.pass(3).await;
    let claims = rig.hand.times_at(Point::AfterSelect);
    running.set(HOUR);
    running.pass(58).await;
    assert_eq!(rig.hand.times_at(Point::AfterSelect), claims, "nothing is even asked for");
    running.set(-HOUR);
    running.pass(60).await;
    assert_eq!((rig.state(id).await, rig.sends()), (State::planned(), 0), "early by nobody's clock");
    rig.pass(2_700);
    running.pass(5).await;
    running.stored(1).await;
    running.end().await;
    assert!(matches!(rig.state(id).await, State::Published { .. }));
    assert_eq!((rig.sends(), rig.shown("In three quarters of an hour").await), (1, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_the_minute_a_jump_of_an_hour_is_the_time_and_grace_decides() {
    let rig = Rig::new().await;
    let (gone, late) = (rig.plan("Gone", 600).await, rig.plan("Late", 3_000).await);
    let running = Running::start(&rig).await;
    running.set(HOUR);
    running.pass(58).await;
    assert_eq!(rig.sends(), 0);
    running.pass(10).await;
    running.stored(2).await;
    running.end().await;
    assert!(matches!(rig.state(gone).await, State::Missed { .. }), "later than its grace: asked, not blasted");
    assert!(matches!(rig.state(late).await, State::Published { .. }));
    assert_eq!(rig.sends(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_that_goes_back_an_hour_fires_nothing_again() {
    let rig = Rig::new().await;
    let id = rig.plan("Once", 60).await;
    let running = Running::start(&rig).await;
    running.pass(65).await;
    running.stored(1).await;
    assert!(matches!(rig.state(id).await, State::Published { .. }));
    running.set(-HOUR);
    // Its time comes once more, and passes.
    running.pass(5).await;
    rig.pass(3_600);
    running.pass(70).await;
    running.end().await;
    assert_eq!((rig.sends(), rig.shown("Once").await), (1, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_years_ahead_everything_is_missed_and_nothing_is_sent() {
    let rig = Rig::new().await;
    let mut all = Vec::new();
    for n in 0..7_i64 {
        all.push(rig.plan(&format!("Of a plan {n}"), 3_600 * (n + 1)).await);
    }
    let running = Running::start(&rig).await;
    running.set(TEN_YEARS);
    running.pass(58).await;
    for id in &all {
        assert_eq!(rig.state(*id).await, State::planned(), "nothing is decided in the minute");
    }
    running.pass(20).await;
    running.stored(all.len()).await;
    running.end().await;
    for id in &all {
        assert!(matches!(rig.state(*id).await, State::Missed { .. }));
    }
    assert_eq!(rig.sends(), 0);
}

/// The end of a lease is a matter of the monotonic clock too: a send begins under a claim that has not grown old.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_set_back_makes_no_old_claim_young() {
    let rig = Rig::new().await;
    let id = rig.plan("Old claim", 60).await;
    rig.pass(61);
    rig.hand.when_at(Point::AfterIntent, {
        let clock = rig.clock.clone();
        async move {
            clock.advance(SignedDuration::from_secs(100));
            clock.set(clock.now() - HOUR);
        }
    });
    rig.courier.run_due().await.unwrap();
    assert_eq!(rig.sends(), 0, "the claim is a hundred seconds old whatever the wall says");
    assert!(matches!(rig.state(id).await, State::Planned { .. }));
}

/// Berlin, 2027: 02:30 does not exist on 28 March and comes twice on 31 October.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_time_that_does_not_exist_moves_and_one_that_comes_twice_goes_out_once() {
    let rig = Rig::new().await;
    let csv = "text,at,zone\nGap,2027-03-28 02:30,Europe/Berlin\nFold,2027-10-31 02:30,Europe/Berlin\n";
    assert_eq!(rig.import(&rig.kith, csv, "lark").await, Ok(2));
    let utc = |text: &str| text.parse::<Timestamp>().unwrap();
    let (gap, fold) = (rig.view_of("Gap").await.dispatch, rig.view_of("Fold").await.dispatch);
    assert_eq!((gap.due_at, gap.civil.as_str()), (utc("2027-03-28T01:30:00Z"), "2027-03-28T02:30:00"), "03:30 by the wall");
    assert_eq!(fold.due_at, utc("2027-10-31T00:30:00Z"), "the first pass");
    assert!(fold.occurrence_key.ends_with("2027-10-31T02:30:00[Europe/Berlin]"), "one key for both passes: {}", fold.occurrence_key);
    let again = rig.import(&rig.kith, csv, "lark").await;
    assert!(again.is_err(), "the slots are taken: {again:?}");

    rig.clock.advance(gap.due_at.duration_since(rig.clock.now()) - SignedDuration::from_secs(1));
    rig.deliver().await;
    assert_eq!(rig.sends(), 0);
    rig.pass(1);
    rig.deliver().await;
    assert_eq!(rig.shown("Gap").await, 1);
    rig.clock.advance(fold.due_at.duration_since(rig.clock.now()));
    rig.deliver().await;
    rig.clock.advance(HOUR);
    rig.deliver().await;
    assert_eq!((rig.shown("Fold").await, rig.sends()), (1, 2), "the second pass is no occurrence");
}
