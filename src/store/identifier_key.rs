//! The key of the office's hashes of personal identifiers.

use std::path::Path;

use rand_core::{OsRng, RngCore as _};
use zeroize::Zeroizing;

use super::{Error, STORE, folder};

/// The key's file in the store: 64 hexadecimal digits and LF, readable by its owner alone.
pub(super) const FILE: &str = "identifier.key";

/// How many bytes the key has.
const BYTES: usize = 32;

/// Returns the key of the office's hashes of personal identifiers; `None` where none was made yet.
///
/// # Errors
/// [`Error::IdentifierKey`] for a file that is not such a key, [`Error::Io`].
pub fn identifier_key(office: &Path) -> Result<Option<Zeroizing<Vec<u8>>>, Error> {
    let path = office.join(STORE).join(FILE);
    let Some(text) = folder::read_if_there(&path)?.map(Zeroizing::new) else {
        return Ok(None);
    };
    let mut key = Zeroizing::new(vec![0; BYTES]);
    match hex::decode_to_slice(text.trim_ascii(), &mut key) {
        Ok(()) => Ok(Some(key)),
        Err(_) => Err(Error::IdentifierKey { path }),
    }
}

/// As [`identifier_key`], and makes the key where there is none.
///
/// For a caller that keeps the office, so that no two are made.
///
/// # Errors
/// As [`identifier_key`].
pub fn make_identifier_key(office: &Path) -> Result<Zeroizing<Vec<u8>>, Error> {
    if let Some(key) = identifier_key(office)? {
        return Ok(key);
    }
    let mut key = Zeroizing::new(vec![0; BYTES]);
    OsRng.fill_bytes(&mut key);
    let folder = office.join(STORE);
    folder::create_private(&folder)?;
    let text = Zeroizing::new(format!("{}\n", hex::encode(key.as_slice())));
    folder::write_private(&folder.join(FILE), text.as_bytes())?;
    Ok(key)
}
