//! Whose certificates stand in a file's signatures, read without judging them.

use super::cms::{self, Form};
use super::examine::{Content, content};
use crate::pdf::{History, SignatureKind};
use crate::signature::Certificate;

/// The certificate that a signature says it was made with. Nothing about it is verified.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Signer {
    /// The field's full name.
    pub field: String,
    /// The certificate.
    pub certificate: Certificate,
    /// The certificates that stand beside it, its own too.
    pub others: Vec<Certificate>,
}

/// Returns the signers of a file's approval signatures in the order of their revisions; nobody where the
/// file cannot be read.
///
/// For whoever knows already that the signatures hold, and wants to know whose they are.
#[must_use]
pub fn signers(bytes: &[u8]) -> Vec<Signer> {
    let Ok(history) = History::read(bytes) else {
        return Vec::new();
    };
    let views = history.newest().signatures().unwrap_or_default();
    let mut certificates = cms::Certificates::default();
    let mut signers = Vec::new();
    for view in views {
        if view.kind != SignatureKind::Approval {
            continue;
        }
        // The digest of what is covered decides only whether the signature holds.
        let mut digest = |_| Vec::new();
        let Content::Signature(cms) = content(&view, &mut digest, Form::Any, &mut certificates)
        else {
            continue;
        };
        if let Some(signer) = &cms.signer {
            signers.push(Signer {
                field: view.field.clone(),
                certificate: signer.as_ref().clone(),
                others: cms
                    .certificates
                    .iter()
                    .map(|one| one.as_ref().clone())
                    .collect(),
            });
        }
    }
    signers
}
