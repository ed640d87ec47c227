//! Journeys: one file per thing that people come to do.
//!
//! The only place where engines meet disk, database and other processes. A journey takes a request
//! of plain values and gives a plain answer or an [`Error`] with a kind and a hint; it prints
//! nothing and reads no arguments, so that the command line and a web page can use the same ones.

pub mod backup;
pub mod confirm;
mod error;
pub mod extend;
pub mod generate;
mod handed_in;
pub mod init;
mod judge;
pub mod key;
pub mod log;
mod office;
mod out;
pub mod parties;
pub mod pin;
pub mod prepare;
mod press;
pub mod publish;
pub mod receive;
pub mod report;
mod seal;
pub mod send;
mod sheet;
pub mod sign;
mod signing;
pub mod status;
pub mod template;
pub mod typeset;
pub mod verify;
pub mod void;

use crate::agreement::{RefusedText, clean_line};

pub use confirm::ConfirmError;
pub use error::{Error, Kind};
pub use judge::Terms;
pub use office::{CHILD_COMMAND, Office, Workshop};
pub use pin::PinError;
pub use signing::{KeyPlace, KeySource, SignedCopy, SigningError, Summary, Wanted, Warning};

/// Checks that words which the register must keep are one line of text.
fn check_reason(reason: &str) -> Result<(), Error> {
    match clean_line(reason) {
        Ok(_) => Ok(()),
        Err(RefusedText::Empty) => Err(Error::ReasonMissing),
        Err(refused) => Err(Error::Reason(refused)),
    }
}
