//! Certificates that have been read, each once.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::agreement::Sha256;
use crate::signature::Certificate;

/// Certificates by their digests: each is read once, however many signatures of a file carry it.
#[derive(Default)]
pub(crate) struct Certificates {
    read: BTreeMap<Sha256, Option<Arc<Certificate>>>,
}

impl Certificates {
    /// Returns the certificate in the bytes; nothing if they are none.
    pub(crate) fn read(&mut self, der: &[u8]) -> Option<Arc<Certificate>> {
        let read = || Certificate::from_der(der).ok().map(Arc::new);
        let entry = self.read.entry(Sha256::of(der));
        entry.or_insert_with(read).clone()
    }

    /// Returns every certificate that was read, in the order of their digests.
    pub(crate) fn known(&self) -> impl Iterator<Item = &Arc<Certificate>> {
        self.read.values().flatten()
    }
}
