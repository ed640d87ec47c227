//! How foreign texts are shown: names in certificates and on tokens, and the words of authorities.

use crate::agreement::{personal_numbers, refused_character, without_personal_numbers};

/// Returns a foreign text as it may be shown: without personal identity numbers, and with U+FFFD in
/// place of every character that controls a terminal or deceives the eye.
///
/// What is nothing but such a number becomes `…`.
#[must_use]
pub fn shown(text: &str) -> String {
    let is_refused =
        |character: char| refused_character(character.encode_utf8(&mut [0; 4])).is_some();
    // Without what cannot be seen, as that may stand between the digits of a number.
    let visible: String = text.chars().filter(|found| !is_refused(*found)).collect();
    if personal_numbers(&visible).is_empty() {
        let replaced = |found| if is_refused(found) { '\u{FFFD}' } else { found };
        return text.chars().map(replaced).collect();
    }
    let kept = without_personal_numbers(&visible);
    if kept.is_empty() {
        return HIDDEN.to_owned();
    }
    kept
}

/// What stands where nothing may be shown.
pub(super) const HIDDEN: &str = "…";
