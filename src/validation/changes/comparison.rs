//! A revision beside the one before: what it places, what of that is explained, and by what.

use std::collections::{BTreeMap, BTreeSet};

use super::change::{Change, Need, brief};
use super::equality::Equality;
use super::fields::{FieldInfo, fields};
use super::graph::{Graph, TRAILER, Use};
use crate::pdf::{Dict, Object, Place, Reference, View};
use crate::validation::finding::Severity;

/// An object that a revision places.
pub(super) struct Touch<'h> {
    pub(super) was_in_use: bool,
    pub(super) old: Object<'h>,
    pub(super) new: Object<'h>,
    /// Whether both say the same.
    pub(super) is_same: bool,
    /// Who referred to it before.
    pub(super) uses_before: Vec<Use>,
}

/// A revision beside the one before.
pub(super) struct Comparison<'c, 'h, 'a> {
    pub(super) before: View<'h, 'a>,
    pub(super) after: View<'h, 'a>,
    /// The revision, counted from 1.
    pub(super) revision: usize,
    /// Whether a signature ends in an earlier revision.
    pub(super) is_after_signature: bool,
    pub(super) touched: BTreeMap<u32, Touch<'h>>,
    /// As of this revision.
    pub(super) graph: &'c mut Graph,
    pub(super) equality: Equality<'h, 'a>,
    /// The form's fields and widgets before, by their object.
    pub(super) fields: BTreeMap<u32, FieldInfo>,
    /// Widgets of signature fields that this revision adds lawfully.
    pub(super) new_widgets: BTreeSet<u32>,
    pub(super) changes: Vec<Change>,
    explained: BTreeMap<u32, Explanation>,
    /// What the trailer leads to, once it was asked for.
    reachable: Option<BTreeSet<u32>>,
}

/// What explains the change of an object.
#[derive(Default)]
struct Explanation {
    /// Places under which a rule judged it.
    uses: BTreeSet<(u32, Vec<u8>)>,
    /// Keys that may lead to it from anywhere.
    keys: &'static [&'static str],
    /// Whether it may be referred to from anywhere.
    is_anywhere: bool,
}

/// The objects that two values stand in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Holder {
    pub(super) old: u32,
    pub(super) new: u32,
}

impl Holder {
    /// Both stand in the same object.
    pub(super) fn same(number: u32) -> Self {
        Self {
            old: number,
            new: number,
        }
    }
}

/// Two values with what holds them.
pub(super) struct Pair<'h> {
    pub(super) holder: Holder,
    pub(super) old: Object<'h>,
    pub(super) new: Object<'h>,
}

impl<'c, 'h, 'a> Comparison<'c, 'h, 'a> {
    /// Reads what a revision places; `graph` is as of the revision before and becomes this one's.
    pub(super) fn new(
        before: View<'h, 'a>,
        after: View<'h, 'a>,
        placed: &[Reference],
        graph: &'c mut Graph,
        is_after_signature: bool,
    ) -> Self {
        let revision = after.revision().saturating_add(1);
        let mut equality = Equality::new(before, after);
        let mut touched = BTreeMap::new();
        let mut changes = Vec::new();
        for reference in placed {
            let number = reference.number;
            let in_use = |view: View<'h, 'a>| {
                view.place(number)
                    .filter(|(_, _, place)| !matches!(place, Place::Free))
                    .map(|(_, reference, _)| reference)
            };
            let (was, is) = (in_use(before), in_use(after));
            let read = |view: View<'h, 'a>, reference: Option<Reference>| match reference {
                Some(reference) => view.object(reference),
                None => Ok(Object::Null),
            };
            let (old, new) = match (read(before, was), read(after, is)) {
                (Ok(old), Ok(new)) => (old, new),
                _ => {
                    changes.push(
                        Change::fault(
                            "object_unreadable",
                            format!("Objekt {number} kan inte läsas i båda revisionerna."),
                            format!("Object {number} cannot be read in both revisions."),
                        )
                        .of_object(number),
                    );
                    (Object::Null, Object::Null)
                }
            };
            let is_same_number = was.is_none() || is.is_none() || was == is;
            let is_same = is_same_number && equality.same(&old, &new);
            let uses_before = graph.uses(number).collect();
            touched.insert(
                number,
                Touch {
                    was_in_use: was.is_some(),
                    old,
                    new,
                    is_same,
                    uses_before,
                },
            );
        }
        graph.set_trailer(after.trailer());
        for number in touched.keys() {
            match after.place(*number) {
                Some((_, reference, place)) if !matches!(place, Place::Free) => {
                    graph.reread(after, reference);
                }
                _ => graph.remove(*number),
            }
        }
        Self {
            before,
            after,
            revision,
            is_after_signature,
            touched,
            graph,
            equality,
            fields: fields(before),
            new_widgets: BTreeSet::new(),
            changes,
            explained: BTreeMap::new(),
            reachable: None,
        }
    }

    /// Notes a change of an object.
    pub(super) fn push(&mut self, change: Change) {
        if self.changes.len() < MAX_CHANGES {
            self.changes.push(change.in_revision(self.revision));
        } else if let Some(last) = self.changes.last_mut() {
            // What is not told in full is not lawful.
            last.need = last.need.max(change.need);
        }
    }

    /// Follows the references of a value on both sides, and notes that a rule judges what they lead to.
    pub(super) fn follow(
        &mut self,
        holder: Holder,
        key: &[u8],
        old: &Object<'h>,
        new: &Object<'h>,
    ) -> Option<Pair<'h>> {
        let (old, old_holder) = self.lead(self.before, holder.old, key, old)?;
        let (new, new_holder) = self.lead(self.after, holder.new, key, new)?;
        Some(Pair {
            holder: Holder {
                old: old_holder,
                new: new_holder,
            },
            old,
            new,
        })
    }

    fn lead(
        &mut self,
        view: View<'h, 'a>,
        holder: u32,
        key: &[u8],
        value: &Object<'h>,
    ) -> Option<(Object<'h>, u32)> {
        let (mut value, mut holder) = (value.clone(), holder);
        let mut key = key;
        for _ in 0..MAX_CHAIN {
            let Object::Reference(reference) = value else {
                return Some((value, holder));
            };
            self.explain_use(reference.number, holder, key);
            holder = reference.number;
            key = b"";
            value = view.object(reference).ok()?;
        }
        None
    }

    /// Notes that a rule judges an object as what a place leads to.
    pub(super) fn explain_use(&mut self, number: u32, holder: u32, key: &[u8]) {
        if self.touched.contains_key(&number) {
            let explanation = self.explained.entry(number).or_default();
            explanation.uses.insert((holder, key.to_vec()));
        }
    }

    /// Notes that a rule judges an object, whichever of these keys lead to it.
    pub(super) fn explain_keys(&mut self, number: u32, keys: &'static [&'static str]) {
        self.explained.entry(number).or_default().keys = keys;
    }

    /// Notes that a rule judges an object, whatever leads to it.
    pub(super) fn explain_anywhere(&mut self, number: u32) {
        self.explained.entry(number).or_default().is_anywhere = true;
    }

    /// Tells whether an object was not in use before.
    pub(super) fn is_new(&self, number: u32) -> bool {
        self.touched
            .get(&number)
            .is_some_and(|touch| !touch.was_in_use)
    }

    /// Tells whether values that may be absent say the same.
    pub(super) fn same(&mut self, old: &Object<'_>, new: &Object<'_>) -> bool {
        self.equality.same(old, new)
    }

    /// Returns the objects that the revision changes, with both states.
    pub(super) fn changed(&self) -> Vec<(u32, Object<'h>, Object<'h>)> {
        self.touched
            .iter()
            .filter(|(_, touch)| !touch.is_same)
            .map(|(number, touch)| (*number, touch.old.clone(), touch.new.clone()))
            .collect()
    }

    /// Judges what no rule has explained, and returns all changes.
    pub(super) fn finish(mut self) -> Vec<Change> {
        if !self.graph.is_complete() {
            self.push(Change::fault(
                "document_unreadable",
                "Alla objekt i filen kan inte läsas, så det går inte att säga vad ändringarna berör.",
                "Not all objects in the file can be read, so what the changes touch cannot be told.",
            ));
        }
        let used = self.used();
        let touched = std::mem::take(&mut self.touched);
        for (number, touch) in &touched {
            if !touch.is_same {
                self.settle(*number, touch, &used);
            }
        }
        self.changes
    }

    /// Returns the new objects that the trailer or an older object leads to.
    fn used(&self) -> BTreeSet<u32> {
        let mut seen = BTreeSet::new();
        let old = self.touched.iter().filter(|(_, touch)| touch.was_in_use);
        let mut open: Vec<u32> = old.map(|(number, _)| *number).collect();
        open.push(TRAILER);
        while let Some(number) = open.pop() {
            for target in self.graph.targets(number) {
                if self.is_new(target) && seen.insert(target) {
                    open.push(target);
                }
            }
        }
        seen
    }

    /// Returns the objects that the trailer leads to, in this revision.
    fn read_reachable(&self) -> BTreeSet<u32> {
        let mut seen = BTreeSet::from([TRAILER]);
        let mut open = vec![TRAILER];
        while let Some(number) = open.pop() {
            for target in self.graph.targets(number) {
                if seen.insert(target) {
                    open.push(target);
                }
            }
        }
        seen
    }

    fn settle(&mut self, number: u32, touch: &Touch<'h>, used: &BTreeSet<u32>) {
        if !touch.was_in_use {
            let is_known = |(holder, key): &Use| {
                // No reader looks up other keys of a trailer (ISO 32000-2 Table 15).
                let name = self.graph.name(*key);
                *holder != TRAILER || [b"Root".as_slice(), b"Info", b"Encrypt"].contains(&name)
            };
            let mut uses = touch.uses_before.iter().filter(|found| is_known(found));
            if uses.any(|(holder, _)| *holder != number) {
                self.push(
                    Change::fault(
                        "object_supplied",
                        format!(
                            "Objekt {number} fanns inte, men äldre delar av dokumentet hänvisade \
                             redan till det."
                        ),
                        format!(
                            "Object {number} did not exist, but older parts of the document \
                             referred to it already."
                        ),
                    )
                    .of_object(number),
                );
            } else if !used.contains(&number) {
                self.settle_unused(number, touch);
            }
            return;
        }
        let uses_after: Vec<Use> = self.graph.uses(number).collect();
        let is_removed = matches!(touch.new, Object::Null);
        if is_removed && !self.is_reached_by(&uses_after) {
            self.push(
                Change::lawful(
                    Need::Nothing,
                    Severity::Note,
                    "object_removed",
                    format!("Objekt {number}, som inget använder längre, togs bort."),
                    format!("Object {number}, which nothing uses any more, was removed."),
                )
                .of_object(number),
            );
            return;
        }
        let Some(explanation) = self.explained.remove(&number) else {
            if touch.uses_before.is_empty() && uses_after.is_empty() {
                self.settle_unused(number, touch);
                return;
            }
            self.push(
                Change::of_value(
                    "object_changed",
                    &path(self.graph, number, touch),
                    &touch.old,
                    &touch.new,
                )
                .of_object(number),
            );
            return;
        };
        if explanation.is_anywhere {
            return;
        }
        let uses = touch.uses_before.iter().chain(&uses_after);
        let other = uses.copied().find(|(holder, key)| {
            let key = self.graph.name(*key);
            let is_named = explanation.keys.iter().any(|known| known.as_bytes() == key);
            !is_named && !explanation.uses.contains(&(*holder, key.to_vec()))
        });
        if let Some((holder, _)) = other {
            self.push(
                Change::fault(
                    "object_shared",
                    format!(
                        "Objekt {number} ändrades, och objekt {holder} använder det till något annat."
                    ),
                    format!(
                        "Object {number} was changed, and object {holder} uses it for something else."
                    ),
                )
                .of_object(number),
            );
        }
    }

    /// Tells whether the document leads to one of these places.
    fn is_reached_by(&mut self, uses: &[Use]) -> bool {
        if uses.is_empty() {
            return false;
        }
        if self.reachable.is_none() {
            self.reachable = Some(self.read_reachable());
        }
        let reachable = self.reachable.as_ref();
        let mut holders = uses.iter().map(|(holder, _)| holder);
        holders.any(|holder| reachable.is_none_or(|reachable| reachable.contains(holder)))
    }

    /// Tells whether an object that nothing uses is what tools leave behind: a number, a list of
    /// references, a font, evidence, an empty appearance. None of them shows anything by itself.
    fn is_leftover(&self, object: &Object<'h>) -> bool {
        let is_font = |dict: &Dict<'_>| dict.is("Type", "Font") || dict.iter().next().is_none();
        match object {
            Object::Null | Object::Integer(_) => true,
            Object::Array(items) => items.iter().all(|item| item.reference().is_some()),
            Object::Dict(dict) => {
                let is_evidence = dict.is("Type", "DSS");
                // A list of fonts, by name.
                let leads_to_fonts = dict.iter().all(|(_, value)| {
                    matches!(value, Object::Reference(reference)
                        if matches!(self.after.object(*reference), Ok(Object::Dict(found)) if is_font(&found)))
                });
                is_font(dict) || is_evidence || leads_to_fonts
            }
            Object::Stream(stream) => {
                let is_plain =
                    stream.dict.value("Type").is_none() && stream.dict.value("Subtype").is_none();
                let data = self.after.decode(stream, MAX_LEFTOVER_BYTES);
                data.is_ok_and(|data| {
                    data.is_empty() || (is_plain && super::evidence_store::is_der(&data))
                })
            }
            Object::Bool(_)
            | Object::Name(_)
            | Object::Real(_)
            | Object::Reference(_)
            | Object::String(_) => false,
        }
    }

    /// Judges an object that nothing leads to.
    fn settle_unused(&mut self, number: u32, touch: &Touch<'h>) {
        let dict = match &touch.new {
            Object::Dict(dict) => Some(dict),
            Object::Stream(stream) => Some(&stream.dict),
            _ => None,
        };
        let is = |kind: &str| dict.is_some_and(|dict| dict.is("Type", kind));
        if is("ObjStm") || is("XRef") {
            return;
        }
        if !self.is_leftover(&touch.new) {
            let what = brief(&touch.new);
            self.push(
                Change::fault(
                    "object_hidden",
                    format!(
                        "Objekt {number} ({what}) lades till, men dokumentet använder det inte."
                    ),
                    format!(
                        "Object {number} ({what}) was added, but the document does not use it."
                    ),
                )
                .of_object(number),
            );
            return;
        }
        self.push(
            Change::lawful(
                Need::Nothing,
                Severity::Note,
                "object_unused",
                format!("Objekt {number} lades till, men inget använder det."),
                format!("Object {number} was added, but nothing uses it."),
            )
            .of_object(number),
        );
    }
}

/// Returns a path that leads to an object, or what it is.
fn path(graph: &Graph, number: u32, touch: &Touch<'_>) -> String {
    let found = graph.uses(number).next();
    let found = found.or_else(|| touch.uses_before.first().copied());
    match found {
        Some((TRAILER, key)) => {
            format!("trailer{}", super::change::name_text(graph.name(key)))
        }
        Some((holder, key)) => {
            format!("{holder}{}", super::change::name_text(graph.name(key)))
        }
        None => format!("{number}"),
    }
}

/// Returns the dictionary of a value; none for anything else.
pub(super) fn dict<'o, 'h>(object: &'o Object<'h>) -> Option<&'o Dict<'h>> {
    match object {
        Object::Dict(dict) => Some(dict),
        _ => None,
    }
}

/// References that lead to references.
const MAX_CHAIN: usize = 16;

/// Decoded bytes of a stream that nothing uses.
const MAX_LEFTOVER_BYTES: usize = 32 << 20;

/// Changes that are told of one revision.
const MAX_CHANGES: usize = 200;
