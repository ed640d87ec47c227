//! `sigill retract`.

use std::process::ExitCode;

use clap::Args;

use super::act::LetterArguments;
use super::decline::print;
use super::style::{DIM, say};
use crate::journeys::{Error, Office, retract};

/// Enter that a party takes back what it decided and signed
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sigill retract 1480 --agreement familjecentral --dated 2024-02-26 \\
    --reason \"Fullmäktige ska ta ställning på nytt\" --document brev.pdf

A party can take everything back until it is bound; later it gives notice: `sigill notice`. What it
had decided and signed stays in the register and counts no more; what comes later counts.")]
pub(super) struct Arguments {
    #[command(flatten)]
    letter: LetterArguments,
}

pub(super) async fn run(office: &Office, arguments: Arguments) -> Result<ExitCode, Error> {
    let json = arguments.letter.how.json;
    let answer = retract::run(office, &arguments.letter.into()).await?;
    print(&answer, "tar tillbaka beslut och underskrifter till", json)?;
    if !json {
        say(&format!(
            "{DIM}Nästa steg:{DIM:#} ett nytt beslut förs in med sigill decide {} --agreement {} …",
            answer.party, answer.agreement
        ));
    }
    Ok(ExitCode::SUCCESS)
}
