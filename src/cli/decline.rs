//! `sigill decline`.

use std::process::ExitCode;

use clap::Args;

use super::act::{LetterArguments, entered, line, print_notes};
use super::style::{DIM, GOOD, say, say_json, shown};
use crate::journeys::decline::Answer;
use crate::journeys::{Error, Office, decline};

/// Enter that a party says no in a letter
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sigill decline 1480 --agreement familjecentral --dated 2024-02-20 \\
    --reason \"Kommunen startar ingen familjecentral\" --document brev.pdf

A no that stands in minutes is entered with `sigill decide --outcome declined`. A later decision
that approves turns a no around.")]
pub(super) struct Arguments {
    #[command(flatten)]
    letter: LetterArguments,
}

pub(super) async fn run(office: &Office, arguments: Arguments) -> Result<ExitCode, Error> {
    let json = arguments.letter.how.json;
    let answer = decline::run(office, &arguments.letter.into()).await?;
    print(&answer, "avböjer", json)?;
    if !json {
        say(&format!(
            "{DIM}Nästa steg:{DIM:#} se vad ett nej innebär för avtalet: sigill status {}",
            answer.agreement
        ));
    }
    Ok(ExitCode::SUCCESS)
}

/// Prints a letter that was entered.
pub(super) fn print(answer: &Answer, does: &str, json: bool) -> Result<(), Error> {
    if json {
        say_json(answer)?;
        return Ok(());
    }
    say(&format!(
        "{GOOD}✓{GOOD:#} Att {} {} {does} {} {} {}.",
        answer.party,
        shown(&answer.party_name),
        answer.agreement,
        answer.version,
        entered("infört", answer.seq)
    ));
    line("brevet", &format!("daterat {}", answer.dated));
    if let Some(document) = answer.document {
        line("handlingen", &format!("kontrollsumma {}", document.short()));
    }
    print_notes(&answer.notes);
    Ok(())
}
