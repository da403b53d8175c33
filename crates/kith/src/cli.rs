//! The command line's words. What each does is in `commands/`, one file per noun.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::commands::cadence::Cadence;
use crate::commands::channel::AddChannel;
use crate::commands::event::Event;
use crate::commands::feed::Feed;
use crate::commands::lint::Lint;
use crate::commands::market::Market;
use crate::commands::pause::{Pause, Resume};
use crate::commands::presence::{Absence, Presence};
use crate::commands::queue::{Queue, Windows};
use crate::commands::repeat::Repeat;
use crate::commands::series::Series;

/// Automate the broadcast. Keep the conversation.
#[derive(Debug, Parser)]
#[command(name = "kith", version, about, max_term_width = 100, propagate_version = true)]
pub(crate) struct Cli {
    /// Folder that holds everything of this Kith (or the variable KITH_DATA)
    #[arg(long, global = true, env = "KITH_DATA", value_name = "DIR", hide_env_values = true)]
    pub(crate) data: Option<PathBuf>,
    /// Workspace to work in, by name; needed only where there are several
    #[arg(long, global = true, env = "KITH_WORKSPACE", value_name = "NAME", hide_env_values = true)]
    pub(crate) workspace: Option<String>,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Try Kith on the practice network: forty posts, simulated people, no account needed
    Demo(Demo),
    /// Run the pages and the workers
    Serve(Serve),
    /// People who can sign in
    #[command(subcommand)]
    Owner(Owner),
    /// Connected profiles
    #[command(subcommand)]
    Channel(Channel),
    /// Many posts from a file
    #[command(subcommand)]
    Plan(Plan),
    /// Everything that is wrong with a plan or worth a look; stores nothing
    Lint(Lint),
    /// What each channel allows: posts a day, gaps, promotion
    #[command(subcommand)]
    Cadence(Cadence),
    /// Single posts
    #[command(subcommand)]
    Post(Post),
    /// Posts that take the next free place of their category
    #[command(subcommand)]
    Queue(Queue),
    /// When each category goes out on a channel
    #[command(subcommand)]
    Windows(Windows),
    /// Numbered posts, one after the other until they are used up
    #[command(subcommand)]
    Series(Series),
    /// Events and their reminders, which move and stop with them
    #[command(subcommand)]
    Event(Event),
    /// The same post again and again
    #[command(subcommand)]
    Repeat(Repeat),
    /// Readers in other time zones, at their own hour
    #[command(subcommand)]
    Market(Market),
    /// When you are there to answer
    #[command(subcommand)]
    Presence(Presence),
    /// While you are away: what goes on, what people are told, what waits
    #[command(subcommand)]
    Absence(Absence),
    /// Let a category, a channel or the whole program stand still
    #[command(subcommand)]
    Pause(Pause),
    /// Let it go on
    #[command(subcommand)]
    Resume(Resume),
    /// Everything ahead from queue, series, events, markets and absences
    Program(Json),
    /// Deliveries: every attempt, what was sent, what came back
    #[command(subcommand)]
    Dispatch(Dispatch),
    /// Blogs and other feeds whose news become drafts or announcements
    #[command(subcommand)]
    Feed(Feed),
    /// Keys for programs that use the API
    #[command(subcommand)]
    Key(Key),
    /// What people wrote
    #[command(subcommand)]
    Inbox(Inbox),
    /// Whether posts are held because somebody waits too long, and the rule
    Brake(Brake),
    /// Write everything in the workspace to a file, without secrets
    Export(Export),
    /// Say what is wrong and what to do
    Doctor(Doctor),
    /// Measure what this computer can do with Kith, in a folder of its own
    #[command(subcommand)]
    Bench(Bench),
}

#[derive(Debug, Args)]
pub(crate) struct Brake {
    #[command(subcommand)]
    pub(crate) set: Option<BrakeSet>,
    #[command(flatten)]
    pub(crate) json: Json,
}

#[derive(Debug, Subcommand)]
pub(crate) enum BrakeSet {
    /// Change the rule; what is left out stays as it is
    Set {
        /// Hours somebody may wait for an answer before posts are held (1 to 168)
        #[arg(long, value_name = "N")]
        hours: Option<u32>,
        /// As many people waiting hold the posts too; 0 takes this away
        #[arg(long, value_name = "N")]
        owed: Option<u32>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// How many times faster than the world's time runs (1 to 3600)
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=3600))]
    pub(crate) speed: u32,
    /// Address of the page; port 0 takes any free one
    #[arg(long, default_value = "127.0.0.1:0", value_name = "ADDR")]
    pub(crate) listen: String,
    /// Seed of the simulated people and of the plan
    #[arg(long, default_value_t = 7)]
    pub(crate) seed: u64,
    /// Simulated people; 0 for posts alone
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u16).range(0..=1000), value_name = "N")]
    pub(crate) people: u16,
    /// Begin as on a first day: a sign-in link, no channel, no plan
    #[arg(long)]
    pub(crate) fresh: bool,
    /// For tests: the instant at which the page opens, instead of now
    #[arg(long, hide = true, value_name = "INSTANT")]
    pub(crate) opens_at: Option<jiff::Timestamp>,
    /// For tests: time stands still but for what lines on standard input say, such as `90m`
    #[arg(long, hide = true)]
    pub(crate) by_hand: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// Address of the page
    #[arg(long, default_value = "127.0.0.1:8080", value_name = "ADDR")]
    pub(crate) listen: String,
    /// Use this PostgreSQL instead of the file in the data folder; several processes may share it
    #[arg(long, env = "KITH_DATABASE", value_name = "URL", hide_env_values = true)]
    pub(crate) database: Option<String>,
    /// Address that people type, where it differs (behind a proxy), such as https://kith.example
    #[arg(long, value_name = "URL")]
    pub(crate) public_url: Option<String>,
    /// For tests: time runs so many times as fast as the world's, counted from --speed-since
    #[arg(long, hide = true, value_name = "N", requires = "speed_since", value_parser = clap::value_parser!(u32).range(1..=3600))]
    pub(crate) speed: Option<u32>,
    /// For tests: the instant at which fast time and the world's were the same, so that restarts go on
    #[arg(long, hide = true, value_name = "INSTANT", requires = "speed")]
    pub(crate) speed_since: Option<jiff::Timestamp>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Owner {
    /// Add an owner and print a one-time sign-in link
    Add {
        /// Their name, as it is shown beside what they write
        #[arg(long)]
        name: String,
        /// Their e-mail address, to sign in with
        #[arg(long)]
        email: String,
        /// Time zone of a new workspace
        #[arg(long, default_value = "UTC", value_name = "ZONE")]
        zone: String,
        #[command(flatten)]
        json: Json,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Channel {
    /// Connect a profile
    Add(AddChannel),
    /// All connected profiles
    List(Json),
    /// Ask each network whether the channel still works
    Check {
        /// One channel; all of them if left out
        name: Option<String>,
        #[command(flatten)]
        json: Json,
    },
    /// Send nothing on it until it is resumed; what comes due is held
    Pause {
        /// The channel's name
        name: String,
    },
    /// Go on after a pause; what is too late by then asks first
    Resume {
        /// The channel's name
        name: String,
    },
    /// Disconnect: its token is wiped, and what was planned on it is called off
    Remove {
        /// The channel's name
        name: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Plan {
    /// Show every resulting time, channel and warning; store nothing
    Preview(PlanFile),
    /// The same, then store it: all or nothing
    Import(PlanFile),
    /// Say yes to a post that is held for it: every delivery of it goes out at its time
    Yes {
        /// The dispatch's id, or its first digits
        id: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct PlanFile {
    /// CSV, Markdown or JSON Lines; - reads standard input
    pub(crate) file: PathBuf,
    /// Channels for rows that name none, by name, divided by commas
    #[arg(long, value_delimiter = ',', value_name = "NAMES")]
    pub(crate) channels: Vec<String>,
    /// Time zone of times that name none; the workspace's if left out
    #[arg(long, value_name = "ZONE")]
    pub(crate) zone: Option<String>,
    /// When posts without a time may go out, such as "Mon-Fri 08:00-10:00, Mon-Fri 16:00-18:30"
    #[arg(long, value_name = "WINDOWS")]
    pub(crate) windows: Option<String>,
    /// Posts without a time per day
    #[arg(long, value_name = "N")]
    pub(crate) per_day: Option<u32>,
    /// First day for posts without a time, such as 2026-12-01; today if left out
    #[arg(long, value_name = "DATE")]
    pub(crate) from: Option<String>,
    /// Least minutes between two posts on a channel
    #[arg(long, default_value_t = 45, value_name = "MINUTES")]
    pub(crate) gap: u32,
    /// The same seed gives the same times
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub(crate) seed: u64,
    /// Import it although the same file was imported before
    #[arg(long)]
    pub(crate) again: bool,
    /// Do not look whether the links lead somewhere
    #[arg(long)]
    pub(crate) no_link_check: bool,
    /// How the file is written, where its name does not tell: csv, md or jsonl
    #[arg(long, value_name = "FORM")]
    pub(crate) form: Option<String>,
    #[command(flatten)]
    pub(crate) json: Json,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Post {
    /// Plan one post
    Add(AddPost),
    /// All posts with their times
    List(ListDispatches),
    /// One post whole
    Show {
        /// The dispatch's id, or its first digits
        id: String,
        #[command(flatten)]
        json: Json,
    },
    /// Call one off
    Cancel {
        /// The dispatch's id, or its first digits
        id: String,
    },
    /// Change the words of one that has not gone out
    Edit(EditPost),
    /// Hold one back, on all its channels, until you release it
    Hold {
        /// The dispatch's id, or its first digits
        id: String,
    },
    /// Let one that was held back go out at its time
    Release {
        /// The dispatch's id, or its first digits
        id: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct EditPost {
    /// The dispatch's id, or its first digits
    pub(crate) id: String,
    /// The words on its channel; - reads standard input; a line of --- alone begins the next part of a thread
    #[arg(long, required_unless_present = "cw")]
    pub(crate) text: Option<String>,
    /// Content warning, on all channels of the post; empty takes it away
    #[arg(long)]
    pub(crate) cw: Option<String>,
    /// Leave links as they are, without looking whether they lead somewhere
    #[arg(long)]
    pub(crate) no_link_check: bool,
    #[command(flatten)]
    pub(crate) json: Json,
}

#[derive(Debug, Args)]
pub(crate) struct AddPost {
    /// The channel's name
    #[arg(long)]
    pub(crate) channel: String,
    /// Local time, such as "2026-12-01 09:30"
    #[arg(long)]
    pub(crate) at: String,
    /// Time zone of that time; the workspace's if left out
    #[arg(long)]
    pub(crate) zone: Option<String>,
    /// The words; - reads standard input; a line of --- alone begins the next part of a thread
    #[arg(long)]
    pub(crate) text: String,
    /// Content warning
    #[arg(long)]
    pub(crate) cw: Option<String>,
    /// Language, such as en or pt-BR
    #[arg(long)]
    pub(crate) lang: Option<String>,
    /// A picture; may be repeated
    #[arg(long, value_name = "FILE")]
    pub(crate) media: Vec<String>,
    /// What the picture shows, in the order of --media; the word decorative if it says nothing
    #[arg(long, value_name = "TEXT")]
    pub(crate) alt: Vec<String>,
    /// The answers of a poll, divided by |
    #[arg(long, value_delimiter = '|', value_name = "ANSWERS")]
    pub(crate) poll: Vec<String>,
    /// How long the poll is open; a day if left out
    #[arg(long, value_name = "MINUTES", requires = "poll")]
    pub(crate) poll_minutes: Option<u32>,
    /// The card below the link, where the network lets Kith make it: "Title | Description", or none; as the page says if left out
    #[arg(long, value_delimiter = '|', value_name = "CARD")]
    pub(crate) card: Vec<String>,
    /// Do not look whether the links lead somewhere
    #[arg(long)]
    pub(crate) no_link_check: bool,
    #[command(flatten)]
    pub(crate) json: Json,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Dispatch {
    /// All deliveries
    List(ListDispatches),
    /// One with every attempt
    Show {
        /// Its id, or its first digits
        id: String,
        #[command(flatten)]
        json: Json,
    },
}

#[derive(Debug, Args)]
pub(crate) struct ListDispatches {
    /// Only those that need you: unconfirmed, missed, held or not taken
    #[arg(long)]
    pub(crate) needs_you: bool,
    /// Only these: planned, claimed, sending, uncertain, published, failed, missed, held, needs_person, cancelled
    #[arg(long, value_name = "STATE")]
    pub(crate) state: Option<String>,
    /// Only this channel
    #[arg(long, value_name = "NAME")]
    pub(crate) channel: Option<String>,
    /// At most so many
    #[arg(long, default_value_t = 1_000, value_name = "N")]
    pub(crate) limit: u32,
    #[command(flatten)]
    pub(crate) json: Json,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Key {
    /// Make a key; it is shown once
    Add {
        /// What it is for, such as "calendar script"
        #[arg(long)]
        name: String,
        /// read, or plan (which reads too); no key converses
        #[arg(long, default_value = "read", value_name = "SCOPE")]
        scope: String,
        /// Days until it ends by itself: 90 if left out, at most 365
        #[arg(long, value_name = "N")]
        days: Option<u32>,
        #[command(flatten)]
        json: Json,
    },
    /// All keys, without their secrets
    List(Json),
    /// End one at once
    End {
        /// Its name or id
        which: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Inbox {
    /// Longest wait first
    List {
        /// owed, answered, apart or closed
        #[arg(long, default_value = "owed")]
        standing: String,
        #[command(flatten)]
        json: Json,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Export {
    /// The file to write, one JSON object a line; - writes to standard output
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
}

/// Each prints one JSON object a line, then a table; what exists is left alone.
#[derive(Debug, Subcommand)]
pub(crate) enum Bench {
    /// The disk's sync, the store's commits, the bare HTTP client: what a burst can't pass
    Raw {
        /// Commits and requests
        #[arg(long, default_value_t = 10_000, value_name = "N")]
        count: usize,
        #[command(flatten)]
        at: BenchAt,
    },
    /// Many posts due in the same instant, sent to a stand-in on this computer
    Burst {
        /// Posts
        #[arg(long, default_value_t = 10_000, value_name = "N")]
        posts: u64,
        /// Channels they are spread over; each sends one at a time
        #[arg(long, default_value_t = 100, value_name = "C", value_parser = clap::value_parser!(u32).range(1..=1_000))]
        channels: u32,
        /// How long the network takes for a post, in milliseconds
        #[arg(long, default_value_t = 0, value_name = "MS")]
        api_ms: u64,
        /// Process of the database's server, whose CPU and memory count too
        #[arg(long, value_name = "PID")]
        store_pid: Vec<u32>,
        /// Measure another engine: called as COMMAND load, then COMMAND work (benches/README.md)
        #[arg(long, value_name = "COMMAND")]
        command: Option<String>,
        /// The other engine's name
        #[arg(long, requires = "command", value_name = "NAME")]
        name: Option<String>,
        /// A small burst, for tests
        #[arg(long)]
        quick: bool,
        #[command(flatten)]
        at: BenchAt,
    },
    /// What claims cost as the plan grows tenfold at a time
    Backlog {
        /// Posts of the largest plan
        #[arg(long, default_value_t = 1_000_000, value_name = "N")]
        posts: u64,
        #[command(flatten)]
        at: BenchAt,
    },
    /// What each page takes in a workspace that is lived in, asked as browsers ask
    Pages {
        /// Messages in all
        #[arg(long, default_value_t = 100_000, value_name = "N")]
        messages: u64,
        /// Posts, sent and ahead
        #[arg(long, default_value_t = 10_000, value_name = "N")]
        posts: u64,
        /// Conversations, each with a person of its own
        #[arg(long, default_value_t = 5_000, value_name = "N")]
        conversations: u64,
        /// Messages of the longest conversation
        #[arg(long, default_value_t = 2_000, value_name = "N")]
        thread: u64,
        /// Answers of each page
        #[arg(long, default_value_t = 400, value_name = "N")]
        asks: usize,
        /// Connections that ask at once; one is somebody who waits for a page
        #[arg(long, default_value_t = 1, value_name = "N")]
        connections: usize,
        /// What the workspace is made from
        #[arg(long, default_value_t = 1, value_name = "N")]
        seed: u64,
        /// A small workspace, for tests
        #[arg(long)]
        quick: bool,
        #[command(flatten)]
        at: BenchAt,
    },
    /// The stand-in, started by the others
    #[command(hide = true)]
    Stub {
        #[arg(long, default_value_t = 0)]
        api_ms: u64,
    },
    /// The pages, started by the bench of pages
    #[command(hide = true)]
    Show { folder: PathBuf },
    /// The worker, started by the burst
    #[command(hide = true)]
    Work { folder: PathBuf },
}

#[derive(Debug, Args)]
pub(crate) struct BenchAt {
    /// Where the bench makes its folder: the disk that is measured
    #[arg(long, default_value = ".", value_name = "DIR")]
    pub(crate) folder: PathBuf,
    /// An empty PostgreSQL database, which the bench fills, instead of a file
    #[arg(long, value_name = "URL")]
    pub(crate) database: Option<String>,
    /// Only the lines of JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Doctor {
    /// Say that this copy of the data goes on and the other one is off, where both were found
    #[arg(long)]
    pub(crate) this_copy_goes_on: bool,
    #[command(flatten)]
    pub(crate) json: Json,
}

#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Json {
    /// One JSON object a line, with stable names
    #[arg(long)]
    pub(crate) json: bool,
}
