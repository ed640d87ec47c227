//! Init: a new office with a small agreement to edit.

use std::collections::BTreeMap;
use std::path::Path;

use include_dir::{Dir, include_dir};

use super::Error;
use crate::store::{Folder, create_tree, is_file, write_file};

/// A small agreement, three invented parties, settings.
static STARTER: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/src/journeys/starter");
/// The layout and the fonts that every office begins with.
static SHARED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/templates/shared");
/// The letters that every office begins with.
static LETTERS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/templates/letters");

/// The text of an accord that every office begins with.
static ACCORD: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/templates/accord");

/// Makes a new office in a folder that does not exist yet or is empty; gives the files made.
///
/// # Errors
/// [`Error`]; a folder that holds something is refused before anything is written.
pub fn run(folder: &Path) -> Result<Vec<String>, Error> {
    let mut files = BTreeMap::new();
    collect(&STARTER, "", &mut files);
    collect(&SHARED, "templates/shared/", &mut files);
    collect(&ACCORD, "templates/accord/", &mut files);
    collect(&LETTERS, "templates/letters/", &mut files);
    create_tree(folder, &files)?;
    Ok(files.into_keys().collect())
}

/// Writes the letters' templates that an office lacks, as those made earlier do; gives the files made.
///
/// # Errors
/// [`Error`] when it is no office, or a file cannot be written.
pub fn letters(folder: &Path) -> Result<Vec<String>, Error> {
    Folder::open(folder)?;
    let mut files = BTreeMap::new();
    collect(&LETTERS, "templates/letters/", &mut files);
    files.retain(|name, _| !is_file(&folder.join(name)));
    for (name, bytes) in &files {
        write_file(&folder.join(name), bytes)?;
    }
    Ok(files.into_keys().collect())
}

/// Returns the layout and the fonts that every office begins with, by their paths in a bundle.
pub(super) fn shared_files() -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    collect(&SHARED, "shared/", &mut files);
    files
}

/// Returns the text of an accord that every office begins with, by its paths in a version's folder.
pub(super) fn accord_files() -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    collect(&ACCORD, "", &mut files);
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
