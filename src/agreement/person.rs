//! A natural person as an entry's document holds it.

use serde::{Deserialize, Serialize};

use super::Name;

/// Who somebody is: what an office needs to reach a signatory, and no more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Person {
    /// The work e-mail address.
    pub email: Option<Name>,
    /// The name.
    pub name: Name,
    /// The title in Swedish.
    pub title: Option<Name>,
}
