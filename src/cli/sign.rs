//! `sigill sign`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::generate::FormArgument;
use super::secret::SecretArguments;
use super::style::{ERROR, GOOD, HEADING, WARN, advance, bar, say, say_json, shown};
use crate::agreement::{AgreementId, CopyId, Form, Level, Name, Role, SeatId, VersionNumber};
use crate::calendar::swedish_time;
use crate::journeys::{
    Error, KeyPlace, KeySource, Kind, Office, SignedCopy, Summary, Wanted, Warning, extend,
    prepare, sign,
};

/// Sign copies in a seat: one or hundreds in one go, with one passphrase or PIN
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    after_help = "Examples:
  sigill sign copy.pdf --seat 1443-chair --key asa.p12
  sigill sign out/familjecentral-1.0-bilateral --seat 14-director --key region.p12
  sigill sign copy.pdf --seat 1443-chair --as vice_chair --key asa.p12 --dry-run
  sigill sign copy.pdf --seat 1443-chair --certificates asa.pem \\
      --key 'pkcs11:token=asa;object=signing?module-path=/usr/lib/softhsm/libsofthsm2.so'

The signed copy takes the place of the file, and the register enters it. The signature counts where
the certificate is tied to somebody who may sign (`sigill authorise`, `sigill parties pin`); where
nobody is recorded it waits for `sigill confirm`, or for --ground. A file that is older than
what the register knows is not signed: the newest is, and takes its place. Of several copies those
that are signed in the seat are left as they are, so a run that stopped can be run again. The level
is B-T, with a time-stamp from an authority in sigill.toml; a lower one is made only when it is
asked for."
)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    what: Option<What>,
    /// The key: a PKCS#12 or PEM file, or a PKCS#11 address (pkcs11:token=…;object=…)
    #[arg(long, value_name = "FILE|URI", required = true)]
    key: Option<KeyPlace>,
    /// PEM file with the key's certificate or its issuers', where the key's place lacks them
    #[arg(long, value_name = "FILE")]
    certificates: Option<PathBuf>,
    #[command(flatten)]
    secret: SecretArguments,
    /// Sign with RSA-PSS where the key is an RSA key
    #[arg(long)]
    pss: bool,
    /// The folder for the signed files [default: each file is replaced]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// How you know whose certificate it is, where the register does not tell; kept in the register
    #[arg(long, value_name = "HOW")]
    ground: Option<String>,
    /// Show what would be signed, and sign nothing
    #[arg(long)]
    dry_run: bool,
    /// Print the summary as JSON
    #[arg(long)]
    json: bool,
}

/// What is signed, and what the signature says.
#[derive(Debug, Args)]
struct What {
    /// The copies: files, or folders of them
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The seat, as the party's code and the role: 1443-chair
    #[arg(long)]
    seat: SeatId,
    /// The role you sign in, where it is not the seat's first: `vice_chair`
    #[arg(long = "as", value_name = "ROLE")]
    role: Option<Role>,
    /// B-B, B-T, B-LT or B-LTA (ETSI EN 319 142-1) [default: sigill.toml, else B-T]
    #[arg(long)]
    level: Option<Level>,
    /// Why you sign [default: a sentence that names agreement and party]
    #[arg(long, value_name = "WHY")]
    reason: Option<Name>,
    /// Where you sign [default: sigill.toml]
    #[arg(long, value_name = "PLACE")]
    location: Option<Name>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Prepare signatures for a signing service elsewhere: only digests leave
    #[command(after_help = "Example:
  sigill sign prepare copy.pdf --seat 1443-chair --certificates asa.pem --request asa.json

The request file holds a digest for each copy. Let the service sign it, then run `sigill sign
finish`. Until then, or until the time is out, nobody else can sign these copies.")]
    Prepare(Prepare),
    /// Make signatures of what a signing service gave
    #[command(after_help = "Examples:
  sigill sign finish asa.json --value asa.sig
  sigill sign finish asa.json            each item of the file has its \"value\", in Base64")]
    Finish(Finish),
    /// Give prepared copies back without signing them
    #[command(after_help = "Examples:
  sigill sign cancel asa.json
  sigill sign cancel --copy familjecentral-1.0-b1443     the request file is lost")]
    Cancel(Cancel),
    /// Bring complete copies to B-LT or B-LTA, or renew their archive time-stamps
    #[command(after_help = "Examples:
  sigill sign extend familjecentral
  sigill sign extend familjecentral --renew
  sigill sign extend familjecentral --copy familjecentral-1.0-b1443 --level B-LT

Certificates and revocation information are fetched, checked and put into each file; at B-LTA a
document time-stamp protects them. Copies that lack signatures are left alone unless named.")]
    Extend(Extend),
}

#[derive(Debug, Args)]
struct Prepare {
    #[command(flatten)]
    what: What,
    /// PEM file: your certificate and those of its issuers
    #[arg(long, value_name = "FILE")]
    certificates: PathBuf,
    /// Where the request file is written
    #[arg(long, value_name = "FILE")]
    request: PathBuf,
    /// How long the copies are held, in hours
    #[arg(long, default_value_t = 24, value_parser = clap::value_parser!(u32).range(1..=720))]
    hours: u32,
    /// The service signs with RSA-PSS
    #[arg(long)]
    pss: bool,
    /// The folder for the signed files [default: each file is replaced]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Print the summary as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct Finish {
    /// The request file
    request: PathBuf,
    /// The signature value, as bytes or in Base64, where there is one copy
    #[arg(long, value_name = "FILE")]
    value: Option<PathBuf>,
    /// How you know whose certificate it is, where the register does not tell; kept in the register
    #[arg(long, value_name = "HOW")]
    ground: Option<String>,
    /// Print the signed copies as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct Cancel {
    /// The request file
    #[arg(required_unless_present = "copy")]
    request: Option<PathBuf>,
    /// The copy, where the request file is lost
    #[arg(long, value_name = "COPY", conflicts_with = "request")]
    copy: Option<CopyId>,
}

#[derive(Debug, Args)]
struct Extend {
    /// The agreement
    agreement: AgreementId,
    /// Only this version
    #[arg(long = "version", value_name = "V")]
    number: Option<VersionNumber>,
    /// Only copies in this form
    #[arg(long, value_enum)]
    form: Option<FormArgument>,
    /// This copy, also while it lacks signatures; may be repeated
    #[arg(long = "copy", value_name = "COPY")]
    copies: Vec<CopyId>,
    /// B-LT or B-LTA
    #[arg(long, default_value = "B-LTA", value_parser = long_term)]
    level: Level,
    /// Add an archive time-stamp also where there is one
    #[arg(long, conflicts_with = "level")]
    renew: bool,
    /// Print the summary as JSON
    #[arg(long)]
    json: bool,
}

fn long_term(text: &str) -> Result<Level, String> {
    match text.parse::<Level>() {
        Ok(level @ (Level::Lt | Level::Lta)) => Ok(level),
        _ => Err("expected B-LT or B-LTA".to_owned()),
    }
}

pub(super) async fn run(office: &Office, arguments: Arguments) -> Result<ExitCode, Error> {
    match arguments.command {
        Some(Command::Prepare(arguments)) => run_prepare(office, arguments).await,
        Some(Command::Finish(arguments)) => run_finish(office, &arguments).await,
        Some(Command::Cancel(arguments)) => run_cancel(office, &arguments).await,
        Some(Command::Extend(arguments)) => run_extend(office, arguments).await,
        None => run_sign(office, arguments).await,
    }
}

async fn run_sign(office: &Office, arguments: Arguments) -> Result<ExitCode, Error> {
    let (Some(what), Some(place)) = (arguments.what, arguments.key) else {
        return Ok(super::report::user(
            "files, --seat and --key are needed",
            "`sigill sign --help` shows examples",
        ));
    };
    let prompt = match place {
        KeyPlace::File(_) => "Lösenord för nyckeln",
        KeyPlace::Pkcs11(_) => "PIN",
    };
    let source = KeySource {
        place,
        certificates: arguments.certificates,
        secret: arguments.secret.source(prompt),
        pss: arguments.pss,
    };
    let mut wanted = what.wanted(arguments.out);
    wanted.ground = arguments.ground;
    let mut key = source.open(&office.config)?;
    if arguments.dry_run {
        let summary = sign::preview(office, &wanted, key.as_ref()).await?;
        return print(&summary, Done::Shown, arguments.json);
    }
    let bar = bar("Undertecknar");
    let mut progress = |done, of| advance(&bar, done, of);
    let result = sign::run(office, &wanted, key.as_mut(), &mut progress).await;
    bar.finish_and_clear();
    print(&result?, Done::Signed, arguments.json)
}

async fn run_prepare(office: &Office, arguments: Prepare) -> Result<ExitCode, Error> {
    let request = prepare::Request {
        certificates: arguments.certificates,
        pss: arguments.pss,
        hours: arguments.hours,
        request: arguments.request,
    };
    let mut wanted = arguments.what.wanted(arguments.out);
    // Whoever finishes may stand in another folder.
    for path in wanted.files.iter_mut().chain(&mut wanted.out) {
        if let Ok(absolute) = std::path::absolute(&*path) {
            *path = absolute;
        }
    }
    let (summary, file) = prepare::prepare(office, &wanted, &request).await?;
    if arguments.json {
        say_json(&file)?;
        return Ok(ExitCode::SUCCESS);
    }
    print(&summary, Done::Prepared, false)?;
    say(&format!(
        "  begäran finns i {} ({})",
        request.request.display(),
        file.signature_algorithm
    ));
    if let Some(item) = file.items.first() {
        say(&format!(
            "  exemplaren är reserverade till {}",
            swedish_time(item.until)
        ));
    }
    say(&format!(
        "  nästa steg: sigill sign finish {}",
        request.request.display()
    ));
    Ok(ExitCode::SUCCESS)
}

async fn run_finish(office: &Office, arguments: &Finish) -> Result<ExitCode, Error> {
    let (value, ground) = (arguments.value.as_deref(), arguments.ground.as_deref());
    let finished = prepare::finish(office, &arguments.request, value, ground).await?;
    if arguments.json {
        say_json(&finished)?;
    } else {
        let copies = &finished.copies;
        say(&format!(
            "{GOOD}✓{GOOD:#} {} exemplar är undertecknade.",
            copies.len()
        ));
        print_copies(copies);
        say_moved(&finished.moved);
        if !finished.confirmed.is_empty() {
            let copies = finished.confirmed.clone();
            say(&format!(
                "  {}",
                warning_line(&Warning::Confirmed { copies })
            ));
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn run_cancel(office: &Office, arguments: &Cancel) -> Result<ExitCode, Error> {
    let request = match (&arguments.request, &arguments.copy) {
        (Some(request), _) => request,
        (None, Some(copy)) => {
            prepare::cancel_copy(office, copy).await?;
            say(&format!("{copy} är inte längre reserverat."));
            return Ok(ExitCode::SUCCESS);
        }
        (None, None) => {
            return Ok(super::report::user(
                "a request file or --copy is needed",
                "`sigill sign cancel --help` shows examples",
            ));
        }
    };
    let cancelled = prepare::cancel(office, request).await?;
    say(&format!(
        "{} exemplar är inte längre reserverade.",
        cancelled.released.len()
    ));
    for copy in &cancelled.gone {
        say(&format!(
            "  {WARN}obs{WARN:#}  {copy} var inte reserverat här: det är undertecknat, återlämnat eller övertaget"
        ));
    }
    Ok(ExitCode::SUCCESS)
}

async fn run_extend(office: &Office, arguments: Extend) -> Result<ExitCode, Error> {
    let request = extend::Request {
        agreement: arguments.agreement,
        version: arguments.number,
        form: arguments.form.map(Form::from),
        copies: arguments.copies,
        level: arguments.level,
        renew: arguments.renew,
    };
    let bar = bar("Hämtar bevis");
    let mut progress = |done, of| advance(&bar, done, of);
    let result = extend::run(office, &request, &mut progress).await;
    bar.finish_and_clear();
    let summary = result?;
    if arguments.json {
        say_json(&summary)?;
        return Ok(exit_code(&summary));
    }
    if summary.extended.is_empty() {
        say("Inget exemplar är utökat.");
    } else {
        say(&format!(
            "{GOOD}✓{GOOD:#} {} exemplar har nu nivån {}.",
            summary.extended.len(),
            request.level
        ));
    }
    if !summary.unchanged.is_empty() {
        say(&format!(
            "  {} exemplar hade redan nivån; --renew ger dem en ny arkivtidsstämpel",
            summary.unchanged.len()
        ));
    }
    let fate = if request.copies.is_empty() {
        " och lämnades som de är"
    } else {
        ""
    };
    say_moved(&summary.moved);
    for failed in &summary.failed {
        say(&format!(
            "  {ERROR}nej{ERROR:#}  {}: {}",
            failed.copy,
            shown(&failed.problem)
        ));
    }
    if !summary.incomplete.is_empty() {
        say(&format!(
            "  {WARN}obs{WARN:#}  {} exemplar är ännu ute för underskrift{fate}: {}",
            summary.incomplete.len(),
            listed(&summary.incomplete)
        ));
    }
    Ok(exit_code(&summary))
}

/// A copy that could not be extended makes the command fail, also as JSON.
fn exit_code(summary: &extend::Summary) -> ExitCode {
    if summary.failed.is_empty() {
        ExitCode::SUCCESS
    } else {
        super::report::exit_code(Kind::Refused)
    }
}

fn say_moved(moved: &[PathBuf]) {
    for file in moved {
        let file = file.clone();
        let line = warning_line(&Warning::Moved { file });
        say(&format!("  {WARN}obs{WARN:#}  {line}"));
    }
}

/// Names the first few of some copies.
fn listed(copies: &[CopyId]) -> String {
    let names: Vec<&str> = copies.iter().map(CopyId::as_str).take(SHOWN).collect();
    let more = copies.len().saturating_sub(SHOWN);
    if more == 0 {
        names.join(", ")
    } else {
        format!("{} … och {more} till", names.join(", "))
    }
}

impl What {
    fn wanted(self, out: Option<PathBuf>) -> Wanted {
        Wanted {
            files: self.files,
            seat: self.seat,
            role: self.role,
            level: self.level,
            reason: self.reason,
            location: self.location,
            out,
            ground: None,
        }
    }
}

/// What was done with the copies of a summary.
#[derive(Clone, Copy)]
enum Done {
    Prepared,
    Shown,
    Signed,
}

fn print(summary: &Summary, done: Done, json: bool) -> Result<ExitCode, Error> {
    if json {
        say_json(summary)?;
        return Ok(ExitCode::SUCCESS);
    }
    let (count, name) = (summary.copies.len(), shown(&summary.name));
    let (seat, level) = (&summary.seat, summary.level);
    say(&match done {
        Done::Prepared => format!(
            "{GOOD}✓{GOOD:#} {count} exemplar är förberedda för {name} på plats {seat} (nivå {level})."
        ),
        Done::Shown => format!(
            "{HEADING}{count} exemplar skulle undertecknas{HEADING:#} av {name} på plats {seat} (nivå {level})."
        ),
        Done::Signed => format!(
            "{GOOD}✓{GOOD:#} {count} exemplar är undertecknade av {name} på plats {seat} (nivå {level})."
        ),
    });
    print_copies(&summary.copies);
    for warning in &summary.warnings {
        say(&format!("  {WARN}obs{WARN:#}  {}", warning_line(warning)));
    }
    Ok(ExitCode::SUCCESS)
}

fn print_copies(copies: &[SignedCopy]) {
    for copy in copies.iter().take(SHOWN) {
        let stamped = copy
            .stamped_at
            .map(|at| format!(", tidsstämplad {}", swedish_time(at)))
            .unwrap_or_default();
        say(&format!(
            "  {}  {} för {}{stamped}",
            copy.copy,
            shown(&copy.title),
            shown(&copy.party)
        ));
        say(&format!("      {}", copy.file.display()));
    }
    say_rest(copies.len());
}

/// Tells that not all of so many copies are listed.
fn say_rest(copies: usize) {
    if copies > SHOWN {
        say(&format!(
            "  … och {} till (--json visar alla)",
            copies.saturating_sub(SHOWN)
        ));
    }
}

fn warning_line(warning: &Warning) -> String {
    match warning {
        Warning::Moved { file } => format!(
            "en fil med ett exemplars namn var något annat; den ligger nu i {}",
            file.display()
        ),
        Warning::Confirmed { copies } => format!(
            "vems certifikatet är är bekräftat med det du skrev, för {}",
            listed(copies)
        ),
        Warning::ToConfirm { copies, why } => format!(
            "underskriften räknas inte ännu i {}: {} Nästa steg: sigill authorise, eller sigill confirm",
            listed(copies),
            shown(why)
        ),
        Warning::Mended { copies } => format!(
            "en tidigare körning avbröts sedan den hade undertecknat {}: underskrifterna är nu införda i registret",
            listed(copies)
        ),
        Warning::RevocationUnknown { reason } => format!(
            "det gick inte att få besked om certifikatet är återkallat ({})",
            shown(reason)
        ),
        Warning::NameDiffers {
            recorded,
            certificate,
        } => format!(
            "partens fil har namnet {}, certifikatet {}",
            shown(recorded),
            shown(certificate)
        ),
        Warning::OlderFile { file } => format!(
            "{} är en äldre utgåva; den nyaste är den som undertecknas, och den tar dess plats",
            file.display()
        ),
        Warning::PersonalNumber => {
            "certifikatet innehåller ett personnummer, som följer med filen till alla som får den"
                .to_owned()
        }
        Warning::SignedBefore { copies } => format!(
            "{} exemplar hade redan en underskrift på platsen och lämnas som de är",
            copies.len()
        ),
        Warning::Untrusted { issuer } => format!(
            "kontoret har inget betrott rotcertifikat för {}; underskriften räknas inte förrän det finns i signatories/trust/",
            shown(issuer)
        ),
    }
}

/// Copies listed on the terminal.
const SHOWN: usize = 5;
