//! Void: takes copies out of force, visibly and with a reason.

use std::collections::BTreeMap;

use super::out::{SUMS, folder_name, set_voided_aside, write_sums};
use super::{Error, Office, check_reason};
use crate::agreement::{AgreementId, CopyId, Form};
use crate::register::{CopyState, Event, Tally, Voided};
use crate::store::Draft;

/// Which copies are to be voided.
#[derive(Debug, Clone)]
pub struct Request {
    /// The agreement.
    pub agreement: AgreementId,
    /// These copies.
    pub copies: Vec<CopyId>,
    /// All copies that count in this form, which must then be of one version.
    pub form: Option<Form>,
    /// Why.
    pub reason: String,
}

/// Voids copies; their files are moved aside, the register and the store keep them.
///
/// # Errors
/// [`Error`]; either all are voided or none.
pub async fn run(office: &Office, request: &Request) -> Result<Vec<CopyId>, Error> {
    check_reason(&request.reason)?;
    let agreement = &request.agreement;
    let mut store = office.write_store().await?;
    let tally = Tally::fold(&store.records.entries(Some(agreement)).await?);
    office.require_agreement(agreement, &tally)?;
    let mut chosen: BTreeMap<&CopyId, &CopyState> = BTreeMap::new();
    for id in &request.copies {
        let problem = |problem| Error::Copy {
            copy: id.clone(),
            problem,
        };
        let copy = tally
            .copies
            .get(id)
            .ok_or_else(|| problem("is not in the register"))?;
        if !copy.is_live() {
            // Whoever voided it may have been stopped before its file was out of the way.
            set_aside(office, &tally, copy)?;
            return Err(problem("is voided already"));
        }
        chosen.insert(id, copy);
    }
    let of_form: Vec<&CopyState> = tally
        .copies
        .values()
        .filter(|copy| copy.is_live() && Some(copy.issued.form) == request.form)
        .collect();
    if let [first, rest @ ..] = of_form.as_slice()
        && rest
            .iter()
            .any(|copy| copy.issued.version != first.issued.version)
    {
        return Err(Error::SeveralVersions {
            agreement: agreement.clone(),
        });
    }
    chosen.extend(of_form.into_iter().map(|copy| (&copy.issued.copy, copy)));
    if chosen.is_empty() {
        return Err(Error::NothingIssued {
            agreement: agreement.clone(),
        });
    }
    let mut drafts = Vec::new();
    for copy in chosen.values() {
        let reason = store.commit_words(&request.reason).await?;
        let voided = Voided {
            copy: copy.issued.copy.clone(),
            reason,
        };
        drafts.push(Draft {
            actor: office.actor.clone(),
            agreement: Some(agreement.clone()),
            event: Event::Voided(voided),
        });
    }
    store.records.append(drafts).await?;
    let after = Tally::fold(&store.records.entries(Some(agreement)).await?);
    for copy in chosen.values() {
        set_aside(office, &after, copy)?;
    }
    Ok(chosen.into_keys().cloned().collect())
}

/// Moves a voided copy's file out of the way, and lists the digests of those that are left.
fn set_aside(office: &Office, tally: &Tally, copy: &CopyState) -> Result<(), Error> {
    let (agreement, issued) = (&copy.agreement, &copy.issued);
    let (version, form) = (issued.version, issued.form);
    let folder = office.out().join(folder_name(agreement, version, form));
    // Another copy with this file's name may count by now.
    let is_taken = tally
        .copies
        .values()
        .any(|other| other.is_live() && other.issued.file_name == issued.file_name);
    if !is_taken {
        set_voided_aside(&folder, issued)?;
    }
    if crate::store::is_file(&folder.join(SUMS)) {
        write_sums(&folder, tally, agreement, version, form)?;
    }
    Ok(())
}
