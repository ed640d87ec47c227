//! One thing that a revision changes, what it needs to be lawful, and how it is told.

use crate::pdf::Object;
use crate::signature::shown;
use crate::validation::finding::{Finding, Question, Severity};

/// What must be allowed for a change to be lawful, from the least to the most.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Need {
    /// Nothing: evidence, document time-stamps and values written anew (ISO 32000-2 §12.8.2.2.2).
    Nothing,
    /// Filling in forms and signing (`DocMDP` level 2).
    Filling,
    /// The same, and that no certification stands against new visible fields: annotations (level 3), or
    /// no certification.
    Showing,
    /// Annotations (level 3), allowed by name.
    Annotating,
    /// It is never lawful.
    Never,
}

/// A change.
#[derive(Clone, Debug)]
pub(super) struct Change {
    pub(super) need: Need,
    /// The full name of the form field that it changes, for locks.
    pub(super) field: Option<String>,
    /// What is told of it; a fault where it is not lawful.
    pub(super) finding: Finding,
}

impl Change {
    /// A change that some rule knows.
    pub(super) fn lawful(
        need: Need,
        severity: Severity,
        code: &'static str,
        swedish: impl Into<String>,
        english: impl Into<String>,
    ) -> Self {
        Self {
            need,
            field: None,
            finding: Finding::new(Question::Integrity, severity, code, swedish, english),
        }
    }

    /// A change that no rule knows.
    pub(super) fn fault(
        code: &'static str,
        swedish: impl Into<String>,
        english: impl Into<String>,
    ) -> Self {
        let finding = Finding::new(Question::Integrity, Severity::Fault, code, swedish, english);
        Self {
            need: Need::Never,
            field: None,
            finding: finding.advising(
                "Godta inte filen; be om en fil där inget annat än underskrifter har lagts till.",
                "Do not accept the file; ask for one to which nothing but signatures was added.",
            ),
        }
    }

    /// A change of what stands under a path.
    pub(super) fn of_value(
        code: &'static str,
        path: &str,
        old: &Object<'_>,
        new: &Object<'_>,
    ) -> Self {
        let (old, new) = (brief(old), brief(new));
        let path = shown(path);
        Self::fault(
            code,
            format!("{path} ändrades från {old} till {new}, vilket ingen regel tillåter."),
            format!("{path} was changed from {old} to {new}, which no rule allows."),
        )
    }

    /// Names the form field.
    pub(super) fn of_field(mut self, name: &str) -> Self {
        self.field = Some(name.to_owned());
        self
    }

    /// Names the object.
    pub(super) fn of_object(mut self, number: u32) -> Self {
        self.finding = self.finding.of_object(number);
        self
    }

    /// Names the place in the file.
    pub(super) fn at_byte(mut self, at: usize) -> Self {
        self.finding = self.finding.at_byte(at);
        self
    }

    /// Names the revision, counted from 1.
    pub(super) fn in_revision(mut self, revision: usize) -> Self {
        self.finding = self.finding.in_revision(revision);
        self
    }
}

/// Returns a value in a few words.
pub(super) fn brief(object: &Object<'_>) -> String {
    let text = match object {
        Object::Array(items) => format!("[{}]", items.len()),
        Object::Bool(value) => value.to_string(),
        Object::Dict(dict) => {
            let names = dict.iter().take(MAX_KEYS);
            let names: Vec<String> = names.map(|(name, _)| name_text(name)).collect();
            format!("<<{}>>", names.join(" "))
        }
        Object::Integer(value) => value.to_string(),
        Object::Name(name) => name_text(name),
        Object::Null => "null".to_owned(),
        Object::Real(text) => (*text).to_owned(),
        Object::Reference(reference) => {
            format!("{} {} R", reference.number, reference.generation)
        }
        Object::Stream(stream) => format!("stream[{}]", stream.data.len()),
        Object::String(bytes) => {
            let text: String = String::from_utf8_lossy(bytes)
                .chars()
                .filter(|character| !character.is_control())
                .take(MAX_CHARS)
                .collect();
            format!("({text})")
        }
    };
    let text: String = text.chars().take(MAX_CHARS).collect();
    shown(&text)
}

/// Returns a key or name with its solidus.
pub(super) fn name_text(name: &[u8]) -> String {
    let name: String = String::from_utf8_lossy(name)
        .chars()
        .take(MAX_CHARS)
        .collect();
    shown(&format!("/{name}"))
}

/// Keys of a dictionary that are told.
const MAX_KEYS: usize = 6;

/// Characters of a value that are told.
const MAX_CHARS: usize = 60;
