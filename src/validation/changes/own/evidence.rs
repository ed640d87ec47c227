//! A revision that adds evidence, or a document time-stamp.

use std::collections::{BTreeMap, BTreeSet};

use super::{Changed, ClosedWorld, Refusal, all_used, reference_at, refusal, refused};
use crate::pdf::{Dict, Object, Reference, SignatureView, View};
use crate::validation::changes::change::{Change, Need};
use crate::validation::changes::equality::{keys, value};
use crate::validation::changes::evidence_store::is_der;
use crate::validation::coverage::der_length;
use crate::validation::finding::Severity;

impl<'h, 'a> ClosedWorld<'_, 'h, 'a> {
    /// Checks a revision that adds evidence.
    pub(super) fn evidence(
        &mut self,
        root: Reference,
        before: View<'h, 'a>,
        after: View<'h, 'a>,
        changed: &[Changed<'h>],
        new: &BTreeMap<u32, Object<'h>>,
    ) -> Result<Vec<Change>, Refusal> {
        let [one] = changed else {
            return Err(refusal(
                "den ändrar andra objekt än underskrift, bevis eller tidsstämpel kräver",
                "it changes other objects than a signature, evidence or a time-stamp needs",
            ));
        };
        let other = || refused("ändras", "is changed", one.reference);
        let store = reference_at(after, root, "DSS").ok_or_else(other)?;
        let mut used = BTreeSet::new();
        let nothing = Dict::default();
        let (old, now) = if one.reference == root {
            let (Object::Dict(old), Object::Dict(now)) = (&one.old, &one.new) else {
                return Err(other());
            };
            let is_same = keys(old, now)
                .iter()
                .all(|key| key == b"DSS" || value(old, key) == value(now, key));
            if !is_same || old.value("DSS").is_some() {
                return Err(other());
            }
            used.insert(store.number);
            (&nothing, new.get(&store.number).ok_or_else(other)?)
        } else if one.reference == store && reference_at(before, root, "DSS") == Some(store) {
            let Object::Dict(old) = &one.old else {
                return Err(other());
            };
            (old, &one.new)
        } else {
            return Err(other());
        };
        let Object::Dict(now) = now else {
            return Err(other());
        };
        let wrong = || {
            refused(
                "är inget bevislager som detta program skriver",
                "is no security store as this program writes it",
                store,
            )
        };
        for key in keys(old, now) {
            let (old, now) = (value(old, &key), value(now, &key));
            match (key.as_slice(), now) {
                (b"Type", Object::Name(name)) if name.as_ref() == b"DSS" => {}
                (b"Certs" | b"CRLs" | b"OCSPs", now) => {
                    self.list(old, now, new, &mut used).ok_or_else(wrong)?;
                }
                (b"VRI", Object::Dict(now)) => {
                    let empty = Dict::default();
                    let old = match old {
                        Object::Dict(old) => old,
                        _ => &empty,
                    };
                    self.entries(old, now, new, &mut used).ok_or_else(wrong)?;
                }
                _ => return Err(wrong()),
            }
        }
        all_used(new, &used)?;
        let change = Change::lawful(
            Need::Nothing,
            Severity::Note,
            "store_extended",
            "Bevis (certifikat, spärruppgifter) lades till.",
            "Evidence (certificates, revocation information) was added.",
        );
        Ok(vec![change.of_object(store.number)])
    }

    /// Checks a list of evidence: what was there stays, and what comes is DER in new streams.
    fn list(
        &mut self,
        old: &Object<'h>,
        now: &Object<'h>,
        new: &BTreeMap<u32, Object<'h>>,
        used: &mut BTreeSet<u32>,
    ) -> Option<()> {
        let empty = Vec::new();
        let old = match old {
            Object::Array(old) => old,
            Object::Null => &empty,
            _ => return None,
        };
        let Object::Array(now) = now else {
            return None;
        };
        let (kept, added) = now.split_at_checked(old.len())?;
        if kept != old.as_slice() {
            return None;
        }
        for item in added {
            let number = item.reference()?.number;
            if !self.items.contains(&number) {
                let Object::Stream(stream) = new.get(&number)? else {
                    return None;
                };
                let mut keys = stream.dict.iter();
                let is_plain = keys.all(|(key, _)| key.as_ref() == b"Length");
                let ends = matches!(stream.data.last(), Some(b'\r' | b'\n'))
                    && der_length(stream.data) != Some(stream.data.len());
                if !is_plain || !is_der(stream.data) || ends {
                    return None;
                }
                self.items.insert(number);
            }
            used.insert(number);
        }
        Some(())
    }

    /// Checks what concerns single signatures.
    fn entries(
        &mut self,
        old: &Dict<'h>,
        now: &Dict<'h>,
        new: &BTreeMap<u32, Object<'h>>,
        used: &mut BTreeSet<u32>,
    ) -> Option<()> {
        for key in keys(old, now) {
            let (old, now) = (value(old, &key), value(now, &key));
            if old == now {
                continue;
            }
            let is_name = key.len() == 40 && key.iter().all(u8::is_ascii_hexdigit);
            let number = now.reference()?.number;
            let Object::Dict(entry) = new.get(&number)? else {
                return None;
            };
            if !is_name || !matches!(old, Object::Null) {
                return None;
            }
            used.insert(number);
            for (key, list) in entry.iter() {
                match key.as_ref() {
                    b"Type" if entry.is("Type", "VRI") => {}
                    b"Cert" | b"CRL" | b"OCSP" => self.list(&Object::Null, list, new, used)?,
                    _ => return None,
                }
            }
        }
        Some(())
    }
}

/// Checks a revision that adds a document time-stamp.
pub(super) fn time_stamp<'h>(
    form: &Changed<'h>,
    new: &BTreeMap<u32, Object<'h>>,
    signatures: &[SignatureView<'h>],
) -> Result<Vec<Change>, Refusal> {
    let wrong = || {
        refused(
            "ändras på annat sätt än av en tidsstämpel",
            "is changed otherwise than by a document time-stamp",
            form.reference,
        )
    };
    let (Object::Dict(old), Object::Dict(now)) = (&form.old, &form.new) else {
        return Err(wrong());
    };
    let is_same = keys(old, now)
        .iter()
        .all(|key| key == b"Fields" || value(old, key) == value(now, key));
    let (Some(Object::Array(old)), Some(Object::Array(now))) =
        (old.value("Fields"), now.value("Fields"))
    else {
        return Err(wrong());
    };
    let added = now.split_last().filter(|(_, kept)| *kept == old.as_slice());
    let field = added.and_then(|(field, _)| field.reference());
    let field = field.filter(|_| is_same).ok_or_else(wrong)?;
    let Some(Object::Dict(dict)) = new.get(&field.number) else {
        return Err(wrong());
    };
    let holder = dict
        .value("V")
        .and_then(Object::reference)
        .ok_or_else(wrong)?;
    let Some(Object::Dict(stamp)) = new.get(&holder.number) else {
        return Err(wrong());
    };
    let has_only = |dict: &Dict<'_>, known: &[&[u8]]| {
        dict.iter().all(|(key, _)| known.contains(&key.as_ref()))
    };
    let is_right = has_only(dict, &[b"FT", b"T", b"V"])
        && dict.is("FT", "Sig")
        && matches!(dict.value("T"), Some(Object::String(name)) if name.starts_with(b"time-stamp-"))
        && has_only(stamp, STAMP_KEYS)
        && stamp.is("Type", "DocTimeStamp")
        && stamp.is("SubFilter", "ETSI.RFC3161")
        && stamp.is("Filter", "Adobe.PPKLite")
        && signatures.iter().any(|found| found.holder == Some(holder));
    if !is_right {
        return Err(wrong());
    }
    all_used(new, &BTreeSet::from([field.number, holder.number]))?;
    let change = Change::lawful(
        Need::Nothing,
        Severity::Note,
        "time_stamp_added",
        "En tidsstämpel lades till.",
        "A document time-stamp was added.",
    );
    Ok(vec![change.of_object(field.number)])
}

const STAMP_KEYS: &[&[u8]] = &[b"Type", b"Filter", b"SubFilter", b"ByteRange", b"Contents"];
