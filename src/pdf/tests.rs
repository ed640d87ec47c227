//! Tests of the folder, on files made here by hand.

mod appearance;
mod base_revision;
mod evidence;
mod filters;
mod font;
mod history;
mod hostile;
mod irregular;
mod reading;
pub(crate) mod samples;
mod signatures;
mod signing;
