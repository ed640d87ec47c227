//! `sigill log`.

use std::process::ExitCode;

use clap::Args;

use super::generate::form_name;
use super::style::{DIM, say, say_json};
use crate::agreement::{AgreementId, CopyId, PartyCode};
use crate::calendar::swedish_time;
use crate::journeys::log::LogLine;
use crate::journeys::{Error, Office, log};
use crate::register::{Event, Received, ReceivedPlace, Standing};

/// Show the entries of the register, in their order
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sigill log
  sigill log familjecentral --party 1443
  sigill log --json")]
pub(super) struct Arguments {
    /// Only of this agreement
    agreement: Option<AgreementId>,
    /// Only what concerns this party, by its code
    #[arg(long, value_name = "CODE")]
    party: Option<PartyCode>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(office: &Office, arguments: &Arguments) -> Result<ExitCode, Error> {
    let lines = log::run(
        office,
        arguments.agreement.as_ref(),
        arguments.party.as_ref(),
    )
    .await?;
    if arguments.json {
        say_json(&lines)?;
    } else if lines.is_empty() {
        say("Registret är tomt.");
    } else {
        lines.iter().for_each(print);
    }
    Ok(ExitCode::SUCCESS)
}

fn print(line: &LogLine) {
    let entry = &line.entry;
    let reason = line
        .reason
        .as_ref()
        .map(|reason| format!(" – skäl: {reason}"))
        .unwrap_or_default();
    say(&format!(
        "{:>5}  {}  {DIM}{:<12}{DIM:#}  {}{reason}",
        entry.seq,
        swedish_time(entry.at),
        entry.actor,
        sentence(&entry.event, entry.agreement.as_ref())
    ));
}

fn sentence(event: &Event, agreement: Option<&AgreementId>) -> String {
    let agreement = agreement.map(ToString::to_string).unwrap_or_default();
    match event {
        Event::Confirmed(confirmed) => format!(
            "bekräftade vem som skrev under på {} i {}, som {} (certifikat {})",
            confirmed.seat,
            confirmed.copy,
            confirmed.as_role,
            confirmed.certificate.short()
        ),
        Event::Extended(extended) => {
            format!(
                "kompletterade bevisen i {} till {}",
                extended.copy, extended.level
            )
        }
        Event::Issued(issued) => format!("utfärdade {} ({})", issued.copy, form_name(issued.form)),
        Event::Opened(opened) => format!("öppnade registret {}", opened.origin),
        Event::Published(published) => {
            format!(
                "låste {agreement} {}, kontrollsumma {}",
                published.version,
                published.text_digest.short()
            )
        }
        Event::Received(received) => received_sentence(received),
        Event::Reissued(reissued) => format!(
            "utfärdade {} i stället för {}",
            reissued.issued.copy, reissued.replaces
        ),
        Event::Restored(restored) => format!(
            "återställde registret från en säkerhetskopia med {} poster",
            restored.entries
        ),
        Event::Sealed(sealed) => {
            let how = if sealed.certifies {
                ", som certifierar dokumentet"
            } else {
                ""
            };
            format!(
                "stämplade {} med sigillet ({}{how})",
                sealed.copy, sealed.level
            )
        }
        Event::Sent(sent) => {
            let copies: Vec<&str> = sent.copies.iter().map(CopyId::as_str).collect();
            match copies.as_slice() {
                [only] => format!("skickade {only} till {}", sent.party),
                several => format!("skickade {} exemplar till {}", several.len(), sent.party),
            }
        }
        Event::Signed(signed) => {
            let stamped = signed
                .stamped_at
                .map(|at| format!(", tidsstämplad {}", swedish_time(at)))
                .unwrap_or_default();
            format!(
                "förde in underskriften på {} i {} ({}, som {}{stamped})",
                signed.seat, signed.copy, signed.level, signed.as_role
            )
        }
        Event::Voided(voided) => format!("makulerade {}", voided.copy),
        Event::Withdrawn(withdrawn) => format!(
            "tog tillbaka bekräftelsen i post {} om {}",
            withdrawn.confirmed, withdrawn.copy
        ),
    }
}

fn received_sentence(received: &Received) -> String {
    let Some(copy) = &received.copy else {
        return format!(
            "tog emot en fil som inte är ett exemplar härifrån, kontrollsumma {}",
            received.file.short()
        );
    };
    let place = match received.place {
        ReceivedPlace::Earlier => ", ett tidigare läge än det nyaste kända",
        ReceivedPlace::Foreign => "",
        ReceivedPlace::Fork => ", en gren bredvid det nyaste kända läget",
        ReceivedPlace::Newer => ", som går vidare från det nyaste kända läget",
        ReceivedPlace::Same => ", det nyaste kända läget",
    };
    let with = |standing: Standing| {
        let seats = received.seats.iter();
        seats.filter(|seat| seat.standing == standing).count()
    };
    let (counts, open) = (with(Standing::Counts), with(Standing::ToConfirm));
    let open = if open == 0 {
        String::new()
    } else {
        format!(", {open} att bekräfta")
    };
    format!("tog emot {copy}{place}; {counts} underskrifter räknas{open}")
}
