//! Retract: enters that a party takes back what it had decided and signed, before it was bound.

use super::decline::{Answer, Kind, Letter, enter_letter};
use super::{Error, Office};

/// Enters that a party takes everything back.
///
/// # Errors
/// [`Error`], also where the party had neither decided nor signed; nothing is entered then.
pub async fn run(office: &Office, letter: &Letter) -> Result<Answer, Error> {
    enter_letter(office, letter, &Kind::Retract).await
}
