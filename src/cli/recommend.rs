//! `sigill recommend`.

use std::process::ExitCode;

use chrono::NaiveDate;
use clap::Args;

use super::act::{
    AboutArguments, EnteringArguments, OutcomeArgument, ResolutionArguments, entered, line,
    print_minutes, print_notes,
};
use super::log::outcome_words;
use super::style::{DIM, GOOD, say, say_json, shown};
use crate::agreement::Name;
use crate::journeys::recommend::Request;
use crate::journeys::{ActError, Error, Office, recommend};

/// Enter what a body that is no party recommends
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sigill recommend VästKom --agreement familjecentral --body Styrelsen --met 2023-06-22 \\
    --outcome approved
  sigill recommend Boråsregionen --agreement familjecentral --body Direktionen --met 2023-09-29 \\
    --section \"§ 75\" --outcome approved --grouping BR --report-by 2024-02-16

A recommendation binds nobody. Its reporting day is what the body asks of its own members.")]
pub(super) struct Arguments {
    /// Whose body it is: VästKom
    by: Name,
    #[command(flatten)]
    about: AboutArguments,
    #[command(flatten)]
    resolution: ResolutionArguments,
    /// What it recommends
    #[arg(long, value_enum)]
    outcome: OutcomeArgument,
    /// The words of a condition; kept so that they can be erased
    #[arg(long, value_name = "WORDS")]
    condition: Option<String>,
    /// The group of parties that it speaks to, by its code [default: all]
    #[arg(long, value_name = "CODE")]
    grouping: Option<Name>,
    /// The day by which it wants its members' decisions reported
    #[arg(long, value_name = "DATE")]
    report_by: Option<NaiveDate>,
    /// It is another one of the same body, day and §
    #[arg(long)]
    again: bool,
    #[command(flatten)]
    how: EnteringArguments,
}

pub(super) async fn run(office: &Office, arguments: Arguments) -> Result<ExitCode, Error> {
    let resolution = arguments.resolution.resolution();
    let resolution = resolution.map_err(|options| ActError::Missing { options })?;
    let request = Request {
        about: arguments.about.into(),
        again: arguments.again,
        by: arguments.by,
        condition: arguments.condition,
        dry_run: arguments.how.dry_run,
        grouping: arguments.grouping,
        outcome: arguments.outcome.into(),
        report_by: arguments.report_by,
        resolution,
    };
    let done = recommend::run(office, &request).await?;
    if arguments.how.json {
        say_json(&done)?;
        return Ok(ExitCode::SUCCESS);
    }
    say(&format!(
        "{GOOD}✓{GOOD:#} Ställningstagandet av {} {}, {} {}: {}",
        shown(done.by.as_str()),
        entered("infört", done.seq),
        done.agreement,
        done.version,
        outcome_words(done.outcome)
    ));
    print_minutes(&done.minutes);
    let group = done.grouping.as_ref().map(|code| format!(" ({code})"));
    line(
        "riktat till",
        &format!("{} parter{}", done.parties, group.unwrap_or_default()),
    );
    if let Some(day) = done.report_by {
        line("svarsdag", &day.to_string());
    }
    print_notes(&done.notes);
    say(&format!(
        "{DIM}Nästa steg:{DIM:#} parternas egna beslut förs in med sigill decide PART --agreement {} …",
        done.agreement
    ));
    Ok(ExitCode::SUCCESS)
}
