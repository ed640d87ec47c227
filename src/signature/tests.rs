//! Tests of the folder. Keys and certificates are made anew in each run, by `pki`.

mod answers;
mod certificates;
mod evidence;
mod keys;
pub(crate) mod pki;
mod proven_times;
pub(crate) mod signing;
mod texts;
mod time_stamps;
pub(crate) mod weak;
