//! The register as files that a web server or a share can hand out (C2SP tlog-tiles).
//!
//! A tile holds 256 hashes of one level, or the bytes of 256 entries (which the standard calls an entry
//! bundle); the last of each are shorter and have another name. Whoever has them can compute every proof.

use tlog_tiles::HASH_SIZE;

use crate::agreement::Sha256;

/// How many hashes or entries a full tile holds.
pub const TILE_WIDTH: usize = 256;

/// The longest entry that a tile can hold, in bytes: its length stands in two.
pub const MAX_PUBLISHED_BYTES: usize = 0xFFFF;

/// Hashes of one level that follow each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tile {
    /// The hashes: of entries on level 0, else of full tiles of the level below.
    pub hashes: Vec<Sha256>,
    /// Its place on its level, counted from 0.
    pub index: u64,
    /// The level, counted from 0.
    pub level: u8,
}

impl Tile {
    /// Returns where the tile lies, such as `tile/0/000.p/7`.
    #[must_use]
    pub fn path(&self) -> String {
        path(self.level, self.index, self.hashes.len(), false)
    }

    /// Returns the file's bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let hashes = self.hashes.iter();
        hashes.flat_map(Sha256::as_bytes).copied().collect()
    }
}

/// Makes tiles of leaf hashes that come in their order; keeps one tile of each level.
#[derive(Debug, Clone, Default)]
pub struct Tiler {
    // By level, each shorter than a full tile.
    open: Vec<Tile>,
}

impl Tiler {
    /// Adds a leaf hash and returns the tiles that it completes, lowest level first.
    pub fn push(&mut self, leaf: Sha256) -> Vec<Tile> {
        let mut full = Vec::new();
        let mut hash = leaf;
        for level in 0_u8..64 {
            let place = usize::from(level);
            if self.open.len() == place {
                self.open.push(Tile {
                    hashes: Vec::new(),
                    index: 0,
                    level,
                });
            }
            let Some(tile) = self.open.get_mut(place) else {
                break;
            };
            tile.hashes.push(hash);
            if tile.hashes.len() < TILE_WIDTH {
                break;
            }
            let next = Tile {
                hashes: Vec::new(),
                index: tile.index.saturating_add(1),
                level,
            };
            let done = std::mem::replace(tile, next);
            hash = root_of_full(&done);
            full.push(done);
        }
        full
    }

    /// Returns the tiles that are not full, lowest level first.
    #[must_use]
    pub fn rest(self) -> Vec<Tile> {
        let open = self.open.into_iter();
        open.filter(|tile| !tile.hashes.is_empty()).collect()
    }
}

/// Returns where the tile of some entries lies, such as `tile/entries/000.p/7`.
///
/// `index` is its place, counted from 0; `width` is how many entries it holds, up to [`TILE_WIDTH`].
#[must_use]
pub fn entries_path(index: u64, width: usize) -> String {
    path(0, index, width, true)
}

/// Returns the bytes of a tile of entries; `None` if one is longer than [`MAX_PUBLISHED_BYTES`].
#[must_use]
pub fn pack_entries(entries: &[Vec<u8>]) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    for entry in entries {
        // C2SP tlog-tiles, "Log entries": each behind its length, big-endian.
        let length = u16::try_from(entry.len()).ok()?;
        bytes.extend_from_slice(&length.to_be_bytes());
        bytes.extend_from_slice(entry);
    }
    Some(bytes)
}

/// Returns the entries in a tile's bytes; `None` if they are not whole, or not that many.
#[must_use]
pub fn unpack_entries(mut bytes: &[u8], width: usize) -> Option<Vec<Vec<u8>>> {
    let mut entries = Vec::new();
    while let Some((length, rest)) = bytes.split_first_chunk::<2>() {
        let (entry, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
        if entries.len() == width {
            return None;
        }
        entries.push(entry.to_vec());
        bytes = rest;
    }
    (bytes.is_empty() && entries.len() == width).then_some(entries)
}

fn root_of_full(tile: &Tile) -> Sha256 {
    let root = tlog_tiles::Tile::subtree_hash(&tile.to_bytes());
    Sha256::from_bytes(&root.0).unwrap_or_else(|| Sha256::of(&[]))
}

fn path(level: u8, index: u64, width: usize, is_data: bool) -> String {
    let width = u32::try_from(width.clamp(1, TILE_WIDTH)).unwrap_or(1);
    let tile = tlog_tiles::Tile::new(HEIGHT, level.min(63), index, width, is_data);
    // The crate names them as Go's checksum database does: with the height, and entries as data.
    let own = if is_data {
        ("tile/8/data/", "tile/entries/")
    } else {
        ("tile/8/", "tile/")
    };
    tile.path().replacen(own.0, own.1, 1)
}

const HEIGHT: u8 = 8;

const _: () = assert!(HASH_SIZE == 32 && 1 << HEIGHT == TILE_WIDTH);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::register::leaf_hash;

    fn tiles(size: u64) -> Vec<Tile> {
        let mut tiler = Tiler::default();
        let leaf = |place: u64| leaf_hash(&place.to_be_bytes());
        let mut tiles: Vec<Tile> = (0..size)
            .flat_map(|place| tiler.push(leaf(place)))
            .collect();
        tiles.extend(tiler.rest());
        tiles
    }

    #[test]
    fn tiles_have_the_names_of_the_standard() {
        assert_eq!(path(4, 1_234_067, 1, false), "tile/4/x001/x234/067.p/1");
        assert_eq!(path(0, 0, 256, false), "tile/0/000");
        assert_eq!(entries_path(1234, 255), "tile/entries/x001/234.p/255");
        // C2SP tlog-tiles, "Partial Tiles": a tree of 70,000.
        let tiles = tiles(70_000);
        let of_level = |level: u8| tiles.iter().filter(move |tile| tile.level == level);
        let widths = |level| {
            of_level(level)
                .map(|tile| tile.hashes.len())
                .collect::<Vec<_>>()
        };
        assert_eq!((widths(0).len(), widths(0)[273]), (274, 112));
        assert_eq!(widths(1), [256, 17]);
        assert_eq!(widths(2), [1]);
    }

    #[test]
    fn tiles_are_those_that_another_implementation_publishes() {
        for size in [0, 1, 2, 255, 256, 257, 70_000] {
            let mut ours: Vec<String> = tiles(size).iter().map(Tile::path).collect();
            let theirs = tlog_tiles::Tile::new_tiles(8, 0, size);
            let mut theirs: Vec<String> = theirs
                .iter()
                .map(|tile| tile.path().replacen("tile/8/", "tile/", 1))
                .collect();
            ours.sort();
            theirs.sort();
            assert_eq!(ours, theirs, "{size}");
        }
    }

    #[test]
    fn the_tiles_of_a_tree_give_its_root() {
        let tiles = tiles(300);
        let [_, level_0, level_1] = tiles.as_slice() else {
            panic!("{tiles:?}")
        };
        assert_eq!(level_0.hashes.len(), 44);
        assert_eq!(level_1.hashes, [root_of_full(&tiles[0])]);
    }

    #[test]
    fn entries_come_back_and_damaged_ones_do_not() {
        let entries = vec![b"one".to_vec(), Vec::new(), vec![7; MAX_PUBLISHED_BYTES]];
        let bytes = pack_entries(&entries).unwrap();
        assert_eq!(unpack_entries(&bytes, 3), Some(entries));
        for wrong in [0, 2, 4] {
            assert_eq!(unpack_entries(&bytes, wrong), None);
        }
        assert_eq!(unpack_entries(&bytes[..bytes.len() - 1], 3), None);
        assert_eq!(unpack_entries(&[0], 0), None);
        assert_eq!(unpack_entries(&[], 0), Some(Vec::new()));
        assert_eq!(pack_entries(&[vec![0; MAX_PUBLISHED_BYTES + 1]]), None);
    }
}
