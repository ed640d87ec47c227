//! `sigill accord`.

use std::process::ExitCode;

use chrono::NaiveDate;
use clap::{Args, Subcommand};
use comfy_table::presets::UTF8_HORIZONTAL_ONLY;
use comfy_table::{Cell, CellAlignment, Table};

use super::style::{DIM, GOOD, HEADING, WARN, say, say_json};
use super::term::day;
use crate::agreement::{AgreementId, Amount, Name, PartyCode, Service};
use crate::journeys::accord::{self, AccordLine, BoundByOther, Request, SharedCost};
use crate::journeys::{Error, Office};

/// Draft local accords under an agreement, list them, and divide their shared costs
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sigill accord draft familjecentral --party 1443 --name \"Bollebygds familjecentral\" \\
      --service \"Barnhälsovård=14\" --service \"Öppen förskola=1443\" --from 2026-03-01
  sigill accord list familjecentral
  sigill accord shares familjecentral-1443-bollebygds --amount 480000

An accord is an agreement of its own under another one: it may add, not take away. `sigill template
lint` and `sigill publish` compare it with the version that it stands under.")]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Draft an accord as a folder in templates/, to be filled in
    #[command(after_help = "Example:
  sigill accord draft familjecentral --party 1443 --name \"Bollebygds familjecentral\" \\
      --service \"Mödrahälsovård=14\" --service \"Barnhälsovård=14\" \\
      --service \"Öppen förskola=1443\" --from 2026-03-01 --budget 480000

The party that is in every copy of the agreement is a party of each accord and need not be named.
The text comes from templates/accord/. Without [term] the accord ends with its parent.")]
    Draft(Draft),
    /// List the accords under an agreement, and those that a revision of it makes worth a look
    #[command(after_help = "Example:\n  sigill accord list familjecentral")]
    List(Listed),
    /// Divide a shared cost in equal parts between the services that take part
    #[command(after_help = "Examples:
  sigill accord shares familjecentral-1443-hjorten
  sigill accord shares familjecentral-1443-hjorten --amount \"1 234 567,89\"

Exact to the öre. What does not divide falls, one öre each, on the services that are listed first.")]
    Shares(Divided),
}

#[derive(Debug, Args)]
struct Draft {
    /// The agreement to stand under
    agreement: AgreementId,
    /// A party, by its code; once for each
    #[arg(long = "party", value_name = "CODE", required = true)]
    parties: Vec<PartyCode>,
    /// What it is about, such as the name of a family centre
    #[arg(long, value_name = "NAME")]
    name: Name,
    /// A service that takes part and the party that answers for it; once for each
    #[arg(long = "service", value_name = "NAME=CODE", required = true, value_parser = service)]
    services: Vec<Service>,
    /// Its first day; the day on which all have signed if not said
    #[arg(long, value_name = "DATE", value_parser = day)]
    from: Option<NaiveDate>,
    /// The shared cost of a year in kronor, to print with the shares
    #[arg(long, value_name = "AMOUNT")]
    budget: Option<Amount>,
    /// The folder in templates/ [default: agreement, party and name]
    #[arg(long, value_name = "NAME")]
    id: Option<AgreementId>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct Listed {
    /// The agreement that they stand under
    agreement: AgreementId,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct Divided {
    /// The accord
    agreement: AgreementId,
    /// The cost in kronor, such as 1234567,89 [default: budget of its version.toml]
    #[arg(long, value_name = "AMOUNT", allow_hyphen_values = true)]
    amount: Option<Amount>,
    /// Print JSON, amounts in öre
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(office: &Office, arguments: Arguments) -> Result<ExitCode, Error> {
    match arguments.command {
        Command::Draft(arguments) => draft(office, arguments).await,
        Command::List(arguments) => list(office, &arguments).await,
        Command::Shares(arguments) => shares(office, &arguments).await,
    }
}

async fn draft(office: &Office, arguments: Draft) -> Result<ExitCode, Error> {
    let request = Request {
        agreement: arguments.agreement,
        id: arguments.id,
        name: arguments.name,
        parties: arguments.parties,
        services: arguments.services,
        from: arguments.from,
        budget: arguments.budget,
    };
    let done = accord::draft(office, &request).await?;
    if arguments.json {
        say_json(&done)?;
        return Ok(ExitCode::SUCCESS);
    }
    say(&format!(
        "{GOOD}✓{GOOD:#} utkast till lokal överenskommelse under {} {}: {} ({} filer)",
        request.agreement,
        done.under,
        done.folder,
        done.files.len()
    ));
    for BoundByOther { party, version } in &done.bound_by_other {
        say(&format!(
            "  {WARN}obs{WARN:#}  {party} är bunden av {} {version}, inte av {}",
            request.agreement, done.under
        ));
    }
    say("  Fyll i det som står som [Ange …] i clauses/ och se efter:");
    say(&format!("    sigill template preview {}", done.agreement));
    say("  När texten är klar, sätt status = \"adopted\" i version.toml:");
    if !done.is_under_published {
        say(&format!(
            "    sigill publish {} {}",
            request.agreement, done.under
        ));
    }
    say(&format!(
        "    sigill publish {} {}",
        done.agreement, done.version
    ));
    Ok(ExitCode::SUCCESS)
}

async fn list(office: &Office, arguments: &Listed) -> Result<ExitCode, Error> {
    let lines = accord::list(office, &arguments.agreement).await?;
    if arguments.json {
        say_json(&lines)?;
        return Ok(ExitCode::SUCCESS);
    }
    if lines.is_empty() {
        say(&format!(
            "Ingen lokal överenskommelse under {}.",
            arguments.agreement
        ));
        return Ok(ExitCode::SUCCESS);
    }
    for line in &lines {
        say_line(line);
    }
    let count = lines.iter().filter(|line| line.is_to_look_at).count();
    if count > 0 {
        say(&format!(
            "{WARN}{count} av {} behöver ses över{WARN:#}: avtalet har en senare version än den som de slöts under.",
            lines.len()
        ));
    }
    Ok(ExitCode::SUCCESS)
}

fn say_line(line: &AccordLine) {
    let state = if line.is_published {
        "publicerad"
    } else {
        "i templates/"
    };
    let look = if line.is_to_look_at {
        format!("  {WARN}se över{WARN:#}")
    } else {
        String::new()
    };
    say(&format!(
        "{HEADING}{}{HEADING:#}  {DIM}{} {}{DIM:#}, {state}, under version {}{look}",
        line.name, line.agreement, line.version, line.under
    ));
    let parties: Vec<String> = line.parties.iter().map(ToString::to_string).collect();
    say(&format!("  parter: {}", parties.join(", ")));
    let services: Vec<String> = line
        .services
        .iter()
        .map(|service| format!("{} ({})", service.name, service.party))
        .collect();
    if !services.is_empty() {
        say(&format!("  verksamheter: {}", services.join(", ")));
    }
}

async fn shares(office: &Office, arguments: &Divided) -> Result<ExitCode, Error> {
    let cost = accord::shares(office, &arguments.agreement, arguments.amount).await?;
    if arguments.json {
        say_json(&cost)?;
        return Ok(ExitCode::SUCCESS);
    }
    let SharedCost {
        agreement,
        version,
        shares,
        ..
    } = &cost;
    say(&format!(
        "{HEADING}{} kr i {} lika delar{HEADING:#}  {DIM}{agreement} {version}{DIM:#}",
        shares.amount,
        shares.services.len()
    ));
    let mut table = table(["Verksamhet", "Part", "Del, kr"]);
    for share in &shares.services {
        table.add_row([
            Cell::new(&share.name),
            Cell::new(party(&cost, &share.party)),
            right(share.amount),
        ]);
    }
    say(&table.to_string());
    let mut table = self::table(["Part", "Delar", "Summa, kr"]);
    for share in &shares.parties {
        table.add_row([
            Cell::new(party(&cost, &share.party)),
            right(share.parts),
            right(share.amount),
        ]);
    }
    say(&table.to_string());
    let bearers: Vec<&str> = shares
        .services
        .iter()
        .filter(|share| share.bears_remainder)
        .map(|share| share.name.as_str())
        .collect();
    say(&match shares.remainder_ore {
        0 => "Delningen går jämnt ut.".to_owned(),
        1 => format!("1 öre blir över och bärs av {}.", bearers.join(", ")),
        count => format!(
            "{count} öre blir över och bärs med ett öre var av {}.",
            bearers.join(", ")
        ),
    });
    Ok(ExitCode::SUCCESS)
}

fn table(header: [&str; 3]) -> Table {
    let mut table = Table::new();
    table.load_style(UTF8_HORIZONTAL_ONLY).set_header(header);
    table
}

fn right(value: impl ToString) -> Cell {
    Cell::new(value.to_string()).set_alignment(CellAlignment::Right)
}

fn party(cost: &SharedCost, code: &PartyCode) -> String {
    match cost.names.get(code) {
        Some(name) => format!("{name} ({code})"),
        None => code.to_string(),
    }
}

/// Reads a service and its party, `Öppen förskola=1443`.
fn service(text: &str) -> Result<Service, String> {
    let (name, party) = text
        .rsplit_once('=')
        .ok_or_else(|| "write it as \"Öppen förskola=1443\": service, =, party code".to_owned())?;
    Ok(Service {
        name: name.parse().map_err(|error| format!("{error}"))?,
        party: party.trim().parse().map_err(|error| format!("{error}"))?,
    })
}
