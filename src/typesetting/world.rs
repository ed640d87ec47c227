//! The closed world: a fixed set of virtual files.

use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

use typst::diag::{FileError, FileResult};
use typst::foundations::{Bytes, Datetime, Duration};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt, World};

/// One library for the whole process: another one would share no memoised layout with it.
static LIBRARY: LazyLock<LazyHash<Library>> = LazyLock::new(|| LazyHash::new(Library::default()));

/// The sources and fonts that a version's copies have in common.
///
/// Made once per version; each copy only adds its data files.
#[derive(Debug)]
pub struct Sources {
    main: FileId,
    sources: HashMap<FileId, Source>,
    fonts: Vec<Font>,
    book: LazyHash<FontBook>,
}

impl Sources {
    /// Returns the sources by virtual path, with `main` as the one to typeset, and the fonts.
    ///
    /// Bytes that are no font give none; the text then fails with Typst's "unknown font family".
    /// Returns `None` if a path is not a virtual path.
    #[must_use]
    pub fn new(main: &str, texts: &BTreeMap<String, String>, fonts: &[&[u8]]) -> Option<Self> {
        let mut sources = HashMap::new();
        for (path, text) in texts {
            let id = file_id(path)?;
            sources.insert(id, Source::new(id, text.clone()));
        }
        let fonts: Vec<Font> = fonts
            .iter()
            .flat_map(|bytes| Font::iter(Bytes::new(bytes.to_vec())))
            .collect();
        let book = LazyHash::new(FontBook::from_fonts(&fonts));
        Some(Self {
            main: file_id(main)?,
            sources,
            fonts,
            book,
        })
    }

    /// Returns the world of one copy.
    pub(super) fn with<'a>(&'a self, data: &BTreeMap<String, Vec<u8>>) -> CopyWorld<'a> {
        let files = data.iter();
        let files = files
            .filter_map(|(path, bytes)| Some((file_id(path)?, Bytes::new(bytes.clone()))))
            .collect();
        CopyWorld {
            shared: self,
            files,
        }
    }
}

/// Interns a path. Typst has room for 65,535 in a process: only fixed names are given here, never
/// one per copy.
fn file_id(path: &str) -> Option<FileId> {
    Some(RootedPath::new(VirtualRoot::Project, VirtualPath::new(path).ok()?).intern())
}

/// What one copy's typesetting can see.
pub(super) struct CopyWorld<'a> {
    shared: &'a Sources,
    files: HashMap<FileId, Bytes>,
}

impl World for CopyWorld<'_> {
    fn library(&self) -> &LazyHash<Library> {
        &LIBRARY
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &self.shared.book
    }

    fn main(&self) -> FileId {
        self.shared.main
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        self.shared
            .sources
            .get(&id)
            .cloned()
            .ok_or_else(|| not_found(id))
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        self.files.get(&id).cloned().ok_or_else(|| not_found(id))
    }

    fn font(&self, index: usize) -> Option<Font> {
        self.shared.fonts.get(index).cloned()
    }

    fn today(&self, _offset: Option<Duration>) -> Option<Datetime> {
        None
    }
}

fn not_found(id: FileId) -> FileError {
    FileError::NotFound(id.vpath().get_without_slash().into())
}
