//! The parent's side of typesetting: orders go out, finished parts come back one by one.

use std::collections::BTreeMap;

use tokio::sync::mpsc;

use super::typeset::{Answer, CopyOrder, LETTERS_LAYOUT, Order, PublicOrder, file_frames};
use super::{Error, LetterError, Office, Workshop};
use crate::agreement::{
    CopyData, CopyId, CopyParty, CopyPlan, Form, Party, PartyCode, Sha256, copies,
};
use crate::outside::Worker;
use crate::register::LetterKind;
use crate::store;
use crate::template::Bundle;

/// A job that is done.
pub(super) struct Finished {
    /// Which, counted from 0.
    pub(super) job: usize,
    /// One PDF, or one picture per page.
    pub(super) parts: Vec<Vec<u8>>,
    /// The digest of the version's body; letters have none.
    pub(super) body_digest: Option<Sha256>,
}

/// A child at work on a list of jobs.
pub(super) struct Press(Worker);

impl Press {
    /// Starts on copies of a version. `folder` is the version's in messages, empty if published.
    pub(super) fn copies(
        workshop: &Workshop,
        bundle: &Bundle,
        folder: &str,
        copies: Vec<CopyOrder>,
        pictures: Option<f64>,
    ) -> Result<Self, Error> {
        let order = Order::Version {
            folder: folder.to_owned(),
            copies,
            pictures,
        };
        Ok(Self(workshop.press(&order, file_frames(bundle.files())?)?))
    }

    /// Starts on public copies of a version.
    pub(super) fn public_copies(
        workshop: &Workshop,
        bundle: &Bundle,
        copies: Vec<PublicOrder>,
    ) -> Result<Self, Error> {
        let order = Order::PublicCopies { copies };
        Ok(Self(workshop.press(&order, file_frames(bundle.files())?)?))
    }

    /// Starts on letters.
    pub(super) fn letters(
        office: &Office,
        file: &str,
        contexts: Vec<serde_json::Value>,
        dated: chrono::NaiveDate,
    ) -> Result<Self, Error> {
        let template = office.folder.letter(file)?;
        let file = format!("{}/letters/{file}", store::TEMPLATES);
        let order = Order::Letters {
            template,
            file,
            contexts,
            dated,
            plain: None,
        };
        Ok(Self(office.workshop.press(
            &order,
            file_frames(&office.folder.shared_files()?)?,
        )?))
    }

    /// Starts on letters of a kind, each as a PDF and as plain text.
    pub(super) fn mail(
        office: &Office,
        kind: LetterKind,
        contexts: Vec<serde_json::Value>,
        dated: chrono::NaiveDate,
    ) -> Result<Self, Error> {
        let [pdf, plain] = ["typ", "txt"].map(|end| format!("{}.{end}", kind.as_str()));
        let layout = LETTERS_LAYOUT.trim_start_matches("letters/");
        let named = |file: &str| format!("{}/letters/{file}", store::TEMPLATES);
        let order = Order::Letters {
            template: own_template(office, &pdf)?,
            file: named(&pdf),
            contexts,
            dated,
            plain: Some((own_template(office, &plain)?, named(&plain))),
        };
        let mut files = office.folder.shared_files()?;
        let layout = own_template(office, layout)?.into_bytes();
        files.insert(LETTERS_LAYOUT.to_owned(), layout);
        Ok(Self(office.workshop.press(&order, file_frames(&files)?)?))
    }

    /// Starts on reports: letters of this program's own, for which no office is needed.
    pub(super) fn reports(
        workshop: &Workshop,
        file: &str,
        template: &str,
        shared: &BTreeMap<String, Vec<u8>>,
        contexts: Vec<serde_json::Value>,
        dated: chrono::NaiveDate,
    ) -> Result<Self, Error> {
        let order = Order::Letters {
            template: template.to_owned(),
            file: file.to_owned(),
            contexts,
            dated,
            plain: None,
        };
        Ok(Self(workshop.press(&order, file_frames(shared)?)?))
    }

    /// Starts on the text of a PDF.
    pub(super) fn text(workshop: &Workshop, file: Vec<u8>) -> Result<Self, Error> {
        Ok(Self(workshop.press(&Order::Text, vec![file])?))
    }

    /// Returns the next finished job, in whatever order they finish; `None` at the end.
    pub(super) async fn next(&mut self) -> Result<Option<Finished>, Error> {
        let Some(header) = self.0.next_frame().await? else {
            return Ok(None);
        };
        let answer: Answer = serde_json::from_slice(&header)?;
        if !answer.errors.is_empty() {
            return Err(Error::Template {
                problems: answer.errors,
            });
        }
        let mut parts = Vec::new();
        for _ in 0..answer.parts {
            match self.0.next_frame().await? {
                Some(part) => parts.push(part),
                None => return Err(Error::Unanswered),
            }
        }
        Ok(Some(Finished {
            job: answer.job,
            parts,
            body_digest: answer.body_digest,
        }))
    }

    /// Lets the child work ahead: finished jobs are read while the caller is at the disk.
    ///
    /// Only a few wait at a time, so that memory stays flat; the last message is the end or an error.
    pub(super) fn ahead(mut self) -> mpsc::Receiver<Result<Finished, Error>> {
        let (sender, receiver) = mpsc::channel(JOBS_AHEAD);
        tokio::spawn(async move {
            while let Some(next) = self.next().await.transpose() {
                let is_last = next.is_err();
                // A caller that stopped listening has an error of its own.
                if sender.send(next).await.is_err() || is_last {
                    return;
                }
            }
        });
        receiver
    }
}

/// Returns the text of a letter's template, which an office made by an earlier program may lack.
fn own_template(office: &Office, file: &str) -> Result<String, Error> {
    office.folder.letter(file).map_err(|error| match error {
        store::Error::Io { source, .. } if source.kind() == std::io::ErrorKind::NotFound => {
            let file = format!("{}/letters/{file}", store::TEMPLATES);
            LetterError::NoTemplate { file }.into()
        }
        error => error.into(),
    })
}

/// A copy is some hundred kilobytes, a joint one some megabytes.
const JOBS_AHEAD: usize = 4;

/// What the copies of one issue have in common.
pub(super) struct Issue<'a> {
    pub(super) office: &'a Office,
    pub(super) bundle: &'a Bundle,
    pub(super) text_digest: Sha256,
    /// As published; `None` before.
    pub(super) body_digest: Option<Sha256>,
    pub(super) form: Form,
    /// The parties as signatories/ has them today.
    pub(super) parties: &'a [Party],
}

impl Issue<'_> {
    /// Returns what a copy says; `number` counts the copies made for this holder, from 1.
    pub(super) fn data(&self, plan: &CopyPlan, number: u32) -> Result<CopyData, Error> {
        let (agreement, manifest) = (&self.bundle.agreement().id, self.bundle.manifest());
        let mut printed = Vec::new();
        for code in &plan.parties {
            let party = self
                .parties
                .iter()
                .find(|party| party.code == *code)
                .ok_or_else(|| Error::UnknownParty {
                    agreement: agreement.clone(),
                    party: code.clone(),
                })?;
            printed.push(
                CopyParty::new(party, manifest)
                    .map_err(|source| self.office.field_error(source))?,
            );
        }
        Ok(CopyData {
            agreement: agreement.clone(),
            copy: CopyId::new(
                agreement,
                manifest.version,
                self.form,
                plan.holder.as_ref(),
                number,
            ),
            form: self.form,
            parties: printed,
            schema: CopyData::SCHEMA.to_owned(),
            text_digest: self.text_digest,
            version: manifest.version,
        })
    }

    /// Returns the copies there are in this form, in print order.
    pub(super) fn plans(&self) -> Result<Vec<CopyPlan>, Error> {
        let manifest = self.bundle.manifest();
        if self.form == Form::Bilateral && manifest.form.with.is_none() {
            return Err(Error::Form {
                agreement: self.bundle.agreement().id.clone(),
                version: manifest.version,
                form: self.form,
                problem: "version.toml names no party that is in every copy ([form] with)",
            });
        }
        let codes: Vec<PartyCode> = self
            .bundle
            .parties()
            .iter()
            .map(|party| party.code.clone())
            .collect();
        Ok(copies(self.form, manifest.form.with.as_ref(), &codes))
    }
}
