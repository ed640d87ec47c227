//! Who signed a CMS, and whether the value is right (RFC 5652 §5.3 to §5.6).

use std::sync::Arc;

use super::attributes::{self, Signed};
use super::element::{Element, SET};
use super::sentence::{self, fault, malformed, note};
use super::signed_data::{Attribute, SignedData, SignerIdentifier, SignerInfo};
use super::{Certificates, Cms, Form, digest_differs};
use crate::signature::{
    Algorithm, Certificate, HashFunction, Scheme, SignatureAlgorithm, SignedContent,
};

/// What a signature is about.
pub(super) enum Content<'a> {
    /// What it carries.
    Carried(&'a [u8]),
    /// What is outside, by its digests.
    Covered(&'a mut dyn FnMut(HashFunction) -> Vec<u8>),
}

/// What is asked beyond a right value.
#[derive(Clone, Copy)]
pub(super) struct Wants {
    pub(super) form: Form,
    /// Whether there have to be signed attributes.
    pub(super) attributes: bool,
    /// Whether the signed attributes should name the signer's certificate.
    pub(super) certificate: bool,
}

/// Checks that there is one signer, and its value.
pub(super) fn check(
    data: &SignedData<'_>,
    mut content: Content<'_>,
    wants: Wants,
    cms: &mut Cms,
    certificates: &mut Certificates,
) {
    attributes::add_certificates(data.certificates.iter().copied(), cms, certificates);
    cms.revocation.add_field(&data.crls);
    // ISO 32000-2 §12.8.3.3.1, RFC 3161 §2.4.2: one.
    let [info] = data.signers.as_slice() else {
        cms.faults.push(fault(
            "signers_not_one",
            "Underskriften har inte just en undertecknare.",
            "The signature does not have exactly one signer.",
        ));
        return;
    };
    let Some(info) = SignerInfo::read(*info) else {
        cms.faults.push(malformed("SignerInfo"));
        return;
    };
    cms.value = info.value.to_vec();
    if let Some(unsigned) = info.unsigned {
        attributes::read_unsigned(unsigned, wants.form, cms, certificates);
    }
    let signed = match info.signed.map(Attribute::all) {
        Some(None) => {
            cms.faults.push(malformed("signedAttrs"));
            return;
        }
        Some(Some(attributes)) => Some(Signed { attributes }),
        None => None,
    };
    if signed.is_none() && wants.attributes {
        cms.faults.push(fault(
            "attributes_missing",
            "Underskriften saknar undertecknade attribut.",
            "The signature has no signed attributes.",
        ));
    }
    if let Some(signed) = &signed {
        signed.check(&info, data.content_type, cms);
    }
    let Some(hash) = HashFunction::from_oid(info.digest.oid) else {
        cms.faults.push(sentence::algorithm(
            crate::signature::AlgorithmFault::Unknown,
        ));
        return;
    };
    let digest = match &mut content {
        Content::Carried(bytes) => hash.digest(&[bytes]),
        Content::Covered(digests) => digests(hash),
    };
    if let Some(signed) = &signed
        && signed.digest() != Some(digest.as_slice())
    {
        cms.faults.push(digest_differs());
    }
    let Some(signer) = find(&info, signed.as_ref(), wants.form, cms, certificates) else {
        cms.faults.push(fault(
            "signer_certificate_missing",
            "Undertecknarens certifikat finns inte i underskriften eller går inte att läsa.",
            "The signer's certificate is not in the signature or cannot be read.",
        ));
        return;
    };
    match signed.as_ref().and_then(|signed| signed.names(&signer)) {
        Some(true) => {}
        Some(false) => cms.faults.push(fault(
            "signer_certificate_other",
            "Underskriften pekar ut ett annat certifikat än undertecknarens.",
            "The signature names another certificate than the signer's.",
        )),
        None if wants.form == Form::Own => cms.faults.push(fault(
            "signing_certificate_missing",
            "Underskriften pekar inte ut sitt certifikat.",
            "The signature does not name its certificate.",
        )),
        None if wants.certificate => cms.notes.push(note(
            "signing_certificate_missing",
            "Underskriften pekar inte ut sitt certifikat, som PAdES kräver.",
            "The signature does not name its certificate, as PAdES asks.",
        )),
        None => {}
    }
    match signer.signature_algorithm(&info.algorithm, Some(hash)) {
        Ok(algorithm) => {
            cms.algorithm = Some(algorithm);
            let is_right = match info.signed {
                Some(attributes) => has_signed(&signer, algorithm, attributes, &info, cms),
                None => {
                    let content = match &content {
                        Content::Carried(bytes) => SignedContent::Message(bytes),
                        Content::Covered(_) => SignedContent::Digest(&digest),
                    };
                    signer.has_made(algorithm, content, info.value)
                }
            };
            if !is_right {
                cms.faults.push(value_wrong());
            }
            if wants.form == Form::Own {
                check_own(data, &info, algorithm, signed.as_ref(), cms);
            }
        }
        Err(cause) => cms.faults.push(sentence::algorithm(cause)),
    }
    cms.signer = Some(signer);
}

/// Checks an RSA value over what is covered, which is all that there is.
pub(super) fn check_plain(
    signer: Option<&[u8]>,
    digests: &mut dyn FnMut(HashFunction) -> Vec<u8>,
    cms: &mut Cms,
    certificates: &mut Certificates,
) {
    let Some(signer) = signer.and_then(|der| certificates.read(der)) else {
        cms.faults.push(fault(
            "signer_certificate_missing",
            "Undertecknarens certifikat finns inte eller går inte att läsa.",
            "The signer's certificate is not there or cannot be read.",
        ));
        return;
    };
    // The hash function is named in the value alone (RFC 8017 §9.2); these are those of
    // ISO 32000-1 table 257.
    let hashes = [
        HashFunction::Sha1,
        HashFunction::Sha256,
        HashFunction::Sha384,
        HashFunction::Sha512,
    ];
    let identifier = x509_cert::spki::AlgorithmIdentifierOwned {
        oid: der::oid::db::rfc5912::RSA_ENCRYPTION,
        parameters: None,
    };
    let found = hashes.into_iter().find_map(|hash| {
        let algorithm = signer.signature_algorithm(&identifier, Some(hash)).ok()?;
        let digest = digests(hash);
        let content = SignedContent::Digest(&digest);
        signer
            .has_made(algorithm, content, &cms.value)
            .then_some(algorithm)
    });
    cms.algorithm = found;
    if found.is_none() {
        cms.faults.push(value_wrong());
    }
    cms.signer = Some(signer);
}

/// Finds the certificate that a signature names: among those that it carries, else, in signatures of
/// others, among those that are known.
fn find(
    info: &SignerInfo<'_>,
    signed: Option<&Signed<'_>>,
    form: Form,
    cms: &mut Cms,
    certificates: &Certificates,
) -> Option<Arc<Certificate>> {
    let is_named = |certificate: &&Arc<Certificate>| match info.signer {
        SignerIdentifier::IssuerAndSerialNumber { issuer, serial } => {
            certificate.is_numbered(issuer, serial)
        }
        SignerIdentifier::SubjectKey(key) => certificate.key_identifier().as_deref() == Some(key),
    };
    let is_pinned = |certificate: &&Arc<Certificate>| {
        signed.and_then(|signed| signed.names(certificate)) == Some(true)
    };
    // Two may bear one name and number; the attribute that is signed tells which.
    let carried = || cms.certificates.iter().filter(is_named);
    let found = carried().find(is_pinned).or_else(|| carried().next());
    if let Some(found) = found {
        return Some(Arc::clone(found));
    }
    if form == Form::Own {
        return None;
    }
    let known = || certificates.known().filter(is_named);
    if let Some(found) = known().find(is_pinned).or_else(|| known().next()) {
        let found = Arc::clone(found);
        cms.notes.push(note(
            "signer_certificate_elsewhere",
            "Undertecknarens certifikat finns inte i underskriften utan på annat håll i filen.",
            "The signer's certificate is not in the signature but elsewhere in the file.",
        ));
        return Some(found);
    }
    // Some write the issuer's name with other types of text than the certificate has.
    let SignerIdentifier::IssuerAndSerialNumber { serial, .. } = info.signer else {
        return None;
    };
    let mut carried = cms.certificates.iter();
    let found = carried.find(|found| found.has_serial(serial) && is_pinned(found));
    let found = Arc::clone(found?);
    cms.notes.push(note(
        "issuer_written_otherwise",
        "Underskriften skriver utfärdarens namn på annat sätt än certifikatet.",
        "The signature writes the issuer's name otherwise than the certificate.",
    ));
    Some(found)
}

/// Tells whether the value is right over the attributes: as they came, with the tag of a set
/// (RFC 5652 §5.4), else in the order of DER.
fn has_signed(
    signer: &Certificate,
    algorithm: SignatureAlgorithm,
    attributes: Element<'_>,
    info: &SignerInfo<'_>,
    cms: &mut Cms,
) -> bool {
    let made = |set: &[u8]| signer.has_made(algorithm, SignedContent::Message(set), info.value);
    let set = as_set(attributes.whole);
    if made(&set) {
        return true;
    }
    let sorted = sorted(attributes);
    let Some(sorted) = sorted.filter(|sorted| *sorted != set) else {
        return false;
    };
    let is_right = made(&sorted);
    if is_right {
        cms.notes.push(note(
            "attributes_unsorted",
            "Underskriftens attribut står i en annan ordning än den som undertecknades.",
            "The attributes of the signature stand in another order than the one that was signed.",
        ));
    }
    is_right
}

fn as_set(attributes: &[u8]) -> Vec<u8> {
    let mut set = attributes.to_vec();
    if let Some(tag) = set.first_mut() {
        *tag = SET;
    }
    set
}

/// Returns the set in the order of DER (X.690 §11.6). Its head stays: the length is the same.
fn sorted(attributes: Element<'_>) -> Option<Vec<u8>> {
    let mut all: Vec<&[u8]> = attributes.all()?.iter().map(|found| found.whole).collect();
    all.sort_unstable();
    let head = attributes.whole.len().checked_sub(attributes.value.len())?;
    let mut set = as_set(attributes.whole.get(..head)?);
    for attribute in all {
        set.extend_from_slice(attribute);
    }
    Some(set)
}

/// Checks what our own signer always writes in one way, so that no byte of it can be another.
fn check_own(
    data: &SignedData<'_>,
    info: &SignerInfo<'_>,
    algorithm: SignatureAlgorithm,
    signed: Option<&Signed<'_>>,
    cms: &mut Cms,
) {
    if let Some(signed) = signed {
        signed.check_own(cms);
    }
    let written = [
        Algorithm::EcdsaP256Sha256,
        Algorithm::EcdsaP384Sha384,
        Algorithm::RsaPkcs1Sha256,
        Algorithm::RsaPssSha256,
    ];
    let is_written = written.into_iter().any(|one| {
        let identifier = one.identifier();
        one.digest_identifier() == info.digest
            && identifier.is_ok_and(|identifier| identifier == info.algorithm)
    });
    let digests = match data.digest_algorithms.as_slice() {
        [one] => der::Decode::from_der(one.whole).ok(),
        _ => None,
    };
    let is_named = matches!(info.signer, SignerIdentifier::IssuerAndSerialNumber { .. });
    let is_right = is_written
        && !matches!(algorithm.scheme, Scheme::Dsa { .. })
        && digests.as_ref() == Some(&info.digest)
        // RFC 5652 §5.1 and §5.3.
        && data.version == [1]
        && info.version == [1]
        && is_named
        && data.crls.is_empty()
        && data.certificates.len() == cms.certificates.len()
        && data.certificates.is_sorted_by(|one, other| one.whole < other.whole);
    if !is_right {
        cms.faults.push(fault(
            "own_form",
            "Underskriften har inte den form som vårt verktyg skriver.",
            "The signature does not have the form that our tool writes.",
        ));
    }
}

fn value_wrong() -> super::Finding {
    fault(
        "value_wrong",
        "Underskriftens värde är fel: det är inte gjort med certifikatets nyckel över detta innehåll.",
        "The value of the signature is wrong: it was not made with the certificate's key over this content.",
    )
}
