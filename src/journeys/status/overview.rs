//! All agreements of an office, a line each.
//!
//! Every line is folded from the entries; what was counted is kept beside the log, and counted again only
//! where entries, parties' signing rules or this program are others than they were.

use std::collections::BTreeMap;

use super::super::{Error, Office, publish};
use super::terms::{terms, terms_of_copies};
use super::{Overview, OverviewLine, today};
use crate::agreement::{AgreementId, Form, Party, Sha256, to_canonical_json};
use crate::register::{CopyState, Entry, PartyState, SeatState, Tally, Terms, progress};
use crate::store::{Store, Summary};

/// Returns a line for each agreement.
///
/// # Errors
/// [`Error`] when the register cannot be read.
pub async fn overview(office: &Office) -> Result<Overview, Error> {
    let mut rows = Vec::new();
    if let Some(mut store) = office.read_store().await? {
        let parties = office.parties()?;
        rows = lines(&mut store, &parties).await?;
    }
    for agreement in office.folder.agreements()? {
        if !rows.iter().any(|row| row.agreement == agreement) {
            rows.push(OverviewLine::empty(agreement));
        }
    }
    Ok(Overview { rows })
}

/// Returns the agreements whose kept count is said to be of the present state, and is not what that gives.
///
/// # Errors
/// As [`overview`].
pub(in crate::journeys) async fn wrong_counts(
    store: &mut Store,
    parties: &[Party],
) -> Result<Vec<AgreementId>, Error> {
    let by = counted_by(parties)?;
    let marks = store.records.marks().await?;
    let kept = store.records.summaries().await?.into_iter();
    let kept: BTreeMap<AgreementId, String> = kept
        .filter(|it| it.by == by && marks.get(&it.agreement) == Some(&it.mark))
        .map(|it| (it.agreement, it.text))
        .collect();
    let mut wrong = Vec::new();
    let agreements = kept.keys().cloned().collect();
    for (agreement, entries) in entries_of(store, agreements).await? {
        let lines = count(store, &agreement, &entries, parties).await?;
        if kept.get(&agreement) != Some(&serde_json::to_string(&lines)?) {
            wrong.push(agreement);
        }
    }
    Ok(wrong)
}

/// Returns the lines of the agreements in the register, in the order of their names.
async fn lines(store: &mut Store, parties: &[Party]) -> Result<Vec<OverviewLine>, Error> {
    let by = counted_by(parties)?;
    let marks = store.records.marks().await?;
    let mut known: BTreeMap<AgreementId, Vec<OverviewLine>> = BTreeMap::new();
    for summary in store.records.summaries().await? {
        if summary.by != by || marks.get(&summary.agreement) != Some(&summary.mark) {
            continue;
        }
        if let Ok(lines) = serde_json::from_str(&summary.text) {
            known.insert(summary.agreement, lines);
        }
    }
    let is_new = |agreement: &&AgreementId| !known.contains_key(*agreement);
    let new: Vec<AgreementId> = marks.keys().filter(is_new).cloned().collect();
    let mut summaries = Vec::new();
    for (agreement, entries) in entries_of(store, new).await? {
        let lines = count(store, &agreement, &entries, parties).await?;
        // Marks were read before the entries: an entry in between makes the count a newer one than it says,
        // which is then made again.
        if let Some(mark) = marks.get(&agreement) {
            summaries.push(Summary {
                agreement: agreement.clone(),
                by,
                mark: *mark,
                text: serde_json::to_string(&lines)?,
            });
        }
        known.insert(agreement, lines);
    }
    if !summaries.is_empty() {
        // Where the disk cannot be written, or another process writes, the next one counts again.
        drop(store.records.keep_summaries(&summaries).await);
    }
    Ok(known.into_values().flatten().collect())
}

/// Returns the digest of what counts are made by besides entries.
fn counted_by(parties: &[Party]) -> Result<Sha256, Error> {
    let rules: BTreeMap<_, _> = parties.iter().map(|it| (&it.code, &it.signing)).collect();
    let program = concat!("sigill-summary-1 ", env!("CARGO_PKG_VERSION"));
    Ok(Sha256::of(&to_canonical_json(&(program, rules))?))
}

/// Returns the entries of agreements, each with those that concern the office's parties.
async fn entries_of(
    store: &mut Store,
    agreements: Vec<AgreementId>,
) -> Result<Vec<(AgreementId, Vec<Entry>)>, Error> {
    let mut all = Vec::with_capacity(agreements.len());
    if agreements.len() <= FEW {
        for agreement in agreements {
            let entries = store.records.entries(Some(&agreement)).await?;
            all.push((agreement, entries));
        }
        return Ok(all);
    }
    // Read once, not once for each.
    let mut by_agreement: BTreeMap<AgreementId, Vec<Entry>> = BTreeMap::new();
    let mut of_office = Vec::new();
    for entry in store.records.entries(None).await? {
        match &entry.agreement {
            Some(agreement) => {
                let own = by_agreement.entry(agreement.clone()).or_default();
                own.push(entry);
            }
            None => of_office.push(entry),
        }
    }
    for agreement in agreements {
        let mut entries = by_agreement.remove(&agreement).unwrap_or_default();
        entries.extend(of_office.iter().cloned());
        entries.sort_by_key(|entry| entry.seq);
        all.push((agreement, entries));
    }
    Ok(all)
}

/// Counts an agreement: a line for each version and form that has copies.
async fn count(
    store: &Store,
    agreement: &AgreementId,
    entries: &[Entry],
    parties: &[Party],
) -> Result<Vec<OverviewLine>, Error> {
    let tally = Tally::fold(entries);
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

/// As many agreements are read one by one; of more the whole register is read once.
const FEW: usize = 8;
