//! `sigill evidence`.

use std::path::PathBuf;
use std::process::ExitCode;

use chrono::{DateTime, Utc};
use clap::Args;

use super::style::{DIM, GOOD, WARN, advance, bar, say, say_json};
use crate::agreement::{AgreementId, PartyCode, VersionNumber};
use crate::calendar::swedish_day;
use crate::journeys::evidence::{Request, Summary};
use crate::journeys::{Error, Office, evidence};

/// Pack everything that shows what was agreed, by whom and on what ground, into one zip
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sigill evidence familjecentral
  sigill evidence familjecentral --party 1443 --out bollebygd.zip
  sigill evidence familjecentral --public        for publication: no originals, no personal data

The zip opens without sigill: LÄS-MIG.html explains it, SHA256SUMS covers every file. In it are the
signed files, the frozen text, verdicts as they were at receipt and as they are now, minutes
extracts, letters and scans, the register's entries and key, and the anchors that were trusted.
Signed files hold their signers' certificates, often with personal identity numbers: for the web
there is --public, and `sigill redact` for a single copy.

It is refused when a document that an entry names is gone and was not erased.")]
pub(super) struct Arguments {
    /// The agreement
    agreement: AgreementId,
    /// Its version [default: the highest that has copies]
    #[arg(long = "version", value_name = "V")]
    number: Option<VersionNumber>,
    /// Only what concerns this party, by its code; may be repeated
    #[arg(long = "party", value_name = "CODE")]
    parties: Vec<PartyCode>,
    /// The file; it must be new [default: in out/, named by the day]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Public copies instead of signed files; no verdicts, extracts, letters and scans
    #[arg(long)]
    public: bool,
    /// With --public: extracts, letters and scans too, once somebody has looked through them
    #[arg(long, requires = "public")]
    with_extracts: bool,
    /// The words behind commitments too: conditions, reasons, names
    #[arg(long, conflicts_with = "public")]
    with_words: bool,
    /// Judge as of that instant, such as 2031-03-01T12:00:00Z [default: now]
    #[arg(long, value_name = "TIME")]
    at: Option<DateTime<Utc>>,
    /// Ask no other machine for revocation information, not even those in sigill.toml
    #[arg(long)]
    no_fetch: bool,
    /// Print the summary as JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(office: &Office, arguments: Arguments) -> Result<ExitCode, Error> {
    let request = Request {
        agreement: arguments.agreement,
        version: arguments.number,
        parties: arguments.parties,
        out: arguments.out,
        is_public: arguments.public,
        with_extracts: arguments.with_extracts,
        with_words: arguments.with_words,
        at: arguments.at,
        may_fetch: !arguments.no_fetch,
    };
    let bar = bar("Packar bevis");
    let result = evidence::run(office, &request, &mut |done, of| advance(&bar, done, of)).await;
    bar.finish_and_clear();
    let summary = result?;
    if arguments.json {
        say_json(&summary)?;
    } else {
        print(&summary, request.is_public);
    }
    Ok(ExitCode::SUCCESS)
}

fn print(summary: &Summary, is_public: bool) {
    let what = if is_public {
        "kopior för spridning"
    } else {
        "undertecknade exemplar"
    };
    say(&format!(
        "{GOOD}✓{GOOD:#} {} {what} och {} filer i allt finns i {}",
        summary.copies.len(),
        summary.files.len(),
        summary.path.display()
    ));
    for found in &summary.differences {
        say(&format!(
            "  {WARN}obs{WARN:#}  {}, {}: {} vid mottagandet {}, {} nu",
            found.copy,
            found.field,
            found.then,
            swedish_day(found.then_at),
            found.now
        ));
        for line in &found.why {
            say(&format!("         {DIM}{line}{DIM:#}"));
        }
    }
    if !summary.erased.is_empty() {
        say(&format!(
            "  {} handlingar är raderade och står så i paketet",
            summary.erased.len()
        ));
    }
    for line in &summary.left_out {
        say(&format!("  utelämnat: {line}"));
    }
    if !summary.personal_numbers.is_empty() {
        say(&format!(
            "  {WARN}obs{WARN:#}  personnummer finns i underskrifternas certifikat i {} av exemplaren: sprid inte paketet på webben (--public gör ett för det)",
            summary.personal_numbers.len()
        ));
    }
}
