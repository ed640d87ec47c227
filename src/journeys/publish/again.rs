//! Who must decide and sign a version, and why; and whether it may be published beside what is.

use std::collections::BTreeMap;

use super::super::revise::{UNNAMED, UNWRITTEN};
use super::super::{Error, Office, ReviseError, bound};
use super::read_bundle;
use crate::agreement::{
    AgreementId, ClauseId, Form, Manifest, Party, Relation, SourceError, VersionNumber, copies,
};
use crate::redline::{Compared, Happening, UnseenKind, compare};
use crate::register::{
    Again, ChangedClause, Changes, ClauseFate, Earlier, EarlierOwn, Proposed, ProposedParty,
    PublishedVersion, Tally, again, amendments, children,
};
use crate::store::{Folder, Store};
use crate::template::{Bundle, ClauseHead, contents, fill, source_name};

/// Tells who must decide and sign a version, and why.
///
/// A version that says nothing of an earlier published one of its agreement takes its place all the same.
pub(super) async fn tell(
    office: &Office,
    mut store: Option<&mut Store>,
    bundle: &Bundle,
) -> Result<Again, Error> {
    let (own, version) = (&bundle.agreement().id, bundle.manifest().version);
    let mut tally = tally_of(&mut store, Some(own)).await?;
    let mut earlier_own = tally.versions.iter().rev();
    let earlier_own = earlier_own.find(|((of, number), _)| of == own && *number < version);
    let earlier_own = earlier_own.map(|(_, known)| known.published.clone());
    let said = bundle.manifest().relation.clone();
    let relation = said.or_else(|| {
        let version = earlier_own.as_ref()?.version;
        Some(Relation::Replaces { version })
    });
    let stands_beside = matches!(
        relation,
        Some(Relation::Amends { .. } | Relation::Under { .. })
    );
    let mut proposed = Proposed {
        changes: Changes::default(),
        earlier_own: match (earlier_own, &mut store) {
            (Some(published), Some(store)) if stands_beside => Some(EarlierOwn {
                changes: compared(&read_bundle(store, &published).await?, bundle)
                    .unwrap_or_default(),
                version: published.version,
            }),
            _ => None,
        },
        parties: proposed_parties(bundle, &office.parties()?),
        relation,
    };
    let Some(relation) = &proposed.relation else {
        return Ok(again(proposed, None));
    };
    let (agreement, number) = relation.other(own);
    // What stands to it, and what it stands to, is entered under other names.
    tally = tally_of(&mut store, None).await?;
    let (Some(published), Some(store)) = (tally.version(agreement, number), store) else {
        return Ok(again(proposed, None));
    };
    let parties = office.parties()?;
    let before = read_bundle(store, &published.published).await?;
    let mut beside = children(&tally, agreement, version);
    beside.extend(amendments(&tally, agreement));
    beside.sort();
    let earlier = Earlier {
        children: beside,
        bound: bound::today(store, &tally, agreement, &parties).await?,
        parties: before.parties().iter().map(|it| it.code.clone()).collect(),
    };
    // What is to be signed does not hang on it: a text of another time may not be readable.
    proposed.changes = changed(&before, bundle, relation).unwrap_or_default();
    Ok(again(proposed, Some(&earlier)))
}

/// Folds the entries of an agreement, or of all.
async fn tally_of(
    store: &mut Option<&mut Store>,
    agreement: Option<&AgreementId>,
) -> Result<Tally, Error> {
    Ok(match store {
        Some(store) => Tally::fold(&store.records.entries(agreement).await?),
        None => Tally::default(),
    })
}

/// Refuses a version that cannot be published beside what is.
///
/// # Errors
/// [`ReviseError`] for a number that goes backwards or a relation to what is not published, and
/// [`Error::Template`] for what it names that the other version does not have.
pub(super) async fn check(mut store: Option<&mut Store>, bundle: &Bundle) -> Result<(), Error> {
    let (own, version) = (&bundle.agreement().id, bundle.manifest().version);
    let tally = tally_of(&mut store, Some(own)).await?;
    if let Some(newest) = tally.latest(own)
        && newest.published.version > version
    {
        return Err(ReviseError::Backwards {
            agreement: own.clone(),
            newest: newest.published.version,
            version,
        }
        .into());
    }
    refuse(unwritten(bundle))?;
    let relation = match &bundle.manifest().relation {
        Some(relation @ (Relation::Amends { .. } | Relation::Replaces { .. })) => relation,
        // An accord is held against its parent elsewhere.
        Some(Relation::Under { .. }) | None => return Ok(()),
    };
    let (other, other_version) = relation.other(own);
    if matches!(relation, Relation::Amends { .. }) && other == own {
        return Err(ReviseError::OwnAgreement {
            agreement: own.clone(),
            other_version,
            version,
        }
        .into());
    }
    let tally = tally_of(&mut store, Some(other)).await?;
    let (Some(published), Some(store)) = (tally.version(other, other_version), store) else {
        return Err(ReviseError::NotPublished {
            agreement: own.clone(),
            other: other.clone(),
            other_version,
            version,
        }
        .into());
    };
    refuse(references(
        bundle,
        &read_bundle(store, &published.published).await?,
    )?)
}

fn refuse(problems: Vec<SourceError>) -> Result<(), Error> {
    if problems.is_empty() {
        Ok(())
    } else {
        Err(Error::Template { problems })
    }
}

/// Returns what keeps a version in templates/ from being published besides its own text: words that are not
/// written yet, and what it names that the version it amends does not have, where that can be found.
pub(in crate::journeys) async fn dangling(
    office: &Office,
    bundle: &Bundle,
) -> Result<Vec<SourceError>, Error> {
    let own = &bundle.agreement().id;
    let mut problems = unwritten(bundle);
    if let Some(Relation::Amends { agreement, version }) = &bundle.manifest().relation
        && agreement != own
        && let Some(other) = other_version(office, agreement, *version).await?
    {
        problems.extend(references(bundle, &other)?);
    }
    Ok(problems)
}

/// Returns where words of a draft are still to be written.
fn unwritten(bundle: &Bundle) -> Vec<SourceError> {
    let folder = folder_of(bundle);
    let mut problems = Vec::new();
    for path in &bundle.manifest().clauses {
        let text = bundle.files().get(path).map_or(&[][..], Vec::as_slice);
        let text = String::from_utf8_lossy(text);
        for (index, line) in text.lines().enumerate() {
            for (place, message, hint) in TO_WRITE {
                if line.contains(place) {
                    let file = source_name(&folder, path);
                    problems.push(
                        SourceError::new(&file, message)
                            .at_line(index.saturating_add(1))
                            .with_hint(hint),
                    );
                }
            }
        }
    }
    problems
}

/// Returns a version as it is published, else as it lies in templates/; `None` where it is not.
async fn other_version(
    office: &Office,
    agreement: &AgreementId,
    version: VersionNumber,
) -> Result<Option<Bundle>, Error> {
    if let Some(mut store) = office.read_store().await? {
        let tally = Tally::fold(&store.records.entries(Some(agreement)).await?);
        if let Some(PublishedVersion { published, .. }) = tally.version(agreement, version) {
            return Ok(Some(read_bundle(&store, published).await?));
        }
    }
    if office.folder.versions(agreement)?.contains(&version) {
        return Ok(Some(office.bundle_from_folder(agreement, version)?));
    }
    Ok(None)
}

fn references(bundle: &Bundle, other: &Bundle) -> Result<Vec<SourceError>, Error> {
    let manifest = bundle.manifest();
    let file = format!(
        "{}/version.toml",
        Folder::version_name(&bundle.agreement().id, manifest.version)
    );
    let text = bundle.files().get("version.toml");
    let text = String::from_utf8_lossy(text.map_or(&[], Vec::as_slice));
    let at = |word: &str, message: String, hint: String| {
        let quoted = format!("{word:?}");
        let found = SourceError::new(&file, message).with_hint(&hint);
        match text.lines().position(|line| line.contains(&quoted)) {
            Some(index) => found.at_line(index.saturating_add(1)),
            None => found,
        }
    };
    let name = format!("{} {}", other.agreement().id, other.manifest().version);
    let mut problems = Vec::new();
    if let Some(amended) = &manifest.amended {
        let heads = heads(other)?;
        let gone = |clause: &&ClauseId| heads.iter().all(|head| head.id != **clause);
        for clause in amended.clauses.iter().filter(gone) {
            let known: Vec<&str> = heads.iter().map(|head| head.id.as_str()).collect();
            problems.push(at(
                clause.as_str(),
                format!("clause {clause} is not in {name}, which this amends"),
                format!("it has: {}", known.join(", ")),
            ));
        }
    }
    if matches!(manifest.relation, Some(Relation::Amends { .. })) {
        let listed = other.parties();
        for party in bundle.parties() {
            if listed.iter().all(|known| known.code != party.code) {
                problems.push(at(
                    party.code.as_str(),
                    format!("{} is no party of {name}, which this amends", party.code),
                    "an amendment is between parties of what it amends: see [parties]".to_owned(),
                ));
            }
        }
    }
    Ok(problems)
}

fn proposed_parties(bundle: &Bundle, files: &[Party]) -> Vec<ProposedParty> {
    let names: BTreeMap<_, _> = bound::names_of(bundle, files).into_iter().collect();
    let Manifest { decision, form, .. } = bundle.manifest();
    let codes: Vec<_> = bundle.parties().iter().map(|it| it.code.clone()).collect();
    let plans = copies(form.kind, form.with.as_ref(), &codes);
    let parties = bundle.parties().iter().map(|party| ProposedParty {
        code: party.code.clone(),
        copies: plans
            .iter()
            .filter(|plan| form.kind == Form::Joint || plan.parties.contains(&party.code))
            .count(),
        decides: decision.get(&party.kind).cloned(),
        name: names.get(&party.code).cloned().unwrap_or_default(),
    });
    parties.collect()
}

/// Returns what differs; of an amendment what it changes.
fn changed(
    before: &Bundle,
    bundle: &Bundle,
    relation: &Relation,
) -> Result<Changes, Vec<SourceError>> {
    match relation {
        Relation::Replaces { .. } => compared(before, bundle),
        Relation::Amends { .. } => {
            let amended = bundle.manifest().amended.as_ref();
            let ids = amended.map_or(&[][..], |amended| amended.clauses.as_slice());
            let heads = contents(before, &folder_of(before))?.into_iter();
            let clauses = heads.filter(|head| ids.contains(&head.id));
            Ok(Changes {
                clauses: clauses
                    .map(|head| ChangedClause {
                        heading: head.to_string(),
                        id: head.id,
                        change: ClauseFate::Amended,
                    })
                    .collect(),
                is_known: true,
                ..Changes::default()
            })
        }
        Relation::Under { .. } => Ok(Changes::default()),
    }
}

fn compared(before: &Bundle, after: &Bundle) -> Result<Changes, Vec<SourceError>> {
    let old = fill(before, &folder_of(before))?;
    let new = fill(after, &folder_of(after))?;
    let redline = compare(&Compared::new(before, &old)?, &Compared::new(after, &new)?);
    let mut changes = Changes {
        is_known: true,
        ..Changes::default()
    };
    for clause in redline.summary() {
        let happened = |what| clause.happened.contains(&what);
        let change = if happened(Happening::Added) {
            ClauseFate::New
        } else if happened(Happening::Removed) {
            ClauseFate::Gone
        } else if happened(Happening::Changed) {
            ClauseFate::Changed
        } else if happened(Happening::Moved) {
            ClauseFate::Moved
        } else {
            continue;
        };
        let number = clause.new_number.or(clause.old_number).unwrap_or_default();
        changes.inserted_words = changes.inserted_words.saturating_add(clause.inserted_words);
        changes.deleted_words = changes.deleted_words.saturating_add(clause.deleted_words);
        changes.clauses.push(ChangedClause {
            heading: format!("{number} {}", clause.title)
                .trim()
                .replace('\u{a0}', " "),
            id: clause.id,
            change,
        });
    }
    let settings = redline.unseen.into_iter();
    changes.settings = settings
        .filter(|it| it.kind == UnseenKind::Setting && !is_of_every_version(&it.place))
        .map(|it| it.place)
        .collect();
    Ok(changes)
}

fn heads(bundle: &Bundle) -> Result<Vec<ClauseHead>, Error> {
    contents(bundle, &folder_of(bundle)).map_err(|problems| Error::Template { problems })
}

fn folder_of(bundle: &Bundle) -> String {
    Folder::version_name(&bundle.agreement().id, bundle.manifest().version)
}

/// Tells whether a key of version.toml is another one in every version.
fn is_of_every_version(place: &str) -> bool {
    let top = place.split('.').next().unwrap_or_default();
    [
        "clauses", "dated", "relation", "status", "values", "version",
    ]
    .contains(&top)
}

/// What a draft has where words are to be written, what is wrong while it stands there, and what to do.
const TO_WRITE: [(&str, &str, &str); 2] = [
    (
        UNNAMED,
        "the clause that is changed is not named yet",
        "write its number and heading there, and its id in clauses under [amended] of version.toml",
    ),
    (
        UNWRITTEN,
        "the new wording is not written yet",
        "write it in place of what the draft has there",
    ),
];
