//! `sigill status`.

use std::process::ExitCode;

use chrono::NaiveDate;
use clap::Args;
use comfy_table::presets::UTF8_HORIZONTAL_ONLY;
use comfy_table::{Cell, CellAlignment, Table};

use super::generate::form_name;
use super::style::{DIM, HEADING, say, say_json};
use crate::agreement::AgreementId;
use crate::calendar::{swedish_day, swedish_time};
use crate::journeys::status::{Overview, PartyLine, Position};
use crate::journeys::{Error, Office, status};

/// Show where every party stands, totals first
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sigill status                                  all agreements, a line each
  sigill status familjecentral                   every party
  sigill status familjecentral --as-of 2024-02-16
  sigill status familjecentral --csv > status.csv")]
pub(super) struct Arguments {
    /// The agreement; all of them if not said
    agreement: Option<AgreementId>,
    /// As it was at the end of this day in Sweden
    #[arg(long, value_name = "DATE", requires = "agreement")]
    as_of: Option<NaiveDate>,
    /// Print JSON
    #[arg(long, conflicts_with = "csv")]
    json: bool,
    /// Print CSV, a line per party and copy
    #[arg(long, requires = "agreement")]
    csv: bool,
}

pub(super) async fn run(office: &Office, arguments: &Arguments) -> Result<ExitCode, Error> {
    let Some(agreement) = &arguments.agreement else {
        let overview = status::overview(office).await?;
        if arguments.json {
            say_json(&overview)?;
        } else {
            print_overview(&overview);
        }
        return Ok(ExitCode::SUCCESS);
    };
    let positions = status::run(office, agreement, arguments.as_of).await?;
    if arguments.json {
        say_json(&positions)?;
    } else if arguments.csv {
        super::style::write_out(&status::csv(&positions)?);
    } else if positions.is_empty() {
        let when = arguments
            .as_of
            .map(|day| format!(" den {day}"))
            .unwrap_or_default();
        say(&format!(
            "Ingen version av {agreement} var fastställd{when}."
        ));
        say(&format!("  nästa steg: sigill generate {agreement}"));
    } else {
        positions.iter().for_each(print);
    }
    Ok(ExitCode::SUCCESS)
}

fn print_overview(overview: &Overview) {
    if overview.rows.is_empty() {
        say("Det finns inga avtal här.");
        return;
    }
    let mut table = table([
        "Avtal",
        "Version",
        "Form",
        "Exemplar",
        "Utskickade till någon",
        "Makulerade",
        "Underskrifter",
    ]);
    for row in &overview.rows {
        table.add_row([
            Cell::new(&row.agreement),
            Cell::new(
                row.version
                    .map_or_else(|| "–".to_owned(), |version| version.to_string()),
            ),
            Cell::new(row.form.map_or("inget utfärdat", form_name)),
            number(row.copies),
            number(row.sent),
            number(row.voided),
            Cell::new(format!("{} av {}", row.signed, row.seats))
                .set_alignment(CellAlignment::Right),
        ]);
    }
    say(&table.to_string());
}

fn number(value: u64) -> Cell {
    Cell::new(value).set_alignment(CellAlignment::Right)
}

fn table<const N: usize>(header: [&str; N]) -> Table {
    let mut table = Table::new();
    table.load_style(UTF8_HORIZONTAL_ONLY);
    table.set_header(header);
    table
}

fn print(position: &Position) {
    let totals = &position.totals;
    say(&format!("{HEADING}{}{HEADING:#}", position.name));
    let as_of = position
        .as_of
        .map(|day| format!("läget vid slutet av {day}"))
        .unwrap_or_else(|| "läget nu".to_owned());
    say(&format!(
        "Version {} · {} · {as_of} · fastställd {} · kontrollsumma {}",
        position.version,
        form_name(position.form),
        swedish_day(position.published_at),
        position.text_digest.short(),
    ));
    say("");
    say(&format!(
        "  {:>4} av {:<4} exemplar utfärdade",
        totals.issued, totals.copies
    ));
    say(&format!(
        "  {:>4} av {:<4} utskickade till alla sina parter",
        totals.sent, totals.issued
    ));
    say(&format!("  {:>4}         makulerade", totals.voided));
    say(&format!(
        "  {:>4} av {:<4} platser för underskrift undertecknade {DIM}(enligt registret){DIM:#}",
        totals.signed, totals.seats
    ));
    say(&format!(
        "  {:>4} av {:<4} exemplar undertecknade på alla sina platser",
        totals.complete, totals.issued
    ));
    for group in &position.groups {
        say("");
        let issued = group
            .parties
            .iter()
            .filter(|party| !party.copies.is_empty())
            .count();
        let name = group.name.as_deref().unwrap_or("Utan delregion");
        say(&format!(
            "{HEADING}{name}{HEADING:#}  {issued} av {} parter har exemplar",
            group.parties.len()
        ));
        let mut table = table(["Kod", "Part", "Exemplar", "Utskickat", "Platser"]);
        for party in &group.parties {
            table.add_row([
                party.code.to_string(),
                party.name.clone(),
                copies(party),
                sent(party),
                seats(party),
            ]);
        }
        say(&table.to_string());
    }
    say("");
}

fn copies(party: &PartyLine) -> String {
    let voided = match party.voided.len() {
        0 => String::new(),
        voided => format!(", {voided} makulerade"),
    };
    match party.copies.as_slice() {
        [] => format!("saknas{voided}"),
        [only] if party.copies_planned == 1 => format!("{}{voided}", only.copy),
        several => format!("{} av {}{voided}", several.len(), party.copies_planned),
    }
}

fn sent(party: &PartyLine) -> String {
    let sent: Vec<_> = party
        .copies
        .iter()
        .filter_map(|copy| copy.sent_at)
        .collect();
    match (sent.iter().max(), party.copies.len()) {
        (None, 0) => String::new(),
        (None, _) => "nej".to_owned(),
        (Some(last), all) if sent.len() == all => swedish_time(*last).chars().take(16).collect(),
        (Some(_), all) => format!("{} av {all}", sent.len()),
    }
}

fn seats(party: &PartyLine) -> String {
    let seats: usize = party.copies.iter().map(|copy| copy.seats.len()).sum();
    if seats == 0 {
        String::new()
    } else {
        let signed: usize = party.copies.iter().map(|copy| copy.signed.len()).sum();
        let copies = party.copies.iter();
        match copies.map(|copy| copy.to_confirm.len()).sum::<usize>() {
            0 => format!("{signed} av {seats}"),
            waiting => format!("{signed} av {seats}, {waiting} att bekräfta"),
        }
    }
}
