//! The evidence that a file carries in its document security store (ISO 32000-2 §12.8.4.3).
//!
//! Nothing in it is believed for being there. Each item is told with the revision that brought it, since a
//! document time-stamp proves that what is older than itself existed at its time.

use std::collections::BTreeSet;

use crate::pdf::{Dict, Object, View};

/// What an item is said to be.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum ItemKind {
    Certificate,
    Crl,
    Ocsp,
}

/// An item of the store.
#[derive(Clone, Debug)]
pub(super) struct Item {
    pub(super) kind: ItemKind,
    pub(super) der: Vec<u8>,
    /// The revision that placed its stream, counted from 0.
    pub(super) revision: usize,
}

/// Returns the items of the store, each once; what cannot be read is left out, as it proves nothing.
pub(super) fn items(view: View<'_, '_>) -> Vec<Item> {
    let mut reading = Reading {
        view,
        seen: BTreeSet::new(),
        size_bytes: 0,
        items: Vec::new(),
    };
    let Ok((_, catalog)) = view.catalog() else {
        return Vec::new();
    };
    let Some(store) = reading.dict(catalog.value("DSS")) else {
        return Vec::new();
    };
    reading.lists(
        &store,
        [
            ("Certs", ItemKind::Certificate),
            ("CRLs", ItemKind::Crl),
            ("OCSPs", ItemKind::Ocsp),
        ],
    );
    let entries = reading.dict(store.value("VRI")).unwrap_or_default();
    for (_, entry) in entries.iter().take(MAX_ITEMS) {
        if let Some(entry) = reading.dict(Some(entry)) {
            reading.lists(
                &entry,
                [
                    ("Cert", ItemKind::Certificate),
                    ("CRL", ItemKind::Crl),
                    ("OCSP", ItemKind::Ocsp),
                ],
            );
        }
    }
    reading.items
}

struct Reading<'h, 'a> {
    view: View<'h, 'a>,
    seen: BTreeSet<(ItemKind, u32)>,
    size_bytes: usize,
    items: Vec<Item>,
}

impl<'h> Reading<'h, '_> {
    fn dict(&self, value: Option<&Object<'h>>) -> Option<Dict<'h>> {
        match self.view.resolve(value?).ok()?.into_owned() {
            Object::Dict(dict) => Some(dict),
            _ => None,
        }
    }

    fn lists(&mut self, holder: &Dict<'h>, kinds: [(&str, ItemKind); 3]) {
        for (key, kind) in kinds {
            let list = holder.value(key).map(|list| self.view.resolve(list));
            let Some(Ok(list)) = list else {
                continue;
            };
            if let Object::Array(list) = list.as_ref() {
                for item in list {
                    self.take(kind, item);
                }
            }
        }
    }

    fn take(&mut self, kind: ItemKind, item: &Object<'h>) {
        let Some(reference) = item.reference() else {
            return;
        };
        if self.items.len() >= MAX_ITEMS || !self.seen.insert((kind, reference.number)) {
            return;
        }
        let Ok(Object::Stream(stream)) = self.view.object(reference) else {
            return;
        };
        let Ok(der) = self.view.decode(&stream, MAX_ITEM_BYTES) else {
            return;
        };
        let size_bytes = self.size_bytes.saturating_add(der.len());
        let Some((revision, _, _)) = self.view.place(reference.number) else {
            return;
        };
        if size_bytes > MAX_STORE_BYTES {
            return;
        }
        self.size_bytes = size_bytes;
        self.items.push(Item {
            kind,
            der: der.into_owned(),
            revision,
        });
    }
}

/// Items of a store; a joint copy with time-stamps has some hundreds.
const MAX_ITEMS: usize = 10_000;

/// Bytes of one item, as in `pdf`.
const MAX_ITEM_BYTES: usize = 10 << 20;

/// Bytes of all items together.
const MAX_STORE_BYTES: usize = 32 << 20;
