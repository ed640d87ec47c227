//! That an accord takes nothing away from the version that it stands under.

use std::collections::{BTreeMap, BTreeSet};

use crate::agreement::{
    AgreementId, ClausePlace, Manifest, PartyCode, Relation, Side, SourceError, Status,
    VersionNumber, at_key, taken_away,
};
use crate::calendar::Schedule;
use crate::journeys::publish::read_bundle;
use crate::journeys::{Error, Office};
use crate::register::Tally;
use crate::store::{Folder, Store};
use crate::template::{Bundle, clause_places, fill};

/// Refuses an accord that takes away from its parent, or whose parent nobody has published.
pub(in crate::journeys) async fn refuse(store: &mut Store, bundle: &Bundle) -> Result<(), Error> {
    let Some((agreement, version)) = parent(bundle.manifest()) else {
        return Ok(());
    };
    let problems = match published(store, agreement, version).await? {
        Some(above) => compare(bundle, &above),
        None => {
            let message = format!("{agreement} {version}, under which it stands, is not published");
            let hint = format!("publish it first: `sigill publish {agreement} {version}`");
            vec![own_problem(bundle, "[relation]", message, hint)]
        }
    };
    refused_if_any(problems)
}

/// Refuses an accord that takes away from its parent as published, or else as it stands in templates/.
pub(in crate::journeys) async fn lint(office: &Office, bundle: &Bundle) -> Result<(), Error> {
    let Some((agreement, version)) = parent(bundle.manifest()) else {
        return Ok(());
    };
    let above = match office.read_store().await? {
        Some(mut store) => published(&mut store, agreement, version).await?,
        None => None,
    };
    let above = match above {
        Some(above) => Ok(above),
        None => office.bundle_from_folder(agreement, version),
    };
    let problems = match above {
        Ok(above) => compare(bundle, &above),
        Err(Error::UnknownVersion { .. } | Error::Store(_)) => {
            let message = format!("there is no {agreement} {version} for it to stand under");
            let hint = "see the version folders in templates/".to_owned();
            vec![own_problem(bundle, "[relation]", message, hint)]
        }
        Err(error) => return Err(error),
    };
    refused_if_any(problems)
}

/// Returns where an accord takes away from its parent, and where it still is to be filled in.
pub(super) fn compare(bundle: &Bundle, above: &Bundle) -> Vec<SourceError> {
    let (own_file, above_file) = (file_of(bundle), file_of(above));
    let (own_parties, above_parties) = (parties_of(bundle), parties_of(above));
    let (own_clauses, above_clauses) = (clauses_of(bundle), clauses_of(above));
    let own = Side {
        agreement: &bundle.agreement().id,
        manifest: bundle.manifest(),
        parties: &own_parties,
        clauses: &own_clauses,
        file: &own_file,
        text: text_of(bundle),
    };
    let above = Side {
        agreement: &above.agreement().id,
        manifest: above.manifest(),
        parties: &above_parties,
        clauses: &above_clauses,
        file: &above_file,
        text: text_of(above),
    };
    let mut found = taken_away(&own, &above);
    found.extend(out_of_time(&own, &above));
    found.extend(left_open(bundle));
    found
}

/// Returns how the accord's days reach beyond those of its parent.
fn out_of_time(own: &Side<'_>, above: &Side<'_>) -> Option<SourceError> {
    let other = above.manifest.term.as_ref()?;
    let other = Schedule::of(other).ok()?;
    let (key, outside) = match (
        &own.manifest.term,
        own.manifest.accord.as_ref().and_then(|accord| accord.from),
    ) {
        (Some(term), _) => ("[term]", Schedule::of(term).ok()?.outside(&other)?),
        // Without a term it ends with its parent, so that its last day is the parent's.
        (None, Some(from)) => {
            let last_day = other.last_day(None).unwrap_or(from);
            let days = Schedule::new(from, last_day.max(from), None, None).ok()?;
            ("from", days.outside(&other)?)
        }
        (None, None) => return None,
    };
    let (agreement, version) = (above.agreement, above.manifest.version);
    let message = format!("beside {agreement} {version}, {outside}");
    let hint = format!(
        "[term] in {} says when that runs; an accord without [term] follows it",
        above.file
    );
    Some(at_key(own.file, own.text, key, message).with_hint(hint))
}

/// Returns the places of an adopted accord that its draft left to be filled in.
fn left_open(bundle: &Bundle) -> Vec<SourceError> {
    let mut found = Vec::new();
    if bundle.manifest().status != Status::Adopted {
        return found;
    }
    let folder = folder_of(bundle);
    for path in &bundle.manifest().clauses {
        let bytes = bundle.files().get(path).map(Vec::as_slice);
        let text = String::from_utf8_lossy(bytes.unwrap_or_default());
        for (index, line) in text.lines().enumerate() {
            if let Some((_, rest)) = line.split_once(OPEN_PLACE) {
                let what = rest.split(']').next().unwrap_or(rest);
                let message = format!("{OPEN_PLACE}{what}] is not filled in");
                let problem = SourceError::new(&format!("{folder}/{path}"), message)
                    .at_line(index.saturating_add(1))
                    .with_hint("write what the parties have agreed on, or take the words out");
                found.push(problem);
            }
        }
    }
    found
}

fn refused_if_any(problems: Vec<SourceError>) -> Result<(), Error> {
    if problems.is_empty() {
        Ok(())
    } else {
        Err(Error::Template { problems })
    }
}

/// Returns the version that another one is an accord under.
fn parent(manifest: &Manifest) -> Option<(&AgreementId, VersionNumber)> {
    match &manifest.relation {
        Some(Relation::Under { agreement, version }) => Some((agreement, *version)),
        Some(Relation::Amends { .. } | Relation::Replaces { .. }) | None => None,
    }
}

pub(super) async fn published(
    store: &mut Store,
    agreement: &AgreementId,
    version: VersionNumber,
) -> Result<Option<Bundle>, Error> {
    let tally = Tally::fold(&store.records.entries(Some(agreement)).await?);
    match tally.version(agreement, version) {
        Some(known) => Ok(Some(read_bundle(store, &known.published).await?)),
        None => Ok(None),
    }
}

fn own_problem(bundle: &Bundle, key: &str, message: String, hint: String) -> SourceError {
    at_key(&file_of(bundle), text_of(bundle), key, message).with_hint(hint)
}

fn folder_of(bundle: &Bundle) -> String {
    Folder::version_name(&bundle.agreement().id, bundle.manifest().version)
}

fn file_of(bundle: &Bundle) -> String {
    format!("{}/version.toml", folder_of(bundle))
}

fn text_of(bundle: &Bundle) -> &str {
    let bytes = bundle.files().get("version.toml").map(Vec::as_slice);
    std::str::from_utf8(bytes.unwrap_or_default()).unwrap_or_default()
}

fn parties_of(bundle: &Bundle) -> BTreeSet<PartyCode> {
    let parties = bundle.parties().iter();
    parties.map(|party| party.code.clone()).collect()
}

/// Returns the clauses of a text; of one that cannot be filled none, which typesetting tells.
fn clauses_of(bundle: &Bundle) -> BTreeMap<String, ClausePlace> {
    match fill(bundle, &folder_of(bundle)) {
        Ok(filled) => clause_places(bundle, &filled),
        Err(_) => BTreeMap::new(),
    }
}

/// How a draft marks what is to be filled in.
const OPEN_PLACE: &str = "[Ange ";
