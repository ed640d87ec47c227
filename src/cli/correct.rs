//! `sigill correct`.

use std::process::ExitCode;

use clap::{ArgGroup, Args};
use serde_json::Value;

use super::act::EnteringArguments;
use super::authorise::print_rejudged;
use super::style::{DIM, GOOD, say, say_json, shown};
use crate::journeys::correct::Request;
use crate::journeys::{Error, Office, correct};

/// Enter that an earlier entry was wrong; both stay visible
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("what").required(true).args(["set", "strike"]))]
#[command(mut_arg("dry_run", |it| it.help("Enter nothing, show what would change")))]
#[command(after_help = "Examples:
  sigill correct 12 --set met=2024-02-05 --set section=\"§ 23\" --reason \"Fel möte\"
  sigill correct 12 --set outcome=condition --set condition=\"Om regionen delar kostnaden\" \\
    --reason \"Villkoret missades\"
  sigill correct 12 --set announced= --reason \"Anslagsdagen är inte känd\"
  sigill correct 12 --strike --reason \"Beslutet gäller ett annat avtal\"

ENTRY is the place that `sigill log` shows. Keys are those of the entry (minutes.met_on) or as the
options that gave them are called; no value takes a value away; extract, document and scan take a
file. A correction can be corrected: the last one counts, and --strike on it undoes it.")]
pub(super) struct Arguments {
    /// The place of the entry
    entry: u64,
    /// A key and what it should have been; may be repeated
    #[arg(long, value_name = "KEY=VALUE", value_parser = key_and_value)]
    set: Vec<(String, String)>,
    /// Nothing should have been entered
    #[arg(long)]
    strike: bool,
    /// Why; kept so that it can be erased
    #[arg(long, value_name = "WHY")]
    reason: String,
    #[command(flatten)]
    how: EnteringArguments,
}

fn key_and_value(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("a key, = and a value are needed, e.g. met=2024-02-05".to_owned()),
    }
}

pub(super) async fn run(office: &Office, arguments: Arguments) -> Result<ExitCode, Error> {
    let request = Request {
        dry_run: arguments.how.dry_run,
        entry: arguments.entry,
        reason: arguments.reason,
        set: arguments.set,
    };
    let correction = correct::run(office, &request).await?;
    if arguments.how.json {
        say_json(&correction)?;
        return Ok(ExitCode::SUCCESS);
    }
    let what = match (correction.seq, arguments.strike) {
        (Some(_), false) => "är rättad",
        (Some(_), true) => "är struken",
        (None, false) => "skulle rättas",
        (None, true) => "skulle strykas",
    };
    let by = correction.seq.map(|seq| format!(" genom post {seq}"));
    say(&format!(
        "{GOOD}✓{GOOD:#} Post {} {what}{}; båda finns kvar i registret.",
        correction.entry,
        by.unwrap_or_default()
    ));
    for change in &correction.changes {
        say(&format!(
            "    {}: {} → {}",
            shown(&change.key),
            value(&change.before),
            value(&change.after)
        ));
    }
    print_rejudged(&correction.rejudged);
    let agreement = correction.agreement.as_ref();
    let agreement = agreement.map(|agreement| format!(" {agreement}"));
    say(&format!(
        "{DIM}Nästa steg:{DIM:#} se hur det står till: sigill status{}",
        agreement.unwrap_or_default()
    ));
    Ok(ExitCode::SUCCESS)
}

fn value(value: &Value) -> String {
    match value {
        Value::Null => "(inget)".to_owned(),
        Value::String(text) => format!("”{}”", shown(text)),
        other => shown(&other.to_string()),
    }
}
