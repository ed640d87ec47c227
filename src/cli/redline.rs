//! `sigill redline`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::status::table;
use super::style::{GOOD, HEADING, say, shown, write_out};
use super::{Context, program, report};
use crate::agreement::{AgreementId, VersionNumber};
use crate::config::Config;
use crate::journeys::redline::{Comparison, Place, Request};
use crate::journeys::{Error, Workshop, redline};
use crate::redline::Overview;

/// Compare two versions: a PDF for people, a Word document with tracked changes, HTML, JSON
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sigill redline familjecentral 0.9 1.0          a PDF in out/
  sigill redline familjecentral 0.9 1.0 --docx jamforelse.docx
                                                 tracked changes: accept all gives 1.0, reject all 0.9
  sigill redline familjecentral 0.9 1.0 --out a.pdf --out a.html --json
  sigill redline old-bundle.zip new-bundle.zip   two published bundles, without an office

A published version is compared as it was frozen, any other as it stands in templates/. Clauses are
matched by their ids, so that one that moved or was renumbered is not taken for a new one. What no
page shows is told as well: a link's target, a number's format, a value of version.toml.")]
pub(super) struct Arguments {
    /// An agreement and two of its versions; or two bundles, as zip or folder
    #[arg(required = true, num_args = 2..=3, value_names = ["AGREEMENT|OLD", "OLD|NEW", "NEW"])]
    what: Vec<String>,
    /// Write to a file that ends in .pdf, .docx, .html or .json; as often as wanted
    #[arg(long, value_name = "FILE")]
    out: Vec<PathBuf>,
    /// Write a Word document with tracked changes
    #[arg(long, value_name = "FILE")]
    docx: Option<PathBuf>,
    /// Write a page for the web
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(context: &Context, arguments: Arguments) -> Result<ExitCode, Error> {
    let (old, new) = match places(&arguments.what) {
        Ok(places) => places,
        Err((message, hint)) => return Ok(report::user(&message, hint)),
    };
    for (path, ending) in [(&arguments.docx, "docx"), (&arguments.html, "html")] {
        let other = path
            .as_ref()
            .filter(|path| path.extension().is_none_or(|end| end != ending));
        if let Some(path) = other {
            let message = format!(
                "--{ending} {}: the name does not end in .{ending}",
                path.display()
            );
            return Ok(report::user(
                &message,
                "--out takes every kind, by its ending",
            ));
        }
    }
    let office = context.office_if_any()?;
    let workshop = match &office {
        Some(office) => office.workshop.clone(),
        None => Workshop::new(program(), &Config::default()),
    };
    let files = arguments.out.into_iter();
    let request = Request {
        old,
        new,
        files: files.chain(arguments.docx).chain(arguments.html).collect(),
        pdf: !arguments.json,
    };
    let compared = redline::run(office.as_ref(), &workshop, &request).await?;
    if arguments.json {
        write_out(&redline::json(&compared.redline)?);
    } else {
        print(&compared);
    }
    Ok(ExitCode::SUCCESS)
}

/// Takes two files, or an agreement and two versions.
fn places(what: &[String]) -> Result<(Place, Place), (String, &'static str)> {
    match what {
        [old, new] if new.parse::<VersionNumber>().is_ok() => Err((
            format!("{old} {new}: two versions are compared, and one is named"),
            "such as: sigill redline familjecentral 0.9 1.0",
        )),
        [old, new] => Ok((Place::File(old.into()), Place::File(new.into()))),
        [agreement, old, new] => {
            let agreement: AgreementId = agreement
                .parse()
                .map_err(|error| (format!("{error}"), HINT))?;
            let version = |text: &str| {
                let version = text.parse::<VersionNumber>();
                version.map_err(|error| (format!("{error}"), HINT))
            };
            let place = |version| Place::Version {
                agreement: agreement.clone(),
                version,
            };
            Ok((place(version(old)?), place(version(new)?)))
        }
        _ => Err(("two versions are compared".to_owned(), HINT)),
    }
}

fn print(compared: &Comparison) {
    let redline = &compared.redline;
    let overview = Overview::of(redline);
    say(&format!(
        "{HEADING}{}, version {} jämförd med version {}{HEADING:#}",
        shown(&redline.new.name),
        redline.old.version,
        redline.new.version
    ));
    say(&shown(&overview.conclusion));
    if !redline.is_empty() {
        let mut table = table(["Tidigare", "Nu", "Rubrik", "Vad som har ändrats"]);
        for row in overview.summary.iter().filter(|row| !row.is_same) {
            table.add_row([&row.old, &row.new, &row.title, &row.what].map(|text| shown(text)));
        }
        if table.row_count() > 0 {
            say(&table.to_string());
        }
    }
    if !overview.unseen.is_empty() {
        let mut table = table(["Det som inte syns i texten", "Var", "Tidigare", "Nu"]);
        for it in &overview.unseen {
            let mut place = shown(&it.place);
            if !it.key.is_empty() && it.key != it.place {
                place = format!("{place}\n{}", shown(&it.key));
            }
            table.add_row([shown(it.what), place, shown(&it.old), shown(&it.new)]);
        }
        say(&table.to_string());
    }
    for file in &compared.files {
        say(&format!("{GOOD}✓{GOOD:#} {}", file.display()));
    }
    if !compared
        .files
        .iter()
        .any(|file| file.extension().is_some_and(|end| end == "docx"))
        && !redline.is_empty()
    {
        say("  med --docx FIL skrivs samma jämförelse som spårade ändringar i Word");
    }
}

const HINT: &str =
    "such as: sigill redline familjecentral 0.9 1.0, or: sigill redline OLD.zip NEW.zip";
