//! What this process does not do itself: a child process that typesets, and other machines.
//!
//! Takes and gives bytes. Typst cannot be interrupted and has no limit on memory, so a template is
//! typeset in a child process with both: the parent waits so long and no longer, and a child that
//! asks for too much memory dies alone. Nothing half made comes back.

#![expect(
    clippy::disallowed_methods,
    reason = "this is where other processes and machines belong"
)]

mod bundle;
mod worker;

pub use bundle::{BundleError, fetch_bundle};
pub use worker::{Limits, Worker, WorkerError, limit_memory};
