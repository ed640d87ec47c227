//! Canonical JSON, RFC 8785 (JCS).

use serde::Serialize;

/// Returns the canonical JSON of a value: sorted keys, no white space, no floats by our types.
///
/// # Errors
/// Only a map with keys that are not strings fails, which none of our types has.
pub fn to_canonical_json<T: Serialize>(value: &T) -> Result<Vec<u8>, serde_json::Error> {
    serde_json_canonicalizer::to_vec(value)
}
