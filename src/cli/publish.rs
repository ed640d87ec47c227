//! `sigill publish`.

use std::process::ExitCode;

use clap::Args;

use super::again;
use super::style::{DIM, GOOD, WARN, say, say_json};
use crate::agreement::{AgreementId, VersionNumber};
use crate::journeys::{Error, Office, publish};

/// Freeze an adopted version, so that every copy is made from one text
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sigill publish familjecentral 1.0
  sigill publish familjecentral 1.0 --despite-comments \"Synpunkterna behandlas i version 2.0\"
  sigill publish familjecentral 2.0 --dry-run     who must decide and sign again, and why

Writes the bundle (text, layout, fonts, list of parties) under out/: put it on your web site, and
anyone can check a copy with `sigill verify FILE --bundle BUNDLE`, without asking you. A signature
on one version is never one on another: where the version replaces or amends another one, it is
told who must decide and sign, and who is bound by what until then.")]
pub(super) struct Arguments {
    /// The agreement, a folder in templates/
    agreement: AgreementId,
    /// The version, a folder in the agreement's
    version: VersionNumber,
    /// Why it is published though comments of its consultation have no disposition
    #[arg(long, value_name = "REASON")]
    despite_comments: Option<String>,
    /// Freeze nothing, tell who would have to decide and sign
    #[arg(long)]
    dry_run: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(office: &Office, arguments: &Arguments) -> Result<ExitCode, Error> {
    let (agreement, version) = (&arguments.agreement, arguments.version);
    let despite_comments = arguments.despite_comments.as_deref();
    if arguments.dry_run {
        let found = publish::foresee(office, agreement, version, despite_comments).await?;
        if arguments.json {
            say_json(&found)?;
        } else {
            say(&format!(
                "{agreement} {version} kan låsas; ingenting ändrades."
            ));
            again::print(&found, agreement, version);
        }
        return Ok(ExitCode::SUCCESS);
    }
    let publication = publish::run(office, agreement, version, despite_comments).await?;
    if arguments.json {
        say_json(&publication)?;
        return Ok(ExitCode::SUCCESS);
    }
    if publication.new {
        say(&format!(
            "{GOOD}✓{GOOD:#} {agreement} {version} är fastställd och låst."
        ));
    } else {
        say(&format!(
            "{agreement} {version} var redan låst; ingenting ändrades."
        ));
    }
    say(&format!(
        "  textens kontrollsumma  {}",
        publication.published.text_digest
    ));
    say(&format!(
        "  brödtextens            {}",
        publication.published.body_digest
    ));
    say(&format!(
        "  publicera filen        {}",
        publication.bundle_file.display()
    ));
    for vanished in &publication.vanished {
        say(&format!(
            "  {WARN}obs{WARN:#}  en synpunkt i svaret i post {} ska ha ändrat {}, som inte finns i texten",
            vanished.answer, vanished.clause
        ));
    }
    again::print(&publication.again, agreement, version);
    if publication.new {
        say(&format!(
            "{DIM}Nästa steg:{DIM:#} sigill generate {agreement}"
        ));
    }
    Ok(ExitCode::SUCCESS)
}
