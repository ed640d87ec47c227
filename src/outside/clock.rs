//! The machine's clock: what a signature claims of its time, and when certificates are checked.

use chrono::{DateTime, SubsecRound as _, Utc};

/// Returns the time by this machine's clock, UTC, to the second.
#[must_use]
pub fn now() -> DateTime<Utc> {
    Utc::now().trunc_subsecs(0)
}
