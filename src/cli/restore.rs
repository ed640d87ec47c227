//! `sigill restore`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::style::{GOOD, WARN, say};
use crate::journeys::{Error, Office, backup};

/// Put the register and all documents back from a backup, with an entry that says why
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sigill restore /mnt/backup/avtal-2024-03-01.zip --reason \"Disken gick sönder\"
  sigill restore --here --reason \"Mappen lades tillbaka från gårdagens kopia\"

The backup is checked whole before anything is replaced; what it replaces is kept beside it.
This machine remembers the register's last checkpoint outside the office's folder, and refuses an older copy
of the folder that was put in its place. If it was meant, --here enters it.")]
pub(super) struct Arguments {
    /// A file that `sigill backup` wrote
    #[arg(required_unless_present = "here", conflicts_with = "here")]
    file: Option<PathBuf>,
    /// The folder itself was put back: enter that, for the register as it lies
    #[arg(long)]
    here: bool,
    /// Why; kept in the register
    #[arg(long, value_name = "WHY")]
    reason: String,
}

pub(super) async fn run(office: &Office, arguments: &Arguments) -> Result<ExitCode, Error> {
    let outcome = backup::restore(office, arguments.file.as_deref(), &arguments.reason).await?;
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
    if !outcome.returned.is_empty() {
        say(&format!(
            "  {WARN}obs{WARN:#}  {} raderade handlingar kom tillbaka med säkerhetskopian; radera dem på nytt:",
            outcome.returned.len()
        ));
        for digest in &outcome.returned {
            say(&format!("         sigill erase {digest} --ground VARFÖR"));
        }
    }
    Ok(ExitCode::SUCCESS)
}
