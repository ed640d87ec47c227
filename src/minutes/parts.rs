//! What a § is made of: the decision, the proposals, the story, what was read, who gets it.

use std::sync::LazyLock;

use regex::Regex;

use super::body;
use super::lines::Line;

/// What a part of a § tells.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum PartKind {
    /// Who signed the minutes, when they were approved and announced.
    Attestation,
    /// What was decided.
    Decision,
    /// Who did not agree.
    Dissent,
    /// What was decided before, or elsewhere.
    Earlier,
    /// Heading, diary number and title.
    Heading,
    /// The story, and everything else that decides nothing.
    Other,
    /// What somebody wanted to be decided.
    Proposal,
    /// Who gets the extract.
    Recipients,
}

/// A part of a §.
#[derive(Clone, Debug)]
pub(super) struct Part {
    /// What it tells.
    pub(super) kind: PartKind,
    /// The words that it begins with, such as "Kommunstyrelsens beslut".
    pub(super) label: String,
    /// The lines, by their place in the document; blank ones part paragraphs.
    pub(super) lines: Vec<PartLine>,
}

/// A line of a part, or what follows the label on its line.
#[derive(Clone, Debug)]
pub(super) struct PartLine {
    /// Its place in the document, from 0.
    pub(super) index: usize,
    /// Its text, without white space at the ends; empty for a blank line.
    pub(super) text: String,
}

/// Returns what a line begins, where it is a label: its kind, the label, and what follows on the line.
pub(super) fn label(text: &str) -> Option<(PartKind, String, String)> {
    let text = text.trim();
    let inline = |(name, rest): (&str, &str)| {
        (!rest.is_empty()).then(|| (name.trim().to_owned(), rest.trim().to_owned()))
    };
    // Alone on its line, before a colon, or in a column of its own.
    let whole = (
        text.trim_end_matches([':', '.']).trim_end().to_owned(),
        String::new(),
    );
    let candidates = [
        text.split_once(": ").and_then(inline),
        text.split_once("  ").and_then(inline),
        Some(whole),
    ];
    for (name, rest) in candidates.into_iter().flatten() {
        let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
        let name = name.trim_end_matches(':');
        let is_label = name.chars().next().is_some_and(char::is_uppercase)
            && name.chars().count() <= LABEL_CHARS
            && !SENTENCE.is_match(name);
        if !is_label {
            continue;
        }
        let kind = LABELS
            .iter()
            .find(|(pattern, _)| pattern.is_match(name))
            .map(|(_, kind)| *kind);
        if let Some(kind) = kind {
            // "Reservation Prov Provsson (X)" tells who on its own line.
            let tells = kind == PartKind::Dissent && rest.is_empty() && name.contains(' ');
            let rest = if tells { name.to_owned() } else { rest };
            return Some((kind, name.to_owned(), rest));
        }
    }
    None
}

/// Returns whether a paragraph that begins so decides: "Kommunstyrelsen beslutar".
pub(super) fn begins_decision(text: &str) -> bool {
    body::deciding(text).is_some()
}

/// Returns a section's lines divided into parts; the first is the heading.
pub(super) fn divide(lines: &[Line], from: usize, to: usize) -> Vec<Part> {
    let mut parts = vec![Part {
        kind: PartKind::Heading,
        label: String::new(),
        lines: Vec::new(),
    }];
    let mut is_after_blank = true;
    for index in from..to {
        let Some(line) = lines.get(index) else { break };
        if line.is_running {
            continue;
        }
        let words = line.text.trim();
        if words.is_empty() {
            is_after_blank = true;
        }
        let begun = if index == from || words.is_empty() {
            None
        } else {
            label(words).or_else(|| {
                let open = parts.last().map(|part| part.kind);
                unlabelled(words, is_after_blank, open, next_text(lines, index, to))
            })
        };
        if !words.is_empty() {
            is_after_blank = false;
        }
        match begun {
            Some((kind, label, rest)) => parts.push(Part {
                kind,
                label,
                lines: vec![PartLine { index, text: rest }],
            }),
            None => {
                if let Some(part) = parts.last_mut() {
                    part.lines.push(PartLine {
                        index,
                        text: words.to_owned(),
                    });
                }
            }
        }
    }
    let has_label = parts
        .iter()
        .any(|part| part.kind == PartKind::Decision && !part.label.is_empty());
    if has_label {
        // What decides without a label is then quoted, or told again.
        for part in &mut parts {
            if part.kind == PartKind::Decision && part.label.is_empty() {
                part.kind = PartKind::Other;
            }
        }
    }
    parts
}

/// Returns what a line begins that bears no known label.
fn unlabelled(
    words: &str,
    is_after_blank: bool,
    open: Option<PartKind>,
    next: Option<&str>,
) -> Option<(PartKind, String, String)> {
    if ATTESTED.is_match(words) || (is_after_blank && APPROVED_AT_ONCE.is_match(words)) {
        return Some((PartKind::Attestation, String::new(), words.to_owned()));
    }
    if !is_after_blank {
        return None;
    }
    let decides =
        matches!(open, Some(PartKind::Heading | PartKind::Other)) && begins_decision(words);
    if decides {
        return Some((PartKind::Decision, String::new(), words.to_owned()));
    }
    if DISSENT_BEGINS.is_match(words) && open != Some(PartKind::Dissent) {
        return Some((PartKind::Dissent, String::new(), words.to_owned()));
    }
    // A heading that is not known ends a decision or a proposal: what follows it is neither.
    let is_open = matches!(open, Some(PartKind::Decision | PartKind::Proposal));
    let starts_list = next.is_some_and(|next| LIST.is_match(next));
    // "På förslag av …:" and headings such as "Villkor" belong to what they stand in.
    let limits = LIMITS.is_match(words);
    (is_open && !starts_list && !limits && UNKNOWN_LABEL.is_match(words) && !begins_decision(words))
        .then(|| (PartKind::Other, words.to_owned(), String::new()))
}

fn next_text(lines: &[Line], index: usize, to: usize) -> Option<&str> {
    let rest = lines.get(index.saturating_add(1)..to)?;
    rest.iter()
        .find(|line| !line.is_running && !line.is_blank())
        .map(|line| line.text.trim())
}

/// A text of several lines as one, with the line that each stretch of it stands on.
#[derive(Clone, Debug, Default)]
pub(super) struct Joined {
    /// The text: one space between lines, a line end between items and paragraphs.
    pub(super) text: String,
    /// Whether something stands in a column beside the text, such as a header that was not told apart.
    pub(super) has_gaps: bool,
    /// Where the lines begin: the byte in the text, and the line's place in the document.
    starts: Vec<(usize, usize)>,
}

impl Joined {
    /// Returns lines as one text, words that were divided at line ends made whole.
    pub(super) fn of(lines: &[PartLine]) -> Self {
        let mut joined = Self::default();
        let mut is_after_blank = true;
        for line in lines {
            if line.text.is_empty() {
                is_after_blank = true;
                continue;
            }
            let text = line.text.split_whitespace().collect::<Vec<_>>().join(" ");
            let is_item = is_after_blank || LIST.is_match(&text);
            if joined.text.is_empty() {
            } else if is_item {
                joined.text.push('\n');
            } else if is_divided(&joined.text, &text) {
                joined.text.pop();
            } else {
                joined.text.push(' ');
            }
            joined.has_gaps |= line.text.contains(GAP);
            joined.starts.push((joined.text.len(), line.index));
            joined.text.push_str(&text);
            is_after_blank = false;
        }
        joined
    }

    /// Returns the place in the document of the line that a byte of the text stands on.
    pub(super) fn line_at(&self, byte: usize) -> usize {
        let before = self.starts.partition_point(|(start, _)| *start <= byte);
        self.starts
            .get(before.saturating_sub(1))
            .map_or(0, |(_, line)| *line)
    }
}

/// Returns whether a word is divided between two lines; "barn- och" is not.
pub(super) fn is_divided(before: &str, next: &str) -> bool {
    let Some(stem) = before.strip_suffix('-') else {
        return false;
    };
    let next_word = next.split_whitespace().next().unwrap_or_default();
    stem.chars().next_back().is_some_and(char::is_alphabetic)
        && next.chars().next().is_some_and(char::is_lowercase)
        && !matches!(next_word, "och" | "eller" | "samt" | "respektive")
}

/// Returns whether a text has the words of a sentence, which a title has not.
pub(super) fn is_sentence(text: &str) -> bool {
    SENTENCE.is_match(text)
}

/// Returns whether a text says that the § was approved at the meeting itself.
pub(super) fn is_approved_at_once(text: &str) -> bool {
    APPROVED_AT_ONCE.is_match(text)
}

static APPROVED_AT_ONCE: LazyLock<Regex> = LazyLock::new(|| {
    super::pattern(
        r"(?i)(?:paragrafen|protokollet|beslutet|punkten|ärendet|§.{0,12})\s.{0,60}?(?:omedelbart|direkt)[- ]?justera|omedelbart justerad|^(?:omedelbar|direkt) ?justering\.?$",
    )
});

static ATTESTED: LazyLock<Regex> = LazyLock::new(|| {
    super::pattern(
        r"(?i)^(?:(?:paragrafen|protokollet|justeringen)\b.{0,40}\b(?:är (?:\p{L}+ )?justera|justera[dts]|har tillkännagivits|tillkännag)|vid protokollet\b|justerare\b.{0,60}$|rätt utdraget|utdraget bestyrks|justera[dt]s? (?:den |digitalt )?\d)",
    )
});

static DISSENT_BEGINS: LazyLock<Regex> = LazyLock::new(|| {
    super::pattern(r"(?i)^(?:mot beslutet reserverar|.{3,120}\breserverar (?:sig|sin|han|hon))")
});

/// Words that a sentence has and a label has not.
static SENTENCE: LazyLock<Regex> = LazyLock::new(|| {
    super::pattern(
        r"(?i)\b(?:att|avslår|avslå|beslutar?|beslutade|bifaller|bifalla|enligt|finner|föreslår|godkänner|godkänna|har|inkom|kommer|ska ha|ställer|var|yrkar|är|noterar)\b",
    )
});

static UNKNOWN_LABEL: LazyLock<Regex> =
    LazyLock::new(|| super::pattern(r"^\p{Lu}[\p{L}-]*(?: [\p{L}-]+){0,4}:?$"));

/// A heading within a decision that may limit it.
static LIMITS: LazyLock<Regex> = LazyLock::new(|| {
    super::pattern(
        r"(?i)villkor|förutsättning|förbehåll|tillägg|ändring|undantag|beslut|^(?:på|enligt|i enlighet|enl)\b",
    )
});

static LIST: LazyLock<Regex> = LazyLock::new(|| {
    super::pattern(
        r"(?i)^(?:att\b|dels\b|[-–•*·▪]\s|\d{1,2}[.)]\s|\([a-z\d]\)\s|[a-z][.)]\s|\p{L}[\p{L}-]{3,40}(?: \p{L}[\p{L}-]*){0,3} beslutar\b)",
    )
});

/// What labels begin which part; the first that fits counts.
static LABELS: LazyLock<Vec<(Regex, PartKind)>> = LazyLock::new(|| {
    let anchored = |text: &str| super::pattern(&format!("(?i)^(?:{text})$"));
    vec![
        (
            anchored(
                r"(?:(?:[\p{L}-]+ ){0,4}[\p{L}-]+s )?(?:besluts)?förslag(?:et|en)?(?: (?:till|på) (?:besluts?|sammanträdet|mötet|kommun|region|[\p{L}-]*nämnd|direktion|förbund|fullmäktige)\p{L}*(?: .*)?)?|(?:[\p{L}-]+s )?(?:tilläggs|ändrings|återremiss)?yrkande(?:n|t|na)?(?: (?:på|vid|under|till|av) .*)?|motförslag|alternativförslag|(?:[\p{L}-]+ ){1,3}föreslås besluta",
            ),
            PartKind::Proposal,
        ),
        (
            anchored(
                r"tidigare (?:beslut|behandling|beredning).*|ärendets? (?:tidigare )?(?:behandling|gång|beredning|handläggning)|(?:.*\b)?beslut (?:den |från )?(?:\d{4}-|\d{1,2} \p{L}+).*|beredning(?:en)?(?: av ärendet)?|delegationsbeslut.*|.*behandling av ärendet",
            ),
            PartKind::Earlier,
        ),
        (
            anchored(
                r"(?:[\p{L}, -]+s )?(?:beslut|avgörande|ställningstagande)(?: för egen del)?|beslut i (?:ärendet|kommunstyrelsen|kommunfullmäktige|nämnden|[\p{L}-]+nämnden)|beslut:?",
            ),
            PartKind::Decision,
        ),
        (
            anchored(r"reservation(?:er)?(?: .*)?|skriftlig(?:a)? reservation(?:er)?"),
            PartKind::Dissent,
        ),
        (
            anchored(
                r"(?:beslutet |beslut |protokollsutdrag(?:et)? |utdrag(?:et)? |paragrafen |protokollet )?(?:ska )?(?:skickas|expedieras|sänds|delges|skickat|lämnas|meddelas)(?: (?:till|för).*)?|(?:beslut(?:et)?s? )?expediering(?: .*)?|exp(?:edieras)?(?: till)?\.?|sändlista|kopia(?: till)?|beslutsexpediering|för kännedom|mottagare|(?:protokolls)?utdrag(?: till)?|beslutet skall? skickas till|delgivning",
            ),
            PartKind::Recipients,
        ),
        (
            anchored(
                r"anslag ?/ ?bevis|bevis ?/ ?anslag|anslag|anslagsbevis|bevis om (?:anslag|justering|tillkännagivande).*|tillkännagivande.*|justering(?:en)?|underskrifter?|vid protokollet|utdragsbestyrkande.*|protokollsjustering|justeringens? (?:plats|tid|dag).*|digital(?:a)? underskrifter?|elektronisk(?:a)? underskrifter?|rätt utdrag(?:et)?.*",
            ),
            PartKind::Attestation,
        ),
        (
            anchored(
                r"ärendet?|(?:beskrivning|sammanfattning|redogörelse)(?: .*)?|ärendebeskrivning(?:en)?|bakgrund(?:en)?(?: .*)?|besluts?gång(?:en)?(?: .*)?|proposition(?:er|sordning(?:ar)?)?(?: .*)?|omröstning(?:en)?(?:s.*)?|votering(?:en)?(?:s.*)?|besluts?underlag(?:et)?|underlag(?: .*)?|handlingar(?: .*)?|bilag(?:a|or)(?: .*)?|inledning|bedömning|förvaltningens .*|ekonomi(?:ska)?(?: .*)?|(?:.*\b)?konsekvens(?:er|analys)(?: .*)?|barn(?:rätts|konsekvens)?(?:perspektiv|analys|.*bedömning).*|motivering(?:en)?(?: .*)?|skäl(?:en)?(?: .*)?|jäv(?: .*)?|protokollsanteckning(?:ar)?(?: .*)?|särskil[dt]a? yttrande(?:n)?(?: .*)?|upplysning(?:ar)?(?: .*)?|information(?: .*)?|överläggning(?:ar)?|diskussion|deltar i (?:debatten|beslutet).*|deltar inte i beslutet.*|lagstöd|styrdokument|tidsplan|uppföljning|jämställdhet.*|samverkan|remiss(?:yttranden)?|hur man överklagar|överklagande(?:.*)?|besvärshänvisning|sammanträdet|dagens sammanträde|ajournering|avtalets innehåll|syfte",
            ),
            PartKind::Other,
        ),
    ]
});

/// Text in one column has no such gap.
const GAP: &str = "    ";
/// A longer line is no label.
const LABEL_CHARS: usize = 80;
