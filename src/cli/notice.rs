//! `sigill notice`.

use std::path::PathBuf;
use std::process::ExitCode;

use chrono::{DateTime, NaiveDate, Utc};
use clap::Args;
use serde::Serialize;

use super::act::{AboutArguments, entered, line, print_notes};
use super::style::{DIM, GOOD, WARN, complain, counted, say, say_json, shown};
use super::{letter, report};
use crate::agreement::{Name, PartyCode};
use crate::calendar::{Cause, parse_day, parse_instant, swedish_day, swedish_time};
use crate::journeys::act::About;
use crate::journeys::letter::Letters;
use crate::journeys::notice::{Notification, Request};
use crate::journeys::{Error, Office, notice};
use crate::register::LetterKind;

/// Enter that a party gave notice of termination, tell what it does, and write the acknowledgement
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sigill notice 1480 --agreement familjecentral --dated 2024-11-20 --received 2024-11-25 \\
    --way brev --document uppsagning.pdf
  sigill notice 14 --agreement familjecentral --to 1480 --dated 2024-11-20 --received 2024-11-20 \\
    --way e-post --dry-run
  sigill notice 1480 --agreement familjecentral --dated 2026-12-31 --received 2026-12-31T23:30 \\
    --way e-post

A notice counts from the Swedish day on which it was received. The acknowledgement to the giver is
written at once and entered; `sigill letter acknowledgement` writes those to the others. Both
readings of the last day are shown: the plain one rules, the cautious one is a day sooner.")]
pub(super) struct Arguments {
    /// Who gives notice, by the party's code
    party: PartyCode,
    #[command(flatten)]
    about: AboutArguments,
    /// The day on the letter
    #[arg(long, value_name = "DATE")]
    dated: NaiveDate,
    /// The day, or the Swedish time, at which it was received: 2026-12-31T23:30
    #[arg(long, value_name = "TIME", value_parser = received)]
    received: Receipt,
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
    /// Write no acknowledgement
    #[arg(long)]
    no_letter: bool,
    /// Enter nothing, show what it would do
    #[arg(long)]
    dry_run: bool,
    /// Print what was entered as JSON
    #[arg(long)]
    json: bool,
}

/// When a notice was received.
#[derive(Debug, Clone, Copy)]
struct Receipt {
    at: Option<DateTime<Utc>>,
    on: NaiveDate,
}

/// Reads a day, or a time on one.
fn received(text: &str) -> Result<Receipt, String> {
    if let Ok(on) = parse_day("received", text) {
        return Ok(Receipt { at: None, on });
    }
    // A day alone that is none is told as that.
    if !text.contains([':', 'T', 't']) {
        let wrong = parse_day("received", text).map(|on| Receipt { at: None, on });
        return wrong.map_err(|error| format!("{error} ({})", error.hint()));
    }
    let at = parse_instant("received", text);
    let at = at.map_err(|error| format!("{error} ({})", error.hint()))?;
    let (at, on) = (Some(at), swedish_day(at));
    Ok(Receipt { at, on })
}

/// What was entered, and the acknowledgement.
#[derive(Serialize)]
struct Answer<'a> {
    #[serde(flatten)]
    notification: &'a Notification,
    letter: Option<Letters>,
}

pub(super) async fn run(office: &Office, arguments: Arguments) -> Result<ExitCode, Error> {
    let request = Request {
        about: arguments.about.into(),
        again: arguments.again,
        dated: arguments.dated,
        document: arguments.document,
        dry_run: arguments.dry_run,
        party: arguments.party,
        received_at: arguments.received.at,
        received_on: arguments.received.on,
        to: arguments.to,
        way: arguments.way,
    };
    let notification = notice::run(office, &request).await?;
    let written = match notification.seq {
        Some(seq) if !arguments.no_letter => Some(acknowledge(office, &notification, seq).await),
        _ => None,
    };
    let (letter, failure) = match written {
        Some(Ok(letter)) => (Some(letter), None),
        Some(Err(error)) => (None, Some(error)),
        None => (None, None),
    };
    if arguments.json {
        let notification = &notification;
        say_json(&Answer {
            notification,
            letter,
        })?;
    } else {
        print(&notification, letter.as_ref());
    }
    let Some(failure) = failure else {
        return Ok(ExitCode::SUCCESS);
    };
    let code = report::error(&failure);
    complain(&format!(
        "  the notice is entered all the same; then write the letter: {} --party {}",
        next(&notification),
        notification.party
    ));
    Ok(code)
}

/// Writes the acknowledgement to the giver.
async fn acknowledge(
    office: &Office,
    notification: &Notification,
    seq: u64,
) -> Result<Letters, Error> {
    let request = crate::journeys::letter::Request {
        about: About {
            agreement: Some(notification.agreement.clone()),
            version: Some(notification.version),
        },
        again: false,
        answer_by: None,
        enclosures: Vec::new(),
        kind: LetterKind::Acknowledgement,
        notice: Some(seq),
        only_missing: false,
        out: None,
        parties: vec![notification.party.clone()],
        preview: false,
    };
    letter::write(office, &request).await
}

fn print(notification: &Notification, letter: Option<&Letters>) {
    let (agreement, party) = (&notification.agreement, &notification.party);
    say(&format!(
        "{GOOD}✓{GOOD:#} Uppsägningen från {party} {} av {agreement} {} {}.",
        shown(&notification.party_name),
        notification.version,
        entered("införd", notification.seq)
    ));
    let received = notification.received_at.map(swedish_time);
    let received = received.unwrap_or_else(|| notification.received_on.to_string());
    line("mottagen", &received);
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
            "  {WARN}obs{WARN:#}  {} för sent för perioden till {} (sista dag var {})",
            counted(missed.days_late, "dag", "dagar"),
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
    let goes_on = if notification.copies_with.is_some() {
        let copies = goes_on.saturating_add(notification.ends.len());
        format!("i {goes_on} av {copies} exemplar")
    } else {
        format!("för {}", counted(goes_on, "part", "parter"))
    };
    line("fortsätter", &goes_on);
    if !notification.is_said {
        say(&format!(
            "  {WARN}obs{WARN:#}  avtalet säger inte för vem en uppsägning gäller: här räknas den bara för den som sagt upp"
        ));
    }
    print_notes(&notification.notes);
    if let Some(letter) = letter {
        letter::print_written(letter);
    }
    say(&format!("{DIM}Nästa steg:{DIM:#} {}", next(notification)));
}

/// Returns the next command: the others are told by the same letter, in other words.
fn next(notification: &Notification) -> String {
    let agreement = &notification.agreement;
    match notification.seq {
        Some(seq) => format!(
            "sigill letter acknowledgement {agreement} --version {} --notice {seq}",
            notification.version
        ),
        None => format!("sigill term {agreement}"),
    }
}

/// So many rows tell enough; `--json` has them all.
const SHOWN_ROWS: usize = 10;
