//! `sigill init`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::style::{HEADING, say};
use crate::journeys::{Error, init};

/// Make a new office with a small agreement to edit
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sigill init kansliet
  sigill init --letters .      in an office that was made earlier")]
pub(super) struct Arguments {
    /// The folder; it must be new or empty
    folder: PathBuf,
    /// Only write the letters' templates that the office in the folder lacks
    #[arg(long)]
    letters: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<ExitCode, Error> {
    if arguments.letters {
        return letters(arguments);
    }
    let files = init::run(&arguments.folder)?;
    let folder = arguments.folder.display();
    say(&format!(
        "A new office is in {folder} ({} files).",
        files.len()
    ));
    say("");
    say(&format!("{HEADING}Next{HEADING:#}"));
    say(&format!("  cd {folder}"));
    say(
        "  sigill template preview exempelavtal      look at the pages; the text is in templates/exempelavtal/0.1",
    );
    say("  sigill parties check                      after editing signatories/");
    say("  sigill template lint exempelavtal         until nothing is found");
    say(
        "  set status = \"adopted\" in templates/exempelavtal/0.1/version.toml when the text is decided",
    );
    say("  sigill generate exempelavtal              issue the signing copies");
    Ok(ExitCode::SUCCESS)
}

fn letters(arguments: &Arguments) -> Result<ExitCode, Error> {
    let files = init::letters(&arguments.folder)?;
    if files.is_empty() {
        say("No template is missing; nothing was changed.");
    }
    for file in files {
        say(&format!("made  {file}"));
    }
    Ok(ExitCode::SUCCESS)
}
