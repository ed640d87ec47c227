//! Who refers to whom, kept up to date from revision to revision.

use std::collections::{BTreeMap, BTreeSet};

use crate::pdf::{Dict, Object, Reference, View};

/// A place that refers to an object: the object that it is in (0 is the trailer), and the key.
///
/// The key is the innermost dictionary's; empty in an array that is an object itself.
pub(super) type Use = (u32, Key);

/// A key's number in the graph.
pub(super) type Key = u32;

/// The references between all objects of a document.
#[derive(Debug, Default)]
pub(super) struct Graph {
    keys: BTreeMap<Vec<u8>, Key>,
    /// What each object refers to.
    from: BTreeMap<u32, Vec<(u32, Key)>>,
    /// What refers to each object.
    to: BTreeMap<u32, BTreeSet<Use>>,
    edges: usize,
    /// Whether something could not be read.
    is_incomplete: bool,
}

/// The trailer's number: object 0 is never in use.
pub(super) const TRAILER: u32 = 0;

impl Graph {
    /// Reads every object of a document.
    pub(super) fn read(view: View<'_, '_>) -> Self {
        let mut graph = Self::default();
        graph.set_trailer(view.trailer());
        for reference in view.numbers() {
            graph.reread(view, reference);
        }
        graph
    }

    /// Returns whether all objects could be read.
    pub(super) fn is_complete(&self) -> bool {
        !self.is_incomplete
    }

    /// Returns the places that refer to an object.
    pub(super) fn uses(&self, number: u32) -> impl Iterator<Item = Use> + '_ {
        self.to.get(&number).into_iter().flatten().copied()
    }

    /// Returns what an object refers to.
    pub(super) fn targets(&self, number: u32) -> impl Iterator<Item = u32> + '_ {
        let edges = self.from.get(&number).into_iter().flatten();
        edges.map(|(target, _)| *target)
    }

    /// Returns a key's number.
    pub(super) fn key(&mut self, name: &[u8]) -> Key {
        if let Some(key) = self.keys.get(name) {
            return *key;
        }
        let key = Key::try_from(self.keys.len()).unwrap_or(Key::MAX);
        self.keys.insert(name.to_vec(), key);
        key
    }

    /// Returns a key's number if anything has that key.
    pub(super) fn known_key(&self, name: &[u8]) -> Option<Key> {
        self.keys.get(name).copied()
    }

    /// Returns a key's name.
    pub(super) fn name(&self, key: Key) -> &[u8] {
        let found = self.keys.iter().find(|(_, number)| **number == key);
        found.map_or(b"", |(name, _)| name.as_slice())
    }

    /// Reads the trailer anew.
    pub(super) fn set_trailer(&mut self, trailer: &Dict<'_>) {
        let mut edges = Vec::new();
        self.dict(trailer, &mut edges, 0);
        self.replace(TRAILER, edges);
    }

    /// Reads an object anew.
    pub(super) fn reread(&mut self, view: View<'_, '_>, reference: Reference) {
        let mut edges = Vec::new();
        match view.object(reference) {
            Ok(object) => {
                let key = self.key(b"");
                self.object(&object, key, &mut edges, 0);
            }
            Err(_) => self.is_incomplete = true,
        }
        self.replace(reference.number, edges);
    }

    /// Forgets what an object refers to.
    pub(super) fn remove(&mut self, number: u32) {
        self.replace(number, Vec::new());
    }

    fn replace(&mut self, number: u32, edges: Vec<(u32, Key)>) {
        let old = self.from.remove(&number).unwrap_or_default();
        self.edges = self.edges.saturating_sub(old.len());
        for (target, key) in old {
            if let Some(uses) = self.to.get_mut(&target) {
                uses.remove(&(number, key));
            }
        }
        self.edges = self.edges.saturating_add(edges.len());
        if self.edges > MAX_EDGES {
            self.is_incomplete = true;
            return;
        }
        for (target, key) in &edges {
            self.to.entry(*target).or_default().insert((number, *key));
        }
        if !edges.is_empty() {
            self.from.insert(number, edges);
        }
    }

    fn object(&mut self, object: &Object<'_>, key: Key, edges: &mut Vec<(u32, Key)>, depth: usize) {
        if depth > MAX_DEPTH {
            self.is_incomplete = true;
            return;
        }
        let deeper = depth.saturating_add(1);
        match object {
            Object::Array(items) => {
                for item in items {
                    self.object(item, key, edges, deeper);
                }
            }
            Object::Dict(dict) => self.dict(dict, edges, deeper),
            Object::Reference(reference) => edges.push((reference.number, key)),
            Object::Stream(stream) if stream.dict.is("Type", "XRef") => {
                // A section's own dictionary is a trailer too (ISO 32000-2 §7.5.8.2). Its other keys
                // count, as a reader that draws a stream does not ask for its type.
                let own = |name: &[u8]| [b"Root".as_slice(), b"Info", b"Encrypt"].contains(&name);
                self.entries(&stream.dict, edges, deeper, |name| !own(name));
            }
            Object::Stream(stream) => self.dict(&stream.dict, edges, deeper),
            Object::Bool(_)
            | Object::Integer(_)
            | Object::Name(_)
            | Object::Null
            | Object::Real(_)
            | Object::String(_) => {}
        }
    }

    fn dict(&mut self, dict: &Dict<'_>, edges: &mut Vec<(u32, Key)>, depth: usize) {
        self.entries(dict, edges, depth, |_| true);
    }

    fn entries(
        &mut self,
        dict: &Dict<'_>,
        edges: &mut Vec<(u32, Key)>,
        depth: usize,
        counts: impl Fn(&[u8]) -> bool,
    ) {
        for (name, value) in dict.iter() {
            let holds = matches!(
                value,
                Object::Array(_) | Object::Dict(_) | Object::Reference(_)
            );
            if holds && counts(name) {
                let key = self.key(name);
                self.object(value, key, edges, depth);
            }
        }
    }
}

/// References of one document.
const MAX_EDGES: usize = 4_000_000;

/// Values within values; what the reader lets through.
const MAX_DEPTH: usize = 1_000;
