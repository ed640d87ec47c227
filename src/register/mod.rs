//! The register: entries, and what they add up to.
//!
//! Takes entries, gives their canonical bytes and the state that they fold to. The stored bytes
//! are the entry; nothing is updated or deleted, a correction is another entry. Over the entries stands
//! a Merkle tree (RFC 6962), whose head is signed (C2SP tlog-checkpoint, tlog-cosignature) and whose
//! proofs are handed out (C2SP tlog-proof). Never reads a
//! file, a clock or a database: `store` keeps the bytes, journeys decide what is entered.

mod again;
mod arrivals;
mod bound;
mod checkpoint;
mod children;
mod consultation;
mod consultations;
mod copies;
mod corrections;
mod deeds;
mod entry;
mod letters;
mod named;
mod progress;
mod receipt;
mod received;
mod recorded;
mod tally;
mod tiles;
mod tree;
mod verifier;

pub use again::{
    Again, AskedParty, AskedWhy, ChangedClause, Changes, ClauseFate, Earlier, EarlierOwn, Proposed,
    ProposedParty, again,
};
pub use arrivals::{Confirmation, KnownSignature, ReceivedFile};
pub use bound::{
    Beside, BoundRow, BoundVersion, Hold, Succession, Unbound, Until, VersionRow, bound,
};
pub use checkpoint::{
    Checkpoint, CheckpointError, CheckpointSigner, Cosignature, cosign, cosignatures,
    generate_witness_key, merge_cosigned, open_checkpoint, read_checkpoint, sign_checkpoint,
};
pub use children::{Child, accords, amendments, children};
pub use consultation::{
    Answered, ClauseAnswer, Considered, ConsultationClosed, ConsultationOpened, DespiteComments,
    Disposition, Recipient, Stance,
};
pub use consultations::{AnswerState, Comment, ConsultationState};
pub use copies::{CopyState, Extension, Head, HeadPlace, SealState, SignedSeat};
pub use deeds::{AuthorityState, Entered};
pub use entry::{
    Commitment, Engine, Entry, EntryError, Event, Extended, FORMAT, Issued, Opened, Published,
    Reissued, Restored, Sealed, Sent, Signed, Voided, Way, leaf_hash,
};
pub use letters::{Addressed, LetterKind, Lettered};
pub use named::HeadStep;
pub use progress::{
    Binding, Competence, CopyProgress, DecisionState, NextStep, PartyProgress, PartyState,
    PartyTerms, Progress, Recommendation, Refusal, Required, Requirement, SeatProgress, SeatState,
    Terms, Warning, Why, competence, progress,
};
pub use receipt::{Receipt, ReceiptError};
pub use received::{
    Arrival, Confirmed, Judgement, Received, ReceivedPlace, ReceivedSeat, Standing, Withdrawn,
};
pub use recorded::{
    Authorised, AuthorisedPerson, Corrected, Decided, Erased, Inked, InkedSeat, Minutes, Notified,
    PartyChange, PartyChanged, PartyLetter, Recommended, Relieved, Settled,
};
pub use tally::{PublishedVersion, Tally};
pub use tiles::{
    MAX_PUBLISHED_BYTES, TILE_WIDTH, Tile, Tiler, entries_path, pack_entries, unpack_entries,
};
pub use tree::{
    Frontier, MAX_SIZE, Nodes, Place, TreeError, TreeHead, check_consistency, check_inclusion,
    consistency_places, inclusion_places, places_beside, prove_consistency, prove_inclusion, root,
    root_over, root_places,
};
pub use verifier::origin_of;

#[cfg(test)]
mod tests;
