//! Documents under their SHA-256: written once, never changed.

use std::path::Path;

use futures_util::TryStreamExt as _;
use object_store::local::LocalFileSystem;
use object_store::path::Path as ObjectPath;
use object_store::{ObjectStore, ObjectStoreExt as _, PutMode, PutOptions};

use super::Error;
use crate::agreement::Sha256;

/// A store of documents. Whoever can change it can make a document unreadable, never another
/// document pass for it: every read compares the digest.
#[derive(Debug)]
pub struct Documents {
    store: Box<dyn ObjectStore>,
}

impl Documents {
    /// Opens the documents in an office's store folder.
    ///
    /// # Errors
    /// [`Error::Io`] when the folder cannot be made.
    pub fn open(folder: &Path) -> Result<Self, Error> {
        let path = folder.join(FOLDER);
        std::fs::create_dir_all(&path).map_err(Error::io(&path))?;
        let store = LocalFileSystem::new_with_prefix(&path)
            .map_err(|error| Error::io(&path)(std::io::Error::other(error)))?
            .with_fsync(true);
        Ok(Self {
            store: Box::new(store),
        })
    }

    /// Keeps a document; one that is there already is left as it is.
    ///
    /// Written to a temporary file, synced and renamed.
    ///
    /// # Errors
    /// [`Error::Documents`], e.g. for a full disk.
    pub async fn put(&self, bytes: Vec<u8>) -> Result<Sha256, Error> {
        let digest = Sha256::of(&bytes);
        let options = PutOptions {
            mode: PutMode::Create,
            ..PutOptions::default()
        };
        match self
            .store
            .put_opts(&location(digest), bytes.into(), options)
            .await
        {
            Ok(_) | Err(object_store::Error::AlreadyExists { .. }) => Ok(digest),
            Err(source) => Err(Error::Documents {
                digest,
                source: Box::new(source),
            }),
        }
    }

    /// Removes a document; one that is gone already is left so.
    ///
    /// # Errors
    /// [`Error::Documents`].
    pub(super) async fn remove(&self, digest: Sha256) -> Result<(), Error> {
        match self.store.delete(&location(digest)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(source) => Err(Error::Documents {
                digest,
                source: Box::new(source),
            }),
        }
    }

    /// Returns the digests that the documents are named by, ascending, and the names of files that are no
    /// documents, such as what an interrupted write left.
    ///
    /// # Errors
    /// [`Error::Io`] for a folder that cannot be read.
    pub async fn list(&self) -> Result<(Vec<Sha256>, Vec<String>), Error> {
        let failed = |error| Error::io(Path::new(FOLDER))(std::io::Error::other(error));
        let found: Vec<_> = self.store.list(None).try_collect().await.map_err(failed)?;
        let (mut documents, mut others) = (Vec::new(), Vec::new());
        for file in found {
            let name = file.location.as_ref();
            let hex = name
                .strip_prefix("sha256/")
                .map(|hex| hex.replacen('/', "", 1));
            match hex.and_then(|hex| hex.parse::<Sha256>().ok()) {
                Some(digest) if location(digest) == file.location => documents.push(digest),
                _ => others.push(name.to_owned()),
            }
        }
        documents.sort_unstable();
        others.sort_unstable();
        Ok((documents, others))
    }

    /// Returns a document.
    ///
    /// # Errors
    /// [`Error::NoDocument`], [`Error::DocumentDamaged`], or what the disk says.
    pub async fn get(&self, digest: Sha256) -> Result<Vec<u8>, Error> {
        let refused = |source| match source {
            object_store::Error::NotFound { .. } => Error::NoDocument { digest },
            source => Error::Documents {
                digest,
                source: Box::new(source),
            },
        };
        let found = self.store.get(&location(digest)).await.map_err(refused)?;
        let bytes = found.bytes().await.map_err(refused)?.to_vec();
        if Sha256::of(&bytes) == digest {
            Ok(bytes)
        } else {
            Err(Error::DocumentDamaged { digest })
        }
    }
}

/// Tells whether a store folder holds any document.
pub(super) fn has_any(folder: &Path) -> bool {
    std::fs::read_dir(folder.join(FOLDER).join("sha256"))
        .is_ok_and(|mut found| found.next().is_some())
}

/// Removes what a process that died in the middle of writing a document has left of it.
///
/// Only under the office's lock: another writer's would look the same.
pub(super) fn discard_partial(folder: &Path, digest: Sha256) -> Result<(), Error> {
    let place = folder.join(FOLDER).join(location(digest).as_ref());
    let (Some(parent), Some(name)) = (place.parent(), place.file_name()) else {
        return Ok(());
    };
    // object_store writes NAME#1, or a higher number, and renames it.
    let start = format!("{}#", name.to_string_lossy());
    let Ok(found) = std::fs::read_dir(parent) else {
        return Ok(());
    };
    for entry in found.filter_map(Result::ok) {
        if entry.file_name().to_string_lossy().starts_with(&start) {
            let path = entry.path();
            std::fs::remove_file(&path).map_err(Error::io(&path))?;
        }
    }
    Ok(())
}

fn location(digest: Sha256) -> ObjectPath {
    let hex = digest.to_string();
    let (first, rest) = hex.split_at_checked(2).unwrap_or((&hex, ""));
    ObjectPath::from(format!("sha256/{first}/{rest}"))
}

/// The folder inside an office's store.
pub(super) const FOLDER: &str = "documents";
