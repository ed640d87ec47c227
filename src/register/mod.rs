//! The register: entries, and what they add up to.
//!
//! Takes entries, gives their canonical bytes and the state that they fold to. The stored bytes
//! are the entry; nothing is updated or deleted, a correction is another entry. Never reads a
//! file, a clock or a database: `store` keeps the bytes, journeys decide what is entered.

mod arrivals;
mod entry;
mod received;
mod tally;

pub use arrivals::{Confirmation, ReceivedFile};
pub use entry::{
    Commitment, Engine, Entry, EntryError, Event, Extended, FORMAT, HeadStep, Issued, Opened,
    Published, Reissued, Restored, Sealed, Sent, Signed, Voided, Way, leaf_hash,
};
pub use received::{
    Arrival, Confirmed, Judgement, Received, ReceivedPlace, ReceivedSeat, Standing, Withdrawn,
};
pub use tally::{
    CopyState, Extension, Head, HeadPlace, PublishedVersion, SealState, SignedSeat, Tally,
};

#[cfg(test)]
mod tests;
