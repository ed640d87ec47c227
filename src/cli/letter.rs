//! `sigill letter`.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

use chrono::NaiveDate;
use clap::{Args, ValueEnum};

use super::style::{DIM, GOOD, WARN, advance, bar, say, say_json, shown};
use super::term::day;
use crate::agreement::{AgreementId, Name, PartyCode, VersionNumber};
use crate::journeys::act::About;
use crate::journeys::letter::{LeftOut, Letters, Request};
use crate::journeys::status::words;
use crate::journeys::{Error, Office, letter};
use crate::register::LetterKind;

/// Write a letter to the parties, as PDF and as plain text for e-mail, and enter which went out
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sigill letter missive familjecentral --answer-by 2027-02-16 --enclosure \"Tjänsteskrivelse\"
  sigill letter reminder familjecentral --preview
  sigill letter reminder familjecentral --answer-by 2027-02-16
  sigill letter acknowledgement familjecentral --notice 214 --party 1480

The letters lie in out/AGREEMENT/letters/; --preview stamps them and enters nothing. Their words are
yours: KIND.typ and KIND.txt in templates/letters/. A reminder goes to those that miss something and
says what. Letters that are entered already are written again, and entered again only with --again.")]
pub(super) struct Arguments {
    /// What the letter is for
    #[arg(value_enum)]
    kind: KindArgument,
    /// The agreement
    agreement: AgreementId,
    /// The version [default: the newest published one]
    #[arg(long = "version", value_name = "V")]
    number: Option<VersionNumber>,
    /// Only to this party, by its code; may be repeated [default: all]
    #[arg(long = "party", value_name = "CODE", conflicts_with = "missing")]
    parties: Vec<PartyCode>,
    /// Only to parties that are not complete
    #[arg(long)]
    missing: bool,
    /// The last day to answer [default: that of the version's consultation]
    #[arg(long, value_name = "DATE", value_parser = day)]
    answer_by: Option<NaiveDate>,
    /// What else comes with the letter; may be repeated
    #[arg(long = "enclosure", value_name = "TEXT")]
    enclosures: Vec<Name>,
    /// The notice that is acknowledged, by its entry's number [default: the only one]
    #[arg(long, value_name = "ENTRY")]
    notice: Option<u64>,
    /// Stamp the letters, enter nothing
    #[arg(long)]
    preview: bool,
    /// Enter the same letters once more
    #[arg(long, conflicts_with = "preview")]
    again: bool,
    /// The folder for the letters [default: out/ in the office]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Print what was written as JSON
    #[arg(long)]
    json: bool,
}

/// A kind of letter on the command line.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum KindArgument {
    /// Confirms a notice of termination and says what it does
    Acknowledgement,
    /// Says that the agreement ends
    Ending,
    /// Covering letter (missiv): asks for a decision or an answer
    Missive,
    /// Says that the agreement is prolonged
    Prolongation,
    /// Says what is missing
    Reminder,
    /// Comes with the copies to sign
    Sending,
}

impl From<KindArgument> for LetterKind {
    fn from(kind: KindArgument) -> Self {
        match kind {
            KindArgument::Acknowledgement => Self::Acknowledgement,
            KindArgument::Ending => Self::Ending,
            KindArgument::Missive => Self::Missive,
            KindArgument::Prolongation => Self::Prolongation,
            KindArgument::Reminder => Self::Reminder,
            KindArgument::Sending => Self::Sending,
        }
    }
}

pub(super) async fn run(office: &Office, arguments: Arguments) -> Result<ExitCode, Error> {
    let json = arguments.json;
    let request = Request {
        about: About {
            agreement: Some(arguments.agreement),
            version: arguments.number,
        },
        again: arguments.again,
        answer_by: arguments.answer_by,
        enclosures: arguments.enclosures,
        kind: arguments.kind.into(),
        notice: arguments.notice,
        only_missing: arguments.missing,
        out: arguments.out,
        parties: arguments.parties,
        preview: arguments.preview,
    };
    let letters = write(office, &request).await?;
    if json {
        say_json(&letters)?;
    } else {
        print(&letters);
    }
    Ok(ExitCode::SUCCESS)
}

/// Writes letters, with a bar.
pub(super) async fn write(office: &Office, request: &Request) -> Result<Letters, Error> {
    let bar = bar("Skriver brev");
    let result = letter::run(office, request, &mut |done, of| advance(&bar, done, of)).await;
    bar.finish_and_clear();
    result
}

fn print(letters: &Letters) {
    if letters.letters.is_empty() {
        say(match letters.letter {
            LetterKind::Reminder => "Inget saknas som en part kan påminnas om. Inget är skrivet.",
            _ => "Ingen part ska ha brevet. Inget är skrivet.",
        });
    } else {
        print_written(letters);
    }
    let mut left_out: BTreeMap<LeftOut, Vec<&str>> = BTreeMap::new();
    for line in &letters.left_out {
        let parties = left_out.entry(line.why).or_default();
        parties.push(line.party.as_str());
    }
    for (why, parties) in left_out {
        let shown: Vec<&str> = parties.iter().take(SHOWN_PARTIES).copied().collect();
        let more = match parties.len().saturating_sub(SHOWN_PARTIES) {
            0 => String::new(),
            more => format!(" och {more} till"),
        };
        say(&format!(
            "  utan brev: {} ({}{more})",
            left_out_words(why),
            shown.join(", ")
        ));
    }
    let agreement = &letters.agreement;
    let next = match (letters.letters.is_empty(), letters.preview) {
        (true, _) => format!("sigill status {agreement}"),
        (false, true) => "läs breven, och kör kommandot igen utan --preview".to_owned(),
        (false, false) => format!("sänd filerna; sigill log {agreement} visar vad som gick ut"),
    };
    say(&format!("{DIM}Nästa steg:{DIM:#} {next}"));
}

/// Tells of letters that were written, where they lie and where they are entered.
pub(super) fn print_written(letters: &Letters) {
    let (agreement, version) = (&letters.agreement, letters.version);
    let kind = words::letter(letters.letter);
    let all = letters.letters.as_slice();
    let count = match all {
        [only] => format!("Brev till {} {}", only.party, shown(&only.party_name)),
        several => format!("{} brev", several.len()),
    };
    let ending = if all.len() == 1 { "et" } else { "na" };
    let entered = match (letters.preview, letters.seq) {
        (true, _) => "att titta på; inget är infört".to_owned(),
        (false, Some(seq)) if all.len() == 1 => format!("skrivet och infört (post {seq})"),
        (false, Some(seq)) => format!("skrivna och införda (post {seq})"),
        (false, None) => format!("skriv{ending} på nytt"),
    };
    say(&format!(
        "{GOOD}✓{GOOD:#} {count} ({kind}), {agreement} {version}: {entered}."
    ));
    if let [only] = all {
        say(&format!("  {}", only.pdf.display()));
        say(&format!("  {}", only.text.display()));
    } else {
        say(&format!(
            "  de finns i {}, vart och ett som PDF och som text för e-post",
            letters.folder.display()
        ));
    }
    let known: Vec<u64> = all.iter().filter_map(|it| it.known_in).collect();
    if let Some(last) = known.iter().max() {
        let entered = match letters.seq {
            Some(_) if known.len() == all.len() => "och är införda en gång till",
            Some(_) => "och är införda där",
            None => "och är införda där; --again för in dem en gång till",
        };
        say(&format!(
            "  {WARN}obs{WARN:#}  {} av {} är likadana som förut (post {last}) {entered}",
            known.len(),
            all.len()
        ));
    }
    if !letters.has_contact {
        say(&format!(
            "  {WARN}obs{WARN:#}  agreement.toml har ingen contact: brevet säger inte vem som svarar på frågor"
        ));
    }
}

fn left_out_words(why: LeftOut) -> &'static str {
    match why {
        LeftOut::Complete => "inget saknas",
        LeftOut::Declined => "har sagt nej; tala med parten",
        LeftOut::Ended => "avtalet upphör dessförinnan",
        LeftOut::GoesOn => "avtalet fortsätter",
        LeftOut::NoCopy => "inget exemplar är utfärdat",
        LeftOut::NotBound => "är inte bunden av versionen",
        LeftOut::OfficeActs => "det som saknas ska ni göra",
    }
}

/// So many parties are named; more are counted.
const SHOWN_PARTIES: usize = 8;
