//! Bytes that no reader has a place for, and places that two readers understand differently.

use super::change::Change;
use crate::pdf::{History, Irregularity, IrregularityKind};

/// Returns what is irregular in revisions after `first`, and what is so in the whole file.
///
/// For our own copies everything counts; elsewhere what was signed as it is does not.
pub(super) fn judge(history: &History<'_>, first: usize, is_own: bool) -> Vec<Change> {
    let mut changes: Vec<Change> = history
        .irregularities()
        .iter()
        .filter(|irregularity| is_own || counts(irregularity, first))
        .take(MAX_TOLD)
        .map(change)
        .collect();
    let end = history.revisions().last().map_or(0, |last| last.end);
    let rest = history.data().get(end..).unwrap_or_default();
    let is_blank = rest.iter().all(|byte| is_space(*byte));
    if !rest.is_empty() && (is_own || !is_blank) {
        changes.push(
            Change::fault(
                "trailing_bytes",
                format!("{} byte följer efter filens slut (%%EOF).", rest.len()),
                format!("{} bytes follow the file's end (%%EOF).", rest.len()),
            )
            .at_byte(end),
        );
    }
    changes
}

/// Tells whether an irregularity lets readers see different documents after a signature.
fn counts(irregularity: &Irregularity, first: usize) -> bool {
    match irregularity.kind {
        IrregularityKind::SectionRebuilt | IrregularityKind::ObjectStreamReplaced => true,
        // How a table is laid out, where all readers find the same objects.
        IrregularityKind::EntryForm
        | IrregularityKind::HeaderPlace
        | IrregularityKind::ObjectSpace
        | IrregularityKind::SectionSpace
        | IrregularityKind::Size
        | IrregularityKind::ReferenceGeneration
        | IrregularityKind::TrailingBytes => false,
        IrregularityKind::DuplicateKey { .. }
        | IrregularityKind::EntryTwice
        | IrregularityKind::Junk
        | IrregularityKind::ObjectEnd
        | IrregularityKind::ObjectMissing
        | IrregularityKind::ObjectStreamIndex
        | IrregularityKind::Overlap
        | IrregularityKind::PlaceEarlier
        | IrregularityKind::RevisionEnd
        | IrregularityKind::SectionOffset
        | IrregularityKind::SectionRun
        | IrregularityKind::SectionStart
        | IrregularityKind::StreamLength
        | IrregularityKind::Unplaced { .. } => irregularity.revision > first,
    }
}

fn change(irregularity: &Irregularity) -> Change {
    let change = if let IrregularityKind::Unplaced { end } = irregularity.kind {
        let count = end.saturating_sub(irregularity.at);
        Change::fault(
            "unplaced_bytes",
            format!("{count} byte hör varken till något objekt eller till filens register."),
            format!("{count} bytes belong to no object and to no cross-reference section."),
        )
    } else {
        let (swedish, english) = words(&irregularity.kind);
        Change::fault(
            "ambiguous_structure",
            format!("Filen kan läsas på mer än ett sätt: {swedish}."),
            format!("The file can be read in more than one way: {english}."),
        )
    };
    let change = change
        .at_byte(irregularity.at)
        .in_revision(irregularity.revision.saturating_add(1));
    match irregularity.object {
        Some(object) => change.of_object(object),
        None => change,
    }
}

fn words(kind: &IrregularityKind) -> (&'static str, &'static str) {
    match kind {
        IrregularityKind::DuplicateKey { .. } => (
            "en nyckel står två gånger i samma objekt",
            "a key stands twice in the same object",
        ),
        IrregularityKind::EntryForm | IrregularityKind::SectionRun | IrregularityKind::Size => (
            "korsreferenstabellen har fel form",
            "the cross-reference table is not of its form",
        ),
        IrregularityKind::EntryTwice => {
            ("ett objekt anges två gånger", "an object is placed twice")
        }
        IrregularityKind::HeaderPlace => (
            "filen börjar inte med sitt huvud",
            "the file does not begin with its header",
        ),
        IrregularityKind::Junk | IrregularityKind::ObjectEnd => (
            "ett objekt innehåller det som inte hör dit",
            "an object holds what is no part of it",
        ),
        IrregularityKind::ObjectMissing | IrregularityKind::ObjectSpace => (
            "ett objekt står inte där registret anger",
            "an object does not stand where it is placed",
        ),
        IrregularityKind::ObjectStreamIndex | IrregularityKind::ObjectStreamReplaced => (
            "en objektström byttes ut eller stämmer inte med registret",
            "an object stream was replaced or is not as it is placed",
        ),
        IrregularityKind::Overlap => ("två objekt delar byte", "two objects share bytes"),
        IrregularityKind::PlaceEarlier => (
            "en revision hänvisar till byte i en äldre revision",
            "a revision leads to bytes of an older one",
        ),
        IrregularityKind::ReferenceGeneration => (
            "en hänvisning har fel generation",
            "a reference has another generation than its object",
        ),
        IrregularityKind::RevisionEnd | IrregularityKind::TrailingBytes => (
            "en revision slutar inte med %%EOF",
            "a revision does not end with %%EOF",
        ),
        IrregularityKind::SectionOffset
        | IrregularityKind::SectionRebuilt
        | IrregularityKind::SectionSpace
        | IrregularityKind::SectionStart => (
            "korsreferenstabellen finns inte där den ska vara",
            "the cross-reference section is not where it should be",
        ),
        IrregularityKind::StreamLength => (
            "en ström är inte så lång som den anger",
            "a stream is not as long as it says",
        ),
        IrregularityKind::Unplaced { .. } => (
            "byte hör inte till något objekt",
            "bytes belong to no object",
        ),
    }
}

/// Tells whether a byte is white space (ISO 32000-2 Table 1).
fn is_space(byte: u8) -> bool {
    matches!(byte, 0 | b'\t' | b'\n' | 0x0C | b'\r' | b' ')
}

/// Irregularities that are told.
const MAX_TOLD: usize = 50;
