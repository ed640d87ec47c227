//! Tests of the folder. Files are made here, with certificates made anew in each run.

pub(crate) mod attacks;
mod bombs;
mod cms;
mod flips;
mod lawful;
mod pkits;
mod policy;
mod proofs;
mod signatories;
mod trust;
mod wycheproof;
