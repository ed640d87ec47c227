//! What a signature shows on the page.

use chrono::{DateTime, Utc};

use unicode_normalization::UnicodeNormalization as _;

use crate::agreement::nfc;
use crate::calendar::swedish_time;
use crate::pdf::{self, AppearanceLine, LineWeight};

/// Returns the words that a person's signature shows: name, title, party, and what it is.
pub(in crate::journeys) fn seat_words(
    name: &str,
    title: &str,
    party: &str,
    at: DateTime<Utc>,
) -> Vec<String> {
    let what = format!("Elektronisk underskrift {}", minutes(at));
    vec![name.to_owned(), title.to_owned(), party.to_owned(), what]
}

/// Returns the words that the office's seal shows.
pub(in crate::journeys) fn seal_words(name: &str, at: DateTime<Utc>) -> Vec<String> {
    vec![
        name.to_owned(),
        format!("Elektronisk stämpel {}", minutes(at)),
    ]
}

/// Sets words in lines, the first of them larger.
pub(in crate::journeys) fn lines(words: &[String]) -> Vec<AppearanceLine<'_>> {
    let weights = [LineWeight::Leading].into_iter();
    let weights = weights.chain(std::iter::repeat(LineWeight::Detail));
    words
        .iter()
        .zip(weights)
        .map(|(text, weight)| AppearanceLine { text, weight })
        .collect()
}

/// Replaces what the file's font cannot show by the plain letter, else by a question mark.
///
/// The signature dictionary has the name unchanged; only its picture needs the font.
///
/// # Errors
/// [`pdf::Error`] for a file without such a font.
pub(in crate::journeys) fn drawable(
    document: &[u8],
    words: Vec<String>,
) -> Result<Vec<String>, pdf::Error> {
    let missing = pdf::undrawable(document, &words.concat())?;
    if missing.is_empty() {
        return Ok(words);
    }
    let plain = |c: char| {
        let base = c.nfd().next().unwrap_or(c);
        match missing.contains(&c) {
            false => c,
            true if base != c && base.is_ascii() => base,
            true => '?',
        }
    };
    Ok(words
        .into_iter()
        .map(|text| nfc(&text).chars().map(plain).collect())
        .collect())
}

/// A Swedish time without its seconds.
fn minutes(at: DateTime<Utc>) -> String {
    let mut text = swedish_time(at);
    text.truncate("2024-03-01 14:05".len());
    text
}
