//! A practice network on its own, to try clients by hand:
//! `cargo run -p kith-practice --example serve -- [ADDR] [SPEED] [DATA_DIR]`
//! It prints its address and the owner's token, and runs until Ctrl-C.
#![expect(clippy::print_stdout, reason = "an example that is run by hand")]

use std::path::PathBuf;
use std::sync::Arc;

use kith_practice::{Practice, RunningClock, last_instant};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let address = args.next().unwrap_or_else(|| "127.0.0.1:4080".to_owned());
    let speed: u32 = args.next().map_or(Ok(1), |speed| speed.parse())?;
    let folder = args.next().map(PathBuf::from);
    #[expect(clippy::disallowed_methods, reason = "an example has to take the time from somewhere")]
    let wall = jiff::Timestamp::now();
    let kept = match &folder {
        Some(folder) => last_instant(folder)?,
        None => None,
    };
    let start = if speed > 1 { kept.unwrap_or(wall) } else { wall };
    let listener = tokio::net::TcpListener::bind(&address).await?;
    let clock = Arc::new(RunningClock::new(start, speed));
    let running = Practice::builder().clock(clock).data_dir(folder).start(listener).await?;
    println!("{}", running.url());
    println!("{}", running.owner_token());
    tokio::signal::ctrl_c().await?;
    running.stop().await?;
    Ok(())
}
