//! Status: where every party stands, totals first.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;

use super::verify::EnteredSignature;
use super::{Error, Office, publish, sheet};
use crate::agreement::{
    AgreementId, CopyId, Form, Level, PartyCode, SeatId, Sha256, VersionNumber,
};
use crate::calendar;
use crate::register::{CopyState, Tally};
use crate::template::{Bundle, ListedParty};

/// All agreements of an office, a line each.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Overview {
    /// Each agreement, version and form with copies; then agreements without any.
    pub rows: Vec<OverviewLine>,
}

/// One agreement, version and form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OverviewLine {
    /// The agreement.
    pub agreement: AgreementId,
    /// The version; `None` when nothing was issued.
    pub version: Option<VersionNumber>,
    /// The form.
    pub form: Option<Form>,
    /// Copies that count.
    pub copies: u64,
    /// Of these, handed out.
    pub sent: u64,
    /// Voided copies.
    pub voided: u64,
    /// Seats in the copies that count.
    pub seats: u64,
    /// Of these, signed as the register has it.
    pub signed: u64,
}

/// One version of an agreement in one form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Position {
    /// The agreement.
    pub agreement: AgreementId,
    /// Its full name.
    pub name: String,
    /// The version.
    pub version: VersionNumber,
    /// The form.
    pub form: Form,
    /// Digest of the frozen text.
    pub text_digest: Sha256,
    /// When the text was frozen, UTC.
    pub published_at: DateTime<Utc>,
    /// The Swedish day at whose end this is the position; `None`: now.
    pub as_of: Option<NaiveDate>,
    /// The totals.
    pub totals: Totals,
    /// Every party by its group, groups in Swedish order, parties without one last.
    pub groups: Vec<Group>,
}

/// Sums over all parties.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// Parties to the agreement.
    pub parties: usize,
    /// Copies there are to be in this form.
    pub copies: usize,
    /// Copies issued that count.
    pub issued: usize,
    /// Of these, handed out to every party in them.
    pub sent: usize,
    /// Copies voided.
    pub voided: usize,
    /// Seats in the copies that count.
    pub seats: usize,
    /// Of these, signed as the register has it.
    pub signed: usize,
    /// Copies that count and are signed in every seat.
    pub complete: usize,
}

/// Parties of one group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Group {
    /// Its name; `None` for parties without a group.
    pub name: Option<String>,
    /// Its parties.
    pub parties: Vec<PartyLine>,
}

/// Where one party stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PartyLine {
    /// The code.
    pub code: PartyCode,
    /// The legal name in the frozen list.
    pub name: String,
    /// Copies it is party to that there are to be.
    pub copies_planned: usize,
    /// Its copies that count, in order of their names.
    pub copies: Vec<CopyLine>,
    /// Its copies that were voided.
    pub voided: Vec<CopyId>,
}

/// One copy of a party.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CopyLine {
    /// The copy.
    pub copy: CopyId,
    /// When it was issued, UTC.
    pub issued_at: DateTime<Utc>,
    /// When it was last handed out to this party, UTC.
    pub sent_at: Option<DateTime<Utc>>,
    /// This party's seats in it.
    pub seats: Vec<SeatId>,
    /// Of these, signed: how, as the register has it.
    pub signed: BTreeMap<SeatId, EnteredSignature>,
    /// Of these, with a signature that waits for an officer's word.
    pub to_confirm: Vec<SeatId>,
    /// Whether every seat of every party in it is signed.
    pub complete: bool,
    /// When the office's seal was entered, UTC.
    pub sealed_at: Option<DateTime<Utc>>,
    /// The lowest level of its signatures, the seal's included; `None` without any.
    pub level: Option<Level>,
    /// The digest of its base revision.
    pub base: Sha256,
    /// The digest of its newest file.
    pub head: Sha256,
}

/// Returns a line for each agreement.
///
/// # Errors
/// [`Error`] when the register cannot be read.
pub async fn overview(office: &Office) -> Result<Overview, Error> {
    let mut rows = Vec::new();
    if let Some(mut store) = office.read_store().await? {
        for row in store.records.overview().await? {
            rows.push(OverviewLine {
                agreement: row.agreement,
                version: Some(row.version),
                form: Some(row.form),
                copies: row.live,
                sent: row.sent,
                voided: row.voided,
                seats: row.seats,
                signed: row.signed,
            });
        }
    }
    for agreement in office.folder.agreements()? {
        if !rows.iter().any(|row| row.agreement == agreement) {
            rows.push(OverviewLine {
                agreement,
                version: None,
                form: None,
                copies: 0,
                sent: 0,
                voided: 0,
                seats: 0,
                signed: 0,
            });
        }
    }
    Ok(Overview { rows })
}

/// Returns the position of an agreement: each published version in each form that has copies.
///
/// With `as_of`, as it was at the end of that day in Sweden. An empty list means that nothing was
/// published by then.
///
/// # Errors
/// [`Error::UnknownAgreement`], or what the register says.
pub async fn run(
    office: &Office,
    agreement: &AgreementId,
    as_of: Option<NaiveDate>,
) -> Result<Vec<Position>, Error> {
    let Some(mut store) = office.read_store().await? else {
        office.require_agreement(agreement, &Tally::default())?;
        return Ok(Vec::new());
    };
    let entries = store.records.entries(Some(agreement)).await?;
    office.require_agreement(agreement, &Tally::fold(&entries))?;
    let tally = match as_of {
        Some(day) => {
            let end = calendar::end_of_day(day);
            Tally::fold(entries.iter().filter(|entry| entry.at < end))
        }
        None => Tally::fold(&entries),
    };
    let mut positions = Vec::new();
    for published in tally.versions.values() {
        let version = published.published.version;
        let bundle = publish::read_outline(&store, &published.published).await?;
        let own = bundle.manifest().form.kind;
        for form in [Form::Bilateral, Form::Counterpart, Form::Joint] {
            let copies = tally.copies_of(agreement, version, form);
            if copies.is_empty() && form != own {
                continue;
            }
            positions.push(Position {
                agreement: agreement.clone(),
                name: bundle.agreement().name.to_string(),
                version,
                form,
                text_digest: published.published.text_digest,
                published_at: published.at,
                as_of,
                totals: totals(&bundle, form, &copies),
                groups: groups(&bundle, form, &copies),
            });
        }
    }
    Ok(positions)
}

fn totals(bundle: &Bundle, form: Form, copies: &[&CopyState]) -> Totals {
    let live: Vec<_> = copies.iter().filter(|copy| copy.is_live()).collect();
    let sent_to_all = |copy: &&&&CopyState| {
        copy.issued
            .parties
            .iter()
            .all(|party| copy.sent.contains_key(party))
    };
    Totals {
        parties: bundle.parties().len(),
        copies: planned(bundle, form, None),
        issued: live.len(),
        sent: live.iter().filter(sent_to_all).count(),
        voided: copies.len().saturating_sub(live.len()),
        seats: live.iter().map(|copy| copy.issued.seats.len()).sum(),
        signed: live.iter().map(|copy| copy.signed.len()).sum(),
        complete: live.iter().filter(|copy| copy.is_complete()).count(),
    }
}

/// Counts the copies there are to be, of all or of one party.
fn planned(bundle: &Bundle, form: Form, party: Option<&PartyCode>) -> usize {
    let codes: Vec<PartyCode> = bundle
        .parties()
        .iter()
        .map(|party| party.code.clone())
        .collect();
    let plans = crate::agreement::copies(form, bundle.manifest().form.with.as_ref(), &codes);
    plans
        .iter()
        .filter(|plan| party.is_none_or(|party| plan.parties.contains(party)))
        .count()
}

fn groups(bundle: &Bundle, form: Form, copies: &[&CopyState]) -> Vec<Group> {
    let mut names: BTreeMap<String, Vec<&ListedParty>> = BTreeMap::new();
    let mut without = Vec::new();
    for party in bundle.parties() {
        // A party in several groups is shown in the first, so that every party is counted once.
        match party.groupings.first() {
            Some(group) => names.entry(group.name.to_string()).or_default().push(party),
            None => without.push(party),
        }
    }
    let mut named: Vec<_> = names
        .into_iter()
        .map(|(name, parties)| (Some(name), parties))
        .collect();
    named.sort_by(|(a, _), (b, _)| {
        crate::agreement::swedish(
            a.as_deref().unwrap_or_default(),
            b.as_deref().unwrap_or_default(),
        )
    });
    if !without.is_empty() {
        named.push((None, without));
    }
    named
        .into_iter()
        .map(|(name, parties)| Group {
            name,
            parties: parties
                .into_iter()
                .map(|party| line(bundle, form, party, copies))
                .collect(),
        })
        .collect()
}

fn line(bundle: &Bundle, form: Form, party: &ListedParty, copies: &[&CopyState]) -> PartyLine {
    let own = || {
        copies
            .iter()
            .filter(|copy| copy.issued.parties.contains(&party.code))
    };
    let is_own_seat = |seat: &&SeatId| seat.is_of(&party.code);
    let name = party
        .printed
        .get("legal_name")
        .and_then(serde_json::Value::as_str);
    PartyLine {
        code: party.code.clone(),
        name: name.unwrap_or(party.code.as_str()).to_owned(),
        copies_planned: planned(bundle, form, Some(&party.code)),
        copies: own()
            .filter(|copy| copy.is_live())
            .map(|copy| CopyLine {
                copy: copy.issued.copy.clone(),
                issued_at: copy.issued_at,
                sent_at: copy.sent.get(&party.code).copied(),
                seats: copy
                    .issued
                    .seats
                    .iter()
                    .filter(is_own_seat)
                    .cloned()
                    .collect(),
                signed: copy
                    .signed
                    .iter()
                    .filter(|(seat, _)| is_own_seat(seat))
                    .map(|(seat, signed)| (seat.clone(), signed.into()))
                    .collect(),
                to_confirm: to_confirm(copy, &party.code),
                complete: copy.is_complete(),
                sealed_at: copy.sealed.map(|seal| seal.at),
                level: copy.level(),
                base: copy.issued.base,
                head: copy.head(),
            })
            .collect(),
        voided: own()
            .filter(|copy| !copy.is_live())
            .map(|copy| copy.issued.copy.clone())
            .collect(),
    }
}

/// Returns a party's seats that wait for an officer's word, in print order, each once.
fn to_confirm(copy: &CopyState, party: &PartyCode) -> Vec<SeatId> {
    let waits = |seat: &&SeatId| {
        seat.is_of(party)
            && !copy.signed.contains_key(*seat)
            && copy.to_confirm().any(|(waiting, _)| waiting == *seat)
    };
    copy.issued.seats.iter().filter(waits).cloned().collect()
}

/// Returns positions as CSV: a line per party and copy, and one for a party without any.
///
/// # Errors
/// [`Error::Sheet`], which does not happen for values of these types.
pub fn csv(positions: &[Position]) -> Result<Vec<u8>, Error> {
    let header = [
        "agreement",
        "version",
        "form",
        "grouping",
        "code",
        "name",
        "copy",
        "issued_at",
        "sent_at",
        "seats",
        "signed",
    ];
    let mut rows = vec![header.map(str::to_owned).to_vec()];
    for position in positions {
        let parties = position
            .groups
            .iter()
            .flat_map(|group| group.parties.iter().map(move |party| (group, party)));
        for (group, party) in parties {
            let line = |copy: Option<&CopyLine>| {
                let instant =
                    |at: DateTime<Utc>| at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true);
                vec![
                    position.agreement.to_string(),
                    position.version.to_string(),
                    position.form.as_str().to_owned(),
                    group.name.clone().unwrap_or_default(),
                    party.code.to_string(),
                    party.name.clone(),
                    copy.map(|copy| copy.copy.to_string()).unwrap_or_default(),
                    copy.map(|copy| instant(copy.issued_at)).unwrap_or_default(),
                    copy.and_then(|copy| copy.sent_at)
                        .map(instant)
                        .unwrap_or_default(),
                    copy.map(|copy| copy.seats.len().to_string())
                        .unwrap_or_default(),
                    copy.map(|copy| copy.signed.len().to_string())
                        .unwrap_or_default(),
                ]
            };
            match party.copies.as_slice() {
                [] => rows.push(line(None)),
                copies => rows.extend(copies.iter().map(|copy| line(Some(copy)))),
            }
        }
    }
    sheet::csv(&rows)
}
