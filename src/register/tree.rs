//! The Merkle tree over the entries (RFC 6962 §2.1): its head, the nodes that are stored, proofs.
//!
//! A stored node is the root of a complete subtree; it never changes once its leaves are there. What
//! is asked of the tree names the nodes that it needs; whoever keeps them hands them in as [`Nodes`].

use std::collections::BTreeMap;

use tlog_tiles::{
    Hash, HashReader, check_record, check_tree, node_hash, prove_record, prove_tree,
    split_stored_hash_index, tree_hash,
};

use crate::agreement::Sha256;

/// A tree of more leaves is none of ours: proofs of it are refused before any arithmetic.
pub const MAX_SIZE: u64 = 1 << 40;

/// What the tree is when it has so many leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TreeHead {
    /// How many leaves: entries, counted from the first.
    pub size: u64,
    /// The root's hash.
    pub root: Sha256,
}

/// Where a node stands: the root of the complete subtree over the leaves from `number << level` on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The height over the leaves, which are at 0.
    pub level: u8,
    /// Which one of its level, counted from 0.
    pub number: u64,
}

impl Place {
    /// Returns the place of a leaf.
    #[must_use]
    pub fn leaf(index: u64) -> Self {
        Self {
            level: 0,
            number: index,
        }
    }

    /// Returns the last leaf below the node: with it the node is there.
    #[must_use]
    pub fn last_leaf(self) -> u64 {
        let after = self
            .number
            .saturating_add(1)
            .checked_shl(self.level.into())
            .unwrap_or(u64::MAX);
        after.saturating_sub(1)
    }
}

/// Stored nodes by their places.
pub type Nodes = BTreeMap<Place, Sha256>;

/// Why a proof cannot be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TreeError {
    /// A node that it needs was not handed in.
    #[error("a node of the tree is missing")]
    Missing,
    /// There is no such entry, or no such tree.
    #[error("{index} is not in a tree of {size} entries")]
    Outside {
        /// What was asked for.
        index: u64,
        /// The tree's size.
        size: u64,
    },
}

/// Returns the nodes that the root of a tree is computed from.
///
/// # Errors
/// [`TreeError::Outside`] for a tree larger than [`MAX_SIZE`].
pub fn root_places(size: u64) -> Result<Vec<Place>, TreeError> {
    limit(size)?;
    Ok(wanted(|reader| tree_hash(size, reader).map(drop)))
}

/// Returns the root of a tree; that of an empty one is the digest of nothing.
///
/// # Errors
/// [`TreeError::Missing`] unless all of [`root_places`] was handed in.
pub fn root(size: u64, nodes: &Nodes) -> Result<Sha256, TreeError> {
    limit(size)?;
    tree_hash(size, &Known(nodes))
        .map(to_digest)
        .map_err(|_| TreeError::Missing)
}

/// Returns the nodes that [`prove_inclusion`] needs.
///
/// # Errors
/// [`TreeError::Outside`] unless the entry is in the tree.
pub fn inclusion_places(size: u64, index: u64) -> Result<Vec<Place>, TreeError> {
    inside(size, index)?;
    Ok(wanted(|reader| prove_record(size, index, reader).map(drop)))
}

/// Returns the proof that an entry is in the tree (RFC 6962 §2.1.1), from the leaf's sibling upwards.
///
/// # Errors
/// [`TreeError`].
pub fn prove_inclusion(size: u64, index: u64, nodes: &Nodes) -> Result<Vec<Sha256>, TreeError> {
    inside(size, index)?;
    let proof = prove_record(size, index, &Known(nodes)).map_err(|_| TreeError::Missing)?;
    Ok(proof.into_iter().map(to_digest).collect())
}

/// Tells whether a proof shows that the entry with this leaf hash is in the tree in its place.
#[must_use]
pub fn check_inclusion(head: &TreeHead, index: u64, leaf: Sha256, proof: &[Sha256]) -> bool {
    if inside(head.size, index).is_err() || proof.len() > MAX_PROOF {
        return false;
    }
    let proof = to_hashes(proof);
    check_record(&proof, head.size, to_hash(head.root), index, to_hash(leaf)).is_ok()
}

/// Returns the nodes that [`prove_consistency`] needs.
///
/// # Errors
/// [`TreeError::Outside`] when the earlier tree is the larger.
pub fn consistency_places(from: u64, size: u64) -> Result<Vec<Place>, TreeError> {
    grown(from, size)?;
    if from == 0 {
        return Ok(Vec::new());
    }
    Ok(wanted(|reader| prove_tree(size, from, reader).map(drop)))
}

/// Returns the proof that a tree begins with an earlier one (RFC 6962 §2.1.2); empty from no entries or
/// from as many.
///
/// # Errors
/// [`TreeError`].
pub fn prove_consistency(from: u64, size: u64, nodes: &Nodes) -> Result<Vec<Sha256>, TreeError> {
    grown(from, size)?;
    if from == 0 {
        return Ok(Vec::new());
    }
    let proof = prove_tree(size, from, &Known(nodes)).map_err(|_| TreeError::Missing)?;
    Ok(proof.into_iter().map(to_digest).collect())
}

/// Tells whether a proof shows that a tree begins with an earlier one.
#[must_use]
pub fn check_consistency(from: &TreeHead, to: &TreeHead, proof: &[Sha256]) -> bool {
    if grown(from.size, to.size).is_err() || proof.len() > MAX_PROOF {
        return false;
    }
    if from.size == 0 {
        // RFC 6962 §2.1: the hash of an empty list is that of an empty string.
        return proof.is_empty() && from.root == Sha256::of(b"");
    }
    let proof = to_hashes(proof);
    let (from_root, to_root) = (to_hash(from.root), to_hash(to.root));
    check_tree(&proof, to.size, to_root, from.size, from_root).is_ok()
}

/// The right edge of a growing tree: all that the next leaf needs of those before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frontier {
    // The roots of the complete subtrees, largest first: one for each bit of the size.
    peaks: Vec<Sha256>,
    size: u64,
}

impl Frontier {
    /// Returns the edge of a tree without leaves.
    #[must_use]
    pub fn empty() -> Self {
        Self {
            peaks: Vec::new(),
            size: 0,
        }
    }

    /// Returns the edge of a tree of so many leaves.
    ///
    /// # Errors
    /// [`TreeError::Missing`] unless all of [`root_places`] was handed in.
    pub fn new(size: u64, nodes: &Nodes) -> Result<Self, TreeError> {
        let peaks = root_places(size)?.into_iter().map(|place| {
            let node = nodes.get(&place);
            node.copied().ok_or(TreeError::Missing)
        });
        Ok(Self {
            peaks: peaks.collect::<Result<_, _>>()?,
            size,
        })
    }

    /// Adds a leaf and returns the nodes above it that are complete with it, from level 1 upwards.
    pub fn push(&mut self, leaf: Sha256) -> Vec<Sha256> {
        let mut added = Vec::new();
        let mut node = to_hash(leaf);
        // Each bit at the end of the size is a complete subtree that the new one goes together with.
        for _ in 0..self.size.trailing_ones() {
            if let Some(left) = self.peaks.pop() {
                node = node_hash(to_hash(left), node);
                added.push(to_digest(node));
            }
        }
        self.peaks.push(to_digest(node));
        self.size = self.size.saturating_add(1);
        added
    }

    /// Returns how many leaves there are.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Returns the tree's head.
    #[must_use]
    pub fn head(&self) -> TreeHead {
        let mut peaks = self.peaks.iter().rev().copied();
        let root = match peaks.next() {
            Some(last) => peaks.fold(to_hash(last), |right, left| node_hash(to_hash(left), right)),
            None => to_hash(Sha256::of(b"")),
        };
        TreeHead {
            size: self.size,
            root: to_digest(root),
        }
    }
}

/// Returns the nodes that [`root_over`] needs beside the leaves that are known: none when all are.
///
/// `known` are the places of leaves, in order.
///
/// # Errors
/// [`TreeError::Outside`] when a leaf is not in the tree.
pub fn places_beside(size: u64, known: &[u64]) -> Result<Vec<Place>, TreeError> {
    limit(size)?;
    if let Some(&last) = known.last() {
        inside(size, last)?;
    }
    let mut places = Vec::new();
    beside(0, size, known, &mut places);
    Ok(places)
}

/// Returns the root of the tree that holds these leaves, with the stored nodes of all others.
///
/// One pass for all: a node above several of the leaves is computed once. Equal to the tree's root, it
/// proves each leaf.
///
/// # Errors
/// [`TreeError::Missing`] unless all of [`places_beside`] was handed in.
pub fn root_over(size: u64, known: &[(u64, Sha256)], nodes: &Nodes) -> Result<Sha256, TreeError> {
    limit(size)?;
    if size == 0 {
        return Ok(Sha256::of(b""));
    }
    over(0, size, known, nodes).map(to_digest)
}

fn beside(from: u64, to: u64, known: &[u64], places: &mut Vec<Place>) {
    if known.is_empty() {
        places.extend(subtrees(from, to));
        return;
    }
    let Some(middle) = middle(from, to) else {
        return;
    };
    let (left, right) = known.split_at(known.partition_point(|leaf| *leaf < middle));
    beside(from, middle, left, places);
    beside(middle, to, right, places);
}

fn over(from: u64, to: u64, known: &[(u64, Sha256)], nodes: &Nodes) -> Result<Hash, TreeError> {
    if known.is_empty() {
        let mut peaks = subtrees(from, to).rev().map(|place| {
            let node = nodes.get(&place).copied();
            node.map(to_hash).ok_or(TreeError::Missing)
        });
        let last = peaks.next().ok_or(TreeError::Missing)??;
        return peaks.try_fold(last, |right, left| Ok(node_hash(left?, right)));
    }
    let Some(middle) = middle(from, to) else {
        let leaf = known.first().ok_or(TreeError::Missing)?;
        return Ok(to_hash(leaf.1));
    };
    let (left, right) = known.split_at(known.partition_point(|(leaf, _)| *leaf < middle));
    let left = over(from, middle, left, nodes)?;
    Ok(node_hash(left, over(middle, to, right, nodes)?))
}

/// Returns the complete subtrees over a range that begins at a border of them, largest first.
fn subtrees(from: u64, to: u64) -> impl DoubleEndedIterator<Item = Place> {
    let count = to.saturating_sub(from);
    let levels = (0..u8::try_from(u64::BITS).unwrap_or(u8::MAX)).rev();
    let set = levels.filter(move |level| count >> level & 1 == 1);
    set.map(move |level| {
        // The larger ones before it fill the bits above its own.
        let before = count.checked_shr(u32::from(level).saturating_add(1));
        let before = before.and_then(|high| high.checked_shl(u32::from(level).saturating_add(1)));
        Place {
            level,
            number: from.saturating_add(before.unwrap_or(0)) >> level,
        }
    })
}

/// RFC 6962 §2.1: the left part is the largest power of two that is smaller than the whole.
fn middle(from: u64, to: u64) -> Option<u64> {
    let last = to.saturating_sub(from).checked_sub(1)?;
    let bit = last.checked_ilog2()?;
    Some(from.saturating_add(1 << bit))
}

/// Returns the places that an answer reads, by asking for it with nothing at hand.
fn wanted(ask: impl FnOnce(&Asked) -> Result<(), tlog_tiles::Error>) -> Vec<Place> {
    let asked = Asked::default();
    // It fails, as nothing is there; or it needs nothing.
    drop(ask(&asked));
    asked.0.into_inner()
}

#[derive(Default)]
struct Asked(std::cell::RefCell<Vec<Place>>);

impl HashReader for Asked {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<Hash>, tlog_tiles::Error> {
        self.0.borrow_mut().extend(indexes.iter().map(to_place));
        Err(tlog_tiles::Error::IndexesNotInTree)
    }
}

struct Known<'a>(&'a Nodes);

impl HashReader for Known<'_> {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<Hash>, tlog_tiles::Error> {
        let found = indexes.iter().map(|index| {
            let node = self.0.get(&to_place(index)).copied();
            node.map(to_hash).ok_or(tlog_tiles::Error::IndexesNotInTree)
        });
        found.collect()
    }
}

fn to_place(index: &u64) -> Place {
    let (level, number) = split_stored_hash_index(*index);
    Place { level, number }
}

fn limit(size: u64) -> Result<(), TreeError> {
    if size > MAX_SIZE {
        return Err(TreeError::Outside { index: size, size });
    }
    Ok(())
}

fn inside(size: u64, index: u64) -> Result<(), TreeError> {
    if size > MAX_SIZE || index >= size {
        return Err(TreeError::Outside { index, size });
    }
    Ok(())
}

fn grown(from: u64, size: u64) -> Result<(), TreeError> {
    if size > MAX_SIZE || from > size {
        return Err(TreeError::Outside { index: from, size });
    }
    Ok(())
}

fn to_hash(digest: Sha256) -> Hash {
    Hash(*digest.as_bytes())
}

fn to_hashes(digests: &[Sha256]) -> Vec<Hash> {
    digests.iter().copied().map(to_hash).collect()
}

fn to_digest(hash: Hash) -> Sha256 {
    Sha256::from(hash.0)
}

/// No proof of a tree of [`MAX_SIZE`] has more hashes.
pub(super) const MAX_PROOF: usize = 64;
