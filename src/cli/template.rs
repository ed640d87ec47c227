//! `sigill template`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::generate::FormArgument;
use super::report;
use super::style::{GOOD, say};
use crate::agreement::{AgreementId, Form, PartyCode, VersionNumber};
use crate::journeys::{Error, Kind, Office, template};

/// Check and preview agreement templates
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sigill template lint familjecentral
  sigill template preview familjecentral --version 0.9")]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Tell problems with file and line; typesets one copy
    #[command(after_help = "Example:\n  sigill template lint familjecentral --version 1.0")]
    Lint(Which),
    /// Typeset a version stamped with its status, as PDF and as a picture of each page
    #[command(after_help = "Examples:
  sigill template preview familjecentral --version 0.9
  sigill template preview familjecentral --party 1443 --form joint")]
    Preview(Preview),
    /// Write the Typst sources and data that a copy would be typeset from
    #[command(hide = true)]
    Sources(Preview),
}

#[derive(Debug, Args)]
struct Which {
    /// The agreement, a folder in templates/
    agreement: AgreementId,
    /// The version [default: the highest]
    #[arg(long = "version", value_name = "V")]
    number: Option<VersionNumber>,
}

#[derive(Debug, Args)]
struct Preview {
    #[command(flatten)]
    which: Which,
    /// The copy of this party, by its code [default: the first]
    #[arg(long, value_name = "CODE")]
    party: Option<PartyCode>,
    /// The form [default: as version.toml says]
    #[arg(long, value_enum)]
    form: Option<FormArgument>,
    /// The folder for the files [default: out/ in the office]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Resolution of the pictures, in dots per inch
    #[arg(long, value_name = "DPI", default_value_t = 110, value_parser = clap::value_parser!(u16).range(20..=600))]
    dpi: u16,
}

pub(super) async fn run(office: &Office, arguments: Arguments) -> Result<ExitCode, Error> {
    match arguments.command {
        Command::Lint(which) => lint(office, which).await,
        Command::Preview(preview) => run_preview(office, preview).await,
        Command::Sources(preview) => {
            let folder = preview
                .out
                .clone()
                .unwrap_or_else(|| PathBuf::from("sources"));
            let files = template::sources(office, &request(preview), &folder)?;
            say(&format!("{files} filer i {}", folder.display()));
            Ok(ExitCode::SUCCESS)
        }
    }
}

async fn lint(office: &Office, which: Which) -> Result<ExitCode, Error> {
    let (version, problems) = template::lint(office, &which.agreement, which.number).await?;
    if problems.is_empty() {
        say(&format!(
            "{GOOD}✓{GOOD:#} {} {version}: inga fel.",
            which.agreement
        ));
        return Ok(ExitCode::SUCCESS);
    }
    report::problems(&problems);
    Ok(report::exit_code(Kind::Config))
}

async fn run_preview(office: &Office, preview: Preview) -> Result<ExitCode, Error> {
    let done = template::preview(office, &request(preview)).await?;
    say(&format!(
        "{GOOD}✓{GOOD:#} version {} stämplad {}, {} sidor",
        done.version,
        done.stamp,
        done.pages.len()
    ));
    say(&format!("  {}", done.pdf.display()));
    if let Some(first) = done.pages.first() {
        say(&format!("  {} …", first.display()));
    }
    Ok(ExitCode::SUCCESS)
}

fn request(preview: Preview) -> template::Request {
    const POINTS_PER_INCH: f64 = 72.0;
    template::Request {
        agreement: preview.which.agreement,
        version: preview.which.number,
        party: preview.party,
        form: preview.form.map(Form::from),
        out: preview.out,
        pixels_per_point: f64::from(preview.dpi) / POINTS_PER_INCH,
    }
}
