//! The bodies that meet and decide, as minutes name them.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;
use serde::Serialize;

use crate::agreement::BodyKind;

/// A body.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub struct Body {
    /// Its kind.
    pub kind: BodyKind,
    /// Its name, in its basic form: "Kommunstyrelsen".
    pub name: String,
}

impl Body {
    /// Returns whether its name tells which of a party's bodies it is.
    pub(super) fn is_whole(&self) -> bool {
        self.name != COMMITTEE
    }

    /// Returns whether both may be the same, one of them named in short.
    pub(super) fn agrees_with(&self, other: &Self) -> bool {
        let is_short = |body: &Self| !body.name.contains(' ') && !body.name.contains('-');
        self.kind == other.kind
            && (self.name == other.name
                // "Nämndens beslut" names the committee that the header names whole.
                || (self.kind == BodyKind::Committee
                    && (self.name == COMMITTEE || other.name == COMMITTEE))
                || (self.kind == BodyKind::WorkingCommittee
                    && (is_short(self) || is_short(other))
                    && (self.name.starts_with("Arbetsutskott")
                        || other.name.starts_with("Arbetsutskott")
                        || self.name.starts_with("Kommunstyrelsens")
                            && other.name.starts_with("Kommunstyrelsens"))))
    }
}

/// Returns the bodies that a text names and where, in bytes.
pub(super) fn bodies(text: &str) -> Vec<(Body, Range<usize>)> {
    NAMED
        .find_iter(text)
        .filter_map(|found| Some((named(found.as_str())?, found.range())))
        .collect()
}

/// Returns the body that a label such as "Kommunstyrelsens beslut" begins with.
pub(super) fn owner(label: &str) -> Option<Body> {
    let (body, range) = bodies(label).into_iter().next()?;
    (range.start == 0).then_some(body)
}

/// Returns the body that a paragraph begins with and that decides in it: "Kommunstyrelsen beslutar".
pub(super) fn deciding(text: &str) -> Option<Body> {
    let (body, range) = bodies(text).into_iter().next()?;
    let rest = text.get(range.end..)?;
    (range.start == 0 && DECIDES.is_match(rest)).then_some(body)
}

/// Returns the body that the letters before a § stand for.
pub(super) fn abbreviated(letters: &str) -> Option<Body> {
    let (kind, name) = match letters.to_lowercase().as_str() {
        "ks" => (BodyKind::ExecutiveBoard, "Kommunstyrelsen"),
        "kf" => (BodyKind::Council, "Kommunfullmäktige"),
        "ksau" | "ks/au" | "ks au" | "ks-au" => {
            (BodyKind::WorkingCommittee, "Kommunstyrelsens arbetsutskott")
        }
        "au" => (BodyKind::WorkingCommittee, "Arbetsutskottet"),
        "rs" => (BodyKind::ExecutiveBoard, "Regionstyrelsen"),
        "rf" => (BodyKind::Council, "Regionfullmäktige"),
        _ => return None,
    };
    Some(Body {
        kind,
        name: name.to_owned(),
    })
}

fn named(text: &str) -> Option<Body> {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let lower = text.to_lowercase();
    let kind = if lower.contains("utskott") {
        BodyKind::WorkingCommittee
    } else if lower.contains("fullmäktige") {
        BodyKind::Council
    } else if lower.contains("direktion") || lower.contains("förbundsstyrelse") {
        BodyKind::Association
    } else if lower.contains("nämnd") {
        BodyKind::Committee
    } else {
        BodyKind::ExecutiveBoard
    };
    // The genitive's s goes; "fullmäktige" and all definite forms end otherwise.
    let lower = lower.strip_suffix('s').unwrap_or(&lower);
    let mut characters = lower.chars();
    let first = characters.next()?;
    Some(Body {
        kind,
        name: first.to_uppercase().chain(characters).collect(),
    })
}

static NAMED: LazyLock<Regex> = LazyLock::new(|| {
    super::pattern(
        r"(?i)\b(?:(?:kommun|region|stads)fullmäktiges?|(?:kommun|region)styrelsens\s+(?:allmänna\s+|sociala\s+)?\p{L}{0,24}utskott(?:et)?s?|(?:kommun|region|stads)styrelsens?|förbundsdirektionens?|förbundsstyrelsens?|direktionens?|(?:arbets|lednings|allmänna |sociala |välfärds|personal|samhällsbyggnads)utskottets?|(?:\p{L}{2,24}-,? (?:och )?){0,2}\p{L}{0,30}nämndens?)\b",
    )
});

static DECIDES: LazyLock<Regex> = LazyLock::new(|| {
    super::pattern(
        r"(?i)^ (?:beslutar|beslutade|godkänner|antar|avslår|återremitterar|bordlägger|ställer sig bakom|föreslår|tillstyrker|rekommenderar|avstår|avböjer|bifaller)\b",
    )
});

/// A committee named in short.
const COMMITTEE: &str = "Nämnden";
