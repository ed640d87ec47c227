//! `sigill publish`.

use std::process::ExitCode;

use clap::Args;

use super::style::{GOOD, say};
use crate::agreement::{AgreementId, VersionNumber};
use crate::journeys::{Error, Office, publish};

/// Freeze an adopted version, so that every copy is made from one text
#[derive(Debug, Args)]
#[command(after_help = "Example:
  sigill publish familjecentral 1.0

Writes the bundle (text, layout, fonts, list of parties) under out/: put it on your web site, and
anyone can check a copy with `sigill verify FILE --bundle BUNDLE`, without asking you.")]
pub(super) struct Arguments {
    /// The agreement, a folder in templates/
    agreement: AgreementId,
    /// The version, a folder in the agreement's
    version: VersionNumber,
}

pub(super) async fn run(office: &Office, arguments: &Arguments) -> Result<ExitCode, Error> {
    let publication = publish::run(office, &arguments.agreement, arguments.version).await?;
    let (agreement, version) = (&arguments.agreement, arguments.version);
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
    Ok(ExitCode::SUCCESS)
}
