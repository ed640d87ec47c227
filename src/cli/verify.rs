//! `sigill verify`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::style::{DIM, ERROR, GOOD, WARN, say, say_json, shown};
use super::{Context, program, report};
use crate::agreement::Sha256;
use crate::calendar::swedish_time;
use crate::config::Config;
use crate::journeys::verify::{KnownCopy, KnownSeat, RebuildFinding, RegisterFinding, Verdict};
use crate::journeys::{Error, Kind, Workshop, verify};

/// Tell whether files are copies that were issued, byte for byte
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sigill verify out/familjecentral-1.0-bilateral/*.pdf
  sigill verify copy.pdf --rebuild               typeset it again from the register and compare
  sigill verify copy.pdf --bundle familjecentral-1.0-bundle.zip
                                                 the same without an office
  sigill verify copy.pdf --sha256 5f3c…          the digest that someone told you

The register tells which seats were signed; the file's signatures are not judged yet.
Exit code: 0 every file is good, 1 at least one is not, 2 could not look.")]
pub(super) struct Arguments {
    /// The files
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Typeset the copy again and compare, byte for byte
    #[arg(long)]
    rebuild: bool,
    /// A published bundle to typeset it from: a file or an https address
    #[arg(long, value_name = "FILE|URL")]
    bundle: Option<String>,
    /// The SHA-256 that the file should have
    #[arg(long, value_name = "HEX")]
    sha256: Option<Sha256>,
    /// Print the verdicts as JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(context: &Context, arguments: Arguments) -> Result<ExitCode, Error> {
    let json = arguments.json;
    match look(context, arguments).await {
        Ok(verdicts) => {
            if json {
                say_json(&verdicts)?;
            } else {
                verdicts.iter().for_each(print);
            }
            let all_good = verdicts.iter().all(Verdict::is_good);
            Ok(if all_good {
                ExitCode::SUCCESS
            } else {
                ExitCode::from(1)
            })
        }
        Err(error) => {
            // Here 1 means "not good", so that whatever kept us from looking is 2.
            let internal = error.kind() == Kind::Internal;
            let code = report::error(&error);
            Ok(if internal { code } else { ExitCode::from(2) })
        }
    }
}

async fn look(context: &Context, arguments: Arguments) -> Result<Vec<Verdict>, Error> {
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
    };
    verify::run(office.as_ref(), &workshop, &request).await
}

fn print(verdict: &Verdict) {
    let (style, sign) = if verdict.is_good() {
        (GOOD, "✓")
    } else {
        (ERROR, "✗")
    };
    say(&format!(
        "{style}{sign}{style:#} {}",
        shown(&verdict.file.display().to_string())
    ));
    say(&format!("    sha256      {}", verdict.sha256));
    match verdict.digest {
        Some(true) => say("                den angivna kontrollsumman stämmer"),
        Some(false) => say(&format!(
            "                {ERROR}inte den kontrollsumma som angavs{ERROR:#}"
        )),
        None => {}
    }
    say(&format!("    registret   {}", register_line(verdict)));
    if let Some(copy) = &verdict.copy {
        if verdict.register == RegisterFinding::EarlierHead {
            print_newer(copy);
        }
        print_copy(copy);
    }
    if let Some(claims) = &verdict.claims {
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
    if let Some(line) = rebuild_line(verdict) {
        say(&format!("    omsättning  {line}"));
    }
    if let Some(copy) = &verdict.copy {
        print_signatures(copy);
    }
    say(&format!(
        "    {DIM}filens underskrifter bedöms inte än{DIM:#}"
    ));
}

fn register_line(verdict: &Verdict) -> String {
    match verdict.register {
        RegisterFinding::EarlierHead => format!("{ERROR}ett tidigare läge av ett utfärdat exemplar{ERROR:#}"),
        RegisterFinding::FirstRevision => {
            "första revisionen är byte för byte ett utfärdat exemplar; det som följer bedöms inte än".to_owned()
        }
        RegisterFinding::Head => {
            "byte för byte det senaste kända läget av ett utfärdat exemplar".to_owned()
        }
        RegisterFinding::Issued => "byte för byte ett utfärdat exemplar".to_owned(),
        RegisterFinding::Modified => format!("{ERROR}ändrad: inte de byte som utfärdades under det namnet{ERROR:#}"),
        RegisterFinding::NoRegister => "inget register här att fråga".to_owned(),
        RegisterFinding::Unknown => format!("{ERROR}inget exemplar i registret{ERROR:#}"),
    }
}

fn print_copy(copy: &KnownCopy) {
    let parties: Vec<String> = copy.parties.iter().map(ToString::to_string).collect();
    let shown = if parties.len() > 4 {
        format!("{} parter", parties.len())
    } else {
        parties.join(", ")
    };
    say(&format!(
        "    exemplar    {} (version {}, {shown})",
        copy.copy, copy.version
    ));
    say(&format!("    utfärdat    {}", swedish_time(copy.issued_at)));
    if let Some(at) = copy.voided_at {
        let reason = copy.void_reason.as_deref().unwrap_or("skälet är raderat");
        say(&format!(
            "    {WARN}makulerat{WARN:#}   {} – {reason}",
            swedish_time(at)
        ));
    }
}

/// What to do with a file that is not the newest one.
fn print_newer(copy: &KnownCopy) {
    say(&format!(
        "                den senaste filen har sha256 {}",
        copy.head
    ));
    say(&format!(
        "                använd den, så att ingen underskrift går förlorad; sigill generate {} lägger den i out/",
        copy.agreement
    ));
}

/// What the register says of seal and signatures: entered, not judged.
fn print_signatures(copy: &KnownCopy) {
    if let Some(seal) = &copy.sealed {
        say(&format!(
            "    stämpel     enligt registret, {} {}",
            seal.level,
            swedish_time(seal.at)
        ));
    }
    let signed = || {
        let of_seat = |seat: &KnownSeat| Some((seat.seat.clone(), seat.signed.clone()?));
        copy.seats.iter().filter_map(of_seat)
    };
    say(&format!(
        "    underskrivet enligt registret på {} av {} platser",
        signed().count(),
        copy.seats.len()
    ));
    for (seat, signature) in signed() {
        let (what, at) = match signature.stamped_at {
            Some(at) => ("tidsstämplad", at),
            None => ("införd", signature.at),
        };
        say(&format!(
            "                {seat}: {}, {what} {}, som {}",
            signature.level,
            swedish_time(at),
            signature.as_role
        ));
    }
    if copy.forked {
        say(&format!(
            "                {WARN}underskrifter gjordes vid sidan av varandra: flera filer gäller{WARN:#}"
        ));
    }
}

fn rebuild_line(verdict: &Verdict) -> Option<String> {
    Some(match &verdict.rebuild {
        RebuildFinding::DifferentEngine { made_with } => {
            format!("{WARN}skiljer sig, men exemplaret gjordes med {made_with}{WARN:#}")
        }
        RebuildFinding::Differs { at_byte } => {
            format!("{ERROR}skiljer sig från och med byte {at_byte}{ERROR:#}")
        }
        RebuildFinding::FirstRevisionIdentical if verdict.register == RegisterFinding::Head => {
            "första revisionen ger samma byte; det som följer har registret".to_owned()
        }
        RebuildFinding::FirstRevisionIdentical => {
            format!("{WARN}första revisionen ger samma byte; det som följer bedöms inte än{WARN:#}")
        }
        RebuildFinding::Identical => "ger samma byte".to_owned(),
        RebuildFinding::NotAsked => return None,
        RebuildFinding::NotPossible { why } => format!("{WARN}inte möjlig: {why}{WARN:#}"),
    })
}
