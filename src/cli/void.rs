//! `sigill void`.

use std::process::ExitCode;

use clap::Args;

use super::generate::FormArgument;
use super::style::{WARN, say};
use crate::agreement::{AgreementId, CopyId, Form};
use crate::journeys::{Error, Office, void};

/// Take copies out of force, visibly and with a reason
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sigill void familjecentral --copy familjecentral-1.0-b1443 --reason \"Skickad till fel kommun\"
  sigill void familjecentral --form counterpart --reason \"Fel form vald\"

Nothing is deleted: the register and the store keep the copies, `verify` tells that they are voided.")]
pub(super) struct Arguments {
    /// The agreement
    agreement: AgreementId,
    /// This copy; may be repeated
    #[arg(long = "copy", value_name = "COPY", required_unless_present = "form")]
    copies: Vec<CopyId>,
    /// All copies issued in this form
    #[arg(long, value_enum)]
    form: Option<FormArgument>,
    /// Why; kept in the register
    #[arg(long, value_name = "WHY")]
    reason: String,
}

pub(super) async fn run(office: &Office, arguments: Arguments) -> Result<ExitCode, Error> {
    let request = void::Request {
        agreement: arguments.agreement,
        copies: arguments.copies,
        form: arguments.form.map(Form::from),
        reason: arguments.reason,
    };
    let voided = void::run(office, &request).await?;
    say(&format!("{} exemplar är makulerade:", voided.len()));
    for copy in voided {
        say(&format!("  {WARN}makulerat{WARN:#}  {copy}"));
    }
    Ok(ExitCode::SUCCESS)
}
