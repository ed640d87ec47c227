//! `sigill status`.

mod documents;
mod map;
mod table;
mod why;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use chrono::NaiveDate;
use clap::Args;
use comfy_table::presets::UTF8_HORIZONTAL_ONLY;
use comfy_table::{ContentArrangement, Table};

use super::style::{GOOD, say, say_json, write_out};
use crate::agreement::{AgreementId, PartyCode};
use crate::journeys::status::{documents as list, why as reasons};
use crate::journeys::{Error, Office, status};

/// Show who has decided, who has signed and what is missing, totals first
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sigill status                                  all agreements, a line each
  sigill status familjecentral                   every party
  sigill status familjecentral --map
  sigill status familjecentral --why 1443        every requirement, and the next step
  sigill status familjecentral --as-of 2024-02-16
  sigill status familjecentral --csv > status.csv
  sigill status familjecentral --html lage.html  a page to print or to put on the web
  sigill status familjecentral --documents --xlsx handlingar.xlsx

A register that is damaged gives an error and no count.")]
pub(super) struct Arguments {
    /// The agreement; all of them if not said
    agreement: Option<AgreementId>,
    /// As it was at the end of this day in Sweden
    #[arg(long, value_name = "DATE", requires = "agreement")]
    as_of: Option<NaiveDate>,
    /// Why a party stands where it does, by its code, and what to do next
    #[arg(long, value_name = "PARTY", requires = "agreement", group = "view")]
    why: Option<PartyCode>,
    /// Each party's copies, and when they were handed out
    #[arg(long, requires = "agreement", group = "view")]
    copies: bool,
    /// A map of squares
    #[arg(long, requires = "agreement", group = "view")]
    map: bool,
    /// Each document: when it came or was drawn up, diary number, from whom and to whom
    #[arg(long, requires = "agreement", group = "view")]
    documents: bool,
    /// Print JSON
    #[arg(long, group = "output")]
    json: bool,
    /// Print CSV, a line per party and copy
    #[arg(long, requires = "agreement", group = "output", conflicts_with_all = ["why", "copies", "map"])]
    csv: bool,
    /// Write the same lines as a workbook
    #[arg(long, value_name = "FILE", requires = "agreement", group = "output", conflicts_with_all = ["why", "copies", "map"])]
    xlsx: Option<PathBuf>,
    /// Write one page with table and map; `-` prints it
    #[arg(
        long,
        value_name = "FILE",
        requires = "agreement",
        group = "output",
        conflicts_with = "view"
    )]
    html: Option<PathBuf>,
}

pub(super) async fn run(office: &Office, arguments: &Arguments) -> Result<ExitCode, Error> {
    let Some(agreement) = &arguments.agreement else {
        let overview = status::overview(office).await?;
        if arguments.json {
            say_json(&overview)?;
        } else {
            table::overview(&overview);
        }
        return Ok(ExitCode::SUCCESS);
    };
    if let Some(party) = &arguments.why {
        let all = reasons::run(office, agreement, party, arguments.as_of).await?;
        if arguments.json {
            say_json(&all)?;
        } else if all.is_empty() {
            nothing(agreement, arguments.as_of);
        } else {
            all.iter().for_each(why::print);
        }
        return Ok(ExitCode::SUCCESS);
    }
    if arguments.documents {
        let lines = list::run(office, agreement, arguments.as_of).await?;
        if arguments.json {
            say_json(&lines)?;
        } else if arguments.csv {
            write_out(&list::csv(&lines)?);
        } else if let Some(file) = &arguments.xlsx {
            save(file, &list::xlsx(&lines)?)?;
        } else {
            documents::print(&lines);
        }
        return Ok(ExitCode::SUCCESS);
    }
    let positions = status::run(office, agreement, arguments.as_of).await?;
    if arguments.json {
        say_json(&positions)?;
    } else if arguments.csv {
        write_out(&status::csv(&positions)?);
    } else if let Some(file) = &arguments.xlsx {
        save(file, &status::xlsx(&positions)?)?;
    } else if let Some(file) = &arguments.html {
        let page = status::html(agreement, &positions)?;
        if file.as_os_str() == "-" {
            write_out(&page);
        } else {
            save(file, &page)?;
        }
    } else if positions.is_empty() {
        nothing(agreement, arguments.as_of);
    } else {
        for position in &positions {
            table::head(position);
            if arguments.map {
                map::print(position);
            } else if arguments.copies {
                table::copies(position);
            } else {
                table::parties(position);
            }
            table::foot(position);
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn nothing(agreement: &AgreementId, as_of: Option<NaiveDate>) {
    let when = as_of.map(|day| format!(" den {day}")).unwrap_or_default();
    say(&format!(
        "Ingen version av {agreement} var fastställd{when}."
    ));
    say(&format!("  nästa steg: sigill generate {agreement}"));
}

fn save(file: &Path, bytes: &[u8]) -> Result<(), Error> {
    status::save(file, bytes)?;
    say(&format!("{GOOD}✓{GOOD:#} {} är skriven.", file.display()));
    Ok(())
}

pub(in crate::cli) fn table<const N: usize>(header: [&str; N]) -> Table {
    let mut table = wide_table(header);
    table.set_content_arrangement(ContentArrangement::Dynamic);
    table.set_width(WIDTH);
    table
}

/// Returns a table as wide as what is in it: each row is one line.
fn wide_table<const N: usize>(header: [&str; N]) -> Table {
    let mut table = Table::new();
    table.load_style(UTF8_HORIZONTAL_ONLY);
    table.set_header(header);
    table
}

/// Columns of a table: what does not fit goes on in a cell's next line.
const WIDTH: u16 = 100;
