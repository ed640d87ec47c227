//! `sigill ink`.

use std::path::PathBuf;
use std::process::ExitCode;

use chrono::NaiveDate;
use clap::Args;

use super::act::{EnteringArguments, entered, line, print_notes};
use super::style::{DIM, GOOD, say, say_json};
use crate::agreement::{CopyId, Name, Role, SeatId};
use crate::journeys::ink::Request;
use crate::journeys::{Error, Office, ink};

/// Enter that a copy was signed on paper
#[derive(Debug, Args)]
#[command(
    override_usage = "sigill ink [OPTIONS] --seat <SEAT> --signed <DATE> --scan <FILE> \\
                  --witness <WORDS> --held-by <WHO> <COPY>"
)]
#[command(after_help = "Examples:
  sigill ink familjecentral-1.0-b1443 --seat 1443-chair --seat 1443-countersigner \\
    --signed 2024-02-20 --scan inskannat.pdf --held-by \"Kommunarkivet, Bollebygds kommun\" \\
    --witness \"Jag har jämfört skanningen med originalet\"
  sigill ink familjecentral-1.0-b1443 --seat 1443-chair --as vice_chair --signed 2024-02-20 \\
    --scan inskannat.pdf --held-by \"Kommunarkivet\" --witness \"…\" \\
    --read-digest \"0123 4567 89ab cdef\"

The scan is kept as a document and shown as paper, never as electronic. The digest stands at the
foot of every page; given here, it is compared with that of the copy.")]
pub(super) struct Arguments {
    /// The copy that was printed
    copy: CopyId,
    /// A seat signed on it: 1443-chair; may be repeated
    #[arg(long = "seat", value_name = "SEAT", required = true)]
    seats: Vec<SeatId>,
    /// The role in which the person signed, once for each --seat [default: the seat's]
    #[arg(long = "as", value_name = "ROLE")]
    roles: Vec<Role>,
    /// The name on the paper, once for each --seat; kept so that it can be erased
    #[arg(long = "name", value_name = "NAME")]
    names: Vec<Name>,
    /// The day on the paper
    #[arg(long, value_name = "DATE")]
    signed: NaiveDate,
    /// The scan: PDF, JPEG, PNG or TIFF
    #[arg(long, value_name = "FILE")]
    scan: PathBuf,
    /// Who compared scan and paper, and what they say; kept so that it can be erased
    #[arg(long, value_name = "WORDS")]
    witness: String,
    /// Who keeps the paper
    #[arg(long, value_name = "WHO")]
    held_by: Name,
    /// The digest that the paper shows, in full or as at the foot of a page
    #[arg(long, value_name = "HEX")]
    read_digest: Option<String>,
    /// The seat is entered already, and this is another paper
    #[arg(long)]
    again: bool,
    #[command(flatten)]
    how: EnteringArguments,
}

pub(super) async fn run(office: &Office, arguments: Arguments) -> Result<ExitCode, Error> {
    let request = Request {
        again: arguments.again,
        copy: arguments.copy,
        dry_run: arguments.how.dry_run,
        held_by: arguments.held_by,
        names: arguments.names,
        read_digest: arguments.read_digest,
        roles: arguments.roles,
        scan: arguments.scan,
        seats: arguments.seats,
        signed_on: arguments.signed,
        witness: arguments.witness,
    };
    let original = ink::run(office, &request).await?;
    if arguments.how.json {
        say_json(&original)?;
        return Ok(ExitCode::SUCCESS);
    }
    say(&format!(
        "{GOOD}✓{GOOD:#} Pappersoriginalet till {} {}.",
        original.copy,
        entered("infört", original.seq)
    ));
    for (seat, role) in &original.seats {
        line(
            "på papper",
            &format!("{seat}, som {role}, {}", original.signed_on),
        );
    }
    line("originalet", &format!("finns hos {}", original.held_by));
    line(
        "skanningen",
        &format!("kontrollsumma {}", original.scan.short()),
    );
    let digest = if original.is_digest_read {
        "avläst på pappret och lika med exemplarets"
    } else {
        "inte avläst på pappret"
    };
    line("kontrollsumman", digest);
    let open: Vec<String> = original
        .open_seats
        .iter()
        .map(ToString::to_string)
        .collect();
    let left = if open.is_empty() {
        "alla platser i exemplaret är undertecknade".to_owned()
    } else {
        format!("ej undertecknat: {}", open.join(", "))
    };
    line("återstår", &left);
    print_notes(&original.notes);
    say(&format!(
        "{DIM}Nästa steg:{DIM:#} sigill status {}",
        original.agreement
    ));
    Ok(ExitCode::SUCCESS)
}
