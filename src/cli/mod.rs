//! The command line: reads arguments, calls one journey, prints, and gives an exit code.
//!
//! One file per command. What the tool says of itself (help, errors, hints) is English; what it
//! says of an agreement (status, log, verdicts) is Swedish. Never names `store`.

#![expect(
    clippy::disallowed_methods,
    reason = "this is where arguments, the system's user and the terminal belong"
)]

mod accord;
mod act;
mod again;
mod audit;
mod authorise;
mod backup;
mod bound;
mod change;
mod confirm;
mod consult;
mod correct;
mod decide;
mod decline;
mod erase;
mod evidence;
mod generate;
mod init;
mod ink;
mod key;
mod letter;
mod log;
mod manual;
mod notice;
mod parties;
mod publish;
mod receipt;
mod receive;
mod recommend;
mod redact;
mod redline;
mod report;
mod restore;
mod retract;
mod revise;
mod secret;
mod send;
mod settle;
mod sign;
mod status;
mod style;
mod template;
mod term;
mod verify;
mod void;
mod watch;
mod witness;

use std::cell::RefCell;
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
    Consult(consult::Arguments),
    Publish(publish::Arguments),
    Generate(generate::Arguments),
    Send(send::Arguments),
    Sign(sign::Arguments),
    Receive(receive::Arguments),
    Confirm(confirm::Arguments),
    Recommend(recommend::Arguments),
    Decide(decide::Arguments),
    Settle(settle::Arguments),
    Decline(decline::Arguments),
    Retract(retract::Arguments),
    Ink(ink::Arguments),
    Notice(notice::Arguments),
    Letter(letter::Arguments),
    Correct(correct::Arguments),
    Authorise(authorise::Arguments),
    Void(void::Arguments),
    Status(status::Arguments),
    Log(log::Arguments),
    Receipt(receipt::Arguments),
    Audit(audit::Arguments),
    Witness(witness::Arguments),
    Erase(erase::Arguments),
    Verify(verify::Arguments),
    Evidence(evidence::Arguments),
    Redact(redact::Arguments),
    Redline(redline::Arguments),
    Parties(parties::Arguments),
    Template(template::Arguments),
    Accord(accord::Arguments),
    Term(term::Arguments),
    Watch(watch::Arguments),
    Revise(revise::Arguments),
    Bound(bound::Arguments),
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
        opened: RefCell::default(),
    };
    let outcome = command(&context, arguments.command).await;
    let opened = context.opened.borrow();
    if let Some(clock) = opened.iter().find_map(Office::clock_went_back) {
        report::clock_went_back(clock.now, clock.last_at);
    }
    outcome
}

async fn command(context: &Context, command: Command) -> Result<ExitCode, Error> {
    match command {
        Command::Init(arguments) => init::run(&arguments),
        Command::Consult(arguments) => consult::run(&context.office()?, arguments).await,
        Command::Publish(arguments) => publish::run(&context.office()?, &arguments).await,
        Command::Generate(arguments) => generate::run(&context.office()?, arguments).await,
        Command::Send(arguments) => send::run(&context.office()?, arguments).await,
        Command::Sign(arguments) => sign::run(&context.office()?, arguments).await,
        Command::Receive(arguments) => receive::run(&context.office()?, arguments).await,
        Command::Confirm(arguments) => confirm::run(&context.office()?, arguments).await,
        Command::Recommend(arguments) => recommend::run(&context.office()?, arguments).await,
        Command::Decide(arguments) => decide::run(&context.office()?, arguments).await,
        Command::Settle(arguments) => settle::run(&context.office()?, arguments).await,
        Command::Decline(arguments) => decline::run(&context.office()?, arguments).await,
        Command::Retract(arguments) => retract::run(&context.office()?, arguments).await,
        Command::Ink(arguments) => ink::run(&context.office()?, arguments).await,
        Command::Notice(arguments) => notice::run(&context.office()?, arguments).await,
        Command::Letter(arguments) => letter::run(&context.office()?, arguments).await,
        Command::Correct(arguments) => correct::run(&context.office()?, arguments).await,
        Command::Authorise(arguments) => authorise::run(&context.office()?, arguments).await,
        Command::Void(arguments) => void::run(&context.office()?, arguments).await,
        Command::Status(arguments) => status::run(&context.office()?, &arguments).await,
        Command::Log(arguments) => log::run(&context.office()?, &arguments).await,
        Command::Receipt(arguments) => receipt::run(context, arguments).await,
        Command::Audit(arguments) => audit::run(&context.office()?, &arguments).await,
        Command::Witness(arguments) => witness::run(context, arguments).await,
        Command::Erase(arguments) => erase::run(&context.office()?, arguments).await,
        Command::Verify(arguments) => verify::run(context, arguments).await,
        Command::Evidence(arguments) => evidence::run(&context.office()?, arguments).await,
        Command::Redact(arguments) => redact::run(&context.office()?, arguments).await,
        Command::Redline(arguments) => redline::run(context, arguments).await,
        Command::Parties(arguments) => parties::run(&context.office()?, arguments).await,
        Command::Template(arguments) => template::run(&context.office()?, arguments).await,
        Command::Accord(arguments) => accord::run(&context.office()?, arguments).await,
        Command::Term(arguments) if arguments.needs_office() => {
            term::run(&context.office()?, &arguments).await
        }
        Command::Term(arguments) => term::reckon(&arguments),
        Command::Watch(arguments) => watch::run(&context.office()?, &arguments).await,
        Command::Revise(arguments) => revise::run(&context.office()?, arguments).await,
        Command::Bound(arguments) => bound::run(&context.office()?, &arguments).await,
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
    // What was opened, to ask afterwards what was noticed.
    opened: RefCell<Vec<Office>>,
}

impl Context {
    /// Opens the office.
    fn office(&self) -> Result<Office, Error> {
        let office = Office::open(&self.folder, self.actor.clone(), system_user(), program())?;
        self.opened.borrow_mut().push(office.clone());
        Ok(office)
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
