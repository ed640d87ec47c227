//! `sigill audit`.

use std::process::ExitCode;

use clap::Args;

use super::erase::holds_words;
use super::report;
use super::style::{DIM, ERROR, GOOD, WARN, advance, bar, counted, say, say_json, shown};
use crate::calendar::swedish_time;
use crate::journeys::audit::{Audited, Finding, Severity};
use crate::journeys::erase::Holds;
use crate::journeys::{Error, Office, audit};

/// Verify the whole register and every document again, from raw storage
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sigill audit
  sigill audit --json

Verifies every entry, the tree and its checkpoint, what witnesses cosigned, every document's digest,
every commitment that is not erased, the frozen texts, that each signed file begins with the one
before, and judges received files again as of then. Changes nothing.
Exit code: 0 all is well, 1 something is not what was entered, 2 could not look.")]
pub(super) struct Arguments {
    /// Print what was found as JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(office: &Office, arguments: &Arguments) -> Result<ExitCode, Error> {
    let bar = bar("auditing");
    let audited = audit::run(office, |_, done, of| advance(&bar, done, of)).await;
    bar.finish_and_clear();
    let audited = match audited {
        Ok(audited) => audited,
        Err(error) => return Ok(report::could_not_look(&error)),
    };
    if arguments.json {
        say_json(&audited)?;
    } else {
        print(&audited);
    }
    Ok(if audited.is_good() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(1)
    })
}

fn print(audited: &Audited) {
    let with = |severity| {
        let findings = audited.findings.iter();
        findings.filter(|it| it.severity() == severity).count()
    };
    let (damages, warnings) = (with(Severity::Damage), with(Severity::Warning));
    if damages > 0 {
        say(&format!(
            "{ERROR}✗{ERROR:#} {damages} fel: något är inte det som har förts in."
        ));
    } else if warnings > 0 {
        say(&format!(
            "{WARN}!{WARN:#} Allt är som det har förts in; {} bör någon se på.",
            counted(warnings, "sak", "saker")
        ));
    } else {
        say(&format!("{GOOD}✓{GOOD:#} Allt är som det har förts in."));
    }
    match (audited.entries, audited.root) {
        (Some(entries), Some(root)) => {
            say(&format!("    register    {entries} poster, rot {root}"));
        }
        (Some(entries), None) => say(&format!("    register    {entries} poster")),
        (None, _) => say("    register    kan inte läsas, eller är tomt"),
    }
    let erased = match audited.erased {
        0 => String::new(),
        count => format!(", {count} raderade"),
    };
    say(&format!(
        "    handlingar  {} kontrollerade{erased}",
        audited.documents
    ));
    if audited.judged > 0 {
        say(&format!(
            "    granskning  {} mottagna filer granskade på nytt",
            audited.judged
        ));
    }
    for witness in &audited.witnesses {
        say(&format!(
            "    vittne      {}, {}",
            shown(&witness.name),
            swedish_time(witness.at)
        ));
    }
    for severity in [Severity::Damage, Severity::Warning, Severity::Note] {
        let findings = audited.findings.iter();
        findings
            .filter(|it| it.severity() == severity)
            .for_each(|it| print_finding(it, severity));
    }
}

fn print_finding(finding: &Finding, severity: Severity) {
    let (style, sign) = match severity {
        Severity::Damage => (ERROR, "✗"),
        Severity::Warning => (WARN, "!"),
        Severity::Note => (DIM, "·"),
    };
    let (words, advice) = words(finding);
    say(&format!("  {style}{sign}{style:#} {}", shown(&words)));
    if !advice.is_empty() {
        say(&format!("    → {advice}"));
    }
}

const RESTORE: &str =
    "lägg tillbaka kontoret från en säkerhetskopia: `sigill restore FIL --reason VARFÖR`";

/// Returns what was found and what to do about it, in Swedish.
fn words(finding: &Finding) -> (String, &'static str) {
    match finding {
        Finding::ClockWentBack { seq, count } => (
            format!(
                "Klockan har gått bakåt {}, först vid post {seq}; ordningen mellan posterna gäller ändå.",
                counted(count, "gång", "gånger")
            ),
            "se till att datorns klocka ställs automatiskt",
        ),
        Finding::CosignedOther { entries } => (
            format!(
                "Vittnen har bestyrkt ett annat förlopp än det som finns här (vid {entries} poster)."
            ),
            "registret är omskrivet, eller en äldre kopia ligger här: tala med vittnena, och lägg tillbaka rätt kopia",
        ),
        Finding::DocumentChanged { digest, named_by } => (
            format!("Handlingen {digest} är ändrad{}.", named(named_by)),
            RESTORE,
        ),
        Finding::DocumentMissing { digest, named_by } => (
            format!(
                "Handlingen {digest} saknas, och är inte raderad{}.",
                named(named_by)
            ),
            "lägg tillbaka kontoret från en säkerhetskopia, eller för in raderingen om den var avsedd: `sigill erase`",
        ),
        Finding::ErasedThere { digest } => (
            format!("Handlingen {digest} är införd som raderad, men finns kvar."),
            "kom den tillbaka med en säkerhetskopia? Radera den på nytt: `sigill erase`",
        ),
        Finding::HeadBroken { copy, digest } => (
            format!(
                "Ett läge av {copy} ({digest}) bygger inte på läget före, eller har en annan storlek än den införda."
            ),
            "posten och filen hör inte ihop: tala med den som skötte kontoret, och jämför med parternas filer",
        ),
        Finding::Index { table } => (
            format!(
                "Hjälptabellen {table} stämmer inte med posterna; översikter kan visa fel antal."
            ),
            "lägg tillbaka kontoret från en säkerhetskopia gjord nu: det räknar om tabellerna",
        ),
        Finding::Leftover { names, count } => (
            format!(
                "{count} filer bland handlingarna nämns inte av någon post: {}",
                names.join(", ")
            ),
            "de är rester av avbrutna körningar och kan tas bort när ingen arbetar i kontoret",
        ),
        Finding::NotSigned => (
            "Registret skrevs senast av ett äldre program, som inte intygade det: ändringar kan inte upptäckas.".to_owned(),
            "nästa kommando som för in något intygar det som då finns",
        ),
        Finding::Register {
            problem,
            rolled_back: true,
        } => (
            format!("Här ligger en äldre kopia av kontoret än den som har setts: {problem}"),
            "lägg tillbaka den nyaste kopian, eller för in saken: `sigill restore --here --reason VARFÖR`",
        ),
        Finding::Register {
            problem,
            rolled_back: false,
        } => (
            format!("Registret är skadat eller ändrat: {problem}"),
            RESTORE,
        ),
        Finding::TextChanged {
            agreement,
            version,
            problem,
        } => (
            format!(
                "Den låsta texten till {agreement} {version} är inte den som publicerades: {problem}"
            ),
            RESTORE,
        ),
        Finding::Verdict {
            seq,
            file,
            part,
            before,
            now,
            is_integrity,
        } => {
            let words = format!(
                "Filen i post {seq} ({file}) bedöms nu annorlunda ({part}): {before} då, {now} nu."
            );
            if *is_integrity {
                (
                    words,
                    "filen själv, eller granskningen som fördes in, är inte den som den var",
                )
            } else {
                (
                    words,
                    "parternas uppgifter, betrodda certifikat eller spärrlistor är andra än då; det införda gäller",
                )
            }
        }
        Finding::VerdictsNotJudged { problem } => (
            format!("Mottagna filer kunde inte granskas på nytt: {problem}"),
            "rätta det, och kör `sigill audit` igen",
        ),
    }
}

fn named(named_by: &[(u64, Holds)]) -> String {
    let named: Vec<String> = named_by
        .iter()
        .take(4)
        .map(|(seq, holds)| format!("{} i post {seq}", holds_words(*holds)))
        .collect();
    if named.is_empty() {
        String::new()
    } else {
        format!(" ({})", named.join(", "))
    }
}
