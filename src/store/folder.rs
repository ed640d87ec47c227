//! The office folder: templates/ and signatories/ as people write them, out/ as they find it.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use super::{Error, STORE};
use crate::agreement::{AgreementId, Party, SourceError, VersionNumber};
use crate::config;

/// The folder of agreement templates.
pub const TEMPLATES: &str = "templates";
/// The folder of party files.
pub const PARTIES: &str = "signatories";
/// The folder inside it with the certificates that the office trusts.
const TRUST: &str = "trust";

/// No file of an office's own is larger; fonts are the largest.
const MAX_FILE_BYTES: u64 = 16 * 1024 * 1024;

/// An office's folder on disk.
#[derive(Debug, Clone)]
pub struct Folder {
    root: PathBuf,
}

impl Folder {
    /// Opens an office's folder.
    ///
    /// # Errors
    /// [`Error::NoOffice`] when it has neither templates nor a store.
    pub fn open(root: &Path) -> Result<Self, Error> {
        if root.join(TEMPLATES).is_dir() || root.join(STORE).is_dir() {
            Ok(Self {
                root: root.to_owned(),
            })
        } else {
            Err(Error::NoOffice {
                folder: root.to_owned(),
            })
        }
    }

    /// Returns a folder that need not be an office yet.
    #[must_use]
    pub fn new(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
        }
    }

    /// Returns the folder's path.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Returns the text of sigill.toml, if it is there.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn settings(&self) -> Result<Option<String>, Error> {
        let path = self.root.join(config::FILE);
        if path.is_file() {
            read_text(&path).map(Some)
        } else {
            Ok(None)
        }
    }

    /// Returns the agreements that have a folder with agreement.toml, in order of their ids.
    ///
    /// # Errors
    /// [`Error::Io`]; a missing templates/ is no error but no agreement.
    pub fn agreements(&self) -> Result<Vec<AgreementId>, Error> {
        let names = folder_names(&self.root.join(TEMPLATES))?;
        let mut agreements: Vec<AgreementId> = names
            .iter()
            .filter_map(|name| name.parse().ok())
            .filter(|id| self.agreement_folder(id).join("agreement.toml").is_file())
            .collect();
        agreements.sort();
        Ok(agreements)
    }

    /// Returns the versions of an agreement that have a folder with version.toml, lowest first.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn versions(&self, agreement: &AgreementId) -> Result<Vec<VersionNumber>, Error> {
        let names = folder_names(&self.agreement_folder(agreement))?;
        let mut versions: Vec<VersionNumber> = names
            .iter()
            .filter_map(|name| name.parse().ok())
            .filter(|version| {
                self.version_folder(agreement, *version)
                    .join("version.toml")
                    .is_file()
            })
            .collect();
        versions.sort();
        Ok(versions)
    }

    /// Returns a version's folder as messages name it, relative to the office.
    #[must_use]
    pub fn version_name(agreement: &AgreementId, version: VersionNumber) -> String {
        format!("{TEMPLATES}/{agreement}/{version}")
    }

    /// Returns the text of an agreement's agreement.toml.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn agreement_text(&self, agreement: &AgreementId) -> Result<String, Error> {
        read_text(&self.agreement_folder(agreement).join("agreement.toml"))
    }

    /// Returns the text of a version's version.toml.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn manifest_text(
        &self,
        agreement: &AgreementId,
        version: VersionNumber,
    ) -> Result<String, Error> {
        read_text(&self.version_folder(agreement, version).join("version.toml"))
    }

    /// Returns the files of a version by bundle path: its folder, agreement.toml, and shared/.
    ///
    /// # Errors
    /// [`Error`] naming the file: unreadable, too large, a symbolic link.
    pub fn version_files(
        &self,
        agreement: &AgreementId,
        version: VersionNumber,
    ) -> Result<BTreeMap<String, Vec<u8>>, Error> {
        let mut files = self.own_version_files(agreement, version)?;
        let path = self.agreement_folder(agreement).join("agreement.toml");
        files.insert(
            "agreement.toml".to_owned(),
            read_limited(&path, MAX_FILE_BYTES)?,
        );
        collect(
            &self.root.join(TEMPLATES).join("shared"),
            "shared/",
            &mut files,
        )?;
        Ok(files)
    }

    /// Returns the files of a version's own folder by bundle path; empty when the folder is gone.
    ///
    /// # Errors
    /// As [`Folder::version_files`].
    pub fn own_version_files(
        &self,
        agreement: &AgreementId,
        version: VersionNumber,
    ) -> Result<BTreeMap<String, Vec<u8>>, Error> {
        let mut files = BTreeMap::new();
        let folder = self.version_folder(agreement, version);
        if folder.is_dir() {
            collect(&folder, "", &mut files)?;
        }
        // A bundle has these from elsewhere: two files of one path would be one too few.
        let taken = |path: &&String| {
            path.starts_with("shared/")
                || ["agreement.toml", "parties.json"].contains(&path.as_str())
        };
        if let Some(path) = files.keys().find(taken) {
            let file = format!("{}/{path}", Self::version_name(agreement, version));
            let message = "a version's folder cannot have a file of this name";
            return Err(SourceError::new(&file, message).into());
        }
        Ok(files)
    }

    /// Returns every party with its file's name, in list order.
    ///
    /// # Errors
    /// [`Error::Source`] for the first file that is wrong, or a code or organisation number that
    /// stands in two files.
    pub fn parties(&self) -> Result<Vec<(String, Party)>, Error> {
        let mut parties = Vec::new();
        for (file, text) in self.party_texts()? {
            let party = Party::parse(&file, &text)?;
            parties.push((file, party));
        }
        refuse_doubles(&parties)?;
        parties.sort_by(|(_, a), (_, b)| a.list_order(b));
        Ok(parties)
    }

    /// Returns the text of every party's file with its name relative to the office.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn party_texts(&self) -> Result<Vec<(String, String)>, Error> {
        let folder = self.root.join(PARTIES);
        let mut texts = Vec::new();
        for name in entry_names(&folder)? {
            if name.ends_with(".toml") {
                texts.push((format!("{PARTIES}/{name}"), read_text(&folder.join(&name))?));
            }
        }
        Ok(texts)
    }

    /// Returns the text of a letter's template.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn letter(&self, name: &str) -> Result<String, Error> {
        read_text(&self.root.join(TEMPLATES).join("letters").join(name))
    }

    /// Returns the certificates that the office trusts: the .pem files of signatories/trust/, in
    /// order of their names.
    ///
    /// # Errors
    /// [`Error::Io`] with the path.
    pub fn trust_files(&self) -> Result<Vec<(PathBuf, Vec<u8>)>, Error> {
        let folder = self.root.join(PARTIES).join(TRUST);
        if !folder.is_dir() {
            return Ok(Vec::new());
        }
        pem_files(&folder)
    }

    /// Tells whether there is a folder of parties.
    #[must_use]
    pub fn has_parties(&self) -> bool {
        self.root.join(PARTIES).is_dir()
    }

    /// Returns the files of templates/accord by their paths in a version's folder; none if it is not there.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn accord_files(&self) -> Result<BTreeMap<String, Vec<u8>>, Error> {
        let mut files = BTreeMap::new();
        let folder = self.root.join(TEMPLATES).join("accord");
        if folder.is_dir() {
            collect(&folder, "", &mut files)?;
        }
        Ok(files)
    }

    /// Returns the files of templates/shared by bundle path.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn shared_files(&self) -> Result<BTreeMap<String, Vec<u8>>, Error> {
        let mut files = BTreeMap::new();
        collect(
            &self.root.join(TEMPLATES).join("shared"),
            "shared/",
            &mut files,
        )?;
        Ok(files)
    }

    /// Returns an agreement's folder, which need not be there.
    #[must_use]
    pub fn agreement_folder(&self, agreement: &AgreementId) -> PathBuf {
        self.root.join(TEMPLATES).join(agreement.as_str())
    }

    fn version_folder(&self, agreement: &AgreementId, version: VersionNumber) -> PathBuf {
        self.agreement_folder(agreement).join(version.to_string())
    }
}

/// Returns the files of a folder whose names end in .pem, in order.
///
/// # Errors
/// [`Error::Io`].
pub fn pem_files(folder: &Path) -> Result<Vec<(PathBuf, Vec<u8>)>, Error> {
    let mut files = Vec::new();
    for name in entry_names(folder)? {
        if name.ends_with(".pem") {
            let path = folder.join(&name);
            let bytes = read_limited(&path, MAX_FILE_BYTES)?;
            files.push((path, bytes));
        }
    }
    Ok(files)
}

fn refuse_doubles(parties: &[(String, Party)]) -> Result<(), Error> {
    let mut codes = BTreeMap::new();
    let mut numbers = BTreeMap::new();
    for (file, party) in parties {
        if let Some(first) = codes.insert(&party.code, file) {
            let message = format!("party code {} stands already in {first}", party.code);
            return Err(SourceError::new(file, message).into());
        }
        if let Some(first) = numbers.insert(&party.org_number, file) {
            let message = format!(
                "organisation number {} stands already in {first}",
                party.org_number
            );
            return Err(SourceError::new(file, message).into());
        }
    }
    Ok(())
}

fn collect(
    folder: &Path,
    prefix: &str,
    files: &mut BTreeMap<String, Vec<u8>>,
) -> Result<(), Error> {
    for name in entry_names(folder)? {
        // Editors and file managers leave these behind; they are no part of a text.
        if name.starts_with('.') || name.ends_with('~') {
            continue;
        }
        let path = folder.join(&name);
        let kind = fs::symlink_metadata(&path)
            .map_err(Error::io(&path))?
            .file_type();
        if !kind.is_dir() && !kind.is_file() {
            let message = "it is neither a file nor a folder, and cannot be frozen";
            return Err(SourceError::new(&path.display().to_string(), message).into());
        }
        let bundle_path = format!("{prefix}{name}");
        if kind.is_dir() {
            collect(&path, &format!("{bundle_path}/"), files)?;
        } else {
            files.insert(bundle_path, read_limited(&path, MAX_FILE_BYTES)?);
        }
    }
    Ok(())
}

fn folder_names(folder: &Path) -> Result<Vec<String>, Error> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let names = entry_names(folder)?;
    Ok(names
        .into_iter()
        .filter(|name| folder.join(name).is_dir())
        .collect())
}

/// Returns the names in a folder in byte order, so that nothing depends on the disk's order.
fn entry_names(folder: &Path) -> Result<Vec<String>, Error> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(Error::io(folder))? {
        let name = entry.map_err(Error::io(folder))?.file_name();
        match name.into_string() {
            Ok(name) => names.push(name),
            Err(name) => {
                let file = folder.join(name).display().to_string();
                return Err(SourceError::new(&file, "the file's name is not UTF-8").into());
            }
        }
    }
    names.sort();
    Ok(names)
}

fn read_text(path: &Path) -> Result<String, Error> {
    let bytes = read_limited(path, MAX_FILE_BYTES)?;
    String::from_utf8(bytes)
        .map_err(|_| SourceError::new(&path.display().to_string(), "the file is not UTF-8").into())
}

/// Returns a file's bytes.
///
/// # Errors
/// [`Error::Io`], or [`Error::TooLarge`] beyond the limit.
pub fn read_limited(path: &Path, limit_bytes: u64) -> Result<Vec<u8>, Error> {
    let file = fs::File::open(path).map_err(Error::io(path))?;
    let mut bytes = Vec::new();
    let read = file
        .take(limit_bytes.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(Error::io(path))?;
    if u64::try_from(read).unwrap_or(u64::MAX) > limit_bytes {
        return Err(Error::TooLarge {
            path: path.to_owned(),
            limit_bytes,
        });
    }
    Ok(bytes)
}

pub(super) fn read_if_there(path: &Path) -> Result<Option<Vec<u8>>, Error> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::io(path)(error)),
    }
}

/// Writes a file whole or not at all: to a temporary file beside it, synced, then renamed.
///
/// Missing folders are made.
///
/// # Errors
/// [`Error::Io`] with the path.
pub fn write_file(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    write_with_mode(path, bytes, 0o644)
}

/// Tells whether a path is a file.
#[must_use]
pub fn is_file(path: &Path) -> bool {
    path.is_file()
}

/// Tells whether a path is a folder.
#[must_use]
pub fn is_folder(path: &Path) -> bool {
    path.is_dir()
}

/// Returns a file's size in bytes; `None` if there is no file.
#[must_use]
pub fn file_size(path: &Path) -> Option<u64> {
    fs::metadata(path)
        .ok()
        .filter(fs::Metadata::is_file)
        .map(|found| found.len())
}

/// Checks that files can be made in a folder, which need not be there yet, and leaves nothing.
///
/// # Errors
/// [`Error::Io`] with the path that cannot be written.
pub fn probe_writable(folder: &Path) -> Result<(), Error> {
    let there = folder
        .ancestors()
        .find(|path| path.symlink_metadata().is_ok());
    let there = there
        .filter(|path| !path.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    tempfile::tempfile_in(there)
        .map(drop)
        .map_err(Error::io(there))
}

/// Moves a file or folder into a folder, under its name or, if that is taken, with a number after
/// it; returns where it lies now.
///
/// # Errors
/// [`Error::Io`] with the path.
pub fn move_aside(from: &Path, folder: &Path) -> Result<PathBuf, Error> {
    fs::create_dir_all(folder).map_err(Error::io(folder))?;
    let name = from
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let mut target = folder.join(&name);
    let mut number = 1_u32;
    while target.symlink_metadata().is_ok() {
        number = number.saturating_add(1);
        target = folder.join(format!("{number}-{name}"));
    }
    fs::rename(from, &target).map_err(Error::io(from))?;
    Ok(target)
}

/// Returns the files below a path, or the path itself if it is a file, in order of their names.
///
/// # Errors
/// [`Error::Io`] with the path.
pub fn files_below(path: &Path) -> Result<Vec<PathBuf>, Error> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut files = Vec::new();
    for name in entry_names(path)? {
        files.extend(files_below(&path.join(name))?);
    }
    Ok(files)
}

/// Writes a file that its owner alone may read, whole or not at all.
///
/// # Errors
/// [`Error::Io`] with the path.
pub fn write_private(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    write_with_mode(path, bytes, 0o600)
}

fn write_with_mode(path: &Path, bytes: &[u8], mode: u32) -> Result<(), Error> {
    let file = write_aside(path, bytes, mode)?;
    file.as_file().sync_all().map_err(Error::io(path))?;
    put_in_place(file, path)
}

/// Writes a file that can be made again: to a temporary file beside it, then renamed, not synced.
///
/// # Errors
/// [`Error::Io`] with the path.
pub fn write_copy(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let file = write_aside(path, bytes, 0o644)?;
    file.persist(path)
        .map(drop)
        .map_err(|error| Error::io(path)(error.error))
}

/// Writes several files, none of them before all are on the disk beside their places.
///
/// # Errors
/// [`Error::Io`] with the path; a full disk is noticed before anything is replaced.
pub fn write_files(files: Vec<(PathBuf, Vec<u8>)>) -> Result<(), Error> {
    let mut aside = Vec::new();
    for (path, bytes) in files {
        let file = write_aside(&path, &bytes, 0o644)?;
        file.as_file().sync_all().map_err(Error::io(&path))?;
        aside.push((file, path));
    }
    aside
        .into_iter()
        .try_for_each(|(file, path)| put_in_place(file, &path))
}

/// Writes a temporary file beside a path.
pub(super) fn write_aside(
    path: &Path,
    bytes: &[u8],
    mode: u32,
) -> Result<tempfile::NamedTempFile, Error> {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = parent(path);
    fs::create_dir_all(folder).map_err(Error::io(folder))?;
    let mut file = tempfile::Builder::new()
        .prefix(".sigill-")
        .permissions(fs::Permissions::from_mode(mode))
        .tempfile_in(folder)
        .map_err(Error::io(folder))?;
    file.write_all(bytes).map_err(Error::io(path))?;
    Ok(file)
}

/// Renames a temporary file into its place and syncs the folder, so that the name stays too.
pub(super) fn put_in_place(file: tempfile::NamedTempFile, path: &Path) -> Result<(), Error> {
    file.persist(path)
        .map_err(|error| Error::io(path)(error.error))?;
    sync_folder(parent(path))
}

/// Makes the names in a folder lasting.
pub(super) fn sync_folder(folder: &Path) -> Result<(), Error> {
    let open = fs::File::open(folder).and_then(|folder| folder.sync_all());
    open.map_err(Error::io(folder))
}

pub(super) fn parent(path: &Path) -> &Path {
    path.parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

/// Makes the store's folder, readable by its owner alone.
pub(super) fn create_private(folder: &Path) -> Result<(), Error> {
    use std::os::unix::fs::DirBuilderExt as _;
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(Error::io(folder))
}
