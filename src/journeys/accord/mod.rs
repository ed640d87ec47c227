//! Accord: local accords under an agreement: drafts one, lists them, divides their shared costs.

mod check;
mod draft;
mod error;

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde::Serialize;

use super::init::accord_files;
use super::publish::{read_bundle, read_outline};
use super::{Error, Office, bound};
use crate::agreement::{
    AgreementId, Amount, Manifest, Name, PartyCode, PartyKind, Relation, Service, Shares, Status,
    VersionNumber, shares as divide,
};
use crate::calendar::swedish_day;
use crate::outside::now;
use crate::register::{Tally, accords};
use crate::store::{Folder, Store, place_tree};
use crate::template::{Bundle, clause_places, fill};

pub(super) use check::{lint, refuse};
pub use error::AccordError;

/// An accord that is to be drafted.
#[derive(Debug, Clone)]
pub struct Request {
    /// The agreement that it stands under.
    pub agreement: AgreementId,
    /// The folder of the accord; made of agreement, party and name if not said.
    pub id: Option<AgreementId>,
    /// What it is about, e.g. the name of a family centre.
    pub name: Name,
    /// Its parties, besides the one that is in every copy of the agreement.
    pub parties: Vec<PartyCode>,
    /// The services that take part, in the order in which they bear a remainder.
    pub services: Vec<Service>,
    /// Its first day.
    pub from: Option<NaiveDate>,
    /// The shared cost of a year.
    pub budget: Option<Amount>,
}

/// A drafted accord.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Drafted {
    /// The accord's agreement.
    pub agreement: AgreementId,
    /// Its version.
    pub version: VersionNumber,
    /// The version that it stands under.
    pub under: VersionNumber,
    /// Whether that one is published.
    pub is_under_published: bool,
    /// Parties that another version of the parent binds today.
    pub bound_by_other: Vec<BoundByOther>,
    /// The folder, relative to the office.
    pub folder: String,
    /// The files made, relative to that folder's agreement.
    pub files: Vec<String>,
}

/// A party that another version of an accord's parent binds than the one that the accord stands under.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BoundByOther {
    /// The party.
    pub party: PartyCode,
    /// The version that binds it.
    pub version: VersionNumber,
}

/// Drafts an accord as a folder in templates/; whole or not at all.
///
/// # Errors
/// [`AccordError`] when it would take away from its parent, or what the office's files say.
pub async fn draft(office: &Office, request: &Request) -> Result<Drafted, Error> {
    let mut seen = BTreeSet::new();
    if let Some(party) = request.parties.iter().find(|party| !seen.insert(*party)) {
        let party = party.clone();
        return Err(AccordError::PartyTwice { party }.into());
    }
    let mut store = office.read_store().await?;
    let (above, is_under_published) = parent(office, store.as_mut(), &request.agreement).await?;
    if let Some(with) = &above.manifest().form.with
        && request.parties.iter().all(|party| party == with)
    {
        let party = with.clone();
        return Err(AccordError::CommonAlone { party }.into());
    }
    let id = match &request.id {
        Some(id) => id.clone(),
        None => draft::id_of(request)
            .ok_or_else(|| AccordError::NoLetters {
                name: request.name.clone(),
            })?
            .parse()
            .map_err(AccordError::Name)?,
    };
    let version = draft::first_version().ok_or_else(|| Error::NoAdoptedVersion {
        agreement: id.clone(),
    })?;
    refuse_taken(office, store.as_mut(), &id, version).await?;
    let files = drafted(office, request, &above, &id)?;

    // Read as publishing would read it, so that what is refused there is not drafted here.
    let name = Folder::version_name(&id, version);
    let mut bundled = files.clone();
    bundled.extend(office.folder.shared_files()?);
    let bundle = match Bundle::freeze(&name, bundled, &office.parties()?) {
        Ok(bundle) => bundle,
        Err(crate::template::BundleError::Source(problem)) => {
            let problems = vec![problem];
            return Err(AccordError::Refused { problems }.into());
        }
        Err(source) => return Err(office.bundle_error(&id, version, source)),
    };
    let problems = check::compare(&bundle, &above);
    if !problems.is_empty() {
        return Err(AccordError::Refused { problems }.into());
    }

    let placed: BTreeMap<String, Vec<u8>> = files
        .into_iter()
        .map(|(path, bytes)| match path.as_str() {
            "agreement.toml" => (path, bytes),
            _ => (format!("{version}/{path}"), bytes),
        })
        .collect();
    let bound_by_other = bound_by_other(office, store.as_mut(), request, &above).await?;
    place_tree(&office.folder.agreement_folder(&id), &placed)?;
    Ok(Drafted {
        agreement: id,
        version,
        under: above.manifest().version,
        is_under_published,
        bound_by_other,
        folder: name,
        files: placed.into_keys().collect(),
    })
}

/// Returns the version that a new accord stands under: the highest published, else the highest adopted.
async fn parent(
    office: &Office,
    store: Option<&mut Store>,
    agreement: &AgreementId,
) -> Result<(Bundle, bool), Error> {
    let mut tally = Tally::default();
    if let Some(store) = store {
        tally = Tally::fold(&store.records.entries(Some(agreement)).await?);
        if let Some(known) = tally.latest(agreement) {
            return Ok((read_bundle(store, &known.published).await?, true));
        }
    }
    office.require_agreement(agreement, &tally)?;
    for version in office.folder.versions(agreement)?.into_iter().rev() {
        if office.manifest(agreement, version)?.status == Status::Adopted {
            return Ok((office.bundle_from_folder(agreement, version)?, false));
        }
    }
    Err(Error::NoAdoptedVersion {
        agreement: agreement.clone(),
    })
}

/// Returns the parties of an accord that another version of its parent binds today.
async fn bound_by_other(
    office: &Office,
    store: Option<&mut Store>,
    request: &Request,
    above: &Bundle,
) -> Result<Vec<BoundByOther>, Error> {
    let mut found = Vec::new();
    let Some(store) = store else {
        return Ok(found);
    };
    let (agreement, today) = (&request.agreement, swedish_day(now()));
    let tally = Tally::fold(&store.records.entries(Some(agreement)).await?);
    for party in &request.parties {
        let by = bound::binding(office, store, &tally, agreement, party, today).await?;
        if let Some(version) = by.filter(|version| *version != above.manifest().version) {
            let party = party.clone();
            found.push(BoundByOther { party, version });
        }
    }
    Ok(found)
}

async fn refuse_taken(
    office: &Office,
    store: Option<&mut Store>,
    id: &AgreementId,
    version: VersionNumber,
) -> Result<(), Error> {
    let mut is_taken = office.folder.agreements()?.contains(id)
        || !office.folder.own_version_files(id, version)?.is_empty();
    if let Some(store) = store {
        is_taken |= !store.records.entries(Some(id)).await?.iter().all(|entry| {
            // Those that concern every agreement are among them.
            entry.agreement.as_ref() != Some(id)
        });
    }
    if is_taken {
        let agreement = id.clone();
        return Err(AccordError::Exists { agreement }.into());
    }
    Ok(())
}

/// Returns the accord's files by their paths in a bundle, without those of templates/shared.
fn drafted(
    office: &Office,
    request: &Request,
    above: &Bundle,
    id: &AgreementId,
) -> Result<BTreeMap<String, Vec<u8>>, Error> {
    let mut files = office.folder.accord_files()?;
    if files.is_empty() {
        files = accord_files();
    }
    let parties = parties(request, above)?;
    let above_name = Folder::version_name(&above.agreement().id, above.manifest().version);
    let filled = fill(above, &above_name).map_err(|problems| Error::Template { problems })?;
    let places = clause_places(above, &filled);
    let clauses: Vec<&str> = files
        .keys()
        .map(String::as_str)
        .filter(|path| path.starts_with("clauses/"))
        .collect();
    let dated = swedish_day(now());
    let version_toml = draft::version_toml(request, above, &parties, &clauses, dated, |id| {
        places.contains_key(id)
    });
    files.insert("version.toml".to_owned(), version_toml.into_bytes());
    let agreement_toml = draft::agreement_toml(id, &request.name, above);
    files.insert("agreement.toml".to_owned(), agreement_toml.into_bytes());
    Ok(files)
}

/// Returns the accord's parties in the order of its parent's, with their kinds.
fn parties(request: &Request, above: &Bundle) -> Result<Vec<(PartyCode, PartyKind)>, Error> {
    let is_known = |code: &&PartyCode| above.parties().iter().any(|party| party.code == **code);
    if let Some(party) = request.parties.iter().find(|code| !is_known(code)) {
        return Err(Error::UnknownParty {
            agreement: request.agreement.clone(),
            party: party.clone(),
        });
    }
    let with = above.manifest().form.with.as_ref();
    let is_party = |code: &PartyCode| request.parties.contains(code) || with == Some(code);
    let parties = above.parties().iter().filter(|party| is_party(&party.code));
    Ok(parties
        .map(|party| (party.code.clone(), party.kind.clone()))
        .collect())
}

/// A local accord, published or in templates/.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AccordLine {
    /// The accord's agreement.
    pub agreement: AgreementId,
    /// Its short name.
    pub name: Name,
    /// Its version: the highest published, else the highest in templates/.
    pub version: VersionNumber,
    /// Whether that version is published.
    pub is_published: bool,
    /// The version that it stands under.
    pub under: VersionNumber,
    /// Whether a later version of its parent is published, so that it is to be looked at.
    pub is_to_look_at: bool,
    /// Its parties.
    pub parties: Vec<PartyCode>,
    /// Its services.
    pub services: Vec<Service>,
}

/// Returns the accords under an agreement, in the order of their names.
///
/// # Errors
/// [`Error::UnknownAgreement`], or what register and files say.
pub async fn list(office: &Office, agreement: &AgreementId) -> Result<Vec<AccordLine>, Error> {
    let mut found = BTreeMap::new();
    let mut tally = Tally::default();
    if let Some(mut store) = office.read_store().await? {
        // An accord is entered under its own name.
        tally = Tally::fold(&store.records.entries(None).await?);
        for child in accords(&tally, agreement) {
            if let Some(known) = tally.version(&child.agreement, child.version) {
                let outline = read_outline(&store, &known.published).await?;
                let name = outline.agreement().short_name.clone();
                let line = line(
                    &child.agreement,
                    name,
                    outline.manifest(),
                    child.under,
                    true,
                );
                found.insert(child.agreement, line);
            }
        }
    }
    office.require_agreement(agreement, &tally)?;
    for id in office.folder.agreements()? {
        if found.contains_key(&id) || tally.latest(&id).is_some() {
            continue;
        }
        let Some(version) = office.folder.versions(&id)?.last().copied() else {
            continue;
        };
        let manifest = office.manifest(&id, version)?;
        if let Some(Relation::Under {
            agreement: parent,
            version: under,
        }) = &manifest.relation
            && parent == agreement
        {
            let name = office.agreement(&id)?.short_name;
            found.insert(id.clone(), line(&id, name, &manifest, *under, false));
        }
    }
    let latest = tally.latest(agreement).map(|known| known.published.version);
    Ok(found
        .into_values()
        .map(|line| AccordLine {
            is_to_look_at: latest.is_some_and(|latest| line.under < latest),
            ..line
        })
        .collect())
}

fn line(
    agreement: &AgreementId,
    name: Name,
    manifest: &Manifest,
    under: VersionNumber,
    is_published: bool,
) -> AccordLine {
    let services = manifest.accord.as_ref().map(|accord| &accord.services);
    AccordLine {
        agreement: agreement.clone(),
        name,
        version: manifest.version,
        is_published,
        under,
        is_to_look_at: false,
        parties: manifest.parties.codes.clone(),
        services: services.cloned().unwrap_or_default(),
    }
}

/// What the parties of an accord take of a shared cost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SharedCost {
    /// The accord's agreement.
    pub agreement: AgreementId,
    /// Its version.
    pub version: VersionNumber,
    /// The parts.
    #[serde(flatten)]
    pub shares: Shares,
    /// The names of the parties.
    pub names: BTreeMap<PartyCode, Name>,
}

/// Divides an amount, or the cost that the accord itself states, between the accord's services.
///
/// The highest published version counts, else the highest in templates/.
///
/// # Errors
/// [`AccordError`], or what register and files say.
pub async fn shares(
    office: &Office,
    agreement: &AgreementId,
    amount: Option<Amount>,
) -> Result<SharedCost, Error> {
    let mut tally = Tally::default();
    let mut manifest = None;
    if let Some(mut store) = office.read_store().await? {
        tally = Tally::fold(&store.records.entries(Some(agreement)).await?);
        if let Some(known) = tally.latest(agreement) {
            let outline = read_outline(&store, &known.published).await?;
            manifest = Some(outline.manifest().clone());
        }
    }
    let manifest = match manifest {
        Some(manifest) => manifest,
        None => {
            office.require_agreement(agreement, &tally)?;
            let versions = office.folder.versions(agreement)?;
            let version = versions.last().copied();
            let version = version.ok_or_else(|| Error::NoAdoptedVersion {
                agreement: agreement.clone(),
            })?;
            office.manifest(agreement, version)?
        }
    };
    let version = manifest.version;
    let accord = manifest.accord.ok_or_else(|| AccordError::NotAnAccord {
        agreement: agreement.clone(),
        version,
    })?;
    let amount = amount
        .or(accord.budget)
        .ok_or_else(|| AccordError::NoAmount {
            agreement: agreement.clone(),
            version,
        })?;
    let shares = divide(amount, &accord.services).ok_or_else(|| AccordError::NotAnAccord {
        agreement: agreement.clone(),
        version,
    })?;
    let is_part = |code: &PartyCode| shares.parties.iter().any(|share| share.party == *code);
    let parties = office.parties()?.into_iter();
    let names = parties
        .filter(|party| is_part(&party.code))
        .map(|party| (party.code, party.legal_name))
        .collect();
    Ok(SharedCost {
        agreement: agreement.clone(),
        version,
        shares,
        names,
    })
}
