//! When two distinguished names are the same (RFC 5280 §7.1).

use der::asn1::{BmpString, ObjectIdentifier};
use der::{Any, Encode, Tag, Tagged};
use unicode_normalization::UnicodeNormalization as _;
use x509_cert::attr::AttributeTypeAndValue;
use x509_cert::name::{Name, RelativeDistinguishedName};

/// A distinguished name in the form in which names are compared: part by part, outermost first.
#[derive(Clone, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) struct NameKey(Vec<Vec<Attribute>>);

/// An attribute's type and value.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
struct Attribute {
    kind: ObjectIdentifier,
    value: Value,
}

#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
enum Value {
    /// What is no string, or none that is read: its DER.
    Bytes(Vec<u8>),
    /// A string, without regard to its type, to case and to repeated spaces.
    Text(String),
}

impl NameKey {
    /// Returns the form of a name in which it is compared.
    pub(crate) fn of(name: &Name) -> Self {
        Self(name.0.iter().map(part).collect())
    }

    /// Returns the name with one part more.
    pub(crate) fn with(mut self, last: &RelativeDistinguishedName) -> Self {
        self.0.push(part(last));
        self
    }

    /// Tells whether the other name lies at or below this one (RFC 5280 §4.2.1.10).
    pub(crate) fn holds(&self, other: &Self) -> bool {
        other.0.starts_with(&self.0)
    }

    /// Tells whether it has no parts.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

fn part(part: &RelativeDistinguishedName) -> Vec<Attribute> {
    let mut attributes: Vec<_> = part.0.iter().map(attribute).collect();
    attributes.sort();
    attributes
}

fn attribute(attribute: &AttributeTypeAndValue) -> Attribute {
    let text = text(&attribute.value);
    Attribute {
        kind: attribute.oid,
        value: text.map_or_else(
            || Value::Bytes(attribute.value.to_der().unwrap_or_default()),
            |text| Value::Text(prepared(&text)),
        ),
    }
}

/// Returns the text of a type of `DirectoryString`, of an `IA5String` too.
fn text(value: &Any) -> Option<String> {
    let bytes = value.value();
    match value.tag() {
        Tag::Utf8String | Tag::PrintableString | Tag::Ia5String => {
            String::from_utf8(bytes.to_vec()).ok()
        }
        Tag::BmpString => Some(value.decode_as::<BmpString>().ok()?.to_string()),
        _ => None,
    }
}

/// Prepares a string for comparison: RFC 4518 in what matters for names, which is compatibility
/// forms, case, and spaces.
fn prepared(text: &str) -> String {
    let lower = text.nfkc().collect::<String>().to_lowercase();
    let mut out = String::with_capacity(lower.len());
    for word in lower.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}
