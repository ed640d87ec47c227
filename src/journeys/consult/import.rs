//! Consult import: enters the answers in a list, as an answer form or a web form gives it: all or none.

use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use serde::Serialize;

use super::About;
use super::incoming::{EnteredAnswer, Incoming, enter_answers, listed_before};
use super::round::Round;
use super::table::{Defaults, read_answers};
use crate::agreement::{Name, Sha256, SourceError};
use crate::journeys::{Error, Office, sheet};
use crate::store::{Store, read_limited};

/// What is to be imported.
#[derive(Debug, Clone)]
pub struct Request {
    /// The consultation.
    pub about: About,
    /// Whose the answers are, where the list does not say it.
    pub by: Option<String>,
    /// Whether nothing is entered.
    pub dry_run: bool,
    /// The list: CSV or XLSX.
    pub file: PathBuf,
    /// The day they were received, where the list does not say it; today where neither does.
    pub received_on: Option<NaiveDate>,
}

/// What was imported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Import {
    /// The answers that were entered, or would be, in the order of the list.
    pub answers: Vec<EnteredAnswer>,
    /// Those that were entered before, from the same file or with the same words.
    pub known: Vec<Known>,
    /// A file of the version's folder that is not as it went out.
    pub edited: Option<String>,
}

/// An answer that was entered before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Known {
    /// Whose it is.
    pub by: Name,
    /// The place of its entry.
    pub seq: u64,
    /// The place of the later answer that took its place, if one did.
    pub replaced_by: Option<u64>,
}

/// Enters the answers in a list.
///
/// # Errors
/// [`Error::Rows`] with every fault, each with its row and column; nothing is entered then.
pub async fn run(office: &Office, request: &Request) -> Result<Import, Error> {
    let bytes = read_limited(&request.file, sheet::MAX_SHEET_BYTES)?;
    let rows = sheet::rows(&request.file, &bytes)?;
    let mut store = office.read_store().await?;
    let plan = Plan::make(office, store.as_mut(), request, &rows, &bytes).await?;
    drop(store);
    if request.dry_run {
        let told = plan.new.iter().map(|answer| answer.told(&plan.round, None));
        let answers = told.collect();
        return Ok(plan.import(answers));
    }
    if plan.new.is_empty() {
        return Ok(plan.import(Vec::new()));
    }
    let mut store = office.write_store().await?;
    let plan = Plan::make(office, Some(&mut store), request, &rows, &bytes).await?;
    if plan.new.is_empty() {
        return Ok(plan.import(Vec::new()));
    }
    let answers = enter_answers(office, &mut store, &plan.round, &plan.new, bytes).await?;
    Ok(plan.import(answers))
}

/// Answers that may be entered.
struct Plan {
    known: Vec<Known>,
    new: Vec<Incoming>,
    round: Round,
}

impl Plan {
    async fn make(
        office: &Office,
        mut store: Option<&mut Store>,
        request: &Request,
        rows: &[Vec<String>],
        bytes: &[u8],
    ) -> Result<Self, Error> {
        let round = Round::find(office, store.as_deref_mut(), &request.about).await?;
        let by = match &request.by {
            Some(by) => Some(round.recipient(by)?.id.clone()),
            None => None,
        };
        let defaults = Defaults {
            by,
            received_on: request.received_on.unwrap_or(round.today),
        };
        let file = file_name(&request.file);
        let answers = read_answers(&file, rows, &round, &defaults)
            .map_err(|problems| Error::Rows { problems })?;
        let digest = Sha256::of(bytes);
        let (mut known, mut new, mut problems) = (Vec::new(), Vec::new(), Vec::new());
        for (row, answer) in answers {
            let before = match &store {
                Some(store) => listed_before(store, &round, &answer, digest).await?,
                None => None,
            };
            if let Some(before) = before {
                known.push(Known {
                    by: answer.by,
                    seq: before.seq,
                    replaced_by: before.replaced_by,
                });
            } else if let Err(error) = answer.check_order(&round) {
                let problem = SourceError::new(&file, error.to_string()).at_line(row);
                problems.push(problem.with_hint(error.hint()));
            } else {
                new.push(answer);
            }
        }
        if !problems.is_empty() {
            return Err(Error::Rows { problems });
        }
        Ok(Self { known, new, round })
    }

    fn import(self, answers: Vec<EnteredAnswer>) -> Import {
        Import {
            answers,
            known: self.known,
            edited: self.round.edited,
        }
    }
}

pub(super) fn file_name(file: &Path) -> String {
    file.display().to_string()
}
