//! `sigill witness`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::log::sentence;
use super::style::{DIM, ERROR, GOOD, WARN, say, say_json, shown};
use super::{Context, report};
use crate::agreement::PartyCode;
use crate::calendar::swedish_time;
use crate::journeys::witness::{
    Answer, CheckRequest, Checked, Collected, Contradiction, Mismatch, Outcome, Refused, Standing,
};
use crate::journeys::{Error, witness};
use crate::register::{Entry, Event};

/// Watch a register without trusting its office, and collect what witnesses say
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sigill witness publish /srv/www/register            the office: for a web server or a share
  sigill witness init --state vittne/ --name vanersborg.se --log registrets-nyckel.txt
  sigill witness check https://example.se/register --state vittne/ --party 1487 --holds avtal/
  sigill witness collect /srv/www/register            the office: take what witnesses laid there
  sigill witness status

A witness keeps every entry it has seen. A register that is rewritten, cut off or shown differently
to different witnesses is noticed by the next look, and the witness keeps the proof.")]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// The office: write the register as files that witnesses fetch (C2SP tlog-tiles)
    #[command(after_help = "Example:
  sigill witness publish /srv/www/register

Everybody who can read the folder can read the register's entries. They hold no names, reasons or
conditions, but who acted, which party decided and signed, and when. The checkpoint is written last.")]
    Publish(Publish),
    /// A witness: make a key and a folder of its own
    #[command(after_help = "Example:
  sigill witness init --state vittne/ --name vanersborg.se --log registrets-nyckel.txt

The office's key comes from the office (`sigill receipt key`), not from what it publishes. Hand the
key that is printed to the office: [witnesses] keys in its sigill.toml.")]
    Init(Init),
    /// A witness: fetch what is new, compare, and cosign
    #[command(after_help = "Examples:
  sigill witness check https://example.se/register --state vittne/ --party 1487
  sigill witness check /mnt/register --state vittne/ --party 1487 --holds avtal/ --out bestyrkt.txt

With --holds every signature of the party that the register names must be among the party's files,
and every PDF among them in the register. The cosigned checkpoint lies in the state folder as
\"cosigned\", and in cosignatures/ where the register is published in a folder: hand it to the office.
Exit code: 0 cosigned, 1 not cosigned, 2 could not look.")]
    Check(Check),
    /// The office: take cosigned checkpoints in
    #[command(after_help = "Examples:
  sigill witness collect /srv/www/register
  sigill witness collect bestyrkt.txt https://vanersborg.se/vittne/cosigned

Exit code: 0 all are kept, 1 one is not.")]
    Collect(Collect),
    /// The office: who cosigned what
    #[command(after_help = "Example:\n  sigill witness status")]
    Status(Status),
}

#[derive(Debug, Args)]
struct Publish {
    /// The folder
    folder: PathBuf,
    /// Print what was written as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct Init {
    /// The witness's folder, which nobody else writes in
    #[arg(long, value_name = "DIR")]
    state: PathBuf,
    /// The witness's name, such as vanersborg.se
    #[arg(long)]
    name: String,
    /// The register's public key, or the file that holds it
    #[arg(long, value_name = "FILE|KEY")]
    log: String,
    /// Print the witness's key as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct Check {
    /// Where the register is published: a folder or an address
    source: String,
    /// The witness's folder
    #[arg(long, value_name = "DIR")]
    state: PathBuf,
    /// The party that watches, by its code
    #[arg(long, value_name = "CODE")]
    party: PartyCode,
    /// The party's own files; of a folder or a zip every PDF in it
    #[arg(long, value_name = "PATH", num_args = 1..)]
    holds: Vec<PathBuf>,
    /// A file for the cosigned checkpoint
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Print what was found as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct Collect {
    /// Cosigned checkpoints: files, folders of them, the published folder, or addresses
    #[arg(required = true, value_name = "FILE|DIR|URL")]
    places: Vec<String>,
    /// Print what became of them as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct Status {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(context: &Context, arguments: Arguments) -> Result<ExitCode, Error> {
    match arguments.command {
        Command::Publish(arguments) => {
            let office = context.office()?;
            let done = witness::publish(&office, &arguments.folder).await?;
            if arguments.json {
                say_json(&done)?;
            } else {
                say(&format!(
                    "{GOOD}✓{GOOD:#} {}: {} poster är publicerade i {} ({} filer skrevs).",
                    shown(&done.origin),
                    done.entries,
                    shown(&arguments.folder.display().to_string()),
                    done.written
                ));
            }
            Ok(ExitCode::SUCCESS)
        }
        Command::Init(arguments) => {
            let made = witness::init(&arguments.state, &arguments.name, &arguments.log)?;
            if arguments.json {
                say_json(&made)?;
                return Ok(ExitCode::SUCCESS);
            }
            say(&format!(
                "{GOOD}✓{GOOD:#} vittnet {} bevakar registret {}.",
                arguments.name,
                shown(&made.origin)
            ));
            say(&format!("    nyckel      {}", made.key));
            say(
                "    nästa steg: lämna nyckeln till kontoret, och se efter: `sigill witness check`",
            );
            Ok(ExitCode::SUCCESS)
        }
        Command::Check(arguments) => Ok(check(arguments).await),
        Command::Collect(arguments) => {
            let collected = witness::collect(&context.office()?, &arguments.places).await?;
            if arguments.json {
                say_json(&collected)?;
            } else {
                collected.iter().for_each(print_collected);
            }
            let all = collected
                .iter()
                .all(|it| matches!(it.outcome, Outcome::Kept { .. }));
            Ok(if all {
                ExitCode::SUCCESS
            } else {
                ExitCode::from(1)
            })
        }
        Command::Status(arguments) => {
            let standing = witness::status(&context.office()?).await?;
            if arguments.json {
                say_json(&standing)?;
            } else {
                print_standing(&standing);
            }
            Ok(ExitCode::SUCCESS)
        }
    }
}

async fn check(arguments: Check) -> ExitCode {
    let json = arguments.json;
    let party = arguments.party.clone();
    let request = CheckRequest {
        state: arguments.state,
        source: arguments.source,
        party: arguments.party,
        holds: arguments.holds,
        out: arguments.out,
    };
    let checked = match witness::check(&request).await {
        Ok(checked) => checked,
        Err(error) => return report::could_not_look(&error),
    };
    if json {
        if let Err(error) = say_json(&checked) {
            return report::error(&error.into());
        }
    } else {
        print(&checked, &party);
    }
    match checked.answer {
        Answer::Cosigned { .. } => ExitCode::SUCCESS,
        Answer::Refused(_) => ExitCode::from(1),
    }
}

fn print(checked: &Checked, party: &PartyCode) {
    let origin = shown(&checked.origin);
    let entries = checked.entries.unwrap_or_default();
    match &checked.answer {
        Answer::Cosigned {
            at,
            files,
            not_laid,
        } => {
            say(&format!(
                "{GOOD}✓{GOOD:#} {origin} med {entries} poster stämmer med det som sågs förut ({}) och är bestyrkt {}.",
                checked.seen_before,
                swedish_time(*at)
            ));
            print_concerning(&checked.concerning, party);
            print_compared(checked.compared);
            for file in files {
                say(&format!(
                    "    bestyrkt    {}",
                    shown(&file.display().to_string())
                ));
            }
            if let Some(place) = not_laid {
                let place = shown(&place.display().to_string());
                say(&format!(
                    "    {WARN}obs{WARN:#}         kunde inte läggas i {place}"
                ));
                say("                → lämna filen \"cosigned\" till kontoret på annat sätt");
            }
        }
        Answer::Refused(Refused::Contradiction { how, evidence }) => {
            say(&format!("{ERROR}✗{ERROR:#} {origin} är inte bestyrkt."));
            let (words, advice) = contradiction_words(how);
            say(&format!("    {ERROR}{words}{ERROR:#}"));
            say(&format!(
                "    bevis       {}",
                shown(&evidence.display().to_string())
            ));
            say(&format!("    → {advice}"));
        }
        Answer::Refused(Refused::Mismatch { mismatches }) => {
            say(&format!(
                "{ERROR}✗{ERROR:#} {origin} med {entries} poster är inte bestyrkt: det stämmer inte med vad ni har."
            ));
            print_concerning(&checked.concerning, party);
            mismatches.iter().for_each(print_mismatch);
        }
    }
}

fn print_concerning(entries: &[Entry], party: &PartyCode) {
    if entries.is_empty() {
        say(&format!("    inget nytt rör {party}"));
        return;
    }
    say(&format!(
        "    nytt som rör {party}, att jämföra med era egna handlingar:"
    ));
    for entry in entries {
        say(&format!(
            "    {:>5}  {}  {}",
            entry.seq,
            swedish_time(entry.at),
            shown(&sentence(&entry.event, entry.agreement.as_ref()))
        ));
        if let Event::Decided(decided) = &entry.event {
            let minutes = &decided.minutes;
            let parts = [
                minutes.section.as_ref().map(ToString::to_string),
                minutes
                    .diary_number
                    .as_ref()
                    .map(|number| format!("dnr {number}")),
            ];
            let parts: Vec<String> = parts.into_iter().flatten().collect();
            if !parts.is_empty() {
                say(&format!(
                    "           {DIM}{}{DIM:#}",
                    shown(&parts.join(", "))
                ));
            }
        }
    }
}

fn print_compared(compared: Option<usize>) {
    match compared {
        Some(files) => say(&format!(
            "    era filer   {files} jämförda: alla finns i registret, och inget saknas"
        )),
        None => say(&format!(
            "    era filer   {WARN}jämfördes inte{WARN:#}; visa var de finns med --holds"
        )),
    }
}

fn print_mismatch(mismatch: &Mismatch) {
    let (words, advice) = match mismatch {
        Mismatch::GoesOn { file, seq, .. } => (
            format!(
                "{}: börjar som i post {seq}, men resten är inte infört",
                shown(file)
            ),
            "har ni skrivit under och inte skickat filen än? Annars: fråga kontoret varför den saknas",
        ),
        Mismatch::Lacks {
            seq, copy, seat, ..
        } => (
            format!(
                "post {seq} säger att {seat} är undertecknad i {copy}, men ni har ingen sådan fil"
            ),
            "fråga kontoret efter filen och vem som har skrivit under; skrev ingen hos er under är posten fel",
        ),
        Mismatch::NotNamed { file, .. } => (
            format!("{}: finns inte i registret", shown(file)),
            "hör filen hit? Fråga i så fall kontoret varför den saknas; annars lägg den någon annanstans",
        ),
    };
    say(&format!("    {ERROR}{words}{ERROR:#}"));
    say(&format!("      → {advice}"));
}

fn contradiction_words(how: &Contradiction) -> (String, &'static str) {
    const TELL: &str = "tala med kontoret och de andra vittnena; bevara mappen med bevisen";
    match how {
        Contradiction::Rewritten { first } => (
            format!("Registret är omskrivet: post {first} är en annan än den som visades förut, och registret har intygat båda."),
            TELL,
        ),
        Contradiction::Shrunk { seen, found } => (
            format!("Registret har krympt: det hade {seen} poster och visar nu {found}. En äldre kopia har lagts tillbaka, eller poster har tagits bort."),
            TELL,
        ),
        Contradiction::Unproven => (
            "Posterna är inte de som registret har intygat: det publicerade är skadat eller ändrat av någon annan.".to_owned(),
            "be kontoret publicera på nytt: `sigill witness publish`",
        ),
        Contradiction::Unsigned { problem } => (
            format!("Det som är publicerat är inte intygat av registret ({}).", shown(problem)),
            "är det rätt adress, och rätt nyckel? Fråga annars kontoret",
        ),
    }
}

fn print_collected(collected: &Collected) {
    let place = shown(&collected.place);
    match &collected.outcome {
        Outcome::Kept { entries, witnesses } => {
            let names: Vec<String> = witnesses.iter().map(|it| shown(&it.name)).collect();
            say(&format!(
                "{GOOD}✓{GOOD:#} {place}: {} har bestyrkt registret vid {entries} poster.",
                names.join(", ")
            ));
        }
        Outcome::NotOurs { problem } => say(&format!(
            "{ERROR}✗{ERROR:#} {place}: är inte bestyrkt av detta register ({})",
            shown(problem)
        )),
        Outcome::OtherHistory { entries, own } => {
            say(&format!(
                "{ERROR}✗{ERROR:#} {place}: vittnet har sett ett annat förlopp ({entries} poster; här finns {own})."
            ));
            say(
                "    → här ligger en äldre eller annan kopia av kontoret: kör `sigill audit`, och tala med vittnet",
            );
        }
        Outcome::Unknown { entries } => {
            say(&format!(
                "{ERROR}✗{ERROR:#} {place}: inget känt vittne har bestyrkt det ({entries} poster)."
            ));
            say("    → vittnenas nycklar står i sigill.toml under [witnesses] keys");
        }
    }
}

fn print_standing(standing: &Standing) {
    let cosigned = standing
        .witnesses
        .iter()
        .filter(|it| it.at.is_some())
        .count();
    let (style, sign) = if standing.is_enough() {
        (GOOD, "✓")
    } else {
        (WARN, "!")
    };
    match standing.witnessed {
        Some(entries) => say(&format!(
            "{style}{sign}{style:#} {cosigned} av {} vittnen har bestyrkt registret vid {entries} poster; {} krävs. Registret har {} poster.",
            standing.witnesses.len(),
            standing.needed,
            standing.entries
        )),
        None => say(&format!(
            "{WARN}!{WARN:#} inget vittne har bestyrkt registret, som har {} poster.",
            standing.entries
        )),
    }
    for witness in &standing.witnesses {
        let at = witness.at.map_or_else(|| "–".to_owned(), swedish_time);
        say(&format!("    {:<24}  {at}", shown(&witness.name)));
    }
    if standing.witnesses.is_empty() {
        say("    → vittnenas nycklar skrivs i sigill.toml: [witnesses] keys = [\"…\"] need = 2");
    } else if !standing.is_enough() {
        say(
            "    → publicera med `sigill witness publish`, be vittnena se efter, och hämta: `sigill witness collect`",
        );
    }
}
