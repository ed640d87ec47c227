//! Randomness for keys.

use rand_core::{OsRng, RngCore as _};

/// Returns 32 bytes from the system's source of randomness.
#[must_use]
pub fn random_seed() -> [u8; 32] {
    let mut seed = [0; 32];
    OsRng.fill_bytes(&mut seed);
    seed
}
