//! Diary numbers: free text, each party in its own form.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

/// Returns the diary numbers in a line of a heading, as printed, and where they stand.
///
/// After a label such as "Dnr" anything with a digit counts; without one, only what has the form of one.
pub(super) fn numbers(text: &str) -> Vec<(String, Range<usize>)> {
    let mut found: Vec<(String, Range<usize>)> = Vec::new();
    found.extend(labelled(text));
    for number in SHAPED.find_iter(text) {
        let range = whole(text, number.range());
        let is_known = found
            .iter()
            .any(|(_, known)| known.start < range.end && range.start < known.end);
        if !is_known && !is_theirs(text, &range) {
            found.push((printed(text, &range), range));
        }
    }
    found.sort_by_key(|(_, range)| range.start);
    found
}

/// Returns those of [`numbers`] that a label stands before.
pub(super) fn labelled(text: &str) -> Vec<(String, Range<usize>)> {
    LABELLED
        .captures_iter(text)
        .filter_map(|captures| captures.name("number"))
        .map(|number| {
            let range = whole(text, number.range());
            (printed(text, &range), range)
        })
        .filter(|(_, range)| !is_theirs(text, range))
        .collect()
}

/// Returns whether a number is another authority's: "Er ref".
fn is_theirs(text: &str, range: &Range<usize>) -> bool {
    THEIRS.is_match(text.get(..range.start).unwrap_or_default())
}

/// Returns where a number stands with all that is printed as part of it: signs and letters without a space between, and
/// the letters of a diary before it.
fn whole(text: &str, range: Range<usize>) -> Range<usize> {
    let is_part = |found: char| found.is_alphanumeric() || "/:.-".contains(found);
    let before = text.get(..range.start).unwrap_or_default();
    let after = text.get(range.end..).unwrap_or_default();
    let adjacent = before.trim_end_matches(is_part);
    let letters = LETTERS_BEFORE
        .captures(adjacent)
        .and_then(|captures| captures.name("letters"))
        .filter(|letters| !LABEL.is_match(letters.as_str()));
    let start = letters.map_or(adjacent.len(), |letters| letters.start());
    let rest = after.trim_start_matches(is_part);
    let end = range
        .end
        .saturating_add(after.len().saturating_sub(rest.len()));
    start..end
}

/// Returns whether a text is nothing but a diary number's label: its number stands elsewhere.
pub(super) fn is_label(text: &str) -> bool {
    LABEL_ONLY.is_match(text)
}

/// Returns a text without diary numbers and their labels.
pub(super) fn without(text: &str) -> String {
    let mut kept = String::new();
    let mut from = 0;
    for (_, range) in numbers(text) {
        kept.push_str(text.get(from..range.start).unwrap_or_default());
        from = range.end;
    }
    kept.push_str(text.get(from..).unwrap_or_default());
    LABEL.replace_all(&kept, "").into_owned()
}

/// Returns whether two numbers are the same but for spaces and letter case.
pub(super) fn is_same(one: &str, other: &str) -> bool {
    let squeezed = |text: &str| -> String {
        text.chars()
            .filter(|found| !found.is_whitespace())
            .flat_map(char::to_lowercase)
            .collect()
    };
    squeezed(one) == squeezed(other)
}

fn printed(text: &str, range: &Range<usize>) -> String {
    let text = text.get(range.clone()).unwrap_or_default();
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    words.trim_end_matches([',', '.', ';', ':', '-']).to_owned()
}

macro_rules! label {
    () => {
        r"(?i:\b(?:diarienummer|diarie ?nr|diarienr\.?|dnr\.?|d\.nr|ärendenummer|ärende ?nr\.?|ärendebeteckning|beteckning)(?: ?:)?)"
    };
}

static LABELLED: LazyLock<Regex> = LazyLock::new(|| {
    super::pattern(concat!(
        label!(),
        r" {1,4}(?P<number>(?:\p{Lu}[\p{L}]{0,6}[ /:-]{0,2})?(?:\d{2,6}[/:.-]?\p{Lu}[\p{L}]{0,5}[ /:-]?\d{1,6}|\d{1,6}(?: ?[/:.-] ?\d{1,8}){0,3})(?:[/:-]\d{1,6})?(?: \d{3}(?:[-.]\d{1,3})?(?:$| {2}|[),;])| \p{Lu}{2,5}(?:$|[),;]))?)",
    ))
});

/// The forms that are no other number, such as a school year, 2023/24: letters and a year, a year around letters, a serial number and a short year.
static SHAPED: LazyLock<Regex> = LazyLock::new(|| {
    super::pattern(
        r"\b(?:\p{Lu}[\p{L}]{1,5}\d{0,3}[ /.-]?(?:20|19)\d\d[/:.-]\d{1,6}(?:[-.]\d{1,5})?|\p{Lu}[\p{L}]{1,5}[ /-]?\d\d[/:.-]\d{2,6}|\p{Lu}[\p{L}]{1,5} \d{1,6}/(?:(?:20|19)\d\d|\d\d\b)|(?:20|19)\d\d[/-]?\p{Lu}[\p{L}]{1,5} ?[/-]?\d{1,6}|(?:20|19)\d\d[/:]\d{3,6}|\p{Lu}\d{2,4}-\d{3,5}/\d\d|0\d{3}/\d\d|[1-9]\d\d/\d\d|(?:1[0-8]|2[1-9]|[3-9]\d)\d\d/\d\d)\b(?: \d{3}(?:-\d{1,2})?\b)?",
    )
});

/// Letters of a diary, a space before the number: "KS 293/23".
static LETTERS_BEFORE: LazyLock<Regex> =
    LazyLock::new(|| super::pattern(r"(?:^|[ (,])(?P<letters>\p{Lu}\p{L}{1,5}) $"));

static THEIRS: LazyLock<Regex> =
    LazyLock::new(|| super::pattern(r"(?i)\bert? (?:ref|dnr|diarie|bet|nr)\p{L}*\.? ?:? ?$"));

static LABEL: LazyLock<Regex> = LazyLock::new(|| super::pattern(label!()));

static LABEL_ONLY: LazyLock<Regex> =
    LazyLock::new(|| super::pattern(concat!("^", label!(), r"\s*$")));
