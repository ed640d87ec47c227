//! Time-stamp tokens (RFC 3161, with RFC 5816): the time, the authority, and whether they hold.

use std::sync::Arc;

use chrono::{DateTime, Duration, Utc};
use der::Decode;
use der::asn1::ObjectIdentifier;
use x509_tsp::Accuracy;

use super::element::OCTET_STRING;
use super::sentence::{fault, malformed};
use super::signed_data::SignedData;
use super::signer::{self, Content};
use super::{Certificates, Cms, Embedded, Form, Opened};
use crate::signature::{Certificate, HashFunction, SignatureAlgorithm, TstInfo, generalized_time};
use crate::validation::Finding;

/// What a time-stamp token says and whether it holds; nothing of trust.
#[derive(Clone, Debug, Default)]
pub(crate) struct TimeStamp {
    /// The time that it proves, if its authority is trusted (`genTime`).
    pub(crate) at: Option<DateTime<Utc>>,
    /// How far from that time the truth may be, as the token says.
    pub(crate) accuracy: Option<Duration>,
    /// The certificate of the authority, whose key made the value.
    pub(crate) signer: Option<Arc<Certificate>>,
    /// Every certificate that is carried and can be read, the authority's too.
    pub(crate) certificates: Vec<Arc<Certificate>>,
    /// The algorithm of the value.
    pub(crate) algorithm: Option<SignatureAlgorithm>,
    /// The hash function of what it is over.
    pub(crate) imprint_hash: Option<HashFunction>,
    /// Time-stamps of the token's own value.
    pub(crate) tokens: Vec<Vec<u8>>,
    /// The token's own value.
    pub(crate) value: Vec<u8>,
    /// Revocation information that is carried.
    pub(crate) revocation: Embedded,
    /// What is wrong; the token holds if this is empty.
    pub(crate) faults: Vec<Finding>,
    /// What is worth knowing.
    pub(crate) notes: Vec<Finding>,
}

/// Reads a token, and checks its value and what it is over.
///
/// `digests` gives the digest, under a hash function, of what it should be over: of a signature's
/// value, or of what a byte range covers where it is a document time-stamp (`ETSI.RFC3161`). Zeros
/// may follow the token, as they do in `/Contents`.
pub(crate) fn read_token(
    bytes: &[u8],
    digests: &mut dyn FnMut(HashFunction) -> Vec<u8>,
    certificates: &mut Certificates,
) -> TimeStamp {
    let mut cms = Cms::default();
    let mut token = TimeStamp::default();
    read_info(bytes, digests, certificates, &mut cms, &mut token);
    token.signer = cms.signer;
    token.certificates = cms.certificates;
    token.algorithm = cms.algorithm;
    token.tokens = cms.tokens;
    token.value = cms.value;
    token.revocation = cms.revocation;
    token.faults = cms.faults;
    token.notes = cms.notes;
    token
}

fn read_info(
    bytes: &[u8],
    digests: &mut dyn FnMut(HashFunction) -> Vec<u8>,
    certificates: &mut Certificates,
    cms: &mut Cms,
    token: &mut TimeStamp,
) {
    let Some(opened) = Opened::new(bytes, Form::Any, cms) else {
        return;
    };
    let Some((data, _)) = SignedData::first(&opened.bytes) else {
        cms.faults.push(malformed("SignedData"));
        return;
    };
    let content = data.content.filter(|content| content.tag == OCTET_STRING);
    let content = content.filter(|_| data.content_type == TST_INFO.as_bytes());
    let Some(content) = content else {
        cms.faults.push(fault(
            "token_content",
            "Tidsstämpeln innehåller ingen uppgift om tid.",
            "The time-stamp holds no statement of a time.",
        ));
        return;
    };
    let wants = signer::Wants {
        form: Form::Any,
        attributes: true,
        certificate: true,
    };
    signer::check(
        &data,
        Content::Carried(content.value),
        wants,
        cms,
        certificates,
    );
    let Some(info) = TstInfo::from_der(content.value)
        .ok()
        .filter(|info| info.check_form().is_ok())
    else {
        cms.faults.push(malformed("TSTInfo"));
        return;
    };
    token.at = generalized_time(&info.gen_time);
    if token.at.is_none() {
        cms.faults.push(malformed("genTime"));
    }
    token.accuracy = info.accuracy.as_ref().and_then(duration);
    token.imprint_hash = HashFunction::from_oid(info.message_imprint.hash_algorithm.oid);
    let said = info.message_imprint.hashed_message.as_bytes();
    let is_same = token.imprint_hash.is_some_and(|hash| digests(hash) == said);
    if !is_same {
        cms.faults.push(fault(
            "imprint_differs",
            "Tidsstämpeln gäller något annat än det som den står vid.",
            "The time-stamp is about something other than what it stands by.",
        ));
    }
}

fn duration(accuracy: &Accuracy) -> Option<Duration> {
    let seconds = i64::try_from(accuracy.seconds.unwrap_or(0)).ok()?;
    let seconds = Duration::try_seconds(seconds)?;
    let millis = Duration::try_milliseconds(accuracy.millis.unwrap_or(0).into())?;
    let micros = Duration::microseconds(accuracy.micros.unwrap_or(0).into());
    seconds.checked_add(&millis)?.checked_add(&micros)
}

/// `id-ct-TSTInfo` (RFC 3161 §2.4.2).
const TST_INFO: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.1.4");
