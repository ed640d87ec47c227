//! Bound: which parties are bound by what on a day.
//!
//! Reckoned anew each time from the register: who came to be bound by each version, notices, and the relation
//! of versions, amendments and local accords to each other.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde::Serialize;

use super::act::Case;
use super::life::VersionTerm;
use super::status::{forms, terms};
use super::{Error, Office, publish, term};
use crate::agreement::{AgreementId, Form, Party, PartyCode, VersionNumber};
use crate::calendar::{Schedule, end_of_day, swedish_day};
use crate::outside::now;
use crate::register::{
    BoundRow, BoundVersion, PartyChange, PartyProgress, PartyState, Progress, PublishedVersion,
    Required, Succession, Tally, VersionRow, accords, amendments, bound, progress,
};
use crate::store::Store;
use crate::template::Bundle;

/// Which parties are bound by what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Bindings {
    /// The agreement.
    pub agreement: AgreementId,
    /// Its full name; `None` while no version was published.
    pub name: Option<String>,
    /// The Swedish day at whose end this is so.
    pub as_of: NaiveDate,
    /// How many are bound by each version, and by none.
    pub totals: Vec<Total>,
    /// In the bilateral form how many copies of the party in all of them bind it.
    pub common: Option<Common>,
    /// Each party; in the bilateral form each copy, by its other party. Those asked for alone.
    pub rows: Vec<Line>,
}

/// How many are bound by a version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Total {
    /// The version; `None` for those whom nothing binds.
    pub version: Option<VersionNumber>,
    /// How many.
    pub rows: usize,
}

/// The party in every bilateral copy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Common {
    /// The party.
    pub party: PartyCode,
    /// Its name in lists.
    pub name: String,
    /// In how many copies it is bound.
    pub bound: usize,
    /// Of how many.
    pub of: usize,
}

/// A party, and what binds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    /// Its name in lists.
    pub name: String,
    /// What binds it.
    #[serde(flatten)]
    pub row: BoundRow,
}

/// Returns which parties of an agreement are bound by what at the end of a Swedish day (`None`: today), or of
/// one of them.
///
/// # Errors
/// [`Error::UnknownAgreement`], [`Error::UnknownParty`], [`Error::Term`], or what the register says.
pub async fn run(
    office: &Office,
    agreement: &AgreementId,
    as_of: Option<NaiveDate>,
    party: Option<&PartyCode>,
) -> Result<Bindings, Error> {
    let day = as_of.unwrap_or_else(|| swedish_day(now()));
    let mut found = Bindings {
        agreement: agreement.clone(),
        name: None,
        as_of: day,
        totals: Vec::new(),
        common: None,
        rows: Vec::new(),
    };
    let Some(mut store) = office.read_store().await? else {
        office.require_agreement(agreement, &Tally::default())?;
        return Ok(found);
    };
    // What stands beside an agreement is entered under its own name.
    let mut entries = store.records.entries(None).await?;
    office.require_agreement(agreement, &Tally::fold(&entries))?;
    let end = end_of_day(day);
    entries.retain(|entry| entry.at < end);
    let tally = Tally::fold(&entries);
    let parties = office.parties()?;
    let mut versions = Vec::new();
    let mut names = BTreeMap::new();
    let family = family(&tally, agreement);
    let published = tally.versions.iter();
    for ((of, _), published) in published.filter(|((of, _), _)| family.contains(of)) {
        let bundle = publish::read_outline(&store, &published.published).await?;
        if of == agreement {
            found.name = Some(bundle.agreement().name.to_string());
            names.extend(names_of(&bundle, &parties));
        }
        versions.push(version(&tally, published, &bundle, &parties, day)?);
    }
    let rows = bound(
        &versions,
        &successions(&tally, names.keys()),
        agreement,
        day,
    );
    found.totals = totals(&rows);
    found.common = common(&rows, &names);
    let is_asked = |row: &BoundRow| party.is_none_or(|party| concerns(row, party));
    let name = |code: &PartyCode| names.get(code).cloned().unwrap_or_default();
    found.rows = rows
        .into_iter()
        .filter(is_asked)
        .map(|row| Line {
            name: name(&row.party),
            row,
        })
        .collect();
    match party {
        // Before the first version was published nobody is known to be a party.
        Some(party) if found.rows.is_empty() && found.name.is_some() => Err(Error::UnknownParty {
            agreement: agreement.clone(),
            party: party.clone(),
        }),
        _ => Ok(found),
    }
}

/// Returns by what the parties of an agreement are bound today, without what stands beside it.
pub(super) async fn today(
    store: &Store,
    tally: &Tally,
    agreement: &AgreementId,
    parties: &[Party],
) -> Result<Vec<BoundRow>, Error> {
    let day = swedish_day(now());
    let above = above(tally, agreement);
    let mut versions = Vec::new();
    let published = tally.versions.iter();
    for (_, published) in published.filter(|((of, _), _)| above.contains(of)) {
        let bundle = publish::read_outline(store, &published.published).await?;
        versions.push(version(tally, published, &bundle, parties, day)?);
    }
    Ok(bound(&versions, &[], agreement, day))
}

/// Returns which parties are bound by one version as the register has it now, each with the day since when.
pub(super) async fn by_version(
    store: &Store,
    tally: &Tally,
    published: &PublishedVersion,
    parties: &[Party],
) -> Result<Vec<(PartyCode, Option<NaiveDate>)>, Error> {
    let bundle = publish::read_outline(store, &published.published).await?;
    let known = version(tally, published, &bundle, parties, swedish_day(now()))?;
    let bound_from = |code: &PartyCode| match known.rows.iter().find(|row| row.party == *code) {
        Some(row) => row.bound_from,
        None => known.rows.iter().filter_map(|row| row.bound_from).min(),
    };
    let listed = bundle.parties().iter().map(|party| party.code.clone());
    Ok(listed
        .map(|code| (code.clone(), bound_from(&code)))
        .collect())
}

/// Returns the version of an agreement that binds a party, or its copy, on a day, by what is known now.
pub(super) async fn binding(
    office: &Office,
    store: &Store,
    tally: &Tally,
    agreement: &AgreementId,
    party: &PartyCode,
    day: NaiveDate,
) -> Result<Option<VersionNumber>, Error> {
    let own = || tally.versions.iter().filter(|((of, _), _)| of == agreement);
    if own().count() < 2 {
        return Ok(None);
    }
    let parties = office.parties()?;
    let mut versions = Vec::new();
    for (_, published) in own() {
        let bundle = publish::read_outline(store, &published.published).await?;
        let known = version(tally, published, &bundle, &parties, day)?;
        // What it stands to is not among these: asked is for its own versions alone.
        versions.push(BoundVersion {
            relation: None,
            ..known
        });
    }
    let rows = bound(&versions, &[], agreement, day).into_iter();
    let mut rows = rows.filter(|row| row.party == *party);
    Ok(rows.find_map(|row| row.by).map(|by| by.version))
}

/// Returns whom the version that a case is about binds, or did until notice or its own end, as far as no later
/// version of the agreement has taken its place by a day; `None` for one that is not published, as nothing is
/// known then of who concluded it.
pub(super) async fn under(
    store: &Store,
    case: &Case,
    parties: &[Party],
    day: NaiveDate,
) -> Result<Option<BTreeSet<PartyCode>>, Error> {
    let (agreement, number) = (&case.subject.agreement, case.subject.manifest.version);
    if case.tally.version(agreement, number).is_none() {
        return Ok(None);
    }
    let mut under = BTreeSet::new();
    let mut with = None;
    // A later version comes after it.
    for ((of, at), published) in &case.tally.versions {
        if of != agreement || *at < number {
            continue;
        }
        let bundle = publish::read_outline(store, &published.published).await?;
        let known = version(&case.tally, published, &bundle, parties, day)?;
        for row in known.rows {
            if *at == number && row.bound_from.is_some() {
                under.insert(row.party);
            } else if row.bound_from.is_some_and(|from| from <= day) {
                under.remove(&row.party);
            }
        }
        if *at == number {
            with = known.with;
        }
    }
    if !under.is_empty() {
        under.extend(with);
    }
    Ok(Some(under))
}

/// Returns the agreements that tell by what an agreement's parties are bound: itself, what it stands to, and
/// what stands beside it.
fn family(tally: &Tally, agreement: &AgreementId) -> BTreeSet<AgreementId> {
    let mut family = above(tally, agreement);
    let beside = amendments(tally, agreement)
        .into_iter()
        .chain(accords(tally, agreement));
    family.extend(beside.map(|child| child.agreement));
    family
}

/// Returns an agreement and what it stands to.
fn above(tally: &Tally, agreement: &AgreementId) -> BTreeSet<AgreementId> {
    let mut family = BTreeSet::from([agreement.clone()]);
    let mut left = vec![agreement.clone()];
    while let Some(next) = left.pop() {
        for ((of, _), published) in &tally.versions {
            let relation = published.published.relation.as_ref();
            let Some((other, _)) = relation.filter(|_| *of == next).map(|it| it.other(of)) else {
                continue;
            };
            if family.insert(other.clone()) {
                left.push(other.clone());
            }
        }
    }
    family
}

fn version(
    tally: &Tally,
    published: &PublishedVersion,
    bundle: &Bundle,
    parties: &[Party],
    day: NaiveDate,
) -> Result<BoundVersion, Error> {
    let agreement = &bundle.agreement().id;
    let manifest = bundle.manifest();
    let own = manifest.form.kind;
    let with = manifest
        .form
        .with
        .clone()
        .filter(|_| own == Form::Bilateral);
    let ends = match VersionTerm::of(bundle, tally) {
        Some(ruling) => term::line(agreement, &ruling, day)?.ends,
        None => Vec::new(),
    };
    let of_forms: Vec<(Form, Progress)> = forms(tally, agreement, manifest.version, bundle)
        .into_iter()
        .map(|form| (form, progress(tally, &terms(bundle, form, parties), day)))
        .collect();
    let rows = bundle.parties().iter().map(|party| &party.code);
    let rows = rows
        .filter(|code| Some(*code) != with.as_ref())
        .map(|code| {
            let lines = || {
                of_forms.iter().filter_map(|(form, progress)| {
                    let mut parties = progress.parties.iter();
                    Some((*form, progress, parties.find(|party| party.code == *code)?))
                })
            };
            // Copies in another form than the version's own bind as well.
            let first = lines().min_by_key(|(form, _, party)| {
                (party.bound_from.is_none(), party.bound_from, *form != own)
            });
            let (state, waits_for) = match first {
                Some((form, progress, party)) => {
                    let with = with.as_ref().filter(|_| form == Form::Bilateral);
                    (party.state, waits_for(progress, party, with))
                }
                None => (PartyState::NotIssued, Vec::new()),
            };
            VersionRow {
                bound_from: first.and_then(|(_, _, party)| party.bound_from),
                ends_on: ends
                    .iter()
                    .find(|end| end.party == *code)
                    .map(|end| end.last_day),
                party: code.clone(),
                state,
                waits_for,
            }
        });
    let rows = rows.collect();
    let term = manifest.term.as_ref();
    Ok(BoundVersion {
        agreement: agreement.clone(),
        relation: published.published.relation.clone(),
        rows,
        // The line of the term would have been refused.
        schedule: term.and_then(|term| Schedule::of(term).ok()),
        version: manifest.version,
        with,
    })
}

/// Returns whom a version waits for before it binds a party.
fn waits_for(
    progress: &Progress,
    party: &PartyProgress,
    with: Option<&PartyCode>,
) -> Vec<PartyCode> {
    if party.bound_from.is_some() {
        return Vec::new();
    }
    let own = (party.state != PartyState::Complete).then(|| party.code.clone());
    let Some(with) = with else {
        // Once it binds others, whoever has something to do itself waits for nobody else.
        let is_last = own.is_some() && progress.binding.binds;
        let others = progress.binding.waits_for.iter();
        let others = others.filter(|code| !is_last && **code != party.code);
        return own.into_iter().chain(others.cloned()).collect();
    };
    let copies: Vec<_> = party.copies.iter().map(|copy| &copy.copy).collect();
    let mut parties = progress.parties.iter();
    let common = parties.find(|party| party.code == *with);
    let is_done = common.is_some_and(|common| {
        let mut asked = common.requirements.iter().filter(|it| match &it.what {
            Required::CleanDecision => true,
            Required::Signatures { copy } => copies.contains(&copy),
            Required::CopyIssued | Required::Decision => false,
        });
        !copies.is_empty() && asked.all(|it| it.is_met)
    });
    own.into_iter()
        .chain((!is_done).then(|| with.clone()))
        .collect()
}

/// Returns the names of a version's parties in lists: of their files, else as printed in its list.
pub(super) fn names_of(bundle: &Bundle, parties: &[Party]) -> Vec<(PartyCode, String)> {
    let listed = bundle.parties().iter().map(|party| {
        let file = parties.iter().find(|known| known.code == party.code);
        let printed = || {
            let name = party.printed.get("legal_name")?;
            name.as_str().map(str::to_owned)
        };
        let name = file.map(|party| party.short_name.to_string());
        (
            party.code.clone(),
            name.or_else(printed).unwrap_or_default(),
        )
    });
    listed.collect()
}

fn successions<'a>(tally: &Tally, parties: impl Iterator<Item = &'a PartyCode>) -> Vec<Succession> {
    let changes = parties.flat_map(|party| tally.party_changes(party));
    let gone = changes.filter_map(|change| {
        let into = match &change.body.change {
            PartyChange::Merged { into } => vec![into.clone()],
            PartyChange::Split { into } => into.clone(),
            PartyChange::Renamed { .. } | PartyChange::Renumbered { .. } => return None,
        };
        Some(Succession {
            from: change.body.from,
            into,
            party: change.body.party.clone(),
        })
    });
    gone.collect()
}

fn totals(rows: &[BoundRow]) -> Vec<Total> {
    let mut counts: BTreeMap<Option<VersionNumber>, usize> = BTreeMap::new();
    for row in rows {
        let count = counts.entry(row.by.map(|by| by.version)).or_default();
        *count = count.saturating_add(1);
    }
    // The newest first, and nothing last.
    let counts = counts.into_iter().rev();
    counts
        .map(|(version, rows)| Total { version, rows })
        .collect()
}

fn common(rows: &[BoundRow], names: &BTreeMap<PartyCode, String>) -> Option<Common> {
    let party = rows.iter().find_map(|row| row.with.clone())?;
    let own = || rows.iter().filter(|row| row.with.as_ref() == Some(&party));
    Some(Common {
        bound: own().filter(|row| row.by.is_some()).count(),
        name: names.get(&party).cloned().unwrap_or_default(),
        of: own().count(),
        party,
    })
}

/// Tells whether a row is about a party, as itself, as the other of its copy or as what it became.
fn concerns(row: &BoundRow, party: &PartyCode) -> bool {
    let became = row.succession.as_ref();
    row.party == *party
        || row.with.as_ref() == Some(party)
        || became.is_some_and(|became| became.into.contains(party))
}
