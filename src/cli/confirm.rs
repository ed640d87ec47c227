//! `sigill confirm`.

use std::process::ExitCode;

use clap::Args;

use super::report::Question;
use super::style::{GOOD, WARN, say, say_json, shown};
use crate::agreement::{CopyId, Role, SeatId, Sha256};
use crate::journeys::confirm::{Outcome, Proposal, Request};
use crate::journeys::{Error, Office, confirm};

/// Enter whose certificate signed a seat, where the file alone does not tell
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sigill confirm familjecentral-1.0-b1443 1443-chair --ground \"Ringde upp kommunens växel\"
  sigill confirm familjecentral-1.0-b1443 1443-chair --as vice_chair --ground \"…\" --yes
  sigill confirm familjecentral-1.0-b1443 1443-chair --withdraw --ground \"Det var fel person\"

Only a signature that holds, and whose certificate the office trusts, can be confirmed. The entry
names the officer; the ground can be erased, the entry cannot: a wrong one is withdrawn.")]
pub(super) struct Arguments {
    /// The copy
    copy: CopyId,
    /// The seat, as the party's code and the role: 1443-chair
    seat: SeatId,
    /// How you know; kept in the register
    #[arg(long, value_name = "HOW")]
    ground: String,
    /// The certificate's SHA-256, where the seat was signed with several
    #[arg(long, value_name = "SHA256")]
    certificate: Option<Sha256>,
    /// The role in which the person signed: `vice_chair`
    #[arg(long = "as", value_name = "ROLE", conflicts_with = "withdraw")]
    role: Option<Role>,
    /// Take back what was confirmed
    #[arg(long)]
    withdraw: bool,
    /// Do not ask
    #[arg(long)]
    yes: bool,
    /// Print what was entered as JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(office: &Office, arguments: Arguments) -> Result<ExitCode, Error> {
    let request = Request {
        copy: arguments.copy,
        seat: arguments.seat,
        certificate: arguments.certificate,
        role: arguments.role,
    };
    if arguments.withdraw {
        let outcome = confirm::withdraw(office, &request, &arguments.ground).await?;
        return print(
            &request,
            &outcome,
            "är inte längre bekräftad",
            arguments.json,
        );
    }
    let proposal = confirm::propose(office, &request).await?;
    if !arguments.json {
        print_proposal(&proposal);
    }
    let question = Question {
        text: "Är det den personens certifikat?",
        after_no: "Inget är infört.",
        hint: "look at what is confirmed, and say --yes",
    };
    if let Some(code) = question.refused(arguments.yes) {
        return Ok(code);
    }
    let request = Request {
        role: Some(proposal.as_role.clone()),
        ..request
    };
    let expected = proposal.certificate.sha256;
    let outcome = confirm::run(office, &request, expected, &arguments.ground).await?;
    print(&request, &outcome, "är bekräftad", arguments.json)
}

fn print_proposal(proposal: &Proposal) {
    let certificate = &proposal.certificate;
    say(&format!("    exemplar    {}", proposal.copy));
    let title = proposal.title.as_deref().unwrap_or_default();
    say(&format!(
        "    plats       {}, som {} {}",
        proposal.seat,
        proposal.as_role,
        shown(title)
    ));
    match &proposal.recorded_name {
        Some(name) => say(&format!("    i partens fil  {}", shown(name))),
        None => say(&format!(
            "    i partens fil  {WARN}inget namn är antecknat för rollen{WARN:#}"
        )),
    }
    say(&format!("    certifikat  {}", shown(&certificate.name)));
    say(&format!("                {}", shown(&certificate.subject)));
    say(&format!("    utfärdat av {}", shown(&certificate.issuer)));
    say(&format!("    sha256      {}", certificate.sha256));
}

fn print(request: &Request, outcome: &Outcome, what: &str, json: bool) -> Result<ExitCode, Error> {
    if json {
        say_json(outcome)?;
        return Ok(ExitCode::SUCCESS);
    }
    say(&format!(
        "{GOOD}✓{GOOD:#} Underskriften på {} i {} {what} (post {}); {} av {} platser är undertecknade.",
        request.seat, request.copy, outcome.seq, outcome.signed, outcome.seats
    ));
    for moved in &outcome.moved {
        say(&format!(
            "  {WARN}obs{WARN:#}  en fil med exemplarets namn var något annat och ligger nu i {}",
            shown(&moved.display().to_string())
        ));
    }
    Ok(ExitCode::SUCCESS)
}
