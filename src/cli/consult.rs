//! `sigill consult`.

mod print;

use std::path::PathBuf;
use std::process::ExitCode;

use chrono::NaiveDate;
use clap::{ArgGroup, Args, Subcommand};

use super::style::{say_json, write_out};
use super::term::day;
use crate::agreement::{AgreementId, PartyCode, VersionNumber};
use crate::calendar::{parse_day, parse_instant, swedish_day};
use crate::journeys::consult::answer::Said;
use crate::journeys::consult::consider::{Stand, Stands};
use crate::journeys::consult::{About, answer, close, consider, import, open, show, summary};
use crate::journeys::{Error, Office};
use crate::register::Disposition;

/// Send a version out to be answered, take the answers in, and take a stand on every comment
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sigill consult open familjecentral --opens 2022-08-10 --answer-by 2022-12-10
  sigill consult import familjecentral svar-1443.csv
  sigill consult show familjecentral --open
  sigill consult consider familjecentral --answer 12 --clause mal --taken-in --changed mal \\
    --reason \"Målet är omskrivet\"
  sigill consult close familjecentral
  sigill consult summary familjecentral

A version is not published as long as a comment has no disposition.")]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Open(Open),
    Answer(Answer),
    Import(Import),
    Consider(Consider),
    Close(Close),
    Show(Show),
    Summary(Summary),
}

/// Which consultation.
#[derive(Debug, Clone, Args)]
struct AboutArguments {
    /// The agreement
    agreement: AgreementId,
    /// The version [default: the last one that went out]
    #[arg(long = "version", value_name = "V")]
    number: Option<VersionNumber>,
}

impl From<AboutArguments> for About {
    fn from(arguments: AboutArguments) -> Self {
        Self {
            agreement: arguments.agreement,
            version: arguments.number,
        }
    }
}

/// Send a version with status consultation out to be answered
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sigill consult open familjecentral --opens 2022-08-10 --answer-by 2022-12-10
  sigill consult open familjecentral --version 0.9 --opens 2022-08-10 --answer-by 2022-12-10 \\
    --also \"pensionarer=Pensionärsrådet\" --also-file fler.csv --dry-run

Writes under out/ the text stamped REMISS and for each recipient an answer form, a CSV file that
spreadsheet programs open and `sigill consult import` reads. The answer day never moves; that it is
a day off is told. A list of others has the columns id and namn.")]
struct Open {
    /// The agreement
    agreement: AgreementId,
    /// The version [default: the newest with status consultation]
    #[arg(long = "version", value_name = "V")]
    number: Option<VersionNumber>,
    /// The first day to answer
    #[arg(long, value_name = "DATE", value_parser = day)]
    opens: NaiveDate,
    /// The last day to answer, inclusive
    #[arg(long, value_name = "DATE", value_parser = day)]
    answer_by: NaiveDate,
    /// Only this party, by its code; may be repeated [default: all parties]
    #[arg(long = "party", value_name = "CODE")]
    parties: Vec<PartyCode>,
    /// Another recipient: a short name, = and its name; may be repeated
    #[arg(long, value_name = "ID=NAME", value_parser = id_and_name)]
    also: Vec<(String, String)>,
    /// A CSV or XLSX list of other recipients
    #[arg(long, value_name = "FILE")]
    also_file: Option<PathBuf>,
    /// Send it out once more, though it is out
    #[arg(long)]
    again: bool,
    /// Enter and write nothing, show what would be
    #[arg(long)]
    dry_run: bool,
    /// Print what was entered as JSON
    #[arg(long)]
    json: bool,
}

/// Enter an answer by hand
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sigill consult answer familjecentral --by 1443 --received 2022-12-09 \\
    --clause syfte=tillstyrker --clause \"§ 5=tillstyrker med ändring:Målet bör gälla delregionen\"
  sigill consult answer familjecentral --by pensionarer --overall tillstyrker \\
    --general \"Ett angeläget förslag\" --file svar.pdf

A stance is tillstyrker, tillstyrker med ändring, avstyrker, avstår or synpunkt, or in English
support, support-with-change, reject, abstain, comment. A clause is named by id, number or title. A
late answer is marked and counts; a later one of the same recipient takes the earlier one's place.")]
struct Answer {
    #[command(flatten)]
    about: AboutArguments,
    /// Whose answer: the recipient's short name, a party's code, or its name
    #[arg(long, value_name = "ID")]
    by: String,
    /// The day or instant it was received [default: today]
    #[arg(long, value_name = "DATE", value_parser = day_or_instant)]
    received: Option<NaiveDate>,
    /// A stance to a clause, with words if there are any; may be repeated
    #[arg(long = "clause", value_name = "CLAUSE=STANCE[:WORDS]", value_parser = said)]
    clauses: Vec<Said>,
    /// A stance to every clause for which none is given: tillstyrker, avstyrker or avstår
    #[arg(long, value_name = "STANCE")]
    overall: Option<String>,
    /// What it says of the whole; kept so that it can be erased
    #[arg(long, value_name = "WORDS")]
    general: Option<String>,
    /// The answer as a file, kept as a document
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// Enter nothing, show what would be
    #[arg(long)]
    dry_run: bool,
    /// Print what was entered as JSON
    #[arg(long)]
    json: bool,
}

/// Take in answers from an answer form or from what a web form exports
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sigill consult import familjecentral svar-1443.csv
  sigill consult import familjecentral webbformular.xlsx --dry-run
  sigill consult import familjecentral pensionarer.csv --by pensionarer --received 2022-12-09

CSV with commas, semicolons or tabs, in UTF-8, UTF-16 or Windows-1252, or the first sheet of an XLSX
workbook. Columns in any order: remissinstans, inkom, nummer, id, rubrik, ståndpunkt, synpunkt with
a row for each clause; or a row for each answer and columns such as \"§ 4 ståndpunkt\" and
\"§ 4 synpunkt\". Write allmänt as id for the whole text. Every fault is told with row and column, and
then nothing is entered. What was entered before is not entered again.")]
struct Import {
    #[command(flatten)]
    about: AboutArguments,
    /// The list
    file: PathBuf,
    /// Whose answer it is, where the list does not say it
    #[arg(long, value_name = "ID")]
    by: Option<String>,
    /// The day or instant it was received, where the list does not say it [default: today]
    #[arg(long, value_name = "DATE", value_parser = day_or_instant)]
    received: Option<NaiveDate>,
    /// Enter nothing, show what would be
    #[arg(long)]
    dry_run: bool,
    /// Print what was entered as JSON
    #[arg(long)]
    json: bool,
}

/// Take a stand on a comment, or on those in a list
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("what").required(true).args(["taken_in", "in_part", "not", "file"]))]
#[command(after_help = "Examples:
  sigill consult consider familjecentral --answer 12 --clause mal --taken-in --changed mal \\
    --reason \"Målet är omskrivet\"
  sigill consult consider familjecentral --answer 12 --not --reason \"Ligger utanför avtalet\"
  sigill consult summary familjecentral --csv > bedomningar.csv
  sigill consult consider familjecentral --file bedomningar.csv

ANSWER is the entry that `sigill consult show` names. Without --clause what the answer says of the
whole is meant, or its only comment. A clause is one of the text that went out or of the newest
version in templates/. A later stand on the same comment takes the earlier one's place. In a list,
rows without bedömning and skäl are left out.")]
struct Consider {
    #[command(flatten)]
    about: AboutArguments,
    /// The entry with the answer
    #[arg(long, value_name = "ENTRY", required_unless_present = "file")]
    answer: Option<u64>,
    /// Which of its comments: the clause
    #[arg(long, value_name = "CLAUSE")]
    clause: Option<String>,
    /// The text was changed as it says
    #[arg(long)]
    taken_in: bool,
    /// The text was changed in part as it says
    #[arg(long)]
    in_part: bool,
    /// Nothing was changed for it
    #[arg(long)]
    not: bool,
    /// Why; kept so that it can be erased
    #[arg(long, value_name = "WORDS", required_unless_present = "file")]
    reason: Option<String>,
    /// A clause that was changed for it; may be repeated
    #[arg(long, value_name = "CLAUSE")]
    changed: Vec<String>,
    /// A CSV or XLSX list of stands, as `sigill consult summary --csv` writes it, filled in
    #[arg(long, value_name = "FILE", conflicts_with_all = ["answer", "clause", "reason", "changed"])]
    file: Option<PathBuf>,
    /// Enter nothing, show what would be
    #[arg(long)]
    dry_run: bool,
    /// Print what was entered as JSON
    #[arg(long)]
    json: bool,
}

/// End a consultation, and tell who did not answer
#[derive(Debug, Args)]
#[command(after_help = "Example:
  sigill consult close familjecentral

A late answer is taken in all the same.")]
struct Close {
    #[command(flatten)]
    about: AboutArguments,
    /// Print what was entered as JSON
    #[arg(long)]
    json: bool,
}

/// Show who answered, who did not, and the comments
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sigill consult show familjecentral
  sigill consult show familjecentral --open
  sigill consult show familjecentral --version 0.9 --json")]
struct Show {
    #[command(flatten)]
    about: AboutArguments,
    /// Only comments without a disposition
    #[arg(long)]
    open: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Write the summary: counts with a chart, every comment, and what became of it
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sigill consult summary familjecentral
  sigill consult summary familjecentral --out sammanstallning.pdf
  sigill consult summary familjecentral --csv > bedomningar.csv

The PDF is accessible (PDF/A-3a, PDF/UA-1). The CSV list has columns to fill in, which
`sigill consult consider --file` reads.")]
struct Summary {
    #[command(flatten)]
    about: AboutArguments,
    /// The PDF [default: under out/]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Print the comments as CSV instead
    #[arg(long, conflicts_with = "out")]
    csv: bool,
    /// Print JSON instead
    #[arg(long, conflicts_with_all = ["csv", "out"])]
    json: bool,
}

pub(super) async fn run(office: &Office, arguments: Arguments) -> Result<ExitCode, Error> {
    match arguments.command {
        Command::Open(arguments) => run_open(office, arguments).await?,
        Command::Answer(arguments) => run_answer(office, arguments).await?,
        Command::Import(arguments) => run_import(office, arguments).await?,
        Command::Consider(arguments) => run_consider(office, arguments).await?,
        Command::Close(arguments) => {
            let closing = close::run(office, &arguments.about.into()).await?;
            if arguments.json {
                say_json(&closing)?;
            } else {
                print::closing(&closing);
            }
        }
        Command::Show(arguments) => {
            let overview = show::run(office, &arguments.about.into(), arguments.open).await?;
            if arguments.json {
                say_json(&overview)?;
            } else {
                print::overview(&overview, arguments.open);
            }
        }
        Command::Summary(arguments) => run_summary(office, arguments).await?,
    }
    Ok(ExitCode::SUCCESS)
}

async fn run_open(office: &Office, arguments: Open) -> Result<(), Error> {
    let request = open::Request {
        about: About {
            agreement: arguments.agreement,
            version: arguments.number,
        },
        again: arguments.again,
        also: arguments.also,
        also_file: arguments.also_file,
        answer_by: arguments.answer_by,
        dry_run: arguments.dry_run,
        opens_on: arguments.opens,
        parties: arguments.parties,
    };
    let opening = open::run(office, &request).await?;
    if arguments.json {
        say_json(&opening)?;
    } else {
        print::opening(&opening);
    }
    Ok(())
}

async fn run_answer(office: &Office, arguments: Answer) -> Result<(), Error> {
    let request = answer::Request {
        about: arguments.about.into(),
        by: arguments.by,
        clauses: arguments.clauses,
        dry_run: arguments.dry_run,
        file: arguments.file,
        general: arguments.general,
        overall: arguments.overall,
        received_on: arguments.received,
    };
    let outcome = answer::run(office, &request).await?;
    if arguments.json {
        say_json(&outcome)?;
    } else {
        print::outcome(&outcome);
    }
    Ok(())
}

async fn run_import(office: &Office, arguments: Import) -> Result<(), Error> {
    let request = import::Request {
        about: arguments.about.into(),
        by: arguments.by,
        dry_run: arguments.dry_run,
        file: arguments.file,
        received_on: arguments.received,
    };
    let done = import::run(office, &request).await?;
    if arguments.json {
        say_json(&done)?;
    } else {
        print::import(&done, arguments.dry_run);
    }
    Ok(())
}

async fn run_consider(office: &Office, arguments: Consider) -> Result<(), Error> {
    let disposition = if arguments.taken_in {
        Disposition::TakenIn
    } else if arguments.in_part {
        Disposition::TakenInPart
    } else {
        Disposition::NotTakenIn
    };
    let stands = match (arguments.file, arguments.answer) {
        (Some(file), _) => Stands::Listed(file),
        (None, answer) => Stands::Typed(Stand {
            answer: answer.unwrap_or_default(),
            changed: arguments.changed,
            clause: arguments.clause,
            disposition,
            reason: arguments.reason.unwrap_or_default(),
        }),
    };
    let request = consider::Request {
        about: arguments.about.into(),
        dry_run: arguments.dry_run,
        stands,
    };
    let consideration = consider::run(office, &request).await?;
    if arguments.json {
        say_json(&consideration)?;
    } else {
        print::consideration(&consideration);
    }
    Ok(())
}

async fn run_summary(office: &Office, arguments: Summary) -> Result<(), Error> {
    let overview = show::run(office, &arguments.about.into(), false).await?;
    if arguments.json {
        say_json(&overview)?;
    } else if arguments.csv {
        write_out(&summary::csv(&overview)?);
    } else {
        let file = arguments.out;
        let file = file.unwrap_or_else(|| summary::default_file(office, &overview));
        summary::write(office, &overview, &file).await?;
        print::summary(&overview, &file);
    }
    Ok(())
}

fn id_and_name(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((id, name)) if !id.is_empty() && !name.is_empty() => {
            Ok((id.to_owned(), name.to_owned()))
        }
        _ => Err(
            "a short name, = and a name are needed, e.g. \"srf=Synskadades riksförbund\""
                .to_owned(),
        ),
    }
}

fn said(text: &str) -> Result<Said, String> {
    Said::parse(text).map_err(|error| format!("{error}: write CLAUSE=STANCE, and :WORDS after it"))
}

/// Returns the Swedish day of a day or an instant.
fn day_or_instant(text: &str) -> Result<NaiveDate, String> {
    let day = parse_day("received", text);
    let day = day.or_else(|error| {
        let instant = parse_instant("received", text);
        instant.map(swedish_day).map_err(|_| error)
    });
    day.map_err(|error| format!("{error}; {}", error.hint()))
}
