//! `sigill redact`.

use std::path::PathBuf;
use std::process::ExitCode;

use chrono::{DateTime, Utc};
use clap::Args;

use super::style::{GOOD, WARN, say, say_json};
use crate::agreement::CopyId;
use crate::journeys::redact::{Original, Request};
use crate::journeys::{Error, Office, redact};

/// Make a public copy: without signature data and personal identity numbers
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sigill redact familjecentral-1.0-b1443             of the copy's newest file
  sigill redact inkommet/1443.pdf --out kopia.pdf    of a file that the register knows

A signed PDF holds its signers' certificates, often with their personal identity numbers: do not
publish it. The public copy is typeset anew from the frozen text, is marked KOPIA on every page,
says who signed, and bears the original's SHA-256. The original is left as it is.")]
pub(super) struct Arguments {
    /// The copy, or a file that is a known state of one
    #[arg(value_name = "COPY|FILE")]
    original: String,
    /// The file [default: in out/publika-kopior]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Judge as of that instant, such as 2031-03-01T12:00:00Z [default: now]
    #[arg(long, value_name = "TIME")]
    at: Option<DateTime<Utc>>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(office: &Office, arguments: Arguments) -> Result<ExitCode, Error> {
    let request = Request {
        original: original(arguments.original),
        at: arguments.at,
        out: arguments.out,
    };
    let made = redact::run(office, &request).await?;
    if arguments.json {
        say_json(&made)?;
        return Ok(ExitCode::SUCCESS);
    }
    say(&format!(
        "{GOOD}✓{GOOD:#} En kopia av {} utan underskrifternas data finns i {}",
        made.copy,
        made.path.display()
    ));
    say(&format!("  originalets kontrollsumma  {}", made.original));
    say(&format!("  kopians kontrollsumma      {}", made.sha256));
    if made.signatures == 0 {
        say(&format!(
            "  {WARN}obs{WARN:#}  originalet har inga elektroniska underskrifter än"
        ));
    }
    Ok(ExitCode::SUCCESS)
}

/// What reads as a copy's name and is no file is a copy.
fn original(argument: String) -> Original {
    let path = PathBuf::from(&argument);
    match argument.parse::<CopyId>() {
        Ok(copy) if path.extension().is_none_or(|end| end != "pdf") => Original::Copy(copy),
        _ => Original::File(path),
    }
}
