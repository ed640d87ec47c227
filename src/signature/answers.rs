//! What responders and issuers say of a certificate's revocation, for somebody else to judge.

use super::{Certificate, Fetch, ocsp};

/// Answers as they came: nothing of them is verified.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct RevocationAnswers {
    /// Revocation lists in DER (RFC 5280 §5).
    pub crls: Vec<Vec<u8>>,
    /// OCSP responses in DER (RFC 6960).
    pub ocsp_responses: Vec<Vec<u8>>,
}

/// Asks the responders that a certificate names, and if none answers fetches the lists that it names.
///
/// A failure is no answer; whoever judges tells what is missing.
pub async fn revocation_answers(
    certificate: &Certificate,
    issuer: &Certificate,
    fetch: &impl Fetch,
) -> RevocationAnswers {
    let mut answers = RevocationAnswers::default();
    if let Ok(request) = ocsp::request(certificate, issuer) {
        for url in certificate.ocsp_urls() {
            answers
                .ocsp_responses
                .extend(fetch.ocsp(&url, &request).await.ok());
        }
    }
    if answers.ocsp_responses.is_empty() {
        for url in certificate.crl_urls() {
            answers.crls.extend(fetch.crl(&url).await.ok());
        }
    }
    answers
}
