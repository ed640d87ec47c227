//! What a certificate claims of a signature's legal grade (ETSI EN 319 412-5).

use der::asn1::ObjectIdentifier;
use der::{Any, Decode, Sequence};

use super::{Finding, Grade, Question, Severity};
use crate::signature::Certificate;

/// Returns the grade that a signer's certificate claims. No trusted list is asked: whether its issuer
/// may issue such ones, whoever chooses the anchors knows.
pub(crate) fn grade(certificate: &Certificate) -> (Grade, Finding) {
    let statements = statements(certificate);
    let has = |kind: ObjectIdentifier| statements.iter().any(|found| found.kind == kind);
    let types = types(&statements);
    let is_for_documents = types.is_empty() || types.contains(&E_SIGN) || types.contains(&E_SEAL);
    // §4.2.4: another law than that of the European Union.
    let is_elsewhere = has(LEGISLATION);
    if !has(COMPLIANCE) || !is_for_documents || is_elsewhere {
        let finding = finding(
            "grade_advanced",
            "Certifikatet uppger inte att det är kvalificerat. Underskriften är en avancerad \
             elektronisk underskrift.",
            "The certificate does not claim to be qualified. The signature is an advanced \
             electronic signature.",
        );
        return (Grade::Ades, finding);
    }
    let is_seal = types.contains(&E_SEAL) && !types.contains(&E_SIGN);
    let (kind_swedish, kind_english) = if is_seal {
        ("stämplar", "seals")
    } else {
        ("underskrifter", "signatures")
    };
    if !has(DEVICE) {
        let finding = finding(
            "grade_qualified_certificate",
            format!(
                "Certifikatet uppger att det är kvalificerat för {kind_swedish}. Det är vad \
                 certifikatet säger; ingen förteckning över betrodda tjänster har tillfrågats."
            ),
            format!(
                "The certificate claims to be qualified for {kind_english}. That is what the \
                 certificate says; no trusted list was asked."
            ),
        );
        return (Grade::AdesQc, finding);
    }
    let finding = finding(
        "grade_qualified",
        format!(
            "Certifikatet uppger att det är kvalificerat för {kind_swedish} och att nyckeln finns \
             i en kvalificerad anordning. Det är vad certifikatet säger; ingen förteckning över \
             betrodda tjänster har tillfrågats."
        ),
        format!(
            "The certificate claims to be qualified for {kind_english} and its key to be in a \
             qualified device. That is what the certificate says; no trusted list was asked."
        ),
    );
    (Grade::Qes, finding)
}

/// RFC 3739 §3.2.6.
#[derive(Sequence)]
struct Statement {
    kind: ObjectIdentifier,
    #[asn1(optional = "true")]
    information: Option<Any>,
}

fn statements(certificate: &Certificate) -> Vec<Statement> {
    let bytes = certificate.extension_bytes(STATEMENTS);
    let statements = bytes.and_then(|bytes| Vec::<Statement>::from_der(bytes).ok());
    statements.unwrap_or_default()
}

/// Returns what the certificate is qualified for; nothing where it does not say, which then means
/// signatures (§4.2.3).
fn types(statements: &[Statement]) -> Vec<ObjectIdentifier> {
    let mut found = statements.iter().filter(|found| found.kind == TYPE);
    let information = found.next().and_then(|found| found.information.as_ref());
    let Some(information) = information else {
        return Vec::new();
    };
    // What cannot be read is none of those that are known.
    information.decode_as().unwrap_or_else(|_| vec![TYPE])
}

fn finding(code: &'static str, swedish: impl Into<String>, english: impl Into<String>) -> Finding {
    Finding::new(Question::Trust, Severity::Note, code, swedish, english)
}

/// `id-pe-qcStatements` (RFC 3739 §3.2.6).
const STATEMENTS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.1.3");

/// `id-etsi-qcs-QcCompliance` (§4.2.1).
const COMPLIANCE: ObjectIdentifier = ObjectIdentifier::new_unwrap("0.4.0.1862.1.1");

/// `id-etsi-qcs-QcSSCD` (§4.2.2).
const DEVICE: ObjectIdentifier = ObjectIdentifier::new_unwrap("0.4.0.1862.1.4");

/// `id-etsi-qcs-QcType` (§4.2.3).
const TYPE: ObjectIdentifier = ObjectIdentifier::new_unwrap("0.4.0.1862.1.6");
const E_SIGN: ObjectIdentifier = ObjectIdentifier::new_unwrap("0.4.0.1862.1.6.1");
const E_SEAL: ObjectIdentifier = ObjectIdentifier::new_unwrap("0.4.0.1862.1.6.2");

/// `id-etsi-qcs-QcCClegislation` (§4.2.4).
const LEGISLATION: ObjectIdentifier = ObjectIdentifier::new_unwrap("0.4.0.1862.1.7");
