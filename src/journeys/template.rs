//! Template: lint and preview, for those who write agreements.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::accord;
use super::press::{Issue, Press};
use super::publish::{dangling, trial};
use super::typeset::{self, CopyOrder};
use super::{Error, Office};
use crate::agreement::{AgreementId, Form, PartyCode, SourceError, VersionNumber};
use crate::store::{Folder, write_file};
use crate::template;

/// What is to be previewed.
#[derive(Debug, Clone)]
pub struct Request {
    /// The agreement.
    pub agreement: AgreementId,
    /// The version; the highest folder if not said.
    pub version: Option<VersionNumber>,
    /// For this party; for the first one if not said.
    pub party: Option<PartyCode>,
    /// The form; the version's own if not said.
    pub form: Option<Form>,
    /// The folder; `out/` of the office if not said.
    pub out: Option<PathBuf>,
    /// Scale of the pictures, in pixels per point.
    pub pixels_per_point: f64,
}

/// A preview's files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    /// The version.
    pub version: VersionNumber,
    /// The word over its pages.
    pub stamp: &'static str,
    /// The PDF.
    pub pdf: PathBuf,
    /// A picture of each page.
    pub pages: Vec<PathBuf>,
}

/// Looks for problems in a version's templates, and typesets one copy.
///
/// Gives the problems; an empty list is a version that can be published.
///
/// # Errors
/// [`Error`] when the templates cannot be read or typesetting does not end.
pub async fn lint(
    office: &Office,
    agreement: &AgreementId,
    version: Option<VersionNumber>,
) -> Result<(VersionNumber, Vec<SourceError>), Error> {
    let version = chosen(office, agreement, version)?;
    let found = match office.bundle_from_folder(agreement, version) {
        Ok(bundle) => check(office, &bundle, &Folder::version_name(agreement, version)).await,
        Err(error) => Err(error),
    };
    match found {
        Ok(()) => Ok((version, Vec::new())),
        Err(Error::Template { problems }) => Ok((version, problems)),
        Err(error) => Err(error),
    }
}

/// Typesets one copy, and looks for what the version names of another one that is not there.
async fn check(office: &Office, bundle: &template::Bundle, folder: &str) -> Result<(), Error> {
    trial(office, bundle, folder).await?;
    accord::lint(office, bundle).await?;
    let problems = dangling(office, bundle).await?;
    if problems.is_empty() {
        accord::lint(office, bundle).await
    } else {
        Err(Error::Template { problems })
    }
}

/// Typesets a version stamped with its status, as PDF and as a picture of each page.
///
/// # Errors
/// [`Error`] with file and line.
pub async fn preview(office: &Office, request: &Request) -> Result<Preview, Error> {
    let agreement = &request.agreement;
    let version = chosen(office, agreement, request.version)?;
    let bundle = office.bundle_from_folder(agreement, version)?;
    let stamp = bundle.manifest().status.stamp();
    let order = CopyOrder {
        stamp: stamp.to_owned(),
        ..order(office, &bundle, request)?
    };
    let folder_name = Folder::version_name(agreement, version);
    let folder = request
        .out
        .clone()
        .unwrap_or_else(|| office.out())
        .join(format!("{agreement}-{version}-preview"));
    let base = order.data.copy.to_string();

    let mut press = Press::copies(
        &office.workshop,
        &bundle,
        &folder_name,
        vec![order.clone()],
        None,
    )?;
    let pdf = folder.join(format!("{base}-{stamp}.pdf"));
    while let Some(finished) = press.next().await? {
        for part in finished.parts {
            write_file(&pdf, &part)?;
        }
    }
    let scale = Some(request.pixels_per_point);
    let mut press = Press::copies(&office.workshop, &bundle, &folder_name, vec![order], scale)?;
    let mut pages = Vec::new();
    while let Some(finished) = press.next().await? {
        for (index, picture) in finished.parts.iter().enumerate() {
            let path = folder.join(format!("{base}-{stamp}-{:02}.png", index.saturating_add(1)));
            write_file(&path, picture)?;
            pages.push(path);
        }
    }
    Ok(Preview {
        version,
        stamp,
        pdf,
        pages,
    })
}

/// Writes the Typst sources and data files that a copy would be typeset from.
///
/// # Errors
/// [`Error`] with file and line.
pub fn sources(office: &Office, request: &Request, folder: &Path) -> Result<usize, Error> {
    let version = chosen(office, &request.agreement, request.version)?;
    let bundle = office.bundle_from_folder(&request.agreement, version)?;
    let name = Folder::version_name(&request.agreement, version);
    let filled = template::fill(&bundle, &name).map_err(|problems| Error::Template { problems })?;
    let order = order(office, &bundle, request)?;
    let mut files: BTreeMap<String, Vec<u8>> =
        typeset::copy_files(bundle.agreement(), bundle.manifest().pdf, &order).map_err(
            |message| Error::Template {
                problems: vec![SourceError::new(order.data.copy.as_str(), message)],
            },
        )?;
    files.extend(
        filled
            .sources
            .into_iter()
            .map(|(path, text)| (path, text.into_bytes())),
    );
    let fonts = bundle
        .files()
        .iter()
        .filter(|(path, _)| path.starts_with("shared/fonts/"));
    files.extend(fonts.map(|(path, bytes)| (path.clone(), bytes.clone())));
    for (path, bytes) in &files {
        write_file(&folder.join(path), bytes)?;
    }
    Ok(files.len())
}

fn chosen(
    office: &Office,
    agreement: &AgreementId,
    version: Option<VersionNumber>,
) -> Result<VersionNumber, Error> {
    let known = office.folder.agreements()?;
    if !known.contains(agreement) {
        return Err(Error::UnknownAgreement {
            agreement: agreement.clone(),
            known,
        });
    }
    let versions = office.folder.versions(agreement)?;
    match version {
        Some(version) if versions.contains(&version) => Ok(version),
        Some(version) => Err(Error::UnknownVersion {
            agreement: agreement.clone(),
            version,
        }),
        None => versions
            .last()
            .copied()
            .ok_or_else(|| Error::NoAdoptedVersion {
                agreement: agreement.clone(),
            }),
    }
}

fn order(
    office: &Office,
    bundle: &template::Bundle,
    request: &Request,
) -> Result<CopyOrder, Error> {
    let parties = office.parties()?;
    let form = request.form.unwrap_or(bundle.manifest().form.kind);
    let issue = Issue {
        office,
        bundle,
        text_digest: bundle.text_digest(),
        body_digest: None,
        form,
        parties: &parties,
    };
    let plans = issue.plans()?;
    let wanted = |plan: &&crate::agreement::CopyPlan| {
        request
            .party
            .as_ref()
            .is_none_or(|party| plan.parties.contains(party))
    };
    let plan = plans
        .iter()
        .find(wanted)
        .ok_or_else(|| match &request.party {
            Some(party) => Error::UnknownParty {
                agreement: request.agreement.clone(),
                party: party.clone(),
            },
            None => Error::NoAdoptedVersion {
                agreement: request.agreement.clone(),
            },
        })?;
    Ok(CopyOrder {
        data: issue.data(plan, 1)?,
        stamp: String::new(),
    })
}
