//! `sigill revise`.

use std::process::ExitCode;

use clap::Args;

use super::act::line;
use super::style::{DIM, GOOD, WARN, say, say_json};
use crate::agreement::{AgreementId, ClauseId, Name, PartyCode, Relation, VersionNumber};
use crate::calendar::Stretch;
use crate::journeys::revise::{self, Drafted, LookAt, Request, What};
use crate::journeys::{Error, Office};

/// Draft the next version of an agreement, or an amendment that leaves it standing
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sigill revise familjecentral --as 2.0 --reason \"översyn inför nästa period\"
  sigill revise familjecentral --as 1.1 --keep-term          a correction of the running term
  sigill revise familjecentral --amend uppfoljning --party 1443 --party 1480 --clause uppfoljning

Writes a folder in templates/ with status draft, for you to edit, and changes nothing else. The next
version replaces the one it is drafted from, for those that sign it; its days are moved on to the
term that follows. An amendment is a document of its own between the parties that it touches. No
signature on one is ever one on the other.")]
pub(super) struct Arguments {
    /// The agreement
    agreement: AgreementId,
    /// The number of the next version
    #[arg(
        long = "as",
        value_name = "V",
        required_unless_present = "amend",
        conflicts_with = "amend"
    )]
    number: Option<VersionNumber>,
    /// The amendment's name: its folder is templates/AGREEMENT-NAME
    #[arg(long, value_name = "NAME", requires = "party")]
    amend: Option<String>,
    /// A party that the amendment touches; may be given again
    #[arg(long, value_name = "CODE", requires = "amend")]
    party: Vec<PartyCode>,
    /// A clause that the amendment changes, by its id; may be given again
    #[arg(long, value_name = "ID", requires = "amend")]
    clause: Vec<ClauseId>,
    /// The version to draft from [default: the newest published one]
    #[arg(long, value_name = "V")]
    from: Option<VersionNumber>,
    /// Leave the term as it is
    #[arg(long, conflicts_with = "amend")]
    keep_term: bool,
    /// Why; stands in version.toml, and so in the text that is published
    #[arg(long, value_name = "WORDS")]
    reason: Option<Name>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(office: &Office, arguments: Arguments) -> Result<ExitCode, Error> {
    let what = match (arguments.amend, arguments.number) {
        (Some(name), _) => What::Amendment {
            clauses: arguments.clause,
            name,
            parties: arguments.party,
        },
        (None, Some(number)) => What::Next {
            keep_term: arguments.keep_term,
            number,
        },
        // One of the two is asked for at the door.
        (None, None) => return Ok(ExitCode::from(2)),
    };
    let request = Request {
        agreement: arguments.agreement,
        from: arguments.from,
        reason: arguments.reason,
        what,
    };
    let drafted = revise::run(office, &request).await?;
    if arguments.json {
        say_json(&drafted)?;
    } else {
        print(&drafted);
    }
    Ok(ExitCode::SUCCESS)
}

fn print(drafted: &Drafted) {
    let (agreement, version, from) = (&drafted.agreement, drafted.version, &drafted.from);
    let source = if from.is_published {
        "som den låstes"
    } else {
        "som den ligger i templates/"
    };
    say(&format!(
        "{GOOD}✓{GOOD:#} Utkast till {agreement} {version}, från {} {} {source}.",
        from.agreement, from.version
    ));
    line("mapp", &drafted.folder.display().to_string());
    match &drafted.relation {
        Some(Relation::Replaces { version: earlier }) => line(
            "ersätter",
            &format!("{earlier} för den som skriver under {version}; för andra gäller {earlier}"),
        ),
        Some(Relation::Amends {
            agreement: other,
            version: earlier,
        }) => line(
            "ändrar",
            &format!("{other} {earlier}, som står kvar med sina underskrifter"),
        ),
        Some(Relation::Under {
            agreement: other,
            version: earlier,
        }) => line("under", &format!("{other} {earlier}")),
        None => {}
    }
    match (drafted.old_term, drafted.new_term) {
        (Some(old), Some(new)) if old != new => {
            line("avtalstid", &format!("{} (var {})", term(new), term(old)));
        }
        (Some(old), Some(_)) => line("avtalstid", &format!("{}, som förut", term(old))),
        _ => {}
    }
    for moved in &drafted.moved {
        line(
            "flyttad",
            &format!("{} = {} (var {})", moved.key, moved.new, moved.old),
        );
    }
    for look_at in &drafted.look_at {
        say(&format!(
            "  {WARN}se över{WARN:#}  {}",
            words(look_at, from.version)
        ));
    }
    let is_amendment = *agreement != from.agreement;
    let compare = if is_amendment {
        format!("sigill template preview {agreement} --version {version}")
    } else {
        format!("sigill redline {agreement} {} {version}", from.version)
    };
    say(&format!(
        "{DIM}Nästa steg:{DIM:#} skriv texten, sedan
  sigill template lint {agreement} --version {version}
  {compare}
  sigill consult open {agreement} --version {version} --opens DATUM --answer-by DATUM   om den ska ut på remiss
  status = \"adopted\" i version.toml, när texten är fastställd
  sigill publish {agreement} {version} --dry-run   vilka som ska besluta och skriva under"
    ));
}

fn term(days: Stretch) -> String {
    format!("{} – {}", days.first_day(), days.last_day())
}

fn words(look_at: &LookAt, from: VersionNumber) -> String {
    match look_at {
        LookAt::Day { key, day } => {
            format!("{key} = {day} är ingen dag i den gamla avtalstiden och står kvar")
        }
        LookAt::Layout => {
            format!("templates/shared är ändrad sedan {from} låstes; utkastet sätts med den nya")
        }
        LookAt::NoTerm => "versionen har ingen avtalstid: [term] i version.toml".to_owned(),
        LookAt::Parent {
            agreement,
            old,
            new,
        } => format!(
            "{agreement} {new} är publicerad: utkastet sluts under den, inte under {old}; jämför texterna"
        ),
        LookAt::NotAdopted => {
            format!("{from} är inte fastställd, så utkastet ersätter ingenting")
        }
        LookAt::TermBegun { start } => {
            format!("den nya avtalstiden börjar {start}, som har varit: den gamla har löpt ut")
        }
    }
}
