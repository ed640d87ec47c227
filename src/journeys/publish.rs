//! Publish: freezes a version's text, so that every copy is made from it.

mod again;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::accord;
use super::act::clean_words;
use super::consult::{Vanished, vanished};
use super::press::{Issue, Press};
use super::typeset::CopyOrder;
use super::{ConsultError, Error, Office};
use crate::agreement::{AgreementId, Sha256, Status, VersionNumber};
use crate::register::{Again, DespiteComments, Event, Published, PublishedVersion, Tally};
use crate::store::{Draft, Folder, Store, pack, unpack, unpack_some, write_file};
use crate::template::{Bundle, LISTED_PARTIES};

pub(super) use again::dangling;

/// What `publish` did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Publication {
    /// The agreement.
    pub agreement: AgreementId,
    /// What the register says.
    pub published: Published,
    /// Where the bundle was written for others to download.
    pub bundle_file: PathBuf,
    /// Who must decide and sign, and why.
    pub again: Again,
    /// Whether it was published just now.
    pub new: bool,
    /// Clauses that comments are said to have changed, and that the text does not have.
    pub vanished: Vec<Vanished>,
}

/// Freezes a version of an agreement.
///
/// One copy is typeset first, so that no version is frozen that cannot be. Publishing a version
/// again does nothing, unless its folder was edited. `despite_comments` is why it is published though nobody
/// has taken a stand on some comments.
///
/// # Errors
/// [`Error`]: draft or consultation versions are refused, as are an edited folder and open comments.
pub async fn run(
    office: &Office,
    agreement: &AgreementId,
    version: VersionNumber,
    despite_comments: Option<&str>,
) -> Result<Publication, Error> {
    let mut store = office.write_store().await?;
    let tally = Tally::fold(&store.records.entries(Some(agreement)).await?);
    office.require_agreement(agreement, &tally)?;
    let (published, bundle, new) = match tally.version(agreement, version) {
        Some(known) => {
            let bundle = stored_bundle(office, &store, agreement, known).await?;
            (known.published.clone(), bundle, false)
        }
        None => {
            let bundle = prepare(office, agreement, version)?;
            let frozen = freeze(office, &mut store, &bundle, &tally, despite_comments).await?;
            (frozen, bundle, true)
        }
    };
    let bundle_file = write_bundle(&office.out(), &bundle)?;
    Ok(Publication {
        agreement: agreement.clone(),
        again: again::tell(office, Some(&mut store), &bundle).await?,
        published,
        bundle_file,
        new,
        vanished: vanished(&tally, &bundle),
    })
}

/// Tells who must decide and sign a version, and why, without publishing it.
///
/// # Errors
/// As [`run`].
pub async fn foresee(
    office: &Office,
    agreement: &AgreementId,
    version: VersionNumber,
    despite_comments: Option<&str>,
) -> Result<Again, Error> {
    let mut store = office.read_store().await?;
    let tally = match &mut store {
        Some(store) => Tally::fold(&store.records.entries(Some(agreement)).await?),
        None => Tally::default(),
    };
    office.require_agreement(agreement, &tally)?;
    let bundle = match (tally.version(agreement, version), &store) {
        (Some(known), Some(store)) => stored_bundle(office, store, agreement, known).await?,
        _ => {
            let bundle = prepare(office, agreement, version)?;
            again::check(store.as_mut(), &bundle).await?;
            check_comments(&tally, agreement, version, despite_comments)?;
            trial(office, &bundle, &Folder::version_name(agreement, version)).await?;
            match &mut store {
                Some(store) => accord::refuse(store, &bundle).await?,
                None => accord::lint(office, &bundle).await?,
            }
            bundle
        }
    };
    again::tell(office, store.as_mut(), &bundle).await
}

/// Reads a version that the register does not know and that may be frozen.
pub(super) fn prepare(
    office: &Office,
    agreement: &AgreementId,
    version: VersionNumber,
) -> Result<Bundle, Error> {
    if office
        .folder
        .own_version_files(agreement, version)?
        .is_empty()
    {
        return Err(Error::UnknownVersion {
            agreement: agreement.clone(),
            version,
        });
    }
    let status = office.manifest(agreement, version)?.status;
    if status != Status::Adopted {
        return Err(Error::NotAdopted {
            agreement: agreement.clone(),
            version,
            status,
        });
    }
    office.bundle_from_folder(agreement, version)
}

/// Freezes a version: keeps its bundle and enters it, after typesetting one copy.
pub(super) async fn freeze(
    office: &Office,
    store: &mut Store,
    bundle: &Bundle,
    tally: &Tally,
    despite_comments: Option<&str>,
) -> Result<Published, Error> {
    let (agreement, version) = (&bundle.agreement().id, bundle.manifest().version);
    again::check(Some(store), bundle).await?;
    let despite = check_comments(tally, agreement, version, despite_comments)?;
    let body_digest = trial(office, bundle, &Folder::version_name(agreement, version)).await?;
    accord::refuse(store, bundle).await?;
    let published = Published {
        body_digest,
        bundle: store.documents.put(pack(bundle.files())?).await?,
        despite_comments: match despite {
            Some((open, reason)) => Some(DespiteComments {
                open,
                reason: store.commit_words(&reason).await?,
            }),
            None => None,
        },
        relation: bundle.manifest().relation.clone(),
        text_digest: bundle.text_digest(),
        version,
    };
    let draft = Draft {
        actor: office.actor.clone(),
        agreement: Some(agreement.clone()),
        event: Event::Published(published.clone()),
    };
    store.records.append(vec![draft]).await?;
    Ok(published)
}

/// Refuses open comments on the version or an earlier one, unless it is said why; gives how many, and why.
fn check_comments(
    tally: &Tally,
    agreement: &AgreementId,
    version: VersionNumber,
    reason: Option<&str>,
) -> Result<Option<(u32, String)>, Error> {
    let consultations = tally.consultations(agreement).iter();
    let open = consultations
        .filter(|state| state.opened.version <= version)
        .map(|state| (state.opened.version, state.open_comments().count()))
        .filter(|(_, open)| *open > 0);
    let open: Vec<(VersionNumber, usize)> = open.collect();
    let all: usize = open.iter().map(|(_, open)| open).sum();
    match (open.is_empty(), reason) {
        (true, _) => Ok(None),
        (false, None) => {
            let mut versions: Vec<VersionNumber> =
                open.iter().map(|(version, _)| *version).collect();
            versions.sort_unstable();
            versions.dedup();
            Err(ConsultError::OpenComments {
                agreement: agreement.clone(),
                open: all,
                versions,
            }
            .into())
        }
        (false, Some(reason)) => {
            let reason = clean_words("the reason", reason)?;
            Ok(Some((u32::try_from(all).unwrap_or(u32::MAX), reason)))
        }
    }
}

/// Typesets the first copy of the version's own form; gives the digest of the body.
pub(super) async fn trial(office: &Office, bundle: &Bundle, folder: &str) -> Result<Sha256, Error> {
    let parties = office.parties()?;
    let form = bundle.manifest().form.kind;
    let issue = Issue {
        office,
        bundle,
        text_digest: bundle.text_digest(),
        body_digest: None,
        form,
        parties: &parties,
    };
    let plans = issue.plans()?;
    let orders = plans.first().map(|plan| issue.data(plan, 1)).transpose()?;
    let orders = orders
        .into_iter()
        .map(|data| CopyOrder {
            data,
            stamp: String::new(),
        })
        .collect();
    let mut press = Press::copies(&office.workshop, bundle, folder, orders, None)?;
    let mut body_digest = None;
    while let Some(finished) = press.next().await? {
        body_digest = finished.body_digest;
    }
    body_digest.ok_or_else(|| Error::Form {
        agreement: bundle.agreement().id.clone(),
        version: bundle.manifest().version,
        form,
        problem: "there is no copy to make",
    })
}

/// Returns a published version's bundle from the store, after comparing the version's folder with it.
pub(super) async fn stored_bundle(
    office: &Office,
    store: &Store,
    agreement: &AgreementId,
    published: &PublishedVersion,
) -> Result<Bundle, Error> {
    let bundle = read_bundle(store, &published.published).await?;
    let version = published.published.version;
    let own = office.folder.own_version_files(agreement, version)?;
    if !own.is_empty() {
        refuse_edits(agreement, version, &own, &bundle)?;
    }
    Ok(bundle)
}

/// Reads a bundle from the store and checks that it has the digest it was published with.
pub(super) async fn read_bundle(store: &Store, published: &Published) -> Result<Bundle, Error> {
    read_kept(store, published.bundle, published.text_digest).await
}

/// Reads a bundle that is kept as a document and checks that it has the text digest that was entered.
pub(super) async fn read_kept(
    store: &Store,
    document: Sha256,
    text_digest: Sha256,
) -> Result<Bundle, Error> {
    let zip = store.documents.get(document).await?;
    let bundle = open_bundle(Path::new("bundle"), &zip)?;
    if bundle.text_digest() == text_digest {
        Ok(bundle)
    } else {
        Err(crate::store::Error::DocumentDamaged { digest: document }.into())
    }
}

/// Reads what a published bundle says of agreement, version and parties, without its text.
pub(super) async fn read_outline(store: &Store, published: &Published) -> Result<Bundle, Error> {
    let name = Path::new("bundle");
    let zip = store.documents.get(published.bundle).await?;
    let is_wanted = |path: &str| Bundle::OUTLINE.contains(&path);
    let files = unpack_some(name, &zip, MAX_BUNDLE_BYTES, is_wanted)?;
    Bundle::outline(files).map_err(|source| Error::Bundle {
        folder: name.display().to_string(),
        source,
    })
}

/// Reads a bundle's zip; `name` is for messages.
pub(super) fn open_bundle(name: &Path, zip: &[u8]) -> Result<Bundle, Error> {
    let files = unpack(name, zip, MAX_BUNDLE_BYTES)?;
    Bundle::thaw(files).map_err(|source| Error::Bundle {
        folder: name.display().to_string(),
        source,
    })
}

fn refuse_edits(
    agreement: &AgreementId,
    version: VersionNumber,
    own: &BTreeMap<String, Vec<u8>>,
    bundle: &Bundle,
) -> Result<(), Error> {
    match first_edit(own, bundle) {
        None => Ok(()),
        Some((path, problem)) => Err(Error::Edited {
            file: format!("{}/{path}", Folder::version_name(agreement, version)),
            agreement: agreement.clone(),
            version,
            problem,
        }),
    }
}

/// Returns the first file of a version's own that is not as it was frozen, and what is the matter with it.
pub(super) fn first_edit<'a>(
    own: &'a BTreeMap<String, Vec<u8>>,
    bundle: &'a Bundle,
) -> Option<(&'a String, &'static str)> {
    let frozen = bundle.files();
    let is_own = |path: &&String| {
        !path.starts_with("shared/") && *path != LISTED_PARTIES && *path != "agreement.toml"
    };
    own.iter()
        .find_map(|(path, bytes)| match frozen.get(path) {
            None => Some((path, "is new")),
            Some(kept) if kept != bytes => Some((path, "differs from the frozen text")),
            Some(_) => None,
        })
        .or_else(|| {
            frozen
                .keys()
                .filter(is_own)
                .find(|path| !own.contains_key(*path))
                .map(|path| (path, "is missing"))
        })
}

/// Writes the bundle where it can be published, so that anyone can check a copy without an office.
pub(super) fn write_bundle(out: &Path, bundle: &Bundle) -> Result<PathBuf, Error> {
    let (agreement, version) = (&bundle.agreement().id, bundle.manifest().version);
    let path = out.join(format!("{agreement}-{version}-bundle.zip"));
    let zip = pack(bundle.files())?;
    let same = crate::store::read_limited(&path, MAX_BUNDLE_BYTES).is_ok_and(|there| there == zip);
    if !same {
        write_file(&path, &zip)?;
    }
    Ok(path)
}

/// No bundle unpacks to more: fonts are its largest part.
pub(super) const MAX_BUNDLE_BYTES: u64 = 64 * 1024 * 1024;
