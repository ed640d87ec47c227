//! `sigill parties change`.

use std::process::ExitCode;

use chrono::NaiveDate;
use clap::{ArgGroup, Args};

use super::act::{EnteringArguments, entered, line, print_notes};
use super::log::change_words;
use super::style::{DIM, GOOD, say, say_json, shown};
use crate::agreement::{Name, PartyCode};
use crate::journeys::change::Request;
use crate::journeys::{Error, Office, change};
use crate::register::PartyChange;

/// Enter that a party got another name or number, or became part of another
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("what")
    .required(true)
    .args(["renamed", "renumbered", "merged_into", "split_into"]))]
#[command(
    override_usage = "sigill parties change [OPTIONS] --from <DATE> --source <TEXT> \\
    <--renamed <NAME>|--renumbered <NUMBER>|--merged-into <CODE>|--split-into <CODE>> <PARTY>"
)]
#[command(after_help = "Examples:
  sigill parties change 1443 --renamed \"Bollebygds kommun\" --styled \"Bollebygd\" \\
    --from 2027-01-01 --source \"SFS 2026:1\"
  sigill parties change 1443 --merged-into 1490 --from 2027-01-01 --source \"SFS 2026:1\"

Copies that are issued keep the name and number that they have. The party's file, which new copies
are made from, is edited by hand.")]
pub(super) struct Arguments {
    /// The party, by the code that its copies have
    party: PartyCode,
    /// Its new name in law
    #[arg(long, value_name = "NAME")]
    renamed: Option<Name>,
    /// The name it uses of itself [default: the name in law]
    #[arg(long, value_name = "NAME", requires = "renamed")]
    styled: Option<Name>,
    /// Its new organisation number, with the hyphen
    #[arg(long, value_name = "NUMBER")]
    renumbered: Option<Name>,
    /// The party that takes its place
    #[arg(long, value_name = "CODE")]
    merged_into: Option<PartyCode>,
    /// A party that it was split into; may be repeated
    #[arg(long, value_name = "CODE")]
    split_into: Vec<PartyCode>,
    /// The first day of the change
    #[arg(long, value_name = "DATE")]
    from: NaiveDate,
    /// Where it is decided
    #[arg(long, value_name = "TEXT")]
    source: Name,
    #[command(flatten)]
    how: EnteringArguments,
}

impl Arguments {
    fn change(&self) -> PartyChange {
        if let Some(legal_name) = &self.renamed {
            PartyChange::Renamed {
                legal_name: legal_name.clone(),
                styled_name: self.styled.clone().unwrap_or_else(|| legal_name.clone()),
            }
        } else if let Some(org_number) = &self.renumbered {
            let org_number = org_number.clone();
            PartyChange::Renumbered { org_number }
        } else if let Some(into) = &self.merged_into {
            PartyChange::Merged { into: into.clone() }
        } else {
            let into = self.split_into.clone();
            PartyChange::Split { into }
        }
    }
}

pub(super) async fn run(office: &Office, arguments: Arguments) -> Result<ExitCode, Error> {
    let request = Request {
        change: arguments.change(),
        dry_run: arguments.how.dry_run,
        from: arguments.from,
        party: arguments.party,
        source: arguments.source,
    };
    let changed = change::run(office, &request).await?;
    if arguments.how.json {
        say_json(&changed)?;
        return Ok(ExitCode::SUCCESS);
    }
    say(&format!(
        "{GOOD}✓{GOOD:#} Ändringen av {} {} {}: {}",
        changed.party,
        shown(&changed.party_name),
        entered("införd", changed.seq),
        shown(&change_words(&changed.change))
    ));
    line("gäller från", &changed.from.to_string());
    line("exemplar", "de som är utfärdade behåller namn och nummer");
    print_notes(&changed.notes);
    say(&format!("{DIM}Nästa steg:{DIM:#} sigill parties check"));
    Ok(ExitCode::SUCCESS)
}
