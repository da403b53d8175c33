//! Bluesky against real servers: the PDS that people run, and the whole back end with its AppView.

mod consent;
mod consent_faults;
mod inbox;
mod publishing;
mod session;
mod speaking;
mod stub;
mod world;

use kith_testkit::servers;

use crate::case::Case;

mod on_the_whole_back_end {
    conformance!(super::whole_back_end);
}

async fn whole_back_end() -> Case {
    let pds = servers::bluesky_full().await.unwrap();
    let (ours, theirs) = (pds.new_account("ours").await.unwrap(), pds.new_account("theirs").await.unwrap());
    let other = world::Person::new(&pds, &theirs, &ours).await;
    world::case(&pds, &ours, other).await
}
