//! Init: a new office with a small agreement to edit.

use std::collections::BTreeMap;
use std::path::Path;

use include_dir::{Dir, include_dir};

use super::Error;
use crate::store::create_tree;

/// A small agreement, three invented parties, settings.
static STARTER: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/src/journeys/starter");
/// The layout and the fonts that every office begins with.
static SHARED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/templates/shared");
/// The letters that every office begins with.
static LETTERS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/templates/letters");

/// Makes a new office in a folder that does not exist yet or is empty; gives the files made.
///
/// # Errors
/// [`Error`]; a folder that holds something is refused before anything is written.
pub fn run(folder: &Path) -> Result<Vec<String>, Error> {
    let mut files = BTreeMap::new();
    collect(&STARTER, "", &mut files);
    collect(&SHARED, "templates/shared/", &mut files);
    collect(&LETTERS, "templates/letters/", &mut files);
    create_tree(folder, &files)?;
    Ok(files.into_keys().collect())
}

/// Returns the layout and the fonts that every office begins with, by their paths in a bundle.
pub(super) fn shared_files() -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    collect(&SHARED, "shared/", &mut files);
    files
}

fn collect(folder: &Dir<'_>, prefix: &str, files: &mut BTreeMap<String, Vec<u8>>) {
    for file in folder.files() {
        // A leading full stop would hide the file in this repository.
        let path = file.path().to_string_lossy().replace("dot-", ".");
        files.insert(format!("{prefix}{path}"), file.contents().to_vec());
    }
    for sub in folder.dirs() {
        collect(sub, prefix, files);
    }
}
