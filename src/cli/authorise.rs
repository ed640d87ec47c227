//! `sigill authorise`.

use std::path::PathBuf;
use std::process::ExitCode;

use chrono::NaiveDate;
use clap::Args;

use super::act::{ResolutionArguments, print_notes};
use super::style::{DIM, GOOD, HEADING, WARN, say, say_json, shown};
use crate::agreement::{AgreementId, Grade, Name, PartyCode, Role};
use crate::calendar::{Length, parse_length};
use crate::journeys::authorise::{
    self, Ending, Limit, Line, Listing, NewPerson, Outcome, Request, Warning,
};
use crate::journeys::authority::Rejudged;
use crate::journeys::{ActError, Error, Office};
use crate::outside::SecretSource;
use crate::register::{Minutes, Standing};

/// Enter who may sign for a party, or that it ended; or list them
#[derive(Debug, Args)]
#[command(
    mut_arg("body", |it| it.required_unless_present_any(["list", "end"]).requires("met")),
    mut_args(|it| if OF_SOURCE.contains(&it.get_id().as_str()) { it.requires("body") } else { it })
)]
#[command(after_help = "Examples:
  sigill authorise 1443 --role chair --name \"Åsa Exempelström\" --certificate asa.pem \\
      --from 2023-01-01 --to 2026-12-31 --body Kommunfullmäktige --met 2022-12-14 \\
      --section \"§ 112\"
  sigill authorise 14 --role director --name \"Örjan Prov\" --identifier --source-allows 12m \\
      --body Regionstyrelsen --met 2022-10-25
  sigill authorise 1443 --at-least 1 --body Kommunfullmäktige --met 2023-02-01
  sigill authorise 1443 --end 57 --last-day 2024-05-31 --reason \"Har lämnat uppdraget\"
  sigill authorise 1443 --list

Signatures that are in the register are judged anew in the same go: one that was made while the
person could sign counts, also when the right to sign is entered later; one that was made before an
authority ended goes on to count. No issued copy is touched. The name can be erased, the entry
cannot.")]
pub(super) struct Arguments {
    /// The party's code
    party: PartyCode,
    /// List who may sign
    #[arg(long, conflicts_with_all = ["end", "role", "body"])]
    list: bool,
    /// With --list: as it was at the end of this day
    #[arg(long, value_name = "DATE", requires = "list")]
    as_of: Option<NaiveDate>,
    /// Enter that an authority ended: the number of its entry
    #[arg(long, value_name = "ENTRY", requires_all = ["last_day", "reason"], conflicts_with_all = ["role", "body"])]
    end: Option<u64>,
    /// With --end: which of the entry's persons, counted from 1
    #[arg(long, value_name = "NUMBER", requires = "end")]
    person: Option<u32>,
    /// With --end: the last day on which the person could sign
    #[arg(long, value_name = "DATE", requires = "end")]
    last_day: Option<NaiveDate>,
    /// With --end: why; kept in the register
    #[arg(long, value_name = "WHY", requires = "end")]
    reason: Option<String>,
    #[command(flatten)]
    person_arguments: PersonArguments,
    #[command(flatten)]
    source: ResolutionArguments,
    #[command(flatten)]
    limit: LimitArguments,
    /// Only for this agreement
    #[arg(long = "for", value_name = "AGREEMENT")]
    agreement: Option<AgreementId>,
    /// A TOML file with the party's rule, [signing] as in its file
    #[arg(long, value_name = "FILE")]
    rule_from: Option<PathBuf>,
    /// How many of the seats must be signed
    #[arg(long, value_name = "N")]
    at_least: Option<u32>,
    /// The least legal grade that counts: `AdES`, `AdES-QC` or `QES`
    #[arg(long, value_name = "GRADE", value_parser = grade)]
    least_grade: Option<Grade>,
    /// Print what was entered, or the list, as JSON
    #[arg(long)]
    json: bool,
}

/// Who may sign.
#[derive(Debug, Args)]
struct PersonArguments {
    /// The person's role: `chair`, `vice_chair`
    #[arg(long, requires = "name")]
    role: Option<Role>,
    /// The person's name; can be erased
    #[arg(long, requires = "role")]
    name: Option<Name>,
    /// The person's title [default: that of the role in the party's file]
    #[arg(long, requires = "role")]
    title: Option<Name>,
    /// The person's work e-mail address
    #[arg(long, requires = "role", value_name = "ADDRESS")]
    email: Option<Name>,
    /// The first day [default: the day of the meeting]
    #[arg(long, requires = "role", value_name = "DATE")]
    from: Option<NaiveDate>,
    /// The last day
    #[arg(long, requires = "role", value_name = "DATE")]
    to: Option<NaiveDate>,
    /// PEM file whose first certificate is the person's; may be repeated
    #[arg(long = "certificate", requires = "role", value_name = "FILE")]
    certificates: Vec<PathBuf>,
    /// Ask for the person's personal identity number, without showing it
    #[arg(long, requires = "role", conflicts_with_all = ["identifier_env", "identifier_file"])]
    identifier: bool,
    /// The environment variable that holds the number
    #[arg(
        long,
        requires = "role",
        value_name = "NAME",
        conflicts_with = "identifier_file"
    )]
    identifier_env: Option<String>,
    /// The file whose first line is the number; nobody but you may read it
    #[arg(long, requires = "role", value_name = "FILE")]
    identifier_file: Option<PathBuf>,
}

/// How long the source allows it to last.
#[derive(Debug, Args)]
struct LimitArguments {
    /// The last day that the source allows; it counts no longer
    #[arg(
        long,
        value_name = "DATE",
        requires = "body",
        conflicts_with = "source_allows"
    )]
    allowed_to: Option<NaiveDate>,
    /// How long the source allows it from its first day: 12m, 1y
    #[arg(long, value_name = "LENGTH", requires = "role", value_parser = length)]
    source_allows: Option<Length>,
}

fn length(text: &str) -> Result<Length, String> {
    parse_length("length", text).map_err(|error| error.to_string())
}

fn grade(text: &str) -> Result<Grade, String> {
    let known = [Grade::Ades, Grade::AdesQc, Grade::Qes];
    let mut known = known.into_iter();
    known
        .find(|grade| grade.as_str().eq_ignore_ascii_case(text))
        .ok_or_else(|| "expected AdES, AdES-QC or QES".to_owned())
}

pub(super) async fn run(office: &Office, arguments: Arguments) -> Result<ExitCode, Error> {
    if arguments.list {
        let listing = authorise::list(office, &arguments.party, arguments.as_of).await?;
        if arguments.json {
            say_json(&listing)?;
        } else {
            print_list(&listing);
        }
        return Ok(ExitCode::SUCCESS);
    }
    let party = arguments.party.clone();
    let outcome = if let (Some(entry), Some(last_day), Some(reason)) =
        (arguments.end, arguments.last_day, &arguments.reason)
    {
        let ending = Ending {
            party: arguments.party,
            entry,
            person: arguments.person,
            last_day,
            reason: reason.clone(),
        };
        authorise::end(office, &ending).await?
    } else {
        authorise::run(office, &request(&arguments)?).await?
    };
    if arguments.json {
        say_json(&outcome)?;
    } else {
        print(&party, &outcome, arguments.end.is_some());
    }
    Ok(ExitCode::SUCCESS)
}

fn request(arguments: &Arguments) -> Result<Request, ActError> {
    let (person, limit) = (&arguments.person_arguments, &arguments.limit);
    let source = arguments.source.resolution();
    let asked = person.identifier.then(|| SecretSource::Prompt {
        what: "Personnummer".to_owned(),
    });
    let file = person.identifier_file.clone().map(SecretSource::File);
    let variable = person.identifier_env.clone();
    let variable = variable.map(SecretSource::Environment);
    let new = match (&person.role, &person.name) {
        (Some(role), Some(name)) => Some(NewPerson {
            role: role.clone(),
            name: name.clone(),
            title: person.title.clone(),
            email: person.email.clone(),
            from: person.from,
            to: person.to,
            certificates: person.certificates.clone(),
            identifier: asked.or(variable).or(file),
        }),
        _ => None,
    };
    Ok(Request {
        party: arguments.party.clone(),
        agreement: arguments.agreement.clone(),
        person: new,
        source: source.map_err(|options| ActError::Missing { options })?,
        limit: limit
            .allowed_to
            .map(Limit::To)
            .or(limit.source_allows.map(Limit::For)),
        rule_from: arguments.rule_from.clone(),
        at_least: arguments.at_least,
        least_grade: arguments.least_grade,
    })
}

fn print(party: &PartyCode, outcome: &Outcome, is_end: bool) {
    let seq = outcome.seq;
    match &outcome.title {
        Some(title) if is_end => say(&format!(
            "{GOOD}✓{GOOD:#} {} för {party} fick skriva under {} (post {seq}).",
            shown(title),
            stretch(outcome.from, outcome.to)
        )),
        Some(title) => say(&format!(
            "{GOOD}✓{GOOD:#} {} får skriva under för {party} {} (post {seq}).",
            shown(title),
            stretch(outcome.from, outcome.to)
        )),
        None => say(&format!(
            "{GOOD}✓{GOOD:#} Regeln för {party} är införd (post {seq})."
        )),
    }
    for (digest, name) in &outcome.certificates {
        say(&format!("    certifikat {digest} ({})", shown(name)));
    }
    for warning in &outcome.warnings {
        say(&format!("  {WARN}obs{WARN:#}  {}", warning_line(warning)));
    }
    print_notes(&outcome.notes);
    print_rejudged(&outcome.rejudged);
}

/// Prints which signatures stand otherwise since who may sign was told otherwise.
pub(super) fn print_rejudged(rejudged: &Rejudged) {
    for change in &rejudged.changes {
        let (copy, seat) = (&change.copy, &change.seat);
        let why = change.why.as_deref().map(shown).unwrap_or_default();
        say(&match change.after {
            Standing::Counts => format!("  {seat} i {copy}: underskriften räknas nu"),
            Standing::Refused => {
                format!("  {WARN}obs{WARN:#}  {seat} i {copy}: underskriften räknas inte. {why}")
            }
            Standing::ToConfirm => {
                format!("  {WARN}obs{WARN:#}  {seat} i {copy}: underskriften ska bekräftas. {why}")
            }
        });
    }
    for moved in &rejudged.moved {
        say(&format!(
            "  {WARN}obs{WARN:#}  en fil med exemplarets namn var något annat och ligger nu i {}",
            shown(&moved.display().to_string())
        ));
    }
}

fn warning_line(warning: &Warning) -> String {
    match warning {
        Warning::CertificateOfAnother {
            certificate,
            party,
            title,
        } => format!(
            "certifikatet {certificate} är redan knutet till {} för {party}",
            shown(title)
        ),
        Warning::CouncilTerm { next } => {
            format!("tiden går längre än mandatperioden: ett nytt fullmäktige tillträder {next}")
        }
        Warning::NameAlone => "inget certifikat eller personnummer är knutet till personen: en \
             underskrift med bara namnet ska bekräftas om certifikatet inte har partens \
             organisationsnummer"
            .to_owned(),
        Warning::Overlaps { from, to, title } => {
            format!("{} har samma roll {}", shown(title), stretch(*from, *to))
        }
        Warning::TooLong { allowed_to } => format!(
            "rätten är längre än källan medger; underskrifter räknas till och med {allowed_to}"
        ),
    }
}

fn stretch(from: Option<NaiveDate>, to: Option<NaiveDate>) -> String {
    match (from, to) {
        (Some(from), Some(to)) => format!("från {from} till och med {to}"),
        (Some(from), None) => format!("från {from} och tills vidare"),
        (None, Some(to)) => format!("till och med {to}"),
        (None, None) => "tills vidare".to_owned(),
    }
}

fn print_list(listing: &Listing) {
    say(&format!(
        "{HEADING}{} {}{HEADING:#}, {}",
        listing.party, listing.name, listing.day
    ));
    for seat in &listing.rule.seats {
        let by: Vec<&str> = seat.by.iter().map(Role::as_str).collect();
        say(&format!(
            "  plats {}: {}",
            seat.role,
            by.join(", vid förfall ")
        ));
    }
    if let Some(needed) = listing.rule.at_least {
        say(&format!(
            "  minst {needed} av {} platser ska vara undertecknade",
            listing.rule.seats.len()
        ));
    }
    if let Some(grade) = listing.rule.least_grade {
        say(&format!("  underskrifterna ska vara minst {grade}"));
    }
    for line in &listing.lines {
        print_line(line);
    }
}

fn print_line(line: &Line) {
    let name = match &line.name {
        Some(name) => shown(name),
        None if line.is_erased => "namnet är gallrat".to_owned(),
        None => "inget namn är antecknat".to_owned(),
    };
    let mark = if line.is_in_office {
        "får skriva under"
    } else {
        "får inte skriva under den dagen"
    };
    say(&format!(
        "{HEADING}{}{HEADING:#}  {} ({})  {mark}",
        name,
        shown(&line.title),
        line.role
    ));
    let agreement = line.agreement.as_ref();
    let agreement = agreement.map(|it| format!(", bara för {it}"));
    say(&format!(
        "    {}{}",
        stretch(line.from, line.to),
        agreement.unwrap_or_default()
    ));
    for certificate in &line.certificates {
        say(&format!("    certifikat {certificate}"));
    }
    if line.has_identifier {
        say("    en nycklad kontrollsumma av personnumret är antecknad");
    }
    match (&line.source, line.seq) {
        (Some(source), Some(seq)) => say(&format!("    källa: {} (post {seq})", minutes(source))),
        _ => say(&format!("    {DIM}i partens fil{DIM:#}")),
    }
    for relief in &line.reliefs {
        let reason = relief.reason.as_deref().map(shown);
        say(&format!(
            "    upphörde {}: {} (post {})",
            relief.last_day,
            reason.unwrap_or_else(|| "skälet är gallrat".to_owned()),
            relief.seq
        ));
    }
}

fn minutes(source: &Minutes) -> String {
    let mut text = format!("{} {}", shown(source.body.as_str()), source.met_on);
    if let Some(section) = &source.section {
        text.push_str(&format!(", {}", shown(section.as_str())));
    }
    if let Some(diary) = &source.diary_number {
        text.push_str(&format!(", dnr {}", shown(diary.as_str())));
    }
    text
}

/// What is said of a source only with its body.
const OF_SOURCE: [&str; 7] = [
    "announced",
    "appeal_until",
    "approved",
    "diary",
    "extract",
    "met",
    "section",
];
