//! What all journeys that sign have in common: choosing copies, what a signature says, evidence,
//! and entering the result.
//!
//! A copy's newest head lives in the store; a file that people hand in only says which copy is
//! meant. While a copy is being signed its head is leased, so that two signatures never begin at the
//! same bytes. The new head is a document before the entry that names it is committed, and the
//! readable file follows while the office is still held.

mod appearance;
mod choose;
mod commit;
mod error;
mod evidence;
mod keys;
mod plan;
mod summary;

pub(super) use appearance::{drawable, lines, seal_words};
pub(super) use choose::{Chosen, Signer, choose, expand, stand_now};
pub(super) use commit::{Committed, Outcome, commit};
pub use error::SigningError;
pub(super) use evidence::{Tools, extended};
pub(super) use keys::read_chain;
pub use keys::{KeyPlace, KeySource};
pub use plan::Wanted;
pub(super) use plan::{Leased, Plan};
pub use summary::{SignedCopy, Summary, Warning};
