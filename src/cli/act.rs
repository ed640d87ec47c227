//! What the commands have in common that enter what parties did: their options, and how notes read.

use std::path::PathBuf;

use chrono::NaiveDate;
use clap::{Args, ValueEnum};

use super::style::{WARN, say, shown};
use crate::agreement::{AgreementId, Name, Outcome, PartyCode, Status, VersionNumber};
use crate::journeys::act::{About, Note, OpenSeats, Resolution};
use crate::journeys::decline::Letter;
use crate::register::Minutes;

/// Which agreement and version.
#[derive(Debug, Clone, Args)]
pub(super) struct AboutArguments {
    /// The agreement [default: the office's only one]
    #[arg(long, value_name = "AGREEMENT")]
    agreement: Option<AgreementId>,
    /// The version [default: the newest published one]
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

/// Where a resolution stands.
#[derive(Debug, Clone, Args)]
pub(super) struct ResolutionArguments {
    /// The body, as the minutes name it: Kommunstyrelsen
    #[arg(long, value_name = "BODY")]
    pub(super) body: Option<Name>,
    /// The day of the meeting
    #[arg(long, value_name = "DATE")]
    pub(super) met: Option<NaiveDate>,
    /// The §, as printed, in whatever form
    #[arg(long, value_name = "TEXT")]
    pub(super) section: Option<Name>,
    /// The diary number, as printed, in whatever form
    #[arg(long, value_name = "TEXT")]
    pub(super) diary: Option<Name>,
    /// The day on which the minutes were approved
    #[arg(long, value_name = "DATE")]
    pub(super) approved: Option<NaiveDate>,
    /// The day on which the approval was announced on the notice board
    #[arg(long, value_name = "DATE")]
    pub(super) announced: Option<NaiveDate>,
    /// The last day of appeal that the minutes print; it is also computed
    #[arg(long, value_name = "DATE")]
    pub(super) appeal_until: Option<NaiveDate>,
    /// The extract as a file, kept as a document
    #[arg(long, value_name = "FILE")]
    pub(super) extract: Option<PathBuf>,
}

impl ResolutionArguments {
    /// Returns the resolution, or the options that are missing.
    pub(super) fn resolution(&self) -> Result<Resolution, Vec<&'static str>> {
        let (Some(body), Some(met_on)) = (self.body.clone(), self.met) else {
            let body = self.body.is_none().then_some("--body");
            let met = self.met.is_none().then_some("--met");
            return Err(body.into_iter().chain(met).collect());
        };
        Ok(Resolution {
            announced_on: self.announced,
            appeal_until: self.appeal_until,
            approved_on: self.approved,
            body,
            diary_number: self.diary.clone(),
            extract: self.extract.clone(),
            met_on,
            section: self.section.clone(),
        })
    }
}

/// An outcome on the command line.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum OutcomeArgument {
    /// To conclude the agreement
    Approved,
    /// To conclude it on a condition
    Condition,
    /// Not to conclude it
    Declined,
    /// Sent back or put off
    Deferred,
}

impl From<OutcomeArgument> for Outcome {
    fn from(outcome: OutcomeArgument) -> Self {
        match outcome {
            OutcomeArgument::Approved => Self::Approved,
            OutcomeArgument::Condition => Self::ApprovedWithCondition,
            OutcomeArgument::Declined => Self::Declined,
            OutcomeArgument::Deferred => Self::Deferred,
        }
    }
}

/// Returns an outcome as the option names it.
pub(super) fn outcome_option(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Approved => "approved",
        Outcome::ApprovedWithCondition => "condition",
        Outcome::Declined => "declined",
        Outcome::Deferred => "deferred",
    }
}

/// Whether an act is entered, and how it is told.
#[derive(Debug, Clone, Args)]
pub(super) struct EnteringArguments {
    /// Enter nothing, show what would be
    #[arg(long)]
    pub(super) dry_run: bool,
    /// Print what was entered as JSON
    #[arg(long)]
    pub(super) json: bool,
}

/// A party's letter.
#[derive(Debug, Clone, Args)]
pub(super) struct LetterArguments {
    /// The party's code
    party: PartyCode,
    #[command(flatten)]
    about: AboutArguments,
    /// The day on the letter
    #[arg(long, value_name = "DATE")]
    dated: NaiveDate,
    /// Its reason; kept so that it can be erased
    #[arg(long, value_name = "WHY")]
    reason: String,
    /// The letter as a file, kept as a document
    #[arg(long, value_name = "FILE")]
    document: Option<PathBuf>,
    /// It is another letter of the same day
    #[arg(long)]
    again: bool,
    #[command(flatten)]
    pub(super) how: EnteringArguments,
}

impl From<LetterArguments> for Letter {
    fn from(arguments: LetterArguments) -> Self {
        Self {
            about: arguments.about.into(),
            again: arguments.again,
            dated: arguments.dated,
            document: arguments.document,
            dry_run: arguments.how.dry_run,
            party: arguments.party,
            reason: arguments.reason,
        }
    }
}

/// Returns the word and place of an entry: `är införd (post 12)`, or that it would be; `word` is införd or
/// infört.
pub(super) fn entered(word: &str, seq: Option<u64>) -> String {
    match seq {
        Some(seq) => format!("är {word} (post {seq})"),
        None => "skulle föras in".to_owned(),
    }
}

/// Prints where a resolution stands.
pub(super) fn print_minutes(minutes: &Minutes) {
    let section = minutes.section.as_ref().map(|text| format!(", {text}"));
    line(
        "organ",
        &format!(
            "{} {}{}",
            minutes.body,
            minutes.met_on,
            section.unwrap_or_default()
        ),
    );
    if let Some(number) = &minutes.diary_number {
        line("diarienummer", number.as_str());
    }
    match (minutes.approved_on, minutes.announced_on) {
        (None, None) => {}
        (approved, announced) => {
            let approved = approved.map(|day| format!("justerat {day}"));
            let announced = announced.map(|day| format!("tillkännagivet {day}"));
            let days: Vec<String> = approved.into_iter().chain(announced).collect();
            line("protokollet", &days.join(", "));
        }
    }
    if let Some(extract) = minutes.extract {
        line("utdraget", &format!("kontrollsumma {}", extract.short()));
    }
}

/// Prints a labelled line of the answer.
pub(super) fn line(label: &str, text: &str) {
    say(&format!("    {label:<13} {}", shown(text)));
}

/// Prints the seats that a party has not signed in.
pub(super) fn print_open_seats(copies: usize, open: &[OpenSeats]) {
    let seats: usize = open.iter().map(|open| open.seats.len()).sum();
    let text = match open {
        _ if copies == 0 => "inget exemplar är utfärdat än".to_owned(),
        [] => "alla platser är undertecknade".to_owned(),
        [only] => {
            let seats: Vec<String> = only.seats.iter().map(ToString::to_string).collect();
            format!("ej undertecknat: {} i {}", seats.join(", "), only.copy)
        }
        several => format!(
            "ej undertecknat: {seats} platser i {} exemplar",
            several.len()
        ),
    };
    line("återstår", &text);
}

/// Prints what an officer should look at.
pub(super) fn print_notes(notes: &[Note]) {
    for note in notes {
        say(&format!("  {WARN}obs{WARN:#}  {}", shown(&sentence(note))));
    }
}

fn sentence(note: &Note) -> String {
    match note {
        Note::AnnouncedLate { by } => {
            format!("justeringen tillkännagavs senare än lagen säger, senast {by}")
        }
        Note::AppealDayDiffers { computed, printed } => format!(
            "protokollet anger {printed} som sista dag att överklaga, men uträknat är det {computed}"
        ),
        Note::ApprovedLate { by } => {
            format!("protokollet justerades senare än lagen säger, senast {by}")
        }
        Note::BeforeDated { dated } => {
            format!("beslutet är äldre än avtalets datum {dated}: se efter att det gäller just den här texten")
        }
        Note::BeforeIssued { issued_on } => {
            format!("dagen på pappret är före den dag exemplaret utfärdades, {issued_on}")
        }
        Note::ConditionOpen => {
            "ett villkor är ingen ren accept: parten är gul tills villkoret är uppfyllt eller avvisat".to_owned()
        }
        Note::Dissent => "reservationen är antecknad och är inget villkor".to_owned(),
        Note::Earlier { seq } => {
            format!("partens tidigare beslut i post {seq} står kvar; det sista steget gäller")
        }
        Note::EditFile { file } => {
            format!("ändra också {file} för hand: registret skriver inte i partens fil")
        }
        Note::LevelUnknown { asked } => {
            format!("det framgår inte vilken nivå organet är; avtalet begär beslut av {asked}")
        }
        Note::NotAnnounced => {
            "utan dagen för tillkännagivande går det inte att räkna ut laga kraft".to_owned()
        }
        Note::NotBound { party } => {
            format!("{party} är inte bunden av versionen: se efter vad uppsägningen gäller")
        }
        Note::NotPublished { status } => match status {
            Status::Adopted => "versionen är inte publicerad än".to_owned(),
            Status::Consultation => "versionen är en remiss och är inte antagen".to_owned(),
            Status::Draft => "versionen är ett utkast och är inte antagen".to_owned(),
        },
        Note::PersonalNumbers { count, within } => format!(
            "{} i {}: ta bort det ur texten, eller radera handlingen senare med `sigill erase`",
            if *count == 1 {
                "ett personnummer står".to_owned()
            } else {
                format!("{count} personnummer står")
            },
            place(within)
        ),
        Note::PreparesOnly { body } => {
            format!("{body} bereder bara ärendet och binder inte parten: ett beslut till behövs")
        }
        Note::Recognised { pages } => {
            let pages: Vec<String> = pages.iter().map(ToString::to_string).collect();
            format!(
                "texten på sida {} har en maskin läst ur en bild: kontrollera varje siffra",
                pages.join(", ")
            )
        }
        Note::SignedElectronically { seat } => {
            format!("{seat} är redan undertecknad elektroniskt; båda finns kvar")
        }
        Note::WithoutFile { party } => {
            format!("{party} har ingen fil i signatories/: lägg till en")
        }
        Note::WrongLevel { asked, decided } => {
            format!("avtalet begär beslut av {asked}, men {decided} har beslutat")
        }
        Note::WrongParty { found } => format!("texten tycks vara ett beslut av part {found}"),
    }
}

fn place(within: &str) -> &'static str {
    match within {
        "comment" => "synpunkterna",
        "condition" => "villkoret",
        "diary_number" => "diarienumret",
        "dissent" => "reservationen",
        "document" => "brevet",
        "extract" => "utdraget",
        "section" => "paragrafen",
        "witness" => "vittnesmålet",
        _ => "skälet",
    }
}

/// Returns a word as a shell takes it.
pub(super) fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "-_./,:=+@%".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}
