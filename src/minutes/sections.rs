//! The §§ of a text, and which of them is about the agreement at hand.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::Matter;
use super::diary;
use super::lines::Line;
use super::parts::{self, Joined, Part, PartKind};

/// A § of the minutes.
#[derive(Clone, Debug)]
pub(super) struct Section {
    /// The § as it is printed.
    pub(super) printed: String,
    /// The letters before it, as "KS".
    pub(super) letters: String,
    /// The place of its heading among the document's lines.
    pub(super) from: usize,
    /// Its title.
    pub(super) title: String,
    /// What it is made of.
    pub(super) parts: Vec<Part>,
}

/// A § heading's line.
struct Heading {
    printed: String,
    letters: String,
    number: u64,
}

impl Heading {
    fn has_sign(&self) -> bool {
        self.printed.contains('§')
    }
}

/// How a § is about the agreement.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Relation {
    /// It names it not.
    None,
    /// It names it, yet is about something else: a local agreement, a follow-up, a consultation.
    Beside,
    /// Its decision names it, its title does not.
    Told,
    /// Its title names it.
    Titled,
}

impl Section {
    /// Returns the lines of the parts of a kind, as one text.
    pub(super) fn joined(&self, kind: PartKind) -> Joined {
        let parts = self.parts.iter().filter(|part| part.kind == kind);
        let lines: Vec<_> = parts.flat_map(|part| part.lines.clone()).collect();
        Joined::of(&lines)
    }

    /// Returns how it is about the agreement.
    pub(super) fn relation(&self, matter: &Matter<'_>) -> Relation {
        let decision = self.joined(PartKind::Decision).text;
        let names = |text: &str| {
            let text = folded(text);
            let mut words = matter.words.iter().map(|word| folded(word)).peekable();
            text.contains(&folded(matter.name))
                || (words.peek().is_some()
                    && words.all(|word| {
                        let word = word.trim();
                        !word.is_empty() && text.contains(&format!(" {word}"))
                    }))
        };
        let own = folded(matter.name);
        let is_beside = |text: &str| {
            BESIDE
                .find_iter(&folded(text))
                .any(|found| !own.contains(found.as_str().trim()))
        };
        if names(&self.title) {
            if is_beside(&self.title) {
                Relation::Beside
            } else {
                Relation::Titled
            }
        } else if names(&decision) {
            if is_beside(&self.title) || is_beside(&decision) {
                Relation::Beside
            } else {
                Relation::Told
            }
        } else {
            Relation::None
        }
    }
}

/// Returns whether a line may begin a §.
pub(super) fn starts_with_heading(words: &str) -> bool {
    heading(words).is_some()
}

/// Returns a text's §§ in their order, or `None` where there are more than any minutes have.
pub(super) fn sections(lines: &[Line]) -> Option<Vec<Section>> {
    let mut found: Vec<(usize, Heading)> = Vec::new();
    let blank = lines.iter().filter(|line| line.is_blank()).count();
    let is_dense = blank.saturating_mul(DENSE) < lines.len();
    let mut is_after_gap = true;
    for (index, line) in lines.iter().enumerate() {
        if line.is_running || line.is_blank() {
            is_after_gap = true;
            continue;
        }
        let words = line.words();
        // Where no blank lines part paragraphs, a § with title or number begins one all the same.
        let is_begun = is_after_gap || (is_dense && TITLED.is_match(&words));
        if is_begun
            && let Some(heading) = heading(&words)
            && !is_reference(lines, index, &heading, found.last())
        {
            found.push((index, heading));
            if found.len() > MAX_SECTIONS {
                return None;
            }
        }
        is_after_gap = false;
    }
    // Where §§ bear their sign, what does not is no §.
    if found.iter().any(|(_, heading)| heading.has_sign()) {
        found.retain(|(_, heading)| heading.has_sign());
    }
    let ends: Vec<usize> = found.iter().map(|(index, _)| *index).skip(1).collect();
    let ends = ends.into_iter().chain([lines.len()]);
    let mut sections: Vec<Section> = Vec::new();
    for ((from, heading), to) in found.into_iter().zip(ends) {
        let parts = parts::divide(lines, from, to);
        let mut title = title(&parts, &heading.printed);
        if title.is_empty() {
            title = title_above(lines, from);
        }
        if let Some(open) = sections.last_mut()
            && squeezed(&open.printed) == squeezed(&heading.printed)
            && (title.is_empty()
                || CONTINUED.is_match(&title)
                || folded(&title) == folded(&open.title))
            && has_text(open)
        {
            // The same § goes on, on another page.
            open.parts.extend(parts.into_iter().skip(1));
            continue;
        }
        sections.push(Section {
            printed: heading.printed,
            letters: heading.letters,
            from,
            title,
            parts,
        });
    }
    // A list of contents names §§ too; what has no text is none.
    sections.retain(has_text);
    Some(sections)
}

fn has_text(section: &Section) -> bool {
    section
        .parts
        .iter()
        .any(|part| part.kind != PartKind::Heading)
}

fn squeezed(text: &str) -> String {
    text.chars()
        .filter(|found| !found.is_whitespace())
        .flat_map(char::to_lowercase)
        .collect()
}

/// Returns a text in small letters, signs as spaces, with a space at both ends.
pub(super) fn folded(text: &str) -> String {
    let mut folded = String::from(" ");
    for character in text.chars().flat_map(char::to_lowercase) {
        if character.is_alphanumeric() {
            folded.push(character);
        } else if !folded.ends_with(' ') {
            folded.push(' ');
        }
    }
    if !folded.ends_with(' ') {
        folded.push(' ');
    }
    folded
}

fn heading(words: &str) -> Option<Heading> {
    let captures = [&*SIGNED, &*UNSIGNED]
        .iter()
        .find_map(|pattern| pattern.captures(words))?;
    let printed = captures.name("printed")?;
    let rest = words.get(printed.end()..).unwrap_or_default();
    // Dotted leaders lead to a page; a day or a law makes it a reference.
    let is_other = rest.contains("....")
        || rest.contains(". . .")
        || LAW.is_match(rest)
        || !super::dates::dates(rest).is_empty();
    if is_other || rest.chars().count() > HEADING_CHARS {
        return None;
    }
    Some(Heading {
        printed: printed
            .as_str()
            .trim()
            .trim_end_matches([',', '.', ':'])
            .to_owned(),
        letters: captures
            .name("letters")
            .map_or("", |found| found.as_str().trim())
            .to_owned(),
        number: captures.name("number")?.as_str().parse().ok()?,
    })
}

/// Returns whether a line that looks like a heading points to another § instead: within minutes the numbers rise, and
/// another extract begins on a page of its own.
fn is_reference(
    lines: &[Line],
    index: usize,
    heading: &Heading,
    last: Option<&(usize, Heading)>,
) -> bool {
    let Some((last_index, last)) = last else {
        return false;
    };
    if heading.number > last.number && heading.number.saturating_sub(last.number) < MAX_STEP {
        return false;
    }
    let page = |index: usize| lines.get(index).map(|line| line.page);
    if page(*last_index) == page(index) {
        return true;
    }
    // Over the first § of a page stand only header lines.
    let above = lines.get(*last_index..index).unwrap_or_default();
    let page = page(index);
    above
        .iter()
        .rev()
        .take_while(|line| Some(line.page) == page)
        .any(|line| !line.is_running && !line.is_blank())
}

/// Returns a §'s title: what is left of its heading lines without the § and the diary number.
fn title(parts: &[Part], printed: &str) -> String {
    let Some(part) = parts.first() else {
        return String::new();
    };
    let mut title = String::new();
    let mut is_first = true;
    for line in &part.lines {
        if line.text.is_empty() {
            if title.is_empty() {
                continue;
            }
            break;
        }
        let words = line.text.split_whitespace().collect::<Vec<_>>().join(" ");
        let mut rest = words.as_str();
        if is_first {
            rest = rest
                .find(printed)
                .and_then(|at| rest.get(at.saturating_add(printed.len())..))
                .unwrap_or_default();
            is_first = false;
        }
        let rest = diary::without(rest).replace("( )", "").replace("()", "");
        let rest = rest
            .trim_start_matches([' ', ',', '.', ':', '-', '–', '(', ')'])
            .trim_end_matches([' ', ',', '.', ':', '–', '(']);
        if rest.is_empty() {
            continue;
        }
        if parts::is_divided(&title, rest) {
            title.pop();
        } else if !title.is_empty() {
            title.push(' ');
        }
        title.push_str(rest);
        if title.chars().count() > TITLE_CHARS {
            break;
        }
    }
    title
}

/// Returns the title that stands over a § without one below: the line above it, if it is no sentence.
fn title_above(lines: &[Line], from: usize) -> String {
    let page = lines.get(from).map(|line| line.page);
    let above = lines.get(..from).unwrap_or_default();
    let above = above.iter().rev().take(LINES_ABOVE);
    let mut above = above.filter(|line| !line.is_blank() && Some(line.page) == page);
    above
        .next()
        .filter(|line| line.cells().len() == 1 && !parts::is_sentence(&line.text))
        .map(|line| line.words())
        .filter(|words| !words.ends_with('.') && parts::label(words).is_none())
        .unwrap_or_default()
}

/// Returns where in a heading's lines a title ends and a story begins, as the part's first lines.
pub(super) fn heading_lines(section: &Section) -> Range<usize> {
    let lines = section.parts.first().map_or(0, |part| part.lines.len());
    0..lines.min(MAX_HEADING_LINES)
}

static SIGNED: LazyLock<Regex> = LazyLock::new(|| {
    super::pattern(
        r"^(?P<printed>(?:(?P<letters>\p{Lu}{2,6}(?:[/-]\p{Lu}{1,4}| AU)?|K[sf]|K[sS] ?[aA][uU]|Au|R[sf]|\p{Lu}\p{Ll}{0,3}n|Kommunstyrelsen|Kommunfullmäktige|Regionstyrelsen|Regionfullmäktige) ?)?§ ?(?:(?:KS|KF|Ks|Kf|RS|RF) ?)?(?P<number>\d{1,4})(?:[/:]\d{2,4}| ?[a-f]\b)?)(?:[.,:]? |[.,:]?$)",
    )
});

/// Without the sign: letters, a number and a year, and the title on the same line, as a diary number may look so.
static UNSIGNED: LazyLock<Regex> = LazyLock::new(|| {
    super::pattern(
        r"^(?P<printed>(?P<letters>KSAU|KS|KF|Ks|Kf|RS|RF|AU) (?P<number>\d{1,4})/\d\d)[.,:]? \p{L}",
    )
});

static TITLED: LazyLock<Regex> = LazyLock::new(|| super::pattern(r"§ ?\d[\d/:]*[.,:]? \p{Lu}"));

static LAW: LazyLock<Regex> = LazyLock::new(|| {
    super::pattern(r"(?i)\b(?:\p{L}*lagen|kap\.?|stycket|förordning\p{L}*|reglemente\p{L}*)\b")
});

static CONTINUED: LazyLock<Regex> =
    LazyLock::new(|| super::pattern(r"(?i)^\(?(?:forts|fortsättning)"));

/// Words of a title that say that it is about something beside the agreement itself.
static BESIDE: LazyLock<Regex> = LazyLock::new(|| {
    super::pattern(
        r" (?:lokalt?|lokala|förläng\p{L}*|uppsägning\p{L}*|säga upp|uppfölj\p{L}*|utvärder\p{L}*|remiss\p{L}*|yttrande\p{L}*|information\p{L}*|hyresavtal\p{L}*|budget\p{L}*|motion\p{L}*|medborgarförslag\p{L}*|rapport\p{L}*|återrapport\p{L}*|redovisning\p{L}*|ägardirektiv\p{L}*|verksamhetsberättelse\p{L}*|interpellation\p{L}*|fråga om|enkel fråga|tilläggsavtal\p{L}*|avsiktsförklaring\p{L}*) ",
    )
});

/// More §§ than a council has in years.
const MAX_SECTIONS: usize = 5_000;
/// A § that follows another in the same minutes is not further from it.
const MAX_STEP: u64 = 60;
/// A text with fewer than one blank line of so many has none between paragraphs.
const DENSE: usize = 30;
/// A title over a § stands so near.
const LINES_ABOVE: usize = 3;
/// A longer rest of the line is a sentence.
const HEADING_CHARS: usize = 220;
/// A title is not longer.
const TITLE_CHARS: usize = 300;
/// So many lines of a heading may bear a diary number.
const MAX_HEADING_LINES: usize = 8;
