//! `kith channel …`. The options of `add` come from each network's card, so that no network is named here.

use std::collections::BTreeMap;
use std::io::Read as _;

use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};
use kith_networks::{Registry, Secret};

use crate::cli;
use crate::commands::{Refused, Session, line, say};

/// Longest secret read from a file or standard input, in bytes.
const SECRET_BYTES_MAX: u64 = 16 * 1024;

/// `kith channel add NETWORK --field VALUE …`
#[derive(Debug, Clone)]
pub(crate) struct AddChannel {
    network: String,
    /// Field name to value, or to the file that holds it.
    fields: BTreeMap<String, Value>,
    name: Option<String>,
    json: bool,
}

#[derive(Debug, Clone)]
enum Value {
    Given(Secret),
    InFile(String),
}

impl Args for AddChannel {
    fn augment_args(command: Command) -> Command {
        let mut command = command.subcommand_required(true).arg_required_else_help(true);
        for network in Registry::new().all() {
            let card = network.card();
            let id: &'static str = Box::leak(network.id().as_str().to_owned().into_boxed_str());
            let mut sub = Command::new(id).about(card.about);
            for field in card.sign_in {
                let long = leak(&field.name.replace('_', "-"));
                let file = leak(&format!("{}_file", field.name));
                let mut arg = Arg::new(field.name).long(long).value_name("VALUE").help(field.hint).action(ArgAction::Set);
                if field.secret {
                    let help = "File that holds it, so that it does not stand in the shell's history; - reads standard input";
                    sub = sub
                        .arg(Arg::new(file).long(leak(&format!("{long}-file"))).value_name("FILE").help(help).conflicts_with(field.name));
                    arg = arg.required_unless_present(file);
                }
                sub = sub.arg(arg);
            }
            sub = sub
                .arg(Arg::new("name").long("name").value_name("NAME").help("What to call it in Kith; the address if left out"))
                .arg(Arg::new("json").long("json").action(ArgAction::SetTrue).help("One JSON object a line, with stable names"));
            command = command.subcommand(sub);
        }
        command
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for AddChannel {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let missing = || clap::Error::raw(clap::error::ErrorKind::MissingSubcommand, "name a network, such as: kith channel add NETWORK\n");
        let (id, given) = matches.subcommand().ok_or_else(missing)?;
        let registry = Registry::new();
        let network = registry.all().iter().find(|network| network.id().as_str() == id).ok_or_else(missing)?;
        let mut fields = BTreeMap::new();
        for field in network.card().sign_in {
            if let Some(value) = given.get_one::<String>(field.name) {
                fields.insert(field.name.to_owned(), Value::Given(Secret::new(value.clone())));
            } else if field.secret
                && let Some(path) = given.get_one::<String>(&format!("{}_file", field.name))
            {
                fields.insert(field.name.to_owned(), Value::InFile(path.clone()));
            }
        }
        Ok(Self { network: id.to_owned(), fields, name: given.get_one::<String>("name").cloned(), json: given.get_flag("json") })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// clap keeps names for the program's life; there are a handful.
fn leak(text: &str) -> &'static str {
    Box::leak(text.to_owned().into_boxed_str())
}

fn read_secret(path: &str) -> Result<Secret, Refused> {
    let mut text = String::new();
    let read = if path == "-" {
        std::io::stdin().lock().take(SECRET_BYTES_MAX).read_to_string(&mut text)
    } else {
        std::fs::File::open(path).and_then(|file| file.take(SECRET_BYTES_MAX).read_to_string(&mut text))
    };
    read.map_err(|error| Refused::one(format!("{path} can't be read: {error}")))?;
    Ok(Secret::new(text.trim()))
}

pub(crate) async fn run(session: &Session, command: cli::Channel) -> Result<(), Refused> {
    let (kith, operator) = (&session.kith, &session.operator);
    match command {
        cli::Channel::Add(add) => {
            let mut fields = BTreeMap::new();
            for (name, value) in add.fields {
                let value = match value {
                    Value::Given(secret) => secret,
                    Value::InFile(path) => read_secret(&path)?,
                };
                fields.insert(name, value);
            }
            let row = kith.add_channel(operator, &add.network, &fields, add.name.as_deref()).await?;
            if add.json {
                return line(&row);
            }
            say(&format!("Connected {} ({} on {}).", row.name, row.address, row.server))
        }
        cli::Channel::List(json) => {
            let rows = kith.channel_lines(operator.workspace).await?;
            if json.json {
                return rows.iter().try_for_each(line);
            }
            if rows.is_empty() {
                return say("No channel is connected yet. Connect one: kith channel add --help");
            }
            rows.iter()
                .try_for_each(|row| say(&format!("{:<20} {:<12} {:<32} {} {}", row.name, row.network, row.address, row.state, row.detail)))
        }
        cli::Channel::Check { name, json } => {
            let rows = kith.check_channels(operator.workspace, name.as_deref()).await?;
            let well = rows.iter().all(|row| row.state == "ok");
            for row in &rows {
                if json.json {
                    line(row)?;
                } else {
                    say(&format!("{:<20} {} {}", row.name, row.state, row.detail))?;
                }
            }
            if well { Ok(()) } else { Err(Refused::quiet()) }
        }
        cli::Channel::Pause { name } => {
            kith.pause_channel(operator, &name).await?;
            say(&format!("{name} is paused. Let it go on: kith channel resume {name:?}"))
        }
        cli::Channel::Resume { name } => {
            let released = kith.resume_channel(operator, &name).await?;
            say(&format!("{name} goes on, and so do {released} held posts; what is too late by now asks you first."))
        }
        cli::Channel::Remove { name } => {
            let cancelled = kith.remove_channel(operator, &name).await?;
            say(&format!("Disconnected {name}; its token is wiped and {cancelled} planned posts are called off."))
        }
    }
}
