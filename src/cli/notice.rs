//! `sigill notice`.

use std::path::PathBuf;
use std::process::ExitCode;

use chrono::NaiveDate;
use clap::Args;

use super::act::{AboutArguments, entered, line, print_notes};
use super::style::{DIM, GOOD, WARN, say, say_json, shown};
use crate::agreement::{Name, PartyCode};
use crate::calendar::Cause;
use crate::journeys::notice::{Notification, Request};
use crate::journeys::{Error, Office, notice};

/// Enter that a party gave notice of termination, and tell what it does
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sigill notice 1480 --agreement familjecentral --dated 2024-11-20 --received 2024-11-25 \\
    --way brev --document uppsagning.pdf
  sigill notice 14 --agreement familjecentral --to 1480 --dated 2024-11-20 --received 2024-11-20 \\
    --way e-post --dry-run

A notice counts from the day it was received. Both readings of the last day are shown: the plain
one rules, the cautious one is a day sooner.")]
pub(super) struct Arguments {
    /// Who gives notice, by the party's code
    party: PartyCode,
    #[command(flatten)]
    about: AboutArguments,
    /// The day on the letter
    #[arg(long, value_name = "DATE")]
    dated: NaiveDate,
    /// The day it was received
    #[arg(long, value_name = "DATE")]
    received: NaiveDate,
    /// How it came: brev, e-post
    #[arg(long, value_name = "HOW")]
    way: Name,
    /// To whom, in the bilateral form [default: all]
    #[arg(long, value_name = "CODE")]
    to: Option<PartyCode>,
    /// The letter as a file, kept as a document
    #[arg(long, value_name = "FILE")]
    document: Option<PathBuf>,
    /// It is another notice of the same day
    #[arg(long)]
    again: bool,
    /// Enter nothing, show what it would do
    #[arg(long)]
    dry_run: bool,
    /// Print what was entered as JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(office: &Office, arguments: Arguments) -> Result<ExitCode, Error> {
    let request = Request {
        about: arguments.about.into(),
        again: arguments.again,
        dated: arguments.dated,
        document: arguments.document,
        dry_run: arguments.dry_run,
        party: arguments.party,
        received_on: arguments.received,
        to: arguments.to,
        way: arguments.way,
    };
    let notification = notice::run(office, &request).await?;
    if arguments.json {
        say_json(&notification)?;
    } else {
        print(&notification);
    }
    Ok(ExitCode::SUCCESS)
}

fn print(notification: &Notification) {
    let (agreement, party) = (&notification.agreement, &notification.party);
    say(&format!(
        "{GOOD}✓{GOOD:#} Uppsägningen från {party} {} av {agreement} {} {}.",
        shown(&notification.party_name),
        notification.version,
        entered("införd", notification.seq)
    ));
    line("mottagen", &notification.received_on.to_string());
    let reach = &notification.reach;
    match &reach.period {
        Some(period) => line(
            "i tid för",
            &format!(
                "perioden {}–{}",
                period.days.first_day(),
                period.days.last_day()
            ),
        ),
        None => line("i tid för", "ingen period: avtalet upphör ändå"),
    }
    if let Some(days) = &notification.days {
        line(
            "sista dag",
            &format!("{} (försiktigt räknat {})", days.plain, days.cautious),
        );
    }
    if reach.is_doubtful {
        say(&format!(
            "  {WARN}obs{WARN:#}  den kom på sista dagen, som försiktigt räknat är för sent"
        ));
    }
    if let Some(missed) = &reach.missed {
        say(&format!(
            "  {WARN}obs{WARN:#}  {} dagar för sent för perioden till {} (sista dag var {})",
            missed.days_late,
            missed.period.days.last_day(),
            missed.last_day
        ));
    }
    if !notification.ends_anything {
        say(&format!(
            "  {WARN}obs{WARN:#}  så som avtalet läses avslutar den ingenting: tala med parten"
        ));
    }
    for row in notification.ends.iter().take(SHOWN_ROWS) {
        let day = row.last_day.map(|day| day.to_string()).unwrap_or_default();
        let why = match row.cause {
            Some(Cause::LeftAlone) => ", då ingen annan är kvar",
            Some(Cause::Notice { .. }) | None => "",
        };
        line(
            "upphör",
            &format!("för {}: sista dag {day}{why}", row.party),
        );
    }
    let more = notification.ends.len().saturating_sub(SHOWN_ROWS);
    if more > 0 {
        line("", &format!("och för {more} till"));
    }
    let goes_on = notification.goes_on;
    line("fortsätter", &format!("för {goes_on} parter"));
    if !notification.is_said {
        say(&format!(
            "  {WARN}obs{WARN:#}  avtalet säger inte för vem en uppsägning gäller: här räknas den bara för den som sagt upp"
        ));
    }
    print_notes(&notification.notes);
    say(&format!("{DIM}Nästa steg:{DIM:#} sigill term {agreement}"));
}

/// So many rows tell enough; `--json` has them all.
const SHOWN_ROWS: usize = 10;
