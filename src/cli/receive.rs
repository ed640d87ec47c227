//! `sigill receive`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use comfy_table::presets::UTF8_HORIZONTAL_ONLY;
use comfy_table::{Cell, Table};

use super::report;
use super::style::{DIM, ERROR, GOOD, WARN, advance, bar, say, say_json, shown};
use crate::journeys::receive::{FileLine, Outcome, Summary};
use crate::journeys::{Error, Kind, Office, receive};
use crate::register::{ReceivedPlace, Standing};
use crate::validation::{Finding, Indication, Severity, Verdict};

/// Judge files that came back, keep them and enter them
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sigill receive 1443.pdf
  sigill receive inkommet/ svar.zip
  sigill receive inkommet/ --dry-run             judge, and enter nothing

A folder stands for every PDF and zip below it. A file that is no lawful state of one of the
office's copies is told and not kept. A signature counts when it holds, its certificate leads to an
anchor in signatories/trust/ and is tied to a person who may sign; where only that tie is missing,
`sigill confirm` enters it.

Exit code: 0 every file passed, 1 at least one did not, 2 could not look.")]
pub(super) struct Arguments {
    /// Files, folders and zips
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Judge the files, and store and enter nothing
    #[arg(long)]
    dry_run: bool,
    /// Store and enter also files that are no lawful state of a copy
    #[arg(long)]
    keep_bad: bool,
    /// Ask no other machine for revocation information, not even those in sigill.toml
    #[arg(long)]
    no_fetch: bool,
    /// Print the summary as JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(office: &Office, arguments: Arguments) -> Result<ExitCode, Error> {
    let request = receive::Request {
        paths: arguments.files,
        dry_run: arguments.dry_run,
        keep_bad: arguments.keep_bad,
        may_fetch: !arguments.no_fetch,
    };
    let bar = bar("Bedömer");
    let mut progress = |done, of| advance(&bar, done, of);
    let result = receive::run(office, &request, &mut progress).await;
    bar.finish_and_clear();
    let summary = match result {
        Ok(summary) => summary,
        Err(error) => {
            // Here 1 means "not passed", so that whatever kept us from looking is 2.
            let internal = error.kind() == Kind::Internal;
            let code = report::error(&error);
            return Ok(if internal { code } else { ExitCode::from(2) });
        }
    };
    if arguments.json {
        say_json(&summary)?;
    } else {
        print(&summary, arguments.dry_run);
    }
    Ok(if !summary.could_look() {
        ExitCode::from(2)
    } else if summary.is_good() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(1)
    })
}

fn print(summary: &Summary, dry_run: bool) {
    let mut table = Table::new();
    table.load_style(UTF8_HORIZONTAL_ONLY);
    table.set_header([
        "Fil",
        "Exemplar",
        "Läge",
        "Underskrifter",
        "Bedömning",
        "Register",
    ]);
    for file in &summary.files {
        table.add_row([
            Cell::new(shown(&file.name)),
            Cell::new(file.copy.as_ref().map_or("–", |copy| copy.as_str())),
            Cell::new(file.place.map_or("–", place)),
            Cell::new(seats(file)),
            Cell::new(file.verdict.as_ref().map_or("–", conclusion)),
            Cell::new(outcome(&file.outcome)),
        ]);
    }
    say(&table.to_string());
    for file in &summary.files {
        print_findings(file);
    }
    if summary.passed_over > 0 {
        say(&format!(
            "{DIM}{} filer som varken är PDF eller zip är överhoppade{DIM:#}",
            summary.passed_over
        ));
    }
    for moved in &summary.moved {
        say(&format!(
            "  {WARN}obs{WARN:#}  en fil med exemplarets namn var något annat och ligger nu i {}",
            shown(&moved.display().to_string())
        ));
    }
    let entered = |file: &&FileLine| matches!(file.outcome, Outcome::Entered { .. });
    let count = summary.files.iter().filter(entered).count();
    if dry_run {
        say("Inget är infört (--dry-run).");
    } else {
        say(&format!(
            "{GOOD}✓{GOOD:#} {count} av {} filer är införda.",
            summary.files.len()
        ));
    }
    print_next(summary);
}

/// What is wrong with a file, and what to do about it.
fn print_findings(file: &FileLine) {
    let told: Vec<&Finding> = file.verdict.iter().flat_map(findings).collect();
    let problem = match &file.outcome {
        Outcome::Scanned => Some(
            "ser ut som en inskannad pappersutskrift: registrera pappersoriginalet i stället, en bild av en underskrift bevisar ingenting",
        ),
        Outcome::NoPdf => Some("är inte en PDF"),
        Outcome::Unreadable { problem } => Some(problem.as_str()),
        Outcome::NotKept => Some(
            "är inte ett orört läge av ett exemplar härifrån, och är inte sparad (--keep-bad sparar den)",
        ),
        Outcome::Entered { .. } | Outcome::KnownBefore { .. } | Outcome::WouldEnter => None,
    };
    if problem.is_none() && told.is_empty() {
        return;
    }
    let (style, sign) = if problem.is_some() {
        (ERROR, "✗")
    } else {
        (WARN, "!")
    };
    say(&format!("{style}{sign}{style:#} {}", shown(&file.name)));
    if let Some(problem) = problem {
        say(&format!("    {}", shown(problem)));
    }
    for finding in told {
        say(&format!("    {}", finding.swedish));
        if !finding.advice_swedish.is_empty() {
            say(&format!("      {DIM}{}{DIM:#}", finding.advice_swedish));
        }
    }
}

fn findings(verdict: &Verdict) -> impl Iterator<Item = &Finding> {
    let of_signatures = verdict.signatures.iter();
    verdict
        .findings
        .iter()
        .chain(&verdict.identity.findings)
        .chain(of_signatures.flat_map(|signature| &signature.findings))
        .filter(|finding| finding.severity != Severity::Note)
}

/// The command for each signature that waits for an officer's word.
fn print_next(summary: &Summary) {
    let mut told = std::collections::BTreeSet::new();
    for file in &summary.files {
        let Some(copy) = &file.copy else {
            continue;
        };
        for seat in &file.seats {
            let is_new = told.insert((copy, &seat.seat, seat.certificate));
            if seat.standing == Standing::ToConfirm && is_new {
                say(&format!(
                    "  nästa steg: sigill confirm {copy} {} --ground \"…\"   {DIM}({}){DIM:#}",
                    seat.seat,
                    shown(&seat.name)
                ));
            }
        }
    }
}

fn place(place: ReceivedPlace) -> &'static str {
    match place {
        ReceivedPlace::Earlier => "äldre än det kända",
        ReceivedPlace::Foreign => "inte härifrån",
        ReceivedPlace::Fork => "gren",
        ReceivedPlace::Newer => "nytt",
        ReceivedPlace::Same => "känt",
    }
}

fn seats(file: &FileLine) -> String {
    let line = |seat: &receive::SeatLine| {
        let standing = match seat.standing {
            Standing::Counts => "räknas",
            Standing::Refused => "räknas inte",
            Standing::ToConfirm => "att bekräfta",
        };
        format!("{} {standing}", seat.seat)
    };
    match file.seats.as_slice() {
        [] => "–".to_owned(),
        few @ ([_] | [_, _]) => few.iter().map(line).collect::<Vec<_>>().join("\n"),
        many => {
            let counts = many.iter().filter(|seat| seat.standing == Standing::Counts);
            format!("{} av {} räknas", counts.count(), many.len())
        }
    }
}

fn conclusion(verdict: &Verdict) -> &'static str {
    match verdict.conclusion.indication {
        Indication::Indeterminate => "obestämd",
        Indication::TotalFailed => "underkänd",
        Indication::TotalPassed => "godkänd",
    }
}

fn outcome(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Entered { seq } => format!("post {seq}"),
        Outcome::KnownBefore { seq } => format!("redan i post {seq}"),
        Outcome::NoPdf | Outcome::NotKept | Outcome::Scanned => "inte sparad".to_owned(),
        Outcome::Unreadable { .. } => "inte läst".to_owned(),
        Outcome::WouldEnter => "förs in".to_owned(),
    }
}
