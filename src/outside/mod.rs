//! What this process does not do itself: a child process that typesets, keys on tokens, passphrases,
//! and other machines.
//!
//! Takes and gives bytes. Typst cannot be interrupted and has no limit on memory, so a template is
//! typeset in a child process with both: the parent waits so long and no longer, and a child that
//! asks for too much memory dies alone. Nothing half made comes back. Whatever another machine says has a
//! deadline and a limit on size, and is verified by an engine before it is believed.

#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "this is where other processes and machines, the clock and a nonce belong"
)]

mod bundle;
mod clock;
mod guard;
mod http;
mod pkcs11;
mod revocation;
mod secret;
mod seed;
mod time_stamp;
mod web_folder;
mod worker;

pub use bundle::{BundleError, fetch_bundle};
pub use clock::now;
pub use guard::GuardError;
pub use http::{Address, AddressError, HttpError};
pub use pkcs11::{DeviceError, Pkcs11Error, Pkcs11Key, Pkcs11Uri, UriError};
pub use revocation::HttpFetch;
pub use secret::{Secret, SecretError, SecretSource};
pub use seed::random_seed;
pub use time_stamp::{Attempt, AttemptError, AuthorityError, TimeStampAuthorities};
pub use web_folder::WebFolder;
pub use worker::{Limits, Worker, WorkerError, limit_memory};

#[cfg(test)]
mod tests;
