//! `sigill receipt`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::erase::holds_words;
use super::log::sentence;
use super::style::{ERROR, GOOD, WARN, say, say_json, shown};
use super::{Context, report};
use crate::agreement::{AgreementId, CopyId};
use crate::calendar::swedish_time;
use crate::journeys::receipt::{
    CheckRequest, Checked, Fault, FaultKind, FileAnswer, Made, Proof, Wanted,
};
use crate::journeys::{Error, Office, receipt};

/// Hand out the proof that an entry is in the register, or check one
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    after_help = "Examples:
  sigill receipt familjecentral-1.0-b1443     beside the copy's file in out/
  sigill receipt --all familjecentral         for every copy that counts
  sigill receipt --entry 41 --out beslut.tlog-proof
  sigill receipt key --out registrets-nyckel.txt
  sigill receipt check copy.pdf.tlog-proof copy.pdf --key registrets-nyckel.txt

A receipt (C2SP tlog-proof) holds the entry, the path to the root of the register's tree and the
checkpoint that the register signed, with what witnesses added. Whoever has it, the file and the
register's public key can check it without the office and without a network."
)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    /// The copy
    #[arg(required_unless_present_any = ["all", "entry"])]
    copy: Option<CopyId>,
    /// Every copy of this agreement that counts
    #[arg(long, value_name = "AGREEMENT", conflicts_with_all = ["copy", "entry"])]
    all: Option<AgreementId>,
    /// An entry, by its number
    #[arg(long, value_name = "N", conflicts_with = "copy")]
    entry: Option<u64>,
    /// The receipt's file [default: beside the copy's file, or in out/kvitton/]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Print what was written as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Check a receipt, without an office and without a network
    #[command(after_help = "Examples:
  sigill receipt check copy.pdf.tlog-proof copy.pdf --key registrets-nyckel.txt
  sigill receipt check copy.pdf.tlog-proof copy.pdf --key registrets-nyckel.txt \\
    --witnesses vittnen.txt --need 2

Exit code: 0 it proves what was asked, 1 it does not, 2 could not look.")]
    Check(Check),
    /// Hand out the register's public key
    #[command(after_help = "Examples:
  sigill receipt key
  sigill receipt key --out registrets-nyckel.txt

Receipts and checkpoints are checked with it. Hand it out by another way than the receipts.")]
    Key(Key),
}

#[derive(Debug, Args)]
struct Check {
    /// The receipt
    receipt: PathBuf,
    /// The file that it should be for
    file: Option<PathBuf>,
    /// The register's public key, or the file that holds it [default: that of the office, if any]
    #[arg(long, value_name = "FILE|KEY")]
    key: Option<String>,
    /// A file with witnesses' public keys, one a line
    #[arg(long, value_name = "FILE")]
    witnesses: Option<PathBuf>,
    /// How many of these witnesses must have cosigned [default: all]
    #[arg(long, value_name = "N", requires = "witnesses")]
    need: Option<usize>,
    /// Print what was found as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct Key {
    /// Write it to a file
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Print it as JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(context: &Context, arguments: Arguments) -> Result<ExitCode, Error> {
    match arguments.command {
        Some(Command::Check(arguments)) => Ok(check(context, arguments).await),
        Some(Command::Key(arguments)) => key(&context.office()?, &arguments).await,
        None => make(&context.office()?, arguments).await,
    }
}

async fn make(office: &Office, arguments: Arguments) -> Result<ExitCode, Error> {
    let wanted = match (arguments.copy, arguments.entry, arguments.all) {
        (Some(copy), _, _) => Wanted::Copy(copy),
        (None, Some(entry), _) => Wanted::Entry(entry),
        (None, None, Some(agreement)) => Wanted::All(agreement),
        (None, None, None) => {
            return Ok(report::user(
                "it was not said what the receipt is for",
                "name a copy, an entry with --entry, or an agreement with --all",
            ));
        }
    };
    let made = receipt::make(office, &wanted, arguments.out.as_deref()).await?;
    if arguments.json {
        say_json(&made)?;
        return Ok(ExitCode::SUCCESS);
    }
    made.iter().for_each(print_made);
    say(
        "    nästa steg: lämna ut kvittot med filen; nyckeln att kontrollera det med ger `sigill receipt key`",
    );
    Ok(ExitCode::SUCCESS)
}

fn print_made(made: &Made) {
    let what = made.copy.as_ref().map_or_else(
        || format!("post {}", made.seq),
        |copy| format!("{copy} (post {})", made.seq),
    );
    let witnesses = match made.witnesses.as_slice() {
        [] => "inte bestyrkt av vittnen".to_owned(),
        names => format!("bestyrkt av {}", names.join(", ")),
    };
    say(&format!(
        "{GOOD}✓{GOOD:#} {what}: {} ({} poster, {witnesses})",
        shown(&made.file.display().to_string()),
        made.entries
    ));
}

async fn key(office: &Office, arguments: &Key) -> Result<ExitCode, Error> {
    let key = receipt::hand_out_key(office, arguments.out.as_deref()).await?;
    if arguments.json {
        say_json(&key)?;
    } else if let Some(file) = &arguments.out {
        say(&format!(
            "{GOOD}✓{GOOD:#} registrets {} publika nyckel: {}",
            key.origin,
            shown(&file.display().to_string())
        ));
    } else {
        say(&key.key);
    }
    Ok(ExitCode::SUCCESS)
}

async fn check(context: &Context, arguments: Check) -> ExitCode {
    let json = arguments.json;
    let receipt = arguments.receipt.clone();
    match look(context, arguments).await {
        Ok(checked) => {
            let printed = if json {
                say_json(&checked)
            } else {
                print(&receipt.display().to_string(), &checked);
                Ok(())
            };
            match printed {
                Ok(()) if checked.is_good() => ExitCode::SUCCESS,
                Ok(()) => ExitCode::from(1),
                Err(error) => report::error(&error.into()),
            }
        }
        Err(error) => report::could_not_look(&error),
    }
}

async fn look(context: &Context, arguments: Check) -> Result<Checked, Error> {
    let office = match arguments.key {
        Some(_) => None,
        None => context.office_if_any()?,
    };
    let request = CheckRequest {
        receipt: arguments.receipt,
        file: arguments.file,
        key: arguments.key,
        witnesses: arguments.witnesses,
        need: arguments.need,
    };
    receipt::check(office.as_ref(), &request).await
}

fn print(name: &str, checked: &Checked) {
    let (style, sign) = if checked.is_good() {
        (GOOD, "✓")
    } else {
        (ERROR, "✗")
    };
    say(&format!("{style}{sign}{style:#} {}", shown(name)));
    say(&format!("    register    {}", shown(&checked.origin)));
    match &checked.proof {
        Ok(proof) => print_proof(proof),
        Err(fault) => print_fault(fault),
    }
}

fn print_proof(proof: &Proof) {
    let entry = &proof.entry;
    say(&format!(
        "    post        {}, införd {} av {}",
        entry.seq,
        swedish_time(entry.at),
        entry.actor
    ));
    let says = sentence(&entry.event, entry.agreement.as_ref());
    say(&format!("    säger       {}", shown(&says)));
    match &proof.file {
        None => say(&format!(
            "    filen       {WARN}ingen fil jämfördes{WARN:#}: kvittot gäller bara posten"
        )),
        Some(answer) => print_file(answer),
    }
    say(&format!(
        "    intygat     av registret när det hade {} poster",
        proof.entries
    ));
    for witness in &proof.witnesses {
        let at = swedish_time(witness.at);
        say(&format!("    vittne      {}, {at}", shown(&witness.name)));
    }
    if proof.witnesses.len() < proof.needed {
        say(&format!(
            "    {ERROR}vittnen     {} av de {} som krävs har bestyrkt det{ERROR:#}",
            proof.witnesses.len(),
            proof.needed
        ));
        say("                → be kontoret om ett nyare kvitto, när vittnena har varit där");
    }
}

fn print_file(answer: &FileAnswer) {
    match answer {
        FileAnswer::Exact { digest, holds } => {
            say(&format!(
                "    filen       är exakt den som posten nämner ({})",
                holds_words(*holds)
            ));
            say(&format!("                sha256 {digest}"));
        }
        FileAnswer::BeginsWith { digest, named } => {
            say(&format!(
                "    {ERROR}filen       börjar med den som posten nämner, och fortsätter{ERROR:#}"
            ));
            say(&format!(
                "                sha256 {digest}, posten nämner {named}"
            ));
            say(
                "                → något har lagts till efteråt: be kontoret om kvittot för det nya läget",
            );
        }
        FileAnswer::Other { digest, named } if named.is_empty() => {
            say(&format!(
                "    {ERROR}filen       nämns inte: posten nämner ingen fil{ERROR:#}"
            ));
            say(&format!("                sha256 {digest}"));
        }
        FileAnswer::Other { digest, named } => {
            say(&format!(
                "    {ERROR}filen       är en annan än den som posten nämner{ERROR:#}"
            ));
            say(&format!("                sha256 {digest}"));
            for named in named {
                say(&format!("                posten nämner {named}"));
            }
            say("                → är det rätt fil, och rätt kvitto?");
        }
    }
}

fn print_fault(fault: &Fault) {
    let (words, advice) = match fault.kind {
        FaultKind::AnotherRegister => (
            "kvittot är från ett annat register än det som nyckeln hör till",
            "fråga den som lämnade ut kvittot vilket register det är från",
        ),
        FaultKind::Checkpoint => (
            "registrets intygande är inte äkta: kvittot är ändrat eller förfalskat",
            "be kontoret om ett nytt kvitto, och jämför",
        ),
        FaultKind::Entry => (
            "det som kvittot intygar är ingen registerpost",
            "be kontoret om ett nytt kvitto",
        ),
        FaultKind::NotReceipt => (
            "filen är inget kvitto, eller är ändrad",
            "ett kvitto slutar på .tlog-proof och skickas som det är, utan att öppnas och sparas om",
        ),
        FaultKind::Path => (
            "posten finns inte i det register som intygas: kvittot är ändrat eller förfalskat",
            "be kontoret om ett nytt kvitto, och jämför",
        ),
    };
    say(&format!("    {ERROR}kvittot     {words}{ERROR:#}"));
    say(&format!("                ({})", shown(&fault.detail)));
    say(&format!("                → {advice}"));
}
