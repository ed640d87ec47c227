//! What a strict reader would refuse a file for, and a tolerant one reads on after.

/// One thing in a file that readers may understand differently.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Irregularity {
    /// The revision, counted from 0.
    pub revision: usize,
    /// The object's number, if it is about one.
    pub object: Option<u32>,
    /// Byte offset in the file; for an object in an object stream, that of the object stream.
    pub at: usize,
    /// What it is.
    pub kind: IrregularityKind,
}

/// What is irregular.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum IrregularityKind {
    /// A dictionary holds a key twice; the first value is read.
    DuplicateKey {
        /// The key.
        key: String,
    },
    /// An entry of a cross-reference table is not exactly 20 bytes of the lawful form.
    EntryForm,
    /// A section names an object twice, or both sections of one revision name it; the first counts.
    EntryTwice,
    /// The header is not at the file's first byte; offsets are counted from it.
    HeaderPlace,
    /// Bytes that no grammar has a place for were passed over.
    Junk,
    /// `endobj` is missing.
    ObjectEnd,
    /// An object cannot be read where the section places it.
    ObjectMissing,
    /// White space stands where the section places an object, and the object after it.
    ObjectSpace,
    /// An object stream has no object at the index that the section gives, or another one.
    ObjectStreamIndex,
    /// An object stream that earlier entries lead into was replaced or freed.
    ObjectStreamReplaced,
    /// Two objects, or an object and a section, share bytes.
    Overlap,
    /// An entry leads into an earlier revision's bytes, to where that one had no such object.
    PlaceEarlier,
    /// A reference has another generation than the object; it reads as nothing.
    ReferenceGeneration,
    /// `%%EOF` is missing at a revision's end.
    RevisionEnd,
    /// A section begins a few bytes away from the place that leads to it.
    SectionOffset,
    /// The sections are of no use; the file was read by looking for objects.
    SectionRebuilt,
    /// The first number of a run of entries is off by one.
    SectionRun,
    /// White space stands where a section should begin, and the section after it.
    SectionSpace,
    /// A revision's `startxref` does not lead to its own section.
    SectionStart,
    /// `/Size` is not above the highest number.
    Size,
    /// A stream is not as long as its dictionary says; it was read up to `endstream`.
    StreamLength,
    /// Something follows the last revision's end.
    TrailingBytes,
    /// Bytes of a revision that are neither an object, nor a section, nor white space or a comment.
    Unplaced {
        /// Where the next thing begins that has a place.
        end: usize,
    },
}

impl IrregularityKind {
    /// Returns a number for the kind alone.
    pub(super) fn rank(&self) -> u8 {
        match self {
            Self::DuplicateKey { .. } => 0,
            Self::EntryForm => 1,
            Self::EntryTwice => 2,
            Self::HeaderPlace => 3,
            Self::Junk => 4,
            Self::ObjectEnd => 5,
            Self::ObjectMissing => 6,
            Self::ObjectSpace => 7,
            Self::ObjectStreamIndex => 8,
            Self::ObjectStreamReplaced => 9,
            Self::Overlap => 10,
            Self::PlaceEarlier => 11,
            Self::ReferenceGeneration => 12,
            Self::RevisionEnd => 13,
            Self::SectionOffset => 14,
            Self::SectionRebuilt => 15,
            Self::SectionRun => 16,
            Self::SectionSpace => 17,
            Self::SectionStart => 18,
            Self::Size => 19,
            Self::StreamLength => 20,
            Self::TrailingBytes => 21,
            Self::Unplaced { .. } => 22,
        }
    }
}

/// An irregularity where it is found, before it is known in which revision and object.
#[derive(Clone, Debug)]
pub(super) struct Note {
    pub(super) at: usize,
    pub(super) kind: IrregularityKind,
}
