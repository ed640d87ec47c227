//! `sigill restore`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::style::{GOOD, say};
use crate::journeys::{Error, Office, backup};

/// Put the register and all documents back from a backup, with an entry that says why
#[derive(Debug, Args)]
#[command(after_help = "Example:
  sigill restore /mnt/backup/avtal-2024-03-01.zip --reason \"Disken gick sönder\"

The backup is checked whole before anything is replaced; what it replaces is kept beside it.")]
pub(super) struct Arguments {
    /// A file that `sigill backup` wrote
    file: PathBuf,
    /// Why; kept in the register
    #[arg(long, value_name = "WHY")]
    reason: String,
}

pub(super) async fn run(office: &Office, arguments: &Arguments) -> Result<ExitCode, Error> {
    let outcome = backup::restore(office, &arguments.file, &arguments.reason).await?;
    say(&format!(
        "{GOOD}✓{GOOD:#} registret är återställt med {} poster; återställningen är införd.",
        outcome.entries
    ));
    if let Some(kept) = outcome.replaced {
        say(&format!(
            "  det som ersattes finns kvar i {}",
            kept.display()
        ));
    }
    Ok(ExitCode::SUCCESS)
}
