//! What the office knows of a copy that it issued.

use sha2::Digest as _;

use super::{Finding, Identity, IdentityAnswer, Question, Severity};
use crate::agreement::{CopyId, Role, SeatId, Sha256};

/// What there is to compare a file with.
#[derive(Clone, Copy, Debug)]
pub enum Issued<'a> {
    /// The copy that the file is, begins with or says that it is.
    Copy(&'a IssuedCopy),
    /// Nobody to ask.
    NotAsked,
    /// The register was asked and knows no such copy.
    Unknown,
}

/// A copy as the register has it, to compare a file with.
#[derive(Clone, Debug)]
pub struct IssuedCopy {
    /// The copy.
    pub copy: CopyId,
    /// The base revision.
    pub base: State,
    /// Every known state of the file, the base revision included, in the order in which they became known;
    /// also states inside a received file that nobody handed in alone.
    pub states: Vec<State>,
    /// The states that no known state goes on from: one, or several where the copy is forked.
    pub newest: Vec<Sha256>,
    /// Whether it was voided.
    pub is_voided: bool,
    /// The copy's seats in print order.
    pub seats: Vec<IssuedSeat>,
    /// The seal's field.
    pub seal_field: String,
    /// SHA-256 of the DER of the certificate that sealed it, where it is sealed.
    pub seal: Option<Sha256>,
}

/// A seat of an issued copy.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct IssuedSeat {
    /// The seat, also its field's name.
    pub id: SeatId,
    /// The roles that the version admits in it; `None` where the party's rule alone says.
    pub admitted: Option<Vec<Role>>,
}

/// A known state of a copy's file.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct State {
    /// SHA-256 of the file.
    pub digest: Sha256,
    /// Its size in bytes.
    pub size_bytes: usize,
}

/// Tells which state of the copy a file is, or goes on from.
pub(super) fn identify(bytes: &[u8], issued: Issued<'_>) -> Identity {
    let without_copy = |answer, findings| Identity {
        answer,
        copy: None,
        is_voided: false,
        findings,
    };
    let issued = match issued {
        Issued::NotAsked => return without_copy(IdentityAnswer::NotAsked, Vec::new()),
        Issued::Unknown => return without_copy(IdentityAnswer::Unknown, vec![unknown()]),
        Issued::Copy(issued) => issued,
    };
    let answer = answer(bytes, issued);
    let mut findings: Vec<_> = told(answer, issued).into_iter().collect();
    if issued.is_voided {
        findings.push(
            Finding::new(
                Question::Identity,
                Severity::Fault,
                "copy_voided",
                format!("Exemplaret {} är makulerat.", issued.copy),
                format!("The copy {} was voided.", issued.copy),
            )
            .advising(
                "Använd det exemplar som ersatte det.",
                "Use the copy that replaced it.",
            ),
        );
    }
    Identity {
        answer,
        copy: Some(issued.copy.clone()),
        is_voided: issued.is_voided,
        findings,
    }
}

/// Tells whether the file begins with the copy's base revision, byte for byte.
pub(super) fn has_base(bytes: &[u8], issued: &IssuedCopy) -> bool {
    let base = bytes.get(..issued.base.size_bytes);
    base.is_some_and(|base| Sha256::of(base) == issued.base.digest)
}

fn answer(bytes: &[u8], issued: &IssuedCopy) -> IdentityAnswer {
    let Some(longest) = longest_state(bytes, issued) else {
        return IdentityAnswer::OtherBase;
    };
    let is_newest = issued.newest.contains(&longest.digest);
    match (longest.size_bytes == bytes.len(), is_newest) {
        (true, true) => IdentityAnswer::Newest,
        (true, false) => IdentityAnswer::OlderThanKnown,
        (false, true) => IdentityAnswer::Newer,
        (false, false) => IdentityAnswer::Forked,
    }
}

/// Returns the longest known state that the file begins with, hashing the file once.
fn longest_state(bytes: &[u8], issued: &IssuedCopy) -> Option<State> {
    let mut states: Vec<_> = issued.states.clone();
    states.push(issued.base);
    states.sort_by_key(|state| state.size_bytes);
    let mut hasher = sha2::Sha256::new();
    let mut hashed = 0;
    let mut longest = None;
    for state in states {
        let Some(more) = bytes.get(hashed..state.size_bytes) else {
            break;
        };
        hasher.update(more);
        hashed = state.size_bytes;
        if Sha256::from_state(hasher.clone()) == state.digest {
            longest = Some(state);
        }
    }
    longest
}

fn unknown() -> Finding {
    Finding::new(
        Question::Identity,
        Severity::Fault,
        "no_copy_of_this_office",
        "Filen är inget exemplar som finns i det här registret.",
        "The file is no copy that is in this register.",
    )
    .advising(
        "Fråga avsändaren vilken fil som skrevs under.",
        "Ask the sender which file was signed.",
    )
}

fn told(answer: IdentityAnswer, issued: &IssuedCopy) -> Option<Finding> {
    let copy = &issued.copy;
    let newest: Vec<_> = issued.newest.iter().map(ToString::to_string).collect();
    let newest = newest.join(", ");
    let finding = |severity, code, swedish, english| {
        Finding::new(Question::Identity, severity, code, swedish, english)
    };
    match answer {
        IdentityAnswer::NotAsked | IdentityAnswer::Newest | IdentityAnswer::Unknown => None,
        IdentityAnswer::OtherBase => Some(
            finding(
                Severity::Fault,
                "other_base",
                format!("Filen kallar sig {copy}, men texten är inte den som utfärdades."),
                format!("The file calls itself {copy}, but its text is not what was issued."),
            )
            .advising(
                "Godta den inte. Skicka det utfärdade exemplaret igen.",
                "Do not accept it. Send the issued copy again.",
            ),
        ),
        IdentityAnswer::OlderThanKnown => Some(
            finding(
                Severity::Fault,
                "older_than_known",
                format!("Filen är ett tidigare läge av {copy}; ett nyare är känt."),
                format!("The file is an earlier state of {copy}; a newer one is known."),
            )
            .advising(
                format!("Använd den senaste filen, sha256 {newest}."),
                format!("Use the newest file, sha256 {newest}."),
            ),
        ),
        IdentityAnswer::Forked => Some(
            finding(
                Severity::Warning,
                "forked",
                format!("Filen går vidare från ett tidigare läge av {copy}, vid sidan av det senaste."),
                format!("The file goes on from an earlier state of {copy}, beside the newest one."),
            )
            .advising(
                "Behåll båda filerna. Be den som skrev under sist att skriva under den senaste filen.",
                "Keep both files. Ask whoever signed last to sign the newest file.",
            ),
        ),
        IdentityAnswer::Newer => Some(finding(
            Severity::Note,
            "newer_than_known",
            format!("Filen går vidare från det senaste kända läget av {copy}."),
            format!("The file goes on from the newest known state of {copy}."),
        )),
    }
}
