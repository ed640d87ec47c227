//! Where one copy stands: its heads, its signatures, and what else happened to it.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::arrivals::KnownSignature;
use super::{Commitment, Confirmation, Entered, Inked, InkedSeat, Issued, ReceivedFile};
use crate::agreement::{AgreementId, CopyId, Level, PartyCode, Role, SeatId, Sha256};

/// Where one copy stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopyState {
    /// The agreement.
    pub agreement: AgreementId,
    /// What officers said of whose certificates are, in the order of entry.
    pub confirmations: Vec<Confirmation>,
    /// The latest extension.
    pub extended: Option<Extension>,
    /// Whether a head went on from another than the newest one: then several files are true.
    pub forked: bool,
    /// Every known head in the order of entry: the base revision, then what was appended to it. A
    /// received one of another branch stands before the newest.
    pub heads: Vec<Head>,
    /// What was signed on paper, in the order of entry.
    pub inked: Vec<Entered<Inked>>,
    /// What was entered when it was issued.
    pub issued: Issued,
    /// When it was issued, UTC.
    pub issued_at: DateTime<Utc>,
    /// The files that came back, in the order of entry.
    pub received: Vec<ReceivedFile>,
    /// The copy it replaced.
    pub replaces: Option<CopyId>,
    /// The office's seal.
    pub sealed: Option<SealState>,
    /// To whom it was sent, and when last (UTC).
    pub sent: BTreeMap<PartyCode, DateTime<Utc>>,
    /// The seats that were signed electronically, here or in received files, as far as the signature counts.
    pub signed: BTreeMap<SeatId, SignedSeat>,
    /// Every signature in a seat that was entered, also those that do not count.
    pub signatures: Vec<KnownSignature>,
    /// When it was voided (UTC), and why.
    pub voided: Option<(DateTime<Utc>, Commitment)>,
}

/// One state of a copy's file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// When it was entered, UTC.
    pub at: DateTime<Utc>,
    /// Its digest, also the document that holds it.
    pub digest: Sha256,
    /// The head it went on from; `None` for the base revision.
    pub follows: Option<Sha256>,
    /// Its size in bytes.
    pub size_bytes: u64,
}

/// Where a known head stands among those of its copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeadPlace {
    /// Another known head goes on from it.
    Earlier,
    /// No known head goes on from it; a forked copy has several of these.
    Newest,
}

/// The office's seal in a copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SealState {
    /// When it was entered, UTC.
    pub at: DateTime<Utc>,
    /// SHA-256 of the certificate's DER.
    pub certificate: Sha256,
    /// Whether it certifies the document.
    pub certifies: bool,
    /// Its level, raised by extensions.
    pub level: Level,
}

/// A seat that was signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedSeat {
    /// The role in which the signer signed.
    pub as_role: Role,
    /// When it was entered, UTC.
    pub at: DateTime<Utc>,
    /// SHA-256 of the certificate's DER.
    pub certificate: Sha256,
    /// The signature's level, raised by extensions.
    pub level: Level,
    /// When, UTC, as the signature's time-stamp proves.
    pub stamped_at: Option<DateTime<Utc>>,
}

/// An extension of a copy's evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extension {
    /// When it was entered, UTC.
    pub at: DateTime<Utc>,
    /// The level that every signature had then, at least.
    pub level: Level,
    /// When, UTC, as its document time-stamp proves.
    pub stamped_at: Option<DateTime<Utc>>,
}

impl CopyState {
    /// Tells whether the copy counts.
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.voided.is_none()
    }

    /// Returns the digest of the newest head, also the document that holds it.
    #[must_use]
    pub fn head(&self) -> Sha256 {
        self.heads
            .last()
            .map_or(self.issued.base, |head| head.digest)
    }

    /// Returns the newest head's size in bytes.
    #[must_use]
    pub fn head_size_bytes(&self) -> u64 {
        self.heads
            .last()
            .map_or(self.issued.size_bytes, |head| head.size_bytes)
    }

    /// Returns where a digest stands among the copy's heads; `None` for an unknown one.
    #[must_use]
    pub fn place_of(&self, digest: Sha256) -> Option<HeadPlace> {
        if self.heads.iter().any(|head| head.follows == Some(digest)) {
            Some(HeadPlace::Earlier)
        } else if self.heads.iter().any(|head| head.digest == digest) {
            Some(HeadPlace::Newest)
        } else {
            None
        }
    }

    /// Returns the paper on which a seat was signed, with the seat as it stands there; of several the one that
    /// was signed first.
    #[must_use]
    pub fn paper(&self, seat: &SeatId) -> Option<(&Entered<Inked>, &InkedSeat)> {
        let papers = self.inked.iter().filter_map(|inked| {
            let mut seats = inked.body.seats.iter();
            Some((inked, seats.find(|signed| signed.seat == *seat)?))
        });
        papers.min_by_key(|(inked, _)| (inked.body.signed_on, inked.seq))
    }

    /// Tells whether every seat of the copy was signed, electronically or on paper.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.open_seats().next().is_none()
    }

    /// Returns the seats that were not signed yet, in print order.
    pub fn open_seats(&self) -> impl Iterator<Item = &SeatId> {
        let is_open =
            |seat: &&SeatId| !self.signed.contains_key(*seat) && self.paper(seat).is_none();
        self.issued.seats.iter().filter(is_open)
    }

    /// Returns the lowest level of the signatures in the copy, seal included; `None` without any.
    #[must_use]
    pub fn level(&self) -> Option<Level> {
        let seal = self.sealed.iter().map(|seal| seal.level);
        let seats = self.signed.values().map(|seat| seat.level);
        seal.chain(seats).min()
    }

    /// Raises every signature there is to the level of an extension.
    pub(super) fn extend(&mut self, extension: Extension) {
        let seal = self.sealed.iter_mut().map(|seal| &mut seal.level);
        let seats = self.signatures.iter_mut().map(|seat| &mut seat.level);
        for level in seal.chain(seats) {
            *level = extension.level.max(*level);
        }
        self.extended = Some(extension);
    }
}
