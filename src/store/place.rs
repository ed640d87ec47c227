//! Whole folders, made at once.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::Error;
use super::folder::{parent, sync_folder, write_file};

/// Makes a new folder and the files in it, none of which may be there yet.
///
/// # Errors
/// [`Error::Io`]; a folder that holds something is refused before anything is written.
pub fn create_tree(root: &Path, files: &BTreeMap<String, Vec<u8>>) -> Result<(), Error> {
    let is_used = root.exists()
        && fs::read_dir(root)
            .map_err(Error::io(root))?
            .next()
            .is_some();
    if is_used {
        return Err(Error::NotEmpty {
            folder: root.to_owned(),
        });
    }
    files
        .iter()
        .try_for_each(|(path, bytes)| write_file(&root.join(path), bytes))
}

/// Makes a new folder with files in it, whole or not at all: beside its place, then renamed.
///
/// # Errors
/// [`Error::Io`]; [`Error::NotEmpty`] when something stands in its place.
pub fn place_tree(root: &Path, files: &BTreeMap<String, Vec<u8>>) -> Result<(), Error> {
    if root.symlink_metadata().is_ok() {
        return Err(Error::NotEmpty {
            folder: root.to_owned(),
        });
    }
    let folder = parent(root);
    fs::create_dir_all(folder).map_err(Error::io(folder))?;
    let aside = tempfile::Builder::new()
        .prefix(".sigill-")
        .permissions(folder_permissions())
        .tempdir_in(folder)
        .map_err(Error::io(folder))?;
    files
        .iter()
        .try_for_each(|(path, bytes)| write_file(&aside.path().join(path), bytes))?;
    fs::rename(aside.path(), root).map_err(Error::io(root))?;
    // What was renamed is no temporary folder any more.
    drop(aside.keep());
    sync_folder(folder)
}

fn folder_permissions() -> fs::Permissions {
    use std::os::unix::fs::PermissionsExt as _;
    fs::Permissions::from_mode(0o755)
}
