//! `sigill decide`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use serde_json::json;

use super::act::{
    AboutArguments, EnteringArguments, OutcomeArgument, ResolutionArguments, entered, line,
    outcome_option, print_minutes, print_notes, print_open_seats, quoted,
};
use super::log::outcome_words;
use super::style::{DIM, GOOD, HEADING, WARN, ask, say, say_json, shown};
use crate::agreement::{Outcome, PartyCode};
use crate::journeys::act::{Encoding, Note};
use crate::journeys::decide::{Decision, Request};
use crate::journeys::extract::{Given, Reading, option};
use crate::journeys::{ActError, Error, Office, decide, extract};
use crate::minutes::{Field, Found};

/// Enter what a party's body decided, by hand or from an extract of its minutes
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sigill decide 1443 --agreement familjecentral --body Kommunstyrelsen --met 2024-02-05 \\
    --section \"§ 23\" --diary KS2023/259 --approved 2024-02-12 --announced 2024-02-13 \\
    --outcome approved --extract utdrag.pdf
  sigill decide 1480 --agreement familjecentral --body Kommunstyrelsen --met 2024-02-07 \\
    --outcome condition --condition \"Under förutsättning att kostnaden delas lika\"
  sigill decide --from utdrag.txt --agreement familjecentral        shows what the text says
  sigill decide 1443 --from utdrag.txt --agreement familjecentral --yes

Working committee, board and council are entered one by one; the last step rules. A condition makes
the party amber until `sigill settle`; a member's dissent is no condition. With --from nothing is
guessed: each value is shown with its place, what is missing is asked for, options go before the
text, and without --yes nothing is entered but on your word.")]
pub(super) struct Arguments {
    /// The party's code
    #[arg(required_unless_present = "from")]
    party: Option<PartyCode>,
    #[command(flatten)]
    about: AboutArguments,
    #[command(flatten)]
    resolution: ResolutionArguments,
    /// What was decided
    #[arg(long, value_enum, required_unless_present = "from")]
    outcome: Option<OutcomeArgument>,
    /// The words of the condition; kept so that they can be erased
    #[arg(long, value_name = "WORDS")]
    condition: Option<String>,
    /// Members' dissents, for information
    #[arg(long, value_name = "WORDS")]
    dissent: Option<String>,
    /// Read the decision from this extract: text, or a PDF with text in it
    #[arg(long, value_name = "FILE", conflicts_with = "extract")]
    from: Option<PathBuf>,
    /// With --from: a word that tells the agreement from others; may be repeated
    #[arg(long = "word", value_name = "WORD", requires = "from")]
    words: Vec<String>,
    /// With --from: enter what was read, without asking
    #[arg(long, requires = "from", conflicts_with = "dry_run")]
    yes: bool,
    /// It is another decision of the same body, day and §
    #[arg(long)]
    again: bool,
    #[command(flatten)]
    how: EnteringArguments,
}

pub(super) async fn run(office: &Office, arguments: Arguments) -> Result<ExitCode, Error> {
    if let Some(file) = arguments.from.clone() {
        return from(office, arguments, file).await;
    }
    let resolution = arguments.resolution.resolution();
    let resolution = resolution.map_err(|options| ActError::Missing { options })?;
    let (Some(party), Some(outcome)) = (arguments.party, arguments.outcome) else {
        let options = vec!["PARTY", "--outcome"];
        return Err(ActError::Missing { options }.into());
    };
    let request = Request {
        about: arguments.about.into(),
        again: arguments.again,
        condition: arguments.condition,
        dissent: arguments.dissent,
        dry_run: arguments.how.dry_run,
        outcome: outcome.into(),
        party,
        resolution,
    };
    let decision = decide::run(office, &request).await?;
    if arguments.how.json {
        say_json(&decision)?;
    } else {
        print(&decision);
    }
    Ok(ExitCode::SUCCESS)
}

/// Reads an extract, shows what it says, and enters it on the officer's word.
async fn from(office: &Office, arguments: Arguments, file: PathBuf) -> Result<ExitCode, Error> {
    let of = &arguments.resolution;
    let request = extract::Request {
        about: arguments.about.clone().into(),
        file,
        given: Given {
            announced_on: of.announced,
            appeal_until: of.appeal_until,
            approved_on: of.approved,
            body: of.body.clone(),
            condition: arguments.condition.clone(),
            diary_number: of.diary.clone(),
            dissent: arguments.dissent.clone(),
            met_on: of.met,
            outcome: arguments.outcome.map(Outcome::from),
            party: arguments.party.clone(),
            section: of.section.clone(),
        },
        words: arguments.words.clone(),
    };
    let reading = extract::run(office, &request).await?;
    if !arguments.how.json {
        print_reading(&reading, &request.given);
    }
    // What is missing is told by itself where nothing was to be entered yet.
    if !arguments.yes && reading.decision.is_none() {
        if arguments.how.json {
            say_reading(&reading, None)?;
            return Ok(ExitCode::SUCCESS);
        }
        say(&format!(
            "Inget är infört. Ange det som saknas: {}",
            reading.needed.join(", ")
        ));
        return Ok(ExitCode::SUCCESS);
    }
    let decision = Request {
        again: arguments.again,
        dry_run: true,
        ..reading.decision()?.clone()
    };
    // Whatever would be refused is refused before the officer is asked.
    let would = decide::run(office, &decision).await?;
    let is_wanted = arguments.yes
        || (!arguments.how.json && !arguments.how.dry_run && ask(QUESTION) == Some(true));
    if !is_wanted {
        if arguments.how.json {
            say_reading(&reading, Some(&would))?;
        } else {
            let is_new = |note: &&Note| !reading.notes.contains(note);
            let notes: Vec<Note> = would.notes.iter().filter(is_new).cloned().collect();
            print_notes(&notes);
            say("Inget är infört. Så här förs det in:");
            say(&format!("  {}", command(&decision)));
        }
        return Ok(ExitCode::SUCCESS);
    }
    let decision = Request {
        dry_run: false,
        ..decision
    };
    let entered = decide::run(office, &decision).await?;
    if arguments.how.json {
        say_reading(&reading, Some(&entered))?;
    } else {
        say("");
        print(&entered);
    }
    Ok(ExitCode::SUCCESS)
}

fn say_reading(reading: &Reading, decision: Option<&Decision>) -> Result<(), Error> {
    let command = reading.decision.as_ref().map(command);
    say_json(&json!({
        "reading": reading,
        "command": command,
        "decision": decision,
    }))?;
    Ok(())
}

fn print(decision: &Decision) {
    say(&format!(
        "{GOOD}✓{GOOD:#} Beslutet {}: {} {}, {} {}: {}",
        entered("infört", decision.seq),
        decision.party,
        shown(&decision.party_name),
        decision.agreement,
        decision.version,
        outcome_words(decision.outcome)
    ));
    print_minutes(&decision.minutes);
    if let Some(appeal) = decision.appeal {
        let printed = decision.minutes.appeal_until;
        let printed = printed.map(|day| format!(" (protokollet anger {day})"));
        line(
            "överklagas",
            &format!(
                "senast {}{}",
                appeal.appeal.last_day,
                printed.unwrap_or_default()
            ),
        );
        line(
            "laga kraft",
            &format!("{}, om ingen överklagar", appeal.final_on),
        );
    } else if let Some(printed) = decision.minutes.appeal_until {
        line(
            "överklagas",
            &format!("senast {printed} enligt protokollet"),
        );
    }
    print_open_seats(decision.copies, &decision.open_seats);
    print_notes(&decision.notes);
    if let Some(next) = next(decision) {
        say(&format!("{DIM}Nästa steg:{DIM:#} {next}"));
    }
}

/// Returns what to do next.
fn next(decision: &Decision) -> Option<String> {
    let (agreement, party) = (&decision.agreement, &decision.party);
    let prepares = |note: &Note| matches!(note, Note::PreparesOnly { .. });
    if decision.notes.iter().any(prepares) {
        return Some(format!(
            "för in det beslutande organets beslut: sigill decide {party} --agreement {agreement} …"
        ));
    }
    match decision.outcome {
        Outcome::ApprovedWithCondition => {
            let seq = decision
                .seq
                .map_or("POST".to_owned(), |seq| seq.to_string());
            Some(format!(
                "när villkoret är utrett: sigill settle {seq} --resolved --reason …, eller --refused"
            ))
        }
        Outcome::Declined => Some(format!(
            "se vad ett nej innebär för avtalet: sigill status {agreement}"
        )),
        Outcome::Deferred => Some("vänta in partens nya beslut".to_owned()),
        Outcome::Approved if decision.copies == 0 => {
            Some(format!("sigill generate {agreement} --party {party}"))
        }
        Outcome::Approved if decision.open_seats.is_empty() => None,
        Outcome::Approved => Some(format!("sigill send {agreement} --party {party}")),
    }
}

/// Prints what a text proposes, each value with its place.
fn print_reading(reading: &Reading, given: &Given) {
    let proposal = &reading.proposal;
    let how = match reading.encoding {
        Encoding::Pdf => " (text ur en PDF)",
        Encoding::Utf16 => " (UTF-16)",
        Encoding::Utf8 => "",
        Encoding::Windows1252 => " (Windows-1252)",
    };
    say(&format!(
        "{HEADING}Utdraget föreslår, för {} {}{how}:{HEADING:#}",
        reading.agreement, reading.version
    ));
    found(
        "part",
        &proposal.party,
        ToString::to_string,
        given.party.as_ref(),
    );
    found(
        "organ",
        &proposal.body,
        |it| it.name.clone(),
        given.body.as_ref(),
    );
    found(
        "möte",
        &proposal.met_on,
        ToString::to_string,
        given.met_on.as_ref(),
    );
    found(
        "paragraf",
        &proposal.section,
        Clone::clone,
        given.section.as_ref(),
    );
    found("rubrik", &proposal.title, Clone::clone, None::<&String>);
    let number = given.diary_number.as_ref();
    found("diarienummer", &proposal.diary_number, Clone::clone, number);
    let approved = given.approved_on.as_ref();
    found(
        "justerat",
        &proposal.approved_on,
        ToString::to_string,
        approved,
    );
    let announced = given.announced_on.as_ref();
    found(
        "tillkännagivet",
        &proposal.announced_on,
        ToString::to_string,
        announced,
    );
    if let Some(at_once) = proposal.is_approved_at_once.as_ref().filter(|it| it.value) {
        place(
            "justerat genast",
            at_once.page,
            at_once.line,
            &at_once.quote,
        );
    }
    let outcome = given.outcome.map(outcome_words);
    found(
        "utfall",
        &proposal.outcome,
        |it| outcome_words(*it).to_owned(),
        outcome.as_ref(),
    );
    found(
        "villkor",
        &proposal.condition,
        Clone::clone,
        given.condition.as_ref(),
    );
    found(
        "undertecknare",
        &proposal.signer,
        Clone::clone,
        None::<&String>,
    );
    for dissent in &proposal.dissents {
        place("reservation", dissent.page, dissent.line, &dissent.quote);
    }
    for proposed in &proposal.proposals {
        place("förslag", proposed.page, proposed.line, &proposed.quote);
    }
    for earlier in &proposal.earlier {
        place("äldre beslut", earlier.page, earlier.line, &earlier.quote);
    }
    for doubt in &proposal.doubts {
        let field = doubt.field.map(|field| format!("{}: ", field_words(field)));
        say(&format!(
            "  {WARN}tveksamt{WARN:#}  {}{}",
            field.unwrap_or_default(),
            doubt.swedish
        ));
        for at in &doubt.places {
            place("", at.page, at.line, &at.quote);
        }
    }
    for field in &reading.missing {
        let how = match option(*field) {
            Some(option) => format!("ange {option}"),
            None => "för in vem som får skriva under med `sigill authorise`".to_owned(),
        };
        say(&format!(
            "  {WARN}saknas{WARN:#}    {}: {how}",
            field_words(*field)
        ));
    }
    print_notes(&reading.notes);
}

fn found<T, G: ToString>(
    label: &str,
    proposed: &Option<Found<T>>,
    text: impl Fn(&T) -> String,
    given: Option<&G>,
) {
    match (given, proposed) {
        (Some(given), _) => say(&format!(
            "    {label:<14} {}  {DIM}angivet{DIM:#}",
            shown(&given.to_string())
        )),
        (None, Some(found)) => {
            say(&format!("    {label:<14} {}", shown(&text(&found.value))));
            place("", found.page, found.line, &found.quote);
        }
        (None, None) => {}
    }
}

fn place(label: &str, page: usize, line: usize, quote: &str) {
    let words: Vec<&str> = quote.split_whitespace().collect();
    let words = words.join(" ");
    let cut: String = words.chars().take(QUOTE_CHARS).collect();
    let end = if cut.len() < words.len() { "…" } else { "" };
    say(&format!(
        "    {label:<14} {DIM}sida {page}, rad {line}:{DIM:#} ”{}{end}”",
        shown(&cut)
    ));
}

fn field_words(field: Field) -> &'static str {
    match field {
        Field::AnnouncedOn => "dag för tillkännagivande",
        Field::ApprovedOn => "dag för justering",
        Field::Body => "organ",
        Field::Condition => "villkorets ord",
        Field::DiaryNumber => "diarienummer",
        Field::MetOn => "mötesdag",
        Field::Outcome => "utfall",
        Field::Party => "part",
        Field::Section => "paragraf",
        Field::Signer => "undertecknare",
    }
}

/// Returns the command that enters a decision as it stands.
fn command(request: &Request) -> String {
    let of = &request.resolution;
    let mut words = vec![
        "sigill".to_owned(),
        "decide".to_owned(),
        request.party.to_string(),
    ];
    let mut add = |option: &str, value: Option<String>| {
        if let Some(value) = value {
            words.push(format!("--{option}"));
            words.push(quoted(&value));
        }
    };
    let day = |day: Option<chrono::NaiveDate>| day.map(|day| day.to_string());
    let about = &request.about;
    add(
        "agreement",
        about.agreement.as_ref().map(ToString::to_string),
    );
    add("version", about.version.map(|version| version.to_string()));
    add("body", Some(of.body.to_string()));
    add("met", day(Some(of.met_on)));
    add("section", of.section.as_ref().map(ToString::to_string));
    add("diary", of.diary_number.as_ref().map(ToString::to_string));
    add("approved", day(of.approved_on));
    add("announced", day(of.announced_on));
    add("appeal-until", day(of.appeal_until));
    add("outcome", Some(outcome_option(request.outcome).to_owned()));
    add("condition", request.condition.clone());
    add("dissent", request.dissent.clone());
    let extract = of.extract.as_ref();
    add("extract", extract.map(|file| file.display().to_string()));
    words.join(" ")
}

/// So much of a line tells which it is.
const QUOTE_CHARS: usize = 76;
/// Asked before a decision that was read is entered.
const QUESTION: &str = "Stämmer det, och ska det föras in?";
