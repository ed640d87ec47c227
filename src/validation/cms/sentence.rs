//! The findings of the folder, in Swedish and in English.

use crate::signature::AlgorithmFault;
use crate::validation::{Finding, Question, Severity};

/// Something that makes the value of a signature wrong, or that cannot be understood.
pub(super) fn fault(code: &'static str, swedish: &str, english: &str) -> Finding {
    let finding = Finding::new(Question::Integrity, Severity::Fault, code, swedish, english);
    finding.advising(
        "Begär ett nytt exemplar av den som skrev under.",
        "Ask the one who signed for a new copy.",
    )
}

/// Something worth knowing that changes no answer.
pub(super) fn note(code: &'static str, swedish: &str, english: &str) -> Finding {
    Finding::new(Question::Integrity, Severity::Note, code, swedish, english)
}

pub(super) fn malformed(what: &str) -> Finding {
    fault(
        "cms_malformed",
        &format!("Underskriftens CMS går inte att läsa: {what}."),
        &format!("The CMS of the signature cannot be read: {what}."),
    )
}

pub(super) fn algorithm(cause: AlgorithmFault) -> Finding {
    match cause {
        AlgorithmFault::Hash => fault(
            "hash_mismatch",
            "Underskriftens algoritm anger en annan hashfunktion än den som innehållet hashades med.",
            "The algorithm of the signature names another hash function than the one that the content was hashed with.",
        ),
        AlgorithmFault::Key => fault(
            "algorithm_for_other_key",
            "Underskriftens algoritm passar inte nyckeln i certifikatet.",
            "The algorithm of the signature does not fit the key in the certificate.",
        ),
        AlgorithmFault::Unknown => fault(
            "algorithm_unknown",
            "Underskriftens algoritm är okänd, så den kan inte prövas.",
            "The algorithm of the signature is not known, so it cannot be checked.",
        ),
    }
}
