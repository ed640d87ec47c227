//! `sigill bound`.

use std::process::ExitCode;

use chrono::NaiveDate;
use clap::Args;

use super::style::{DIM, GOOD, HEADING, WARN, say, say_json, shown};
use super::term::day;
use crate::agreement::{AgreementId, PartyCode};
use crate::journeys::bound::{self, Bindings, Line};
use crate::journeys::status::words;
use crate::journeys::{Error, Office};
use crate::register::{Beside, Hold, Unbound, Until};

/// Show which parties are bound by what on a day: which version, which amendments, until when
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sigill bound familjecentral
  sigill bound familjecentral --as-of 2028-01-01
  sigill bound familjecentral --party 1443 --json

A party is bound by the newest version that it has concluded and whose term has begun; an earlier
one binds it until then. An amendment and a local accord bind only those whom the agreement binds.
In the bilateral form each line is a copy. What was entered after the day is left out.")]
pub(super) struct Arguments {
    /// The agreement
    agreement: AgreementId,
    /// As it is at the end of this day in Sweden; today if not said
    #[arg(long, value_name = "DATE", value_parser = day)]
    as_of: Option<NaiveDate>,
    /// Only this party, or those that became part of it
    #[arg(long, value_name = "CODE")]
    party: Option<PartyCode>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(office: &Office, arguments: &Arguments) -> Result<ExitCode, Error> {
    let party = arguments.party.as_ref();
    let found = bound::run(office, &arguments.agreement, arguments.as_of, party).await?;
    if arguments.json {
        say_json(&found)?;
    } else {
        print(&found);
    }
    Ok(ExitCode::SUCCESS)
}

fn print(found: &Bindings) {
    let Some(name) = &found.name else {
        say(&format!(
            "Ingen version av {} var publicerad {}.",
            found.agreement, found.as_of
        ));
        return;
    };
    say(&format!(
        "{HEADING}{name}{HEADING:#}  {DIM}{}, den {}{DIM:#}",
        found.agreement, found.as_of
    ));
    let rows: usize = found.totals.iter().map(|total| total.rows).sum();
    let what = if found.common.is_some() {
        "exemplar"
    } else {
        "parter"
    };
    for total in &found.totals {
        match total.version {
            Some(version) => say(&format!(
                "  {GOOD}{version}{GOOD:#} binder i {} av {rows} {what}",
                total.rows
            )),
            None => say(&format!(
                "  {WARN}ingenting{WARN:#} binder i {} av {rows} {what}",
                total.rows
            )),
        }
    }
    if let Some(common) = &found.common {
        say(&format!(
            "  {} {} är bunden i {} av {}",
            common.party,
            shown(&common.name),
            common.bound,
            common.of
        ));
    }
    say("");
    let width = found.rows.iter().map(|line| line.name.chars().count());
    let width = width.max().unwrap_or_default();
    for line in &found.rows {
        print_line(line, width);
    }
}

fn print_line(line: &Line, width: usize) {
    let row = &line.row;
    let by = match (&row.by, &row.unbound) {
        (Some(by), _) => held(by),
        (None, Some(unbound)) => format!("{WARN}ingenting{WARN:#}: {}", why(unbound)),
        (None, None) => String::new(),
    };
    let name = shown(&line.name);
    let code = row.party.as_str();
    say(&format!("  {code:<4}  {name:<width$}  {by}"));
    let indent = " ".repeat(width.saturating_add(10));
    let mut beside: Vec<String> = row
        .amendments
        .iter()
        .map(|it| told("tillägg", it))
        .collect();
    beside.extend(
        row.accords
            .iter()
            .map(|it| told("lokal överenskommelse", it)),
    );
    for it in beside {
        say(&format!("{indent}{it}"));
    }
    if let Some(became) = &row.succession {
        let into: Vec<&str> = became.into.iter().map(PartyCode::as_str).collect();
        let words = match into.as_slice() {
            [only] => format!("uppgick {} i {only}, som har tagit dess plats", became.from),
            several => format!(
                "delades {} i {}, som sluter avtalet var för sig",
                became.from,
                several.join(" och ")
            ),
        };
        say(&format!("{indent}{words}"));
    }
}

fn held(hold: &Hold) -> String {
    let until = until(&hold.until);
    format!("{GOOD}{}{GOOD:#} sedan {}{until}", hold.version, hold.since)
}

fn told(word: &str, beside: &Beside) -> String {
    let of = beside.made_under;
    let of = of.map(|version| format!(", slöts under {version}: se över"));
    format!(
        "{word} {} {}{}",
        beside.agreement,
        held(&beside.hold),
        of.unwrap_or_default()
    )
}

fn until(until: &Until) -> String {
    match until {
        Until::End { last_day } => format!(" till och med {last_day}"),
        Until::Notice { last_day } => format!(", uppsagd till och med {last_day}"),
        Until::Open => ", tills vidare".to_owned(),
        Until::Period { last_day } => format!(", perioden till och med {last_day}"),
        Until::Replaced { last_day, by } => {
            format!(" till och med {last_day}, därefter {by}")
        }
    }
}

fn why(unbound: &Unbound) -> String {
    match unbound {
        Unbound::Ended {
            version,
            last_day,
            by_notice,
        } => {
            let how = if *by_notice {
                "sades upp och gällde"
            } else {
                "gällde"
            };
            format!("{version} {how} till och med {last_day}")
        }
        Unbound::Incomplete {
            version,
            state,
            waits_for,
        } => {
            let codes: Vec<&str> = waits_for
                .iter()
                .take(NAMES)
                .map(PartyCode::as_str)
                .collect();
            let more = waits_for.len().saturating_sub(NAMES);
            let waits = match (codes.is_empty(), more) {
                (true, _) => String::new(),
                (false, 0) => format!(", väntar på {}", codes.join(" och ")),
                (false, more) => format!(", väntar på {} och {more} till", codes.join(", ")),
            };
            format!("{version} {}{waits}", words::state(*state).to_lowercase())
        }
        Unbound::Later { version, from } => format!("{version} gäller från och med {from}"),
        Unbound::NotParty => "inte part".to_owned(),
        Unbound::Without { agreement, version } => {
            format!("gäller bara tillsammans med {agreement} {version}")
        }
    }
}

/// More codes than these are counted.
const NAMES: usize = 3;
