//! The words for stances and dispositions: as they are shown, and as people write them.

use super::ConsultError;
use crate::agreement::nfc;
use crate::register::{Disposition, Stance};

/// Returns a stance in Swedish.
#[must_use]
pub fn stance_words(stance: Stance) -> &'static str {
    match stance {
        Stance::Abstain => "avstår",
        Stance::Comment => "synpunkt",
        Stance::Reject => "avstyrker",
        Stance::Support => "tillstyrker",
        Stance::SupportWithChange => "tillstyrker med ändring",
    }
}

/// Returns what became of a comment, in Swedish.
#[must_use]
pub fn disposition_words(disposition: Disposition) -> &'static str {
    match disposition {
        Disposition::NotTakenIn => "inte tillgodosedd",
        Disposition::TakenIn => "tillgodosedd",
        Disposition::TakenInPart => "delvis tillgodosedd",
    }
}

/// The stances in the order in which they are shown: from for to against, then those that are neither.
pub const STANCES: [Stance; 5] = [
    Stance::Support,
    Stance::SupportWithChange,
    Stance::Reject,
    Stance::Comment,
    Stance::Abstain,
];

/// Reads a stance, in Swedish or English.
pub(super) fn read_stance(text: &str) -> Result<Stance, ConsultError> {
    match folded(text).as_str() {
        "avstår" | "avstår från att yttra sig" | "abstain" | "abstains" => Ok(Stance::Abstain),
        "synpunkt" | "synpunkter" | "lämnar synpunkt" | "lämnar synpunkter" | "comment"
        | "comments" => Ok(Stance::Comment),
        "avstyrker" | "avstyrks" | "reject" | "rejects" => Ok(Stance::Reject),
        "tillstyrker" | "tillstyrks" | "support" | "supports" => Ok(Stance::Support),
        "tillstyrker med ändring"
        | "tillstyrker med ändringar"
        | "tillstyrks med ändring"
        | "tillstyrks med ändringar"
        | "support with change"
        | "support with changes" => Ok(Stance::SupportWithChange),
        _ => Err(ConsultError::UnknownStance {
            given: shortened(text),
        }),
    }
}

/// Reads what became of a comment, in Swedish or English.
pub(super) fn read_disposition(text: &str) -> Result<Disposition, ConsultError> {
    match folded(text).as_str() {
        "inte tillgodosedd" | "ej tillgodosedd" | "not" | "not taken in" => {
            Ok(Disposition::NotTakenIn)
        }
        "tillgodosedd" | "taken in" => Ok(Disposition::TakenIn),
        "delvis tillgodosedd" | "tillgodosedd delvis" | "in part" | "taken in part" => {
            Ok(Disposition::TakenInPart)
        }
        _ => Err(ConsultError::UnknownDisposition {
            given: shortened(text),
        }),
    }
}

/// Returns a word as it is compared: lower case, one blank between words, no mark at its end.
pub(super) fn folded(text: &str) -> String {
    let plain = nfc(text).to_lowercase().replace(['_', '-', '\u{A0}'], " ");
    let words: Vec<&str> = plain.split_whitespace().collect();
    let joined = words.join(" ");
    joined.trim_end_matches(['.', ':', '*', ' ']).to_owned()
}

/// Returns a text short enough for a message.
pub(super) fn shortened(text: &str) -> String {
    text.chars().take(MAX_CHARS).collect()
}

/// What a stance may be, for hints.
pub(super) const STANCE_HINT: &str = "write tillstyrker, tillstyrker med ändring, avstyrker, avstår or synpunkt (support, support-with-change, reject, abstain, comment)";
/// So much of a value tells which it is.
const MAX_CHARS: usize = 80;
