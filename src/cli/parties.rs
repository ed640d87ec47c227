//! `sigill parties`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::report;
use super::style::{GOOD, say, say_json, write_out};
use crate::journeys::{Error, Kind, Office, parties};

/// Check, export and import the parties
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sigill parties check
  sigill parties export --xlsx parter.xlsx
  sigill parties import parter.xlsx")]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Look at every party's file and at what the agreements ask of it
    #[command(after_help = "Example:\n  sigill parties check")]
    Check,
    Export(Export),
    Import(Import),
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

pub(super) fn run(office: &Office, arguments: &Arguments) -> Result<ExitCode, Error> {
    match &arguments.command {
        Command::Check => check(office),
        Command::Export(export) => run_export(office, export),
        Command::Import(import) => run_import(office, import),
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
