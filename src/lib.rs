//! Assembles agreements that many public bodies sign, and proves what was issued.
//!
//! A version of an agreement is a folder of templates. `publish` freezes it into a bundle; `generate`
//! fills the bundle once, typesets one copy per party (or one for all), rewrites each into its base
//! revision with a field for every seat, stores it under its digest and enters it in the register.
//! `status` folds the register; `verify` compares any file with it.
//!
//! The folders and who may import whom are told in ARCHITECTURE.md, and a test holds them to it.

pub mod agreement;
pub mod calendar;
pub mod cli;
pub mod config;
pub mod journeys;
pub mod minutes;
pub mod outside;
pub mod pdf;
pub mod redline;
pub mod register;
pub mod signature;
pub mod store;
pub mod template;
pub mod typesetting;
pub mod validation;
