//! Why something is not proposed: a sentence each, in Swedish and in English.

use serde::Serialize;

use super::Field;

/// What kind of doubt it is; a name for programs.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DoubtKind {
    /// The decision is an association's, which is no party.
    Association,
    /// Two values or more compete.
    Competing,
    /// The decision takes over words that stand elsewhere.
    DecidedByReference,
    /// The decision may limit what it approves.
    Limited,
    /// No § is about the agreement.
    NoSection,
    /// The body took note, and decided nothing.
    Noted,
    /// A § names the agreement and seems to be about something else.
    OtherMatter,
    /// Another body is asked to decide.
    Recommended,
    /// Several §§ are about the agreement.
    SeveralSections,
    /// The text is larger than minutes are, or has no lines.
    TooLarge,
}

/// A doubt.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Doubt {
    /// Its kind.
    pub kind: DoubtKind,
    /// The field that is not proposed because of it.
    pub field: Option<Field>,
    /// The places to look at, in the order of the text.
    pub places: Vec<Place>,
    /// The doubt as a sentence in Swedish.
    pub swedish: String,
    /// The same in English.
    pub english: String,
}

/// A place in the text.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Place {
    /// The line, counted from 1 over the whole text.
    pub line: usize,
    /// The page, counted from 1.
    pub page: usize,
    /// The line's words, without personal identity numbers.
    pub quote: String,
}

impl Doubt {
    /// Makes a doubt of a kind.
    pub(super) fn new(kind: DoubtKind, field: Option<Field>, places: Vec<Place>) -> Self {
        let (swedish, english) = match kind {
            DoubtKind::Association => (
                "Det är ett kommunalförbunds beslut, och förbundet är ingen part.",
                "This is the decision of an association of municipalities, which is no party.",
            ),
            DoubtKind::Competing => (
                "Texten ger flera olika värden, så inget av dem föreslås.",
                "The text gives several different values, so none of them is proposed.",
            ),
            DoubtKind::DecidedByReference => (
                "Beslutet hänvisar till ett förslag utan att säga vad det innebär för avtalet.",
                "The decision refers to a proposal without saying what it means for the agreement.",
            ),
            DoubtKind::Limited => (
                "Beslutet kan begränsa det som godkänns, så utfallet måste läsas av någon.",
                "The decision may limit what it approves, so somebody has to read the outcome.",
            ),
            DoubtKind::NoSection => (
                "Ingen paragraf i texten handlar om avtalet.",
                "No § in the text is about the agreement.",
            ),
            DoubtKind::Noted => (
                "Organet noterade något och beslutade inte om avtalet.",
                "The body took note of something and did not decide on the agreement.",
            ),
            DoubtKind::OtherMatter => (
                "En paragraf nämner avtalet men verkar handla om något annat.",
                "A § names the agreement but seems to be about something else.",
            ),
            DoubtKind::Recommended => (
                "Organet föreslår att någon annan beslutar, så det är inte partens beslut.",
                "The body proposes that another decides, so it is not the party's decision.",
            ),
            DoubtKind::SeveralSections => (
                "Flera paragrafer handlar om avtalet: välj den som gäller.",
                "Several §§ are about the agreement: choose the one that counts.",
            ),
            DoubtKind::TooLarge => (
                "Texten är större än ett protokoll kan vara eller saknar rader, så den läses inte.",
                "The text is larger than minutes can be or has no lines, so it is not read.",
            ),
        };
        Self {
            kind,
            field,
            places,
            swedish: swedish.to_owned(),
            english: english.to_owned(),
        }
    }
}
