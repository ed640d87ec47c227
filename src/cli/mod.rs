//! The command line: reads arguments, calls one journey, prints, and gives an exit code.
//!
//! One file per command. What the tool says of itself (help, errors, hints) is English; what it
//! says of an agreement (status, log, verdicts) is Swedish. Never names `store`.

#![expect(
    clippy::disallowed_methods,
    reason = "this is where arguments, the system's user and the terminal belong"
)]

mod backup;
mod confirm;
mod generate;
mod init;
mod key;
mod log;
mod manual;
mod parties;
mod publish;
mod receive;
mod report;
mod restore;
mod secret;
mod send;
mod sign;
mod status;
mod style;
mod template;
mod verify;
mod void;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::agreement::Actor;
use crate::journeys::{CHILD_COMMAND, Error, Office, typeset};

/// Assembles agreements that many public bodies sign, and proves what was issued.
#[derive(Debug, Parser)]
#[command(
    name = "sigill",
    version,
    propagate_version = true,
    disable_help_subcommand = true,
    max_term_width = 100
)]
#[command(after_help = "Examples:
  sigill generate familjecentral     issue a signing copy for every party
  sigill sign copy.pdf --seat 1443-chair --key asa.p12
  sigill receive inkommet/           judge and enter what came back
  sigill status familjecentral       where every party stands
  sigill verify copy.pdf             is this file a copy that was issued?

Errors end with exit code 2 (wrong command), 3 (wrong file of the office), 4 (refused), 5 (disk,
database or another machine) or 70 (a fault in sigill).")]
struct Arguments {
    /// The office's folder: templates/, signatories/, and the register in .sigill/
    #[arg(
        long,
        global = true,
        value_name = "DIR",
        default_value = ".",
        env = "SIGILL_OFFICE",
        hide_env_values = true
    )]
    office: PathBuf,
    /// Who acts; stands in each entry [default: sigill.toml, else the system's user]
    #[arg(
        long,
        global = true,
        value_name = "NAME",
        env = "SIGILL_ACTOR",
        hide_env_values = true
    )]
    actor: Option<Actor>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
#[expect(
    clippy::large_enum_variant,
    reason = "it is made once, from the arguments"
)]
enum Command {
    Init(init::Arguments),
    Publish(publish::Arguments),
    Generate(generate::Arguments),
    Send(send::Arguments),
    Sign(sign::Arguments),
    Receive(receive::Arguments),
    Confirm(confirm::Arguments),
    Void(void::Arguments),
    Status(status::Arguments),
    Log(log::Arguments),
    Verify(verify::Arguments),
    Parties(parties::Arguments),
    Template(template::Arguments),
    Key(key::Arguments),
    Backup(backup::Arguments),
    Restore(restore::Arguments),
    Completions(manual::CompletionsArguments),
    Man(manual::ManArguments),
    #[command(hide = true, name = CHILD_COMMAND)]
    TypesetChild {
        /// Most address space, in MiB
        memory_mib: u64,
    },
}

/// Runs the program with the process's arguments.
#[must_use]
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if let Command::TypesetChild { memory_mib } = arguments.command {
        return child(memory_mib);
    }
    let runtime = match tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return report::fault(&format!("the runtime cannot be started: {error}")),
    };
    let code = match runtime.block_on(run(arguments)) {
        Ok(code) => code,
        Err(error) => report::error(&error),
    };
    match style::output_failure() {
        Some(failure) => report::outside(&format!("the answer cannot be written: {failure}")),
        None => code,
    }
}

/// Typesets for the parent process, under its limits.
fn child(memory_mib: u64) -> ExitCode {
    match typeset::child(memory_mib, std::io::stdin().lock(), std::io::stdout()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => report::fault(&error.to_string()),
    }
}

async fn run(arguments: Arguments) -> Result<ExitCode, Error> {
    let context = Context {
        folder: arguments.office,
        actor: arguments.actor,
    };
    match arguments.command {
        Command::Init(arguments) => init::run(&arguments),
        Command::Publish(arguments) => publish::run(&context.office()?, &arguments).await,
        Command::Generate(arguments) => generate::run(&context.office()?, arguments).await,
        Command::Send(arguments) => send::run(&context.office()?, arguments).await,
        Command::Sign(arguments) => sign::run(&context.office()?, arguments).await,
        Command::Receive(arguments) => receive::run(&context.office()?, arguments).await,
        Command::Confirm(arguments) => confirm::run(&context.office()?, arguments).await,
        Command::Void(arguments) => void::run(&context.office()?, arguments).await,
        Command::Status(arguments) => status::run(&context.office()?, &arguments).await,
        Command::Log(arguments) => log::run(&context.office()?, &arguments).await,
        Command::Verify(arguments) => verify::run(&context, arguments).await,
        Command::Parties(arguments) => parties::run(&context.office()?, &arguments),
        Command::Template(arguments) => template::run(&context.office()?, arguments).await,
        Command::Key(arguments) => key::run(&context.office()?, arguments),
        Command::Backup(arguments) => backup::run(&context.office()?, &arguments).await,
        Command::Restore(arguments) => restore::run(&context.new_office()?, &arguments).await,
        Command::Completions(arguments) => Ok(manual::completions(&arguments)),
        Command::Man(arguments) => manual::man(&arguments),
        Command::TypesetChild { .. } => Ok(ExitCode::SUCCESS),
    }
}

/// What every command is told besides its own arguments.
struct Context {
    folder: PathBuf,
    actor: Option<Actor>,
}

impl Context {
    /// Opens the office.
    fn office(&self) -> Result<Office, Error> {
        Office::open(&self.folder, self.actor.clone(), system_user(), program())
    }

    /// Opens a folder that need not be an office yet.
    fn new_office(&self) -> Result<Office, Error> {
        Office::open_new(&self.folder, self.actor.clone(), system_user(), program())
    }

    /// Opens the office if there is one; some commands do without.
    fn office_if_any(&self) -> Result<Option<Office>, Error> {
        Office::open_if_any(&self.folder, self.actor.clone(), system_user(), program())
    }
}

/// Returns this program's file, which typesets as its own child.
fn program() -> PathBuf {
    std::env::current_exe().unwrap_or_else(|_| PathBuf::from("sigill"))
}

/// The system's user, under which acts are entered unless something else is said.
fn system_user() -> Actor {
    let user = whoami::username().ok().and_then(|name| name.parse().ok());
    user.unwrap_or_else(|| UNKNOWN_ACTOR.clone())
}

static UNKNOWN_ACTOR: std::sync::LazyLock<Actor> = std::sync::LazyLock::new(|| {
    #[expect(clippy::expect_used, reason = "a constant that is an actor's name")]
    "unknown".parse().expect("the word is a lawful actor")
});
