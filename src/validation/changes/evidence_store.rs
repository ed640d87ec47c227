//! What may change of the document security store (ISO 32000-2 §12.8.4.3, ETSI EN 319 142-1 §5.4).

use std::collections::BTreeSet;

use super::change::{Change, Need, name_text};
use super::comparison::{Comparison, Holder};
use super::document::unreadable;
use super::equality::value;
use crate::pdf::{Dict, Object, View};
use crate::validation::finding::Severity;

/// Judges the store: it may come and grow, and what it holds is evidence that nothing else uses.
pub(super) fn judge<'h>(
    comparison: &mut Comparison<'_, 'h, '_>,
    holder: Holder,
    old: &Object<'h>,
    new: &Object<'h>,
) {
    let is_untouched = comparison.same(old, new) && old.reference() == new.reference();
    let Some(pair) = comparison.follow(holder, b"DSS", old, new) else {
        unreadable(comparison, holder, "catalog/DSS");
        return;
    };
    let nothing = Dict::default();
    let (old_store, new_store) = match (&pair.old, &pair.new) {
        (Object::Null, Object::Null) => return,
        (Object::Null, Object::Dict(new)) => (&nothing, new),
        (Object::Dict(old), Object::Dict(new)) => (old, new),
        _ => {
            let change = Change::of_value("store_changed", "catalog/DSS", old, new);
            comparison.push(change.of_object(pair.holder.new));
            return;
        }
    };
    let mut before = Store::default();
    let mut after = Store::default();
    before.read(comparison, comparison.before, pair.holder.old, old_store);
    after.read(comparison, comparison.after, pair.holder.new, new_store);
    if is_untouched && before.items == after.items && !is_touched(comparison, &after) {
        return;
    }
    if let Some(wrong) = after.wrong {
        comparison.push(
            Change::fault(
                "store_form",
                format!("Bevislagret (/DSS) har något under {wrong} som inte hör dit."),
                format!(
                    "The security store (/DSS) has something under {wrong} that is no part of it."
                ),
            )
            .of_object(pair.holder.new),
        );
        return;
    }
    if !items_are_evidence(comparison, &after) {
        return;
    }
    if before.items.difference(&after.items).next().is_some() {
        comparison.push(
            Change::lawful(
                Need::Nothing,
                Severity::Warning,
                "store_shrunk",
                "Bevislagret (/DSS) håller inte allt som det höll förut.",
                "The security store (/DSS) does not hold all that it held before.",
            )
            .of_object(pair.holder.new),
        );
    }
    comparison.push(
        Change::lawful(
            Need::Nothing,
            Severity::Note,
            "store_extended",
            "Bevis (certifikat, spärruppgifter) lades till eller skrevs om i bevislagret.",
            "Evidence (certificates, revocation information) was added to or rewritten in the security store.",
        )
        .of_object(pair.holder.new),
    );
}

fn is_touched(comparison: &Comparison<'_, '_, '_>, store: &Store) -> bool {
    let mut members = store.items.iter().chain(&store.parts);
    members.any(|number| {
        let touch = comparison.touched.get(number);
        touch.is_some_and(|touch| !touch.is_same)
    })
}

/// Checks that each item is DER in a stream that nothing but the store uses.
fn items_are_evidence(comparison: &mut Comparison<'_, '_, '_>, store: &Store) -> bool {
    let mut is_right = true;
    for number in &store.items {
        let object = comparison
            .after
            .place(*number)
            .map(|(_, reference, _)| reference);
        let object = object.and_then(|reference| comparison.after.object(reference).ok());
        let is_touched = comparison.touched.contains_key(number);
        let is_der = match &object {
            Some(Object::Stream(_)) if !is_touched => true,
            Some(Object::Stream(stream)) => {
                let is_plain = !stream.dict.is("Type", "XObject")
                    && matches!(value(&stream.dict, b"Subtype"), Object::Null);
                let der = comparison.after.decode(stream, MAX_ITEM_BYTES);
                is_plain && der.is_ok_and(|der| is_der(&der))
            }
            _ => false,
        };
        let other = comparison.graph.uses(*number).find(|(holder, key)| {
            let name = comparison.graph.name(*key);
            let is_listed = name.is_empty() && store.parts.contains(holder);
            !is_listed && !ITEM_KEYS.contains(&name)
        });
        let change = if !is_der {
            Change::fault(
                "store_item_form",
                format!("Objekt {number} i bevislagret är varken certifikat eller spärruppgift."),
                format!(
                    "Object {number} in the security store is neither certificate nor revocation information."
                ),
            )
        } else if let Some((holder, _)) = other {
            Change::fault(
                "store_item_shared",
                format!("Objekt {number} i bevislagret används också av objekt {holder}."),
                format!("Object {number} in the security store is used by object {holder} too."),
            )
        } else {
            continue;
        };
        is_right = false;
        comparison.push(change.of_object(*number));
    }
    is_right
}

/// What a store consists of.
#[derive(Default)]
struct Store {
    /// Streams.
    items: BTreeSet<u32>,
    /// Objects that list items.
    parts: BTreeSet<u32>,
    /// The first key that is no part of a store.
    wrong: Option<String>,
}

impl Store {
    fn read(
        &mut self,
        comparison: &mut Comparison<'_, '_, '_>,
        view: View<'_, '_>,
        holder: u32,
        dict: &Dict<'_>,
    ) {
        self.parts.insert(holder);
        for (name, value) in dict.iter() {
            match name.as_ref() {
                b"Type" => {
                    if !dict.is("Type", "DSS") {
                        self.refuse(name);
                    }
                }
                b"Certs" | b"CRLs" | b"OCSPs" => self.list(comparison, view, holder, name, value),
                b"VRI" => self.entries(comparison, view, holder, value),
                _ => self.refuse(name),
            }
        }
    }

    /// Reads what concerns each signature (ISO 32000-2 Table 261).
    fn entries(
        &mut self,
        comparison: &mut Comparison<'_, '_, '_>,
        view: View<'_, '_>,
        holder: u32,
        entries: &Object<'_>,
    ) {
        let (entries, holder) = self.open(comparison, view, holder, b"VRI", entries);
        let entries = match entries {
            Object::Dict(entries) => entries,
            Object::Null => return,
            _ => return self.refuse(b"VRI"),
        };
        for (name, entry) in entries.iter() {
            if name.as_ref() == b"Type" && matches!(entry, Object::Name(_)) {
                continue;
            }
            let (entry, holder) = self.open(comparison, view, holder, name, entry);
            let Object::Dict(entry) = entry else {
                self.refuse(name);
                continue;
            };
            for (name, value) in entry.iter() {
                match (name.as_ref(), value) {
                    (b"Type", Object::Name(_)) | (b"TU", Object::String(_)) => {}
                    (b"Cert" | b"CRL" | b"OCSP", value) => {
                        self.list(comparison, view, holder, name, value);
                    }
                    (b"TS", Object::Reference(stream)) => {
                        comparison.explain_use(stream.number, holder, b"TS");
                        self.items.insert(stream.number);
                    }
                    _ => self.refuse(name),
                }
            }
        }
    }

    fn list(
        &mut self,
        comparison: &mut Comparison<'_, '_, '_>,
        view: View<'_, '_>,
        holder: u32,
        key: &[u8],
        list: &Object<'_>,
    ) {
        let (list, list_holder) = self.open(comparison, view, holder, key, list);
        let items = match list {
            Object::Array(items) => items,
            Object::Null => return,
            _ => return self.refuse(key),
        };
        let key = if list_holder == holder { key } else { b"" };
        for item in &items {
            match item.reference() {
                Some(item) => {
                    comparison.explain_use(item.number, list_holder, key);
                    self.items.insert(item.number);
                }
                None => self.refuse(key),
            }
            if self.items.len() > MAX_ITEMS {
                self.refuse(key);
                return;
            }
        }
    }

    fn open<'h>(
        &mut self,
        comparison: &mut Comparison<'_, '_, '_>,
        view: View<'h, '_>,
        holder: u32,
        key: &[u8],
        value: &Object<'h>,
    ) -> (Object<'h>, u32) {
        let Some(reference) = value.reference() else {
            return (value.clone(), holder);
        };
        comparison.explain_use(reference.number, holder, key);
        self.parts.insert(reference.number);
        match view.object(reference) {
            Ok(object) => (object, reference.number),
            Err(_) => {
                self.refuse(key);
                (Object::Null, reference.number)
            }
        }
    }

    fn refuse(&mut self, key: &[u8]) {
        if self.wrong.is_none() {
            self.wrong = Some(name_text(key));
        }
    }
}

/// Tells whether bytes are one DER or BER sequence, line ends after it aside.
pub(super) fn is_der(bytes: &[u8]) -> bool {
    let Some((0x30, rest)) = bytes.split_first().map(|(first, rest)| (*first, rest)) else {
        return false;
    };
    let Some((length, rest)) = rest.split_first() else {
        return false;
    };
    let (length, body) = match *length {
        short @ 0..0x80 => (usize::from(short), rest),
        // The indefinite form, which ends with two zero bytes (ITU-T X.690 §8.1.3.6).
        0x80 => return rest.trim_ascii_end().ends_with(&[0, 0]),
        long @ 0x81..=0x84 => {
            let count = usize::from(long & 0x0F);
            let Some((digits, body)) = rest.split_at_checked(count) else {
                return false;
            };
            let length = digits.iter().try_fold(0_usize, |length, digit| {
                length.checked_mul(256)?.checked_add(usize::from(*digit))
            });
            match length {
                Some(length) => (length, body),
                None => return false,
            }
        }
        _ => return false,
    };
    let after = body.get(length..);
    after.is_some_and(|after| after.iter().all(|byte| matches!(byte, b'\r' | b'\n')))
}

/// Keys under which a store's items may stand.
const ITEM_KEYS: &[&[u8]] = &[b"Certs", b"CRLs", b"OCSPs", b"Cert", b"CRL", b"OCSP", b"TS"];

const MAX_ITEMS: usize = 20_000;
const MAX_ITEM_BYTES: usize = 32 << 20;
