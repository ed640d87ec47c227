//! The register's public key, as it is handed out.

use signed_note::{StandardVerifier, Verifier as _};

use super::CheckpointError;

/// Returns the name in a register's verifier key (C2SP signed-note, Ed25519), which is its origin.
///
/// # Errors
/// [`CheckpointError::Key`] for anything else.
pub fn origin_of(verifier_key: &str) -> Result<String, CheckpointError> {
    match StandardVerifier::new(verifier_key) {
        Ok(verifier) => Ok(verifier.name().to_owned()),
        Err(_) => Err(CheckpointError::Key {
            what: "the register's key",
            problem: "it has a name, eight hexadecimal digits and the key itself, with + between",
        }),
    }
}
