//! Where a register is published: a folder, or a folder on a web server.

use std::io::ErrorKind;
use std::path::PathBuf;
use std::time::Duration;

use super::WitnessError;
use crate::journeys::Error;
use crate::outside::WebFolder;
use crate::register::{MAX_PUBLISHED_BYTES, TILE_WIDTH, entries_path, unpack_entries};
use crate::store::{self, read_limited};

/// Where a register is published.
#[derive(Debug)]
pub(super) enum Source {
    Folder(PathBuf),
    Web(WebFolder),
}

impl Source {
    /// Reads a path or address.
    pub(super) fn open(place: &str) -> Result<Self, WitnessError> {
        if Self::is_web(place) {
            let web = WebFolder::new(place, PATIENCE);
            return web.map(Self::Web).map_err(|source| WitnessError::Address {
                address: place.split('?').next().unwrap_or_default().to_owned(),
                source,
            });
        }
        Ok(Self::Folder(PathBuf::from(place)))
    }

    /// Tells whether a place is on a web server.
    pub(super) fn is_web(place: &str) -> bool {
        place.starts_with("http://") || place.starts_with("https://")
    }

    /// Returns the place as it may be shown.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Folder(folder) => folder.display().to_string(),
            Self::Web(web) => web.shown(),
        }
    }

    /// Returns a file; `None` where there is none.
    pub(super) async fn file(&self, path: &str, limit: usize) -> Result<Option<Vec<u8>>, Error> {
        match self {
            Self::Folder(folder) => {
                let limit = u64::try_from(limit).unwrap_or(u64::MAX);
                match read_limited(&folder.join(path), limit) {
                    Ok(bytes) => Ok(Some(bytes)),
                    Err(store::Error::Io { source, .. })
                        if source.kind() == ErrorKind::NotFound =>
                    {
                        Ok(None)
                    }
                    Err(error) => Err(error.into()),
                }
            }
            Self::Web(web) => {
                let file = web.file(path, limit).await;
                file.map_err(|source| {
                    let address = format!("{}{path}", web.shown());
                    WitnessError::Fetch { address, source }.into()
                })
            }
        }
    }

    /// Returns the newest checkpoint's note.
    pub(super) async fn checkpoint(&self) -> Result<String, Error> {
        let bytes = self.file(CHECKPOINT, MAX_NOTE_BYTES).await?;
        let bytes = bytes.ok_or_else(|| self.missing(CHECKPOINT, "is not there"))?;
        let note = String::from_utf8(bytes);
        note.map_err(|_| self.missing(CHECKPOINT, "is not text").into())
    }

    /// Returns entries in their order, those of a tree of `size` from `from` on, each tile whole.
    ///
    /// `from` is rounded down to the start of its tile.
    pub(super) async fn entries(&self, from: u64, size: u64) -> Result<Vec<Vec<u8>>, Error> {
        let width = u64::try_from(TILE_WIDTH).unwrap_or(u64::MAX);
        let mut entries = Vec::new();
        let mut index = from.checked_div(width).unwrap_or(0);
        while index.saturating_mul(width) < size {
            let left = size.saturating_sub(index.saturating_mul(width)).min(width);
            let wanted = usize::try_from(left).unwrap_or(TILE_WIDTH);
            entries.extend(self.tile(index, wanted).await?);
            index = index.saturating_add(1);
        }
        Ok(entries)
    }

    /// Returns the first entries of a tile.
    async fn tile(&self, index: u64, wanted: usize) -> Result<Vec<Vec<u8>>, Error> {
        let path = entries_path(index, wanted);
        if let Some(bytes) = self.file(&path, MAX_TILE_BYTES).await? {
            let entries = unpack_entries(&bytes, wanted);
            return entries.ok_or_else(|| self.missing(&path, "is not whole").into());
        }
        // C2SP tlog-tiles, "Partial Tiles": the full one may have taken its place.
        let full = entries_path(index, TILE_WIDTH);
        let bytes = self.file(&full, MAX_TILE_BYTES).await?;
        let entries = bytes.and_then(|bytes| unpack_entries(&bytes, TILE_WIDTH));
        let mut entries = entries.ok_or_else(|| self.missing(&path, "is not there"))?;
        entries.truncate(wanted);
        Ok(entries)
    }

    fn missing(&self, file: &str, problem: &'static str) -> WitnessError {
        WitnessError::Missing {
            place: self.shown(),
            file: file.to_owned(),
            problem,
        }
    }
}

/// The file of the newest checkpoint.
pub(super) const CHECKPOINT: &str = "checkpoint";
/// The folder in which witnesses lay their cosigned checkpoints.
pub(super) const COSIGNATURES: &str = "cosignatures";

/// A checkpoint with a hundred cosignatures has some ten kilobytes.
pub(super) const MAX_NOTE_BYTES: usize = 1024 * 1024;

const MAX_TILE_BYTES: usize = TILE_WIDTH * (MAX_PUBLISHED_BYTES + 2);

/// The longest wait for one file.
const PATIENCE: Duration = Duration::from_secs(30);
