//! Progress: told cases, and laws over invented ones.

mod cases;
mod kept;
mod laws;
mod script;
mod whole;
