//! `sigill parties`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::style::{GOOD, say, say_json, shown, write_out};
use super::{change, report};
use crate::agreement::{Name, PartyCode, Role};
use crate::journeys::{Error, Kind, Office, parties, pin};
use crate::outside::SecretSource;

/// Check, export, import and change the parties
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sigill parties check
  sigill parties change 1443 --renamed \"Bollebygds kommun\" --from 2027-01-01 --source \"SFS 2026:1\"
  sigill parties export --xlsx parter.xlsx
  sigill parties import parter.xlsx
  sigill parties pin 1443 chair --certificate asa.pem")]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Look at every party's file and at what the agreements ask of it
    #[command(after_help = "Example:\n  sigill parties check")]
    Check,
    Change(change::Arguments),
    Export(Export),
    Import(Import),
    Pin(Pin),
}

/// Print the parties as a list
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sigill parties export --csv | column -s, -t
  sigill parties export --xlsx parter.xlsx
  sigill parties export --json")]
struct Export {
    /// Write CSV, to the terminal or to this file
    #[arg(
        long,
        value_name = "FILE",
        num_args = 0..=1,
        default_missing_value = "-",
        required_unless_present_any = ["xlsx", "json"]
    )]
    csv: Option<PathBuf>,
    /// Write an XLSX workbook, to parter.xlsx or to this file
    #[arg(long, value_name = "FILE", num_args = 0..=1, default_missing_value = "parter.xlsx")]
    xlsx: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Take over values from a CSV or XLSX list into the party files
#[derive(Debug, Args)]
#[command(after_help = "Example:
  sigill parties import parter.xlsx

The first row names the columns: code and any of kind, legal_name, styled_name, short_name,
org_number, seat, groupings. If any row is wrong, no file is changed.")]
struct Import {
    /// The list
    file: PathBuf,
}

/// Tie a certificate or a personal identifier to a person in a party's file
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sigill parties pin 1443 chair --certificate asa.pem
  sigill parties pin 1443 chair --identifier               asked for, not shown

Signatures with a pinned certificate, or with one that has the personal identifier, are the
person's. Of the identifier only a hash is kept, made with a key that stays in the office's store.
No issued copy is touched.")]
struct Pin {
    /// The party's code
    party: PartyCode,
    /// The person's role in the party's file
    role: Role,
    /// The person's name, where several have the role
    #[arg(long)]
    name: Option<Name>,
    /// PEM file whose first certificate is the person's
    #[arg(long, value_name = "FILE", required_unless_present_any = ["identifier", "identifier_env", "identifier_file"])]
    certificate: Option<PathBuf>,
    /// Ask for the person's personal identity number, without showing it
    #[arg(long, conflicts_with_all = ["identifier_env", "identifier_file"])]
    identifier: bool,
    /// The environment variable that holds the number
    #[arg(long, value_name = "NAME", conflicts_with = "identifier_file")]
    identifier_env: Option<String>,
    /// The file whose first line is the number; nobody but you may read it
    #[arg(long, value_name = "FILE")]
    identifier_file: Option<PathBuf>,
    /// Print what was pinned as JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(office: &Office, arguments: Arguments) -> Result<ExitCode, Error> {
    match arguments.command {
        Command::Check => check(office),
        Command::Change(change) => change::run(office, change).await,
        Command::Export(export) => run_export(office, &export),
        Command::Import(import) => run_import(office, &import),
        Command::Pin(pin) => run_pin(office, &pin),
    }
}

fn check(office: &Office) -> Result<ExitCode, Error> {
    let check = parties::check(office)?;
    if check.problems.is_empty() {
        say(&format!(
            "{GOOD}✓{GOOD:#} {} parter, inga fel.",
            check.parties
        ));
        return Ok(ExitCode::SUCCESS);
    }
    report::problems(&check.problems);
    Ok(report::exit_code(Kind::Config))
}

fn run_export(office: &Office, export: &Export) -> Result<ExitCode, Error> {
    if export.json {
        say_json(&parties::json(office)?)?;
    }
    for list in parties::export(office, export.csv.as_deref(), export.xlsx.as_deref())? {
        match list.file {
            Some(file) => say(&format!("{GOOD}✓{GOOD:#} {}", file.display())),
            None => write_out(&list.bytes),
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn run_import(office: &Office, import: &Import) -> Result<ExitCode, Error> {
    let done = parties::import(office, &import.file)?;
    for (file, changes) in &done.changed {
        say(file);
        for change in changes {
            say(&format!("    {change}"));
        }
    }
    say(&format!(
        "{GOOD}✓{GOOD:#} {} parter ändrade, {} oförändrade.",
        done.changed.len(),
        done.unchanged
    ));
    Ok(ExitCode::SUCCESS)
}

fn run_pin(office: &Office, arguments: &Pin) -> Result<ExitCode, Error> {
    let asked = arguments.identifier.then(|| SecretSource::Prompt {
        what: "Personnummer".to_owned(),
    });
    let file = arguments.identifier_file.clone().map(SecretSource::File);
    let variable = arguments.identifier_env.clone();
    let variable = variable.map(SecretSource::Environment);
    let request = pin::Request {
        party: arguments.party.clone(),
        role: arguments.role.clone(),
        name: arguments.name.clone(),
        certificate: arguments.certificate.clone(),
        identifier: asked.or(variable).or(file),
    };
    let pinned = pin::run(office, &request)?;
    if arguments.json {
        say_json(&pinned)?;
        return Ok(ExitCode::SUCCESS);
    }
    let what = if pinned.changed {
        "är antecknat"
    } else {
        "stod redan"
    };
    say(&format!(
        "{GOOD}✓{GOOD:#} {} ({}):",
        pinned.title, pinned.file
    ));
    if let Some((digest, name)) = &pinned.certificate {
        say(&format!(
            "    certifikatet {digest} ({}) {what}",
            shown(name)
        ));
    }
    if pinned.identifier.is_some() {
        say(&format!(
            "    en nycklad kontrollsumma av personnumret {what}"
        ));
    }
    Ok(ExitCode::SUCCESS)
}
