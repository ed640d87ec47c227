//! What a signature says of persons.

use der::Encode;

use super::asn1::{self, SignedData};
use super::{Certificate, certificate};

/// Returns every text of every certificate in a signature, for a search for personal numbers: as
/// [`Certificate::texts`], for those in its time-stamps and other attributes too.
///
/// `contents` is what stands in `/Contents`, with its padding. Of what is in DER but cannot be read
/// as certificate or CMS, all that looks like a string is taken. Bytes that are not in DER give
/// nothing.
#[must_use]
pub fn texts_in(contents: &[u8]) -> Vec<String> {
    let mut texts = Vec::new();
    if let Ok(cms) = asn1::first_value(contents) {
        add(&cms, 0, &mut texts);
    }
    texts
}

fn add(cms: &[u8], depth: usize, texts: &mut Vec<String>) {
    let data = SignedData::from_content_info(cms);
    let Some(data) = data.ok().filter(|_| depth < MAX_DEPTH) else {
        certificate::strings(cms, 0, texts);
        return;
    };
    for one in data.certificates.iter().flatten() {
        let Ok(der) = one.to_der() else {
            continue;
        };
        match Certificate::from_der(&der) {
            Ok(certificate) => texts.extend(certificate.texts()),
            Err(_) => certificate::strings(&der, 0, texts),
        }
    }
    for info in data.signer_infos.iter() {
        let attributes = info.unsigned_attrs.iter().flat_map(|all| all.iter());
        for value in attributes.flat_map(|attribute| attribute.values.iter()) {
            if let Ok(der) = value.to_der() {
                add(&der, depth.saturating_add(1), texts);
            }
        }
    }
}

/// A signature holds a time-stamp, which may hold another.
const MAX_DEPTH: usize = 4;
