//! Redline: compares two versions, for people to read and for Word, where each change can be accepted or rejected.

use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use serde_json::json;

use super::error::Kind;
use super::press::Press;
use super::publish::{MAX_BUNDLE_BYTES, open_bundle, read_bundle};
use super::report::make_shown;
use super::{Error, Office, Workshop, init, office};
use crate::agreement::{AgreementId, VersionNumber};
use crate::redline::{self, Compared, PAGE, Redline};
use crate::register::Tally;
use crate::store::{Folder, TEMPLATES, files_below, is_file, pack, read_limited, write_files};
use crate::template::{Bundle, fill};

/// Where a version is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A published bundle, as a zip or unpacked; or a version's folder in an office's templates/.
    File(PathBuf),
    /// A version of this office: as it was published, else as it stands in templates/.
    Version {
        /// The agreement.
        agreement: AgreementId,
        /// The version.
        version: VersionNumber,
    },
}

/// What is to be compared.
#[derive(Debug, Clone)]
pub struct Request {
    /// The old version.
    pub old: Place,
    /// The new version.
    pub new: Place,
    /// The files to write, of a kind each by its ending: .docx, .html, .json or .pdf.
    pub files: Vec<PathBuf>,
    /// Whether a PDF is written where no file was named and something changed.
    pub pdf: bool,
}

/// Two versions compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// The changes.
    pub redline: Redline,
    /// The files that were written.
    pub files: Vec<PathBuf>,
}

/// Why versions were not compared.
#[derive(Debug, thiserror::Error)]
pub enum RedlineError {
    /// A file's name says nothing of its kind.
    #[error("{}: a redline ends in .docx, .html, .json or .pdf", path.display())]
    Ending {
        /// The file that was named.
        path: PathBuf,
    },
    /// A folder holds no version.
    #[error("{}: this folder is no version of an agreement", path.display())]
    NoVersion {
        /// The folder.
        path: PathBuf,
    },
    /// Versions of an office were named where there is none.
    #[error("there is no office here that could have {agreement} {version}")]
    NoOffice {
        /// The agreement.
        agreement: AgreementId,
        /// The version.
        version: VersionNumber,
    },
}

impl RedlineError {
    pub(super) fn kind(&self) -> Kind {
        match self {
            Self::Ending { .. } | Self::NoVersion { .. } | Self::NoOffice { .. } => Kind::User,
        }
    }

    pub(super) fn hint(&self) -> &'static str {
        match self {
            Self::Ending { .. } => "such as --out jamforelse.docx",
            Self::NoVersion { .. } => {
                "name a published bundle.zip, what it was unpacked to, or templates/AGREEMENT/VERSION"
            }
            Self::NoOffice { .. } => {
                "go to the office's folder, name it with --office, or compare two bundles: sigill redline OLD.zip NEW.zip"
            }
        }
    }
}

/// Compares two versions, and writes what was asked for; nothing is written before all is made.
///
/// `office` is `None` where there is none; then only files can be compared.
///
/// # Errors
/// [`RedlineError`]; what is wrong in a version's files, with file and line; what the disk refuses.
pub async fn run(
    office: Option<&Office>,
    workshop: &Workshop,
    request: &Request,
) -> Result<Comparison, Error> {
    let mut wanted = Vec::new();
    for path in &request.files {
        wanted.push((Format::of(path)?, path.clone()));
    }
    let old = Version::read(office, &request.old).await?;
    let new = Version::read(office, &request.new).await?;
    let redline = redline::compare(&old.compared()?, &new.compared()?);
    if request.pdf && wanted.is_empty() && !redline.is_empty() {
        let folder = office.map_or_else(PathBuf::new, Office::out);
        wanted.push((Format::Pdf, folder.join(file_name(&old, &new))));
    }
    let dated = new.bundle.manifest().dated;
    let mut files = Vec::new();
    for (format, path) in wanted {
        let bytes = match format {
            Format::Docx => pack(&redline::docx(&redline, dated))?,
            Format::Html => redline::html(&redline)?,
            Format::Json => json(&redline)?,
            Format::Pdf => pdf(workshop, &redline, dated).await?,
        };
        files.push((path, bytes));
    }
    let paths = files.iter().map(|(path, _)| path.clone()).collect();
    write_files(files)?;
    Ok(Comparison {
        redline,
        files: paths,
    })
}

/// Returns a redline as JSON.
///
/// # Errors
/// None for values of this type.
pub fn json(redline: &Redline) -> Result<Vec<u8>, Error> {
    let mut bytes = serde_json::to_vec_pretty(&redline.report())?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// Returns a redline as a PDF (PDF/A-3a, PDF/UA-1) with the JSON attached.
///
/// # Errors
/// [`Error`] when it cannot be typeset.
pub async fn pdf(
    workshop: &Workshop,
    redline: &Redline,
    dated: NaiveDate,
) -> Result<Vec<u8>, Error> {
    let shared = init::shared_files();
    let mut sheet = redline::page(redline)?;
    make_shown(&mut sheet, &shared);
    let context = json!({
        "program": concat!("sigill ", env!("CARGO_PKG_VERSION")),
        "report": ascii(&serde_json::to_string(&redline.report())?),
        "sheet": sheet.to_string(),
    });
    let name = format!(
        "redline-{}-{}.typ",
        redline.old.text_digest, redline.new.text_digest
    );
    let mut press = Press::reports(workshop, &name, PAGE, &shared, vec![context], dated)?;
    let finished = press.next().await?.ok_or(Error::Unanswered)?;
    finished.parts.into_iter().next().ok_or(Error::Unanswered)
}

/// Returns JSON in which everything but ASCII is escaped (RFC 8259 §7), so that no text of it is refused.
fn ascii(json: &str) -> String {
    let mut escaped = String::with_capacity(json.len());
    for character in json.chars() {
        if character.is_ascii() {
            escaped.push(character);
        } else {
            for unit in character.encode_utf16(&mut [0; 2]) {
                escaped.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    escaped
}

/// What a redline is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Docx,
    Html,
    Json,
    Pdf,
}

impl Format {
    fn of(path: &Path) -> Result<Self, RedlineError> {
        match path.extension().and_then(|end| end.to_str()) {
            Some("docx") => Ok(Self::Docx),
            Some("html") => Ok(Self::Html),
            Some("json") => Ok(Self::Json),
            Some("pdf") => Ok(Self::Pdf),
            _ => Err(RedlineError::Ending {
                path: path.to_owned(),
            }),
        }
    }
}

/// A version's files, and what they are called in messages.
struct Version {
    bundle: Bundle,
    folder: String,
}

impl Version {
    async fn read(office: Option<&Office>, place: &Place) -> Result<Self, Error> {
        match place {
            Place::File(path) => Self::of_file(path),
            Place::Version { agreement, version } => match office {
                Some(office) => Self::of_office(office, agreement, *version).await,
                None => Err(RedlineError::NoOffice {
                    agreement: agreement.clone(),
                    version: *version,
                }
                .into()),
            },
        }
    }

    async fn of_office(
        office: &Office,
        agreement: &AgreementId,
        version: VersionNumber,
    ) -> Result<Self, Error> {
        if let Some(mut store) = office.read_store().await? {
            let tally = Tally::fold(&store.records.entries(Some(agreement)).await?);
            if let Some(known) = tally.version(agreement, version) {
                return Ok(Self {
                    bundle: read_bundle(&store, &known.published).await?,
                    folder: String::new(),
                });
            }
            office.require_agreement(agreement, &tally)?;
        }
        office.require_agreement(agreement, &Tally::default())?;
        Ok(Self {
            bundle: office.bundle_from_folder(agreement, version)?,
            folder: Folder::version_name(agreement, version),
        })
    }

    fn of_file(path: &Path) -> Result<Self, Error> {
        let name = path.display().to_string();
        if is_file(path) || !is_file(&path.join("version.toml")) {
            if files_below(path)? != [path.to_owned()] {
                return Err(RedlineError::NoVersion {
                    path: path.to_owned(),
                }
                .into());
            }
            let zip = read_limited(path, MAX_BUNDLE_BYTES)?;
            return Ok(Self {
                bundle: open_bundle(path, &zip)?,
                folder: name,
            });
        }
        let bundle = if is_file(&path.join("agreement.toml")) {
            let mut files = std::collections::BTreeMap::new();
            for file in files_below(path)? {
                let inner = file.strip_prefix(path).unwrap_or(&file);
                let inner = inner.to_string_lossy().replace('\\', "/");
                files.insert(inner, read_limited(&file, MAX_BUNDLE_BYTES)?);
            }
            Bundle::thaw(files).map_err(|source| Error::Bundle {
                folder: name.clone(),
                source,
            })?
        } else {
            let (root, agreement, version) =
                of_templates(path).ok_or_else(|| RedlineError::NoVersion {
                    path: path.to_owned(),
                })?;
            office::freeze_folder(&Folder::new(&root), &agreement, version)?
        };
        Ok(Self {
            bundle,
            folder: name,
        })
    }

    fn compared(&self) -> Result<Compared<'_>, Error> {
        let wrong = |problems| Error::Template { problems };
        let filled = fill(&self.bundle, &self.folder).map_err(wrong)?;
        Compared::new(&self.bundle, &filled).map_err(wrong)
    }
}

/// Takes apart the path of a version's folder in an office: the office, the agreement, the version.
fn of_templates(path: &Path) -> Option<(PathBuf, AgreementId, VersionNumber)> {
    let version = path.file_name()?.to_str()?.parse().ok()?;
    let agreement_folder = path.parent()?;
    let agreement = agreement_folder.file_name()?.to_str()?.parse().ok()?;
    let templates = agreement_folder.parent()?;
    if templates.file_name()? != TEMPLATES {
        return None;
    }
    let root = templates.parent()?;
    let root = if root.as_os_str().is_empty() {
        Path::new(".")
    } else {
        root
    };
    Some((root.to_owned(), agreement, version))
}

fn file_name(old: &Version, new: &Version) -> String {
    let named = |version: &Version| {
        let bundle = &version.bundle;
        (bundle.agreement().id.clone(), bundle.manifest().version)
    };
    let ((old_agreement, old), (new_agreement, new)) = (named(old), named(new));
    if old_agreement == new_agreement {
        format!("{new_agreement}-{old}-{new}-jamforelse.pdf")
    } else {
        format!("{old_agreement}-{old}-{new_agreement}-{new}-jamforelse.pdf")
    }
}
