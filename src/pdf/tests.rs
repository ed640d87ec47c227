//! Tests of the folder, on files made here by hand.

mod appearance;
mod base_revision;
mod evidence;
mod font;
mod hostile;
mod reading;
mod samples;
mod signatures;
mod signing;
