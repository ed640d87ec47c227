//! Journeys: one file per thing that people come to do.
//!
//! The only place where engines meet disk, database and other processes. A journey takes a request
//! of plain values and gives a plain answer or an [`Error`] with a kind and a hint; it prints
//! nothing and reads no arguments, so that the command line and a web page can use the same ones.

pub mod accord;
pub mod act;
pub mod audit;
pub mod authorise;
pub mod authority;
pub mod backup;
pub mod bound;
pub mod change;
pub mod confirm;
pub mod consult;
pub mod correct;
pub mod decide;
pub mod decline;
pub mod erase;
mod error;
pub mod evidence;
pub mod extend;
pub mod extract;
pub mod extract_text;
pub mod generate;
mod handed_in;
pub mod init;
pub mod ink;
mod judge;
mod kept;
pub mod key;
pub mod letter;
mod life;
pub mod log;
pub mod notice;
mod office;
mod out;
pub mod parties;
pub mod pin;
pub mod prepare;
mod press;
pub mod publish;
pub mod receipt;
pub mod receive;
pub mod recommend;
pub mod redact;
pub mod redline;
pub mod report;
pub mod retract;
pub mod revise;
mod seal;
pub mod send;
pub mod settle;
mod sheet;
pub mod sign;
mod signing;
pub mod status;
pub mod template;
pub mod term;
pub mod typeset;
pub mod verify;
pub mod void;
pub mod watch;
pub mod witness;

use crate::agreement::{RefusedText, clean_line};

pub use accord::AccordError;
pub use act::ActError;
pub use authorise::AuthoriseError;
pub use confirm::ConfirmError;
pub use consult::ConsultError;
pub use erase::EraseError;
pub use error::{Error, Kind};
pub use evidence::EvidenceError;
pub use extract_text::ExtractError;
pub use judge::Terms;
pub use letter::LetterError;
pub use office::{CHILD_COMMAND, Office, Workshop};
pub use pin::PinError;
pub use receipt::ReceiptProblem;
pub use redline::RedlineError;
pub use revise::ReviseError;
pub use signing::{KeyPlace, KeySource, SignedCopy, SigningError, Summary, Wanted, Warning};
pub use witness::WitnessError;

/// Checks that words which the register must keep are one line of text.
fn check_reason(reason: &str) -> Result<(), Error> {
    match clean_line(reason) {
        Ok(_) => Ok(()),
        Err(RefusedText::Empty) => Err(Error::ReasonMissing),
        Err(refused) => Err(Error::Reason(refused)),
    }
}
