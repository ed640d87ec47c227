//! `sigill erase`.

use std::process::ExitCode;

use clap::Args;

use super::report::Question;
use super::style::{DIM, GOOD, WARN, say, say_json};
use crate::agreement::{Name, Sha256};
use crate::journeys::erase::{Holds, Proposal, Request};
use crate::journeys::{Error, Office, erase};

/// Remove documents that hold personal data, on a ground that the register keeps
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sigill erase --entry 41 --ground \"Gallras enligt dokumenthanteringsplanen, punkt 4.2\"
  sigill erase --entry 41 --key condition --ground \"Begäran om radering, dnr 2026-118\"
  sigill erase 5f3c… --ground \"Inkom av misstag\" --yes

Words behind entries, extracts from minutes, letters, scans and files that are no copies can be
erased. Copies, their data, the frozen text and signed files stay: they prove the agreement.
The register keeps the digest and says \"raderat\"; everything else still verifies. The ground
stands in the register for good: write no name and no number of a person in it. Backups made
before still hold what was erased, and restoring one brings it back.")]
pub(super) struct Arguments {
    /// The documents, by their SHA-256 as `sigill log --json` shows them
    #[arg(value_name = "SHA256", required_unless_present = "entry")]
    documents: Vec<Sha256>,
    /// Everything that may be erased of this entry, by its number
    #[arg(long, value_name = "N")]
    entry: Option<u64>,
    /// Of that entry only these words: reason, condition, dissent, ground, person, witness, comment, general
    #[arg(long, value_name = "KEY", requires = "entry")]
    key: Option<String>,
    /// The ground in law or in the retention plan; kept in the register in clear text
    #[arg(long, value_name = "WHY")]
    ground: Name,
    /// Do not ask
    #[arg(long)]
    yes: bool,
    /// Print what was erased as JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(office: &Office, arguments: Arguments) -> Result<ExitCode, Error> {
    let request = Request {
        documents: arguments.documents,
        entry: arguments.entry,
        key: arguments.key,
    };
    let proposal = erase::propose(office, &request).await?;
    if !arguments.json {
        print_proposal(&proposal);
    }
    let question = Question {
        text: "Ska det raderas? Det kan inte göras ogjort.",
        after_no: "Inget är raderat.",
        hint: "look at what is to be erased, and say --yes",
    };
    if let Some(code) = question.refused(arguments.yes) {
        return Ok(code);
    }
    let outcome = erase::run(office, &request, &proposal, &arguments.ground).await?;
    if arguments.json {
        say_json(&outcome)?;
        return Ok(ExitCode::SUCCESS);
    }
    say(&format!(
        "{GOOD}✓{GOOD:#} {}; det är infört som post {}.",
        erased_words(outcome.erased),
        outcome.seq
    ));
    say(&format!(
        "  {WARN}obs{WARN:#}  säkerhetskopior från tiden före i dag har kvar det raderade: gallra dem också"
    ));
    Ok(ExitCode::SUCCESS)
}

fn print_proposal(proposal: &Proposal) {
    for document in &proposal.documents {
        let named_by: Vec<String> = document
            .named_by
            .iter()
            .map(|(entry, holds)| format!("{} i post {entry}", holds_words(*holds)))
            .collect();
        let gone = if document.is_gone {
            " (filen är redan borta)"
        } else {
            ""
        };
        say(&format!("    {}{gone}", named_by.join(", ")));
        say(&format!("    {DIM}sha256 {}{DIM:#}", document.digest));
    }
}

fn erased_words(count: usize) -> String {
    match count {
        1 => "1 handling är raderad".to_owned(),
        count => format!("{count} handlingar är raderade"),
    }
}

/// Returns what a document is, in Swedish.
pub(super) fn holds_words(holds: Holds) -> &'static str {
    match holds {
        Holds::Bundle => "den låsta texten",
        Holds::Copy => "exemplaret så som det utfärdades",
        Holds::CopyData => "exemplarets uppgifter",
        Holds::Extract => "protokollsutdrag",
        Holds::Foreign => "en fil som inte är ett exemplar härifrån",
        Holds::ForeignVerdict => "granskningen av en fil som inte är ett exemplar härifrån",
        Holds::Letter => "brev",
        Holds::Scan => "inläst papper",
        Holds::State => "ett läge av ett exemplar",
        Holds::Verdict => "granskningen av ett exemplar",
        Holds::Words("comment" | "general") => "synpunktens ord",
        Holds::Words("condition") => "villkorets ord",
        Holds::Words("dissent") => "reservationens ord",
        Holds::Words("ground") => "grunden för en bekräftelse",
        Holds::Words("person") => "uppgifter om en person",
        Holds::Words("witness") => "vittnets ord",
        Holds::Words(_) => "skälets ord",
    }
}
