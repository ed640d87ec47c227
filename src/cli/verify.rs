//! `sigill verify`.

use std::path::PathBuf;
use std::process::ExitCode;

use chrono::{DateTime, Utc};
use clap::Args;

use super::style::{DIM, ERROR, GOOD, WARN, advance, bar, say, shown};
use super::{Context, program, report};
use crate::agreement::{CopyId, Sha256};
use crate::calendar::{swedish_day, swedish_time};
use crate::config::Config;
use crate::journeys::verify::{FileVerdict, KnownCopy, RebuildFinding};
use crate::journeys::{Error, Terms, Workshop, verify};
use crate::validation::{
    Finding, IdentityAnswer, Indication, Severity, SignatureVerdict, Verdict, words,
};

/// Judge files: are they what was signed, by whom, and which copies are they?
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sigill verify out/familjecentral-1.0-bilateral
  sigill verify copy.pdf --trust roots/          without an office: whom to trust
  sigill verify copy.pdf --report verdict.pdf    the verdict as a PDF in Swedish
  sigill verify copy.pdf --rebuild               typeset it again from the register and compare
  sigill verify copy.pdf --bundle familjecentral-1.0-bundle.zip
                                                 the same without an office
  sigill verify copy.pdf --sha256 5f3c…          the digest that someone told you

Without certificates to trust no signature passes. With --json each file is one line, one object.
Exit code: 0 every file passes, 1 at least one does not, 2 could not look.")]
pub(super) struct Arguments {
    /// The files; of a folder or a zip every PDF in it
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// A folder with the certificates to trust, in PEM [default: the office's signatories/trust]
    #[arg(long, value_name = "DIR")]
    trust: Option<PathBuf>,
    /// Judge as of that instant, such as 2031-03-01T12:00:00Z [default: now]
    #[arg(long, value_name = "TIME")]
    at: Option<DateTime<Utc>>,
    /// The copy that the file should be
    #[arg(long, value_name = "COPY")]
    copy: Option<CopyId>,
    /// Ask nobody, not even the hosts that the settings allow
    #[arg(long)]
    no_fetch: bool,
    /// Typeset the copy again and compare, byte for byte
    #[arg(long)]
    rebuild: bool,
    /// A published bundle to typeset it from: a file or an https address
    #[arg(long, value_name = "FILE|URL")]
    bundle: Option<String>,
    /// The SHA-256 that the file should have
    #[arg(long, value_name = "HEX")]
    sha256: Option<Sha256>,
    /// Write the verdicts to a file that ends in .pdf or .json
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Print the verdicts as JSON, one line a file
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(context: &Context, arguments: Arguments) -> Result<ExitCode, Error> {
    let json = arguments.json;
    match look(context, arguments).await {
        Ok(verdicts) => {
            for verdict in &verdicts {
                if json {
                    say(&serde_json::to_string(verdict)?);
                } else {
                    print(verdict);
                }
            }
            let all_good = verdicts.iter().all(FileVerdict::is_good);
            Ok(if all_good {
                ExitCode::SUCCESS
            } else {
                ExitCode::from(1)
            })
        }
        Err(error) => Ok(report::could_not_look(&error)),
    }
}

async fn look(context: &Context, arguments: Arguments) -> Result<Vec<FileVerdict>, Error> {
    let office = context.office_if_any()?;
    let workshop = match &office {
        Some(office) => office.workshop.clone(),
        None => Workshop::new(program(), &Config::default()),
    };
    let request = verify::Request {
        files: arguments.files,
        rebuild: arguments.rebuild,
        bundle: arguments.bundle,
        sha256: arguments.sha256,
        terms: Terms {
            trust: arguments.trust,
            at: arguments.at,
            copy: arguments.copy,
            fetch: !arguments.no_fetch,
        },
        report: arguments.report,
    };
    let bar = bar("judging");
    let verdicts = verify::run(office.as_ref(), &workshop, &request, |done, of| {
        advance(&bar, done, of);
    })
    .await;
    bar.finish_and_clear();
    verdicts
}

fn print(found: &FileVerdict) {
    let (style, sign) = if found.is_good() {
        (GOOD, "✓")
    } else {
        (ERROR, "✗")
    };
    let verdict = &found.verdict;
    say(&format!("{style}{sign}{style:#} {}", shown(&found.file)));
    say(&format!("    sha256      {}", verdict.sha256));
    match found.digest {
        Some(true) => say("                den angivna kontrollsumman stämmer"),
        Some(false) => say(&format!(
            "                {ERROR}inte den kontrollsumma som angavs{ERROR:#}"
        )),
        None => {}
    }
    let (conclusion, meaning) = words::conclusion(verdict.conclusion);
    say(&format!(
        "    slutsats    {style}{conclusion}{style:#} – {meaning}"
    ));
    let (integrity, meaning) = words::integrity(verdict.integrity);
    say(&format!("    innehåll    {integrity} – {meaning}"));
    if let Some(trust) = verdict.trust {
        say(&format!("    betrodd     {}", words::trust(trust)));
    }
    let (identity, meaning) = words::identity(verdict.identity.answer);
    say(&format!("    exemplar    {identity} – {meaning}"));
    if let Some(copy) = &found.copy {
        print_copy(copy);
    }
    if let Some(claims) = &found.claims {
        let copy = &claims.copy;
        say(&format!(
            "    filen säger att den är {copy}, för {}",
            shown(&claims.parties.join(" och "))
        ));
        say(&format!(
            "    på sidorna ska stå  {}",
            claims.data_digest.short()
        ));
    }
    if let Some(line) = rebuild_line(found) {
        say(&format!("    omsättning  {line}"));
    }
    print_completeness(verdict);
    for signature in &verdict.signatures {
        print_signature(signature);
    }
    verdict.identity.findings.iter().for_each(print_finding);
    verdict.findings.iter().for_each(print_finding);
}

fn print_copy(copy: &KnownCopy) {
    let parties: Vec<String> = copy.parties.iter().map(ToString::to_string).collect();
    let shown = if parties.len() > 4 {
        format!("{} parter", parties.len())
    } else {
        parties.join(", ")
    };
    say(&format!(
        "                {} (version {}, {shown})",
        copy.copy, copy.version
    ));
    say(&format!("    utfärdat    {}", swedish_time(copy.issued_at)));
    if let Some(at) = copy.voided_at {
        let reason = match (&copy.void_reason, copy.void_reason_erased_at) {
            (Some(reason), _) => reason.clone(),
            (None, Some(at)) => format!("skälet är raderat {}", swedish_day(at)),
            (None, None) => "skälet saknas; kör `sigill audit`".to_owned(),
        };
        say(&format!(
            "    {WARN}makulerat{WARN:#}   {} – {reason}",
            swedish_time(at)
        ));
    }
    if copy.forked {
        say(&format!(
            "                {WARN}underskrifter gjordes vid sidan av varandra: flera filer gäller{WARN:#}"
        ));
    }
}

fn print_completeness(verdict: &Verdict) {
    let Some(completeness) = &verdict.completeness else {
        return;
    };
    let of = completeness
        .signed
        .len()
        .saturating_add(completeness.unconfirmed.len())
        .saturating_add(completeness.open.len());
    say(&format!(
        "    underskrivet på {} av {of} platser",
        completeness.signed.len()
    ));
    for seat in &completeness.unconfirmed {
        say(&format!(
            "                {WARN}{seat}: räknas inte än{WARN:#}"
        ));
    }
    if completeness.open.len() <= MOST_OPEN_SEATS {
        for seat in &completeness.open {
            say(&format!("                {DIM}{seat}: saknas{DIM:#}"));
        }
    }
}

fn print_signature(signature: &SignatureVerdict) {
    let (style, sign) = match signature.conclusion.indication {
        Indication::TotalPassed => (GOOD, "✓"),
        Indication::Indeterminate => (WARN, "?"),
        Indication::TotalFailed => (ERROR, "✗"),
    };
    say(&format!(
        "    {style}{sign}{style:#} {}",
        words::signature(signature)
    ));
    signature.findings.iter().for_each(print_finding);
}

fn print_finding(finding: &Finding) {
    let (style, sign) = match finding.severity {
        Severity::Fault => (ERROR, "✗"),
        Severity::Warning => (WARN, "!"),
        Severity::Note => (DIM, "·"),
    };
    let place = words::place(finding);
    say(&format!(
        "      {style}{sign}{style:#} {place}{}",
        shown(&finding.swedish)
    ));
    if finding.severity != Severity::Note && !finding.advice_swedish.is_empty() {
        say(&format!("        → {}", shown(&finding.advice_swedish)));
    }
}

fn rebuild_line(found: &FileVerdict) -> Option<String> {
    Some(match &found.rebuild {
        RebuildFinding::DifferentEngine { made_with } => {
            format!("{WARN}skiljer sig, men exemplaret gjordes med {made_with}{WARN:#}")
        }
        RebuildFinding::Differs { at_byte } => {
            format!("{ERROR}skiljer sig från och med byte {at_byte}{ERROR:#}")
        }
        RebuildFinding::FirstRevisionIdentical
            if found.verdict.identity.answer == IdentityAnswer::Newest =>
        {
            "första revisionen ger samma byte; det som följer har registret".to_owned()
        }
        RebuildFinding::FirstRevisionIdentical => "första revisionen ger samma byte".to_owned(),
        RebuildFinding::Identical => "ger samma byte".to_owned(),
        RebuildFinding::NotAsked => return None,
        RebuildFinding::NotPossible { why } => format!("{WARN}inte möjlig: {why}{WARN:#}"),
    })
}

/// Of a joint copy that nobody has signed yet there is no need to list a hundred seats.
const MOST_OPEN_SEATS: usize = 12;
