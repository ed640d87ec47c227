//! What can be wrong with a file, a field or a font.

/// What the folder refuses, each with the value that was wrong.
///
/// `object` is an indirect object's number, 0 the trailer; `at` is a byte offset in the file.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Error {
    /// A line of an appearance has a character that the form's font cannot show.
    #[error("the appearance font cannot show {character:?} (U+{code:04X}) in {text:?}", code = u32::from(*character))]
    AppearanceCharacter {
        /// The first such character.
        character: char,
        /// The whole line, in normalisation form C.
        text: String,
    },
    /// The form has no font for appearances, or not one that this folder writes.
    #[error("the form has no font for the appearances of signatures")]
    AppearanceFont,
    /// Two different embedded files go by one name, so neither can be believed.
    #[error("two different attachments are named {0:?}")]
    AttachmentTwice(String),
    /// Only the first signature of a document can certify it.
    #[error("the field {0:?} is signed, so the document can no longer be certified")]
    CertificationLate(String),
    /// A signature or time-stamp does not fit into its place.
    #[error("the signature has {size} bytes, more than the {reserved} that are reserved for it")]
    ContentsSize {
        /// The signature's bytes.
        size: usize,
        /// The bytes reserved.
        reserved: usize,
    },
    /// The bytes do not follow the grammar.
    #[error("{expected} expected at byte {at}")]
    Damaged {
        /// Byte offset in the file.
        at: usize,
        /// What the grammar wants there.
        expected: &'static str,
    },
    /// A stream inflates to more than its reader allows.
    #[error("the stream of object {object} inflates to more than {limit} bytes")]
    DecodedSize {
        /// The stream.
        object: u32,
        /// The most bytes allowed.
        limit: usize,
    },
    /// A dictionary holds a key twice; readers would disagree on its value.
    #[error("the dictionary that ends at byte {at} holds /{key} twice")]
    DuplicateKey {
        /// Byte offset in the file.
        at: usize,
        /// The key.
        key: String,
    },
    /// The file is encrypted.
    #[error("the file is encrypted")]
    Encrypted,
    /// The evidence of a signature names an item that is not given.
    #[error("the evidence of a signature names item {index} of {count}, counted from 0")]
    EvidenceIndex {
        /// The item named.
        index: usize,
        /// How many items there are.
        count: usize,
    },
    /// A field asks its signer for something that is not written here.
    #[error("the field {field:?} has the entry /{key}, which is not supported")]
    FieldConstrained {
        /// The field's name.
        field: String,
        /// `Lock` or `SV`.
        key: &'static str,
    },
    /// A placeholder's name is not among the expected fields.
    #[error("the document has a placeholder for the field {0:?}, which is not expected")]
    FieldExtra(String),
    /// An expected field has no placeholder.
    #[error("the document has no placeholder for the field {0:?}")]
    FieldMissing(String),
    /// A field's name cannot stand in a link and be a partial field name.
    #[error(
        "the field name {0:?} is not 1 to {max} visible ASCII characters without a full stop",
        max = super::fields::MAX_NAME_BYTES
    )]
    FieldName(String),
    /// A field is for something else than a signature.
    #[error("the field {0:?} is no signature field")]
    FieldNotSignature(String),
    /// A field or its placeholder has no area, so that it would be invisible.
    #[error("the field {0:?} has no width or no height")]
    FieldRect(String),
    /// A field holds a signature already.
    #[error("the field {0:?} is already signed")]
    FieldSigned(String),
    /// A placeholder is broken over several lines or columns.
    #[error("the placeholder for the field {0:?} is broken into pieces")]
    FieldSplit(String),
    /// A field has no tooltip, or one too long to be read aloud.
    #[error(
        "the tooltip of the field {0:?} is not 1 to {max} printable characters",
        max = super::fields::MAX_TOOLTIP_CHARS
    )]
    FieldTooltip(String),
    /// A field's name is expected, or placed, twice.
    #[error("the field {0:?} occurs twice")]
    FieldTwice(String),
    /// The form has no such field.
    #[error("the form has no field {0:?}")]
    FieldUnknown(String),
    /// A placeholder has no `Link` element in the structure tree.
    #[error("the placeholder for the field {0:?} is not tagged as a link")]
    FieldUntagged(String),
    /// A field and its place on a page are not one object.
    #[error("the field {0:?} is not one object with its widget")]
    FieldWithoutWidget(String),
    /// The file is larger than the folder reads.
    #[error("the file has {size} bytes, more than {limit}")]
    FileSize {
        /// The file's bytes.
        size: usize,
        /// The most bytes allowed.
        limit: usize,
    },
    /// A stream is packed in a way that is not read.
    #[error("the stream of object {object} has the filter {filter:?}, which is not read")]
    Filter {
        /// The stream.
        object: u32,
        /// The filter's name.
        filter: String,
    },
    /// The appearance font lacks a character that a name may need.
    #[error("the appearance font has no glyph for {0:?} (U+{code:04X})", code = u32::from(*.0))]
    FontGlyph(char),
    /// The appearance font is not a TrueType font with `glyf` outlines.
    #[error("the appearance font has no TrueType outlines")]
    FontOutlines,
    /// The appearance font's maker forbids embedding it.
    #[error("the appearance font may not be embedded, by its OS/2 table")]
    FontPermission,
    /// The appearance font cannot be read.
    #[error("the appearance font cannot be read: {0}")]
    FontRead(#[from] ttf_parser::FaceParsingError),
    /// The appearance font cannot be subset.
    #[error("the appearance font cannot be subset: {0}")]
    FontSubset(#[from] subsetter::Error),
    /// A stream's compressed bytes are damaged.
    #[error("the stream of object {object} does not inflate")]
    Inflate {
        /// The stream.
        object: u32,
    },
    /// References or trees lead back to where they came from.
    #[error("object {object} is reached twice in a tree")]
    Loop {
        /// The object.
        object: u32,
    },
    /// An object lacks a value, or has one of the wrong type.
    #[error("{what} of object {object} is not {expected}")]
    Malformed {
        /// The object.
        object: u32,
        /// The key, or what stands for it.
        what: &'static str,
        /// What it should be.
        expected: &'static str,
    },
    /// A reference leads to no object.
    #[error("object {object} is not in the file")]
    Missing {
        /// The object.
        object: u32,
    },
    /// More room is asked for than a string of PDF/A may have.
    #[error("{size} bytes are to be reserved for a signature, more than {limit}")]
    ReserveSize {
        /// The bytes asked for.
        size: usize,
        /// The most bytes allowed.
        limit: usize,
    },
    /// The file has more objects, parts of an object or revisions than the folder reads.
    #[error("more than {limit} {what}")]
    TooMany {
        /// What there is too much of.
        what: &'static str,
        /// The most allowed.
        limit: usize,
    },
    /// The typeset file holds something that it should not.
    #[error("the typeset file has {0}, which the base revision cannot take over")]
    Unexpected(&'static str),
    /// The file needs a feature that is not read.
    #[error("the file has {0}, which is not read")]
    Unread(&'static str),
}
