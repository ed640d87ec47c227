//! The digests of what the signatures of one file cover, in one pass for all of them.
//!
//! Signature k covers all before its `/Contents` and a short tail. The state of the hash function is kept at
//! each such place, so fifty signatures cost one reading of the file and fifty tails.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::signature::HashFunction;

/// What the signatures of a file cover, and the digests of it that were asked for.
pub(super) struct Digests<'a> {
    bytes: &'a [u8],
    /// By the place of the signature among those of the file.
    covered: Vec<Option<[Range<usize>; 2]>>,
    /// By hash function, in the order of `covered`.
    known: BTreeMap<HashFunction, Vec<Option<Vec<u8>>>>,
}

impl<'a> Digests<'a> {
    /// Makes ready for signatures that cover these ranges: from the file's start, and a tail.
    pub(super) fn new(bytes: &'a [u8], covered: Vec<Option<[Range<usize>; 2]>>) -> Self {
        Self {
            bytes,
            covered,
            known: BTreeMap::new(),
        }
    }

    /// Returns the digest of what a signature covers; empty where it covers nothing lawful.
    pub(super) fn of(&mut self, place: usize, hash: HashFunction) -> Vec<u8> {
        if !self.known.contains_key(&hash) {
            let all = self.all(hash);
            self.known.insert(hash, all);
        }
        let digests = self.known.get(&hash).and_then(|all| all.get(place));
        digests.cloned().flatten().unwrap_or_default()
    }

    fn all(&self, hash: HashFunction) -> Vec<Option<Vec<u8>>> {
        let mut order: Vec<_> = self
            .covered
            .iter()
            .enumerate()
            .filter_map(|(place, covered)| covered.as_ref().map(|covered| (place, covered)))
            .collect();
        order.sort_by_key(|(_, [head, _])| head.end);
        let mut digests = vec![None; self.covered.len()];
        let mut state = hash.hasher();
        let mut hashed = 0;
        for (place, [head, tail]) in order {
            state.update(self.bytes.get(hashed..head.end).unwrap_or_default());
            hashed = head.end;
            let mut whole = state.clone();
            whole.update(self.bytes.get(tail.clone()).unwrap_or_default());
            if let Some(digest) = digests.get_mut(place) {
                *digest = Some(whole.finish());
            }
        }
        digests
    }
}
