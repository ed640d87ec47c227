//! `sigill send`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::generate::FormArgument;
use super::style::{GOOD, WARN, advance, bar, say, say_json};
use crate::agreement::{AgreementId, Form, PartyCode};
use crate::journeys::{Error, Office, send};

/// Make each party's parcel: its copies, a one-page guide, and the checksums
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sigill send familjecentral
  sigill send familjecentral --party 1443 --zip

The parcels are folders (or zips) under out/ for you to hand over; an entry says to whom and which
copies. The guide's template is templates/letters/guide.typ.")]
pub(super) struct Arguments {
    /// The agreement
    agreement: AgreementId,
    /// Only to this party, by its code; may be repeated
    #[arg(long = "party", value_name = "CODE")]
    parties: Vec<PartyCode>,
    /// Copies in this form [default: as version.toml says]
    #[arg(long, value_enum)]
    form: Option<FormArgument>,
    /// One zip per party instead of a folder
    #[arg(long)]
    zip: bool,
    /// The folder for the parcels [default: out/ in the office]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Print the parcels as JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(office: &Office, arguments: Arguments) -> Result<ExitCode, Error> {
    let request = send::Request {
        agreement: arguments.agreement,
        parties: arguments.parties,
        form: arguments.form.map(Form::from),
        zip: arguments.zip,
        out: arguments.out,
    };
    let bar = bar("Packar försändelser");
    let result = send::run(office, &request, &mut |done, of| advance(&bar, done, of)).await;
    bar.finish_and_clear();
    let parcels = result?;
    if arguments.json {
        say_json(&parcels)?;
        return Ok(ExitCode::SUCCESS);
    }
    let again = parcels.iter().filter(|parcel| parcel.again).count();
    say(&format!(
        "{GOOD}✓{GOOD:#} {} försändelser är packade och införda i registret.",
        parcels.len()
    ));
    if again > 0 {
        say(&format!(
            "  {again} av dem innehåller exemplar som parten har fått förut."
        ));
    }
    for copy in parcels.iter().flat_map(|parcel| &parcel.personal_numbers) {
        say(&format!(
            "  {WARN}obs{WARN:#}  {copy} innehåller ett personnummer (i en underskrifts certifikat): det följer med filen"
        ));
    }
    if let [only] = parcels.as_slice() {
        say(&format!("  {}", only.path.display()));
    } else if let Some(folder) = parcels.first().and_then(|parcel| parcel.path.parent()) {
        say(&format!("  de finns i {}", folder.display()));
    }
    Ok(ExitCode::SUCCESS)
}
