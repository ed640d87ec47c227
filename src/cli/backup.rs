//! `sigill backup`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::style::{GOOD, say};
use crate::journeys::{Error, Office, backup};

/// Write the register, its key and all documents into one file
#[derive(Debug, Args)]
#[command(after_help = "Example:
  sigill backup /mnt/backup/avtal-2024-03-01.zip

The register's private key is in the file: keep it as you keep keys. templates/ and signatories/
are files of yours and not in it; the texts of published versions are.")]
pub(super) struct Arguments {
    /// The file; it must be new
    file: PathBuf,
}

pub(super) async fn run(office: &Office, arguments: &Arguments) -> Result<ExitCode, Error> {
    let size = backup::backup(office, &arguments.file).await?;
    say(&format!(
        "{GOOD}✓{GOOD:#} {} poster och {} dokument i {}",
        size.entries,
        size.documents,
        arguments.file.display()
    ));
    say("  filen innehåller registrets hemliga nyckel; förvara den därefter");
    Ok(ExitCode::SUCCESS)
}
