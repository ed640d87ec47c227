//! Journeys: one file per thing that people come to do.
//!
//! The only place where engines meet disk, database and other processes. A journey takes a request
//! of plain values and gives a plain answer or an [`Error`] with a kind and a hint; it prints
//! nothing and reads no arguments, so that the command line and a web page can use the same ones.

pub mod backup;
mod error;
pub mod extend;
pub mod generate;
pub mod init;
pub mod key;
pub mod log;
mod office;
mod out;
pub mod parties;
pub mod prepare;
mod press;
pub mod publish;
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

pub use error::{Error, Kind};
pub use office::{CHILD_COMMAND, Office, Workshop};
pub use signing::{KeyPlace, KeySource, SignedCopy, SigningError, Summary, Wanted, Warning};

/// Checks that words which the register must keep are one line of text.
fn check_reason(reason: &str) -> Result<(), Error> {
    match clean_line(reason) {
        Ok(_) => Ok(()),
        Err(RefusedText::Empty) => Err(Error::ReasonMissing),
        Err(refused) => Err(Error::Reason(refused)),
    }
}
