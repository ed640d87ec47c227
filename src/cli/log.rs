//! `sigill log`.

use std::process::ExitCode;

use clap::Args;

use super::generate::form_name;
use super::style::{DIM, say, say_json};
use crate::agreement::{AgreementId, CopyId, PartyCode};
use crate::calendar::{swedish_day, swedish_time};
use crate::journeys::log::{LogLine, Words};
pub(super) use crate::journeys::status::words::{letter as letter_words, outcome as outcome_words};
use crate::journeys::{Error, Office, log};
use crate::register::{Event, PartyChange, Received, ReceivedPlace, Standing};

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
    let words: String = line.words.iter().map(shown).collect();
    say(&format!(
        "{:>5}  {}  {DIM}{:<12}{DIM:#}  {}{words}",
        entry.seq,
        swedish_time(entry.at),
        entry.actor,
        sentence(&entry.event, entry.agreement.as_ref())
    ));
}

fn shown(words: &Words) -> String {
    let label = match words.key {
        "comment" => "synpunkt",
        "condition" => "villkor",
        "dissent" => "reservation",
        "general" => "synpunkt på helheten",
        "ground" => "grund",
        "person" => "person",
        "witness" => "vittne",
        _ => "skäl",
    };
    format!(" – {label}: {}", text_of(words))
}

/// Returns words as they were written, or what became of them.
pub(super) fn text_of(words: &Words) -> String {
    match (&words.text, words.erased_at) {
        (Some(text), _) => text.clone(),
        (None, Some(at)) => format!("raderat {}", swedish_day(at)),
        (None, None) => "SAKNAS; kör `sigill audit`".to_owned(),
    }
}

/// Returns what an entry says, in Swedish.
pub(super) fn sentence(event: &Event, agreement: Option<&AgreementId>) -> String {
    let agreement = agreement.map(ToString::to_string).unwrap_or_default();
    match event {
        Event::Answered(answered) => format!(
            "förde in svar från {} i remissen i post {}, mottaget {}",
            answered.by, answered.consultation, answered.received_on
        ),
        Event::Authorised(authorised) => {
            format!("förde in vem som får skriva under för {}", authorised.party)
        }
        Event::Confirmed(confirmed) => format!(
            "bekräftade vem som skrev under på {} i {}, som {} (certifikat {})",
            confirmed.seat,
            confirmed.copy,
            confirmed.as_role,
            confirmed.certificate.short()
        ),
        Event::Considered(considered) => format!(
            "tog ställning till en synpunkt i svaret i post {}{}",
            considered.answer,
            considered
                .clause
                .as_ref()
                .map(|clause| format!(", {clause}"))
                .unwrap_or_default()
        ),
        Event::ConsultationClosed(closed) => {
            format!("avslutade remissen i post {}", closed.consultation)
        }
        Event::ConsultationOpened(opened) => format!(
            "skickade {agreement} {} på remiss till {} mottagare, svar senast {}",
            opened.version,
            opened.recipients.len(),
            opened.answer_by
        ),
        Event::Corrected(corrected) => match &corrected.instead {
            Some(instead) => format!(
                "rättade post {}: {}",
                corrected.entry,
                sentence(instead, None)
            ),
            None => format!("strök post {}", corrected.entry),
        },
        Event::Decided(decided) => format!(
            "förde in beslut av {} {} för {}: {}",
            decided.minutes.body,
            decided.minutes.met_on,
            decided.party,
            outcome_words(decided.outcome)
        ),
        Event::Declined(declined) => format!(
            "förde in att {} avböjer {agreement} {}, brev daterat {}",
            declined.party, declined.version, declined.dated
        ),
        Event::Erased(erased) => match erased.documents.len() {
            1 => format!("raderade 1 handling, grund: {}", erased.ground),
            count => format!("raderade {count} handlingar, grund: {}", erased.ground),
        },
        Event::Extended(extended) => {
            format!(
                "kompletterade bevisen i {} till {}",
                extended.copy, extended.level
            )
        }
        Event::Inked(inked) => format!(
            "förde in underskrifter på papper i {}, daterade {}; originalet finns hos {}",
            inked.copy, inked.signed_on, inked.held_by
        ),
        Event::Issued(issued) => format!("utfärdade {} ({})", issued.copy, form_name(issued.form)),
        Event::Lettered(lettered) => {
            let to = match lettered.to.as_slice() {
                [only] => only.party.to_string(),
                several => format!("{} parter", several.len()),
            };
            format!(
                "skrev {}, {agreement} {}, till {to}",
                letter_words(lettered.letter),
                lettered.version
            )
        }
        Event::Notified(notified) => format!(
            "förde in uppsägning från {}, mottagen {} ({})",
            notified.party, notified.received_on, notified.way
        ),
        Event::Opened(opened) => format!("öppnade registret {}", opened.origin),
        Event::PartyChanged(changed) => format!(
            "förde in ändring av part {} från {}: {}",
            changed.party,
            changed.from,
            change_words(&changed.change)
        ),
        Event::Published(published) => {
            format!(
                "låste {agreement} {}, kontrollsumma {}",
                published.version,
                published.text_digest.short()
            )
        }
        Event::Received(received) => received_sentence(received),
        Event::Recommended(recommended) => format!(
            "förde in ställningstagande av {} {}: {}",
            recommended.by,
            recommended.minutes.met_on,
            outcome_words(recommended.outcome)
        ),
        Event::Reissued(reissued) => format!(
            "utfärdade {} i stället för {}",
            reissued.issued.copy, reissued.replaces
        ),
        Event::Relieved(relieved) => format!(
            "avslutade en rätt att skriva under för {} den {} (post {})",
            relieved.party, relieved.last_day, relieved.authorised
        ),
        Event::Restored(restored) => format!(
            "återställde registret från en säkerhetskopia med {} poster",
            restored.entries
        ),
        Event::Retracted(retracted) => format!(
            "förde in att {} tar tillbaka sitt beslut om {agreement} {}, brev daterat {}",
            retracted.party, retracted.version, retracted.dated
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
        Event::Settled(settled) => format!(
            "förde in att villkoret i post {} {}",
            settled.decision,
            if settled.is_resolved {
                "är uppfyllt"
            } else {
                "inte godtas"
            }
        ),
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

/// Returns what changed of a party, in Swedish.
pub(super) fn change_words(change: &PartyChange) -> String {
    let codes = |codes: &[PartyCode]| {
        let codes: Vec<&str> = codes.iter().map(PartyCode::as_str).collect();
        codes.join(", ")
    };
    match change {
        PartyChange::Merged { into } => format!("går upp i {into}"),
        PartyChange::Renamed { legal_name, .. } => format!("heter {legal_name}"),
        PartyChange::Renumbered { org_number } => format!("har organisationsnummer {org_number}"),
        PartyChange::Split { into } => format!("delas i {}", codes(into)),
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
