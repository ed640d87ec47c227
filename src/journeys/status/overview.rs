//! All agreements of an office, a line each.
//!
//! Every line is folded from the entries; what was counted is kept beside the log, and counted again only
//! where entries, parties' signing rules or this program are others than they were.

use std::collections::{BTreeMap, BTreeSet};

use super::super::kept::{self, Recipe};
use super::super::{Error, Office, publish};
use super::terms::{terms, terms_of_copies};
use super::{Overview, OverviewLine, today};
use crate::agreement::{AgreementId, Form, Party, Sha256, to_canonical_json};
use crate::register::{CopyState, Entry, PartyState, SeatState, Tally, Terms, progress};
use crate::store::Store;

/// Returns a line for each agreement.
///
/// # Errors
/// [`Error`] when the register cannot be read.
pub async fn overview(office: &Office) -> Result<Overview, Error> {
    let mut rows = Vec::new();
    if let Some(mut store) = office.read_store().await? {
        let parties = office.parties()?;
        let counts = kept::all(&mut store, &Count { parties: &parties }).await?;
        rows = counts.into_values().flatten().collect();
    }
    let known: BTreeSet<AgreementId> = rows.iter().map(|row| row.agreement.clone()).collect();
    let agreements = office.folder.agreements()?.into_iter();
    let unknown = agreements.filter(|agreement| !known.contains(agreement));
    rows.extend(unknown.map(OverviewLine::empty));
    Ok(Overview { rows })
}

/// Tells whether a count is kept as one of the present state that is not what that gives.
///
/// # Errors
/// As [`overview`].
pub(in crate::journeys) async fn is_wrong(
    store: &mut Store,
    parties: &[Party],
) -> Result<bool, Error> {
    kept::is_wrong(store, &Count { parties }).await
}

/// How an agreement is counted.
struct Count<'a> {
    /// The office's parties.
    parties: &'a [Party],
}

impl Recipe for Count<'_> {
    type Made = Vec<OverviewLine>;
    const KIND: &'static str = "status";
    // Who may sign for a party bears on whether it is complete.
    const OFFICE: kept::Office = kept::Office::InEach;

    fn by(&self) -> Result<Sha256, Error> {
        let parties = self.parties.iter();
        let rules: BTreeMap<_, _> = parties.map(|it| (&it.code, &it.signing)).collect();
        let program = concat!("sigill-summary-1 ", env!("CARGO_PKG_VERSION"));
        Ok(Sha256::of(&to_canonical_json(&(program, rules))?))
    }

    async fn make(
        &self,
        store: &Store,
        agreement: Option<&AgreementId>,
        entries: &[&Entry],
    ) -> Result<Self::Made, Error> {
        match agreement {
            Some(agreement) => count(store, agreement, entries, self.parties).await,
            None => Ok(Vec::new()),
        }
    }
}

/// Counts an agreement: a line for each version and form that has copies.
async fn count(
    store: &Store,
    agreement: &AgreementId,
    entries: &[&Entry],
    parties: &[Party],
) -> Result<Vec<OverviewLine>, Error> {
    let tally = Tally::fold(entries.iter().copied());
    let mut lines = Vec::new();
    let versions = tally.versions.iter();
    for (_, published) in versions.filter(|((of, _), _)| of == agreement) {
        let version = published.published.version;
        let bundle = match publish::read_outline(store, &published.published).await {
            Ok(bundle) => Some(bundle),
            // `sigill audit` tells of a document that is not there. Who is party to a copy stands in its entry.
            Err(Error::Store(crate::store::Error::NoDocument { .. })) => None,
            Err(error) => return Err(error),
        };
        for form in [Form::Bilateral, Form::Counterpart, Form::Joint] {
            let copies = tally.copies_of(agreement, version, form);
            if copies.is_empty() {
                continue;
            }
            let terms = match &bundle {
                Some(bundle) => terms(bundle, form, parties),
                None => terms_of_copies(agreement, (version, form), &copies, parties),
            };
            lines.push(line(&tally, &terms, &copies));
        }
    }
    Ok(lines)
}

fn line(tally: &Tally, terms: &Terms, copies: &[&CopyState]) -> OverviewLine {
    // Where a party stands does not depend on the day once everything entered counts.
    let progress = progress(tally, terms, today());
    let live: Vec<_> = copies.iter().filter(|copy| copy.is_live()).collect();
    let own_copies = progress.parties.iter().flat_map(|party| &party.copies);
    let seats = own_copies.flat_map(|copy| &copy.seats);
    let (mut signed, mut on_paper) = (0_usize, 0_usize);
    for seat in seats {
        match seat.state {
            SeatState::Paper { .. } => on_paper = on_paper.saturating_add(1),
            SeatState::Signed { .. } => signed = signed.saturating_add(1),
            SeatState::NotCounted | SeatState::Open | SeatState::ToConfirm => {}
        }
    }
    let complete = progress.parties.iter();
    let complete = complete.filter(|party| party.state == PartyState::Complete);
    let number = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
    OverviewLine {
        agreement: terms.agreement.clone(),
        version: Some(terms.version),
        form: Some(terms.form),
        copies: number(live.len()),
        sent: number(live.iter().filter(|copy| !copy.sent.is_empty()).count()),
        voided: number(copies.len().saturating_sub(live.len())),
        seats: live
            .iter()
            .map(|copy| number(copy.issued.seats.len()))
            .sum(),
        signed: number(signed),
        on_paper: number(on_paper),
        parties: number(progress.parties.len()),
        parties_complete: number(complete.count()),
    }
}

impl OverviewLine {
    /// Returns the line of an agreement that nothing was issued of.
    fn empty(agreement: AgreementId) -> Self {
        Self {
            agreement,
            version: None,
            form: None,
            copies: 0,
            sent: 0,
            voided: 0,
            seats: 0,
            signed: 0,
            on_paper: 0,
            parties: 0,
            parties_complete: 0,
        }
    }
}
