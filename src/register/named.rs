//! What an event names: documents, commitments, a party, a copy, a head.

use super::{Commitment, Event, Reissued};
use crate::agreement::{CopyId, PartyCode, Sha256};

impl Event {
    /// Returns the documents that the event names, in no special order, without those behind commitments.
    ///
    /// Those of minutes, scans and letters may be erased as those behind commitments may.
    #[must_use]
    pub fn documents(&self) -> Vec<Sha256> {
        match self {
            Self::Answered(answered) => answered.document.into_iter().collect(),
            Self::Authorised(authorised) => authorised.source.extract.into_iter().collect(),
            Self::ConsultationOpened(opened) => vec![opened.bundle],
            Self::Corrected(corrected) => {
                let instead = corrected.instead.as_deref();
                instead.map(Self::documents).unwrap_or_default()
            }
            Self::Decided(decided) => decided.minutes.extract.into_iter().collect(),
            Self::Declined(letter) | Self::Retracted(letter) => {
                letter.document.into_iter().collect()
            }
            Self::Extended(extended) => vec![extended.head_after],
            Self::Inked(inked) => vec![inked.scan],
            Self::Issued(issued) | Self::Reissued(Reissued { issued, .. }) => {
                vec![issued.base, issued.data]
            }
            Self::Lettered(lettered) => lettered.to.iter().map(|it| it.pdf).collect(),
            Self::Notified(notified) => notified.document.into_iter().collect(),
            Self::Published(published) => vec![published.bundle],
            Self::Received(received) => vec![received.file, received.verdict],
            Self::Recommended(recommended) => recommended.minutes.extract.into_iter().collect(),
            Self::Sealed(sealed) => vec![sealed.head_after],
            Self::Signed(signed) => vec![signed.head_after],
            Self::Confirmed(_)
            | Self::Considered(_)
            | Self::ConsultationClosed(_)
            | Self::Erased(_)
            | Self::Opened(_)
            | Self::PartyChanged(_)
            | Self::Relieved(_)
            | Self::Restored(_)
            | Self::Sent(_)
            | Self::Settled(_)
            | Self::Voided(_)
            | Self::Withdrawn(_) => Vec::new(),
        }
    }

    /// Returns the event's commitments, each with the name of its key, in the order of the keys.
    #[must_use]
    pub fn commitments(&self) -> Vec<(&'static str, Commitment)> {
        match self {
            Self::Answered(answered) => {
                let clauses = answered.clauses.iter();
                let comments = clauses.filter_map(|it| Some(("comment", it.comment?)));
                let general = answered.general.map(|words| ("general", words));
                comments.chain(general).collect()
            }
            Self::Authorised(authorised) => {
                let persons = authorised.persons.iter();
                persons.map(|it| ("person", it.person)).collect()
            }
            Self::Confirmed(confirmed) => vec![("ground", confirmed.ground)],
            Self::Considered(considered) => vec![("reason", considered.reason)],
            Self::Corrected(corrected) => {
                let instead = corrected.instead.as_deref();
                let mut found = instead.map(Self::commitments).unwrap_or_default();
                found.push(("reason", corrected.reason));
                found
            }
            Self::Decided(decided) => {
                let condition = decided.condition.map(|words| ("condition", words));
                let dissent = decided.dissent.map(|words| ("dissent", words));
                condition.into_iter().chain(dissent).collect()
            }
            Self::Declined(letter) | Self::Retracted(letter) => vec![("reason", letter.reason)],
            Self::Inked(inked) => {
                let seats = inked.seats.iter();
                let persons = seats.filter_map(|seat| Some(("person", seat.person?)));
                persons.chain([("witness", inked.witness)]).collect()
            }
            Self::Published(published) => {
                let despite = published.despite_comments.as_ref();
                despite
                    .map(|it| ("reason", it.reason))
                    .into_iter()
                    .collect()
            }
            Self::Recommended(recommended) => {
                let condition = recommended.condition.map(|words| ("condition", words));
                condition.into_iter().collect()
            }
            Self::Relieved(relieved) => vec![("reason", relieved.reason)],
            Self::Restored(restored) => vec![("reason", restored.reason)],
            Self::Settled(settled) => vec![("reason", settled.reason)],
            Self::Voided(voided) => vec![("reason", voided.reason)],
            Self::Withdrawn(withdrawn) => vec![("ground", withdrawn.ground)],
            Self::ConsultationClosed(_)
            | Self::ConsultationOpened(_)
            | Self::Erased(_)
            | Self::Extended(_)
            | Self::Issued(_)
            | Self::Lettered(_)
            | Self::Notified(_)
            | Self::Opened(_)
            | Self::PartyChanged(_)
            | Self::Received(_)
            | Self::Reissued(_)
            | Self::Sealed(_)
            | Self::Sent(_)
            | Self::Signed(_) => Vec::new(),
        }
    }

    /// Returns the party that the event itself names as the one it is about; `None` where that is a copy's
    /// parties, or nobody.
    #[must_use]
    pub fn party(&self) -> Option<&PartyCode> {
        match self {
            Self::Authorised(it) => Some(&it.party),
            Self::Corrected(it) => it.instead.as_deref().and_then(Self::party),
            Self::Decided(it) => Some(&it.party),
            Self::Declined(it) | Self::Retracted(it) => Some(&it.party),
            Self::Notified(it) => Some(&it.party),
            Self::PartyChanged(it) => Some(&it.party),
            Self::Relieved(it) => Some(&it.party),
            Self::Sent(it) => Some(&it.party),
            Self::Settled(it) => Some(&it.party),
            _ => None,
        }
    }

    /// Returns the copy that the event is about; `None` where it is about several or none.
    #[must_use]
    pub fn copy(&self) -> Option<&CopyId> {
        match self {
            Self::Confirmed(it) => Some(&it.copy),
            Self::Corrected(it) => it.instead.as_deref().and_then(Self::copy),
            Self::Extended(it) => Some(&it.copy),
            Self::Inked(it) => Some(&it.copy),
            Self::Issued(it) | Self::Reissued(Reissued { issued: it, .. }) => Some(&it.copy),
            Self::Received(it) => it.copy.as_ref(),
            Self::Sealed(it) => Some(&it.copy),
            Self::Signed(it) => Some(&it.copy),
            Self::Voided(it) => Some(&it.copy),
            Self::Withdrawn(it) => Some(&it.copy),
            _ => None,
        }
    }

    /// Returns how the event alone moves a copy's head; `None` where it does not.
    ///
    /// A received file becomes a head when every signature in it counts, which is for the
    /// [`Tally`](super::Tally) to tell.
    #[must_use]
    pub fn step(&self) -> Option<HeadStep<'_>> {
        let (copy, before, after, size_bytes) = match self {
            Self::Extended(it) => (&it.copy, it.head_before, it.head_after, it.size_bytes),
            Self::Sealed(it) => (&it.copy, it.head_before, it.head_after, it.size_bytes),
            Self::Signed(it) => (&it.copy, it.head_before, it.head_after, it.size_bytes),
            _ => return None,
        };
        Some(HeadStep {
            copy,
            before,
            after,
            size_bytes,
        })
    }
}

/// How an event moves a copy's head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeadStep<'a> {
    /// The copy.
    pub copy: &'a CopyId,
    /// The head it went on from.
    pub before: Sha256,
    /// The new head, also the document that holds it.
    pub after: Sha256,
    /// Size of the new head in bytes.
    pub size_bytes: u64,
}
