//! The binary: configuration, wiring, command line. Everything it can do stands in `cli`.

mod cli;
mod commands;
mod ics;
mod lock;
mod setup;

use std::process::ExitCode;

use clap::Parser as _;

use cli::{Cli, Command};
use commands::{Refused, Session};

fn main() -> ExitCode {
    let cli = Cli::parse();
    setup::log();
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return refuse(&Refused::one(format!("the runtime can't be started: {error}"))),
    };
    match runtime.block_on(run(cli)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(refused) => refuse(&refused),
    }
}

#[expect(clippy::print_stderr, reason = "reasons go to stderr; this is the command line")]
fn refuse(refused: &Refused) -> ExitCode {
    for reason in &refused.reasons {
        eprintln!("kith: {reason}");
    }
    ExitCode::from(refused.code as u8)
}

async fn run(cli: Cli) -> Result<(), Refused> {
    let (data, workspace) = (cli.data.as_deref(), cli.workspace.as_deref());
    match cli.command {
        Command::Demo(demo) => commands::demo::run(data, demo).await,
        Command::Serve(serve) => commands::serve::run(commands::data_folder(data)?, serve).await,
        Command::Owner(owner) => commands::owner::run(commands::data_folder(data)?, workspace, owner).await,
        Command::Doctor(doctor) => commands::export::doctor(commands::data_folder(data)?, workspace, &doctor).await,
        Command::Bench(bench) => commands::bench::run(bench).await,
        Command::Channel(command) => commands::channel::run(&Session::open(data, workspace).await?, command).await,
        Command::Plan(command) => commands::plan::run(&Session::open(data, workspace).await?, command).await,
        Command::Lint(args) => commands::lint::run(&Session::open(data, workspace).await?, args).await,
        Command::Cadence(command) => commands::cadence::run(&Session::open(data, workspace).await?, command).await,
        Command::Post(command) => commands::post::run(&Session::open(data, workspace).await?, command).await,
        Command::Queue(command) => commands::queue::run(&Session::open(data, workspace).await?, command).await,
        Command::Windows(command) => commands::queue::windows(&Session::open(data, workspace).await?, command).await,
        Command::Series(command) => commands::series::run(&Session::open(data, workspace).await?, command).await,
        Command::Event(command) => commands::event::run(&Session::open(data, workspace).await?, command).await,
        Command::Repeat(command) => commands::repeat::run(&Session::open(data, workspace).await?, command).await,
        Command::Market(command) => commands::market::run(&Session::open(data, workspace).await?, command).await,
        Command::Presence(command) => commands::presence::run(&Session::open(data, workspace).await?, command).await,
        Command::Absence(command) => commands::presence::absence(&Session::open(data, workspace).await?, command).await,
        Command::Pause(command) => commands::pause::run(&Session::open(data, workspace).await?, command).await,
        Command::Resume(command) => commands::pause::resume(&Session::open(data, workspace).await?, command).await,
        Command::Program(json) => commands::program::run(&Session::open(data, workspace).await?, json).await,
        Command::Dispatch(command) => commands::dispatch::run(&Session::open(data, workspace).await?, command).await,
        Command::Feed(command) => commands::feed::run(&Session::open(data, workspace).await?, command).await,
        Command::Key(command) => commands::key::run(&Session::open(data, workspace).await?, command).await,
        Command::Brake(command) => commands::brake::run(&Session::open(data, workspace).await?, command).await,
        Command::Inbox(command) => commands::inbox::run(&Session::open(data, workspace).await?, command).await,
        Command::Export(command) => commands::export::run(&Session::open(data, workspace).await?, &command.out).await,
    }
}
