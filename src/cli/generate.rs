//! `sigill generate`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};

use super::secret::SecretArguments;
use super::style::{GOOD, WARN, advance, bar, say};
use crate::agreement::{AgreementId, Form, PartyCode, VersionNumber};
pub(super) use crate::journeys::status::words::form as form_name;
use crate::journeys::{Error, Office, generate};

/// Issue the signing copies of an agreement: one PDF and one entry each
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sigill generate familjecentral
  sigill generate familjecentral --party 1443 --party 1480
  sigill generate familjecentral --form joint --out /tmp/gemensamt
  sigill generate familjecentral --party 1443 --reissue --reason \"Kommunen har bytt namn\"

Run twice, the second run issues nothing. An adopted version that is not frozen yet is published
first. If a printed value has changed since a copy was issued, nothing is issued before --reissue.")]
pub(super) struct Arguments {
    /// The agreement, a folder in templates/
    agreement: AgreementId,
    /// The version [default: the highest adopted one]
    #[arg(long = "version", value_name = "V")]
    number: Option<VersionNumber>,
    /// Only copies of this party, by its code; may be repeated
    #[arg(long = "party", value_name = "CODE")]
    parties: Vec<PartyCode>,
    /// The form [default: as version.toml says]
    #[arg(long, value_enum)]
    form: Option<FormArgument>,
    /// The folder for the files [default: out/ in the office]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Void copies whose printed values changed (or those of --party) and issue new ones
    #[arg(long, requires = "reason")]
    reissue: bool,
    /// Why copies are voided; kept in the register
    #[arg(long, value_name = "WHY", requires = "reissue")]
    reason: Option<String>,
    #[command(flatten)]
    secret: SecretArguments,
    /// Print the summary as JSON
    #[arg(long)]
    json: bool,
}

/// A form on the command line.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum FormArgument {
    /// One copy per party, for it and the party that is in every copy
    Bilateral,
    /// One copy per party, for it alone
    Counterpart,
    /// One copy for all
    Joint,
}

impl From<FormArgument> for Form {
    fn from(form: FormArgument) -> Self {
        match form {
            FormArgument::Bilateral => Self::Bilateral,
            FormArgument::Counterpart => Self::Counterpart,
            FormArgument::Joint => Self::Joint,
        }
    }
}

pub(super) async fn run(office: &Office, arguments: Arguments) -> Result<ExitCode, Error> {
    let json = arguments.json;
    let request = generate::Request {
        agreement: arguments.agreement,
        version: arguments.number,
        parties: arguments.parties,
        form: arguments.form.map(Form::from),
        out: arguments.out,
        reissue: arguments
            .reissue
            .then(|| arguments.reason.unwrap_or_default()),
        secret: arguments.secret.named(),
    };
    let bar = bar("Sätter exemplar");
    let result = generate::run(office, &request, &mut |done, of| advance(&bar, done, of)).await;
    bar.finish_and_clear();
    let summary = result?;
    if json {
        super::style::say_json(&summary)?;
    } else {
        print(&summary);
    }
    Ok(ExitCode::SUCCESS)
}

fn print(summary: &generate::Summary) {
    let (agreement, version) = (&summary.agreement, summary.version);
    if let Some(published) = &summary.published {
        say(&format!(
            "{GOOD}✓{GOOD:#} {agreement} {version} är nu fastställd och låst (kontrollsumma {}).",
            published.text_digest.short()
        ));
    }
    let form = form_name(summary.form);
    match (summary.issued.len(), summary.unchanged) {
        (0, unchanged) => say(&format!(
            "Inget nytt: {unchanged} exemplar av {agreement} {version} ({form}) fanns redan."
        )),
        (issued, 0) => say(&format!(
            "{GOOD}✓{GOOD:#} {issued} exemplar av {agreement} {version} ({form}) är utfärdade."
        )),
        (issued, unchanged) => say(&format!(
            "{GOOD}✓{GOOD:#} {issued} exemplar av {agreement} {version} ({form}) är utfärdade, {unchanged} fanns redan."
        )),
    }
    if summary.sealed && !summary.issued.is_empty() {
        say("  exemplaren bär kontorets stämpel.");
    }
    for copy in &summary.voided {
        say(&format!("  {WARN}makulerat{WARN:#}  {copy}"));
    }
    if summary.rewritten > 0 {
        say(&format!(
            "  {} filer saknades eller var ändrade och är skrivna på nytt.",
            summary.rewritten
        ));
    }
    for file in &summary.longer {
        say(&format!(
            "  {WARN}obs{WARN:#}  {file} är längre än exemplaret (undertecknad?) och lämnades som den är"
        ));
    }
    for file in &summary.moved {
        say(&format!(
            "  {WARN}obs{WARN:#}  en fil med ett exemplars namn var något annat; den ligger nu i {}",
            file.display()
        ));
    }
    for party in &summary.differs_from_list {
        say(&format!(
            "  {WARN}obs{WARN:#}  uppgifterna om {party} skiljer sig från partsförteckningen i den låsta texten"
        ));
    }
    for other in &summary.other_forms {
        say(&format!(
            "  {WARN}obs{WARN:#}  samma version är också utfärdad som {}; makulera det som inte ska gälla (sigill void)",
            form_name(*other)
        ));
    }
    say(&format!("  filerna finns i {}", summary.folder.display()));
    say(&format!("  nästa steg: sigill send {agreement}"));
}
