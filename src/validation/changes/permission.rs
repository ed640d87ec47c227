//! What a signature lets follow it (ISO 32000-2 §12.8.2.2, §12.8.2.4, §12.7.5.5).

use super::change::{Change, Need};
use crate::pdf::{Dict, Object, SignatureView, View, text};

/// What may follow a signature.
#[derive(Clone, Debug)]
pub(super) struct Permission {
    /// The level of `DocMDP`: 1 nothing, 2 filling in and signing, 3 annotations too.
    level: u8,
    /// Whether a level was set, by the signature, its field's lock or an earlier certification.
    is_explicit: bool,
    locks: Vec<Lock>,
}

/// Fields that may not change any more.
#[derive(Clone, Debug)]
enum Lock {
    All,
    Exclude(Vec<String>),
    Include(Vec<String>),
}

impl Permission {
    /// Reads what a signature allows; `earlier` is what the document's certification allows, if one is
    /// there.
    pub(super) fn read(
        view: View<'_, '_>,
        signature: &SignatureView<'_>,
        earlier: Option<u8>,
    ) -> Self {
        let mut permission = Self {
            level: earlier.unwrap_or(FILLING),
            is_explicit: earlier.is_some(),
            locks: Vec::new(),
        };
        let references = view.value(&signature.dict, "Reference").ok().flatten();
        if let Some(Object::Array(references)) = references.as_deref() {
            for reference in references.iter().take(MAX_REFERENCES) {
                if let Ok(found) = view.resolve(reference)
                    && let Object::Dict(found) = found.as_ref()
                {
                    permission.transform(view, found);
                }
            }
        }
        let field = signature.field_reference;
        let field = field.and_then(|field| view.object(field).ok());
        if let Some(Object::Dict(field)) = &field
            && let Ok(Some(lock)) = view.value(field, "Lock")
            && let Object::Dict(lock) = lock.as_ref()
        {
            permission.locks.push(Lock::read(view, lock));
            if let Ok(Some(level)) = view.value(lock, "P") {
                permission.restrict(level.as_ref());
            }
        }
        permission
    }

    /// Returns the level of a certification, where a signature is one.
    pub(super) fn certified_level(&self) -> Option<u8> {
        self.is_explicit.then_some(self.level)
    }

    fn transform(&mut self, view: View<'_, '_>, reference: &Dict<'_>) {
        let parameters = view.value(reference, "TransformParams").ok().flatten();
        let nothing = Dict::default();
        let parameters = match parameters.as_deref() {
            Some(Object::Dict(parameters)) => parameters,
            _ => &nothing,
        };
        if reference.is("TransformMethod", "DocMDP") {
            let level = view.value(parameters, "P").ok().flatten();
            self.restrict(level.as_deref().unwrap_or(&Object::Integer(2)));
        } else if reference.is("TransformMethod", "FieldMDP") {
            self.locks.push(Lock::read(view, parameters));
        }
    }

    /// Takes a level over: above the default where it is the first, never above an earlier one.
    fn restrict(&mut self, level: &Object<'_>) {
        if !self.is_explicit {
            self.level = ANNOTATING;
        }
        self.is_explicit = true;
        let level = match level {
            Object::Integer(2) => FILLING,
            Object::Integer(3) => ANNOTATING,
            // What is not understood allows nothing.
            _ => NOTHING,
        };
        self.level = self.level.min(level);
    }

    /// Tells whether a change may follow.
    pub(super) fn allows(&self, change: &Change) -> bool {
        let is_allowed = match change.need {
            Need::Nothing => return true,
            Need::Filling => self.level >= FILLING,
            Need::Showing => {
                self.level >= ANNOTATING || (self.level >= FILLING && !self.is_explicit)
            }
            Need::Annotating => self.level >= ANNOTATING,
            Need::Never => false,
        };
        let field = change.field.as_deref();
        let is_locked = field.is_some_and(|field| self.locks.iter().any(|lock| lock.holds(field)));
        is_allowed && !is_locked
    }
}

impl Lock {
    fn read(view: View<'_, '_>, lock: &Dict<'_>) -> Self {
        let mut names = Vec::new();
        if let Ok(Some(fields)) = view.value(lock, "Fields")
            && let Object::Array(fields) = fields.as_ref()
        {
            for field in fields.iter().take(MAX_NAMES.saturating_add(1)) {
                match view.resolve(field).as_deref() {
                    Ok(Object::String(name)) => names.push(text(name)),
                    _ => return Self::All,
                }
            }
        }
        if names.len() > MAX_NAMES {
            return Self::All;
        }
        if lock.is("Action", "Include") {
            Self::Include(names)
        } else if lock.is("Action", "Exclude") {
            Self::Exclude(names)
        } else {
            Self::All
        }
    }

    fn holds(&self, field: &str) -> bool {
        // A field's name stands for those under it too.
        let is_named = |names: &[String]| {
            names.iter().any(|name| {
                let below = field.strip_prefix(name.as_str());
                below.is_some_and(|below| below.is_empty() || below.starts_with('.'))
            })
        };
        match self {
            Self::All => true,
            Self::Exclude(names) => !is_named(names),
            Self::Include(names) => is_named(names),
        }
    }
}

const NOTHING: u8 = 1;
const FILLING: u8 = 2;
const ANNOTATING: u8 = 3;

/// Signature references of one signature.
const MAX_REFERENCES: usize = 100;

/// Names in one lock.
const MAX_NAMES: usize = 10_000;
