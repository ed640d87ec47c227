//! The fold of what came back: which received signatures count, and which received files are heads.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::{
    Arrival, Commitment, Confirmed, CopyState, Entry, Head, Received, ReceivedPlace, SignedSeat,
    Standing, Withdrawn,
};
use crate::agreement::{Level, Role, SeatId, Sha256};

/// A file that came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceivedFile {
    /// When it was entered, UTC.
    pub at: DateTime<Utc>,
    /// What was entered.
    pub received: Received,
    /// The place of its entry.
    pub seq: u64,
}

/// What an officer said of whose a certificate is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confirmation {
    /// When it was entered, UTC.
    pub at: DateTime<Utc>,
    /// What was entered.
    pub confirmed: Confirmed,
    /// The place of its entry, which a correction names.
    pub seq: u64,
    /// When it was withdrawn (UTC), and why.
    pub withdrawn: Option<(DateTime<Utc>, Commitment)>,
}

/// A signature in a seat, whether it counts or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownSignature {
    /// The role in which the signer signed, where it was known.
    pub as_role: Option<Role>,
    /// When it was entered first, UTC.
    pub at: DateTime<Utc>,
    /// SHA-256 of the certificate's DER.
    pub certificate: Sha256,
    /// Its level, raised by extensions.
    pub level: Level,
    /// The seat.
    pub seat: SeatId,
    /// The place of the entry that told of it first.
    pub seq: u64,
    /// When, UTC, as its time-stamp proves.
    pub stamped_at: Option<DateTime<Utc>>,
    /// The best that was said of it, or what was said when it was judged anew.
    pub standing: Standing,
}

impl ReceivedFile {
    pub(super) fn new(entry: &Entry, received: &Received) -> Self {
        Self {
            at: entry.at,
            received: received.clone(),
            seq: entry.seq,
        }
    }
}

impl CopyState {
    /// Returns every known state of the copy in the order of entry: the heads, then received files
    /// that go on from one and hold a signature that does not count yet.
    pub fn states(&self) -> impl Iterator<Item = Head> {
        let is_head = |digest| self.heads.iter().any(|head| head.digest == digest);
        let waiting = self.received.iter().filter(goes_on);
        let waiting = waiting
            .map(head_of)
            .filter(move |head| !is_head(head.digest));
        self.heads.iter().copied().chain(waiting)
    }

    /// Returns the confirmation that stands for a certificate in a seat; of several the first.
    #[must_use]
    pub fn confirmation(&self, seat: &SeatId, certificate: Sha256) -> Option<&Confirmation> {
        self.confirmations.iter().find(|known| {
            known.withdrawn.is_none()
                && known.confirmed.seat == *seat
                && known.confirmed.certificate == certificate
        })
    }

    /// Returns the seats that hold a signature which only waits for an officer's word, with the
    /// certificates, in the order of entry.
    pub fn to_confirm(&self) -> impl Iterator<Item = (&SeatId, Sha256)> {
        self.signatures
            .iter()
            .filter(|known| known.standing == Standing::ToConfirm)
            .filter(|known| self.confirmation(&known.seat, known.certificate).is_none())
            .map(|known| (&known.seat, known.certificate))
    }

    /// Tells whether a signature was made in this office, and did not come in a file.
    #[must_use]
    pub fn was_made_here(&self, known: &KnownSignature) -> bool {
        self.received.iter().all(|file| file.seq != known.seq)
    }

    /// Adds a signature that was made here.
    pub(super) fn sign(&mut self, signature: KnownSignature) {
        if self.know(signature, false) {
            self.settle_heads();
        }
    }

    /// Adds a file that came back.
    pub(super) fn receive(&mut self, entry: &Entry, received: &Received) {
        let is_rejudged = received.arrival == Arrival::Rejudged;
        let mut is_changed = false;
        for seat in &received.seats {
            let signature = KnownSignature {
                as_role: seat.as_role.clone(),
                at: entry.at,
                certificate: seat.certificate,
                level: seat.level,
                seat: seat.seat.clone(),
                seq: entry.seq,
                stamped_at: seat.stamped_at,
                standing: seat.standing,
            };
            is_changed |= self.know(signature, is_rejudged);
        }
        let file = ReceivedFile::new(entry, received);
        let head = (goes_on(&&file) && self.counts_wholly(received)).then(|| head_of(&file));
        self.received.push(file);
        if is_changed {
            self.settle_heads();
        } else if let Some(head) = head {
            // Nothing else can have become a head, or ceased to be one.
            self.add_head(head);
        }
    }

    /// Adds an officer's word.
    pub(super) fn confirm(&mut self, entry: &Entry, confirmed: &Confirmed) {
        self.confirmations.push(Confirmation {
            at: entry.at,
            confirmed: confirmed.clone(),
            seq: entry.seq,
            withdrawn: None,
        });
        self.settle_heads();
    }

    /// Takes an officer's word back.
    pub(super) fn withdraw(&mut self, entry: &Entry, withdrawn: &Withdrawn) {
        let mut known = self.confirmations.iter_mut();
        if let Some(known) = known.find(|known| known.seq == withdrawn.confirmed) {
            known.withdrawn.get_or_insert((entry.at, withdrawn.ground));
        }
        self.settle_heads();
    }

    /// Adds a signature, or what is better in it than what was known: the same one may come in several
    /// files, and be judged again. Judged anew on purpose, it is what was said last.
    ///
    /// Tells whether one that was known now stands otherwise.
    fn know(&mut self, signature: KnownSignature, is_rejudged: bool) -> bool {
        let mut known = self.signatures.iter_mut();
        let same = known.find(|known| {
            known.seat == signature.seat && known.certificate == signature.certificate
        });
        let Some(same) = same else {
            self.signatures.push(signature);
            return false;
        };
        same.level = same.level.max(signature.level);
        same.stamped_at = same.stamped_at.or(signature.stamped_at);
        let is_changed = same.standing != signature.standing;
        if is_rejudged {
            same.standing = signature.standing;
            same.as_role = signature.as_role.or(same.as_role.take());
            return is_changed;
        }
        let is_better = rank(signature.standing) > rank(same.standing);
        if is_better {
            same.standing = signature.standing;
            same.as_role = signature.as_role;
        }
        is_better
    }

    /// Returns the role in which a signature counts; `None` where it does not.
    pub(super) fn counted_role<'a>(&'a self, known: &'a KnownSignature) -> Option<&'a Role> {
        match known.standing {
            Standing::Counts => known.as_role.as_ref(),
            Standing::Refused => None,
            Standing::ToConfirm => self
                .confirmation(&known.seat, known.certificate)
                .map(|confirmation| &confirmation.confirmed.as_role),
        }
    }

    /// Computes which seats are signed, once all entries are added.
    pub(super) fn settle(&mut self) {
        let mut signed = BTreeMap::new();
        for known in &self.signatures {
            let Some(as_role) = self.counted_role(known) else {
                continue;
            };
            // In a fork a seat may be signed in both branches; it was signed at the first.
            let seat = signed.entry(known.seat.clone());
            seat.or_insert_with(|| SignedSeat {
                as_role: as_role.clone(),
                at: known.at,
                certificate: known.certificate,
                level: known.level,
                stamped_at: known.stamped_at,
            });
        }
        self.signed = signed;
    }

    /// A received file is a head once every signature in it counts: the next one signs what it holds.
    fn settle_heads(&mut self) {
        let (ready, waiting): (Vec<Head>, Vec<Head>) = {
            let goes_on = self.received.iter().filter(goes_on);
            let (ready, waiting): (Vec<_>, Vec<_>) =
                goes_on.partition(|file| self.counts_wholly(&file.received));
            let heads = |files: Vec<&ReceivedFile>| files.into_iter().map(head_of).collect();
            (heads(ready), heads(waiting))
        };
        // From the last one on, as one that waits may follow another.
        for gone in waiting.iter().rev() {
            let is_followed = self
                .heads
                .iter()
                .any(|head| head.follows == Some(gone.digest));
            if !is_followed {
                self.heads.retain(|head| head.digest != gone.digest);
            }
        }
        for head in ready {
            self.add_head(head);
        }
    }

    fn add_head(&mut self, head: Head) {
        if self.heads.iter().any(|known| known.digest == head.digest) {
            return;
        }
        if head.follows == Some(self.head()) {
            self.heads.push(head);
        } else {
            // What is signed next stays what it was: the later signer is asked to sign that.
            self.forked = true;
            let last = self.heads.len().saturating_sub(1);
            self.heads.insert(last, head);
        }
    }

    fn counts_wholly(&self, received: &Received) -> bool {
        received.seats.iter().all(|seat| {
            let mut known = self.signatures.iter();
            let known = known
                .find(|known| known.seat == seat.seat && known.certificate == seat.certificate);
            match known.map(|known| known.standing) {
                Some(Standing::Counts) => true,
                Some(Standing::ToConfirm) => {
                    self.confirmation(&seat.seat, seat.certificate).is_some()
                }
                Some(Standing::Refused) | None => false,
            }
        })
    }
}

/// Tells whether a received file is a state of its own.
fn goes_on(file: &&ReceivedFile) -> bool {
    if file.received.arrival == Arrival::Rejudged {
        return false;
    }
    match file.received.place {
        ReceivedPlace::Fork | ReceivedPlace::Newer => file.received.follows.is_some(),
        ReceivedPlace::Earlier | ReceivedPlace::Foreign | ReceivedPlace::Same => false,
    }
}

fn head_of(file: &ReceivedFile) -> Head {
    Head {
        at: file.at,
        digest: file.received.file,
        follows: file.received.follows,
        size_bytes: file.received.size_bytes,
    }
}

fn rank(standing: Standing) -> u8 {
    match standing {
        Standing::Refused => 0,
        Standing::ToConfirm => 1,
        Standing::Counts => 2,
    }
}
