//! Tests of the folder, on files made here by hand.

mod base_revision;
mod font;
mod hostile;
mod reading;
mod samples;
