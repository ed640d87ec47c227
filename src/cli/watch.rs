//! `sigill watch`.

use std::path::PathBuf;
use std::process::ExitCode;

use chrono::NaiveDate;
use clap::Args;
use comfy_table::presets::UTF8_HORIZONTAL_ONLY;
use comfy_table::{Cell, Table};

use super::report;
use super::style::{say, say_json, write_out};
use super::term::day;
use crate::agreement::AgreementId;
use crate::calendar::swedish_weekday;
use crate::journeys::term::Reckoned;
use crate::journeys::{Error, Office, watch};

/// List the coming days: answer days, notice, prolongation, appeal, reporting, authority that ends
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sigill watch
  sigill watch familjecentral --as-of 2026-09-01
  sigill watch --ics bevakning.ics             a calendar file with reminders 90, 30 and 7 days before

Days never move; the day to act is the last working day before. The same day keeps its name in the
calendar file, so that a calendar which reads the file again shows it once.")]
pub(super) struct Arguments {
    /// The agreement; all of them if not said
    agreement: Option<AgreementId>,
    /// What comes from this day in Sweden on; today if not said
    #[arg(long, value_name = "DATE", value_parser = day)]
    as_of: Option<NaiveDate>,
    /// Write a calendar file; - writes to standard output
    #[arg(long, value_name = "FILE")]
    ics: Option<PathBuf>,
    /// Print JSON
    #[arg(long, conflicts_with = "ics")]
    json: bool,
}

pub(super) async fn run(office: &Office, arguments: &Arguments) -> Result<ExitCode, Error> {
    let Reckoned {
        rows: days,
        problems,
    } = watch::run(office, arguments.agreement.as_ref(), arguments.as_of).await?;
    if arguments.json {
        say_json(&days)?;
        return Ok(report::errors(&problems));
    }
    if let Some(path) = &arguments.ics {
        let calendar = watch::calendar(&days);
        if path.as_os_str() == "-" {
            write_out(calendar.as_bytes());
        } else {
            watch::write(path, &calendar)?;
            say(&format!(
                "{} dagar skrivna till {}",
                days.len(),
                path.display()
            ));
        }
        return Ok(report::errors(&problems));
    }
    if days.is_empty() {
        say("Inga dagar att bevaka.");
        return Ok(report::errors(&problems));
    }
    let mut table = Table::new();
    table.load_style(UTF8_HORIZONTAL_ONLY).set_header([
        "Dag",
        "",
        "Vad",
        "Agera senast",
        "Påminnelser",
    ]);
    for day in &days {
        let reminders: Vec<String> = day
            .reminders
            .iter()
            .map(|reminder| reminder.on.to_string())
            .collect();
        table.add_row([
            Cell::new(day.watching.on),
            Cell::new(swedish_weekday(day.watching.on)),
            Cell::new(watch::headline(&day.watching)),
            Cell::new(day.act_by),
            Cell::new(reminders.join(" ")),
        ]);
    }
    say(&table.to_string());
    Ok(report::errors(&problems))
}
