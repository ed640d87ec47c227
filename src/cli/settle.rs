//! `sigill settle`.

use std::process::ExitCode;

use clap::{ArgGroup, Args};

use super::act::print_notes;
use super::style::{DIM, GOOD, say, say_json};
use crate::journeys::settle::Request;
use crate::journeys::{Error, Office, settle};

/// Enter what became of a decision's condition
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("what").required(true).args(["resolved", "refused"]))]
#[command(after_help = "Examples:
  sigill settle 12 --resolved --reason \"Regionen har bekräftat kostnadsfördelningen\"
  sigill settle 12 --refused --reason \"Villkoret ändrar avtalet\"

ENTRY is the place of the decision, as `sigill log` shows it. The last word on a condition counts.")]
pub(super) struct Arguments {
    /// The place of the entry with the decision
    entry: u64,
    /// The condition is dealt with
    #[arg(long)]
    resolved: bool,
    /// The condition is not accepted
    #[arg(long)]
    refused: bool,
    /// How, or why not; kept so that it can be erased
    #[arg(long, value_name = "WHY")]
    reason: String,
    /// Print what was entered as JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(office: &Office, arguments: Arguments) -> Result<ExitCode, Error> {
    let request = Request {
        decision: arguments.entry,
        is_resolved: arguments.resolved,
        reason: arguments.reason,
    };
    let settlement = settle::run(office, &request).await?;
    if arguments.json {
        say_json(&settlement)?;
        return Ok(ExitCode::SUCCESS);
    }
    let (party, agreement) = (&settlement.party, &settlement.agreement);
    let what = if settlement.is_resolved {
        "är uppfyllt: beslutet är en ren accept"
    } else {
        "godtas inte: parten har inte accepterat"
    };
    say(&format!(
        "{GOOD}✓{GOOD:#} Villkoret i post {} ({party}, {agreement} {}) {what} (post {}).",
        settlement.decision,
        settlement.version,
        settlement.seq.unwrap_or_default()
    ));
    print_notes(&settlement.notes);
    if settlement.is_resolved {
        say(&format!(
            "{DIM}Nästa steg:{DIM:#} sigill status {agreement}"
        ));
    } else {
        say(&format!(
            "{DIM}Nästa steg:{DIM:#} tala med parten; ett nytt beslut förs in med sigill decide {party} --agreement {agreement} …"
        ));
    }
    Ok(ExitCode::SUCCESS)
}
